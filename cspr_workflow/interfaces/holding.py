"""Who is holding a case: what lies with the agency in question, and who acts next for SCSP."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cspr_workflow.domain.actions import Action
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.policy import Duty, Kind, Policy, Stage
from cspr_workflow.interfaces.sentences import day
from cspr_workflow.interfaces.ways import Way, closing, waiting_for
from projections.duties import DutyDone, duties


@dataclass(frozen=True, slots=True)
class Held:
    """What lies with the agency in question, and what SCSP does next with the roles that do it."""

    agency: tuple[str, ...] = ()
    scsp: tuple[Way, ...] = ()


def held(case: Case, entries: Iterable[Entry], policy: Policy) -> Held:
    """Who is holding a case; nobody holds one that has ended. An incident is SCSP's alone."""
    if not isinstance(case, Escalation):
        return Held(scsp=tuple(waiting_for(case, policy)))
    if case.ending:
        return Held()
    found = duties(entries, case.stages[0].stage, policy)
    undone = _undone(case, found, policy, Side.AGENCY)
    return Held(
        (*_actions(case, Side.AGENCY), *(f"{duty.clause} {duty.name}" for duty in undone)),
        (_next(case, found, policy), *map(Way, _actions(case, Side.SCSP))),
    )


def _next(case: Escalation, found: Iterable[DutyDone], policy: Policy) -> Way:
    """What a role of SCSP's has to do next about an open escalation."""
    closes = closing(case, policy)
    if case.no_longer_at_risk or case.settled:
        return closes
    stage = policy.stage(case.stage)
    for duty in _undone(case, found, policy, Side.SCSP):
        return Way(f"{duty.clause} {duty.name}", _who(duty, stage, policy))
    if stage.kind is Kind.DECISION and not case.decided:
        return Way("the final decision", policy.acts["decide"].who)
    return closes


def _undone(
    case: Escalation, found: Iterable[DutyDone], policy: Policy, side: Side
) -> Iterator[Duty]:
    """The duties of the present stage that are not done and that one side has."""
    stage = policy.stage(case.stage)
    for one in found:
        if one.stage.id == stage.id and one.done is None:
            agencys = "agency_side" in _who(one.duty, stage, policy)
            if agencys == (side is Side.AGENCY):
                yield one.duty


def _who(duty: Duty, stage: Stage, policy: Policy) -> tuple[str, ...]:
    """Who may do what a duty asks for."""
    rules = [policy.acts[part.partition(":")[0]].who for part in duty.done_by]
    found = tuple(dict.fromkeys(one for who in rules for one in who))
    return tuple(map(str, stage.meeting_by)) if "by_stage" in found else found


def _actions(case: Escalation, side: Side) -> Iterator[str]:
    """A side's part in each action: to do it, to answer the other side's record, to confirm it."""
    for action in case.actions.values():
        if action.released or action.confirmed:
            continue
        if not action.outstanding:
            if action.owner is not side:
                yield f"{action.reference} to be confirmed"
        elif action.owner is side:
            yield f"{action.reference}, due {day(action.shown.due)}{_note_on(action, side)}"
        elif not _answered(action, side):
            yield f"{action.reference} to be answered"


def _note_on(action: Action, side: Side) -> str:
    if action.in_force is None:
        return ", not agreed yet"
    if action.not_maintained:
        return ", not maintained"
    return "" if _answered(action, side) else ", a change to be answered"


def _answered(action: Action, side: Side) -> bool:
    """Whether a side has nothing to answer: the other's record is not newer than its own."""
    mine, theirs = action.record_of(side), action.record_of(side.other)
    return theirs is None or (mine is not None and mine.number >= theirs.number)
