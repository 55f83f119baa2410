"""Accounts, sessions, programs' keys and the two logs: what they are, and what keeps them.

An account belongs to a person of the partnership's record. Whatever proves who somebody is (a password,
a second factor, a token) is kept only as a hash or sealed; in clear it is held by nobody but its owner.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from cspr_workflow.application.throttling import Tallies

LOCAL = "local"
"""How a session began: with a password of this store, not with another organisation's account."""
READ, EXPORT, SEARCH = "read", "export", "search"
"""What the log of reading tells apart."""
NOTED_ANEW = timedelta(hours=1)
"""Reading the same case again within this time is not noted again."""


class Stage(StrEnum):
    """How far somebody has come with signing in."""

    PASSWORD_GIVEN = "password_given"  # noqa: S105 - the name of a stage
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's access: ``person`` is an id of the partnership's record.

    ``ends_on`` is the last day of the access. ``second_factor`` says whether one is enrolled,
    ``must_choose`` whether the password is a one-time password. A session holds for one ``generation``
    of the account only: the next one begins with a new password, with closing, with signing out
    everywhere.
    """

    id: str
    sign_in: str
    person: str
    ends_on: date | None = None
    closed: bool = False
    second_factor: bool = False
    must_choose: bool = False
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Password:
    """The hash of an account's password; a one-time password is valid up to ``one_time_until``."""

    hash: str = field(repr=False)
    one_time_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody at a browser, from the moment at which the password was right.

    ``seen`` is when they were last here, to the minute; ``enrolling`` a second factor's secret that is
    still to be confirmed.
    """

    token: str = field(repr=False)
    account: str
    person: str
    begun: datetime
    seen: datetime
    stage: Stage
    via: str = LOCAL
    address: str = ""
    generation: int = 0
    enrolling: str = field(default="", repr=False)

    @property
    def csrf(self) -> str:
        """What every form of this session carries; it follows from the token and is kept nowhere."""
        return sha256(f"form:{self.token}".encode()).hexdigest()

    @property
    def is_complete(self) -> bool:
        """Whether nothing of the signing in is still to be done."""
        return self.stage is Stage.COMPLETE


@dataclass(frozen=True, slots=True)
class Identity:
    """An account that another organisation keeps, as that organisation names it."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's access in the place of an account's person, up to the end of a day."""

    id: str
    account: str
    name: str
    made: datetime
    ends_on: date


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of the log of accounts: ``by`` is a person's id, ``account`` empty where there is none."""

    moment: datetime
    what: str
    account: str
    by: str
    address: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A line of the log of reading: ``about`` is a reference or the name of an export."""

    moment: datetime
    person: str
    what: str
    about: str
    how: str
    number: int = 0


class Taken(Exception):
    """Somebody else's already; ``what`` is ``sign_in``, ``person`` or ``identity``."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


def fingerprint(token: str) -> str:
    """What is kept of a token or a recovery code: too long to guess, it needs no slow hash."""
    return sha256(token.encode(errors="replace")).hexdigest()


def comparable(sign_in: str) -> str:
    """A sign-in name as two of them are compared: without case, and in one form."""
    return unicodedata.normalize("NFKC", storable(sign_in)).strip().casefold()


def storable(text: str) -> str:
    """A text of which every character can be kept."""
    return text.encode(errors="replace").decode()


# --- What keeps them -------------------------------------------------------------------------


