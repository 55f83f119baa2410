"""The record on SQLite, on eventsourcing's recorder: appended to, and nothing else.

The database itself refuses to change or remove a row. Each event has a position without gaps, given in
the transaction that appends it; every write takes the lock at its beginning and is on disk at its end.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from cspr_workflow.application.ports import Addition, Conflict, Recorded, Submission
from cspr_workflow.application.transaction import PARTNERSHIP, incident_stream
from cspr_workflow.domain.texts import SealedText, sealed
from cspr_workflow.store import events
from cspr_workflow.store.keys import UNREADABLE, Keys
from cspr_workflow.store.sqlite_files import (
    LOCK_TIMEOUT,
    Connections,
    begin,
    check,
    closing,
    connected,
    reporting,
)

MARK, FORM = 0x63535052, 1
_PAGE = 1000
_APPENDED_TO = ("about", "stored_events", "sealed_texts", "command_log")
_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE stored_events (
    position INTEGER PRIMARY KEY,
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
CREATE TRIGGER about_is_not_replaced BEFORE INSERT ON about
    WHEN EXISTS (SELECT 1 FROM about WHERE name=NEW.name)
    BEGIN SELECT RAISE(ABORT, 'the record is only appended to'); END;
CREATE TRIGGER stored_events_is_not_replaced BEFORE INSERT ON stored_events
    WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM stored_events)
    OR EXISTS (
        SELECT 1 FROM stored_events WHERE originator_id=NEW.originator_id
        AND originator_version=NEW.originator_version
    )
    BEGIN SELECT RAISE(ABORT, 'the record is only appended to'); END;
CREATE TRIGGER sealed_texts_is_not_replaced BEFORE INSERT ON sealed_texts
    WHEN EXISTS (SELECT 1 FROM sealed_texts WHERE event=NEW.event AND field=NEW.field)
    BEGIN SELECT RAISE(ABORT, 'the record is only appended to'); END;
CREATE TRIGGER command_log_is_not_replaced BEFORE INSERT ON command_log
    WHEN EXISTS (SELECT 1 FROM command_log WHERE command=NEW.command)
    BEGIN SELECT RAISE(ABORT, 'the record is only appended to'); END;
"""
_TABLES += "".join(
    f"CREATE TRIGGER {table}_is_not_{change[:6].lower()}d BEFORE {change} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the record is only appended to'); END;\n"
    for table in _APPENDED_TO
    for change in ("UPDATE", "DELETE")
)


def make(path: Path, store: str, *, rehearsal: bool) -> None:
    """Make a new record; a rehearsal's is marked for good."""
    with reporting(path):
        begin(path, _TABLES, MARK, FORM)
        with closing(connected(path)) as connection:
            connection.executemany(
                "INSERT INTO about VALUES (?, ?)",
                [("store", store), ("kind", "rehearsal" if rehearsal else "lasting")],
            )


def about(path: Path) -> dict[str, str]:
    """Which store a record belongs to, and of which kind it is."""
    check(path, MARK, FORM, "the record")
    with reporting(path), closing(connected(path)) as connection:
        return dict(connection.execute("SELECT name, value FROM about"))


class _Datastore(SQLiteDatastore):
    """One connection for each thread, in place of a pool; a write takes the lock at its beginning."""

    def __init__(self, path: Path) -> None:
        self._connections = Connections(path)
        super().__init__(str(path), lock_timeout=LOCK_TIMEOUT)

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """One transaction: all of it, or nothing."""
        connection = self._connections.mine()
        cursor = SQLiteCursor(connection.cursor())
        cursor.execute("BEGIN IMMEDIATE" if commit else "BEGIN")
        try:
            yield cursor
            if commit:
                connection.commit()
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        finally:
            if connection.in_transaction:
                connection.rollback()

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """The rows of one question: each is its own snapshot."""
        return self._connections.mine().execute(statement, values).fetchall()

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()
        super().close()


