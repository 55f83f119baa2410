"""What can be taken away: the right things, in every form, safe to open, and noted."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from cspr_workflow.application.accounts import EXPORT
from cspr_workflow.domain.acts import RecordAction, RecordDiscussion
from cspr_workflow.domain.people import Means, Side
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.questions.registry import QUESTIONS
from tests.support import day
from tests.web.site import MadeSite, made_site

FORMULA = '=HYPERLINK("http://example.org","x")'
LISTS = (
    "/actions",
    "/register",
    "/timeliness",
    "/escalations/ESC-1/history",
    "/incidents/INC-1/history",
)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        action = RecordAction("ESC-1", "A2", FORMULA, Side.AGENCY, day("2026-12-08"))
        one.store.do("officer", "2026-12-01T10:00", action)
        said = RecordDiscussion("ESC-1", Means.CALL, "@SUM(1)\nhttps://example.org")
        one.store.do("officer", "2026-12-01T10:00", said)
        yield one


def got(made: MadeSite, person: str, path: str, status: int = 200) -> Any:
    answer = made.client(person).get(path)
    assert answer.status_code == status, answer.text
    return answer


def table(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV, by the titles of its columns."""
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def workbook(answer: Any) -> dict[str, list[list[str]]]:
    """The cells of a workbook as they stand in it, by the names of its sheets. It holds no formula."""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as files:
        names = files.namelist()
        links = [name for name in names if name.endswith(".rels")]
        assert all(b"hyperlink" not in files.read(name) for name in links)
        strings = [
            "".join(part.itertext())
            for part in ElementTree.fromstring(files.read("xl/sharedStrings.xml"))
        ]
        book = ElementTree.fromstring(files.read("xl/workbook.xml"))
        sheets = [one.attrib["name"] for one in book.iter(f"{_MAIN}sheet")]
        found = {}
        for number, name in enumerate(sheets, 1):
            sheet = ElementTree.fromstring(files.read(f"xl/worksheets/sheet{number}.xml"))
            assert list(sheet.iter(f"{_MAIN}f")) == []
            found[name] = [
                [_cell(cell, strings) for cell in row] for row in sheet.iter(f"{_MAIN}row")
            ]
    return found


def _cell(cell: Any, strings: list[str]) -> str:
    value = cell.findtext(f"{_MAIN}v") or ""
    return strings[int(value)] if cell.attrib.get("t") == "s" else value


