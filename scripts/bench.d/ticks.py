"""``tick_scaling`` and ``tick_idle``: whether a tick costs what is due, however many cases are open.

The stores are copies of a pattern (:mod:`open_cases`); the tick is the program's own, on open files: it
asks what is due, lets time pass in each of these cases, records it durably, lets the views follow and
notes that the clock ran. ``tick_scaling``: exactly 100 cases are due, at one moment after another, while
1,000 or 100,000 are open (and 1,000,000 in a full run, which is only told). ``tick_idle``: nothing is due.

What the database does is counted as well, once: statements, and the steps that its engine takes, which
do not depend on the machine.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import grounds
import open_cases
import stores
from grounds import Ground
from measured import Measured
from open_cases import DUE, FEWEST, TURNS, Opened
from stores import Counts

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.tick import Ticked, tick

SCALING, IDLE = "tick_scaling", "tick_idle"
GOAL = 1.2
FEW = FEWEST
_SMALL, _MANY, _MOST = 20_000, 100_000, 1_000_000
_BEFORE = timedelta(minutes=10)
_IDLE_CALLS, _IDLE_ROUNDS = 40, 15


@dataclass(frozen=True, slots=True)
class Cost:
    """What one tick took: milliseconds, and milliseconds of the processor."""

    wall: float
    processor: float


class Clock:
    """The tick of one store."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        views, record = opened.views, opened.store.record
        self._workflow = Workflow(record, views, stores.policies())

    def run(self, now: datetime) -> Ticked:
        """Let time pass up to a moment."""
        ticked = tick(self._workflow, self.opened.views, self.opened.store.office, now)
        assert not ticked.set_aside, ticked.set_aside
        return ticked

    def timed(self, now: datetime, due: int) -> Cost:
        """The same, with what it took."""
        began, worked = time.perf_counter(), time.process_time()
        ticked = self.run(now)
        worked, took = time.process_time() - worked, time.perf_counter() - began
        assert ticked.looked_at == due, ticked.looked_at
        assert ticked.gap is None
        return Cost(1000 * took, 1000 * worked)

    def counted(self, now: datetime, due: int) -> Counts | None:
        """The same, with what the database did; ``None`` where it does not tell."""
        views = self.opened.store.views
        if isinstance(views, Path):
            return stores.counted(views.parent, lambda: self.timed(now, due))
        self.timed(now, due)
        return None

    def make_ready(self, turn: int) -> None:
        """Let pass what is due before a turn, and the clock run shortly before it."""
        self.run(open_cases.at_rest(turn - 1))
        assert not self.run(open_cases.due_at(turn) - _BEFORE).looked_at


@contextmanager
def _clocks(where: Ground, numbers: list[int]) -> Iterator[list[Clock]]:
    with ExitStack() as stack:
        pattern = stack.enter_context(open_cases.pattern())
        opened = [
            stack.enter_context(open_cases.opened(where, pattern, number)) for number in numbers
        ]
        where.check_durable(*(one.store.record for one in opened))
        yield [Clock(one) for one in opened]


# --- 100 due -------------------------------------------------------------------------------------


def scaling(*, small: bool, on: str) -> list[Measured]:
    """Ticks with as many cases due on the stores in turn."""
    numbers = [FEW, _SMALL] if small else [FEW, _MANY, _MOST]
    with grounds.ground(on) as where, _clocks(where, numbers) as clocks:
        counts = []
        for one in clocks:
            one.make_ready(1)
            counts.append(one.counted(open_cases.due_at(1), DUE))
        taken: list[list[Cost]] = [[] for _ in clocks]
        for turn in range(2, TURNS + 1):
            for place in range(len(clocks)):
                turns = (place + turn) % len(clocks)  # none is always the first
                clocks[turns].make_ready(turn)
                taken[turns].append(clocks[turns].timed(open_cases.due_at(turn), DUE))
    few, many, *most = taken
    found = [
        _compared(SCALING, many, few, gated=True, processor=False),
        _compared(f"{SCALING}_processor", many, few, gated=False, processor=True),
        *_counted(SCALING, counts[1], counts[0]),
    ]
    return [
        *found,
        *(_compared(f"{SCALING}_million", one, few, gated=False, processor=False) for one in most),
    ]


def _compared(
    name: str, many: list[Cost], few: list[Cost], *, gated: bool, processor: bool
) -> Measured:
    ours, peers = (
        [one.processor if processor else one.wall for one in side] for side in (many, few)
    )
    one = stores.compared(ours, peers)
    goal, met = (f"ratio <= {GOAL}", one.ratio <= GOAL) if gated else ("-", True)
    return Measured(name, one.value, "ms", f"{FEW:,} open cases", one.peer, goal, met, one.ratios)


def _counted(name: str, many: Counts | None, few: Counts | None) -> list[Measured]:
    if many is None or few is None:
        return []
    pairs = {"statements": (many.statements, few.statements), "steps": (many.steps, few.steps)}
    return [
        Measured(f"{name}_{unit}", ours, unit, f"{FEW:,} open cases", peer, "equal", ours == peer)
        for unit, (ours, peer) in pairs.items()
    ]


# --- Nothing due ---------------------------------------------------------------------------------


def idle(*, small: bool, on: str) -> list[Measured]:
    """Ticks with nothing due on both stores in turn; processor time, as the heartbeat waits for the disk."""
    numbers = [FEW, _SMALL if small else _MOST]
    now = open_cases.BEGINS + timedelta(minutes=40)
    with grounds.ground(on) as where, _clocks(where, numbers) as clocks:
        few, many = clocks
        for one in clocks:
            _idle(one, now)
        counts = [one.counted(now, 0) for one in (many, few)]
        taken = [(_idle(many, now), _idle(few, now)) for _ in range(_IDLE_ROUNDS)]
    ours, peers = (list(column) for column in zip(*taken, strict=True))
    return [_compared(IDLE, ours, peers, gated=True, processor=True), *_counted(IDLE, *counts)]


def _idle(clock: Clock, now: datetime) -> Cost:
    """One tick on average of some."""
    costs = [clock.timed(now, 0) for _ in range(_IDLE_CALLS)]
    return Cost(
        sum(one.wall for one in costs) / len(costs),
        sum(one.processor for one in costs) / len(costs),
    )
