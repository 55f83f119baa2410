"""Who agreed what with whom, by when, and what became of it: the record of agreed actions."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cspr_workflow import forms
from cspr_workflow.application.ports import Record, Recorded
from cspr_workflow.application.transaction import escalation_stream
from cspr_workflow.domain.actions import Action, ActionFact, ActionState
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation, evolve
from cspr_workflow.domain.escalation_facts import DecisionMade
from cspr_workflow.domain.texts import as_sealed
from cspr_workflow.restore import restored
from projections.database import Database, Row, Step, World
from projections.paging import FIRST_PAGE, Found, Page, counted, paged

TABLES = """
CREATE TABLE agreed_actions (
    stream TEXT NOT NULL,
    number INTEGER NOT NULL,
    action TEXT NOT NULL,
    escalation TEXT NOT NULL,
    incident TEXT NOT NULL,
    agency TEXT NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    due TEXT NOT NULL,
    outstanding INTEGER NOT NULL,
    differing INTEGER NOT NULL,
    done_on TEXT,
    reported INTEGER NOT NULL,
    record TEXT NOT NULL,
    versions TEXT NOT NULL,
    PRIMARY KEY (stream, number)
) WITHOUT ROWID;
CREATE INDEX agreed_actions_by_due ON agreed_actions (due);
CREATE INDEX agreed_actions_by_agency ON agreed_actions (agency, due);
CREATE INDEX agreed_actions_by_state ON agreed_actions (state, due);
CREATE INDEX agreed_actions_by_outstanding ON agreed_actions (outstanding, due);
"""
"""``number`` counts the actions of an escalation in the order in which they were first recorded;
``versions`` are the entries of its stream that made the action what it is."""
_KEEP = (
    "INSERT INTO agreed_actions VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (stream, number) "
    "DO UPDATE SET state=excluded.state, due=excluded.due, outstanding=excluded.outstanding, "
    "differing=excluded.differing, done_on=excluded.done_on, reported=excluded.reported, "
    "record=excluded.record, versions=agreed_actions.versions || ' ' || excluded.versions"
)


@dataclass(slots=True)
class ActionRecord:
    """One agreed action: how it stands, on both sides, and every entry that made it so."""

    escalation: str
    agency: str
    action: Action
    entries: list[Entry] = field(default_factory=list)
    ended: bool = False

    @property
    def released_by_decision(self) -> bool:
        """Whether a decision of the SCSP Chair's released it, not the two sides."""
        last = self.entries[-1].fact
        return isinstance(last, DecisionMade) and self.action.reference in last.releases

    @property
    def open_at_the_end(self) -> bool:
        """Whether it was neither done nor released when the escalation ended."""
        return self.ended and self.action.outstanding


def agreed_actions(record: Iterable[Recorded]) -> list[ActionRecord]:
    """Every action of every escalation: the escalations as they were raised, their actions as recorded."""
    cases: dict[str, Escalation] = {}
    records: dict[tuple[str, str], ActionRecord] = {}
    for one in record:
        if not one.stream.startswith("escalation:"):
            continue
        case = cases[one.stream] = evolve(cases.get(one.stream), one.entry)
        for reference in _concerned(one.entry):
            action = case.actions[reference]
            key = (case.reference, reference)
            kept = records.setdefault(key, ActionRecord(case.reference, case.agency, action))
            kept.action = action
            kept.entries.append(one.entry)
    for kept in records.values():
        kept.ended = cases[f"escalation:{kept.escalation}"].ending is not None
    places = {case.reference: place for place, case in enumerate(cases.values())}
    return sorted(records.values(), key=lambda kept: places[kept.escalation])


# --- Following the record ----------------------------------------------------------------------

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def apply(database: Database, steps: Sequence[Step], _: World) -> None:
    """Take over what was recorded."""
    changed: dict[tuple[str, str], Row] = {}
    versions: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        case, one = step.after, step.recorded
        if not isinstance(case, Escalation):
            continue
        for reference in _concerned(one.entry):
            key = one.stream, reference
            versions.setdefault(key, []).append(str(one.version))
            changed[key] = _row(one.stream, case, case.actions[reference])
    database.executemany(_KEEP, [(*row, " ".join(versions[key])) for key, row in changed.items()])


