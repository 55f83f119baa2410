"""The record on PostgreSQL keeps the contract under a role that may only read and insert."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors

from cspr_workflow.application.ports import Addition, Conflict, Trouble
from cspr_workflow.postgres import Interrupted, Server
from cspr_workflow.store import postgres_store
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.lasting_record import APPENDED_TO
from cspr_workflow.store.postgres_record import PostgresRecord
from cspr_workflow.store.postgres_schema import keys_on
from cspr_workflow.store.postgres_store import ServerStore
from tests.contract.record_contract import RecordContract, entries
from tests.postgres_database import emptied, emptied_address
from tests.postgres_server import OWNER

STREAM, COMMAND = "incident:INC-1", UUID(int=7)


@pytest.fixture
def store() -> Iterator[ServerStore]:
    place = emptied()
    postgres_store.make(place, rehearsal=False)
    with closing(postgres_store.open_store(place)) as opened:
        for incident in ("INC-1", "INC-2"):
            opened.record.keys.make_key(incident)
        opened.record.keys.keep()
        yield opened


class TestPostgresRecord(RecordContract):
    @pytest.fixture
    def record(self, store: ServerStore) -> PostgresRecord:
        return store.record


class TestPostgresRecordWithSealedTexts(TestPostgresRecord):
    incident = "INC-1"


def said(record: PostgresRecord, *texts: str, command: UUID | None = None) -> None:
    """Append entries to the one stream, after all that it holds."""
    version = len(record.read(STREAM))
    record.append([Addition(STREAM, version, entries(*texts), "INC-1")], command or uuid4())


def told(record: PostgresRecord) -> list[str]:
    return [record.opened(one.entry.fact.reason) for one in record.read(STREAM)]


# --- What the database refuses ---------------------------------------------------------------------


@pytest.fixture
def filled(store: ServerStore) -> ServerStore:
    """A record with a row in each of its tables."""
    said(store.record, "one", "two")
    return store


def client(user: str | None = None) -> psycopg.Connection[Any]:
    """A client of PostgreSQL with nothing of ours."""
    address = emptied_address(user) if user else emptied_address()
    return psycopg.connect(address, autocommit=True)


def every_row(connection: psycopg.Connection[Any]) -> list[Any]:
    return [
        connection.execute(f"SELECT * FROM record.{one} ORDER BY 1").fetchall()
        for one in APPENDED_TO
    ]


FIRST_COLUMN = {
    "about": "value",
    "stored_events": "topic",
    "sealed_texts": "field",
    "command_log": "digest",
}
CHANGES = (
    "UPDATE record.{table} SET {column}='altered'",
    "UPDATE record.{table} SET {column}='altered' WHERE false",
    "DELETE FROM record.{table}",
    "DELETE FROM record.{table} WHERE false",
    "TRUNCATE record.{table}",
)


@pytest.mark.parametrize("table", APPENDED_TO)
def test_the_program_has_no_right_to_change_a_row(filled: ServerStore, table: str) -> None:
    with client() as program:
        before = every_row(program)
        assert all(before)
        for change in CHANGES:
            with pytest.raises(errors.InsufficientPrivilege):
                program.execute(change.format(table=table, column=FIRST_COLUMN[table]))
        for statement in ("DROP TABLE {0}", "ALTER TABLE {0} DISABLE TRIGGER ALL"):
            with pytest.raises(errors.InsufficientPrivilege):
                program.execute(statement.format(f"record.{table}"))
        with pytest.raises(errors.InsufficientPrivilege):
            program.execute("SET session_replication_role=replica")
        assert every_row(program) == before


@pytest.mark.parametrize("table", APPENDED_TO)
def test_even_the_owner_changes_no_row_as_long_as_the_triggers_stand(
    filled: ServerStore, table: str
) -> None:
    with client(OWNER) as owner:
        before = every_row(owner)
        for change in CHANGES:
            with pytest.raises(errors.RaiseException, match="the record is only appended to"):
                owner.execute(change.format(table=table, column=FIRST_COLUMN[table]))
        assert every_row(owner) == before


@pytest.mark.parametrize("position", [0, 1, 2, 4, -1])
def test_no_entry_comes_out_of_turn(filled: ServerStore, position: int) -> None:
    """Neither in the place of another nor behind a gap, whoever writes it."""
    insert = "INSERT INTO record.stored_events VALUES (%s, 'another', 1, 'topic', '')"
    for user in (None, OWNER):
        with client(user) as connection:
            before = every_row(connection)
            with pytest.raises(errors.UniqueViolation, match="only appended to"):
                connection.execute(insert, (position,))
            assert every_row(connection) == before
    with client() as connection:
        connection.execute(insert, (3,))
        assert filled.record.rows("SELECT max(position) FROM stored_events") == [(3,)]


def test_who_writes_without_the_lock_makes_nothing_stand_out_of_turn(
    filled: ServerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's row takes the position that was just given: all that came with it is refused."""
    real = filled.record.insert

    def insert(*given: Any) -> None:
        with client(OWNER) as other:
            other.execute(
                "INSERT INTO record.stored_events "
                "SELECT 3, 'another', 1, topic, state FROM record.stored_events WHERE position=1"
            )
        real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(filled.record, "insert", insert)
        with pytest.raises(Conflict):
            said(filled.record, "three", "four")
    assert told(filled.record) == ["one", "two"]
    said(filled.record, "three")
    assert [one.position for one in filled.record.read(STREAM)] == [1, 2, 4]


