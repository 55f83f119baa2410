"""A record that lasts, whichever database it stands in: how commands are appended and entries read.

Each event has a position without gaps, given in the transaction that appends it; every write takes the
lock at its beginning and is durable at its end. The database itself refuses to change or remove a row.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, Notification

from cspr_workflow.application.ports import Addition, Conflict, Holds, Recorded, Submission
from cspr_workflow.domain.texts import SealedText
from cspr_workflow.store import events
from cspr_workflow.store.keys import UNREADABLE, Keys
from cspr_workflow.store.prepared import Prepared, opened_incident, prepare

FORM = 1
"""The form of the record that this program reads and writes."""
PAGE = 1000
TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE stored_events (
    position INTEGER NOT NULL PRIMARY KEY,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (originator_id, originator_version)
);
CREATE TABLE sealed_texts (
    event TEXT NOT NULL,
    field TEXT NOT NULL,
    incident TEXT NOT NULL,
    box BLOB NOT NULL,
    PRIMARY KEY (event, field)
) WITHOUT ROWID;
CREATE TABLE command_log (
    command TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
) WITHOUT ROWID;
"""
APPENDED_TO = ("about", "stored_events", "sealed_texts", "command_log")
"""The tables, each of whose rows stays as it is for good."""
Tail = tuple[int, datetime | None]
_STATES = (
    "SELECT state FROM stored_events WHERE originator_id=? AND originator_version>? "
    "ORDER BY originator_version"
)


class LastingRecord(ABC):
    """The record of a store; each database has its own form of it."""

    keys: Keys
    about: Mapping[str, str]
    """Which store it is the record of (``store``), and of which ``kind``: rehearsal or lasting."""
    past: int = 0
    """Another number once what was read before may stand there no longer."""
    _last: Tail = (0, None)

    # --- What each database does in its own way ------------------------------------------------

    @abstractmethod
    def writing(self) -> AbstractContextManager[Any]:
        """One transaction that takes the lock at once. Raises :class:`Conflict` and ``Trouble``."""

    @abstractmethod
    def reading(self) -> AbstractContextManager["Snapshot"]:
        """The record as it stands at one moment, while others go on writing to it."""

    @abstractmethod
    def reporting(self) -> AbstractContextManager[None]:
        """Turns what the database says into a ``Trouble``."""

    @abstractmethod
    def rows(self, statement: str, *values: Any) -> list[Any]:
        """The rows of one question."""

    @abstractmethod
    def insert(self, cursor: Any, commands: Sequence[Prepared]) -> None:
        """Insert what commands bring about, in the transaction of a cursor."""

    @abstractmethod
    def close(self) -> None:
        """Close the record and its keys."""

    @property
    @abstractmethod
    def _recorder(self) -> ApplicationRecorder:
        """eventsourcing's recorder."""

    # --- Appending ---------------------------------------------------------------------------

    def append(
        self,
        additions: Sequence[Addition],
        command: UUID,
        digest: str = "",
        holds: Holds | None = None,
    ) -> Sequence[Recorded]:
        """Append to several streams, all or nothing."""
        if not additions:
            return ()
        for addition in additions:
            if (incident := opened_incident(addition)) is not None:
                self.keys.make_key(incident)
        self.keys.keep()
        with self.writing() as cursor:
            recorded = self._append(cursor, additions, command, digest, holds)
        if recorded:
            self._last = recorded[-1].position, recorded[-1].entry.recorded
        return recorded

    def _append(
        self,
        cursor: Any,
        additions: Sequence[Addition],
        command: UUID,
        digest: str,
        holds: Holds | None,
    ) -> Sequence[Recorded]:
        versions, tail = self._standing({addition.stream for addition in additions})
        for addition in additions:
            if versions[addition.stream] != addition.version:
                raise Conflict(addition.stream)
            versions[addition.stream] += len(addition.entries)
        prepared = prepare(additions, command, digest, tail, self.keys, holds)
        if prepared.recorded:
            self.insert(cursor, [prepared])
        return prepared.recorded

    def _standing(self, streams: Iterable[str]) -> tuple[dict[str, int], Tail]:
        """The version at which each stream stands, and where the record ends."""
        return {stream: self._version(stream) for stream in streams}, self.last()

    def _version(self, stream: str) -> int:
        id = events.stream_id(stream).hex
        [(version,)] = self.rows(
            "SELECT max(originator_version) FROM stored_events WHERE originator_id=?", id
        )
        return version or 0

    # --- Reading -----------------------------------------------------------------------------

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""
        with self.reporting():
            rows = self.rows(_STATES, events.stream_id(stream).hex, after)
        return [events.read(state) for (state,) in rows]

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""
        for one in self.stored(after, limit):
            yield events.read(one.state)

    def stored(self, after: int = 0, limit: int | None = None) -> Iterator[Notification]:
        """Every event after a position as it is stored, in order."""
        left = limit
        while left is None or left > 0:
            with self.reporting():
                page = self._recorder.select_notifications(
                    after, min(PAGE, left or PAGE), inclusive_of_start=False
                )
            yield from page
            if not page:
                return
            after = page[-1].id
            left = left - len(page) if left is not None else None

    def submitted(self, command: UUID) -> Submission | None:
        """What came of a command, or ``None`` where it is not recorded."""
        with self.reporting():
            rows = self.rows(
                "SELECT digest, first, last FROM command_log WHERE command=?", str(command)
            )
        return Submission(*rows[0]) if rows else None

    def last(self) -> Tail:
        """The last position, and when its entry was recorded."""
        with self.reporting():
            [(position,)] = self.rows("SELECT max(position) FROM stored_events")
            if position is None:
                return 0, None
            last = self._last
            if last[0] != position:
                [(state,)] = self.rows("SELECT state FROM stored_events WHERE position=?", position)
                last = self._last = position, recorded_moment(state)
        return last

    # --- Texts -------------------------------------------------------------------------------

    def opened(self, text: str) -> str:
        """A text, opened if it is sealed; one whose key is gone says so."""
        if not isinstance(text, SealedText):
            return text
        event, field = text.place
        found = self.sealed(event, field)
        return found[0] if found else UNREADABLE

    def sealed(self, event: str, field: str) -> tuple[str, str] | None:
        """A sealed text and its commitment, or ``None`` where it cannot be opened any more."""
        with self.reporting():
            rows = self.rows(
                "SELECT incident, box FROM sealed_texts WHERE event=? AND field=?", event, field
            )
        if not rows:
            return None
        incident, box = rows[0]
        return self.keys.open(incident, event, field, box)

    def digest(self, content: bytes) -> str:
        """A hash of what a command asks for, from which nobody can guess its texts."""
        return self.keys.digest(content)


class Snapshot(ABC):
    """A record as it stands at one moment."""

    @abstractmethod
    def each(self, statement: str, *values: Any) -> Iterator[Any]:
        """The rows of a question, a few at a time."""

    @abstractmethod
    def damage(self) -> Iterator[str]:
        """What the database itself finds wrong with what it keeps."""

    def one(self, statement: str, *values: Any) -> Any:
        """The first row of a question, or ``None``."""
        return next(self.each(statement, *values), None)


def recorded_moment(state: bytes) -> datetime:
    """When an event was recorded, from its bytes."""
    return datetime.fromisoformat(json.loads(state)["recorded"])
