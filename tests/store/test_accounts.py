"""The file of the accounts: what stands in it, what it refuses, how it comes into being and comes back."""

import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application.accounts import READ, Identity, fingerprint
from cspr_workflow.application.ports import Trouble
from cspr_workflow.store import backup
from cspr_workflow.store import folder as folders
from cspr_workflow.store.accounts import StoredAccountBook
from cspr_workflow.store.folder import ACCOUNTS, KEYS, StoreFolder, open_accounts, open_store
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.password_hash import Argon2id
from cspr_workflow.store.telephone_codes import TelephoneCodes
from tests.contract.accounts_contract import at_once
from tests.contract.front_door import ANOTHER, BEGAN, PASSWORD, FrontDoor, refusal
from tests.store.store_world import rows


@pytest.fixture
def store(place: Path) -> Iterator[StoreFolder]:
    """An open store that has never had an account."""
    folders.make(place / "store", rehearsal=False)
    with closing(open_store(place / "store")) as opened:
        yield opened


@pytest.fixture
def opened(store: StoreFolder) -> Iterator[Callable[[], StoredAccountBook]]:
    """Opens the store's accounts as one more program."""
    with ExitStack() as stack:

        def another() -> StoredAccountBook:
            accounts = open_accounts(store)
            stack.callback(accounts.close)
            return accounts

        yield another


@pytest.fixture
def front(opened: Callable[[], StoredAccountBook]) -> FrontDoor:
    """A front door with somebody who has signed in."""
    return FrontDoor(opened()).ready("officer", "manager")


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.iterdir() if not one.name.endswith(("-wal", "-shm")))


class TestTheFile:
    def test_a_store_gets_it_when_it_is_first_asked_for(self, store, opened):
        assert ACCOUNTS not in names(store.path)
        assert list(opened().accounts.all()) == []
        assert ACCOUNTS in names(store.path)
        assert stat.S_IMODE((store.path / ACCOUNTS).stat().st_mode) == 0o600
        assert not [name for name in names(store.path) if name.startswith(".")]

    def test_it_is_made_once(self, store, opened):
        FrontDoor(opened()).opened("officer")
        assert len(opened().accounts.all()) == 1

    def test_of_many_programs_at_once_one_makes_it(self, store, opened):
        at_once(lambda: list(opened().accounts.all()))
        FrontDoor(opened()).opened("officer")
        assert len(opened().accounts.all()) == 1
        assert not [name for name in names(store.path) if name.startswith(".")]

    def test_a_program_that_was_faster_is_left_its_file(self, store, opened, monkeypatch):
        """It made the file after this program had looked, and somebody has an account in it."""
        make = StoredAccountBook.make

        def slowly(path: Path, id: str) -> None:
            monkeypatch.undo()
            with closing(open_accounts(store)) as faster:
                FrontDoor(faster).opened("officer")
            make(path, id)

        monkeypatch.setattr(StoredAccountBook, "make", slowly)
        assert len(opened().accounts.all()) == 1

    def test_one_that_cannot_be_made_leaves_nothing(self, store, opened, monkeypatch):
        def full(_: Path) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(folders, "synced", full)
        before = names(store.path)
        with pytest.raises(Trouble, match="the disk is full"):
            opened()
        assert names(store.path) == before
        monkeypatch.undo()
        assert list(opened().accounts.all()) == []

    def test_one_that_is_lost_is_not_made_anew(self, store, front):
        front.book.close()
        (store.path / ACCOUNTS).unlink()
        with pytest.raises(Trouble, match="the file of the accounts is missing"):
            open_accounts(store)
        assert ACCOUNTS not in names(store.path)

    def test_another_stores_is_refused(self, store, front, place):
        front.book.close()
        folders.make(place / "other", rehearsal=False)
        with closing(open_store(place / "other")) as other:
            open_accounts(other).close()
        shutil.copy(place / "other" / ACCOUNTS, store.path / ACCOUNTS)
        with pytest.raises(Trouble, match="belongs to another store"):
            open_accounts(store)

    def test_one_that_is_none_is_refused(self, store, front):
        front.book.close()
        (store.path / ACCOUNTS).write_text("Dear colleague, " * 500)
        with pytest.raises(Trouble, match="no file of a store"):
            open_accounts(store)

    def test_where_it_cannot_be_written_to_a_sentence_says_so(self, front):
        front.book._tables._connections.mine().execute("PRAGMA query_only=ON")
        for write in (
            lambda: front.opened("trust"),
            lambda: front.given("officer"),
            lambda: front.book.readings.note(BEGAN, "audit", READ, "INC-1", "page"),
        ):
            with pytest.raises(Trouble, match="cannot be written to"):
                write()

    @pytest.mark.parametrize("table", ["account_log", "reading_log"])
    def test_the_logs_are_only_appended_to(self, store, front, table):
        front.book.readings.note(BEGAN, "audit", READ, "INC-1", "page")
        before = rows(store.path / ACCOUNTS, f"SELECT * FROM {table}")
        column = "by" if table == "account_log" else "how"
        for statement in (
            f"UPDATE {table} SET {column}='nobody'",
            f"DELETE FROM {table} WHERE number=1",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE number=1",
            f"INSERT INTO {table} SELECT number+5, moment, what, '', '', '' FROM {table}",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="is only appended to"):
                rows(store.path / ACCOUNTS, statement)
        assert before
        assert rows(store.path / ACCOUNTS, f"SELECT * FROM {table}") == before


