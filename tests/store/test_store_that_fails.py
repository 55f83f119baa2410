"""A store that fails while it is open, or was cut short: the sentence says so, and nothing is half done."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.acts import ReportIncident
from cspr_workflow.store import sqlite_files, sqlite_record
from cspr_workflow.store.folder import KEYS, OFFICE, RECORD
from tests.store.ordinary_user import ordinary_user
from tests.store.store_world import StoreWorld
from tests.support import day

FILES = (RECORD, KEYS, OFFICE)
REPORT = ReportIncident("INC-2", day("2026-11-24"), day("2026-11-25"))


def trouble(what: Callable[[], object]) -> str:
    """What is tried ends with a sentence that says what to do; gives the sentence."""
    with pytest.raises(Trouble) as raised:
        what()
    told = str(raised.value)
    assert told.endswith(".")
    return told


# --- A store that fails while it is open -----------------------------------------------------------


def nothing_recorded(world: StoreWorld, act: Callable[[], object]) -> str:
    before = world.told()
    told = trouble(act)
    assert world.told() == before
    return told


def test_a_store_that_may_only_be_read_says_so_and_can_be_read(place):
    world = StoreWorld(place / "store").raised()
    before = world.told()
    world.close()
    for path in (world.folder, *world.folder.iterdir()):
        path.chmod(0o500 if path.is_dir() else 0o400)
    with ordinary_user(place):
        told = trouble(lambda: world.open().agreed("2026-11-30T10:00", "2026-12-08"))
    assert "permissions" in told
    world.close()
    world.folder.chmod(0o700)
    for path in world.folder.iterdir():
        path.chmod(0o600)
    assert world.open().told() == before
    world.close()


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_may_not_be_written_to_says_so(place, file):
    world = StoreWorld(place / "store").raised()
    world.close()
    (world.folder / file).chmod(0o400)

    def write() -> None:
        world.open()
        world.office.name({"officer": "A name"})
        world.do("officer", "2026-12-01T10:00", REPORT)

    with ordinary_user(place):
        told = trouble(write)
        world.close()
    assert "permissions" in told
    assert str(world.folder / file) in told


@pytest.mark.parametrize("file", FILES)
def test_another_program_that_writes_for_too_long_is_named(place, monkeypatch, file):
    for module in (sqlite_files, sqlite_record):
        monkeypatch.setattr(module, "LOCK_TIMEOUT", 0.05)
    world = StoreWorld(place / "store").raised()

    def write() -> None:
        world.office.name({"officer": "A name"})
        world.do("officer", "2026-12-01T10:00", REPORT)

    with closing(sqlite3.connect(world.folder / file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told = nothing_recorded(world, write)
        assert "another program has been writing for too long" in told
        other.execute("ROLLBACK")
    write()
    assert world.incident("INC-2").state == "reported"
    world.close()


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_damaged_says_so(place, file):
    world = StoreWorld(place / "store").raised()
    world.office.name({"officer": "A name"})
    world.close()
    path = world.folder / file
    with path.open("r+b") as content:
        size = path.stat().st_size
        content.seek(4096)
        content.write(b"\xee" * (size - 4096))

    def read() -> None:
        world.open()
        world.office.names  # noqa: B018 - reading is enough
        for one in world.everything():
            world.opened(one)

    assert "damaged" in trouble(read)
    world.close()


# --- A store that was cut short --------------------------------------------------------------------


def as_after_a_power_cut(world: StoreWorld, to: Path) -> StoreWorld:
    """The files as they are while the store is open, in another place; the store itself is closed."""
    before = world.told()
    shutil.copytree(world.folder, to)
    world.close()
    world.folder = to
    world.before = before
    return world


def test_what_was_recorded_is_there_after_a_power_cut(world, place):
    as_after_a_power_cut(world.raised(), place / "copy")
    assert (place / "copy" / f"{RECORD}-wal").stat().st_size > 0
    world.open()
    assert world.told() == world.before
    world.agreed("2026-11-30T10:00", "2026-12-08")


def test_a_power_cut_while_the_log_is_taken_over_is_no_damage(world, place):
    """SQLite writes the first page first: it tells the new size of a file that is still the old one.

    The log still holds everything, and SQLite goes on from it: there is nothing to restore.
    """
    as_after_a_power_cut(world.raised(), place / "copy")
    log = (place / "copy" / f"{RECORD}-wal").read_bytes()
    size = int.from_bytes(log[8:12], "big")
    frames = range(32, len(log), 24 + size)
    first = [log[at + 24 : at + 24 + size] for at in frames if log[at : at + 4] == b"\0\0\0\1"][-1]
    with (place / "copy" / RECORD).open("r+b") as file:
        file.write(first)
    assert int.from_bytes(first[28:32], "big") * size > (place / "copy" / RECORD).stat().st_size
    world.open()
    assert world.told() == world.before
