"""Playing a case, act by act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .action_acts import ActionActs
from .closure_acts import ClosureActs
from .days import ZONE, moment
from .incident_acts import IncidentActs
from .meeting_acts import MeetingActs
from .settings import SANDWELL, Act, Faults, Settings
from .stage_3_acts import Stage3Acts


class Play(IncidentActs, ClosureActs, MeetingActs, Stage3Acts, ActionActs):
    """`step` takes one act; `refused` collects faults."""

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
