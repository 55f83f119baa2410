"""A clock that steps back, and a tick in the middle of building views: nothing is doubled or lost."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from cspr_workflow.application import tick as ticks
from cspr_workflow.domain.acts import GiveReason, Inform, Informed
from cspr_workflow.domain.partnership import ClockSteppedBack
from projections import runner
from tests.faults import checks, plans
from tests.faults.clocks import (
    BACK,
    BACK_AND_FORWARD,
    by_a_clock_that_jumps,
    never_backwards,
    noted,
)
from tests.faults.scenarios import OPEN, TWO_CASES, tick
from tests.faults.stores import (
    Program,
    Step,
    Stores,
    act,
    at,
    course,
    do,
    lines,
    opened,
    told,
)


def test_it_is_noted_once_however_much_is_done_before_the_clock_has_caught_up(
    stores: Stores,
) -> None:
    path = stores.after(TWO_CASES)
    with opened(path) as desk:
        do(desk, tick("2026-12-04T07:00"))
        said = at("2026-12-03T07:00")
        for minute in range(5):
            now = said + timedelta(minutes=minute)
            assert (
                do(desk, act("ward", now, GiveReason("ESC-1", f"At {minute}"))).ending == "recorded"
            )
            assert do(desk, Step(now)).ending == "ticked"
        assert noted(desk) == [ClockSteppedBack(said, at("2026-12-04T07:00"))]
        assert never_backwards(lines(desk))
        now = at("2026-12-04T07:05")
        assert (
            do(desk, act("ward", now, GiveReason("ESC-1", "Caught up"))).recorded[0].entry.recorded
            == now
        )
        assert len(noted(desk)) == 1
    checks.sound_and_right(path)


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=3), timedelta(days=40)])
def test_a_clock_that_steps_back_between_ticks_moves_nothing_twice(
    stores: Stores, back: timedelta
) -> None:
    before = stores.after(TWO_CASES)
    steady, path = stores.new(before), stores.new(before)
    ends = at("2026-12-17T07:00")
    expected = course(steady, [Step(ends)])
    with opened(path) as desk:
        for days in (1, 4, 9):
            now = at("2026-12-01T07:00") + timedelta(days=days)
            do(desk, Step(now))
            do(desk, Step(now - back))
        do(desk, Step(ends))
        found = told(lines(desk))
        wanted = told(expected.lines)
        for history in (found, wanted):
            history.pop("partnership")
        assert found == wanted
        assert never_backwards(lines(desk))
    checks.sound_and_right(path)


def test_somebody_acts_while_it_is_noted(stores: Stores) -> None:
    path = stores.after((*OPEN, _reason("2026-11-30T12:00", "First")))
    with opened(path) as desk, opened(path) as other:
        latest = desk.workflow._not_before_the_last

        def meanwhile(now: object) -> object:
            found = latest(now)  # type: ignore[arg-type]
            with mock.patch.object(desk.workflow, "_not_before_the_last", latest):
                do(other, _reason("2026-11-30T12:05", "By another program"))
            return found

        with mock.patch.object(desk.workflow, "_not_before_the_last", meanwhile):
            answer = do(desk, _reason("2026-11-30T11:00", "By a clock that is behind"))
    assert answer.ending == "recorded"


def test_two_note_the_same_gap_at_once(stores: Stores) -> None:
    path = stores.after((*OPEN, tick("2026-11-30T10:00")))
    with opened(path) as desk, opened(path) as other:
        with just_before_it_is_noted(desk, lambda: do(other, tick("2026-12-04T09:59"))):
            do(desk, tick("2026-12-04T10:00"))
        first, second = desk.workflow.partnership.gaps
        assert (first.until, second.since) == (at("2026-11-30T10:00"), first.until)
        assert second.until == at("2026-12-04T09:59")


def test_two_note_at_once_that_the_clock_stepped_back(stores: Stores) -> None:
    path = stores.after((*OPEN, _reason("2026-11-30T12:00", "First")))
    with opened(path) as desk, opened(path) as other:
        theirs = _reason("2026-11-30T11:01", "By another program, behind as well")
        with just_before_it_is_noted(desk, lambda: do(other, theirs)):
            do(desk, _reason("2026-11-30T11:00", "By a clock that is behind"))
        found = Counter(type(line.entry.fact).__name__ for line in lines(desk))
    assert found["ClockSteppedBack"] == 1


@contextmanager
def just_before_it_is_noted(desk: Program, other: Callable[[], object]) -> Iterator[None]:
    """Another program does something once this one has seen that there is something to be noted."""
    noting = desk.workflow._of_the_clock

    def meanwhile(*args: Any) -> object:
        with mock.patch.object(desk.workflow, "_of_the_clock", noting):
            other()
        return noting(*args)

    with mock.patch.object(desk.workflow, "_of_the_clock", meanwhile):
        yield


def test_a_long_tick_is_no_clock_that_stepped_back(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticks, "BATCH", 1)
    path = stores.after(plans.opened_at_once(4))
    now = at("2026-12-01T06:00")
    with opened(path) as desk, opened(path) as other:

        def meanwhile(done: int, _: int) -> None:
            later = now + timedelta(seconds=40 * done)
            desk.moment = later
            do(other, act("ward", later, GiveReason("ESC-0", f"After {done} cases")))

        ticks.tick(desk.workflow, desk.views, desk.office, now, meanwhile)
        found = Counter(type(line.entry.fact).__name__ for line in lines(desk))
    assert found["ReasonGiven"] == 4
    assert found["ClockSteppedBack"] == 0


def _reason(now: str, what: str) -> Step:
    return act("ward", at(now), GiveReason("ESC-1", what))


def test_acts_and_ticks_by_a_clock_that_jumps(stores: Stores) -> None:
    """All that is recorded is what the same acts bring about at the moments of recording."""
    done = by_a_clock_that_jumps(stores, random.Random("jumps"), 6, BACK)
    assert done["acts"] > 40
    assert 3 < done["noted"] <= done["jumps"]


def test_acts_and_ticks_by_a_clock_that_jumps_both_ways(stores: Stores) -> None:
    done = by_a_clock_that_jumps(stores, random.Random("both ways"), 4, BACK_AND_FORWARD)
    assert done["acts"] > 20
    assert done["noted"] > 3


# --- Gaps ------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The program ends here."""


