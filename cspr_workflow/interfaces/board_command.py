"""The board at the command line."""

from typing import Annotated

import typer
from rich.console import Console

from cspr_workflow.interfaces.asking import Asking, asking
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.question_options import AgencyOption
from cspr_workflow.interfaces.questions.board import BOARD, MOST_SHOWN, Board, Group
from cspr_workflow.interfaces.record_words import full_stop
from cspr_workflow.interfaces.terminal import columns, heading, row, safe

_REFERENCE = 16


def board_command(
    agency: AgencyOption = None,
    every: Annotated[bool, typer.Option("--all", help="The closed cases too.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="Show no more cases than this.")
    ] = MOST_SHOWN,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """The open cases: what has passed, what falls due when, who is holding it, what comes next.

    A last day is over at the midnight that ends it: what is due today falls due at that midnight.
    """
    with asking(store) as asked:
        found = BOARD.ask(asked, None, agency=agency, all=every, limit=limit)
        if as_json:
            asked.echo(BOARD.plain(found, asked))
        else:
            _tell(found, asked)


def _tell(found: Board, asked: Asking) -> None:
    out = asked.screen()
    out.print(safe(f"The board on {asked.teller().moment(found.now)}: {found.summary}", "bold"))
    for group in found.groups:
        heading(out, group.title)
        _tell_group(group, out)
    if found.not_shown:
        out.print()
        shown_all = f"--limit {found.in_all} shows them all."
        out.print(safe(f"{found.not_shown} more are not shown; {shown_all}"))


def _tell_group(group: Group, out: Console) -> None:
    table = columns(_REFERENCE, None)
    for number, case in enumerate(group.cases):
        if number:
            row(table, "", "")
        row(table, case.reference, safe(case.title, "bold"))
        row(table, "", full_stop(case.standing))
        for sentence in case.pending:
            row(table, "", safe(sentence, "bold"))
        if case.next:
            row(table, "", safe(f"Next, if nobody acts: {case.next}", "dim"))
        if case.holders:
            row(table, "", safe(case.holders, "dim"))
    out.print(table)
