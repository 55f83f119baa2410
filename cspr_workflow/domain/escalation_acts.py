"""What people do in an escalation: deciding each act (who, then when, then state).

Deciding takes the state in which time has passed up to now, and gives entries, or a refusal that
says why. It never changes anything.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cspr_workflow.domain import acts
from cspr_workflow.domain.action_acts import decide_action_act, duplicate_action
from cspr_workflow.domain.actions import Action
from cspr_workflow.domain.acts import MeetingOutcome
from cspr_workflow.domain.authority import check_agency, check_who
from cspr_workflow.domain.deciding import Occasion, check_due, check_when, wrong_state
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_checks import (
    can_be_at_risk,
    check_closable,
    check_may,
    check_now,
    check_raisable,
    stage_of_meeting,
)
from cspr_workflow.domain.escalation_facts import (
    BodyConsulted,
    ChairNotified,
    DecisionMade,
    DiscussionRecorded,
    EscalationResolved,
    EscalationWithdrawn,
    MeetingHeld,
    MoveReason,
    PartyInformed,
    Raised,
    ReasonGiven,
    StageEntered,
)
from cspr_workflow.domain.incident import EscalationNoted, Incident
from cspr_workflow.domain.ladder import entering, ladder
from cspr_workflow.domain.lifecycles import NOT_RESOLVED, chart_of
from cspr_workflow.domain.policy import RESOLVED, Kind, Stage


def decide_raise(
    incident: Incident, agencies: frozenset[str], occasion: Occasion
) -> tuple[Entry, Entry]:
    """Raise an escalation: its first entry, and the note of it on the incident's record."""
    act = occasion.command.act
    assert isinstance(act, acts.RaiseEscalation)
    policy = occasion.policy
    check_who(policy, type(act), occasion.command.by)
    check_agency(act.agency, agencies)
    if act.variant is not None and act.variant not in (policy.variants or {}):
        known = ", ".join(policy.variants or {}) or "none"
        raise Refusal(
            Code.INVALID,
            f"variant: {policy.label} has no variant {act.variant!r}; known are {known}.",
        )
    if act.timescale not in {timescale.id for timescale in policy.timescales}:
        known = ", ".join(timescale.id for timescale in policy.timescales)
        raise Refusal(
            Code.INVALID,
            f"timescale: {act.timescale!r} is none of {policy.label}; known are {known}.",
        )
    check_when(occasion, incident.incident_on)
    check_raisable(incident, policy)
    if act.timescale not in can_be_at_risk(incident, policy):
        raise wrong_state(
            f"timescale: {act.timescale} of {act.incident} is met and no longer at risk."
        )
    opening = policy.opening(act.variant)
    limits = ladder(
        policy,
        opening,
        occasion.occurred,
        incident.incident_on,
        incident.aware_on,
        occasion.calendar,
    )
    raised = Raised(
        escalation=act.escalation,
        incident=act.incident,
        incident_on=incident.incident_on,
        timescale=act.timescale,
        agency=act.agency,
        concern=act.concern,
        stage=opening.id,
        limits=limits,
        variant=act.variant,
    )
    note = EscalationNoted(act.escalation, act.timescale)
    return occasion.entry(raised), occasion.entry(note)


def decide(escalation: Escalation, occasion: Occasion) -> tuple[Entry, ...]:
    """The entries that an act on an escalation brings about, or a refusal that says why not."""
    act, by, policy = occasion.command.act, occasion.command.by, occasion.policy
    check_may(escalation, type(act), by, policy)
    raised = None if isinstance(act, acts.RecordDiscussion) else escalation.raised
    check_when(occasion, escalation.incident_on, raised)
    action = _action_of(escalation, act)
    check_now(escalation, type(act), by, policy, action, occasion.opened)
    if isinstance(act, acts.ActionAct):
        return (occasion.entry(decide_action_act(escalation, occasion)),)
    return _DECIDE[type(act)](escalation, act, occasion)


def _action_of(escalation: Escalation, act: acts.Act) -> Action | None:
    """The action that an act is about, where there is one by its reference."""
    if not isinstance(act, acts.ActionAct) or isinstance(act, acts.RecordAction):
        return None
    return escalation.actions.get(act.action)


def _stays(fact: Callable[[Any], Fact]) -> Callable[[Escalation, Any, Occasion], tuple[Entry, ...]]:
    """Deciding an act that is legal as soon as it is permitted and changes no stage."""
    return lambda _, act, occasion: (occasion.entry(fact(act)),)


def _escalate(escalation: Escalation, act: acts.Escalate, occasion: Occasion) -> tuple[Entry, ...]:
    _check_since_stage_began(escalation, occasion.occurred)
    after = occasion.policy.after(escalation.stage)
    assert after is not None
    return (_enters(escalation, after, MoveReason.ESCALATED, occasion, because=act.reason),)


def _check_since_stage_began(escalation: Escalation, occurred: datetime) -> None:
    if occurred < escalation.entered:
        raise wrong_state(
            "occurred: this happened before the present stage began; it can no longer be recorded in it."
        )


def _enters(
    escalation: Escalation,
    stage: Stage,
    reason: MoveReason,
    occasion: Occasion,
    *,
    clause: str | None = None,
    because: str | None = None,
) -> Entry:
    moment = occasion.now if reason is MoveReason.OUTCOME_IN_TIME else occasion.occurred
    fact: StageEntered = entering(
        escalation, stage, moment, reason, occasion.policy, occasion.calendar, because=because
    )
    return occasion.entry(fact, occurred=moment, clause=clause)


