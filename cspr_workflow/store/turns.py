"""Taking turns at a store: of several ticks, on whatever machines, one at a time lets time pass in it.

Two at once would do no harm, they would do the same work twice. A turn ends with the program that has it,
however that ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

import psycopg

from cspr_workflow.postgres import Server, lock_number
from cspr_workflow.postgres import reporting as reporting_server
from cspr_workflow.store.folder import StoreFolder
from cspr_workflow.store.postgres_store import ServerStore
from cspr_workflow.store.sqlite_files import reporting
from cspr_workflow.store.stores import Store

LOCK, FILE = "tick", "tick.lock"


def turn(store: Store) -> AbstractContextManager[bool]:
    """Whether it is this program's turn, which then has it to the end; nobody waits for it."""
    if isinstance(store, ServerStore):
        return _on_server(store.server)
    assert isinstance(store, StoreFolder)
    return _in_folder(store.path)


@contextmanager
def _in_folder(folder: Path) -> Iterator[bool]:
    """A file of its own is locked, and stays: the folder itself is locked by who replaces the views."""
    path = folder / FILE
    with reporting(path):
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        with reporting(path):
            mine = _locked(handle)
        yield mine
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _on_server(server: Server) -> Iterator[bool]:
    """A connection of its own holds the lock: the others may be lost and made again meanwhile."""
    number = (lock_number(server.schema(LOCK)),)
    with reporting_server(server), closing(server.connected()) as connection:
        [(mine,)] = connection.execute("SELECT pg_try_advisory_lock(%s)", number).fetchall()
        try:
            yield mine
        finally:
            # Closing alone gives it back too, but only once the server notices.
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock(%s)", number)
