"""What lies ahead of a case: everything that the clock would record if nobody acted from now on."""

from dataclasses import replace
from datetime import UTC, datetime

from cspr_workflow.application.casefile_acts import LATEST_YEAR
from cspr_workflow.domain import clock
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry, Rules

FURTHEST = datetime(LATEST_YEAR + 1, 1, 1, tzinfo=UTC)
"""No act is taken at a later moment; beyond it days could no longer be counted."""


def forecast(case: Case, rules: Rules) -> list[Entry]:
    """What the clock would record for a case, in order; the case itself stays as it is.

    ``occurred`` is when each falls due, and ``recorded`` the same: a clock that never stops. What fell
    due before now and is not recorded yet comes first; a change of the calendar that the case has not
    seen yet moves its open limits, as it will do in the record. Empty where nothing more falls due.
    """
    _, entries = clock.let_time_pass(case, FURTHEST, rules)
    return [replace(entry, recorded=entry.occurred) for entry in entries]
