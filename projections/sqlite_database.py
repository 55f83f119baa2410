"""The views in a file of SQLite's: one thread's connection to it, and what goes wrong there."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cspr_workflow.application.ports import Trouble
from projections.database import REACHED, Busy, Database, Reached, Row, Unusable

_REACHED = REACHED.replace("progress", "main.progress")
"""Not that of another database that is attached."""

_AT_LEAST = 1.0
"""Seconds for which every question waits: the first one after a crash repairs the file's log."""


class SqliteDatabase(Database):
    """A connection to a file.

    ``patience``: the seconds that it waits for somebody else's writing, unless it is told otherwise.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, patience: float) -> None:
        self.connection = connection
        self.path = path
        self.name = str(path)
        self.patience = self._waits = patience

    def execute(self, statement: str, values: Iterable[Any] = ()) -> None:
        with reporting(self.path):
            self.connection.execute(statement, tuple(values))

    def executemany(self, statement: str, rows: list[Row]) -> None:
        if rows:
            with reporting(self.path):
                self.connection.executemany(statement, rows)

    def all(self, statement: str, *values: Any) -> list[Row]:
        with reporting(self.path):
            return self.connection.execute(statement, values).fetchall()

    def each(self, statement: str, *values: Any) -> Iterator[Row]:
        with reporting(self.path):
            yield from self.connection.execute(statement, values)

    def one(self, statement: str, *values: Any) -> Row | None:
        with reporting(self.path):
            row: Row | None = self.connection.execute(statement, values).fetchone()
            return row

    @property
    def reached(self) -> Reached:
        with reporting(self.path):
            try:
                row = self.connection.execute(_REACHED).fetchone()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and "no such" not in str(error):
                    raise
                return Reached()
        return Reached(*row) if row else Reached()

    @property
    def in_transaction(self) -> bool:
        return self.connection.in_transaction

    @contextmanager
    def writing(self, patience: float | None = None) -> Iterator[None]:
        try:
            self._begin(patience)
            yield
            self.execute("COMMIT")
        finally:
            if self.in_transaction:
                self.execute("ROLLBACK")

    def _begin(self, patience: float | None) -> None:
        self.wait_for(self.patience if patience is None else patience)
        try:
            self.execute("BEGIN IMMEDIATE")
        finally:
            self.wait_for(max(self._waits, _AT_LEAST))

    def wait_for(self, patience: float) -> None:
        """From now on, wait these seconds for somebody else's writing."""
        if patience != self._waits:
            self.execute(f"PRAGMA busy_timeout={int(1000 * patience)}")
            self._waits = patience

    @contextmanager
    def standing_still(self) -> Iterator[Database]:
        self.execute("BEGIN")
        try:
            # The state is that of the first question.
            yield self
        finally:
            if self.in_transaction:
                self.execute("ROLLBACK")


class reporting:  # noqa: N801 - reads as a statement: with reporting(path)
    """Turns what the database says into a :class:`Trouble` that says what to do."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, sqlite3.Error | OSError):
            raise _kind(error)(
                f"{self.path}: the views cannot be used ({error}). The record is not touched by this; "
                "see to the disk and the file's permissions, then run cspr rebuild."
            ) from error


def _kind(error: Exception) -> type[Trouble]:
    if isinstance(error, sqlite3.OperationalError):
        return Busy if "locked" in str(error) else Trouble
    return Unusable if isinstance(error, sqlite3.DatabaseError | FileNotFoundError) else Trouble
