"""The check finds whatever somebody changed in a store's files with plain SQLite, and nothing else."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application.adopted import AdoptedPolicies
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.acts import AcknowledgeAction, DeclareClosure, Inform, RecordAction
from cspr_workflow.domain.people import Role, Side
from cspr_workflow.store.checking import RecordCheck
from projections import checking
from projections.database import Database
from projections.due_items import MemoryIndex
from projections.runner import Views
from tests.store.store_world import KEYS, RECORD, StoreWorld, rows
from tests.support import day, utc

APPENDED_TO = ("stored_events", "sealed_texts", "command_log")


@pytest.fixture
def raised(world: StoreWorld) -> StoreWorld:
    """A record with an incident, an escalation, an agreed action and what the clock did."""
    world.raised().agreed("2026-12-01T09:00", "2026-12-02").at("2026-12-11T09:00")
    return world


def checked(world: StoreWorld) -> tuple[list[str], RecordCheck]:
    """The faults of the record as a program finds them that was just started."""
    check = RecordCheck(world.another().record)
    return [str(fault) for fault in check.faults()], check


@contextmanager
def changing(world: StoreWorld) -> Iterator[sqlite3.Connection]:
    """The record's file without its guards, as somebody has it who means to change it."""
    with closing(sqlite3.connect(world.folder / RECORD, isolation_level=None)) as file:
        guards = file.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
        for (guard,) in guards:
            file.execute(f"DROP TRIGGER {guard}")
        yield file


def state_at(file: sqlite3.Connection, position: int) -> dict[str, Any]:
    row = file.execute("SELECT state FROM stored_events WHERE position=?", (position,)).fetchone()
    state: dict[str, Any] = json.loads(row[0])
    return state


def put(file: sqlite3.Connection, position: int, state: dict[str, Any] | bytes) -> None:
    if isinstance(state, dict):
        written = json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        state = written.encode()
    file.execute("UPDATE stored_events SET state=? WHERE position=?", (state, position))


def position_of(world: StoreWorld, type: str) -> int:
    found = world.rows("SELECT min(position) FROM stored_events WHERE topic=?", type)
    position: int = found[0][0]
    assert position
    return position


RAISED = "escalation.raised.v1"


