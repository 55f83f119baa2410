"""What a command brings about, made ready to be inserted: its entries' places, their bytes, their sealed texts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from cspr_workflow.application.ports import Addition, Conflict, Holds, Recorded
from cspr_workflow.application.transaction import PARTNERSHIP, incident_stream
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.texts import SealedText, sealed
from cspr_workflow.store import events
from cspr_workflow.store.keys import Keys


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one command brings about, ready to be inserted: its entries, their bytes, their sealed texts."""

    command: UUID
    digest: str
    recorded: Sequence[Recorded]
    stored: Sequence[StoredEvent]
    boxes: Sequence[tuple[str, str, str, bytes]]

    @property
    def positions(self) -> list[int]:
        """Where its entries are to stand."""
        return [one.position for one in self.recorded]

    @property
    def logged(self) -> tuple[str, str, int, int]:
        """What the log of commands is to say of it."""
        first, last = self.recorded[0].position, self.recorded[-1].position
        return str(self.command), self.digest, first, last


def prepare(
    additions: Sequence[Addition],
    command: UUID,
    digest: str,
    tail: tuple[int, datetime | None],
    keys: Keys,
    holds: Holds | None = None,
) -> Prepared:
    """The entries of a command with their places after the record's ``tail``, sealed.

    Raises :class:`Conflict` where one is recorded before the last that is there, and no longer ``holds``.
    """
    last, latest = tail
    recorded: list[Recorded] = []
    stored: list[StoredEvent] = []
    boxes: list[tuple[str, str, str, bytes]] = []
    for addition in additions:
        for version, decided in enumerate(addition.entries, addition.version + 1):
            entry = recorded_after(latest, decided, holds)
            latest = entry.recorded
            id = events.event_id(addition.stream, version)
            position = last + len(recorded) + 1
            one = Recorded(id, addition.stream, version, position, str(command), entry)
            state = events.written(one, _sealing(addition.incident, id, keys, boxes))
            if addition.incident:
                one = replace(one, entry=replace(entry, fact=sealed(entry.fact, id)))
            recorded.append(one)
            stored.append(
                StoredEvent(events.stream_id(one.stream), version, entry.fact.type, state)
            )
    return Prepared(command, digest, recorded, stored, boxes)


def recorded_after(latest: datetime | None, entry: Entry, holds: Holds | None) -> Entry:
    """An entry as it is recorded behind the last one, not before it. Raises :class:`Conflict`."""
    if latest is None or entry.recorded >= latest:
        return entry
    if holds is None or not holds(latest):
        raise Conflict("a later moment is recorded already")
    return replace(entry, recorded=latest)


def _sealing(
    incident: str | None, event: str, keys: Keys, boxes: list[tuple[str, str, str, bytes]]
) -> events.Commit | None:
    if incident is None:
        return None

    def commit(field: str, text: str) -> str:
        assert not isinstance(text, SealedText), "a text is opened before it is used again"
        commitment, box = keys.seal(incident, event, field, text)
        boxes.append((event, field, incident, box))
        return commitment

    return commit


def opened_incident(addition: Addition) -> str | None:
    """The incident (or the partnership) that an addition opens: only then is a key made for it."""
    own = (incident_stream(addition.incident or ""), PARTNERSHIP)
    return addition.incident if addition.version == 0 and addition.stream in own else None
