"""``due``: whether the tick's look-up of what is due costs the same however many cases are open.

The tables that the tick asks (``due_items``, ``open_cases``) are filled by a bulk insert of rows of the
same shape as the views write, with 1,000 and with 100,000 open cases; as many of them are due in both.
The look-up is the tick's own, ``Views.due``, on open files; it is asked of both in turn. The rows that
it reads are counted by the steps that the database's engine takes: these do not depend on the machine.
"""

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import stores
from measured import Measured

from projections.database import written_moment
from projections.runner import Views
from projections.sqlite_database import SqliteDatabase

NAME = "due"
FEW, MANY, DUE = 1_000, 100_000, 100
GOAL = 1.2
_NOW = datetime(2026, 12, 1, 7, tzinfo=UTC)
_CALLS = 20
_QUESTION = "SELECT stream FROM due_items WHERE moment<=? ORDER BY moment, stream LIMIT ?"


def run(*, small: bool) -> list[Measured]:
    """Both look-ups in turn, in several repetitions; nothing due is asked for as well."""
    rounds = 15 if small else 60
    with stores.scratch() as folder, ExitStack() as stack:
        few, many = (_filled(stack, folder / str(number), number) for number in (FEW, MANY))
        _check_plan(many)
        long_ago = _NOW - timedelta(days=365)
        found = []
        for name, now in ((NAME, _NOW), (f"{NAME}_nothing", long_ago)):
            _microseconds(few, now), _microseconds(many, now)
            taken = [(_microseconds(many, now), _microseconds(few, now)) for _ in range(rounds)]
            found.append(_measured(name, taken))
        found.append(_steps(few, many))
        few.close()
        many.close()
    return found


def _measured(name: str, taken: list[tuple[float, float]]) -> Measured:
    many, few = zip(*taken, strict=True)
    one = stores.compared(many, few)
    met = one.ratio <= GOAL
    peer = f"{FEW:,} open cases"
    return Measured(name, one.value, "us", peer, one.peer, f"ratio <= {GOAL}", met, one.ratios)


def _steps(few: Views, many: Views) -> Measured:
    ours, peer = _steps_of(many), _steps_of(few)
    return Measured(
        f"{NAME}_steps", ours, "steps", f"{FEW:,} open cases", peer, "equal", ours == peer
    )


def _microseconds(views: Views, now: datetime) -> float:
    """How long one look-up takes, on average of some."""
    began = time.perf_counter()
    for _ in range(_CALLS):
        streams = views.due(now)
    taken = time.perf_counter() - began
    assert len(streams) == (DUE if now == _NOW else 0)
    return taken / _CALLS * 1e6


def _steps_of(views: Views) -> float:
    """How many steps the database's engine takes for the look-up, catching up included."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    database = views.database
    assert isinstance(database, SqliteDatabase)
    connection = database.connection
    connection.set_progress_handler(count, 1)
    views.due(_NOW)
    connection.set_progress_handler(None, 1)
    return steps


def _check_plan(views: Views) -> None:
    """The look-up goes through the index on the moment and nothing else."""
    rows = views.database.all(f"EXPLAIN QUERY PLAN {_QUESTION}", written_moment(_NOW), -1)
    plan = [row[-1] for row in rows]
    assert len(plan) == 1, plan
    assert "COVERING INDEX due_items_by_moment (moment<?)" in plan[0], plan


def _filled(stack: ExitStack, path: Path, number: int) -> Views:
    """The views of a store in which so many cases are open, and ``DUE`` of them due."""
    policy = stores.made(path)
    store = stack.enter_context(stores.opened(path))
    stores.adopting(store.record, policy, _NOW)
    views = stores.views_of(store)
    database = views.database
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO due_items VALUES (?, ?)",
        [(_stream(one), written_moment(_moment(one, number))) for one in range(number)],
    )
    database.executemany(
        "INSERT INTO open_cases VALUES (?, ?)",
        [(_stream(one), _moment(one, number).date().isoformat()) for one in range(number)],
    )
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return views


def _stream(number: int) -> str:
    return f"escalation:ESC-2026-{number:06d}"


def _moment(one: int, number: int) -> datetime:
    """The cases that are due are spread among the others; these fall due in the weeks to come."""
    if one % (number // DUE) == 0:
        return _NOW - timedelta(minutes=one % 977)
    return _NOW + timedelta(days=1 + one % 60, minutes=one % 1440)
