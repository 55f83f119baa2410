"""Backing up a store while others write, restoring it, and everything that has to stop either."""

import errno
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.acts import GiveReason, RaiseEscalation, ReportIncident
from cspr_workflow.store import backup, sqlite_files
from cspr_workflow.store import folder as folders
from cspr_workflow.store.checking import RecordCheck
from cspr_workflow.store.folder import StoreFolder, open_store
from tests.store.store_world import KEYS, OFFICE, RECORD, StoreWorld, rows
from tests.support import TRUST, day


@pytest.fixture
def raised(world: StoreWorld) -> StoreWorld:
    """A store with an escalation, people's names, and a clock that has run."""
    world.raised()
    world.office.name({"officer": "A. Officer"})
    world.office.beat(world.moment("2026-11-30T09:30"), gap=False)
    return world


def nothing(_: StoreFolder) -> None:
    """No views are wanted."""


def backed_up(world: StoreWorld, place: Path) -> int:
    return backup.back_up(world.store, place / "to", place / "keys")


def restored(place: Path, name: str = "new") -> backup.Reached:
    return backup.restore(place / "to", place / "keys", place / name, nothing)


def content(folder: Path) -> dict[str, list[Any]]:
    """Everything that a store holds, table by table."""
    found = {}
    for file in (RECORD, KEYS, OFFICE):
        for (table,) in rows(folder / file, "SELECT name FROM sqlite_master WHERE type='table'"):
            found[f"{file} {table}"] = rows(folder / file, f"SELECT * FROM {table} ORDER BY 1, 2")
    return found


def left(place: Path) -> list[str]:
    """What stands in the place beside the store."""
    return sorted(path.name for path in place.iterdir() if path.name != "store")


class TestThereAndBack:
    def test_a_restored_store_is_the_store(self, raised: StoreWorld, place: Path) -> None:
        last, latest = raised.record.last()
        assert backed_up(raised, place) == last
        assert restored(place) == backup.Reached(last, latest, ())
        assert content(place / "new") == content(raised.folder)

    def test_it_can_be_worked_with_and_still_refuses_changes(
        self, raised: StoreWorld, place: Path
    ) -> None:
        backed_up(raised, place)
        restored(place)
        raised.folder = place / "new"
        raised.open()
        raised.do("trust", "2026-11-30T10:00", GiveReason("ESC-1", "Staff were away"))
        assert list(RecordCheck(raised.record).faults()) == []
        with pytest.raises(sqlite3.IntegrityError):
            rows(place / "new" / RECORD, "DELETE FROM stored_events")

    def test_the_views_are_made_before_it_is_put_in_place(
        self, raised: StoreWorld, place: Path
    ) -> None:
        backed_up(raised, place)
        seen: list[tuple[int, bool]] = []

        def build(store: StoreFolder) -> None:
            seen.append((store.record.last()[0], (place / "new").exists()))

        backup.restore(place / "to", place / "keys", place / "new", build)
        assert seen == [(raised.record.last()[0], False)]

    def test_only_its_owner_can_read_any_of_it(self, raised: StoreWorld, place: Path) -> None:
        backed_up(raised, place)
        restored(place)
        for name in ("to", "keys", "new"):
            folder = place / name
            assert folder.stat().st_mode & 0o777 == 0o700
            assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}

    def test_the_halves_are_apart_and_each_says_what_it_holds(
        self, raised: StoreWorld, place: Path
    ) -> None:
        backed_up(raised, place)
        assert sorted(path.name for path in (place / "to").iterdir()) == [
            backup.SUMS, OFFICE, RECORD,
        ]  # fmt: skip
        assert sorted(path.name for path in (place / "keys").iterdir()) == [backup.SUMS, KEYS]
        listed = (place / "keys" / backup.SUMS).read_text()
        assert listed == f"{backup._sha256(place / 'keys' / KEYS)}  {KEYS}\n"

    def test_without_the_keys_there_is_the_first_half_alone(
        self, raised: StoreWorld, place: Path
    ) -> None:
        backup.back_up(raised.store, place / "to", None)
        assert left(place) == ["to"]

    def test_it_goes_into_an_empty_folder_too(self, raised: StoreWorld, place: Path) -> None:
        (place / "to").mkdir()
        assert backed_up(raised, place) == raised.record.last()[0]

    def test_it_tells_how_far_it_is(
        self, raised: StoreWorld, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backup, "_PAGES", 1)
        told: list[tuple[int, int]] = []
        backup.back_up(raised.store, place / "to", None, lambda *done: told.append(done))
        (pages,) = rows(place / "to" / RECORD, "PRAGMA page_count")[0]
        assert [done for done in told if done[1] == pages][-1] == (pages, pages)


