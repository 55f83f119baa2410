"""What the application needs from outside; ``store`` and ``projections`` implement it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as the record holds it: its id, its stream and version there, its position overall.

    The ids are UUIDs as they are written.
    """

    id: str
    stream: str
    version: int
    position: int
    command: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Addition:
    """Entries for one stream, to follow ``version``; without entries, the stream is to stand there.

    ``incident`` names the incident under whose key the free texts are sealed.
    """

    stream: str
    version: int
    entries: Sequence[Entry]
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A command that was recorded: the hash of what it asked for, and the positions that came of it."""

    digest: str
    first: int
    last: int


Holds = Callable[[datetime], bool]
"""Whether what was decided at a moment would have been decided as well at a later one."""


class Conflict(Exception):
    """Somebody else recorded something first; nothing was appended."""


class Trouble(Exception):
    """A store cannot do what it was asked to; the message says why, what it means and what to do."""


class Contended(Trouble):
    """Others were recording at the same time, again and again; the store itself is well."""


class Record(Protocol):
    """The record: it is only ever appended to."""

    @property
    def past(self) -> int:
        """Another number once what was read before may stand there no longer.

        So it is where a server was lost and another one took over, which may lack the last entries.
        Whoever remembers what he read is to forget it then.
        """

    def append(
        self,
        additions: Sequence[Addition],
        command: UUID,
        digest: str = "",
        holds: Holds | None = None,
    ) -> Sequence[Recorded]:
        """Append to several streams, all or nothing.

        Where somebody else recorded a little later than this was decided, and it still ``holds`` then, it
        is recorded at that later moment.

        Raises :class:`Conflict` where a stream stands at another version than an addition says, where
        the command is recorded already, or where an entry is recorded before one that is there.
        What comes back holds the texts as the record does: sealed, in a lasting one.
        """

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded]:
        """A stream's entries after a version, in order."""

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        """Every entry after a position, in order."""

    def submitted(self, command: UUID) -> Submission | None:
        """What came of a command, or ``None`` where it is not recorded."""

    def last(self) -> tuple[int, datetime | None]:
        """The last position, and when its entry was recorded; 0 and ``None`` for an empty record."""

    def opened(self, text: str) -> str:
        """A text, opened if it is sealed."""

    def digest(self, content: bytes) -> str:
        """A hash of what a command asks for, from which nobody can guess its texts."""


@dataclass(frozen=True, slots=True)
class Held:
    """A folded stream and the version up to which it is folded."""

    version: int = 0
    case: Case | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """What was just recorded, and how the cases that were looked at stood before it and stand now."""

    recorded: Sequence[Recorded]
    before: Mapping[str, Held] = field(default_factory=dict)
    held: Mapping[str, Held] = field(default_factory=dict)


class Index(Protocol):
    """What the workflow asks about many cases at once: which there are, which have something due."""

    def follow(self, followed: Followed) -> None:
        """Take note of what was just recorded."""

    def due(self, now: datetime) -> Sequence[str]:
        """The streams with something due up to ``now``, the earliest first.

        It names candidates only; the stream decides. They stay due until something is recorded, so
        that a case that fails is not forgotten.
        """

    def due_in_batches(self, now: datetime, size: int) -> Iterable[Sequence[str]]:
        """The same in batches, each looked up when it is asked for and none named twice.

        A batch can be recorded before the next is asked for. What comes to be due meanwhile, at a moment
        that was passed already, is left out.
        """

    def count_due(self, now: datetime) -> int:
        """How many streams have something due up to ``now``."""

    def streams(self) -> Iterable[str]:
        """Every incident's and escalation's stream, in the order in which they were opened."""

    def open_streams(self) -> Iterable[str]:
        """The streams in which a change of the calendar could still move something."""


@dataclass(frozen=True, slots=True)
class KnownHolidays:
    """Bank holidays of a region as a source knows them."""

    region: str
    source: str
    known_to: int
    days: Mapping[date, str]
