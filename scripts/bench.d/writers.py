"""``writers``: whether four programs that record in one store get as much done together as one alone.

Each writer is a process of its own with its own cases: it records one discussion after another, each
durably and with the views that show it. As many acts are recorded by one writer and by four, in turn.
Afterwards every act is in the record under its own id, and nothing else is. Where the program gives up
because others were faster again and again, the writer asks once more; how often that was is told.
"""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import grounds
import open_cases
import stores
from grounds import Ground
from measured import Measured

NAME = "writers"
GOAL = 0.8
MANY = 4
_CASES = open_cases.FEWEST + 40 * open_cases.CASES
_RUNS = str(Path(__file__).with_name("writer_runs.py"))


def run(*, small: bool, on: str) -> list[Measured]:
    """One writer and four in turn."""
    acts, rounds = (400, 5) if small else (4_000, 7)
    with grounds.ground(on) as where, open_cases.pattern() as pattern:
        with open_cases.opened(where, pattern, _CASES) as opened:
            where.check_durable(opened.store.record)
            at = str(where.place(f"open {_CASES}"))
        _acts_a_second(where, at, 1, MANY)
        taken = [
            (_acts_a_second(where, at, MANY, acts), _acts_a_second(where, at, 1, acts))
            for _ in range(rounds)
        ]
    many, alone = zip(*taken, strict=True)
    one = stores.compared(many, alone)
    goal, met = f"ratio >= {GOAL}", one.ratio >= GOAL
    return [Measured(NAME, one.value, "acts/s", "one writer", one.peer, goal, met, one.ratios)]


def _acts_a_second(where: Ground, at: str, writers: int, acts: int) -> float:
    """How many acts a second so many writers record, from the first act to the last."""
    with grounds.opened(where.place(f"open {_CASES}")) as store:
        before = store.record.last()[0]
    processes = [_started(at, number, acts // writers) for number in range(writers)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [json.loads(process.communicate()[0]) for process in processes]
    assert not any(process.returncode for process in processes)
    if contended := sum(one["contended"] for one in told):
        print(f"{contended} of {acts} acts had to be asked for again", file=sys.stderr)
    ids = [UUID(id) for one in told for id in one["commands"]]
    assert len(set(ids)) == acts
    with grounds.opened(where.place(f"open {_CASES}")) as store:
        found = [store.record.submitted(id) for id in ids]
        assert sorted(one.first for one in found if one) == list(
            range(before + 1, before + acts + 1)
        )
        assert store.record.last()[0] == before + acts
        with grounds.views_of(store) as views:
            assert views.catch_up() == before + acts
    began, ended = (min(one["began"] for one in told), max(one["ended"] for one in told))
    return acts / float(ended - began)


def _started(at: str, number: int, acts: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, _RUNS, at, str(number), str(acts)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
