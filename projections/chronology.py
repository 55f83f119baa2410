"""Everything that happened, in order, with both of its times: when it happened and when it was recorded."""

from collections.abc import Iterable
from dataclasses import dataclass

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.entries import Entry


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a case or of the partnership, with the reference of the case that it is about."""

    stream: str
    position: int
    entry: Entry

    @property
    def reference(self) -> str:
        """The incident's or the escalation's reference; empty for the partnership's own entries."""
        return self.stream.partition(":")[2]


def chronology(record: Iterable[Recorded]) -> list[Line]:
    """The record's entries in the order in which they were recorded."""
    return [Line(one.stream, one.position, one.entry) for one in record]


def about(lines: Iterable[Line], reference: str) -> list[Line]:
    """The lines about one incident or escalation."""
    return [line for line in lines if line.reference == reference]


def by_stream(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of each stream, in order."""
    streams: dict[str, list[Line]] = {}
    for line in lines:
        streams.setdefault(line.stream, []).append(line)
    return streams
