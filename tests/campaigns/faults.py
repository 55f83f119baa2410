"""The campaign ``faults``: processes and servers killed, every operation failing, everything at once."""

import argparse
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults import checks, plans
from tests.faults.clocks import BACK_AND_FORWARD, by_a_clock_that_jumps
from tests.faults.commands import COMMANDS_IN_A_STORE, killed_commands
from tests.faults.conftest import place
from tests.faults.filling import fills_up
from tests.faults.interrupted import SPOILT, Plan, Rebuilding, after_a_time, at_an_operation
from tests.faults.more_scenarios import MORE_SCENARIOS
from tests.faults.orders import ORDERS_IN_A_STORE, InAnyOrder
from tests.faults.outages import killed_under_load, standby_takes_over
from tests.faults.restoring import Restoring
from tests.faults.scenarios import OF_THE_VIEWS, SCENARIOS
from tests.faults.server_stores import ServerStores
from tests.faults.side_by_side import (
    all_views_at_once,
    is_legal_in_order,
    on_one_case,
    together,
)
from tests.faults.stores import AnyStores, Stores, at, opened, policies_read_once
from tests.faults.trials import Kind, every_operation, kinds, kinds_on_a_server, rehearsed
from tests.postgres_server import own_server

NAME = "faults"
SQLITE, POSTGRES = "sqlite", "postgres"
TURNS = 30
"""So often each kind of work is killed before all of it begins anew."""
RESTORES_IN_A_STORE = 10
_MOST_OPERATIONS, _MOST_SECONDS = 280, 0.08
Counted = Counter[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the campaign: what is done with a seed, and how often it is to be done in all.

    ``work`` counts what it did. A part that is ``alone`` brings servers of its own.
    """

    work: Callable[[Any, int, Counted], None]
    times: int
    counts: str
    on: tuple[str, ...] = (SQLITE, POSTGRES)
    alone: bool = False


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this campaign."""
    parser.add_argument("--on", choices=(SQLITE, POSTGRES), default=SQLITE, help="which database")
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only this part; may be given several times"
    )
    parser.add_argument(
        "--times", type=int, metavar="N", help="how often (default: what each part is meant for)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the first seed")


def run(options: argparse.Namespace) -> int:
    """Run it. Exit status 1 where something does not hold, which is printed with its seed."""
    counted: Counted = Counter()
    began = time.monotonic()
    named = options.part or [name for name, part in PARTS.items() if options.on in part.on]
    with _stores_on(options.on) as stores_for, policies_read_once():
        good = all(_runs(name, options, stores_for, counted) for name in named)
    told = ", ".join(f"{number} {what}" for what, number in counted.items())
    seconds = time.monotonic() - began
    print(f"faults on {options.on} from seed {options.seed}: {told}; {seconds:.0f} s")
    return 0 if good else 1


@contextmanager
def _stores_on(on: str) -> Iterator[Callable[[], AnyStores[Any]]]:
    """What makes stores that are gone at the end, wherever they are to be."""
    with ExitStack() as ending:
        if on == POSTGRES:
            server = ending.enter_context(own_server())
            yield lambda: ServerStores(server)
        else:
            below = place()
            ending.callback(shutil.rmtree, below, ignore_errors=True)
            yield lambda: Stores(_fresh(below))


def _fresh(below: Path) -> Path:
    fresh = below / f"{time.monotonic_ns()}"
    fresh.mkdir()
    return fresh


def _runs(
    name: str,
    options: argparse.Namespace,
    stores_for: Callable[[], AnyStores[Any]],
    counted: Counted,
) -> bool:
    """One part as often as it is to be: whether it showed no fault."""
    part, seed = PARTS[name], options.seed
    if options.on not in part.on:
        print(f"{name}: not on {options.on}")
        return False
    times = part.times if options.times is None else options.times
    done: Counted = Counter()
    while done[part.counts] < times:
        try:
            if part.alone:
                part.work(None, seed, done)
            else:
                stores = stores_for()
                part.work(stores, seed, done)
                stores.drop_all()
        except Exception as error:
            print(f"{name}: seed {seed} failed: {type(error).__name__}: {str(error)[:3000]}")
            repeat = f"--on {options.on} --part {name} --times 1 --seed {seed}"
            print(f"again: scripts/campaign faults {repeat}")
            counted.update(done)
            return False
        seed += 1
        told = f"{name}: {done[part.counts]} of {times} {part.counts}; next seed {seed}"
        print(told, file=sys.stderr, flush=True)
    counted.update(done)
    return True


# --- Killing -------------------------------------------------------------------------------------


