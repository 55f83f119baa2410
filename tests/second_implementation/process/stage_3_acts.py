"""Notice, consultation and the SCSP Chair's decision in stage 3."""

from __future__ import annotations

from datetime import date

from .actions import Action
from .days import local_day
from .desk import Desk
from .escalations import Escalation
from .settings import OFFICE, Act, Faults


class Stage3Acts(Desk):
    def do_notify_chair(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        escalation = self.the_escalation(act, faults)
        self.needs_stage_3(escalation, faults)

    def do_consult(self, act: Act, faults: Faults) -> None:
        self.only(faults, "scsp_chair")
        escalation = self.the_escalation(act, faults)
        self.needs_stage_3(escalation, faults)

    def do_decide(self, act: Act, faults: Faults) -> None:
        self.only(faults, "scsp_chair")
        day = local_day(self.happened)
        sets = act.get("sets", [])
        releases = act.get("releases", [])
        escalation = self.the_escalation(act, faults)
        if any(date.fromisoformat(one["due"]) < day for one in sets):
            faults.add("invalid")
        if escalation is None:
            return
        self.conflict(escalation, faults)
        self.needs_stage_3(escalation, faults)
        self.can_be_released(escalation, releases, faults)
        new_refs = [one["action"] for one in sets]
        if len(set(new_refs)) < len(new_refs) or set(new_refs) & set(escalation.actions):
            faults.add("duplicate_reference")
        if faults:
            return
        escalation.decided = True
        for ref in releases:
            escalation.actions[ref].released = True
        for one in sets:
            escalation.actions[one["action"]] = self.set_by_decision(one)

    def can_be_released(self, escalation: Escalation, releases: list[str], faults: Faults) -> None:
        """Each of them outstanding, and named once."""
        for ref in releases:
            action = escalation.actions.get(ref)
            if action is None:
                faults.add("not_found")
            elif not action.outstanding():
                faults.add("wrong_state")
        if len(set(releases)) < len(releases):
            faults.add("wrong_state")

    def set_by_decision(self, one: dict[str, str]) -> Action:
        terms = (one["what"], date.fromisoformat(one["due"]))
        action = Action(one["owner"], None)
        action.records = {"scsp": terms, "agency": terms}
        action.in_force = terms
        action.by_decision = True
        return action
