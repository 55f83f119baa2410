"""``tick_vs_spiff``: a tick with nothing due, beside an engine that has to look at every instance.

The peer is SpiffWorkflow, in an environment of its own (``scripts/bench`` makes it): as many instances
wait for a timer, kept as the library serialises them, one row of SQLite's each. Ours is the program's
tick, with as many open cases. Nothing is due on either side; both take turns.
"""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import grounds
import open_cases
import stores
from measured import Measured, NotMeasured
from ticks import Clock

NAME = "tick_vs_spiff"
_PEER = "SpiffWorkflow, as many instances"
_PYTHON = Path(__file__).parents[2] / ".venv.bench/bin/python"
_RUNS = str(Path(__file__).with_name("spiff_runs.py"))


def run(*, small: bool) -> list[Measured]:
    """Ticks of both in turn; nothing is measured where the peer cannot be had."""
    cases, rounds = (1_000, 5) if small else (10_000, 7)
    if not _PYTHON.exists():
        raise NotMeasured(
            "SpiffWorkflow is not there. scripts/bench installs it from the package index; see what it "
            "said at its beginning, and run it again."
        )
    with (
        grounds.ground(grounds.SQLITE) as where,
        open_cases.pattern() as pattern,
        open_cases.opened(where, pattern, cases) as opened,
    ):
        clock = Clock(opened)
        now = open_cases.BEGINS + timedelta(minutes=40)
        clock.run(now)
        peer = _started(str(where.folder / "instances.sqlite"), cases)
        _tick_of(peer)
        taken = [(clock.timed(now, 0).wall, _tick_of(peer)) for _ in range(rounds)]
        peer.communicate()
    one = stores.compared(*zip(*taken, strict=True))
    return [Measured(NAME, one.value, "ms", _PEER, one.peer, "-", True, one.ratios)]


def _started(path: str, cases: int) -> "subprocess.Popen[str]":
    peer = subprocess.Popen(
        [_PYTHON, _RUNS, path, str(cases)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert peer.stdout is not None
    assert peer.stdout.readline() == "ready\n"
    return peer


def _tick_of(peer: "subprocess.Popen[str]") -> float:
    """Milliseconds for one tick."""
    assert peer.stdin is not None
    assert peer.stdout is not None
    peer.stdin.write("tick\n")
    peer.stdin.flush()
    return 1000 * float(json.loads(peer.stdout.readline()))
