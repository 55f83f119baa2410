"""Checking the views: that they hold what a rebuild from the record holds, and that the tick's index is right.

Both are looked at as they stand at one position of the record, while others go on working with it.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from cspr_workflow.application.ports import Record, Trouble
from cspr_workflow.application.transaction import PARTNERSHIP, evolved
from cspr_workflow.domain import partnership as partnerships
from cspr_workflow.domain.clock import Case, let_time_pass, next_due
from cspr_workflow.domain.entries import Rules
from cspr_workflow.domain.partnership import Partnership
from cspr_workflow.domain.policy import Policy
from projections.database import Database, written_moment
from projections.due_items import stays_open
from projections.runner import Progress, Views, tables

_ATTEMPTS = 50
_PAIRS = (("main", "rebuilt"), ("rebuilt", "main"))
_DIFFERENCE = "SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table}"


@contextmanager
def side_by_side(views: Views, rebuilt: Views) -> Iterator[Database]:
    """The views with ``rebuilt`` attached to them, both at the same position and standing still.

    Raises :class:`Trouble` where the views cannot be read, or where others record so fast that the two
    never meet.
    """
    rebuilt.catch_up()
    database = views.database
    try:
        database.execute("ATTACH ? AS rebuilt", (str(rebuilt.path),))
        try:
            _meet(views, rebuilt, database)
            yield database
        finally:
            if database.connection.in_transaction:
                database.execute("ROLLBACK")
            database.execute("DETACH rebuilt")
    except sqlite3.Error as error:
        raise Trouble(
            f"{views.path}: the views cannot be read ({error}). The record is not touched by this; "
            "run cspr rebuild."
        ) from error


def _meet(views: Views, rebuilt: Views, database: Database) -> None:
    for _ in range(_ATTEMPTS):
        database.execute("BEGIN")
        if _position(database, "main") == _position(database, "rebuilt"):
            return
        database.execute("ROLLBACK")
        views.catch_up()
        rebuilt.catch_up()
    raise Trouble("Others are recording all the time; check the views when it is quieter.")


def differences(database: Database) -> Iterator[str]:
    """Each view that differs from its rebuild, in a sentence."""
    for table in tables(database):
        more, fewer = (_only_in(database, table, *pair) for pair in _PAIRS)
        if more or fewer:
            yield (
                f"The view {table} is not what the record says: {more} lines too many or different, "
                f"{fewer} missing. Run cspr rebuild."
            )


def _only_in(database: Database, table: str, one: str, other: str) -> int:
    return _count(database, f"({_DIFFERENCE.format(one=one, other=other, table=table)})")


def _count(database: Database, rows: str) -> int:
    found = database.one(f"SELECT count(*) FROM {rows}")  # noqa: S608 - our own tables
    assert found is not None
    return int(found[0])


def _position(database: Database, of: str) -> int:
    row = database.one(f"SELECT position FROM {of}.progress")  # noqa: S608 - main or rebuilt
    return int(row[0]) if row else 0


# --- What falls due ----------------------------------------------------------------------------


def due_faults(
    database: Database,
    record: Record,
    policies: Mapping[str, Policy],
    progress: Progress | None = None,
) -> Iterator[str]:
    """Each case whose entry in the tick's index is not what the case itself says, in a sentence."""
    position = _position(database, "main")
    partnership = _partnership(record, position)
    streams = [row[0] for row in database.all("SELECT stream FROM cases ORDER BY opened")]
    for number, stream in enumerate(streams, 1):
        case = _folded(record, stream, position)
        expected = _falls_due(case, partnership, policies[case.policy])
        row = database.one("SELECT moment FROM due_items WHERE stream=?", stream)
        wanted = written_moment(expected) if expected else None
        if (row[0] if row else None) != wanted:
            yield (
                f"{case.reference}: the clock would look at it {_at(row[0] if row else None)}, but "
                f"something falls due in it {_at(wanted)}. Run cspr rebuild."
            )
        if progress is not None:
            progress(number, len(streams))


def _at(moment: str | None) -> str:
    return f"at {moment}" if moment else "never"


def _partnership(record: Record, position: int) -> Partnership:
    partnership = partnerships.EMPTY
    for one in record.read(PARTNERSHIP):
        if one.position <= position:
            partnership = partnerships.evolve(partnership, one.entry)
    return partnership


def _folded(record: Record, stream: str, position: int) -> Case:
    case: Case | None = None
    for one in record.read(stream):
        if one.position <= position:
            case = evolved(case, stream, one.entry)
    assert case is not None
    return case


def _falls_due(case: Case, partnership: Partnership, policy: Policy) -> datetime | None:
    """When the clock has to look at a case: what falls due next, or a calendar that it has not seen."""
    due = next_due(case, policy)
    assert partnership.calendar is not None
    unseen = partnership.changes[case.calendar :] if stays_open(case) else ()
    for number, change in enumerate(unseen, case.calendar + 1):
        if due is not None and due.moment <= change.moment:
            break
        known = Rules(policy, partnership.calendar, partnership.changes[:number])
        if let_time_pass(case, change.moment, known)[1]:
            return change.moment
    return due.moment if due else None