class TestRecord:
    def test_a_record_in_order_has_no_fault(self, raised: StoreWorld) -> None:
        faults, check = checked(raised)
        assert faults == []
        assert check.entries == len(raised.everything())
        assert check.texts == len(raised.rows("SELECT 1 FROM sealed_texts")) > 0
        assert check.without_key == {}

    def test_it_tells_how_far_it_is(
        self, raised: StoreWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cspr_workflow.store.checking._STEP", 10)
        told: list[tuple[int, int]] = []
        list(RecordCheck(raised.record).faults(lambda *done: told.append(done)))
        last = len(raised.everything())
        assert told == [(done, last) for done in range(10, last + 1, 10)]

    def test_a_store_in_which_nothing_happened_has_no_fault(self, world: StoreWorld) -> None:
        assert checked(world)[0] == []

    def test_a_word_that_was_changed(self, raised: StoreWorld) -> None:
        at = position_of(raised, RAISED)
        with changing(raised) as file:
            state = state_at(file, at)
            state["recorded"] = state["recorded"].replace("+00:00", "Z")
            put(file, at, state)
        faults, _ = checked(raised)
        assert faults == [
            f"Entry {at}: its bytes are not in the one form in which entries are written."
        ]

    def test_bytes_in_another_order(self, raised: StoreWorld) -> None:
        with changing(raised) as file:
            put(file, 3, json.dumps(state_at(file, 3)).encode())
        faults, _ = checked(raised)
        assert faults == [
            "Entry 3: its bytes are not in the one form in which entries are written."
        ]

    @pytest.mark.parametrize(
        ("state", "why"),
        [
            (b"\xff", "it is not in the form of an entry"),
            (b"[]", "it is not in the form of an entry"),
            (b"{}", "it is not in the form of an entry"),
            (b"[" * 100_000, "it is not in the form of an entry"),
        ],
    )
    def test_what_is_no_entry(self, raised: StoreWorld, state: bytes, why: str) -> None:
        with changing(raised) as file:
            put(file, 3, state)
        faults, _ = checked(raised)
        assert faults == [f"Entry 3: it cannot be read: {why}."]

    def test_a_type_that_is_not_known(self, raised: StoreWorld) -> None:
        with changing(raised) as file:
            put(file, 3, state_at(file, 3) | {"type": "escalation.unheard-of.v1"})
        faults, _ = checked(raised)
        assert faults == [
            "Entry 3: it cannot be read: the record holds 'escalation.unheard-of.v1', which this "
            "version does not know."
        ]

    def test_a_field_that_is_missing(self, raised: StoreWorld) -> None:
        with changing(raised) as file:
            state = state_at(file, 3)
            del state["fact"]["person"]
            put(file, 3, state)
        (fault,) = checked(raised)[0]
        assert fault.startswith("Entry 3: it cannot be read: ")
        assert "person: this field is missing" in fault

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"position": 7}, "it says that it is entry 7."),
            (
                {"id": "00000000-0000-0000-0000-000000000000"},
                "its id 00000000-0000-0000-0000-000000000000 is not that of number 3 of partnership.",
            ),
            (
                {"command": "00000000-0000-0000-0000-000000000000"},
                "the log of commands does not have it under its command, "
                "00000000-0000-0000-0000-000000000000.",
            ),
        ],
    )
    def test_an_entry_that_says_it_stands_elsewhere(
        self, raised: StoreWorld, changes: dict[str, Any], says: str
    ) -> None:
        with changing(raised) as file:
            put(file, 3, state_at(file, 3) | changes)
        assert checked(raised)[0] == [f"Entry 3: {says}"]

    @pytest.mark.parametrize("changes", [{"stream": "incident:INC-9"}, {"version": 9}])
    def test_an_entry_of_another_case_or_number(
        self, raised: StoreWorld, changes: dict[str, Any]
    ) -> None:
        with changing(raised) as file:
            state = state_at(file, 3) | changes
            put(file, 3, state)
        faults, _ = checked(raised)
        where = f"number {state['version']} of {state['stream']}"
        assert faults[0] == f"Entry 3: it says that it is {where}, and stands elsewhere."

    def test_a_column_that_names_another_type(self, raised: StoreWorld) -> None:
        at = position_of(raised, RAISED)
        with changing(raised) as file:
            file.execute("UPDATE stored_events SET topic='x' WHERE position=?", (at,))
        assert checked(raised)[0] == [f"Entry {at}: it says that it is {RAISED}, and stands as x."]

    def test_an_entry_that_was_taken_out(self, raised: StoreWorld) -> None:
        with changing(raised) as file:
            file.execute("DELETE FROM stored_events WHERE position=3")
        assert checked(raised)[0] == [
            "Entry 4: what stood from 3 to 3 is missing.",
            "Entry 4: it is number 4 of its history; number 3 is missing.",
        ]

    def test_entries_that_were_cut_off_at_the_end(self, raised: StoreWorld) -> None:
        last = len(raised.everything())
        with changing(raised) as file:
            file.execute("DELETE FROM stored_events WHERE position=?", (last,))
        assert checked(raised)[0] == [
            f"The record ends at entry {last - 1}, but the log of commands goes on to {last}: "
            "entries are missing at its end."
        ]

    def test_entries_that_changed_places(self, raised: StoreWorld) -> None:
        with changing(raised) as file:
            one, other = state_at(file, 3), state_at(file, 4)
            for position, state in ((-3, one | {"position": 4}), (-4, other | {"position": 3})):
                put(file, -position, state)
                file.execute(
                    "UPDATE stored_events SET position=? WHERE position=?", (position, -position)
                )
            for position, to in ((-3, 4), (-4, 3)):
                file.execute("UPDATE stored_events SET position=? WHERE position=?", (to, position))
        assert checked(raised)[0] == [
            "Entry 3: it stands before number 3 of its history, which it follows."
        ]

    def test_a_moment_that_runs_backwards(self, raised: StoreWorld) -> None:
        at = position_of(raised, RAISED)
        with changing(raised) as file:
            state = state_at(file, at)
            state["recorded"] = "2026-11-01T09:00:00+00:00"
            put(file, at, state)
        (fault,) = checked(raised)[0]
        assert fault.startswith(f"Entry {at}: it was recorded before 2026-11-")

    @pytest.mark.parametrize(
        ("statement", "says"),
        [
            (
                "DELETE FROM command_log WHERE first=1",
                "Entry 1: the log of commands has nothing from here to ",
            ),
            (
                "DELETE FROM command_log WHERE last=(SELECT max(last) FROM command_log)",
                ", the end.",
            ),
            (
                "INSERT INTO command_log VALUES ('x', '', 2, 2)",
                "Entry 2: the log of commands has it more than once.",
            ),
        ],
    )
    def test_a_log_of_commands_that_does_not_cover_the_record(
        self, raised: StoreWorld, statement: str, says: str
    ) -> None:
        with changing(raised) as file:
            file.execute(statement)
        faults, _ = checked(raised)
        assert [fault for fault in faults if says in fault]
        # What else is told is that the entries are not under their command.
        others = [fault for fault in faults if says not in fault]
        assert all("does not have it under its command" in fault for fault in others)

    def test_a_file_that_is_damaged_inside(self, raised: StoreWorld) -> None:
        with changing(raised) as file:
            file.execute("PRAGMA writable_schema=ON")
            file.execute(
                "UPDATE sqlite_master SET sql=replace(sql, 'UNIQUE (originator_id, originator_version)', "
                "'UNIQUE (originator_id, topic)') WHERE name='stored_events'"
            )
        faults, _ = checked(raised)
        assert [fault for fault in faults if fault.startswith("The record's file is damaged: ")]


