"""What is on the board, and what each case is about: told from the views, without reading a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cspr_workflow.domain.calendar import CivilTime
from projections.database import Database, written_moment
from projections.register import (
    CLOSED,
    EVERYBODY,
    HAS_PASSED,
    LISTED,
    NEVER,
    OPEN,
    SOMETIME,
    Listed,
    listed,
)

_PLACES = """
SELECT c.stream, c.kind, c.reference, c.incident, c.is_open, d.moment, CASE c.kind
    WHEN 'incident' THEN EXISTS (
        SELECT 1 FROM timescales t WHERE t.incident=c.reference AND t.state='passed')
    ELSE EXISTS (
        SELECT 1 FROM stays s WHERE s.stream=c.stream AND s.left_at IS NULL AND s.limit_state='passed'
    ) OR EXISTS (
        SELECT 1 FROM agreed_actions a WHERE a.stream=c.stream AND +a.state='not_maintained')
    END
FROM cases c LEFT JOIN due_items d ON d.stream=c.stream
WHERE c.is_open>=?
"""
_OF_AGENCY = """
AND (c.agency=? OR (c.kind='incident' AND EXISTS (
    SELECT 1 FROM cases e WHERE e.incident=c.reference AND e.agency=? AND e.is_open>=?)))
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A case on the board, as far as it can be told without reading the case itself.

    ``due`` is when something next falls due in it, or fell due and is not recorded yet; ``passed``
    says that a limit or a timescale has passed in it, or that an action is not maintained.
    """

    stream: str
    kind: str
    reference: str
    incident: str
    is_open: bool
    due: datetime | None
    passed: bool


def places(database: Database, agency: str | None = None, *, closed: bool = False) -> list[Place]:
    """The open cases in the order in which they were opened, or with ``closed`` all of them.

    ``agency`` leaves the escalations against one agency and the incidents that they are about.
    """
    least = 0 if closed else 1
    which, values = (_OF_AGENCY, (agency, agency, least)) if agency else ("", ())
    rows = database.all(f"{_PLACES}{which}ORDER BY c.opened", least, *values)
    return [
        Place(
            stream,
            kind,
            reference,
            incident,
            bool(is_open),
            datetime.fromisoformat(moment) if moment else None,
            bool(passed),
        )
        for stream, kind, reference, incident, is_open, moment, passed in rows
    ]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case is about; ``agency`` and ``timescale`` are an escalation's alone."""

    reference: str
    incident: str
    agency: str | None
    timescale: str | None
    policy: str


_SUBJECTS = (
    "SELECT c.stream, c.reference, c.incident, c.agency, c.timescale, coalesce("
    "(SELECT min(s.policy) FROM stays s WHERE s.stream=c.stream), "
    "(SELECT min(t.policy) FROM timescales t WHERE t.incident=c.reference)) FROM cases c "
)


def subjects(database: Database) -> dict[str, Subject]:
    """What each case is about, by its stream."""
    rows = database.all(f"{_SUBJECTS} ORDER BY c.opened")
    return {stream: Subject(*about) for stream, *about in rows}


def subject(database: Database, stream: str) -> Subject | None:
    """What one case is about; ``None`` where there is none."""
    row = database.one(f"{_SUBJECTS} WHERE c.stream=?", stream)
    return Subject(*row[1:]) if row else None


def newest_reference(database: Database, kind: str) -> str | None:
    """The reference of the incident or the escalation that was opened last."""
    row = database.one(
        "SELECT c.reference FROM register r CROSS JOIN cases c ON c.stream=r.stream "
        "WHERE r.agency=? AND +r.kind=? ORDER BY r.raised_on DESC, r.opened DESC LIMIT 1",
        EVERYBODY,
        kind,
    )
    return str(row[0]) if row else None


# --- The board in parts ------------------------------------------------------------------------

_DAYS_OF_A_WEEK = 7


