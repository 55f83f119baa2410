"""Signing in and out, one's own account, and what ends a session."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

import pytest
from fastapi import APIRouter
from pyotp import TOTP
from starlette.testclient import TestClient

from cspr_workflow.domain.acts import Command, RemovePerson
from cspr_workflow.domain.people import Actor
from cspr_workflow.interfaces.web import app as apps
from cspr_workflow.interfaces.web.app import make_app
from cspr_workflow.interfaces.web.door import own_path
from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.interfaces.web.visit import EVERYBODY, AVisit, desks, public
from cspr_workflow.settings import Settings
from tests.support import PEOPLE
from tests.web.sending import hidden, on, said, send
from tests.web.site import KEEPER, LAST_DAY, PASSWORD, URL, MadeSite, made_site

ANOTHER = "Marble-fog-eleven-9"
WRONG = "That is not right, or this account cannot be used now."


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


@pytest.fixture
def strict(made: MadeSite) -> MadeSite:
    """The site with a second factor for everybody."""
    made.door.rules = replace(made.door.rules, second_factor=True)
    return made


def ready(made: MadeSite, person: str = "officer") -> TestClient:
    """A browser of somebody who has a password of their own; nobody is signed in."""
    made.door.sign_out(made.token(person))
    return made.client()


def signs_in(
    client: TestClient, name: str = "officer", password: str = PASSWORD, **more: str
) -> Any:
    return send(client, "/sign-in", name=name, password=password, **more)


def code(made: MadeSite, secret: str) -> str:
    return TOTP(secret).at(made.clock.now)


def enrolled(made: MadeSite, client: TestClient, page: str) -> tuple[str, list[str], Any]:
    """A telephone is added: its secret, the recovery codes, the answer."""
    shown = client.get(page)
    secret = typed(shown.text)
    answer = client.post(page, data={**hidden(shown.text, page), "code": code(made, secret)})
    return secret, re.findall(r"<li>([a-z0-9-]{19})</li>", answer.text), answer


def typed(text: str) -> str:
    """The one secret of a page."""
    match = re.search(r'cspr-typed">([^<]*)<', text)
    assert match is not None
    return match[1].replace(" ", "")


# --- With a name and a password --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "cookie", "secure"),
    [(URL, "session", False), ("https://escalations.example", "__Host-session", True)],
)
def test_a_password_opens_the_page_that_was_wanted(
    made: MadeSite, address: str, cookie: str, secure: bool
) -> None:
    ready(made)
    site = Site(made.store.desk, Settings(address), made.door, made.site.readings)
    client = TestClient(make_app(site), base_url=address)
    wanted = client.get("/escalations/ESC-1", follow_redirects=False)
    assert wanted.headers["location"] == "/sign-in?next=/escalations/ESC-1"
    answer = signs_in_at(client, wanted.headers["location"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/escalations/ESC-1")
    (told,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(cookie)]
    flags = {part.strip().lower() for part in told.split(";")[1:]}
    assert flags == {"httponly", "samesite=lax", "path=/"} | ({"secure"} if secure else set())
    assert client.get("/escalations/ESC-1").status_code == 200


def signs_in_at(client: TestClient, page: str) -> Any:
    return send(client, page, name="officer", password=PASSWORD)


def test_the_page_says_that_it_is_a_rehearsal_and_whose(made: MadeSite) -> None:
    text = unescape(made.client().get("/sign-in").text)
    assert "Nothing in this store is real." in text
    assert "This is a rehearsal" in text
    assert made.store.desk.policy.partnership in text


@pytest.mark.parametrize(
    ("name", "password"), [("officer", "wrong"), ("nobody", PASSWORD), ("officer", f" {PASSWORD}")]
)
def test_what_is_wrong_is_not_told(made: MadeSite, name: str, password: str) -> None:
    client = ready(made)
    answer = signs_in(client, name, password)
    assert answer.status_code == 400
    assert WRONG in said(answer)
    assert 'value="officer"' in answer.text if name == "officer" else True
    assert password not in answer.text or password == PASSWORD
    assert made.site.cookie not in client.cookies
    assert client.get("/board", follow_redirects=False).status_code == 303


def test_empty_fields_are_named(made: MadeSite) -> None:
    answer = signs_in(made.client(), "", "")
    assert answer.status_code == 400
    assert "Enter your sign-in name" in answer.text
    assert "Enter your password" in answer.text


def test_after_too_many_attempts_everybody_waits_and_is_told_how_long(made: MadeSite) -> None:
    client = ready(made)
    answers = [signs_in(client, password="wrong").status_code for _ in range(5)]
    assert answers == [400] * 5
    answer = signs_in(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert "Try again in 1 minute." in said(answer)
    made.clock.later(seconds=61)
    assert signs_in(client).status_code == 303


OWN = ["/", "/board", "/escalations/ESC~2F1/do/inform"]
FOREIGN = [
    "",
    "board",
    "//elsewhere.example",
    "https://elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "/\t/elsewhere.example",
    "/board\r\nset-cookie: a=b",
    "/a b",
    "/sign-in",
    "/" + "a" * 600,
    "javascript:alert(1)",
]


@pytest.mark.parametrize(("path", "own"), [*((p, p) for p in OWN), *((p, "") for p in FOREIGN)])
def test_only_a_path_of_our_own_is_gone_to(made: MadeSite, path: str, own: str) -> None:
    assert own_path(path) == own
    client = ready(made)
    assert signs_in(client, next=path).headers["location"] == (own or "/")


def test_who_is_signed_in_already_goes_on(made: MadeSite) -> None:
    answer = made.client("officer").get("/sign-in?next=/board", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/board")


# --- Where the forms come from --------------------------------------------------------------------


def test_the_first_form_has_to_come_from_a_page_of_this_browser(made: MadeSite) -> None:
    client, other = ready(made), made.client()
    data = {**hidden(client.get("/sign-in").text, "/sign-in"), "name": "officer"}
    data["password"] = PASSWORD
    foreign = hidden(other.get("/sign-in").text, "/sign-in")["csrf"]
    for wrong in ({**data, "csrf": foreign}, {**data, "csrf": ""}, {"name": "officer"}):
        assert client.post("/sign-in", data=wrong).status_code == 403
    bare = made.client()
    answer = bare.post("/sign-in", data=data)
    assert answer.status_code == 403
    assert "open for too long" in answer.text
    assert client.post("/sign-in", data=data, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_site_signs_nobody_in(made: MadeSite, headers: dict[str, str]) -> None:
    client = ready(made)
    data = {**hidden(client.get("/sign-in").text, "/sign-in"), "name": "officer"}
    data["password"] = PASSWORD
    answer = client.post("/sign-in", data=data, headers=headers)
    assert answer.status_code == 403
    assert made.site.cookie not in client.cookies


FORMS = [
    "/sign-out",
    "/account/password",
    "/account/telephone",
    "/account/telephone/confirm",
    "/account/sign-out-everywhere",
    "/account/keys/new",
    "/account/keys/revoke",
]


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_its_own_token_does_nothing(made: MadeSite, path: str) -> None:
    client = made.client("officer")
    before = made.door.book.log.lines()
    for data in ({}, {"csrf": "0" * 64}):
        assert client.post(path, data=data, follow_redirects=False).status_code == 403
    assert made.door.book.log.lines() == before
    assert client.get("/account").status_code == 200


# --- The steps --------------------------------------------------------------------------------------


def first_time(made: MadeSite, person: str = "officer") -> tuple[TestClient, str]:
    """Somebody with a password for one time, which was given; and where they are sent."""
    client = made.client()
    one_time = made.door.reset(made.account(person).id, by=KEEPER)
    answer = signs_in(client, person, one_time.password, next="/actions")
    return client, answer.headers["location"]


def test_a_password_for_one_time_is_replaced_by_ones_own(made: MadeSite) -> None:
    client, place = first_time(made)
    assert place == "/sign-in/password?next=/actions"
    for chosen, again, wrong in (
        ("", "", "Enter a password"),
        (ANOTHER, "another", "Enter the same password twice"),
        ("short", "short", "This password has fewer than 12 characters."),
    ):
        answer = send(client, place, password=chosen, again=again)
        assert answer.status_code == 400
        assert wrong in said(answer)
    answer = send(client, place, password=ANOTHER, again=ANOTHER)
    assert answer.headers["location"] == "/actions"
    assert client.get("/actions").status_code == 200
    assert signs_in(made.client(), password=ANOTHER).status_code == 303


def test_a_telephone_is_added_and_asked_for_from_then_on(strict: MadeSite) -> None:
    made = strict
    client, place = first_time(made)
    place = send(client, place, password=ANOTHER, again=ANOTHER).headers["location"]
    assert place == "/sign-in/enrol?next=/actions"
    shown = client.get(place)
    assert re.search(r'<svg viewBox="0 0 \d+ \d+" class="cspr-scan">', shown.text)
    assert " style=" not in shown.text
    assert client.get("/actions", follow_redirects=False).status_code == 303, "not in yet"
    secret = typed(shown.text)
    assert f">{' '.join(re.findall('.{4}', secret))}<" in shown.text, "groups of four"
    wrong = send(client, place, code="000000")
    assert wrong.status_code == 400
    assert WRONG in said(wrong)
    assert typed(wrong.text) == secret, "the telephone has scanned it already"
    done = send(client, place, code=code(made, secret))
    codes = re.findall(r"<li>([a-z0-9-]{19})</li>", done.text)
    assert len(set(codes)) == 10
    assert 'href="/actions"' in done.text
    assert client.get("/actions").status_code == 200
    assert codes[0] not in client.get("/account").text, "they are told once"

    made.clock.later(minutes=1)
    again = made.client()
    place = signs_in(again, password=ANOTHER, next="/actions").headers["location"]
    assert place == "/sign-in/code?next=/actions"
    assert send(again, place, code="000000").status_code == 400
    answer = send(again, place, code=f" {code(made, secret)[:3]} {code(made, secret)[3:]}")
    assert answer.headers["location"] == "/actions"

    third = made.client()
    signs_in(third, password=ANOTHER)
    assert send(third, "/sign-in/code", code=code(made, secret)).status_code == 400, "taken already"
    answer = send(third, "/sign-in/recovery", code=codes[3].upper())
    assert answer.headers["location"] == "/"
    assert "9 recovery codes left" in said(third.get("/account"))
    fourth = made.client()
    signs_in(fourth, password=ANOTHER)
    assert send(fourth, "/sign-in/recovery", code=codes[3]).status_code == 400, "each once"


def test_codes_are_not_guessed(strict: MadeSite) -> None:
    client, place = first_time(strict)
    send(client, place, password=ANOTHER, again=ANOTHER)
    enrolled(strict, client, "/sign-in/enrol")
    guess = strict.client()
    signs_in(guess, password=ANOTHER)
    answers = [send(guess, "/sign-in/code", code=f"{n:06}") for n in range(6)]
    assert [one.status_code for one in answers] == [400] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "60"


def test_every_step_gives_another_token(strict: MadeSite) -> None:
    client, place = first_time(strict)
    seen = [client.cookies[strict.site.cookie]]
    send(client, place, password=ANOTHER, again=ANOTHER)
    seen.append(client.cookies[strict.site.cookie])
    enrolled(strict, client, "/sign-in/enrol")
    seen.append(client.cookies[strict.site.cookie])
    assert len(set(seen)) == 3
    for old in seen[:-1]:
        thief = strict.client()
        thief.cookies.set(strict.site.cookie, old)
        assert thief.get("/account", follow_redirects=False).status_code == 303


def test_a_session_that_was_there_before_ends_with_signing_in(made: MadeSite) -> None:
    planted = made.token("trust")
    ready(made)
    client = made.client()
    data = {**hidden(client.get("/sign-in").text, "/sign-in"), "name": "officer"}
    client.cookies.set(made.site.cookie, planted, "127.0.0.1")
    client.post("/sign-in", data={**data, "password": PASSWORD}, follow_redirects=False)
    assert made.door.session(planted) is None
    assert client.cookies[made.site.cookie] != planted
    assert "Signs in as officer" in said(client.get("/account"))


STEPS = ["password", "enrol", "code", "recovery"]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_for_those_who_are_at_it(made: MadeSite, step: str) -> None:
    path = f"/sign-in/{step}"
    nobody, done = made.client(), made.client("officer")
    assert nobody.get(path, follow_redirects=False).headers["location"].startswith("/sign-in")
    assert nobody.post(path, data={}, follow_redirects=False).headers["location"] == "/sign-in"
    assert done.get(path, follow_redirects=False).headers["location"] == "/"
    half, place = first_time(made, "trust")
    answer = half.get(path, follow_redirects=False)
    assert answer.status_code == (200 if step == "password" else 303)
    csrf = hidden(half.get(place).text, "/sign-in/password")["csrf"]
    if step != "password":
        sent = half.post(path, data={"csrf": csrf, "code": "1"}, follow_redirects=False)
        assert sent.headers["location"] == "/sign-in/password"
    assert half.post(path, data={"csrf": "0"}, follow_redirects=False).status_code == 403


def test_who_has_come_half_way_goes_on_from_there_or_begins_anew(made: MadeSite) -> None:
    client, place = first_time(made)
    wanted = client.get("/board", follow_redirects=True)
    assert wanted.url.path == "/sign-in/password"
    answer = send(client, place, "/sign-out")
    assert "You are signed out" in said(answer)
    assert client.get("/sign-in").status_code == 200


# --- The end of a session ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "headers", "holds"),
    [
        ([29], {}, True),
        ([30], {}, False),
        ([20, 20, 20], {}, True),
        ([20, 20], {"x-refresh": "1"}, False),
        ([25] * 28, {}, True),
        ([25] * 29, {}, False),
    ],
    ids=["idle", "too-long-idle", "used", "not-used-by-anybody", "11 h 40", "12 h 5"],
)
def test_a_session_ends_by_itself(
    made: MadeSite, steps: list[int], headers: dict[str, str], holds: bool
) -> None:
    client = made.client("officer")
    for minutes in steps:
        made.clock.later(minutes=minutes)
        answer = client.get("/account", headers=headers, follow_redirects=False)
    assert answer.status_code == (200 if holds else 303)


def test_after_the_end_the_page_says_so_once(made: MadeSite) -> None:
    client = made.client("officer")
    client.get("/account")
    made.clock.later(minutes=31)
    answer = client.get("/account")
    assert answer.url.path == "/sign-in"
    assert "You are no longer signed in." in said(answer)
    assert "after 30 minutes without use, after 12 hours" in said(answer)
    client.cookies.delete(made.site.cookie)
    assert "no longer signed in" not in said(client.get("/sign-in"))


def test_a_form_after_the_end_records_nothing(made: MadeSite) -> None:
    client = made.client("officer")
    shown = client.get("/escalations/ESC-1/do/record-discussion").text
    data = hidden(shown, "/escalations/ESC-1/do/record-discussion")
    before = made.store.desk.record.last()
    made.clock.later(minutes=31)
    answer = client.post("/escalations/ESC-1/do/record-discussion", data=data)
    assert answer.url.path == "/sign-in"
    assert "was not recorded" in said(answer)
    assert made.store.desk.record.last() == before


def leaves(made: MadeSite, person: str) -> None:
    now = made.store.desk.now()
    act = Command(RemovePerson(person), Actor(PEOPLE["manager"]), now)
    made.store.desk.workflow.do(act, now)


ENDS = {
    "closed": lambda made, one: made.door.close_account(one.id, by=KEEPER),
    "reset": lambda made, one: made.door.reset(one.id, by=KEEPER),
    "ended": lambda made, one: made.clock.later(days=(LAST_DAY - date(2026, 12, 1)).days + 1),
    "left": lambda made, one: leaves(made, one.person),
    "signed out": lambda made, one: made.door.sign_out_everywhere(one.id, by=KEEPER),
}


@pytest.mark.parametrize("how", ENDS)
def test_whoever_loses_the_access_loses_it_at_the_next_request(made: MadeSite, how: str) -> None:
    client = made.client("audit")
    other = made.client("officer")
    assert client.get("/board").status_code == 200
    assert other.get("/board").status_code == 200
    ENDS[how](made, made.account("audit"))
    assert client.get("/board", follow_redirects=False).headers["location"].startswith("/sign-in")
    if how != "ended":
        assert other.get("/board").status_code == 200


def test_an_auditor_signs_in_up_to_the_end_of_the_last_day(made: MadeSite) -> None:
    client = ready(made, "audit")
    made.door.change_end(made.account("audit").id, date(2026, 12, 1), by=KEEPER)
    made.clock.later(hours=13, minutes=59)
    assert signs_in(client, "audit").status_code == 303
    made.clock.later(minutes=1)
    assert client.get("/board", follow_redirects=False).status_code == 303
    client.cookies.clear()
    assert signs_in(client, "audit").status_code == 400


def test_signing_out_ends_the_session_here_alone(made: MadeSite) -> None:
    here, elsewhere = made.client("officer"), made.client("officer")
    token = here.cookies[made.site.cookie]
    answer = send(here, "/account", "/sign-out")
    assert "You are signed out" in said(answer)
    assert made.door.session(token) is None
    here.cookies.set(made.site.cookie, token)
    assert here.get("/account", follow_redirects=False).status_code == 303
    assert elsewhere.get("/account").status_code == 200


def test_signing_out_everywhere_ends_every_session(made: MadeSite) -> None:
    here, elsewhere, other = (made.client(one) for one in ("officer", "officer", "trust"))
    answer = send(here, "/account", "/account/sign-out-everywhere")
    assert "You are signed out everywhere" in said(answer)
    for client in (here, elsewhere):
        assert client.get("/account", follow_redirects=False).status_code == 303
    assert other.get("/account").status_code == 200


# --- One's own account --------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["officer", "trust", "audit", "admin"])
def test_everybody_sees_their_account(made: MadeSite, person: str) -> None:
    told = said(made.client(person).get("/account"))
    assert f"Signs in as {person}" in told
    assert "Signed in 192.0.2.1" in told
    assert ("Last day of the access" in told) is (made.account(person).ends_on is not None)


def test_a_password_is_changed_and_other_sessions_end(made: MadeSite) -> None:
    here, elsewhere = made.client("officer"), made.client("officer")
    page = "/account/password"
    token = here.cookies[made.site.cookie]
    fields = {"password": ANOTHER, "again": ANOTHER}
    for current, more, wrong in (
        ("", {}, "Enter the password that you have now"),
        (PASSWORD, {"again": "x"}, "Enter the same new password twice"),
        (PASSWORD, {"password": "", "again": ""}, "Enter a new password"),
        (PASSWORD, {"password": "officer-officer", "again": "officer-officer"}, "sign-in name"),
        ("wrong", {}, WRONG),
    ):
        answer = send(here, page, **{"current": current, **fields, **more})
        assert answer.status_code == 400
        assert wrong in said(answer)
    answer = send(here, page, current=PASSWORD, **fields)
    assert answer.headers["location"] == "/account"
    assert "Your password is changed." in said(here.get("/account"))
    assert here.cookies[made.site.cookie] != token
    assert elsewhere.get("/account", follow_redirects=False).status_code == 303
    assert signs_in(made.client(), password=ANOTHER).status_code == 303


def test_the_present_password_is_not_guessed(made: MadeSite) -> None:
    client = made.client("officer")
    fields = {"current": "wrong", "password": ANOTHER, "again": ANOTHER}
    answers = [send(client, "/account/password", **fields) for _ in range(6)]
    assert [one.status_code for one in answers] == [400] * 5 + [429]


def test_another_telephone_takes_the_place_of_the_first(made: MadeSite) -> None:
    client = made.client("officer")
    assert "None added" in said(client.get("/account"))
    page, confirm = "/account/telephone", "/account/telephone/confirm"
    csrf = hidden(client.get(page).text, page)
    early = client.post(confirm, data={**csrf, "code": "1"}, follow_redirects=False)
    assert early.headers["location"] == page, "the password first"
    assert send(client, page, password="wrong").status_code == 400
    shown = send(client, page, password=PASSWORD)
    secret = typed(shown.text)
    wrong = client.post(confirm, data={**hidden(shown.text, confirm), "code": "000000"})
    assert wrong.status_code == 400
    assert typed(wrong.text) == secret
    data = {**hidden(wrong.text, confirm), "code": code(made, secret)}
    done = client.post(confirm, data=data)
    assert "Keep these recovery codes" in said(done)
    left = client.post("/sign-out", data=hidden(done.text, "/sign-out"))
    assert "You are signed out" in said(left), "the page belongs to the new session"
    again = made.client()
    assert signs_in(again).headers["location"] == "/sign-in/code"


def test_a_key_is_told_once_works_and_is_taken_away(made: MadeSite) -> None:
    client = made.client("officer")
    page = "/account/keys/new"
    for fields, wrong in (
        ({"name": "", **on("ends_on", "2027-01-31")}, "Enter which program it is for"),
        ({"name": "report"}, "Enter the last day on which it is valid"),
        ({"name": "report", **on("ends_on", "2027-02-30")}, "Enter a real day"),
        ({"name": "report", **on("ends_on", "2028-01-31")}, "A key ends between"),
    ):
        answer = send(client, page, **fields)
        assert answer.status_code == 400
        assert wrong in said(answer)
    assert made.door.keys(made.account("officer").id) == []
    answer = send(client, page, name="report", **on("ends_on", "2027-01-31"))
    token = typed(answer.text)
    assert answer.status_code == 200, "the token stands in the page, never in an address"
    assert made.door.account_by_key(token) == made.account("officer")
    shown = client.get("/account")
    assert "report" in said(shown)
    assert token not in shown.text
    (key,) = made.door.keys(made.account("officer").id)
    data = {**hidden(shown.text, "/account/keys/revoke")}
    assert data["key"] == key.id
    stranger = made.client("trust")
    csrf = hidden(stranger.get("/account").text, "/sign-out")["csrf"]
    refused = stranger.post("/account/keys/revoke", data={"csrf": csrf, "key": key.id})
    assert refused.status_code == 409
    assert made.door.account_by_key(token) is not None
    assert client.post("/account/keys/revoke", data=data).status_code == 200
    assert made.door.account_by_key(token) is None


# --- What holds for every page --------------------------------------------------------------------------


def undeclared() -> None: ...


@desks(*EVERYBODY)
def unguarded() -> None: ...


@public
def taken_for_public(visit: AVisit) -> None: ...


@public
def unchecked() -> None: ...


@pytest.mark.parametrize(
    ("endpoint", "method", "wrong"),
    [
        (undeclared, "GET", "is at no desk"),
        (unguarded, "GET", "lets in others"),
        (taken_for_public, "GET", "lets in others"),
        (unchecked, "POST", "checks no form"),
    ],
)
def test_the_site_does_not_start_with_a_page_that_is_left_open(
    made: MadeSite, monkeypatch: pytest.MonkeyPatch, endpoint: Any, method: str, wrong: str
) -> None:
    router = APIRouter()
    router.add_api_route("/new", endpoint, methods=[method], response_model=None)
    monkeypatch.setattr(apps.pages, "ROUTERS", (*apps.pages.ROUTERS, router))
    with pytest.raises(AssertionError, match=wrong):
        make_app(made.site)
