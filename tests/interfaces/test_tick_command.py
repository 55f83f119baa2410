"""The command that lets time pass: what it says, when it stops, and how it goes on and on."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain import escalation
from cspr_workflow.domain.acts import Command, ReportIncident
from cspr_workflow.domain.people import Actor
from cspr_workflow.interfaces import tick_command
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store.office import Heartbeat, Office
from projections.runner import Views
from tests.interfaces.house import House, opened
from tests.support import day, raising, utc

RAISED, STAGE_1, STAGE_2 = "2026-11-30T09:30", "2026-12-01T07:00", "2026-12-04T07:00"
REPORT = ("report-incident", "INC-1", "--incident-on", "2026-11-24", "--aware-on", "2026-11-25")
MOVED = "Tue 1 Dec 2026 00:00 [ESC-1] The clock moved it to Stage 1"
STAGE_ENTERED = "escalation.stage-entered.v1"


def at(house: House, moment: str) -> House:
    """Set the rehearsal's clock."""
    with_office(house, lambda office: office.set_clock(utc(moment)))
    return house


def with_office(house: House, do: Callable[[Office], Any]) -> Any:
    desk = opened(house)
    try:
        return do(desk.office)
    finally:
        desk.close()


def ran(house: House, moment: str) -> House:
    """The clock ran at a moment, and nothing had fallen due: no gap is to be noted soon after."""
    with_office(house, lambda office: office.beat(utc(moment), gap=False))
    return house


def heartbeat(house: House) -> Heartbeat | None:
    found: Heartbeat | None = with_office(house, lambda office: office.heartbeat)
    return found


def aside(house: House) -> list[str]:
    found: list[str] = with_office(house, lambda office: office.aside)
    return found


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


# --- Once --------------------------------------------------------------------------------------


class TestOnce:
    def test_it_tells_each_move(self, rehearsal: House) -> None:
        ran(rehearsal, "2026-12-01T06:30")
        told = at(rehearsal, STAGE_1).told("tick")
        assert told.startswith(MOVED)
        assert told.endswith("One entry recorded.")
        told = at(rehearsal, STAGE_2).told("tick")
        assert "[INC-1] The clock recorded that T1 Notification has passed." in told
        assert "[ESC-1] The clock moved it to Stage 2" in told
        assert told.endswith("2 entries recorded.")

    def test_where_nothing_is_due_it_says_only_that(self, rehearsal: House) -> None:
        ran(at(rehearsal, "2026-11-30T10:00"), RAISED)
        before = rehearsal.everything()
        result = rehearsal.run("tick")
        assert (result.exit_code, result.stdout, result.stderr) == (
            0,
            "Nothing has fallen due.\n",
            "",
        )
        assert rehearsal.everything() == before

    def test_to_a_program_it_tells_the_same(self, rehearsal: House) -> None:
        at(rehearsal, "2026-11-30T10:00").told("tick")
        answer = at(rehearsal, STAGE_1).answered("tick")
        (recorded,) = answer.pop("recorded")
        assert answer == {
            "now": "2026-12-01T07:00:00+00:00",
            "looked_at": 1,
            "set_aside": [],
            "gap": {"since": "2026-11-30T10:00:00+00:00", "until": "2026-12-01T07:00:00+00:00"},
        }
        assert (recorded["stream"], recorded["type"]) == ("escalation:ESC-1", STAGE_ENTERED)
        assert (recorded["occurred"], recorded["by"]) == ("2026-12-01T00:00:00+00:00", "clock")

    def test_nothing_to_tell_a_program_is_told_too(self, rehearsal: House) -> None:
        answer = ran(at(rehearsal, "2026-11-30T10:00"), RAISED).answered("tick")
        assert answer == {
            "now": "2026-11-30T10:00:00+00:00",
            "looked_at": 0,
            "recorded": [],
            "set_aside": [],
            "gap": None,
        }

    def test_the_clock_beats(self, rehearsal: House) -> None:
        assert heartbeat(rehearsal) is None
        at(rehearsal, STAGE_1).told("tick")
        assert heartbeat(rehearsal) == Heartbeat(utc(STAGE_1), utc(STAGE_1))

    def test_a_time_without_ticks_is_told_and_recorded_once(self, rehearsal: House) -> None:
        ran(at(rehearsal, "2026-11-30T10:00"), RAISED).told("tick")
        told = at(rehearsal, STAGE_1).told("tick")
        assert told.startswith(
            "The clock did not run between Mon 30 Nov 2026 10:00 and Tue 1 Dec 2026 07:00"
        )
        assert MOVED in told
        assert "did not run" not in at(rehearsal, "2026-12-01T08:00").told("tick")
        assert rehearsal.types().count("partnership.clock-stood-still.v1") == 1

    def test_in_a_lasting_store_it_is_the_real_clock(self, lasting: House) -> None:
        lasting.told(*REPORT, "--as", "officer")
        lasting.now = utc("2026-12-02T07:00")
        assert "T1 Notification has passed" in lasting.told("tick")
        assert heartbeat(lasting) == Heartbeat(lasting.now, lasting.now)

    def test_many_due_cases_are_all_told(self, rehearsal: House) -> None:
        desk = opened(rehearsal)
        officer, moment = Actor(desk.person("officer")), utc("2026-11-30T09:31")
        for number in range(2, 42):
            for act in (
                ReportIncident(f"INC-{number}", day("2026-11-24"), day("2026-11-25")),
                raising(f"ESC-{number}", incident=f"INC-{number}"),
            ):
                desk.workflow.do(Command(act, officer, moment), moment)
        desk.close()
        told = at(rehearsal, "2026-12-02T07:00").told("tick")
        assert all(f"[ESC-{n}] The clock moved it to Stage 1" in told for n in range(1, 42))
        assert told.endswith("82 entries recorded.")
        assert rehearsal.told("tick") == "Nothing has fallen due."