# --- Meetings --------------------------------------------------------------------------------


def _hold_meeting(
    escalation: Escalation, act: acts.HoldMeeting, occasion: Occasion
) -> tuple[Entry, ...]:
    policy = occasion.policy
    stage = stage_of_meeting(escalation, occasion.command.by.person, policy)
    late = stage.id != escalation.stage
    if late:
        _check_happened_in(escalation, stage, occasion)
    else:
        _check_since_stage_began(escalation, occasion.occurred)
    clause = next((duty.clause for duty in stage.duties if act.name in duty.done_by), None)
    held = occasion.entry(MeetingHeld(stage.id, act.present, act.outcome), clause=clause)
    if act.outcome is MeetingOutcome.RESOLVED:
        check_closable(escalation, stage)
        resolved = EscalationResolved(RESOLVED, _open_actions(escalation))
        return held, occasion.entry(resolved, clause=stage.clause)
    if act.outcome is MeetingOutcome.ACTIONS_AGREED:
        _check_agreed(escalation, stage, late=late)
        if not (late and _returns(escalation)):
            return (held,)
        reason = MoveReason.OUTCOME_IN_TIME
        return held, _enters(escalation, stage, reason, occasion, clause=stage.clause)
    target = None if late else chart_of(policy).target(escalation.stage, NOT_RESOLVED)
    if target is None:
        return (held,)
    after, reason = policy.stage(target), MoveReason.MEETING_NOT_RESOLVED
    return held, _enters(escalation, after, reason, occasion, clause=stage.broken_clause)


def _check_happened_in(escalation: Escalation, stage: Stage, occasion: Occasion) -> None:
    """Refuse a meeting written up late that did not happen in its stage."""
    began = next((e.entered for e in reversed(escalation.stages) if e.stage == stage.id), None)
    if began is None or not began <= occasion.occurred < escalation.entered:
        raise wrong_state(
            f"occurred: a meeting of {stage.name} that is written up late has to have happened in that stage."
        )


def _check_agreed(escalation: Escalation, stage: Stage, *, late: bool) -> None:
    if not any(action.kept for action in escalation.actions.values()):
        raise Refusal(
            Code.NEEDS_AGREED_ACTION,
            "outcome: actions_agreed needs at least one action in force; record it and let the other "
            "side acknowledge it first.",
        )
    broken = escalation.broken_actions
    if stage.kind is Kind.MEETING and not late and broken:
        names = ", ".join(action.reference for action in broken)
        raise Refusal(
            Code.OVERDUE_ACTIONS,
            f"outcome: not maintained by the agency and outstanding: {names}; vary or release first.",
        )


def _returns(escalation: Escalation) -> bool:
    """Whether a meeting written up late takes the case back: it would not have moved otherwise."""
    moved_for = escalation.stages[-1].reason
    return (
        moved_for is MoveReason.NO_OUTCOME
        and not escalation.decided
        and not escalation.broken_actions
    )


# --- The end ---------------------------------------------------------------------------------


def _resolve(escalation: Escalation, act: acts.Resolve, occasion: Occasion) -> tuple[Entry, ...]:
    fact = EscalationResolved(act.outcome, _open_actions(escalation))
    clause = occasion.policy.stage(escalation.stage).clause
    return (occasion.entry(fact, clause=clause),)


def _open_actions(escalation: Escalation) -> tuple[str, ...]:
    return tuple(action.reference for action in escalation.actions.values() if action.outstanding)


def _withdraw(
    escalation: Escalation, act: acts.WithdrawEscalation, occasion: Occasion
) -> tuple[Entry, ...]:
    return (occasion.entry(EscalationWithdrawn(act.reason, _open_actions(escalation))),)


# --- The decision ----------------------------------------------------------------------------


def _decide(escalation: Escalation, act: acts.Decide, occasion: Occasion) -> tuple[Entry, ...]:
    for place, reference in enumerate(act.releases):
        action = escalation.actions.get(reference)
        if action is None:
            raise Refusal(Code.NOT_FOUND, f"releases: there is no action {reference}.")
        if not action.outstanding:
            raise wrong_state(f"releases: {reference} is {action.stage} already.")
        if reference in act.releases[:place]:
            raise wrong_state(f"releases: {reference} is named twice.")
    for place, new in enumerate(act.sets):
        if new.action in escalation.actions or new.action in (s.action for s in act.sets[:place]):
            raise duplicate_action(escalation, new.action)
        check_due(occasion, new.due)
    return (occasion.entry(DecisionMade(act.decision, act.reasons, act.releases, act.sets)),)


_DECIDE: dict[type[acts.Act], Callable[[Escalation, Any, Occasion], tuple[Entry, ...]]] = {
    acts.RecordDiscussion: _stays(lambda act: DiscussionRecorded(act.how, act.said)),
    acts.Inform: _stays(lambda act: PartyInformed(act.role)),
    acts.GiveReason: _stays(lambda act: ReasonGiven(act.reason)),
    acts.NotifyChair: _stays(lambda _: ChairNotified()),
    acts.Consult: _stays(lambda act: BodyConsulted(act.body)),
    acts.Escalate: _escalate,
    acts.HoldMeeting: _hold_meeting,
    acts.Decide: _decide,
    acts.Resolve: _resolve,
    acts.WithdrawEscalation: _withdraw,
}
