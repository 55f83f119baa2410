"""The index in memory and the views of a lasting record, in a folder or on a server, keep the contract of an index."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cspr_workflow.application.adopted import AdoptedPolicies
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Index
from cspr_workflow.domain.acts import Command, GiveReason, Inform, Informed
from cspr_workflow.domain.people import Actor
from cspr_workflow.store import postgres_store
from projections.due_items import MemoryIndex
from projections.postgres_place import PostgresPlace
from projections.runner import Views
from tests.contract.index_contract import AT, END_OF_DISCUSSION, ESC_1, INC_1, IndexContract
from tests.postgres_database import emptied, emptied_address
from tests.postgres_server import APP, SUPERUSER
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

    def lose_views(self) -> None:
        """The file of the views goes."""
        (self.folder / "views.sqlite").unlink()


class ProgramOnAServer:
    """A program that has a store on a server open."""

    def __init__(self, address: str) -> None:
        self.store = postgres_store.open_store(address)
        self.record = self.store.record
        policies = AdoptedPolicies(self.record)
        place = PostgresPlace(self.store.server)
        self.views = Views(place, self.record, policies, self.record.about["store"])
        self.workflow = Workflow(self.record, self.views, policies)

    def close(self) -> None:
        """The program ends."""
        self.views.close()
        self.store.close()


class WorldOnAServer(World):
    """A world in a store on a server, with its views as the index."""

    def __init__(self) -> None:
        super().__init__()
        adopted = self.partnership_history()
        self.address = emptied()
        self.lose_views()
        postgres_store.make(self.address, rehearsal=True)
        self.programs: list[ProgramOnAServer] = []
        self.open()
        self.workflow.adopt(adopted)

    @property
    def index(self) -> Views:
        return self.views

    def open(self) -> None:
        """Use the store as a program that was just started."""
        program = self.another()
        self.record, self.views, self.workflow = program.record, program.views, program.workflow

    def another(self) -> ProgramOnAServer:
        """One more program with the same store."""
        self.programs.append(ProgramOnAServer(self.address))
        return self.programs[-1]

    def lose_views(self) -> None:
        """Every table of the views goes."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname='views'")
            for (table,) in tables.fetchall():
                connection.execute(f"DROP TABLE views.{table}")

    def close(self) -> None:
        """Every program ends."""
        for program in self.programs:
            program.close()
        self.programs = []


LastingWorld = WorldInAFolder | WorldOnAServer


class TestMemoryIndex(IndexContract):
    @pytest.fixture
    def world(self) -> WorldInMemory:
        return WorldInMemory()

    @pytest.fixture
    def anew(self) -> Callable[[Any], Index]:
        return lambda world: MemoryIndex.over(world.record, world.policy_file.book)


class OfALastingRecord(IndexContract):
    """What holds of views beyond what holds of every index."""

    def test_what_is_due_is_known_to_a_program_that_is_started_later(
        self, world: LastingWorld
    ) -> None:
        world.raised()
        world.close()
        world.open()
        assert self.due(world, AT) == []
        assert self.due(world, END_OF_DISCUSSION) == [ESC_1]

    def test_what_others_recorded_is_known_at_once(self, world: LastingWorld) -> None:
        other = world.another()
        world.raised()
        assert list(other.views.streams()) == [INC_1, ESC_1]
        other.workflow.tick(world.moment(END_OF_DISCUSSION))
        assert self.due(world, END_OF_DISCUSSION) == []

    def test_views_that_were_thrown_away_know_the_same(self, world: LastingWorld) -> None:
        world.raised().agreed(AT, "2026-12-02")
        due = self.due(world, "2027-03-01T07:00")
        world.close()
        world.lose_views()
        world.open()
        assert self.due(world, "2027-03-01T07:00") == due == [ESC_1, INC_1]


class TestViews(OfALastingRecord):
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


class TestViewsOnAServer(OfALastingRecord):
    @pytest.fixture
    def world(self) -> Iterator[WorldOnAServer]:
        world = WorldOnAServer()
        yield world
        world.close()

    @pytest.fixture
    def anew(self) -> Callable[[Any], Index]:
        def views(world: WorldOnAServer) -> Views:
            world.lose_views()
            return world.another().views

        return views


def test_a_program_forgets_what_a_server_that_took_over_does_not_hold() -> None:
    """The last entries are lost with a server; another program has recorded others in their place."""
    world = WorldOnAServer()
    world.raised()
    known = world.record.last()[0]
    world.do("officer", AT, Inform("ESC-1", Informed.BUSINESS_MANAGER))
    with psycopg.connect(emptied_address(SUPERUSER), autocommit=True) as server:
        server.execute(
            "SET session_replication_role=replica"
        )  # what guards the record is passed over
        for table, column in (("stored_events", "position"), ("command_log", "first")):
            server.execute(f"DELETE FROM record.{table} WHERE {column}>%s", (known,))
        server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname=current_database() AND usename=%s",
            (APP,),
        )
    other = world.another()
    reason = GiveReason("ESC-1", "They were on leave")
    command = Command(reason, Actor(world.people["trust"]), world.moment(AT))
    other.workflow.do(command, world.moment(AT))
    (informed,) = world.do("officer", AT, Inform("ESC-1", Informed.BUSINESS_MANAGER))
    assert informed.fact.type == "escalation.informed.v1"
    assert [one.position for one in world.record.read_all(known)] == [known + 1, known + 2]
    world.close()
