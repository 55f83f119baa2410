"""The record in memory, on eventsourcing's plain-object recorder: for case files and tests.

It lasts as long as the program, so its texts are not sealed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from cspr_workflow.application.ports import Addition, Conflict, Holds, Recorded, Submission
from cspr_workflow.store import events
from cspr_workflow.store.prepared import recorded_after

_PAGE = 1000


class MemoryRecord:
    """A record that lasts as long as the program."""

    past = 0

    def __init__(self) -> None:
        self._recorder = POPOApplicationRecorder()
        self._versions: dict[str, int] = {}
        self._commands: dict[UUID, Submission] = {}
        self._last: tuple[int, datetime | None] = (0, None)

    def append(
        self,
        additions: Sequence[Addition],
        command: UUID,
        digest: str = "",
        holds: Holds | None = None,
    ) -> Sequence[Recorded]:
        """Append to several streams, all or nothing."""
        recorded: list[Recorded] = []
        last, latest = self._last
        standing: dict[str, int] = {}
        for addition in additions:
            stream = addition.stream
            if standing.setdefault(stream, self._versions.get(stream, 0)) != addition.version:
                raise Conflict(stream)
            standing[stream] += len(addition.entries)
            for version, decided in enumerate(addition.entries, addition.version + 1):
                entry = recorded_after(latest, decided, holds)
                latest = entry.recorded
                id = events.event_id(addition.stream, version)
                position = last + len(recorded) + 1
                recorded.append(
                    Recorded(id, addition.stream, version, position, str(command), entry)
                )
        if not recorded:
            return ()
        if command in self._commands:
            raise Conflict(f"command {command}")
        self._insert(recorded)
        self._commands[command] = Submission(digest, last + 1, last + len(recorded))
        return recorded

    def _insert(self, recorded: Sequence[Recorded]) -> None:
        stored = [
            StoredEvent(
                events.stream_id(one.stream),
                one.version,
                one.entry.fact.type,
                events.written(one),
            )
            for one in recorded
        ]
        try:
            self._recorder.insert_events(stored)
        except IntegrityError as error:
            raise Conflict(str(error)) from error
        for one in recorded:
            self._versions[one.stream] = one.version
        self._last = recorded[-1].position, recorded[-1].entry.recorded

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""
        if self._versions.get(stream, 0) <= after:
            return ()
        found = self._recorder.select_events(events.stream_id(stream), gt=after or None)
        return [events.read(one.state) for one in found]

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""
        left = limit
        while left is None or left > 0:
            page = self._recorder.select_notifications(
                start=after, limit=min(_PAGE, left or _PAGE), inclusive_of_start=False
            )
            for notification in page:
                yield events.read(notification.state)
                after = notification.id
            if not page:
                return
            left = left - len(page) if left is not None else None

    def submitted(self, command: UUID) -> Submission | None:
        """What came of a command, or ``None`` where it is not recorded."""
        return self._commands.get(command)

    def last(self) -> tuple[int, datetime | None]:
        """The last position, and when its entry was recorded."""
        return self._last

    def opened(self, text: str) -> str:
        """The text itself: nothing is sealed in memory."""
        return text

    def digest(self, content: bytes) -> str:
        """A hash of what a command asks for."""
        return sha256(content).hexdigest()
