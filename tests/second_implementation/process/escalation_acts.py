"""Acts on an escalation, from its raising to its resolution; its meetings apart."""

from __future__ import annotations

from .desk import Desk
from .escalations import Escalation
from .settings import OFFICE, PARTNERSHIP_ROLES, STAGES, Act, Faults


class EscalationActs(Desk):
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