class _Recorder(SQLiteApplicationRecorder):
    """eventsourcing's recorder, with a position of our own as the notification's id."""

    datastore: _Datastore

    def __init__(self, datastore: _Datastore) -> None:
        super().__init__(datastore)
        self.insert_events_statement = (
            "INSERT INTO stored_events (originator_id, originator_version, topic, state, position) "
            "VALUES (?, ?, ?, ?, ?)"
        )

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int]:
        positions: Sequence[int] = kwargs["positions"]
        rows = [
            (_hex(one.originator_id), one.originator_version, one.topic, one.state, position)
            for one, position in zip(stored_events, positions, strict=True)
        ]
        c.executemany(self.insert_events_statement, rows)
        return positions

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        rows = self.datastore.rows(
            _LATEST_FIRST if desc else _EARLIEST_FIRST,
            _hex(originator_id),
            gt or 0,
            lte if lte is not None else 2**62,
            limit if limit is not None else -1,
        )
        return [StoredEvent(originator_id, *row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        first = (start or 0) + (0 if inclusive_of_start else 1)
        statement = (
            "SELECT originator_id, originator_version, topic, state, position FROM stored_events "
            "WHERE position>=? AND position<=? "
        )
        parameters: list[Any] = [first, stop if stop is not None else 2**62]
        if topics:
            statement += f"AND topic IN ({','.join('?' * len(topics))}) "
            parameters += topics
        rows = self.datastore.rows(f"{statement} ORDER BY position LIMIT ?", *parameters, limit)
        return [
            Notification(UUID(id), version, topic, state, position)
            for id, version, topic, state, position in rows
        ]


_EARLIEST_FIRST = (
    "SELECT originator_version, topic, state FROM stored_events WHERE originator_id=? "
    "AND originator_version>? AND originator_version<=? ORDER BY originator_version LIMIT ?"
)
_LATEST_FIRST = _EARLIEST_FIRST.replace("originator_version LIMIT", "originator_version DESC LIMIT")


_STATES = (
    "SELECT state FROM stored_events WHERE originator_id=? AND originator_version>? "
    "ORDER BY originator_version"
)


def _hex(id: UUID | str) -> str:
    return id.hex if isinstance(id, UUID) else id


class SqliteRecord:
    """The record of a store's folder."""

    def __init__(self, path: Path, keys: Keys) -> None:
        check(path, MARK, FORM, "the record")
        self.path = path
        self.keys = keys
        with reporting(path):
            self._datastore = _Datastore(path)
            self._recorder = _Recorder(self._datastore)
            self.about = about(path)
        self._last: tuple[int, datetime | None] = (0, None)

    def close(self) -> None:
        """Close the file and that of the keys."""
        self._datastore.close()
        self.keys.close()

    # --- Appending ---------------------------------------------------------------------------

    def append(
        self, additions: Sequence[Addition], command: UUID, digest: str = ""
    ) -> Sequence[Recorded]:
        """Append to several streams, all or nothing."""
        for addition in additions:
            if (incident := opened_incident(addition)) is not None:
                self.keys.make_key(incident)
        self.keys.keep()
        with self.writing() as cursor:
            recorded = self._append(cursor, additions, command, digest)
        if recorded:
            self._last = recorded[-1].position, recorded[-1].entry.recorded
        return recorded

    def _append(
        self, cursor: SQLiteCursor, additions: Sequence[Addition], command: UUID, digest: str
    ) -> Sequence[Recorded]:
        standing: dict[str, int] = {}
        for addition in additions:
            stream = addition.stream
            if stream not in standing:
                standing[stream] = self._version(stream)
            if standing[stream] != addition.version:
                raise Conflict(stream)
            standing[stream] += len(addition.entries)
        prepared = prepare(additions, command, digest, self.last(), self.keys)
        if prepared.recorded:
            self.insert(cursor, [prepared])
        return prepared.recorded

    def _version(self, stream: str) -> int:
        """The version at which a stream stands."""
        id = events.stream_id(stream).hex
        [(version,)] = self._datastore.rows(
            "SELECT max(originator_version) FROM stored_events WHERE originator_id=?", id
        )
        return version or 0

    def insert(self, cursor: SQLiteCursor, commands: Sequence["Prepared"]) -> None:
        """Insert what commands bring about, in the transaction of a cursor."""
        for one in commands:
            self._recorder._insert_events(  # noqa: SLF001 - how eventsourcing's recorders are extended
                cursor, one.stored, positions=[recorded.position for recorded in one.recorded]
            )
            cursor.executemany("INSERT INTO sealed_texts VALUES (?, ?, ?, ?)", one.boxes)
            cursor.execute(
                "INSERT INTO command_log VALUES (?, ?, ?, ?)",
                (
                    str(one.command),
                    one.digest,
                    one.recorded[0].position,
                    one.recorded[-1].position,
                ),
            )

    @contextmanager
    def writing(self) -> Iterator[SQLiteCursor]:
        """One transaction that takes the lock at once. Raises :class:`Conflict` and ``Trouble``."""
        with reporting(self.path):
            try:
                with self._datastore.transaction(commit=True) as cursor:
                    yield cursor
            except IntegrityError as error:
                raise Conflict(str(error)) from error

    # --- Reading -----------------------------------------------------------------------------

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""
        with reporting(self.path):
            rows = self._datastore.rows(_STATES, events.stream_id(stream).hex, after)
        return [events.read(state) for (state,) in rows]

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""
        for one in self.stored(after, limit):
            yield events.read(one.state)

    def stored(self, after: int = 0, limit: int | None = None) -> Iterator[Notification]:
        """Every event after a position as it is stored, in order."""
        left = limit
        while left is None or left > 0:
            with reporting(self.path):
                page = self._recorder.select_notifications(
                    after, min(_PAGE, left or _PAGE), inclusive_of_start=False
                )
            yield from page
            if not page:
                return
            after = page[-1].id
            left = left - len(page) if left is not None else None

    def submitted(self, command: UUID) -> Submission | None:
        """What came of a command, or ``None`` where it is not recorded."""
        with reporting(self.path):
            rows = self._datastore.rows(
                "SELECT digest, first, last FROM command_log WHERE command=?", str(command)
            )
        return Submission(*rows[0]) if rows else None

    def last(self) -> tuple[int, datetime | None]:
        """The last position, and when its entry was recorded."""
        with reporting(self.path):
            [(position,)] = self._datastore.rows("SELECT max(position) FROM stored_events")
            if position is None:
                return 0, None
            last = self._last
            if last[0] != position:
                [(state,)] = self._datastore.rows(
                    "SELECT state FROM stored_events WHERE position=?", position
                )
                recorded = datetime.fromisoformat(json.loads(state)["recorded"])
                last = self._last = position, recorded
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
        with reporting(self.path):
            rows = self._datastore.rows(
                "SELECT incident, box FROM sealed_texts WHERE event=? AND field=?", event, field
            )
        if not rows:
            return None
        incident, box = rows[0]
        return self.keys.open(incident, event, field, box)

    def digest(self, content: bytes) -> str:
        """A hash of what a command asks for, from which nobody can guess its texts."""
        return self.keys.digest(content)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one command brings about, ready to be inserted: its entries, their bytes, their sealed texts."""

    command: UUID
    digest: str
    recorded: Sequence[Recorded]
    stored: Sequence[StoredEvent]
    boxes: Sequence[tuple[str, str, str, bytes]]


def prepare(
    additions: Sequence[Addition],
    command: UUID,
    digest: str,
    tail: tuple[int, datetime | None],
    keys: Keys,
) -> Prepared:
    """The entries of a command with their places after the record's ``tail``, sealed.

    Raises :class:`Conflict` where one is recorded before the last that is there.
    """
    last, latest = tail
    recorded: list[Recorded] = []
    stored: list[StoredEvent] = []
    boxes: list[tuple[str, str, str, bytes]] = []
    for addition in additions:
        for version, entry in enumerate(addition.entries, addition.version + 1):
            if latest is not None and entry.recorded < latest:
                raise Conflict("a later moment is recorded already")
            latest = entry.recorded
            id = events.event_id(addition.stream, version)
            position = last + len(recorded) + 1
            one = Recorded(id, addition.stream, version, position, str(command), entry)
            state = events.written(one, _sealing(addition.incident, id, keys, boxes))
            if addition.incident:
                one = replace(one, entry=replace(entry, fact=sealed(entry.fact, id)))
            recorded.append(one)
            stored.append(
                StoredEvent(events.stream_id(one.stream), version, entry.fact.type, state)
            )
    return Prepared(command, digest, recorded, stored, boxes)


def _sealing(
    incident: str | None, event: str, keys: Keys, boxes: list[tuple[str, str, str, bytes]]
) -> events.Commit | None:
    if incident is None:
        return None

    def commit(field: str, text: str) -> str:
        assert not isinstance(text, SealedText), "a text is opened before it is used again"
        commitment, box = keys.seal(incident, event, field, text)
        boxes.append((event, field, incident, box))
        return commitment

    return commit


def opened_incident(addition: Addition) -> str | None:
    """The incident (or the partnership) that an addition opens: only then is a key made for it."""
    own = (incident_stream(addition.incident or ""), PARTNERSHIP)
    return addition.incident if addition.version == 0 and addition.stream in own else None
