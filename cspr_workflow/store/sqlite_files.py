"""What the SQLite files of a store share: how they are opened, and what is said when one fails."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventsourcing.persistence import DatabaseError, InterfaceError, OperationalError

from cspr_workflow.application.ports import Trouble

LOCK_TIMEOUT = 10
"""Seconds to wait for another program that is writing."""

_MAGIC = b"SQLite format 3\x00"
_FAILURES = (sqlite3.Error, DatabaseError, InterfaceError, OperationalError, OSError)


def connected(path: Path, *, durable: bool = True) -> sqlite3.Connection:
    """A connection to a file that exists; transactions are begun by hand."""
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=LOCK_TIMEOUT, check_same_thread=False
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


def check(path: Path, mark: int, version: int, what: str) -> None:
    """Refuse a file that is not there, is cut off, is somebody else's or has another form."""
    if not path.is_file():
        raise Trouble(f"{path}: {what} is missing. Restore it from its backup (cspr restore).")
    with reporting(path):
        with path.open("rb") as file:
            head = file.read(100)
        if len(head) < 100 or not head.startswith(_MAGIC):
            raise Trouble(
                f"{path}: this is no file of a partnership's store, or it is cut off. "
                "Restore it from its backup (cspr restore)."
            )
        page = int.from_bytes(head[16:18], "big")
        pages = int.from_bytes(head[28:32], "big")
        if path.stat().st_size < pages * (65536 if page == 1 else page):
            raise Trouble(
                f"{path}: the file is cut off. Restore it from its backup (cspr restore)."
            )
        found_mark = int.from_bytes(head[68:72], "big")
        found_version = int.from_bytes(head[60:64], "big")
        if found_mark != mark:
            raise Trouble(f"{path}: this SQLite file is not {what} of a partnership's store.")
        if found_version != version:
            raise Trouble(
                f"{path}: {what} has form {found_version}; this program reads form {version}. "
                "Use the version of cspr-workflow that wrote it."
            )


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


@contextmanager
def reporting(path: Path) -> Iterator[None]:
    """Turn what the database says into a sentence that says what to do."""
    try:
        yield
    except _FAILURES as error:
        raise Trouble(f"{path}: {sentence(error)}") from error


def sentence(error: BaseException) -> str:
    """What went wrong with a file, and what to do."""
    text = str(error)
    for sign, what in _SENTENCES.items():
        if sign in text:
            return what
    return f"{text}. Nothing was recorded."


_SENTENCES = {
    "locked": "another program has been writing for too long. Nothing was recorded; try again.",
    "disk is full": "the disk is full. Nothing was recorded; make room and try again.",
    "readonly": "the file or its folder cannot be written to. Nothing was recorded; see its permissions.",
    "unable to open": "the file cannot be opened. See that the folder is there and may be written to.",
    "malformed": "the file is damaged. Restore it from its backup (cspr restore).",
    "not a database": "the file is damaged or is no file of a store. Restore it from its backup (cspr restore).",
    "disk I/O error": "the disk failed. Nothing was recorded; see to the disk, then try again.",
    "No space left": "the disk is full. Nothing was recorded; make room and try again.",
    "Permission denied": "the file cannot be opened. See its permissions.",
}
