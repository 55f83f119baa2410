"""Where cases stood in the past, at the command line."""

from typing import Annotated

import typer
from rich.console import Console

from cspr_workflow.interfaces.asking import Asking, asking
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.questions.as_at import AS_AT, Past, Stood
from cspr_workflow.interfaces.record_words import full_stop
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.terminal import columns, row, safe

_REFERENCE = 16
_MOMENT = "MOMENT"


def as_at_command(
    moment: Annotated[
        str,
        typer.Argument(
            metavar=_MOMENT, help="When they stood so, such as 2026-12-03T14:30, local time."
        ),
    ],
    reference: Annotated[
        str | None,
        typer.Argument(
            metavar="REFERENCE", help="An incident or an escalation; all of them, if left out."
        ),
    ] = None,
    known: Annotated[
        str | None,
        typer.Option(
            "--known-at",
            metavar=_MOMENT,
            help="As it was known then; as it is known now, if left out.",
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Where cases stood at a moment, by what had happened up to it, and what was known of that when.

    What was written down late counts from when it happened; --known-at leaves out what was not
    written down by then.
    """
    with asking(store) as asked:
        found = AS_AT.ask(asked, None, moment=moment, reference=reference, known_at=known)
        if as_json:
            asked.echo(AS_AT.plain(found, asked))
        else:
            _tell(found, asked)


def _tell(found: Past, asked: Asking) -> None:
    out = asked.screen()
    out.print(safe(found.title(asked.teller()), "bold"))
    if not found.cases:
        what = f"{found.reference} had not begun" if found.reference else "No case had begun"
        out.print(safe(f"{what} by then, as far as that was known."))
        return
    if found.reference is None:
        out.print(safe(f"{counted(len(found.cases), 'case')}."))
    for one in found.cases:
        out.print()
        _tell_one(one, out)


def _tell_one(one: Stood, out: Console) -> None:
    table = columns(_REFERENCE, None)
    row(table, one.reference, safe(one.title, "bold"))
    row(table, "", full_stop(one.told))
    for sentence in one.not_recorded:
        row(table, "", safe(sentence, "bold"))
    for reference, told in one.actions:
        row(table, f"  {reference}", told)
    for correction in one.corrections:
        row(table, "  Corrected", correction.what)
        row(table, "", safe(correction.told, "italic"))
    out.print(table)
