"""``cspr accounts``: what each command does, refuses and answers a program."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from cspr_workflow.application.accounts import EXPORT, READ, Password
from cspr_workflow.interfaces import signing
from cspr_workflow.interfaces.accounts_commands import accounts_app
from cspr_workflow.interfaces.cli import app
from cspr_workflow.interfaces.signing import signing_in
from cspr_workflow.store.accounts import StoredAccountBook
from cspr_workflow.store.folder import ACCOUNTS, open_accounts
from cspr_workflow.store.password_hash import Argon2id
from tests.interfaces.house import House, opened
from tests.store.store_world import rows
from tests.support import utc

OPEN = ("accounts", "open", "officer", "--sign-in", "A.Officer@scsp.example", "--as", "manager")
AUDITOR = (
    "people",
    "add",
    "audit",
    "--name",
    "C. Auditor",
    "--role",
    "auditor",
    "--agency",
    "scsp",
)


@pytest.fixture
def unit(lasting: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A lasting store on 26 November 2026, 10:00; passwords are hashed quickly."""
    lasting.app.add_typer(accounts_app, name="accounts")
    monkeypatch.setattr(signing, "Argon2id", lambda: Argon2id(1, 8, 1))
    lasting.told(*AUDITOR, "--as", "manager")
    lasting.told("accounts", "list")
    return lasting


@contextmanager
def accounts(house: House) -> Iterator[StoredAccountBook]:
    with closing(opened(house)) as desk, closing(open_accounts(desk.store)) as book:
        yield book


def stops(house: House, status: int, *arguments: str) -> str:
    """What is said by a command that changes no account and notes nothing."""

    def kept() -> list[Any]:
        path = house.store / ACCOUNTS
        return [rows(path, f"SELECT * FROM {table}") for table in ("accounts", "account_log")]

    before = kept()
    said = house.stops(status, *arguments)
    assert kept() == before
    return said


def given_in(house: House, person: str, password: str) -> str:
    """Somebody signs in on the pages of the store."""
    with closing(opened(house)) as desk, closing(open_accounts(desk.store)) as book:
        return signing_in(desk, book).password(person, password, "192.0.2.1")


class TestOpening:
    def test_the_one_time_password_is_told_once_and_lets_somebody_in(self, unit: House) -> None:
        told = unit.told(*OPEN)
        assert told.startswith(
            "A. Officer (officer) has an account now and signs in as A.Officer@scsp.example. "
            "The password for one time, valid until Sun 29 Nov 2026 10:00: "
        )
        password = told.partition("10:00: ")[2].split()[0]
        assert told.endswith("It is shown this once. Hand it over in person or by telephone.")
        assert given_in(unit, "a.officer@scsp.example", password)
        for command in ("list", "log"):
            assert password not in unit.told("accounts", command)

    def test_a_program_is_answered(self, unit: House) -> None:
        answer = unit.answered(*OPEN)
        assert answer["account"].pop("id")
        assert given_in(unit, "a.officer@scsp.example", answer.pop("one_time_password"))
        assert answer == {
            "rehearsal": False,
            "account": {
                "person": "officer",
                "name": "A. Officer",
                "sign_in": "A.Officer@scsp.example",
                "ends_on": None,
                "stands": "has not chosen a password yet",
                "second_factor": False,
            },
            "valid_until": "2026-11-29T10:00:00+00:00",
        }

    def test_an_auditors_has_a_last_day(self, unit: House) -> None:
        command = ("accounts", "open", "audit", "--sign-in", "auditor", "--as", "manager")
        said = stops(unit, 3, *command)
        assert said.startswith("--ends-on: an auditor's access has a last day")
        said = stops(unit, 3, *command, "--ends-on", "2026-11-25")
        assert said.startswith("--ends-on: Wed 25 Nov 2026 is before today")
        said = stops(unit, 2, *command, "--ends-on", "soon")
        assert said.startswith("--ends-on: 'soon' is not a d")
        unit.told(*command, "--ends-on", "2026-12-31")
        assert "Thu 31 Dec 2026" in unit.told("accounts", "list")

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (("officer", "--sign-in", "x"), "--sign-in: a sign-in name has 3 to 100 characters"),
            (("nobody", "--sign-in", "somebody"), "PERSON: nobody by the id nobody takes part"),
            (("manager", "--sign-in", "a.OFFICER@scsp.example"), "--sign-in: somebody signs in as"),
            (("officer", "--sign-in", "another"), "PERSON: officer has an account already"),
        ],
    )
    def test_what_is_refused_opens_nothing(
        self, unit: House, change: tuple[str, ...], says: str
    ) -> None:
        unit.told(*OPEN)
        assert stops(unit, 3, "accounts", "open", *change, "--as", "manager").startswith(says)

    @pytest.mark.parametrize("by", ["officer", "audit", "nobody"])
    def test_only_those_who_keep_accounts_do(self, unit: House, by: str) -> None:
        said = stops(unit, 3, *OPEN[:-1], by)
        assert said.startswith(f"--as: {by} may not keep accounts: only administrator or Business")

    def test_a_refusal_answers_a_program(self, unit: House) -> None:
        result = unit.run(*OPEN[:-1], "audit", "--json")
        assert result.exit_code == 3
        assert json.loads(result.stdout)["error"] == "not_permitted"

    def test_an_administrator_does(self, unit: House) -> None:
        unit.told(
            "people", "add", "admin", "--name", "D. Admin", "--role", "administrator",
            "--agency", "scsp", "--as", "manager",
        )  # fmt: skip
        unit.told(*OPEN[:-1], "admin")
        assert unit.answered("accounts", "log")["log"][0]["by"] == "admin"


