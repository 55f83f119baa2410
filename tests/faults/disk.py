"""Disks that are full, that fail in the middle of a write, and files that somebody else holds."""

import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

NO_LIMIT = 1_073_741_823
IMPATIENT = 0.05
"""Seconds to wait for another program, in place of those of the program."""


class FullDisk:
    """Files of a store that cannot grow until there is room again."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._connections: list[sqlite3.Connection] = []
        self._full = False

    def opened(self, path: str, connection: sqlite3.Connection) -> None:
        """A database was opened."""
        if Path(path).name in self._names:
            self._connections.append(connection)
            self._limit(connection)

    def fill(self) -> None:
        """There is no room any more, not for one page."""
        self._full = True
        for connection in self._connections:
            self._limit(connection)

    def make_room(self) -> None:
        """There is room again."""
        self._full = False
        for connection in self._connections:
            self._limit(connection)

    def _limit(self, connection: sqlite3.Connection) -> None:
        # No file is made smaller by this: the least that can be set is the size that it has.
        with suppress(sqlite3.ProgrammingError):  # it is closed
            connection.execute(f"PRAGMA max_page_count={1 if self._full else NO_LIMIT}")


@contextmanager
def full_disk(*names: str) -> Iterator[FullDisk]:
    """Files of these names can be kept from growing, in whatever is opened in this block."""
    disk = FullDisk(*names)
    connect = sqlite3.connect

    def connected(*args: Any, **more: Any) -> Any:
        made = connect(*args, **more)
        disk.opened(str(more.get("database") or args[0]), made)
        return made

    with mock.patch("sqlite3.connect", connected):
        yield disk


@contextmanager
def files_that_end_at(size: int) -> Iterator[None]:
    """In this process, no file can be written to beyond a size: a write fails in its middle."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """Another program is in the middle of writing to a database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def impatient() -> Iterator[None]:
    """Whatever is opened in this block hardly waits for other programs."""
    connect = sqlite3.connect

    def connected(*args: Any, **more: Any) -> Any:
        return connect(*args, **{**more, "timeout": IMPATIENT})

    with mock.patch("sqlite3.connect", connected):
        yield
