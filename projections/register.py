"""The register: every case once for everybody and once for each agency that it concerns, to be looked up.

An escalation concerns its agency; an incident concerns each agency against which an escalation about it
was raised. What is asked goes through an index, by agency (empty for everybody) and one thing more, so
that a page costs what it shows, however many cases there are.

``place`` says where a case stands on the board: ``open``, ``passed`` (a limit or a timescale has passed,
or an action is not maintained), ``closed``; ``past`` is an open incident with no open escalation against
this agency, which is not on the agency's board. ``moment`` is when something next falls due.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cspr_workflow.domain.actions import ActionState
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.escalation import Escalation
from projections.database import Database, Row, Step, World, written_moment
from projections.paging import FIRST_PAGE, MOST_COUNTED, Found, Page, counted, paged
from projections.timeliness import OF_A_STAY

TABLES = """
CREATE TABLE register (
    opened INTEGER NOT NULL,
    agency TEXT NOT NULL,
    stream TEXT NOT NULL,
    kind TEXT NOT NULL,
    raised_on TEXT NOT NULL,
    state TEXT NOT NULL,
    timescale TEXT,
    is_open INTEGER NOT NULL,
    place TEXT NOT NULL,
    moment TEXT NOT NULL,
    PRIMARY KEY (opened, agency)
) WITHOUT ROWID;
CREATE INDEX register_in_order ON register (agency, raised_on, opened);
CREATE INDEX register_by_open ON register (agency, is_open, raised_on, opened);
CREATE INDEX register_by_state ON register (agency, state, raised_on, opened);
CREATE INDEX register_by_timescale ON register (agency, timescale, raised_on, opened);
CREATE INDEX register_by_moment ON register (agency, moment, opened);
CREATE INDEX register_by_place ON register (agency, place, moment, opened);
CREATE TABLE register_counts (
    agency TEXT NOT NULL,
    place TEXT NOT NULL,
    moment TEXT NOT NULL,
    cases INTEGER NOT NULL,
    PRIMARY KEY (agency, place, moment)
) WITHOUT ROWID;
CREATE TABLE register_words (
    word TEXT NOT NULL,
    opened INTEGER NOT NULL,
    PRIMARY KEY (word, opened)
) WITHOUT ROWID;
CREATE INDEX register_words_by_case ON register_words (opened, word);
"""
EVERYBODY = ""
"""The agency of the rows that are everybody's."""
NEVER, SOMETIME = "~", "9999~"
"""The moment where nothing falls due, which sorts after all others; and one before it, after those."""
OPEN, HAS_PASSED, CLOSED, PAST = "open", "passed", "closed", "past"
_ROWS = """
WITH touched AS (SELECT k.value AS stream FROM json_each(?) k),
concerned AS (
    SELECT stream, '' AS agency, 1 AS concerns FROM touched
    UNION ALL
    SELECT c.stream, c.agency, 1 FROM touched t CROSS JOIN cases c ON c.stream=t.stream
    WHERE c.agency IS NOT NULL
    UNION ALL
    SELECT t.stream, e.agency, max(e.is_open) FROM touched t
    CROSS JOIN cases e ON e.incident=substr(t.stream, 10) AND e.kind='escalation'
    WHERE t.stream LIKE 'incident:%' GROUP BY t.stream, e.agency
)
SELECT c.opened, k.agency, c.stream, c.kind, c.raised_on, c.state, c.timescale, c.is_open,
    CASE WHEN c.is_open=0 THEN 'closed' WHEN k.concerns=0 THEN 'past'
    WHEN CASE c.kind WHEN 'incident' THEN EXISTS (
            SELECT 1 FROM timescales t WHERE t.incident=c.reference AND t.state='passed')
        ELSE EXISTS (
            SELECT 1 FROM stays s WHERE s.stream=c.stream AND s.left_at IS NULL
            AND s.limit_state='passed'
        ) OR EXISTS (
            SELECT 1 FROM agreed_actions a WHERE a.stream=c.stream AND +a.state='not_maintained')
        END THEN 'passed' ELSE 'open' END,
    CASE WHEN c.is_open=1 AND k.concerns=0 THEN '~' ELSE coalesce(d.moment, '~') END
FROM concerned k CROSS JOIN cases c ON c.stream=k.stream LEFT JOIN due_items d ON d.stream=c.stream
"""
_KNOWN = """
SELECT r.* FROM json_each(?) k CROSS JOIN cases c ON c.stream=k.value
CROSS JOIN register r ON r.opened=c.opened
"""
_KEEP = (
    "INSERT INTO register VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (opened, agency) "
    "DO UPDATE SET state=excluded.state, is_open=excluded.is_open, place=excluded.place, "
    "moment=excluded.moment"
)
_COUNT = (
    "INSERT INTO register_counts VALUES (?, ?, ?, ?) ON CONFLICT (agency, place, moment) "
    "DO UPDATE SET cases=register_counts.cases+excluded.cases"
)
_NONE_LEFT = "DELETE FROM register_counts WHERE agency=? AND place=? AND moment=? AND cases=0"