class TestChanging:
    def test_a_reset_gives_another_password(self, unit: House) -> None:
        first = unit.answered(*OPEN)["one_time_password"]
        told = unit.told("accounts", "reset", "officer", "--as", "manager")
        assert told.startswith("A. Officer (officer) has a new password and signs in as A.Officer@")
        second = told.partition("10:00: ")[2].split()[0]
        assert second != first
        assert given_in(unit, "a.officer@scsp.example", second)
        unit.told("accounts", "reset", "officer", "--second-factor", "--as", "manager")
        whats = [line["what"] for line in unit.answered("accounts", "log")["log"]]
        assert whats == ["password and second factor reset", "password reset", "account opened"]

    def test_an_account_is_closed(self, unit: House) -> None:
        unit.told(*OPEN)
        told = unit.told("accounts", "close", "officer", "--as", "manager")
        assert told == "A. Officer (officer): The account is closed."
        (listed,) = unit.answered("accounts", "list")["accounts"]
        assert listed["stands"] == "closed"
        said = stops(unit, 2, "accounts", "close", "officer", "--as", "manager")
        assert said == "PERSON: officer has no account; cspr accounts list names them all."

    def test_the_last_day_is_changed(self, unit: House) -> None:
        unit.told(*OPEN)
        told = unit.told("accounts", "end", "officer", "2026-12-31", "--as", "manager")
        assert told == "A. Officer (officer): The last day is Thu 31 Dec 2026."
        answer = unit.answered("accounts", "end", "officer", "--as", "manager")
        assert answer["account"]["ends_on"] is None
        said = stops(unit, 3, "accounts", "end", "officer", "2026-01-01", "--as", "manager")
        assert said.startswith("DAY: Thu 1 Jan 2026 is before today")
        said = stops(unit, 2, "accounts", "end", "officer", "soon", "--as", "manager")
        assert said.startswith("DAY: 'soon' is not a d")

    def test_somebody_is_signed_out_everywhere(self, unit: House) -> None:
        password = unit.answered(*OPEN)["one_time_password"]
        token = given_in(unit, "a.officer@scsp.example", password)
        with accounts(unit) as book:
            assert book.sessions.find(token)
        told = unit.told("accounts", "sign-out-everywhere", "officer", "--as", "manager")
        assert told == "A. Officer (officer): Signed out everywhere."
        with accounts(unit) as book:
            assert book.sessions.find(token) is None

    @pytest.mark.parametrize("command", ["reset", "close", "end", "sign-out-everywhere"])
    def test_nobody_else_changes_anything(self, unit: House, command: str) -> None:
        unit.told(*OPEN)
        assert "may not keep accounts" in stops(
            unit, 3, "accounts", command, "officer", "--as", "audit"
        )
        said = stops(unit, 2, "accounts", command, "nobody", "--as", "manager")
        assert said.startswith("PERSON: nobody has no account")


class TestList:
    def test_nobody_yet(self, unit: House) -> None:
        assert unit.told("accounts", "list").startswith(
            "Nobody has an account yet: cspr accounts open"
        )
        assert unit.answered("accounts", "list") == {"rehearsal": False, "accounts": []}

    def test_how_each_stands(self, unit: House) -> None:
        unit.told(*OPEN)
        unit.told(
            "accounts", "open", "audit", "--sign-in", "auditor", "--ends-on", "2026-12-31",
            "--as", "manager",
        )  # fmt: skip
        with accounts(unit) as book:
            officer = book.accounts.by_person("officer")
            assert officer is not None
            book.accounts.set_password(officer.id, Password("a hash"))
        assert self.stand(unit) == ["has no second factor yet", "has not chosen a password yet"]
        with accounts(unit) as book:
            book.accounts.enrol(officer.id, "SECRET", 1, [], 1)
        unit.now = utc("2027-01-01T00:00")
        assert self.stand(unit) == ["in use", "access has ended"]
        unit.told("people", "remove", "officer", "--as", "manager")
        assert self.stand(unit)[0] == "has left the partnership"
        with accounts(unit) as book:
            auditor = book.accounts.by_person("audit")
            assert auditor is not None
            book.accounts.set_end(auditor.id, None)
        assert self.stand(unit)[1].startswith("no access: an auditor's")

    def stand(self, unit: House) -> list[str]:
        return [one["stands"] for one in unit.answered("accounts", "list")["accounts"]]


