"""Sentences that several pages tell."""

from collections.abc import Sequence

from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.incident import EscalationNoted
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.record_words import did, full_stop


def told_lines(entries: Sequence[Entry], asking: Asking) -> list[str]:
    """What entries record, a sentence each; the raising itself says what the incident's note repeats."""
    return [
        full_stop(did(entry, asking.teller(entry.policy)))
        for entry in entries
        if not isinstance(entry.fact, EscalationNoted)
    ]
