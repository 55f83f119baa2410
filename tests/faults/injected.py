"""Faults put into a store's databases: every operation is counted, and one of them is disturbed.

An operation is opening a database, a statement, a commit, or what is done to a file around them; on a
server (:mod:`tests.faults.injected_server`) it is whatever the server is asked. In a block ``with
disturbed(...)`` everything that opens a database gets one that counts.
"""

import errno
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol
from unittest import mock

from tests.faults import injected_server

Real = Callable[[], Any]
COMMIT, OPEN = "COMMIT", "open"
_FILE_OPERATIONS = ("link", "rename", "replace", "unlink", "fsync", "mkdir")
LOCKED, FULL, BROKEN = "database is locked", "database or disk is full", "disk I/O error"


class Failing(Protocol):
    """A connection on which an operation can fail."""

    def fails(self, error: str, real: Real | None, *, gives_up: bool) -> Any:
        """An operation fails, with an error or with the whole transaction.

        ``real`` does it; ``None`` where it has been done.
        """


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, by its number: on which database, or by which call of the system."""

    number: int
    what: str
    connection: Failing | None = None

    def __str__(self) -> str:
        return f"operation {self.number} ({' '.join(self.what.split())[:90]})"


class Watch:
    """Counts operations and lets each of them happen. ``fetches``: fetching rows is one as well."""

    def __init__(self, *, fetches: bool = False) -> None:
        self.fetches = fetches
        self.count = 0
        self.struck: Operation | None = None

    def on(self, what: str, connection: Failing | None, real: Real) -> Any:
        """One more operation."""
        self.count += 1
        return self.happens(Operation(self.count, what, connection), real)

    def happens(self, operation: Operation, real: Real) -> Any:
        """The operation; a disturbance overrides this."""
        return real()


class Fails(Watch):
    """One operation fails, and none after it.

    ``after``: it fails after it has in truth been done. ``rolls_back``: the database gives up the whole
    transaction by itself, as it does where a disk fails or a server is lost.
    """

    def __init__(
        self, error: str, *, after: bool = False, rolls_back: bool = False, fetches: bool = False
    ) -> None:
        super().__init__(fetches=fetches)
        self.number = 0
        self.error = error
        self.after, self.rolls_back = after, rolls_back

    def strike(self, number: int) -> None:
        """The operation of this number, counted from now on, is to fail."""
        self.count, self.number = 0, number

    def happens(self, operation: Operation, real: Real) -> Any:
        """The operation, or its failure."""
        if operation.number != self.number:
            return real()
        self.struck, self.number = operation, 0
        left: Real | None = real
        if self.after:
            real()
            left = None
        if operation.connection is None:
            raise _failure(operation)
        given_up = self.rolls_back or self.after
        return operation.connection.fails(self.error, left, gives_up=given_up)


def _failure(operation: Operation) -> Exception:
    """The failure of an operation that is on no connection."""
    if operation.what == OPEN:
        return sqlite3.OperationalError("unable to open database file")
    if operation.what == injected_server.CONNECT:
        return injected_server.refused()
    return OSError(errno.EIO, os.strerror(errno.EIO))


class Kills(Watch):
    """This process is killed at the operation of one number: just before it, or just after it."""

    def __init__(self, number: int, *, after: bool) -> None:
        super().__init__()
        self.number, self.after = number, after

    def happens(self, operation: Operation, real: Real) -> Any:
        """The operation, or the end."""
        if operation.number == self.number and not self.after:
            kill_this_process()
        done = real()
        if operation.number == self.number:
            kill_this_process()
        return done


def kill_this_process() -> None:
    """The end of this process, as ``kill -9`` brings it about."""
    os.kill(os.getpid(), signal.SIGKILL)


class _Connection(sqlite3.Connection):
    watch: Watch

    def cursor(self, *args: Any, **more: Any) -> Any:
        return super().cursor(_Cursor)

    def execute(self, *args: Any) -> sqlite3.Cursor:
        return self.cursor().execute(*args)  # type: ignore[no-any-return]

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        return self.cursor().executemany(*args)  # type: ignore[no-any-return]

    def executescript(self, script: str) -> sqlite3.Cursor:
        real = super().executescript
        return self.watch.on("script", self, lambda: real(script))  # type: ignore[no-any-return]

    def commit(self) -> None:
        self.watch.on(COMMIT, self, super().commit)

    def fails(self, error: str, _: Real | None, *, gives_up: bool) -> NoReturn:
        if gives_up:
            with suppress(sqlite3.Error):
                super().rollback()
        raise sqlite3.OperationalError(error)


class _Cursor(sqlite3.Cursor):
    def execute(self, statement: str, values: Any = (), /) -> Any:
        return self._on(statement, lambda: super(_Cursor, self).execute(statement, values))

    def executemany(self, statement: str, rows: Any, /) -> Any:
        return self._on(statement, lambda: super(_Cursor, self).executemany(statement, rows))

    def fetchone(self) -> Any:
        return self._fetch(super().fetchone)

    def fetchall(self) -> Any:
        return self._fetch(super().fetchall)

    def _fetch(self, real: Real) -> Any:
        connection = self.connection
        assert isinstance(connection, _Connection)
        return self._on("fetch", real) if connection.watch.fetches else real()

    def _on(self, statement: str, real: Real) -> Any:
        connection = self.connection
        assert isinstance(connection, _Connection)
        return connection.watch.on(statement, connection, real)


@contextmanager
def disturbed(watch: Watch) -> Iterator[Watch]:
    """Every database opened in this block, and every operation on files, goes through a watch.

    A database goes on doing so afterwards.
    """
    kind = type("_Watched", (_Connection,), {"watch": watch})
    connect = sqlite3.connect

    def connected(*args: Any, **more: Any) -> Any:
        return watch.on(OPEN, None, lambda: connect(*args, **{**more, "factory": kind}))

    with ExitStack() as patched:
        patched.enter_context(mock.patch("sqlite3.connect", connected))
        patched.enter_context(injected_server.watched(watch.on))
        for name in _FILE_OPERATIONS:
            patched.enter_context(mock.patch.object(os, name, _file(watch, name)))
        yield watch


def _file(watch: Watch, name: str) -> Callable[..., Any]:
    real = getattr(os, name)
    return lambda *args, **more: watch.on(name, None, lambda: real(*args, **more))
