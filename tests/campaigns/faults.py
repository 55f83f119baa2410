"""The campaign ``faults``: processes killed, every operation failing in every way, many side by side."""

import argparse
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.faults import checks, plans
from tests.faults.conftest import place
from tests.faults.interrupted import SPOILT, Plan, Rebuilding, after_a_time, at_an_operation
from tests.faults.scenarios import OF_THE_VIEWS, SCENARIOS
from tests.faults.side_by_side import (
    all_views_at_once,
    is_legal_in_order,
    on_one_case,
    together,
)
from tests.faults.stores import Stores, at, opened, policies_read_once
from tests.faults.trials import every_operation, kinds, rehearsed

NAME = "faults"
KILLS, ROUNDS = 3000, 150
TURNS = 30
"""So often each kind of work is killed before all of it begins anew."""
_MOST_OPERATIONS, _MOST_SECONDS = 280, 0.08
Counted = Counter[str]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this campaign."""
    parser.add_argument("--kills", type=int, default=KILLS, metavar="N", help="how many kills")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, metavar="N", help="how often processes work together"
    )
    parser.add_argument(
        "--no-trials", action="store_true", help="leave out the operations that fail one by one"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the first seed")


def run(options: argparse.Namespace) -> int:
    """Run it. Exit status 1 where something does not hold, which is printed with its seed."""
    counted: Counted = Counter()
    began = time.monotonic()
    below = place()
    try:
        with policies_read_once():
            good = (
                _killing(options, below, counted)
                and _working_together(options, below, counted)
                and (options.no_trials or _failing(below, counted))
            )
    finally:
        shutil.rmtree(below, ignore_errors=True)
    print(f"faults from seed {options.seed}: {_summary(counted)}; {time.monotonic() - began:.0f} s")
    return 0 if good else 1


def _summary(counted: Counted) -> str:
    return ", ".join(f"{number} {what}" for what, number in counted.items())


def _tried(what: str, seed: int, work: Callable[[], None]) -> bool:
    """Do what may show a fault: whether it showed none."""
    try:
        work()
    except Exception as error:
        print(f"{what}: seed {seed} failed: {type(error).__name__}: {str(error)[:3000]}")
        return False
    return True


# --- Killing -------------------------------------------------------------------------------------


def _killing(options: argparse.Namespace, below: Path, counted: Counted) -> bool:
    """Kills in turn while people act, while time passes, and while views are built."""
    seed = options.seed
    while sum(counted.values()) < options.kills:
        stores = Stores(_fresh(below))

        def kill(stores: Stores = stores, seed: int = seed) -> None:
            _some_kills(stores, random.Random(seed), counted)

        if not _tried("kills", seed, kill):
            return False
        shutil.rmtree(stores.below)
        _tell(f"kills: {sum(counted.values())} of {options.kills}; next seed {seed + 1}")
        seed += 1
    return True


def _some_kills(stores: Stores, rng: random.Random, counted: Counted) -> None:
    acting = Plan(stores, (), plans.cases(rng.randint(2, 14)))
    days = plans.clock_for(16, at("2026-12-01T06:00"))
    ticking = Plan(stores, plans.opened_at_once(rng.randint(2, 40)), days)
    building = Rebuilding(stores, plans.cases(rng.randint(1, 8)))
    for _ in range(TURNS):
        for plan in (acting, ticking):
            draw = rng.random()
            if draw < 0.6:
                plan.killed(at_an_operation(rng, _MOST_OPERATIONS))
            else:
                plan.killed(after_a_time(rng, _MOST_SECONDS))
        if rng.random() < 0.7:
            building.killed(rng.choice(SPOILT), at_an_operation(rng, building.operations))
        else:
            building.killed(rng.choice(SPOILT), after_a_time(rng, _MOST_SECONDS / 2))
    counted["kills while people act"] += acting.kills
    counted["while time passes"] += ticking.kills
    counted["while views are built"] += building.kills


# --- Working together ----------------------------------------------------------------------------


def _working_together(options: argparse.Namespace, below: Path, counted: Counted) -> bool:
    """Two to six processes act on one case, and build the views that none of them finds."""
    for seed in range(options.seed, options.seed + options.rounds):
        stores = Stores(_fresh(below))

        def work(stores: Stores = stores, seed: int = seed) -> None:
            _one_round(stores, random.Random(seed))

        if not _tried("together", seed, work):
            return False
        shutil.rmtree(stores.below)
        counted["rounds together"] += 1
    return True


def _one_round(stores: Stores, rng: random.Random) -> None:
    processes = rng.randint(2, 6)
    turns = on_one_case(processes, rng.randint(3, 10), rng)
    path = stores.new()
    together(path, turns)
    checks.sound_and_right(path)
    with opened(path) as desk:
        is_legal_in_order(desk, [step for turn in turns for part in turn.steps for step in part])
    all_views_at_once(path, processes)
    checks.sound_and_right(path)


# --- Failing -------------------------------------------------------------------------------------


def _failing(below: Path, counted: Counted) -> bool:
    """Every operation of every scenario, in every way in which it can fail."""
    good = True
    for scenario in (*SCENARIOS, *OF_THE_VIEWS):
        for opening in (False, True):
            stores = Stores(_fresh(below))
            known = rehearsed(stores, scenario, opening=opening)
            commits = set(known.commits())
            trials, failed = every_operation(
                stores,
                known,
                lambda number, commits=commits: list(kinds(commit=number in commits)),  # type: ignore[misc]
            )
            counted["trials"] += trials
            for one in failed:
                print(one)
            good = good and not failed
            shutil.rmtree(stores.below)
        _tell(f"trials: {counted['trials']}; {scenario.name}")
    return good


def _fresh(below: Path) -> Path:
    fresh = below / f"{time.monotonic_ns()}"
    fresh.mkdir()
    return fresh


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
