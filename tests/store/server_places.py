"""Databases for the tests: each a new one, migrated, in which the program may do only what it was granted."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.postgres_server import APP, server


@contextmanager
def server_place() -> Iterator[str]:
    """The address of a database of its own, under the program's role."""
    with server().database() as name:
        yield server().address(name, APP)
