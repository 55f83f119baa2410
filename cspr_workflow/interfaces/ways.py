"""What people can do about what lies ahead of a case, and who: what would stop the clock, and what a
case waits for once the clock has nothing more to record in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.clock import Case, next_due
from cspr_workflow.domain.entries import Fact
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import LimitPassed, MoveReason, StageEntered
from cspr_workflow.domain.incident import Incident, TimescalePassed
from cspr_workflow.domain.lifecycles import INCIDENT
from cspr_workflow.domain.people import Side, called
from cspr_workflow.domain.policy import Kind, Milestone, Policy, Stage
from cspr_workflow.interfaces.sentences import listed

_STEPS = {
    Milestone.OFSTED: ("notify", "notifying Ofsted"),
    Milestone.DFE: ("notify", "notifying the DfE"),
    Milestone.NATIONAL_PANEL: ("notify", "notifying the National Panel"),
    Milestone.CONVENED: ("convene_rapid_review", "convening the rapid review"),
    Milestone.OUTCOME_SENT: ("send_outcome", "sending the rapid review's outcome"),
    Milestone.COMMISSIONED: ("decide_review", "the decision on an independent review"),
    Milestone.COMPLETED: ("complete_review", "completing the independent review"),
    Milestone.PUBLISHED: ("publish_review", "publishing the report"),
}
"""The steps of a review in their order: the act that each is, and its name for people."""
_NOTIFYING = (Milestone.OFSTED, Milestone.DFE, Milestone.NATIONAL_PANEL)


@dataclass(frozen=True, slots=True)
class Way:
    """Something that can be done, and by whom: roles of which any will do, or sides."""

    what: str
    whom: tuple[str, ...] = ()

    def told(self, agency: str = "the agency") -> str:
        """The way in words; ``agency`` is the name of the agency in question."""
        return f"{self.what} ({self.by(agency)})" if self.whom else self.what

    def by(self, agency: str) -> str:
        """Who can do it, in words."""
        names = {str(Side.SCSP): "SCSP", str(Side.AGENCY): agency}
        sides = all(one in names for one in self.whom)
        return (" and " if sides else " or ").join(
            names.get(one) or called(one) for one in self.whom
        )


# --- What would stop the clock ---------------------------------------------------------------


def stopping(fact: Fact, case: Case, policy: Policy) -> list[Way]:
    """What would keep the clock from recording a fact; ``case`` is as it stands just before it."""
    match fact:
        case StageEntered(reason=MoveReason.ACTION_NOT_MAINTAINED, action=str(reference)):
            assert isinstance(case, Escalation)
            return [*_keeping(reference, case, policy), *_met(case, policy)]
        case StageEntered() | LimitPassed():
            assert isinstance(case, Escalation)
            stage = policy.stage(case.stage)
            first = stage.kind is Kind.DECISION and not case.decided
            ways = stopping_in(stage, undone=case.undone_in_force, undecided=first)
            return [*ways, *_met(case, policy)]
        case ActionNotMaintained(action=reference):
            assert isinstance(case, Escalation)
            return list(_keeping(reference, case, policy))
        case TimescalePassed(timescale=id):
            assert isinstance(case, Incident)
            return list(_meeting_it(id, case, policy))
        case _:
            return []


def stopping_in(
    stage: Stage, *, undone: tuple[str, ...] = (), undecided: bool = False
) -> list[Way]:
    """What keeps the limit of a stage from biting.

    Nobody closes a case before its actions in force, ``undone``, are done or released, or one that is
    ``undecided`` before a decision.
    """
    both = (str(Side.SCSP), str(Side.AGENCY))
    ways = [Way("an action in force and none of the agency's outstanding", both)]
    if stage.meeting_by:
        ways.append(Way("a meeting with an outcome", stage.meeting_by))
    return [*ways, Way(_closing(undone, undecided=undecided), stage.resolved_by)]


def closing(case: Escalation, policy: Policy) -> Way:
    """Closing an escalation as it stands: who may do it, and what has to come first."""
    if case.no_longer_at_risk:
        return Way(_closing(), _closers(case, policy))
    stage = policy.stage(case.stage)
    undecided = stage.kind is Kind.DECISION and not case.decided
    return Way(_closing(case.undone_in_force, undecided=undecided), stage.resolved_by)


def _closing(undone: tuple[str, ...] = (), *, undecided: bool = False) -> str:
    after = " after a decision" if undecided else ""
    return f"closing it{after}" + (f" with {listed(undone)} done or released" if undone else "")


def _met(case: Escalation, policy: Policy) -> Iterator[Way]:
    timescale = policy.timescale(case.timescale)
    yield Way(f"{timescale.clause} {timescale.name} met, or {case.incident} ended")


def _keeping(reference: str, case: Escalation, policy: Policy) -> Iterator[Way]:
    """What keeps an action from being found not maintained."""
    both = (str(Side.SCSP), str(Side.AGENCY))
    yield Way(f"{reference} done", (str(case.actions[reference].owner),))
    yield Way(f"{reference} varied to a later day that both agree", both)
    yield Way(f"{reference} released", both)
    if policy.stage(case.stage).kind is Kind.DECISION:
        yield Way(f"a decision that releases {reference}", policy.acts["decide"].who)
    if case.no_longer_at_risk:
        yield closing(case, policy)
    yield Way("withdrawing the escalation", policy.acts["withdraw_escalation"].who)


def _meeting_it(id: str, case: Incident, policy: Policy) -> Iterator[Way]:
    """What meets a timescale, all of it, or takes it away; nothing does once the incident has ended."""
    if case.state.is_end:
        return
    timescale = policy.timescale(id)
    missing = [milestone for milestone in timescale.met_by if milestone not in case.milestones]
    steps = list(_steps(missing, policy))
    whom = dict.fromkeys(one for step in steps for one in step.whom)
    yield Way(listed([step.what for step in steps]), tuple(whom))
    if timescale.deferrable:
        for act, what in (
            ("defer_publication", "deferring publication"),
            ("withhold_publication", "withholding publication"),
        ):
            if INCIDENT.allows(case.state, act):
                yield Way(what, policy.acts[act].who)
    yield Way("withdrawing the incident", policy.acts["withdraw_incident"].who)


def _steps(milestones: Iterable[Milestone], policy: Policy) -> Iterator[Way]:
    for milestone in milestones:
        act, what = _STEPS[milestone]
        yield Way(what, policy.acts[act].who)


# --- What a case waits for -------------------------------------------------------------------

_TO_BE_MOVED = "to be escalated or closed"


def waiting(case: Escalation, policy: Policy) -> str | None:
    """Why the clock leaves an open case where it is and what is to become of it, or ``None``.

    It is never ``None`` for a case in which nothing falls due any more.
    """
    if case.no_longer_at_risk:
        return "no longer at risk: to be closed"
    if case.settled:
        return "settled: to be closed"
    if policy.stage(case.stage).kind is Kind.DECISION:
        if case.decided:
            return "decided: to be closed"
        return "to be decided and closed" if case.limit_passed or case.meetings_of_stage else None
    nothing_due = case.limit_passed or next_due(case, policy) is None
    return _TO_BE_MOVED if nothing_due else None


def waiting_for(case: Case, policy: Policy) -> list[Way]:
    """What a case waits for in which nothing falls due; empty where it has ended."""
    if isinstance(case, Escalation):
        return [] if case.ending else list(_of_escalation(case, policy))
    return [] if case.state.is_end else list(_of_incident(case, policy))


def _of_escalation(case: Escalation, policy: Policy) -> Iterator[Way]:
    left_to_people = waiting(case, policy) == _TO_BE_MOVED
    bound = case.no_longer_at_risk is None
    if bound and policy.stage(case.stage).kind is Kind.DECISION and not case.decided:
        yield Way("a decision", policy.acts["decide"].who)
    after = policy.after(case.stage)
    if left_to_people and after is not None:
        yield Way(f"being escalated to {after.name}", policy.acts["escalate"].who)
    for action in case.actions.values():
        if bound and action.kept and action.outstanding:
            yield Way(f"{action.reference} done or released", (str(action.owner),))
        elif left_to_people and action.owner is Side.AGENCY and action.outstanding:
            yield Way(
                f"{action.reference} agreed, done or released", (str(Side.SCSP), str(Side.AGENCY))
            )
    yield Way("being closed", _closers(case, policy))


def _closers(case: Escalation, policy: Policy) -> tuple[str, ...]:
    """Who may close an escalation as it stands."""
    more = policy.closes_when_no_longer_at_risk if case.no_longer_at_risk else ()
    return tuple(dict.fromkeys((*policy.stage(case.stage).resolved_by, *more)))


def _of_incident(case: Incident, policy: Policy) -> Iterator[Way]:
    """The bodies still to be notified, and the next step of the review."""
    missing = [milestone for milestone in _STEPS if milestone not in case.milestones]
    notifying = [milestone for milestone in missing if milestone in _NOTIFYING]
    further = [milestone for milestone in missing if milestone not in _NOTIFYING]
    if Milestone.NATIONAL_PANEL in notifying:
        further = []
    return _steps([*notifying, *further[:1]], policy)
