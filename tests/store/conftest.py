"""What the tests of a lasting store start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.places import quick_place
from tests.store.store_world import StoreWorld


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder, in memory where there is such a place."""
    with quick_place() as folder:
        yield folder


@pytest.fixture
def world(place: Path) -> Iterator[StoreWorld]:
    """A partnership with a store, in which nothing has happened yet."""
    world = StoreWorld(place / "store")
    yield world
    world.close()
