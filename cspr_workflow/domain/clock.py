"""What the clock does: everything that fell due up to now is recorded, in order, each once.

Time passes for a case in this one way, whoever lets it pass: the tick, or an act before and after
itself. The history of a case therefore never depends on when or how often the tick ran; only the
moment of recording differs.

- :func:`escalation_due` and :func:`incident_due` say what falls due next;
- :func:`let_time_pass` records all of it, on the calendar that held at each moment: what fell due
  before a change of the calendar is recorded on the old dates, then open limits are moved, then time
  goes on (:func:`moved_limits`, :func:`moved_timescales`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from cspr_workflow.domain import escalation as escalations
from cspr_workflow.domain import incident as incidents
from cspr_workflow.domain.actions import Action, ActionNotMaintained
from cspr_workflow.domain.calendar import Calendar, Deadline
from cspr_workflow.domain.entries import CalendarChange, Entry, Fact, Rules
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import LimitMoved, LimitPassed, MoveReason
from cspr_workflow.domain.incident import Incident, TimescaleMoved, TimescalePassed, TimescaleState
from cspr_workflow.domain.ladder import entering, moved_limits, moved_timescales
from cspr_workflow.domain.policy import Kind, Policy, Stage, Timescale
from cspr_workflow.domain.states import changed

Case = Escalation | Incident


@dataclass(frozen=True, slots=True)
class Due:
    """Something that falls due at ``moment``: ``fact`` is recorded then, under ``clause``."""

    moment: datetime
    clause: str
    fact: Callable[[Calendar], Fact]


# --- An escalation ---------------------------------------------------------------------------


def escalation_due(escalation: Escalation, policy: Policy) -> Due | None:
    """What falls due next for an escalation if nobody acts, or ``None``.

    At one moment, actions become not maintained before the stage moves.
    """
    if escalation.ending:
        return None
    first: Due | None = None
    for action in escalation.actions.values():
        due = _action_due(action, policy)
        if due is not None and (first is None or due.moment < first.moment):
            first = due
    due = _stage_due(escalation, policy)
    if due is not None and (first is None or due.moment < first.moment):
        first = due
    return first


def _action_due(action: Action, policy: Policy) -> Due | None:
    if action.in_force is None or not action.outstanding or action.not_maintained:
        return None
    assert action.in_force_at is not None
    terms, since = action.in_force, action.in_force_at
    moment = max(policy.civil.midnight_ending(terms.due), since, action.outstanding_since)
    return Due(
        moment,
        policy.not_maintained_clause,
        lambda _: ActionNotMaintained(action.reference, terms.due, since),
    )


def _stage_due(escalation: Escalation, policy: Policy) -> Due | None:
    if escalation.settled or escalation.no_longer_at_risk:
        return None
    stage = policy.stage(escalation.stage)
    if escalation.meetings_of_stage:
        return _broken_due(escalation, stage, policy) if stage.kind is Kind.MEETING else None
    limit = escalation.limit
    moment = max(limit.falls_due, escalation.entered, escalation.unsettled_at or limit.falls_due)
    after = policy.after(stage.id)
    if after is None or stage.limit_passes:
        if escalation.limit_passed:
            return None
        return Due(moment, stage.clause, lambda _: LimitPassed(stage.id, limit))
    return Due(
        moment,
        stage.clause,
        lambda calendar: entering(
            escalation, after, moment, _reason(escalation, stage), policy, calendar, due=limit
        ),
    )


def _broken_due(escalation: Escalation, stage: Stage, policy: Policy) -> Due | None:
    after = policy.after(stage.id)
    fell_due = [
        (a.not_maintained, a.reference) for a in escalation.broken_actions if a.not_maintained
    ]
    if not fell_due:
        return None
    assert after is not None, "a meeting stage is never the last"
    moment, reference = min(fell_due)
    moment = max(moment, escalation.entered)
    assert stage.broken_clause is not None
    return Due(
        moment,
        stage.broken_clause,
        lambda calendar: replace(
            entering(escalation, after, moment, MoveReason.ACTION_NOT_MAINTAINED, policy, calendar),
            action=reference,
        ),
    )


def _reason(escalation: Escalation, stage: Stage) -> MoveReason:
    if stage.kind is Kind.MEETING:
        return MoveReason.NO_OUTCOME
    if stage.kind is Kind.LIAISON:
        if not escalation.answered:
            return MoveReason.NO_RESPONSE
        if escalation.agency_owes:
            return MoveReason.ACTION_OUTSTANDING
    return MoveReason.NOT_RESOLVED


# --- An incident -----------------------------------------------------------------------------


def incident_due(incident: Incident, policy: Policy) -> Due | None:
    """Which running timescale of an incident passes next, or ``None``."""
    first: Due | None = None
    for timescale in policy.timescales:
        running = incident.timescale(timescale.id)
        deadline = running.deadline
        if running.state is not TimescaleState.RUNNING or deadline is None:
            continue
        if first is None or deadline.falls_due < first.moment:
            first = _passing(timescale, deadline)
    return first


def _passing(timescale: Timescale, deadline: Deadline) -> Due:
    fact = TimescalePassed(timescale.id, deadline)
    return Due(deadline.falls_due, timescale.clause, lambda _: fact)


# --- Time passes -----------------------------------------------------------------------------


def let_time_pass(case: Case, now: datetime, rules: Rules) -> tuple[Case, list[Entry]]:
    """Record everything that fell due for a case up to ``now``: the case after it, and the entries.

    What falls due at ``now`` itself has fallen due.
    """
    entries: list[Entry] = []
    for change in rules.changes[case.calendar :]:
        case = _run(
            case, change.moment, now, rules.policy, rules.calendar_at(case.calendar), entries
        )
        case = _adapt(case, change, now, rules.policy, entries)
    return _run(case, now, now, rules.policy, rules.calendar, entries), entries


def _run(
    case: Case,
    until: datetime,
    now: datetime,
    policy: Policy,
    calendar: Calendar,
    entries: list[Entry],
) -> Case:
    while (due := next_due(case, policy)) is not None and due.moment <= until:
        case = _record(
            case, due.fact(calendar), due.moment, now, due.clause, policy, calendar, entries
        )
    return case


def _adapt(
    case: Case, change: CalendarChange, now: datetime, policy: Policy, entries: list[Entry]
) -> Case:
    moved: tuple[LimitMoved | TimescaleMoved, ...]
    if isinstance(case, Escalation):
        moved = tuple(moved_limits(case, change, policy))
    else:
        moved = tuple(moved_timescales(case, change, policy))
    for fact in moved:
        clause = fact.after.derivation.clause
        case = _record(case, fact, change.moment, now, clause, policy, change.calendar, entries)
    return changed(case, calendar=change.calendar.version)


def _record(
    case: Case,
    fact: Fact,
    occurred: datetime,
    now: datetime,
    clause: str,
    policy: Policy,
    calendar: Calendar,
    entries: list[Entry],
) -> Case:
    entry = Entry(fact, occurred, now, None, clause, policy.label, calendar.version)
    entries.append(entry)
    return evolve(case, entry)


def next_due(case: Case, policy: Policy) -> Due | None:
    """What falls due next for a case."""
    return (
        escalation_due(case, policy) if isinstance(case, Escalation) else incident_due(case, policy)
    )


def evolve(case: Case, entry: Entry) -> Case:
    """A case after an entry of its record."""
    return (
        escalations.evolve(case, entry)
        if isinstance(case, Escalation)
        else incidents.evolve(case, entry)
    )
