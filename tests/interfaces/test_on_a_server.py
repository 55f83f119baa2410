"""The command line with a store on a PostgreSQL server: made, worked with, checked."""

from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.interfaces.house import PEOPLE
from tests.interfaces.server_house import ServerHouse
from tests.postgres_server import APP

INFORM = ("inform", "ESC-1", "--role", "business_manager", "--as", "officer")


class TestMigrate:
    def test_it_prepares_a_database_once_and_stays_quiet_afterwards(
        self, unprepared: ServerHouse
    ) -> None:
        told = unprepared.told("migrate", "--store", unprepared.as_owner, "--role", APP)
        assert told == (
            f"{unprepared} is up to date: made the record, the keys, the office and the views. {APP} has the "
            "rights that the program needs. Next, for a new partnership: cspr init. For one that is in a "
            "folder: cspr copy."
        )
        unprepared.init()
        before = unprepared.everything()
        told = unprepared.told("migrate", "--store", unprepared.as_owner, "--role", APP)
        assert told.startswith(f"{unprepared} is up to date. {APP} has the rights")
        assert unprepared.everything() == before
        assert unprepared.told("check").endswith("the views agree with it.")

    def test_programs_are_answered(self, unprepared: ServerHouse) -> None:
        answer = unprepared.answered("migrate", "--store", unprepared.as_owner)
        assert answer == {
            "store": str(unprepared),
            "done": ["the record, the keys, the office and the views"],
            "role": None,
        }
        assert unprepared.answered("migrate", "--store", unprepared.as_owner)["done"] == []

    def test_without_its_rights_the_program_can_do_nothing(self, unprepared: ServerHouse) -> None:
        unprepared.told("migrate", "--store", unprepared.as_owner)
        said = unprepared.stops(2, "board")
        assert "the role of this program may not do that" in said
        assert "cspr migrate" in said

    def test_a_folder_needs_none(self, unprepared: ServerHouse) -> None:
        said = unprepared.stops(2, "migrate", "--store", "partnership")
        assert said == (
            "partnership: this is no address of a server (postgresql://...). A folder needs no migration."
        )

    def test_a_role_that_is_not_there(self, unprepared: ServerHouse) -> None:
        said = unprepared.stops(1, "migrate", "--store", unprepared.as_owner, "--role", "No-Body")
        assert 'there is no role No-Body. Make it first: CREATE ROLE "No-Body" LOGIN' in said
        assert unprepared.tables() == {}

    def test_the_program_itself_may_not_do_it(self, unprepared: ServerHouse) -> None:
        said = unprepared.stops(1, "migrate")
        assert "the role of this program may not do that" in said

    def test_a_newer_database_is_left_alone(self, unprepared: ServerHouse) -> None:
        unprepared.told("migrate", "--store", unprepared.as_owner, "--role", APP)
        with unprepared.owner() as owner:
            owner.execute("INSERT INTO record.migrations VALUES (2, 'of a later day', now())")
        newer = f"{unprepared}: this database is of version 2, this program knows 1. Use the version of cspr-workflow"
        assert unprepared.stops(1, "migrate", "--store", unprepared.as_owner).startswith(newer)
        assert unprepared.stops(2, "board").startswith(newer)
        assert unprepared.stops(1, "init", "--person", PEOPLE[1]).startswith(newer)

    def test_a_database_that_is_not_migrated_says_who_has_to_do_what(
        self, unprepared: ServerHouse
    ) -> None:
        sentence = f"{unprepared}: this database holds no store yet; this program needs version 1. Have its owner"
        for command in (("board",), ("tick",), ("check",), ("backup", "to")):
            assert unprepared.stops(2, *command).startswith(sentence)
        for command in (("init", "--person", PEOPLE[1]), ("simulate", "--escalations", "1")):
            assert unprepared.stops(1, *command).startswith(sentence)
        assert unprepared.stops(2, "rehearse").startswith(sentence)


