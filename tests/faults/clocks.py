"""A clock that jumps: what is recorded by it is what the same acts bring about when they are recorded."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cspr_workflow.domain.partnership import ClockSteppedBack
from tests.faults import checks, plans
from tests.faults.checks import holds
from tests.faults.side_by_side import is_legal_in_order
from tests.faults.stores import AnyStores, Line, Program, Step, do, lines, opened

BACK = (timedelta(hours=-2),)
BACK_AND_FORWARD = (
    *BACK,
    timedelta(minutes=-3),
    timedelta(hours=5),
    timedelta(days=-4),
    timedelta(days=2),
)
_HOW_OFTEN = 0.2


def noted(desk: Program) -> list[ClockSteppedBack]:
    """Where the record says that the clock stepped back."""
    return [
        line.entry.fact for line in lines(desk) if isinstance(line.entry.fact, ClockSteppedBack)
    ]


def never_backwards(found: Sequence[Line]) -> bool:
    """Whether what is recorded never runs backwards."""
    moments = [line.entry.recorded for line in found]
    return moments == sorted(moments)


def jumping(
    rng: random.Random, steps: Sequence[Step], jumps: Sequence[timedelta]
) -> Iterator[Step]:
    """The steps by a clock that is wrong now and then."""
    for step in steps:
        wrong = rng.choice(jumps) if rng.random() < _HOW_OFTEN else timedelta(0)
        now = step.at + wrong
        yield replace(step, at=now, command=step.command and replace(step.command, occurred=now))


def by_a_clock_that_jumps(
    stores: AnyStores[Any], rng: random.Random, cases: int, jumps: Sequence[timedelta]
) -> Counter[str]:
    """Cases from beginning to end by such a clock: how much was done. Raises ``Broken``."""
    steps = tuple(jumping(rng, plans.cases(cases), jumps))
    path, done = stores.new(), Counter[str]()
    with opened(path) as desk:
        for step in steps:
            latest = desk.record.last()[1]
            assert latest is not None
            done["jumps"] += step.at < latest
            done["acts"] += do(desk, step).ending == "recorded"
        taken = is_legal_in_order(desk, steps)
        holds(taken == done["acts"], f"{taken} acts are legal, {done['acts']} were taken")
        holds(never_backwards(lines(desk)), "what is recorded runs backwards")
        behind = [fact.last for fact in noted(desk)]
        holds(len(behind) == len(set(behind)) <= done["jumps"], f"noted: {behind}")
        holds(list(desk.office.aside) == [], f"set aside: {list(desk.office.aside)}")
        done["noted"] += len(behind)
    checks.sound_and_right(path)
    stores.drop(path)
    return done
