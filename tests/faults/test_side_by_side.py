"""Several processes act and tick in one store at the same time: nothing is lost, nothing is double."""

import json
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from typer.testing import CliRunner

from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.application.importing import additions
from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.acts import GiveReason, WithdrawIncident
from cspr_workflow.domain.partnership import ClockSteppedBack, ClockStoodStill
from cspr_workflow.interfaces.cli import app
from cspr_workflow.store.folder import KEYS, VIEWS
from projections import files
from projections.runner import Views
from projections.sqlite_place import SqliteBeside
from tests.faults import checks
from tests.faults.disk import held_by_another, impatient
from tests.faults.scenarios import OPEN, reported
from tests.faults.side_by_side import (
    Turn,
    is_legal_in_order,
    on_cases_of_their_own,
    on_one_case,
    one_after_another,
    the_same,
    together,
)
from tests.faults.stores import (
    Step,
    Stores,
    act,
    at,
    do,
    lines,
    lose_views,
    of_another_form,
    opened,
    told,
)
from tests.faults.workers import Say, Worker

DAYS = 6
TWO_AND_FOUR = pytest.mark.parametrize("processes", [2, 4])


def histories(path: Path) -> tuple[dict[str, list[Any]], list[Any]]:
    """The history of each case without moments of recording; what the clock said of itself."""
    with opened(path) as desk:
        found = told(lines(desk))
        assert list(desk.office.aside) == []
    own = found.pop(PARTNERSHIP)
    return found, [fact for fact, *_ in own if isinstance(fact, ClockStoodStill | ClockSteppedBack)]


def steps_of(turns: Sequence[Turn]) -> list[Step]:
    return [step for turn in turns for part in turn.steps for step in part]


@TWO_AND_FOUR
def test_each_on_a_case_of_its_own(stores: Stores, processes: int) -> None:
    turns = on_cases_of_their_own(processes, DAYS)
    path, alone = stores.new(), stores.new()
    together(path, turns)
    one_after_another(alone, turns)
    checks.sound_and_right(path)
    found, of_the_clock = histories(path)
    expected, _ = histories(alone)
    assert found == expected
    assert sum(map(len, found.values())) > 25 * processes
    assert [type(fact) for fact in of_the_clock] == [ClockStoodStill] * DAYS
    with opened(path) as desk:
        taken = is_legal_in_order(desk, steps_of(turns))
    assert taken > 15 * processes


@TWO_AND_FOUR
def test_all_on_one_case(stores: Stores, processes: int) -> None:
    turns = on_one_case(processes, DAYS, random.Random(processes))
    path = stores.new()
    together(path, turns)
    checks.sound_and_right(path)
    with opened(path) as desk:
        taken = is_legal_in_order(desk, steps_of(turns))
        assert len(desk.workflow.partnership.gaps) == DAYS - 1
        assert desk.workflow.partnership.stepped_back is None
    assert taken >= 8 * processes


def test_all_do_the_same_under_the_same_ids(stores: Stores) -> None:
    turns = the_same(4, DAYS)
    path, alone = stores.new(), stores.new()
    together(path, turns)
    one_after_another(alone, [Turn(turn.day, turn.steps[:1]) for turn in turns])
    checks.sound_and_right(path)
    assert histories(path)[0] == histories(alone)[0]


def test_somebody_acts_while_old_cases_come_in(stores: Stores, tmp_path: Path) -> None:
    path = stores.after(OPEN)
    old = tmp_path / "old.json"
    old.write_text(json.dumps(OLD_CASE))
    with opened(path) as desk:
        desk.office.set_clock(at("2026-11-30T13:00"))

    def meanwhile(*args: Any) -> object:
        with opened(path) as other:
            do(other, act("ward", at("2026-11-30T13:01"), GiveReason("ESC-1", "Meanwhile")))
        return additions(*args)

    with mock.patch("cspr_workflow.interfaces.import_command.additions", meanwhile):
        arguments = ["import", str(old), "--as", "officer", "--store", str(path)]
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.exception


def damaged(path: Path) -> None:
    """The views of a store that is closed are no database any more."""
    lose_views(path)
    (path / VIEWS).write_bytes(b"no database " * 1000)


BEFORE_ITS_TURN = (files, "_alone")
WITH_THE_FILE_OPEN = (files, "connected")
"""Where one of two programs is slow: before it is alone with the file; after it has opened it."""


