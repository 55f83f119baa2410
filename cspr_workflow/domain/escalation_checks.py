"""What can be said of an act on an escalation before anybody fills in a form: who may, and is it possible.

Deciding an act (``escalation_acts``) and saying what is possible (``possible``) ask the same functions.
What depends on when the act happened, or on what it says, is not here.
"""

from collections.abc import Callable, Mapping

from cspr_workflow.domain import acts
from cspr_workflow.domain.action_acts import check_action
from cspr_workflow.domain.actions import Action
from cspr_workflow.domain.acts import Act
from cspr_workflow.domain.authority import (
    check_no_conflict,
    check_stage_role,
    check_who,
    stage_role_refusal,
)
from cspr_workflow.domain.deciding import wrong_state
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.lifecycles import AFTER_THE_END, INCIDENT, RETURN, chart_of
from cspr_workflow.domain.people import Actor, Person
from cspr_workflow.domain.policy import RESOLVED, Kind, Policy, Stage


def check_may(escalation: Escalation, kind: type[Act], by: Actor, policy: Policy) -> None:
    """Refuse a person who may not do this act on this escalation, in whatever stage it is."""
    check_who(policy, kind, by, escalation.agency)
    check_no_conflict(policy, kind, by.person, escalation)


def check_now(
    escalation: Escalation,
    kind: type[Act],
    by: Actor,
    policy: Policy,
    action: Action | None = None,
    opened: Callable[[str], str] = str,
) -> None:
    """Refuse an act that is not possible as the escalation stands, whatever the act says.

    ``action`` is the one that the act is about, for an act on an action that there is. ``opened``
    opens a text of the record for the sentence of the refusal.
    """
    _check_not_ended(escalation, kind, action, opened)
    if not escalation.ending and not chart_of(policy).allows(escalation.state, kind.name):
        raise wrong_state(
            f"{escalation.reference} is in {policy.stage(escalation.stage).name}: "
            f"{kind.name.replace('_', ' ')} is not possible there."
        )
    if action is not None:
        check_action(action, kind, by)
    elif (check := _OF_KIND.get(kind)) is not None:
        check(escalation, by.person, policy)


def _check_not_ended(
    escalation: Escalation, kind: type[Act], action: Action | None, opened: Callable[[str], str]
) -> None:
    if not escalation.ending:
        return
    if kind.name in AFTER_THE_END and action is not None and action.done_on is not None:
        return
    still = "only an action that was done can still be confirmed."
    raise Refusal(
        Code.ALREADY_ENDED,
        f"{escalation.reference} is {RESOLVED} ({opened(escalation.ending.outcome)}): {still}",
        f"{escalation.reference} is {RESOLVED}: {still}",
    )


# --- Raising ---------------------------------------------------------------------------------


def can_be_at_risk(incident: Incident, policy: Policy) -> tuple[str, ...]:
    """The timescales that can be named as at risk: those that are not met."""
    ids = (timescale.id for timescale in policy.timescales)
    return tuple(id for id in ids if not incident.timescale(id).state.is_met)


def check_raisable(incident: Incident, policy: Policy) -> None:
    """Refuse raising an escalation on an incident on which none can be raised."""
    if not INCIDENT.allows(incident.state, acts.RaiseEscalation.name):
        ended = f"{incident.reference} has ended ({incident.state})."
        raise Refusal(Code.ALREADY_ENDED, f"incident: {ended}", ended)
    if not can_be_at_risk(incident, policy):
        raise wrong_state(f"Every timescale of {incident.reference} is met: none is at risk.")


# --- Meetings --------------------------------------------------------------------------------


def stage_of_meeting(escalation: Escalation, person: Person, policy: Policy) -> Stage:
    """The stage whose meeting this person holds: the present one, or the one before, written up late."""
    present = policy.stage(escalation.stage)
    if person.role in present.meeting_by:
        return present
    before = (
        policy.stage(target) if (target := chart_of(policy).target(present.id, RETURN)) else None
    )
    if before is not None and person.role in before.meeting_by:
        return before
    if any(person.role in stage.meeting_by for stage in policy.stages):
        raise wrong_state(
            f"{escalation.reference} is in {present.name}: a {person.role.called} holds no meeting there."
        )
    holders = (*present.meeting_by, *(before.meeting_by if before else ()))
    raise stage_role_refusal(person, acts.HoldMeeting, holders)


def _check_meeting(escalation: Escalation, person: Person, policy: Policy) -> None:
    stage = stage_of_meeting(escalation, person, policy)
    late = stage.id != escalation.stage
    if late and any(meeting.stage == stage.id for meeting in escalation.meetings):
        raise wrong_state(f"A meeting of {stage.name} is recorded already.")


# --- The end ---------------------------------------------------------------------------------


def _check_resolvable(escalation: Escalation, person: Person, policy: Policy) -> None:
    stage = policy.stage(escalation.stage)
    allowed = stage.resolved_by
    if escalation.no_longer_at_risk:
        allowed = (*allowed, *policy.closes_when_no_longer_at_risk)
    check_stage_role(person, acts.Resolve, allowed)
    check_closable(escalation, stage)


def check_closable(escalation: Escalation, stage: Stage) -> None:
    """Once no longer at risk, neither the decision nor the actions are asked for."""
    if escalation.no_longer_at_risk:
        return
    if stage.kind is Kind.DECISION and not escalation.decided:
        raise Refusal(
            Code.NEEDS_DECISION,
            f"{escalation.reference} is in {stage.name}: the SCSP Chair has to decide before it is closed.",
        )
    if undone := escalation.undone_in_force:
        raise Refusal(
            Code.OUTSTANDING_ACTIONS,
            f"In force and neither done nor released: {', '.join(undone)}; "
            "complete or release each, then close.",
        )


_OF_KIND: Mapping[type[Act], Callable[[Escalation, Person, Policy], None]] = {
    acts.HoldMeeting: _check_meeting,
    acts.Resolve: _check_resolvable,
}
"""What else has to hold for an act that is legal in the stage."""