class TestWhileOthersWrite:
    def copying(self, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
        """Have something happen before each file is copied."""
        copy = backup._copy

        def copied(*given: Any) -> None:
            happens()
            copy(*given)

        monkeypatch.setattr(backup, "_copy", copied)

    def test_a_file_is_copied_as_it_stood_when_its_copying_began(
        self, raised: StoreWorld, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backup, "_PAGES", 1)
        last = raised.record.last()[0]
        times = iter(range(10, 1000))

        def record(_: int, pages: int) -> None:
            if pages == record_pages:
                number = next(times)
                report = ReportIncident(f"INC-{number}", day("2026-11-24"), day("2026-11-25"))
                raised.do("officer", "2026-11-30T10:00", report)

        (record_pages,) = rows(raised.folder / RECORD, "PRAGMA page_count")[0]
        assert backup.back_up(raised.store, place / "to", place / "keys", record) == last
        assert raised.record.last()[0] > last
        assert restored(place).position == last
        assert list(RecordCheck(open_store(place / "new").record).faults()) == []

    def test_every_text_in_it_has_its_key(
        self, raised: StoreWorld, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        numbers = iter(range(10, 20))

        def happens() -> None:
            incident = f"INC-{next(numbers)}"
            report = ReportIncident(incident, day("2026-11-24"), day("2026-11-25"))
            raised.do("officer", "2026-11-30T10:00", report)
            escalation = f"ESC-{incident}"
            concern = RaiseEscalation(escalation, incident, "rapid_review", TRUST, "A concern")
            raised.do("officer", "2026-11-30T10:00", concern)

        self.copying(monkeypatch, happens)
        backed_up(raised, place)
        assert restored(place).without_key == ()
        check = RecordCheck(open_store(place / "new").record)
        assert (list(check.faults()), check.without_key) == ([], {})
        assert check.texts == 3  # ESC-1, and one for each file that was copied up to the record

    def test_its_heartbeat_is_no_later_than_what_it_holds(
        self, raised: StoreWorld, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        minutes = iter(range(10, 20))

        def happens() -> None:
            at = f"2026-11-30T10:{next(minutes)}"
            raised.do("trust", at, GiveReason("ESC-1", "Staff were away"))
            raised.office.beat(raised.moment(at), gap=False)

        self.copying(monkeypatch, happens)
        backed_up(raised, place)
        latest = restored(place).latest
        store = open_store(place / "new")
        assert store.office.heartbeat is not None
        assert latest is not None
        assert store.office.heartbeat.last < latest


class TestWhatStopsABackup:
    def test_a_folder_in_which_something_is(self, raised: StoreWorld, place: Path) -> None:
        backed_up(raised, place)
        before = content(place / "store"), (place / "to" / backup.SUMS).read_bytes()
        with pytest.raises(Trouble, match="to: there is something here already"):
            backed_up(raised, place)
        with pytest.raises(Trouble, match="keys: there is something here already"):
            backup.back_up(raised.store, place / "another", place / "keys")
        assert left(place) == ["keys", "to"]
        assert (content(place / "store"), (place / "to" / backup.SUMS).read_bytes()) == before

    def test_a_place_inside_the_store(self, raised: StoreWorld, place: Path) -> None:
        for to, keys in (("store/to", None), ("to", "store/keys")):
            with pytest.raises(Trouble, match="inside the store's own folder"):
                backup.back_up(raised.store, place / to, place / keys if keys else None)
        assert left(place) == []

    @pytest.mark.parametrize(
        ("to", "keys"), [("to", "to"), ("to", "to/keys"), ("keys/to", "keys"), ("to", "x/../to")]
    )
    def test_keys_that_are_not_apart(
        self, raised: StoreWorld, place: Path, to: str, keys: str
    ) -> None:
        with pytest.raises(Trouble, match="keep the keys apart"):
            backup.back_up(raised.store, place / to, place / keys)
        assert left(place) == []

    def test_a_full_disk_leaves_nothing(
        self, raised: StoreWorld, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(path: Path, **given: Any) -> sqlite3.Connection:
            connection = sqlite_files.connected(path, **given)
            if path.parent != raised.folder:
                connection.execute("PRAGMA max_page_count=3")
            return connection

        monkeypatch.setattr(backup, "connected", full)
        with pytest.raises(Trouble) as caught:
            backed_up(raised, place)
        assert str(caught.value) == (
            f"{place / 'to'}: the disk is full. No backup was made; make room and try again."
        )
        assert left(place) == []

    @pytest.mark.parametrize("at", range(10))
    def test_a_disk_that_is_full_at_any_write_leaves_nothing(
        self, raised: StoreWorld, place: Path, monkeypatch: pytest.MonkeyPatch, at: int
    ) -> None:
        """The disk is full when a file or a folder is to be written to the disk itself."""
        synced, count = folders.synced, iter(range(100))

        def full(path: Path) -> None:
            if next(count) == at:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            synced(path)

        monkeypatch.setattr(folders, "synced", full)
        monkeypatch.setattr(backup, "synced", full)
        try:
            backed_up(raised, place)
        except Trouble as trouble:
            assert "the disk is full. No backup was made" in str(trouble)
            assert left(place) == []
        else:
            assert at == 9
            assert left(place) == ["keys", "to"]

    def test_a_damaged_file_is_not_copied(self, raised: StoreWorld, place: Path) -> None:
        raised.close()
        with closing(sqlite3.connect(raised.folder / RECORD)) as file:
            file.execute("DROP TRIGGER stored_events_is_not_updated")
            file.execute("PRAGMA writable_schema=ON")
            file.execute(
                "UPDATE sqlite_master SET rootpage=2 WHERE name='sqlite_autoindex_stored_events_1'"
            )
            file.commit()
        raised.open()
        with pytest.raises(Trouble, match="damaged"):
            backed_up(raised, place)
        assert left(place) == []


class TestWhatStopsARestore:
    @pytest.fixture
    def made(self, raised: StoreWorld, place: Path) -> Path:
        """A place with a backup in two halves."""
        backed_up(raised, place)
        return place

    def refused(self, place: Path, *, source: str = "to", keys: str = "keys") -> str:
        before = left(place)
        with pytest.raises(Trouble) as caught:
            backup.restore(place / source, place / keys, place / "new", nothing)
        assert left(place) == before
        return str(caught.value).replace(str(place), "")

    def test_a_folder_in_use(self, made: Path) -> None:
        before = content(made / "store")
        with pytest.raises(Trouble, match="store: there is something here already"):
            backup.restore(made / "to", made / "keys", made / "store", nothing)
        assert content(made / "store") == before

    @pytest.mark.parametrize(("name", "half"), [(RECORD, "to"), (OFFICE, "to"), (KEYS, "keys")])
    def test_a_file_that_is_cut_off_or_changed(self, made: Path, name: str, half: str) -> None:
        path = made / half / name
        whole = path.read_bytes()
        for content in (whole[:-1], whole[:5000], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
            path.write_bytes(content)
            said = self.refused(made)
            assert said.startswith(
                f"/{half}/{name}: the file is not as it was when the backup was made"
            )

    @pytest.mark.parametrize(("name", "half"), [(RECORD, "to"), (OFFICE, "to"), (KEYS, "keys")])
    def test_a_file_that_is_missing(self, made: Path, name: str, half: str) -> None:
        (made / half / name).unlink()
        assert f"/{half}: this is no backup of " in self.refused(made)

    def test_what_is_no_backup(self, made: Path) -> None:
        said = "this is no backup of a store; name a folder that cspr backup made."
        assert self.refused(made, source="nowhere") == f"/nowhere: {said}"
        assert self.refused(made, source="store") == f"/store: {said}"
        assert self.refused(made, source="keys") == f"/keys: {said}"
        assert self.refused(made, keys="to").startswith("/to: this is no backup of the keys")

    def test_another_sqlite_file_in_the_place_of_the_record(self, made: Path) -> None:
        (made / "to" / RECORD).unlink()
        rows(made / "to" / RECORD, "CREATE TABLE notes (text)")
        (made / "to" / backup.SUMS).unlink()
        backup._write_sums(made / "to")
        said = self.refused(made)
        assert said == (
            f"/to/{RECORD}: this is not the record of a partnership's store, or it is cut off. "
            "Restore it from its backup (cspr restore)."
        )

    def test_keys_of_another_store(self, made: Path) -> None:
        folders.make(made / "other", rehearsal=True)
        with closing(open_store(made / "other")) as other:
            backup.back_up(other, made / "other-to", made / "other-keys")
        said = self.refused(made, keys="other-keys")
        assert said == (
            f"/other-keys/{KEYS}: these keys belong to another store. Restore this store's own."
        )

    def test_views_that_cannot_be_made(self, made: Path) -> None:
        def full(_: StoreFolder) -> None:
            raise Trouble("the disk is full. Nothing was recorded; make room and try again.")

        before = left(made)
        with pytest.raises(Trouble, match=r"the disk is full\. Nothing was restored"):
            backup.restore(made / "to", made / "keys", made / "new", full)
        assert left(made) == before

    def test_a_full_disk_leaves_nothing(self, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(_: Path) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(backup, "synced", full)
        assert self.refused(made) == (
            "/new: the disk is full. Nothing was restored; make room and try again."
        )

    def test_older_keys_are_taken_and_what_they_cannot_open_is_named(
        self, raised: StoreWorld, made: Path
    ) -> None:
        raised.do(
            "officer",
            "2026-11-30T10:00",
            ReportIncident("INC-2", day("2026-11-24"), day("2026-11-25")),
        )
        concern = RaiseEscalation("ESC-2", "INC-2", "rapid_review", TRUST, "A concern")
        raised.do("officer", "2026-11-30T10:00", concern)
        backup.back_up(raised.store, made / "newer", None)
        reached = backup.restore(made / "newer", made / "keys", made / "new", nothing)
        assert reached.without_key == ("INC-2",)

    def test_a_restored_store_without_its_keys_does_not_open(self, made: Path) -> None:
        restored(made)
        (made / "new" / KEYS).unlink()
        with pytest.raises(Trouble) as caught:
            open_store(made / "new")
        assert str(caught.value) == (
            f"{made / 'new' / KEYS}: the file of the keys is missing. "
            "Copy it back from its newest backup."
        )
