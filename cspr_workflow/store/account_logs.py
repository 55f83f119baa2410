"""The log of accounts and the log of reading: the database itself refuses to change a line."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cspr_workflow.application.accounts import EXPORT, NOTED_ANEW, READ, SEARCH, Noted, Reading
from cspr_workflow.store.tables import Tables, appended_only, written

TABLES = """
CREATE TABLE account_log (
    number INTEGER PRIMARY KEY,
    moment TEXT NOT NULL,
    what TEXT NOT NULL,
    account TEXT NOT NULL,
    by TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX account_log_account ON account_log (account);
CREATE TABLE reading_log (
    number INTEGER PRIMARY KEY,
    moment TEXT NOT NULL,
    person TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL,
    how TEXT NOT NULL
);
CREATE INDEX reading_log_person ON reading_log (person, about, moment);
CREATE INDEX reading_log_about ON reading_log (about);
"""
LOGS = ("account_log", "reading_log")
"""The tables to which lines are only ever appended."""
GUARDS = "".join(map(appended_only, LOGS))


class StoredAccountLog:
    """Who did what to which account, and who signed in."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def note(self, noted: Noted) -> None:
        """Append a line; the log gives it its number."""
        self._tables.change(
            "INSERT INTO account_log SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ?, ? FROM account_log",
            written(noted.moment),
            noted.what,
            noted.account,
            noted.by,
            noted.address,
        )

    def lines(
        self, account: str | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Noted]:
        """The newest lines, the newest first: of one account, or those before a number."""
        rows = _newest(
            self._tables, "account_log", {"account=?": account, "number<?": before}, limit
        )
        return [
            Noted(datetime.fromisoformat(moment), what, account, by, address, number)
            for number, moment, what, account, by, address in rows
        ]


class StoredReadingLog:
    """Who read, exported or searched what."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def note(self, moment: datetime, person: str, what: str, about: str, how: str) -> bool:
        """Append a line; whether it did. Reading is noted once per person, case and hour."""
        if what not in (READ, EXPORT, SEARCH):
            raise ValueError(f"{what} is not what the log of reading knows")
        row = (written(moment), person, what, about, how)
        if what != READ:
            return bool(self._tables.change(_NOTE, *row))
        since = (person, about, READ, written(moment - NOTED_ANEW), written(moment))
        return bool(self._tables.change(f"{_NOTE} {_UNLESS_NOTED}", *row, *since))

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
        wanted = {
            "person=?": person,
            "about=?": about,
            "moment>=?": written(since) if since else None,
            "moment<?": written(until) if until else None,
            "number<?": before,
        }
        return [
            Reading(datetime.fromisoformat(moment), person, what, about, how, number)
            for number, moment, person, what, about, how in _newest(
                self._tables, "reading_log", wanted, limit
            )
        ]


_NOTE = (
    "INSERT INTO reading_log "
    "SELECT (SELECT coalesce(max(number), 0) + 1 FROM reading_log), ?, ?, ?, ?, ?"
)
_UNLESS_NOTED = (
    "WHERE NOT EXISTS (SELECT 1 FROM reading_log WHERE person=? AND about=? AND what=? "
    "AND moment>? AND moment<=?)"
)


def _newest(tables: Tables, table: str, wanted: dict[str, Any], limit: int) -> list[Any]:
    given = {condition: value for condition, value in wanted.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    return tables.read(
        f"SELECT * FROM {table} {where} ORDER BY number DESC LIMIT ?",  # noqa: S608 - words of our own
        *given.values(),
        limit,
    )