class TestWhatItCannotDo:
    def test_a_case_set_aside_is_named_with_the_reason_and_status_1(
        self, rehearsal: House, spoilt: set[str]
    ) -> None:
        spoilt.add("ESC-1")
        result = at(rehearsal, STAGE_2).run("tick")
        assert result.exit_code == 1
        assert result.stderr == (
            "ESC-1 is set aside: ValueError: a fact that nobody expected. The next tick tries it again.\n"
        )
        assert "T1 Notification has passed" in " ".join(result.stdout.split())
        assert "ESC-1" not in result.stdout
        assert aside(rehearsal) == ["escalation:ESC-1"]

    def test_a_program_is_told_of_it(self, rehearsal: House, spoilt: set[str]) -> None:
        spoilt.add("ESC-1")
        answer = at(rehearsal, STAGE_1).answered("tick", status=1)
        why = "ValueError: a fact that nobody expected"
        assert answer["set_aside"] == [{"stream": "escalation:ESC-1", "why": why}]

    def test_the_next_tick_tries_it_again_and_takes_it_back(
        self, rehearsal: House, spoilt: set[str]
    ) -> None:
        spoilt.add("ESC-1")
        at(rehearsal, STAGE_1)
        assert [rehearsal.run("tick").exit_code for _ in range(2)] == [1, 1]
        spoilt.clear()
        assert rehearsal.told("tick").startswith(MOVED)
        assert aside(rehearsal) == []

    def test_views_that_cannot_be_asked_are_a_sentence_and_status_1(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_: object) -> None:
            raise Trouble("The views cannot be read.")

        monkeypatch.setattr(Views, "due_in_batches", fails)
        before = heartbeat(ran(rehearsal, "2026-12-01T06:30"))
        assert at(rehearsal, STAGE_1).stops(1, "tick") == "The views cannot be read."
        assert heartbeat(rehearsal) == before

    def test_without_a_store_it_says_how_to_make_one(self, house: House) -> None:
        assert house.stops(2, "tick") == (
            "partnership: there is no store here. Make one with cspr init, or name its folder with --store."
        )

    def test_seconds_to_wait_are_at_least_one(self, rehearsal: House) -> None:
        before = rehearsal.everything()
        result = rehearsal.run("tick", "--watch", "0")
        assert (result.exit_code, result.stdout) == (2, "")
        assert rehearsal.everything() == before


# --- Again and again ---------------------------------------------------------------------------


