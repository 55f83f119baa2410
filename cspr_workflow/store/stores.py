"""Stores wherever they are: a folder on this machine, or a database on a PostgreSQL server."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Server, is_address
from cspr_workflow.store import folder, postgres_store
from cspr_workflow.store.accounts import StoredAccountBook
from cspr_workflow.store.folder import StoreFolder
from cspr_workflow.store.lasting_record import LastingRecord
from cspr_workflow.store.office import Office
from cspr_workflow.store.postgres_store import ServerStore

Place = Path | str
"""Where a store is: a folder, or the address of a server's database."""


class Store(Protocol):
    """An open store. As a text, it says where it is, without anything secret."""

    @property
    def record(self) -> LastingRecord:
        """The record."""

    @property
    def office(self) -> Office:
        """People's names, the heartbeat of the clock, what is set aside."""

    @property
    def rehearsal(self) -> bool:
        """Whether this is a rehearsal, whose clock can be set."""

    @property
    def views(self) -> Path | Server:
        """Where the views are kept."""

    def close(self) -> None:
        """Close it."""


def place(text: Place) -> Place:
    """Where a store is, from what somebody wrote.

    Raises :class:`Trouble` where it is an address of another kind; it is not repeated, since there may be a
    password in it.
    """
    if is_address(str(text)):
        return text
    if "://" in str(text):
        raise Trouble(
            "The store's address: write a folder, or an address that begins with postgresql://, in small "
            "letters and without quotation marks or blanks before it."
        )
    return Path(text)


def shown(at: Place) -> str:
    """Where a store is, without anything secret."""
    at = place(at)
    return str(at) if isinstance(at, Path) else str(Server(at))


def is_made(at: Place) -> bool:
    """Whether there is a store in a place already."""
    at = place(at)
    return (at / folder.RECORD).exists() if isinstance(at, Path) else postgres_store.is_made(at)


def open_store(at: Place) -> Store:
    """Open a store. Raises :class:`Trouble` with what is wrong and what to do."""
    at = place(at)
    return folder.open_store(at) if isinstance(at, Path) else postgres_store.open_store(at)


def make(at: Place, *, rehearsal: bool, fill: Callable[[Store], None] | None = None) -> None:
    """Make a new store, the whole of it or nothing; ``fill`` is what it is to begin with.

    Raises :class:`Trouble`.
    """
    at = place(at)
    if isinstance(at, Path):
        folder.make(at, rehearsal=rehearsal, fill=fill)
    else:
        postgres_store.make(at, rehearsal=rehearsal, fill=fill)


def open_accounts(store: Store) -> StoredAccountBook:
    """The accounts of a store; where it never had any, there are none yet. Raises :class:`Trouble`."""
    if isinstance(store, ServerStore):
        return postgres_store.accounts(store)
    assert isinstance(store, StoreFolder)
    return folder.open_accounts(store)
