"""Checking the views: that they hold what a rebuild from the record holds, and that the tick's index is right.

Both are looked at as they stand at one position of the record, while others go on working with it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cspr_workflow.application.ports import Record, Trouble
from cspr_workflow.application.transaction import PARTNERSHIP, evolved
from cspr_workflow.domain import partnership as partnerships
from cspr_workflow.domain.clock import Case, let_time_pass, next_due
from cspr_workflow.domain.entries import Rules
from cspr_workflow.domain.partnership import Partnership
from cspr_workflow.domain.policy import Policy
from projections.database import Database, Row, written_moment
from projections.due_items import stays_open
from projections.form import NAMES
from projections.runner import Progress, Views

_ATTEMPTS = 50
_NUMBERS = 2**64


@dataclass(frozen=True, slots=True)
class Both:
    """The views, and others built anew from the same record."""

    views: Database
    rebuilt: Database


@contextmanager
def side_by_side(views: Views, rebuilt: Views) -> Iterator[Both]:
    """The views and ``rebuilt`` ones, both at the same position and standing still.

    Raises :class:`Trouble` where the views cannot be read, or where others record so fast that the two
    never meet.
    """
    rebuilt.catch_up()
    found = views.database
    for _ in range(_ATTEMPTS):
        with found.standing_still() as one, rebuilt.as_they_are().standing_still() as other:
            if one.position == other.position:
                yield Both(one, other)
                return
        views.catch_up()
        rebuilt.catch_up()
        found = views.as_they_are()
    raise Trouble("Others are recording all the time; check the views when it is quieter.")


def differences(both: Both) -> Iterator[str]:
    """Each view that differs from its rebuild, in a sentence."""
    for table in NAMES:
        if _sum(both.views, table) == _sum(both.rebuilt, table):
            continue
        found, expected = _rows(both.views, table), _rows(both.rebuilt, table)
        more, fewer = (found - expected).total(), (expected - found).total()
        yield (
            f"The view {table} is not what the record says: {more} lines too many or different, "
            f"{fewer} missing. Run cspr rebuild."
        )


def _sum(database: Database, table: str) -> tuple[int, int]:
    """What differs where a table's rows do, in whichever order they come; without holding them all."""
    count = total = 0
    for row in _each(database, table):
        count += 1
        total = (total + hash(row)) % _NUMBERS
    return count, total


def _rows(database: Database, table: str) -> Counter[int]:
    return Counter(map(hash, _each(database, table)))


def _each(database: Database, table: str) -> Iterator[Row]:
    return database.each(f"SELECT * FROM {table}")  # noqa: S608 - our own tables


# --- What falls due ----------------------------------------------------------------------------


def due_faults(
    both: Both,
    record: Record,
    policies: Mapping[str, Policy],
    progress: Progress | None = None,
) -> Iterator[str]:
    """Each case whose entry in the tick's index is not what the case itself says, in a sentence."""
    database, position = both.views, both.views.position
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