@pytest.mark.parametrize(
    ("found", "slow_at"),
    [
        (lose_views, BEFORE_ITS_TURN),
        (damaged, BEFORE_ITS_TURN),
        (damaged, WITH_THE_FILE_OPEN),
        (of_another_form, WITH_THE_FILE_OPEN),
    ],
)
def test_two_programs_build_the_views_at_the_same_time(
    stores: Stores, found: Callable[[Path], None], slow_at: tuple[Any, str]
) -> None:
    """One is slow: just before it puts its views in place, the other one has done so and uses them."""
    path = stores.after(OPEN)
    found(path)
    waits, go_on = os.pipe()
    place, name = slow_at
    really = getattr(place, name)

    def slowly(say: Say) -> None:
        paused: list[Path] = []

        def pause() -> None:
            if not paused:
                paused.append(path)
                say(0)
                os.read(waits, 1)

        @contextmanager
        def slow(where: Path) -> Iterator[Any]:
            if slow_at is BEFORE_ITS_TURN:
                pause()
            with really(where) as own:
                if where == path / VIEWS:
                    pause()
                yield own

        with opened(path) as other, mock.patch.object(place, name, slow):
            last = other.record.last()[0]
            assert other.views.catch_up() == other.views.position == last
            assert len(list(other.views.dump())) > last

    slow = Worker(slowly)
    assert slow.hears()
    try:
        with opened(path) as desk:
            desk.views.catch_up()
            building = SqliteBeside._take_over
            waiting = [slow]

            def meanwhile(beside: SqliteBeside, views: Views, built: Views) -> int:
                catch_up = built.catch_up

                def once_the_other_is_done(*_: object) -> int:
                    if waiting:
                        os.write(go_on, b".")
                        waiting.pop().ended()
                    return catch_up()

                with mock.patch.object(built, "catch_up", once_the_other_is_done):
                    return building(beside, views, built)

            before = files.mark(path / VIEWS)
            with mock.patch.object(SqliteBeside, "_take_over", meanwhile):
                desk.views.rebuild()
            assert files.mark(path / VIEWS) == before, "a file that is used was replaced"
            checks.views_are_right(desk)
        checks.sound_and_right(path)
    finally:
        os.close(waits)
        os.close(go_on)


def test_a_damaged_file_of_views_is_replaced_by_one_program_at_a_time(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stores.after(OPEN)
    damaged(path)
    monkeypatch.setattr(files, "LOCK_TIMEOUT", 0)
    with opened(path) as desk:
        with files._alone(path), pytest.raises(Trouble, match="replacing the views for too long"):
            desk.views.catch_up()
        assert (path / VIEWS).read_bytes().startswith(b"no database")
        checks.views_are_right(desk)
    checks.sound_and_right(path)


def test_who_reads_a_file_of_views_that_was_replaced_reads_the_new_one(stores: Stores) -> None:
    path = stores.after(OPEN)
    with opened(path) as desk, opened(path) as reader:
        expected = list(reader.views.dump())
        with (path / VIEWS).open("r+b") as file:
            file.write(bytes(100))
        before = files.mark(path / VIEWS)
        desk.views.rebuild()
        assert files.mark(path / VIEWS) != before
        do(desk, act("ward", at("2026-11-30T10:00"), GiveReason("ESC-1", "The author is ill")))
        assert len(list(reader.views.dump())) > len(expected)
        checks.views_are_right(reader)
    checks.sound_and_right(path)


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


def test_an_act_in_another_order_would_be_seen(stores: Stores) -> None:
    """The replay is no formality: without one of the acts it does not come to the same."""
    turns = on_cases_of_their_own(2, 2)
    path = stores.new()
    one_after_another(path, turns)
    with opened(path) as desk:
        is_legal_in_order(desk, steps_of(turns))
        raising = [step for step in steps_of(turns) if "RaiseEscalation" in repr(step.command)]
        with pytest.raises((checks.Broken, AssertionError)):
            is_legal_in_order(desk, [step for step in steps_of(turns) if step not in raising])


OLD_CASE = {
    "title": "An old case",
    "policy": "sandwell-2018",
    "people": {"officer": {"name": "The officer", "role": "cspr_officer", "agency": "scsp"}},
    "acts": [
        {
            "at": "2026-10-01T09:00",
            "by": "officer",
            "act": "report_incident",
            "incident": "OLD-1",
            "incident_on": "2026-09-28",
            "aware_on": "2026-09-29",
        }
    ],
}
