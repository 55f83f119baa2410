"""Defects that are known and not mended yet, each at its smallest.

Each test fails as it should. Once the program is mended it passes, which is reported as a failure: then
the mark goes, and the test moves to where it belongs.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.application.tick import tick as let_it_tick
from cspr_workflow.domain.acts import GiveReason, WithdrawIncident
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store.folder import KEYS, VIEWS
from projections import runner
from tests.faults import checks, plans
from tests.faults.disk import held_by_another, impatient
from tests.faults.scenarios import OPEN, reported, tick
from tests.faults.stores import Step, Stores, act, at, do, lines, lose_views, opened
from tests.faults.workers import Say, Worker


class Killed(BaseException):
    """The program ends here."""


def dies_before_it_notes_that_it_ran(desk: Desk, step: Step) -> None:
    """The clock runs, and the program is killed when everything is recorded."""
    dying = mock.patch.object(desk.office, "beat", mock.Mock(side_effect=Killed))
    with dying, pytest.raises(Killed):
        do(desk, step)


def reason(now: str, what: str) -> Step:
    """The service lead gives a reason."""
    return act("ward", at(now), GiveReason("ESC-1", what))


@pytest.mark.xfail(
    strict=True, reason="a gap is measured from the last beat, not from the last gap"
)
def test_a_second_gap_is_noted_after_a_tick_that_was_killed(stores: Stores) -> None:
    with opened(stores.after((*OPEN, tick("2026-11-30T10:00")))) as desk:
        dies_before_it_notes_that_it_ran(desk, tick("2026-11-30T14:00"))
        do(desk, tick("2026-12-04T10:00"))
        found = [(gap.since, gap.until) for gap in desk.workflow.partnership.gaps]
    assert found == [
        (at("2026-11-30T10:00"), at("2026-11-30T14:00")),
        (at("2026-11-30T14:00"), at("2026-12-04T10:00")),
    ]


@pytest.mark.xfail(strict=True, reason="the office takes a gap that was noted before for none")
def test_the_office_says_since_when_there_was_no_gap(stores: Stores) -> None:
    with opened(stores.after((*OPEN, tick("2026-11-30T10:00")))) as desk:
        dies_before_it_notes_that_it_ran(desk, tick("2026-11-30T14:00"))
        do(desk, tick("2026-11-30T14:05"))
        beat = desk.office.heartbeat
    assert beat is not None
    assert beat.since > at("2026-11-30T10:00")


@pytest.mark.xfail(strict=True, reason="what is looked at and what is appended to are two versions")
def test_two_note_the_same_gap_at_once(stores: Stores) -> None:
    path = stores.after((*OPEN, tick("2026-11-30T10:00")))
    with opened(path) as desk, opened(path) as other:
        with just_before_it_is_noted(desk, lambda: do(other, tick("2026-12-04T09:59"))):
            do(desk, tick("2026-12-04T10:00"))
        assert len(desk.workflow.partnership.gaps) == 1


@pytest.mark.xfail(strict=True, reason="what is looked at and what is appended to are two versions")
def test_two_note_at_once_that_the_clock_stepped_back(stores: Stores) -> None:
    path = stores.after((*OPEN, reason("2026-11-30T12:00", "First")))
    with opened(path) as desk, opened(path) as other:
        theirs = reason("2026-11-30T11:01", "By another program, behind as well")
        with just_before_it_is_noted(desk, lambda: do(other, theirs)):
            do(desk, reason("2026-11-30T11:00", "By a clock that is behind"))
        found = Counter(type(line.entry.fact).__name__ for line in lines(desk))
    assert found["ClockSteppedBack"] == 1


@contextmanager
def just_before_it_is_noted(desk: Desk, other: Callable[[], object]) -> Iterator[None]:
    """Another program does something once this one has seen that there is something to be noted."""
    noting = desk.workflow._of_the_clock

    def meanwhile(*args: Any) -> object:
        with mock.patch.object(desk.workflow, "_of_the_clock", noting):
            other()
        return noting(*args)

    with mock.patch.object(desk.workflow, "_of_the_clock", meanwhile):
        yield


@pytest.mark.xfail(strict=True, reason="a tick that lasts is behind everybody who acts meanwhile")
def test_a_long_tick_is_no_clock_that_stepped_back(stores: Stores) -> None:
    path = stores.after(plans.opened_at_once(4))
    now = at("2026-12-01T06:00")
    with opened(path) as desk, opened(path) as other:

        def meanwhile(done: int, _: int) -> None:
            later = now + timedelta(seconds=40 * done)
            do(other, act("ward", later, GiveReason("ESC-1", f"After {done} cases")))

        let_it_tick(desk.workflow, desk.views, desk.office, now, meanwhile)
        found = Counter(type(line.entry.fact).__name__ for line in lines(desk))
    assert found["ReasonGiven"] == 4
    assert found["ClockSteppedBack"] == 0


@pytest.mark.xfail(strict=True, reason="a file of views is put in the place of one that is in use")
def test_two_programs_build_the_views_at_the_same_time(stores: Stores) -> None:
    """One finds no views and builds them; before it puts them in place, the other one has some."""
    path = stores.after(OPEN)
    lose_views(path)
    waits, go_on = os.pipe()

    def slowly(say: Say) -> None:
        remove = runner._remove

        def once_told(file: Path) -> None:
            if file == path / VIEWS:
                say(0)
                os.read(waits, 1)
            remove(file)

        with opened(path) as other, mock.patch.object(runner, "_remove", once_told):
            other.views.catch_up()

    slow = Worker(slowly)
    slow.hears()
    with opened(path) as desk:
        desk.views.catch_up()
        take_over = runner.Views._take_over

        def after_the_other(views: runner.Views, built: runner.Views) -> int:
            catch_up = built.catch_up

            def and_then(*args: object) -> int:
                os.write(go_on, b".")
                slow.ended()
                return catch_up()

            with mock.patch.object(built, "catch_up", and_then):
                return take_over(views, built)

        with mock.patch.object(runner.Views, "_take_over", after_the_other):
            desk.views.rebuild()
        checks.views_are_right(desk)


@pytest.mark.xfail(
    strict=True, reason="a key that could not be kept is used to open what others sealed"
)
def test_what_another_program_sealed_can_be_read_after_a_report_that_failed(stores: Stores) -> None:
    path = stores.after(OPEN)
    with impatient(), opened(path) as desk, opened(path) as other:
        with held_by_another(path / KEYS), pytest.raises(Trouble):
            do(desk, reported("INC-9", "2026-11-30T12:00"))
        do(other, reported("INC-9", "2026-11-30T12:01"))
        withdrawn = WithdrawIncident("INC-9", "The criteria are not met")
        do(other, act("manager", at("2026-11-30T12:02"), withdrawn))
        last = lines(desk)[-1].entry.fact
    assert getattr(last, "reasons", None) == "The criteria are not met"