class Accounts(Protocol):
    """The accounts with what proves who somebody is. A closed account is kept, and found by its id only."""

    def all(self) -> Sequence[Account]:
        """Every account, closed ones too, in the order in which they were opened."""

    def account(self, id: str) -> Account | None:
        """An account, by id."""

    def by_sign_in(self, sign_in: str) -> Account | None:
        """The account of a sign-in name, in whatever case it is written."""

    def by_person(self, person: str) -> Account | None:
        """The account of a person."""

    def open(self, account: Account, password: Password) -> None:
        """Keep a new account. Raises :class:`Taken`."""

    def set_end(self, id: str, ends_on: date | None) -> None:
        """Change the last day of the access."""

    def close(self, id: str) -> None:
        """Close an account for good; its next generation begins, what it was linked to is free."""

    def begin_anew(self, id: str) -> None:
        """Begin the next generation of an account."""

    def password(self, id: str) -> Password:
        """The password's hash."""

    def set_password(self, id: str, password: Password, generation: int | None = None) -> bool:
        """Keep a new password; the next generation begins.

        ``False``, and nothing is kept, where the account is no longer in the generation given.
        """

    def rehash(self, id: str, before: str, after: str) -> None:
        """Keep another hash of the same password, unless there is a new password by now."""

    # --- The second factor

    def secret(self, id: str) -> str | None:
        """The secret of the second factor, or ``None`` where none is enrolled."""

    def enrol(
        self, id: str, secret: str, step: int, recovery: Sequence[str], generation: int
    ) -> bool:
        """Keep a second factor, the time step last used, and recovery codes' fingerprints.

        The next generation begins. ``False``, and nothing is kept, where the account is no longer in
        the generation given.
        """

    def drop_second_factor(self, id: str) -> None:
        """Forget the second factor and the recovery codes."""

    def use_step(self, id: str, step: int) -> bool:
        """Take a time step, once: ``False`` where this step or a later one was taken already."""

    def use_recovery(self, id: str, fingerprint: str) -> bool:
        """Take a recovery code, once: ``False`` where there is none like it."""

    def recovery_left(self, id: str) -> int:
        """How many recovery codes are left."""

    # --- Accounts of other organisations

    def by_identity(self, identity: Identity) -> Account | None:
        """The account that an identity is linked to."""

    def identities(self, id: str) -> Sequence[Identity]:
        """The identities that are linked to an account."""

    def link(self, id: str, identity: Identity) -> None:
        """Link an identity to an account. Raises :class:`Taken`."""

    def unlink(self, identity: Identity) -> bool:
        """Undo a link: ``False`` where there is none."""


class Sessions(Protocol):
    """The sessions, found by their token."""

    def begin(self, session: Session) -> None:
        """Keep a new session."""

    def find(self, token: str) -> Session | None:
        """The session of a token."""

    def renew(self, token: str, session: Session) -> bool:
        """Put a session in the place of another: ``False`` where that one is gone."""

    def touch(self, token: str, now: datetime) -> None:
        """Note that somebody was here."""

    def enrolling(self, token: str, secret: str) -> None:
        """Keep a second factor's secret until it is confirmed."""

    def end(self, token: str) -> None:
        """End a session."""

    def end_all(self, account: str | None = None) -> None:
        """End every session of an account, or every session there is."""

    def forget(self, before: datetime) -> None:
        """End the sessions that began before a moment."""


class ApiKeys(Protocol):
    """The keys of programs, found by their token."""

    def add(self, key: ApiKey, token: str) -> None:
        """Keep a new key."""

    def find(self, token: str) -> ApiKey | None:
        """The key of a token."""

    def of(self, account: str) -> Sequence[ApiKey]:
        """The keys of an account, in the order in which they were made."""

    def key(self, id: str) -> ApiKey | None:
        """A key, by id."""

    def revoke(self, id: str) -> None:
        """Take a key away."""


class AccountLog(Protocol):
    """Who did what to which account, and who signed in: it is only ever appended to."""

    def note(self, noted: Noted) -> None:
        """Append a line; the log gives it its number."""

    def lines(
        self, account: str | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Noted]:
        """The newest lines, the newest first: of one account, or those before a number."""


class ReadingLog(Protocol):
    """Who read, exported or searched what: it is only ever appended to."""

    def note(self, moment: datetime, person: str, what: str, about: str, how: str) -> bool:
        """Append a line; whether it did.

        That somebody read a case is noted at most once per person, case and hour (:data:`NOTED_ANEW`);
        every export and every search is noted. Raises ``ValueError`` for any other ``what``.
        """

    def lines(
        self,
        person: str | None = None,
        about: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[Reading]:
        """The newest lines, the newest first: from ``since`` up to before ``until``, before a number."""


class AccountBook(Protocol):
    """Everything about accounts that a store keeps."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def keys(self) -> ApiKeys: ...
    @property
    def tallies(self) -> Tallies: ...
    @property
    def log(self) -> AccountLog: ...
    @property
    def readings(self) -> ReadingLog: ...