class TestNothingInClear:
    def test_no_password_token_code_or_secret_stands_in_any_file(self, store, front):
        """While it is open, and after it was closed; also what is still to be confirmed or was replaced."""
        told = [PASSWORD, ANOTHER, *front.telephones.values()]
        token = front.signed_in("officer")
        told += [token, front.session(token).csrf]
        token = front.door.choose_password(token, ANOTHER, PASSWORD)
        told += [token, front.door.enrol(token, ANOTHER).secret]
        front.given("officer", ANOTHER)
        told.append(front.given("officer", ANOTHER))
        told.append(front.door.recovery_code(told[-1], front.recovery["officer"][0]))
        for written in front.recovery["officer"]:
            told += [written, written.replace("-", "")]
        told.append(front.opened("trust").password)
        told.append(front.door.reset(front.account("manager").id, by="admin").password)
        account = front.account("officer").id
        told.append(front.door.make_key(account, "a program", BEGAN.date(), by="officer")[1])
        typed = "typed in the wrong field"
        front.fails(typed)
        told.append(typed)
        assert self.found(store.path, told) == []
        assert self.found(store.path, [front.account("officer").sign_in]) == [b"officer"]
        front.book.close()
        assert self.found(store.path, told) == []

    @staticmethod
    def found(path: Path, told: list[str]) -> list[bytes]:
        files = [one.read_bytes() for one in path.rglob("*") if one.is_file()]
        assert len(files) >= 4
        return [one.encode() for one in told if any(one.encode() in file for file in files)]

    def test_a_secret_opens_nowhere_else(self, store, front):
        box = rows(store.path / ACCOUNTS, "SELECT secret FROM accounts WHERE person='officer'")[0][
            0
        ]
        rows(store.path / ACCOUNTS, "UPDATE accounts SET secret=? WHERE person='manager'", box)
        token = front.given("manager")
        with pytest.raises(Trouble, match=r"sealed secret \w+ was altered"):
            front.door.code(token, "123456")

    def test_keys_that_never_held_the_secrets_say_what_to_do(self, store, front, place):
        with closing(open_store(store.path)) as other:
            rows(store.path / KEYS, "DELETE FROM about WHERE name LIKE 'key of%'")
            accounts = open_accounts(other)
            with closing(accounts), pytest.raises(Trouble, match="Restore them from their backup"):
                accounts.accounts.secret(front.account("officer").id)

    def test_a_secret_comes_back_and_never_looks_the_same(self, store):
        keys: Keys = store.record.keys
        boxes = {keys.seal_secret("a place", "SECRET") for _ in range(3)}
        assert len(boxes) == 3
        assert {keys.open_secret("a place", box) for box in boxes} == {"SECRET"}
        for place, box in (("elsewhere", boxes.pop()), ("a place", b""), ("a place", b"x" * 40)):
            with pytest.raises(Trouble, match="was altered"):
                keys.open_secret(place, box)

    def test_two_programs_seal_under_one_key(self, store):
        with closing(open_store(store.path)) as other:
            boxes = [one.record.keys.seal_secret("a place", "SECRET") for one in (store, other)]
            assert {other.record.keys.open_secret("a place", box) for box in boxes} == {"SECRET"}


class TestSeveralPrograms:
    def test_what_failed_at_one_counts_at_the_other(self, opened, front):
        other = FrontDoor(opened())
        other.now = front.now
        front.fails("officer", 3)
        other.fails("officer", 2)
        for each in (front, other):
            assert refusal(lambda each=each: each.given("officer")).retry_after

    def test_one_code_at_both_at_once_lets_one_in(self, store, opened, front):
        programs = [FrontDoor(opened()), FrontDoor(opened())]
        for each in programs:
            each.now = front.now
        given = [(each, each.given("officer")) for each in programs]
        code, pending = front.code("officer"), iter(given)

        def sign_in() -> Any:
            each, token = next(pending)
            try:
                return each.door.code(token, code)
            except Exception as refused:
                return type(refused).__name__

        done = at_once(sign_in, 2)
        assert "SignInRefused" in done
        (token,) = [one for one in done if one != "SignInRefused"]
        assert front.session(token).is_complete

    def test_who_is_signed_out_at_one_is_out_at_the_other(self, opened, front):
        token = front.signed_in("officer")
        other = FrontDoor(opened())
        other.now = front.now
        assert other.session(token)
        front.door.sign_out(token)
        assert other.door.session(token) is None


