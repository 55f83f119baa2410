"""The partnership's record: what was adopted, who took part, how the clock ran, what was put right."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from cspr_workflow.application.accounts import READ
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Correct,
    DeclareClosure,
    Inform,
    RecordAction,
    RemovePerson,
    VaryAction,
)
from cspr_workflow.domain.entries import Entry, Imported
from cspr_workflow.domain.escalation_facts import PartyInformed
from cspr_workflow.domain.partnership import ClockSteppedBack, ClockStoodStill
from cspr_workflow.domain.people import Actor, Means, Role, Side
from cspr_workflow.interfaces.web import shelf
from tests.support import PEOPLE, day
from tests.web.site import MadeSite, made_site

PAGES = (
    "/record",
    "/record/people",
    "/record/clock",
    "/record/late",
    "/record/differences",
    "/record/corrections",
    "/record/imports",
    "/as-it-stood",
)


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


def text(made: MadeSite, person: str, path: str, status: int = 200) -> str:
    answer = made.client(person).get(path)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def told(made: MadeSite, path: str, person: str = "officer", status: int = 200) -> str:
    """What a page says, without its markup."""
    answer = made.client(person).get(path)
    assert answer.status_code == status, answer.text
    inside = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", inside)).split())


@pytest.mark.parametrize("path", PAGES)
def test_the_unit_and_auditors_read_the_record_and_nobody_else(made: MadeSite, path: str):
    for person, status in (("officer", 200), ("audit", 200), ("trust", 403), ("admin", 403)):
        text(made, person, path, status)


def test_reading_by_an_auditor_is_noted(made: MadeSite):
    text(made, "officer", "/record/late")
    assert made.site.readings.lines() == []
    text(made, "audit", "/record/late")
    text(made, "audit", "/as-it-stood")
    noted = [(one.person, one.what, one.about) for one in made.site.readings.lines()]
    assert noted == [("audit", READ, "as-it-stood"), ("audit", READ, "record/late")]


def test_what_was_adopted_with_its_text_and_its_hash(made: MadeSite):
    page = told(made, "/record")
    assert "Policy sandwell-2018/1 In force Adopted Wed 1 Jan 2020 09:00 Fingerprint" in page
    assert re.search(r"\b[0-9a-f]{64}\b", page)
    assert 'id = "sandwell-2018"' in page
    assert "Bank holidays of GB-ENG" in page and "Fri 25 Dec 2026: Christmas Day" in page


def test_closures_and_changes_of_the_calendar(made: MadeSite):
    assert "Closure days" not in told(made, "/record")
    closing = DeclareClosure(day("2026-12-24"), "Closed <for> Christmas")
    made.store.do("manager", "2026-12-01T11:00", closing)
    page = told(made, "/record")
    assert "Closure days from this year on Thu 24 Dec 2026: Closed <for> Christmas" in page
    assert "The calendar is at version 1" in page
    assert "1 Tue 1 Dec 2026 11:00 B. Manager (Business Manager, SCSP) declared Thu 24" in page
    assert "<for>" not in made.client("officer").get("/record").text


def test_people_joining_and_leaving_the_latest_first(made: MadeSite):
    made.store.do("manager", "2026-12-01T11:00", RemovePerson("ward"))
    page = told(made, "/record/people")
    left = page.index("noted that ward no longer holds the role")
    assert left < page.index("noted A. Officer as CSPR Officer of SCSP")


def test_gaps_of_the_clock_and_steps_back(made: MadeSite):
    quiet = told(made, "/record/clock")
    assert "None: it always ran." in quiet and "None: it never was behind" in quiet
    store = made.store
    gap = ClockStoodStill(store.moment("2026-12-02T09:00"), store.moment("2026-12-07T07:00"))
    store.adopt("2026-12-07T07:00", gap)
    store.tick("2026-12-07T07:00")
    back = ClockSteppedBack(store.moment("2026-12-07T06:00"), store.moment("2026-12-07T07:00"))
    store.adopt("2026-12-07T07:00", back)
    page = told(made, "/record/clock")
    assert "From Wed 2 Dec 2026 09:00 The clock did not run until Mon 7 Dec 2026 07:00" in page
    assert "ESC-2: fell due Fri 4 Dec 2026 00:00" in page
    assert "The clock was set to Mon 7 Dec 2026 06:00" in page


def test_what_was_recorded_late_or_on_a_report(made: MadeSite):
    assert "Nothing: everything was recorded" in told(made, "/record/late")
    same_day = Inform("ESC-1", Role.BUSINESS_MANAGER)
    made.store.do("officer", "2026-12-01T15:00", same_day, occurred="2026-12-01T11:00")
    assert "Nothing: everything was recorded" in told(made, "/record/late")
    later = Inform("ESC-1", Role.AGENCY_REPRESENTATIVE)
    made.store.do("officer", "2026-12-02T09:00", later, occurred="2026-12-01T16:00")
    vary = VaryAction("ESC-1", "A1", "Send half of it", day("2026-12-08"))
    made.store.do("officer", "2026-12-02T09:00", vary, means=Means.CALL)
    page = told(made, "/record/late")
    assert "Happened Tue 1 Dec 2026 16:00: written down 1 day later" in page
    assert "Reported, by call" in page
    assert page.count("Recorded later") == 1
    assert "/escalations/ESC-1/history#entry-" in text(made, "audit", "/record/late")


def test_actions_that_the_two_sides_have_differently(made: MadeSite):
    assert "None: wherever both sides have a record" in told(made, "/record/differences")
    vary = VaryAction("ESC-1", "A1", "Send half of it", day("2026-12-08"))
    made.store.do("trust", "2026-12-01T11:00", vary)
    page = told(made, "/record/differences")
    assert "ESC-1, A1" in page
    assert "What is to be done differs Send the chronology Send half of it" in page
    assert "By when differs Thu 3 Dec 2026 Tue 8 Dec 2026" in page
    made.store.do("officer", "2026-12-01T12:00", AcknowledgeAction("ESC-1", "A1"))
    assert "None: wherever both sides have a record" in told(made, "/record/differences")


def test_an_action_that_one_side_has_no_record_of_differs_in_nothing(made: MadeSite):
    new = RecordAction("ESC-1", "A2", "Send the rest", Side.AGENCY, day("2026-12-08"))
    made.store.do("officer", "2026-12-01T11:00", new)
    assert "A2" not in told(made, "/record/differences")


def test_corrections_beside_what_they_correct(made: MadeSite):
    assert "Nothing has been corrected." in told(made, "/record/corrections")
    entry = made.store.desk.lines("ESC-1")[0]
    made.store.do("officer", "2026-12-01T11:00", Correct("ESC-1", str(entry.id), "On Friday"))
    page = told(made, "/record/corrections")
    assert f"entry {entry.position}" in page and "raised ESC-1" in page
    assert "corrected an earlier entry: On Friday." in page


def test_what_was_brought_in_file_by_file(made: MadeSite):
    assert "Nothing was brought in." in told(made, "/record/imports")
    made.store.at("2026-12-01T11:00")
    now = made.store.moment("2026-12-01T11:00")
    origin = Imported("register.xlsx", "f00d" * 16, "manager", now)
    by = Actor(PEOPLE["officer"])
    informed = PartyInformed(Role.BUSINESS_MANAGER)
    entry = Entry(informed, now, now, by, "E1.1", made.store.desk.policy.label, 0, origin)
    made.store.append("escalation:ESC-1", "INC-1", entry, entry)
    page = told(made, "/record/imports")
    assert f"register.xlsx Tue 1 Dec 2026 11:00 B. Manager 2 {'f00d' * 16}" in page
    assert "Brought in" in told(made, "/escalations/ESC-1/history")


def test_a_long_list_has_pages(made: MadeSite, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shelf, "SIZE", 4)
    first = text(made, "officer", "/record/people")
    assert "1 to 4 of 11" in first and 'href="/record/people?page=2"' in first
    assert "?page=0" not in first
    last = text(made, "officer", "/record/people?page=3")
    assert "9 to 11 of 11" in last and "?page=4" not in last
    assert "9 to 11 of 11" in text(made, "officer", "/record/people?page=99")


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "٣"])
def test_a_page_that_is_no_number_is_said_so(made: MadeSite, page: str):
    said = text(made, "officer", f"/record/people?page={page}", 400)
    assert "There is a problem" in said and "Enter a whole number from 1" in said


# --- The register at an earlier moment ---------------------------------------------------------------


def test_where_all_cases_stood(made: MadeSite):
    asked = "/as-it-stood?moment-day=30&moment-month=11&moment-year=2026&moment-time=9:45"
    page = told(made, asked)
    assert "As it stood on Mon 30 Nov 2026 09:45, as it is known now" in page
    assert "INC-1 The incident" in page
    assert "ESC-1 Acute Trust: T2 Rapid review of INC-1 at risk" in page
    assert "Initial discussion since Mon 30 Nov 2026 09:30" in page
    assert "ESC-2" not in page
    assert "ESC-2" in told(made, "/as-it-stood?moment=2026-12-01T09:00")


def test_before_all_cases_there_was_none(made: MadeSite):
    page = told(made, "/as-it-stood?moment=2026-11-26T09:59")
    assert "No case had begun by then, as far as that was known." in page


def test_where_all_cases_stood_page_by_page(made: MadeSite, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shelf, "SIZE", 1)
    client = made.client("audit")
    seen, path = [], "/as-it-stood?moment=2026-12-01T09:00"
    while path:
        page = unescape(client.get(path).text)
        seen += re.findall(r'<h3[^>]*><a class="govuk-link" href="/[a-z]+/([A-Z0-9-]+)"', page)
        following = re.search(r'href="(/as-it-stood[^"]*)"[^>]*rel="next"', page)
        path = following[1] if following else ""
    assert seen == ["INC-1", "ESC-1", "ESC-2"]


def test_a_day_that_is_none_is_an_error_at_its_field(made: MadeSite):
    page = told(made, "/as-it-stood?moment-day=30&moment-month=2&moment-year=2026", status=400)
    assert page.count("Enter a real day, such as 27 3 2026") == 2
