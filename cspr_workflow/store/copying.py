"""A store copied, table by table, from one database to another: the same events, ids and positions.

What is copied is what stood there at one moment. The tables are the same in a folder and on a server, so
that a copy of a copy is what one began with.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from cspr_workflow.postgres import tables_of
from cspr_workflow.store import account_logs, accounts, keys, lasting_record, office, sessions
from cspr_workflow.store.tables import ABOUT

Progress = Callable[[int, int], None]
Row = tuple[Any, ...]
RECORD, KEYS, OFFICE, ACCOUNTS = "record", "keys", "office", "accounts"
TABLES: Mapping[str, Sequence[str]] = {
    OFFICE: tables_of(ABOUT + office.TABLES),
    ACCOUNTS: tables_of(accounts.TABLES + sessions.TABLES + account_logs.TABLES),
    RECORD: tables_of(lasting_record.TABLES),
    KEYS: tables_of(keys.TABLES),
}
"""The tables of each part, in the order in which the parts are copied.

The keys come after the record: keys are only added, each before the first text that it seals, so that
every text of the copy has its key. The office comes first: its heartbeat is then no later than what the
record holds, and the gap that the clock notes after a restore begins before anything that is missing.
"""


class Source(Protocol):
    """A store to copy from."""

    def standing(self, part: str) -> AbstractContextManager[Callable[[str], Iterator[Row]]]:
        """Gives the rows of each table of a part as they stand at one moment, by their first column."""


class Target(Protocol):
    """A store to copy to, with its tables and nothing in them."""

    def filling(self, part: str) -> AbstractContextManager[Callable[[str, Iterable[Row]], None]]:
        """Takes the rows of each table of a part."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of a table were copied."""

    part: str
    table: str
    rows: int


def copy(
    source: Source,
    target: Target,
    parts: Iterable[str] = tuple(TABLES),
    progress: Progress | None = None,
    without: Collection[str] = (),
) -> list[Copied]:
    """Copy parts of a store, all of each ``without`` some tables: how many rows each table had.

    Raises :class:`Trouble`.
    """
    copied = []
    for part in parts:
        with source.standing(part) as rows, target.filling(part) as fill:
            for table in TABLES[part]:
                if table in without:
                    continue
                counted = _Counted(rows(table), progress)
                fill(table, counted)
                copied.append(Copied(part, table, counted.number))
    return copied


class _Counted:
    """Rows that are counted as they go by."""

    def __init__(self, rows: Iterator[Row], progress: Progress | None) -> None:
        self._rows, self._progress = rows, progress
        self.number = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.number += 1
            yield row
