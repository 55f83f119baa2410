"""What is open, where it stands, and what falls due next if nobody acts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from cspr_workflow.domain.clock import Due, next_due
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.policy import Kind, Policy


@dataclass(frozen=True, slots=True)
class BoardLine:
    """An open escalation, and what falls due next in it."""

    escalation: Escalation
    due: Due | None


def board(cases: Iterable[Escalation], policy_of: Callable[[str], Policy]) -> list[BoardLine]:
    """The open escalations, those with something due first, the earliest first."""
    lines = [
        BoardLine(case, next_due(case, policy_of(case.policy)))
        for case in cases
        if case.ending is None
    ]
    return sorted(lines, key=_order)


def waiting(case: Escalation, policy: Policy) -> str | None:
    """Why the clock leaves an open case alone and for whom it waits, or ``None`` where it does not."""
    if case.no_longer_at_risk:
        return "no longer at risk: to be closed"
    if case.settled:
        return "settled: to be closed"
    if policy.stage(case.stage).kind is Kind.DECISION:
        if case.decided:
            return "decided: to be closed"
        if case.limit_passed or case.meetings_of_stage:
            return "to be decided and closed"
    return "to be escalated or closed" if case.limit_passed else None


def _order(line: BoardLine) -> tuple[bool, datetime, str]:
    moment = line.due.moment if line.due else line.escalation.entered
    return line.due is None, moment, line.escalation.reference
