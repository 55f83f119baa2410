"""What can be taken away from the pages: a table as CSV or as a workbook, an answer as JSON.

No cell becomes a formula or a link. Moments are in local time. A rehearsal says so in every row and in
every sheet. Each export is noted in the log of reading.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from starlette.responses import Response
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from cspr_workflow.application.accounts import EXPORT
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.spreadsheet import REHEARSAL, as_csv
from cspr_workflow.interfaces.terminal import safe
from cspr_workflow.interfaces.web import address
from cspr_workflow.interfaces.web.visit import NotThere, Visit

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_MOST_IN_A_CELL = 32_767
"""Characters that a cell of a workbook can hold."""
_CUT = " [cut here: the CSV has all of it]"
_WIDTHS = {"what": 70, "event": 38, "happened": 17, "recorded": 17}
_WIDTH = 18


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its name, the titles of its columns, and its rows, which are gone through once."""

    name: str
    titles: Sequence[str]
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Export:
    """Something to take away: ``about`` is what the log of reading names, ``name`` begins the file's.

    ``plain`` gives the same as plain data; ``sheets`` are those of a workbook, where they are others
    than the one ``table``.
    """

    about: str
    name: str
    title: str
    table: Sheet
    plain: Callable[[], Mapping[str, Any]]
    sheets: Sequence[Sheet] = ()


def taken_away(visit: Visit, export: Export, form: str) -> Response:
    """An export in one of its forms. Raises :class:`NotThere` for any other form."""
    asking = visit.asking
    match form:
        case "csv":
            content = as_csv(export.table.titles, export.table.rows, asking)
        case "xlsx":
            content = _workbook(export, visit.name, asking)
        case "json":
            data = {REHEARSAL: asking.rehearsal, **export.plain()}
            content = json.dumps(data, ensure_ascii=False, indent=1).encode()
        case _:
            raise NotThere(form)
    visit.note(EXPORT, export.about, how=form)
    name = f"{address.segment(export.name)}-{asking.today}.{form}"
    return Response(
        content,
        media_type=_TYPES[form],
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


# --- Workbooks -----------------------------------------------------------------------------------


def _workbook(export: Export, who: str, asking: Asking) -> bytes:
    written = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(written, options) as book:
        now = asking.civil.local(asking.now).replace(tzinfo=None)
        book.set_properties({"title": export.title, "comments": asking.mark, "created": now})
        formats = _Formats(book)
        for sheet in export.sheets or (export.table,):
            _write_sheet(book.add_worksheet(sheet.name), sheet, formats, asking)
        about = [("What it is", export.title), ("Taken by", who), ("Taken on", now)]
        about += [("Whose", asking.teller().policy.partnership), ("Times", asking.civil.zone)]
        if asking.mark:
            about.append(("Rehearsal", asking.mark))
        page = book.add_worksheet("About this file")
        page.set_column(0, 0, 14)
        page.set_column(1, 1, 80)
        for number, (name, value) in enumerate(about):
            page.write_string(number, 0, name, formats.title)
            _write(page, number, 1, value, formats, asking)
    return written.getvalue()


class _Formats:
    """How cells look."""

    def __init__(self, book: Workbook) -> None:
        top = {"valign": "top"}
        self.title = book.add_format({**top, "bold": True, "text_wrap": True})
        self.text = book.add_format({**top, "text_wrap": True})
        self.day = book.add_format({**top, "num_format": "dd mmm yyyy", "align": "left"})
        self.moment = book.add_format({**top, "num_format": "dd mmm yyyy hh:mm", "align": "left"})


def _write_sheet(page: Worksheet, sheet: Sheet, formats: _Formats, asking: Asking) -> None:
    marks: tuple[bool, ...] = ()
    titles = list(sheet.titles)
    if asking.rehearsal:
        titles.append(REHEARSAL)
        marks = (True,)
        page.set_header(f"&C{REHEARSAL.capitalize()}")
    page.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        page.set_column(column, column, _WIDTHS.get(title, _WIDTH))
        page.write_string(0, column, title, formats.title)
    last = 1
    for last, row in enumerate(sheet.rows, 1):
        for column, value in enumerate((*row, *marks)):
            _write(page, last, column, value, formats, asking)
    page.autofilter(0, 0, last, len(titles) - 1)


def _write(
    page: Worksheet, row: int, column: int, value: Any, formats: _Formats, asking: Asking
) -> None:
    match value:
        case None | False:
            return
        case True:
            page.write_string(row, column, "yes", formats.text)
        case datetime():
            local = asking.civil.local(value) if value.tzinfo else value
            page.write_datetime(row, column, local.replace(tzinfo=None), formats.moment)
        case date():
            page.write_datetime(row, column, value, formats.day)
        case int() | float():
            page.write_number(row, column, value, formats.text)
        case _:
            page.write_string(row, column, _fitting(safe(value).plain), formats.text)


def _fitting(text: str) -> str:
    """A text as far as a cell can hold it."""
    if len(text) <= _MOST_IN_A_CELL:
        return text
    return text[: _MOST_IN_A_CELL - len(_CUT)] + _CUT
