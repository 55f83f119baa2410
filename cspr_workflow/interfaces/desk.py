"""The desk: an open store with everything that a command, a page or the tick needs from it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated

import typer

from cspr_workflow.application.adopted import AdoptedPolicies
from cspr_workflow.application.handle import (
    PARTNERSHIP,
    Workflow,
    escalation_stream,
    incident_stream,
)
from cspr_workflow.application.opened import OpenedRecord
from cspr_workflow.application.ports import Recorded, Trouble
from cspr_workflow.domain import texts
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.people import Person
from cspr_workflow.domain.policy import Policy
from cspr_workflow.interfaces.commands import CANNOT, UNUSABLE, Failed
from cspr_workflow.interfaces.sentences import Teller
from cspr_workflow.store import stores
from cspr_workflow.store.folder import StoreFolder
from cspr_workflow.store.lasting_record import LastingRecord
from cspr_workflow.store.office import Office
from cspr_workflow.store.stores import Place, Store
from projections.place import Place as PlaceOfViews
from projections.postgres_place import PostgresPlace
from projections.runner import Views

VARIABLE, DEFAULT = "CSPR_STORE", "partnership"
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="STORE",
        envvar=VARIABLE,
        help=f"Where the store is: its folder, or its address on a server (postgresql://...); "
        f"'{DEFAULT}' in this folder, if left out.",
    ),
]


@dataclass
class Desk:
    """An open store: its record, what may be done with it, its views, its office."""

    store: Store

    @property
    def place(self) -> str:
        """Where the store is, without anything secret."""
        return str(self.store)

    @property
    def folder(self) -> Path | None:
        """The folder in which the store is; ``None`` where it is on a server."""
        return self.store.path if isinstance(self.store, StoreFolder) else None

    @property
    def as_option(self) -> str:
        """What names this store behind a command; on a server, it is the setting that does."""
        return "" if self.folder is None else f" --store {self.folder}"

    @property
    def record(self) -> LastingRecord:
        """The record."""
        return self.store.record

    @property
    def office(self) -> Office:
        """People's names, the heartbeat of the clock, what is set aside."""
        return self.store.office

    @property
    def rehearsal(self) -> bool:
        """Whether this is a rehearsal, whose clock can be set."""
        return self.store.rehearsal

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """Every policy that the partnership has adopted."""
        return AdoptedPolicies(self.record)

    @cached_property
    def views(self) -> Views:
        """The views, which follow the record."""
        store = self.record.about["store"]
        return Views(self.place_of_views, self.record, self.policies, store)

    @property
    def place_of_views(self) -> Path | PlaceOfViews:
        """Where the views are kept."""
        views = self.store.views
        return views if isinstance(views, Path) else PostgresPlace(views)

    @cached_property
    def workflow(self) -> Workflow:
        """Every act goes through here."""
        return Workflow(self.record, self.views, self.policies, self.now)

    @cached_property
    def reading(self) -> Workflow:
        """Every question goes through here: the same cases, with their texts opened."""
        return Workflow(self.opened_record, self.views, self.policies)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.workflow.policy()

    def now(self) -> datetime:
        """The present moment (UTC): the real one, or the one to which a rehearsal's clock is set."""
        return (self.office.clock if self.rehearsal else None) or self.real_now()

    @staticmethod
    def real_now() -> datetime:
        """The real moment (UTC)."""
        return datetime.now(UTC)

    @property
    def names(self) -> Mapping[str, str]:
        """People's names, by id."""
        return self.office.names

    @property
    def teller(self) -> Teller:
        """Tells the record in the words of the policy in force and with people's names."""
        return Teller(self.policy, self.names)

    def teller_for(self, label: str) -> Teller:
        """Tells a case in the words of its own policy."""
        return Teller(self.policies[label], self.names)

    def person(self, id: str) -> Person:
        """Somebody who takes part, by id; where there is nobody, the command ends with a sentence."""
        people = self.workflow.partnership.people
        if id not in people:
            known = ", ".join(people) or "nobody"
            raise Failed(f"{id}: nobody by this id takes part; known are {known}.")
        return people[id]

    @cached_property
    def opened_record(self) -> OpenedRecord:
        """The record with every text opened, for telling."""
        return OpenedRecord(self.record)

    def opened(self, recorded: Recorded) -> Recorded:
        """An entry with its texts opened."""
        return self.opened_record.open(recorded)

    def opened_entry(self, entry: Entry) -> Entry:
        """An entry with its texts opened."""
        return replace(entry, fact=texts.opened(entry.fact, self.record.opened))

    def streams(self, reference: str) -> Sequence[str]:
        """The streams by this reference: an incident's, an escalation's, the partnership's own."""
        streams = [incident_stream(reference), escalation_stream(reference)]
        if reference == PARTNERSHIP:
            streams = [PARTNERSHIP]
        return [stream for stream in streams if self.record.read(stream)]

    def lines(self, reference: str) -> list[Recorded]:
        """Everything recorded under a reference, in order, with its texts opened."""
        found = [one for stream in self.streams(reference) for one in self.record.read(stream)]
        return [self.opened(one) for one in sorted(found, key=lambda one: one.position)]

    def close(self) -> None:
        """Close every file."""
        if "views" in self.__dict__:
            self.views.close()
        self.store.close()


def store_place(store: Place | None) -> Place:
    """Where the store is that a command is about; where none can be, it ends with a sentence."""
    try:
        return stores.place(store or os.environ.get(VARIABLE) or DEFAULT)
    except Trouble as trouble:
        raise Failed(str(trouble), status=UNUSABLE) from trouble


@contextmanager
def opened_desk(store: Place | None) -> Iterator[Desk]:
    """The desk of a store; what it cannot do ends the command with a sentence."""
    try:
        desk = Desk(stores.open_store(store_place(store)))
    except Trouble as trouble:
        raise Failed(str(trouble), status=UNUSABLE) from trouble
    try:
        yield desk
    except Trouble as trouble:
        raise Failed(str(trouble), status=CANNOT) from trouble
    finally:
        desk.close()
