"""A disk that is full now and then while people act and time passes."""

import random

from cspr_workflow.application.ports import Trouble
from cspr_workflow.store.folder import KEYS, OFFICE, RECORD, VIEWS
from tests.faults import checks, plans
from tests.faults.checks import holds
from tests.faults.disk import FullDisk, full_disk
from tests.faults.stores import Answer, Course, Program, Step, Stores, course, do, opened

FILES = ((RECORD,), (KEYS,), (VIEWS,), (OFFICE,), (RECORD, KEYS, OFFICE, VIEWS))
_FILLS, _CLEARED = 0.3, 0.1


def fills_up(stores: Stores, rng: random.Random) -> int:
    """Cases from beginning to end on such a disk: how often it was in the way. Raises ``Broken``."""
    steps = plans.cases(rng.randint(1, 3))
    expected, path = course(stores.new(), steps), stores.new()
    with full_disk(*rng.choice(FILES)) as disk, opened(path) as desk:
        failed = _acted(desk, disk, steps, expected, rng)
        disk.make_room()
        checks.ended(desk, expected)
    checks.sound_and_right(path)
    stores.drop(path)
    return failed


def _acted(
    desk: Program, disk: FullDisk, steps: tuple[Step, ...], expected: Course, rng: random.Random
) -> int:
    failed, full = 0, False
    for number, step in enumerate(steps):
        if not full and rng.random() < _FILLS:
            disk.fill()
            full = True
        elif full and rng.random() < _CLEARED:
            disk.make_room()
            full = False
        answer = _tried(desk, step)
        if answer is None:
            failed += 1
            last = desk.record.last()[0]
            holds(last <= expected.reached[number + 1], "more was recorded than was to be")
            disk.make_room()
            full = False
            answer = do(desk, step)
        wanted = expected.answers[number]
        holds(answer == wanted, f"{answer}\ninstead of\n{wanted}\nafter the disk was full")
    return failed


def _tried(desk: Program, step: Step) -> Answer | None:
    try:
        return do(desk, step)
    except Trouble as trouble:
        holds("full" in str(trouble), trouble)
        return None
