"""What the benchmarks of the lasting store share: stores on the disk to measure with, and sums.

The files lie in a folder of the system's temporary one (``TMPDIR`` names another). Where that is kept
in memory the times say nothing about a disk.
"""

import gc
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.play import adoption
from cspr_workflow.application.policy_files import PolicyFile, bundled
from cspr_workflow.application.ports import Record
from cspr_workflow.application.simulation.people import people
from cspr_workflow.application.simulation.run import Plan, simulate
from cspr_workflow.domain.entries import NO_CLAUSE, Entry
from cspr_workflow.domain.partnership import PersonJoined
from cspr_workflow.domain.people import SCSP, Role
from cspr_workflow.domain.policy import Policy
from cspr_workflow.store import bank_holidays, folder
from cspr_workflow.store.batched import batched
from cspr_workflow.store.folder import StoreFolder
from cspr_workflow.store.stores import Store
from projections.due_items import MemoryIndex
from projections.postgres_place import PostgresPlace
from projections.runner import Views

POLICY = "sandwell-2018"
EVENTS_OF_A_CASE = 28
"""About so many entries come of one simulated escalation, its incident's own among them."""
_UNTIL = datetime(2026, 11, 23, 9, tzinfo=UTC)
_YEARS = 10
_FULL = 2
"""``PRAGMA synchronous``: a commit is on the disk when it returns."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder on the disk for one benchmark; it is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="cspr-bench-") as path:
        yield Path(path)


@contextmanager
def opened(path: Path) -> Iterator[StoreFolder]:
    """An open store that is closed at the end."""
    store = folder.open_store(path)
    try:
        yield store
    finally:
        store.close()


def made(path: Path) -> PolicyFile:
    """Make a store that has adopted nothing yet; the policy that it is to adopt."""
    folder.make(path, rehearsal=True)
    return bundled(POLICY)


def adopting(record: Record, policy: PolicyFile, moment: datetime) -> Workflow:
    """The workflow over a record that has just adopted its policy, its calendar and its people."""
    workflow = Workflow(record, MemoryIndex(policy.book), policy.book)
    everybody = tuple(person for person, _ in people().values())
    workflow.adopt(adoption(policy, bank_holidays.of("GB-ENG"), everybody, moment))
    return workflow


def simulated(path: Path, events: int) -> int:
    """Fill a new store with invented cases, about so many entries: how many there are."""
    policy = made(path)
    plan = Plan(max(1, events // EVENTS_OF_A_CASE), _YEARS, 1, _UNTIL)
    with opened(path) as store:
        with batched(store.record) as record:
            simulate(adopting(record, policy, plan.begins(policy.policy.civil)), plan)
        return store.record.last()[0]


def policies() -> Mapping[str, Policy]:
    """Every policy that these stores adopt, by its label."""
    return bundled(POLICY).book


def views_of(store: Store, path: Path | None = None, record: Record | None = None) -> Views:
    """The views of a store, at their own place or at another, over its record or over part of it."""
    kept = path or store.views
    place = kept if isinstance(kept, Path) else PostgresPlace(kept)
    return Views(place, record or store.record, policies(), store.record.about["store"])


def somebody_joins(store: Store) -> None:
    """Record one entry of which no view has heard yet."""
    workflow = Workflow(store.record, MemoryIndex(policies()), policies())
    last, moment = store.record.last()
    assert moment is not None
    fact = PersonJoined(f"person_{last}", Role.AUDITOR, SCSP)
    workflow.adopt([Entry(fact, moment, moment, None, NO_CLAUSE, workflow.policy().label, 0)])


def removed(path: Path) -> None:
    """Remove a database and what belongs to it, where it is there."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


# --- Durability ----------------------------------------------------------------------------------


def check_durable(**ask: Callable[[str], Any]) -> None:
    """See that each side's commits are on the disk when they return; else the program ends.

    Each of ``ask`` answers a pragma on the connection that one side writes with.
    """
    settings = {
        name: (str(pragma("journal_mode")), int(pragma("synchronous")))
        for name, pragma in ask.items()
    }
    if set(settings.values()) != {("wal", _FULL)}:
        sys.exit(f"The sides are not equally durable, so that nothing can be compared: {settings}")
    print(f"journal_mode=wal, synchronous=FULL: {', '.join(settings)}", file=sys.stderr)


def pragma_of(connection: sqlite3.Connection) -> Callable[[str], Any]:
    """Answers pragmas on a connection."""
    return lambda name: connection.execute(f"PRAGMA {name}").fetchone()[0]


# --- What the database does ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    """How many statements a database was asked for, and how many steps its engine took for them."""

    statements: int
    steps: int


def counted(folder: Path, do: Callable[[], object]) -> Counts:
    """What the databases below a folder that this process has open do meanwhile."""
    statements = steps = 0

    def asked(_: str) -> None:
        nonlocal statements
        statements += 1

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    connections = [one for one in gc.get_objects() if isinstance(one, sqlite3.Connection)]
    ours = [one for one in connections if _lies_in(one, folder)]
    for one in ours:
        one.set_trace_callback(asked)
        one.set_progress_handler(step, 1)
    do()
    for one in ours:
        one.set_trace_callback(None)
        one.set_progress_handler(None, 1)
    return Counts(statements, steps)


def _lies_in(connection: sqlite3.Connection, folder: Path) -> bool:
    try:
        name = connection.execute("PRAGMA database_list").fetchone()[2]
    except sqlite3.ProgrammingError:  # it is closed
        return False
    return Path(name).is_relative_to(folder)


# --- Sums ----------------------------------------------------------------------------------------


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two values as the median over the repetitions, and their ratios in each of these."""

    value: float
    peer: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the ratios: each is of two runs beside each other."""
        return statistics.median(self.ratios)


def compared(values: Sequence[float], peers: Sequence[float]) -> Compared:
    """Compare what was measured in turn, repetition by repetition."""
    ratios = tuple(value / peer for value, peer in zip(values, peers, strict=True))
    return Compared(statistics.median(values), statistics.median(peers), ratios)
