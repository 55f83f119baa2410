"""The index in memory and the views of a lasting record keep the contract of an index."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Index
from projections.due_items import MemoryIndex
from projections.runner import Views
from tests.contract.index_contract import AT, END_OF_DISCUSSION, ESC_1, INC_1, IndexContract
from tests.store.places import quick_place
from tests.store.store_world import StoreWorld
from tests.support import World


class WorldInMemory(World):
    """A world with its index at hand."""

    def __init__(self) -> None:
        super().__init__()
        adopted = self.partnership_history()
        self.record = type(self.record)()
        self.index = MemoryIndex(self.policy_file.book)
        self.workflow = Workflow(self.record, self.index, self.policy_file.book)
        self.workflow.adopt(adopted)


class WorldInAFolder(StoreWorld):
    """A world in a store, with its views as the index."""

    @property
    def index(self) -> Views:
        return self.views


class TestMemoryIndex(IndexContract):
    @pytest.fixture
    def world(self) -> WorldInMemory:
        return WorldInMemory()

    @pytest.fixture
    def anew(self) -> Callable[[Any], Index]:
        return lambda world: MemoryIndex.over(world.record, world.policy_file.book)


class TestViews(IndexContract):
    @pytest.fixture
    def world(self) -> Iterator[WorldInAFolder]:
        with quick_place() as place:
            world = WorldInAFolder(place / "store")
            yield world
            world.close()

    @pytest.fixture
    def anew(self) -> Iterator[Callable[[Any], Index]]:
        made: list[Views] = []

        def views(world: WorldInAFolder) -> Views:
            path: Path = world.folder / "later.sqlite"
            store = world.record.about["store"]
            made.append(Views(path, world.record, world.policy_file.book, store))
            return made[-1]

        yield views
        for one in made:
            one.close()

    def test_what_is_due_is_known_to_a_program_that_is_started_later(
        self, world: WorldInAFolder
    ) -> None:
        world.raised()
        world.close()
        world.open()
        assert self.due(world, AT) == []
        assert self.due(world, END_OF_DISCUSSION) == [ESC_1]

    def test_what_others_recorded_is_known_at_once(self, world: WorldInAFolder) -> None:
        other = world.another()
        world.raised()
        assert list(other.views.streams()) == [INC_1, ESC_1]
        other.workflow.tick(world.moment(END_OF_DISCUSSION))
        assert self.due(world, END_OF_DISCUSSION) == []

    def test_views_that_were_thrown_away_know_the_same(self, world: WorldInAFolder) -> None:
        world.raised().agreed(AT, "2026-12-02")
        due = self.due(world, "2027-03-01T07:00")
        world.close()
        (world.folder / "views.sqlite").unlink()
        world.open()
        assert self.due(world, "2027-03-01T07:00") == due == [ESC_1, INC_1]
