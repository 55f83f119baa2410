"""Accounts for the tests of the rules: in memory and on SQLite, each test with both."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from cspr_workflow.application.accounts import AccountBook
from cspr_workflow.store import folder
from cspr_workflow.store.folder import open_accounts
from tests.contract.front_door import FrontDoor
from tests.contract.memory_accounts import MemoryAccountBook
from tests.store.places import quick_place


@pytest.fixture(params=["in memory", "on SQLite"])
def book(request: pytest.FixtureRequest) -> Iterator[AccountBook]:
    """Accounts of a store in which nobody has one yet."""
    if request.param == "in memory":
        yield MemoryAccountBook()
        return
    with quick_place() as place:
        folder.make(place / "store", rehearsal=False)
        store = folder.open_store(place / "store")
        with closing(store), closing(open_accounts(store)) as accounts:
            yield accounts


@pytest.fixture
def front(book: AccountBook) -> FrontDoor:
    """The front door of a store of real cases."""
    return FrontDoor(book)
