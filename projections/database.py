"""What the views ask of the database that they are in, and what a batch of the record brings to each of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from cspr_workflow.application.ports import Record, Recorded, Trouble
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.partnership import Partnership
from cspr_workflow.domain.policy import Policy

Row = tuple[Any, ...]


@lru_cache(maxsize=4096)
def written_moment(moment: datetime) -> str:
    """A moment as the views hold it: in UTC, all of the same length, so that texts sort as moments."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Reached(NamedTuple):
    """How far views have followed: to which position, by which command; and of which form they are.

    Where there are none that can be read, the form is empty.
    """

    position: int = 0
    command: str = ""
    form: str = ""


REACHED = "SELECT position, command, form FROM progress"


class Busy(Trouble):
    """Somebody else was writing to the views, and nothing else was wrong."""


class Unusable(Trouble):
    """The views themselves are at fault or gone, not the disk, a lock or somebody's rights."""


class Database(ABC):
    """One thread's connection to the views: a thin layer, so that they need not know where they are.

    Each is another object once its connection is another. What goes wrong is a :class:`Trouble`.
    """

    name: str
    """What is named where something goes wrong."""

    @abstractmethod
    def execute(self, statement: str, values: Iterable[Any] = ()) -> None:
        """Run a statement, sooner or later in the transaction that it is a part of."""

    @abstractmethod
    def executemany(self, statement: str, rows: list[Row]) -> None:
        """Run a statement for each row."""

    @abstractmethod
    def all(self, statement: str, *values: Any) -> list[Row]:
        """Every row of a question."""

    def of_each(self, statement: str, keys: Collection[Any]) -> list[Row]:
        """The rows of a question about some keys, in any order; ``%s`` stands for the list of them."""
        return self.all(statement % ",".join("?" * len(keys)), *keys)

    @abstractmethod
    def each(self, statement: str, *values: Any) -> Iterator[Row]:
        """The same, a few at a time; within a transaction."""

    def one(self, statement: str, *values: Any) -> Row | None:
        """The first row of a question, or ``None``."""
        return next(iter(self.all(statement, *values)), None)

    @property
    @abstractmethod
    def reached(self) -> Reached:
        """How far these views have followed."""

    @property
    def position(self) -> int:
        """The position of the record up to which these views have followed it."""
        return self.reached.position

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether several questions or changes are under way."""

    @abstractmethod
    def writing(self, patience: float | None = None) -> AbstractContextManager[None]:
        """One transaction that takes the lock at once: all of it, or nothing.

        With ``patience``, somebody else's writing is waited for no longer than these seconds. Raises
        :class:`Busy`.
        """

    @abstractmethod
    def standing_still(self) -> AbstractContextManager["Database"]:
        """Several questions about one state of the views: no batch of the record falls between them.

        Nothing is to be recorded by this thread meanwhile.
        """


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the record, and the case before and after it; for the partnership's own, neither."""

    recorded: Recorded
    before: Case | None
    after: Case | None

    def changes(self, *parts: str) -> bool:
        """Whether an escalation may differ from before in one of these parts; an incident, in any.

        Parts of a state that did not change are the same objects.
        """
        before, after = self.before, self.after
        if before is after:
            return False
        if before is None or not isinstance(after, Escalation):
            return True
        return any(getattr(before, part) is not getattr(after, part) for part in parts)


@dataclass(slots=True)
class World:
    """What the views may look at beside the entries: the record, the policies, how things stand.

    ``case`` gives a case as it stands after the batch. ``moved`` are the streams in which something
    else falls due next than before the batch, or at another moment.
    """

    record: Record
    policies: Mapping[str, Policy]
    partnership: Partnership
    case: Callable[[str], Case]
    moved: set[str] = field(default_factory=set)
