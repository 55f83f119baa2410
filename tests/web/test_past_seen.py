"""The pages of the past and of the record in a browser: they fit, and everybody can use them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from cspr_workflow.domain.acts import Correct, VaryAction
from cspr_workflow.domain.people import Means
from tests.support import day
from tests.web.browser import NARROW, WIDE, axe, nothing_sticks_out, picture
from tests.web.seen import SeenSite, seen_site

CASE = "/escalations/ESC-1"
PAGES = {
    "case": CASE,
    "incident": "/incidents/INC-1",
    "history": f"{CASE}/history",
    "why": f"{CASE}/why",
    "replay": f"{CASE}/replay?step=6",
    "no-step": f"{CASE}/replay?step=99",
    "as-at": f"{CASE}/as-at?moment=2026-12-01T09:30",
    "no-day": f"{CASE}/as-at?moment-day=31&moment-month=2&moment-year=2026",
    "print": f"{CASE}/print",
    "timeliness": "/timeliness?by=agency",
    "record": "/record",
    "people": "/record/people",
    "clock": "/record/clock",
    "late": "/record/late",
    "differences": "/record/differences",
    "corrections": "/record/corrections",
    "imports": "/record/imports",
    "as-it-stood": "/as-it-stood?moment=2026-12-01T09:30",
    "correct": "/correct/20",
}


@pytest.fixture(scope="module")
def seen(browser: Browser) -> Iterator[SeenSite]:
    with seen_site(browser) as one:
        store = one.made.store
        vary = VaryAction("ESC-1", "A1", "Send half of it", day("2026-12-08"))
        store.do("officer", "2026-12-01T11:00", vary, means=Means.CALL)
        entry = store.desk.lines("ESC-1")[0]
        store.do("officer", "2026-12-01T12:00", Correct("ESC-1", str(entry.id), "On Friday"))
        yield one


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_page_fits_and_can_be_used_by_everybody(seen: SeenSite, width: int, tmp_path: Path):
    with seen.window("officer", width=width) as page:
        for name, path in PAGES.items():
            page.goto(path)
            nothing_sticks_out(page)
            axe(page)
            picture(page, f"past-{name}-{width}", tmp_path)


def test_on_paper_there_are_no_ways_around(seen: SeenSite):
    with seen.window("trust") as page:
        page.goto(f"{CASE}/print")
        back = page.get_by_text("Use the print command of your browser.")
        expect(back).to_be_visible()
        page.emulate_media(media="print")
        expect(back).to_be_hidden()
        expect(page.get_by_text("On Friday").first).to_be_visible()


def test_an_entry_can_be_reached_and_corrected_without_javascript(seen: SeenSite):
    with seen.window("officer", javascript=False) as page:
        page.goto(f"{CASE}/history")
        page.get_by_role("link", name="Correct").first.click()
        page.get_by_label("What is right?").fill("It was on Sunday")
        page.get_by_role("button", name="Record the correction").click()
        expect(page).to_have_url(re.compile(f"{CASE}/history#entry-"))
        expect(page.get_by_role("alert")).to_contain_text("It was on Sunday")
        expect(page.locator(".cspr-beside").filter(has_text="It was on Sunday")).to_be_visible()
