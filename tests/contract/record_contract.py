"""What the application may rely on of every record and every index of due items.

A store runs it by a class of its own: ``class TestMine(RecordContract)`` with a fixture ``record`` that
gives an empty record.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from cspr_workflow.application.ports import Addition, Conflict, Record, Recorded
from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.acts import MeetingOutcome
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.escalation_facts import MeetingHeld, ReasonGiven
from cspr_workflow.domain.people import Actor, Means, Person, Role

OFFICER = Actor(Person("officer", Role.CSPR_OFFICER, "scsp"))
REPORTING = Actor(Person("officer", Role.CSPR_OFFICER, "scsp"), Means.EMAIL)
MOMENT = datetime(2026, 11, 30, 9, 30, 15, 123456, tzinfo=UTC)
MANY = 2500
"""More entries than a store reads at a time."""


def entry(said: str, by: Actor | None = OFFICER) -> Entry:
    """An entry that can be told from others by what it says."""
    return of(ReasonGiven(said), by)


def of(fact: Fact, by: Actor | None = OFFICER) -> Entry:
    """An entry of a fact."""
    return Entry(fact, MOMENT - timedelta(hours=1), MOMENT, by, "E1.2", "sandwell-2018/1", 3)


def entries(*said: str) -> list[Entry]:
    """Several entries."""
    return [entry(one) for one in said]


def said(recorded: Sequence[Recorded]) -> list[str]:
    """What entries say, in order."""
    return [one.entry.fact.reason for one in recorded if isinstance(one.entry.fact, ReasonGiven)]


class RecordContract:
    """The record: it is only ever appended to, all or nothing, in one order."""

    @pytest.fixture
    def record(self) -> Record:
        """An empty record."""
        raise NotImplementedError

    # --- Appending and reading back ------------------------------------------------------------

    def test_an_empty_record_holds_nothing(self, record: Record) -> None:
        assert list(record.read("escalation:ESC-1")) == []
        assert list(record.read_all()) == []

    def test_what_is_appended_can_be_read_back_in_order(self, record: Record) -> None:
        record.append([Addition("a", 0, entries("one", "two"))], uuid4())
        record.append([Addition("a", 2, entries("three"))], uuid4())
        assert said(record.read("a")) == ["one", "two", "three"]
        assert [one.version for one in record.read("a")] == [1, 2, 3]
        assert {one.stream for one in record.read("a")} == {"a"}

    def test_an_entry_comes_back_as_it_was(self, record: Record) -> None:
        held = [
            entry("Ω — the author's on leave \U0001f469\u200d⚖️\nsecond line"),
            entry("answered by e-mail", REPORTING),
            of(MeetingHeld("stage_2", ("sub", "board"), MeetingOutcome.ACTIONS_AGREED)),
            of(ActionNotMaintained("A1", date(2026, 12, 4), MOMENT), by=None),
        ]
        record.append([Addition("a", 0, held)], uuid4())
        assert [one.entry for one in record.read("a")] == held
        assert [one.entry for one in record.read_all()] == held

    def test_appending_gives_what_was_recorded(self, record: Record) -> None:
        command = uuid4()
        given = record.append([Addition("a", 0, entries("one", "two"))], command)
        assert list(given) == list(record.read_all())
        assert said(given) == ["one", "two"]
        assert {one.command for one in given} == {command}

    def test_the_command_is_kept_with_every_entry(self, record: Record) -> None:
        first, second = UUID(int=1), UUID(int=2)
        record.append([Addition("a", 0, entries("one")), Addition("b", 0, entries("two"))], first)
        record.append([Addition("a", 1, entries("three"))], second)
        assert [one.command for one in record.read("a")] == [first, second]
        assert [one.command for one in record.read_all()] == [first, first, second]

    def test_no_two_entries_have_the_same_id(self, record: Record) -> None:
        record.append([Addition("a", 0, entries("one", "two"))], uuid4())
        record.append([Addition("b", 0, entries("one", "two"))], uuid4())
        ids = [one.id for one in record.read_all()]
        assert len(set(ids)) == 4
        assert [one.id for one in (*record.read("a"), *record.read("b"))] == ids

    def test_nothing_to_append_appends_nothing(self, record: Record) -> None:
        assert list(record.append([], uuid4())) == []
        assert list(record.read_all()) == []

    # --- One stream ----------------------------------------------------------------------------

    def test_a_stream_is_read_after_a_version(self, record: Record) -> None:
        record.append([Addition("a", 0, entries("one", "two", "three"))], uuid4())
        assert said(record.read("a", 0)) == ["one", "two", "three"]
        assert said(record.read("a", 1)) == ["two", "three"]
        assert said(record.read("a", 2)) == ["three"]
        assert said(record.read("a", 3)) == []
        assert said(record.read("a", 9)) == []

    def test_streams_do_not_mix(self, record: Record) -> None:
        names = ["ESC-1", "esc-1", "ESC-1 ", "ESC-10", "escalation:ESC-1", "Ω≈ç√", "' OR 1=1 --"]
        for name in names:
            record.append([Addition(name, 0, entries(f"of {name}"))], uuid4())
        for name in names:
            assert said(record.read(name)) == [f"of {name}"]
        assert [one.stream for one in record.read_all()] == names

    # --- Several streams, all or nothing -------------------------------------------------------

    def test_several_streams_are_appended_to_at_once(self, record: Record) -> None:
        record.append([Addition("a", 0, entries("a1"))], uuid4())
        given = record.append(
            [Addition("a", 1, entries("a2", "a3")), Addition("b", 0, entries("b1"))], uuid4()
        )
        assert said(given) == ["a2", "a3", "b1"]
        assert said(record.read("a")) == ["a1", "a2", "a3"]
        assert said(record.read("b")) == ["b1"]
        assert said(list(record.read_all())) == ["a1", "a2", "a3", "b1"]

    @pytest.mark.parametrize("version", [0, 1, 3], ids=["opened again", "stale", "ahead"])
    def test_another_version_than_the_streams_is_a_conflict(
        self, record: Record, version: int
    ) -> None:
        record.append([Addition("a", 0, entries("one", "two"))], uuid4())
        with pytest.raises(Conflict):
            record.append([Addition("a", version, entries("late"))], uuid4())
        assert said(list(record.read_all())) == ["one", "two"]

    def test_a_stream_that_is_not_there_is_only_opened_from_nothing(self, record: Record) -> None:
        with pytest.raises(Conflict):
            record.append([Addition("a", 1, entries("one"))], uuid4())
        assert list(record.read_all()) == []

    @pytest.mark.parametrize("stale_first", [True, False])
    def test_a_conflict_in_one_stream_keeps_nothing_of_any(
        self, record: Record, stale_first: bool
    ) -> None:
        record.append([Addition("a", 0, entries("a1"))], uuid4())
        additions = [Addition("a", 0, entries("stale")), Addition("b", 0, entries("b1"))]
        with pytest.raises(Conflict):
            record.append(additions if stale_first else additions[::-1], uuid4())
        assert said(record.read("a")) == ["a1"]
        assert list(record.read("b")) == []
        assert said(list(record.read_all())) == ["a1"]

    def test_after_a_conflict_the_record_goes_on(self, record: Record) -> None:
        record.append([Addition("a", 0, entries("one"))], uuid4())
        with pytest.raises(Conflict):
            record.append([Addition("a", 0, entries("stale"))], uuid4())
        given = record.append([Addition("a", 1, entries("two"))], uuid4())
        assert said(record.read("a")) == ["one", "two"]
        positions = [one.position for one in record.read_all()]
        assert positions == [positions[0], positions[0] + 1]
        assert [one.position for one in given] == positions[1:]

    # --- Everything, in one order --------------------------------------------------------------

    def test_positions_increase_without_a_gap_over_all_streams(self, record: Record) -> None:
        given: list[int] = []
        for turn in range(20):
            additions = [
                Addition("a", turn, entries("a")),
                Addition("b", 2 * turn, entries("b", "b")),
            ]
            given += [one.position for one in record.append(additions, uuid4())]
        first = given[0]
        assert first > 0
        assert given == list(range(first, first + 60))
        assert [one.position for one in record.read_all()] == given

    def test_everything_is_read_after_a_position(self, record: Record) -> None:
        record.append([Addition("a", 0, entries("one", "two"))], uuid4())
        record.append([Addition("b", 0, entries("three"))], uuid4())
        positions = [one.position for one in record.read_all()]
        assert said(list(record.read_all(positions[0]))) == ["two", "three"]
        assert said(list(record.read_all(positions[1]))) == ["three"]
        assert said(list(record.read_all(positions[2]))) == []
        assert said(list(record.read_all(positions[2] + 5))) == []

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [(0, []), (1, ["one"]), (2, ["one", "two"]), (3, ["one", "two", "three"])],
    )
    def test_no_more_is_read_than_asked_for(
        self, record: Record, limit: int, expected: list[str]
    ) -> None:
        record.append([Addition("a", 0, entries("one", "two", "three"))], uuid4())
        assert said(list(record.read_all(limit=limit))) == expected

    def test_a_limit_beyond_the_end_gives_what_there_is(self, record: Record) -> None:
        record.append([Addition("a", 0, entries("one"))], uuid4())
        assert said(list(record.read_all(limit=1000))) == ["one"]

    def test_a_long_record_is_read_in_pages_without_losing_an_entry(self, record: Record) -> None:
        words = [str(number) for number in range(MANY)]
        record.append([Addition("a", 0, entries(*words))], uuid4())
        everything = list(record.read_all())
        assert said(everything) == words
        assert said(list(record.read_all(limit=MANY - 1))) == words[:-1]
        pages: list[Recorded] = []
        while page := list(record.read_all(pages[-1].position if pages else 0, 700)):
            assert len(page) <= 700
            pages += page
        assert pages == everything

    def test_what_was_read_stays_as_it_was(self, record: Record) -> None:
        record.append([Addition("a", 0, entries("one"))], uuid4())
        before = list(record.read("a"))
        record.append([Addition("a", 1, entries("two"))], uuid4())
        assert said(before) == ["one"]
        assert said(record.read("a", before[-1].version)) == ["two"]
