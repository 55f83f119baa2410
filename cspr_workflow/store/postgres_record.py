"""The record on PostgreSQL, on eventsourcing's recorder: appended to, and nothing else.

Every writer takes one advisory lock and holds it until its transaction has ended, in place of the
recorder's lock on the table: so the program's role needs no right but to read and to insert. Positions
are given under that lock, so that whoever has read up to one has seen everything before it.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from cspr_workflow.application.ports import Addition, Conflict, Holds, Recorded, Submission, Trouble
from cspr_workflow.postgres import (
    Connection,
    Interrupted,
    Server,
    Statements,
    reporting,
    tables_of,
)
from cspr_workflow.store import events
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.lasting_record import (
    TABLES,
    LastingRecord,
    Snapshot,
    Tail,
    recorded_moment,
)
from cspr_workflow.store.prepared import Prepared

SCHEMA = "record"
_STEP = 500
_UNKNOWN = (
    "the connection was lost, and nobody knows yet whether this was recorded. Look first; or send the same "
    "form again, which records nothing twice."
)
_A_FEW = 8
"""So many events of one command are inserted with one statement."""
_EVENT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state, position) "
    "VALUES (?, ?, ?, ?, ?)"
)
_SEALED = "INSERT INTO sealed_texts VALUES (?, ?, ?, ?)"
_LOGGED = "INSERT INTO command_log VALUES (?, ?, ?, ?)"
_EVENTS = (
    "SELECT originator_id, originator_version, topic, state, position FROM stored_events "
    "WHERE position>=? AND position<=? AND (?='' OR topic=ANY(string_to_array(?, ' '))) "
    "ORDER BY position LIMIT ?"
)
_ONE_STREAM = (
    "SELECT originator_version, topic, state FROM stored_events WHERE originator_id=? "
    "AND originator_version>? AND originator_version<=? ORDER BY originator_version LIMIT ?"
)
_STANDING = (
    "SELECT s.id, (SELECT max(originator_version) FROM stored_events WHERE originator_id=s.id), "
    "e.position, CASE WHEN e.position=? THEN NULL ELSE e.state END "
    "FROM unnest(string_to_array(?, ' ')) s(id) LEFT JOIN LATERAL "
    "(SELECT position, state FROM stored_events ORDER BY position DESC LIMIT 1) e ON true"
)
"""The version of each stream, and the end of the record with its bytes unless they are known already."""


@cache
def _at_once(events: int, texts: int) -> str:
    """One statement that inserts so many events with so many sealed texts, and the command."""
    rows = ", ".join([_EVENT.partition("VALUES ")[2]] * events)
    parts = [f"e AS ({_EVENT.partition('VALUES ')[0]}VALUES {rows})"]
    if texts:
        boxes = ", ".join([_SEALED.partition("VALUES ")[2]] * texts)
        parts.append(f"t AS ({_SEALED.partition('VALUES ')[0]}VALUES {boxes})")
    return f"WITH {', '.join(parts)} {_LOGGED}"


class _Datastore(PostgresDatastore):
    """The connections of a server, a thread's each, in place of a pool of the library's own."""

    def __init__(self, server: Server) -> None:
        # The library's own would connect to a server that is described in another way.
        self.server = server
        self.schema = server.schema(SCHEMA)
        self.originator_id_type = "text"
        self.lock_timeout = 0
        self.enable_db_functions = False
        self.db_type_names = set()
        self.statements = Statements(self.schema, tables_of(TABLES))

    def register_type_adapters(self) -> None:
        """There are no types of the library's own in the database."""

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """The rows of one question: each is its own snapshot."""
        return self.server.rows(self.statements(statement), values)

    def close(self) -> None:
        """The server is closed by whoever opened it."""


