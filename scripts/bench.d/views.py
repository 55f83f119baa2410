"""``views``: whether the views keep up with a record that grows.

They stand behind the first half of an invented record, and the second half arrives: all at once, taken
in the batches of the runner (``views``), or act by act, each a transaction of its own (``views_inline``).

Times are processor time: the views' commits wait for no disk.

The floor does the least that a view can do: it reads the same stored events in the same batches, parses
each as bare JSON and puts one row for it into one table, with the position, in as many transactions.
"""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import stores
from measured import Measured

from cspr_workflow.application.ports import Followed, Held, Recorded
from cspr_workflow.application.transaction import PARTNERSHIP, evolved
from cspr_workflow.store.folder import StoreFolder
from cspr_workflow.store.sqlite_record import SqliteRecord
from projections.runner import BATCH, Views

NAME = "views"
GOAL = 5_000
_PEER = "one bare row for each"


class UpTo:
    """A record of which only what stands up to a position has been written yet."""

    past = 0

    def __init__(self, record: SqliteRecord, until: int) -> None:
        self.record, self.until = record, until
        self.append, self.submitted = record.append, record.submitted
        self.opened, self.digest = record.opened, record.digest

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""
        return [one for one in self.record.read(stream, after) if one.position <= self.until]

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""
        left = self.until - after
        return self.record.read_all(after, left if limit is None else min(limit, left))

    def last(self) -> tuple[int, datetime | None]:
        """The last position; when it was recorded is not asked here."""
        return self.until, None


def run(*, small: bool) -> list[Measured]:
    """The views and the bare rows in turn, over the same events."""
    events, acts, rounds = (8_000, 150, 5) if small else (60_000, 1_000, 7)
    with stores.scratch() as folder:
        last = stores.simulated(folder / "store", events)
        with stores.opened(folder / "store") as store:
            half = last // 2
            built = _built(store, folder / "half.sqlite", half)
            commands = _commands(store.record, half, acts)
            batches = [(_batches(store, built, last), _bare_batches(store, folder, half, last))]
            singly = [
                (_singly(store, built, commands), _bare_singly(store, folder, half, commands))
            ]
            for _ in range(rounds):
                batches.append(
                    (_batches(store, built, last), _bare_batches(store, folder, half, last))
                )
                singly.append(
                    (_singly(store, built, commands), _bare_singly(store, folder, half, commands))
                )
    arrived = last - half
    ours, bare = zip(*batches[1:], strict=True)
    rates = stores.compared([arrived / one for one in ours], [arrived / one for one in bare])
    ours, bare = zip(*singly[1:], strict=True)
    times = stores.compared(
        [1000 * one / len(commands) for one in ours], [1000 * one / len(commands) for one in bare]
    )
    goal, met = f">= {GOAL:,} events/s", rates.value >= GOAL
    return [
        Measured(NAME, rates.value, "events/s", _PEER, rates.peer, goal, met, rates.ratios),
        Measured(
            f"{NAME}_inline", times.value, "ms an act", _PEER, times.peer, "-", True, times.ratios
        ),
    ]


# --- The views -----------------------------------------------------------------------------------


def _built(store: StoreFolder, path: Path, until: int) -> Path:
    """The views as they stand after a position."""
    views = stores.views_of(store, path, UpTo(store.record, until))
    views.catch_up()
    views.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    views.close()
    return path


def _copied(store: StoreFolder, built: Path, record: UpTo) -> Views:
    stores.removed(store.views)
    shutil.copy(built, store.views)
    return stores.views_of(store, record=record)


def _batches(store: StoreFolder, built: Path, last: int) -> float:
    """The seconds of the processor for catching up with everything."""
    views = _copied(store, built, UpTo(store.record, last))
    began = time.process_time()
    reached = views.catch_up()
    taken = time.process_time() - began
    assert reached == last
    views.close()
    return taken


def _singly(store: StoreFolder, built: Path, commands: Sequence[Followed]) -> float:
    """The seconds of the processor for following each act as it is recorded."""
    record = UpTo(store.record, commands[0].recorded[0].position - 1)
    views = _copied(store, built, record)
    views.catch_up()
    began = time.process_time()
    for followed in commands:
        record.until = followed.recorded[-1].position
        views.follow(followed)
    taken = time.process_time() - began
    assert views.position == record.until
    views.close()
    return taken


def _commands(record: SqliteRecord, after: int, number: int) -> list[Followed]:
    """What the workflow would say of so many acts: what was recorded, and how the cases stood before."""
    held: dict[str, Held] = {}
    found: list[Followed] = []
    for _, group in groupby(record.read_all(), key=lambda one: one.command):
        recorded = list(group)
        streams = {one.stream for one in recorded} - {PARTNERSHIP}
        before = {stream: held.get(stream, Held()) for stream in streams}
        for one in recorded:
            if one.stream != PARTNERSHIP:
                case = held.get(one.stream, Held()).case
                held[one.stream] = Held(one.version, evolved(case, one.stream, one.entry))
        if recorded[0].position > after:
            now = {stream: held[stream] for stream in streams}
            found.append(Followed(recorded, before, now))
            if len(found) == number:
                return found
    raise AssertionError("the record is too short")


# --- Bare rows -----------------------------------------------------------------------------------


def _bare_batches(store: StoreFolder, folder: Path, half: int, last: int) -> float:
    stored = iter(_pages(store.record, half, last))
    return _rows(folder, stored)


def _pages(record: SqliteRecord, after: int, last: int) -> Iterator[list[bytes]]:
    while after < last:
        page = list(record.stored(after, BATCH))
        after = page[-1].id
        yield [one.state for one in page]


def _bare_singly(
    store: StoreFolder, folder: Path, half: int, commands: Sequence[Followed]
) -> float:
    states = [one.state for one in store.record.stored(half, commands[-1].recorded[-1].position)]
    pages: list[list[bytes]] = []
    for followed in commands:
        first = followed.recorded[0].position - half - 1
        pages.append(states[first : first + len(followed.recorded)])
    return _rows(folder, iter(pages))


def _rows(folder: Path, pages: Iterator[list[bytes]]) -> float:
    """The seconds of the processor for one row for each event, a transaction for each page."""
    path = folder / "bare.sqlite"
    stores.removed(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "CREATE TABLE rows (position INTEGER PRIMARY KEY, stream TEXT, type TEXT, recorded TEXT)"
        )
        connection.execute("CREATE TABLE progress (position INTEGER)")
        connection.execute("INSERT INTO progress VALUES (0)")
        began = time.process_time()
        for page in pages:
            rows = [_row(json.loads(state)) for state in page]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", rows)
            connection.execute("UPDATE progress SET position=?", (rows[-1][0],))
            connection.execute("COMMIT")
        return time.process_time() - began


def _row(data: dict[str, Any]) -> tuple[Any, ...]:
    return data["position"], data["stream"], data["type"], data["recorded"]
