"""What has to hold of every case, whatever was done to it."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from itertools import pairwise

from cspr_workflow.application.handle import Workflow, escalation_stream, incident_stream
from cspr_workflow.application.ports import Record, Recorded
from cspr_workflow.domain import escalation, incident
from cspr_workflow.domain.actions import ActionConfirmed
from cspr_workflow.domain.acts import MeetingOutcome
from cspr_workflow.domain.clock import Case, next_due
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import (
    EscalationResolved,
    EscalationWithdrawn,
    LimitPassed,
    MeetingHeld,
    MoveReason,
    Raised,
    StageEntered,
)
from cspr_workflow.domain.lifecycles import (
    BREAK,
    LIMIT_PASSES,
    MEETING_RESOLVED,
    MOVE_ON,
    NOT_RESOLVED,
    RETURN,
    chart_of,
)
from cspr_workflow.domain.policy import RESOLVED, Policy

MOVES = {
    MoveReason.NOT_RESOLVED: MOVE_ON,
    MoveReason.NO_RESPONSE: MOVE_ON,
    MoveReason.ACTION_OUTSTANDING: MOVE_ON,
    MoveReason.NO_OUTCOME: MOVE_ON,
    MoveReason.ACTION_NOT_MAINTAINED: BREAK,
    MoveReason.ESCALATED: "escalate",
    MoveReason.MEETING_NOT_RESOLVED: NOT_RESOLVED,
    MoveReason.OUTCOME_IN_TIME: RETURN,
}
"""The event of the chart by which a case enters a stage, for each reason."""

BY_THE_CLOCK = frozenset(tuple(MOVES)[:5])
"""The reasons for which the clock moves a case; the others are people's."""


class Broken(Exception):
    """Something that has to hold does not."""


def cases(workflow: Workflow) -> list[tuple[str, Case]]:
    """Every case that the workflow holds, with its stream."""
    return [
        *((incident_stream(case.reference), case) for case in workflow.incidents()),
        *((escalation_stream(case.reference), case) for case in workflow.escalations()),
    ]


def nothing_is_due(workflow: Workflow, now: datetime) -> None:
    """After a tick, whatever is still to fall due lies ahead."""
    for stream, case in cases(workflow):
        due = next_due(case, workflow.policy(case.policy))
        if due is not None and due.moment <= now:
            raise Broken(f"{stream}: due at {due.moment}, and not recorded by the tick at {now}")


def only_time_passed(recorded: Sequence[Recorded]) -> None:
    """A refused act and a tick record what fell due, and nothing else."""
    for one in recorded:
        if one.entry.by is not None or one.version == 1:
            raise Broken(f"{one.stream}: {one.entry.fact} was kept")


def everything(workflow: Workflow, record: Record) -> None:
    """All that can be seen at the end, read from the stored bytes."""
    for stream, case in cases(workflow):
        history = [one.entry for one in record.read(stream)]
        folds_to(case, stream, history)
        times_are_in_order(stream, history)
        if isinstance(case, Escalation):
            follows_the_chart(workflow.policy(case.policy), stream, history)


def folds_to(case: Case, stream: str, history: Sequence[Entry]) -> None:
    """Whoever folds the stored bytes sees the state that the next act is decided on."""
    if isinstance(case, Escalation):
        again: Case | None = reduce(escalation.evolve, history, None)
    else:
        again = reduce(incident.evolve, history, None)
    if again != case:
        raise Broken(f"{stream}: the record folds to another state")


def times_are_in_order(stream: str, history: Sequence[Entry]) -> None:
    """Nothing is recorded before it happened or fell due, nor before what was recorded earlier."""
    for entry in history:
        if entry.occurred > entry.recorded:
            raise Broken(f"{stream}: {entry.fact} of {entry.occurred} recorded {entry.recorded}")
    for earlier, later in pairwise(history):
        if later.recorded < earlier.recorded:
            raise Broken(f"{stream}: {later.fact} recorded before {earlier.fact}")


def follows_the_chart(policy: Policy, stream: str, history: Sequence[Entry]) -> None:
    """Stages go forward one at a time, but for a return, as the chart says."""
    chart = chart_of(policy)
    stage = ""
    for before, entry in pairwise([None, *history]):
        assert entry is not None
        if stage == RESOLVED and not isinstance(entry.fact, ActionConfirmed):
            raise Broken(f"{stream}: {entry.fact} after the end")
        match entry.fact:
            case Raised(stage=opened):
                stage = opened
            case StageEntered(stage=after, reason=reason):
                if chart.target(stage, MOVES[reason]) != after:
                    raise Broken(f"{stream}: from {stage} to {after}, {reason}")
                if (entry.by is None) is not (reason in BY_THE_CLOCK):
                    raise Broken(f"{stream}: {reason} by {entry.author}")
                stage = after
            case LimitPassed() | EscalationResolved() | EscalationWithdrawn():
                event = _event(entry, before)
                if not chart.allows(stage, event):
                    raise Broken(f"{stream}: {event} in {stage}")
                stage = chart.target(stage, event) or stage


def _event(entry: Entry, before: Entry | None) -> str:
    """The event of the chart by which a limit passed or a case was closed."""
    if isinstance(entry.fact, LimitPassed):
        return LIMIT_PASSES
    if isinstance(entry.fact, EscalationWithdrawn):
        return "withdraw_escalation"
    by_meeting = (
        before is not None
        and isinstance(before.fact, MeetingHeld)
        and before.fact.outcome is MeetingOutcome.RESOLVED
    )
    return MEETING_RESOLVED if by_meeting else "resolve"
