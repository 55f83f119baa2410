"""Every page of the site in a browser, wide and narrow: it fits, and everybody can use it.

The pages are those of the application itself. A new one is walked as well; where its address holds
something that is not known here, its test fails and says so.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from playwright.sync_api import Browser, Page, expect
from pyotp import TOTP

from cspr_workflow.application.account_keeping import SignInRules
from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import ACTS, Act
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.web import pages
from cspr_workflow.interfaces.web.app import API
from tests.web.browser import NARROW, PICTURES, WIDE, axe, nothing_sticks_out, picture
from tests.web.busy import make_busy
from tests.web.seen import SeenSite, seen_site
from tests.web.site import KEEPER, PASSWORD

PEOPLE = {
    Desk.UNIT: "manager",
    Desk.AGENCY: "trust",
    Desk.AUDITOR: "audit",
    Desk.ADMINISTRATOR: "admin",
}
"""Who looks, from each desk."""
KNOWN = {
    "group": ["today", "closed"],
    "incident": ["INC-1"],
    "escalation": ["ESC-1"],
    "action": ["A1"],
    "entry": ["3"],
    "person": ["trust"],
}
"""What can stand in an address."""
ELSEWHERE = ("/download.", "/sign-in/with/")
"""What is no page: files, and the way to another organisation."""
ON_THE_WAY = ("/sign-in/password", "/sign-in/enrol", "/sign-in/code", "/sign-in/recovery")
"""Steps of the signing in, which are looked at on the way through them."""
MANAGER, OFFICER = "manager", "officer"
FORMS: dict[type[Act], tuple[str, str]] = {
    acts.ConveneRapidReview: (OFFICER, "/incidents/INC-2"),
    acts.SendOutcome: (OFFICER, "/incidents/INC-3"),
    acts.DecideReview: (OFFICER, "/incidents/INC-4"),
    acts.CompleteReview: (OFFICER, "/incidents/INC-5"),
    acts.DeferPublication: (OFFICER, "/incidents/INC-5"),
    acts.PublishReview: (OFFICER, "/incidents/INC-6"),
    acts.WithholdPublication: (OFFICER, "/incidents/INC-6"),
    acts.WithdrawIncident: (MANAGER, "/incidents/INC-1"),
    acts.AcknowledgeAction: (OFFICER, "/escalations/ESC-1/actions/A2"),
    acts.VaryAction: (OFFICER, "/escalations/ESC-1/actions/A2"),
    acts.CompleteAction: ("trust", "/escalations/ESC-1/actions/A2"),
    acts.ReleaseAction: (OFFICER, "/escalations/ESC-1/actions/A3"),
    acts.Resolve: (MANAGER, "/escalations/ESC-4"),
    acts.Escalate: (MANAGER, "/escalations/ESC-1"),
    acts.HoldMeeting: ("chair", "/escalations/ESC-2"),
    acts.NotifyChair: (OFFICER, "/escalations/ESC-2"),
    acts.Consult: ("chair", "/escalations/ESC-2"),
    acts.Decide: ("chair", "/escalations/ESC-2"),
    acts.WithdrawEscalation: (MANAGER, "/escalations/ESC-1"),
    acts.DeclareClosure: (MANAGER, ""),
    acts.WithdrawClosure: (MANAGER, ""),
}
"""Who does an act, and about what, where it is not the officer about INC-1, ESC-1 and A1."""


@dataclass(frozen=True)
class Visited:
    """A page and who looks at it; nobody in particular where ``person`` is empty."""

    person: str
    path: str

    def __str__(self) -> str:
        return f"{self.person or 'nobody'} {self.path}"


OTHERS = (
    Visited("trust", "/board"),
    Visited("trust", "/actions"),
    Visited("trust", "/escalations/ESC-1"),
    Visited("trust", "/escalations/ESC-1/do/give-reason"),
    Visited("trust", "/escalations/ESC-1/do/withdraw-escalation"),
    Visited("audit", "/escalations/ESC-1"),
    Visited("audit", "/record"),
    Visited("admin", "/people"),
    Visited("admin", "/help"),
    Visited("officer", "/escalations/ESC-99"),
)
"""Pages that look different from other desks, and what is refused."""


def routes() -> list[APIRoute]:
    """The pages that can be asked for."""
    return [
        route
        for router in pages.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    ]


def visited() -> Iterator[Visited]:
    """Every page, from the desk at which most can be done on it, and those that others see differently."""
    for route in routes():
        if "{act}" in route.path or any(one in route.path for one in (*ELSEWHERE, *ON_THE_WAY)):
            continue
        desk = next((one for one in PEOPLE if one in route.endpoint.desks), None)
        for path in filled(route.path):
            yield Visited(PEOPLE[desk] if desk else "", path)
    yield from OTHERS
    for kind in ACTS.values():
        person, place = FORMS.get(kind, (OFFICER, _place(kind)))
        yield Visited(person, f"{place}/do/{kind.name.replace('_', '-')}")


def filled(path: str) -> Iterator[str]:
    """The addresses of a page, with what is known in each place."""
    known = {**KNOWN, "reference": ["INC-1" if path.startswith("/incidents") else "ESC-1"]}
    names = re.findall(r"\{(\w+)\}", path)
    for values in product(*(known.get(name, [f"{{{name}}}"]) for name in names)):
        yield path.format(**dict(zip(names, values, strict=True)))


def _place(kind: type[Act]) -> str:
    if kind is acts.ReportIncident:
        return ""
    if kind is acts.RaiseEscalation or issubclass(kind, acts.IncidentAct):
        return "/incidents/INC-1"
    is_of_action = issubclass(kind, acts.ActionAct) and kind is not acts.RecordAction
    return "/escalations/ESC-1" + ("/actions/A1" if is_of_action else "")


@pytest.fixture(scope="module")
def seen(browser: Browser) -> Iterator[SeenSite]:
    with seen_site(browser) as one:
        make_busy(one.made)
        yield one


@pytest.fixture(scope="module")
def windows(seen: SeenSite) -> Iterator[dict[str, Page]]:
    """A window for everybody who looks."""
    with ExitStack() as stack:
        people = {one.person for one in visited()}
        yield {one: stack.enter_context(seen.window(one or None)) for one in people}


@pytest.mark.parametrize("one", list(visited()), ids=str)
def test_it_fits_and_everybody_can_use_it(
    windows: dict[str, Page], one: Visited, tmp_path: Path
) -> None:
    assert "{" not in one.path, f"say in KNOWN what can stand in {one.path}"
    page = windows[one.person]
    page.set_viewport_size({"width": WIDE, "height": 900})
    answer = page.goto(one.path)
    assert answer is not None
    assert answer.status == _expected(one), page.title()
    look_at(page, str(one), tmp_path)


def look_at(page: Page, name: str, folder: Path) -> None:
    """Hold that a page fits, wide and narrow, and that everybody can use it."""
    assert page.locator("h1").count() == 1
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        nothing_sticks_out(page)
        axe(page)
        if os.environ.get(PICTURES):
            picture(page, f"{name}-{width}".replace("/", "-").replace(" ", ""), folder)


def _expected(one: Visited) -> int:
    if one.path.endswith("/ESC-99"):
        return 404
    return 409 if one == Visited("trust", "/escalations/ESC-1/do/withdraw-escalation") else 200


def test_there_is_no_page_beside_them(seen: SeenSite) -> None:
    of_the_app = {
        found.original_route.path
        for found in iter_route_contexts(seen.made.app.routes)
        if isinstance(found.original_route, APIRoute)
        and not (found.path or "").startswith(API)
        and "GET" in (found.original_route.methods or ())
    }
    assert of_the_app == {one.path for one in routes()}


def test_every_step_of_signing_in_fits_and_everybody_can_use_it(
    browser: Browser, tmp_path: Path
) -> None:
    with seen_site(browser) as seen, seen.window() as page:
        made, pressed = seen.made, page.get_by_role("button", name="Continue")
        made.door.rules = SignInRules(rehearsal=True, second_factor=True)
        one_time = made.door.reset(made.account("officer").id, by=KEEPER).password

        def enter(name: str, password: str) -> None:
            page.goto("/sign-in")
            page.get_by_label("Sign-in name").fill(name)
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()

        def arrived(title: str) -> None:
            expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
            page.wait_for_load_state()
            look_at(page, title, tmp_path)

        enter("officer", one_time)
        arrived("Choose a password")
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_label("The same password again").fill(PASSWORD)
        pressed.click()
        arrived("Add your telephone")
        telephone = TOTP((page.locator(".cspr-typed").text_content() or "").replace(" ", ""))
        page.get_by_label("The 6 digits").fill(telephone.at(made.clock.now))
        pressed.click()
        arrived("Keep these recovery codes")
        page.get_by_role("link", name="Continue").click()
        page.get_by_role("button", name="Sign out").click()
        arrived("You are signed out")
        enter("officer", PASSWORD)
        arrived("Enter the code")
        page.get_by_role("link", name="You do not have your telephone?").click()
        arrived("Use a recovery code")
        made.clock.later(minutes=1)
        page.goto("/sign-in/code")
        page.get_by_label("The 6 digits").fill(telephone.at(made.clock.now))
        pressed.click()
        expect(page.get_by_text("Signed in as A. Officer")).to_be_visible()
