"""What stands before every page: headers, hosts, where forms come from, what is sent, and mishaps."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces.web import app as web
from cspr_workflow.interfaces.web import visit
from cspr_workflow.interfaces.web.app import make_app
from cspr_workflow.interfaces.web.guards import LARGEST_BODY
from cspr_workflow.interfaces.web.serving import configured
from cspr_workflow.interfaces.web.visit import public
from cspr_workflow.settings import Settings
from tests.web.raw import FORM, Answer, Header, ask, cookie, form, part
from tests.web.site import URL, MadeSite, made_site
from tests.web.test_acts import hidden, position

DISCUSSION = "/escalations/ESC-1/do/record-discussion"
MULTIPART = (b"content-type", b"multipart/form-data; boundary=x")
WRITTEN = "Her name is Kettle"
ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
CONFINED = {
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}


@pytest.fixture(scope="module")
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


@pytest.fixture(scope="module")
def officer(made: MadeSite) -> Header:
    return cookie(session=made.token("officer"))


@pytest.fixture(scope="module")
def sent(made: MadeSite, officer: Header) -> dict[str, str]:
    """What the form of a discussion sends, filled in."""
    page = ask(made.app, "GET", DISCUSSION.encode(), officer)
    return {**hidden(page.text), "how": "call", "said": "Asked.", "when": "now", "step": "check"}


@pytest.fixture
def failing(made: MadeSite, monkeypatch: pytest.MonkeyPatch) -> MadeSite:
    """A site whose board goes wrong, with an error that says what somebody wrote."""

    def fails(*_: object) -> object:
        try:
            raise ValueError(WRITTEN)
        except ValueError as error:
            raise KeyError(WRITTEN) from error

    monkeypatch.setattr(visit, "Asking", fails)
    return made


# --- Headers -------------------------------------------------------------------------------------


def kinds(made: MadeSite, officer: Header) -> dict[str, tuple[int, Answer]]:
    """An answer of every kind, with the status that it has to have."""

    def one(status: int, method: str, target: bytes, *headers: Header, **how: object) -> object:
        return status, ask(made.app, method, target, *headers, **how)  # type: ignore[arg-type]

    return {  # type: ignore[return-value]
        "page": one(200, "GET", b"/board", officer),
        "page for everybody": one(200, "GET", b"/sign-in"),
        "download": one(200, "GET", b"/escalations/ESC-1/history/download.csv", officer),
        "redirect": one(303, "GET", b"/board"),
        "not there": one(404, "GET", b"/escalations/ESC-99", officer),
        "no such page": one(404, "GET", b"/nowhere"),
        "other method": one(405, "PUT", b"/board", officer),
        "refused form": one(403, "POST", DISCUSSION.encode(), officer, FORM, body=b"a=b"),
        "other site": one(403, "POST", b"/sign-in", (b"origin", b"https://evil.example")),
        "other host": one(400, "GET", b"/sign-in", host=b"evil.example"),
        "too large": one(413, "POST", b"/sign-in", body=b"x" * (LARGEST_BODY + 1)),
        "api": one(401, "GET", b"/api/v1/me"),
        "schema": one(200, "GET", b"/api/v1/openapi.json"),
        "static": one(200, "GET", b"/static/cspr.css"),
        "no such file": one(404, "GET", b"/static/nothing.css"),
    }


def test_every_kind_of_answer_is_confined(made: MadeSite, officer: Header):
    for kind, (status, answer) in kinds(made, officer).items():
        assert answer.status == status, (kind, answer.text)
        assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS, kind
        assert set(answer.headers["content-security-policy"].split("; ")) == CONFINED, kind
        assert "strict-transport-security" not in answer.headers
        kept = kind in ("static", "no such file")
        assert (answer.headers.get("cache-control") == "no-store") is not kept, kind


def test_what_goes_wrong_is_answered_confined_and_tells_nobody_what_it_was(
    failing: MadeSite, officer: Header, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        answer = ask(failing.app, "GET", b"/board", officer)
    assert answer.status == 500
    assert "there is a problem with the service" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.headers["content-security-policy"].split("; ")) == CONFINED
    assert WRITTEN not in answer.text
    assert WRITTEN not in caplog.text, "what somebody wrote is in no log"
    assert "ValueError" in caplog.text and "KeyError" in caplog.text
    assert "test_guards.py" in caplog.text, "the place of it is"


def test_a_program_is_told_of_a_mishap_as_json(
    made: MadeSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr("cspr_workflow.interfaces.api.routes._me", lambda _: 1 / 0)
    key = made.key("officer")
    answer = ask(made.app, "GET", b"/api/v1/me", (b"authorization", f"Bearer {key}".encode()))
    assert (answer.status, answer.headers["content-type"]) == (500, "application/json")


def test_only_an_encrypted_site_says_that_it_always_is(made: MadeSite):
    secure = replace(made.site, settings=Settings("https://escalations.example"))
    answer = ask(make_app(secure), "GET", b"/sign-in", host=b"escalations.example")
    assert answer.status == 200
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    cookies = answer.headers["set-cookie"].split("\n")
    assert all("; Secure" in one and "; HttpOnly" in one for one in cookies)
    assert all(one.startswith("__Host-") for one in cookies)
    assert all("path=/" in one.lower() and "domain" not in one.lower() for one in cookies)
    assert secure.cookie == "__Host-session"


def test_the_cookie_of_a_session_is_for_the_server_alone(made: MadeSite):
    client = TestClient(made.app, base_url=URL, follow_redirects=False)
    made.token("sub")  # a password is chosen
    form = hidden(client.get("/sign-in").text)
    answer = client.post(
        "/sign-in", data={**form, "name": "sub", "password": "Kettle-orbit-Tuesday"}
    )
    written = next(
        one for one in answer.headers.get_list("set-cookie") if one.startswith("session=")
    )
    assert "HttpOnly" in written and "SameSite=lax" in written and "Secure" not in written


# --- Hosts and addresses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [b"evil.example", b"", b"127.0.0.1@evil.example", b"127.0.0.1.evil.example", b"evil:127.0.0.1"],
)
def test_another_host_is_answered_by_nobody(made: MadeSite, officer: Header, host: bytes):
    answer = ask(made.app, "GET", b"/board", officer, host=host)
    assert answer.status == 400
    assert b"evil" not in answer.body


@pytest.mark.parametrize("host", [b"localhost:8765", b"LOCALHOST", b"127.0.0.1", b"[::1]:8765"])
def test_this_machine_has_several_names(made: MadeSite, officer: Header, host: bytes):
    assert ask(made.app, "GET", b"/board", officer, host=host).status == 200


def test_no_header_changes_the_host_or_the_way(made: MadeSite):
    forwarded = ((b"x-forwarded-host", b"evil.example"), (b"forwarded", b"host=evil.example"))
    for header in forwarded:
        answer = ask(made.app, "GET", b"/board", header, (b"x-original-url", b"/people"))
        assert (answer.status, answer.headers["location"]) == (303, "/sign-in?next=/board")


@pytest.mark.parametrize(("proxies", "told"), [((), "127.0.0.1"), (("127.0.0.1",), "203.0.113.7")])
def test_who_hands_on_is_believed_only_where_the_settings_name_them(
    made: MadeSite, proxies: tuple[str, ...], told: str
):
    site = replace(made.site, settings=Settings(URL, proxies=proxies))
    config = configured(site, "127.0.0.1", 8765)
    config.load()
    forwarded = (b"x-forwarded-for", b"203.0.113.7")
    page = ask(config.loaded_app, "GET", b"/sign-in", caller="127.0.0.1")
    mark = cookie(**{"sign-in": hidden(page.text)["csrf"]})
    body = form({**hidden(page.text), "name": "officer", "password": "Wrong-guess-here"})
    answer = ask(
        config.loaded_app, "POST", b"/sign-in", mark, FORM, forwarded, body=body, caller="127.0.0.1"
    )
    assert answer.status == 400
    assert made.door.book.log.lines(limit=1)[0].address == told


@pytest.mark.parametrize(
    "path",
    [
        "/escalations/..%2f..%2fpeople",
        "/escalations/../people",
        "//evil.example/board",
        "/escalations/%00",
        "/escalations/~00",
        "/escalations/~FF",
        "/escalations/%ff",
        "/escalations/ESC-1%00",
        "/escalations/ESC-1/",
        "/escalations/ESC-1/do/%00",
        "/escalations/ESC-1/do/../../ESC-2",
        "/escalations/ESC-1/actions/~00/do/vary-action",
        "/incidents/%00/do/notify",
        "/incidents/%0d%0aSet-Cookie:a=b",
        "/correct/99999999999999999999999",
        "/correct/-1",
        "/board/%00",
        "/actions/download.%00",
        f"/escalations/{'a' * 60_000}",
        f"/{'a/' * 20_000}",
    ],
    ids=lambda path: path[:40],
)
def test_an_odd_address_is_no_page(made: MadeSite, officer: Header, path: str):
    answer = ask(made.app, "GET", path.encode(), officer)
    assert answer.status == 404
    assert "location" not in answer.headers and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "..%2fapp.py",
        "%2e%2e/app.py",
        "../app.py",
        "..%5capp.py",
        "/etc/passwd",
        "%2fetc/passwd",
        "%00",
        "cspr.css%00.py",
        "",
        ".",
        "a" * 5_000,
    ],
    ids=lambda path: path[:20],
)
def test_nothing_but_its_own_files_comes_from_static(made: MadeSite, path: str):
    assert ask(made.app, "GET", f"/static/{path}".encode()).status == 404


@pytest.mark.parametrize(
    "query",
    ["agency=%00", "page=99999999999999999999999", "page=%D9%A3", "after=zz", "due_from=9999-12-31",
     "moment=0001-01-01T00:00", "month=%00", "step=0", "order=%3Cscript%3E", "by=x", "from=%FF",
     "&".join(f"a{number}=b" for number in range(3_000))],
    ids=lambda query: query[:24],
)  # fmt: skip
def test_whatever_stands_in_the_query_is_answered(
    made: MadeSite, officer: Header, query: str, caplog: pytest.LogCaptureFixture
):
    case = "/escalations/ESC-1"
    pages = ["/board", "/board/later", "/register", "/actions", "/timeliness", "/calendar", "/record",
             f"{case}/history", f"{case}/replay", f"{case}/as-at", "/as-it-stood", "/record/people",
             "/actions/download.csv", "/register/download.json", "/timeliness/download.xlsx"]  # fmt: skip
    for page in pages:
        answer = ask(made.app, "GET", f"{page}?{query}".encode(), officer)
        assert answer.status in (200, 400, 404, 422), (page, answer.status)
    assert "Traceback" not in caplog.text and "Error" not in caplog.text


# --- Where forms come from -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        (b"origin", b"https://evil.example"),
        (b"origin", b"null"),
        (b"origin", b"http://127.0.0.1:8766"),
        (b"origin", b"https://127.0.0.1:8765"),
        (b"sec-fetch-site", b"cross-site"),
        (b"sec-fetch-site", b"same-site"),
    ],
)
def test_what_another_site_sends_is_refused(
    made: MadeSite, officer: Header, sent: dict[str, str], header: Header
):
    body, before = form({**sent, "step": "record"}), position(made)
    answer = ask(made.app, "POST", DISCUSSION.encode(), officer, FORM, header, body=body)
    assert answer.status == 403
    assert position(made) == before


def test_what_its_own_pages_send_is_taken(made: MadeSite, officer: Header, sent: dict[str, str]):
    for header in [
        (b"origin", b"http://127.0.0.1:8765"),
        (b"origin", b"http://localhost:8765"),
        (b"sec-fetch-site", b"same-origin"),
        (b"sec-fetch-site", b"none"),
    ]:
        answer = ask(made.app, "POST", DISCUSSION.encode(), officer, FORM, header, body=form(sent))
        assert answer.status == 200, header


@pytest.mark.parametrize("csrf", [None, "", "x", "%ED%A0%80", "é", "0" * 64])
def test_a_form_without_the_token_of_its_session_is_refused(
    made: MadeSite, officer: Header, sent: dict[str, str], csrf: str | None
):
    fields = {**sent, "step": "record", "csrf": csrf}
    before = position(made)
    body = form({name: one for name, one in fields.items() if one is not None})
    answer = ask(made.app, "POST", DISCUSSION.encode(), officer, FORM, body=body)
    assert answer.status == 403
    assert position(made) == before


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("PUT", 405),
        ("DELETE", 405),
        ("PATCH", 405),
        ("TRACE", 405),
        ("CONNECT", 405),
        ("FOO", 405),
        ("OPTIONS", 405),
    ],
)
def test_no_other_method_does_anything(
    made: MadeSite, officer: Header, sent: dict[str, str], method: str, status: int
):
    before = position(made)
    body = form({**sent, "step": "record"})
    answer = ask(made.app, method, DISCUSSION.encode(), officer, FORM, body=body)
    assert answer.status == status
    assert officer[1] not in answer.body, "nothing of a request comes back"
    assert position(made) == before


def test_a_method_in_a_header_or_a_field_counts_for_nothing(
    made: MadeSite, officer: Header, sent: dict[str, str]
):
    before = position(made)
    override = (b"x-http-method-override", b"POST")
    body = form({**sent, "step": "record", "_method": "POST"})
    answer = ask(made.app, "GET", DISCUSSION.encode(), officer, FORM, override, body=body)
    assert answer.status == 200
    query = f"{DISCUSSION}?".encode() + body
    assert ask(made.app, "GET", query, officer).status == 200
    assert position(made) == before


# --- What is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize("announced", [b"1000001", b"-1", b"1e3", b"\xb2", b"9" * 5_000, b""])
def test_what_announces_too_much_or_nonsense_is_not_even_read(made: MadeSite, announced: bytes):
    answer = ask(made.app, "POST", b"/sign-in", FORM, (b"content-length", announced), body=b"a=b")
    assert answer.status == 413


def test_what_turns_out_too_large_is_refused(made: MadeSite):
    parts = [b"x" * 100_000] * 10
    assert ask(made.app, "POST", b"/sign-in", FORM, body=[*parts, b"x"]).status == 413
    assert ask(made.app, "POST", b"/sign-in", FORM, body=parts).status == 403, "it is read"


def test_the_limit_holds_for_programs_too(made: MadeSite):
    key = (b"authorization", f"Bearer {made.key('officer')}".encode())
    body = b'{"said": "' + b"x" * LARGEST_BODY
    assert ask(made.app, "POST", b"/api/v1/acts/inform", key, body=body).status == 413


def many(sent: dict[str, str]) -> bytes:
    return form([*sent.items(), *((f"f{number}", "x") for number in range(5_000))])


@pytest.mark.parametrize(
    ("content", "body", "status"),
    [
        (b"multipart/form-data", b"abc", 400),
        (b"multipart/form-data; boundary=x", b"abc", 400),
        (
            b"multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data\r\n\r\nv",
            400,
        ),
        (b"multipart/form-data; boundary=x", b"--x\r\n\r\nv\r\n--x--\r\n", 400),
        (b"multipart/form-data; boundary=\xff", b"--\xff\r\n\r\nv\r\n", 400),
        (b"application/json", b"{}", 403),
        (b"text/plain", b"csrf=x", 403),
        (b"", b"csrf=x", 403),
        (b"application/x-www-form-urlencoded; charset=utf-7", b"csrf=%FF%FE", 403),
        (b"application/x-www-form-urlencoded", b"%%%&&==&%00=%00", 400),
    ],
)
def test_a_malformed_form_is_refused(
    made: MadeSite, officer: Header, content: bytes, body: bytes, status: int
):
    header = (b"content-type", content)
    assert ask(made.app, "POST", DISCUSSION.encode(), officer, header, body=body).status == status


def test_a_form_with_thousands_of_fields_is_refused(
    made: MadeSite, officer: Header, sent: dict[str, str]
):
    answer = ask(made.app, "POST", DISCUSSION.encode(), officer, FORM, body=many(sent))
    assert answer.status == 400
    parts = [part(f"f{number}", b"x") for number in range(1_000)]
    body = b"".join([part("csrf", sent["csrf"].encode()), *parts, b"--x--\r\n"])
    assert ask(made.app, "POST", DISCUSSION.encode(), officer, MULTIPART, body=body).status == 400


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "nope", "utf-7", "\\x00"])
def test_a_form_in_another_encoding_records_nothing(
    made: MadeSite, officer: Header, sent: dict[str, str], charset: str
):
    header = (b"content-type", f"multipart/form-data; boundary=x; charset={charset}".encode())
    before = position(made)
    fields = [part(name, value.encode()) for name, value in sent.items() if name != "step"]
    body = b"".join(
        [*fields, part("step", b"check"), part("said", b"\xff\xed\xa0\x80"), b"--x--\r\n"]
    )
    answer = ask(made.app, "POST", DISCUSSION.encode(), officer, header, body=body)
    assert answer.status in (200, 400, 403)
    assert position(made) == before


@pytest.mark.parametrize("field", ["said", "how", "command", "seen", "when-at-day", "a\0b"])
def test_a_character_that_cannot_be_kept_is_refused(
    made: MadeSite, officer: Header, sent: dict[str, str], field: str
):
    before = position(made)
    body = form({**sent, "step": "record", field: "a\0b"})
    answer = ask(made.app, "POST", DISCUSSION.encode(), officer, FORM, body=body)
    assert answer.status == 400
    assert position(made) == before


def test_half_a_character_stays_readable(made: MadeSite, officer: Header, sent: dict[str, str]):
    body = form(sent).replace(b"Asked.", b"Asked%ED%A0%80%F0%9F.")
    answer = ask(made.app, "POST", DISCUSSION.encode(), officer, FORM, body=body)
    assert answer.status == 200
    assert "Asked\ufffd" in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seen", "9" * 5_000),
        ("seen", "-1"),
        ("seen", "٣"),
        ("command", "x" * 1_000),
        ("when-at-year", "9" * 5_000),
        ("when-at-time", "99:99"),
        ("when-at-day", "0"),
        ("means", "x"),
    ],
)
def test_nonsense_in_a_field_is_answered(
    made: MadeSite, officer: Header, sent: dict[str, str], field: str, value: str
):
    body = form({**sent, "when": "earlier", "behalf": "agency", field: value})
    answer = ask(made.app, "POST", DISCUSSION.encode(), officer, FORM, body=body)
    assert answer.status in (200, 400)


def test_a_file_where_a_text_belongs_is_no_text(
    made: MadeSite, officer: Header, sent: dict[str, str]
):
    before = position(made)
    fields = [part(name, value.encode()) for name, value in sent.items() if name != "said"]
    body = b"".join([*fields, part("said", b"x", '; filename="a"'), b"--x--\r\n"])
    answer = ask(made.app, "POST", DISCUSSION.encode(), officer, MULTIPART, body=body)
    assert answer.status == 400
    assert position(made) == before
    forged = b"".join([part("csrf", sent["csrf"].encode(), '; filename="a"'), b"--x--\r\n"])
    assert ask(made.app, "POST", DISCUSSION.encode(), officer, MULTIPART, body=forged).status == 403


@pytest.mark.parametrize(
    "value", ["", "\xff\xfe", "a" * 60_000, "x.y.z", "%00", "' OR 1=1 --", '"; path=/'],
    ids=lambda value: value[:10],
)  # fmt: skip
def test_whatever_stands_in_the_cookie_signs_nobody_in(made: MadeSite, value: str):
    answer = ask(made.app, "GET", b"/board", (b"cookie", f"session={value}".encode("latin-1")))
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in?next=/board")


def test_whatever_stands_in_the_cookie_of_what_was_done_is_told_to_nobody(
    made: MadeSite, officer: Header
):
    for told in ["zz", "ff", b"act:x".hex(), b"say:<script>".hex(), b"say:".hex(), "0" * 60_000]:
        both = (b"cookie", officer[1] + f"; told={told}".encode())
        answer = ask(made.app, "GET", b"/board", both)
        assert answer.status == 200
        assert "govuk-notification-banner" not in answer.text


# --- Where somebody is sent on to ------------------------------------------------------------------


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\\\\evil",
     "/board\r\nSet-Cookie: a=b", "/board\0", "/ /evil", " //evil.example", "/\t/evil.example"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(made: MadeSite, elsewhere: str):
    made.token("chair")  # a password is chosen
    client = TestClient(made.app, base_url=URL, follow_redirects=False)
    page = client.get("/sign-in", params={"next": elsewhere})
    assert page.status_code == 200
    data = {**hidden(page.text), "next": elsewhere.replace("\0", "")}
    answer = client.post(
        "/sign-in", data={**data, "name": "chair", "password": "Kettle-orbit-Tuesday"}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] in ("/", "/board")
    assert "a=b" not in str(answer.headers.get_list("set-cookie"))


def test_a_page_of_its_own_is_where_signing_in_leads(made: MadeSite):
    made.token("chair")
    client = TestClient(made.app, base_url=URL, follow_redirects=False)
    place = client.get("/escalations/ESC-1").headers["location"]
    data = hidden(client.get(place).text)
    answer = client.post(
        "/sign-in", data={**data, "name": "chair", "password": "Kettle-orbit-Tuesday"}
    )
    assert answer.headers["location"] == "/escalations/ESC-1"


# --- Every page says for whom it is ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["says nothing", "reads no form", "asks nobody", "good"])
def test_the_application_does_not_start_with_a_page_that_is_for_nobody_knows_whom(kind: str):
    router, app = APIRouter(), FastAPI()

    def page() -> None: ...

    if kind != "says nothing":
        page = visit.desks(*visit.EVERYBODY)(page) if kind == "asks nobody" else public(page)
    add = router.post if kind == "reads no form" else router.get
    add("/page")(page)
    app.include_router(router)
    if kind == "good":
        web._check_declared(app)
        return
    with pytest.raises(AssertionError, match="/page"):
        web._check_declared(app)


# --- The address of the server -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Escalations.Example/", "https://escalations.example"),
        ("https://escalations.example:443", "https://escalations.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_origin_is_what_a_browser_says(url: str, origin: str):
    assert Settings(url).origin == origin


@pytest.mark.parametrize(
    "url", ["", "x", "ftp://x", "https://", "https://a@x", "https://x/y", "https://x?y", "http://x:99999"]
)  # fmt: skip
def test_what_is_no_address_of_a_server_is_told(url: str):
    with pytest.raises(Trouble, match="CSPR_URL"):
        Settings(url, Path())
