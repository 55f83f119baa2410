"""Meetings of stages 2 and 3, also the stage-2 meeting that is written up late."""

from __future__ import annotations

from .escalation_acts import EscalationActs
from .escalations import Escalation
from .settings import Act, Faults


class MeetingActs(EscalationActs):
    def do_hold_meeting(self, act: Act, faults: Faults) -> None:
        self.only(faults, "subgroup_chair", "scsp_chair")
        escalation = self.the_escalation(act, faults)
        if escalation is None:
            return
        self.conflict(escalation, faults)
        outcome = act["outcome"]
        written_up_late = (
            escalation.stage == "stage_3"
            and self.role == "subgroup_chair"
            and self.can_be_written_up_late(escalation)
        )
        if not escalation.is_open():
            faults.add("wrong_state")
        if not written_up_late:
            self.ask_for_the_right_stage(escalation, faults)
        self.ask_for_the_outcome(escalation, outcome, faults, written_up_late=written_up_late)
        if faults:
            return
        if written_up_late:
            self.write_up_late(escalation, outcome)
        else:
            self.write_up(escalation, outcome)

    def ask_for_the_right_stage(self, escalation: Escalation, faults: Faults) -> None:
        """The subgroup chair's meeting in stage 2, one of all parties in stage 3."""
        stage = escalation.stage
        if stage in ("initial_discussion", "stage_1"):
            faults.add("wrong_state")
            if self.role == "scsp_chair":
                faults.add("not_permitted")
            return
        other_chair = "scsp_chair" if stage == "stage_2" else "subgroup_chair"
        if self.role == other_chair:
            # a meeting of the other kind, in the wrong stage; and this stage's kind is
            # the other chair's
            faults |= {"not_permitted", "wrong_state"}
        if self.happened < escalation.here.entered:
            faults.add("wrong_state")

    def ask_for_the_outcome(
        self, escalation: Escalation, outcome: str, faults: Faults, *, written_up_late: bool
    ) -> None:
        """What a meeting needs that agrees actions or resolves the case."""
        stage = escalation.stage
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

    def write_up(self, escalation: Escalation, outcome: str) -> None:
        stage = escalation.stage
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
