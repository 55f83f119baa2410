"""What is on the board, and what each case is about: told from the views, without reading a case."""

from dataclasses import dataclass
from datetime import datetime

from projections.database import Database

_PLACES = """
SELECT c.stream, c.kind, c.reference, c.incident, c.is_open, d.moment, CASE c.kind
    WHEN 'incident' THEN EXISTS (
        SELECT 1 FROM timescales t WHERE t.incident=c.reference AND t.state='passed')
    ELSE EXISTS (
        SELECT 1 FROM stays s WHERE s.stream=c.stream AND s.left_at IS NULL AND s.limit_state='passed'
    ) OR EXISTS (
        SELECT 1 FROM agreed_actions a WHERE a.stream=c.stream AND a.state='not_maintained')
    END
FROM cases c LEFT JOIN due_items d ON d.stream=c.stream
WHERE c.is_open>=?1 AND (?2 IS NULL OR c.agency=?2 OR (c.kind='incident' AND EXISTS (
    SELECT 1 FROM cases e WHERE e.incident=c.reference AND e.agency=?2 AND e.is_open>=?1)))
ORDER BY c.opened
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
    rows = database.all(_PLACES, 0 if closed else 1, agency)
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


def subjects(database: Database) -> dict[str, Subject]:
    """What each case is about, by its stream."""
    rows = database.all(
        "SELECT c.stream, c.reference, c.incident, c.agency, c.timescale, coalesce("
        "(SELECT s.policy FROM stays s WHERE s.stream=c.stream LIMIT 1), "
        "(SELECT t.policy FROM timescales t WHERE t.incident=c.reference LIMIT 1)) "
        "FROM cases c ORDER BY c.opened"
    )
    return {stream: Subject(*about) for stream, *about in rows}
