"""The record in memory, on eventsourcing's plain-object recorder: for case files and tests."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from cspr_workflow.application.ports import Addition, Conflict, Recorded
from cspr_workflow.store.registry import canonical, decode, encode

_STREAMS = uuid5(NAMESPACE_URL, "cspr-workflow:streams")
_PAGE = 1000


@lru_cache(maxsize=65536)
def stream_id(stream: str) -> UUID:
    """A stream's id, the same in every store: opening a stream twice is a conflict by itself."""
    return uuid5(_STREAMS, stream)


class MemoryRecord:
    """A record that lasts as long as the program."""

    def __init__(self) -> None:
        self._recorder = POPOApplicationRecorder()
        self._positions: dict[str, list[int]] = {}

    def append(self, additions: Sequence[Addition], command: UUID) -> Sequence[Recorded]:
        """Append to several streams, all or nothing."""
        recorded: list[Recorded] = []
        stored: list[StoredEvent] = []
        for addition in additions:
            if len(self._positions.get(addition.stream, ())) != addition.version:
                raise Conflict(addition.stream)
            for version, entry in enumerate(addition.entries, addition.version + 1):
                originator = stream_id(addition.stream)
                id = uuid5(originator, str(version))
                state = canonical(
                    {
                        **encode(entry),
                        "id": str(id),
                        "stream": addition.stream,
                        "version": version,
                        "command": str(command),
                    }
                )
                stored.append(StoredEvent(originator, version, entry.fact.type, state))
                recorded.append(Recorded(id, addition.stream, version, 0, command, entry))
        try:
            positions = self._recorder.insert_events(stored) or ()
        except IntegrityError as error:
            raise Conflict(str(error)) from error
        numbered = [
            replace(one, position=position)
            for one, position in zip(recorded, positions, strict=True)
        ]
        for one in numbered:
            self._positions.setdefault(one.stream, []).append(one.position)
        return numbered

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""
        positions = self._positions.get(stream, ())
        if len(positions) <= after:
            return ()
        events = self._recorder.select_events(stream_id(stream), gt=after or None)
        return [_recorded(event, positions[event.originator_version - 1]) for event in events]

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""
        left = limit
        while left is None or left > 0:
            page = self._recorder.select_notifications(
                start=after, limit=min(_PAGE, left or _PAGE), inclusive_of_start=False
            )
            for notification in page:
                yield _recorded(notification, notification.id)
                after = notification.id
            if not page:
                return
            left = left - len(page) if left is not None else None


def _recorded(stored: StoredEvent, position: int) -> Recorded:
    data = json.loads(stored.state)
    place = {key: data.pop(key) for key in ("id", "stream", "version", "command")}
    return Recorded(
        UUID(place["id"]),
        place["stream"],
        place["version"],
        position,
        UUID(place["command"]),
        decode(data),
    )
