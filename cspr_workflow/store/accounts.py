"""The accounts as a store keeps them: who may sign in, and what proves who they are.

Passwords are kept as slow hashes, tokens and recovery codes as hashes, the secrets of second factors
sealed under a key that stands with the keys. The two logs can only be appended to.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cspr_workflow.application.accounts import Account, Identity, Password, Taken, comparable
from cspr_workflow.application.ports import Trouble
from cspr_workflow.store import account_logs, sessions
from cspr_workflow.store.account_logs import StoredAccountLog, StoredReadingLog
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.sessions import StoredApiKeys, StoredSessions, StoredTallies
from cspr_workflow.store.tables import ABOUT, Place, Tables, made, opened, written

MARK, FORM = 0x63535041, 1
WHAT = "the file of the accounts"
TABLES = """
CREATE TABLE accounts (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sign_in TEXT NOT NULL,
    compared TEXT NOT NULL,
    person TEXT NOT NULL,
    ends_on TEXT,
    closed INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    password TEXT NOT NULL,
    one_time_until TEXT,
    secret BLOB,
    step INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX accounts_sign_in ON accounts (compared) WHERE closed=0;
CREATE UNIQUE INDEX accounts_person ON accounts (person) WHERE closed=0;
CREATE TABLE recovery_codes (
    account TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (account, code)
) WITHOUT ROWID;
CREATE TABLE identities (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
"""
MADE = ABOUT + TABLES + sessions.TABLES + account_logs.TABLES + account_logs.GUARDS
"""What makes a file of accounts."""
_READ = (
    "SELECT id, sign_in, person, ends_on, closed, secret IS NOT NULL, one_time_until IS NOT NULL, "
    "generation FROM accounts"
)


class StoredAccounts:
    """The accounts of one store."""

    def __init__(self, tables: Tables, keys: Keys) -> None:
        self._tables, self._keys = tables, keys

    def all(self) -> Sequence[Account]:
        """Every account, closed ones too, in the order in which they were opened."""
        return self._read("ORDER BY number")

    def account(self, id: str) -> Account | None:
        """An account, by id."""
        return self._one("WHERE id=?", id)

    def by_sign_in(self, sign_in: str) -> Account | None:
        """The account of a sign-in name, in whatever case it is written."""
        return self._one("WHERE compared=? AND closed=0", comparable(sign_in))

    def by_person(self, person: str) -> Account | None:
        """The account of a person."""
        return self._one("WHERE person=? AND closed=0", person)

    def open(self, account: Account, password: Password) -> None:
        """Keep a new account. Raises :class:`Taken`."""
        with self._tables.writing() as connection:
            if self.by_person(account.person):
                raise Taken("person")
            if self.by_sign_in(account.sign_in):
                raise Taken("sign_in")
            connection.execute(
                "INSERT INTO accounts (id, sign_in, compared, person, ends_on, password, "
                "one_time_until) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    account.id,
                    account.sign_in,
                    comparable(account.sign_in),
                    account.person,
                    _day(account.ends_on),
                    password.hash,
                    _moment(password.one_time_until),
                ),
            )

    def set_end(self, id: str, ends_on: date | None) -> None:
        """Change the last day of the access."""
        self._change("UPDATE accounts SET ends_on=? WHERE id=?", _day(ends_on), id)

    def close(self, id: str) -> None:
        """Close an account for good; its next generation begins, what it was linked to is free."""
        with self._tables.writing() as connection:
            connection.execute(
                "UPDATE accounts SET closed=1, generation=generation+1 WHERE id=?", (id,)
            )
            connection.execute("DELETE FROM identities WHERE account=?", (id,))

    def begin_anew(self, id: str) -> None:
        """Begin the next generation of an account."""
        self._change("UPDATE accounts SET generation=generation+1 WHERE id=?", id)

    def password(self, id: str) -> Password:
        """The password's hash."""
        ((hash, until),) = self._tables.read(
            "SELECT password, one_time_until FROM accounts WHERE id=?", id
        )
        return Password(hash, datetime.fromisoformat(until) if until else None)

    def set_password(self, id: str, password: Password, generation: int | None = None) -> bool:
        """Keep a new password; the next generation begins, unless another one has begun already."""
        return self._change(
            "UPDATE accounts SET password=?, one_time_until=?, generation=generation+1 "
            "WHERE id=? AND generation=coalesce(?, generation)",
            password.hash,
            _moment(password.one_time_until),
            id,
            generation,
        )

    def rehash(self, id: str, before: str, after: str) -> None:
        """Keep another hash of the same password, unless there is a new password by now."""
        self._change("UPDATE accounts SET password=? WHERE id=? AND password=?", after, id, before)

    # --- The second factor -------------------------------------------------------------------

    def secret(self, id: str) -> str | None:
        """The secret of the second factor, or ``None`` where none is enrolled."""
        for (box,) in self._tables.read("SELECT secret FROM accounts WHERE id=?", id):
            return self._keys.open_secret(id, box) if box is not None else None
        return None

    def enrol(
        self, id: str, secret: str, step: int, recovery: Sequence[str], generation: int
    ) -> bool:
        """Keep a second factor; the next generation begins, unless another one has begun already."""
        sealed = self._keys.seal_secret(id, secret)
        with self._tables.writing() as connection:
            changed = connection.execute(
                "UPDATE accounts SET secret=?, step=?, generation=generation+1 "
                "WHERE id=? AND generation=?",
                (sealed, step, id, generation),
            ).rowcount
            if changed:
                connection.execute("DELETE FROM recovery_codes WHERE account=?", (id,))
                connection.executemany(
                    "INSERT INTO recovery_codes VALUES (?, ?)", [(id, one) for one in recovery]
                )
            return bool(changed)

    def drop_second_factor(self, id: str) -> None:
        """Forget the second factor and the recovery codes."""
        with self._tables.writing() as connection:
            connection.execute("UPDATE accounts SET secret=NULL WHERE id=?", (id,))
            connection.execute("DELETE FROM recovery_codes WHERE account=?", (id,))

    def use_step(self, id: str, step: int) -> bool:
        """Take a time step, once: ``False`` where this step or a later one was taken already."""
        return self._change("UPDATE accounts SET step=? WHERE id=? AND step<?", step, id, step)

    def use_recovery(self, id: str, fingerprint: str) -> bool:
        """Take a recovery code, once: ``False`` where there is none like it."""
        return self._change(
            "DELETE FROM recovery_codes WHERE account=? AND code=?", id, fingerprint
        )

    def recovery_left(self, id: str) -> int:
        """How many recovery codes are left."""
        ((left,),) = self._tables.read("SELECT count(*) FROM recovery_codes WHERE account=?", id)
        return int(left)

    # --- Accounts of other organisations -----------------------------------------------------

    def by_identity(self, identity: Identity) -> Account | None:
        """The account that an identity is linked to."""
        return self._one(
            "WHERE id=(SELECT account FROM identities WHERE issuer=? AND subject=?)",
            identity.issuer,
            identity.subject,
        )

    def identities(self, id: str) -> Sequence[Identity]:
        """The identities that are linked to an account."""
        rows = self._tables.read(
            "SELECT issuer, subject FROM identities WHERE account=? ORDER BY issuer, subject", id
        )
        return [Identity(*row) for row in rows]

    def link(self, id: str, identity: Identity) -> None:
        """Link an identity to an account. Raises :class:`Taken`."""
        if not self._change(
            "INSERT INTO identities VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            identity.issuer,
            identity.subject,
            id,
        ):
            raise Taken("identity")

    def unlink(self, identity: Identity) -> bool:
        """Undo a link: ``False`` where there is none."""
        return self._change(
            "DELETE FROM identities WHERE issuer=? AND subject=?", identity.issuer, identity.subject
        )

    # --- Shared ------------------------------------------------------------------------------

    def _read(self, which: str, *values: str) -> list[Account]:
        return [
            Account(
                id,
                sign_in,
                person,
                date.fromisoformat(ends_on) if ends_on else None,
                bool(closed),
                bool(second_factor),
                bool(must_choose),
                generation,
            )
            for id, sign_in, person, ends_on, closed, second_factor, must_choose, generation in (
                self._tables.read(f"{_READ} {which}", *values)
            )
        ]

    def _one(self, which: str, *values: str) -> Account | None:
        return next(iter(self._read(which, *values)), None)

    def _change(self, statement: str, *values: Any) -> bool:
        return bool(self._tables.change(statement, *values))


class StoredAccountBook:
    """Everything about accounts that a store keeps."""

    def __init__(self, place: Place, store: str, keys: Keys) -> None:
        self._tables = tables = opened(place, MARK, FORM, WHAT)
        if tables.read("SELECT value FROM about WHERE name='store'") != [(store,)]:
            self.close()
            raise Trouble(
                f"{tables}: this file of accounts belongs to another store. Restore its own."
            )
        self.accounts = StoredAccounts(tables, keys)
        self.sessions = StoredSessions(tables, keys)
        self.keys = StoredApiKeys(tables)
        self.tallies = StoredTallies(tables, keys)
        self.log = StoredAccountLog(tables)
        self.readings = StoredReadingLog(tables)

    @staticmethod
    def make(path: Path, store: str) -> None:
        """Make a new file without an account for a store; on a server, the office is made with them."""
        with made(path, MADE, MARK, FORM) as new:
            new.change("INSERT INTO about VALUES ('store', ?)", store)

    def close(self) -> None:
        """Close what the accounts are kept in."""
        self._tables.close()


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: datetime | None) -> str | None:
    return written(moment) if moment else None
