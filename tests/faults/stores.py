"""Stores for the tests under faults: what is done in them step by step, and what came of it.

A store is made once and copied for each trial; it is opened as the program opens it.
"""

import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar
from unittest import mock
from uuid import NAMESPACE_URL, UUID, uuid5

from cspr_workflow.application import tick as ticking
from cspr_workflow.application.play import adoption
from cspr_workflow.application.policy_files import bundled, read_policy
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.acts import Act, Command
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.people import Actor, Means
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store import backup, folder
from cspr_workflow.store import stores as kept
from cspr_workflow.store.stores import Place
from tests.faults import on_a_server
from tests.support import PEOPLE, bank_holidays_of_these_years

POLICY = "sandwell-2018"
_COMMANDS = uuid5(NAMESPACE_URL, "cspr-workflow:faults")
NO_COMMAND = UUID(int=0)
P = TypeVar("P", bound=Place)


# --- What is done ------------------------------------------------------------------------------


def at(written: str) -> datetime:
    """A moment written as local time of the policy's zone."""
    return bundled(POLICY).policy.civil.moment(datetime.fromisoformat(written))


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done at a moment: an act under an id of its own, or the tick.

    ``anew``: the views are built anew instead.
    """

    at: datetime
    command: Command | None = None
    id: UUID = NO_COMMAND
    anew: bool = False


def act(
    by: str,
    now: datetime,
    what: Act,
    *,
    occurred: datetime | None = None,
    means: Means | None = None,
) -> Step:
    """Somebody records an act; its id follows from what it is."""
    command = Command(what, Actor(PEOPLE[by], means), occurred or now)
    return Step(now, command, uuid5(_COMMANDS, f"{now} {command}"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the one who did a step was told: how it ended, and everything that was recorded with it."""

    ending: str
    recorded: tuple[Recorded, ...] = ()


class Program(Desk):
    """An open store with a clock that is looked at as often as a step is done."""

    moment: datetime | None = None

    def now(self) -> datetime:
        """What the clock says."""
        return self.moment or super().now()


def do(desk: Program, step: Step) -> Answer:
    """Do a step. Raises what the store raises; a refusal is an answer."""
    desk.moment = step.at
    if step.anew:
        desk.views.rebuild()
        return Answer("built anew")
    if step.command is None:
        ticked = ticking.tick(desk.workflow, desk.views, desk.office, step.at)
        aside = "; ".join(why for _, why in ticked.set_aside)
        return Answer(f"set aside: {aside}" if aside else "ticked")
    try:
        recorded = desk.workflow.do(step.command, step.at, step.id)
    except Refusal as refusal:
        return Answer(f"refused: {refusal.code}")
    return Answer("recorded", tuple(recorded))


# --- What came of it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a record with its texts opened, and where it stands; not by which command."""

    position: int
    stream: str
    version: int
    entry: Entry


def lines(desk: Desk, after: int = 0) -> list[Line]:
    """Everything that is recorded after a position."""
    opened = map(desk.opened, desk.record.read_all(after))
    return [Line(one.position, one.stream, one.version, one.entry) for one in opened]


def told(found: Sequence[Line]) -> dict[str, list[Any]]:
    """The history of each stream without the moments of recording."""
    histories: dict[str, list[Any]] = {}
    for line in found:
        e = line.entry
        fact = (e.fact, e.occurred, e.by, e.clause, e.policy, e.calendar)
        histories.setdefault(line.stream, []).append(fact)
    return histories


def rounds(desk: Desk) -> tuple[Any, ...]:
    """What the tick keeps outside the record: when it ran, and which cases are set aside."""
    return desk.office.heartbeat, tuple(desk.office.aside)


# --- Where it is done --------------------------------------------------------------------------


@contextmanager
def policies_read_once() -> Iterator[None]:
    """The text of a policy is read once, not each time a store is opened: it is the same in all."""
    with mock.patch("cspr_workflow.application.adopted.read_policy", cache(read_policy)):
        yield


