"""Who may see and do what: every page and every act, from every desk, about one's own cases and others'.

The tables are written out: a page that stands in none of them fails, and so does one that lets in
somebody else than its row says.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from fastapi.routing import iter_route_contexts

from cspr_workflow.domain.acts import (
    ACTS,
    KEEPING,
    AddPerson,
    EscalationAct,
    IncidentAct,
    RaiseEscalation,
    RemovePerson,
    ReportIncident,
)
from cspr_workflow.domain.people import Role
from tests.api.story import STORY
from tests.support import utc
from tests.web.raw import FORM, Answer, ask, cookie, form
from tests.web.site import KEEPER, LAST_DAY, NOW, MadeSite, made_site

WHO = ("officer", "manager", "chair", "trust", "board", "ward", "police", "audit", "admin", "")
"""The unit, the three roles of the Acute Trust, the Police, an auditor, an administrator, nobody."""

# y: let in    r: the role may not do this, and is told why    n: not at this desk
# -: as if it were not there    s: has to sign in first
UNIT = "yyy nnn n n n s"
MANAGER = "ryr nnn n n n s"
READERS = "yyy nnn n y n s"
CASES = "yyy yyy y y n s"
OWN, OTHERS = "yyy yyy - y n s", "yyy --- y y n s"
KEEPERS = "nyn nnn n n y s"
SIGNED_IN = "yyy yyy y y y s"
EVERYBODY = "yyy yyy y y y y"
NOT_THERE = "--- --- - - - -"

PAGES = {
    "GET /": SIGNED_IN,
    "GET /board": CASES,
    "GET /board/{group}": READERS,
    "GET /register": READERS,
    "GET /register/download.{form}": READERS,
    "GET /actions": CASES,
    "GET /actions/download.{form}": CASES,
    "GET /timeliness": READERS,
    "GET /timeliness/download.{form}": READERS,
    "GET /calendar": READERS,
    "GET /calendar/update": MANAGER,
    "POST /calendar/update": MANAGER,
    "GET /do/{act}": MANAGER,
    "POST /do/{act}": MANAGER,
    "GET /incidents/{incident}": READERS,
    "GET /incidents/{incident}/do/{act}": "yyr nnn n n n s",
    "POST /incidents/{incident}/do/{act}": "yyr nnn n n n s",
    "GET /incidents/{reference}/history": READERS,
    "GET /incidents/{reference}/history/download.{form}": READERS,
    "GET /incidents/{reference}/why": READERS,
    "GET /incidents/{reference}/replay": READERS,
    "GET /incidents/{reference}/as-at": READERS,
    "GET /incidents/{reference}/print": READERS,
    "GET /correct/{entry}": "yyr nnn n n n s",
    "POST /correct/{entry}": "yyr nnn n n n s",
    "GET /record": READERS,
    "GET /record/people": READERS,
    "GET /record/clock": READERS,
    "GET /record/late": READERS,
    "GET /record/differences": READERS,
    "GET /record/corrections": READERS,
    "GET /record/imports": READERS,
    "GET /as-it-stood": READERS,
    "GET /people": KEEPERS,
    "GET /people/add": KEEPERS,
    "POST /people/add": KEEPERS,
    "GET /people/person/{person}": KEEPERS,
    "GET /people/person/{person}/name": KEEPERS,
    "POST /people/person/{person}/name": KEEPERS,
    "GET /people/person/{person}/remove": KEEPERS,
    "POST /people/person/{person}/remove": KEEPERS,
    "GET /people/person/{person}/account/open": KEEPERS,
    "POST /people/person/{person}/account/open": KEEPERS,
    "GET /people/person/{person}/account/reset": KEEPERS,
    "POST /people/person/{person}/account/reset": KEEPERS,
    "GET /people/person/{person}/account/end": KEEPERS,
    "POST /people/person/{person}/account/end": KEEPERS,
    "GET /people/person/{person}/account/close": KEEPERS,
    "POST /people/person/{person}/account/close": KEEPERS,
    "GET /people/person/{person}/account/link": KEEPERS,
    "POST /people/person/{person}/account/link": KEEPERS,
    "POST /people/person/{person}/account/unlink": "nrn nnn n n r s",
    "POST /people/person/{person}/account/sign-out": KEEPERS,
    "POST /people/person/{person}/account/revoke-key": "nrn nnn n n r s",
    "GET /accounts/log": KEEPERS,
    "GET /readings": KEEPERS,
    "GET /readings/download.{form}": KEEPERS,
    "GET /status": KEEPERS,
    "GET /settings": KEEPERS,
    "POST /settings": KEEPERS,
    "GET /account": SIGNED_IN,
    "GET /account/password": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "GET /account/telephone": SIGNED_IN,
    "POST /account/telephone": SIGNED_IN,
    "POST /account/telephone/confirm": SIGNED_IN,
    "POST /account/sign-out-everywhere": SIGNED_IN,
    "GET /account/keys/new": SIGNED_IN,
    "POST /account/keys/new": SIGNED_IN,
    "POST /account/keys/revoke": "rrr rrr r r r s",  # no such key
    "GET /help": EVERYBODY,
    "GET /accessibility": EVERYBODY,
    "GET /privacy": EVERYBODY,
    "GET /sign-in": EVERYBODY,
    "POST /sign-in": "nnn nnn n n n n",  # without what its own page gives
    "GET /sign-in/with/{provider}": NOT_THERE,
    "GET /sign-in/with/{provider}/callback": NOT_THERE,
    "GET /sign-in/password": SIGNED_IN,
    "POST /sign-in/password": SIGNED_IN,
    "GET /sign-in/enrol": SIGNED_IN,
    "POST /sign-in/enrol": SIGNED_IN,
    "GET /sign-in/code": SIGNED_IN,
    "POST /sign-in/code": SIGNED_IN,
    "GET /sign-in/recovery": SIGNED_IN,
    "POST /sign-in/recovery": SIGNED_IN,
    "POST /sign-out": SIGNED_IN,
}
"""The pages that are about no escalation."""

_ABOUT_ACTION = "/escalations/{escalation}/actions/{action}/do/{act}"
ESCALATIONS = {
    "GET /escalations/{escalation}": (OWN, OTHERS),
    "GET /escalations/{reference}/history": (OWN, OTHERS),
    "GET /escalations/{reference}/history/download.{form}": (OWN, OTHERS),
    "GET /escalations/{reference}/why": (OWN, OTHERS),
    "GET /escalations/{reference}/replay": (OWN, OTHERS),
    "GET /escalations/{reference}/as-at": (OWN, OTHERS),
    "GET /escalations/{reference}/print": (OWN, OTHERS),
    "GET /escalations/{escalation}/do/{act}": ("yyy yyy - n n s", "yyy --- y n n s"),
    "POST /escalations/{escalation}/do/{act}": ("yyy yyy - n n s", "yyy --- y n n s"),
    # There is no action in the other escalation.
    f"GET {_ABOUT_ACTION}": ("yyr yyy - n n s", "--- --- - n n s"),
    f"POST {_ABOUT_ACTION}": ("yyr yyy - n n s", "--- --- - n n s"),
}
"""The pages about ESC-1, which concerns the Acute Trust, and about ESC-2, which concerns the Police."""

_QUESTIONS = "GET /api/v1/questions/"
API = {
    **dict.fromkeys([f"{_QUESTIONS}{name}" for name in ("calendar", "policy")], SIGNED_IN),
    **dict.fromkeys([f"{_QUESTIONS}{name}" for name in ("board", "actions", "as-at")], CASES),
    f"{_QUESTIONS}register": CASES,
    f"{_QUESTIONS}timeliness": READERS,
    **dict.fromkeys([f"{_QUESTIONS}{name}" for name in ("people", "status")], "yyy nnn n y y s"),
    **dict.fromkeys(
        [f"{_QUESTIONS}{name}" for name in ("show", "history", "replay", "why", "forecast")], OWN
    ),
    "GET /api/v1/me": SIGNED_IN,
    "GET /api/v1/status": SIGNED_IN,
    "GET /api/v1/openapi.json": EVERYBODY,
    "HEAD /api/v1/openapi.json": EVERYBODY,
    # An empty act: whoever has a key is told what is missing, and nothing of any case.
    **dict.fromkeys([f"POST /api/v1/acts/{name}" for name in (*ACTS, *KEEPING)], SIGNED_IN),
}
"""The programming interface, with a key of each person's, about ESC-1."""
_NUMBERS = count(1)
_LETTERS = {200: "y", 303: "y", 400: "y", 422: "y", 409: "r", 403: "n", 404: "-", 401: "s"}


