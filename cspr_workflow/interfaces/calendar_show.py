"""The command that shows a partnership's calendar, and everything that changed it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import typer

from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.domain.calendar import Calendar
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.partnership import CalendarAdopted, is_calendar_change
from cspr_workflow.interfaces.asking import Asking, asking
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.record_words import did, full_stop
from cspr_workflow.interfaces.sentences import dates_in_words, day
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
        shown = _shown(asked, year)
        if as_json:
            asked.echo(shown)
        else:
            _tell_calendar(shown, asked)


def calendar_of(asked: Asking) -> Calendar:
    """The partnership's calendar as it stands."""
    return asked.partnership.rules(asked.desk.policy).calendar


def history_of(asked: Asking) -> list[Entry]:
    """The entry with which the calendar was adopted, and each that changed it since."""
    entries = [one.entry for one in asked.record.read(PARTNERSHIP)]
    return [
        entry
        for entry in entries
        if isinstance(entry.fact, CalendarAdopted) or is_calendar_change(entry.fact)
    ]


def _shown(asked: Asking, year: int | None) -> dict[str, Any]:
    calendar = calendar_of(asked)
    first = year or asked.today.year
    last = year or max(first, calendar.known_to)
    return {
        "policy": asked.desk.policy.label,
        "version": calendar.version,
        "known_to": calendar.known_to,
        "bank_holidays": _days(calendar.bank_holidays, "name", first, last),
        "closures": _days(calendar.closures, "reason", first, last),
        "changes": [
            {
                "version": version,
                "recorded": asked.local(entry.recorded),
                "by": entry.author if entry.by else None,
                "cause": dates_in_words(_cause(entry, version, asked)),
            }
            for version, entry in enumerate(history_of(asked))
        ],
    }


def _days(days: Mapping[date, str], says: str, first: int, last: int) -> list[dict[str, str]]:
    return [
        {"day": one.isoformat(), says: why}
        for one, why in sorted(days.items())
        if first <= one.year <= last
    ]


def _cause(entry: Entry, version: int, asked: Asking) -> str:
    if version:
        return asked.partnership.changes[version - 1].cause
    return asked.teller().sentence(entry)


def _tell_calendar(shown: Mapping[str, Any], asked: Asking) -> None:
    out = asked.screen()
    known = f"Bank holidays are officially known to {shown['known_to']}"
    out.print(safe(f"Version {shown['version']} of the calendar. {known}."))
    for title, field, says in (
        ("Bank holidays", "bank_holidays", "name"),
        ("Closure days", "closures", "reason"),
    ):
        heading(out, title)
        table = columns(_WHEN, None)
        for one in shown[field]:
            row(table, day(date.fromisoformat(one["day"])), one[says])
        out.print(table if shown[field] else safe("None."))
    heading(out, "What changed it, and when")
    table = columns(_WHEN, None)
    for entry in history_of(asked):
        row(table, asked.teller().moment(entry.recorded), _told(entry, asked))
    out.print(table)


def _told(entry: Entry, asked: Asking) -> str:
    if entry.by is not None:
        return did(entry, asked.teller())
    return f"The partnership {full_stop(asked.teller().sentence(entry))}"
