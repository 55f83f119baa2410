"""What falls due when: the tick's index, so that its cost follows what is due, not what is open."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cspr_workflow.application.ports import Followed, Held, Record
from cspr_workflow.application.transaction import PARTNERSHIP, evolved
from cspr_workflow.domain.clock import Case, let_time_pass, next_due
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.incident import TimescaleState
from cspr_workflow.domain.partnership import is_calendar_change
from cspr_workflow.domain.policy import Policy
from projections.database import Database, Row, Step, World, written_moment


class MemoryIndex:
    """The index over a record in memory. It names candidates; the stream decides what has fallen due."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = policies
        self._streams: dict[str, None] = {}
        self._open: dict[str, None] = {}
        self._moments: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    @classmethod
    def over(cls, record: Record, policies: Mapping[str, Policy]) -> "MemoryIndex":
        """An index of what a record holds already."""
        index = cls(policies)
        held: dict[str, Held] = {}
        changes = []
        for one in record.read_all():
            if one.stream != PARTNERSHIP:
                case = held.get(one.stream, Held()).case
                held[one.stream] = Held(one.version, evolved(case, one.stream, one.entry))
            elif is_calendar_change(one.entry.fact):
                changes.append(one)
        index.follow(Followed(changes, held=held))
        return index

    def follow(self, followed: Followed) -> None:
        """Take note of what was just recorded."""
        for stream, held in followed.held.items():
            assert held.case is not None
            self._streams[stream] = None
            due = next_due(held.case, self._policies[held.case.policy])
            self._set(stream, due.moment if due else None)
            if stays_open(held.case):
                self._open[stream] = None
            else:
                self._open.pop(stream, None)
        for one in followed.recorded:
            if is_calendar_change(one.entry.fact):
                # Every open case has to see a changed calendar at the next tick.
                for stream in self._open:
                    known = self._moments.get(stream, one.entry.recorded)
                    self._set(stream, min(known, one.entry.recorded))

    def streams(self) -> Iterable[str]:
        """Every incident's and escalation's stream, in the order in which they were opened."""
        return tuple(self._streams)

    def open_streams(self) -> Iterable[str]:
        """The streams in which a change of the calendar could still move something."""
        return tuple(self._open)

    def due(self, now: datetime) -> Sequence[str]:
        """The streams with something due up to ``now``, the earliest first; they stay in the index."""
        due: dict[str, tuple[datetime, str]] = {}
        while self._heap and self._heap[0][0] <= now:
            item = heapq.heappop(self._heap)
            moment, stream = item
            if self._moments.get(stream) == moment:
                due[stream] = item
        for item in due.values():
            heapq.heappush(self._heap, item)
        return list(due)

    def due_in_batches(self, now: datetime, size: int) -> Iterator[Sequence[str]]:
        """The same in batches, none named twice."""
        streams = self.due(now)
        return (streams[first : first + size] for first in range(0, len(streams), size))

    def count_due(self, now: datetime) -> int:
        """How many streams have something due up to ``now``."""
        return len(self.due(now))

    def _set(self, stream: str, moment: datetime | None) -> None:
        if moment is None:
            self._moments.pop(stream, None)
        elif self._moments.get(stream) != moment:
            self._moments[stream] = moment
            heapq.heappush(self._heap, (moment, stream))


def stays_open(case: Case) -> bool:
    """Whether a change of the calendar could move anything in the case."""
    if isinstance(case, Escalation):
        return case.ending is None and case.no_longer_at_risk is None
    return any(running.state is TimescaleState.RUNNING for running in case.timescales.values())


# --- The index over a lasting record -----------------------------------------------------------

TABLES = """
CREATE TABLE due_items (
    stream TEXT PRIMARY KEY,
    moment TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX due_items_by_moment ON due_items (moment, stream);
CREATE TABLE open_cases (
    stream TEXT PRIMARY KEY,
    last_day TEXT NOT NULL
) WITHOUT ROWID;
"""
_SET = (
    "INSERT INTO due_items VALUES (?, ?) ON CONFLICT (stream) DO UPDATE SET moment=excluded.moment"
)
_SET_EARLIER = f"{_SET} WHERE excluded.moment<due_items.moment"
_SET_OPEN = "INSERT INTO open_cases VALUES (?, ?) ON CONFLICT (stream) DO UPDATE SET last_day=excluded.last_day"
_KNOWN = "SELECT stream, moment FROM due_items WHERE stream IN (%s)"
_KNOWN_OPEN = "SELECT stream, last_day FROM open_cases WHERE stream IN (%s)"


