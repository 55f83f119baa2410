"""What the tests under faults look at and spoil in a store on a server, behind the program's back."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.postgres_server import APP, OWNER


def rows(address: str, statement: str) -> list[Sequence[Any]]:
    """The rows of one question, which the owner of the database may ask."""
    with psycopg.connect(_as_owner(address)) as connection:
        return list(connection.execute(statement).fetchall())


def change(address: str, *statements: str) -> None:
    """Statements in one transaction, by the program's own role."""
    with psycopg.connect(address) as connection:
        for statement in statements:
            connection.execute(statement)


def lose_views(address: str) -> None:
    """Every table of the views goes."""
    found = rows(address, "SELECT tablename FROM pg_tables WHERE schemaname='views'")
    change(address, *(f"DROP TABLE views.{table} CASCADE" for (table,) in found))


def _as_owner(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.replace(APP, OWNER, 1)).geturl()
