"""The record of agreed actions: who agreed what with whom, by when, and what became of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, astuple, fields
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from cspr_workflow.application.handle import escalation_stream
from cspr_workflow.domain.actions import ActionNotMaintained, ActionState
from cspr_workflow.interfaces import spreadsheet
from cspr_workflow.interfaces.action_rows import ActionRow, action_row, opened, sentences_of
from cspr_workflow.interfaces.asking import AgencyOption, Asking, Known, asking, read_day
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.spreadsheet import AsCsv
from cspr_workflow.interfaces.story import print_actions
from cspr_workflow.interfaces.terminal import safe
from projections.agreed_actions import ActionRecord, Asked, asked_for
from projections.board import subjects

_DAY = "YYYY-MM-DD"
_TITLES = {
    "recorded_at": "recorded",
    "recorded_later": "recorded, written down",
    "acknowledged_at": "acknowledged",
    "acknowledged_later": "acknowledged, written down",
    "scsp_what": "SCSP what",
    "scsp_due": "SCSP due",
    "not_recorded_since": "not maintained since, not yet recorded",
}


def actions_command(
    agency: AgencyOption = None,
    escalation: Annotated[
        str | None, typer.Option(metavar="REFERENCE", help="Only those of this escalation.")
    ] = None,
    incident: Annotated[
        str | None, typer.Option(metavar="REFERENCE", help="Only those of this incident.")
    ] = None,
    state: Annotated[ActionState | None, typer.Option(help="Only those that stand so.")] = None,
    due_from: Annotated[
        str | None, typer.Option(metavar=_DAY, help="Only those due on this day or later.")
    ] = None,
    due_to: Annotated[
        str | None, typer.Option(metavar=_DAY, help="Only those due on this day or earlier.")
    ] = None,
    outstanding: Annotated[
        bool, typer.Option("--outstanding", help="Only those neither done nor released.")
    ] = False,
    store: StoreOption = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """The record of agreed actions: both sides, by when, what became of each, and who said so."""
    spreadsheet.one_form(as_json=as_json, as_csv=as_csv)
    since, until = read_day("--due-from", due_from), read_day("--due-to", due_to)
    with asking(store) as asked:
        asked.check_agency(agency)
        _check("--escalation", escalation, asked.workflow.escalation, asked)
        _check("--incident", incident, asked.workflow.incident, asked)
        question = Asked(agency, escalation, incident, state, since, until, outstanding or None)
        found = list(rows(question, asked))
        if as_csv:
            _print_csv([row for _, row in found], asked)
        elif as_json:
            asked.echo({"actions": [plain_row(row, asked) for _, row in found]})
        else:
            _tell(found, asked)


def _check(
    option: str, reference: str | None, find: Callable[[str], object], asked: Asking
) -> None:
    if reference is not None and find(reference) is None:
        raise asked.unknown(reference, option)


def rows(question: Asked, asked: Asking) -> Iterator[tuple[ActionRecord, ActionRow]]:
    """The record of the actions that are asked for, with its texts opened, and each as a row."""
    about = subjects(asked.database)
    due = set(asked.desk.views.due(asked.now))
    not_recorded: dict[str, dict[str, datetime]] = {}
    for sealed in asked_for(asked.database, asked.record, question):
        record, reference = opened(sealed, asked), sealed.escalation
        stream = escalation_stream(reference)
        if stream in due and reference not in not_recorded:
            not_recorded[reference] = undone_since(asked.known(stream))
        since = not_recorded.get(reference, {}).get(record.action.reference)
        yield record, action_row(record, about[stream].incident, asked.teller(), since)


def undone_since(known: Known) -> dict[str, datetime]:
    """The actions that have fallen due undone, where that is not recorded yet, and since when."""
    return {
        entry.fact.action: entry.occurred
        for entry in known.pending
        if isinstance(entry.fact, ActionNotMaintained)
    }


# --- How it is told --------------------------------------------------------------------------


def _tell(found: Sequence[tuple[ActionRecord, ActionRow]], asked: Asking) -> None:
    out = asked.screen()
    out.print(safe(f"The record of agreed actions: {counted(len(found), 'action')}", "bold"))
    print_rows(found, asked, out)


def print_rows(
    found: Sequence[tuple[ActionRecord, ActionRow]], asked: Asking, out: Console
) -> None:
    """Each action with both sides, and who said what and when."""
    told = {
        (row.escalation, row.action): list(sentences_of(row, asked.teller())) for _, row in found
    }
    print_actions([record for record, _ in found], out, told)


def plain_row(row: ActionRow, asked: Asking) -> dict[str, Any]:
    """An action's row as plain data."""
    return {name: asked.plain(value) for name, value in asdict(row).items()}


def _print_csv(found: Sequence[ActionRow], asked: Asking) -> None:
    names = [field.name for field in fields(ActionRow)]
    titles = [_TITLES.get(name, name.replace("_", " ")) for name in names]
    cells = [astuple(row) for row in found]
    spreadsheet.print_table(titles, cells, asked)
