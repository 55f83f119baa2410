"""Timeliness: what was in time, late and passed, and apart from it what the clock was late with."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from cspr_workflow.domain.acts import Inform
from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.domain.people import Role
from tests.web.site import MadeSite, made_site


@pytest.fixture(scope="module")
def looking() -> Iterator[MadeSite]:
    """A site whose clock did not run for some days, in which stage 1 passed in both escalations."""
    with made_site() as one:
        store = one.store
        store.do("officer", "2026-12-01T11:00", Inform("ESC-1", Role.BUSINESS_MANAGER))
        store.do("officer", "2026-12-01T11:00", Inform("ESC-1", Role.AGENCY_REPRESENTATIVE))
        gap = ClockStoodStill(store.moment("2026-12-02T09:00"), store.moment("2026-12-07T07:00"))
        store.adopt("2026-12-07T07:00", gap)
        store.tick("2026-12-07T07:00")
        yield one


def text(made: MadeSite, person: str, path: str, status: int = 200) -> str:
    answer = made.client(person).get(path)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def told(page: str) -> str:
    """What a page says, without its markup."""
    inside = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]*>", " ", inside).split())


def test_the_unit_and_auditors_see_it_and_nobody_else(looking: MadeSite):
    for person, status in (("officer", 200), ("chair", 200), ("audit", 200)):
        text(looking, person, "/timeliness", status)
    for person in ("trust", "admin"):
        text(looking, person, "/timeliness", 403)


def test_limits_timescales_and_duties_are_counted(looking: MadeSite):
    page = told(text(looking, "officer", "/timeliness"))
    assert "T1 Notification 1 passed" in page
    assert "Stage 1 2 passed" in page
    assert (
        "E1.1 Business Manager and the agency's representative informed 1 done, 1 not done" in page
    )
    assert "The same as a table" in page


def test_pictures_are_drawn_without_styles(looking: MadeSite):
    page = text(looking, "officer", "/timeliness")
    assert 'class="cspr-share--late"' in page and "<svg" in page
    assert "style=" not in page


def test_by_agency_and_for_one_agency(looking: MadeSite):
    page = told(text(looking, "audit", "/timeliness?by=agency"))
    assert "Acute Trust Stage 1 1 passed" in page and "Police Stage 1 1 passed" in page
    only = told(text(looking, "audit", "/timeliness?by=agency&agency=Police"))
    assert "Acute Trust Stage 1" not in only and "Police Stage 1 1 passed" in only


def test_by_month_and_for_a_time(looking: MadeSite):
    assert "December 2026 Stage 1 2 passed" in told(
        text(looking, "officer", "/timeliness?by=period")
    )
    early = told(text(looking, "officer", "/timeliness?to-day=30&to-month=11&to-year=2026"))
    assert "Stage 1" not in early and "There are none in this time." in early


def test_what_the_clock_was_late_with_stands_apart(looking: MadeSite):
    page = told(text(looking, "officer", "/timeliness"))
    late = page[page.index("Recorded late because the clock did not run") :]
    assert "From Wed 2 Dec 2026 09:00" in late
    assert "ESC-2: fell due Fri 4 Dec 2026 00:00, recorded Mon 7 Dec 2026 07:00." in late


def test_what_is_not_recorded_yet_is_not_counted():
    with made_site() as made:
        made.store.at("2026-12-05T07:00")
        page = told(text(made, "officer", "/timeliness"))
        assert "Not counted above as late or passed: " in page
        assert "ESC-1, ESC-2" in page
        assert "Nothing: the clock always ran." in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("from-day=x", "Enter a real day, such as 27 3 2026"),
        ("to=2026-02-30", "Enter a real day"),
        ("to-day=1&to-month=1&to-year=0001", "Enter a real day"),
        ("by=nonsense", "'nonsense' is none of agency, stage, period"),
        ("agency=Nowhere", "Nobody of Nowhere takes part"),
    ],
)
def test_what_is_wrong_is_an_error_at_its_field(looking: MadeSite, asked: str, said: str):
    page = text(looking, "officer", f"/timeliness?{asked}", 400)
    assert "There is a problem" in page
    assert page.count(said) >= 2
    assert "Stage 1" not in page


def test_the_downloads_ask_the_same(looking: MadeSite):
    page = text(looking, "officer", "/timeliness?by=agency&agency=Police")
    assert '/timeliness/download.csv?by=agency&agency=Police"' in page
