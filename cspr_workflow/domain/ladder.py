"""The ladder's days: decided once, by the raising or by an entry, and moved by a change of calendar.

A stage's limit is counted from the raising, from the stage before, from the stage's own entry, or
from a day of the incident; the policy says which. Every limit keeps its derivation.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from cspr_workflow.domain.calendar import Calendar, Deadline, Unit
from cspr_workflow.domain.entries import CalendarChange
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import (
    FOLLOW_ON,
    LimitMoved,
    MoveReason,
    StageEntered,
    StageLimit,
)
from cspr_workflow.domain.incident import Incident, TimescaleMoved, TimescaleState
from cspr_workflow.domain.policy import Policy, Stage, Start


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
    for stage in policy.from_stage(opening.id):
        deadline = policy.deadline(stage, known.get(stage.starts, previous), calendar)
        limits.append(StageLimit(stage.id, deadline))
        previous = deadline.last_day
    return tuple(limits)


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


def _limits_from_entry(
    escalation: Escalation, stage: Stage, moment: datetime, policy: Policy, calendar: Calendar
) -> tuple[StageLimit, ...]:
    """The days that an entry decides anew: of stages counted from their own start, and after."""
    ahead = policy.from_stage(stage.id)
    if not any(later.starts is Start.STAGE for later in ahead):
        return ()
    anew: list[StageLimit] = []
    previous = policy.civil.counted_from(moment)
    for later in ahead:
        decided = escalation.limits[later.id]
        if later.starts is Start.STAGE or (anew and later.starts is Start.PREVIOUS_STAGE):
            deadline = policy.deadline(later, previous, calendar)
            if deadline.derivation.anchor_day != decided.derivation.anchor_day:
                anew.append(StageLimit(later.id, deadline))
                decided = deadline
        previous = decided.last_day
    return tuple(anew)


def follow_on_limit(policy: Policy, stage: Stage, anchor_day: date, calendar: Calendar) -> Deadline:
    """A stage's window, counted from the day of its entry."""
    assert stage.window is not None
    deadline = policy.deadline(stage, anchor_day, calendar, length=stage.window)
    return replace(deadline, derivation=replace(deadline.derivation, anchor=str(Start.STAGE)))


def moved_limits(
    escalation: Escalation, change: CalendarChange, policy: Policy
) -> Iterator[LimitMoved]:
    """The open limits of an escalation that a change of the calendar moves.

    Open: the last day is not over and the limit is not met, of the present stage and those after
    it, and a follow-on limit. Nothing moves in a case that has ended or is no longer at risk.
    """
    if escalation.ending or escalation.no_longer_at_risk:
        return
    present = policy.stage(escalation.stage)
    met = bool(escalation.meetings_of_stage)
    follow_on = escalation.follow_on
    if follow_on is not None and not met and follow_on.falls_due > change.moment:
        anchor_day = follow_on.derivation.anchor_day
        anew = _not_before(follow_on_limit(policy, present, anchor_day, change.calendar), change)
        if anew.last_day != follow_on.last_day:
            yield LimitMoved(FOLLOW_ON, follow_on.last_day, anew, change.cause)
    moved_to: date | None = None
    for stage in policy.from_stage(present.id):
        limit = escalation.limits[stage.id]
        anchor_day = limit.derivation.anchor_day
        if moved_to is not None and stage.starts in (Start.STAGE, Start.PREVIOUS_STAGE):
            anchor_day = moved_to
        moved_to = None
        if limit.falls_due <= change.moment or (met and stage is present):
            continue
        anew = _not_before(policy.deadline(stage, anchor_day, change.calendar), change)
        if anew.last_day != limit.last_day:
            yield LimitMoved(stage.id, limit.last_day, anew, change.cause)
            moved_to = anew.last_day


def moved_timescales(
    incident: Incident, change: CalendarChange, policy: Policy
) -> Iterator[TimescaleMoved]:
    """The running timescales, counted in working days, that a change of bank holidays moves.

    A day that people named, such as that of a deferral, never moves.
    """
    for timescale in policy.timescales:
        running = incident.timescale(timescale.id)
        deadline = running.deadline
        if running.state is not TimescaleState.RUNNING or deadline is None:
            continue
        if deadline.derivation.unit is not Unit.WORKING_DAYS:
            continue
        anchor_day = deadline.derivation.anchor_day
        anew = _not_before(policy.deadline(timescale, anchor_day, change.calendar), change)
        if anew.last_day != deadline.last_day:
            yield TimescaleMoved(timescale.id, deadline.last_day, anew, change.cause)


def _not_before(deadline: Deadline, change: CalendarChange) -> Deadline:
    """A limit that a change moves into the past falls due with the change, not before it."""
    return replace(deadline, falls_due=max(deadline.falls_due, change.moment))
