"""A record as people read it: every text opened. For telling, not for recording."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from threading import Lock

from cspr_workflow.application.ports import Record, Recorded
from cspr_workflow.domain import texts

MOST_KNOWN = 1_000
"""The histories of so many cases are kept in memory, those that were read last."""


class OpenedRecord:
    """Reads a record with its texts opened; everything else is asked of the record itself.

    Several threads can share one.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._known: OrderedDict[str, tuple[Recorded, ...]] = OrderedDict()
        self._lock = Lock()
        self._past = record.past
        self.append = record.append
        self.submitted = record.submitted
        self.last = record.last
        self.opened = record.opened
        self.digest = record.digest

    @property
    def past(self) -> int:
        """Another number once what was read before may stand there no longer."""
        return self._record.past

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""
        known = self._remembered(stream)
        if after > len(known):
            return [self.open(one) for one in self._record.read(stream, after)]
        # What stands in a stream stays as it is, so that only what is new has to be read and opened.
        new = self._record.read(stream, len(known))
        if new:
            known = (*known, *(self.open(one) for one in new))
            self._keep(stream, known)
        return known[after:]

    def _remembered(self, stream: str) -> tuple[Recorded, ...]:
        with self._lock:
            if self._past != self._record.past:
                self._past = self._record.past
                self._known.clear()
            return self._known.get(stream, ())

    def _keep(self, stream: str, known: tuple[Recorded, ...]) -> None:
        with self._lock:
            self._known[stream] = known
            self._known.move_to_end(stream)
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""
        return (self.open(one) for one in self._record.read_all(after, limit))

    def open(self, recorded: Recorded) -> Recorded:
        """One entry with its texts opened."""
        fact = texts.opened(recorded.entry.fact, self._record.opened)
        return replace(recorded, entry=replace(recorded.entry, fact=fact))
