"""The command that shows a partnership's calendar, and everything that changed it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

import typer
from rich.console import Console

from cspr_workflow.interfaces.asking import Asking, asking
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.questions.house import CALENDAR, Shown
from cspr_workflow.interfaces.sentences import day
from cspr_workflow.interfaces.terminal import columns, heading, row, safe

_WHEN = 22


def show_command(
    year: Annotated[
        int | None,
        typer.Option(
            metavar="YEAR",
            help="Only this year; from this year to the last known one, if left out.",
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """The partnership's calendar: bank holidays, closure days, how far they are known, every change."""
    with asking(store) as asked:
        found = CALENDAR.ask(asked, None, year=year)
        if as_json:
            asked.echo(CALENDAR.plain(found, asked))
        else:
            _tell(found, asked)


def _tell(found: Shown, asked: Asking) -> None:
    out, calendar = asked.screen(), found.calendar
    known = f"Bank holidays are officially known to {calendar.known_to}"
    out.print(safe(f"Version {calendar.version} of the calendar. {known}."))
    _tell_days("Bank holidays", found.bank_holidays, out)
    _tell_days("Closure days", found.closures, out)
    heading(out, "What changed it, and when")
    table = columns(_WHEN, None)
    for one in found.changes:
        row(table, asked.teller().moment(one.entry.recorded), one.told)
    out.print(table)


def _tell_days(title: str, days: Mapping[date, str], out: Console) -> None:
    heading(out, title)
    table = columns(_WHEN, None)
    for one, why in days.items():
        row(table, day(one), why)
    out.print(table if days else safe("None."))
