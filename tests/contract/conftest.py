"""Accounts for the tests of the rules: in memory and on SQLite, each test with both."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from cspr_workflow.application.accounts import AccountBook
from cspr_workflow.postgres import Server
from cspr_workflow.store import folder
from cspr_workflow.store.accounts import StoredAccountBook
from cspr_workflow.store.folder import open_accounts
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.office import Office
from cspr_workflow.store.postgres_schema import keys_on, office_on
from tests.contract.front_door import FrontDoor
from tests.contract.memory_accounts import MemoryAccountBook
from tests.postgres_database import emptied
from tests.store.places import quick_place


@pytest.fixture(params=["in memory", "on SQLite", "on PostgreSQL"])
def book(request: pytest.FixtureRequest) -> Iterator[AccountBook]:
    """Accounts of a store in which nobody has one yet."""
    if request.param == "in memory":
        yield MemoryAccountBook()
        return
    with _in_a_folder() if request.param == "on SQLite" else _on_a_server() as accounts:
        yield accounts


@contextmanager
def _in_a_folder() -> Iterator[AccountBook]:
    with quick_place() as place:
        folder.make(place / "store", rehearsal=False)
        store = folder.open_store(place / "store")
        with closing(store), closing(open_accounts(store)) as accounts:
            yield accounts


@contextmanager
def _on_a_server() -> Iterator[AccountBook]:
    with closing(Server(emptied())) as server:
        office, keys = office_on(server), keys_on(server)
        Office.make(office, "a store")
        Keys.make(keys, "a store")
        yield StoredAccountBook(office, "a store", Keys(keys, "a store"))


@pytest.fixture
def front(book: AccountBook) -> FrontDoor:
    """The front door of a store of real cases."""
    return FrontDoor(book)
