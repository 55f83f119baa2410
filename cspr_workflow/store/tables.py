"""The tables of one SQLite file: read and written by any thread, with a sentence for what fails."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cspr_workflow.store.sqlite_files import Connections, reporting, writing


class Tables:
    """The tables of a file that exists."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connections = Connections(path)

    def close(self) -> None:
        """Close the file."""
        self._connections.close()

    def read(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a question."""
        with reporting(self.path):
            return self._connections.mine().execute(statement, values).fetchall()

    def change(self, statement: str, *values: Any) -> int:
        """Change something in a transaction of its own: how many rows."""
        with self.writing() as connection:
            return connection.execute(statement, values).rowcount

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing."""
        with reporting(self.path), writing(self._connections.mine()) as connection:
            yield connection


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
