"""The form of the views: which tables this program makes, and what their rows mean."""

import os
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from projections import agreed_actions, chronology, due_items, register, standings, timeliness
from projections.database import Database

VIEWS: tuple[ModuleType, ...] = (
    standings,
    chronology,
    agreed_actions,
    timeliness,
    due_items,
    register,
)
"""Each view, after those whose rows it reads."""
MEANING = 2
"""Raise this by one when a row comes to mean something else while its table stays as it is.

That is so whenever the same record would give other rows: another way of judging a stay, another
moment, a word of the outcome. A test that holds the rows of one history fails until it is done.
"""
TABLES = (
    "CREATE TABLE progress (position INTEGER NOT NULL, command TEXT NOT NULL, form TEXT NOT NULL);\n"
    + "".join(view.TABLES for view in VIEWS)
)
FORM = sha256(f"{MEANING}\n{TABLES}".encode()).hexdigest()[:16]
"""Which form of the views this program makes; views of another form are built anew."""


def begin(path: Path, form: str) -> None:
    """Make a new file with the tables of the views, which have followed nothing yet."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(TABLES)
        connection.execute("INSERT INTO progress VALUES (0, '', ?)", (form,))


def of(database: Database) -> str:
    """The form of the views that are there; empty where there are none that can be read."""
    try:
        row = database.connection.execute("SELECT form FROM main.progress").fetchone()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "no such" not in str(error):
            raise
        return ""
    return row[0] if row else ""


def make_tables_anew(database: Database) -> None:
    """Put the tables of this form in the place of whatever is there, in the caller's transaction."""
    there = database.all(
        "SELECT type, name FROM main.sqlite_master WHERE type IN ('table', 'view', 'trigger') "
        "AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY type='table'"
    )
    for kind, name in there:
        quoted = name.replace('"', '""')
        database.execute(f'DROP {kind} IF EXISTS main."{quoted}"')
    for statement in filter(str.strip, TABLES.split(";\n")):
        database.execute(statement)


def tables(database: Database) -> list[str]:
    """The tables of the views."""
    rows = database.all("SELECT name FROM main.sqlite_master WHERE type='table' ORDER BY name")
    return [name for (name,) in rows]
