"""What ``rebuild`` measures, each in a process of its own: ``rebuild_runs.py ours|peer|reader WHERE``.

``WHERE`` is the place of the store, or for the peer the settings of the bare application as JSON.
"""

import json
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from bare import EVENTS_OF_A_CASE, Bare, Case
from measured import peak_megabytes

_PAGE = 1000
_PAUSE, _RECORDS_EVERY = 0.002, 0.05
"""Seconds between two questions, and between two entries."""
_QUESTION = "SELECT count(*), max(position) FROM cases WHERE kind='escalation' AND is_open=1"


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    """Seconds, and seconds of the processor."""
    now = _clocks()
    return now[0] - began[0], now[1] - began[1]


def ours(at: str) -> None:
    """Build every view anew."""
    import grounds  # noqa: PLC0415 - the peer needs none of it

    with grounds.opened_at(at) as (_, views):
        began = _clocks()
        reached = views.rebuild()
        taken = _since(began)
        assert reached
    print(json.dumps([*taken, peak_megabytes()]))


def peer(settings: str) -> None:
    """Replay every bare event into a dictionary."""
    bare = Bare(Path(), json.loads(settings))
    view: dict[UUID, dict[str, Any]] = {}
    began = _clocks()
    start = 1
    while page := bare.application.recorder.select_notifications(start, _PAGE):
        for notification in page:
            event: Any = bare.application.mapper.to_domain_event(notification)
            row = view.setdefault(event.originator_id, {"changes": 0})
            row["last"] = event.payload
            row["changes"] += isinstance(event, Case.Changed)  # type: ignore[attr-defined]
        start = page[-1].id + 1
    taken = _since(began)
    assert all(row["changes"] == EVENTS_OF_A_CASE - 1 for row in view.values())
    bare.close()
    print(json.dumps([*taken, peak_megabytes()]))


def reader(at: str) -> None:
    """Ask the views again and again; say the longest wait so far, and forget it, when asked.

    Now and then something has been recorded since, so that the views have to catch up first.
    """
    import grounds  # noqa: PLC0415 - the peer needs none of it
    import stores  # noqa: PLC0415

    with grounds.opened_at(at) as (store, views):
        views.database.one(_QUESTION)
        print("ready", flush=True)
        longest, recorded = 0.0, time.monotonic()
        for asked in _lines(sys.stdin):
            if asked:
                print(longest, flush=True)
                longest = 0.0
            if time.monotonic() - recorded > _RECORDS_EVERY:
                stores.somebody_joins(store)
                recorded = time.monotonic()
            began = time.perf_counter()
            views.database.one(_QUESTION)
            longest = max(longest, 1000 * (time.perf_counter() - began))
            time.sleep(_PAUSE)


def _lines(stream: IO[str]) -> Iterator[bool]:
    """For ever whether a line has come in meanwhile, until the stream is closed."""
    while True:
        ready, _, _ = select.select([stream], [], [], 0)
        if ready and not stream.readline():
            return
        yield bool(ready)


if __name__ == "__main__":
    {"ours": ours, "peer": peer, "reader": reader}[sys.argv[1]](sys.argv[2])