@contextmanager
def opened(path: Place) -> Iterator[Program]:
    """An open store, closed at the end."""
    desk = Program(kept.open_store(path))
    try:
        yield desk
    finally:
        desk.close()


def make_first(place: Place) -> None:
    """Make a store that has adopted policy, calendar and people, and nothing else."""
    kept.make(place, rehearsal=True)
    with opened(place) as desk:
        people = tuple(PEOPLE.values())
        known = bank_holidays_of_these_years()
        began = at("2026-01-05T09:00")
        desk.workflow.adopt(adoption(bundled(POLICY), known, people, began))
        desk.office.name({person.id: f"The {person.role.called}" for person in people})


class AnyStores(ABC, Generic[P]):
    """Stores, each a copy of one that has adopted policy, calendar and people."""

    @abstractmethod
    def new(self, of: P | None = None) -> P:
        """A copy of a store that is closed, or of the first one."""

    @abstractmethod
    def drop(self, path: P) -> None:
        """A store is not needed any more."""

    @abstractmethod
    def drop_all(self) -> None:
        """None of these stores is needed any more."""

    @abstractmethod
    def backed_up(self, path: P) -> Callable[[], P]:
        """Back a store up: what restores it into a new place, as often as it is called."""

    def after(self, steps: Sequence[Step]) -> P:
        """A store in which steps have been done."""
        path = self.new()
        with opened(path) as desk:
            for step in steps:
                do(desk, step)
        return path


class Stores(AnyStores[Path]):
    """Stores below a folder."""

    def __init__(self, below: Path) -> None:
        self.below = below
        self._made = 0
        self._first = below / "first"
        make_first(self._first)

    def place(self) -> Path:
        """A name under which nothing stands yet."""
        self._made += 1
        return self.below / str(self._made)

    def new(self, of: Path | None = None) -> Path:
        """A copy of a store, or of the first one."""
        path = self.place()
        shutil.copytree(of or self._first, path)
        return path

    def drop(self, path: Path) -> None:
        """A store is not needed any more."""
        shutil.rmtree(path)

    def drop_all(self) -> None:
        """None of these stores is needed any more."""
        shutil.rmtree(self.below)

    def backed_up(self, path: Path) -> Callable[[], Path]:
        """Back a store up: what restores it into a new place."""
        to, keys_to = self.place(), self.place()
        with opened(path) as desk:
            assert isinstance(desk.store, folder.StoreFolder)
            backup.back_up(desk.store, to, keys_to)

        def restored() -> Path:
            again = self.place()
            backup.restore(to, keys_to, again, _build_views)
            return again

        return restored


def _build_views(store: kept.Store) -> None:
    views = Program(store).views
    try:
        views.rebuild()
    finally:
        views.close()


def lose_views(path: Place) -> None:
    """A store that is closed loses its views."""
    if not isinstance(path, Path):
        on_a_server.lose_views(path)
        return
    for end in ("", "-wal", "-shm"):
        (path / f"{folder.VIEWS}{end}").unlink(missing_ok=True)


def of_another_form(path: Place) -> None:
    """The views of a store that is closed were made by another version of the program."""
    if not isinstance(path, Path):
        on_a_server.change(path, "UPDATE views.progress SET form='another'")
        return
    with closing(sqlite3.connect(path / folder.VIEWS)) as views:
        views.execute("UPDATE progress SET form='another'")
        views.commit()


@dataclass(frozen=True, slots=True)
class Course:
    """What doing steps comes to where nothing fails: the answers, the lines, the views, the office.

    ``reached`` is the last position after each number of steps, beginning with none.
    """

    answers: Sequence[Answer]
    reached: Sequence[int]
    lines: Sequence[Line]
    views: Sequence[str]
    rounds: tuple[Any, ...]


def course(path: Place, steps: Sequence[Step]) -> Course:
    """Do steps in a store in which nothing fails."""
    answers, reached = [], []
    with opened(path) as desk:
        reached.append(desk.record.last()[0])
        for step in steps:
            answers.append(do(desk, step))
            reached.append(desk.record.last()[0])
        return Course(answers, reached, lines(desk), list(desk.views.dump()), rounds(desk))
