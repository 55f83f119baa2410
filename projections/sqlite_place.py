"""Views in a file of their own.

New views are built in a file beside; their rows take the place of the old ones in one transaction, while
others go on reading. Only a file that cannot be used at all is replaced by another.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from cspr_workflow.application.ports import Trouble
from projections import files, form
from projections.database import Database, Unusable
from projections.place import Beside, Following, Place
from projections.sqlite_database import reporting

PATIENCE_TO_TIDY = 1.0
"""Seconds to wait for others before it is left to them to have what was written taken into the file."""
_ATTEMPTS = 10


class SqlitePlace(Place):
    """A file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.connections = files.Connections(path)

    def mine(self) -> Database | None:
        with self.reporting():
            try:
                return self.connections.mine()
            except FileNotFoundError:
                return None

    @contextmanager
    def beside(self, views: Following, patience: float | None = None) -> Iterator[Beside | None]:  # noqa: ARG002 - nobody is waited for
        beside = SqliteBeside(self)
        try:
            begin(beside.path, views.wanted)
            yield beside
        finally:
            beside.close()
            files.remove(beside.path)

    def reporting(self) -> AbstractContextManager[None]:
        return reporting(self.path)

    def close(self) -> None:
        self.connections.close()


class SqliteBeside(SqlitePlace, Beside):
    """A file beside another."""

    def __init__(self, of: SqlitePlace) -> None:
        super().__init__(files.beside(of.path))
        self._of = of

    def put_in_place(self, views: Following, built: Following) -> int | None:
        """By the rows of what was built, or by its file where there is none that can be used."""
        path = self._of.path
        for _ in range(_ATTEMPTS):
            there = files.judged(path)
            if there is not None:
                try:
                    return self._take_over(views, built)
                except Unusable:
                    pass
            self._of.connections.drop()
            position = built.position
            built.close()
            if files.put_in_place(self.path, path, there):
                return position
            if there is None and views.usable() is not None:
                return None
        raise Trouble(f"{path}: others are replacing the views all the time; try again.")

    def _take_over(self, views: Following, built: Following) -> int:
        path = self._of.path
        with self.reporting(), files.connected(path) as database:
            if database.one("PRAGMA journal_mode") != ("wal",):
                raise Unusable(f"{path}: this file holds no views.")
            database.execute("ATTACH ? AS built", (str(self.path),))
            while True:
                position = built.catch_up()
                last = views.last()
                with database.writing():
                    there = database.reached
                    if there.form == views.wanted and position < there.position <= last:
                        continue
                    if not there.form.startswith(form.FORM):
                        make_tables_anew(database)
                    take_rows(database)
                # Else it would be the next question that has so much written to the file itself.
                database.wait_for(PATIENCE_TO_TIDY)
                database.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
                return position


# --- Tables --------------------------------------------------------------------------------------


def begin(path: Path, wanted: str) -> None:
    """Make a new file with the tables of the views, which have followed nothing yet."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(form.TABLES)
        connection.execute(form.BEGIN, (wanted,))


def make_tables_anew(database: Database) -> None:
    """Put the tables of this form in the place of whatever is there, in the caller's transaction."""
    there = database.all(
        "SELECT type, name FROM main.sqlite_master WHERE type IN ('table', 'view', 'trigger') "
        "AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY type='table'"
    )
    for kind, name in there:
        quoted = name.replace('"', '""')
        database.execute(f'DROP {kind} IF EXISTS main."{quoted}"')
    for statement in filter(str.strip, form.TABLES.split(";\n")):
        database.execute(statement)


def take_rows(database: Database) -> None:
    """Put the rows of what was built in the place of those that are there, in the caller's transaction."""
    for table in form.NAMES:
        database.execute(f"DELETE FROM main.{table}")  # noqa: S608 - our own tables
        database.execute(f"INSERT INTO main.{table} SELECT * FROM built.{table}")  # noqa: S608
