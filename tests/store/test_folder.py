"""Making a store is all or nothing; what is wrong with one is said when it is opened."""

import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.acts import ReportIncident
from cspr_workflow.store import folder, keys, office, sqlite_record, tables
from cspr_workflow.store.folder import KEYS, OFFICE, RECORD
from tests.store.ordinary_user import ordinary_user
from tests.store.store_world import rows
from tests.support import day

FILES = (RECORD, KEYS, OFFICE)
REPORT = ReportIncident("INC-2", day("2026-11-24"), day("2026-11-25"))


def seen(path: Path) -> list[str]:
    """Everything that is in a folder, hidden things too."""
    return sorted(str(one.relative_to(path)) for one in path.rglob("*"))


def kept(path: Path) -> dict[str, bytes | None]:
    """What is in a folder beside what SQLite itself keeps there while a file is open."""
    return {
        one.name: one.read_bytes() if one.is_file() else None
        for one in path.iterdir()
        if not one.name.endswith(("-wal", "-shm"))
    }


def trouble(what: Callable[[], object]) -> str:
    """What is tried ends with a sentence that says what to do; gives the sentence."""
    with pytest.raises(Trouble) as raised:
        what()
    told = str(raised.value)
    assert told.endswith(".")
    return told


def make(path: Path) -> None:
    folder.make(path, rehearsal=True)


def open_and_close(path: Path) -> None:
    folder.open_store(path).close()


@pytest.fixture
def store(place: Path) -> Path:
    """An empty store that nobody has open."""
    make(place / "store")
    return place / "store"


# --- Making a store --------------------------------------------------------------------------------


def test_a_store_is_three_files_that_only_their_owner_can_read(store):
    assert seen(store) == sorted(FILES)
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    assert {stat.S_IMODE((store / name).stat().st_mode) for name in FILES} == {0o600}
    assert seen(store.parent) == ["store", *(f"store/{name}" for name in sorted(FILES))]


def test_what_is_written_later_only_its_owner_can_read_either(world):
    world.raised()
    list(world.views.streams())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in world.folder.iterdir()}
    assert any(name.endswith("-wal") for name in modes)
    assert {name for name, mode in modes.items() if mode & 0o077} <= {
        name for name in modes if name.startswith(folder.VIEWS)
    }


def test_a_new_store_holds_nothing(store):
    opened = folder.open_store(store)
    assert opened.record.last() == (0, None)
    assert (opened.office.names, opened.office.heartbeat) == ({}, None)
    opened.close()


def test_every_store_has_an_id_of_its_own(place):
    for name in ("one", "two"):
        make(place / name)
    ids = {sqlite_record.about(place / name / RECORD)["store"] for name in ("one", "two")}
    assert len(ids) == 2


def test_a_store_can_be_made_in_an_empty_folder_and_below_folders_that_are_not_there(place):
    (place / "empty").mkdir()
    make(place / "empty")
    make(place / "not" / "yet" / "there")
    for path in (place / "empty", place / "not" / "yet" / "there"):
        open_and_close(path)


@pytest.mark.parametrize("name", ["letter.txt", ".hidden", RECORD])
def test_a_folder_in_which_there_is_something_is_left_alone(place, name):
    (place / "full").mkdir()
    (place / "full" / name).write_text("mine")
    told = trouble(lambda: make(place / "full"))
    assert "there is something here already" in told
    assert seen(place) == ["full", f"full/{name}"]
    assert (place / "full" / name).read_text() == "mine"


def test_a_file_in_its_place_is_left_alone(place):
    (place / "file").write_text("mine")
    trouble(lambda: make(place / "file"))
    trouble(lambda: make(place / "file" / "below"))
    assert seen(place) == ["file"]
    assert (place / "file").read_text() == "mine"


def test_a_store_is_never_made_over_another(store):
    before = {name: (store / name).read_bytes() for name in FILES}
    trouble(lambda: make(store))
    assert {name: (store / name).read_bytes() for name in FILES} == before


def test_this_very_folder_is_refused_with_a_sentence(place, monkeypatch):
    monkeypatch.chdir(place)
    trouble(lambda: make(Path()))
    assert seen(place) == []


FULL = OSError(28, "No space left on device")
STOPPED = KeyboardInterrupt()


@pytest.mark.parametrize("failure", [FULL, STOPPED], ids=["the disk is full", "stopped by hand"])
@pytest.mark.parametrize(
    ("where", "name", "file"),
    [
        (sqlite_record, "begin", ""),
        (tables, "begin", KEYS),
        (tables, "begin", OFFICE),
        (folder, "synced", ""),
        (Path, "rename", ""),
    ],
    ids=["record", "keys", "office", "disk", "place"],
)
def test_a_store_that_fails_on_the_way_leaves_nothing(
    place, monkeypatch, where, name, file, failure
):
    works = getattr(where, name)

    def fail(path: Path, *given: object) -> object:
        if file in path.name:
            raise failure
        return works(path, *given)

    monkeypatch.setattr(where, name, fail)
    with pytest.raises((Trouble, KeyboardInterrupt)) as raised:
        make(place / "store")
    if failure is FULL:
        assert "disk is full" in str(raised.value)
    monkeypatch.undo()
    assert seen(place) == []
    make(place / "store")
    open_and_close(place / "store")


