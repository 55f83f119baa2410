"""Turns at a store, in a folder and on a server: one program at a time has it, and nobody waits."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import lock_number
from cspr_workflow.store import migrations, stores
from cspr_workflow.store.stores import Place, Store
from cspr_workflow.store.turns import FILE, LOCK, turn
from tests.postgres_server import APP, OWNER, server

Opened = Callable[[], Store]


@pytest.fixture(params=["folder", "server"])
def at(request: pytest.FixtureRequest, place: Path) -> Iterator[Place]:
    """A store, in which nothing has happened yet."""
    if request.param == "folder":
        stores.make(place / "store", rehearsal=True)
        yield place / "store"
        return
    with server().database() as name:
        address = server().address(name, APP)
        stores.make(address, rehearsal=True)
        yield address


def test_one_at_a_time_has_it_and_afterwards_the_next(at: Place) -> None:
    with closing(stores.open_store(at)) as one, closing(stores.open_store(at)) as other:
        with turn(one) as mine:
            assert mine
            for _ in range(2):
                with turn(other) as theirs:
                    assert not theirs
        with turn(other) as theirs:
            assert theirs


def test_it_is_given_back_whatever_happens_meanwhile(at: Place) -> None:
    with closing(stores.open_store(at)) as store:
        with pytest.raises(ZeroDivisionError), turn(store) as mine:
            assert mine
            _ = 1 / 0
        with turn(store) as mine:
            assert mine


def test_other_work_goes_on_meanwhile(at: Place) -> None:
    with closing(stores.open_store(at)) as one, closing(stores.open_store(at)) as other:
        with turn(one):
            other.office.set_gap_minutes(7)
        assert one.office.gap_minutes == 7


def test_in_a_folder_it_ends_with_the_program_that_has_it(place: Path) -> None:
    stores.make(place / "store", rehearsal=True)
    with closing(stores.open_store(place / "store")) as store:
        ready, tell = os.pipe()
        child = os.fork()
        if not child:
            with turn(store) as mine:
                os.write(tell, b"1" if mine else b"0")
                os._exit(0)
        assert os.read(ready, 1) == b"1"
        os.waitpid(child, 0)
        with turn(store) as mine:
            assert mine
    assert (place / "store" / FILE).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_to_is_a_sentence(place: Path) -> None:
    stores.make(place / "store", rehearsal=True)
    with closing(stores.open_store(place / "store")) as store:
        (place / "store" / FILE).mkdir()
        with pytest.raises(Trouble, match=f"{FILE}: "), turn(store):
            raise AssertionError("nobody has a turn here")


def test_partnerships_in_one_database_do_not_wait_for_each_other() -> None:
    with server().database() as name:
        owner, app = (server().address(name, role) for role in (OWNER, APP))
        migrations.migrate(f"{owner}&schemas=south", role=APP)
        south = f"{app}&schemas=south"
        for address in (app, south):
            stores.make(address, rehearsal=True)
        with (
            closing(stores.open_store(app)) as one,
            closing(stores.open_store(south)) as other,
            turn(one) as mine,
            turn(other) as theirs,
        ):
            assert (mine, theirs) == (True, True)


def test_on_a_server_a_connection_that_is_lost_gives_it_back() -> None:
    with server().database() as name:
        address = server().address(name, APP)
        stores.make(address, rehearsal=True)
        with (
            closing(stores.open_store(address)) as store,
            closing(psycopg.connect(address, autocommit=True)) as dying,
        ):
            dying.execute("SELECT pg_advisory_lock(%s)", (lock_number(LOCK),))
            with turn(store) as mine:
                assert not mine
            server().administer(f"SELECT pg_terminate_backend({dying.info.backend_pid}, 10000)")
            with turn(store) as mine:
                assert mine