class TestAPartnership:
    def test_it_is_made_once(self, migrated: ServerHouse) -> None:
        assert migrated.stops(2, "board") == (
            f"{migrated}: there is no store here yet. Make one with cspr init."
        )
        given = [part for one in PEOPLE for part in ("--person", one)]
        told = migrated.told("init", *given)
        assert told.startswith(
            f"{migrated} is the partnership's store now. Policy sandwell-2018/1;"
        )
        assert "--store" not in told
        assert [one["id"] for one in migrated.answered("people")["people"]] == [
            "officer",
            "manager",
        ]
        said = migrated.stops(1, "init", *given)
        assert said.startswith(f"{migrated}: there is a store here already; name another database")

    def test_where_something_is_wrong_nothing_is_made(self, migrated: ServerHouse) -> None:
        assert "nobody is a business manager" in migrated.stops(2, "init", "--person", PEOPLE[0])
        assert not any(rows for name, rows in migrated.tables().items() if "migrations" not in name)

    def test_acts_are_recorded_and_refused(self, on_server: ServerHouse) -> None:
        before = on_server.types()
        assert "A. Officer" in on_server.told(*INFORM)
        assert on_server.types()[len(before) :] == ["escalation.informed.v1"]
        said = on_server.stops(3, "escalate", "ESC-1", "--reason", "x", "--as", "officer")
        assert said.endswith("(not_permitted)")
        said = on_server.stops(3, "resolve", "ESC-9", "--outcome", "x", "--as", "officer")
        assert said.endswith("(not_found)")

    def test_the_same_command_again_records_nothing(self, on_server: ServerHouse) -> None:
        again = (*INFORM, "--command-id", "00000000-0000-0000-0000-000000000007")
        first = on_server.answered(*again)
        before = on_server.everything()
        assert on_server.answered(*again)["recorded"] == first["recorded"]
        assert on_server.everything() == before

    def test_time_passes_and_the_board_shows_it(self, on_server: ServerHouse) -> None:
        assert on_server.told("tick").endswith("Nothing has fallen due.")
        on_server.told("clock", "set", "2026-12-04T09:00")
        told = on_server.told("tick")
        assert "[ESC-1]" in told and "recorded" in told
        assert on_server.types().count("escalation.stage-entered.v1") == 2
        assert on_server.told("tick") == "Nothing has fallen due."
        assert "ESC-1" in on_server.told("board")
        assert on_server.answered("status")["views_behind"] == 0

    def test_a_record_that_was_restored_behind_the_views_has_its_views_built_anew(
        self, on_server: ServerHouse
    ) -> None:
        on_server.told(*INFORM)
        last = len(on_server.types())
        on_server.unguarded(
            f"DELETE FROM record.stored_events WHERE position={last}",
            f"DELETE FROM record.command_log WHERE last={last}",
        )
        given = ("record-discussion", "ESC-1", "--how", "call", "--said", "x", "--as", "officer")
        on_server.told(*given)
        assert on_server.told("check").endswith("the views agree with it.")
        shown = on_server.told("history", "ESC-1")
        assert "discussion" in shown and "informed the Business Manager" not in shown

    def test_views_are_built_anew(self, on_server: ServerHouse) -> None:
        told = on_server.told("rebuild")
        assert told.startswith(f"The views are built anew from {len(on_server.types())} entries")

    def test_a_year_is_invented(self, migrated: ServerHouse) -> None:
        until = ("--until", "2026-11-23T09:00")
        answer = migrated.answered("simulate", "--escalations", "3", "--seed", "2", *until)
        assert answer["store"] == str(migrated)
        assert answer["escalations"] == 3
        assert answer["entries"] == len(migrated.types())
        assert migrated.told("check").endswith("the views agree with it.")
        told = migrated.told("simulate", "--escalations", "3", status=1)
        assert told == ""
        elsewhere = migrated.answered(
            "simulate", "--escalations", "3", "--seed", "2", *until, "--store", "elsewhere"
        )
        assert elsewhere == answer | {"store": "elsewhere"}
        for question in (("board", "--all"), ("actions",), ("timeliness",)):
            assert migrated.answered(*question) == migrated.answered(
                *question, "--store", "elsewhere"
            )

    def test_a_case_that_is_played_is_kept_in_folders_only(self, migrated: ServerHouse) -> None:
        case = str(Path(__file__).parents[1] / "cases" / "03-settled-in-discussion.json")
        for address in (migrated.address, "postgres://somewhere/else"):
            said = migrated.stops(2, "play", case, "--rehearsal", address)
            assert said.startswith("--rehearsal: name a folder")
            said = migrated.stops(2, "backup", "to", "--keys", address)
            assert said.startswith("--keys: name a folder")
        told = migrated.told("play", case, "--rehearsal", "kept")
        assert "Kept in kept/03-settled-in-discussion" in told
        assert not migrated.tables()["record.stored_events"]


class TestCheck:
    def test_a_store_in_order(self, on_server: ServerHouse) -> None:
        entries = len(on_server.types())
        before = on_server.everything()
        assert on_server.answered("check") == {
            "entries": entries, "texts": 1, "views": entries, "faults": [], "without_key": {},
        }  # fmt: skip
        assert on_server.everything() == before

    @pytest.mark.parametrize(
        ("statement", "position", "what"),
        [
            (
                "UPDATE record.stored_events SET topic='incident.withdrawn.v1' WHERE position=6",
                6,
                "and stands as incident.withdrawn.v1",
            ),
            (
                "UPDATE record.stored_events SET state=state || ' ' WHERE position=2",
                2,
                "it is not in the form of an entry",
            ),
            (
                "UPDATE record.sealed_texts SET box=set_byte(box, 40, get_byte(box, 40) # 1)",
                None,
                "its sealed text concern was altered",
            ),
            ("DELETE FROM record.stored_events WHERE position=3", 4, "from 3 to 3 is missing"),
        ],
        ids=["a type", "a byte", "a sealed text", "an entry"],
    )
    def test_what_the_owner_altered_is_found(
        self, on_server: ServerHouse, statement: str, position: int | None, what: str
    ) -> None:
        on_server.unguarded(statement)
        answer = on_server.answered("check", status=1)
        assert answer["faults"]
        assert answer["views"] is None
        first = answer["faults"][0]
        assert first["position"] == position or position is None
        assert what in first["what"]

    def test_views_that_do_not_agree(self, on_server: ServerHouse) -> None:
        with closing(psycopg.connect(on_server.address, autocommit=True)) as program:
            program.execute("DELETE FROM views.due_items")
        told = on_server.told("check", status=1)
        assert told.startswith("The view due_items is not what the record says")
        on_server.told("rebuild")
        assert on_server.told("check").endswith("the views agree with it.")
