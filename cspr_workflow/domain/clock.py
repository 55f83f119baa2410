"""What the clock does: everything that fell due up to now is recorded, in order, each once.

Time passes for a case in this one way, whoever lets it pass: the tick, or an act before and after
itself. The history of a case therefore never depends on when or how often the tick ran; only the
moment of recording differs.

- :func:`escalation_due` and :func:`incident_due` say what falls due next;
- :func:`let_time_pass` records all of it, on the calendar that held at each moment: what fell due
  before a change of the calendar is recorded on the old dates, then open limits are moved, then time
  goes on (:func:`moved_limits`, :func:`moved_timescales`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from cspr_workflow.domain import escalation as escalations
from cspr_workflow.domain import incident as incidents
from cspr_workflow.domain.actions import Action, ActionNotMaintained
from cspr_workflow.domain.calendar import Calendar, Deadline, Unit
from cspr_workflow.domain.entries import CalendarChange, Entry, Fact, Rules
from cspr_workflow.domain.escalation import (
    FOLLOW_ON,
    Escalation,
    LimitMoved,
    LimitPassed,
    MoveReason,
    StageEntered,
    StageLimit,
)
from cspr_workflow.domain.incident import Incident, TimescaleMoved, TimescalePassed, TimescaleState
from cspr_workflow.domain.policy import Binding, Kind, Policy, Stage, Start

Case = TypeVar("Case", Escalation, Incident)


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
    if after is None or stage.binding is Binding.INDICATIVE:
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
    broken = escalation.broken_actions
    after = policy.after(stage.id)
    if not broken or after is None:
        return None
    moments = [
        (action.not_maintained, action.reference) for action in broken if action.not_maintained
    ]
    moment, reference = min(moments)
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


def entering(
    escalation: Escalation,
    stage: Stage,
    moment: datetime,
    reason: MoveReason,
    policy: Policy,
    calendar: Calendar,
    *,
    due: Deadline | None = None,
    because: str | None = None,
) -> StageEntered:
    """Entering a stage at ``moment``: at or after its own limit it has a follow-on limit instead.

    The follow-on limit is the stage's window counted from the day of entry; the ladder's own day
    stays as it was, so that its breach can be seen. A return opens no follow-on limit.
    """
    returns = reason is MoveReason.OUTCOME_IN_TIME
    limits = () if returns else _limits_from_entry(escalation, stage, moment, policy, calendar)
    own = next(
        (limit.deadline for limit in limits if limit.stage == stage.id), escalation.limits[stage.id]
    )
    follow_on = None
    if not returns and stage.window is not None and moment >= own.falls_due:
        follow_on = follow_on_limit(policy, stage, policy.civil.counted_from(moment), calendar)
    return StageEntered(stage.id, reason, limits, follow_on, due, None, because)


def follow_on_limit(policy: Policy, stage: Stage, anchor_day: date, calendar: Calendar) -> Deadline:
    """A stage's window, counted from the day of its entry."""
    assert stage.window is not None
    deadline = policy.deadline(stage, anchor_day, calendar, length=stage.window)
    return replace(deadline, derivation=replace(deadline.derivation, anchor=str(Start.STAGE)))


def ladder(
    policy: Policy,
    opening: Stage,
    raised: datetime,
    incident_on: date,
    aware_on: date,
    calendar: Calendar,
) -> tuple[StageLimit, ...]:
    """The ladder's days as the raising decides them, from the stage that it opens."""
    civil = policy.civil
    known = {Start.RAISING: civil.day(raised), Start.INCIDENT: incident_on, Start.AWARE: aware_on}
    previous = civil.counted_from(raised) if opening.starts is Start.STAGE else civil.day(raised)
    limits = []
    for stage in policy.stages[policy.stages.index(opening) :]:
        deadline = policy.deadline(stage, known.get(stage.starts, previous), calendar)
        limits.append(StageLimit(stage.id, deadline))
        previous = deadline.last_day
    return tuple(limits)


def _limits_from_entry(
    escalation: Escalation, stage: Stage, moment: datetime, policy: Policy, calendar: Calendar
) -> tuple[StageLimit, ...]:
    """The days that an entry decides anew: of stages counted from their own start, and after."""
    ahead = policy.stages[policy.stages.index(stage) :]
    if not any(later.starts is Start.STAGE for later in ahead):
        return ()
    changed = []
    previous = policy.civil.counted_from(moment)
    for later in ahead:
        deadline = escalation.limits[later.id]
        from_entry = later is stage and later.starts is Start.STAGE
        from_before = later is not stage and later.starts in (Start.STAGE, Start.PREVIOUS_STAGE)
        if from_entry or from_before:
            anew = policy.deadline(later, previous, calendar)
            if anew.last_day != deadline.last_day:
                changed.append(StageLimit(later.id, anew))
                deadline = anew
        previous = deadline.last_day
    return tuple(changed)


def moved_limits(
    escalation: Escalation, change: CalendarChange, policy: Policy
) -> Iterator[LimitMoved]:
    """The open limits of an escalation that a change of the calendar moves.

    Open: the last day is not over and the limit is not met, of the present stage and those after
    it, and a follow-on limit. Nothing moves in a case that has ended or is no longer at risk.
    """
    if escalation.ending or escalation.no_longer_at_risk:
        return
    calendar = change.calendar
    present = policy.stage(escalation.stage)
    met = bool(escalation.meetings_of_stage)
    follow_on = escalation.follow_on
    if follow_on is not None and not met and follow_on.falls_due > change.moment:
        anew = follow_on_limit(policy, present, follow_on.derivation.anchor_day, calendar)
        if anew.last_day != follow_on.last_day:
            yield LimitMoved(FOLLOW_ON, follow_on.last_day, anew, change.cause)
    previous: date | None = None
    for stage in policy.stages[policy.stages.index(present) :]:
        limit = escalation.limits[stage.id]
        is_open = limit.falls_due > change.moment and not (met and stage is present)
        if is_open and stage.unit is Unit.WORKING_DAYS:
            chained = stage.starts in (Start.STAGE, Start.PREVIOUS_STAGE) and previous is not None
            anchor_day = previous if chained and previous else limit.derivation.anchor_day
            anew = policy.deadline(stage, anchor_day, calendar)
            if anew.last_day != limit.last_day:
                yield LimitMoved(stage.id, limit.last_day, anew, change.cause)
                limit = anew
        previous = limit.last_day


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
            fact = TimescalePassed(timescale.id, deadline)
            first = Due(deadline.falls_due, timescale.clause, lambda _, fact=fact: fact)  # type: ignore[misc]
    return first


def moved_timescales(
    incident: Incident, change: CalendarChange, policy: Policy
) -> Iterator[TimescaleMoved]:
    """The running timescales, counted in working days, that a change of bank holidays moves."""
    for timescale in policy.timescales:
        running = incident.timescale(timescale.id)
        if running.state is not TimescaleState.RUNNING or timescale.unit is not Unit.WORKING_DAYS:
            continue
        deadline = running.deadline
        assert deadline is not None
        anew = policy.deadline(timescale, deadline.derivation.anchor_day, change.calendar)
        if anew.last_day != deadline.last_day:
            yield TimescaleMoved(timescale.id, deadline.last_day, anew, change.cause)


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
    moves = moved_limits if isinstance(case, Escalation) else moved_timescales
    for fact in tuple(moves(case, change, policy)):  # type: ignore[operator]
        clause = fact.after.derivation.clause
        case = _record(case, fact, change.moment, now, clause, policy, change.calendar, entries)
    return replace(case, calendar=change.calendar.version)


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