# --- Following the record ----------------------------------------------------------------------


def apply(database: Database, steps: Sequence[Step], world: World) -> None:
    """Take over what was recorded; the other views have done so."""
    touched = set(world.moved)
    words: list[Row] = []
    for step in steps:
        case, one = step.after, step.recorded
        if case is None:
            continue
        if step.changes(*OF_A_STAY) or _maintained_or_not(step.before, case):
            touched.add(one.stream)
        if step.before is None:
            words += [(word, one.position) for word in sorted(_words_of(case))]
        if isinstance(case, Escalation) and _opens_or_ends(step.before, case):
            touched.add(f"incident:{case.incident}")
    database.executemany("INSERT INTO register_words VALUES (?, ?)", words)
    if touched:
        _keep(database, json.dumps(sorted(touched)))


def _maintained_or_not(before: Case | None, after: Case) -> bool:
    """Whether other actions of an escalation are not maintained than before."""
    if not isinstance(before, Escalation) or not isinstance(after, Escalation):
        return False
    return before.actions is not after.actions and _not_maintained(before) != _not_maintained(after)


def _not_maintained(case: Escalation) -> list[str]:
    not_maintained = ActionState.NOT_MAINTAINED
    return [one.reference for one in case.actions.values() if one.state is not_maintained]


def _opens_or_ends(before: Case | None, after: Escalation) -> bool:
    return not isinstance(before, Escalation) or (before.ending is None) != (after.ending is None)


def _keep(database: Database, touched: str) -> None:
    """Write the rows of these cases that are not as they were, and count them where they stand now."""
    known = {row[:2]: row for row in database.all(_KNOWN, touched)}
    changed = [row for row in database.all(_ROWS, touched) if row != known.get(row[:2])]
    moved: Counter[tuple[str, str, str]] = Counter()
    for row in changed:
        moved[_counted_as(row)] += 1
        if row[:2] in known:
            moved[_counted_as(known[row[:2]])] -= 1
    database.executemany(_KEEP, changed)
    database.executemany(_COUNT, [(*key, number) for key, number in moved.items() if number])
    database.executemany(_NONE_LEFT, [key for key, number in moved.items() if number < 0])


def _counted_as(row: Row) -> tuple[str, str, str]:
    _, agency, *_, place, moment = row
    return agency, place, moment


# --- Words of references -----------------------------------------------------------------------

_NO_WORD = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W\d_]+|\d+")


def _words_of(case: Case) -> set[str]:
    words = set(_words(case.reference))
    if isinstance(case, Escalation):
        words.update(_words(case.incident))
    return words


def _words(reference: str) -> Iterator[str]:
    """What a reference can be found by the beginning of: itself, and itself from each part on.

    ``ESC-2026-0042`` is found as ``esc-2026``, ``2026-0042``, ``0042`` and ``42``.
    """
    whole = _plain(reference)
    for part in _WORD.finditer(whole):
        yield whole[part.start() :]
        noughts = len(part[0]) - len(part[0].lstrip("0"))
        if 0 < noughts < len(part[0]):
            yield whole[part.start() + noughts :]


def _plain(text: str) -> str:
    return _NO_WORD.sub("-", text.casefold()).strip("-")


# --- Questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for in the register: all of what is given has to hold.

    ``text`` is the beginning of a reference, or of a part of it (``42`` finds ``ESC-2026-0042``);
    escalations are found by their incident's as well. ``kind`` is ``incident`` or ``escalation``. The
    days are those on which a case was reported or raised, and the last days of what next falls due,
    both included. ``closed`` leaves the closed cases alone, or with ``False`` the open ones.
    """

    text: str = ""
    kind: str | None = None
    state: str | None = None
    agency: str | None = None
    timescale: str | None = None
    due_from: date | None = None
    due_to: date | None = None
    raised_from: date | None = None
    raised_to: date | None = None
    closed: bool | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A case in the register, told without reading the case itself.

    ``agency`` and ``timescale`` are an escalation's alone; ``due`` is when something next falls due in
    it; ``passed`` says that a limit or a timescale has passed in it, or an action is not maintained.
    """

    stream: str
    kind: str
    reference: str
    incident: str
    agency: str | None
    timescale: str | None
    state: str
    is_open: bool
    raised_on: date
    due: datetime | None
    passed: bool


