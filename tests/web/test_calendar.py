"""The calendar: what it shows, who may change it, and taking over a newer list of bank holidays."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from cspr_workflow.application.ports import KnownHolidays
from cspr_workflow.domain.acts import ChangedHoliday, DeclareClosure, UpdateBankHolidays
from cspr_workflow.store import bank_holidays
from tests.support import bank_holidays_of_these_years, day
from tests.web.browser import NARROW, WIDE, Browser, axe, looking, nothing_sticks_out, served
from tests.web.site import NOW, MadeSite, made_site
from tests.web.test_acts import hidden, position

UPDATE = "/calendar/update"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[MadeSite]:
    known = bank_holidays_of_these_years()
    monkeypatch.setattr(bank_holidays, "of", lambda _: known)
    with made_site() as one:
        one.store.do("manager", NOW, DeclareClosure(day("2026-12-29"), "Offices closed"))
        yield one


@pytest.fixture
def newer(made: MadeSite, monkeypatch: pytest.MonkeyPatch) -> MadeSite:
    """A newer list: Wednesday 2 December 2026 is a bank holiday, Monday 30 August 2027 is none."""
    known = bank_holidays_of_these_years()
    days = {one: name for one, name in known.days.items() if one != day("2027-08-30")}
    days[day("2026-12-02")] = "Jubilee"
    listed = KnownHolidays(known.region, "holidays 9.9", 2029, days)
    monkeypatch.setattr(bank_holidays, "of", lambda _: listed)
    return made


def text(made: MadeSite, person: str, path: str = "/calendar", status: int = 200) -> str:
    answer = made.client(person).get(path)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def cell(page: str, number: str) -> str:
    """What stands at a day of the first month that a page shows."""
    cells = re.findall(r'<td class="([^"]*)">(.*?)</td>', page, re.DOTALL)
    for kinds, inner in cells:
        words = " ".join(re.sub(r"<[^>]*>", " ", inner).split())
        if "outside" not in kinds and re.match(rf"[A-Z][a-z]{{2}} {number} [A-Z]", words):
            return f"{kinds}: {words}"
    raise AssertionError(f"there is no day {number}")


# --- What it shows -------------------------------------------------------------------------------


def test_days_off_stand_with_their_names_and_today_is_marked(made: MadeSite):
    page = text(made, "officer")
    assert "December 2026: 21 working days, 1 of them closed" in page
    assert "January 2027: 20 working days" in page
    assert "February 2027: 20 working days" in page
    assert "cspr-calendar--today" in cell(page, "1") and "Today" in cell(page, "1")
    assert "cspr-calendar--off" in cell(page, "25")
    assert "Christmas Day Bank holiday" in cell(page, "25")
    assert "Offices closed Closure day" in cell(page, "29")
    assert "cspr-calendar--off" in cell(page, "26"), "a Saturday"
    assert "cspr-calendar--off" not in cell(page, "30")
    assert page.count("cspr-calendar__now") == 1


def test_months_ahead_and_back(made: MadeSite):
    page = text(made, "audit", "/calendar?month=2027-01")
    assert "January 2027" in page and "March 2027" in page
    assert "December 2026: " not in page
    assert 'href="/calendar?month=2026-10"' in page
    assert 'href="/calendar?month=2027-04"' in page
    assert "cspr-calendar__now" not in page
    first = text(made, "audit", "/calendar?month=1900-01")
    assert "Earlier months" not in first and "Later months" in first


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-00", "26-12", "1899-12", "9000-01", "x", "٢٠٢٦-١٢", "2026-12-01"]
)
def test_what_is_no_month_is_told_at_its_field(made: MadeSite, month: str):
    page = text(made, "officer", f"/calendar?month={month}", 400)
    assert "Enter a month, such as 2026-12" in page
    assert "December 2026: " in page


def test_how_far_bank_holidays_are_known(made: MadeSite):
    page = text(made, "officer")
    assert "officially known to the end of 2028" in page
    assert "govuk-warning-text" not in page
    beyond = text(made, "officer", "/calendar?month=2029-01")
    assert "January 2029: 22 working days, as far as bank holidays are known" in beyond
    made.store.at("2028-01-03T09:00")
    late = text(made, "officer")
    assert "known only to the end of 2028" in late and "govuk-warning-text" in late


def test_every_change_stands_with_who_and_why(made: MadeSite):
    page = text(made, "audit")
    assert "The partnership adopted the bank holidays of GB-ENG" in page
    assert (
        "B. Manager (Business Manager, SCSP) declared Tue 29 Dec 2026 a closure day: Offices closed."
        in page
    )


@pytest.mark.parametrize(
    ("person", "can", "told"),
    [
        ("manager", ("declare", "withdraw"), ""),
        ("officer", (), "Declare a closure day: Only Business Manager can."),
        ("audit", (), "Declare a closure day: An auditor reads everything and records nothing."),
    ],
)
def test_who_can_change_it_and_why_others_cannot(
    made: MadeSite, person: str, can: tuple[str, ...], told: str
):
    page = text(made, person)
    assert tuple(re.findall(r'href="/do/(\w+)-closure"', page)) == can
    assert told in page


def test_without_a_closure_day_there_is_none_to_withdraw(made: MadeSite):
    manager = made.client("manager")
    form = manager.get("/do/withdraw-closure")
    fields = {"day": "2026-12-29", "reason": "Open after all", "step": "record"}
    manager.post("/do/withdraw-closure", data={**hidden(form.text), **fields})
    page = text(made, "manager")
    assert "Withdraw a closure day: No closure day is declared." in page
    assert 'href="/do/declare-closure"' in page and 'href="/do/withdraw-closure"' not in page


@pytest.mark.parametrize("person", ["trust", "admin"])
def test_agencies_and_administrators_have_no_such_page(made: MadeSite, person: str):
    text(made, person, "/calendar", 403)
    text(made, person, UPDATE, 403)


# --- A newer list of bank holidays ---------------------------------------------------------------


def test_a_newer_list_is_announced_and_previewed_and_nothing_is_stored(newer: MadeSite):
    before = position(newer)
    assert f'href="{UPDATE}"' in text(newer, "manager")
    page = text(newer, "manager", UPDATE)
    assert "noted a new bank holiday, Wed 2 Dec 2026: Jubilee." in page
    assert "noted that Mon 30 Aug 2027 is no bank holiday any more" in page
    assert "officially known to 2029 (holidays 9.9)" in page
    told = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert (
        "ESC-1 Stage 1 Thu 3 Dec 2026 Fri 4 Dec 2026 bank holiday announced for Wed 2 Dec 2026: Jubilee"
        in told
    )
    assert position(newer) == before


def test_it_is_taken_over_once_and_told(newer: MadeSite):
    manager, before = newer.client("manager"), position(newer)
    data = hidden(manager.get(UPDATE).text)
    for _ in range(2):
        answer = manager.post(UPDATE, data=data, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/calendar")
    assert position(newer) == before + 3
    page = unescape(manager.get("/calendar").text)
    assert "govuk-notification-banner" in page and "Jubilee" in page
    assert "2026: 20 working days" in page, "of 21, one is a bank holiday now"
    assert f'href="{UPDATE}"' not in page


def test_after_a_change_meanwhile_it_is_shown_anew(newer: MadeSite):
    manager = newer.client("manager")
    data = hidden(manager.get(UPDATE).text)
    closure = DeclareClosure(day("2026-12-30"), "Flood")
    newer.store.do("manager", NOW, closure)
    before = position(newer)
    answer = manager.post(UPDATE, data=data)
    assert answer.status_code == 400
    assert "The calendar has changed since you opened this page" in answer.text
    assert position(newer) == before
    again = manager.post(UPDATE, data=hidden(answer.text), follow_redirects=False)
    assert again.status_code == 303
    assert position(newer) == before + 3


def test_without_anything_new_nothing_is_recorded(made: MadeSite):
    manager, before = made.client("manager"), position(made)
    page = manager.get(UPDATE)
    assert "up to date; there is nothing to record" in page.text
    assert f'action="{UPDATE}"' not in page.text
    csrf = hidden(page.text)["csrf"]
    assert "up to date" in manager.post(UPDATE, data={"csrf": csrf}).text
    assert position(made) == before
    assert f'href="{UPDATE}"' not in text(made, "manager")


def test_what_was_decided_here_stays(newer: MadeSite):
    kept = UpdateBankHolidays(
        "by hand", 2028, cancelled=(ChangedHoliday(day("2026-12-25"), "Christmas Day"),)
    )
    newer.store.do("manager", NOW, kept)
    page = text(newer, "manager", UPDATE)
    assert "Fri 25 Dec 2026 was cancelled here; the program's own list says otherwise." in page


def test_only_the_business_manager_takes_it_over(newer: MadeSite):
    officer, before = newer.client("officer"), position(newer)
    page = unescape(officer.get("/calendar").text)
    assert "A newer list of bank holidays" in page and "Only Business Manager can." in page
    assert f'href="{UPDATE}"' not in page
    assert officer.get(UPDATE).status_code == 409
    csrf = hidden(page)["csrf"]
    assert officer.post(UPDATE, data={"csrf": csrf}).status_code == 409
    assert newer.client("audit").get(UPDATE).status_code == 403
    assert position(newer) == before


# --- In a browser --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_it_fits_and_can_be_read_by_everybody(newer: MadeSite, browser: Browser, width: int):
    token = newer.token("manager")
    with served(newer.app) as at, looking(browser, at, width=width) as page:
        page.context.add_cookies([{"name": newer.site.cookie, "value": token, "url": at}])
        for path in ("/calendar", UPDATE, "/calendar?month=x"):
            page.goto(path)
            nothing_sticks_out(page)
            axe(page)
