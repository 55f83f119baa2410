"""The tables of one part of a store, in a file or on a server: how they are read and written.

Statements are written for SQLite with ``?`` for each value, and only with what PostgreSQL reads as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from cspr_workflow.store.sqlite_files import Connections, begin, check, reporting, writing

ABOUT = "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;\n"
"""Settings by name, the first of which is whose tables these are."""


class Rows(Protocol):
    """What a statement came to."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:
        """The next row that it found, or ``None``."""


class Writing(Protocol):
    """A transaction that is under way."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Run a statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Run a statement with the values of each row."""


class Tables(Protocol):
    """Tables that any thread reads and writes. As a text, they say where they are.

    Everything raises :class:`Trouble` with what is wrong and what to do.
    """

    def close(self) -> None:
        """Give back what is held open."""

    def read(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a question; within a transaction of this thread, as that one sees them."""

    def change(self, statement: str, *values: Any) -> int:
        """Change something in a transaction of its own: how many rows."""

    def writing(self) -> AbstractContextManager[Writing]:
        """One transaction, alone: all of it, or nothing."""


class SqliteTables:
    """The tables of a file that exists."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections = Connections(path)

    def __str__(self) -> str:
        """Where the file is."""
        return str(self._path)

    def close(self) -> None:
        """Close the file."""
        self._connections.close()

    def read(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a question."""
        with reporting(self._path):
            return self._connections.mine().execute(statement, values).fetchall()

    def change(self, statement: str, *values: Any) -> int:
        """Change something in a transaction of its own: how many rows."""
        with self.writing() as connection:
            return connection.execute(statement, values).rowcount

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction: all of it, or nothing."""
        with reporting(self._path), writing(self._connections.mine()) as connection:
            yield connection


Place = Path | Tables
"""A file, or tables on a server, which were made when its database was migrated."""


def opened(place: Place, mark: int, form: int, what: str) -> Tables:
    """The tables in a place. Raises :class:`Trouble` where its file is not what it is to be."""
    if isinstance(place, Path):
        check(place, mark, form, what)
        return SqliteTables(place)
    return place


@contextmanager
def made(place: Place, tables: str, mark: int, form: int) -> Iterator[Tables]:
    """The new tables in a place, still empty; a file is made for them and closed at the end."""
    if not isinstance(place, Path):
        yield place
        return
    with reporting(place):
        begin(place, tables, mark, form)
    file = SqliteTables(place)
    try:
        yield file
    finally:
        file.close()


def appended_only(table: str) -> str:
    """Triggers that refuse to change, remove or replace a row of a table whose rows have a ``number``."""
    next_one = f"SELECT coalesce(max(number), 0) + 1 FROM {table}"  # noqa: S608 - a name of our own
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is only appended to'); END;\n"
    return (
        f"CREATE TRIGGER {table}_is_not_updated BEFORE UPDATE ON {table} {refuse}"
        f"CREATE TRIGGER {table}_is_not_deleted BEFORE DELETE ON {table} {refuse}"
        f"CREATE TRIGGER {table}_is_not_replaced BEFORE INSERT ON {table} "
        f"WHEN NEW.number IS NOT ({next_one}) {refuse}"
    )


def written(moment: datetime) -> str:
    """A moment as it is kept: in UTC, so that texts compare as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
