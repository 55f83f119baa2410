"""The office: names, the heartbeat of the clock, cases set aside, settings. It decides nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Server
from cspr_workflow.store.office import GAP_MINUTES, Heartbeat, Office, SetAside
from cspr_workflow.store.postgres_schema import office_on
from cspr_workflow.store.tables import Place
from tests.postgres_database import emptied
from tests.store.store_world import OFFICE, rows
from tests.support import utc

MORNING = utc("2026-11-30T07:00")


def later(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


@pytest.fixture
def path(place: Path) -> Path:
    Office.make(place / OFFICE, "a store")
    return place / OFFICE


@pytest.fixture(params=["on SQLite", "on PostgreSQL"])
def kept(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Where an office is kept, in which nothing has been written down yet."""
    if request.param == "on SQLite":
        yield request.getfixturevalue("path")
        return
    with closing(Server(emptied())) as server:
        Office.make(office_on(server), "a store")
        yield office_on(server)


@pytest.fixture
def office(kept: Place) -> Iterator[Office]:
    with closing(Office(kept, "a store")) as office:
        yield office


@pytest.fixture
def opened_anew(kept: Place) -> Iterator[Callable[[Office], Office]]:
    """The same office for a program that is started later."""
    with ExitStack() as opened:

        def again(before: Office) -> Office:
            before.close()
            return opened.enter_context(closing(Office(kept, "a store")))

        yield again


@pytest.fixture
def file(path: Path) -> Iterator[Office]:
    """An office in a file."""
    with closing(Office(path, "a store")) as office:
        yield office


# --- People's names --------------------------------------------------------------------------------


def test_names_are_written_down_and_corrected_one_by_one(office, opened_anew):
    assert office.names == {}
    office.name({"officer": "A. Name", "manager": "B. Name"})
    office.name({"officer": "A. Newname"})
    assert opened_anew(office).names == {"officer": "A. Newname", "manager": "B. Name"}


def test_nothing_is_written_where_there_is_nothing_to_write(office):
    office.name({"officer": "A. Name"})
    office.name({})
    assert office.names == {"officer": "A. Name"}


@pytest.mark.parametrize("name", ["Ω — \U0001f469\u200d⚖️", "'; DROP TABLE directory; --", ""])
def test_a_name_comes_back_as_it_was_written(office, name):
    office.name({name: name})
    assert office.names == {name: name}


def test_where_one_name_cannot_be_written_none_is(office):
    office.name({"officer": "A. Name"})
    with pytest.raises(Trouble):
        office.name({"officer": "A. Newname", "manager": None})
    assert office.names == {"officer": "A. Name"}


# --- The heartbeat ---------------------------------------------------------------------------------


def test_a_clock_that_never_ran_has_no_heartbeat(office):
    assert office.heartbeat is None


def test_the_first_beat_begins_a_stretch_without_gaps(office, opened_anew):
    office.beat(MORNING, gap=False)
    assert opened_anew(office).heartbeat == Heartbeat(MORNING, MORNING)


def test_each_further_beat_goes_on_with_it(office, opened_anew):
    for minute in (0, 5, 10.5):
        office.beat(later(minute), gap=False)
    assert opened_anew(office).heartbeat == Heartbeat(MORNING, later(10.5))


def test_after_a_gap_a_new_stretch_begins(office):
    office.beat(MORNING, gap=False)
    office.beat(later(600), gap=True)
    office.beat(later(605), gap=False)
    assert office.heartbeat == Heartbeat(later(600), later(605))


def test_a_clock_that_steps_back_leaves_the_last_beat_where_it_was(office):
    office.beat(later(10), gap=False)
    office.beat(later(5), gap=False)
    assert office.heartbeat == Heartbeat(later(10), later(10))


@pytest.mark.parametrize(
    "fraction", [timedelta(0), timedelta(microseconds=1), timedelta(seconds=0.5)]
)
def test_beats_within_one_second_are_told_apart(office, fraction):
    """One is written with a fraction of a second, the other without: they compare as moments."""
    office.beat(MORNING + fraction, gap=False)
    office.beat(MORNING, gap=False)
    assert office.heartbeat.last == MORNING + fraction


# --- Cases set aside -------------------------------------------------------------------------------


