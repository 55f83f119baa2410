"""One database of this process for many tests, each of which finds it empty."""

import atexit
from functools import cache

import psycopg

from tests.postgres_server import APP, server

SCHEMAS = ("record", "keys", "office")
_TABLES = """
SELECT schemaname || '.' || tablename FROM pg_tables
WHERE schemaname = ANY(%s) AND tablename <> 'migrations'
"""


def emptied() -> str:
    """The address, for the role of the program, of a migrated database whose tables are all empty."""
    _shared().empty()
    return emptied_address()


def emptied_address(user: str = APP) -> str:
    """The address of the same database for a role, with whatever is in it now."""
    return server().address(_shared().name, user)


class _Shared:
    def __init__(self) -> None:
        self.name = server().new_database()
        address = server().address(self.name, server().superuser)
        self._connection = psycopg.connect(address, autocommit=True)
        atexit.register(self._connection.close)
        # Only who may do anything can pass by what guards the tables that are only appended to.
        self._connection.execute("SET session_replication_role=replica")
        tables = self._connection.execute(_TABLES, (list(SCHEMAS),)).fetchall()
        self._emptying = "; ".join(f"DELETE FROM {table}" for (table,) in tables)

    def empty(self) -> None:
        self._connection.execute(self._emptying, prepare=False)


@cache
def _shared() -> _Shared:
    return _Shared()