def _row(stream: str, case: Escalation, action: Action) -> Row:
    terms = action.shown
    return (
        stream,
        list(case.actions).index(action.reference) + 1,
        action.reference,
        case.reference,
        case.incident,
        case.agency,
        action.owner.value,
        action.state.value,
        terms.due.isoformat(),
        action.outstanding,
        action.differing,
        action.done_on.isoformat() if action.done_on else None,
        action.reported,
        _ENCODER.encode(forms.plain(action)),
    )


# --- Questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """Which agreed actions a question is about: by agency, escalation, state, and due days.

    ``differing``: whether both sides have a record and the two are not the same.
    """

    agency: str | None = None
    escalation: str | None = None
    incident: str | None = None
    state: ActionState | None = None
    due_from: date | None = None
    due_to: date | None = None
    outstanding: bool | None = None
    differing: bool | None = None


_COLUMNS = "a.stream, a.versions, a.escalation, a.agency, a.record, c.is_open"


def asked_for(database: Database, record: Record, asked: Asked) -> Iterator[ActionRecord]:
    """The record of the agreed actions that are asked for, in the order of their escalations."""
    source, values = _source(asked)
    rows = database.all(f"SELECT {_COLUMNS} {source} ORDER BY c.opened, a.number", *values)
    return (_told(record, row) for row in rows)


def page_of(
    database: Database,
    record: Record,
    asked: Asked,
    *,
    page: Page = FIRST_PAGE,
    latest_first: bool = False,
) -> Found[ActionRecord]:
    """One page of the record of the agreed actions that are asked for, by the day due.

    Its cost follows what it shows: only for these actions are the entries read.
    """
    source, values = _source(asked)
    order = [f"a.{name}{' DESC' if latest_first else ''}" for name in ("due", "stream", "number")]
    rows, more = paged(database, _COLUMNS, source, ", ".join(order), values, page)
    counting = source.replace(_WITH_CASE, "")
    return Found([_told(record, row) for row in rows], *counted(database, counting, values), more)


_WITH_CASE = " CROSS JOIN cases c ON c.stream=a.stream"
_OF_ESCALATION = "a.stream=?"
_OF_INCIDENT = "a.stream IN (SELECT e.stream FROM cases e WHERE e.incident=?)"
_NARROW = (_OF_ESCALATION, _OF_INCIDENT)
_IN_ORDER = _DUE_FROM, _DUE_TO = "a.due>=?", "a.due<=?"
"""What goes with the order of each index but those of the narrow ones."""


def _source(asked: Asked) -> tuple[str, list[object]]:
    """Where the actions are that are asked for, and the values of the question.

    An index is chosen by the first of what is given; ``+`` keeps the others from it.
    """
    conditions = {
        _OF_ESCALATION: None if asked.escalation is None else escalation_stream(asked.escalation),
        _OF_INCIDENT: asked.incident,
        "a.outstanding=?": asked.outstanding,
        "a.agency=?": asked.agency,
        "a.state=?": asked.state,
        _DUE_FROM: asked.due_from.isoformat() if asked.due_from else None,
        _DUE_TO: asked.due_to.isoformat() if asked.due_to else None,
        "a.differing=?": asked.differing,
    }
    given = {condition: value for condition, value in conditions.items() if value is not None}
    chosen = next(iter(given), "")
    free = {chosen} if chosen in _NARROW else {chosen, *_IN_ORDER}
    where = " AND ".join(one if one in free else f"+{one}" for one in given)
    return f"FROM agreed_actions a{_WITH_CASE}{where and f' WHERE {where}'}", list(given.values())


def _told(record: Record, row: Row) -> ActionRecord:
    stream, written_versions, escalation, agency, written, is_open = row
    versions = set(map(int, written_versions.split()))
    entries = [
        one.entry for one in record.read(stream, min(versions) - 1) if one.version in versions
    ]
    action = restored(Action, _sealed(json.loads(written)))
    return ActionRecord(escalation, agency, action, entries, ended=not is_open)


def _sealed(written: dict[str, Any]) -> dict[str, Any]:
    for terms in ("scsp", "agency", "in_force"):
        if terms in written:
            written[terms]["what"] = as_sealed(written[terms]["what"])
    return written


def _concerned(entry: Entry) -> Iterator[str]:
    fact = entry.fact
    if isinstance(fact, ActionFact):
        yield fact.action
    elif isinstance(fact, DecisionMade):
        yield from fact.releases
        yield from (new.action for new in fact.sets)
