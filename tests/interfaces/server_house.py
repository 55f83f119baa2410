"""The business unit of :mod:`tests.interfaces.house` with its store on a PostgreSQL server."""

from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cspr_workflow.interfaces import cli
from cspr_workflow.interfaces.desk import VARIABLE
from cspr_workflow.postgres import Server
from tests.interfaces.house import House
from tests.postgres_database import emptied_address
from tests.postgres_server import APP, OWNER, server

_TABLES = """
SELECT schemaname || '.' || tablename FROM pg_tables
WHERE schemaname IN ('record', 'keys', 'office') ORDER BY 1
"""


class ServerHouse(House):
    """It works under the role of the program; ``as_owner`` is the address under that of the owner.

    The address is in the environment, as people have it. Nobody waits for a server that does not answer.
    """

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, reached: Callable[[str], str]
    ) -> None:
        super().__init__(folder, monkeypatch)
        self.app = cli.app
        self.address, self.as_owner = reached(APP), reached(OWNER)
        monkeypatch.setenv(VARIABLE, self.address)
        monkeypatch.setattr(Server.__init__, "__defaults__", (0.0,))

    @classmethod
    def of_shared(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> "ServerHouse":
        """With the database that the tests of this process share; whoever uses it empties it first."""
        return cls(folder, monkeypatch, emptied_address)

    @classmethod
    def of_database(cls, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> "ServerHouse":
        """With a database of its own."""
        return cls(folder, monkeypatch, partial(server().address, name))

    def __str__(self) -> str:
        """The store, as the commands name it."""
        return str(Server(self.address))

    def owner(self) -> "closing[psycopg.Connection[Any]]":
        """Whoever owns the database, with a client of PostgreSQL and nothing of ours."""
        return closing(psycopg.connect(self.as_owner, autocommit=True))

    def unguarded(self, *statements: str) -> None:
        """The owner does something to the record that its triggers would refuse."""
        with self.owner() as owner:
            for table in ("stored_events", "sealed_texts", "command_log"):
                owner.execute(f"ALTER TABLE record.{table} DISABLE TRIGGER USER")
            for statement in statements:
                owner.execute(statement)
            for table in ("stored_events", "sealed_texts", "command_log"):
                owner.execute(f"ALTER TABLE record.{table} ENABLE TRIGGER USER")

    def tables(self) -> Mapping[str, list[Any]]:
        """Every row of the record, the keys and the office."""
        with self.owner() as owner:
            names = [name for (name,) in owner.execute(_TABLES).fetchall()]
            return {
                name: sorted(owner.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
                for name in names
            }

    def everything(self) -> list[Any]:
        return [sorted(path.name for path in self.folder.iterdir()), self.tables()]

    def types(self) -> list[str]:
        return [row[3] for row in sorted(self.tables()["record.stored_events"])]