# --- What becomes of a connection ------------------------------------------------------------------


def lost_at_commit(server: Server, *, done: bool) -> None:
    """This thread's connection is lost at the next COMMIT: after the server has done it, or before."""
    connection = server.mine()
    real: Callable[..., Any] = connection.execute

    def execute(statement: Any, *more: Any, **how: Any) -> Any:
        if statement != "COMMIT":
            return real(statement, *more, **how)
        if done:
            real(statement)
        connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    connection.execute = execute  # type: ignore[method-assign]


def test_an_acknowledgement_that_was_lost_is_found_by_the_command(store: ServerStore) -> None:
    said(store.record, "one")
    lost_at_commit(store.server, done=True)
    recorded = store.record.append([Addition(STREAM, 1, entries("two", "three"), "INC-1")], COMMAND)
    assert [(one.position, one.version, one.command) for one in recorded] == [
        (2, 2, str(COMMAND)),
        (3, 3, str(COMMAND)),
    ]
    assert list(recorded) == list(store.record.read(STREAM, 1))
    assert told(store.record) == ["one", "two", "three"]
    said(store.record, "four")
    assert told(store.record)[3:] == ["four"]


def test_what_was_not_committed_is_a_conflict_so_that_it_is_decided_again(
    store: ServerStore,
) -> None:
    said(store.record, "one")
    lost_at_commit(store.server, done=False)
    with pytest.raises(Conflict, match="the connection was lost before this was recorded"):
        said(store.record, "two", command=COMMAND)
    assert store.record.submitted(COMMAND) is None
    assert told(store.record) == ["one"]
    said(store.record, "two", command=COMMAND)
    assert told(store.record) == ["one", "two"]


