"""The office, the accounts and the keys on a server: what its database itself refuses, and what it takes."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg import errors

from cspr_workflow.application.accounts import READ
from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Server
from cspr_workflow.store.accounts import StoredAccountBook
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.migrations import migrate
from cspr_workflow.store.office import Office
from cspr_workflow.store.postgres_schema import keys_on, office_on
from cspr_workflow.store.postgres_tables import PostgresTables
from tests import postgres_programs, postgres_server
from tests.contract.front_door import BEGAN, FrontDoor
from tests.postgres_database import emptied, emptied_address
from tests.postgres_programs import NoServer, usable_binaries
from tests.postgres_server import APP, OWNER, own_server

STORE = "a store"
LOGS = ("account_log", "reading_log")


@pytest.fixture
def server() -> Iterator[Server]:
    """A store that has keys and an office, as the program reaches it."""
    with closing(Server(emptied())) as server:
        begun(server)
        yield server


def begun(server: Server) -> None:
    Office.make(office_on(server), STORE)
    Keys.make(keys_on(server), STORE)


def book(server: Server) -> StoredAccountBook:
    return StoredAccountBook(office_on(server), STORE, Keys(keys_on(server), STORE))


@pytest.fixture
def noted(server: Server) -> StoredAccountBook:
    """Accounts with two lines in each of the logs."""
    accounts = book(server)
    FrontDoor(accounts).opened("officer")
    FrontDoor(accounts).opened("manager")
    for case in ("INC-1", "INC-2"):
        accounts.readings.note(BEGAN, "audit", READ, case, "page")
    return accounts


@pytest.fixture
def owner(server: Server) -> Iterator[psycopg.Connection]:
    """Whoever owns the database, with a client of PostgreSQL and nothing of ours."""
    with psycopg.connect(emptied_address(OWNER), autocommit=True) as connection:
        yield connection


CHANGES = (
    "UPDATE office.{log} SET what='nothing'",
    "UPDATE office.{log} SET what='nothing' WHERE number=9",
    "DELETE FROM office.{log} WHERE number=1",
    "TRUNCATE office.{log}",
    "INSERT INTO office.{log} SELECT 2, moment, '', '', '', '' FROM office.{log} WHERE number=1",
    "INSERT INTO office.{log} SELECT 9, moment, '', '', '', '' FROM office.{log} WHERE number=1",
    "INSERT INTO office.{log} SELECT 2, moment, '', '', '', '' FROM office.{log} WHERE number=1 "
    "ON CONFLICT (number) DO UPDATE SET what='nothing'",
)


class TestTheLogs:
    @pytest.mark.parametrize("log", LOGS)
    def test_even_their_owner_only_appends_to_them(self, noted, owner, log):
        before = owner.execute(f"SELECT * FROM office.{log} ORDER BY number").fetchall()
        assert [row[0] for row in before] == [1, 2]
        for change in CHANGES:
            with pytest.raises(errors.RestrictViolation, match=f"{log} is only appended to"):
                owner.execute(change.format(log=log))
        assert owner.execute(f"SELECT * FROM office.{log} ORDER BY number").fetchall() == before
        owner.execute(f"INSERT INTO office.{log} SELECT 3, moment, '', '', '', '' FROM office.{log} "
                      "WHERE number=1")  # fmt: skip

    @pytest.mark.parametrize("log", LOGS)
    def test_the_program_has_no_right_to_change_them(self, noted, log):
        with psycopg.connect(emptied_address(), autocommit=True) as program:
            for change in CHANGES[:4]:
                with pytest.raises(errors.InsufficientPrivilege):
                    program.execute(change.format(log=log))


class TestTheKeys:
    @pytest.mark.parametrize(
        "change",
        ["UPDATE keys.keys SET key=''", "DELETE FROM keys.keys", "UPDATE keys.about SET value=''"],
    )
    def test_the_program_adds_keys_and_changes_none(self, server, change):
        keys = Keys(keys_on(server), STORE)
        keys.make_key("INC-1")
        keys.keep()
        with pytest.raises(Trouble, match="the role of this program may not do that"):
            keys_on(server).change(change.replace("keys.", "", 1))
        assert keys.incidents == {"INC-1"}

    def test_the_program_makes_and_drops_nothing(self, server):
        for statement in ("CREATE TABLE office.more (x INT)", "DROP TABLE office.directory"):
            with pytest.raises(Trouble, match="may not do that"):
                office_on(server).change(statement)


class TestWriting:
    def test_all_of_it_or_nothing(self, server):
        office = office_on(server)
        with pytest.raises(LookupError), office.writing() as connection:
            connection.execute("INSERT INTO directory VALUES ('officer', 'A. Name')")
            assert office.read("SELECT name FROM directory") == [("A. Name",)]
            raise LookupError
        assert office.read("SELECT name FROM directory") == []

    def test_the_same_statements_are_taken_again_and_again(self, server):
        """psycopg prepares what it was asked five times; several statements at once cannot be."""
        office = Office(office_on(server), STORE)
        for minute in range(12):
            office.set_gap_minutes(minute)
            assert office.gap_minutes == minute

    def test_who_writes_waits_for_whoever_holds_the_lock_of_the_schema(self, server):
        with closing(Server(emptied_address())) as other:
            with other.writing("office"):
                with pytest.raises(errors.LockNotAvailable), server.writing("office", 0.01):
                    pass
                keys_on(server).change("INSERT INTO about VALUES ('another', ?)", b"")
            with server.writing("office", 0.01):
                pass

    @pytest.mark.parametrize("text", ["a\x00name", "Ω — \U0001f469\u200d⚖️", "100 % ? %s", ""])
    def test_whatever_somebody_types_is_an_answer_and_no_failure(self, server, noted, text):
        assert noted.accounts.by_sign_in(text) is None
        assert noted.readings.note(BEGAN, text, READ, text, text)
        kept = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        (line,) = noted.readings.lines(person=text)
        assert (line.person, line.about, line.how) == (kept, kept, kept)

    def test_a_database_without_a_store_says_what_to_do(self, server, owner):
        elsewhere = PostgresTables(server, "nowhere", ["about"])
        for use in (
            lambda: elsewhere.read("SELECT * FROM about"),
            lambda: elsewhere.change("DELETE FROM about"),
        ):
            with pytest.raises(Trouble, match="Run cspr migrate"):
                use()


def test_two_partnerships_share_a_database_and_know_nothing_of_each_other():
    with postgres_server.server().database() as name:
        reached = [f"&schemas={one}" for one in ("north", "south")]
        for one in reached:
            migrate(postgres_server.server().address(name) + one, role=APP)
        as_program = postgres_server.server().address(name, APP)
        north, south = (Server(as_program + one) for one in reached)
        with closing(north), closing(south):
            begun(north)
            begun(south)
            FrontDoor(book(north)).opened("officer")
            assert len(book(north).log.lines()) == 1
            assert list(book(south).accounts.all()) == list(book(south).log.lines()) == []
            with north.writing("office"), south.writing("office", 0.01):
                pass


def test_a_server_that_was_killed_has_what_it_confirmed_and_is_reached_again():
    with (
        own_server(durable=True) as own,
        own.database() as name,
        closing(Server(own.address(name, APP), patience=0.1)) as server,
    ):
        begun(server)
        accounts = book(server)
        FrontDoor(accounts).opened("officer")
        own.kill()
        with pytest.raises(Trouble, match="the server cannot be reached"):
            accounts.accounts.begin_anew("nobody")
        with pytest.raises(Trouble, match="the server cannot be reached"):
            accounts.accounts.all()
        own.start()
        assert [one.person for one in accounts.accounts.all()] == ["officer"]
        FrontDoor(accounts).opened("manager")
        assert [one.number for one in accounts.log.lines()] == [2, 1]


def test_where_there_is_no_server_the_tests_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres_programs, "_installed", list)
    monkeypatch.setattr(postgres_programs, "_brought", lambda: None)
    with pytest.raises(
        NoServer, match="need a PostgreSQL server, and there is none: name one with"
    ):
        usable_binaries(tmp_path, None)
