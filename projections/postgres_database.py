"""The views in a schema of PostgreSQL: one thread's connection to it, and what goes wrong there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Connection, Statements, error_class, is_busy, is_lost
from projections.database import REACHED, Busy, Database, Reached, Row, Unusable

_A_FEW = 1000
_DAMAGED = "XX"
_GONE = (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName)
Begun = Callable[[float | None], AbstractContextManager[Connection]]
Asked = Callable[[str, Sequence[Any]], list[Row]]


class PostgresDatabase(Database):
    """A connection to the views in one schema.

    Nothing of the views' is lost that the record does not hold, so their transactions do not wait for the
    disk. What is written goes to the server together with the next question, or with the end of the
    transaction: an act's views take few ways there and back.
    """

    def __init__(
        self, connection: Connection, name: str, statements: Statements, begun: Begun, asked: Asked
    ) -> None:
        self.connection = connection
        self.name = name
        self._statements = statements
        self._begun = begun
        self._asked = asked
        self._number = 0
        self._ours = False

    def execute(self, statement: str, values: Iterable[Any] = ()) -> None:
        with reporting(self.name):
            self.connection.execute(self._statements(statement), tuple(values))

    def executemany(self, statement: str, rows: list[Row]) -> None:
        if len(rows) == 1:
            self.execute(statement, rows[0])
        elif rows:
            self._execute_each(statement, rows)

    def _execute_each(self, statement: str, rows: list[Row]) -> None:
        with reporting(self.name), self.connection.cursor() as cursor:
            cursor.executemany(self._statements(statement), rows)

    def all(self, statement: str, *values: Any) -> list[Row]:
        with reporting(self.name):
            return self._asked(self._statements(statement), values)

    def each(self, statement: str, *values: Any) -> Iterator[Row]:
        self._number += 1
        with reporting(self.name), self.connection.cursor(f"views_{self._number}") as cursor:
            cursor.itersize = _A_FEW
            cursor.execute(self._statements(statement), values)
            yield from cursor

    @property
    def reached(self) -> Reached:
        others = self.in_transaction and not self._ours
        with reporting(self.name):
            try:
                # Where there are no views, that is not to be the end of somebody else's transaction.
                with self.connection.transaction() if others else nullcontext():
                    rows = self._asked(self._statements(REACHED), ())
            except _GONE:
                return Reached()
        return Reached(*rows[0]) if rows else Reached()

    @property
    def in_transaction(self) -> bool:
        return self.connection.info.transaction_status != TransactionStatus.IDLE

    @contextmanager
    def writing(self, patience: float | None = None) -> Iterator[None]:
        if self.in_transaction:
            # It may be the record's: that one has to wait for the disk, and may not come to anything.
            raise Trouble(f"{self.name}: the views cannot follow in the middle of something else.")
        with reporting(self.name), self._begun(patience) as connection:
            if connection is not self.connection:
                raise Trouble(f"{self.name}: the connection to the views was lost; try again.")
            with self._under_way(), connection.pipeline():
                yield

    @contextmanager
    def standing_still(self) -> Iterator[Database]:
        # The lock comes before the state is chosen, and nothing takes the views' place while it is held.
        with reporting(self.name):
            self.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            with self._under_way():
                self.execute("LOCK TABLE progress IN ACCESS SHARE MODE")
                yield self
        finally:
            self._end()

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        self._ours = True
        try:
            yield
        finally:
            self._ours = False

    def _end(self) -> None:
        if not self.connection.closed and self.in_transaction:
            with reporting(self.name):
                self.connection.execute("ROLLBACK")


class reporting:  # noqa: N801 - reads as a statement: with reporting(name)
    """Turns what the server says into a :class:`Trouble` that says what to do."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, psycopg.Error | OSError):
            said = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
            raise _kind(error)(
                f"{self.name}: the views cannot be used ({said}). The record is not touched by this; "
                f"{_what_to_do(error)}."
            ) from error


def _kind(error: Exception) -> type[Trouble]:
    if is_busy(error):
        return Busy
    damaged = isinstance(error, _GONE) or error_class(error) == _DAMAGED
    return Unusable if damaged else Trouble


_WHAT_TO_DO: dict[type[Exception], str] = {
    errors.InsufficientPrivilege: "give the program's role its rights by cspr migrate",
    errors.InvalidSchemaName: "run cspr migrate",
    errors.DiskFull: "make room on the server's disk",
    errors.DependentObjectsStillExist: "remove what others made of these tables, then run cspr rebuild",
}


def _what_to_do(error: Exception) -> str:
    known = (what for kind, what in _WHAT_TO_DO.items() if isinstance(error, kind))
    passes = is_busy(error) or is_lost(error)
    return next(known, "see that the server runs and try again" if passes else "run cspr rebuild")
