"""The peer of the store's benchmarks: a bare application of the eventsourcing library, as locked.

It has no rules, no texts sealed, no log of commands and no views: an aggregate with one kind of change.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent

EVENTS_OF_A_CASE = 12
_AT_ONCE = 500


class Case(Aggregate):
    """So many payloads, one after another."""

    @event("Opened")
    def __init__(self, payload: str) -> None:
        self.last = payload
        self.changes = 0

    @event("Changed")
    def change(self, payload: str) -> None:
        """Take the next payload."""
        self.last = payload
        self.changes += 1


class Bare:
    """A bare application: on SQLite, in a folder, or where ``settings`` say."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.application: Application[UUID] = Application(
            env=settings
            or {
                "PERSISTENCE_MODULE": "eventsourcing.sqlite",
                "SQLITE_DBNAME": str(folder / "bare.sqlite"),
            }
        )

    def filled(self, cases: int, payload: str, events: int = EVENTS_OF_A_CASE) -> list[UUID]:
        """Open so many aggregates of so many events each, in large transactions."""
        made = []
        stored: list[StoredEvent] = []
        for _ in range(cases):
            case = Case(payload)
            for _ in range(events - 1):
                case.change(payload)
            made.append(case.id)
            stored += [
                self.application.mapper.to_stored_event(one) for one in case.collect_events()
            ]
            if len(stored) >= _AT_ONCE:
                self.application.recorder.insert_events(stored)
                stored = []
        if stored:
            self.application.recorder.insert_events(stored)
        return made

    def act(self, id: UUID, payload: str) -> None:
        """Load an aggregate, change it, save it."""
        case: Case = self.application.repository.get(id)
        case.change(payload)
        self.application.save(case)

    def act_on(self, ids: Sequence[UUID], payload: str, times: int) -> None:
        """Load some aggregates, change each so many times, save them together."""
        cases: list[Case] = [self.application.repository.get(id) for id in ids]
        for case in cases:
            for _ in range(times):
                case.change(payload)
        self.application.save(*cases)

    def pragma(self, name: str) -> Any:
        """A pragma of the connection that writes."""
        recorder: Any = self.application.recorder
        with recorder.datastore.transaction(commit=True) as cursor:
            cursor.execute(f"PRAGMA {name}")
            return cursor.fetchone()[0]

    def close(self) -> None:
        """Close the file."""
        self.application.close()
