"""A plan that is carried out although the process that does it is killed again and again."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from cspr_workflow.store.stores import Place
from projections import runner
from tests.faults import checks, on_a_server
from tests.faults.checks import holds
from tests.faults.injected import Watch, disturbed
from tests.faults.stores import (
    AnyStores,
    Course,
    Step,
    course,
    lines,
    lose_views,
    of_another_form,
    opened,
)
from tests.faults.workers import Say, Work, Worker, doing, killed_at

RIGHT_EVERY = 8
"""After so many kills, the views are compared with views that are built anew."""
SMALL_BATCH = 40
"""Entries in a batch of the views, so that building them takes many transactions."""


class Plan:
    """Steps that are done one after another, each process going on where the last one was killed."""

    def __init__(
        self, stores: AnyStores[Any], before: Sequence[Step], steps: Sequence[Step]
    ) -> None:
        self._stores = stores
        self._before = stores.after(before)
        self._steps = steps
        self._expected = course(stores.new(self._before), steps)
        self.kills = self.finished = 0
        self._begin()

    def _begin(self) -> None:
        self._path = self._stores.new(self._before)
        self._done = 0
        self._looked = self._expected.reached[0]

    def killed(self, work_killed: Callable[[Work], tuple[list[int], bool]]) -> None:
        """One process goes on with the plan until it is killed. Raises :class:`checks.Broken`."""
        # The last step that was answered is done once more, as by somebody who missed the answer.
        said, killed = work_killed(doing(self._path, self._steps, max(self._done - 1, 0)))
        self._done = max([self._done, *(number + 1 for number in said)])
        self.kills += killed
        checks.sound(self._path)
        with opened(self._path) as desk:
            self._looked = checks.begins(desk, self._expected, self._looked)
            self._nothing_half(self._looked)
            answer = self._expected.answers[self._done - 1] if self._done else None
            if answer and answer.ending == "recorded":
                command = self._steps[self._done - 1].id
                holds(desk.record.submitted(command), "an act that was answered is not recorded")
            holds(desk.views.catch_up() == self._looked, "the views do not recover")
            if self.kills % RIGHT_EVERY == 0:
                checks.views_are_right(desk)
            if not killed:
                checks.ended(desk, self._expected)
        if not killed:
            self.finished += 1
            self._begin()

    def _nothing_half(self, position: int) -> None:
        answered, reached = self._done, self._expected.reached
        holds(position >= reached[answered], f"{answered} steps were answered; one is lost")
        if answered == len(self._steps):
            return
        ends = reached[answered], reached[answered + 1]
        holds(
            position <= ends[1], f"{answered} steps were answered; more than one more is recorded"
        )
        if self._steps[answered].command is not None:
            holds(position in ends, f"half of step {answered} is recorded")


def at_an_operation(rng: random.Random, most: int) -> Callable[[Work], tuple[list[int], bool]]:
    """Kill at an operation drawn at random, just before or just after it."""
    number, after = rng.randint(1, most), rng.random() < 0.5
    return lambda work: killed_at(work, number, after=after)


def after_a_time(rng: random.Random, most: float) -> Callable[[Work], tuple[list[int], bool]]:
    """Kill after a time drawn at random, counted from the first answer."""
    seconds = rng.uniform(0, most)

    def killed(work: Work) -> tuple[list[int], bool]:
        worker = Worker(work)
        said = worker.killed_after(seconds)
        return said, worker.was_killed

    return killed


# --- Building views anew ------------------------------------------------------------------------


def _as_they_are(_: Place) -> None:
    """The views are as they were."""


def _damaged(path: Place) -> None:
    """The file of the views is no database any more; on a server, they do not say what they are."""
    if not isinstance(path, Path):
        on_a_server.change(path, "DELETE FROM views.progress")
        return
    lose_views(path)
    (path / "views.sqlite").write_bytes(b"no database " * 1000)


SPOILT = (_as_they_are, lose_views, of_another_form, _damaged)
"""How the views were found before they are built anew."""


class Rebuilding:
    """The views of a store are built anew, and the process that does it is killed."""

    def __init__(self, stores: AnyStores[Any], steps: Sequence[Step]) -> None:
        self._path = stores.new()
        self._expected: Course = course(self._path, steps)
        self.kills = 0
        counting = Watch()
        with mock.patch.object(runner, "BATCH", SMALL_BATCH), disturbed(counting):
            self._rebuild(lambda _: None)
        self.operations = counting.count

    def _rebuild(self, say: Say) -> None:
        say(0)
        with mock.patch.object(runner, "BATCH", SMALL_BATCH), opened(self._path) as desk:
            desk.views.rebuild()
        say(1)

    def killed(
        self,
        spoil: Callable[[Place], None],
        work_killed: Callable[[Work], tuple[list[int], bool]],
    ) -> None:
        """Building is killed; the next who looks finds the views right. Raises ``Broken``."""
        spoil(self._path)
        _, killed = work_killed(self._rebuild)
        self.kills += killed
        with opened(self._path) as desk:
            checks.views_say(desk, self._expected.views)
            holds(len(lines(desk)) == self._expected.reached[-1], "the record is another one")
        checks.sound(self._path)

    def leaves_nothing_behind(self) -> None:
        """Building the views once more removes what those left that were killed. Raises ``Broken``."""
        self._rebuild(lambda _: None)
        found = {file.name for file in self._path.iterdir()}
        holds(found == set(checks.FILES), f"left behind: {found - set(checks.FILES)}")
