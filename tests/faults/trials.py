"""One trial of a scenario: one operation of the store fails, and the same is done once more."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from cspr_workflow.application.ports import Conflict, Trouble
from cspr_workflow.store import stores as kept
from cspr_workflow.store.stores import Place
from tests.faults import checks, injected_server
from tests.faults.checks import holds
from tests.faults.injected import (
    BROKEN,
    COMMIT,
    FULL,
    LOCKED,
    Fails,
    Operation,
    Real,
    Watch,
    disturbed,
)
from tests.faults.scenarios import Scenario
from tests.faults.stores import (
    Answer,
    AnyStores,
    Course,
    Program,
    Step,
    course,
    do,
    lose_views,
    opened,
    rounds,
)

ERRORS = (BROKEN, FULL, LOCKED)
ROLLING_BACK = (BROKEN, FULL)
"""After these, SQLite may have given up the whole transaction by itself."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A scenario whose course without a fault is known, and its operations on the store.

    ``opening``: the operations are counted from before the store is opened, by a program that has not
    looked at anything yet, and fetching rows counts as well; otherwise by one that has looked around.
    """

    scenario: Scenario
    opening: bool
    before: Place
    expected: Course
    operations: Sequence[str]

    def commits(self) -> list[int]:
        """The numbers of the operations that are commits."""
        commits = (COMMIT, injected_server.TRANSACTION)
        return [n for n, what in enumerate(self.operations, 1) if what in commits]


class _Noting(Watch):
    def __init__(self, *, fetches: bool) -> None:
        super().__init__(fetches=fetches)
        self.noted: list[str] = []

    def happens(self, operation: Operation, real: Real) -> object:
        self.noted.append(operation.what)
        return super().happens(operation, real)


def rehearsed(stores: AnyStores[Any], scenario: Scenario, *, opening: bool = False) -> Rehearsed:
    """Play a scenario twice without a fault: for its course, and for its operations."""
    before = stores.after(scenario.before)
    if scenario.without_views:
        lose_views(before)
    expected = course(stores.new(before), scenario.steps)
    noting, path = _Noting(fetches=opening), stores.new(before)
    with disturbed(noting):
        desk = Program(kept.open_store(path))
        if not opening:
            _look_around(desk, scenario)
            noting.noted.clear()
        for step in scenario.steps:
            do(desk, step)
        desk.close()
    return Rehearsed(scenario, opening, before, expected, noting.noted)


@dataclass(frozen=True, slots=True)
class Kind:
    """How an operation fails, and who does the same once more: this program, or another one.

    ``after``: it has in truth been done. ``rolls_back``: see :class:`Fails`.
    """

    error: str
    rolls_back: bool = False
    after: bool = False
    anew: bool = False

    def fault(self, *, fetches: bool) -> Fails:
        """A fault of this kind."""
        return Fails(self.error, after=self.after, rolls_back=self.rolls_back, fetches=fetches)


def kinds(*, commit: bool) -> Iterator[Kind]:
    """Every way in which an operation fails; a commit also after it has in truth been done."""
    for error, rolls_back, anew in product(ERRORS, (False, True), (False, True)):
        if not rolls_back or error in ROLLING_BACK:
            yield Kind(error, rolls_back, False, anew)
        if commit and not rolls_back:
            yield Kind(error, False, True, anew)


def kinds_on_a_server(number: int, *, commit: bool) -> Iterator[Kind]:
    """The same on a server: it refuses an operation, or is lost before it or after it.

    Who does it once more is this program and another one in turn.
    """
    anew = number % 2 == 1
    yield Kind(FULL, anew=anew)
    yield Kind(LOCKED, anew=anew)
    yield Kind(BROKEN, rolls_back=True, anew=anew)
    if commit:
        yield Kind(BROKEN, after=True, anew=anew)


def one_kind(known: Rehearsed, number: int) -> Kind:
    """One way for the operation of a number, always the same, so that all of them have their turn."""
    drawn = random.Random(f"{known.scenario.name} {number}")
    return drawn.choice(list(kinds(commit=False)))


def trial(stores: AnyStores[Any], known: Rehearsed, number: int, kind: Kind) -> None:
    """The operation of a number fails. Raises :class:`checks.Broken` where anything is lost or doubled."""
    path, fault = stores.new(known.before), kind.fault(fetches=known.opening)
    steps = list(zip(known.scenario.steps, known.expected.answers, strict=True))
    with disturbed(fault):
        attempt = _Attempt(path, fault, kind)
        if known.opening:
            fault.strike(number)
        attempt.open()
        if not known.opening:
            _look_around(attempt.desk, known.scenario)
            fault.strike(number)
        for step, expected in steps:
            attempt.do(step, expected)
        holds(fault.struck, f"operation {number} never came")
        attempt.desk.close()
    checks.sound(path)
    with opened(path) as anew:
        holds(rounds(anew) == known.expected.rounds, f"the office says {rounds(anew)}")
        for step, expected in steps:
            answer = do(anew, step)
            same = answer == expected if attempt.in_order else answer.ending == expected.ending
            holds(same, f"{answer}\ninstead of\n{expected}\nwhen it was done already")
        checks.ended(anew, known.expected, in_order=attempt.in_order)
    stores.drop(path)


@dataclass(slots=True)
class _Attempt:
    """Somebody who works on a store in which one operation fails."""

    path: Place
    fault: Fails
    kind: Kind
    in_order: bool = True
    """Whether no case was set aside by the tick and let pass time only after the others."""
    _desk: Program | None = None

    @property
    def desk(self) -> Program:
        """The open store."""
        assert self._desk is not None
        return self._desk

    def open(self) -> None:
        """Open the store, at the second attempt at the latest."""
        try:
            self._desk = Program(kept.open_store(self.path))
        except Trouble as trouble:
            self._clear(trouble)
            self._desk = Program(kept.open_store(self.path))

    def do(self, step: Step, expected: Answer) -> None:
        """The step succeeds, or fails cleanly and succeeds when it is done once more."""
        try:
            answer = do(self.desk, step)
        except (Trouble, Conflict) as error:
            self._clear(error)
        else:
            if not answer.ending.startswith("set aside"):
                self._is(answer, expected)
                return
            self.in_order = False
            holds(self.fault.struck, answer.ending)
        if self.kind.anew:
            self.desk.close()
            self.open()
        self._is(do(self.desk, step), expected)

    def _is(self, answer: Answer, expected: Answer) -> None:
        holds(answer == expected, f"{answer}\ninstead of\n{expected}\nafter {self.fault.struck}")

    def _clear(self, error: Exception) -> None:
        """What people are told is a sentence, and belongs to the fault."""
        holds(self.fault.struck, f"without a fault: {error!r}")
        holds(str(error).endswith(".") and len(str(error)) > 20, f"no sentence: {error}")


def _look_around(desk: Program, scenario: Scenario) -> None:
    """The program has looked at its store already."""
    desk.workflow.policy()
    if not scenario.without_views:
        desk.views.catch_up()


# --- A scenario from its first operation to its last --------------------------------------------


@dataclass(frozen=True, slots=True)
class Failed:
    """An operation after whose failure something does not hold."""

    scenario: str
    number: int
    operation: str
    kind: Kind
    message: str

    def __str__(self) -> str:
        what = " ".join(self.operation.split())[:70]
        return (
            f"{self.scenario}: operation {self.number} ({what}), {self.kind}: {self.message[:600]}"
        )


def every_operation(
    stores: AnyStores[Any], known: Rehearsed, kinds_of: Callable[[int], Sequence[Kind]]
) -> tuple[int, list[Failed]]:
    """Each operation of a scenario fails in its kinds: how many trials, and what did not hold."""
    failed: list[Failed] = []
    trials = 0
    for number, what in enumerate(known.operations, 1):
        for kind in kinds_of(number):
            trials += 1
            try:
                trial(stores, known, number, kind)
            except Exception as error:
                message = f"{type(error).__name__}: {error}"
                failed.append(Failed(known.scenario.name, number, what, kind, message))
    return trials, failed
