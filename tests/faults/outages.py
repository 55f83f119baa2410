"""A server that is killed while processes act on it, and a standby that takes over: nothing is lost."""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg

from tests.faults import checks
from tests.faults.checks import holds
from tests.faults.injected import Operation, Real, Watch
from tests.faults.server_stores import ServerStores
from tests.faults.side_by_side import (
    Turn,
    histories,
    is_legal_in_order,
    on_cases_of_their_own,
    one_after_another,
    together,
)
from tests.faults.stores import opened
from tests.faults.workers import PATIENCE, Worker
from tests.postgres_server import SUPERUSER, OwnServer, own_server

_OPERATIONS = 45
"""So many operations of the store, at most, one of those who work gets through before it is struck."""
_A_MOMENT = 0.05
_FORK = multiprocessing.get_context("fork")


class _Waits(Watch):
    """Who works asks for the stroke at the operation of one number, and waits until it is done."""

    def __init__(self, number: int, *, after: bool) -> None:
        super().__init__()
        self.number, self.after = number, after
        self.asked, self.done = _FORK.Event(), _FORK.Event()

    def happens(self, operation: Operation, real: Real) -> Any:
        """The operation, before or after the stroke."""
        if operation.number != self.number:
            return real()
        if self.after:
            real_done = real()
        self.asked.set()
        self.done.wait(PATIENCE)
        return real_done if self.after else real()


class Stroke:
    """A server goes down at an operation of one who works on it, and another or the same comes up."""

    def __init__(
        self, rng: random.Random, down: Callable[[], None], up: Callable[[], None]
    ) -> None:
        self.watch = _Waits(rng.randint(1, _OPERATIONS), after=rng.random() < 0.5)
        self._down, self._up = down, up

    @property
    def hit(self) -> bool:
        """Whether it came at an operation, not after all of them."""
        return self.watch.asked.is_set()

    def do(self, workers: Sequence[Worker]) -> None:
        """Wait until it is asked for; where nobody got so far, it comes at the end."""
        while not self.watch.asked.wait(_A_MOMENT) and workers[0].is_working():
            pass
        self._down()
        self.watch.done.set()
        self._up()


def under_fire(path: str, turns: Sequence[Turn], strokes: Mapping[int, Stroke]) -> Counter[str]:
    """Processes act in their turns, in some of which there is a stroke: what became of that.

    "in the midst" counts the strokes that came at an operation, "repeated" the acts that their authors
    had to send once more: most of them the program itself sees through.
    """
    done: Counter[str] = Counter()
    for number, turn in enumerate(turns):
        done["acts repeated"] += together(path, [turn], strokes.get(number))
    done["in the midst of an operation"] = sum(stroke.hit for stroke in strokes.values())
    return done


def came_right(stores: ServerStores, path: str, turns: Sequence[Turn]) -> None:
    """What came of it is what comes of the same turns where nothing happens. Raises ``Broken``."""
    alone = stores.new()
    one_after_another(alone, turns)
    expected = histories(alone)
    found = histories(path)
    for stream, history in expected.items():
        holds(found.get(stream) == history, f"{stream}:\n{found.get(stream)}\nnot:\n{history}")
    holds(found.keys() == expected.keys(), "there are other cases")
    checks.sound_and_right(path)
    with opened(path) as desk:
        is_legal_in_order(desk, [step for turn in turns for part in turn.steps for step in part])
    stores.drop(alone)


# --- One server ----------------------------------------------------------------------------------


def killed_under_load(
    server: OwnServer, rng: random.Random, processes: int, days: int, kills: int
) -> Counter[str]:
    """A durable server that is killed in some of the turns: what became of that. Raises ``Broken``."""
    stores = ServerStores(server)
    path, turns = stores.new(), on_cases_of_their_own(processes, days)
    chosen = rng.sample(range(days), kills)
    strokes = {day: Stroke(rng, server.kill, server.start) for day in chosen}
    done = under_fire(path, turns, strokes)
    came_right(stores, path, turns)
    stores.drop_all()
    return done


# --- A standby -----------------------------------------------------------------------------------


class Standby(OwnServer):
    """A copy of a server that follows it, and can take its place."""

    def __init__(self, primary: OwnServer) -> None:
        self._primary = primary
        super().__init__(durable=True)

    def _initialise(self) -> None:
        # -R has it follow the server from which it was copied.
        self.run(
            "pg_basebackup", "-h", str(self._primary.folder), "-U", SUPERUSER,
            "-D", str(self.data), "-R", "-X", "stream", "-c", "fast",
        )  # fmt: skip

    def _make_roles(self) -> None:
        """They come with everything else."""

    def promote(self) -> None:
        """From now on this is the server that is written to."""
        self.run("pg_ctl", "promote", "-w", "-D", str(self.data))


@contextmanager
def with_standby(primary: OwnServer) -> Iterator[Standby]:
    """A standby that has confirmed whatever the primary confirms."""
    standby = Standby(primary)
    try:
        primary.administer(
            "ALTER SYSTEM SET synchronous_standby_names='*'", "SELECT pg_reload_conf()"
        )
        _in_step(primary)
        yield standby
    finally:
        standby.remove()


def _in_step(primary: OwnServer) -> None:
    until = time.monotonic() + PATIENCE
    with psycopg.connect(primary.address(user=SUPERUSER), autocommit=True) as connection:
        while time.monotonic() < until:
            states = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall()
            if states == [("sync",)]:
                return
            time.sleep(0.02)
    raise AssertionError(f"the standby does not follow: {states}")


def of_both(address: str, primary: OwnServer, standby: OwnServer) -> str:
    """The address of a store on whichever of two servers can be written to."""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query))
    options |= {
        "host": f"{primary.folder},{standby.folder}",
        "target_session_attrs": "read-write",
    }
    return parts._replace(query=urlencode(options, safe="/,")).geturl()


def standby_takes_over(rng: random.Random, processes: int, days: int) -> Counter[str]:
    """The primary is killed under load and the standby promoted: what became of that. Raises ``Broken``."""
    with own_server(durable=True) as primary:
        stores = ServerStores(primary)
        turns = on_cases_of_their_own(processes, days)
        first = stores.new()
        with with_standby(primary) as standby:
            path = of_both(first, primary, standby)
            stroke = Stroke(rng, primary.kill, standby.promote)
            done = under_fire(path, turns, {rng.randrange(days): stroke})
            came_right(stores.on(standby), path, turns)
    return done
