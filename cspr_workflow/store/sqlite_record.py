"""The record on SQLite, on eventsourcing's recorder: appended to, and nothing else.

The database itself refuses to change or remove a row. Each event has a position without gaps, given in
the transaction that appends it; every write takes the lock at its beginning and is on disk at its end.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from cspr_workflow.application.ports import Conflict
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.lasting_record import APPENDED_TO, FORM, TABLES, LastingRecord, Snapshot
from cspr_workflow.store.prepared import Prepared
from cspr_workflow.store.sqlite_files import (
    LOCK_TIMEOUT,
    Connections,
    begin,
    check,
    closing,
    connected,
    reporting,
)

MARK = 0x63535052
_NOT_REPLACED = """
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
_NOT_CHANGED = "".join(
    f"CREATE TRIGGER {table}_is_not_{change[:6].lower()}d BEFORE {change} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the record is only appended to'); END;\n"
    for table in APPENDED_TO
    for change in ("UPDATE", "DELETE")
)
MADE = TABLES + _NOT_REPLACED + _NOT_CHANGED
"""What makes the file of a record."""


def make(path: Path, store: str, *, rehearsal: bool) -> None:
    """Make a new record; a rehearsal's is marked for good."""
    with reporting(path):
        begin(path, MADE, MARK, FORM)
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


def _hex(id: UUID | str) -> str:
    return id.hex if isinstance(id, UUID) else id


class SqliteRecord(LastingRecord):
    """The record of a store's folder."""

    def __init__(self, path: Path, keys: Keys) -> None:
        check(path, MARK, FORM, "the record")
        self.path = path
        self.keys = keys
        with reporting(path):
            self._datastore = _Datastore(path)
            self._events = _Recorder(self._datastore)
            self.about = about(path)

    def close(self) -> None:
        """Close the file and that of the keys."""
        self._datastore.close()
        self.keys.close()

    @property
    def _recorder(self) -> SQLiteApplicationRecorder:
        return self._events

    def reporting(self) -> reporting:
        """Turns what the database says into a ``Trouble``."""
        return reporting(self.path)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """The rows of one question."""
        return self._datastore.rows(statement, *values)

    def insert(self, cursor: SQLiteCursor, commands: Sequence[Prepared]) -> None:
        """Insert what commands bring about, in the transaction of a cursor."""
        for one in commands:
            self._events._insert_events(  # noqa: SLF001 - how eventsourcing's recorders are extended
                cursor, one.stored, positions=one.positions
            )
            cursor.executemany("INSERT INTO sealed_texts VALUES (?, ?, ?, ?)", one.boxes)
            cursor.execute("INSERT INTO command_log VALUES (?, ?, ?, ?)", one.logged)

    @contextmanager
    def writing(self) -> Iterator[SQLiteCursor]:
        """One transaction that takes the lock at once. Raises :class:`Conflict` and ``Trouble``."""
        with reporting(self.path):
            try:
                with self._datastore.transaction(commit=True) as cursor:
                    yield cursor
            except IntegrityError as error:
                raise Conflict(str(error)) from error

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """The record as it stands at one moment, while others go on writing to it."""
        with reporting(self.path), closing(connected(self.path)) as connection:
            connection.execute("BEGIN")
            yield _Snapshot(connection)


class _Snapshot(Snapshot):
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def each(self, statement: str, *values: Any) -> Iterator[Any]:
        return iter(self._connection.execute(statement, values))

    def damage(self) -> Iterator[str]:
        for (said,) in self._connection.execute("PRAGMA integrity_check"):
            if said != "ok":
                yield said