def test_a_case_is_set_aside_with_the_reason_and_taken_back(office, opened_anew):
    office.put_aside("escalation:ESC-1", MORNING, "KeyError: 'stage_9'")
    assert opened_anew(office).set_aside == [
        SetAside("escalation:ESC-1", MORNING, "KeyError: 'stage_9'")
    ]
    assert office.aside == ["escalation:ESC-1"]
    office.take_back("escalation:ESC-1")
    assert (office.set_aside, office.aside) == ([], [])


def test_a_case_that_fails_again_stays_set_aside_since_the_first_time(office):
    office.put_aside("escalation:ESC-1", MORNING, "the first reason")
    office.put_aside("escalation:ESC-1", later(5), "another reason")
    assert office.set_aside == [SetAside("escalation:ESC-1", MORNING, "another reason")]


def test_the_longest_set_aside_comes_first(office):
    office.put_aside("escalation:ESC-1", later(5), "why")
    office.put_aside("escalation:ESC-2", MORNING, "why")
    office.put_aside("escalation:ESC-3", later(2), "why")
    assert office.aside == ["escalation:ESC-2", "escalation:ESC-3", "escalation:ESC-1"]


def test_taking_back_what_is_not_set_aside_does_nothing(office):
    office.put_aside("escalation:ESC-1", MORNING, "why")
    office.take_back("escalation:ESC-9")
    assert office.aside == ["escalation:ESC-1"]


# --- Settings --------------------------------------------------------------------------------------


def test_a_clock_can_be_set_and_let_run_again(office, opened_anew):
    assert office.clock is None
    office.set_clock(MORNING)
    assert opened_anew(office).clock == MORNING
    office.set_clock(later(1))
    assert office.clock == later(1)
    assert office.clock.tzinfo is UTC
    office.set_clock(None)
    assert opened_anew(office).clock is None


def test_the_length_of_a_gap_can_be_set(office, opened_anew):
    assert office.gap_minutes == GAP_MINUTES == 60
    office.set_gap_minutes(15)
    assert opened_anew(office).gap_minutes == 15


def test_the_last_backup_is_noted(office, opened_anew):
    assert office.last_backup is None
    office.note_backup(MORNING)
    office.note_backup(later(1440))
    assert opened_anew(office).last_backup == later(1440)


def test_the_settings_do_not_touch_each_other(office, opened_anew):
    office.set_clock(MORNING)
    office.set_gap_minutes(15)
    office.note_backup(later(1))
    assert (office.clock, office.gap_minutes, office.last_backup) == (MORNING, 15, later(1))
    assert opened_anew(office).names == {}


# --- Where it is kept ---------------------------------------------------------------------------------


def test_the_office_of_another_store_is_refused(kept):
    with pytest.raises(Trouble, match="another store"):
        Office(kept, "another store")


@pytest.mark.parametrize("store", ["a store", "another store"])
def test_an_office_is_never_made_over_another(kept, office, store):
    office.name({"officer": "A. Name"})
    with pytest.raises(Trouble):
        Office.make(kept, store)
    assert office.names == {"officer": "A. Name"}


def test_an_office_that_may_not_be_written_to_says_so(file):
    file.name({"officer": "A. Name"})
    file._tables._connections.mine().execute("PRAGMA query_only=ON")
    for write in (
        lambda: file.name({"officer": "A. Newname"}),
        lambda: file.beat(MORNING, gap=False),
        lambda: file.put_aside("escalation:ESC-1", MORNING, "why"),
        lambda: file.set_gap_minutes(15),
    ):
        with pytest.raises(Trouble, match="cannot be written to"):
            write()
    assert (file.names, file.heartbeat, file.aside) == ({"officer": "A. Name"}, None, [])


def test_a_table_that_is_gone_is_trouble(path, file):
    rows(path, "DROP TABLE directory")
    with pytest.raises(Trouble):
        file.names  # noqa: B018 - reading is enough


def test_the_office_holds_nothing_of_a_case(world):
    """Losing it loses no proof: the record tells the same without it."""
    world.raised().agreed("2026-11-30T10:00", "2026-12-08")
    before = world.told()
    world.office.name({"officer": "A. Name"})
    world.office.put_aside("escalation:ESC-1", MORNING, "why")
    world.close()
    store = rows(world.folder / OFFICE, "SELECT value FROM about WHERE name='store'")[0][0]
    (world.folder / OFFICE).unlink()
    Office.make(world.folder / OFFICE, store)
    world.open()
    assert world.told() == before
    assert world.office.names == {}
