"""The board, the register and the record of agreed actions, at each desk."""

from collections.abc import Iterator
from html import unescape

import pytest

from projections.board import Group
from tests.support import raising
from tests.web.site import MadeSite, made_site


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


def text(made: MadeSite, person: str, path: str, status: int = 200) -> str:
    answer = made.client(person).get(path)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


# --- The board -----------------------------------------------------------------------------------


def test_the_unit_sees_what_falls_due_and_who_holds_it(made: MadeSite):
    board = text(made, "officer", "/board")
    assert "ESC-1" in board and "ESC-2" in board and "INC-1" in board
    assert "Next, if nobody acts" in board
    assert "With Acute Trust" in board
    assert 'href="/do/report-incident"' in board


def test_the_board_of_one_agency_leaves_out_the_others(made: MadeSite):
    board = text(made, "officer", "/board?agency=Police")
    assert "/escalations/ESC-2" in board
    assert "/escalations/ESC-1" not in board
    assert "nobody of Nowhere takes part" in text(made, "officer", "/board?agency=Nowhere", 422)


def test_an_agency_sees_what_is_asked_of_it_and_nothing_of_others(made: MadeSite):
    board = text(made, "trust", "/board")
    assert "What is asked of Acute Trust" in board
    assert "ESC-1" in board and "A1" in board
    assert "ESC-2" not in board and "/incidents/" not in board
    assert "By Thu 3 Dec 2026" in board


def test_what_was_recorded_on_its_behalf_is_to_be_acknowledged(made: MadeSite):
    assert "still to be acknowledged" not in text(made, "police", "/board")


@pytest.mark.parametrize("group", Group)
def test_every_group_has_a_page(made: MadeSite, group: Group):
    page = f"/board/{group.value.replace('_', '-')}"
    assert "in all" in text(made, "audit", page)
    text(made, "trust", page, 403)


def test_a_group_goes_on_where_its_page_ended(made: MadeSite, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cspr_workflow.interfaces.web.pages.lists.ON_A_PAGE", 1)
    monkeypatch.setattr("cspr_workflow.interfaces.web.pages.lists.SHOWN", 1)
    made.store.do("officer", "2026-12-01T09:30", raising("ESC-3", agency="Police"))
    seen, path = [], "/board/today"
    client = made.client("officer")
    for group in Group:
        path = f"/board/{group.value.replace('_', '-')}"
        while path:
            page = unescape(client.get(path).text)
            seen += [one for one in ("ESC-1", "ESC-2", "ESC-3") if f'/escalations/{one}"' in page]
            _, link, _ = page.partition('rel="next"')
            path = (
                page[: page.index('rel="next"')].rpartition('href="')[2].partition('"')[0]
                if link
                else ""
            )
    assert sorted(seen) == ["ESC-1", "ESC-2", "ESC-3"]


@pytest.mark.parametrize("path", ["/board/nothing", "/board/today?after=x", "/board/not_recorded"])
def test_there_is_no_other_page_of_the_board(made: MadeSite, path: str):
    assert made.client("officer").get(path).status_code in (404, 422)


# --- The register --------------------------------------------------------------------------------


def test_the_register_finds_by_reference_agency_and_days(made: MadeSite):
    assert "3 found" in text(made, "officer", "/register")
    found = text(made, "officer", "/register?text=ESC-2")
    assert "1 found" in found and "/escalations/ESC-2" in found
    assert "2 found" in text(made, "audit", "/register?agency=Police")
    days = "raised_from-day=30&raised_from-month=11&raised_from-year=2026"
    assert "found" in text(made, "officer", f"/register?{days}")
    assert "Nothing was found" in text(made, "officer", "/register?text=zzz")


def test_what_somebody_outside_the_unit_looks_for_is_noted(made: MadeSite):
    text(made, "officer", "/register?text=ESC")
    text(made, "audit", "/register")
    assert made.site.readings.lines() == []
    text(made, "audit", "/register?text=ESC-2")
    (line,) = made.site.readings.lines()
    assert (line.person, line.what, line.about) == ("audit", "search", "ESC-2")


def test_a_day_that_is_none_is_told_at_its_field(made: MadeSite):
    days = "raised_from-day=31&raised_from-month=2&raised_from-year=2026"
    found = text(made, "officer", f"/register?{days}", 400)
    assert "There is a problem" in found
    assert 'value="31"' in found, "nothing is lost"


@pytest.mark.parametrize("person", ["trust", "admin"])
def test_the_register_is_for_those_who_read_everything(made: MadeSite, person: str):
    text(made, person, "/register", 403)


# --- The record of agreed actions ------------------------------------------------------------------


def test_the_actions_say_what_became_of_them(made: MadeSite):
    found = text(made, "officer", "/actions")
    assert "A1 of ESC-1" in found and "1 found" in found
    assert "0 found" in text(made, "officer", "/actions?agency=Police")
    assert "A1 of ESC-1" in text(made, "trust", "/actions")
    assert "0 found" in text(made, "police", "/actions")
    text(made, "police", "/actions?agency=Acute Trust", 400)
    text(made, "admin", "/actions", 403)
