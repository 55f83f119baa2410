"""The commands about counting time."""

import json
from datetime import date
from typing import Annotated

import typer

from cspr_workflow import forms
from cspr_workflow.domain.calendar import Calendar, Counted, DayOne, Unit
from cspr_workflow.domain.policy import Region
from cspr_workflow.forms import Wrong
from cspr_workflow.interfaces.calendar_keeping import add_calendar_keeping
from cspr_workflow.interfaces.commands import AsJson, Failed
from cspr_workflow.interfaces.sentences import day as day_in_words
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.store import bank_holidays

MOST_DAYS = 10_000

calendar_app = typer.Typer(
    no_args_is_help=True, help="Counting time, and the days on which nobody works."
)
add_calendar_keeping(calendar_app)


@calendar_app.command("deadline")
def deadline(
    anchor: Annotated[str, typer.Option("--from", metavar="DATE", help="The day to count from.")],
    working_days: Annotated[
        int | None, typer.Option(min=1, max=MOST_DAYS, help="Count working days.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=MOST_DAYS, help="Count calendar days.")
    ] = None,
    months: Annotated[int | None, typer.Option(min=1, max=MOST_DAYS, help="Count months.")] = None,
    before: Annotated[
        bool, typer.Option("--before", help="Count backwards; the day itself is left out.")
    ] = False,
    closure: Annotated[
        list[str] | None,
        typer.Option(metavar="DAY", help="A closure day, for working days; can be given again."),
    ] = None,
    day_one: Annotated[
        DayOne, typer.Option(help="Which day is working day 1, for working days.")
    ] = DayOne.NEXT_WORKING_DAY,
    region: Annotated[Region, typer.Option(help="Whose bank holidays count.")] = Region.ENGLAND,
    more: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DAY]...", help="More closure days, after --closure."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The last day of a limit, and each day that was not counted."""
    given = {Unit.WORKING_DAYS: working_days, Unit.DAYS: days, Unit.MONTHS: months}
    chosen = [(unit, n) for unit, n in given.items() if n is not None]
    if len(chosen) != 1:
        raise Failed("Give exactly one of --working-days, --days and --months.")
    if more and not closure:
        raise Failed(f"{more[0]}: unexpected; closure days follow --closure.")
    unit, n = chosen[0]
    closed = [_date("--closure", written) for written in [*(closure or []), *(more or [])]]
    known = bank_holidays.of(region)
    calendar = Calendar(known.days, known.known_to, dict.fromkeys(closed, "closure day"))
    start = _date("--from", anchor)
    try:
        counted = calendar.count(n, unit, start, day_one=day_one, closures=True, backward=before)
    except (OverflowError, ValueError) as error:
        raise Failed(f"--from: {anchor} is too far away to count from.") from error
    if as_json:
        typer.echo(json.dumps(_plain(counted, calendar)))
    else:
        _tell(counted, calendar)


def _plain(counted: Counted, calendar: Calendar) -> dict[str, object]:
    return {
        "last_day": counted.day.isoformat(),
        "skipped": [forms.plain(skipped) for skipped in counted.skipped],
        "provisional": calendar.provisional(counted),
    }


def _tell(counted: Counted, calendar: Calendar) -> None:
    out = console()
    out.print(safe(day_in_words(counted.day), "bold"))
    for skipped in counted.skipped:
        out.print(safe(f"  not counted: {day_in_words(skipped.day)} ({skipped.why})"))
    if calendar.provisional(counted):
        known_to = calendar.known_to
        out.print(safe(f"  provisional: bank holidays are officially known to {known_to} only"))


def _date(option: str, written: str) -> date:
    try:
        return forms.parse_date(written)
    except Wrong as wrong:
        raise Failed(f"{option}: {wrong}") from wrong