def test_where_nobody_answers_afterwards_it_says_that_nobody_knows(
    store: ServerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(store.record, "one")
    lost_at_commit(store.server, done=True)

    def gone(*_: Any, **__: Any) -> None:
        raise psycopg.OperationalError("connection refused")

    store.server.patience = 0.0
    with monkeypatch.context() as patch:
        patch.setattr(psycopg, "connect", gone)
        with pytest.raises(Interrupted, match="nobody knows yet whether") as trouble:
            said(store.record, "two", command=COMMAND)
    assert "Nothing was recorded" not in str(trouble.value)
    assert store.record.submitted(COMMAND) is not None


def test_an_id_that_was_used_before_is_not_taken_for_what_was_lost(store: ServerStore) -> None:
    said(store.record, "one", command=COMMAND)
    lost_at_commit(store.server, done=False)
    with pytest.raises(Conflict):
        said(store.record, "two", command=COMMAND)
    assert told(store.record) == ["one"]


def test_a_standby_does_not_say_what_was_recorded(
    store: ServerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(store.record, "one")
    lost_at_commit(store.server, done=True)
    real = store.record.rows

    def of_a_standby(statement: str, *values: Any) -> list[Any]:
        return [(True,)] if "recovery" in statement else real(statement, *values)

    monkeypatch.setattr(store.record, "rows", of_a_standby)
    with pytest.raises(Interrupted, match="nobody knows yet whether"):
        said(store.record, "two", command=COMMAND)


def test_what_went_wrong_inside_a_transaction_is_no_commit(store: ServerStore) -> None:
    with (
        pytest.raises(psycopg.errors.InFailedSqlTransaction),
        store.server.writing("record") as connection,
        suppress(psycopg.errors.UndefinedTable),
    ):
        connection.execute("SELECT 1 FROM there_is_no_such_table")


def cut_off(store: ServerStore) -> None:
    """The server ends this thread's connection while nobody uses it."""
    pid = store.server.mine().info.backend_pid
    with client(OWNER) as owner:
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def test_a_connection_that_was_lost_while_nobody_used_it_is_made_anew(store: ServerStore) -> None:
    said(store.record, "one")
    cut_off(store)
    assert told(store.record) == ["one"]
    cut_off(store)
    assert store.record.last()[0] == 1
    cut_off(store)
    with pytest.raises(Conflict, match="lost meanwhile"):  # it is decided again
        said(store.record, "two", command=COMMAND)
    said(store.record, "two", command=COMMAND)
    assert told(store.record) == ["one", "two"]
    assert len(store.record.rows("SELECT 1 FROM command_log")) == 2


def test_each_thread_has_a_connection_of_its_own(store: ServerStore) -> None:
    seen = []
    thread = Thread(target=lambda: seen.append(store.server.mine().info.backend_pid))
    thread.start()
    thread.join()
    assert seen != [store.server.mine().info.backend_pid]


# --- Others who write ------------------------------------------------------------------------------


def test_a_lock_that_is_held_too_long_says_so_and_leaves_nothing(
    store: ServerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(store.record, "one")
    real = Server.writing
    monkeypatch.setattr(Server, "writing", lambda self, lock: real(self, lock, 0.02))
    with closing(Server(emptied_address())) as other, other.writing("keys"):
        said(store.record, "two")
    with closing(Server(emptied_address())) as other, real(other, "record"):
        with pytest.raises(Trouble, match="has been writing for too long"):
            said(store.record, "three")
        assert told(store.record) == ["one", "two"]
    said(store.record, "three")
    assert told(store.record) == ["one", "two", "three"]


def test_two_programs_that_append_at_once_take_turns(store: ServerStore) -> None:
    """Each to a stream of its own: no position is missing or given twice, and none fails."""

    def appends(record: PostgresRecord, stream: str) -> None:
        for number in range(10):
            record.append([Addition(stream, number, entries(f"{number}"), "INC-1")], uuid4())

    with closing(postgres_store.open_store(emptied_address())) as other:
        pairs = ((store.record, "incident:INC-1"), (other.record, "incident:INC-2"))
        threads = [Thread(target=appends, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [one.position for one in other.record.read_all()] == list(range(1, 21))
        assert list(other.record.read_all()) == list(store.record.read_all())
        assert {len(store.record.read(stream)) for _, stream in pairs} == {10}


def test_a_rehearsal_knows_that_it_is_one() -> None:
    postgres_store.make(emptied(), rehearsal=True)
    with closing(postgres_store.open_store(emptied_address())) as store:
        assert store.rehearsal
    with pytest.raises(Trouble, match="there is a store here already; name another database"):
        postgres_store.make(emptied_address(), rehearsal=False)


def test_a_store_that_is_not_made_to_its_end_is_not_there() -> None:
    place = emptied()

    def fill(made: ServerStore) -> None:
        said(made.record, "one")
        raise LookupError

    with pytest.raises(LookupError):
        postgres_store.make(place, rehearsal=False, fill=fill)
    assert not postgres_store.is_made(place)
    with client() as program:
        assert not any(every_row(program))
        assert program.execute("SELECT count(*) FROM keys.keys").fetchone() == (0,)
    with pytest.raises(Trouble, match="there is no store here yet"):
        postgres_store.open_store(place)


def test_keys_of_another_store_do_not_open_it(store: ServerStore) -> None:
    with pytest.raises(Trouble, match="store"):
        Keys(keys_on(store.server), "another store")
