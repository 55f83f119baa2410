"""The commands about accounts: who may sign in, and who has read what.

Whoever may run them holds the store's files; so the first account of a new partnership is made here.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cspr_workflow.application.account_keeping import OneTimePassword
from cspr_workflow.application.accounts import Account, Noted, Reading
from cspr_workflow.application.signing_in import SigningIn
from cspr_workflow.interfaces.account_words import stands
from cspr_workflow.interfaces.asking import Asking, asking, read_day
from cspr_workflow.interfaces.commands import AsJson, Failed
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.keeping_acts import ByOption, refusals_told
from cspr_workflow.interfaces.sentences import day as day_in_words
from cspr_workflow.interfaces.signing import signing_in
from cspr_workflow.interfaces.terminal import grid, row, safe
from cspr_workflow.store.stores import Place, open_accounts

accounts_app = typer.Typer(
    no_args_is_help=True, help="Who may sign in to the pages, and who has read what."
)
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="A person's id.")]
PersonOption = Annotated[
    str | None, typer.Option("--person", metavar="PERSON", help="Only this person's lines.")
]
LimitOption = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many lines.")]
BeforeOption = Annotated[
    int | None, typer.Option(metavar="NUMBER", help="Only lines before the one with this number.")
]
_CANNOT_BE_SHOWN_AGAIN = "It is shown this once. Hand it over in person or by telephone."


@dataclass(frozen=True, slots=True)
class _Keeping:
    """A store's accounts, and how the command is to answer."""

    asked: Asking
    signing_in: SigningIn
    as_json: bool

    def account(self, person: str) -> Account:
        """The account of a person; where there is none, the command ends."""
        found = self.signing_in.book.accounts.by_person(person)
        if found is None:
            raise Failed(f"PERSON: {person} has no account; cspr accounts list names them all.")
        return found

    def answer(self, plain: dict[str, Any], *sentences: str) -> None:
        """What was done, for a program or in sentences."""
        if self.as_json:
            self.asked.echo(plain)
            return
        out = self.asked.screen()
        for one in sentences:
            out.print(safe(one), soft_wrap=True)


@contextmanager
def _keeping(store: Place | None, *, as_json: bool, last_day: str = "DAY") -> Iterator[_Keeping]:
    places = {"person": "PERSON", "sign_in": "--sign-in", "ends_on": last_day, "by": "--as"}
    with (
        asking(store) as asked,
        closing(open_accounts(asked.desk.store)) as accounts,
        refusals_told(places, as_json=as_json),
    ):
        yield _Keeping(asked, signing_in(asked.desk, accounts), as_json)


# --- Who may sign in -------------------------------------------------------------------------


@accounts_app.command("list")
def list_accounts(store: StoreOption = None, as_json: AsJson = False) -> None:
    """Every account: the person, the sign-in name, its last day, and how it stands."""
    with _keeping(store, as_json=as_json) as keeping:
        asked, found = keeping.asked, keeping.signing_in.book.accounts.all()
        plain = [_plain(keeping, account) for account in found]
        if as_json:
            asked.echo({"accounts": plain})
            return
        out = asked.screen()
        if not found:
            out.print("Nobody has an account yet: cspr accounts open PERSON --sign-in NAME.")
            return
        table = grid("Person", "Name", "Signs in as", "Last day", "")
        for one, account in zip(plain, found, strict=True):
            ends_on = day_in_words(account.ends_on) if account.ends_on else ""
            row(table, one["person"], one["name"], one["sign_in"], ends_on, one["stands"])
        out.print(table)


