"""A store on a PostgreSQL server: the record, its keys and the office, each in a schema of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Server, reporting
from cspr_workflow.store import migrations
from cspr_workflow.store.accounts import StoredAccountBook
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.office import Office
from cspr_workflow.store.postgres_record import PostgresRecord
from cspr_workflow.store.postgres_schema import keys_on, office_on, record_on


@dataclass(frozen=True, slots=True)
class ServerStore:
    """An open store on a server."""

    server: Server
    record: PostgresRecord
    office: Office

    def __str__(self) -> str:
        """Where it is, without anything secret."""
        return str(self.server)

    @property
    def rehearsal(self) -> bool:
        """Whether this is a rehearsal, whose clock can be set."""
        return self.record.about["kind"] == "rehearsal"

    @property
    def views(self) -> Server:
        """Where the views are kept."""
        return self.server

    def close(self) -> None:
        """Close every connection."""
        self.record.close()
        self.office.close()
        self.server.close()


def make(at: str, *, rehearsal: bool, fill: Callable[[ServerStore], None] | None = None) -> None:
    """Make a new store in a migrated database: the whole of it or nothing.

    ``fill`` is what it is to begin with. Raises :class:`Trouble`.
    """
    server = Server(at)
    try:
        migrations.check(server)
        with reporting(server), server.all_or_nothing():
            _check_free(server)
            store = str(uuid4())
            Keys.make(keys_on(server), store)
            Office.make(office_on(server), store)
            _begin_record(server, store, rehearsal=rehearsal)
            if fill is not None:
                fill(_opened(server))
    finally:
        server.close()


def is_made(at: str) -> bool:
    """Whether there is a store in a database, which has to be migrated. Raises :class:`Trouble`."""
    server = Server(at)
    try:
        migrations.check(server)
        return _store_of(server) is not None
    finally:
        server.close()


def _store_of(server: Server) -> str | None:
    """The id of the store that is there."""
    about = record_on(server).read("SELECT value FROM about WHERE name='store'")
    return about[0][0] if about else None


def _check_free(server: Server) -> None:
    if _store_of(server) is not None:
        raise Trouble(
            f"{server}: there is a store here already; name another database, or another name for "
            "its schemas (schemas=NAME in the address)."
        )


def _begin_record(server: Server, store: str, *, rehearsal: bool) -> None:
    about = [("store", store), ("kind", "rehearsal" if rehearsal else "lasting")]
    with record_on(server).writing() as writing:
        writing.executemany("INSERT INTO about VALUES (?, ?)", about)


def open_store(at: str) -> ServerStore:
    """Open a store. Raises :class:`Trouble` with what is wrong and what to do."""
    server = Server(at)
    try:
        migrations.check(server)
        return _opened(server)
    except BaseException:
        server.close()
        raise


def _opened(server: Server) -> ServerStore:
    store = _store_of(server)
    if store is None:
        raise Trouble(f"{server}: there is no store here yet. Make one with cspr init.")
    keys = Keys(keys_on(server), store)
    return ServerStore(server, PostgresRecord(server, keys), Office(office_on(server), store))


def accounts(store: ServerStore) -> StoredAccountBook:
    """The accounts of a store."""
    return StoredAccountBook(
        office_on(store.server), store.record.about["store"], store.record.keys
    )
