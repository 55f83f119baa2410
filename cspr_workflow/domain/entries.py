"""An entry of the record: something that happened, with who, when, and under which rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cspr_workflow.domain.calendar import Calendar
from cspr_workflow.domain.people import Actor, Side
from cspr_workflow.domain.policy import Policy

CLOCK = "clock"
NO_CLAUSE = "-"
"""In place of a clause: for what keeps the register and the record and is no part of the process."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened. ``type`` is its stable name and version, as it is stored for ever."""

    type: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Imported:
    """Where an entry came from that was brought in from elsewhere.

    ``written`` is when it is said to have been recorded there; a move of the clock that the import
    worked out by itself is ``derived``. ``file`` is the SHA-256 of the file, ``by`` the person who
    brought it in.
    """

    name: str
    file: str
    by: str
    written: datetime
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact with its two times (UTC), its author, and the rules that were in force.

    ``occurred`` is when it happened, for a move of the clock when it fell due; ``recorded`` is when
    the system wrote it. ``by`` is ``None`` for the clock.
    """

    fact: Fact
    occurred: datetime
    recorded: datetime
    by: Actor | None
    clause: str
    policy: str
    calendar: int
    imported: Imported | None = None

    @property
    def written(self) -> datetime:
        """The moment of its record that the rules count from: elsewhere, where it was imported."""
        return self.imported.written if self.imported else self.recorded

    @property
    def author(self) -> str:
        """The person's id, or ``clock``."""
        return self.by.person.id if self.by else CLOCK

    @property
    def side(self) -> Side | None:
        """The side that the entry counts for."""
        return self.by.side if self.by else None


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """A change of the calendar: from ``moment`` on, ``calendar`` holds; ``cause`` says why."""

    moment: datetime
    calendar: Calendar
    cause: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What a case is judged by: its policy, the calendar first adopted and every change since."""

    policy: Policy
    adopted: Calendar
    changes: tuple[CalendarChange, ...] = ()

    @property
    def calendar(self) -> Calendar:
        """The calendar as it stands now."""
        return self.changes[-1].calendar if self.changes else self.adopted

    def calendar_at(self, version: int) -> Calendar:
        """The calendar of an earlier version."""
        return self.changes[version - 1].calendar if version else self.adopted
