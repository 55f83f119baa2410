"""Acts of the two sides on an action."""

from __future__ import annotations

from datetime import date

from .actions import Action
from .days import local_day
from .desk import Desk
from .escalations import Escalation
from .settings import OTHER_SIDE, Act, Faults, Terms


class ActionActs(Desk):
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
