"""Stores on a PostgreSQL server and in folders: backed up, restored, copied from the one to the other."""

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces import backup_commands, server_commands
from cspr_workflow.store import backup, stores
from tests.interfaces.server_house import ServerHouse
from tests.postgres_server import APP, server

INFORM = ("inform", "ESC-1", "--role", "business_manager", "--as", "officer")


class TestBackup:
    def test_a_server_s_backup_is_restored_into_a_folder(self, on_server: ServerHouse) -> None:
        entries = len(on_server.types())
        told = on_server.told("backup", "to", "--keys", "keys")
        assert told.startswith(f"{entries} entries backed up to to. The keys are in keys.")
        told = on_server.told("restore", "to", "--keys", "keys", "--store", "new")
        assert told.startswith(f"new is restored: {entries} entries, the last of Mon 30 Nov 2026")
        assert on_server.told("check", "--store", "new").endswith("the views agree with it.")
        shown = ("show", "ESC-1")
        assert on_server.answered(*shown) == on_server.answered(*shown, "--store", "new")
        status = on_server.answered("status", status=1)
        assert status["last_backup"] == "2026-11-30T09:30:00+00:00"

    def test_it_is_restored_into_another_database(
        self, on_server: ServerHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        on_server.told("backup", "to", "--keys", "keys")
        before = on_server.tables()
        with server().database() as name:
            other = ServerHouse.of_database(on_server.folder, monkeypatch, name)
            told = other.told("restore", "to", "--keys", "keys")
            assert told.startswith(f"{other} is restored: {len(on_server.types())} entries")
            after = other.tables()
            differing = {one for one in before if before[one] != after[one]}
            # When the backup was made is noted once it is made; each database notes its own migration.
            assert differing <= {"office.about", "record.migrations"}
            assert other.told("check").endswith("the views agree with it.")
            assert "A. Officer" in other.told(*INFORM)
            said = other.stops(1, "restore", "to", "--keys", "keys")
            assert said.startswith(f"{other}: there is something here already; name a database")

    def test_nothing_is_restored_without_keys_or_into_what_is_not_prepared(
        self, on_server: ServerHouse, unprepared: ServerHouse
    ) -> None:
        on_server.told("backup", "to", "--store", on_server.address)
        into = ("--store", unprepared.address)
        assert on_server.stops(2, "restore", "to", *into).startswith("--keys: name the folder")
        said = on_server.stops(1, "restore", "to", "--keys", "to", *into)
        assert said == "to: this is no backup of the keys; name a folder that cspr backup made."
        whole = ("restore", "whole", "--keys", "keys", *into)
        on_server.told("backup", *whole[1:4], "--store", on_server.address)
        said = on_server.stops(1, *whole)
        assert said.startswith(f"{unprepared}: this database holds no store yet")
        (unprepared.folder / "whole" / "record.sqlite").write_bytes(b"altered")
        said = on_server.stops(1, *whole)
        assert "the file is not as it was when the backup was made" in said


class TestRestoringToAServer:
    def test_views_that_cannot_be_built_are_built_at_the_next_question(
        self, on_server: ServerHouse, unprepared: ServerHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        on_server.told("backup", "to", "--keys", "keys", "--store", on_server.address)
        as_owner = ("migrate", "--store", unprepared.as_owner, "--role", APP)
        unprepared.told(*as_owner)
        with monkeypatch.context() as patch:
            patch.setattr(backup_commands, "build_views", no_views)
            told = unprepared.told("restore", "to", "--keys", "keys")
        assert told.startswith(f"{unprepared} is restored: {len(on_server.types())} entries")
        board = ("board", "--all", "--store")
        of_both = [unprepared.answered(*board, one.address) for one in (on_server, unprepared)]
        assert of_both[0] == of_both[1]

    def test_nobody_is_signed_in_not_even_where_it_is_broken_off_at_its_end(
        self, on_server: ServerHouse, unprepared: ServerHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        signed_in(on_server)
        on_server.told("backup", "to", "--keys", "keys", "--store", on_server.address)
        unprepared.told("migrate", "--store", unprepared.as_owner, "--role", APP)
        with monkeypatch.context() as patch:
            patch.setattr(stores, "open_store", dies)
            with pytest.raises(LookupError):
                unprepared.run("restore", "to", "--keys", "keys")
        restored = unprepared.tables()
        assert len(restored["record.stored_events"]) == len(on_server.types())
        assert len(restored["office.accounts"]) == 1
        assert restored["office.sessions"] == []
        assert len(on_server.tables()["office.sessions"]) == 1

    def test_nobody_is_signed_in_where_a_server_s_backup_goes_into_a_folder(
        self, on_server: ServerHouse
    ) -> None:
        signed_in(on_server)
        on_server.told("backup", "to", "--keys", "keys")
        on_server.told("restore", "to", "--keys", "keys", "--store", "new")
        restored = files(on_server.folder / "new")
        assert len(restored["accounts.accounts"]) == 1
        assert restored["accounts.sessions"] == []

    @pytest.mark.parametrize("file", ["record", "keys", "office", "accounts"])
    @pytest.mark.parametrize("wrong", ["application_id=7", "user_version=9"])
    def test_files_of_another_kind_or_form_are_refused(
        self, migrated: ServerHouse, file: str, wrong: str
    ) -> None:
        on = ("--store", "first")
        migrated.init(*on)
        migrated.told("accounts", "open", "officer", "--sign-in", "officer", "--as", "manager", *on)
        migrated.told("backup", "to", "--keys", "keys", *on)
        half = migrated.folder / ("keys" if file == "keys" else "to")
        with closing(sqlite3.connect(half / f"{file}.sqlite")) as altered:
            altered.execute(f"PRAGMA {wrong}")
        (half / backup.SUMS).unlink()
        backup._write_sums(half)
        said = migrated.stops(1, "restore", "to", "--keys", "keys")
        assert said.startswith(f"{half.name}/{file}.sqlite: ")
        assert "has form 9" in said or "is not" in said

    def test_keys_of_another_store_are_refused(self, migrated: ServerHouse) -> None:
        for name in ("one", "two"):
            migrated.init("--store", name)
            migrated.told("backup", f"{name}-to", "--keys", f"{name}-keys", "--store", name)
        said = migrated.stops(1, "restore", "one-to", "--keys", "two-keys")
        assert "these keys belong to another store" in said


def no_views(_: object) -> None:
    raise Trouble("the views cannot be used. Nothing was recorded.")


def dies(*_: object) -> None:
    raise LookupError


def signed_in(house: ServerHouse) -> None:
    """Somebody has an account and is signed in."""
    opens = ("accounts", "open", "officer", "--sign-in", "officer", "--as", "manager")
    house.told(*opens, "--store", house.address)
    with house.owner() as owner:
        owner.execute(
            "INSERT INTO office.sessions SELECT 'token', id, person, '2026-11-30T09:00:00+00:00', "
            "'2026-11-30T09:00:00+00:00', 'in', 'password', '', 1, NULL FROM office.accounts"
        )


QUESTIONS = (
    ("board", "--all"), ("show", "ESC-2026-0001"), ("history", "ESC-2026-0001"), ("why", "ESC-2026-0001"), ("actions",),
    ("replay", "ESC-2026-0001"), ("timeliness",), ("people",), ("as-at", "2026-11-01T09:30"), ("accounts", "log"),
)  # fmt: skip


class TestCopy:
    def test_from_a_folder_to_a_server_and_back_again(self, migrated: ServerHouse) -> None:
        folder = ("--store", "first")
        simulated = ("simulate", "--escalations", "2", "--until", "2026-11-23T09:00")
        entries = migrated.answered(*simulated, *folder)["entries"]
        opens = ("accounts", "open", "officer", "--sign-in", "officer", "--as", "manager")
        migrated.told(*opens, *folder)
        told = migrated.told("copy", "first", migrated.address)
        assert told.startswith(
            f"{entries} entries and everything that belongs to them are in {migrated}"
        )
        assert told.endswith("put first away, so that nobody goes on recording in it.")
        rows = migrated.answered("copy", migrated.address, "second")["rows"]
        assert rows["record.stored_events"] == entries
        assert rows["accounts.accounts"] == rows["accounts.account_log"] == 1
        assert files(migrated.folder / "first") == files(migrated.folder / "second")
        for question in QUESTIONS:
            answers = [
                migrated.answered(*question, "--store", at)
                for at in ("first", migrated.address, "second")
            ]
            assert answers[0] == answers[1] == answers[2], question
        for at in (migrated.address, "second"):
            assert migrated.told("check", "--store", at).endswith("the views agree with it.")
        # The numbers of what is added go on behind those that were copied.
        migrated.told("accounts", "reset", "officer", "--as", "manager")
        migrated.told("tick")
        assert len(migrated.tables()["office.account_log"]) == 2

    def test_nothing_is_copied_to_where_there_is_something(self, on_server: ServerHouse) -> None:
        said = on_server.stops(1, "copy", on_server.address, on_server.address)
        assert said.startswith(f"{on_server}: there is something here already")
        (on_server.folder / "used").mkdir()
        (on_server.folder / "used" / "file").touch()
        said = on_server.stops(1, "copy", on_server.address, "used")
        assert said.startswith("used: there is something here already")
        assert on_server.stops(2, "copy", "nowhere", "new").startswith("nowhere: there is no store")

    def test_views_that_cannot_be_built_on_a_server_are_built_later(
        self, migrated: ServerHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        migrated.init("--store", "first")
        with monkeypatch.context() as patch:
            patch.setattr(server_commands, "build_views", no_views)
            migrated.told("copy", "first", migrated.address)
        assert migrated.told("check").endswith("the views agree with it.")

    @pytest.mark.parametrize("cut_off_at", [1, 8])
    def test_a_copy_that_was_broken_off_leaves_nothing(
        self, migrated: ServerHouse, monkeypatch: pytest.MonkeyPatch, cut_off_at: int
    ) -> None:
        migrated.init("--store", "first")
        real, numbers = psycopg.Copy.write_row, count(1)

        def write_row(copied: Any, row: Any) -> None:
            if next(numbers) == cut_off_at:
                copied.connection.close()
            real(copied, row)

        with monkeypatch.context() as patch:
            patch.setattr(psycopg.Copy, "write_row", write_row)
            said = migrated.stops(1, "copy", "first", migrated.address)
        assert said.startswith(f"{migrated}: the server cannot be reached")
        migrated.told("copy", "first", migrated.address)


def files(folder: Path) -> dict[str, list[Any]]:
    """Every row of the record, the keys, the office and the accounts in a folder."""
    found: dict[str, list[Any]] = {}
    for name in ("record", "keys", "office", "accounts"):
        with closing(sqlite3.connect(folder / f"{name}.sqlite")) as file:
            tables = file.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1")
            for (table,) in tables.fetchall():
                found[f"{name}.{table}"] = file.execute(
                    f"SELECT * FROM {table} ORDER BY 1, 2"
                ).fetchall()
    return found