@accounts_app.command("open")
def open_account(
    person: PersonArgument,
    sign_in: Annotated[
        str,
        typer.Option(metavar="NAME", help="The name to sign in with, such as an e-mail address."),
    ],
    by: ByOption,
    ends_on: Annotated[
        str | None,
        typer.Option(
            metavar="DAY", help="The last day of the access; an auditor's has to have one."
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody who takes part an account, with a password for the first time.

    Only an administrator or a business manager can.
    """
    last = read_day("--ends-on", ends_on)
    with _keeping(store, as_json=as_json, last_day="--ends-on") as keeping:
        one_time = keeping.signing_in.open_account(person, sign_in, last, by=by)
        _tell_password(keeping, one_time, "has an account now and signs in as")


@accounts_app.command("reset")
def reset(
    person: PersonArgument,
    by: ByOption,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Forget the telephone, too: it is lost or new.")
    ] = False,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody a new password for one time, and sign them out everywhere."""
    with _keeping(store, as_json=as_json) as keeping:
        account = keeping.account(person)
        one_time = keeping.signing_in.reset(account.id, by=by, second_factor=second_factor)
        _tell_password(keeping, one_time, "has a new password and signs in as")


@accounts_app.command("close")
def close(
    person: PersonArgument, by: ByOption, store: StoreOption = None, as_json: AsJson = False
) -> None:
    """Close somebody's account for good. Those who leave the partnership lose their access anyway."""
    with _keeping(store, as_json=as_json) as keeping:
        account = keeping.account(person)
        keeping.signing_in.close_account(account.id, by=by)
        _tell_changed(keeping, account, "The account is closed.")


@accounts_app.command("end")
def end(
    person: PersonArgument,
    by: ByOption,
    day: Annotated[
        str | None,
        typer.Argument(
            metavar="DAY", help="The last day of the access; without it, there is none."
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Say which is the last day of somebody's access, or that there is none."""
    last = read_day("DAY", day)
    with _keeping(store, as_json=as_json) as keeping:
        account = keeping.account(person)
        keeping.signing_in.change_end(account.id, last, by=by)
        told = f"The last day is {day_in_words(last)}." if last else "The access has no last day."
        _tell_changed(keeping, account, told)


@accounts_app.command("sign-out-everywhere")
def sign_out_everywhere(
    person: PersonArgument, by: ByOption, store: StoreOption = None, as_json: AsJson = False
) -> None:
    """End every session of somebody."""
    with _keeping(store, as_json=as_json) as keeping:
        account = keeping.account(person)
        keeping.signing_in.sign_out_everywhere(account.id, by=by)
        _tell_changed(keeping, account, "Signed out everywhere.")


def _tell_password(keeping: _Keeping, one_time: OneTimePassword, what: str) -> None:
    account, asked = one_time.account, keeping.asked
    plain = {
        "account": _plain(keeping, account),
        "one_time_password": one_time.password,
        "valid_until": asked.local(one_time.until),
    }
    until = asked.teller().moment(one_time.until)
    keeping.answer(
        plain,
        f"{asked.name(account.person)} ({account.person}) {what} {account.sign_in}.",
        f"The password for one time, valid until {until}:",
        f"    {one_time.password}",
        _CANNOT_BE_SHOWN_AGAIN,
    )


def _tell_changed(keeping: _Keeping, account: Account, told: str) -> None:
    now = keeping.signing_in.book.accounts.account(account.id)
    assert now is not None
    name = keeping.asked.name(account.person)
    keeping.answer({"account": _plain(keeping, now)}, f"{name} ({account.person}): {told}")


def _plain(keeping: _Keeping, account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "person": account.person,
        "name": keeping.asked.name(account.person),
        "sign_in": account.sign_in,
        "ends_on": account.ends_on.isoformat() if account.ends_on else None,
        "stands": stands(keeping.signing_in, account),
        "second_factor": account.second_factor,
    }


# --- What was done and read ------------------------------------------------------------------


@accounts_app.command("log")
def log(
    person: PersonOption = None,
    before: BeforeOption = None,
    limit: LimitOption = 100,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Who signed in, or tried to, and what was done to accounts; the newest first."""
    with _keeping(store, as_json=as_json) as keeping:
        accounts = {one.id: one for one in keeping.signing_in.book.accounts.all()}
        lines = _lines(keeping, accounts, person, before, limit)
        if as_json:
            keeping.asked.echo({"log": [_plain_noted(keeping, one, accounts) for one in lines]})
            return
        table = grid("Number", "When", "Whose account", "What", "Who", "From")
        for one in lines:
            plain = _plain_noted(keeping, one, accounts)
            when = keeping.asked.teller().moment(one.moment)
            row(table, one.number, when, plain["person"], one.what, one.by, one.address)
        _print(keeping, table, found=bool(lines))


def _lines(
    keeping: _Keeping,
    accounts: dict[str, Account],
    person: str | None,
    before: int | None,
    limit: int,
) -> Sequence[Noted]:
    book = keeping.signing_in.book
    if person is None:
        return book.log.lines(None, before, limit)
    theirs = [one.id for one in accounts.values() if one.person == person]
    if not theirs:
        raise Failed(f"--person: {person} never had an account.")
    lines = [line for id in theirs for line in book.log.lines(id, before, limit)]
    return sorted(lines, key=lambda line: -line.number)[:limit]


@accounts_app.command("readings")
def readings(
    person: PersonOption = None,
    about: Annotated[
        str | None, typer.Option(metavar="REFERENCE", help="Only this case or export.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day.")] = None,
    before: BeforeOption = None,
    limit: LimitOption = 100,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Who outside the business unit read a case, and who exported or searched what; the newest first."""
    first, last = read_day("--from", since), read_day("--to", until)
    with _keeping(store, as_json=as_json) as keeping:
        asked = keeping.asked
        lines = keeping.signing_in.book.readings.lines(
            person,
            about,
            asked.civil.midnight_opening(first) if first else None,
            asked.civil.midnight_ending(last) if last else None,
            before,
            limit,
        )
        if as_json:
            asked.echo({"readings": [_plain_reading(asked, one) for one in lines]})
            return
        table = grid("Number", "When", "Who", "What", "About", "How")
        for one in lines:
            who = f"{asked.name(one.person)} ({one.person})"
            when = asked.teller().moment(one.moment)
            row(table, one.number, when, who, one.what, one.about, one.how)
        _print(keeping, table, found=bool(lines))


def _print(keeping: _Keeping, table: Any, *, found: bool) -> None:
    keeping.asked.screen().print(table if found else "There are no such lines.")


def _plain_noted(keeping: _Keeping, one: Noted, accounts: dict[str, Account]) -> dict[str, Any]:
    account = accounts.get(one.account)
    return {
        "number": one.number,
        "moment": keeping.asked.local(one.moment),
        "account": one.account,
        "person": account.person if account else one.account,
        "what": one.what,
        "by": one.by,
        "address": one.address,
    }


def _plain_reading(asked: Asking, one: Reading) -> dict[str, Any]:
    return {
        "number": one.number,
        "moment": asked.local(one.moment),
        "person": one.person,
        "what": one.what,
        "about": one.about,
        "how": one.how,
    }