# --- Every form of everything ------------------------------------------------------------------------


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("json", "application/json"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_each_form_is_a_file_with_a_name_and_is_noted(
    made: MadeSite, path: str, form: str, kind: str
):
    answer = got(made, "officer", f"{path}/download.{form}")
    assert answer.headers["content-type"] == kind
    name = re.fullmatch(
        r'attachment; filename="([A-Za-z0-9.~-]+)"', answer.headers["content-disposition"]
    )
    assert name and name[1].endswith(f"-2026-12-01.{form}")
    assert answer.headers["cache-control"] == "no-store"
    (line,) = made.site.readings.lines()
    assert (line.person, line.what, line.how) == ("officer", EXPORT, form)
    assert line.about == (path.split("/")[2] if "history" in path else path.strip("/"))


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("form", ["pdf", "CSV", "xls", "csv.exe"])
def test_there_is_no_other_form(made: MadeSite, path: str, form: str):
    got(made, "officer", f"{path}/download.{form}", 404)
    assert made.site.readings.lines() == []


def test_who_may_take_what_away(made: MadeSite):
    for path in LISTS:
        got(made, "audit", f"{path}/download.csv")
        got(made, "admin", f"{path}/download.csv", 403)
    for path in ("/register", "/timeliness", "/incidents/INC-1/history"):
        got(made, "trust", f"{path}/download.csv", 403)
    got(made, "trust", "/escalations/ESC-2/history/download.json", 404)


def test_an_agency_takes_away_its_own_actions_alone(made: MadeSite):
    assert {one["action"] for one in table(got(made, "trust", "/actions/download.csv"))} == {
        "A1",
        "A2",
    }
    assert table(got(made, "police", "/actions/download.csv")) == []
    got(made, "police", "/actions/download.csv?agency=Acute%20Trust", 422)
    got(made, "police", "/actions/download.csv?escalation=ESC-1", 404)


@pytest.mark.parametrize("path", LISTS)
def test_a_rehearsal_says_so_inside(made: MadeSite, path: str):
    rows = table(got(made, "officer", f"{path}/download.csv"))
    assert rows and {one["rehearsal"] for one in rows} == {"yes"}
    assert got(made, "officer", f"{path}/download.json").json()["rehearsal"] is True
    sheets = workbook(got(made, "officer", f"{path}/download.xlsx"))
    *tables, about = sheets.values()
    mark = "Rehearsal: nothing in this store is real. Its clock is set to Tue 1 Dec 2026 10:00."
    assert ["Rehearsal", mark] in about
    assert all(rows[0][-1] == "rehearsal" for rows in tables)


@pytest.mark.parametrize(
    ("path", "question", "given"),
    [
        ("/actions", "actions", {}),
        ("/timeliness", "timeliness", {}),
        ("/timeliness", "timeliness", {"by": "agency", "agency": "Police"}),
        ("/escalations/ESC-1/history", "history", {"reference": "ESC-1"}),
        ("/incidents/INC-1/history", "history", {"reference": "INC-1"}),
    ],
)
def test_json_is_the_plain_answer(made: MadeSite, path: str, question: str, given: dict[str, str]):
    asked = "&".join(f"{name}={one}" for name, one in given.items() if name != "reference")
    answer = got(made, "officer", f"{path}/download.json?{asked}").json()
    plain = QUESTIONS[question].answer(Asking(made.store.desk), None, **given)
    assert answer == json.loads(json.dumps(plain))


# --- Spreadsheets --------------------------------------------------------------------------------------


def test_no_cell_is_a_formula_or_a_link(made: MadeSite):
    rows = table(got(made, "officer", "/actions/download.csv"))
    assert [one["what"] for one in rows] == ["Send the chronology", f"'{FORMULA}"]
    sheets = workbook(got(made, "officer", "/actions/download.xlsx"))
    assert FORMULA in sheets["Agreed actions"][2]
    said = workbook(got(made, "officer", "/escalations/ESC-1/history/download.xlsx"))["History"]
    assert any("@SUM(1)\nhttps://example.org" in cell for row in said for cell in row)


def test_days_and_moments_are_real_ones_in_a_workbook(made: MadeSite):
    titles, first, *_ = workbook(got(made, "officer", "/actions/download.xlsx"))["Agreed actions"]
    serial = (date(2026, 12, 3) - date(1899, 12, 30)).days
    assert str(serial) in first
    titles, first, *_ = workbook(got(made, "officer", "/escalations/ESC-1/history/download.xlsx"))[
        "History"
    ]
    happened = float(first[titles.index("happened")])
    assert happened == pytest.approx((date(2026, 11, 30) - date(1899, 12, 30)).days + 9.5 / 24)


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(made: MadeSite):
    long = "x" * 40_000
    made.store.do("officer", "2026-12-01T10:00", RecordDiscussion("ESC-1", Means.CALL, long))
    sheets = workbook(got(made, "officer", "/escalations/ESC-1/history/download.xlsx"))
    (cell,) = (cell for row in sheets["History"] for cell in row if "xxx" in cell)
    assert len(cell) == 32_767 and cell.endswith("[cut here: the CSV has all of it]")
    rows = table(got(made, "officer", "/escalations/ESC-1/history/download.csv"))
    assert any(long in one["what"] for one in rows)


def test_a_history_has_both_times_and_who(made: MadeSite):
    rows = table(got(made, "trust", "/escalations/ESC-1/history/download.csv"))
    assert rows[0]["happened"] == rows[0]["recorded"] == "2026-11-30 09:30"
    assert rows[0]["by"] == "A. Officer" and rows[0]["clause"] == "A1"
    assert {one["reference"] for one in rows} == {"ESC-1"}


def test_the_figures_of_timeliness_line_by_line(made: MadeSite):
    made.store.tick("2026-12-05T07:00")
    rows = table(got(made, "officer", "/timeliness/download.csv?by=agency"))
    found = {
        (one["table"], one["group"], one["what"], one["stands"]): one["how many"] for one in rows
    }
    assert found["Limits of the stages", "Police", "Stage 1", "Passed"] == "1"
    assert found["Limits of the stages", "Police", "Stage 1", "In time"] == "0"
    sheets = workbook(got(made, "officer", "/timeliness/download.xlsx?by=agency"))
    assert list(sheets) == ["Timescales", "Limits", "Duties", "Recorded late", "About this file"]
    assert sheets["Limits"][0][:4] == ["Agency", "What", "In time", "Late"]
    rows_of_police = [row[1:5] for row in sheets["Limits"] if row[0] == "Police"]
    assert ["Stage 1", "0", "0", "1"] in rows_of_police


# --- The register --------------------------------------------------------------------------------------


def test_the_register_is_taken_away_whole_as_it_is_looked_for(
    made: MadeSite, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cspr_workflow.interfaces.web.pages.downloads.MOST_ON_A_PAGE", 1)
    rows = table(got(made, "officer", "/register/download.csv"))
    assert {one["reference"] for one in rows} == {"INC-1", "ESC-1", "ESC-2"}
    answer = got(made, "officer", "/register/download.json?agency=Police&kind=escalation").json()
    assert [one["reference"] for one in answer["cases"]] == ["ESC-2"]
    assert (answer["total"], answer["more"]) == (1, False)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/actions", "due_from=2026-02-30"),
        ("/actions", "due_from-day=x"),
        ("/actions", "state=nonsense"),
        ("/actions", "outstanding=maybe"),
        ("/register", "raised_from-day=1&raised_from-month=13&raised_from-year=2026"),
        ("/register", "due_from=0001-01-01"),
        ("/register", "due_to=9999-12-31"),
        ("/register", "kind=nonsense"),
        ("/timeliness", "by=nonsense"),
        ("/timeliness", "agency=Nowhere"),
    ],
)
def test_what_cannot_be_answered_is_said_and_not_noted(made: MadeSite, path: str, asked: str):
    answer = got(made, "officer", f"{path}/download.csv?{asked}", 422)
    assert "This cannot be answered" in answer.text
    assert made.site.readings.lines() == []
