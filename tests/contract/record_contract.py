"""What the application may rely on of every record.

A store runs it by a class of its own: ``class TestMine(RecordContract)`` with a fixture ``record`` that
gives an empty record. With ``incident``, every entry is added under the key of that incident; what is
read is compared with its texts opened, so that a record may seal them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from uuid import UUID, uuid4

import pytest

from cspr_workflow.application.ports import Addition, Conflict, Record, Recorded, Submission
from cspr_workflow.domain import texts
from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.acts import MeetingOutcome, SetAction
from cspr_workflow.domain.entries import Entry, Fact, Imported
from cspr_workflow.domain.escalation_facts import DecisionMade, MeetingHeld, ReasonGiven
from cspr_workflow.domain.people import Actor, Means, Person, Role, Side

OFFICER = Actor(Person("officer", Role.CSPR_OFFICER, "scsp"))
REPORTING = Actor(Person("officer", Role.CSPR_OFFICER, "scsp"), Means.EMAIL)
MOMENT = datetime(2026, 11, 30, 9, 30, 15, 123456, tzinfo=UTC)
SET = (
    SetAction("A2", "Send the chronology", Side.AGENCY, date(2026, 12, 4)),
    SetAction("A3", "Read it", Side.SCSP, date(2026, 12, 7)),
)
IMPORTED = Imported(
    "register.csv", "ab" * 32, "manager", MOMENT - timedelta(days=400), derived=True
)
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


def opened(record: Record, recorded: Iterable[Recorded]) -> list[Entry]:
    """Entries as they were before a record sealed their texts."""
    return [
        replace(one.entry, fact=texts.opened(one.entry.fact, record.opened)) for one in recorded
    ]


def said(record: Record, recorded: Iterable[Recorded]) -> list[str]:
    """What entries say, in order."""
    facts = [entry.fact for entry in opened(record, recorded)]
    return [fact.reason for fact in facts if isinstance(fact, ReasonGiven)]


def later(entry: Entry, minutes: int) -> Entry:
    """The same entry, recorded so many minutes later; earlier, where they are negative."""
    return replace(entry, recorded=MOMENT + timedelta(minutes=minutes))


class RecordContract:
    """The record: it is only ever appended to, all or nothing, in one order."""

    incident: ClassVar[str | None] = None
    """Under whose key the texts are sealed, where the record seals them."""

    def add(self, stream: str, version: int, added: Sequence[Entry]) -> Addition:
        """Entries for a stream, under the key of the incident."""
        return Addition(stream, version, added, self.incident)

    @pytest.fixture
    def record(self) -> Record:
        """An empty record."""
        raise NotImplementedError

    # --- Appending and reading back ------------------------------------------------------------

    def test_an_empty_record_holds_nothing(self, record: Record) -> None:
        assert list(record.read("escalation:ESC-1")) == []
        assert list(record.read_all()) == []

    def test_what_is_appended_can_be_read_back_in_order(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one", "two"))], uuid4())
        record.append([self.add("a", 2, entries("three"))], uuid4())
        assert said(record, record.read("a")) == ["one", "two", "three"]
        assert [one.version for one in record.read("a")] == [1, 2, 3]
        assert {one.stream for one in record.read("a")} == {"a"}

    def test_an_entry_comes_back_as_it_was(self, record: Record) -> None:
        held = [
            entry("Ω — the author's on leave \U0001f469\u200d⚖️\nsecond line"),
            entry("answered by e-mail", REPORTING),
            of(MeetingHeld("stage_2", ("sub", "board"), MeetingOutcome.ACTIONS_AGREED)),
            of(ActionNotMaintained("A1", date(2026, 12, 4), MOMENT), by=None),
            of(DecisionMade("Set both", "Because", ("A1",), SET)),
            replace(entry("from elsewhere"), imported=IMPORTED),
        ]
        record.append([self.add("a", 0, held)], uuid4())
        assert opened(record, record.read("a")) == held
        assert opened(record, record.read_all()) == held

    def test_appending_gives_what_was_recorded(self, record: Record) -> None:
        command = uuid4()
        given = record.append([self.add("a", 0, entries("one", "two"))], command)
        assert list(given) == list(record.read_all())
        assert said(record, given) == ["one", "two"]
        assert {one.command for one in given} == {str(command)}

    def test_the_command_is_kept_with_every_entry(self, record: Record) -> None:
        first, second = UUID(int=1), UUID(int=2)
        record.append([self.add("a", 0, entries("one")), self.add("b", 0, entries("two"))], first)
        record.append([self.add("a", 1, entries("three"))], second)
        assert [one.command for one in record.read("a")] == [str(first), str(second)]
        assert [one.command for one in record.read_all()] == [str(first), str(first), str(second)]

    def test_no_two_entries_have_the_same_id(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one", "two"))], uuid4())
        record.append([self.add("b", 0, entries("one", "two"))], uuid4())
        ids = [one.id for one in record.read_all()]
        assert len(set(ids)) == 4
        assert [one.id for one in (*record.read("a"), *record.read("b"))] == ids

    def test_nothing_to_append_appends_nothing(self, record: Record) -> None:
        assert list(record.append([], uuid4())) == []
        assert list(record.read_all()) == []

    # --- One stream ----------------------------------------------------------------------------

    def test_a_stream_is_read_after_a_version(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one", "two", "three"))], uuid4())
        assert said(record, record.read("a", 0)) == ["one", "two", "three"]
        assert said(record, record.read("a", 1)) == ["two", "three"]
        assert said(record, record.read("a", 2)) == ["three"]
        assert said(record, record.read("a", 3)) == []
        assert said(record, record.read("a", 9)) == []

    def test_streams_do_not_mix(self, record: Record) -> None:
        names = ["ESC-1", "esc-1", "ESC-1 ", "ESC-10", "escalation:ESC-1", "Ω≈ç√", "' OR 1=1 --"]
        for name in names:
            record.append([self.add(name, 0, entries(f"of {name}"))], uuid4())
        for name in names:
            assert said(record, record.read(name)) == [f"of {name}"]
        assert [one.stream for one in record.read_all()] == names

    # --- Several streams, all or nothing -------------------------------------------------------

    def test_several_streams_are_appended_to_at_once(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("a1"))], uuid4())
        given = record.append(
            [self.add("a", 1, entries("a2", "a3")), self.add("b", 0, entries("b1"))], uuid4()
        )
        assert said(record, given) == ["a2", "a3", "b1"]
        assert said(record, record.read("a")) == ["a1", "a2", "a3"]
        assert said(record, record.read("b")) == ["b1"]
        assert said(record, list(record.read_all())) == ["a1", "a2", "a3", "b1"]

    @pytest.mark.parametrize("version", [0, 1, 3], ids=["opened again", "stale", "ahead"])
    def test_another_version_than_the_streams_is_a_conflict(
        self, record: Record, version: int
    ) -> None:
        record.append([self.add("a", 0, entries("one", "two"))], uuid4())
        with pytest.raises(Conflict):
            record.append([self.add("a", version, entries("late"))], uuid4())
        assert said(record, list(record.read_all())) == ["one", "two"]

    def test_a_stream_that_is_not_there_is_only_opened_from_nothing(self, record: Record) -> None:
        with pytest.raises(Conflict):
            record.append([self.add("a", 1, entries("one"))], uuid4())
        assert list(record.read_all()) == []

    @pytest.mark.parametrize("stale_first", [True, False])
    def test_a_conflict_in_one_stream_keeps_nothing_of_any(
        self, record: Record, stale_first: bool
    ) -> None:
        record.append([self.add("a", 0, entries("a1"))], uuid4())
        additions = [self.add("a", 0, entries("stale")), self.add("b", 0, entries("b1"))]
        with pytest.raises(Conflict):
            record.append(additions if stale_first else additions[::-1], uuid4())
        assert said(record, record.read("a")) == ["a1"]
        assert list(record.read("b")) == []
        assert said(record, list(record.read_all())) == ["a1"]

    def test_after_a_conflict_the_record_goes_on(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one"))], uuid4())
        with pytest.raises(Conflict):
            record.append([self.add("a", 0, entries("stale"))], uuid4())
        given = record.append([self.add("a", 1, entries("two"))], uuid4())
        assert said(record, record.read("a")) == ["one", "two"]
        positions = [one.position for one in record.read_all()]
        assert positions == [positions[0], positions[0] + 1]
        assert [one.position for one in given] == positions[1:]

    # --- The order of time ---------------------------------------------------------------------

    def test_an_entry_recorded_before_the_last_one_is_a_conflict(self, record: Record) -> None:
        record.append([self.add("a", 0, [later(entry("one"), 10)])], uuid4())
        with pytest.raises(Conflict):
            record.append([self.add("a", 1, [later(entry("two"), 9)])], uuid4())
        with pytest.raises(Conflict):
            record.append([self.add("b", 0, [later(entry("two"), 9)])], uuid4())
        assert said(record, record.read_all()) == ["one"]

    def test_entries_of_one_command_do_not_run_backwards_either(self, record: Record) -> None:
        backwards = [later(entry("one"), 1), later(entry("two"), 0)]
        with pytest.raises(Conflict):
            record.append([self.add("a", 0, backwards)], uuid4())
        with pytest.raises(Conflict):
            record.append(
                [self.add("a", 0, backwards[:1]), self.add("b", 0, backwards[1:])], uuid4()
            )
        assert list(record.read_all()) == []

    def test_several_entries_can_be_recorded_at_one_moment(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one", "two"))], uuid4())
        record.append([self.add("b", 0, entries("three"))], uuid4())
        assert said(record, record.read_all()) == ["one", "two", "three"]

    def test_what_happened_earlier_can_be_recorded_later(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one"))], uuid4())
        before = replace(later(entry("two"), 1), occurred=MOMENT - timedelta(days=9))
        record.append([self.add("a", 1, [before])], uuid4())
        assert opened(record, record.read("a", 1)) == [before]

    def test_the_last_position_and_its_moment(self, record: Record) -> None:
        assert record.last() == (0, None)
        record.append([self.add("a", 0, entries("one", "two"))], uuid4())
        assert record.last() == (2, MOMENT)
        record.append([self.add("b", 0, [later(entry("three"), 5)])], uuid4())
        assert record.last() == (3, MOMENT + timedelta(minutes=5))

    def test_what_is_not_appended_does_not_change_the_last_position(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one"))], uuid4())
        with pytest.raises(Conflict):
            record.append([self.add("a", 0, [later(entry("stale"), 5)])], uuid4())
        record.append([], uuid4())
        assert record.last() == (1, MOMENT)

    # --- A stream that only has to stand where it stood ----------------------------------------

    def test_a_stream_without_entries_has_to_stand_at_its_version(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one", "two"))], uuid4())
        for version in (0, 1, 3):
            additions = [self.add("b", 0, entries("late")), self.add("a", version, [])]
            with pytest.raises(Conflict):
                record.append(additions, uuid4())
            with pytest.raises(Conflict):
                record.append(additions[::-1], uuid4())
        assert said(record, record.read_all()) == ["one", "two"]

    def test_a_stream_without_entries_is_not_appended_to(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one"))], uuid4())
        given = record.append([self.add("a", 1, []), self.add("b", 0, entries("two"))], uuid4())
        assert [one.stream for one in given] == ["b"]
        assert [one.version for one in record.read("a")] == [1]

    def test_a_stream_that_is_not_there_stands_at_nothing(self, record: Record) -> None:
        record.append([self.add("c", 0, []), self.add("b", 0, entries("one"))], uuid4())
        assert list(record.read("c")) == []
        with pytest.raises(Conflict):
            record.append([self.add("c", 1, []), self.add("b", 1, entries("two"))], uuid4())

    def test_where_nothing_is_appended_the_version_is_looked_at_all_the_same(
        self, record: Record
    ) -> None:
        record.append([self.add("a", 0, entries("one"))], uuid4())
        assert list(record.append([self.add("a", 1, [])], uuid4())) == []
        with pytest.raises(Conflict):
            record.append([self.add("a", 0, [])], uuid4())

    # --- Commands ------------------------------------------------------------------------------

    def test_what_came_of_a_command_is_known(self, record: Record) -> None:
        first, second, third = UUID(int=1), UUID(int=2), UUID(int=3)
        record.append([self.add("a", 0, entries("one"))], first, "digest of the first")
        record.append(
            [self.add("a", 1, entries("two", "three")), self.add("b", 0, entries("four"))], second
        )
        record.append([self.add("b", 1, entries("five"))], third, "digest of the third")
        assert record.submitted(first) == Submission("digest of the first", 1, 1)
        assert record.submitted(second) == Submission("", 2, 4)
        assert record.submitted(third) == Submission("digest of the third", 5, 5)

    def test_a_command_that_was_never_submitted_is_not_known(self, record: Record) -> None:
        assert record.submitted(UUID(int=1)) is None
        record.append([self.add("a", 0, entries("one"))], UUID(int=1))
        assert record.submitted(UUID(int=2)) is None

    def test_a_command_is_recorded_once(self, record: Record) -> None:
        command = uuid4()
        record.append([self.add("a", 0, entries("one"))], command, "the first")
        for stream, version in (("a", 1), ("b", 0)):
            with pytest.raises(Conflict):
                record.append([self.add(stream, version, entries("again"))], command, "again")
        assert said(record, record.read_all()) == ["one"]
        assert record.submitted(command) == Submission("the first", 1, 1)

    def test_a_command_that_met_a_conflict_can_be_submitted_again(self, record: Record) -> None:
        command = uuid4()
        record.append([self.add("a", 0, entries("one"))], uuid4())
        with pytest.raises(Conflict):
            record.append([self.add("a", 0, entries("two"))], command)
        assert record.submitted(command) is None
        record.append([self.add("a", 1, entries("two"))], command)
        assert record.submitted(command) == Submission("", 2, 2)

    def test_a_command_that_brought_nothing_about_is_not_kept(self, record: Record) -> None:
        command = uuid4()
        assert list(record.append([self.add("a", 0, [])], command)) == []
        assert record.submitted(command) is None
        record.append([self.add("a", 0, entries("one"))], command)
        assert record.submitted(command) == Submission("", 1, 1)

    def test_a_hash_of_a_command_is_the_same_for_the_same_content_only(
        self, record: Record
    ) -> None:
        assert record.digest(b"one") == record.digest(b"one")
        assert record.digest(b"one") != record.digest(b"two")

    # --- Texts ---------------------------------------------------------------------------------

    def test_a_text_that_is_not_sealed_stays_as_it_is(self, record: Record) -> None:
        for text in ("A text", "", "sealed:not/at all"):
            assert record.opened(text) == text

    def test_texts_of_several_incidents_are_appended_at_once(self, record: Record) -> None:
        record.append(
            [
                Addition("incident:1", 0, entries("of the first"), "INC-1"),
                Addition("incident:2", 0, entries("of the second"), "INC-2"),
                Addition("partnership", 0, entries("of none"), None),
            ],
            uuid4(),
        )
        assert said(record, record.read_all()) == ["of the first", "of the second", "of none"]

    def test_what_stands_beside_a_text_is_never_sealed(self, record: Record) -> None:
        held = of(DecisionMade("Set both", "Because", ("A1",), SET))
        record.append([self.add("a", 0, [held])], uuid4())
        fact = record.read("a")[0].entry.fact
        assert isinstance(fact, DecisionMade)
        assert fact.releases == ("A1",)
        assert [(one.action, one.owner, one.due) for one in fact.sets] == [
            (one.action, one.owner, one.due) for one in SET
        ]

    # --- Everything, in one order --------------------------------------------------------------

    def test_positions_increase_without_a_gap_over_all_streams(self, record: Record) -> None:
        given: list[int] = []
        for turn in range(20):
            additions = [
                self.add("a", turn, entries("a")),
                self.add("b", 2 * turn, entries("b", "b")),
            ]
            given += [one.position for one in record.append(additions, uuid4())]
        assert given == list(range(1, 61))
        assert [one.position for one in record.read_all()] == given

    def test_everything_is_read_after_a_position(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one", "two"))], uuid4())
        record.append([self.add("b", 0, entries("three"))], uuid4())
        positions = [one.position for one in record.read_all()]
        assert said(record, list(record.read_all(positions[0]))) == ["two", "three"]
        assert said(record, list(record.read_all(positions[1]))) == ["three"]
        assert said(record, list(record.read_all(positions[2]))) == []
        assert said(record, list(record.read_all(positions[2] + 5))) == []

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [(0, []), (1, ["one"]), (2, ["one", "two"]), (3, ["one", "two", "three"])],
    )
    def test_no_more_is_read_than_asked_for(
        self, record: Record, limit: int, expected: list[str]
    ) -> None:
        record.append([self.add("a", 0, entries("one", "two", "three"))], uuid4())
        assert said(record, list(record.read_all(limit=limit))) == expected

    def test_a_limit_beyond_the_end_gives_what_there_is(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one"))], uuid4())
        assert said(record, list(record.read_all(limit=1000))) == ["one"]

    def test_a_long_record_is_read_in_pages_without_losing_an_entry(self, record: Record) -> None:
        words = [str(number) for number in range(MANY)]
        record.append([self.add("a", 0, entries(*words))], uuid4())
        everything = list(record.read_all())
        assert said(record, everything) == words
        assert said(record, list(record.read_all(limit=MANY - 1))) == words[:-1]
        pages: list[Recorded] = []
        while page := list(record.read_all(pages[-1].position if pages else 0, 700)):
            assert len(page) <= 700
            pages += page
        assert pages == everything

    def test_what_was_read_stays_as_it_was(self, record: Record) -> None:
        record.append([self.add("a", 0, entries("one"))], uuid4())
        before = list(record.read("a"))
        record.append([self.add("a", 1, entries("two"))], uuid4())
        assert said(record, before) == ["one"]
        assert said(record, record.read("a", before[-1].version)) == ["two"]
