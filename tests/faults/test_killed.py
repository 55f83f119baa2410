"""Processes are killed at any point: whatever was answered is there, once, and nothing is half."""

import random
from pathlib import Path

from cspr_workflow.store import backup, folder
from cspr_workflow.store.folder import StoreFolder
from tests.faults import checks, plans
from tests.faults.commands import killed_commands
from tests.faults.interrupted import (
    SPOILT,
    Plan,
    Rebuilding,
    after_a_time,
    at_an_operation,
)
from tests.faults.stores import Course, Stores, at, course, opened
from tests.faults.workers import (
    Say,
    Worker,
    doing,
    killed_at,
)

ACTS = {at_an_operation: 60, after_a_time: 30}
TICKS = {at_an_operation: 30, after_a_time: 20}
REBUILDS, BACKUPS, MAKINGS, COMMANDS = 32, 16, 10, 3
"""How often each is killed, 201 times in all."""
MIDWAY = 2
"""How many backups are to be caught while acts are still being recorded; how fast the machine is
decides how often the acts are done over for it."""
MOST_OPERATIONS, MOST_SECONDS = 280, 0.04


def test_while_people_act(stores: Stores) -> None:
    rng = random.Random("acts")
    plan = Plan(stores, (), plans.cases(6))
    while plan.kills < ACTS[at_an_operation]:
        plan.killed(at_an_operation(rng, MOST_OPERATIONS))
    while plan.kills < sum(ACTS.values()):
        plan.killed(after_a_time(rng, MOST_SECONDS))


def test_while_time_passes_in_many_cases(stores: Stores) -> None:
    rng = random.Random("ticks")
    days = plans.clock_for(16, at("2026-12-01T06:00"))
    plan = Plan(stores, plans.opened_at_once(12), days)
    while plan.kills < TICKS[at_an_operation]:
        plan.killed(at_an_operation(rng, MOST_OPERATIONS))
    while plan.kills < sum(TICKS.values()):
        plan.killed(after_a_time(rng, MOST_SECONDS))


def test_while_views_are_built_anew(stores: Stores) -> None:
    rng = random.Random("views")
    rebuilding = Rebuilding(stores, plans.cases(4))
    turn = 0
    while rebuilding.kills < REBUILDS:
        spoil = SPOILT[turn % len(SPOILT)]
        if turn % 8 < 6:
            rebuilding.killed(spoil, at_an_operation(rng, rebuilding.operations))
        else:
            rebuilding.killed(spoil, after_a_time(rng, MOST_SECONDS / 2))
        turn += 1
    rebuilding.leaves_nothing_behind()


def test_while_a_store_is_made(stores: Stores) -> None:
    """There is the whole store, or none."""
    rng = random.Random("making")
    kills = 0
    for turn in range(MAKINGS * 3):
        path = stores.place()

        def work(say: Say, path: Path = path) -> None:
            folder.make(path, rehearsal=False, fill=_name_somebody)
            say(1)

        said, killed = killed_at(work, rng.randint(1, 40), after=bool(turn % 2))
        kills += killed
        if said or path.exists():
            checks.sound(path)
            with opened(path) as desk:
                assert desk.names == {"officer": "The officer"}
        if kills == MAKINGS:
            return
    raise AssertionError("not killed often enough")


def _name_somebody(store: StoreFolder) -> None:
    store.office.name({"officer": "The officer"})


def test_while_a_store_is_backed_up(stores: Stores) -> None:
    """The store is as it was; a backup that is there is whole, and a new one can be made."""
    rng = random.Random("backup")
    path = stores.new()
    expected = course(path, plans.cases(2))
    kills = finished = 0
    while kills < BACKUPS or not finished:
        to, keys_to = stores.place(), stores.place()

        def work(say: Say, to: Path = to, keys_to: Path = keys_to) -> None:
            say(0)
            with opened(path) as desk:
                backup.back_up(desk.store, to, keys_to)
            say(1)

        if kills % 4 < 3:
            said, killed = killed_at(work, rng.randint(1, 60), after=bool(rng.getrandbits(1)))
        else:
            said, killed = after_a_time(rng, MOST_SECONDS / 4)(work)
        kills += killed
        finished += not killed
        checks.sound(path)
        with opened(path) as desk:
            checks.ended(desk, expected)
        if 1 in said:
            assert to.exists()
            assert keys_to.exists()
        if to.exists() and keys_to.exists():
            again = stores.place()
            backup.restore(to, keys_to, again, _build_views)
            checks.sound_and_right(again)
            with opened(again) as desk:
                checks.ended(desk, expected)


def _build_views(store: StoreFolder) -> None:
    with opened(store.path) as desk:
        desk.views.rebuild()


def test_a_backup_is_made_while_people_act(stores: Stores) -> None:
    """It holds the beginning of what happened, with every text."""
    steps = plans.cases(4)
    expected = course(stores.new(), steps)
    midway = 0
    while midway < MIDWAY:
        path = stores.new()
        worker = Worker(doing(path, steps))
        while worker.is_working():
            reached = _beginning_backed_up(stores, path, expected)
            midway += 0 < reached < len(expected.lines)
        assert len(worker.ended()) == len(steps)


def _beginning_backed_up(stores: Stores, path: Path, expected: Course) -> int:
    to, keys_to, again = stores.place(), stores.place(), stores.place()
    with opened(path) as desk:
        reached = backup.back_up(desk.store, to, keys_to)
    backup.restore(to, keys_to, again, _build_views)
    checks.sound_and_right(again)
    with opened(again) as desk:
        assert checks.begins(desk, expected) == reached
    return reached


def test_commands_of_an_interpreter_of_their_own(stores: Stores) -> None:
    """A command that was killed is given once more under the same id, and is then done once."""
    assert killed_commands(stores, random.Random("commands"), COMMANDS, by_time=False) == COMMANDS
