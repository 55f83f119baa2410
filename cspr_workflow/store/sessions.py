"""Sessions, programs' keys and tallies of failed attempts as a store keeps them: of a token only its hash is kept."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from cspr_workflow.application.accounts import ApiKey, Session, Stage, fingerprint
from cspr_workflow.application.throttling import Tally
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.tables import Tables, written

TABLES = """
CREATE TABLE sessions (
    token TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    person TEXT NOT NULL,
    begun TEXT NOT NULL,
    seen TEXT NOT NULL,
    stage TEXT NOT NULL,
    via TEXT NOT NULL,
    address TEXT NOT NULL,
    generation INTEGER NOT NULL,
    enrolling BLOB
) WITHOUT ROWID;
CREATE TABLE api_keys (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    made TEXT NOT NULL,
    ends_on TEXT NOT NULL
);
CREATE TABLE tallies (
    key TEXT PRIMARY KEY, attempts TEXT NOT NULL, until TEXT, waits INTEGER NOT NULL, ends TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tallies_ends ON tallies (ends);
"""


class StoredSessions:
    """The sessions of one store."""

    def __init__(self, tables: Tables, keys: Keys) -> None:
        self._tables, self._keys = tables, keys

    def begin(self, session: Session) -> None:
        """Keep a new session."""
        row = self._row(session)
        self._tables.change(_INSERT, *row)

    def find(self, token: str) -> Session | None:
        """The session of a token."""
        kept = fingerprint(token)
        for (
            _,
            account,
            person,
            begun,
            seen,
            stage,
            via,
            address,
            generation,
            box,
        ) in self._tables.read("SELECT * FROM sessions WHERE token=?", kept):
            return Session(
                token,
                account,
                person,
                datetime.fromisoformat(begun),
                datetime.fromisoformat(seen),
                Stage(stage),
                via,
                address,
                generation,
                self._keys.open_secret(kept, box) if box is not None else "",
            )
        return None

    def renew(self, token: str, session: Session) -> bool:
        """Put a session in the place of another: ``False`` where that one is gone."""
        row = self._row(session)
        with self._tables.writing() as connection:
            gone = connection.execute("DELETE FROM sessions WHERE token=?", (fingerprint(token),))
            if gone.rowcount:
                connection.execute(_INSERT, row)
            return bool(gone.rowcount)

    def touch(self, token: str, now: datetime) -> None:
        """Note that somebody was here."""
        self._tables.change(
            "UPDATE sessions SET seen=? WHERE token=?", written(now), fingerprint(token)
        )

    def enrolling(self, token: str, secret: str) -> None:
        """Keep a second factor's secret until it is confirmed."""
        kept = fingerprint(token)
        sealed = self._keys.seal_secret(kept, secret)
        self._tables.change("UPDATE sessions SET enrolling=? WHERE token=?", sealed, kept)

    def end(self, token: str) -> None:
        """End a session."""
        self._tables.change("DELETE FROM sessions WHERE token=?", fingerprint(token))

    def end_all(self, account: str | None = None) -> None:
        """End every session of an account, or every session there is."""
        self._tables.change("DELETE FROM sessions WHERE account=coalesce(?, account)", account)

    def forget(self, before: datetime) -> None:
        """End the sessions that began before a moment."""
        self._tables.change("DELETE FROM sessions WHERE begun<?", written(before))

    def _row(self, session: Session) -> tuple[Any, ...]:
        kept = fingerprint(session.token)
        return (
            kept,
            session.account,
            session.person,
            written(session.begun),
            written(session.seen),
            session.stage.value,
            session.via,
            session.address,
            session.generation,
            self._keys.seal_secret(kept, session.enrolling) if session.enrolling else None,
        )


_INSERT = "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class StoredApiKeys:
    """The keys of programs."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, key: ApiKey, token: str) -> None:
        """Keep a new key."""
        self._tables.change(
            "INSERT INTO api_keys (id, token, account, name, made, ends_on) VALUES (?, ?, ?, ?, ?, ?)",
            key.id,
            fingerprint(token),
            key.account,
            key.name,
            written(key.made),
            key.ends_on.isoformat(),
        )

    def find(self, token: str) -> ApiKey | None:
        """The key of a token."""
        return next(iter(self._read("token", fingerprint(token))), None)

    def key(self, id: str) -> ApiKey | None:
        """A key, by id."""
        return next(iter(self._read("id", id)), None)

    def of(self, account: str) -> Sequence[ApiKey]:
        """The keys of an account, in the order in which they were made."""
        return self._read("account", account)

    def revoke(self, id: str) -> None:
        """Take a key away."""
        self._tables.change("DELETE FROM api_keys WHERE id=?", id)

    def _read(self, column: str, value: str) -> list[ApiKey]:
        rows = self._tables.read(
            f"SELECT id, account, name, made, ends_on FROM api_keys WHERE {column}=? ORDER BY number",  # noqa: S608
            value,
        )
        return [
            ApiKey(id, account, name, datetime.fromisoformat(made), date.fromisoformat(ends_on))
            for id, account, name, made, ends_on in rows
        ]


class StoredTallies:
    """The tallies of attempts that have not succeeded; whose they are only the holder of the keys can tell."""

    def __init__(self, tables: Tables, keys: Keys) -> None:
        self._tables, self._keys = tables, keys

    def change(self, key: str, now: datetime, change: Callable[[Tally], Tally]) -> None:
        """Put a changed tally in the place of the one there is; nobody else changes it meanwhile."""
        kept = self._keys.digest(key.encode())
        with self._tables.writing() as connection:
            connection.execute("DELETE FROM tallies WHERE ends<=?", (written(now),))
            row = connection.execute(
                "SELECT attempts, until, waits FROM tallies WHERE key=?", (kept,)
            ).fetchone()
            tally = change(_tally(*row) if row else Tally())
            connection.execute("DELETE FROM tallies WHERE key=?", (kept,))
            if tally.ends is not None:
                connection.execute(
                    "INSERT INTO tallies VALUES (?, ?, ?, ?, ?)",
                    (
                        kept,
                        json.dumps([written(one) for one in tally.attempts]),
                        written(tally.until) if tally.until else None,
                        tally.waits,
                        written(tally.ends),
                    ),
                )

    def clear(self, key: str) -> None:
        """Forget a tally."""
        self._tables.change("DELETE FROM tallies WHERE key=?", self._keys.digest(key.encode()))


def _tally(attempts: str, until: str | None, waits: int) -> Tally:
    return Tally(
        tuple(map(datetime.fromisoformat, json.loads(attempts))),
        datetime.fromisoformat(until) if until else None,
        waits,
    )
