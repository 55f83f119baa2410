"""A second, independent reading of the written process, used to check the first.

Plain mutable objects, one for each incident, escalation and action. The clock is a
walk: it stands at every midnight, one after the other, and at the moment of every act,
and asks each time whether something is due now. Nothing here reads the real clock.

`outcome(case)` plays a case file (parsed, valid in form) and gives its outcome. The
only difference from the outcome of a case file: "error" of a refusal is the sorted list
of every code that would be right for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from .calendar_check import (
    is_working_day,
    last_day_calendar,
    last_day_months,
    working_day,
)

Act = dict[str, Any]
Terms = tuple[str, date]  # wording and due day
Faults = set[str]

ZONE = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Settings:
    """The numbers of the policy."""

    limits: tuple[int, int, int] = (3, 7, 10)  # last working days of stages 1, 2, 3
    windows: tuple[int, int, int] = (3, 4, 3)  # their follow-on limits
    notification_days: int = 5  # T1, working days
    notification_from: str = "incident"  # or "aware"
    rapid_review_days: int = 15  # T2
    rapid_review_unit: str = "working_days"  # or "calendar_days"
    review_months: int = 6  # T3
    publication_months: int = 6  # T4
    day_one: str = "next_working_day"  # or "same_day"


SANDWELL = Settings()

PARTNERSHIP_ROLES = {"cspr_officer", "business_manager", "subgroup_chair", "scsp_chair"}
AGENCY_ROLES = {"agency_representative", "partnership_representative", "service_lead"}
REPORTING_ROLES = {"cspr_officer", "business_manager", "subgroup_chair"}
OFFICE = {"cspr_officer", "business_manager"}

STAGES = ["initial_discussion", "stage_1", "stage_2", "stage_3"]
LADDER = ["stage_1", "stage_2", "stage_3"]
INCIDENT_ENDS = {"no_review", "published", "withheld", "withdrawn"}
TIMESCALES = ["notification", "rapid_review", "review", "publication"]
BODIES = {"ofsted", "dfe", "national_panel"}
OTHER_SIDE = {"scsp": "agency", "agency": "scsp"}


# --- moments and days -----------------------------------------------------------------


def moment(text: str) -> datetime:
    """A moment of a case file, in UTC. Without an offset it is local time; of a local
    time that occurs twice the first is meant, one that does not exist has the offset
    before the change."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        value = value.replace(tzinfo=ZONE, fold=0)
    return value.astimezone(UTC)


def local_day(when: datetime) -> date:
    return when.astimezone(ZONE).date()


def local_text(when: datetime) -> str:
    return when.astimezone(ZONE).isoformat()


