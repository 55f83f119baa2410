"""What the tests of this folder look for can be seen where it is so."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cspr_workflow.store import folder
from tests.faults import checks
from tests.faults.checks import Broken
from tests.faults.scenarios import ACTION, tick
from tests.faults.stores import Stores, course, lose_views, opened


@pytest.fixture
def path(stores: Stores) -> Iterator[Path]:
    path = stores.after((*ACTION, tick("2026-12-10T09:00")))
    checks.sound_and_right(path)
    yield path
    shutil.rmtree(path)


def damaged(path: Path, *statements: str, file: str = folder.RECORD) -> None:
    """Statements that nothing of the program would ever carry out."""
    with closing(sqlite3.connect(path / file, isolation_level=None)) as database:
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            database.execute(statement)


LAST = "(SELECT max(position) FROM stored_events)"


@pytest.mark.parametrize(
    ("statements", "seen"),
    [
        ([f"DELETE FROM stored_events WHERE position={LAST}"], "end at|are of"),
        (["DELETE FROM stored_events WHERE position=5"], "are of|has"),
        (["DELETE FROM command_log WHERE last=(SELECT max(last) FROM command_log)"], "end at"),
        ([f"INSERT INTO command_log VALUES ('more', '', {LAST}+1, {LAST}+1)"], "are of"),
        (["DELETE FROM sealed_texts"], "without a box"),
        (
            [
                f"UPDATE stored_events SET originator_version=9 WHERE position={LAST}",
            ],
            "version of",
        ),
        (
            [
                "UPDATE stored_events SET state=json_set(state, '$.recorded', "
                f"'2020-01-01T00:00:00+00:00') WHERE position={LAST}"
            ],
            "then 2020",
        ),
    ],
    ids=["a lost end", "a gap", "a command", "a command of nothing", "texts", "a version", "time"],
)
def test_what_is_wrong_in_a_record_is_seen(path: Path, statements: list[str], seen: str) -> None:
    damaged(path, *statements)
    with pytest.raises(Broken, match=seen):
        checks.sound(path)


def test_a_move_that_is_made_twice_is_seen(path: Path) -> None:
    damaged(
        path,
        "INSERT INTO stored_events SELECT position+1, originator_id, originator_version+1, topic, "
        "json_set(state, '$.position', position+1, '$.version', originator_version+1) "
        f"FROM stored_events WHERE position={LAST}",
    )
    with closing(sqlite3.connect(path / folder.RECORD)) as record:
        stored = checks.stored_in(record)
    with pytest.raises(Broken, match="twice"):
        checks.nothing_doubled(stored)


def test_keys_that_are_gone_are_seen(path: Path) -> None:
    damaged(path, "DELETE FROM keys", file=folder.KEYS)
    with pytest.raises(Broken, match="without a key"):
        checks.sound(path)


def test_a_file_that_is_damaged_is_seen(path: Path) -> None:
    whole = (path / folder.RECORD).read_bytes()
    (path / folder.RECORD).write_bytes(whole[:8192] + b"\0" * 4096 + whole[12288:])
    with pytest.raises((Broken, sqlite3.DatabaseError)):
        checks.sound(path)


def test_views_that_differ_from_the_record_are_seen(path: Path) -> None:
    damaged(path, "DELETE FROM due_items", "DELETE FROM cases", file=folder.VIEWS)
    with pytest.raises(Broken, match="the views miss"), opened(path) as desk:
        checks.views_are_right(desk)


def test_an_act_that_is_missing_or_too_many_is_seen(stores: Stores, path: Path) -> None:
    steps = (*ACTION, tick("2026-12-10T09:00"))
    expected = course(stores.new(), steps)
    fewer = course(stores.new(), steps[:-1])
    with opened(path) as desk:
        checks.ended(desk, expected)
        assert checks.begins(desk, expected) == expected.reached[-1]
        with pytest.raises(Broken, match="too many"):
            checks.begins(desk, fewer)
        with pytest.raises(Broken, match="too many"):
            checks.ended(desk, fewer)
    missing = stores.after(steps[:-1])
    with opened(missing) as desk:
        assert checks.begins(desk, expected) == fewer.reached[-1]
        with pytest.raises(Broken, match="missing"):
            checks.ended(desk, expected)


def test_views_that_are_lost_come_back(path: Path) -> None:
    lose_views(path)
    checks.sound_and_right(path)
