"""What people come to do, in a browser from beginning to end: with JavaScript, and without."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.seen import SeenSite, seen_site
from tests.web.site import PASSWORD

JAVASCRIPT = {"with JavaScript": True, "without": False}
ESCALATION, INCIDENT = "ESC-2026-9", "INC-1"


@pytest.fixture
def seen(browser: Browser) -> Iterator[SeenSite]:
    with seen_site(browser) as one:
        yield one


@pytest.fixture(params=JAVASCRIPT.values(), ids=JAVASCRIPT)
def how(request: pytest.FixtureRequest) -> dict[str, bool]:
    return {"javascript": request.param}


def sign_in(page: Page, seen: SeenSite, person: str, password: str = "") -> None:
    """Somebody comes to the site and signs in."""
    if not password:
        seen.made.token(person)
    page.goto("/")
    page.get_by_label("Sign-in name").fill(person)
    page.get_by_label("Password").fill(password or PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def fill(page: Page, fields: dict[str, str]) -> None:
    """Fill in fields, by their labels."""
    for label, value in fields.items():
        page.get_by_label(label).first.fill(value)


def choose(page: Page, question: str, answer: str) -> None:
    """Answer a question that has several answers."""
    group = page.get_by_role("group", name=question)
    group.get_by_label(answer).check()


def day(page: Page, question: str, *parts: str) -> None:
    """Enter a day."""
    group = page.get_by_role("group", name=question)
    for name, part in zip(("Day", "Month", "Year"), parts, strict=True):
        group.get_by_label(name).fill(part)


def record(page: Page) -> None:
    """Go on from a form, read what will be recorded, and record it."""
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Check before you record")).to_be_visible()
    page.get_by_role("button", name="Record").click()


def done(page: Page, sentence: str) -> None:
    """Hold that the page says what was recorded."""
    expect(page.get_by_role("alert")).to_contain_text(sentence)


def action(page: Page, reference: str) -> Locator:
    """The card of an action."""
    heading = page.get_by_role("heading", name=reference, exact=True)
    return page.locator("section").filter(has=heading)


def test_somebody_signs_in_and_out(seen: SeenSite, how: dict[str, bool]):
    with seen.window(**how) as page:
        page.goto("/escalations/ESC-1")
        expect(page).to_have_url(re.compile("/sign-in"))
        seen.made.token("officer")
        fill(page, {"Sign-in name": "officer", "Password": "not this one"})
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("There is a problem")).to_be_visible()
        fill(page, {"Sign-in name": "officer", "Password": PASSWORD})
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="ESC-1", level=1)).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
        page.goto("/escalations/ESC-1")
        expect(page.get_by_label("Password")).to_be_visible()


def test_the_unit_raises_an_escalation_agrees_an_action_and_finds_the_reason_of_a_date(
    seen: SeenSite, how: dict[str, bool]
):
    with seen.window(**how) as page:
        sign_in(page, seen, "officer")
        page.get_by_role("link", name=INCIDENT).first.click()
        page.get_by_role("link", name="Raise an escalation").click()
        expect(page.get_by_text("call 999")).to_be_visible()
        fill(page, {"Reference": ESCALATION})
        choose(page, "Which timescale is at risk?", "T1 Notification")
        choose(page, "Which agency’s inaction puts it at risk?", "Acute Trust")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("link", name="The concern: enter an answer")).to_be_visible()
        fill(page, {"The concern": "The notification was not confirmed."})
        record(page)
        done(page, f"raised {ESCALATION}")
        expect(page.get_by_role("heading", name=ESCALATION, level=1)).to_be_visible()

        page.get_by_role("link", name="Record an action").click()
        fill(page, {"What is to be done": "Confirm the notification"})
        choose(page, "Who is to do it?", "Acute Trust")
        day(page, "By when?", "4", "12", "2026")
        record(page)
        expect(action(page, "A1")).to_contain_text("Recorded by SCSP, not agreed.")
        page.get_by_role("link", name="Acknowledge an action for the agency").click()
        choose(page, "How did the agency’s answer come?", "By e-mail")
        record(page)
        expect(action(page, "A1")).to_contain_text("The agency's record stands on a report.")
        expect(action(page, "A1")).to_contain_text("Agreed")

        page.get_by_role("link", name="Why these dates are what they are").click()
        limit = page.locator("section").filter(has_text="The limit of Stage 1")
        expect(limit).to_contain_text("3 working days from the raising, Tue 1 Dec 2026")
        expect(limit).to_contain_text("E1.5")

    with seen.window(**how) as page:
        sign_in(page, seen, "trust")
        page.get_by_role("link", name=ESCALATION).first.click()
        page.get_by_role("link", name="Acknowledge an action").click()
        expect(page.get_by_text("What will be recorded")).to_be_visible()
        page.get_by_role("button", name="Record").click()
        expect(action(page, "A1")).to_contain_text("Both records are the same.")
        expect(action(page, "A1")).not_to_contain_text("report")


def test_the_agency_does_its_action_and_the_unit_confirms_it(seen: SeenSite, how: dict[str, bool]):
    with seen.window(**how) as page:
        sign_in(page, seen, "trust")
        page.get_by_role("link", name="ESC-1").first.click()
        page.get_by_role("link", name="Say that an action is done").click()
        fill(page, {"What shows that it is done": "It was sent by post. She was born 3 May 2019."})
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Record").click()
        expect(page.get_by_text("There is a problem")).to_be_visible()
        page.get_by_role("button", name="Change").click()
        fill(page, {"What shows that it is done": "It was sent by post."})
        record(page)
        done(page, "claimed A1 done")
        expect(page.get_by_role("link", name="Say that an action is done")).to_have_count(0)
    with seen.window(**how) as page:
        sign_in(page, seen, "officer")
        page.get_by_role("link", name="ESC-1").first.click()
        page.get_by_role("link", name="Confirm that an action is done").click()
        page.get_by_role("button", name="Record").click()
        expect(action(page, "A1")).to_contain_text("Confirmed, done on Tue 1 Dec 2026")


def test_the_auditor_reads_everything_and_can_change_nothing(seen: SeenSite, how: dict[str, bool]):
    with seen.window(**how) as page:
        sign_in(page, seen, "audit")
        for place in ("Register", "Agreed actions", "Timeliness", "Calendar", "The record"):
            page.get_by_role("navigation", name="Main").get_by_role("link", name=place).click()
            expect(page.get_by_role("heading", name=place, level=1)).to_be_visible()
        page.goto("/escalations/ESC-1")
        for tab in ("History", "Why", "Step through", "As it stood"):
            page.get_by_role("navigation", name="About this case").get_by_role(
                "link", name=tab
            ).click()
            expect(page.get_by_role("navigation", name="About this case")).to_be_visible()
        page.goto("/escalations/ESC-1")
        expect(page.get_by_text("Send the chronology").first).to_be_visible()
        expect(page.get_by_text("What you can do now")).to_have_count(0)
        assert page.locator("a[href*='/do/'], a[href^='/correct']").count() == 0
        answer = page.goto("/escalations/ESC-1/do/record-discussion")
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_role("heading", name="You cannot do this")).to_be_visible()


def test_the_administrator_adds_a_person_who_then_signs_in(seen: SeenSite, how: dict[str, bool]):
    with seen.window(**how) as page:
        sign_in(page, seen, "admin")
        page.get_by_role("link", name="Add a person").click()
        fill(page, {"Name": "N. Newcomer", "Id": "newcomer", "Agency": "Acute Trust"})
        page.get_by_label("Role").select_option(label="Service lead")
        page.get_by_label("Open an account at once").check()
        fill(page, {"Name to sign in with": "newcomer@trust.example"})
        page.get_by_role("button", name="Add the person").click()
        one_time = page.locator(".cspr-typed").inner_text()
        page.get_by_role("link", name="Continue").click()
        expect(page.get_by_role("heading", name="N. Newcomer", level=1)).to_be_visible()
        page.goto("/escalations/ESC-1")
        expect(page.get_by_text("ESC-1")).to_have_count(0)
    with seen.window(**how) as page:
        sign_in(page, seen, "newcomer@trust.example", one_time)
        fill(page, {"New password": "Candle-river-Monday-7", "The same": "Candle-river-Monday-7"})
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("Signed in as N. Newcomer, service lead")).to_be_visible()
        expect(page.get_by_role("link", name="ESC-1").first).to_be_visible()
        expect(page.get_by_role("link", name="ESC-2")).to_have_count(0)
