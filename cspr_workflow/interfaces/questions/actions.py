"""The record of agreed actions: who agreed what with whom, by when, and what became of it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from cspr_workflow.application.handle import escalation_stream, incident_stream
from cspr_workflow.domain.actions import ActionNotMaintained, ActionState
from cspr_workflow.interfaces.action_rows import (
    ActionRow,
    action_row,
    corrected_in,
    opened,
    sentences_of,
)
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.corrected import Corrections, plain_corrections
from cspr_workflow.interfaces.questions.question import AGENCY, Kind, Parameter, Question, Readers
from cspr_workflow.interfaces.story import about_action, became
from projections.agreed_actions import ActionRecord, Asked, asked_for, page_of
from projections.chronology import corrected_streams
from projections.paging import Found, Page

_CALLED = {
    "recorded_at": "recorded",
    "recorded_later": "recorded, written down",
    "acknowledged_at": "acknowledged",
    "acknowledged_later": "acknowledged, written down",
    "scsp_what": "SCSP what",
    "scsp_due": "SCSP due",
    "not_recorded_since": "not maintained since, not yet recorded",
}
TITLES = [_CALLED.get(field.name, field.name.replace("_", " ")) for field in fields(ActionRow)]
"""The titles of a table of actions; :attr:`ActionLine.cells` has what stands below them."""


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One agreed action: its record with texts opened, and all that is known of it as a row."""

    record: ActionRecord
    row: ActionRow
    asked: Asking

    @property
    def became(self) -> str:
        """What became of it, such as ``Done on Thu 3 Dec 2026``."""
        return became(self.record.action)

    @property
    def sides(self) -> list[str]:
        """Who stands by its terms, and both sides' records where they differ, in sentences."""
        return list(about_action(self.record))

    @property
    def sentences(self) -> list[str]:
        """Who said what about it and when, and what of that was corrected."""
        return list(sentences_of(self.row, self.asked.teller()))

    @property
    def cells(self) -> tuple[object, ...]:
        """The action as a row of a table."""
        *cells, _ = astuple(replace(self.row, corrections=()))
        return *cells, " ".join(corrected_in(self.row)) or None


def _actions(asked: Asking, **given: Any) -> list[ActionLine]:
    return list(action_lines(_asked(asked, **given), asked))


def _asked(
    asked: Asking,
    *,
    agency: str | None,
    escalation: str | None,
    incident: str | None,
    state: ActionState | None,
    due_from: date | None,
    due_to: date | None,
    outstanding: bool,
) -> Asked:
    only = asked.agency(agency)
    _check("escalation", escalation, escalation_stream, asked)
    _check("incident", incident, incident_stream, asked)
    return Asked(only, escalation, incident, state, due_from, due_to, outstanding or None)


def _check(field: str, reference: str | None, stream: Any, asked: Asking) -> None:
    if reference is not None and asked.subject(stream(reference)) is None:
        raise asked.unknown(reference, field)


def action_lines(question: Asked, asked: Asking) -> Iterator[ActionLine]:
    """The record of the actions that are asked for, with its texts opened, each as a row too."""
    return _lines(asked_for(asked.database, asked.record, question), asked)


def actions_page(asked: Asking, page: Page, **given: Any) -> Found[ActionLine]:
    """One page of the same, the latest day due first."""
    question = _asked(asked, **ACTIONS.read(asked, **given))
    found = page_of(asked.database, asked.record, question, page=page, latest_first=True)
    return Found(list(_lines(found.lines, asked)), found.total, found.exact, found.more)


def _lines(records: Iterable[ActionRecord], asked: Asking) -> Iterator[ActionLine]:
    due = set(asked.due(asked.now))
    corrected = corrected_streams(asked.database)
    undone: dict[str, dict[str, datetime]] = {}
    corrections: dict[str, Corrections] = {}
    for sealed in records:
        stream = escalation_stream(sealed.escalation)
        about = asked.subject(stream)
        if about is None:
            continue
        if stream in due and stream not in undone:
            undone[stream] = undone_since(asked.known(stream))
        if stream in corrected and stream not in corrections:
            corrections[stream] = asked.known(stream).corrections
        record = opened(sealed, asked)
        row = action_row(
            record,
            about.incident,
            asked.teller(),
            undone.get(stream, {}).get(record.action.reference),
            corrections[stream].of(record.entries) if stream in corrections else (),
        )
        yield ActionLine(record, row, asked)


def undone_since(known: Known) -> dict[str, datetime]:
    """The actions that have fallen due undone, where that is not recorded yet, and since when."""
    return {
        entry.fact.action: entry.occurred
        for entry in known.pending
        if isinstance(entry.fact, ActionNotMaintained)
    }


# --- As plain data ---------------------------------------------------------------------------


def _plain(found: list[ActionLine], _: Asking) -> dict[str, Any]:
    return {"actions": [plain_action(line) for line in found]}


def plain_action(line: ActionLine) -> dict[str, Any]:
    """An action as plain data. The two sides' own terms stand there only where they differ."""
    row, asked = line.row, line.asked
    if not line.record.action.differing:
        row = replace(row, scsp_what=None, scsp_due=None, agency_what=None, agency_due=None)
    cells = {
        name: asked.plain(value) for name, value in asdict(replace(row, corrections=())).items()
    }
    return {**cells, "corrections": plain_corrections(row.corrections)}


ACTIONS = Question(
    "actions",
    "Who agreed what with whom, by when, and what became of it?",
    Readers.CASES,
    _actions,
    _plain,
    (
        AGENCY,
        Parameter("escalation", Kind.TEXT, "Only those of this escalation."),
        Parameter("incident", Kind.TEXT, "Only those of this incident."),
        Parameter("state", Kind.CHOICE, "Only those that stand so.", choices=ActionState),
        Parameter("due_from", Kind.DAY, "Only those due on this day or later."),
        Parameter("due_to", Kind.DAY, "Only those due on this day or earlier."),
        Parameter("outstanding", Kind.FLAG, "Only those neither done nor released.", default=False),
    ),
)