@pytest.fixture(scope="module")
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


def routes(made: MadeSite) -> Iterator[str]:
    """Everything that can be asked of the application, but for its files."""
    for one in iter_route_contexts(made.app.routes):
        for method in sorted(one.methods or ()):
            yield f"{method} {one.path}"


def letter(answer: Answer) -> str:
    """How somebody was answered, as the tables have it."""
    sent_away = answer.headers.get("location", "").startswith("/sign-in")
    return "s" if answer.status == 303 and sent_away else _LETTERS[answer.status]


def noted(made: MadeSite) -> object:
    """How far the record and both logs go."""
    book = made.door.book
    log, readings = book.log.lines(limit=1), book.readings.lines(limit=1)
    return made.store.desk.record.last(), [one.number for one in (*log, *readings)]


def spare(made: MadeSite) -> str:
    """Somebody of the Police, with an account, who is there for this once."""
    person = f"spare{next(_NUMBERS)}"
    made.store.do(KEEPER, NOW, AddPerson(person, Role.SERVICE_LEAD, "Police"))
    made.door.open_account(person, person, LAST_DAY, by=KEEPER)
    return person


def addressed(route: str, case: str, person: Callable[[], str]) -> tuple[str, bytes]:
    """A method, and the address of a route about a case."""
    method, _, path = route.partition(" ")
    acts = {"/do": "declare-closure", "/in": "notify", "/es": "record-discussion"}
    known = {
        "group": "later", "incident": "INC-1", "escalation": case, "action": "A1", "entry": "3",
        "reference": case if path.startswith("/esc") else "INC-1", "form": "csv", "provider": "x",
        "act": "complete-action" if "{action}" in path else acts.get(path[:3], ""),
    }  # fmt: skip
    if "{person}" in path:
        known["person"] = person()
    asked = {"show", "history", "replay", "why", "forecast"} & {path.rpartition("/")[2]}
    if path.startswith("/api") and asked:
        path += f"?reference={case}"
    return method, f"{path}?moment={NOW}".encode() if "as-at" in route[:30] else path.format(
        **known
    ).encode()


