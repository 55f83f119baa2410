"""A record as people read it: every text opened. For telling, not for recording."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cspr_workflow.application.ports import Record, Recorded
from cspr_workflow.domain import texts


class OpenedRecord:
    """Reads a record with its texts opened; everything else is asked of the record itself."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.append = record.append
        self.submitted = record.submitted
        self.last = record.last
        self.opened = record.opened
        self.digest = record.digest

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""
        return [self.open(one) for one in self._record.read(stream, after)]

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""
        return (self.open(one) for one in self._record.read_all(after, limit))

    def open(self, recorded: Recorded) -> Recorded:
        """One entry with its texts opened."""
        fact = texts.opened(recorded.entry.fact, self._record.opened)
        return replace(recorded, entry=replace(recorded.entry, fact=fact))
