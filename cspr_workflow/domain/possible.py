"""Which acts a person may do now, and for the others why not: for a screen, before a form is filled in.

Nothing is decided here. The functions that refuse an act when it is decided are asked with the act's
kind alone; what a form says, and when it happened, may still be refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cspr_workflow.domain import escalation_checks, incident_acts
from cspr_workflow.domain.acts import (
    ACTS,
    Act,
    ActionAct,
    ClosureAct,
    IncidentAct,
    KeepingAct,
    RaiseEscalation,
    RecordAction,
    ReportIncident,
)
from cspr_workflow.domain.authority import check_who
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.deciding import wrong_state
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.keeping import check_keeper
from cspr_workflow.domain.people import Actor, Means, Person
from cspr_workflow.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Possible:
    """An act about a case: ``None``, or a sentence that says why this person cannot do it now.

    ``may_on_behalf``: whether this person can record it now on behalf of the agency.
    """

    kind: type[Act]
    why_not: str | None
    may_on_behalf: bool


def possible(
    person: Person, case: Case | None, policy: Policy, *, action: str | None = None
) -> Sequence[Possible]:
    """Every act about a case, in the order in which the process meets them.

    Without a case: the acts that are about none, reporting an incident and the closure days. With the
    reference of an ``action``: only the acts about that one. See :func:`why_not` for the rest.
    """
    about = None if case is None else type(case)
    return [
        Possible(
            kind,
            why_not(kind, person, case, policy, action=action),
            kind.reportable
            and why_not(kind, person, case, policy, on_behalf=Means.CALL, action=action) is None,
        )
        for kind in ACTS.values()
        if _about(kind) is about and (action is None or _of_an_action(kind))
    ]


def why_not(
    kind: type[Act],
    person: Person,
    case: Case | None,
    policy: Policy,
    *,
    on_behalf: Means | None = None,
    action: str | None = None,
) -> str | None:
    """Why a person cannot do an act now, in a sentence; ``None`` where nothing is known against it.

    ``case`` is the incident or escalation that the act is about, in which time has passed up to now;
    ``None`` where it is about none, and to ask about the person's role alone. ``policy`` is the case's
    own, for a raising the one in force. ``action`` is the reference of the action that the act is
    about; without one, it is asked whether there is any. That the person takes part at all is not
    asked. Raises :class:`ValueError` for an act that is about another kind of case.
    """
    if case is not None and _about(kind) is not type(case):
        raise ValueError(f"{kind.name} is not about an {type(case).__name__.lower()}")
    try:
        _check(kind, Actor(person, on_behalf), case, policy, action)
    except Refusal as refusal:
        return refusal.why
    return None


def _about(kind: type[Act]) -> type[Incident] | type[Escalation] | None:
    if kind is ReportIncident or issubclass(kind, ClosureAct | KeepingAct):
        return None
    return Incident if kind is RaiseEscalation or issubclass(kind, IncidentAct) else Escalation


def _of_an_action(kind: type[Act]) -> bool:
    """Whether an act is about an action that there is already."""
    return issubclass(kind, ActionAct) and kind is not RecordAction


def _check(
    kind: type[Act], by: Actor, case: Case | None, policy: Policy, action: str | None
) -> None:
    if issubclass(kind, KeepingAct):
        check_keeper(kind, by.person)
    elif isinstance(case, Escalation):
        escalation_checks.check_may(case, kind, by, policy)
        if _of_an_action(kind):
            _check_actions(kind, by, case, policy, action)
        else:
            escalation_checks.check_now(case, kind, by, policy)
    else:
        check_who(policy, kind, by)
        if case is not None and kind is RaiseEscalation:
            escalation_checks.check_raisable(case, policy)
        elif case is not None:
            incident_acts.check_now(case, kind, policy)


def _check_actions(
    kind: type[Act], by: Actor, case: Escalation, policy: Policy, reference: str | None
) -> None:
    """Refuse an act that is possible for none of the actions that it can be about."""
    refusals: list[Refusal] = []
    for action in case.actions.values():
        if reference is not None and action.reference != reference:
            continue
        try:
            escalation_checks.check_now(case, kind, by, policy, action)
        except Refusal as refusal:
            refusals.append(refusal)
        else:
            return
    if not refusals:
        escalation_checks.check_now(case, kind, by, policy)
        which = "" if reference is None else f" {reference}"
        raise Refusal(Code.NOT_FOUND, f"There is no action{which} in {case.reference} yet.")
    if len({refusal.why for refusal in refusals}) == 1:
        raise refusals[0]
    raise wrong_state(f"None of the actions of {case.reference} allows it now.")
