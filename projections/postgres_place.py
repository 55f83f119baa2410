"""Views in a schema of a PostgreSQL server.

Whoever lets them follow holds an advisory lock meanwhile. New views are built in a schema beside, by one
program at a time, and take the place of the old ones in one short transaction: nobody who reads waits for
it longer than :data:`READERS_WAIT`, and who reads several things as of one moment is waited for.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import Any

import psycopg
from psycopg import errors

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import LOCK_TIMEOUT, Connection, Server, Statements, lock_number
from projections import form
from projections.database import Busy, Database, Row
from projections.place import Beside, Following, Place
from projections.postgres_database import PostgresDatabase, reporting

VIEWS, BESIDE = "views", "views_beside"
READERS_WAIT = 0.025
"""Seconds for which who reads waits at most for views that take the place of others; then once more."""
PATIENCE_TO_SWAP = 600.0
"""Seconds in which it is tried again while others read as of one moment."""
PAUSE = 0.1
"""Seconds between two tries, in which others read and follow."""


class PostgresPlace(Place):
    """The schema of the views."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.schema = server.schema(VIEWS)
        self.name = str(server)
        self._statements = Statements(self.schema, form.NAMES)
        self._local = threading.local()

    def mine(self) -> Database:
        with self.reporting():
            connection = self.server.mine()
        held: PostgresDatabase | None = getattr(self._local, "held", None)
        if held is None or held.connection is not connection:
            held = self._local.held = PostgresDatabase(
                connection, self.name, self._statements, self._begun, self.server.rows
            )
        return held

    def _begun(self, patience: float | None) -> AbstractContextManager[Connection]:
        patience = LOCK_TIMEOUT if patience is None else patience
        return self.server.writing(VIEWS, patience, durable=False)

    @contextmanager
    def beside(self, views: Following, patience: float | None = None) -> Iterator[Beside | None]:
        if self.mine().in_transaction:
            raise Trouble(
                f"{self.name}: the views cannot be built in the middle of something else."
            )
        with self.reporting():
            before = self._which()
            with closing(self.server.connected()) as leader:
                _lock(leader, self.server.schema(BESIDE), patience)
                if self._which() != before:
                    yield None
                    return
                beside = PostgresBeside(self, leader)
                beside.begin(views.wanted)
                try:
                    yield beside
                finally:
                    beside.close()

    def _which(self) -> object:
        """What differs once others have taken the views' place."""
        return self.server.rows("SELECT to_regclass(%s)::oid", (f"{self.schema}.progress",))

    def reporting(self) -> AbstractContextManager[None]:
        return reporting(self.name)

    def close(self) -> None:
        """The server is closed by whoever opened it."""
        self._local = threading.local()


class PostgresBeside(Beside):
    """The schema beside, for the one program that builds new views in it.

    All that it does, it does through the connection that holds the lock: where that is lost, another
    program may have begun, and nothing more can be done through it.
    """

    def __init__(self, of: PostgresPlace, leader: Connection) -> None:
        self._of = of
        self._leader = leader
        self.name = of.name
        self._schema = of.server.schema(BESIDE)
        self._statements = Statements(self._schema, form.NAMES)
        self._database = PostgresDatabase(
            leader, self.name, self._statements, self._begun, self._rows
        )

    def mine(self) -> Database:
        return self._database

    @contextmanager
    def _begun(self, _: float | None) -> Iterator[Connection]:
        with self._leader.transaction():
            yield self._leader

    def _rows(self, statement: str, values: Sequence[Any]) -> list[Row]:
        return self._leader.execute(statement, values).fetchall()

    def beside(self, *_: object, **__: object) -> AbstractContextManager[Beside | None]:
        raise Trouble(f"{self.name}: what is being built beside the views was removed; try again.")

    def reporting(self) -> AbstractContextManager[None]:
        return reporting(self.name)

    def begin(self, wanted: str) -> None:
        """Make the tables, which have followed nothing yet; what was left behind is removed."""
        with self._leader.transaction():
            self._drop(self._schema)
            _run(self._leader, self._statements.tables(form.TABLES))
            self._database.execute(form.BEGIN, (wanted,))

    def close(self) -> None:
        """Remove what was not put in place."""
        with suppress(psycopg.Error):
            self._drop(self._schema)

    # --- Taking the place of the old ones ----------------------------------------------------

    def put_in_place(self, views: Following, built: Following) -> int:  # noqa: ARG002 - nobody else does meanwhile
        with self.reporting():
            _run(self._leader, f"ANALYZE {self._named(self._schema, form.NAMES)}")
            until = time.monotonic() + PATIENCE_TO_SWAP
            while True:
                built.catch_up()
                with self._nobody_follows():
                    position = built.catch_up()
                    if self._swapped():
                        return position
                if time.monotonic() >= until:
                    raise Busy(
                        f"{self.name}: others have been reading the views for too long for new ones to "
                        "take their place; try again."
                    )
                time.sleep(PAUSE)

    @contextmanager
    def _nobody_follows(self) -> Iterator[None]:
        _lock(self._leader, self._of.schema, LOCK_TIMEOUT)
        try:
            yield
        finally:
            if not self._leader.closed:
                self._leader.execute(
                    "SELECT pg_advisory_unlock(%s)", (lock_number(self._of.schema),)
                )

    def _swapped(self) -> bool:
        """Have the new tables take the place of the old ones: whether nobody was reading those too long."""
        try:
            with self._leader.transaction():
                _run(self._leader, self._swap())
        except (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected):
            return False
        return True

    def _swap(self) -> str:
        old = self._tables(self._of.schema)
        # Who reads as of one moment holds the first of them, and nobody waits behind who waits for him.
        old.sort(key=lambda name: name != "progress")
        wait = int(1000 * READERS_WAIT)
        lock = f"LOCK TABLE {self._named(self._of.schema, old)} IN ACCESS EXCLUSIVE MODE;"
        drop = f"DROP TABLE {self._named(self._of.schema, old)};"
        move = [
            f"ALTER TABLE {self._schema}.{name} SET SCHEMA {self._of.schema};"
            for name in form.NAMES
        ]
        return "\n".join(
            (
                "SET LOCAL synchronous_commit=off;",
                f"SET LOCAL lock_timeout={1000 * LOCK_TIMEOUT};",
                f"LOCK TABLE {self._named(self._schema, form.NAMES)} IN ACCESS EXCLUSIVE MODE;",
                f"SET LOCAL lock_timeout={wait}; SET LOCAL statement_timeout={wait};"
                if old
                else "",
                lock if old else "",
                "SET LOCAL statement_timeout=0;",
                drop if old else "",
                *move,
            )
        )

    def _drop(self, schema: str) -> None:
        if names := self._tables(schema):
            _run(self._leader, f"DROP TABLE {self._named(schema, names)}")

    def _tables(self, schema: str) -> list[str]:
        rows = self._leader.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname=%s", (schema,)
        )
        return [name for (name,) in rows.fetchall()]

    def _named(self, schema: str, names: Sequence[str]) -> str:
        return ", ".join(f"{schema}.{name}" for name in names)


def _lock(connection: Connection, name: str, patience: float | None) -> None:
    """Take a lock that the connection holds until it gives it back or is lost."""
    connection.execute(
        f"SET lock_timeout={0 if patience is None else max(1, int(1000 * patience))}"
    )
    connection.execute("SELECT pg_advisory_lock(%s)", (lock_number(name),))


def _run(connection: Connection, statements: str) -> None:
    connection.execute(statements, prepare=False)
