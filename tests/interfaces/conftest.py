"""Stores for the tests of the commands that keep them in order."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interfaces.house import BEGAN, PEOPLE, RAISE, House
from tests.interfaces.server_house import ServerHouse
from tests.postgres_database import emptied
from tests.postgres_server import server
from tests.store.places import quick_place

TRUST = "trust; C. Lead; agency_representative; Acute Trust"


def raised(house: House) -> House:
    """A rehearsal with an escalation is made by the commands themselves."""
    house.init("--rehearsal", "--clock", BEGAN, people=(*PEOPLE, TRUST))
    house.told(
        "report-incident", "INC-1", "--incident-on", "2026-11-24", "--aware-on", "2026-11-25",
        "--as", "officer",
    )  # fmt: skip
    house.told("clock", "set", "2026-11-30T09:30")
    house.told(*RAISE)
    return house


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """A lasting store and a rehearsal, made once by the commands themselves, to be copied."""
    with quick_place() as folder, pytest.MonkeyPatch.context() as patch:
        House(folder, patch).init("--store", "lasting")
        rehearsal = House(folder, patch)
        patch.setenv("CSPR_STORE", "rehearsal")
        raised(rehearsal)
        patch.undo()
        yield folder


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A folder in which there is no store yet."""
    with quick_place() as folder:
        yield House(folder, monkeypatch)


@pytest.fixture
def lasting(house: House, made: Path) -> House:
    """A lasting store, made on Thursday 26 November 2026 at 10:00."""
    shutil.copytree(made / "lasting", house.store)
    return house


@pytest.fixture
def rehearsal(house: House, made: Path) -> House:
    """A rehearsal with an escalation, raised on Monday 30 November 2026 at 09:30."""
    shutil.copytree(made / "rehearsal", house.store)
    return house


@pytest.fixture
def unprepared(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerHouse]:
    """A database on a server with nothing at all in it."""
    name = server().new_empty_database()
    with quick_place() as folder:
        yield ServerHouse.of_database(folder, monkeypatch, name)
    server().drop(name)


@pytest.fixture
def migrated(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerHouse]:
    """A migrated database in which there is no store yet."""
    emptied()
    with quick_place() as folder:
        yield ServerHouse.of_shared(folder, monkeypatch)


@pytest.fixture
def on_server(migrated: ServerHouse) -> ServerHouse:
    """A rehearsal with an escalation, raised on Monday 30 November 2026 at 09:30, on a server."""
    raised(migrated)
    return migrated
