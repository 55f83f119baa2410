"""What the SQLite files of a store share: how they are opened, and what is said when one fails."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from eventsourcing.persistence import DatabaseError, InterfaceError, OperationalError

from cspr_workflow.application.ports import Trouble

LOCK_TIMEOUT = 10
"""Seconds to wait for another program that is writing."""

_FAILURES = (sqlite3.Error, DatabaseError, InterfaceError, OperationalError, OSError)


def connected(
    path: Path, *, durable: bool = True, kind: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """A connection to a file that exists; transactions are begun by hand."""
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=LOCK_TIMEOUT, check_same_thread=False, factory=kind
    )
    connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
    return connection


def begin(path: Path, statements: str, mark: int, version: int) -> None:
    """Make a new file with its tables; ``mark`` says whose file it is, ``version`` its form."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.close(handle)
    with closing(connected(path)) as connection:
        connection.execute(f"PRAGMA application_id={mark}")
        connection.execute(f"PRAGMA user_version={version}")
        connection.executescript(statements)
        connection.execute("PRAGMA journal_mode=WAL")


class _OfAThread(sqlite3.Connection):
    """A connection that nobody but its thread holds: when the thread ends, it is closed."""


class Connections:
    """A connection to a file for each thread that asks for one; it ends with its thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._made: WeakSet[sqlite3.Connection] = WeakSet()
        self._lock = threading.Lock()

    def mine(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connected(self._path, kind=_OfAThread)
            with self._lock:
                self._made.add(connection)
        return connection

    def close(self) -> None:
        """Close every connection."""
        self._local = threading.local()
        with self._lock:
            for connection in list(self._made):
                connection.close()
            self._made.clear()


def check(path: Path, mark: int, version: int, what: str) -> None:
    """Refuse a file that is not there, is damaged, is somebody else's or has another form.

    Only the database looks into the file: opening it in any other way would drop the locks that this
    program holds on it.
    """
    with reporting(path):
        if not path.is_file():
            raise Trouble(f"{path}: {what} is missing. Copy it back from its newest backup.")
        with closing(connected(path)) as connection:
            found_mark = connection.execute("PRAGMA application_id").fetchone()[0]
            found_version = connection.execute("PRAGMA user_version").fetchone()[0]
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            page = connection.execute("PRAGMA page_size").fetchone()[0]
            whole = not _log_is_taken_over(path) or path.stat().st_size >= pages * page
    if found_mark == mark and not whole:
        raise Trouble(f"{path}: the file is cut off. Restore it from its backup (cspr restore).")
    if found_mark != mark:
        raise Trouble(
            f"{path}: this is not {what} of a partnership's store, or it is cut off. "
            "Restore it from its backup (cspr restore)."
        )
    if found_version != version:
        raise Trouble(
            f"{path}: {what} has form {found_version}; this program reads form {version}. "
            "Use the version of cspr-workflow that wrote it."
        )


def _log_is_taken_over(path: Path) -> bool:
    """Whether everything written stands in the file itself, not in the log beside it."""
    log = path.with_name(f"{path.name}-wal")
    return not log.exists() or log.stat().st_size == 0


@contextmanager
def closing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Close a connection at the end, whatever happened."""
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One transaction that takes the lock at once: all of it, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


class reporting:  # noqa: N801 - reads as a statement: with reporting(path)
    """Turns what the database says into a :class:`Trouble` that says what to do."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, _FAILURES):
            raise Trouble(f"{self.path}: {sentence(error)}") from error


def sentence(error: BaseException) -> str:
    """What went wrong with a file, and what to do."""
    # A file's own name is no sign of what went wrong with it.
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    for sign, what in _SENTENCES.items():
        if sign in text:
            return what
    return f"{text}. Nothing was recorded."


_SENTENCES = {
    "locked": "another program has been writing for too long. Nothing was recorded; try again.",
    "disk is full": "the disk is full. Nothing was recorded; make room and try again.",
    "readonly": "the file or its folder cannot be written to. Nothing was recorded; see its permissions.",
    "unable to open": "the file cannot be opened. See that the folder is there and may be written to.",
    "malformed": "the file is damaged or cut off. Restore it from its backup (cspr restore).",
    "not a database": "the file is damaged, cut off, or no file of a store. Restore it from its backup (cspr restore).",
    "disk I/O error": "the disk failed or is full. Nothing was recorded; see to the disk, then try again.",
    "No space left": "the disk is full. Nothing was recorded; make room and try again.",
    "Permission denied": "the file cannot be opened. See its permissions.",
}