class TestLogs:
    def test_who_did_what_the_newest_first(self, unit: House) -> None:
        unit.told(*OPEN)
        unit.now = utc("2026-11-26T11:00")
        unit.told("accounts", "end", "officer", "2026-12-31", "--as", "manager")
        first, second = unit.answered("accounts", "log")["log"]
        account = first.pop("account")
        assert first == {
            "number": 2,
            "moment": "2026-11-26T11:00:00+00:00",
            "person": "officer",
            "what": "last day changed to 2026-12-31",
            "by": "manager",
            "address": "",
        }
        assert (second["what"], second["account"]) == ("account opened", account)
        told = unit.told("accounts", "log", "--person", "officer", "--limit", "1")
        assert "Thu 26 Nov 2026 11:00 officer last day changed to 2026-12-31 manager" in told
        assert "account opened" not in told
        (line,) = unit.answered("accounts", "log", "--before", "2")["log"]
        assert line["number"] == 1

    def test_somebody_without_an_account_has_no_lines(self, unit: House) -> None:
        said = stops(unit, 2, "accounts", "log", "--person", "officer")
        assert said == "--person: officer never had an account."

    def test_the_lines_of_an_account_that_was_closed_are_still_theirs(self, unit: House) -> None:
        unit.told(*OPEN)
        unit.told("accounts", "close", "officer", "--as", "manager")
        unit.told("accounts", "open", "manager", "--sign-in", "manager", "--as", "manager")
        unit.told(*OPEN)
        whats = [
            (line["number"], line["what"])
            for line in unit.answered("accounts", "log", "--person", "officer")["log"]
        ]
        assert whats == [(4, "account opened"), (2, "account closed"), (1, "account opened")]

    def test_an_empty_log_says_so(self, unit: House) -> None:
        for command in ("log", "readings"):
            assert unit.told("accounts", command) == "There are no such lines."

    def test_who_read_what(self, unit: House) -> None:
        with accounts(unit) as book:
            book.readings.note(utc("2026-11-26T09:00"), "audit", READ, "INC-1", "page")
            book.readings.note(utc("2026-11-27T00:00"), "audit", EXPORT, "actions", "csv")
            book.readings.note(utc("2026-11-27T23:59"), "officer", EXPORT, "actions", "csv")
        lines = unit.answered("accounts", "readings")["readings"]
        assert [line["number"] for line in lines] == [3, 2, 1]
        assert lines[2] == {
            "number": 1,
            "moment": "2026-11-26T09:00:00+00:00",
            "person": "audit",
            "what": "read",
            "about": "INC-1",
            "how": "page",
        }
        told = unit.told("accounts", "readings", "--about", "INC-1")
        assert told.endswith("1 Thu 26 Nov 2026 09:00 C. Auditor (audit) read INC-1 page")
        for options, numbers in [
            (("--from", "2026-11-27"), [3, 2]),
            (("--to", "2026-11-26"), [1]),
            (("--from", "2026-11-27", "--to", "2026-11-27", "--person", "audit"), [2]),
            (("--before", "3", "--limit", "1"), [2]),
            (("--about", "nothing"), []),
        ]:
            found = unit.answered("accounts", "readings", *options)["readings"]
            assert [line["number"] for line in found] == numbers

    @pytest.mark.parametrize("option", ["--from", "--to"])
    def test_a_day_that_is_none(self, unit: House, option: str) -> None:
        said = stops(unit, 2, "accounts", "readings", option, "soon")
        assert said.startswith(f"{option}: 'soon' is not a d")


class TestARehearsal:
    def test_the_clock_is_the_real_one(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rehearsal.app.add_typer(accounts_app, name="accounts")
        rehearsal.now = utc("2031-05-01T08:00")
        answer = rehearsal.answered(*OPEN)
        assert (answer["rehearsal"], answer["valid_until"]) == (True, "2031-05-04T09:00:00+01:00")

    def test_it_can_do_without_the_second_factor(self, rehearsal: House) -> None:
        with closing(opened(rehearsal)) as desk, closing(open_accounts(desk.store)) as book:
            assert signing_in(desk, book, second_factor=False).rules.second_factor is False
            assert signing_in(desk, book).rules.second_factor is True

    def test_a_store_of_real_cases_cannot(self, unit: House) -> None:
        desk = opened(unit)
        with closing(desk), closing(open_accounts(desk.store)) as book:
            assert signing_in(desk, book).rules.second_factor
            with pytest.raises(ValueError, match="only a rehearsal"):
                signing_in(desk, book, second_factor=False)


def test_it_is_a_command_of_the_program() -> None:
    assert "accounts" in {group.name for group in app.registered_groups}
