"""The file of the views: a connection for each thread, which file it is, and one file for another.

While anybody uses a database, its file is not removed and no other is given its name, except where it
is damaged: then by one program at a time, and everybody else notices that it is another file.
"""

import errno
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakSet

from projections.sqlite_database import SqliteDatabase

LOCK_TIMEOUT = 10
"""Seconds to wait for another program that is writing."""
_BESIDE = ".new"
_PAUSE = 0.005
_ATTEMPTS = 20
Mark = tuple[int, ...]


def mark(path: Path) -> Mark | None:
    """Which file stands at a path, or ``None`` where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def judged(path: Path) -> Mark | None:
    """Which file stands at a path and since when as it is; for one that may turn out to be unusable."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_ctime_ns


# --- Connections -------------------------------------------------------------------------------


class _Connected:
    """A connection and the file that it is to; closed with the last that holds it."""

    def __init__(self, file: Mark, database: SqliteDatabase) -> None:
        self.file, self.database = file, database

    def close(self) -> None:
        self.database.connection.close()

    __del__ = close


def _opened(path: Path) -> _Connected:
    """A connection to a file that is there: the same one before and after it was opened."""
    for _ in range(_ATTEMPTS):
        before = mark(path)
        if before is None:
            raise FileNotFoundError(errno.ENOENT, "there is no such file", str(path))
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=LOCK_TIMEOUT, check_same_thread=False
        )
        connected = _Connected(before, SqliteDatabase(connection, path, LOCK_TIMEOUT))
        # The file's log is found by its name, at the first question: it has to be that of this file.
        # What is wrong with the file shows at the next one.
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        if mark(path) == before:
            return connected
    raise OSError(errno.EBUSY, "the file is replaced again and again", str(path))


class Connections:
    """A connection to a file for each thread that asks for one.

    One whose file is gone or has been replaced is opened anew; one whose thread has ended is closed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: WeakSet[_Connected] = WeakSet()
        self._lock = threading.Lock()

    def mine(self) -> SqliteDatabase:
        """This thread's connection."""
        held: _Connected | None = getattr(self._local, "held", None)
        if held is None or held.file != mark(self._path):
            self.drop()
            held = self._local.held = _opened(self._path)
            with self._lock:
                self._all.add(held)
        return held.database

    def drop(self) -> None:
        """Close this thread's connection."""
        held: _Connected | None = getattr(self._local, "held", None)
        if held is not None:
            self._local.held = None
            held.close()

    def close(self) -> None:
        """Close every connection; a thread that asks again gets a new one."""
        self._local = threading.local()
        with self._lock:
            for held in list(self._all):
                held.close()


@contextmanager
def connected(path: Path) -> Iterator[SqliteDatabase]:
    """A connection of its own, for what would leave a thread's in doubt."""
    own = _opened(path)
    try:
        yield own.database
    finally:
        own.close()


# --- One file for another ------------------------------------------------------------------------


def beside(path: Path) -> Path:
    """Where this thread can make another file; what programs that died left there is removed."""
    _remove_left_behind(path)
    place = f"{os.getpid()}.{threading.get_native_id()}"
    found = path.with_name(f"{path.name}.{place}{_BESIDE}")
    remove(found)
    return found


def put_in_place(made: Path, path: Path, unusable: Mark | None) -> bool:
    """Give a file its name, in place of one that was :func:`judged` unusable: whether nobody was faster.

    ``made`` is closed. Programs do this one after the other, and each looks again once it is its turn:
    a file that somebody put there meanwhile may be in use, and stays.
    """
    with _alone(path.parent):
        if judged(path) != unusable:
            return False
        # Also where there is no such file: a log of one that is gone is not that of the new one.
        remove(path)
        try:
            os.link(made, path)
        except FileExistsError:
            return False
    return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While no other program or thread puts a file in place here; a lock that a program's end gives up."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    until = time.monotonic() + LOCK_TIMEOUT
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise OSError(
                    errno.EBUSY,
                    "another program has been replacing the views for too long",
                    str(folder),
                ) from None
            time.sleep(_PAUSE)


def _remove_left_behind(path: Path) -> None:
    """Remove what programs that died left beside the views."""
    for left in path.parent.glob(f"{path.name}.*{_BESIDE}"):
        program = left.name.removeprefix(f"{path.name}.").partition(".")[0]
        try:
            os.kill(int(program), 0)
        except (ProcessLookupError, ValueError):
            remove(left)
        except OSError:
            pass  # somebody else's program, which is there


def remove(path: Path) -> None:
    """Remove a database and what belongs to it, where it is there."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