class Watched:
    """A rehearsal's clock that is watched: each round has a moment; after the last comes Ctrl+C."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.house, self.slept, self.left = house, [], []  # type: ignore[var-annotated]
        monkeypatch.setattr(tick_command, "_sleep", self._sleep)

    def _sleep(self, seconds: int) -> None:
        self.slept.append(seconds)
        if not self.left:
            raise KeyboardInterrupt
        at(self.house, self.left.pop(0))

    def rounds(self, *moments: str, options: tuple[str, ...] = ()) -> Any:
        at(self.house, moments[0])
        self.left = list(moments[1:])
        return self.house.run("tick", "--watch", "60", *options)


@pytest.fixture
def watched(rehearsal: House, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(rehearsal, monkeypatch)


class TestWatch:
    def test_it_goes_on_until_it_is_stopped_which_ends_well(self, watched: Watched) -> None:
        result = watched.rounds("2026-11-30T23:50", "2026-12-01T00:00", "2026-12-01T00:10")
        assert (result.exit_code, result.stderr) == (0, "")
        assert watched.slept == [60, 60, 60]
        assert heartbeat(watched.house) == Heartbeat(utc("2026-11-30T23:50"), utc("2026-12-01T00:10"))  # fmt: skip

    def test_only_a_round_that_recorded_something_is_told(self, watched: Watched) -> None:
        ran(watched.house, "2026-11-30T23:30")
        result = watched.rounds("2026-11-30T23:50", "2026-12-01T00:00", "2026-12-01T00:10")
        told = " ".join(result.stdout.split())
        assert told.startswith(MOVED)
        assert told.endswith("One entry recorded.")
        assert told.count("recorded.") == 1

    def test_where_nothing_falls_due_it_says_nothing(self, watched: Watched) -> None:
        ran(watched.house, RAISED)
        assert watched.rounds("2026-11-30T10:00", "2026-11-30T10:01").output == ""

    def test_a_program_is_told_of_each_round_in_a_line(self, watched: Watched) -> None:
        result = watched.rounds("2026-11-30T23:50", "2026-12-01T00:00", options=("--json",))
        rounds = [json.loads(line) for line in result.stdout.splitlines()]
        assert [one["now"] for one in rounds] == [
            "2026-11-30T23:50:00+00:00",
            "2026-12-01T00:00:00+00:00",
        ]
        assert [[r["type"] for r in one["recorded"]] for one in rounds] == [[], [STAGE_ENTERED]]

    def test_a_time_in_which_the_computer_slept_is_told(self, watched: Watched) -> None:
        told = watched.rounds("2026-11-30T10:00", "2026-11-30T20:00").stdout
        assert "The clock did not run between Mon 30 Nov 2026 10:00 and Mon 30 Nov 2026 20:00" in told  # fmt: skip

    @pytest.mark.parametrize(("failing", "status"), [(1, 0), (2, 0), (3, 1)])
    def test_a_round_that_fails_is_told_and_the_next_goes_on(
        self, watched: Watched, monkeypatch: pytest.MonkeyPatch, failing: int, status: int
    ) -> None:
        """The exit status is that of the last round."""
        monkeypatch.setattr(tick_command, "tick", failing_once(failing))
        result = watched.rounds("2026-11-30T23:50", "2026-12-01T00:00", "2026-12-01T00:10")
        assert result.exit_code == status
        assert result.stderr == "The disk is full.\n"
        assert watched.slept == [60, 60, 60]
        assert MOVED in " ".join(result.stdout.split())

    @pytest.mark.parametrize("where", ["now", "teller"])
    def test_trouble_anywhere_in_a_round_is_told_and_the_next_goes_on(
        self, watched: Watched, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        """The office cannot be read: before the round for the clock, or after it for people's names."""
        self.fails_once(monkeypatch, where)
        result = watched.rounds("2026-11-30T23:50", "2026-12-01T00:00", "2026-12-02T00:00")
        assert result.exit_code == 0
        assert result.stderr == "The office cannot be read.\n"
        assert watched.slept == [60, 60, 60]
        assert "[INC-1] The clock recorded that T1" in " ".join(result.stdout.split())
        assert heartbeat(watched.house).last == utc("2026-12-02T00:00")  # type: ignore[union-attr]

    @pytest.mark.parametrize("where", ["now", "teller"])
    def test_without_watching_it_ends_the_command(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        at(rehearsal, STAGE_1)
        self.fails_once(monkeypatch, where)
        result = rehearsal.run("tick")
        assert (result.exit_code, result.stderr) == (1, "The office cannot be read.\n")

    def fails_once(self, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
        """The desk fails when it is asked for the time, or for how to tell what was recorded."""
        really, left = vars(Desk)[where], [True]

        def failing(desk: Desk) -> Any:
            if left:
                left.pop()
                raise Trouble("The office cannot be read.")
            return really.fget(desk) if isinstance(really, property) else really(desk)

        monkeypatch.setattr(Desk, where, property(failing) if where == "teller" else failing)

    def test_a_case_that_is_set_aside_stops_no_round(
        self, watched: Watched, spoilt: set[str]
    ) -> None:
        spoilt.add("ESC-1")
        result = watched.rounds("2026-12-01T23:50", "2026-12-02T00:00", "2026-12-02T00:10")
        assert result.exit_code == 1
        assert result.stderr.count("ESC-1 is set aside") == 3
        assert "T1 Notification has passed" in " ".join(result.stdout.split())

    def test_stopped_within_a_round_it_leaves_nothing_half(
        self, watched: Watched, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tick = tick_command.tick

        def stopped(*given: Any) -> None:
            tick(*given)
            raise KeyboardInterrupt

        monkeypatch.setattr(tick_command, "tick", stopped)
        assert watched.rounds(STAGE_1).exit_code in (0, 130)
        monkeypatch.undo()
        assert watched.house.types()[-1] == STAGE_ENTERED


def failing_once(number: int) -> Callable[..., Any]:
    """A tick that fails in one of its rounds."""
    rounds, tick = iter(range(1, 100)), tick_command.tick

    def fails(*given: Any) -> Any:
        if next(rounds) == number:
            raise Trouble("The disk is full.")
        return tick(*given)

    return fails
