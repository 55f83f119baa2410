"""Who agreed what with whom, by when, and what became of it: the record of agreed actions."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cspr_workflow import forms
from cspr_workflow.application.ports import Record, Recorded
from cspr_workflow.domain.actions import Action, ActionFact, ActionState
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation, evolve
from cspr_workflow.domain.escalation_facts import DecisionMade
from cspr_workflow.domain.texts import as_sealed
from cspr_workflow.restore import restored
from projections.database import Database, Row, Step, World

TABLES = """
CREATE TABLE agreed_actions (
    stream TEXT NOT NULL,
    action TEXT NOT NULL,
    escalation TEXT NOT NULL,
    incident TEXT NOT NULL,
    agency TEXT NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    due TEXT NOT NULL,
    outstanding INTEGER NOT NULL,
    done_on TEXT,
    reported INTEGER NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (stream, action)
);
CREATE INDEX agreed_actions_by_agency ON agreed_actions (agency, state);
CREATE TABLE action_entries (
    stream TEXT NOT NULL,
    action TEXT NOT NULL,
    position INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (stream, action, position)
) WITHOUT ROWID;
"""
_KEEP = (
    "INSERT INTO agreed_actions VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (stream, action) "
    "DO UPDATE SET state=excluded.state, due=excluded.due, outstanding=excluded.outstanding, "
    "done_on=excluded.done_on, reported=excluded.reported, record=excluded.record"
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


def apply(database: Database, steps: Sequence[Step], _: World) -> None:
    """Take over what was recorded."""
    changed: dict[tuple[str, str], Row] = {}
    told: list[Row] = []
    for step in steps:
        case, one = step.after, step.recorded
        if not isinstance(case, Escalation):
            continue
        for reference in _concerned(one.entry):
            action = case.actions[reference]
            changed[one.stream, reference] = _row(one.stream, case, action)
            told.append((one.stream, reference, one.position, one.version))
    database.executemany(_KEEP, list(changed.values()))
    database.executemany("INSERT INTO action_entries VALUES (?, ?, ?, ?)", told)


def _row(stream: str, case: Escalation, action: Action) -> Row:
    terms = action.shown
    return (
        stream,
        action.reference,
        case.reference,
        case.incident,
        case.agency,
        action.owner.value,
        action.state.value,
        terms.due.isoformat(),
        action.outstanding,
        action.done_on.isoformat() if action.done_on else None,
        action.reported,
        json.dumps(forms.plain(action), ensure_ascii=False, separators=(",", ":")),
    )


# --- Questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """Which agreed actions a question is about: by agency, escalation, state, and due days."""

    agency: str | None = None
    escalation: str | None = None
    incident: str | None = None
    state: ActionState | None = None
    due_from: date | None = None
    due_to: date | None = None
    outstanding: bool | None = None


def asked_for(database: Database, record: Record, asked: Asked) -> Iterator[ActionRecord]:
    """The record of the agreed actions that are asked for, in the order of their escalations."""
    conditions = {
        "a.agency=?": asked.agency,
        "a.escalation=?": asked.escalation,
        "a.incident=?": asked.incident,
        "a.state=?": asked.state,
        "a.due>=?": asked.due_from.isoformat() if asked.due_from else None,
        "a.due<=?": asked.due_to.isoformat() if asked.due_to else None,
        "a.outstanding=?": asked.outstanding,
    }
    given = {condition: value for condition, value in conditions.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    rows = database.all(
        "SELECT a.stream, a.action, a.escalation, a.agency, a.record, c.is_open "  # noqa: S608
        f"FROM agreed_actions a JOIN cases c ON c.stream=a.stream {where} "
        "ORDER BY c.opened, a.rowid",
        *given.values(),
    )
    for stream, reference, escalation, agency, written, is_open in rows:
        versions = {
            row[0]
            for row in database.all(
                "SELECT version FROM action_entries WHERE stream=? AND action=?", stream, reference
            )
        }
        entries = [
            one.entry for one in record.read(stream, min(versions) - 1) if one.version in versions
        ]
        action = restored(Action, _sealed(json.loads(written)))
        yield ActionRecord(escalation, agency, action, entries, ended=not is_open)


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
