"""What every act of a person meets: the moment, the person's role, the thing it names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .days import Calendar, local_day
from .escalations import Escalation
from .incidents import Incident
from .settings import (
    AGENCY_ROLES,
    PARTNERSHIP_ROLES,
    REPORTING_ROLES,
    SANDWELL,
    Act,
    Faults,
    Settings,
)


class Desk:
    """The state while a case file is played, and the questions that many acts share.

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

    def only(self, faults: Faults, *roles: str) -> None:
        if self.role not in roles:
            faults.add("not_permitted")

    # --- of incidents ---

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

    # --- of escalations ---

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

    def needs_stage_3(self, escalation: Escalation | None, faults: Faults) -> None:
        if escalation is not None and (not escalation.is_open() or escalation.stage != "stage_3"):
            faults.add("wrong_state")

    def answered(self, escalation: Escalation, side: str) -> None:
        if side == "agency":
            escalation.agency_has_answered = True
