"""``rebuild``: how long building all views anew takes, how much memory, and what a reader notices.

Each run is a process of its own over an invented record whose views are there already, while another
process goes on asking these views a question, as a page does: they first catch up with what has been
recorded since, an entry every twentieth of a second.

The peer replays as many events of a bare eventsourcing application into one dictionary. Events a second
are of processor time; ``rebuild_seconds`` and the reader's waits are by the clock on the wall.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import stores
from bare import EVENTS_OF_A_CASE, Bare
from measured import Measured

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
        bare = Bare(folder)
        bare.filled(last // EVENTS_OF_A_CASE, _PAYLOAD)
        bare.close()
        runs = [_round(folder) for _ in range(rounds)]
    ours, peer, blocked, quiet = zip(*runs, strict=True)
    replayed = last // EVENTS_OF_A_CASE * EVENTS_OF_A_CASE
    rates = stores.compared(
        [last / cost[1] for cost in ours], [replayed / cost[1] for cost in peer]
    )
    memory = stores.compared([cost[2] for cost in ours], [cost[2] for cost in peer])
    waits = stores.compared(blocked, quiet)
    return [
        Measured(NAME, rates.value, "events/s", _PEER, rates.peer, "-", True, rates.ratios),
        Measured(
            f"{NAME}_seconds",
            statistics.median(cost[0] for cost in ours),
            f"s for {last:,} events",
            _PEER,
            statistics.median(cost[0] for cost in peer),
            "-",
            True,
        ),
        Measured(
            f"{NAME}_memory", memory.value, "MB", _PEER, memory.peer, "-", True, memory.ratios
        ),
        Measured(
            f"{NAME}_reader",
            max(blocked),
            "ms at most",
            "the same reader in quiet",
            max(quiet),
            "-",
            True,
            waits.ratios,
        ),
    ]


def _round(folder: Path) -> tuple[Cost, Cost, float, float]:
    """One rebuild beside a reader, one bare replay; how long the reader waited at most, and before it."""
    reader = _started("reader", folder)
    assert reader.stdin is not None
    _line(reader.stdout)
    time.sleep(_QUIET_SECONDS)
    quiet = _asked(reader.stdin, reader.stdout)
    ours = _cost("ours", folder)
    blocked = _asked(reader.stdin, reader.stdout)
    reader.stdin.close()
    reader.wait()
    return ours, _cost("peer", folder), blocked, quiet


def _started(what: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, _RUNS, what, str(folder)],
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


def _cost(what: str, folder: Path) -> Cost:
    done = subprocess.run(
        [sys.executable, _RUNS, what, str(folder)], check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, processor, megabytes = json.loads(done.stdout)
    return seconds, processor, megabytes
