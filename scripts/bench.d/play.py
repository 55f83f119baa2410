"""``play``: how long a case file of 10,000 acts takes and how much memory, and whether it stays linear.

The floor reads the same file as bare JSON and appends one bare event for each act to the same recorder
in memory. Each run is a process of its own; starting Python and importing is not counted, nor is the
time in which other processes have the processor.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import believable
from measured import Measured, peak_megabytes

NAME = "play"
MOST_SECONDS = 10.0
MOST_MEGABYTES = 150.0
MOST_TIMES = 12.0
_ACTS_OF_A_CASE = 100 / 3
_FLOOR = "bare events"

Cost = tuple[float, float]
"""Seconds, and megabytes at the peak."""


def run(*, small: bool) -> list[Measured]:
    """The program and the floor in turn on the same files, the median of several runs."""
    acts = 1_000 if small else 10_000
    with tempfile.TemporaryDirectory() as folder:
        file, larger = (_written(Path(folder), size) for size in (acts, 10 * acts))
        runs = [
            (_cost("ours", file), _cost("floor", file), _cost("ours", larger))
            for _ in range(1 if small else 5)
        ]
    ours, floor, many = (_median(list(costs)) for costs in zip(*runs, strict=True))
    named = f"{acts:,} acts"
    return [
        Measured(
            NAME,
            ours[0],
            "s",
            _FLOOR,
            floor[0],
            f"< {MOST_SECONDS:.0f} s",
            ours[0] < MOST_SECONDS,
        ),
        Measured(
            f"{NAME}_memory",
            ours[1],
            "MB",
            _FLOOR,
            floor[1],
            f"< {MOST_MEGABYTES:.0f} MB",
            ours[1] < MOST_MEGABYTES,
        ),
        Measured(
            f"{NAME}_linear",
            many[0],
            "s",
            named,
            ours[0],
            f"ratio <= {MOST_TIMES:.0f}",
            many[0] <= MOST_TIMES * ours[0],
        ),
    ]


def _median(costs: list[Cost]) -> Cost:
    return (
        statistics.median(seconds for seconds, _ in costs),
        statistics.median(megabytes for _, megabytes in costs),
    )


def _written(folder: Path, acts: int) -> Path:
    path = folder / f"{acts}.json"
    case = believable.case_file(acts, round(acts / _ACTS_OF_A_CASE / 1.1))
    path.write_text(json.dumps(case, indent=1), "utf-8")
    return path


def _cost(what: str, path: Path) -> Cost:
    """What one run costs, told by the process that it runs in."""
    done = subprocess.run(
        [sys.executable, __file__, what, str(path)], check=True, capture_output=True, text=True
    )
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


# --- In the other process ------------------------------------------------------------------------


def ours(path: Path) -> Callable[[], object]:
    """Playing a case file to its outcome."""
    from cspr_workflow.application import casefile  # noqa: PLC0415 - the floor needs none of it
    from cspr_workflow.application.outcome import outcome  # noqa: PLC0415
    from cspr_workflow.application.play import play  # noqa: PLC0415
    from cspr_workflow.store import bank_holidays  # noqa: PLC0415
    from cspr_workflow.store.memory import MemoryRecord  # noqa: PLC0415
    from projections.due_items import MemoryIndex  # noqa: PLC0415

    holidays = bank_holidays.of("GB-ENG")

    def run() -> object:
        case_file = casefile.load(path)
        index = MemoryIndex(case_file.policy.book)
        return outcome(play(case_file, MemoryRecord(), index, holidays))

    return run


def floor(path: Path) -> Callable[[], object]:
    """Reading the file as JSON and appending a bare event for each act."""
    from eventsourcing.persistence import StoredEvent  # noqa: PLC0415
    from eventsourcing.popo import POPOApplicationRecorder  # noqa: PLC0415

    def appended() -> object:
        recorder = POPOApplicationRecorder()
        stream = uuid5(NAMESPACE_URL, "acts")
        for version, act in enumerate(json.loads(path.read_bytes())["acts"], 1):
            state = json.dumps(act).encode()
            recorder.insert_events([StoredEvent(stream, version, act["act"], state)])
        return recorder

    return appended


def main(what: str, path: str) -> None:
    """Run once, and tell the seconds and the megabytes."""
    work = {"ours": ours, "floor": floor}[what](Path(path))
    began = time.process_time()
    kept = work()
    seconds = time.process_time() - began
    assert kept
    print(json.dumps([seconds, peak_megabytes()]))


if __name__ == "__main__":
    main(*sys.argv[1:])