def answered(made: MadeSite, who: str, route: str, case: str = "ESC-1") -> str:
    """How somebody is answered; whoever is not let in leaves no trace."""
    is_api = "/api/" in route
    method, target = addressed(route, case, lambda: spare(made) if "POST" in route else "police")
    headers, body = [], b""
    if who and is_api:
        headers = [(b"authorization", f"Bearer {made.key(who)}".encode())]
    elif who:
        headers = [cookie(session=made.token(who))]
    if method == "POST" and is_api:
        body = b"{}"
    elif method == "POST":
        session = made.door.session(made.token(who)) if who else None
        headers = [cookie(session=session.token)] if session else []
        body = form({"csrf": session.csrf if session else "x", "step": "check"})
        headers.append(FORM)
    before = noted(made)
    told = letter(ask(made.app, method, target, *headers, body=body))
    assert told in "yr" or noted(made) == before, (who, route)
    return told


def row(made: MadeSite, route: str, case: str = "ESC-1") -> str:
    """How each of them is answered, as the tables have it."""
    told = "".join(answered(made, who, route, case) for who in WHO)
    return " ".join([told[:3], told[3:6], *told[6:]])


# --- Every page ----------------------------------------------------------------------------------


def test_every_route_has_a_row(made: MadeSite):
    assert set(routes(made)) == {*PAGES, *ESCALATIONS, *API}


@pytest.mark.parametrize("route", PAGES)
def test_a_page_lets_in_whom_its_row_says(made: MadeSite, route: str):
    assert row(made, route) == PAGES[route]


@pytest.mark.parametrize("route", ESCALATIONS)
def test_an_escalation_is_for_its_own_agency(made: MadeSite, route: str):
    assert (row(made, route, "ESC-1"), row(made, route, "ESC-2")) == ESCALATIONS[route]


@pytest.mark.parametrize("route", API)
def test_a_program_is_let_in_as_its_person_is(made: MadeSite, route: str):
    assert row(made, route) == API[route]


def test_what_is_not_ones_own_is_as_if_it_were_not_there(made: MadeSite):
    token, key = made.token("police"), made.key("police")
    for path in ("", "/history", "/why", "/do/record-discussion", "/history/download.csv"):
        pages = [
            ask(made.app, "GET", f"/escalations/{one}{path}".encode(), cookie(session=token))
            for one in ("ESC-1", "ESC-99")
        ]
        assert pages[0].body == pages[1].body
        assert pages[0].status == pages[1].status == 404
    told = [
        made.api("police").get("questions/show", params={"reference": one}).text.replace(one, "-")
        for one in ("ESC-1", "ESC-99")
    ]
    assert told[0] == told[1] and key


def _on_escalation(kind: type[Any]) -> bool:
    return issubclass(kind, EscalationAct) and kind is not RaiseEscalation


# --- Every act -----------------------------------------------------------------------------------