class TestBackup:
    @pytest.fixture
    def backed_up(self, store, front, place):
        self.token = front.signed_in("officer")
        self.pending = front.given("manager")
        account = front.account("officer").id
        self.key = front.door.make_key(account, "a program", BEGAN.date(), by="officer")[1]
        front.door.link(account, Identity("https://issuer.example", "s"), by="admin")
        front.book.readings.note(BEGAN, "audit", READ, "INC-1", "page")
        backup.back_up(store, place / "to", place / "keys")
        return front

    def restored(self, place: Path, keys: str = "keys") -> StoreFolder:
        backup.restore(place / "to", place / keys, place / "new", lambda _: None)
        return open_store(place / "new")

    def test_accounts_come_back_and_nobody_is_signed_in(self, backed_up, place):
        with closing(self.restored(place)) as store, closing(open_accounts(store)) as book:
            new = FrontDoor(book)
            new.now, new.telephones = backed_up.now, backed_up.telephones
            assert new.door.session(self.token) is new.door.session(self.pending) is None
            assert rows(place / "new" / ACCOUNTS, "SELECT count(*) FROM sessions") == [(0,)]
            assert new.book.accounts.all() == backed_up.book.accounts.all()
            assert new.book.log.lines() == backed_up.book.log.lines()
            assert new.book.readings.lines() == backed_up.book.readings.lines()
            assert new.door.account_by_key(self.key)
            assert new.session(new.signed_in("officer")).is_complete
        assert backed_up.session(self.token), "the store that was backed up goes on"

    def test_the_half_without_the_keys_holds_no_secret(self, backed_up, place):
        told = [PASSWORD, self.token, *backed_up.telephones.values()]
        files = [one.read_bytes() for one in (place / "to").iterdir()]
        assert len(files) == 4
        assert not [one for one in told for file in files if one.encode() in file]

    def test_a_damaged_one_is_not_restored(self, backed_up, place):
        with (place / "to" / ACCOUNTS).open("r+b") as file:
            file.seek(5000)
            file.write(b"X")
        with pytest.raises(Trouble, match="not as it was when the backup was made"):
            self.restored(place)
        assert not (place / "new").exists()

    def test_one_that_was_taken_out_is_missed(self, backed_up, place):
        (place / "to" / ACCOUNTS).unlink()
        with pytest.raises(Trouble, match="the file of the accounts is missing"):
            self.restored(place)
        assert not (place / "new").exists()

    def test_one_that_is_lost_is_not_backed_up_as_if_nothing_were(self, store, front, place):
        front.book.close()
        (store.path / ACCOUNTS).unlink()
        with pytest.raises(Trouble, match="the file of the accounts is missing"):
            backup.back_up(store, place / "to", place / "keys")
        assert not (place / "to").exists()
        assert ACCOUNTS not in names(store.path)

    def test_a_store_without_accounts_is_backed_up_without(self, store, place):
        backup.back_up(store, place / "to", place / "keys")
        assert ACCOUNTS not in names(place / "to")
        with closing(self.restored(place)) as new:
            assert ACCOUNTS not in names(new.path)
            open_accounts(new).close()

    def test_with_keys_from_before_the_accounts_a_reset_helps(self, store, opened, place):
        backup.back_up(store, place / "before", place / "old-keys")
        front = FrontDoor(opened()).ready("officer")
        backup.back_up(store, place / "to", place / "keys")
        with closing(self.restored(place, "old-keys")) as new, closing(open_accounts(new)) as book:
            after = FrontDoor(book)
            after.now = front.now
            token = after.given("officer")
            with pytest.raises(Trouble):
                after.door.code(token, "123456")
            one_time = after.door.reset(after.account("officer").id, by="admin", second_factor=True)
            token = after.door.choose_password(after.given("officer", one_time.password), ANOTHER)
            assert after.session(after.enrolled("officer", token)).is_complete


class TestTheParts:
    def test_argon2id_hashes_with_salt(self):
        quick = Argon2id(1, 8, 1)
        one, two = quick.hash(PASSWORD), quick.hash(PASSWORD)
        assert one != two
        assert one.startswith("$argon2id$v=19$m=8,t=1,p=1$")
        assert quick.is_right(one, PASSWORD)
        assert not quick.is_right(one, ANOTHER)
        assert not quick.is_right("no hash", PASSWORD)

    def test_other_parameters_are_noticed(self):
        one = Argon2id(1, 8, 1).hash(PASSWORD)
        assert not Argon2id(1, 8, 1).is_outdated(one)
        assert Argon2id(1, 16, 1).is_outdated(one)
        assert Argon2id(2, 8, 1).is_right(one, PASSWORD)

    def test_it_is_slow_and_greedy_unless_told_otherwise(self):
        assert Argon2id().hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")

    def test_codes_are_those_of_the_standard(self):
        """RFC 6238, appendix B: the last six digits of its codes for SHA-1."""
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
            now = BEGAN.fromtimestamp(seconds, BEGAN.tzinfo)
            assert TelephoneCodes("Test").step(secret, code, now) == seconds // 30

    def test_of_a_token_only_its_hash_is_kept(self, store, front):
        token = front.signed_in("officer")
        kept = rows(store.path / ACCOUNTS, "SELECT token FROM sessions")
        assert (fingerprint(token),) in kept