class _Recorder(PostgresApplicationRecorder):
    """eventsourcing's recorder, with a position of our own as the notification's id."""

    datastore: _Datastore

    def _insert_stored_events(
        self, curs: psycopg.Cursor[Any], stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> None:
        curs.executemany(
            self.datastore.statements(_EVENT),
            [
                (_hex(one.originator_id), one.originator_version, one.topic, one.state, position)
                for one, position in zip(stored_events, kwargs["positions"], strict=True)
            ],
        )

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        statement = _ONE_STREAM.replace("LIMIT", "DESC LIMIT") if desc else _ONE_STREAM
        upto = lte if lte is not None else 2**62
        most = limit if limit is not None else 2**62
        rows = self.datastore.rows(statement, _hex(originator_id), gt or 0, upto, most)
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
        wanted = " ".join(topics)
        upto = stop if stop is not None else 2**62
        rows = self.datastore.rows(_EVENTS, first, upto, wanted, wanted, limit)
        return [
            Notification(UUID(id), version, topic, state, position)
            for id, version, topic, state, position in rows
        ]


def _hex(id: UUID | str) -> str:
    return id.hex if isinstance(id, UUID) else id


class _Decided(threading.local):
    """Up to which loss of a connection a thread has taken note."""

    def __init__(self, past: int) -> None:
        self.past = past


class PostgresRecord(LastingRecord):
    """The record of a store on a server."""

    def __init__(self, server: Server, keys: Keys) -> None:
        self._server = server
        self.keys = keys
        self._datastore = _Datastore(server)
        self._events = _Recorder(self._datastore)
        self._decided = _Decided(server.losses)
        with reporting(server):
            self.about = dict(self.rows("SELECT name, value FROM about"))

    def close(self) -> None:
        """Close the keys; the server is closed by whoever opened it."""
        self.keys.close()

    @property
    def _recorder(self) -> PostgresApplicationRecorder:
        return self._events

    def reporting(self) -> reporting:
        """Turns what the server says into a ``Trouble``."""
        return reporting(self._server)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """The rows of one question."""
        return self._datastore.rows(statement, *values)

    # --- Appending ---------------------------------------------------------------------------

    def append(
        self,
        additions: Sequence[Addition],
        command: UUID,
        digest: str = "",
        holds: Holds | None = None,
    ) -> Sequence[Recorded]:
        """Append to several streams, all or nothing.

        Where the connection is lost on the way, the log of commands tells whether it was recorded.
        """
        if self._server.in_transaction:
            # It is for the end of that transaction to say what came of it.
            return super().append(additions, command, digest, holds)
        try:
            return super().append(additions, command, digest, holds)
        except Interrupted as lost:
            found = self._looked_up(command, lost)
        if found is None or found.digest != digest:
            raise Conflict("the connection was lost before this was recorded")
        recorded = list(self.read_all(found.first - 1, found.last - found.first + 1))
        begun = {(one.stream, one.version) for one in recorded}
        if any(one.entries and (one.stream, one.version + 1) not in begun for one in additions):
            raise Conflict(f"command {command}")  # it was recorded before, as something else
        return recorded

    def _looked_up(self, command: UUID, lost: Interrupted) -> Submission | None:
        """What came of a command whose connection was lost. Raises :class:`Interrupted`."""
        try:
            # Whoever held the lock has ended, one way or the other, once we hold it ourselves.
            with self._writing():
                [(is_standby,)] = self.rows("SELECT pg_is_in_recovery()")
                found = self.submitted(command)
        except Trouble as trouble:
            raise Interrupted(f"{self._server}: {_UNKNOWN}") from trouble
        if is_standby:
            # It may lack what the server that was lost has confirmed.
            raise Interrupted(f"{self._server}: {_UNKNOWN}") from lost
        self._note_loss()
        return found

    def _note_loss(self) -> None:
        """From now on this thread builds on what stands there since a connection was lost."""
        self._decided.past = self.past
        self._last = (0, None)

    def _standing(self, streams: Iterable[str]) -> tuple[dict[str, int], Tail]:
        ids = {events.stream_id(stream).hex: stream for stream in streams}
        tail = self._last
        rows = self.rows(_STANDING, tail[0], " ".join(ids))
        _, _, position, state = rows[0]
        if state is not None:
            tail = self._last = position, recorded_moment(state)
        elif position is None:
            tail = (0, None)
        return {ids[id]: version or 0 for id, version, _, _ in rows}, tail

    def insert(self, cursor: psycopg.Cursor[Any], commands: Sequence[Prepared]) -> None:
        """Insert what commands bring about, in the transaction of a cursor."""
        if len(commands) == 1 and len(commands[0].stored) <= _A_FEW:
            self._insert_at_once(cursor, commands[0])
        else:
            self._insert_many(cursor, commands)

    def _insert_many(self, cursor: psycopg.Cursor[Any], commands: Sequence[Prepared]) -> None:
        statements = self._datastore.statements
        for one in commands:
            self._events._insert_stored_events(  # noqa: SLF001 - how eventsourcing's recorders are extended
                cursor, one.stored, positions=one.positions
            )
        boxes = [box for one in commands for box in one.boxes]
        if boxes:
            cursor.executemany(statements(_SEALED), boxes)
        cursor.executemany(statements(_LOGGED), [one.logged for one in commands])

    def _insert_at_once(self, cursor: psycopg.Cursor[Any], one: Prepared) -> None:
        """Insert what one command brings about with one statement: one way to the server and back."""
        statement = self._datastore.statements(_at_once(len(one.stored), len(one.boxes)))
        values: list[Any] = []
        for stored, position in zip(one.stored, one.positions, strict=True):
            values += (_hex(stored.originator_id), stored.originator_version)
            values += (stored.topic, stored.state, position)
        for box in one.boxes:
            values += box
        cursor.execute(statement, (*values, *one.logged))

    @property
    def past(self) -> int:  # type: ignore[override]
        """Another number after each connection that was lost: a standby may have taken over."""
        return self._server.losses

    @contextmanager
    def writing(self) -> Iterator[psycopg.Cursor[Any]]:
        """One transaction that takes the lock at once. Raises :class:`Conflict` and ``Trouble``.

        What a thread decided before a connection was lost is to be decided anew.
        """
        with self._writing() as cursor:
            if self._decided.past != self.past:
                self._note_loss()
                raise Conflict("the connection was lost meanwhile")
            yield cursor

    @contextmanager
    def _writing(self) -> Iterator[psycopg.Cursor[Any]]:
        with reporting(self._server):
            try:
                with self._server.writing(SCHEMA) as connection, connection.cursor() as cursor:
                    yield cursor
            except psycopg.IntegrityError as error:
                raise Conflict(str(error)) from error

    # --- Reading at one moment ---------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """The record as it stands at one moment, while others go on writing to it."""
        with reporting(self._server), self._server.standing_still() as connection:
            yield _Snapshot(connection, self._datastore.statements)


class _Snapshot(Snapshot):
    def __init__(self, connection: Connection, statements: Statements) -> None:
        self._connection, self._statements = connection, statements
        self._number = 0

    def each(self, statement: str, *values: Any) -> Iterator[Any]:
        self._number += 1
        with self._connection.cursor(f"cspr_{self._number}") as cursor:
            cursor.itersize = _STEP
            cursor.execute(self._statements(statement), values)
            yield from cursor

    def one(self, statement: str, *values: Any) -> Any:
        return self._connection.execute(self._statements(statement), values).fetchone()

    def damage(self) -> Iterator[str]:
        """Nothing: PostgreSQL has programs of its own for that (``pg_amcheck``)."""
        yield from ()