LISTED = (
    "r.stream, r.kind, c.reference, c.incident, c.agency, r.timescale, r.state, r.is_open, r.raised_on, "
    "r.moment, r.place"
)


def register(
    database: Database, search: Search, civil: CivilTime, *, page: Page = FIRST_PAGE
) -> Found[Listed]:
    """One page of the cases that are looked for, the newest first: by the day raised, then recorded.

    A case looked for by text, or by when something falls due, is looked for among those that this is
    true of, where they are few; else the cases are gone through from the newest on.
    """
    conditions = list(_conditions(search, civil))
    few = _few(database, search, civil)
    source = "FROM register r"
    values: list[object] = []
    if few is not None:
        source = "FROM json_each(?) k CROSS JOIN register r ON r.opened=CAST(k.value AS BIGINT)"
        values.append(json.dumps(few))
    where = " AND ".join(condition for condition, _ in conditions)
    source += f" WHERE {where}"
    values += [value for _, given in conditions for value in given]
    with_case = source.replace(" WHERE ", " CROSS JOIN cases c ON c.stream=r.stream WHERE ", 1)
    order = "r.raised_on DESC, r.opened DESC"
    rows, more = paged(database, LISTED, with_case, order, values, page)
    return Found([listed(row) for row in rows], *counted(database, source, values), more)


def listed(row: Row) -> Listed:
    """A row of the register as it is asked for here."""
    stream, kind, reference, incident, agency, timescale, state, is_open, raised_on, *at = row
    moment, place = at
    return Listed(
        stream,
        kind,
        reference,
        incident,
        agency,
        timescale,
        state,
        bool(is_open),
        date.fromisoformat(raised_on),
        None if moment == NEVER else datetime.fromisoformat(moment),
        place == HAS_PASSED,
    )


Condition = tuple[str, Sequence[object]]
_IN_ORDER = ("state", "timescale", "is_open")
"""By which of these an index is chosen, the first that is given; ``+`` keeps the others from it."""


def _conditions(search: Search, civil: CivilTime) -> Iterator[Condition]:
    yield "r.agency=?", [search.agency or EVERYBODY]
    is_open = None if search.closed is None else not search.closed
    given = {"state": search.state, "timescale": search.timescale, "is_open": is_open}
    chosen = next((name for name in _IN_ORDER if given[name] is not None), None)
    for name, value in given.items():
        if value is not None:
            yield f"{'' if name == chosen else '+'}r.{name}=?", [value]
    if search.kind is not None:
        yield "+r.kind=?", [search.kind]
    if search.raised_from is not None:
        yield "r.raised_on>=?", [search.raised_from.isoformat()]
    if search.raised_to is not None:
        yield "r.raised_on<=?", [search.raised_to.isoformat()]
    if search.due_from is not None or search.due_to is not None:
        yield "+r.moment>? AND +r.moment<=?", _due(search, civil)
    if search.text.strip():
        yield (
            "EXISTS (SELECT 1 FROM register_words w WHERE w.opened=r.opened AND w.word>=? AND w.word<?)",
            _beginning(search.text),
        )


def _few(database: Database, search: Search, civil: CivilTime) -> list[int] | None:
    """The cases among which to look, where text or due days leave few; ``None`` where they do not."""
    if search.text.strip():
        found = _opened(
            database,
            "SELECT DISTINCT opened FROM register_words WHERE word>=? AND word<?",
            _beginning(search.text),
        )
        if found is not None:
            return found
    if search.due_from is not None or search.due_to is not None:
        return _opened(
            database,
            "SELECT opened FROM register WHERE agency=? AND moment>? AND moment<=?",
            [search.agency or EVERYBODY, *_due(search, civil)],
        )
    return None


def _opened(database: Database, statement: str, values: Iterable[object]) -> list[int] | None:
    rows = database.all(f"{statement} LIMIT {MOST_COUNTED + 1}", *values)
    return [row[0] for row in rows] if len(rows) <= MOST_COUNTED else None


def _beginning(text: str) -> tuple[str, str]:
    begins = _plain(text)
    return begins, f"{begins}\U0010ffff" if begins else ""


def _due(search: Search, civil: CivilTime) -> tuple[str, str]:
    """Between which moments something falls due: what has a last day falls due as it ends."""
    since = civil.midnight_opening(search.due_from) if search.due_from else None
    until = civil.midnight_ending(search.due_to) if search.due_to else None
    return (
        written_moment(since) if since else "",
        written_moment(until) if until else SOMETIME,
    )
