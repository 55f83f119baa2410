"""Recording in batches, for bulk work that is alone with a store: a simulation, a rehearsal's past.

Every entry goes through the domain and gets its place at once; many commands share one transaction. What
is not written yet when the program dies was never recorded, and nothing half.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from cspr_workflow.application.ports import Addition, Conflict, Holds, Recorded, Submission, Trouble
from cspr_workflow.domain.texts import SealedText
from cspr_workflow.store.lasting_record import LastingRecord
from cspr_workflow.store.prepared import Prepared, opened_incident, prepare

BATCH = 5000


class BatchedRecord:
    """A record that is written to a batch at a time."""

    def __init__(
        self, record: LastingRecord, written: Callable[[Sequence[Recorded]], None] | None = None
    ) -> None:
        self._record = record
        self.past = record.past
        self._on_written = written
        self._tail = self._written = record.last()
        self._versions: dict[str, int] = {}
        self._pending: list[Prepared] = []
        self._waiting: dict[str, list[Recorded]] = {}
        self._commands: dict[UUID, Submission] = {}
        self._boxes: dict[tuple[str, str], tuple[str, bytes]] = {}
        self._entries = 0

    def append(
        self,
        additions: Sequence[Addition],
        command: UUID,
        digest: str = "",
        holds: Holds | None = None,
    ) -> Sequence[Recorded]:
        """Append to several streams; it is on disk after the next :meth:`flush`."""
        standing: dict[str, int] = {}
        for addition in additions:
            stream = addition.stream
            if standing.setdefault(stream, self._version(stream)) != addition.version:
                raise Conflict(stream)
            standing[stream] += len(addition.entries)
            if (incident := opened_incident(addition)) is not None:
                self._record.keys.make_key(incident)
        if self.submitted(command) is not None:
            raise Conflict(f"command {command}")
        prepared = prepare(additions, command, digest, self._tail, self._record.keys, holds)
        if not prepared.recorded:
            return ()
        self._pending.append(prepared)
        self._entries += len(prepared.recorded)
        for one in prepared.recorded:
            self._versions[one.stream] = one.version
            self._waiting.setdefault(one.stream, []).append(one)
        first, last = prepared.recorded[0].position, prepared.recorded[-1].position
        self._commands[command] = Submission(digest, first, last)
        for event, field, incident, box in prepared.boxes:
            self._boxes[event, field] = incident, box
        self._tail = prepared.recorded[-1].position, prepared.recorded[-1].entry.recorded
        if self._entries >= BATCH:
            self.flush()
        return prepared.recorded

    def _version(self, stream: str) -> int:
        if stream not in self._versions:
            stored = self._record.read(stream)
            self._versions[stream] = stored[-1].version if stored else 0
        return self._versions[stream]

    def flush(self) -> None:
        """Write what is waiting to disk. Raises :class:`Trouble` where another program wrote meanwhile."""
        if not self._pending:
            return
        others = self._record.keys.keep()
        with self._record.writing() as cursor:
            if others or self._record.last() != self._written:
                raise Trouble(
                    "Another program wrote to this store meanwhile; nothing more was recorded."
                )
            self._record.insert(cursor, self._pending)
        self._written = self._tail
        if self._on_written is not None:
            self._on_written([one for command in self._pending for one in command.recorded])
        self._pending, self._waiting, self._entries = [], {}, 0
        self._commands, self._boxes = {}, {}

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""
        if self._versions.get(stream) == after:
            return ()
        waiting = self._waiting.get(stream, ())
        stored = self._record.read(stream, after)
        return [*stored, *(one for one in waiting if one.version > after)]

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""
        self.flush()
        return self._record.read_all(after, limit)

    def submitted(self, command: UUID) -> Submission | None:
        """What came of a command, or ``None`` where it is not recorded."""
        return self._commands.get(command) or self._record.submitted(command)

    def last(self) -> tuple[int, datetime | None]:
        """The last position, and when its entry was recorded."""
        return self._tail

    def opened(self, text: str) -> str:
        """A text, opened if it is sealed."""
        if isinstance(text, SealedText) and text.place in self._boxes:
            event, field = text.place
            incident, box = self._boxes[event, field]
            found = self._record.keys.open(incident, event, field, box)
            return found[0] if found else text
        return self._record.opened(text)

    def digest(self, content: bytes) -> str:
        """A hash of what a command asks for."""
        return self._record.digest(content)


@contextmanager
def batched(
    record: LastingRecord, written: Callable[[Sequence[Recorded]], None] | None = None
) -> Iterator[BatchedRecord]:
    """A record to be written to in batches; what is waiting at the end is written then.

    ``written`` is told each batch once it is on disk.
    """
    batches = BatchedRecord(record, written)
    # Bulk work makes millions of objects and no cycles: looking for them would take a sixth of the time.
    thresholds = gc.get_threshold()
    gc.set_threshold(200_000, *thresholds[1:])
    try:
        yield batches
        batches.flush()
    finally:
        gc.set_threshold(*thresholds)
