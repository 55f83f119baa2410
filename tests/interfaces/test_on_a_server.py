"""The command line with a store on a PostgreSQL server."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.interfaces.house import BEGAN, PEOPLE, RAISE
from tests.interfaces.server_house import ServerHouse
from tests.postgres_database import emptied
from tests.postgres_server import APP, server
from tests.store.places import quick_place

TRUST = "trust; C. Lead; agency_representative; Acute Trust"
INFORM = ("inform", "ESC-1", "--role", "business_manager", "--as", "officer")


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerHouse]:
    """A migrated database in which there is no store yet."""
    emptied()
    with quick_place() as folder:
        yield ServerHouse.of_shared(folder, monkeypatch)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerHouse]:
    """A database with nothing at all in it."""
    name = server().new_empty_database()
    with quick_place() as folder:
        yield ServerHouse.of_database(folder, monkeypatch, name)
    server().drop(name)


@pytest.fixture
def house(empty: ServerHouse) -> ServerHouse:
    """A rehearsal with an escalation, raised on Monday 30 November 2026 at 09:30."""
    empty.init("--rehearsal", "--clock", BEGAN, people=(*PEOPLE, TRUST))
    days = ("--incident-on", "2026-11-24", "--aware-on", "2026-11-25")
    empty.told("report-incident", "INC-1", *days, "--as", "officer")
    empty.told("clock", "set", "2026-11-30T09:30")
    empty.told(*RAISE)
    return empty


class TestMigrate:
    def test_it_prepares_a_database_once_and_stays_quiet_afterwards(
        self, bare: ServerHouse
    ) -> None:
        told = bare.told("migrate", "--store", bare.as_owner, "--role", APP)
        assert told == (
            f"{bare} is up to date: made the record, the keys, the office and the views. {APP} has the "
            "rights that the program needs. Next, for a new partnership: cspr init. For one that is in a "
            "folder: cspr copy."
        )
        bare.init()
        before = bare.everything()
        told = bare.told("migrate", "--store", bare.as_owner, "--role", APP)
        assert told.startswith(f"{bare} is up to date. {APP} has the rights")
        assert bare.everything() == before
        assert bare.told("check").endswith("the views agree with it.")

    def test_programs_are_answered(self, bare: ServerHouse) -> None:
        answer = bare.answered("migrate", "--store", bare.as_owner)
        assert answer == {
            "store": str(bare),
            "done": ["the record, the keys, the office and the views"],
            "role": None,
        }
        assert bare.answered("migrate", "--store", bare.as_owner)["done"] == []

    def test_without_its_rights_the_program_can_do_nothing(self, bare: ServerHouse) -> None:
        bare.told("migrate", "--store", bare.as_owner)
        said = bare.stops(2, "board")
        assert "the role of this program may not do that" in said
        assert "cspr migrate" in said

    def test_a_folder_needs_none(self, bare: ServerHouse) -> None:
        said = bare.stops(2, "migrate", "--store", "partnership")
        assert said == (
            "partnership: this is no address of a server (postgresql://...). A folder needs no migration."
        )

    def test_a_role_that_is_not_there(self, bare: ServerHouse) -> None:
        said = bare.stops(1, "migrate", "--store", bare.as_owner, "--role", "No-Body")
        assert 'there is no role No-Body. Make it first: CREATE ROLE "No-Body" LOGIN' in said
        assert bare.tables() == {}

    def test_the_program_itself_may_not_do_it(self, bare: ServerHouse) -> None:
        said = bare.stops(1, "migrate")
        assert "the role of this program may not do that" in said

    def test_a_newer_database_is_left_alone(self, bare: ServerHouse) -> None:
        bare.told("migrate", "--store", bare.as_owner, "--role", APP)
        with bare.owner() as owner:
            owner.execute("INSERT INTO record.migrations VALUES (2, 'of a later day', now())")
        newer = f"{bare}: this database is of version 2, this program knows 1. Use the version of cspr-workflow"
        assert bare.stops(1, "migrate", "--store", bare.as_owner).startswith(newer)
        assert bare.stops(2, "board").startswith(newer)
        assert bare.stops(1, "init", "--person", PEOPLE[1]).startswith(newer)

    def test_a_database_that_is_not_migrated_says_who_has_to_do_what(
        self, bare: ServerHouse
    ) -> None:
        sentence = f"{bare}: this database holds no store yet; this program needs version 1. Have its owner"
        for command in (("board",), ("tick",), ("check",), ("backup", "to")):
            assert bare.stops(2, *command).startswith(sentence)
        for command in (("init", "--person", PEOPLE[1]), ("simulate", "--escalations", "1")):
            assert bare.stops(1, *command).startswith(sentence)
        assert bare.stops(2, "rehearse").startswith(sentence)


class TestAPartnership:
    def test_it_is_made_once(self, empty: ServerHouse) -> None:
        assert empty.stops(2, "board") == (
            f"{empty}: there is no store here yet. Make one with cspr init."
        )
        given = [part for one in PEOPLE for part in ("--person", one)]
        told = empty.told("init", *given)
        assert told.startswith(f"{empty} is the partnership's store now. Policy sandwell-2018/1;")
        assert "--store" not in told
        assert [one["id"] for one in empty.answered("people")["people"]] == ["officer", "manager"]
        said = empty.stops(1, "init", *given)
        assert said.startswith(f"{empty}: there is a store here already; name another database")

    def test_where_something_is_wrong_nothing_is_made(self, empty: ServerHouse) -> None:
        assert "nobody is a business manager" in empty.stops(2, "init", "--person", PEOPLE[0])
        assert not any(rows for name, rows in empty.tables().items() if "migrations" not in name)

    def test_acts_are_recorded_and_refused(self, house: ServerHouse) -> None:
        before = house.types()
        assert "A. Officer" in house.told(*INFORM)
        assert house.types()[len(before) :] == ["escalation.informed.v1"]
        said = house.stops(1, "escalate", "ESC-1", "--reason", "x", "--as", "officer")
        assert "not_permitted" in said or "may not" in said
        assert house.stops(1, "resolve", "ESC-9", "--outcome", "x", "--as", "officer")

    def test_the_same_command_again_records_nothing(self, house: ServerHouse) -> None:
        again = (*INFORM, "--command-id", "00000000-0000-0000-0000-000000000007")
        first = house.answered(*again)
        before = house.everything()
        assert house.answered(*again)["recorded"] == first["recorded"]
        assert house.everything() == before

    def test_time_passes_and_the_board_shows_it(self, house: ServerHouse) -> None:
        assert house.told("tick") == "Nothing has fallen due."
        house.told("clock", "set", "2026-12-04T09:00")
        told = house.told("tick")
        assert "[ESC-1]" in told and "recorded" in told
        assert house.types().count("escalation.stage-entered.v1") == 1
        assert house.told("tick") == "Nothing has fallen due."
        assert "ESC-1" in house.told("board")
        assert house.answered("status")["views"] is not None

    def test_a_record_that_was_restored_behind_the_views_has_its_views_built_anew(
        self, house: ServerHouse
    ) -> None:
        house.told(*INFORM)
        last = len(house.types())
        house.unguarded(
            f"DELETE FROM record.stored_events WHERE position={last}",
            f"DELETE FROM record.command_log WHERE last={last}",
        )
        given = ("record-discussion", "ESC-1", "--how", "call", "--said", "x", "--as", "officer")
        house.told(*given)
        assert house.told("check").endswith("the views agree with it.")
        shown = house.told("history", "ESC-1")
        assert "discussion" in shown and "informed the Business Manager" not in shown

    def test_views_are_built_anew(self, house: ServerHouse) -> None:
        told = house.told("rebuild")
        assert told.startswith(f"The views are built anew from {len(house.types())} entries")

    def test_a_year_is_invented(self, empty: ServerHouse) -> None:
        until = ("--until", "2026-11-23T09:00")
        answer = empty.answered("simulate", "--escalations", "3", "--seed", "2", *until)
        assert answer["store"] == str(empty)
        assert answer["escalations"] == 3
        assert answer["entries"] == len(empty.types())
        assert empty.told("check").endswith("the views agree with it.")
        told = empty.told("simulate", "--escalations", "3", status=1)
        assert told == ""
        elsewhere = empty.answered(
            "simulate", "--escalations", "3", "--seed", "2", *until, "--store", "elsewhere"
        )
        assert elsewhere == answer | {"store": "elsewhere"}
        for question in (("board", "--all"), ("actions",), ("timeliness",)):
            assert empty.answered(*question) == empty.answered(*question, "--store", "elsewhere")

    def test_a_case_that_is_played_is_kept_in_folders_only(self, empty: ServerHouse) -> None:
        case = str(Path(__file__).parents[1] / "cases" / "03-settled-in-discussion.json")
        for address in (empty.address, "postgres://somewhere/else"):
            said = empty.stops(2, "play", case, "--rehearsal", address)
            assert said.startswith("--rehearsal: name a folder")
        assert "Kept in kept/03-settled-in-discussion" in empty.told(
            "play", case, "--rehearsal", "kept"
        )
        assert not empty.tables()["record.stored_events"]


class TestCheck:
    def test_a_store_in_order(self, house: ServerHouse) -> None:
        entries = len(house.types())
        before = house.everything()
        assert house.answered("check") == {
            "entries": entries, "texts": 1, "views": entries, "faults": [], "without_key": {},
        }  # fmt: skip
        assert house.everything() == before

    @pytest.mark.parametrize(
        ("statement", "position", "what"),
        [
            (
                "UPDATE record.stored_events SET state=convert_to(replace(convert_from(state, 'UTF8'), "
                "'09:30', '09:31'), 'UTF8') WHERE position=7",
                7,
                "",
            ),
            (
                "UPDATE record.stored_events SET state=state || ' ' WHERE position=2",
                2,
                "its bytes are not in the one form",
            ),
            (
                "UPDATE record.sealed_texts SET box=set_byte(box, 40, get_byte(box, 40) # 1)",
                None,
                "its sealed text concern was altered",
            ),
            ("DELETE FROM record.stored_events WHERE position=3", 4, "from 3 to 3 is missing"),
        ],
        ids=["a moment", "a byte", "a sealed text", "an entry"],
    )
    def test_what_the_owner_altered_is_found(
        self, house: ServerHouse, statement: str, position: int | None, what: str
    ) -> None:
        house.unguarded(statement)
        answer = house.answered("check", status=1)
        assert answer["faults"]
        assert answer["views"] is None
        first = answer["faults"][0]
        assert first["position"] == position or position is None
        assert what in first["what"]

    def test_views_that_do_not_agree(self, house: ServerHouse) -> None:
        with closing(psycopg.connect(house.address, autocommit=True)) as program:
            program.execute("DELETE FROM views.due_items")
        told = house.told("check", status=1)
        assert told.startswith("The view due_items is not what the record says")
        house.told("rebuild")
        assert house.told("check").endswith("the views agree with it.")


class TestBackup:
    def test_a_server_s_backup_is_restored_into_a_folder(self, house: ServerHouse) -> None:
        entries = len(house.types())
        told = house.told("backup", "to", "--keys", "keys")
        assert told.startswith(f"{entries} entries backed up to to. The keys are in keys.")
        told = house.told("restore", "to", "--keys", "keys", "--store", "new")
        assert told.startswith(f"new is restored: {entries} entries, the last of Mon 30 Nov 2026")
        assert house.told("check", "--store", "new").endswith("the views agree with it.")
        shown = ("show", "ESC-1")
        assert house.answered(*shown) == house.answered(*shown, "--store", "new")
        assert house.answered("status")["last_backup"] is not None

    def test_it_is_restored_into_another_database(
        self, house: ServerHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house.told("backup", "to", "--keys", "keys")
        before = house.tables()
        with server().database() as name:
            other = ServerHouse.of_database(house.folder, monkeypatch, name)
            told = other.told("restore", "to", "--keys", "keys")
            assert told.startswith(f"{other} is restored: {len(house.types())} entries")
            after = other.tables()
            differing = {one for one in before if before[one] != after[one]}
            # When the backup was made is noted once it is made; each database notes its own migration.
            assert differing <= {"office.about", "record.migrations"}
            assert other.told("check").endswith("the views agree with it.")
            assert "A. Officer" in other.told(*INFORM)
            said = other.stops(1, "restore", "to", "--keys", "keys")
            assert said.startswith(f"{other}: there is something here already; name a database")

    def test_nothing_is_restored_without_keys_or_into_what_is_not_prepared(
        self, house: ServerHouse, bare: ServerHouse
    ) -> None:
        house.told("backup", "to", "--store", house.address)
        into = ("--store", bare.address)
        assert house.stops(2, "restore", "to", *into).startswith("--keys: name the folder")
        said = house.stops(1, "restore", "to", "--keys", "to", *into)
        assert said == "to: this is no backup of the keys; name a folder that cspr backup made."
        house.told("backup", "whole", "--keys", "keys", "--store", house.address)
        said = house.stops(1, "restore", "whole", "--keys", "keys", *into)
        assert said.startswith(f"{bare}: this database holds no store yet")
        (house.folder / "whole" / "record.sqlite").write_bytes(b"altered")
        said = house.stops(1, "restore", "whole", "--keys", "keys", *into)
        assert "the file is not as it was when the backup was made" in said


QUESTIONS = (
    ("board", "--all"), ("show", "ESC-1"), ("history", "ESC-1"), ("why", "ESC-1"), ("actions",),
    ("replay", "ESC-1"), ("timeliness",), ("people",), ("as-at", "2026-11-30T09:30"), ("accounts", "log"),
)  # fmt: skip


class TestCopy:
    def test_from_a_folder_to_a_server_and_back_again(self, empty: ServerHouse) -> None:
        folder = ("--store", "first")
        simulated = ("simulate", "--escalations", "2", "--until", "2026-11-23T09:00")
        entries = empty.answered(*simulated, *folder)["entries"]
        empty.told("accounts", "add", "officer", "--sign-in", "officer", *folder)
        told = empty.told("copy", "first", empty.address)
        assert told.startswith(
            f"{entries} entries and everything that belongs to them are in {empty}"
        )
        assert told.endswith("put first away, so that nobody goes on recording in it.")
        rows = empty.answered("copy", empty.address, "second")["rows"]
        assert rows["record.stored_events"] == entries
        assert rows["accounts.accounts"] == rows["accounts.account_log"] == 1
        assert files(empty.folder / "first") == files(empty.folder / "second")
        for question in QUESTIONS:
            answers = [
                empty.answered(*question, "--store", at)
                for at in ("first", empty.address, "second")
            ]
            assert answers[0] == answers[1] == answers[2], question
        for at in (empty.address, "second"):
            assert empty.told("check", "--store", at).endswith("the views agree with it.")
        # The numbers of what is added go on behind those that were copied.
        empty.told("accounts", "add", "manager", "--sign-in", "manager")
        empty.told("tick")
        assert len(empty.tables()["office.account_log"]) == 2

    def test_nothing_is_copied_to_where_there_is_something(self, house: ServerHouse) -> None:
        said = house.stops(1, "copy", house.address, house.address)
        assert said.startswith(f"{house}: there is something here already")
        (house.folder / "used").mkdir()
        (house.folder / "used" / "file").touch()
        said = house.stops(1, "copy", house.address, "used")
        assert said.startswith("used: there is something here already")
        assert house.stops(2, "copy", "nowhere", "new").startswith("nowhere: there is no store")

    def test_a_copy_that_was_broken_off_leaves_nothing(
        self, empty: ServerHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        empty.init("--store", "first")
        real = psycopg.Copy.write_row

        def cut_off(copied: psycopg.Copy, row: object) -> None:
            if copied.connection.execute is not None and b"stored_events" in _query(copied):
                copied.connection.close()
            real(copied, row)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(psycopg.Copy, "write_row", cut_off)
            said = empty.stops(1, "copy", "first", empty.address)
        assert said.startswith(f"{empty}: ")
        assert "Traceback" not in said
        empty.told("copy", "first", empty.address)


def _query(copied: psycopg.Copy) -> bytes:
    query = copied.cursor._query
    return query.query if query is not None else b""


def files(folder: Path) -> dict[str, list[object]]:
    """Every row of the record, the keys, the office and the accounts in a folder."""
    import sqlite3

    found: dict[str, list[object]] = {}
    for name in ("record", "keys", "office", "accounts"):
        with closing(sqlite3.connect(folder / f"{name}.sqlite")) as file:
            tables = file.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1")
            for (table,) in tables.fetchall():
                found[f"{name}.{table}"] = file.execute(
                    f"SELECT * FROM {table} ORDER BY 1, 2"
                ).fetchall()
    return found
