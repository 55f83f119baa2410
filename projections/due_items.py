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