@cache
def midnight_that_opens(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def midnight_that_ends(day: date) -> datetime:
    return midnight_that_opens(day + timedelta(days=1))


def over(day: date, now: datetime) -> bool:
    """Has the last day passed? What falls due at this very moment has fallen due."""
    return midnight_that_ends(day) <= now


def walk(start: datetime, end: datetime) -> Iterator[datetime]:
    """The start, every midnight after it up to the end, and the end."""
    yield start
    day = local_day(start) + timedelta(days=1)
    while midnight_that_opens(day) < end:
        yield midnight_that_opens(day)
        day += timedelta(days=1)
    if end > start:
        yield end


# --- the calendar that the partnership has --------------------------------------------


class Calendar:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.closures: set[date] = set()

    def ladder_day(self, anchor: date, number: int) -> date:
        """Closures count for the escalation's ladder."""
        return working_day(anchor, number, self.closures, self.settings.day_one)

    def national_day(self, anchor: date, number: int) -> date:
        """Closures never stretch a national time."""
        return working_day(anchor, number, (), self.settings.day_one)


# --- an incident ----------------------------------------------------------------------


@dataclass
class Timescale:
    state: str = "not_started"
    last_day: date | None = None
    met_on: date | None = None

    def start(self, last_day: date) -> None:
        self.state, self.last_day = "running", last_day

    def is_met(self) -> bool:
        return self.state in ("met", "met_late")

    def meet(self, day: date) -> None:
        """In time or late by the day on which it happened; while deferred it is met."""
        late = self.last_day is not None and day > self.last_day
        self.state, self.met_on = ("met_late" if late else "met"), day

    def withdraw(self) -> None:
        if not self.is_met():
            self.state, self.last_day = "withdrawn", None

    def outcome(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"state": self.state}
        if self.last_day is not None:
            shown["last_day"] = self.last_day.isoformat()
        if self.met_on is not None:
            shown["met_on"] = self.met_on.isoformat()
        return shown


class Incident:
    def __init__(self, incident_on: date) -> None:
        self.incident_on = incident_on
        self.state = "reported"
        self.notified: dict[str, date] = {}
        self.convened_on: date | None = None
        self.timescales = {name: Timescale() for name in TIMESCALES}

    def ended(self) -> bool:
        return self.state in INCIDENT_ENDS

    def let_time_pass(self, now: datetime) -> None:
        """A running timescale passes at the midnight that ends its last day, also when
        the incident has ended meanwhile."""
        for timescale in self.timescales.values():
            if timescale.state != "running" or timescale.last_day is None:
                continue
            if over(timescale.last_day, now):
                timescale.state = "passed"

    def outcome(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "timescales": {name: one.outcome() for name, one in self.timescales.items()},
        }


# --- an action ------------------------------------------------------------------------


class Action:
    def __init__(self, owner: str, first_side: str | None) -> None:
        self.owner = owner
        self.first_side = first_side  # None: set by a decision
        self.records: dict[str, Terms] = {}
        self.in_force: Terms | None = None
        self.by_decision = False
        self.reported = False
        self.not_maintained = False
        self.done_on: date | None = None
        self.confirmed = False
        self.released = False
        self.release_said_by: set[str] = set()

    def done(self) -> bool:
        return self.done_on is not None

    def outstanding(self) -> bool:
        """From the first record until done or released."""
        return not self.done() and not self.released

    def differs(self) -> bool:
        return len(self.records) == 2 and self.records["scsp"] != self.records["agency"]

    def overdue(self) -> bool:
        return self.owner == "agency" and self.not_maintained and self.outstanding()

    def write(self, side: str, terms: Terms, on_behalf: bool) -> None:
        """One side's record of the action becomes these terms."""
        changed = self.records.get(side) != terms
        self.records[side] = terms
        if side == "agency":
            # A record that stands on a report is marked so until the agency itself
            # takes it; a report that changes no term leaves the agency's own record its
            # own.
            if not on_behalf:
                self.reported = False
            elif changed:
                self.reported = True
        if self.records.get(OTHER_SIDE[side]) == terms and self.in_force != terms:
            # Both records are the same now: agreed, also where the old terms were by
            # decision. Taking a variation back brings the terms already in force:
            # nothing new.
            self.in_force = terms
            self.by_decision = False
            self.not_maintained = False

    def state(self) -> str:
        """The first that holds."""
        if self.released:
            return "released"
        if self.confirmed:
            return "confirmed"
        if self.done():
            return "done"
        if self.not_maintained:
            return "not_maintained"
        if self.differs():
            return "differing"
        if self.in_force is not None:
            return "decided" if self.by_decision else "agreed"
        return "recorded"

    def outcome(self) -> dict[str, Any]:
        if self.in_force is not None:
            terms = self.in_force
            agreed_by = [] if self.by_decision else ["agency", "scsp"]
        else:
            assert self.first_side is not None
            terms = self.records[self.first_side]
            agreed_by = [self.first_side]
        shown: dict[str, Any] = {
            "state": self.state(),
            "what": terms[0],
            "owner": self.owner,
            "due": terms[1].isoformat(),
            "agreed_by": agreed_by,
            "done_on": None if self.done_on is None else self.done_on.isoformat(),
        }
        if self.reported:
            shown["reported"] = True
        if self.differs():
            shown["differing"] = {
                side: {"what": what, "due": due.isoformat()}
                for side, (what, due) in sorted(self.records.items())
            }
        return shown


# --- an escalation --------------------------------------------------------------------


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
            just_now: list[Action] = []
            for action in self.actions.values():
                if action.in_force is None or not action.outstanding() or action.not_maintained:
                    continue
                if over(action.in_force[1], now):  # E1.4
                    action.not_maintained = True
                    just_now.append(action)
            # No longer at risk: no stage moves and no limit passes (E3.1).
            if self.no_longer_at_risk is not None:
                return
            # Stage 2 with an outcome, and the agency did not keep to it (E3.1).
            if self.stage == "stage_2" and self.here.meetings:
                if any(a.owner == "agency" for a in just_now):
                    self.enter("stage_3", now, "clock", "action_not_maintained")
                    continue
                return
            # Settled: left alone.
            if self.settled():
                return
            if self.stage == "initial_discussion":
                if midnight_that_opens(self.day_1) <= now:
                    self.enter("stage_1", now, "clock", "not_resolved")
                    continue
            elif over(self.limit_day(), now):
                if self.stage == "stage_1":  # E1.5
                    if not self.agency_has_answered:
                        reason = "no_response"
                    elif self.agency_action_outstanding():
                        reason = "action_outstanding"
                    else:
                        reason = "not_resolved"
                    self.enter("stage_2", now, "clock", reason)
                    continue
                if self.stage == "stage_2":  # E2.2
                    self.enter("stage_3", now, "clock", "no_outcome")
                    continue
                if not self.here.meetings:  # E3.4
                    self.here.limit_passed = True
            return

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
        stages = []
        for visit in self.visits:
            entry = {
                "stage": visit.stage,
                "entered": local_text(visit.entered),
                "by": visit.by,
            }
            if visit.reason is not None:
                entry["reason"] = visit.reason
            stages.append(entry)
        shown: dict[str, Any] = {
            "state": "resolved" if self.resolved is not None else self.stage,
            "last_days": last_days,
            "stages": stages,
            "actions": {ref: action.outcome() for ref, action in self.actions.items()},
        }
        if self.resolved is not None:
            shown["resolved"] = self.resolved
        elif self.stage != "initial_discussion":
            day = self.limit_day()
            if self.here.meetings:
                # The earliest meeting of this stage, by when it happened.
                state = "met" if not over(day, min(self.here.meetings)) else "met_late"
            else:
                state = "passed" if self.here.limit_passed else "running"
            shown["limit"] = {
                "stage": self.stage,
                "last_day": day.isoformat(),
                "state": state,
            }
        if self.no_longer_at_risk is not None:
            shown["no_longer_at_risk"] = local_text(self.no_longer_at_risk)
        return shown


# --- playing a case -------------------------------------------------------------------


class Play:
    """The state while a case file is played. `step` takes one act; `refused` collects
    faults.

    Every method named after an act gathers all faults of it first; only an act without
    any has an effect.
    """

    def __init__(self, people: dict[str, dict[str, str]], settings: Settings = SANDWELL) -> None:
        self.people = people
        self.settings = settings
        self.agencies = {person["agency"] for person in people.values()}
        self.calendar = Calendar(settings)
        self.incidents: dict[str, Incident] = {}
        self.escalations: dict[str, Escalation] = {}
        self.refused: list[dict[str, Any]] = []
        self.played = 0
        # of the act being played:
        self.now = datetime(1, 1, 1, tzinfo=UTC)
        self.happened = self.now
        self.by = ""
        self.role = ""
        self.employer = ""

    def let_time_pass(self, now: datetime) -> None:
        for incident in self.incidents.values():
            incident.let_time_pass(now)
        for escalation in self.escalations.values():
            escalation.let_time_pass(now)

    def step(self, act: Act) -> Faults:
        self.now = moment(act["at"])
        self.let_time_pass(self.now)  # before every act, taken or refused
        faults: Faults = set()
        if act["act"] != "tick":
            self.happened = moment(act["occurred"]) if "occurred" in act else self.now
            self.by = act["by"]
            self.role = self.people[self.by]["role"]
            self.employer = self.people[self.by]["agency"]
            settled = {ref: one.settled() for ref, one in self.escalations.items()}
            if self.happened > self.now:
                faults.add("in_the_future")
            method: Callable[[Act, Faults], None] = getattr(self, "do_" + act["act"])
            method(act, faults)
            if faults:
                self.refused.append({"act": self.played, "error": sorted(faults)})
            for ref, was_settled in settled.items():
                if was_settled and not self.escalations[ref].settled():
                    self.escalations[ref].unsettled_since = self.now
            self.let_time_pass(self.now)  # and once more after it
        self.played += 1
        return faults

    def outcome(self) -> dict[str, Any]:
        return {
            "incidents": {ref: one.outcome() for ref, one in self.incidents.items()},
            "escalations": {ref: one.outcome() for ref, one in self.escalations.items()},
            "refused": self.refused,
        }

    # --- incidents ---

    def only(self, faults: Faults, *roles: str) -> None:
        if self.role not in roles:
            faults.add("not_permitted")

    def the_incident(self, act: Act, faults: Faults) -> Incident | None:
        incident = self.incidents.get(act["incident"])
        if incident is None:
            faults.add("not_found")
        elif local_day(self.happened) < incident.incident_on:
            faults.add("before_raised")  # on a day before the incident
        return incident

    def incident_step(self, act: Act, faults: Faults, *states: str) -> Incident | None:
        """The incident, which must be in one of these states."""
        incident = self.the_incident(act, faults)
        if incident is not None and incident.state not in states:
            faults.add("wrong_state")
            if incident.ended():
                faults.add("already_ended")
        return incident

    def leave_alone(self, incident_ref: str) -> None:
        """Open escalations whose timescale is met or whose incident has ended are
        marked as no longer at risk, at the moment of recording. (Time has passed in
        them already.)"""
        for escalation in self.escalations.values():
            if escalation.incident_ref != incident_ref or not escalation.is_open():
                continue
            if escalation.no_longer_at_risk is not None:
                continue
            incident = escalation.incident
            if incident.ended() or incident.timescales[escalation.timescale].is_met():
                escalation.no_longer_at_risk = self.now

    def do_report_incident(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident_on = date.fromisoformat(act["incident_on"])
        aware_on = date.fromisoformat(act["aware_on"])
        if act["incident"] in self.incidents:
            faults.add("duplicate_reference")
        if aware_on < incident_on:
            faults.add("invalid")
        if max(incident_on, aware_on) > local_day(self.now):
            faults.add("in_the_future")
        if local_day(self.happened) < incident_on:
            faults.add("before_raised")
        if faults:
            return
        incident = Incident(incident_on)
        start = incident_on if self.settings.notification_from == "incident" else aware_on
        last = self.calendar.national_day(start, self.settings.notification_days)
        incident.timescales["notification"].start(last)  # T1
        self.incidents[act["incident"]] = incident

    def do_notify(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.the_incident(act, faults)
        if incident is not None:
            if incident.ended():  # in any state that is not an end
                faults |= {"wrong_state", "already_ended"}
            if act["body"] in incident.notified:  # once each
                faults.add("wrong_state")
        if faults or incident is None:
            return
        day = local_day(self.happened)
        incident.notified[act["body"]] = day
        if act["body"] == "national_panel":
            incident.state = "notified"
            if self.settings.rapid_review_unit == "working_days":
                last = self.calendar.national_day(day, self.settings.rapid_review_days)
            else:
                last = last_day_calendar(day, self.settings.rapid_review_days)
            incident.timescales["rapid_review"].start(last)  # T2
        if set(incident.notified) == BODIES:
            incident.timescales["notification"].meet(max(incident.notified.values()))
        self.leave_alone(act["incident"])

    def do_convene_rapid_review(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "notified")
        if faults or incident is None:
            return
        incident.state = "rapid_review"
        incident.convened_on = local_day(self.happened)

    def do_send_outcome(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "rapid_review")
        if faults or incident is None:
            return
        assert incident.convened_on is not None
        incident.state = "outcome_sent"
        met_on = max(incident.convened_on, local_day(self.happened))
        incident.timescales["rapid_review"].meet(met_on)
        self.leave_alone(act["incident"])

    def do_decide_review(self, act: Act, faults: Faults) -> None:
        self.only(faults, *PARTNERSHIP_ROLES)
        incident = self.incident_step(act, faults, "outcome_sent")
        if faults or incident is None:
            return
        if act["commission"]:
            incident.state = "review_commissioned"
            day = local_day(self.happened)
            review = last_day_months(day, self.settings.review_months)
            publication = last_day_months(day, self.settings.publication_months)
            incident.timescales["review"].start(review)  # T3
            incident.timescales["publication"].start(publication)  # T4
        else:
            incident.state = "no_review"
        self.leave_alone(act["incident"])

    def do_complete_review(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "review_commissioned")
        if faults or incident is None:
            return
        incident.state = "review_completed"
        incident.timescales["review"].meet(local_day(self.happened))
        self.leave_alone(act["incident"])

    def do_defer_publication(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "review_commissioned", "review_completed")
        until = date.fromisoformat(act["until"]) if "until" in act else None
        if until is not None and until < local_day(self.happened):
            faults.add("invalid")
        if faults or incident is None:
            return
        timescale = incident.timescales["publication"]
        timescale.state = "running" if until is not None else "deferred"
        timescale.last_day = until

    def do_publish_review(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "review_completed")
        if faults or incident is None:
            return
        incident.state = "published"
        incident.timescales["publication"].meet(local_day(self.happened))
        self.leave_alone(act["incident"])

    def do_withhold_publication(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "review_completed")
        if faults or incident is None:
            return
        incident.state = "withheld"
        incident.timescales["publication"].withdraw()
        self.leave_alone(act["incident"])

    def do_withdraw_incident(self, act: Act, faults: Faults) -> None:
        self.only(faults, "business_manager")
        incident = self.the_incident(act, faults)
        if incident is not None and incident.ended():
            faults |= {"wrong_state", "already_ended"}
        if faults or incident is None:
            return
        incident.state = "withdrawn"
        for timescale in incident.timescales.values():
            timescale.withdraw()
        self.leave_alone(act["incident"])

    # --- closure days ---

    def do_declare_closure(self, act: Act, faults: Faults) -> None:
        self.only(faults, "business_manager")
        day = date.fromisoformat(act["day"])
        if not is_working_day(day, self.calendar.closures):
            faults.add("invalid")
        if faults:
            return
        self.calendar.closures.add(day)
        for escalation in self.escalations.values():
            escalation.reforecast(self.now)

    def do_withdraw_closure(self, act: Act, faults: Faults) -> None:
        self.only(faults, "business_manager")
        day = date.fromisoformat(act["day"])
        if day not in self.calendar.closures:
            faults.add("not_found")
        if day <= local_day(self.now):
            faults.add("invalid")
        if faults:
            return
        self.calendar.closures.remove(day)
        for escalation in self.escalations.values():
            escalation.reforecast(self.now)

    # --- escalations ---

    def do_raise_escalation(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.the_incident(act, faults)
        if act["escalation"] in self.escalations:
            faults.add("duplicate_reference")
        if act["agency"] == "scsp" or act["agency"] not in self.agencies:
            faults.add("unknown_agency")
        if "variant" in act:
            faults.add("invalid")  # this policy has none
        if incident is not None:
            if incident.ended():
                faults.add("already_ended")
            if incident.timescales[act["timescale"]].is_met():
                faults.add("wrong_state")
        if faults or incident is None:
            return
        self.escalations[act["escalation"]] = Escalation(
            self.calendar,
            incident,
            act["incident"],
            act["timescale"],
            act["agency"],
            self.happened,
            self.by,
        )

    def the_escalation(self, act: Act, faults: Faults) -> Escalation | None:
        """The escalation that an act names: there, not resolved, not before its
        raising."""
        escalation = self.escalations.get(act["escalation"])
        if escalation is None:
            faults.add("not_found")
            return None
        if not escalation.is_open():
            faults.add("already_ended")
        if act["act"] == "record_discussion":
            # may have happened before the raising, but not before the incident
            if local_day(self.happened) < escalation.incident.incident_on:
                faults.add("before_raised")
        elif self.happened < escalation.raised:
            faults.add("before_raised")
        return escalation

    def side_of_act(self, act: Act, escalation: Escalation | None, faults: Faults) -> str | None:
        """For which side the act is done."""
        if "on_behalf_of" in act:
            if self.role in REPORTING_ROLES:
                return "agency"
        elif self.role in PARTNERSHIP_ROLES:
            return "scsp"  # whichever agency employs the person
        elif self.role in AGENCY_ROLES and (
            escalation is None or self.employer == escalation.agency
        ):
            return "agency"
        faults.add("not_permitted")
        return None

    def conflict(self, escalation: Escalation, faults: Faults) -> None:
        """A partnership role employed by the agency in question."""
        if self.role in PARTNERSHIP_ROLES and self.employer == escalation.agency:
            faults.add("conflict_of_interest")

    def do_record_discussion(self, act: Act, faults: Faults) -> None:
        escalation = self.the_escalation(act, faults)
        side = self.side_of_act(act, escalation, faults)
        if faults or escalation is None:
            return
        if side == "agency":
            escalation.agency_has_answered = True

    def do_inform(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        self.the_escalation(act, faults)

    def do_give_reason(self, act: Act, faults: Faults) -> None:
        escalation = self.the_escalation(act, faults)
        side = self.side_of_act(act, escalation, faults)
        if side == "scsp":
            faults.add("not_permitted")
        if faults or escalation is None:
            return
        escalation.agency_has_answered = True

    def do_notify_chair(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        escalation = self.the_escalation(act, faults)
        self.needs_stage_3(escalation, faults)

    def do_consult(self, act: Act, faults: Faults) -> None:
        self.only(faults, "scsp_chair")
        escalation = self.the_escalation(act, faults)
        self.needs_stage_3(escalation, faults)

    def needs_stage_3(self, escalation: Escalation | None, faults: Faults) -> None:
        if escalation is not None and (not escalation.is_open() or escalation.stage != "stage_3"):
            faults.add("wrong_state")

    def do_escalate(self, act: Act, faults: Faults) -> None:
        self.only(faults, "business_manager", "subgroup_chair", "scsp_chair")
        escalation = self.the_escalation(act, faults)
        if escalation is None:
            return
        self.conflict(escalation, faults)
        if escalation.stage == "stage_3" or self.happened < escalation.here.entered:
            faults.add("wrong_state")
        if faults:
            return
        next_stage = STAGES[STAGES.index(escalation.stage) + 1]
        escalation.enter(next_stage, self.happened, self.by, "escalated")

    def ask_for_resolution(
        self, escalation: Escalation, faults: Faults, *, decision_needed: bool
    ) -> None:
        """What a resolution needs; once no longer at risk, nothing is asked for."""
        if escalation.no_longer_at_risk is not None:
            return
        if escalation.something_in_force_outstanding():
            faults.add("outstanding_actions")
        if decision_needed and not escalation.decided:
            faults.add("needs_decision")

    def do_resolve(self, act: Act, faults: Faults) -> None:
        escalation = self.the_escalation(act, faults)
        if escalation is None:
            self.only(faults, *PARTNERSHIP_ROLES)
            return
        self.conflict(escalation, faults)
        # Who may follows the stage at the time of recording.
        allowed = {
            "initial_discussion": {"cspr_officer", "business_manager"},
            "stage_1": {"cspr_officer", "business_manager"},
            "stage_2": {"subgroup_chair", "business_manager"},
            "stage_3": {"scsp_chair"},
        }[escalation.stage]
        if escalation.no_longer_at_risk is not None:
            allowed = allowed | {"business_manager"}
        self.only(faults, *allowed)
        self.ask_for_resolution(escalation, faults, decision_needed=escalation.stage == "stage_3")
        if faults:
            return
        escalation.resolve(self.happened, self.by, act["outcome"])

    def do_withdraw_escalation(self, act: Act, faults: Faults) -> None:
        self.only(faults, "business_manager")
        escalation = self.the_escalation(act, faults)
        if faults or escalation is None:
            return
        escalation.resolve(self.happened, self.by, "withdrawn")

    # --- meetings ---

    def do_hold_meeting(self, act: Act, faults: Faults) -> None:
        self.only(faults, "subgroup_chair", "scsp_chair")
        escalation = self.the_escalation(act, faults)
        if escalation is None:
            return
        self.conflict(escalation, faults)
        outcome = act["outcome"]
        stage = escalation.stage
        written_up_late = False
        if not escalation.is_open():
            faults.add("wrong_state")
        if stage in ("initial_discussion", "stage_1"):
            faults.add("wrong_state")
            if self.role == "scsp_chair":
                faults.add("not_permitted")
        elif stage == "stage_2":
            if self.role == "scsp_chair":
                # the subgroup chair's meeting; or one of all parties, in the wrong
                # stage
                faults |= {"not_permitted", "wrong_state"}
            if self.happened < escalation.here.entered:
                faults.add("wrong_state")
        elif self.role == "subgroup_chair":
            written_up_late = self.can_be_written_up_late(escalation)
            if not written_up_late:
                # no stage-2 meeting any more; and the other kind is the SCSP Chair's
                faults |= {"not_permitted", "wrong_state"}
        elif self.happened < escalation.here.entered:
            faults.add("wrong_state")

        if outcome == "actions_agreed":
            if not escalation.actions_in_force():
                faults.add("needs_agreed_action")
            if stage == "stage_2" and escalation.something_overdue():
                faults.add("overdue_actions")
        if outcome == "resolved":
            # a meeting of all parties needs the decision; a stage-2 meeting has stage
            # 2's rules
            decision_needed = stage == "stage_3" and not written_up_late
            self.ask_for_resolution(escalation, faults, decision_needed=decision_needed)
        if faults:
            return

        if written_up_late:
            self.write_up_late(escalation, outcome)
            return
        escalation.here.meetings.append(self.happened)
        if stage == "stage_2":
            escalation.stage_2_meeting_recorded = True
        if outcome == "resolved":
            escalation.resolve(self.happened, self.by, "resolved")
        elif outcome == "not_resolved" and stage == "stage_2":
            escalation.enter("stage_3", self.happened, self.by, "meeting_not_resolved")

    def can_be_written_up_late(self, escalation: Escalation) -> bool:
        """In stage 3: none recorded yet, and held from the start of stage 2 to before
        the start of stage 3. (With none recorded there was no return: each was entered
        once.)"""
        if escalation.stage_2_meeting_recorded:
            return False
        stage_2, stage_3 = escalation.visits[-2:]
        return stage_2.entered <= self.happened < stage_3.entered

    def write_up_late(self, escalation: Escalation, outcome: str) -> None:
        escalation.stage_2_meeting_recorded = True
        if outcome == "resolved":
            escalation.resolve(self.happened, self.by, "resolved")
        elif (
            outcome == "actions_agreed"
            and escalation.here.reason == "no_outcome"
            and not escalation.decided
            and not escalation.something_overdue()
        ):
            escalation.return_to_stage_2(self.now, self.by, self.happened)
        # otherwise it is recorded and changes nothing more

    # --- the decision ---

    def do_decide(self, act: Act, faults: Faults) -> None:
        self.only(faults, "scsp_chair")
        day = local_day(self.happened)
        sets = act.get("sets", [])
        releases = act.get("releases", [])
        escalation = self.the_escalation(act, faults)
        for one in sets:
            if date.fromisoformat(one["due"]) < day:
                faults.add("invalid")
        if escalation is None:
            return
        self.conflict(escalation, faults)
        self.needs_stage_3(escalation, faults)
        for ref in releases:
            action = escalation.actions.get(ref)
            if action is None:
                faults.add("not_found")
            elif not action.outstanding():
                faults.add("wrong_state")
        if len(set(releases)) < len(releases):
            faults.add("wrong_state")
        new_refs = [one["action"] for one in sets]
        if len(set(new_refs)) < len(new_refs) or set(new_refs) & set(escalation.actions):
            faults.add("duplicate_reference")
        if faults:
            return
        escalation.decided = True
        for ref in releases:
            escalation.actions[ref].released = True
        for one in sets:
            terms = (one["what"], date.fromisoformat(one["due"]))
            action = Action(one["owner"], None)
            action.records = {"scsp": terms, "agency": terms}
            action.in_force = terms
            action.by_decision = True
            escalation.actions[one["action"]] = action

    # --- actions ---

    def do_record_action(self, act: Act, faults: Faults) -> None:
        escalation = self.the_escalation(act, faults)
        side = self.side_of_act(act, escalation, faults)
        due = date.fromisoformat(act["due"])
        if due < local_day(self.happened):
            faults.add("invalid")
        if escalation is not None and act["action"] in escalation.actions:
            faults.add("duplicate_reference")
        if faults or escalation is None or side is None:
            return
        action = Action(act["owner"], side)
        action.records[side] = (act["what"], due)
        escalation.actions[act["action"]] = action
        self.answered(escalation, side)

    def answered(self, escalation: Escalation, side: str) -> None:
        if side == "agency":
            escalation.agency_has_answered = True

    def the_action(
        self, act: Act, faults: Faults
    ) -> tuple[Escalation | None, str | None, Action | None]:
        escalation = self.the_escalation(act, faults)
        side = self.side_of_act(act, escalation, faults)
        action = None
        if escalation is not None:
            action = escalation.actions.get(act["action"])
            if action is None:
                faults.add("not_found")
        return escalation, side, action

    def do_acknowledge_action(self, act: Act, faults: Faults) -> None:
        escalation, side, action = self.the_action(act, faults)
        if action is not None and not action.outstanding():
            faults.add("wrong_state")
        if escalation is None or side is None or action is None:
            return
        on_behalf = "on_behalf_of" in act
        own = action.records.get(side)
        other = action.records.get(OTHER_SIDE[side])
        if side == "agency" and not on_behalf and action.reported and own == other:
            # The agency itself acknowledges what stood on a report; nothing else
            # changes and the due day is not looked at.
            if not faults:
                action.reported = False
                self.answered(escalation, side)
            return
        if other is None or own == other:
            faults.add("wrong_state")
        elif other[1] < local_day(self.happened):
            faults.add("invalid")
        if faults or other is None:
            return
        action.write(side, other, on_behalf)
        self.answered(escalation, side)

    def do_vary_action(self, act: Act, faults: Faults) -> None:
        escalation, side, action = self.the_action(act, faults)
        day = local_day(self.happened)
        if "what" not in act and "due" not in act:
            faults.add("invalid")
        if "due" in act and date.fromisoformat(act["due"]) < day:
            faults.add("invalid")
        if action is not None and not action.outstanding():
            faults.add("wrong_state")
        if escalation is None or side is None or action is None:
            return
        own = action.records.get(side)
        other = action.records.get(OTHER_SIDE[side])
        start = own if own is not None else other  # without a record: from the other's
        assert start is not None
        terms: Terms = (
            act.get("what", start[0]),
            date.fromisoformat(act["due"]) if "due" in act else start[1],
        )
        # Terms that this act makes equal on both sides may not be due before it
        # happened.
        if terms == other and own != other and terms[1] < day:
            faults.add("invalid")
        if faults:
            return
        action.write(side, terms, "on_behalf_of" in act)
        self.answered(escalation, side)

    def do_complete_action(self, act: Act, faults: Faults) -> None:
        escalation, side, action = self.the_action(act, faults)
        if action is not None:
            if side is not None and side != action.owner:  # the owning side claims it
                faults.add("not_permitted")
            if not action.outstanding():
                faults.add("wrong_state")
        if faults or escalation is None or side is None or action is None:
            return
        action.done_on = local_day(self.happened)
        self.answered(escalation, side)

    def do_confirm_action(self, act: Act, faults: Faults) -> None:
        escalation, side, action = self.the_action(act, faults)
        if action is not None:
            if side is not None and side == action.owner:
                faults.add("not_permitted")
            if not action.done() or action.confirmed:
                faults.add("wrong_state")
            elif "already_ended" in faults:
                faults.remove("already_ended")  # the one act after the resolution
        if faults or escalation is None or side is None or action is None:
            return
        action.confirmed = True
        self.answered(escalation, side)

    def do_dispute_completion(self, act: Act, faults: Faults) -> None:
        escalation, side, action = self.the_action(act, faults)
        if action is not None:
            if side is not None and side == action.owner:
                faults.add("not_permitted")
            if not action.done() or action.confirmed:
                faults.add("wrong_state")
        if faults or escalation is None or side is None or action is None:
            return
        action.done_on = None
        # Outstanding again; the clock finds it not maintained from this moment, if it
        # is in force and its due day has passed.
        action.not_maintained = False
        self.answered(escalation, side)

    def do_release_action(self, act: Act, faults: Faults) -> None:
        escalation, side, action = self.the_action(act, faults)
        if action is not None and (
            not action.outstanding() or side in action.release_said_by  # a side says so once
        ):
            faults.add("wrong_state")
        if faults or escalation is None or side is None or action is None:
            return
        action.release_said_by.add(side)
        if action.release_said_by == {"scsp", "agency"}:
            action.released = True
        self.answered(escalation, side)


def outcome(
    case: dict[str, Any], until: datetime | None = None, settings: Settings = SANDWELL
) -> dict[str, Any]:
    """Play the case, let time pass up to `until` (else the moment of the last act)."""
    play = Play(case["people"], settings)
    for act in case["acts"]:
        play.step(act)
    if until is not None:
        if until.tzinfo is None:
            until = until.replace(tzinfo=ZONE)
        end = until.astimezone(UTC)
        if not case["acts"] or end > play.now:
            play.let_time_pass(end)
    return play.outcome()


def differences(theirs: Any, mine: Any, place: str = "outcome") -> list[str]:
    """Where another outcome and one of this module disagree, in words; empty if
    nowhere."""
    if isinstance(theirs, dict) and isinstance(mine, dict):
        found: list[str] = []
        if place.startswith("outcome.refused") and theirs.get("act") == mine.get("act"):
            if theirs.get("error") not in mine["error"]:
                found.append(f"{place}: {theirs.get('error')!r} is not among {mine['error']}")
            return found
        for key in sorted(set(theirs) | set(mine)):
            if key not in theirs or key not in mine:
                side = "only in mine" if key in mine else "only in theirs"
                found.append(f"{place}.{key}: {side}")
            else:
                found += differences(theirs[key], mine[key], f"{place}.{key}")
        return found
    if isinstance(theirs, list) and isinstance(mine, list) and len(theirs) == len(mine):
        return [
            line
            for number, (one, other) in enumerate(zip(theirs, mine, strict=True))
            for line in differences(one, other, f"{place}.{number}")
        ]
    return [] if theirs == mine else [f"{place}: theirs {theirs!r}, mine {mine!r}"]