def dies_before_it_notes_that_it_ran(desk: Program, step: Step) -> None:
    """The clock runs, and the program is killed when everything is recorded."""
    dying = mock.patch.object(desk.office, "beat", mock.Mock(side_effect=Killed))
    with dying, pytest.raises(Killed):
        do(desk, step)


def test_a_second_gap_is_noted_after_a_tick_that_was_killed(stores: Stores) -> None:
    with opened(stores.after((*OPEN, tick("2026-11-30T10:00")))) as desk:
        dies_before_it_notes_that_it_ran(desk, tick("2026-11-30T14:00"))
        do(desk, tick("2026-12-04T10:00"))
        found = [(gap.since, gap.until) for gap in desk.workflow.partnership.gaps]
    assert found == [
        (at("2026-01-05T09:00"), at("2026-11-30T10:00")),
        (at("2026-11-30T10:00"), at("2026-11-30T14:00")),
        (at("2026-11-30T14:00"), at("2026-12-04T10:00")),
    ]


def test_the_office_says_since_when_there_was_no_gap(stores: Stores) -> None:
    with opened(stores.after((*OPEN, tick("2026-11-30T10:00")))) as desk:
        dies_before_it_notes_that_it_ran(desk, tick("2026-11-30T14:00"))
        do(desk, tick("2026-11-30T14:05"))
        beat = desk.office.heartbeat
    assert beat is not None
    assert beat.since > at("2026-11-30T10:00")


# --- In the middle of building views -------------------------------------------------------------


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BATCH", 20)


@pytest.mark.usefixtures("small_batches")
def test_the_clock_runs_and_people_act_while_views_are_built_anew(stores: Stores) -> None:
    path = stores.after(plans.opened_at_once(12))
    days = iter(range(1, 30))
    with opened(path) as desk, opened(path) as other:

        def meanwhile(_: int, __: int) -> None:
            now = at("2026-12-01T06:00") + timedelta(days=next(days))
            assert do(other, Step(now)).ending == "ticked"
            do(other, act("officer", now, Inform("ESC-1", Informed.BUSINESS_MANAGER)))

        position = desk.views.rebuild(meanwhile)
        assert next(days) > 3
        assert position == desk.record.last()[0]
        checks.views_are_right(desk)
        later = at("2027-02-01T06:00")
        assert list(desk.views.due(later)) == list(other.views.due(later))
        checks.views_are_right(other)
    checks.sound_and_right(path)


@pytest.mark.usefixtures("small_batches")
def test_views_are_built_anew_in_the_middle_of_a_tick(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stores.after(plans.opened_at_once(8))
    last = Step(at("2026-12-17T07:00"))
    expected, path = course(stores.new(before), [last]), stores.new(before)
    with opened(path) as desk, opened(path) as other:
        passing = desk.workflow.let_time_pass_in

        def passing_and_building(streams: Sequence[str], now: datetime) -> object:
            recorded = passing(streams, now)
            other.views.rebuild()
            return recorded

        monkeypatch.setattr(ticks, "BATCH", 1)
        monkeypatch.setattr(desk.workflow, "let_time_pass_in", passing_and_building)
        assert do(desk, last).ending == "ticked"
        checks.ended(desk, expected)
    checks.sound_and_right(path)


def test_views_that_are_removed_under_a_program_come_back(stores: Stores) -> None:
    path: Path = stores.after(OPEN)
    steps = [act("ward", at("2026-11-30T10:00"), GiveReason("ESC-1", "One"))]
    expected = course(stores.new(path), steps)
    with opened(path) as desk:
        desk.views.catch_up()
        for file in path.glob("views.sqlite*"):
            file.unlink()
        assert do(desk, steps[0]) == expected.answers[0]
        checks.ended(desk, expected)
    checks.sound_and_right(path)
