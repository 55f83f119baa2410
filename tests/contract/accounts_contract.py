"""What the application may rely on of whatever keeps accounts, sessions, keys, tallies and logs.

The fixture ``book`` gives an empty :class:`AccountBook`.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from threading import Barrier

import pytest

from cspr_workflow.application.accounts import (
    EXPORT,
    READ,
    SEARCH,
    Account,
    AccountBook,
    ApiKey,
    Identity,
    Noted,
    Password,
    Session,
    Stage,
    Taken,
)
from cspr_workflow.application.throttling import WITHIN, Tally

NOW = datetime(2026, 11, 30, 9, 30, 15, 123456, tzinfo=UTC)
ONE = Account("a1", "An.Officer@scsp.example", "officer")
OTHER = Account("a2", "trust", "trust", date(2027, 3, 31))
HASH = Password("a hash")
ONE_TIME = Password("another hash", NOW + timedelta(days=3))
IDENTITY = Identity("https://issuer.example", "subject 1")
SESSION = Session("a token", "a1", "officer", NOW, NOW, Stage.PASSWORD_GIVEN, address="192.0.2.1")
KEY = ApiKey("k1", "a1", "the dashboard", NOW, date(2027, 11, 30))


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def at_once(what, times: int = 8) -> list[object]:
    """What comes of it where several threads do the same at the same moment."""
    together = Barrier(times)

    def one(_: int) -> object:
        together.wait()
        return what()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(one, range(times)))


class AccountsContract:
    """The accounts, and what proves who somebody is."""

    @pytest.fixture
    def accounts(self, book: AccountBook):
        book.accounts.open(ONE, HASH)
        return book.accounts

    def test_there_are_none_to_begin_with(self, book):
        assert list(book.accounts.all()) == []
        assert book.accounts.account("a1") is None
        assert book.accounts.by_sign_in("officer") is None
        assert book.accounts.by_person("officer") is None

    def test_an_account_is_found_by_id_name_and_person(self, accounts):
        accounts.open(OTHER, HASH)
        assert list(accounts.all()) == [ONE, OTHER]
        assert accounts.account("a2") == accounts.by_person("trust") == OTHER
        for written in (
            "An.Officer@scsp.example",
            " AN.OFFICER@SCSP.EXAMPLE ",
            "ａn.officer@scsp.example",
        ):
            assert accounts.by_sign_in(written) == ONE
        assert accounts.by_sign_in("an.officer") is None

    @pytest.mark.parametrize(
        ("account", "what"),
        [
            (Account("a3", "another", "officer"), "person"),
            (Account("a3", "AN.officer@scsp.example", "manager"), "sign_in"),
        ],
    )
    def test_one_person_and_one_name_have_one_account(self, accounts, account, what):
        with pytest.raises(Taken) as taken:
            accounts.open(account, HASH)
        assert taken.value.what == what
        assert list(accounts.all()) == [ONE]

    def test_of_two_at_once_one_gets_the_account(self, book):
        numbers = count()

        def open_one() -> bool:
            try:
                book.accounts.open(replace(ONE, id=f"id {next(numbers)}"), HASH)
            except Taken:
                return False
            return True

        assert sum(map(bool, at_once(open_one))) == 1
        assert len(book.accounts.all()) == 1

    def test_a_closed_account_is_kept_and_frees_name_person_and_identity(self, accounts):
        accounts.link("a1", IDENTITY)
        accounts.close("a1")
        closed = replace(ONE, closed=True, generation=1)
        assert (accounts.by_sign_in(ONE.sign_in), accounts.by_person("officer")) == (None, None)
        assert accounts.by_identity(IDENTITY) is None
        anew = replace(ONE, id="a9")
        accounts.open(anew, HASH)
        accounts.link("a9", IDENTITY)
        assert list(accounts.all()) == [closed, anew]
        assert accounts.account("a1") == closed
        assert accounts.by_sign_in(ONE.sign_in) == anew

    def test_the_last_day_is_changed_and_taken_away(self, accounts):
        accounts.set_end("a1", date(2027, 1, 31))
        assert accounts.account("a1") == replace(ONE, ends_on=date(2027, 1, 31))
        accounts.set_end("a1", None)
        assert accounts.account("a1") == ONE

    def test_a_new_password_begins_the_next_generation(self, accounts):
        assert accounts.set_password("a1", ONE_TIME)
        assert accounts.password("a1") == ONE_TIME
        assert accounts.account("a1") == replace(ONE, must_choose=True, generation=1)
        assert accounts.set_password("a1", HASH, 1)
        assert accounts.password("a1") == HASH
        assert accounts.account("a1") == replace(ONE, generation=2)

    def test_a_password_for_a_generation_that_is_over_is_not_kept(self, accounts):
        accounts.begin_anew("a1")
        assert not accounts.set_password("a1", ONE_TIME, 0)
        assert accounts.password("a1") == HASH
        assert accounts.account("a1") == replace(ONE, generation=1)

    def test_of_two_new_passwords_at_once_one_is_kept(self, accounts):
        assert sum(map(bool, at_once(lambda: accounts.set_password("a1", ONE_TIME, 0)))) == 1

    def test_a_one_time_password_of_a_new_account_has_to_be_replaced(self, book):
        book.accounts.open(ONE, ONE_TIME)
        assert book.accounts.account("a1").must_choose

    def test_another_hash_of_the_same_password(self, accounts):
        accounts.rehash("a1", "a hash", "a slower hash")
        accounts.rehash("a1", "a hash", "too late")
        assert accounts.password("a1") == Password("a slower hash")
        assert accounts.account("a1") == ONE

    # --- The second factor

    def test_a_second_factor_is_kept_and_dropped(self, accounts):
        assert accounts.secret("a1") is None
        assert accounts.enrol("a1", "SECRET", 7, ["r1", "r2"], 0)
        assert accounts.secret("a1") == "SECRET"
        assert accounts.account("a1") == replace(ONE, second_factor=True, generation=1)
        assert accounts.recovery_left("a1") == 2
        accounts.drop_second_factor("a1")
        assert (accounts.secret("a1"), accounts.recovery_left("a1")) == (None, 0)
        assert not accounts.account("a1").second_factor

    def test_another_second_factor_takes_the_place_of_the_first(self, accounts):
        accounts.enrol("a1", "SECRET", 7, ["r1", "r2"], 0)
        assert not accounts.enrol("a1", "OTHER", 9, ["r3"], 0)
        assert (accounts.secret("a1"), accounts.recovery_left("a1")) == ("SECRET", 2)
        assert accounts.enrol("a1", "OTHER", 9, ["r3"], 1)
        assert accounts.secret("a1") == "OTHER"
        assert not accounts.use_recovery("a1", "r1")
        assert not accounts.use_step("a1", 9)

    def test_a_time_step_is_taken_once_and_none_before_it(self, accounts):
        accounts.enrol("a1", "SECRET", 7, [], 0)
        assert [accounts.use_step("a1", step) for step in (7, 6, 9, 9, 8, 10)] == [
            False, False, True, False, False, True,
        ]  # fmt: skip

    def test_of_many_who_take_a_step_at_once_one_wins(self, accounts):
        accounts.enrol("a1", "SECRET", 7, [], 0)
        assert sum(map(bool, at_once(lambda: accounts.use_step("a1", 8)))) == 1

    def test_a_recovery_code_is_taken_once_and_only_for_its_account(self, accounts):
        accounts.open(OTHER, HASH)
        accounts.enrol("a1", "SECRET", 7, ["r1", "r2"], 0)
        assert not accounts.use_recovery("a2", "r1")
        assert sum(map(bool, at_once(lambda: accounts.use_recovery("a1", "r1")))) == 1
        assert accounts.recovery_left("a1") == 1

    # --- Accounts of other organisations

    def test_an_identity_is_linked_to_one_account(self, accounts):
        accounts.open(OTHER, HASH)
        accounts.link("a1", IDENTITY)
        accounts.link("a1", Identity("https://another.example", "subject 1"))
        with pytest.raises(Taken) as taken:
            accounts.link("a2", IDENTITY)
        assert taken.value.what == "identity"
        assert accounts.by_identity(IDENTITY) == ONE
        assert accounts.by_identity(Identity(IDENTITY.issuer, "subject 2")) is None
        assert list(accounts.identities("a1")) == [
            Identity("https://another.example", "subject 1"),
            IDENTITY,
        ]
        assert list(accounts.identities("a2")) == []

    def test_a_link_is_undone(self, accounts):
        accounts.link("a1", IDENTITY)
        assert accounts.unlink(IDENTITY)
        assert not accounts.unlink(IDENTITY)
        assert accounts.by_identity(IDENTITY) is None


class SessionsContract:
    """The sessions, found by their token alone."""

    def test_a_session_is_found_by_its_token(self, book):
        book.sessions.begin(SESSION)
        assert book.sessions.find("a token") == SESSION
        assert book.sessions.find("another token") is None

    @pytest.mark.parametrize("minutes", [0, 1, 90.5])
    def test_somebody_was_here(self, book, minutes):
        book.sessions.begin(SESSION)
        book.sessions.touch("a token", later(minutes))
        assert book.sessions.find("a token") == replace(SESSION, seen=later(minutes))

    def test_a_session_goes_on_under_another_token(self, book):
        book.sessions.begin(SESSION)
        renewed = replace(SESSION, token="new", stage=Stage.COMPLETE, generation=3, enrolling="S")
        assert book.sessions.renew("a token", renewed)
        assert book.sessions.find("a token") is None
        assert book.sessions.find("new") == renewed

    def test_a_session_that_is_gone_does_not_go_on(self, book):
        assert not book.sessions.renew("a token", replace(SESSION, token="new"))
        assert book.sessions.find("new") is None

    def test_of_many_who_renew_it_at_once_one_wins(self, book):
        book.sessions.begin(SESSION)
        numbers = count()
        done = at_once(
            lambda: book.sessions.renew("a token", replace(SESSION, token=f"token {next(numbers)}"))
        )
        assert sum(map(bool, done)) == 1

    def test_a_secret_waits_in_it_for_its_confirmation(self, book):
        book.sessions.begin(SESSION)
        book.sessions.enrolling("a token", "SECRET")
        assert book.sessions.find("a token") == replace(SESSION, enrolling="SECRET")

    def test_sessions_end(self, book):
        others = [replace(SESSION, token="two"), replace(SESSION, token="three", account="a2")]
        for session in (SESSION, *others):
            book.sessions.begin(session)
        book.sessions.end("a token")
        book.sessions.end("nobody's")
        assert book.sessions.find("a token") is None
        assert book.sessions.find("two") == others[0]
        book.sessions.end_all("a1")
        assert book.sessions.find("two") is None
        assert book.sessions.find("three") == others[1]
        book.sessions.end_all()
        assert book.sessions.find("three") is None

    def test_old_sessions_are_forgotten(self, book):
        older = replace(SESSION, token="old", begun=later(-1))
        book.sessions.begin(SESSION)
        book.sessions.begin(older)
        book.sessions.forget(NOW)
        assert book.sessions.find("old") is None
        assert book.sessions.find("a token") == SESSION


class ApiKeysContract:
    """The keys of programs."""

    def test_a_key_is_found_by_its_token_and_by_its_id(self, book):
        other = replace(KEY, id="k2", name="another")
        book.keys.add(KEY, "token 1")
        book.keys.add(other, "token 2")
        assert book.keys.find("token 1") == book.keys.key("k1") == KEY
        assert list(book.keys.of("a1")) == [KEY, other]
        assert (book.keys.find("k1"), book.keys.key("token 1"), list(book.keys.of("a2"))) == (
            None, None, [],
        )  # fmt: skip

    def test_a_key_is_taken_away(self, book):
        book.keys.add(KEY, "token 1")
        book.keys.revoke("k9")
        assert book.keys.find("token 1") == KEY
        book.keys.revoke("k1")
        assert (book.keys.find("token 1"), list(book.keys.of("a1"))) == (None, [])


class TalliesContract:
    """The tallies of failed attempts."""

    def tally(self, book, key: str = "name", at: datetime = NOW) -> Tally:
        seen: list[Tally] = []

        def look(tally: Tally) -> Tally:
            seen.append(tally)
            return tally

        book.tallies.change(key, at, look)
        return seen[0]

    def test_a_changed_tally_is_kept_beside_others(self, book):
        changed = Tally((later(-1), NOW), later(2), 2)
        assert self.tally(book) == Tally()
        book.tallies.change("name", NOW, lambda _: changed)
        assert self.tally(book) == changed
        assert self.tally(book, "another") == Tally()

    def test_what_fails_leaves_it_as_it_was(self, book):
        book.tallies.change("name", NOW, lambda _: Tally((NOW,)))

        def fail(_: Tally) -> Tally:
            raise LookupError

        with pytest.raises(LookupError):
            book.tallies.change("name", NOW, fail)
        assert self.tally(book) == Tally((NOW,))

    def test_a_tally_is_cleared(self, book):
        book.tallies.change("name", NOW, lambda _: Tally((NOW,)))
        book.tallies.clear("name")
        book.tallies.clear("another")
        assert self.tally(book) == Tally()

    def test_a_tally_is_forgotten_when_it_means_nothing_any_more(self, book):
        book.tallies.change("name", NOW, lambda _: Tally((NOW,)))
        last = NOW + WITHIN - timedelta(microseconds=1)
        assert self.tally(book, at=last) == Tally((NOW,))
        assert self.tally(book, at=NOW + WITHIN) == Tally()

    def test_no_attempt_at_the_same_time_is_lost(self, book):
        def attempt() -> None:
            book.tallies.change("name", NOW, lambda tally: Tally((*tally.attempts, NOW)))

        at_once(attempt)
        assert len(self.tally(book).attempts) == 8


class LogsContract:
    """The two logs, to which lines are only ever appended."""

    def test_what_was_done_to_accounts_the_newest_first(self, book):
        assert list(book.log.lines()) == []
        lines = [
            Noted(NOW, "account opened", "a1", "manager"),
            Noted(later(1), "sign-in failed", "unknown", "unknown", "2001:db8::1"),
            Noted(later(2), "signed in", "a1", "officer", "192.0.2.1"),
        ]
        for line in lines:
            book.log.note(line)
        numbered = [replace(line, number=number) for number, line in enumerate(lines, 1)]
        assert list(book.log.lines()) == numbered[::-1]
        assert list(book.log.lines("a1")) == [numbered[2], numbered[0]]
        assert list(book.log.lines(limit=1)) == [numbered[2]]
        assert list(book.log.lines(before=3, limit=1)) == [numbered[1]]
        assert list(book.log.lines("nobody")) == []

    def note(self, book, minutes: float, what: str = READ, **other: str) -> bool:
        given = {"person": "audit", "about": "INC-1", "how": "page", **other}
        return book.readings.note(
            later(minutes), given["person"], what, given["about"], given["how"]
        )

    def test_reading_a_case_is_noted_once_an_hour(self, book):
        noted = [self.note(book, minutes) for minutes in (0, 1, 59.99, 60, 119, 121)]
        assert noted == [True, False, False, True, False, True]
        assert [one.moment for one in book.readings.lines()] == [later(121), later(60), NOW]

    def test_another_person_or_case_is_noted_beside_it(self, book):
        assert self.note(book, 0)
        assert self.note(book, 1, person="trust")
        assert self.note(book, 1, about="ESC-1")
        assert not self.note(book, 2, how="api")

    @pytest.mark.parametrize("what", [EXPORT, SEARCH])
    def test_every_export_and_every_search_is_noted(self, book, what):
        assert all(self.note(book, minutes, what) for minutes in (0, 0, 1))
        assert self.note(book, 1, READ)
        assert [one.what for one in book.readings.lines()] == [READ, what, what, what]

    def test_what_is_no_kind_of_reading_is_refused(self, book):
        with pytest.raises(ValueError, match="glanced"):
            self.note(book, 0, "glanced")
        assert list(book.readings.lines()) == []

    def test_of_many_readings_at_once_one_is_noted(self, book):
        assert sum(map(bool, at_once(lambda: self.note(book, 0)))) == 1

    def test_lines_are_read_back_by_person_case_time_and_page(self, book):
        for minutes, person, about in [
            (0, "audit", "INC-1"),
            (10, "trust", "ESC-1"),
            (20, "audit", "ESC-1"),
            (30, "audit", "INC-2"),
        ]:
            self.note(book, minutes, person=person, about=about)

        def numbers(**wanted: object) -> list[int]:
            return [one.number for one in book.readings.lines(**wanted)]

        assert numbers() == [4, 3, 2, 1]
        assert numbers(person="audit") == [4, 3, 1]
        assert numbers(about="ESC-1") == [3, 2]
        assert numbers(person="audit", about="ESC-1") == [3]
        assert numbers(since=later(10), until=later(30)) == [3, 2]
        assert numbers(limit=2) == [4, 3]
        assert numbers(before=3, limit=2) == [2, 1]
        (first,) = book.readings.lines(before=2)
        assert (first.moment, first.person, first.what, first.about, first.how) == (
            NOW, "audit", READ, "INC-1", "page",
        )  # fmt: skip


class AccountBookContract(
    AccountsContract, SessionsContract, ApiKeysContract, TalliesContract, LogsContract
):
    """Everything about accounts."""
