"""The tick: what is due moves, a case that fails stops nobody, a time without ticks is noted once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from cspr_workflow.application import tick as ticks
from cspr_workflow.application.handle import (
    PARTNERSHIP,
    Workflow,
    escalation_stream,
    incident_stream,
)
from cspr_workflow.application.ports import Contended, Recorded, Trouble
from cspr_workflow.application.tick import Ticked, tick
from cspr_workflow.domain import escalation
from cspr_workflow.domain.acts import (
    DeclareClosure,
    GiveReason,
    HoldMeeting,
    MeetingOutcome,
    ReportIncident,
    Resolve,
)
from cspr_workflow.domain.entries import NO_CLAUSE, Entry
from cspr_workflow.domain.escalation_facts import StageEntered
from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex
from tests.rounds import Beat, Rounds
from tests.support import RAISED_AT, World, day, raising, utc

SOON, STAGE_1, STAGE_2 = "2026-11-30T10:00", "2026-12-01T07:00", "2026-12-04T07:00"
"""Just after the raising; after the midnights that end the initial discussion, and stage 1."""
WHY = "ValueError: a fact that nobody expected"


class Stopped(BaseException):
    """The program dies."""


def ran(at: str) -> Beat:
    """The heartbeat of a clock that ran once."""
    return Beat(utc(at), utc(at))


class Ticking:
    """A world whose clock runs through the tick; it has run last at ``SOON``, if nothing else is said."""

    def __init__(self, world: World, rounds: Rounds | None = None) -> None:
        self.world, self.rounds = world, rounds or Rounds(heartbeat=ran(SOON))
        self.progress: list[tuple[int, int]] = []
        self.batches: list[Sequence[Recorded]] = []

    def at(self, moment: str) -> Ticked:
        return self.now(self.world.moment(moment))

    def now(self, moment: datetime) -> Ticked:
        self.progress.clear()
        self.batches.clear()
        return tick(
            self.world.workflow,
            self.world.workflow._index,
            self.rounds,
            moment,
            lambda *one: self.progress.append(one),
            self.batches.append,
        )

    @property
    def recorded(self) -> list[Recorded]:
        """What the last tick recorded."""
        return [one for batch in self.batches for one in batch]

    def moved(self, moment: str) -> dict[str, list[str]]:
        """What one tick recorded, by stream."""
        found: dict[str, list[str]] = {}
        self.at(moment)
        for one in self.recorded:
            found.setdefault(one.stream.partition(":")[2], []).append(one.entry.fact.type)
        return found

    @property
    def gaps(self) -> list[Entry]:
        """The entries about times in which the clock did not run."""
        entries = self.world.partnership_history()
        return [entry for entry in entries if isinstance(entry.fact, ClockStoodStill)]

    def noted(self) -> list[tuple[str, str]]:
        """From when until when it did not run, as local time."""
        local = self.world.policy.civil.local
        facts = [entry.fact for entry in self.gaps]
        return [
            (f"{local(fact.since):%Y-%m-%dT%H:%M}", f"{local(fact.until):%Y-%m-%dT%H:%M}")
            for fact in facts
        ]


def several(how_many: int, world: World | None = None) -> World:
    """So many incidents with an escalation each, raised a minute after each other."""
    world = world or World()
    for number in range(1, how_many + 1):
        incident, minutes = f"INC-{number}", timedelta(minutes=number - 1)
        at = (datetime.fromisoformat(RAISED_AT) + minutes).isoformat()
        world.do("officer", at, ReportIncident(incident, day("2026-11-24"), day("2026-11-25")))
        world.do("officer", at, raising(f"ESC-{number}", incident=incident))
    world.entries()
    return world


@pytest.fixture
def ticking() -> Ticking:
    """An escalation that was raised half an hour before the clock first ran."""
    ticking = Ticking(World().raised())
    ticking.at(SOON)
    return ticking


@pytest.fixture
def three() -> Ticking:
    """Three cases, and a clock that runs."""
    ticking = Ticking(several(3))
    ticking.at(SOON)
    return ticking


@pytest.fixture
def spoilt(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The references of escalations that cannot be folded; empty it to mend them."""
    spoilt: set[str] = set()
    evolve = escalation.evolve

    def fails(case, entry):
        if case is not None and case.reference in spoilt:
            raise ValueError("a fact that nobody expected")
        return evolve(case, entry)

    monkeypatch.setattr(escalation, "evolve", fails)
    return spoilt


