"""Two ticks and a command at once, on connections of their own, in an order that is drawn at random.

One of them goes on at a time, up to its next question to the store or its next write; who goes on then is
drawn. A write is a transaction of its own and nobody waits in the middle of one, so that an order can be
repeated by its seed.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest import mock

from cspr_workflow.application import tick as ticks
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Contended
from cspr_workflow.domain.acts import (
    Act,
    DeclareClosure,
    Escalate,
    GiveReason,
    Inform,
    Informed,
    RecordAction,
    ReportIncident,
    Resolve,
)
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.partnership import ClockSteppedBack, ClockStoodStill
from cspr_workflow.domain.people import Side
from tests.faults import checks
from tests.faults.checks import holds
from tests.faults.plans import FIRST
from tests.faults.side_by_side import is_legal_in_order
from tests.faults.stores import AnyStores, Program, Step, act, at, do, lines, opened
from tests.support import raising

ORDERS_IN_A_STORE = 20
_APART = tuple(timedelta(seconds=seconds) for seconds in (-20, -0.001, 0, 0.001, 20))
"""How far apart the clocks of the three are: less than what counts as a clock that stepped back."""
_BATCHES = (1, 2, ticks.BATCH)


class Turns:
    """Several pieces of work, of which one goes on at a time; who it is, is drawn at each step."""

    def __init__(self, rng: random.Random, works: Sequence[Callable[[Callable[[], None]], None]]):
        self._rng = rng
        self._may = [threading.Semaphore(0) for _ in works]
        self._working = list(range(len(works)))
        self._failed: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._work, args=(who, work)) for who, work in enumerate(works)
        ]
        self.steps = 0

    def run(self) -> int:
        """All of it, to the end: in how many steps. Raises what the first to fail raised."""
        for thread in self._threads:
            thread.start()
        self._may[self._rng.choice(self._working)].release()
        for thread in self._threads:
            thread.join()
        if self._failed:
            raise self._failed[0]
        return self.steps

    def _work(self, who: int, work: Callable[[Callable[[], None]], None]) -> None:
        self._may[who].acquire()
        try:
            work(lambda: self._step(who))
        except BaseException as error:
            self._failed.append(error)
        finally:
            self._working.remove(who)
            if self._working:
                self._may[self._rng.choice(self._working)].release()

    def _step(self, who: int) -> None:
        self.steps += 1
        next_one = self._rng.choice(self._working)
        if next_one != who:
            self._may[next_one].release()
            self._may[who].acquire()


class _Stepwise:
    """A part of a store: who asks it for something waits for a turn first."""

    def __init__(self, part: object, step: Callable[[], None]) -> None:
        self._part, self._step = part, step

    def __getattr__(self, name: str) -> Any:
        self._step()
        return getattr(self._part, name)


@dataclass(frozen=True, slots=True)
class _Of:
    """The parts of an open store, one step at a time."""

    workflow: Workflow
    views: Any
    office: Any


def _stepwise(desk: Program, step: Callable[[], None]) -> _Of:
    record, views, office = (
        _Stepwise(part, step) for part in (desk.record, desk.views, desk.office)
    )
    return _Of(Workflow(record, views, desk.policies, desk.now), views, office)


class InAnyOrder:
    """A store in which a case falls due each working day, and two ticks and a command come at once."""

    def __init__(self, stores: AnyStores[Any], rng: random.Random) -> None:
        self._stores, self._rng = stores, rng
        self.counted: Counter[str] = Counter()
        self._acts: list[Step] = []

    def run(self, orders: int = ORDERS_IN_A_STORE) -> None:
        """So many orders, one each working day. Raises ``Broken``."""
        path = self._stores.new()
        with opened(path) as one, opened(path) as two, opened(path) as three:
            desks = (one, two, three)
            for number in range(orders):
                self._order(desks, number)
            self._came_right(one, orders)
        checks.sound_and_right(path)
        self._stores.drop(path)

    def _order(self, desks: tuple[Program, Program, Program], number: int) -> None:
        day = FIRST + timedelta(days=7 * (number // 4) + number % 4)
        for what in (
            ReportIncident(f"INC-{number}", day, day),
            raising(f"ESC-{number}", incident=f"INC-{number}"),
        ):
            step = act("officer", at(f"{day}T09:00"), what)
            holds(do(desks[0], step).ending == "recorded", f"not taken: {step}")
            self._acts.append(step)
        now = at(f"{day + timedelta(days=1)}T06:00")
        moments = [now + self._rng.choice(_APART) for _ in desks]
        command = self._some_act(number, moments[2])
        self._acts.append(command)
        before = desks[0].record.last()[0]
        works = [
            _ticks(desks[0], moments[0]),
            _ticks(desks[1], moments[1]),
            lambda step: self._acted(desks[2], command, step),
        ]
        with mock.patch.object(ticks, "BATCH", self._rng.choice(_BATCHES)):
            self.counted["steps"] += Turns(self._rng, works).run()
        self.counted["orders"] += 1
        after = desks[0].record.last()[0]
        holds(after > before, "nothing moved")
        # What had to wait for the others each time goes at the next tick, and what a day that was declared
        # closed after the ticks moves; otherwise there is nothing left.
        waited = list(desks[0].office.aside)
        assert command.command is not None
        closed = isinstance(command.command.act, DeclareClosure)
        do(desks[0], Step(now + timedelta(minutes=1)))
        holds(list(desks[0].office.aside) == [], "a case is stuck")
        left = waited or closed or desks[0].record.last()[0] == after
        holds(left, "something was left behind")
        self.counted["waited"] += len(waited)

    def _acted(self, desk: Program, step: Step, turn: Callable[[], None]) -> None:
        desk.moment = step.at
        assert step.command is not None
        try:
            _stepwise(desk, turn).workflow.do(step.command, step.at, step.id)
            self.counted["taken"] += 1
        except Refusal:
            self.counted["refused"] += 1
        except Contended:
            self.counted["contended"] += 1

    def _some_act(self, number: int, now: Any) -> Step:
        case = f"ESC-{self._rng.randint(max(0, number - 3), number)}"
        says = f"Said on day {number}"
        due = now.date() + timedelta(days=3)
        acts: list[tuple[str, Act]] = [
            ("ward", GiveReason(case, says)),
            ("officer", Inform(case, Informed.BUSINESS_MANAGER)),
            ("officer", RecordAction(case, f"A{number}", says, Side.AGENCY, due)),
            ("manager", Escalate(case, says)),
            ("manager", Resolve(case, says)),
            ("manager", DeclareClosure(due + timedelta(days=number % 3), says)),
        ]
        by, what = self._rng.choice(acts)
        return act(by, now, what)

    def _came_right(self, desk: Program, orders: int) -> None:
        facts = Counter(type(line.entry.fact) for line in lines(desk))
        holds(facts[ClockSteppedBack] == 0, "a clock is said to have stepped back")
        holds(facts[ClockStoodStill] == orders, f"{facts[ClockStoodStill]} gaps in {orders} days")
        is_legal_in_order(desk, self._acts)


def _ticks(desk: Program, now: Any) -> Callable[[Callable[[], None]], None]:
    def work(step: Callable[[], None]) -> None:
        desk.moment = now
        of = _stepwise(desk, step)
        ticked = ticks.tick(of.workflow, of.views, of.office, now)
        busy = [why for _, why in ticked.set_aside if not why.startswith("Contended")]
        holds(not busy, busy)

    return work
