"""The record of agreed actions at the command line."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from cspr_workflow.domain.actions import ActionState
from cspr_workflow.interfaces import spreadsheet
from cspr_workflow.interfaces.asking import asking
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.question_options import AgencyOption
from cspr_workflow.interfaces.questions.actions import ACTIONS, TITLES, ActionLine
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.spreadsheet import AsCsv
from cspr_workflow.interfaces.story import print_actions
from cspr_workflow.interfaces.terminal import safe

_DAY = "YYYY-MM-DD"


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
    with asking(store) as asked:
        found = ACTIONS.ask(
            asked,
            None,
            agency=agency,
            escalation=escalation,
            incident=incident,
            state=state,
            due_from=due_from,
            due_to=due_to,
            outstanding=outstanding,
        )
        if as_csv:
            spreadsheet.print_table(TITLES, [line.cells for line in found], asked)
        elif as_json:
            asked.echo(ACTIONS.plain(found, asked))
        else:
            out = asked.screen()
            title = f"The record of agreed actions: {counted(len(found), 'action')}"
            out.print(safe(title, "bold"))
            print_lines(found, out)


def print_lines(found: Sequence[ActionLine], out: Console) -> None:
    """Each action with both sides, and who said what and when."""
    told = {(line.row.escalation, line.row.action): line.sentences for line in found}
    print_actions([line.record for line in found], out, told)
