"""Everything that happened, in order, with both of its times: when it happened and when it was recorded."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation
from projections.database import Database, Row, Step, World, written_moment

TABLES = """
CREATE TABLE chronology (
    position INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    stream TEXT NOT NULL,
    incident TEXT,
    agency TEXT,
    type TEXT NOT NULL,
    occurred TEXT NOT NULL,
    recorded TEXT NOT NULL,
    author TEXT NOT NULL,
    means TEXT,
    clause TEXT NOT NULL,
    imported INTEGER NOT NULL,
    corrects TEXT
);
CREATE INDEX chronology_by_incident ON chronology (incident, position);
CREATE INDEX chronology_of_corrections ON chronology (corrects) WHERE corrects IS NOT NULL;
"""
_INSERT = "INSERT INTO chronology VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a case or of the partnership, with the reference of the case that it is about."""

    stream: str
    position: int
    entry: Entry

    @property
    def reference(self) -> str:
        """The incident's or the escalation's reference; empty for the partnership's own entries."""
        return self.stream.partition(":")[2]


def chronology(record: Iterable[Recorded]) -> list[Line]:
    """The record's entries in the order in which they were recorded."""
    return [Line(one.stream, one.position, one.entry) for one in record]


def about(lines: Iterable[Line], reference: str) -> list[Line]:
    """The lines about one incident or escalation."""
    return [line for line in lines if line.reference == reference]


def by_stream(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of each stream, in order."""
    streams: dict[str, list[Line]] = {}
    for line in lines:
        streams.setdefault(line.stream, []).append(line)
    return streams


# --- Following the record ----------------------------------------------------------------------


def apply(database: Database, steps: Sequence[Step], _: World) -> None:
    """Take over what was recorded."""
    database.executemany(_INSERT, [_row(step) for step in steps])


def _row(step: Step) -> Row:
    one, entry, case = step.recorded, step.recorded.entry, step.after
    incident = agency = None
    if isinstance(case, Escalation):
        incident, agency = case.incident, case.agency
    elif case is not None:
        incident = case.reference
    by, fact = entry.by, entry.fact
    return (
        one.position,
        str(one.id),
        one.stream,
        incident,
        agency,
        fact.type,
        written_moment(entry.occurred),
        written_moment(entry.recorded),
        entry.author,
        by.means.value if by and by.means else None,
        entry.clause,
        entry.imported is not None,
        fact.event if isinstance(fact, Corrected) else None,
    )


# --- Questions ---------------------------------------------------------------------------------


def known_at(database: Database, moment: datetime) -> int:
    """The last position that was recorded up to a moment; 0 where nothing was."""
    return _until(database, moment, bisect_right)


def _until(database: Database, moment: datetime, side: Callable[..., int]) -> int:
    """The last position recorded up to a moment (``bisect_right``) or before it (``bisect_left``).

    Positions have no gaps, and what is recorded never runs backwards.
    """

    def recorded(position: int) -> str:
        row = database.one("SELECT recorded FROM chronology WHERE position=?", position)
        assert row is not None
        written: str = row[0]
        return written

    last = database.one("SELECT max(position) FROM chronology")
    assert last is not None
    return side(range(1, (last[0] or 0) + 1), written_moment(moment), key=recorded)


def positions(
    database: Database,
    *,
    incident: str | None = None,
    agency: str | None = None,
    author: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[int]:
    """The positions of the entries that a question is about, in order; by when they were recorded."""
    asked = {
        "incident=?": incident,
        "agency=?": agency,
        "author=?": author,
        "position>?": _until(database, since, bisect_left) if since else None,
        "position<=?": _until(database, until, bisect_left) if until else None,
    }
    given = {condition: value for condition, value in asked.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    rows = database.all(
        f"SELECT position FROM chronology {where} ORDER BY position",  # noqa: S608 - fixed words
        *given.values(),
    )
    return (row[0] for row in rows)


def corrections(database: Database, event: str) -> list[int]:
    """The positions of the corrections of an event."""
    rows = database.all("SELECT position FROM chronology WHERE corrects=? ORDER BY position", event)
    return [row[0] for row in rows]


def corrected_streams(database: Database) -> set[str]:
    """The streams in which something was corrected."""
    rows = database.all("SELECT DISTINCT stream FROM chronology WHERE corrects IS NOT NULL")
    return {row[0] for row in rows}


def written_later(database: Database) -> Iterator[tuple[int, datetime, datetime]]:
    """What was recorded here in a later minute than that in which it happened, the newest first.

    Each with its position, when it happened and when it was recorded; what was brought in is left out.
    """
    rows = database.all(
        "SELECT position, occurred, recorded FROM chronology WHERE imported=0 "
        "AND substr(recorded, 1, 16)>substr(occurred, 1, 16) ORDER BY position DESC"
    )
    for position, occurred, recorded in rows:
        yield position, datetime.fromisoformat(occurred), datetime.fromisoformat(recorded)


def reported(database: Database) -> list[int]:
    """The positions of what was recorded on behalf of an agency, the newest first."""
    rows = database.all(
        "SELECT position FROM chronology WHERE means IS NOT NULL ORDER BY position DESC"
    )
    return [row[0] for row in rows]


def correcting(database: Database) -> list[int]:
    """The positions of all corrections, the newest first."""
    rows = database.all(
        "SELECT position FROM chronology WHERE corrects IS NOT NULL ORDER BY position DESC"
    )
    return [row[0] for row in rows]


def brought_in(database: Database) -> list[tuple[int, int]]:
    """What was brought in from elsewhere at one moment: its first position, and how many entries."""
    rows = database.all(
        "SELECT min(position), count(*) FROM chronology WHERE imported=1 "
        "GROUP BY recorded ORDER BY min(position)"
    )
    return [(row[0], row[1]) for row in rows]