# --- What is due -------------------------------------------------------------------------------


class TestWhatIsDue:
    def test_it_records_what_fell_due_and_says_so(self, ticking: Ticking) -> None:
        before = len(ticking.world.everything())
        ticked = ticking.at(STAGE_2)
        recorded = ticking.recorded
        assert recorded == ticking.world.everything()[before + 1 :]
        assert ticked.recorded == len(recorded)
        stages = [o.entry.fact.stage for o in recorded if o.stream == "escalation:ESC-1"]
        assert stages == ["stage_1", "stage_2"]
        assert {o.entry.recorded for o in recorded} == {ticking.world.moment(STAGE_2)}
        assert {o.entry.by for o in recorded} == {None}
        assert (ticked.set_aside, ticking.rounds.aside) == ([], [])

    def test_where_nothing_is_due_it_records_nothing(self, ticking: Ticking) -> None:
        before = ticking.world.everything()
        assert ticking.at("2026-11-30T10:30") == Ticked(0, 0, [], None)
        assert ticking.world.everything() == before
        assert ticking.progress == []

    def test_it_looks_only_at_what_is_due(self, three: Ticking) -> None:
        three.world.do("manager", SOON, Resolve("ESC-2", "Received"))
        ticked = three.at(STAGE_1)
        assert ticked.looked_at == 2
        assert {o.stream for o in three.recorded} == {"escalation:ESC-1", "escalation:ESC-3"}

    def test_each_move_is_made_once(self, ticking: Ticking) -> None:
        assert ticking.moved(STAGE_1) == {"ESC-1": ["escalation.stage-entered.v1"]}
        assert ticking.moved(STAGE_1) == {}
        assert ticking.moved("2026-12-01T07:05") == {}

    def test_what_fell_due_first_comes_first(self, ticking: Ticking) -> None:
        ticking.world.do("officer", "2026-12-01T09:00", raising("ESC-2"))
        ticking.world.do("trust", "2026-12-01T09:00", GiveReason("ESC-1", "On leave"))
        ticking.at(STAGE_2)
        streams = list(dict.fromkeys(one.stream for one in ticking.recorded))
        assert streams == ["escalation:ESC-2", "incident:INC-1", "escalation:ESC-1"]

    def test_many_due_cases_each_move_once_and_all_are_told(self) -> None:
        ticking = Ticking(several(150))
        ticked = ticking.at("2026-12-02T07:00")
        assert ticked.looked_at == 300
        moved = sorted((o.stream, o.entry.fact.type) for o in ticking.recorded)
        assert moved == sorted(
            [
                *((escalation_stream(f"ESC-{n}"), StageEntered.type) for n in range(1, 151)),
                *((incident_stream(f"INC-{n}"), "incident.timescale-passed.v1") for n in range(1, 151)),
            ]
        )  # fmt: skip
        assert ticking.progress == [(n, 300) for n in range(50, 301, 50)]
        assert ticking.at("2026-12-02T07:05") == Ticked(0, 0, [], None)

    def test_a_system_s_clock_behind_the_record_does_no_harm(self, ticking: Ticking) -> None:
        ticking.at(STAGE_1)
        before = ticking.world.everything()
        assert ticking.at(SOON) == Ticked(0, 0, [], None)
        assert ticking.world.everything() == before
        assert ticking.moved(STAGE_2) == {"ESC-1": ["escalation.stage-entered.v1"], "INC-1": ["incident.timescale-passed.v1"]}  # fmt: skip


# --- A case that fails -------------------------------------------------------------------------


