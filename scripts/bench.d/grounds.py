"""Where the stores of a benchmark are: folders on this machine's disk, or databases of a server of its own.

The server is PostgreSQL as the tests start it, but durable: what it confirmed is on the disk. Sides that
are not equally durable are not compared.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
import stores
from bare import Bare
from measured import NotMeasured

from cspr_workflow.application.policy_files import PolicyFile, bundled
from cspr_workflow.store import stores as lasting
from cspr_workflow.store.lasting_record import LastingRecord
from cspr_workflow.store.sqlite_record import SqliteRecord
from cspr_workflow.store.stores import Place, Store
from projections.runner import Views
from tests.postgres_server import APP, OWNER, OwnServer, own_server

SQLITE, POSTGRES = "sqlite", "postgres"
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
_ROOM = "PRAGMA cache_size=-500000"


class Ground(ABC):
    """Where stores can be made; everything is gone at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def place(self, name: str) -> Place:
        """The place of a store, always the same for a name."""

    @abstractmethod
    def of_bare(self, name: str) -> Mapping[str, str]:
        """The settings of a bare application of the eventsourcing library in a place of its own."""

    @abstractmethod
    def check_durable(self, *records: LastingRecord) -> None:
        """See that what is committed is on the disk; else the program ends."""

    @abstractmethod
    def check_bare(self, bare: Bare) -> None:
        """The same of a bare application."""

    def make(self, name: str) -> PolicyFile:
        """Make a store that has adopted nothing yet; the policy that it is to adopt."""
        lasting.make(self.place(name), rehearsal=True)
        return bundled(stores.POLICY)


class Disk(Ground):
    """Folders on this machine's disk."""

    def place(self, name: str) -> Place:
        return self.folder / name

    def of_bare(self, name: str) -> Mapping[str, str]:
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(self.folder / f"{name}.sqlite"),
        }

    def check_durable(self, *records: LastingRecord) -> None:
        stores.check_durable(
            **{f"store {number}": _pragma_of(one) for number, one in enumerate(records, 1)}
        )

    def check_bare(self, bare: Bare) -> None:
        stores.check_durable(peer=bare.pragma)


class OnServer(Ground):
    """Databases of a server."""

    def __init__(self, folder: Path, server: OwnServer) -> None:
        super().__init__(folder)
        self.server = server
        self._databases: dict[str, str] = {}
        self._bare: dict[str, str] = {}

    def place(self, name: str) -> Place:
        if name not in self._databases:
            self._databases[name] = self.server.new_database()
        return self.server.address(self._databases[name], APP)

    def of_bare(self, name: str) -> Mapping[str, str]:
        if name not in self._bare:
            self._bare[name] = self.server.new_empty_database()
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": self._bare[name],
            "POSTGRES_HOST": str(self.server.folder),
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": OWNER,
            "POSTGRES_PASSWORD": "not-asked-for",
        }

    def check_durable(self, *records: LastingRecord) -> None:
        assert records
        settings = {}
        with psycopg.connect(self.server.address()) as connection:
            for name in _DURABLE:
                [settings[name]] = connection.execute(f"SHOW {name}").fetchone() or ("?",)
        if set(settings.values()) != {"on"}:
            raise NotMeasured(
                f"The server is not durable, so that nothing can be compared: {settings}"
            )
        told = ", ".join(f"{name}=on" for name in _DURABLE)
        print(f"PostgreSQL: {told}", file=sys.stderr)

    def check_bare(self, bare: Bare) -> None:
        """It saves on the same server."""


@contextmanager
def ground(on: str) -> Iterator[Ground]:
    """A ground for one benchmark, by its name."""
    own = own_server(durable=True) if on == POSTGRES else nullcontext()
    with stores.scratch() as folder, own as server:
        yield Disk(folder) if server is None else OnServer(folder, server)


@contextmanager
def opened(at: Place) -> Iterator[Store]:
    """An open store that is closed at the end."""
    store = lasting.open_store(at)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def views_of(store: Store) -> Iterator[Views]:
    """The views of a store, at their own place; closed at the end."""
    views = stores.views_of(store)
    try:
        yield views
    finally:
        views.close()


@contextmanager
def opened_at(text: str) -> Iterator[tuple[Store, Views]]:
    """An open store and its views, in another process: by its place as a text."""
    with opened(lasting.place(text)) as store, views_of(store) as views:
        yield store, views


def give_room(store: Store, views: Views) -> None:
    """Let this process keep much of the databases in memory, until it closes them: for bulk work."""
    if isinstance(store.record, SqliteRecord):
        with store.record.writing() as writer:
            writer.execute(_ROOM)
        views.database.execute(_ROOM)


def _pragma_of(record: LastingRecord) -> Any:
    """Answers pragmas on the connection that writes to a record."""

    def asked(name: str) -> Any:
        with record.writing() as writer:
            return (writer.execute(f"PRAGMA {name}") or writer).fetchone()[0]

    return asked