class TestTexts:
    def test_a_sealed_text_that_was_altered(self, raised: StoreWorld) -> None:
        at = position_of(raised, RAISED)
        with changing(raised) as file:
            file.execute("UPDATE sealed_texts SET box=zeroblob(100) WHERE field='concern'")
        assert checked(raised)[0] == [
            f"Entry {at}: its sealed text concern was altered, or the key of INC-1 is another one."
        ]

    @pytest.mark.parametrize("box", ["''", "'text'", "x'00'"])
    def test_a_box_that_is_none(self, raised: StoreWorld, box: str) -> None:
        with changing(raised) as file:
            file.execute(f"UPDATE sealed_texts SET box={box} WHERE field='concern'")
        (fault,) = checked(raised)[0]
        assert "its sealed text concern was altered" in fault

    def test_a_sealed_text_that_is_missing(self, raised: StoreWorld) -> None:
        at = position_of(raised, RAISED)
        with changing(raised) as file:
            file.execute("DELETE FROM sealed_texts WHERE field='concern'")
        assert checked(raised)[0] == [f"Entry {at}: its sealed text concern is missing."]

    def test_a_text_that_is_not_the_one_that_was_sealed(self, raised: StoreWorld) -> None:
        at = position_of(raised, RAISED)
        event = str(raised.everything()[at - 1].id)
        _, box = raised.keys.seal("INC-1", event, "concern", "Something else")
        with changing(raised) as file:
            file.execute("UPDATE sealed_texts SET box=? WHERE event=?", (box, event))
        assert checked(raised)[0] == [
            f"Entry {at}: its text concern is not the one it was sealed with."
        ]

    def test_a_sealed_text_of_no_entry(self, raised: StoreWorld) -> None:
        with changing(raised) as file:
            file.execute("INSERT INTO sealed_texts VALUES ('x', 'said', 'INC-1', x'00')")
        assert checked(raised)[0] == ["Of the sealed texts, 1 belong to no entry."]

    def test_a_text_that_is_not_sealed(self, raised: StoreWorld) -> None:
        at = position_of(raised, RAISED)
        with changing(raised) as file:
            state = state_at(file, at)
            state["fact"]["concern"] = "in clear"
            put(file, at, state)
        assert checked(raised)[0] == [
            f"Entry {at}: it holds a text that is not sealed.",
            "Of the sealed texts, 1 belong to no entry.",
        ]

    def test_a_key_that_is_gone_is_told_apart_from_damage(self, raised: StoreWorld) -> None:
        rows(raised.folder / KEYS, "DELETE FROM keys WHERE incident='INC-1'")
        faults, check = checked(raised)
        assert faults == []
        assert check.without_key == {"INC-1": check.texts}

    def test_another_key_is_told_as_a_fault(self, raised: StoreWorld) -> None:
        rows(raised.folder / KEYS, "UPDATE keys SET key=zeroblob(32)")
        faults, check = checked(raised)
        assert len(faults) == check.texts > 0
        assert check.without_key == {}


