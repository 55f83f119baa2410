"""Everything that pages are made of, in a browser: it fits, it can be used by everybody, it works."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browser import NARROW, WIDE, axe, looking, nothing_sticks_out, picture, served
from tests.web.gallery import gallery


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(gallery()) as at:
        yield at


@pytest.fixture(params=[WIDE, NARROW])
def width(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest.fixture
def page(browser: Browser, address: str, width: int) -> Iterator[Page]:
    with looking(browser, address, width=width) as page:
        yield page


@pytest.mark.parametrize("path", ["/", "/wrong"])
def test_everything_fits_and_can_be_used_by_everybody(
    page: Page, path: str, width: int, tmp_path: Path
) -> None:
    page.goto(path)
    nothing_sticks_out(page)
    axe(page)
    kept = picture(page, f"gallery-{path.strip('/') or 'right'}-{width}", tmp_path)
    assert kept.stat().st_size > 10_000


def test_without_javascript_everything_is_there_too(
    browser: Browser, address: str, width: int
) -> None:
    with looking(browser, address, width=width, javascript=False) as page:
        page.goto("/wrong")
        nothing_sticks_out(page)
        expect(page.get_by_role("link", name="Timeliness")).to_be_visible()
        expect(page.get_by_role("alert").get_by_text("There is a problem")).to_be_visible()
        expect(page.get_by_text("You can enter up to 2000 characters.")).to_be_visible()


def test_what_is_wrong_is_where_reading_goes_on_and_leads_to_its_field(page: Page) -> None:
    page.goto("/wrong")
    expect(page).to_have_title(re.compile("^Error: Rehearsal: "))
    summary = page.locator(".govuk-error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Enter the day by which it is to be done").click()
    expect(page.locator("#due")).to_be_focused()
    expect(page.get_by_label("What is the concern?")).to_have_value("First line\nsecond line <b>")


def test_what_was_done_is_said_first(page: Page) -> None:
    page.goto("/")
    banner = page.get_by_role("alert")
    expect(banner).to_be_focused()
    expect(banner).to_contain_text("The outcome was recorded.")


def test_a_table_is_a_stop_for_the_keyboard_only_where_it_scrolls(
    browser: Browser, address: str
) -> None:
    with looking(browser, address, width=WIDE) as page:
        page.goto("/")
        region = page.get_by_role("region", name="What is open")
        expect(region).not_to_have_attribute("tabindex", "0")
    with looking(browser, address, width=WIDE, javascript=False) as page:
        page.goto("/")
        region = page.get_by_role("region", name="What is open")
        expect(region).to_have_attribute("tabindex", "0")


def test_a_long_text_says_how_much_can_still_be_written(page: Page) -> None:
    page.goto("/")
    field = page.get_by_label("What is the concern?")
    field.fill("a" * 1000)
    expect(page.locator(".cspr-count")).to_be_empty()
    field.fill("a" * 1999)
    expect(page.get_by_text("You have 1 character left")).to_be_visible()
    field.fill("a" * 2003)
    expect(page.get_by_text("You have 3 characters too many")).to_be_visible()


def test_the_board_is_brought_up_to_date_but_not_while_somebody_uses_it(
    browser: Browser, address: str
) -> None:
    with looking(browser, address) as page:
        page.clock.install()
        page.goto("/board")
        expect(page.locator("#board")).to_contain_text("Read 1 times")
        page.clock.run_for(60_000)
        expect(page.locator("#board")).to_contain_text("Read 2 times, as a refresh")
        expect(page.get_by_role("status")).to_contain_text("brought up to date")
        page.get_by_role("link", name="A case").focus()
        page.clock.run_for(60_000)
        expect(page.locator("#board")).to_contain_text("Read 2 times")
