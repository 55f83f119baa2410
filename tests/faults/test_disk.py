"""A disk that is full or fails, a file that is held: a clear sentence, nothing half, and then on."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.acts import GiveReason
from cspr_workflow.store import folder
from cspr_workflow.store.folder import KEYS, OFFICE, RECORD, VIEWS
from tests.faults import checks
from tests.faults.disk import files_that_end_at, full_disk, held_by_another, impatient
from tests.faults.scenarios import OPEN, TWO_CASES, reported, tick
from tests.faults.stores import (
    Course,
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
from tests.faults.workers import Say, Worker

LONG = "Nobody was there to send it, and nobody knew who was to be asked for it. " * 20
REASONS = tuple(
    act("ward", at("2026-11-30T10:00") + timedelta(minutes=n), GiveReason("ESC-1", f"{n} {LONG}"))
    for n in range(12)
)


def until_it_fails(desk: Program, steps: Sequence[Step]) -> tuple[int, str]:
    """How many steps are done before one fails, and the sentence that says why."""
    for number, step in enumerate(steps):
        try:
            do(desk, step)
        except Trouble as trouble:
            return number, str(trouble)
    raise AssertionError("nothing failed")


def goes_on(desk: Program, steps: Sequence[Step], expected: Course) -> None:
    """The same, again and to its end: everything is there once."""
    for step, answer in zip(steps, expected.answers, strict=True):
        assert do(desk, step) == answer
    checks.ended(desk, expected)


# --- Full ----------------------------------------------------------------------------------------


def test_the_disk_of_the_record_is_full(stores: Stores) -> None:
    before = stores.after(OPEN)
    expected, path = course(stores.new(before), REASONS), stores.new(before)
    with full_disk(RECORD) as disk, opened(path) as desk:
        disk.fill()
        done, said = until_it_fails(desk, REASONS)
        assert (
            said
            == f"{path / RECORD}: the disk is full. Nothing was recorded; make room and try again."
        )
        assert until_it_fails(desk, REASONS) == (done, said)
        assert checks.begins(desk, expected) == expected.reached[done]
        checks.views_are_right(desk)
        disk.make_room()
        goes_on(desk, REASONS, expected)
    checks.sound_and_right(path)


def test_the_disk_is_full_when_time_is_to_pass(stores: Stores) -> None:
    """What could not be recorded is recorded by the next tick."""
    before = stores.after(TWO_CASES)
    now = at("2026-12-17T07:00")
    expected, path = course(stores.new(before), [Step(now)]), stores.new(before)
    with full_disk(RECORD) as disk, opened(path) as desk:
        disk.fill()
        failed = 0
        for minute in range(3):
            try:
                failed += do(desk, Step(now + timedelta(minutes=minute))).ending.startswith("set")
            except Trouble as trouble:
                assert "the disk is full" in str(trouble)
                failed += 1
        assert failed == 3
        assert desk.record.last()[0] < expected.reached[-1]
        disk.make_room()
        assert do(desk, Step(now + timedelta(minutes=5))).ending == "ticked"
        assert list(desk.office.aside) == []
        found, wanted = told(lines(desk)), told(expected.lines)
        for history in (found, wanted):
            history.pop(PARTNERSHIP)
        assert found == wanted
        assert len(desk.workflow.partnership.gaps) == 2  # before the clock first ran, and this one
    checks.sound_and_right(path)


def test_the_disk_of_the_keys_is_full(stores: Stores) -> None:
    """An incident whose key cannot be kept is not reported; acts on others go on."""
    before = stores.after(OPEN)
    path = stores.new(before)
    incidents = [reported(f"{'INC-' * 30}{n}", f"2026-11-30T10:{n}") for n in range(10, 50)]
    expected = course(stores.new(before), incidents)
    with full_disk(KEYS) as disk, opened(path) as desk:
        disk.fill()
        done, said = until_it_fails(desk, incidents)
        assert (
            said
            == f"{path / KEYS}: the disk is full. Nothing was recorded; make room and try again."
        )
        assert checks.begins(desk, expected) == expected.reached[done]
        disk.make_room()
        goes_on(desk, incidents, expected)
    checks.sound_and_right(path)


def test_the_disk_of_the_views_is_full(stores: Stores) -> None:
    """Acts are recorded all the same; the views follow once there is room."""
    before = stores.after(OPEN)
    expected, path = course(stores.new(before), REASONS), stores.new(before)
    with full_disk(VIEWS) as disk, opened(path) as desk:
        disk.fill()
        for step, answer in zip(REASONS, expected.answers, strict=True):
            assert do(desk, step) == answer
        with pytest.raises(Trouble, match="The record is not touched by this"):
            desk.views.catch_up()
        disk.make_room()
        checks.ended(desk, expected)
    checks.sound_and_right(path)


# --- Failing in the middle of a write ------------------------------------------------------------


def test_a_write_to_the_record_fails_in_its_middle(stores: Stores) -> None:
    """The file ends after any number of bytes."""
    before = stores.after(OPEN)
    expected, path = course(stores.new(before), REASONS), stores.new(before)

    def work(say: Say) -> None:
        with opened(path) as desk:
            for number, (step, answer) in enumerate(zip(REASONS, expected.answers, strict=True)):
                with files_that_end_at(_written(path / RECORD) + 2500 * number):
                    try:
                        do(desk, step)
                    except Trouble as trouble:
                        assert "Nothing was recorded" in str(trouble), trouble
                        say(number)
                assert do(desk, step) == answer
                assert checks.begins(desk, expected) == expected.reached[number + 1]

    assert len(Worker(work).ended()) >= 3
    checks.sound_and_right(path)
    with opened(path) as desk:
        checks.ended(desk, expected)


def test_a_write_to_the_views_fails_in_its_middle(stores: Stores) -> None:
    """Acts are recorded all the same; the views follow once the disk works again."""
    before = stores.after(OPEN)
    expected, path = course(stores.new(before), REASONS), stores.new(before)

    def work(say: Say) -> None:
        with opened(path) as desk:
            desk.views.catch_up()
            for number, (step, answer) in enumerate(zip(REASONS, expected.answers, strict=True)):
                _written_out(path / RECORD)  # so that what is written to next is the smaller file
                with files_that_end_at(max(_written(path / VIEWS) + 2000 * number, ROOM)):
                    assert do(desk, step) == answer
                if desk.views.position < expected.reached[number + 1]:
                    say(number)
                assert desk.views.catch_up() == expected.reached[number + 1]
            checks.ended(desk, expected)

    assert len(Worker(work).ended()) >= 3
    checks.sound_and_right(path)


ROOM = 40_000
"""Bytes that an act needs in the file of the record."""


def _written_out(path: Path) -> None:
    """Have what is waiting beside a database written to the database itself."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _written(path: Path) -> int:
    """How large what is written to first for a database is."""
    waiting = path.with_name(f"{path.name}-wal")
    return waiting.stat().st_size if waiting.exists() else 0


