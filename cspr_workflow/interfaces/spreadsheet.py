"""Tables for a spreadsheet: UTF-8 with a mark that says so, and no cell that could be taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.commands import Failed
from cspr_workflow.interfaces.terminal import safe

AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")]
REHEARSAL = "rehearsal"
"""The last column of every table from a rehearsal."""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def one_form(*, as_json: bool, as_csv: bool) -> None:
    """End the command where both forms are asked for."""
    if as_json and as_csv:
        raise Failed("Give one of --json and --csv, not both.")


def print_table(titles: Sequence[str], rows: Iterable[Sequence[Any]], asked: Asking) -> None:
    """Print a table as CSV."""
    written = as_csv(titles, rows, asked)
    if asked.mark:
        asked.screen(stderr=True)
    typer.echo(written, nl=False)


def as_csv(titles: Sequence[str], rows: Iterable[Sequence[Any]], asked: Asking) -> bytes:
    """A table as CSV. Moments are in local time, without an offset, as spreadsheets read them."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow([*titles, REHEARSAL] if asked.rehearsal else titles)
    for row in rows:
        cells = [cell(value, asked.civil) for value in row]
        table.writerow([*cells, "yes"] if asked.rehearsal else cells)
    return written.getvalue().encode("utf-8-sig")


def cell(value: Any, civil: CivilTime) -> str:
    """A value as a cell; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, datetime):
        return f"{civil.local(value):%Y-%m-%d %H:%M}"
    text = safe(value).plain
    return f"'{text}" if text.startswith(_FORMULAS) else text
