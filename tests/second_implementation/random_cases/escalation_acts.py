"""Acts on an escalation, as they could well happen."""

from __future__ import annotations

from typing import Any

from ..process.settings import Act
from .action_acts import ActionActs
from .choices import MEANS, OUTCOMES, WHATS, Build, minutes


class EscalationActs(ActionActs):
    def small_talk(self, ref: str) -> Act:
        draw = self.rng.random()
        if draw < 0.5:
            side = self.rng.choice(["scsp", "agency"])
            how = self.rng.choice(MEANS)
            act = self.by_side(ref, "record_discussion", side, how=how, said=self.text())
            if self.chance(0.1):
                raised = self.play.escalations[ref].raised
                act["occurred"] = self.write(raised - minutes(self.rng.choice([30, 1440])))
            return act
        if draw < 0.75:
            return self.by_side(ref, "give_reason", "agency", reason=self.text())
        role = self.rng.choice(["business_manager", "agency_representative"])
        return self.on_escalation(ref, "inform", {"cspr_officer", "business_manager"}, role=role)

    def escalate(self, ref: str) -> Act:
        roles = {"business_manager", "subgroup_chair", "scsp_chair"}
        return self.on_escalation(ref, "escalate", roles, reason=self.text())

    def meeting(self, ref: str, outcome: str | None = None, late: bool = False) -> Act:
        one = self.play.escalations[ref]
        role = "scsp_chair" if one.stage == "stage_3" and not late else "subgroup_chair"
        if outcome is None:
            outcome = self.rng.choice(OUTCOMES)
            if not one.actions_in_force() and self.chance(0.8):
                outcome = "not_resolved"
        act: Act = {
            "by": self.somebody({role}, one.agency),
            "act": "hold_meeting",
            "escalation": ref,
            "present": sorted(self.rng.sample(sorted(self.people), 3)),
            "outcome": outcome,
        }
        if late:
            start, end = one.visits[-2].entered, one.here.entered
            span = int((end - start) / minutes(1))
            occurred = start + minutes(self.rng.choice([0, span - 1, span // 2, span // 2]))
            if self.chance(0.05):
                occurred = self.rng.choice([end, start - minutes(1)])
            act["occurred"] = self.write(occurred)
            return act
        return self.happened(act, one.here.entered)

    def decide(self, ref: str) -> Act:
        one = self.play.escalations[ref]
        fields: dict[str, Any] = {"decision": "Summary instead", "reasons": "Time"}
        open_ones = [key for key, action in one.actions.items() if action.outstanding()]
        if open_ones and self.chance(0.6):
            fields["releases"] = self.rng.sample(open_ones, self.rng.randint(1, len(open_ones)))
        if self.chance(0.06):
            fields["releases"] = [*open_ones, *open_ones, "A9"][:2]
        if self.chance(0.6):
            fields["sets"] = [
                {
                    "action": f"D{len(one.actions) + number}",
                    "what": self.rng.choice(WHATS),
                    "owner": self.rng.choice(["agency", "scsp"]),
                    "due": self.due_day().isoformat(),
                }
                for number in range(self.rng.choice([1, 1, 2]))
            ]
        return self.on_escalation(ref, "decide", {"scsp_chair"}, **fields)

    def resolve(self, ref: str) -> Act:
        one = self.play.escalations[ref]
        roles = {
            "initial_discussion": {"cspr_officer", "business_manager"},
            "stage_1": {"cspr_officer", "business_manager"},
            "stage_2": {"subgroup_chair", "business_manager"},
            "stage_3": {"scsp_chair"},
        }[one.stage]
        if one.no_longer_at_risk is not None and self.chance(0.6):
            roles = {"business_manager"}
        return self.on_escalation(ref, "resolve", roles, outcome="Chronology received")

    def close(self, ref: str) -> Act:
        one = self.play.escalations[ref]
        if self.chance(0.12):
            return self.on_escalation(
                ref, "withdraw_escalation", {"business_manager"}, reason=self.text()
            )
        if one.stage in ("stage_2", "stage_3") and self.chance(0.3):
            return self.meeting(ref, "resolved")
        return self.resolve(ref)

    def sensible(self, ref: str) -> Act | None:
        """Some act that would mostly be taken in the present state."""
        one = self.play.escalations[ref]
        options: list[tuple[float, Build]] = [
            (2, lambda: self.small_talk(ref)),
            (2, lambda: self.record_action(ref)),
            (6, lambda: self.any_action(ref)),
        ]
        if one.stage in ("stage_2", "stage_3"):
            options.append((2, lambda: self.meeting(ref)))
        if one.stage == "stage_3":
            options.append((1.5, lambda: self.decide(ref)))
        else:
            options.append((0.7, lambda: self.escalate(ref)))
        if self.chance(0.3):
            options.append((1, lambda: self.resolve(ref)))
        return self.pick(options)
