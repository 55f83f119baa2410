"""An escalation: its stays in the stages, and how the clock moves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from .actions import Action
from .days import (
    Calendar,
    local_day,
    local_text,
    midnight_that_opens,
    over,
    walk,
)
from .incidents import Incident
from .settings import LADDER, STAGES


@dataclass
class Visit:
    """One stay in a stage."""

    stage: str
    entered: datetime
    by: str
    reason: str | None
    follow_on: date | None = None
    meetings: list[datetime] = field(default_factory=list)
    limit_passed: bool = False

    def outcome(self) -> dict[str, str]:
        shown = {"stage": self.stage, "entered": local_text(self.entered), "by": self.by}
        if self.reason is not None:
            shown["reason"] = self.reason
        return shown


class Escalation:
    def __init__(
        self,
        calendar: Calendar,
        incident: Incident,
        incident_ref: str,
        timescale: str,
        agency: str,
        raised: datetime,
        by: str,
    ) -> None:
        self.calendar = calendar
        self.settings = calendar.settings
        self.incident = incident
        self.incident_ref = incident_ref
        self.timescale = timescale
        self.agency = agency
        self.raised = raised
        self.visits = [Visit("initial_discussion", raised, by, None)]
        self.actions: dict[str, Action] = {}
        self.agency_has_answered = False
        self.decided = False
        self.stage_2_meeting_recorded = False
        self.no_longer_at_risk: datetime | None = None
        self.resolved: dict[str, Any] | None = None
        self.clock_at = raised
        self.unsettled_since = raised
        self.reforecasts = 0
        # Days are counted from the civil day of the raising.
        anchor = local_day(raised)
        self.day_1 = calendar.ladder_day(anchor, 1)
        self.last_days = {
            stage: calendar.ladder_day(anchor, number)
            for stage, number in zip(LADDER, self.settings.limits, strict=True)
        }

    # What can be seen

    @property
    def here(self) -> Visit:
        return self.visits[-1]

    @property
    def stage(self) -> str:
        return self.here.stage

    def is_open(self) -> bool:
        return self.resolved is None

    def limit_day(self) -> date:
        """The follow-on limit where the present stage has one, else the ladder's."""
        if self.here.follow_on is not None:
            return self.here.follow_on
        return self.last_days[self.stage]

    def actions_in_force(self) -> list[Action]:
        """In force and not released; a done one counts."""
        return [a for a in self.actions.values() if a.in_force is not None and not a.released]

    def agency_action_outstanding(self) -> bool:
        return any(a.owner == "agency" and a.outstanding() for a in self.actions.values())

    def settled(self) -> bool:
        return bool(self.actions_in_force()) and not self.agency_action_outstanding()

    def something_in_force_outstanding(self) -> bool:
        return any(a.outstanding() for a in self.actions_in_force())

    def something_overdue(self) -> bool:
        return any(a.overdue() for a in self.actions.values())

    # Stages

    def follow_on_day(self, stage: str, entered: datetime) -> date:
        """The stage's window from the day of entry; of an entry at a midnight, the day
        which that midnight ends."""
        anchor = local_day(entered)
        if entered == midnight_that_opens(anchor):
            anchor -= timedelta(days=1)
        return self.calendar.ladder_day(anchor, self.settings.windows[LADDER.index(stage)])

    def enter(self, stage: str, entered: datetime, by: str, reason: str) -> None:
        visit = Visit(stage, entered, by, reason)
        # Entered at or after its own limit: it has a follow-on limit instead.
        if over(self.last_days[stage], entered):
            visit.follow_on = self.follow_on_day(stage, entered)
        self.visits.append(visit)
        # Written down late by a person: the clock walks again from the entry, since the
        # new stage's limit may lie between; but not from before the case was (again)
        # unsettled.
        self.clock_at = min(self.clock_at, max(entered, self.unsettled_since))

    def return_to_stage_2(self, recorded: datetime, by: str, happened: datetime) -> None:
        """A return opens no follow-on limit: the returned stage has none at all, also
        where its first stay had one, and is judged by the ladder's own day."""
        visit = Visit("stage_2", recorded, by, "outcome_in_time")
        visit.meetings.append(happened)
        self.visits.append(visit)

    def resolve(self, entered: datetime, by: str, outcome: str) -> None:
        self.resolved = {"entered": local_text(entered), "by": by, "outcome": outcome}

    # The clock

    def let_time_pass(self, now: datetime) -> None:
        start = self.clock_at
        for here_and_now in walk(start, now):
            self.fall_due(here_and_now)
        self.clock_at = now

    def fall_due(self, now: datetime) -> None:
        """Whatever is due at this moment and not yet recorded falls due now. As the
        walk stops at every midnight, a thing is found at its own midnight, or at the
        moment of the act that made it possible (new terms, a disputed claim, a case no
        longer settled)."""
        while self.is_open():
            # Actions first, all of them, then the stage.
            just_now = self.actions_fall_due(now)
            # No longer at risk: no stage moves and no limit passes (E3.1).
            if self.no_longer_at_risk is not None:
                return
            move = self.move_due(now, just_now)
            if move is None:
                self.last_limit_falls_due(now)
                return
            stage, reason = move
            self.enter(stage, now, "clock", reason)

    def actions_fall_due(self, now: datetime) -> list[Action]:
        """Those that are found not maintained just now (E1.4)."""
        just_now: list[Action] = []
        for action in self.actions.values():
            if action.in_force is None or not action.outstanding() or action.not_maintained:
                continue
            if over(action.in_force[1], now):
                action.not_maintained = True
                just_now.append(action)
        return just_now

    def move_due(self, now: datetime, just_now: list[Action]) -> tuple[str, str] | None:
        """The stage that the clock moves the case to now, and why."""
        # Stage 2 with an outcome, and the agency did not keep to it (E3.1).
        if self.stage == "stage_2" and self.here.meetings:
            if any(a.owner == "agency" for a in just_now):
                return "stage_3", "action_not_maintained"
            return None
        # Settled: left alone.
        if self.settled():
            return None
        if self.stage == "initial_discussion":
            day_1_begun = midnight_that_opens(self.day_1) <= now
            return ("stage_1", "not_resolved") if day_1_begun else None
        if not over(self.limit_day(), now):
            return None
        if self.stage == "stage_1":  # E1.5
            return "stage_2", self.why_stage_2()
        if self.stage == "stage_2":  # E2.2
            return "stage_3", "no_outcome"
        return None

    def why_stage_2(self) -> str:
        if not self.agency_has_answered:
            return "no_response"
        return "action_outstanding" if self.agency_action_outstanding() else "not_resolved"

    def last_limit_falls_due(self, now: datetime) -> None:
        """The limit of stage 3, which moves nothing (E3.4)."""
        if self.stage != "stage_3" or self.settled() or self.here.meetings:
            return
        if over(self.limit_day(), now):
            self.here.limit_passed = True

    def reforecast(self, now: datetime) -> None:
        """The calendar has changed: every open limit is counted again."""
        if not self.is_open() or self.no_longer_at_risk is not None:
            return
        before = (self.day_1, dict(self.last_days), self.here.follow_on)
        anchor = local_day(self.raised)
        if self.stage == "initial_discussion" and midnight_that_opens(self.day_1) > now:
            self.day_1 = self.calendar.ladder_day(anchor, 1)
        for stage, number in zip(LADDER, self.settings.limits, strict=True):
            if STAGES.index(stage) < STAGES.index(self.stage):
                continue  # a stage left behind
            if stage == self.stage and self.here.meetings:
                continue  # met
            if not over(self.last_days[stage], now):
                self.last_days[stage] = self.calendar.ladder_day(anchor, number)
        follow_on = self.here.follow_on
        if follow_on is not None and not self.here.meetings and not over(follow_on, now):
            self.here.follow_on = self.follow_on_day(self.stage, self.here.entered)
        if before != (self.day_1, self.last_days, self.here.follow_on):
            self.reforecasts += 1

    # What is shown

    def outcome(self) -> dict[str, Any]:
        last_days = {stage: day.isoformat() for stage, day in self.last_days.items()}
        if self.here.follow_on is not None:
            last_days["follow_on"] = self.here.follow_on.isoformat()
        shown: dict[str, Any] = {
            "state": "resolved" if self.resolved is not None else self.stage,
            "last_days": last_days,
            "stages": [visit.outcome() for visit in self.visits],
            "actions": {ref: action.outcome() for ref, action in self.actions.items()},
        }
        if self.resolved is not None:
            shown["resolved"] = self.resolved
        elif self.stage != "initial_discussion":
            shown["limit"] = self.limit_outcome()
        if self.no_longer_at_risk is not None:
            shown["no_longer_at_risk"] = local_text(self.no_longer_at_risk)
        return shown

    def limit_outcome(self) -> dict[str, str]:
        day = self.limit_day()
        if self.here.meetings:
            # The earliest meeting of this stage, by when it happened.
            state = "met" if not over(day, min(self.here.meetings)) else "met_late"
        else:
            state = "passed" if self.here.limit_passed else "running"
        return {"stage": self.stage, "last_day": day.isoformat(), "state": state}
