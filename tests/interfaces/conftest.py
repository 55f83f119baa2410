"""Stores for the tests of the commands that keep them in order."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interfaces.house import BEGAN, PEOPLE, RAISE, House
from tests.store.places import quick_place

TRUST = "trust; C. Lead; agency_representative; Acute Trust"


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """A lasting store and a rehearsal, made once by the commands themselves, to be copied."""
    with quick_place() as folder, pytest.MonkeyPatch.context() as patch:
        House(folder, patch).init("--store", "lasting")
        rehearsal = House(folder, patch)
        rehearsal.init(
            "--store", "rehearsal", "--rehearsal", "--clock", BEGAN, people=(*PEOPLE, TRUST)
        )
        patch.setenv("CSPR_STORE", "rehearsal")
        rehearsal.told(
            "report-incident", "INC-1", "--incident-on", "2026-11-24", "--aware-on", "2026-11-25",
            "--as", "officer",
        )  # fmt: skip
        rehearsal.told("clock", "set", "2026-11-30T09:30")
        rehearsal.told(*RAISE)
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