class TestCaseThatFails:
    def test_it_is_set_aside_with_its_reason_and_the_others_move(
        self, three: Ticking, spoilt: set[str]
    ) -> None:
        spoilt.add("ESC-2")
        ticked = three.at(STAGE_1)
        assert list(ticked.set_aside) == [("escalation:ESC-2", WHY)]
        assert [o.stream for o in three.recorded] == ["escalation:ESC-1", "escalation:ESC-3"]
        assert three.rounds.cases == {"escalation:ESC-2": (three.world.moment(STAGE_1), WHY)}
        assert three.progress[-1] == (3, 3)

    def test_nothing_of_it_is_recorded(self, three: Ticking, spoilt: set[str]) -> None:
        before = three.world.history("escalation:ESC-2")
        spoilt.add("ESC-2")
        three.at(STAGE_1)
        assert three.world.history("escalation:ESC-2") == before

    def test_the_clock_beats_all_the_same(self, three: Ticking, spoilt: set[str]) -> None:
        spoilt.add("ESC-2")
        three.at(STAGE_1)
        assert three.rounds.heartbeat.last == three.world.moment(STAGE_1)

    def test_it_is_tried_again_and_stays_aside_since_the_first_time(
        self, three: Ticking, spoilt: set[str]
    ) -> None:
        spoilt.add("ESC-2")
        three.at(STAGE_1)
        ticked = three.at("2026-12-01T07:05")
        assert (ticked.looked_at, list(ticked.set_aside)) == (1, [("escalation:ESC-2", WHY)])
        assert three.rounds.cases == {"escalation:ESC-2": (three.world.moment(STAGE_1), WHY)}

    def test_once_it_can_be_handled_it_moves_as_if_nothing_had_been(
        self, three: Ticking, spoilt: set[str]
    ) -> None:
        spoilt.add("ESC-2")
        three.at(STAGE_1)
        spoilt.clear()
        ticked = three.at("2026-12-01T07:05")
        assert [o.stream for o in three.recorded] == ["escalation:ESC-2"]
        assert (ticked.set_aside, three.rounds.aside) == ([], [])
        (mine,) = (o.entry for o in three.recorded)
        other = three.world.history("escalation:ESC-1")[-1]
        assert (mine.fact, mine.occurred, mine.clause) == (other.fact, other.occurred, other.clause)

    def test_it_is_taken_back_also_where_nothing_is_due_any_more(
        self, three: Ticking, spoilt: set[str]
    ) -> None:
        spoilt.add("ESC-2")
        three.at(STAGE_1)
        spoilt.clear()
        three.world.do("trust", "2026-12-01T07:02", GiveReason("ESC-2", "On leave"))
        ticked = three.at("2026-12-01T07:05")
        assert (ticked.looked_at, ticked.recorded, three.recorded) == (1, 0, [])
        assert three.rounds.aside == []

    def test_every_case_can_fail(self, three: Ticking, spoilt: set[str]) -> None:
        spoilt.update(("ESC-1", "ESC-2", "ESC-3"))
        ticked = three.at(STAGE_1)
        assert [stream for stream, _ in ticked.set_aside] == three.rounds.aside
        assert sorted(three.rounds.aside) == [f"escalation:ESC-{n}" for n in (1, 2, 3)]
        assert (ticked.recorded, three.recorded) == (0, [])

    def test_one_taken_back_does_not_take_back_the_others(
        self, three: Ticking, spoilt: set[str]
    ) -> None:
        spoilt.update(("ESC-1", "ESC-3"))
        three.at(STAGE_1)
        spoilt.remove("ESC-1")
        three.at("2026-12-01T07:05")
        assert three.rounds.aside == ["escalation:ESC-3"]

    def test_a_program_that_is_stopped_is_no_case_that_fails(
        self, three: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_time_pass = three.world.workflow.let_time_pass_in

        def stops(streams: Sequence[str], now: datetime):
            if "escalation:ESC-2" in streams:
                raise Stopped
            return let_time_pass(streams, now)

        monkeypatch.setattr(ticks, "BATCH", 1)
        monkeypatch.setattr(three.world.workflow, "let_time_pass_in", stops)
        with pytest.raises(Stopped):
            three.at(STAGE_1)
        assert three.rounds.aside == []
        assert three.rounds.heartbeat.last == three.world.moment(SOON)
        monkeypatch.undo()
        assert sorted(three.moved(STAGE_1)) == ["ESC-2", "ESC-3"]


# --- Batches -----------------------------------------------------------------------------------


class TestBatches:
    @pytest.fixture
    def twelve(self, monkeypatch: pytest.MonkeyPatch) -> Ticking:
        """Twelve cases and batches of five."""
        monkeypatch.setattr(ticks, "BATCH", 5)
        ticking = Ticking(several(12))
        ticking.at(SOON)
        return ticking

    def test_a_batch_is_recorded_as_one(self, twelve: Ticking) -> None:
        twelve.at(STAGE_1)
        assert [len(batch) for batch in twelve.batches] == [5, 5, 2]
        assert [len({one.command for one in batch}) for batch in twelve.batches] == [1, 1, 1]
        assert twelve.progress == [(5, 12), (10, 12), (12, 12)]

    def test_it_records_what_each_case_alone_records_and_in_the_same_order(
        self, twelve: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alone = Ticking(several(12))
        alone.at(SOON)
        for at in (STAGE_1, "2027-01-04T07:00"):
            twelve.at(at)
            with monkeypatch.context() as patch:
                patch.setattr(ticks, "BATCH", 1)
                alone.at(at)
        assert placed(twelve) == placed(alone)
        assert len(placed(alone)) > 12 * 6

    def test_one_case_that_fails_holds_up_no_other_of_its_batch(
        self, twelve: Ticking, spoilt: set[str]
    ) -> None:
        spoilt.update(("ESC-2", "ESC-7"))
        ticked = twelve.at(STAGE_1)
        assert [stream for stream, _ in ticked.set_aside] == [ESC_2, "escalation:ESC-7"]
        assert [len(batch) for batch in twelve.batches] == [1] * 8 + [2]
        assert (ticked.looked_at, ticked.recorded) == (12, 10)

    def test_one_that_is_aside_already_slows_down_no_batch(
        self, twelve: Ticking, spoilt: set[str]
    ) -> None:
        spoilt.add("ESC-2")
        twelve.at(STAGE_1)
        ticked = twelve.at(STAGE_2)
        assert list(ticked.set_aside) == [(ESC_2, WHY)]
        assert [len({o.stream for o in batch}) for batch in twelve.batches] == [4, 5, 5, 5, 4]
        assert twelve.progress[-1] == (24, 24)

    def test_where_others_are_faster_again_and_again_only_single_cases_wait(
        self, twelve: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_time_pass = twelve.world.workflow.let_time_pass_in

        def busy(streams: Sequence[str], now: datetime):
            if ESC_2 in streams:
                raise Contended("Others were recording at the same time.")
            return let_time_pass(streams, now)

        with monkeypatch.context() as patch:
            patch.setattr(twelve.world.workflow, "let_time_pass_in", busy)
            ticked = twelve.at(STAGE_1)
        why = "Contended: Others were recording at the same time."
        assert (list(ticked.set_aside), ticked.recorded) == ([(ESC_2, why)], 11)
        assert twelve.moved("2026-12-01T07:05") == {"ESC-2": ["escalation.stage-entered.v1"]}
        assert twelve.rounds.aside == []

    def test_where_the_store_fails_no_case_is_blamed_and_the_rest_is_left_to_the_next_tick(
        self, twelve: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_time_pass = twelve.world.workflow.let_time_pass_in
        asked: list[int] = []

        def full(streams: Sequence[str], now: datetime):
            asked.append(len(streams))
            if len(asked) == 2:
                raise Trouble("The disk is full.")
            return let_time_pass(streams, now)

        with monkeypatch.context() as patch:
            patch.setattr(twelve.world.workflow, "let_time_pass_in", full)
            with pytest.raises(Trouble, match="full"):
                twelve.at(STAGE_1)
        assert (asked, twelve.rounds.aside) == ([5, 5], [])
        assert twelve.rounds.heartbeat.last == twelve.world.moment(SOON)
        assert len(twelve.moved("2026-12-01T07:05")) == 7

    def test_a_second_tick_in_the_midst_of_one_moves_nothing_twice(self, twelve: Ticking) -> None:
        """It runs from beginning to end after each batch of the first."""
        other = Ticking(twelve.world, twelve.rounds)
        told: list[int] = []

        def meanwhile(batch: Sequence[Recorded]) -> None:
            told.append(len(batch))
            other.at(STAGE_1)

        index = twelve.world.workflow._index
        at = twelve.world.moment(STAGE_1)
        ticked = tick(twelve.world.workflow, index, twelve.rounds, at, told=meanwhile)
        assert (told, ticked.set_aside) == ([5], [])
        assert {stream: len(facts) for stream, facts in moves(twelve.world).items()} == {
            escalation_stream(f"ESC-{n}"): 1 for n in range(1, 13)
        }

    def test_two_ticks_that_decide_the_same_batch_record_it_once(
        self, twelve: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second has decided when the first records."""
        append = MemoryRecord.append
        other = Ticking(twelve.world, twelve.rounds)

        def just_before(record: MemoryRecord, *given: object):
            with monkeypatch.context() as patch:
                patch.setattr(MemoryRecord, "append", append)
                other.at(STAGE_1)
            return append(record, *given)

        monkeypatch.setattr(MemoryRecord, "append", just_before)
        ticked = twelve.at(STAGE_1)
        assert (ticked.recorded, ticked.set_aside) == (0, [])
        assert {len(facts) for facts in moves(twelve.world).values()} == {1}
        assert len(moves(twelve.world)) == 12


ESC_2 = "escalation:ESC-2"


def placed(ticking: Ticking) -> list[tuple[int, str, int, str, Entry]]:
    """Everything that is recorded, and where: all but by which command."""
    everything = ticking.world.everything()
    return [(one.position, one.stream, one.version, one.id, one.entry) for one in everything]


# --- A time without ticks ----------------------------------------------------------------------


class TestGap:
    def test_a_time_without_ticks_is_noted_with_both_ends(self, ticking: Ticking) -> None:
        ticked = ticking.at("2026-11-30T11:01")
        (entry,) = ticking.gaps
        since, until = (ticking.world.moment(at) for at in (SOON, "2026-11-30T11:01"))
        assert ticked.gap == entry.fact == ClockStoodStill(since, until)
        assert (entry.occurred, entry.recorded, entry.by) == (since, until, None)
        assert entry.clause == NO_CLAUSE

    def test_ticks_that_are_close_leave_no_gap(self, ticking: Ticking) -> None:
        for at in ("2026-11-30T10:05", "2026-11-30T11:05", "2026-11-30T12:05"):
            assert ticking.at(at).gap is None
        assert ticking.gaps == []

    def test_how_close_is_a_setting(self) -> None:
        ticking = Ticking(World().raised(), Rounds(5, ran(SOON)))
        ticking.at(SOON)
        assert ticking.at("2026-11-30T10:05").gap is None
        assert ticking.at("2026-11-30T10:11").gap is not None
        assert ticking.noted() == [("2026-11-30T10:05", "2026-11-30T10:11")]

    def test_it_is_noted_before_what_it_made_late(self, ticking: Ticking) -> None:
        ticked = ticking.at(STAGE_1)
        gap = next(o for o in ticking.world.everything() if o.entry.fact == ticked.gap)
        assert [gap.position < one.position for one in ticking.recorded] == [True]

    def test_a_new_stretch_without_gaps_begins(self, ticking: Ticking) -> None:
        moment = ticking.world.moment
        ticking.at("2026-11-30T10:30")
        assert ticking.rounds.heartbeat == Beat(moment(SOON), moment("2026-11-30T10:30"))
        ticking.at(STAGE_1)
        ticking.at("2026-12-01T07:05")
        assert ticking.rounds.heartbeat == Beat(moment(STAGE_1), moment("2026-12-01T07:05"))

    def test_each_time_without_ticks_is_noted(self, ticking: Ticking) -> None:
        for at in ("2026-11-30T12:00", "2026-11-30T12:30", "2026-11-30T14:00", "2026-11-30T16:00"):
            ticking.at(at)
        assert ticking.noted() == [
            ("2026-11-30T10:00", "2026-11-30T12:00"),
            ("2026-11-30T12:30", "2026-11-30T14:00"),
            ("2026-11-30T14:00", "2026-11-30T16:00"),
        ]

    def test_of_two_ticks_that_notice_it_one_notes_it(self, ticking: Ticking) -> None:
        """The second runs from beginning to end when the first has read the heartbeat."""
        meanwhile = Meanwhile(lambda: ticking.at("2026-11-30T12:00"), ticking.rounds)
        mine = Ticking(ticking.world, meanwhile).at("2026-11-30T12:00")
        assert mine.gap is None
        assert ticking.noted() == [("2026-11-30T10:00", "2026-11-30T12:00")]
        assert ticking.rounds.heartbeat.since == ticking.world.moment("2026-11-30T12:00")

    def test_a_tick_that_dies_after_noting_it_leaves_it_noted_once(
        self, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        died_after_noting(ticking, "2026-12-01T07:00", monkeypatch)
        assert ticking.moved("2026-12-01T07:05") == {"ESC-1": ["escalation.stage-entered.v1"]}
        ticking.at("2026-12-01T07:10")
        assert ticking.noted() == [("2026-11-30T10:00", "2026-12-01T07:00")]

    def test_after_such_a_death_a_new_stretch_without_gaps_begins(
        self, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        died_after_noting(ticking, "2026-12-01T07:00", monkeypatch)
        ticking.at("2026-12-01T07:05")
        assert ticking.rounds.heartbeat.since >= ticking.world.moment("2026-12-01T07:00")

    def test_after_such_a_death_a_time_without_ticks_is_noted_too(
        self, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The computer goes down with the tick, and stays down for days."""
        died_after_noting(ticking, "2026-12-01T07:00", monkeypatch)
        ticking.at("2026-12-04T07:00")
        without = [("2026-11-30T10:00", "2026-12-01T07:00"), ("2026-12-01T07:00", "2026-12-04T07:00")]  # fmt: skip
        assert ticking.noted() == without


class TestFirstTick:
    """Where no heartbeat is known: in a new store, and where the office was lost."""

    @pytest.fixture
    def ticking(self) -> Ticking:
        """A store that was made on a Monday morning, and whose clock has never run."""
        return Ticking(World(began="2026-11-30T08:00"), Rounds())

    @pytest.mark.parametrize("at", ["2026-11-30T08:00", "2026-11-30T08:30", "2026-11-30T09:00"])
    def test_one_that_comes_in_time_leaves_no_gap(self, ticking: Ticking, at: str) -> None:
        before = ticking.world.everything()
        assert ticking.at(at) == Ticked(0, 0, [], None)
        assert ticking.world.everything() == before
        assert ticking.rounds.heartbeat == ran(at)

    def test_one_that_comes_late_notes_that_the_clock_has_not_run_since_the_store_was_made(
        self, ticking: Ticking
    ) -> None:
        gap = ticking.at("2026-11-30T09:01").gap
        assert gap == ClockStoodStill(utc("2026-11-30T08:00"), utc("2026-11-30T09:01"))
        assert [entry.fact for entry in ticking.gaps] == [gap]
        assert ticking.rounds.heartbeat == ran("2026-11-30T09:01")

    def test_it_is_noted_once(self, ticking: Ticking) -> None:
        ticking.at("2026-12-01T07:00")
        for at in ("2026-12-01T07:00", "2026-12-01T07:05"):
            assert ticking.at(at).gap is None
        assert ticking.noted() == [("2026-11-30T08:00", "2026-12-01T07:00")]

    def test_one_that_dies_after_noting_it_leaves_it_noted_once(
        self, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        several(1, ticking.world)
        died_after_noting(ticking, "2026-12-01T07:00", monkeypatch)
        assert ticking.rounds.heartbeat is None
        assert ticking.at("2026-12-01T07:05").gap is None
        assert len(ticking.gaps) == 1

    def test_where_the_office_was_lost_it_counts_from_what_the_record_knows(
        self, ticking: Ticking
    ) -> None:
        for at in ("2026-11-30T08:30", "2026-11-30T09:00"):
            ticking.at(at)
        ticking.rounds = Rounds()
        ticking.at("2026-11-30T12:00")
        ticking.at("2026-11-30T12:30")
        ticking.rounds = Rounds()
        ticking.at("2026-11-30T14:00")
        assert ticking.noted() == [
            ("2026-11-30T08:00", "2026-11-30T12:00"),
            ("2026-11-30T12:00", "2026-11-30T14:00"),
        ]

    def test_where_the_office_was_lost_soon_after_a_gap_there_is_no_other(
        self, ticking: Ticking
    ) -> None:
        ticking.at("2026-11-30T12:00")
        ticking.rounds = Rounds()
        assert ticking.at("2026-11-30T13:00").gap is None

    def test_a_record_with_nothing_in_it_has_no_gap(self) -> None:
        policies = World().policy_file.book
        index = MemoryIndex(policies)
        workflow = Workflow(MemoryRecord(), index, policies)
        assert tick(workflow, index, Rounds(), utc(SOON)) == Ticked(0, 0, [], None)


@dataclass
class Meanwhile:
    """Rounds between whose first look at the heartbeat and whose next step something else happens."""

    happens: Callable[[], object]
    rounds: Rounds

    def __getattr__(self, name: str):
        return getattr(self.rounds, name)

    @property
    def heartbeat(self) -> Beat | None:
        found, happens = self.rounds.heartbeat, self.happens
        self.happens = lambda: None
        happens()
        return found


def died_after_noting(ticking: Ticking, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick notes a gap, and dies before it does anything else."""

    def dies(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(ticking.world.workflow, "let_time_pass_in", dies)
        with pytest.raises(Stopped):
            ticking.at(at)
    assert ticking.noted()[-1][1] == at


# --- It never invents anything -----------------------------------------------------------------


def busy() -> World:
    """Cases in several places of their ladders, an agreed action, and a closure day to come."""
    world = several(3)
    world.do("manager", "2026-11-30T11:00", DeclareClosure(day("2026-12-08"), "Training"))
    world.agreed("2026-12-01T09:00", "2026-12-10")
    met = HoldMeeting("ESC-2", ("sub", "board"), MeetingOutcome.NOT_RESOLVED)
    world.do("sub", "2026-12-04T11:00", met)
    world.do("manager", "2026-12-04T12:00", Resolve("ESC-3", "Received"))
    return world


def moves(world: World) -> dict[str, list[tuple[object, datetime, str]]]:
    """What the clock recorded: what, when it fell due, under which clause."""
    found: dict[str, list[tuple[object, datetime, str]]] = {}
    for one in world.everything():
        if one.entry.by is None and one.stream != PARTNERSHIP:
            entry = one.entry
            found.setdefault(one.stream, []).append((entry.fact, entry.occurred, entry.clause))
    return found


def test_ticks_every_minute_and_one_after_a_month_make_the_same_moves() -> None:
    at = "2026-12-04T12:30"
    often, once = (Ticking(busy(), Rounds(heartbeat=ran(at))) for _ in range(2))
    began, ends = (once.world.moment(at) for at in (at, "2027-01-04T12:30"))
    for ticking in (often, once):
        ticking.now(began)
    for minute in range(1, (ends - began) // timedelta(minutes=1) + 1):
        often.now(began + timedelta(minutes=minute))
    once.now(ends)
    assert moves(often.world) == moves(once.world)
    assert len(moves(once.world)["escalation:ESC-1"]) > 3
    assert often.world.partnership_history() == [
        entry for entry in once.world.partnership_history() if entry not in once.gaps
    ]
    assert [entry.fact for entry in once.gaps] == [ClockStoodStill(began, ends)]
    on_time = {e.recorded - e.occurred for e in often.world.history() if e.occurred > began}
    assert on_time == {timedelta()}
