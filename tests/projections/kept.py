"""A history kept in a lasting store: appended in batches of any size, and followed by the views."""

import random
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from cspr_workflow.application.ports import Addition, Followed, Recorded
from cspr_workflow.domain.escalation_facts import Raised
from cspr_workflow.domain.policy import Policy
from cspr_workflow.domain.texts import opened_data
from cspr_workflow.store import folder
from cspr_workflow.store.batched import batched
from cspr_workflow.store.folder import StoreFolder
from cspr_workflow.store.sqlite_record import SqliteRecord
from projections import standings
from projections.database import Database
from projections.runner import Views
from tests.projections.histories import Plain

Policies = Mapping[str, Policy]


class Kept:
    """A lasting store, and views that follow its record."""

    def __init__(self, path: Path, policies: Policies) -> None:
        self.store: StoreFolder = folder.open_store(path)
        self.record: SqliteRecord = self.store.record
        self.policies = policies
        self.views = self.other_views()
        self._incidents: dict[str, str | None] = {}

    def other_views(self) -> Views:
        """Views of the same store as another program would open them."""
        return Views(self.store.views, self.record, self.policies, self.record.about["store"])

    @property
    def database(self) -> Database:
        """The views, caught up."""
        return self.views.database

    def append(self, entries: Sequence[Recorded]) -> list[Recorded]:
        """Append whole commands that were recorded elsewhere, in one transaction, their texts sealed."""
        recorded: list[Recorded] = []
        with batched(self.record) as record:
            for command, of_command in groupby(entries, key=lambda one: one.command):
                recorded += record.append(self._additions(of_command), command)
        return recorded

    def _additions(self, entries: Iterable[Recorded]) -> list[Addition]:
        found = []
        for stream, of_stream in groupby(entries, key=lambda one: one.stream):
            run = list(of_stream)
            if stream not in self._incidents:
                self._incidents[stream] = self._incident(run[0])
            of_run = [one.entry for one in run]
            found.append(Addition(stream, run[0].version - 1, of_run, self._incidents[stream]))
        return found

    def _incident(self, first: Recorded) -> str | None:
        """The incident under whose key a stream's texts are sealed."""
        kind, _, reference = first.stream.partition(":")
        if kind != "escalation":
            return reference or None
        opening = first if first.version == 1 else self.record.read(first.stream)[0]
        assert isinstance(opening.entry.fact, Raised)
        return opening.entry.fact.incident

    def everything(self) -> list[Recorded]:
        """The whole record, its texts sealed."""
        return list(self.record.read_all())

    def outcome(self) -> Plain:
        """Where each case stands, read from the views, with its texts opened."""
        return self.told(standings.present(self.database))

    def told(self, found: Iterable[standings.Standing]) -> Plain:
        """Standings as the outcome of a case file shows them, with their texts opened."""
        outcome: Plain = {"incidents": {}, "escalations": {}}
        for one in found:
            outcome[f"{one.kind}s"][one.reference] = opened_data(one.standing, self.record.opened)
        return outcome

    def dump(self) -> list[str]:
        """Every row of every view."""
        return list(self.views.dump())

    def rebuilt(self) -> list[str]:
        """Every row of every view once they are built anew."""
        self.views.rebuild()
        return self.dump()

    def close(self) -> None:
        """Close every file."""
        self.views.close()
        self.store.close()


class Stores:
    """Makes stores quickly: each is a copy of one that was made empty."""

    def __init__(self, below: Path) -> None:
        self.below = below
        self._made = 0
        self._empty = below / "empty"
        folder.make(self._empty, rehearsal=True)

    def copy(self, of: Path | None = None) -> Path:
        """The folder of a new store: an empty one, or a copy of one that is closed."""
        self._made += 1
        path = self.below / str(self._made)
        shutil.copytree(of or self._empty, path)
        return path

    @contextmanager
    def new(self, policies: Policies) -> Iterator[Kept]:
        """An empty store; removed at the end."""
        path = self.copy()
        kept = Kept(path, policies)
        try:
            yield kept
        finally:
            kept.close()
            shutil.rmtree(path)

    @contextmanager
    def holding(self, entries: Sequence[Recorded], policies: Policies) -> Iterator[Kept]:
        """A store with these entries; the views have not looked at them yet."""
        with self.new(policies) as kept:
            kept.append(entries)
            yield kept


def following(
    kept: Kept, entries: Sequence[Recorded], rng: random.Random, most: int = 0
) -> Iterator[list[Recorded]]:
    """Append in batches of random size; the views follow at once, catch up later, or not yet.

    Gives each batch as the record holds it.
    """
    for batch in batches(entries, rng, most or rng.choice((1, 10, 20, 60))):
        recorded = kept.append(batch)
        draw = rng.random()
        if draw < 0.5:
            kept.views.follow(Followed(recorded))
        elif draw < 0.8:
            kept.views.catch_up()
        yield recorded


def batches(entries: Sequence[Recorded], rng: random.Random, most: int) -> Iterator[list[Recorded]]:
    """Whole commands, in batches of random size: about ``most`` entries, or fewer."""
    batch: list[Recorded] = []
    wanted = rng.randint(1, most)
    for _, of_command in groupby(entries, key=lambda one: one.command):
        if len(batch) >= wanted:
            yield batch
            batch, wanted = [], rng.randint(1, most)
        batch += of_command
    if batch:
        yield batch