# --- Held by somebody else -----------------------------------------------------------------------


@pytest.mark.parametrize("file", [RECORD, KEYS])
def test_a_file_is_held_by_another_program(stores: Stores, file: str) -> None:
    path = stores.after(OPEN)
    step = reported("INC-9", "2026-11-30T12:00")
    expected = course(stores.new(path), [step])
    with impatient(), opened(path) as desk:
        with held_by_another(path / file):
            with pytest.raises(Trouble) as raised:
                do(desk, step)
            assert str(raised.value) == (
                f"{path / file}: another program has been writing for too long. "
                "Nothing was recorded; try again."
            )
        goes_on(desk, [step], expected)
    checks.sound_and_right(path)


def test_the_views_are_held_by_another_program(stores: Stores) -> None:
    """Acts are recorded all the same."""
    path = stores.after(OPEN)
    expected = course(stores.new(path), REASONS[:2])
    with impatient(), opened(path) as desk:
        with held_by_another(path / VIEWS):
            assert do(desk, REASONS[0]) == expected.answers[0]
        goes_on(desk, REASONS[:2], expected)
    checks.sound_and_right(path)


def test_the_office_is_held_by_another_program(stores: Stores) -> None:
    """Time passes; only that it did is not noted, and the next tick notes it."""
    path = stores.after(TWO_CASES)
    late = tick("2026-11-30T10:30")
    with impatient(), opened(path) as desk:
        with held_by_another(path / OFFICE), pytest.raises(Trouble, match="try again"):
            do(desk, late)
        assert do(desk, late).ending == "ticked"
        assert desk.office.heartbeat is not None
        assert desk.office.heartbeat.last == late.at
    checks.sound_and_right(path)


def test_a_file_that_is_missing_is_named(stores: Stores) -> None:
    path: Path = stores.new()
    (path / KEYS).unlink()
    with pytest.raises(Trouble, match=r"keys\.sqlite: the file of the keys is missing"):
        folder.open_store(path)
