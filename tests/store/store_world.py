"""The small world of the tests (see ``tests.support``) in a store of its own, in a folder."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cspr_workflow.application.adopted import AdoptedPolicies
from cspr_workflow.application.handle import PARTNERSHIP, Workflow
from cspr_workflow.application.policy_files import bundled
from cspr_workflow.application.ports import Addition, Holds, Recorded, Submission
from cspr_workflow.domain import texts
from cspr_workflow.domain.acts import Act, Command
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.people import Actor, Means
from cspr_workflow.store import folder as folders
from cspr_workflow.store.folder import StoreFolder
from cspr_workflow.store.sqlite_record import SqliteRecord
from projections.runner import Views
from tests.store.places import quick_place
from tests.support import PEOPLE, World

RECORD, KEYS, OFFICE = folders.RECORD, folders.KEYS, folders.OFFICE


class Program:
    """A program that has a store open: its record, its views, and the workflow over them."""

    def __init__(self, folder: Path) -> None:
        self.store: StoreFolder = folders.open_store(folder)
        self.record: SqliteRecord = self.store.record
        policies = AdoptedPolicies(self.record)
        self.views = Views(
            self.store.views, self.record, policies, store=self.record.about["store"]
        )
        self.hooked = Hooked(self.record)
        self.workflow = Workflow(self.hooked, self.views, policies)

    def close(self) -> None:
        """The program ends."""
        self.views.close()
        self.store.close()


class StoreWorld(World):
    """A partnership with a store, made where there is none; ``open`` and ``close`` it as programs do."""

    def __init__(self, folder: Path) -> None:
        self.policy_file = bundled("sandwell-2018")
        self.policy, self.people = self.policy_file.policy, PEOPLE
        self.folder = folder
        self.programs: list[Program] = []
        if not folder.exists():
            folder.mkdir(mode=0o700)
            for name, content in _begun().items():
                (folder / name).write_bytes(content)
                (folder / name).chmod(0o600)
        self.open()
        self._looked = self.record.last()[0]

    def open(self) -> "StoreWorld":
        """Use the store as a program that was just started."""
        self.use(self.another())
        return self

    def another(self) -> Program:
        """One more program with the same store, beside those that have it open."""
        program = Program(self.folder)
        self.programs.append(program)
        return program

    def use(self, program: Program) -> None:
        """What is done from now on is done by this program."""
        self.program, self.workflow, self.store = program, program.workflow, program.store
        self.record: SqliteRecord = program.record
        self.views, self.office, self.keys = program.views, self.store.office, self.record.keys

    def close(self) -> None:
        """Every program ends."""
        for program in self.programs:
            program.close()
        self.programs = []

    # --- When --------------------------------------------------------------------------------

    def command(
        self, by: str, at: str, act: Act, *, occurred: str | None = None, means: Means | None = None
    ) -> Command:
        """What somebody asks for."""
        return Command(act, Actor(self.people[by], means), self.moment(occurred or at))

    def submit(self, by: str, at: str, act: Act, id: UUID | None = None) -> Sequence[Recorded]:
        """Somebody records an act under an id of their own."""
        return self.workflow.do(self.command(by, at, act), self.moment(at), id)

    # --- Then --------------------------------------------------------------------------------

    def opened(self, recorded: Recorded) -> Recorded:
        """What is recorded with its texts opened."""
        fact = texts.opened(recorded.entry.fact, self.record.opened)
        return replace(recorded, entry=replace(recorded.entry, fact=fact))

    def told(self) -> list[tuple[str, int, int, Entry]]:
        """The whole record with its texts opened, whatever command brought it about."""
        opened = (self.opened(one) for one in self.everything())
        return [(one.stream, one.version, one.position, one.entry) for one in opened]

    def rows(self, statement: str, *values: Any, file: str = RECORD) -> list[Any]:
        """What somebody reads in one of the files who has SQLite and nothing else."""
        return rows(self.folder / file, statement, *values)

    def states(self, stream: str | None = None) -> list[bytes]:
        """The bytes of the events, of one stream or of all."""
        stored = self.rows("SELECT state FROM stored_events ORDER BY position")
        return [state for (state,) in stored if stream in (None, json.loads(state)["stream"])]


class Hooked:
    """A record; ``before`` and ``after`` hold what happens around the next things appended to it."""

    def __init__(self, record: SqliteRecord) -> None:
        self._record = record
        self.before: list[Callable[[], object]] = []
        self.after: list[Callable[[], object]] = []
        self.appended = 0

    def append(
        self,
        additions: Sequence[Addition],
        command: UUID,
        digest: str = "",
        holds: Holds | None = None,
    ) -> Sequence[Recorded]:
        self.appended += 1
        if self.before:
            self.before.pop(0)()
        recorded = self._record.append(additions, command, digest, holds)
        if self.after:
            self.after.pop(0)()
        return recorded

    def submitted(self, command: UUID) -> Submission | None:
        return self._record.submitted(command)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._record, name)


@cache
def _begun() -> dict[str, bytes]:
    """The files of a store that has adopted a policy, a calendar and its people, each made once."""
    adopted = World().partnership_history()
    with quick_place() as place:
        folders.make(place / "store", rehearsal=True)
        program = Program(place / "store")
        program.workflow.adopt(adopted)
        program.close()
        files = (RECORD, KEYS, OFFICE)
        return {name: (place / "store" / name).read_bytes() for name in files}


def rows(path: Path, statement: str, *values: Any) -> list[Any]:
    """The rows of a statement, run on a file with plain SQLite."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


__all__ = ["KEYS", "OFFICE", "PARTNERSHIP", "RECORD", "Hooked", "Program", "StoreWorld", "rows"]
