"""Timeliness at the command line."""

from typing import Annotated

import typer
from rich.console import Console

from cspr_workflow.interfaces.asking import asking
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.question_options import AgencyOption
from cspr_workflow.interfaces.questions.timeliness import TIMELINESS, By, Figures, Table
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.terminal import columns, grid, heading, row, safe

_WHEN = 22
_DAY = "YYYY-MM-DD"
_MOST_NAMED = 20


def timeliness_command(
    by: Annotated[
        By, typer.Option(help="Group by agency, by stage alone, or by month.")
    ] = By.STAGE,
    since: Annotated[
        str | None, typer.Option("--from", metavar=_DAY, help="Only from this day on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar=_DAY, help="Only up to this day.")
    ] = None,
    agency: AgencyOption = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """What was in time, what was late, what passed: timescales, limits of stages, duties.

    A timescale counts on its last day (or on the day on which it was met), a stage and its duties on
    the day on which the stage was entered. What was recorded late because the clock did not run has
    a section of its own: that is nobody's lateness but the system's.
    """
    with asking(store) as asked:
        given = {"by": by, "from": since, "to": until, "agency": agency}
        figures = TIMELINESS.ask(asked, None, **given)
        if as_json:
            asked.echo(TIMELINESS.plain(figures, asked))
        else:
            _tell(figures)


def _tell(figures: Figures) -> None:
    out = figures.asked.screen()
    out.print(safe(figures.title, "bold"))
    for table in figures.tables:
        _tell_table(table, out)
    _tell_late(figures, out)
    if references := figures.not_recorded():
        heading(out, "Fallen due and not yet recorded")
        shown, more = references[:_MOST_NAMED], len(references) - _MOST_NAMED
        text = f"{counted(len(references), 'case')}, not counted above as late or passed: "
        text += ", ".join(shown) + (f" and {more} more" if more > 0 else "")
        out.print(safe(f"{text}. cspr board shows them first."))


def _tell_table(table: Table, out: Console) -> None:
    heading(out, table.title)
    if not table.rows:
        out.print(safe("None."))
        return
    drawn = grid(*table.columns)
    for cells in table.rows:
        row(drawn, *cells)
    out.print(drawn)


def _tell_late(figures: Figures, out: Console) -> None:
    heading(out, "Recorded late because the clock did not run")
    gaps = figures.late
    if not gaps:
        out.print(safe("Nothing: no time is noted in which the clock did not run."))
        return
    table = columns(_WHEN, None)
    for gap in gaps:
        row(table, gap.since, gap.told)
        for sentence in gap.late:
            row(table, "", safe(sentence, "dim"))
    out.print(table)