# --- The views -----------------------------------------------------------------------------------


def views_faults(world: StoreWorld, place: Path, before: Callable[[], object] = int) -> list[str]:
    """What the check of the views says; ``before`` happens once the rebuild has been made."""
    record = world.record
    rebuilt = Views(
        place / "rebuilt.sqlite", record, AdoptedPolicies(record), record.about["store"]
    )
    with closing(rebuilt):
        rebuilt.catch_up()
        before()
        with checking.side_by_side(world.views, rebuilt) as database:
            return [
                *checking.differences(database),
                *checking.due_faults(database, record, AdoptedPolicies(record)),
            ]


class TestViews:
    def test_views_in_order_have_no_fault(self, raised: StoreWorld, place: Path) -> None:
        assert views_faults(raised, place) == []

    def test_they_are_compared_at_one_position_while_others_record(
        self, raised: StoreWorld, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Others record once the rebuild has caught up, and again before it catches up once more."""
        other = Workflow(raised.record, MemoryIndex({}), AdoptedPolicies(raised.record))
        closures = iter(["2027-01-04", "2027-01-05"])
        caught_up, calls = Views.catch_up, []

        def close() -> None:
            act = DeclareClosure(day(next(closures)), "closed")
            other.do(raised.command("manager", "2026-12-11T10:00", act), utc("2026-12-11T10:00"))

        def catch_up(views: Views, *given: Any, **named: Any) -> int:
            is_rebuilt = Path(views.place.name).name == "rebuilt.sqlite"
            calls.extend([1] if is_rebuilt else [])
            if is_rebuilt and len(calls) == 3:
                close()
            reached = caught_up(views, *given, **named)
            if is_rebuilt and len(calls) == 2:
                close()
            return reached

        monkeypatch.setattr(Views, "catch_up", catch_up)
        assert views_faults(raised, place) == []
        assert len(calls) == 4
        assert next(closures, None) is None

    def test_what_is_recorded_while_they_are_looked_at_is_no_fault(
        self, raised: StoreWorld, place: Path
    ) -> None:
        record = raised.record
        rebuilt = Views(place / "rebuilt.sqlite", record, AdoptedPolicies(record), "")
        with closing(rebuilt), checking.side_by_side(raised.another().views, rebuilt) as database:
            raised.do(
                "officer",
                "2026-12-11T10:00",
                RecordAction("ESC-1", "A2", "x", Side.SCSP, day("2026-12-11")),
            )
            raised.do("trust", "2026-12-11T10:00", AcknowledgeAction("ESC-1", "A2"))
            raised.do("manager", "2026-12-11T10:00", DeclareClosure(day("2026-12-14"), "closed"))
            assert list(checking.due_faults(database, record, AdoptedPolicies(record))) == []
        assert views_faults(raised, place) == []

    def test_where_others_record_all_the_time_it_says_so(
        self, raised: StoreWorld, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rebuilt = Views(place / "rebuilt.sqlite", raised.record, AdoptedPolicies(raised.record))
        raised.views.catch_up()
        rebuilt.catch_up()
        monkeypatch.setattr(Views, "catch_up", lambda *_, **__: 0)
        raised.do("manager", "2026-12-11T10:00", DeclareClosure(day("2027-01-04"), "closed"))
        rows(raised.folder / "views.sqlite", "UPDATE progress SET position=position+1")
        with (
            closing(rebuilt),
            pytest.raises(Trouble, match="when it is quieter"),
            checking.side_by_side(raised.views, rebuilt),
        ):
            raise AssertionError("they do not meet")

    @pytest.mark.parametrize(
        ("statement", "says"),
        [
            ("DELETE FROM chronology WHERE position=9", "0 lines too many or different, 1 missing"),
            ("UPDATE cases SET state='x'", "2 lines too many or different, 2 missing"),
            (
                "INSERT INTO clock_gaps VALUES (1, 'x', 'y')",
                "1 lines too many or different, 0 missing",
            ),
        ],
    )
    def test_a_view_that_was_changed_is_named(
        self, raised: StoreWorld, place: Path, statement: str, says: str
    ) -> None:
        rows(raised.folder / "views.sqlite", statement)
        (fault,) = views_faults(raised, place)
        table = statement.split()[2 if statement[0] != "U" else 1]
        assert fault == f"The view {table} is not what the record says: {says}. Run cspr rebuild."

    def test_a_case_that_the_clock_would_forget(self, raised: StoreWorld, place: Path) -> None:
        rows(
            raised.folder / "views.sqlite", "DELETE FROM due_items WHERE stream='escalation:ESC-1'"
        )
        faults = views_faults(raised, place)
        assert faults[0].startswith("The view due_items is not what the record says")
        assert faults[1].startswith(
            "ESC-1: the clock would look at it never, but something falls due"
        )

    def test_a_case_that_has_not_seen_the_changed_calendar_yet(
        self, world: StoreWorld, place: Path
    ) -> None:
        world.raised()
        world.do("manager", "2026-11-30T10:00", DeclareClosure(day("2026-12-02"), "closed"))
        due = world.rows(
            "SELECT moment FROM due_items WHERE stream='escalation:ESC-1'", file="views.sqlite"
        )
        assert due == [("2026-11-30T10:00:00.000000+00:00",)]
        assert views_faults(world, place) == []

    def test_a_changed_calendar_that_moves_nothing_in_a_case_is_not_due_there(
        self, world: StoreWorld, place: Path
    ) -> None:
        world.raised()
        world.do("manager", "2026-11-30T10:00", DeclareClosure(day("2027-06-02"), "closed"))
        assert views_faults(world, place) == []
        world.do("officer", "2026-11-30T11:00", Inform("ESC-1", Role.BUSINESS_MANAGER))
        assert views_faults(world, place) == []

    def test_views_that_cannot_be_read_to_their_end(self, raised: StoreWorld, place: Path) -> None:
        rows(raised.folder / "views.sqlite", "DROP TABLE clock_gaps")
        with pytest.raises(Trouble, match=r"cannot be used .* run cspr rebuild"):
            views_faults(raised, place)
        assert not raised.views.database.connection.in_transaction

    def test_the_views_are_as_they_were_after_it(self, raised: StoreWorld, place: Path) -> None:
        before = list(raised.views.dump())
        views_faults(raised, place)
        database: Database = raised.views.database
        assert [name for _, name, _ in database.all("PRAGMA database_list")] == ["main"]
        assert list(raised.views.dump()) == before