def test_a_store_that_cannot_be_filled_leaves_nothing(place):
    def fill(made: folder.StoreFolder) -> None:
        made.office.name({"officer": "A name"})
        raise Trouble("It cannot be filled.")

    told = trouble(lambda: folder.make(place / "store", rehearsal=True, fill=fill))
    assert told == "It cannot be filled."
    assert seen(place) == []


@pytest.mark.parametrize("name", ["bound", "locked", "readonly", "disk is full"])
def test_where_nothing_can_be_written_no_store_is_made(place, name):
    """The sentence says what is wrong, whatever words stand in the name of the folder."""
    (place / name).mkdir(mode=0o500)
    with ordinary_user(place):
        told = trouble(lambda: make(place / name / "store"))
    assert "cannot be opened. See its permissions" in told
    assert seen(place) == [name]


# --- Opening what is no store ----------------------------------------------------------------------


@pytest.mark.parametrize("what", ["nothing", "an empty folder", "a file"])
def test_where_there_is_no_store_the_sentence_says_how_to_make_one(place, what):
    if what == "an empty folder":
        (place / "store").mkdir()
    elif what == "a file":
        (place / "store").write_text("mine")
    before = seen(place)
    told = trouble(lambda: open_and_close(place / "store"))
    assert "there is no store here" in told
    assert "cspr init" in told
    assert seen(place) == before


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE letters (body TEXT)")


def another_form(path: Path) -> None:
    rows(path, "PRAGMA user_version=2")
    rows(path, "PRAGMA wal_checkpoint(TRUNCATE)")


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "a foreign SQLite file": (foreign, "is not"),
    "a text": (lambda path: path.write_text("Dear colleague, " * 20), "no file of"),
    "a short text": (lambda path: path.write_text("Dear colleague"), "no file of"),
    "an empty file": (lambda path: path.write_bytes(b""), "cut off"),
    "its first bytes": (lambda path: os.truncate(path, 99), "cut off"),
    "its first page": (lambda path: os.truncate(path, 4096), "cut off|damaged"),
    "all but its end": (lambda path: os.truncate(path, path.stat().st_size - 1), "cut off|damaged"),
    "another form": (another_form, "form 2"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "missing"),
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_file_that_is_not_what_it_was_is_refused_and_left_as_it_is(store, file, spoilt):
    spoil, says = SPOILT[spoilt]
    spoil(store / file)
    before = kept(store)
    told = trouble(lambda: open_and_close(store))
    assert re.search(says, told)
    assert str(store / file) in told
    assert kept(store) == before


@pytest.mark.parametrize("file", [KEYS, OFFICE])
def test_a_file_that_is_missing_is_named_and_not_made_anew(store, file):
    (store / file).unlink()
    told = trouble(lambda: open_and_close(store))
    assert str(store / file) in told
    assert "missing" in told
    assert "backup" in told
    assert set(kept(store)) == {*FILES} - {file}


def test_where_only_the_record_is_missing_nobody_is_told_to_make_a_new_store(store):
    """The keys and people's names are there: it was a store, and its record has to come back."""
    (store / RECORD).unlink()
    told = trouble(lambda: open_and_close(store))
    assert "cspr init" not in told
    assert "backup" in told


@pytest.mark.parametrize("file", [KEYS, OFFICE])
def test_the_file_of_another_store_is_refused(store, place, file):
    make(place / "other")
    shutil.copy(place / "other" / file, store / file)
    told = trouble(lambda: open_and_close(store))
    assert "another store" in told
    assert str(store / file) in told


def test_files_that_changed_places_are_refused(store):
    (store / KEYS).rename(store / "aside")
    (store / OFFICE).rename(store / KEYS)
    (store / "aside").rename(store / OFFICE)
    assert "is not" in trouble(lambda: open_and_close(store))


@pytest.mark.parametrize("spoilt", ["the office is missing", "the keys are another store's"])
def test_a_store_that_does_not_open_leaves_no_file_open(store, place, monkeypatch, spoilt):
    if spoilt == "the office is missing":
        (store / OFFICE).unlink()
    else:
        make(place / "other")
        shutil.copy(place / "other" / KEYS, store / KEYS)
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def spied(*given: object, **named: object) -> sqlite3.Connection:
        connections.append(connect(*given, **named))
        return connections[-1]

    monkeypatch.setattr(sqlite3, "connect", spied)
    trouble(lambda: folder.open_store(store))
    assert connections
    for connection in connections:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.total_changes  # noqa: B018 - asking is enough


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_may_not_be_read_is_named(store, place, file):
    (store / file).chmod(0)
    with ordinary_user(place):
        told = trouble(lambda: open_and_close(store))
    assert "cannot be opened" in told
    assert str(store / file) in told


def test_a_folder_that_may_not_be_looked_into_is_named(store, place):
    store.chmod(0)
    with ordinary_user(place):
        told = trouble(lambda: open_and_close(store))
    store.chmod(0o700)
    assert str(store) in told
    assert "cspr init" not in told


def test_each_file_is_marked_as_what_it_is(store):
    marks = [rows(store / file, "PRAGMA application_id")[0][0] for file in FILES]
    assert marks == [sqlite_record.MARK, keys.MARK, office.MARK]
    assert len(set(marks)) == 3
    assert [rows(store / file, "PRAGMA user_version")[0][0] for file in FILES] == [1, 1, 1]
