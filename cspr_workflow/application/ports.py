"""What the application needs from outside; ``store`` and ``projections`` implement it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from cspr_workflow.domain.entries import Entry


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as the record holds it: its id, its stream and version there, its position overall."""

    id: UUID
    stream: str
    version: int
    position: int
    command: UUID
    entry: Entry


@dataclass(frozen=True, slots=True)
class Addition:
    """Entries for one stream, to follow ``version``."""

    stream: str
    version: int
    entries: Sequence[Entry]


class Conflict(Exception):
    """Somebody else recorded something in the stream first; nothing was appended."""


class Record(Protocol):
    """The record: it is only ever appended to."""

    def append(self, additions: Sequence[Addition], command: UUID) -> Sequence[Recorded]:
        """Append to several streams, all or nothing. Raises :class:`Conflict`."""

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""


class DueItems(Protocol):
    """The tick's index: what falls due when. It names candidates only; the stream decides."""

    def set(self, stream: str, moment: datetime | None) -> None:
        """From now on the stream has something due at ``moment``, or nothing."""

    def due(self, now: datetime) -> Sequence[str]:
        """The streams with something due up to ``now``, the earliest first.

        They stay due until ``set`` says otherwise, so that a case that fails is not forgotten.
        """


@dataclass(frozen=True, slots=True)
class KnownHolidays:
    """Bank holidays of a region as a source knows them."""

    region: str
    source: str
    known_to: int
    days: Mapping[date, str]