class Group(StrEnum):
    """The groups of the board, the most pressing first; every case is in one of them."""

    NOT_RECORDED = "not_recorded"
    PASSED = "passed"
    TODAY = "today"
    TOMORROW = "tomorrow"
    THIS_WEEK = "this_week"
    LATER = "later"
    NOTHING_DUE = "nothing_due"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Moments:
    """What the board goes by: now, and when today, tomorrow and this week (to Sunday) end."""

    now: datetime
    today: datetime
    tomorrow: datetime
    this_week: datetime

    @classmethod
    def at(cls, now: datetime, civil: CivilTime) -> "Moments":
        """The moments as they are counted in a time zone."""
        today = civil.day(now)
        sunday = today + timedelta(days=_DAYS_OF_A_WEEK - 1 - today.weekday())
        tomorrow = today + timedelta(days=1)
        return cls(now, *map(civil.midnight_ending, (today, tomorrow, max(sunday, tomorrow))))


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Some cases of one group; ``after`` is what to ask for the next ones with, if there are more."""

    lines: Sequence[Listed]
    after: str | None


def board_counts(
    database: Database, moments: Moments, agency: str | None = None
) -> Mapping[Group, int]:
    """How many cases each group has; for an agency, of those that are its own.

    These are the open escalations against it and the open incidents that they are about; closed, the
    escalations that were against it and the incidents that these were about.
    """
    counts = dict.fromkeys(Group, 0)
    spans = {group: _span(group, moments) for group in Group}
    for place, moment, cases in database.all(
        "SELECT place, moment, cases FROM register_counts WHERE agency=?", agency or EVERYBODY
    ):
        for group, span in spans.items():
            if span.has(place, moment):
                counts[group] += cases
    return counts


def board_page(
    database: Database,
    group: Group,
    moments: Moments,
    agency: str | None = None,
    *,
    after: str | None = None,
    limit: int = 50,
) -> BoardPage:
    """Some cases of one group of the board: what falls due first comes first, the closed newest first.

    ``after`` is that of the page before. Raises :class:`ValueError` where it is not.
    """
    span = _span(group, moments)
    newest_first = group is Group.CLOSED
    then, order = ("<", "DESC") if newest_first else (">", "ASC")
    begin = (NEVER, _BEYOND) if newest_first else (span.after, _BEYOND)
    index, place = "register_by_place", "AND r.place=? "
    if span.place is None:
        index, place = "register_by_moment", ""
    rows = database.all(
        f"SELECT {LISTED}, r.opened FROM register r INDEXED BY {index} "  # noqa: S608 - fixed words
        "CROSS JOIN cases c ON c.stream=r.stream "
        f"WHERE r.agency=? {place}AND r.moment>? AND r.moment<=? AND (r.moment, r.opened){then}(?, ?) "
        f"ORDER BY r.moment {order}, r.opened {order} LIMIT ?",
        *(agency or EVERYBODY, *([] if span.place is None else [span.place])),
        *(span.after, span.until),
        *(begin if after is None else _read(after)),
        limit + 1,
    )
    lines = [listed(row[:-1]) for row in rows[:limit]]
    if len(rows) <= limit:
        return BoardPage(lines, None)
    *_, moment, _, opened = rows[limit - 1]
    return BoardPage(lines, f"{moment}{_BETWEEN}{opened}")


_BEYOND = 2**62
_BETWEEN = " "


@dataclass(frozen=True, slots=True)
class _Span:
    """Where the cases of a group are in the register: at a place, after one moment and up to another."""

    place: str | None
    after: str
    until: str

    def has(self, place: str, moment: str) -> bool:
        """Whether cases at this place, with this next moment, are in the group."""
        return self.place in (None, place) and self.after < moment <= self.until


def _span(group: Group, moments: Moments) -> _Span:
    now, today, tomorrow, this_week = (
        written_moment(moment)
        for moment in (moments.now, moments.today, moments.tomorrow, moments.this_week)
    )
    match group:
        case Group.NOT_RECORDED:
            return _Span(None, "", now)
        case Group.PASSED:
            return _Span(HAS_PASSED, now, NEVER)
        case Group.TODAY:
            return _Span(OPEN, now, today)
        case Group.TOMORROW:
            return _Span(OPEN, today, tomorrow)
        case Group.THIS_WEEK:
            return _Span(OPEN, tomorrow, this_week)
        case Group.LATER:
            return _Span(OPEN, this_week, SOMETIME)
        case Group.NOTHING_DUE:
            return _Span(OPEN, SOMETIME, NEVER)
        case Group.CLOSED:
            return _Span(CLOSED, now, NEVER)


def _read(after: str) -> tuple[str, int]:
    moment, _, opened = after.partition(_BETWEEN)
    if not opened.isdecimal():
        raise ValueError(f"after: {after!r} is not where a page of the board ended.")
    return moment, int(opened)
