"""Acts of the two sides on an action, as they could well happen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from ..process.actions import Action
from ..process.settings import Act
from .choices import WHATS, Build, Story, days
from .world import World


class ActionActs(World):
    def record_action(self, ref: str, owner: str | None = None, due: date | None = None) -> Act:
        one = self.play.escalations[ref]
        number = len(one.actions) + 1
        side = self.rng.choice(["scsp", "agency"])
        return self.by_side(
            ref,
            "record_action",
            side,
            action=f"A{number}",
            what=self.rng.choice(WHATS),
            owner=owner or self.rng.choice(["agency", "agency", "scsp"]),
            due=(due or self.due_day()).isoformat(),
        )

    def act_on_action(self, ref: str, action_ref: str) -> Act | None:
        """Something that could well happen to this action now."""
        one = self.play.escalations[ref]
        action = one.actions[action_ref]
        other_of_owner = "scsp" if action.owner == "agency" else "agency"
        if action.released or action.confirmed:
            return None
        if action.done():
            name = self.rng.choice(["confirm_action", "dispute_completion"])
            act = self.by_side(ref, name, other_of_owner, action=action_ref)
            if name == "dispute_completion":
                act["reason"] = self.text()
            return act
        if action.release_said_by and self.chance(0.6):
            missing = sorted({"scsp", "agency"} - action.release_said_by)
            side = self.rng.choice(missing)
            return self.by_side(ref, "release_action", side, action=action_ref, reason=self.text())
        options: list[tuple[float, Build]] = [
            (2, lambda: self.complete(ref, action_ref)),
            (1, lambda: self.release(ref, action_ref)),
            (2, lambda: self.vary(ref, action_ref)),
        ]
        if action.in_force is None or action.differs():
            options.append((6, lambda: self.acknowledge(ref, action_ref)))
        if action.reported:
            options.append((4, lambda: self.own_word(ref, action_ref)))
        return self.pick(options)

    def complete(self, ref: str, action_ref: str) -> Act:
        owner = self.play.escalations[ref].actions[action_ref].owner
        return self.by_side(ref, "complete_action", owner, action=action_ref, evidence=self.text())

    def release(self, ref: str, action_ref: str, side: str | None = None) -> Act:
        side = side or self.rng.choice(["scsp", "agency"])
        return self.by_side(ref, "release_action", side, action=action_ref, reason=self.text())

    def acknowledge(self, ref: str, action_ref: str) -> Act:
        action = self.play.escalations[ref].actions[action_ref]
        side = self.rng.choice(["scsp", "agency"])
        for one in ("scsp", "agency"):
            if one not in action.records:
                side = one
        return self.by_side(ref, "acknowledge_action", side, action=action_ref)

    def vary(self, ref: str, action_ref: str, side: str | None = None) -> Act:
        action = self.play.escalations[ref].actions[action_ref]
        side = side or self.rng.choice(["scsp", "agency"])
        fields: dict[str, str] = {}
        draw = self.rng.random()
        if draw < 0.55:
            fields["due"] = self.due_day().isoformat()
        elif draw < 0.7:
            fields["what"] = self.rng.choice(WHATS)
        elif draw < 0.8:
            fields["what"] = self.rng.choice(WHATS)
            fields["due"] = self.due_day().isoformat()
        elif draw < 0.98:  # terms that are there already: one's own, or the other's
            what, due = self.rng.choice(sorted(action.records.values()))
            fields["what"] = what
            if self.chance(0.7):
                fields["due"] = due.isoformat()
        return self.by_side(ref, "vary_action", side, action=action_ref, **fields)

    def own_word(self, ref: str, action_ref: str) -> Act:
        """The agency itself takes what stood on a report."""
        one = self.play.escalations[ref]
        action = one.actions[action_ref]
        act: Act = {
            "by": self.of_agency(one.agency),
            "act": "acknowledge_action",
            "escalation": ref,
            "action": action_ref,
        }
        if self.chance(0.4):
            act["act"] = "vary_action"
            act["what"] = action.records["agency"][0]
        return self.happened(act, self.now - days(1))

    def some_action(self, ref: str, test: Callable[[Action], bool] | None = None) -> str | None:
        actions = self.play.escalations[ref].actions
        found = [key for key, one in actions.items() if test is None or test(one)]
        return self.rng.choice(found) if found else None

    def any_action(self, ref: str) -> Act | None:
        action_ref = self.some_action(ref)
        return None if action_ref is None else self.act_on_action(ref, action_ref)

    def agree(self, ref: str, owner: str = "agency", due: date | None = None) -> Story:
        """An action is recorded and becomes agreed."""
        yield None, lambda: self.record_action(ref, owner, due)
        actions = self.play.escalations[ref].actions
        if actions:
            action_ref = list(actions)[-1]
            yield None, lambda: self.acknowledge(ref, action_ref)
