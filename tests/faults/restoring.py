"""Old backups that are restored, and the clock that then runs: nothing is stuck, nothing is there twice."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.store.stores import Place
from tests.faults import checks, plans
from tests.faults.checks import holds
from tests.faults.stores import AnyStores, Course, Program, Step, course, do, opened

_BACKUPS = 6
_LATER = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Old:
    """A backup: how to restore it, a copy of the store as it stood then, and when that was."""

    restored: Callable[[], Place]
    copy: Place
    made: datetime


class Restoring:
    """A store that lived for a while, with backups of several of its days."""

    def __init__(self, stores: AnyStores[Any], rng: random.Random) -> None:
        self._stores, self._rng = stores, rng
        steps = plans.cases(rng.randint(2, 5))
        after = sorted(rng.sample(range(1, len(steps)), _BACKUPS))
        path = stores.new()
        self._old: list[Old] = []
        for first, end in zip([0, *after], [*after, len(steps)], strict=True):
            if first:
                made = steps[first - 1].at
                self._old.append(Old(stores.backed_up(path), stores.new(path), made))
            with opened(path) as desk:
                for step in steps[first:end]:
                    do(desk, step)
        self._last = steps[-1].at

    def restored(self) -> None:
        """One of the backups is restored, and the clock runs. Raises ``Broken``."""
        old = self._rng.choice(self._old)
        now = self._last + self._rng.random() * _LATER
        expected = course(self._stores.new(old.copy), [Step(now)])
        path = old.restored()
        checks.sound(path)
        with opened(path) as desk:
            holds(do(desk, Step(now)).ending == "ticked", "a case is set aside")
            checks.ended(desk, expected)
            self._nothing_is_stuck(desk, old, now, expected)
        checks.sound_and_right(path)
        self._stores.drop(path)

    @staticmethod
    def _nothing_is_stuck(desk: Program, old: Old, now: datetime, expected: Course) -> None:
        holds(list(desk.views.due(now)) == [], "something is due still")
        gap = desk.workflow.partnership.gaps[-1]
        holds(isinstance(gap, ClockStoodStill) and gap.until == now, "the gap is not noted")
        holds(gap.since <= old.made, f"the gap begins after the backup: {gap.since}")
        again = do(desk, Step(now + timedelta(minutes=5)))
        holds(again.ending == "ticked", again.ending)
        holds(desk.record.last()[0] == expected.reached[-1], "the second tick recorded something")
