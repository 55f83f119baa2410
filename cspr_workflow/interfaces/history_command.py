"""The chronology at the command line."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any

import typer
from rich.console import Console

from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.domain.entries import CLOCK
from cspr_workflow.interfaces import spreadsheet
from cspr_workflow.interfaces.asking import Known, asking
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.fallen_due import told_pending
from cspr_workflow.interfaces.question_options import AgencyOption
from cspr_workflow.interfaces.questions.history import HISTORY, TITLES, EntryLine
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.spreadsheet import AsCsv
from cspr_workflow.interfaces.terminal import columns, heading, row, safe

_WHEN = 22
_AT_ONCE = 200
_DAY = "YYYY-MM-DD"


def history_command(
    reference: Annotated[
        str | None,
        typer.Argument(
            metavar="REFERENCE",
            help=f"An incident, an escalation, or '{PARTNERSHIP}'; everything, if left out.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar=_DAY, help="Only what was recorded on this day or later."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", metavar=_DAY, help="Only what was recorded on this day or earlier."),
    ] = None,
    agency: AgencyOption = None,
    person: Annotated[
        str | None,
        typer.Option(
            metavar="PERSON", help=f"Only what this person recorded, by id, or '{CLOCK}'."
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Everything that was recorded, in order: when it happened, when it was written down, by whom.

    A correction stands beside what it corrects, and what was brought in from elsewhere is marked.
    """
    spreadsheet.one_form(as_json=as_json, as_csv=as_csv)
    given = {
        "reference": reference,
        "from": since,
        "to": until,
        "agency": agency,
        "person": person,
    }
    with asking(store) as asked:
        found = HISTORY.ask(asked, None, **given)
        if as_csv:
            spreadsheet.print_table(TITLES, (line.cells for line in found.lines), asked)
        elif as_json:
            asked.echo(HISTORY.plain(found, asked))
        else:
            out = asked.screen()
            out.print(safe(found.title, "bold"))
            _tell(found.lines, out, several=found.several)
            _tell_due(found.due, out, several=found.several)


def _tell(lines: Iterable[EntryLine], out: Console, *, several: bool) -> None:
    """The entries, as many at once as are read at once."""
    left, number = iter(lines), 0
    while some := list(islice(left, _AT_ONCE)):
        table = columns(_WHEN, None)
        for line in some:
            for when, text in _sentences(line, several=several):
                row(table, when, text)
        out.print(table)
        number += len(some)
    told = counted(number, "entry").replace("entrys", "entries")
    out.print(safe(f"{told}."))


def _sentences(line: EntryLine, *, several: bool) -> Iterator[tuple[str, Any]]:
    about = f"[{line.reference}] " if line.reference and several else ""
    yield line.happened, f"{about}{line.told}"
    yield "", safe(line.details, "dim")
    if line.brought_in:
        yield "", safe(line.brought_in, "dim")
    if line.corrects:
        yield "", safe(f"It corrects position {line.corrects}.", "dim")
    for correction in line.corrections:
        yield "Corrected", safe(correction.told_as_correction, "italic")


def _tell_due(due: Sequence[Known], out: Console, *, several: bool) -> None:
    """What has fallen due and has no entry yet."""
    if not due:
        return
    heading(out, "Fallen due and not yet recorded")
    if several:
        out.print(safe(f"Something in {counted(len(due), 'case')}; cspr board shows them first."))
        return
    for known in due:
        for entry in known.pending:
            out.print(safe(told_pending(entry, known.teller)))
