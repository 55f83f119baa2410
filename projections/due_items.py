"""What falls due when: the tick's index, so that its cost follows what is due, not what is open."""

import heapq
from collections.abc import Sequence
from datetime import datetime


class MemoryDueItems:
    """The index in memory. It names candidates; the stream decides what has really fallen due."""

    def __init__(self) -> None:
        self._moments: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    def set(self, stream: str, moment: datetime | None) -> None:
        """From now on the stream has something due at ``moment``, or nothing."""
        if moment is None:
            self._moments.pop(stream, None)
        elif self._moments.get(stream) != moment:
            self._moments[stream] = moment
            heapq.heappush(self._heap, (moment, stream))

    def due(self, now: datetime) -> Sequence[str]:
        """The streams with something due up to ``now``, the earliest first; each is taken out."""
        due = []
        while self._heap and self._heap[0][0] <= now:
            moment, stream = heapq.heappop(self._heap)
            if self._moments.get(stream) == moment:
                del self._moments[stream]
                due.append(stream)
        return due
