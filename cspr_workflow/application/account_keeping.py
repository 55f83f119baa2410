"""Keeping accounts: who gets one, until when, and what is done when something is lost.

Whether somebody's access holds is asked anew at every request: an account is closed, its last day has
passed, or the person has left the partnership, and it holds no longer.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from cspr_workflow.application import passwords
from cspr_workflow.application.accounts import (
    Account,
    AccountBook,
    ApiKey,
    Identity,
    Noted,
    Password,
    Taken,
)
from cspr_workflow.application.passwords import CodeMaker, Hasher
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.people import Person, Role

KEEPERS = (Role.ADMINISTRATOR, Role.BUSINESS_MANAGER)
"""Who keeps the accounts."""
KEY_DAYS = 365
"""A program's key is valid for so many days at most after the day on which it is made."""
_LONGEST_KEY_NAME = 100


@dataclass(frozen=True, slots=True)
class SignInRules:
    """The rules of one store. Only a rehearsal can do without the second factor."""

    rehearsal: bool = False
    second_factor: bool = True
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    seen_every: timedelta = timedelta(minutes=1)
    one_time: timedelta = timedelta(days=3)

    def __post_init__(self) -> None:
        if not self.second_factor and not self.rehearsal:
            raise ValueError("only a rehearsal can do without the second factor")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What signing in needs to know about the world.

    ``people`` are those who take part at this moment; ``now`` is the real moment (UTC), in a rehearsal
    too; ``day`` is the civil day of a moment.
    """

    people: Callable[[], Mapping[str, Person]]
    now: Callable[[], datetime]
    day: Callable[[datetime], date]


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """A new password to be handed over, valid up to a moment; it is told once and kept nowhere."""

    account: Account
    password: str = field(repr=False)
    until: datetime


class AccountKeeping:
    """The accounts of one store as those see them who keep them. Every act is noted in their log."""

    def __init__(
        self,
        book: AccountBook,
        around: Surroundings,
        hasher: Hasher,
        codes: CodeMaker,
        rules: SignInRules,
    ) -> None:
        self.book, self.around, self.rules = book, around, rules
        self._hasher, self._codes = hasher, codes

    # --- What holds ----------------------------------------------------------------------------

    def holds(self, account: Account) -> bool:
        """Whether the account gives access at this moment."""
        person = self.around.people().get(account.person)
        if account.closed or person is None:
            return False
        if account.ends_on is None:
            return person.role is not Role.AUDITOR
        return self.around.day(self.around.now()) <= account.ends_on

    # --- Accounts ------------------------------------------------------------------------------

    def open_account(
        self, person: str, sign_in: str, ends_on: date | None, *, by: str
    ) -> OneTimePassword:
        """Give a person an account. Raises :class:`Refusal`, naming the field."""
        name = self.checked_opening(self._role(person), sign_in, ends_on, by=by)
        account = Account(uuid4().hex, name, person, ends_on, must_choose=True)
        one_time, password = self._one_time(account)
        try:
            self.book.accounts.open(account, password)
        except Taken as taken:
            raise _taken(taken, account) from taken
        self.note("account opened", account.id, by)
        return one_time

    def checked_opening(self, role: Role, sign_in: str, ends_on: date | None, *, by: str) -> str:
        """The sign-in name in its one form, where somebody in this role can be given such an account.

        It is for who takes part already and for who is about to. Raises :class:`Refusal`.
        """
        self._check_keeper(by)
        name = passwords.checked_sign_in(sign_in)
        self._check_end(role, ends_on)
        if self.book.accounts.by_sign_in(name) is not None:
            raise _taken_sign_in(name)
        return name

    def reset(self, account: str, *, by: str, second_factor: bool = False) -> OneTimePassword:
        """Give an account a one-time password, and end its sessions.

        ``second_factor`` forgets that as well, for somebody who has lost the telephone: whoever holds
        the one-time password can then sign in alone. Raises :class:`Refusal`.
        """
        self._check_keeper(by)
        found = self._open_one(account)
        one_time, password = self._one_time(found)
        self.book.accounts.set_password(account, password)
        if second_factor:
            self.book.accounts.drop_second_factor(account)
        self.book.sessions.end_all(account)
        what = "password and second factor reset" if second_factor else "password reset"
        self.note(what, account, by)
        return replace(one_time, account=self._open_one(account))

    def close_account(self, account: str, *, by: str) -> None:
        """Close an account for good; its sessions and keys end. Raises :class:`Refusal`."""
        self._check_keeper(by)
        self._open_one(account)
        self.book.accounts.close(account)
        self.book.sessions.end_all(account)
        self.note("account closed", account, by)

    def change_end(self, account: str, ends_on: date | None, *, by: str) -> None:
        """Change the last day of somebody's access. Raises :class:`Refusal`."""
        self._check_keeper(by)
        self._check_end(self._role(self._open_one(account).person), ends_on)
        self.book.accounts.set_end(account, ends_on)
        told = f"last day changed to {ends_on}" if ends_on else "last day taken away"
        self.note(told, account, by)

    def sign_out_everywhere(self, account: str, *, by: str) -> None:
        """End every session of an account: by those who keep accounts, or its own person."""
        if self._open_one(account).person != by:
            self._check_keeper(by)
        self.book.accounts.begin_anew(account)
        self.book.sessions.end_all(account)
        self.note("signed out everywhere", account, by)

    # --- Accounts of other organisations -------------------------------------------------------

    def account_by_identity(self, identity: Identity) -> Account | None:
        """The account that an identity is linked to, where it gives access."""
        return self._holding(self.book.accounts.by_identity(identity))

    def link(self, account: str, identity: Identity, *, by: str) -> None:
        """Link an account of another organisation. Raises :class:`Refusal`."""
        self._check_keeper(by)
        found = self._open_one(account)
        try:
            self.book.accounts.link(account, identity)
        except Taken as taken:
            raise _taken(taken, found) from taken
        self.note(f"linked to an account of {identity.issuer}", account, by)

    def unlink(self, account: str, identity: Identity, *, by: str) -> None:
        """Undo a link; nobody signs in with it any more. Raises :class:`Refusal`."""
        self._check_keeper(by)
        if identity not in self.book.accounts.identities(account):
            raise Refusal(Code.NOT_FOUND, "identity: this account is not linked to it.")
        self.book.accounts.unlink(identity)
        self.book.accounts.begin_anew(account)
        self.book.sessions.end_all(account)
        self.note(f"link to an account of {identity.issuer} undone", account, by)

    # --- Keys of programs ----------------------------------------------------------------------

    def make_key(self, account: str, name: str, ends_on: date, *, by: str) -> tuple[ApiKey, str]:
        """Give a program access in the place of a person: the key, and its token, which is told once.

        Only the person can: whoever holds the token reads what the person may read. Raises
        :class:`Refusal`.
        """
        found = self._open_one(account)
        if found.person != by:
            raise Refusal(Code.NOT_PERMITTED, f"by: only {found.person} can make a key.")
        name, today = name.strip(), self.around.day(self.around.now())
        if not name or not name.isprintable() or len(name) > _LONGEST_KEY_NAME:
            raise Refusal(
                Code.INVALID,
                f"name: say in up to {_LONGEST_KEY_NAME} characters which program this is.",
            )
        last = today + timedelta(days=KEY_DAYS)
        if not today <= ends_on <= last:
            raise Refusal(Code.INVALID, f"ends_on: a key ends between {today} and {last}.")
        key = ApiKey(uuid4().hex, account, name, self.around.now(), ends_on)
        token = f"cspr_{secrets.token_urlsafe(32)}"
        self.book.keys.add(key, token)
        self.note(f"key {key.id[:8]} made, valid up to {ends_on}", account, by)
        return key, token

    def keys(self, account: str) -> Sequence[ApiKey]:
        """The keys of an account."""
        return self.book.keys.of(account)

    def revoke_key(self, key: str, *, by: str) -> None:
        """Take a key away: by its account's person, or those who keep accounts. Raises :class:`Refusal`."""
        found = self.book.keys.key(key)
        account = self.book.accounts.account(found.account) if found else None
        if account is None:
            raise Refusal(Code.NOT_FOUND, "key: there is no such key.")
        if account.person != by:
            self._check_keeper(by)
        self.book.keys.revoke(key)
        self.note(f"key {key[:8]} revoked", account.id, by)

    def account_by_key(self, token: str) -> Account | None:
        """The account of a program's token, where key and account give access."""
        key = self.book.keys.find(token)
        if key is None or self.around.day(self.around.now()) > key.ends_on:
            return None
        return self._holding(self.book.accounts.account(key.account))

    # --- Shared --------------------------------------------------------------------------------

    def note(self, what: str, account: str, by: str, address: str = "") -> None:
        """Note in the log of accounts what was done."""
        self.book.log.note(Noted(self.around.now(), what, account, by, address))

    def _holding(self, account: Account | None) -> Account | None:
        return account if account is not None and self.holds(account) else None

    def _one_time(self, account: Account) -> tuple[OneTimePassword, Password]:
        until = self.around.now() + self.rules.one_time
        password = passwords.one_time_password()
        return (
            OneTimePassword(account, password, until),
            Password(self._hasher.hash(password), until),
        )

    def _open_one(self, account: str) -> Account:
        found = self.book.accounts.account(account)
        if found is None or found.closed:
            raise Refusal(Code.NOT_FOUND, "account: there is no such account, or it is closed.")
        return found

    def _check_keeper(self, by: str) -> None:
        person = self.around.people().get(by)
        if person is None or person.role not in KEEPERS:
            who = " or ".join(role.called for role in KEEPERS)
            raise Refusal(Code.NOT_PERMITTED, f"by: {by} may not keep accounts: only {who} can.")

    def _role(self, person: str) -> Role:
        found = self.around.people().get(person)
        if found is None:
            raise Refusal(Code.NOT_FOUND, f"person: nobody by the id {person} takes part.")
        return found.role

    def _check_end(self, role: Role, ends_on: date | None) -> None:
        if ends_on is None and role is Role.AUDITOR:
            raise Refusal(
                Code.INVALID, "ends_on: an auditor's access has a last day; say which it is."
            )
        today = self.around.day(self.around.now())
        if ends_on is not None and ends_on < today:
            raise Refusal(Code.INVALID, f"ends_on: {ends_on} is before today, {today}.")


def _taken(taken: Taken, account: Account) -> Refusal:
    if taken.what == "sign_in":
        return _taken_sign_in(account.sign_in)
    said = {
        "person": f"person: {account.person} has an account already.",
        "identity": "identity: it is linked to an account already.",
    }
    return Refusal(Code.DUPLICATE_REFERENCE, said[taken.what])


def _taken_sign_in(name: str) -> Refusal:
    return Refusal(
        Code.DUPLICATE_REFERENCE,
        f"sign_in: somebody signs in as {name} already; choose another name.",
    )
