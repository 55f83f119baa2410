"""``rebuild``: how long building all views anew takes, how much memory, and what a reader notices.

Each run is a process of its own over an invented record whose views are there already, while another
process goes on asking these views a question, as a page does: they first catch up with what has been
recorded since, an entry every twentieth of a second.

The peer replays as many events of a bare eventsourcing application into one dictionary. Events a second
are of processor time; ``rebuild_seconds`` and the reader's waits are by the clock on the wall.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import stores
from bare import EVENTS_OF_A_CASE, Bare
from grounds import Disk, Ground
from measured import Measured
from stores import Compared

NAME = "rebuild"
_PEER = "bare replay into a dictionary"
_PAYLOAD = "x" * 300
_QUIET_SECONDS = 2.0
_RUNS = str(Path(__file__).with_name("rebuild_runs.py"))

Cost = tuple[float, float, float]
"""Seconds, seconds of the processor, and megabytes at the peak."""


def run(*, small: bool) -> list[Measured]:
    """The views and the bare replay in turn."""
    events, rounds = (3_000, 5) if small else (50_000, 5)
    with stores.scratch() as folder:
        last = stores.simulated(folder / "store", events)
        with stores.opened(folder / "store") as store:
            views = stores.views_of(store)
            views.catch_up()
            views.close()
        where = Disk(folder)
        fill_bare(where, last)
        rebuilt = measured(where, "store", last, rounds)
    rates, memory, waits = rebuilt.rates, rebuilt.memory, rebuilt.waits
    return [
        Measured(NAME, rates.value, "events/s", _PEER, rates.peer, "-", True, rates.ratios),
        Measured(
            f"{NAME}_seconds",
            rebuilt.seconds.value,
            f"s for {last:,} events",
            _PEER,
            rebuilt.seconds.peer,
            "-",
            True,
        ),
        Measured(
            f"{NAME}_memory", memory.value, "MB", _PEER, memory.peer, "-", True, memory.ratios
        ),
        Measured(
            f"{NAME}_reader",
            rebuilt.longest,
            "ms at most",
            "the same reader in quiet",
            rebuilt.longest_before,
            "-",
            True,
            waits.ratios,
        ),
    ]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What rebuilds cost beside bare replays: events a second of the processor, seconds, megabytes.

    ``waits`` are the reader's longest of each rebuild, beside those before it, in milliseconds.
    """

    rates: Compared
    seconds: Compared
    memory: Compared
    waits: Compared
    longest: float
    longest_before: float


def fill_bare(where: Ground, events: int) -> None:
    """As many bare events, or a few less."""
    bare = Bare(where.folder, where.of_bare("bare"))
    bare.filled(events // EVENTS_OF_A_CASE, _PAYLOAD)
    bare.close()


def measured(where: Ground, name: str, events: int, rounds: int) -> Rebuilt:
    """Rebuilds of a store whose views are there, beside a reader, and bare replays in turn."""
    settings = json.dumps(dict(where.of_bare("bare")))
    runs = [_round(str(where.place(name)), settings) for _ in range(rounds)]
    ours, peer, blocked, quiet = zip(*runs, strict=True)
    replayed = events // EVENTS_OF_A_CASE * EVENTS_OF_A_CASE
    return Rebuilt(
        stores.compared([events / one[1] for one in ours], [replayed / one[1] for one in peer]),
        stores.compared([one[0] for one in ours], [one[0] for one in peer]),
        stores.compared([one[2] for one in ours], [one[2] for one in peer]),
        stores.compared(blocked, quiet),
        max(blocked),
        max(quiet),
    )


def _round(at: str, settings: str) -> tuple[Cost, Cost, float, float]:
    """One rebuild beside a reader, one bare replay; how long the reader waited at most, and before it."""
    reader = _started("reader", at)
    assert reader.stdin is not None
    _line(reader.stdout)
    time.sleep(_QUIET_SECONDS)
    quiet = _asked(reader.stdin, reader.stdout)
    ours = _cost("ours", at)
    blocked = _asked(reader.stdin, reader.stdout)
    reader.stdin.close()
    reader.wait()
    return ours, _cost("peer", settings), blocked, quiet


def _started(what: str, at: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, _RUNS, what, at],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line(out: IO[str] | None) -> str:
    assert out is not None
    return out.readline()


def _asked(into: IO[str], out: IO[str] | None) -> float:
    """The longest wait of the reader since it was last asked, in milliseconds."""
    into.write("longest\n")
    into.flush()
    return float(json.loads(_line(out)))


def _cost(what: str, at: str) -> Cost:
    done = subprocess.run(
        [sys.executable, _RUNS, what, at], check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, processor, megabytes = json.loads(done.stdout)
    return seconds, processor, megabytes
