"""What people do with agreed actions: deciding each act (who, then when, then state)."""

from collections.abc import Callable
from typing import Any

from cspr_workflow.domain import acts
from cspr_workflow.domain.actions import (
    Action,
    ActionAcknowledged,
    ActionCompleted,
    ActionConfirmed,
    ActionFact,
    ActionRecorded,
    ActionVaried,
    CompletionDisputed,
    ReleaseSaid,
)
from cspr_workflow.domain.deciding import Occasion, check_due, wrong_state
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.lifecycles import ACTION
from cspr_workflow.domain.people import Actor, Side


def decide_action_act(escalation: Escalation, occasion: Occasion) -> ActionFact:
    """The fact that an act on an action brings about, or a refusal that says why not.

    Whether it is possible as the action stands is checked before (:func:`check_action`).
    """
    act = occasion.command.act
    side = occasion.command.by.side
    assert isinstance(act, acts.ActionAct)
    assert side is not None
    if isinstance(act, acts.RecordAction):
        return _record(escalation, act, occasion)
    action = escalation.actions.get(act.action)
    if action is None:
        raise Refusal(
            Code.NOT_FOUND, f"action: there is no action {act.action} in {escalation.reference}."
        )
    return _DECIDE[type(act)](action, act, side, occasion)


def check_action(action: Action, kind: type[acts.Act], by: Actor) -> None:
    """Refuse an act that is not possible for this side as the action stands, whatever the act says."""
    side = by.side
    assert side is not None
    _check_side(action, kind, side)
    if not ACTION.allows(action.stage, kind.name):
        raise wrong_state(
            f"{action.reference} is {action.stage}: {kind.name.replace('_', ' ')} is not possible now."
        )
    if kind is acts.AcknowledgeAction:
        _check_acknowledgeable(action, side, own_account=by.means is None)
    if kind is acts.ReleaseAction and side in action.release_said_by:
        raise wrong_state(
            f"Your side has said already that {action.reference} is no longer needed."
        )


def _check_acknowledgeable(action: Action, side: Side, *, own_account: bool) -> None:
    own, theirs = action.record_of(side), action.record_of(side.other)
    if theirs is None:
        raise wrong_state(
            f"There is no record of {action.reference} on the other side to acknowledge yet."
        )
    confirms_a_report = action.reported and side is Side.AGENCY and own_account
    if own is not None and own.number == theirs.number and not confirms_a_report:
        raise wrong_state(f"Both records of {action.reference} are the same already.")


def _check_side(action: Action, kind: type[acts.Act], side: Side) -> None:
    owners = kind is acts.CompleteAction
    others = kind in (acts.ConfirmAction, acts.DisputeCompletion)
    if (owners and side is not action.owner) or (others and side is action.owner):
        needed = action.owner if owners else action.owner.other
        raise Refusal(
            Code.NOT_PERMITTED,
            f"{action.reference} is owned by {action.owner.called}: only {needed.called} can "
            f"{kind.name.replace('_', ' ')}.",
        )


def _record(escalation: Escalation, act: acts.RecordAction, occasion: Occasion) -> ActionRecorded:
    if act.action in escalation.actions:
        raise duplicate_action(escalation, act.action)
    check_due(occasion, act.due)
    return ActionRecorded(act.action, act.what, act.owner, act.due)


def duplicate_action(escalation: Escalation, reference: str) -> Refusal:
    """The refusal of a second action by the same reference."""
    return Refusal(
        Code.DUPLICATE_REFERENCE,
        f"action: {reference} is in use already in {escalation.reference}; choose another reference.",
    )


def _acknowledge(
    action: Action, act: acts.AcknowledgeAction, side: Side, occasion: Occasion
) -> ActionAcknowledged:
    own, theirs = action.record_of(side), action.record_of(side.other)
    assert theirs is not None
    taken_over = own is not None and own.number == theirs.number
    if not taken_over and theirs.due < occasion.day:
        raise Refusal(
            Code.INVALID,
            f"due: the other side's date for {act.action}, {theirs.due}, lies before {occasion.day}; "
            "vary the action instead, with a date to come.",
        )
    return ActionAcknowledged(act.action, theirs.number)


def _vary(action: Action, act: acts.VaryAction, side: Side, occasion: Occasion) -> ActionVaried:
    if act.what is None and act.due is None:
        raise Refusal(Code.INVALID, "what, due: a variation has to name at least one of them.")
    if act.due is not None:
        check_due(occasion, act.due)
    own, theirs = action.record_of(side), action.record_of(side.other)
    base = own or theirs
    assert base is not None
    what, due = act.what or occasion.opened(base.what), act.due or base.due
    known = (terms for terms in (theirs, own, action.in_force) if terms is not None)
    same = (t.number for t in known if t.due == due and occasion.opened(t.what) == what)
    number = next(same, action.numbers + 1)
    takes_over = theirs is not None and number == theirs.number
    if takes_over and (own is None or own.number != number) and due < occasion.day:
        raise Refusal(
            Code.INVALID,
            f"due: this makes both records of {act.action} equal on {due}, which lies before "
            f"{occasion.day}; name a date to come.",
        )
    return ActionVaried(act.action, number, what, due)


def _complete(_: Action, act: acts.CompleteAction, __: Side, occasion: Occasion) -> ActionCompleted:
    return ActionCompleted(act.action, act.evidence, occasion.day)


def _confirm(_: Action, act: acts.ConfirmAction, __: Side, ___: Occasion) -> ActionConfirmed:
    return ActionConfirmed(act.action)


def _dispute(_: Action, act: acts.DisputeCompletion, __: Side, ___: Occasion) -> CompletionDisputed:
    return CompletionDisputed(act.action, act.reason)


def _release(_: Action, act: acts.ReleaseAction, __: Side, ___: Occasion) -> ReleaseSaid:
    return ReleaseSaid(act.action, act.reason)


_DECIDE: dict[type[acts.ActionAct], Callable[[Action, Any, Side, Occasion], ActionFact]] = {
    acts.AcknowledgeAction: _acknowledge,
    acts.VaryAction: _vary,
    acts.CompleteAction: _complete,
    acts.ConfirmAction: _confirm,
    acts.DisputeCompletion: _dispute,
    acts.ReleaseAction: _release,
}
