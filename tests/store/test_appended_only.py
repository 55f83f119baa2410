"""The record is only ever appended to: the database itself refuses all else, whoever asks.

What is tried here is tried with plain SQLite, as by somebody who has the file and not the program.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cspr_workflow.store import folder
from tests.store.store_world import RECORD, StoreWorld

TABLES = ("about", "stored_events", "sealed_texts", "command_log")
ANOTHER = {
    "about": ("value", "'another'"),
    "stored_events": ("state", "x'00'"),
    "sealed_texts": ("box", "x'00'"),
    "command_log": ("digest", "'another'"),
}
"""A column of each table that is no part of its key, and another value for it."""


@pytest.fixture
def file(world: StoreWorld) -> Iterator[sqlite3.Connection]:
    """The record's file with something in each of its tables, opened with plain SQLite."""
    world.raised()
    with closing(sqlite3.connect(world.folder / RECORD, isolation_level=None)) as connection:
        yield connection


def content(file: sqlite3.Connection) -> dict[str, list[tuple]]:
    return {
        table: file.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES
    }


def columns(file: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in file.execute(f"PRAGMA table_info({table})")]


def refused(file: sqlite3.Connection, statement: str, *values: object) -> None:
    """The statement is refused, and everything stays as it was."""
    before = content(file)
    with pytest.raises(sqlite3.IntegrityError):
        file.execute(statement, values)
    assert content(file) == before


def as_another(file: sqlite3.Connection, table: str) -> str:
    """A question for the rows of a table, with another value in a column beside the key."""
    changed, value = ANOTHER[table]
    parts = [value if column == changed else column for column in columns(file, table)]
    return f"SELECT {', '.join(parts)} FROM {table} ORDER BY 1 LIMIT 1"


def test_every_table_of_the_record_is_known_here_and_holds_something(file):
    named = "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'"
    assert {name for (name,) in file.execute(named)} == set(TABLES)
    assert all(content(file).values())


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_changed(file, table):
    for column in columns(file, table):
        refused(file, f"UPDATE {table} SET {column}={column}")
    changed, value = ANOTHER[table]
    refused(file, f"UPDATE OR REPLACE {table} SET {changed}={value}")


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_removed(file, table):
    refused(file, f"DELETE FROM {table}")
    refused(
        file,
        f"DELETE FROM {table} WHERE rowid=1"
        if table == "stored_events"
        else f"DELETE FROM {table} WHERE 1",
    )


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_replaced(file, table):
    """Replacing removes a row without asking the triggers that stand before a removal."""
    refused(file, f"INSERT OR REPLACE INTO {table} {as_another(file, table)}")
    refused(file, f"REPLACE INTO {table} {as_another(file, table)}")


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_put_over_another(file, table):
    changed, value = ANOTHER[table]
    statement = f"INSERT INTO {table} {as_another(file, table).replace('ORDER', 'WHERE 1 ORDER')} "
    refused(file, f"{statement} ON CONFLICT DO UPDATE SET {changed}={value}")
    refused(file, statement)


def test_no_event_can_take_the_place_of_another_in_its_stream(file):
    last = file.execute("SELECT max(position) FROM stored_events").fetchone()[0]
    taken = "SELECT ?, originator_id, originator_version, topic, x'00' FROM stored_events WHERE position=3"
    refused(file, f"INSERT INTO stored_events {taken}", last + 1)
    refused(file, f"INSERT OR REPLACE INTO stored_events {taken}", last + 1)


@pytest.mark.parametrize("table", TABLES)
def test_a_whole_transaction_goes_where_one_part_is_refused(file, table):
    before = content(file)
    file.execute("BEGIN IMMEDIATE")
    file.execute("INSERT INTO command_log VALUES ('an id', 'a digest', 1, 1)")
    with pytest.raises(sqlite3.IntegrityError):
        file.execute(f"DELETE FROM {table}")
    file.execute("ROLLBACK")
    assert content(file) == before


def test_what_was_tried_disturbs_no_program(world: StoreWorld):
    world.raised()
    before = world.told()
    with closing(sqlite3.connect(world.folder / RECORD)) as connection:
        for table in TABLES:
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(f"DELETE FROM {table}")
    world.agreed("2026-11-30T10:00", "2026-12-08")
    assert world.told()[: len(before)] == before
    assert len(world.told()) > len(before)


@pytest.mark.parametrize("rehearsal", [True, False])
def test_a_rehearsal_is_marked_for_good(place: Path, rehearsal: bool):
    folder.make(place / "store", rehearsal=rehearsal)
    with closing(sqlite3.connect(place / "store" / RECORD)) as connection:
        for statement in ("UPDATE about SET value='x'", "REPLACE INTO about VALUES ('kind', 'x')"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
            connection.rollback()
    store = folder.open_store(place / "store")
    assert store.rehearsal is rehearsal
    store.close()
