"""The tables of one part of a store in a schema of a PostgreSQL database."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cspr_workflow.postgres import Connection, Server, Statements, reporting
from cspr_workflow.store.tables import Rows, Writing

_CANNOT_BE_KEPT, _INSTEAD = "\x00", "�"
"""PostgreSQL keeps every character of a text but one, which nobody can type."""


class PostgresTables:
    """The tables of a schema; whoever writes holds the lock of that schema.

    The ``server`` is closed by whoever opened it.
    """

    def __init__(self, server: Server, schema: str, names: Iterable[str]) -> None:
        self._server, self._schema = server, schema
        self._statements = Statements(server.schema(schema), names)

    def __str__(self) -> str:
        """Which database it is."""
        return str(self._server)

    def close(self) -> None:
        """Nothing is held open here."""

    def read(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a question."""
        with reporting(self._server):
            return self._server.rows(self._statements(statement), _kept(values))

    def change(self, statement: str, *values: Any) -> int:
        """Change something in a transaction of its own: how many rows."""
        with self.writing() as connection:
            return connection.execute(statement, values).rowcount

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction: all of it, or nothing."""
        with reporting(self._server), self._server.writing(self._schema) as connection:
            yield _Writing(connection, self._statements)


class _Writing:
    """A transaction that is under way."""

    def __init__(self, connection: Connection, statements: Statements) -> None:
        self._connection, self._statements = connection, statements

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        return self._connection.execute(self._statements(statement), _kept(values))

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(self._statements(statement), map(_kept, rows))


def _kept(values: Sequence[Any]) -> list[Any]:
    return [
        value.replace(_CANNOT_BE_KEPT, _INSTEAD) if isinstance(value, str) else value
        for value in values
    ]