def own_case(kind: type[Any]) -> str:
    """The page of the Acute Trust's case, or of the incident, below which an act's form stands."""
    if kind is RaiseEscalation or (issubclass(kind, IncidentAct) and kind is not ReportIncident):
        return "/incidents/INC-1"
    if not issubclass(kind, EscalationAct):
        return ""
    about_action = "action" in {one.name for one in kind.__dataclass_fields__.values()}
    return "/escalations/ESC-1" + (
        "/actions/A1" if about_action and kind.name != "record_action" else ""
    )


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("who", ["police", "audit", "admin", ""])
def test_nobody_acts_at_a_desk_that_is_not_theirs(made: MadeSite, name: str, who: str):
    place, before = own_case(ACTS[name]), made.store.desk.record.last()
    session = made.door.session(made.token(who)) if who else None
    headers = [FORM, *([cookie(session=session.token)] if session else [])]
    wanted = "s" if not who else "-" if who == "police" and "/escalations" in place else "n"
    fields = next(step.fields for step in STORY if step.act == name)
    sent = {**fields, "escalation": "ESC-1", "action": "A1", "incident": "INC-1", "step": "record"}
    body = form({**{one: str(value) for one, value in sent.items()},
                 "csrf": session.csrf if session else "x", "accepted": "yes"})  # fmt: skip
    path = f"{place}/do/{name.replace('_', '-')}".encode()
    assert letter(ask(made.app, "POST", path, *headers, body=body)) == wanted
    assert made.store.desk.record.last() == before


@pytest.mark.parametrize("name", [name for name, kind in ACTS.items() if _on_escalation(kind)])
def test_no_program_acts_on_another_agencys_escalation(made: MadeSite, name: str):
    before = made.store.desk.record.last()
    fields = next(step.fields for step in STORY if step.act == name)
    about = {"escalation": "ESC-1", **({"action": "A1"} if "action" in fields else {})}
    for who, status in (("police", 404), ("audit", 403), ("admin", 404)):
        sent = {"command": str(uuid4()), **fields, **about, "accept_warnings": True}
        answer = made.api(who).post(f"acts/{name}", json=sent)
        assert answer.status_code == status, (who, answer.json())
    assert made.store.desk.record.last() == before


# --- Those who have no access any more -------------------------------------------------------------


def end_by_leaving(made: MadeSite) -> None:
    made.store.do("manager", NOW, RemovePerson("trust"))


def end_by_closing(made: MadeSite) -> None:
    made.door.close_account(made.account("trust").id, by=KEEPER)


def end_by_the_day(made: MadeSite) -> None:
    made.clock.later(minutes=15)


def end_by_signing_out_everywhere(made: MadeSite) -> None:
    made.door.sign_out_everywhere(made.account("trust").id, by=KEEPER)


@pytest.mark.parametrize(
    ("who", "end", "key_ends"),
    [
        ("trust", end_by_leaving, True),
        ("trust", end_by_closing, True),
        ("trust", end_by_the_day, True),
        ("audit", end_by_the_day, True),
        ("trust", end_by_signing_out_everywhere, False),
    ],
)
def test_whose_access_has_ended_gets_nowhere(
    who: str, end: Callable[[MadeSite], None], key_ends: bool
):
    with made_site() as made:
        made.clock.now = utc("2026-12-01T23:50")
        made.door.change_end(made.account(who).id, utc(NOW).date(), by=KEEPER)
        session, key = made.door.session(made.token(who)), made.key(who)
        other = made.token("officer")
        assert session is not None
        mine = cookie(session=session.token)
        assert ask(made.app, "GET", b"/board", mine).status == 200
        end(made)
        before = made.store.desk.record.last()
        for route in (*PAGES, *ESCALATIONS):
            method, target = addressed(route, "ESC-1", lambda: "police")
            if PAGES.get(route, OWN) in (EVERYBODY, NOT_THERE) or route == "POST /sign-in":
                continue
            body = form({"csrf": session.csrf, "step": "record"}) if method == "POST" else b""
            answer = ask(made.app, method, target, mine, FORM, body=body)
            assert letter(answer) == "s", route
            assert "ESC-1" not in answer.text
        bearer = (b"authorization", f"Bearer {key}".encode())
        status = ask(made.app, "GET", b"/api/v1/questions/board", bearer).status
        assert status == (401 if key_ends else 200)
        assert made.store.desk.record.last() == before
        assert ask(made.app, "GET", b"/board", cookie(session=other)).status == 200


def test_nobody_is_signed_in_for_ever():
    with made_site() as made:
        token = made.token("officer")
        made.clock.later(minutes=29)
        assert ask(made.app, "GET", b"/board", cookie(session=token)).status == 200
        made.clock.later(minutes=31)
        assert letter(ask(made.app, "GET", b"/board", cookie(session=token))) == "s"
        token, began = made.token("officer"), made.clock.now
        while made.clock.now - began < timedelta(hours=11, minutes=40):
            made.clock.later(minutes=20)
            assert ask(made.app, "GET", b"/board", cookie(session=token)).status == 200
        made.clock.later(minutes=20)
        assert letter(ask(made.app, "GET", b"/board", cookie(session=token))) == "s"