def _kills(stores: AnyStores[Any], seed: int, counted: Counted) -> None:
    """Kills in turn while people act, while time passes, and while views are built."""
    rng = random.Random(seed)
    acting = Plan(stores, (), plans.cases(rng.randint(2, 14)))
    days = plans.clock_for(16, at("2026-12-01T06:00"))
    ticking = Plan(stores, plans.opened_at_once(rng.randint(2, 40)), days)
    building = Rebuilding(stores, plans.cases(rng.randint(1, 8)))
    for _ in range(TURNS):
        for plan in (acting, ticking):
            if rng.random() < 0.6:
                plan.killed(at_an_operation(rng, _MOST_OPERATIONS))
            else:
                plan.killed(after_a_time(rng, _MOST_SECONDS))
        if rng.random() < 0.7:
            building.killed(rng.choice(SPOILT), at_an_operation(rng, building.operations))
        else:
            building.killed(rng.choice(SPOILT), after_a_time(rng, _MOST_SECONDS / 2))
    counted["kills while people act"] += acting.kills
    counted["kills while time passes"] += ticking.kills
    counted["kills while views are built"] += building.kills
    counted["kills"] += acting.kills + ticking.kills + building.kills


def _commands(stores: AnyStores[Any], seed: int, counted: Counted) -> None:
    rng = random.Random(seed)
    counted["kills of commands"] += killed_commands(stores, rng, COMMANDS_IN_A_STORE, by_time=True)


# --- Working together ----------------------------------------------------------------------------


def _together(stores: AnyStores[Any], seed: int, counted: Counted) -> None:
    """Two to six processes act on one case, and build the views that none of them finds."""
    rng = random.Random(seed)
    processes = rng.randint(2, 6)
    turns = on_one_case(processes, rng.randint(3, 10), rng)
    path = stores.new()
    together(path, turns)
    checks.sound_and_right(path)
    with opened(path) as desk:
        is_legal_in_order(desk, [step for turn in turns for part in turn.steps for step in part])
    all_views_at_once(path, processes)
    checks.sound_and_right(path)
    counted["rounds together"] += 1


def _orders(stores: AnyStores[Any], seed: int, counted: Counted) -> None:
    rng = random.Random(seed)
    trial = InAnyOrder(stores, rng)
    trial.run(ORDERS_IN_A_STORE)
    counted.update(trial.counted)


# --- Failing -------------------------------------------------------------------------------------

_TRIED = (*SCENARIOS, *MORE_SCENARIOS, *OF_THE_VIEWS)


def _trials(stores: AnyStores[Any], seed: int, counted: Counted) -> None:
    """Every operation of one scenario, in every way in which it can fail; the seed says which scenario.

    By a program that has looked at the store, and by one that only opens it.
    """
    scenario = _TRIED[seed % len(_TRIED)]
    for opening in (False, True):
        known = rehearsed(stores, scenario, opening=opening)
        ways = _ways(known.commits(), on_server=isinstance(stores, ServerStores))
        trials, failed = every_operation(stores, known, ways)
        counted["trials"] += trials
        checks.holds(not failed, "\n".join(map(str, failed)))
    counted["scenarios"] += 1


def _ways(commits: Sequence[int], *, on_server: bool) -> Callable[[int], Sequence[Kind]]:
    if on_server:
        return lambda number: list(kinds_on_a_server(number, commit=number in commits))
    return lambda number: list(kinds(commit=number in commits))


def _disk(stores: Stores, seed: int, counted: Counted) -> None:
    rng = random.Random(seed)
    counted["acts on a full disk"] += fills_up(stores, rng)
    counted["full disks"] += 1


def _clock(stores: AnyStores[Any], seed: int, counted: Counted) -> None:
    rng = random.Random(seed)
    counted.update(by_a_clock_that_jumps(stores, rng, rng.randint(2, 6), BACK_AND_FORWARD))
    counted["clocks"] += 1


def _restores(stores: AnyStores[Any], seed: int, counted: Counted) -> None:
    rng = random.Random(seed)
    restoring = Restoring(stores, rng)
    for _ in range(RESTORES_IN_A_STORE):
        restoring.restored()
        counted["restores"] += 1


# --- Servers -------------------------------------------------------------------------------------


def _server(_: None, seed: int, counted: Counted) -> None:
    rng = random.Random(seed)
    days = rng.randint(4, 8)
    kills = rng.randint(1, days)
    with own_server(durable=True) as server:
        counted.update(killed_under_load(server, rng, rng.randint(2, 5), days, kills))
    counted["kills of a server"] += kills


def _standby(_: None, seed: int, counted: Counted) -> None:
    rng = random.Random(seed)
    counted.update(standby_takes_over(rng, rng.randint(2, 5), rng.randint(3, 6)))
    counted["takeovers"] += 1


PARTS: Mapping[str, Part] = {
    "kills": Part(_kills, 1000, "kills"),
    "commands": Part(_commands, 60, "kills of commands"),
    "together": Part(_together, 150, "rounds together"),
    "orders": Part(_orders, 20_000, "orders"),
    "trials": Part(_trials, len(_TRIED), "scenarios"),
    "disk": Part(_disk, 200, "full disks", on=(SQLITE,)),
    "clock": Part(_clock, 200, "clocks"),
    "restores": Part(_restores, 100, "restores"),
    "server": Part(_server, 50, "kills of a server", on=(POSTGRES,), alone=True),
    "standby": Part(_standby, 10, "takeovers", on=(POSTGRES,), alone=True),
}
