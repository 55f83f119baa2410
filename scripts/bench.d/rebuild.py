"""``rebuild``: how long building all views anew takes, how much memory, and what a reader notices.

Each run is a process of its own over an invented record whose views are there already, while another
process goes on asking these views a question, as a page does: it first catches up, then asks.

The peer replays as many events of a bare eventsourcing application into one dictionary.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import stores
from bare import Bare, Case
from measured import Measured

NAME = "rebuild"
_PEER = "bare replay into a dictionary"
_EVENTS_OF_A_CASE = 12
_PAYLOAD = "x" * 300
_PAGE = 1000
_QUESTION = "SELECT count(*), max(position) FROM cases WHERE kind='escalation' AND is_open=1"
_QUIET_SECONDS = 1.0

Cost = tuple[float, float]
"""Seconds, and megabytes at the peak."""


def run(*, small: bool) -> list[Measured]:
    """The views and the bare replay in turn."""
    events, rounds = (6_000, 5) if small else (50_000, 5)
    with stores.scratch() as folder:
        last = stores.simulated(folder / "store", events)
        with stores.opened(folder / "store") as store:
            views = stores.views_of(store)
            views.catch_up()
            views.close()
        bare = Bare(folder)
        bare.filled(last // _EVENTS_OF_A_CASE, _EVENTS_OF_A_CASE, _PAYLOAD)
        bare.close()
        runs = [_round(folder) for _ in range(rounds)]
    ours, peer, blocked, quiet = zip(*runs, strict=True)
    replayed = last // _EVENTS_OF_A_CASE * _EVENTS_OF_A_CASE
    rates = stores.compared(
        [last / seconds for seconds, _ in ours], [replayed / seconds for seconds, _ in peer]
    )
    memory = stores.compared([peak for _, peak in ours], [peak for _, peak in peer])
    waits = stores.compared(blocked, quiet)
    return [
        Measured(NAME, rates.value, "events/s", _PEER, rates.peer, "-", True, rates.ratios),
        Measured(
            f"{NAME}_seconds",
            statistics.median(seconds for seconds, _ in ours),
            f"s for {last:,} events",
            _PEER,
            statistics.median(seconds for seconds, _ in peer),
            "-",
            True,
        ),
        Measured(f"{NAME}_memory", memory.value, "MB", _PEER, memory.peer, "-", True, memory.ratios),
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
        [sys.executable, __file__, what, str(folder)],
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
        [sys.executable, __file__, what, str(folder)], check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


# --- In the other processes ----------------------------------------------------------------------


def ours(folder: Path) -> None:
    """Build every view anew."""
    with stores.opened(folder / "store") as store:
        views = stores.views_of(store)
        began = time.perf_counter()
        reached = views.rebuild()
        taken = time.perf_counter() - began
        assert reached == store.record.last()[0]
        views.close()
    print(json.dumps([taken, stores.peak_megabytes()]))


def peer(folder: Path) -> None:
    """Replay every bare event into a dictionary."""
    bare = Bare(folder)
    view: dict[UUID, dict[str, Any]] = {}
    began = time.perf_counter()
    start = 1
    while page := bare.application.recorder.select_notifications(start, _PAGE):
        for notification in page:
            event: Any = bare.application.mapper.to_domain_event(notification)
            row = view.setdefault(event.originator_id, {"changes": 0})
            row["last"] = event.payload
            row["changes"] += isinstance(event, Case.Changed)  # type: ignore[attr-defined]
        start = page[-1].id + 1
    taken = time.perf_counter() - began
    assert all(row["changes"] == _EVENTS_OF_A_CASE - 1 for row in view.values())
    bare.close()
    print(json.dumps([taken, stores.peak_megabytes()]))


def reader(folder: Path) -> None:
    """Ask the views again and again; say the longest wait so far, and forget it, when asked."""
    with stores.opened(folder / "store") as store:
        views = stores.views_of(store)
        views.database.one(_QUESTION)
        print("ready", flush=True)
        longest = 0.0
        for asked in stores.lines(sys.stdin):
            if asked:
                print(longest, flush=True)
                longest = 0.0
            began = time.perf_counter()
            views.database.one(_QUESTION)
            longest = max(longest, 1000 * (time.perf_counter() - began))
            time.sleep(0.002)
        views.close()


if __name__ == "__main__":
    {"ours": ours, "peer": peer, "reader": reader}[sys.argv[1]](Path(sys.argv[2]))