def apply(database: Database, steps: Sequence[Step], world: World) -> None:
    """Take over what was recorded."""
    last: dict[str, Step] = {}
    for step in steps:
        if step.after is not None:
            last[step.recorded.stream] = step
        elif is_calendar_change(step.recorded.entry.fact):
            _set_all(database, last, world)
            last = {}
            _see_change(database, world)
    _set_all(database, last, world)


def _set_all(database: Database, last: Mapping[str, Step], world: World) -> None:
    """Write what is due next in each case, and its last day while it stays open, where it is another."""
    if not last:
        return
    due = _Changes(dict(database.of_each(_KNOWN, last)))
    last_days = _Changes(dict(database.of_each(_KNOWN_OPEN, last)))
    for stream, step in last.items():
        case = step.after
        assert case is not None
        next_one = next_due(case, world.policies[case.policy])
        due.see(stream, written_moment(next_one.moment) if next_one else None)
        last_days.see(stream, _furthest(case) if stays_open(case) else None)
    database.executemany(_SET, due.set)
    database.executemany("DELETE FROM due_items WHERE stream=?", due.gone)
    database.executemany(_SET_OPEN, last_days.set)
    database.executemany("DELETE FROM open_cases WHERE stream=?", last_days.gone)
    world.moved.update(stream for stream, *_ in (*due.set, *due.gone))


@dataclass(slots=True)
class _Changes:
    """Rows of a table with one value for each stream: those to be set, and those of which none is left."""

    known: Mapping[str, str]
    set: list[Row] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)

    def see(self, stream: str, now: str | None) -> None:
        if now is not None and now != self.known.get(stream):
            self.set.append((stream, now))
        elif now is None and stream in self.known:
            self.gone.append((stream,))


def _see_change(database: Database, world: World) -> None:
    """A change of the calendar is due at once in each open case in which it moves something.

    A batch of the record never goes on behind a change, so that this is how things stood then.
    """
    change = world.partnership.changes[-1]
    affected = database.all(
        "SELECT stream FROM open_cases WHERE last_day>=? ORDER BY stream",
        world.policies[world.partnership.policy or ""].civil.day(change.moment).isoformat(),
    )
    for (stream,) in affected:
        case = world.case(stream)
        rules = world.partnership.rules(world.policies[case.policy])
        if let_time_pass(case, change.moment, rules)[1]:
            database.execute(_SET_EARLIER, (stream, written_moment(change.moment)))
            world.moved.add(stream)


def _furthest(case: Case) -> str:
    """The furthest last day that could still be moved."""
    if isinstance(case, Escalation):
        limits = [*case.limits.values(), *([case.follow_on] if case.follow_on else [])]
        return max(limit.last_day for limit in limits).isoformat()
    running = [one.deadline for one in case.timescales.values() if one.deadline]
    return max(deadline.last_day for deadline in running).isoformat()


_ALL = 2**31


def due(database: Database, now: datetime, most: int = _ALL) -> list[str]:
    """The streams with something due up to ``now``, the earliest first."""
    return [stream for _, stream in due_after(database, now, ("", ""), most)]


def due_after(database: Database, now: datetime, after: Row, most: int) -> list[Row]:
    """The moments (as they are written) and streams that follow after one of them, up to ``now``."""
    return database.all(
        "SELECT moment, stream FROM due_items WHERE moment<=? AND (moment, stream)>(?, ?) "
        "ORDER BY moment, stream LIMIT ?",
        written_moment(now),
        *after,
        most,
    )


def count_due(database: Database, now: datetime) -> int:
    """How many streams have something due up to ``now``."""
    [(count,)] = database.all("SELECT count(*) FROM due_items WHERE moment<=?", written_moment(now))
    return int(count)
