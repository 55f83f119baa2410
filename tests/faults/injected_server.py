"""The same on a PostgreSQL server: everything that it is asked goes through a watch, and can fail.

What fails, fails as it does there: the server refuses a statement with an error of its own, or the
connection is cut, before or after the server has done what it was asked.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from unittest import mock

import psycopg
from psycopg.pq import PipelineStatus

CONNECT, TRANSACTION = "connect", "transaction"
"""Reaching the server; the beginning or the end of several statements that is none of its own."""
_STATES = {
    "database is locked": "55P03",
    "database or disk is full": "53100",
    "disk I/O error": "58030",
}
"""PostgreSQL's numbers of the errors that are asked for in SQLite's words."""
On = Callable[..., Any]
"""Takes what is done, on which connection, and a function that does it."""


def refused() -> psycopg.OperationalError:
    """Nobody answers at the server's address."""
    return psycopg.OperationalError("connection failed: Connection refused")


class _Cursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, *args: Any, **more: Any) -> Any:
        self._says(query)
        return super().execute(query, *args, **more)

    def executemany(self, query: Any, *args: Any, **more: Any) -> None:
        self._says(query)
        super().executemany(query, *args, **more)

    def _says(self, query: Any) -> None:
        assert isinstance(self.connection, _Connection)
        self.connection.said = str(query)


class _Connection(psycopg.Connection[Any]):
    on: On
    said = ""

    def wait(self, gen: Any, *args: Any, **more: Any) -> Any:
        what, self.said = self.said or TRANSACTION, ""
        if self._in_pipeline():
            what = TRANSACTION
        self._what = what
        return self.on(what, self, lambda: super(_Connection, self).wait(gen, *args, **more))

    def fails(self, error: str, real: Callable[[], Any] | None, *, gives_up: bool) -> Any:
        """An operation fails: the server refuses it, or the connection is lost, before it or after it."""
        if not gives_up and self._what != TRANSACTION:
            return self._refused(error)
        cut(self)
        if real is not None:
            return real()
        if not self._in_pipeline():
            self._refused(error)
        return None  # what comes next shows it

    def _in_pipeline(self) -> bool:
        return self._pipeline is not None or self.pgconn.pipeline_status != PipelineStatus.OFF

    def _refused(self, error: str) -> NoReturn:
        statement = (
            f"DO $$ BEGIN RAISE EXCEPTION '{error}' USING ERRCODE = '{_STATES[error]}'; END $$"
        )
        # Who asks holds the connection's lock already.
        super().wait(psycopg.Cursor(self)._execute_gen(statement))
        raise AssertionError("it did not fail")


def cut(connection: psycopg.Connection[Any]) -> None:
    """Nothing goes through to the server any more, nor back."""
    with socket.socket(fileno=os.dup(connection.pgconn.socket)) as own:
        own.shutdown(socket.SHUT_RDWR)


@contextmanager
def watched(on: On) -> Iterator[None]:
    """Every connection that is made in this block goes through a watch, and goes on doing so."""
    kind: Any = type("_Watched", (_Connection,), {"on": staticmethod(on)})

    def connected(*args: Any, **more: Any) -> Any:
        return on(CONNECT, None, lambda: kind.connect(*args, **more, cursor_factory=_Cursor))

    with mock.patch("psycopg.connect", connected):
        yield
