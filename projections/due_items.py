"""What falls due when: the tick's index, so that its cost follows what is due, not what is open."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cspr_workflow.application.ports import Followed, Held, Record
from cspr_workflow.application.transaction import PARTNERSHIP, evolved
from cspr_workflow.domain.clock import Case, next_due
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.incident import TimescaleState
from cspr_workflow.domain.partnership import is_calendar_change
from cspr_workflow.domain.policy import Policy


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
                    self._set(stream, one.entry.recorded)

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
