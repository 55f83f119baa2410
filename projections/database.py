"""The database of the views, and what a batch of the record brings to each of them."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

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


class Database:
    """What the views ask of a database: a thin layer, so that they need not know which one it is.

    ``patience``: the seconds that it waits for somebody else's writing, unless it is told otherwise.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, patience: float) -> None:
        self.connection = connection
        self.path = path
        self.patience = patience

    def execute(self, statement: str, values: Iterable[Any] = ()) -> int:
        """Run a statement: how many rows it changed."""
        with reporting(self.path):
            return self.connection.execute(statement, tuple(values)).rowcount

    def executemany(self, statement: str, rows: list[Row]) -> None:
        """Run a statement for each row."""
        if rows:
            with reporting(self.path):
                self.connection.executemany(statement, rows)

    def one(self, statement: str, *values: Any) -> Row | None:
        """The first row of a question, or ``None``."""
        with reporting(self.path):
            row: Row | None = self.connection.execute(statement, values).fetchone()
            return row

    @property
    def position(self) -> int:
        """The position of the record up to which these views have followed it."""
        row = self.one("SELECT position FROM main.progress")
        return row[0] if row else 0

    @contextmanager
    def writing(self, patience: float | None = None) -> Iterator[None]:
        """One transaction that takes the lock at once: all of it, or nothing.

        With ``patience``, somebody else's writing is waited for no longer than these seconds.
        """
        try:
            self._begin(patience)
            yield
            self.execute("COMMIT")
        finally:
            if self.connection.in_transaction:
                self.execute("ROLLBACK")

    def _begin(self, patience: float | None) -> None:
        if patience is None:
            self.execute("BEGIN IMMEDIATE")
            return
        self.wait_for(patience)
        try:
            self.execute("BEGIN IMMEDIATE")
        finally:
            self.wait_for(self.patience)

    def wait_for(self, patience: float) -> None:
        """From now on, wait these seconds for somebody else's writing."""
        self.execute(f"PRAGMA busy_timeout={int(1000 * patience)}")

    @contextmanager
    def standing_still(self) -> Iterator["Database"]:
        """Several questions about one state of the views: no batch of the record falls between them.

        Nothing is to be recorded by this thread meanwhile.
        """
        self.execute("BEGIN")
        try:
            # The state is that of the first question.
            yield self
        finally:
            if self.connection.in_transaction:
                self.execute("ROLLBACK")

    def all(self, statement: str, *values: Any) -> list[Row]:
        """Every row of a question."""
        with reporting(self.path):
            return self.connection.execute(statement, values).fetchall()


class reporting:  # noqa: N801 - reads as a statement: with reporting(path)
    """Turns what the database says into a :class:`Trouble` that says what to do."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, sqlite3.Error | OSError):
            raise Trouble(
                f"{self.path}: the views cannot be used ({error}). The record is not touched by this; "
                "see to the disk and the file's permissions, then run cspr rebuild."
            ) from error


def is_busy(trouble: Trouble) -> bool:
    """Whether somebody else was writing, and nothing else was wrong."""
    cause = trouble.__cause__
    return isinstance(cause, sqlite3.OperationalError) and "locked" in str(cause)


def is_damaged(trouble: Trouble) -> bool:
    """Whether the file itself is at fault or gone, not the disk, a lock or its permissions."""
    cause = trouble.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        return False
    return isinstance(cause, sqlite3.DatabaseError | FileNotFoundError)


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
