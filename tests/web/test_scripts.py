"""Whatever somebody writes stays a text: in every page that shows it, and in every form that takes it."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from html.parser import HTMLParser
from typing import Any, get_args, get_type_hints
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import ACTS, KEEPING
from tests.api.story import STORY, Step, send
from tests.support import TRUST
from tests.web.site import MadeSite, made_site

MARK = "zqx"
SUM = str(31337 * 7)
"""What the payload's template would come to."""
PAYLOAD = (
    f"{MARK}\"'><script>alert('{MARK}')</script><img src=x onerror=alert(1)></textarea></title>"
    '</style><svg onload=alert(1)>{{31337*7}}${31337*7}{%raw%}<a href="javascript:alert(1)">x</a>'
    "<!-- &lt;b&gt; ]]> \u202e --> javascript:alert(1)"
)
SHORT = f'{MARK}"><b onclick=alert(1)>{{{{31337*7}}}}<!--'
"""For references, ids and names, which are shown in many places."""
TEXTS = {
    "reason", "reasons", "procedure", "concern", "said", "what", "evidence", "outcome", "decision",
    "decided_by", "body", "says", "source", "name",
}  # fmt: skip
"""The fields in which people write what they like."""
NAMED = {"incident", "escalation", "action", "person", "agency"}
"""The fields that hold a reference, an id or an agency."""
CHOSEN = {"timescale", "variant", "present", "releases", "event", "reference"}
"""The fields that have to hold something that is there already."""
RENAMED = {
    one: f"{one}{SHORT}"
    for one in ("INC-2", "INC-3", "INC-4", "ESC-3", "ESC-4", "ESC-5", "A2", "A3", "lead", "rep")
}
EVIL_AGENCY = f"Agency{SHORT}"
RAISED = {"incident": "INC-4", "timescale": "notification", "concern": "x"}
OPEN = {"escalation": "ESC-5", "action": "A2"}
MORE = [
    Step("admin", "add_person", {"person": "rep", "role": "agency_representative", "agency": EVIL_AGENCY, "name": "x"}),
    Step("officer", "report_incident", {"incident": "INC-4", "incident_on": "2026-11-24", "aware_on": "2026-11-25"}),
    Step("officer", "raise_escalation", {**RAISED, "escalation": "ESC-4", "agency": EVIL_AGENCY}),
    Step("officer", "raise_escalation", {**RAISED, "escalation": "ESC-5", "agency": TRUST}),
    Step("officer", "record_action", {**OPEN, "what": "x", "owner": "agency", "due": "2026-12-04"}),
    Step("manager", "declare_closure", {"day": "2026-12-30", "reason": "x"}),
]  # fmt: skip
"""Cases that stay open."""
MOST_OF_A_KIND = 3
"""So many pages are read that differ in their query alone."""


class Parsed(HTMLParser):
    """A page as a browser reads it: what in it could run or lead astray, its links, its forms' fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.dangers: list[str] = []
        self.links: list[str] = []
        self.inputs: list[tuple[str, dict[str, str | None]]] = []
        self._script = False
        self.feed(text)
        if SUM in text:
            self.dangers.append("a template was worked out")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = tag == "script"
        if self._script and given != {"src": "/static/cspr.js", "defer": None}:
            self.dangers.append(f"script {given}")
        if tag in ("iframe", "object", "embed", "base", "style", "frame", "b"):
            self.dangers.append(tag)
        if tag == "img" and not (given.get("src") or "").startswith(("/static/", "data:image/")):
            self.dangers.append(f"img {given}")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.dangers.append(f"{tag} {name}={value}")
            if name in ("href", "action", "formaction", "src"):
                self._follow(tag, value or "")
        if tag in ("input", "textarea", "select"):
            self.inputs.append((tag, given))

    def _follow(self, tag: str, value: str) -> None:
        if tag != "img" and not re.match(r"/(?!/)|#|\?|https://", value):
            self.dangers.append(f"{tag} to {value}")
        if tag == "a" and re.match(r"/(?!/)", value):
            self.links.append(value.partition("#")[0])

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.dangers.append(f"script: {data}")

    def handle_endtag(self, tag: str) -> None:
        self._script = False


def test_what_would_run_is_found():
    """The reading of pages itself: each part of the payload is found where it is not escaped."""
    assert Parsed("<p>All is well.</p><script src=/static/cspr.js defer></script>").dangers == []
    found = " ".join(Parsed(f"<title>{PAYLOAD}").dangers + Parsed(SHORT).dangers)
    for danger in (
        "script {}",
        "script: alert",
        "img",
        "onerror",
        "onload",
        "a to javascript",
        "onclick",
    ):
        assert danger in found, danger
    assert Parsed(f"<p>{SUM}</p>").dangers
    for other in (
        '<a href="//evil">',
        "<iframe>",
        '<form action="x:y">',
        '<p style="">',
        '<p href="">',
    ):
        assert Parsed(other).dangers, other


def evil(value: Any, name: str = "") -> Any:
    """The fields of an act with a payload in each text, and references that are payloads themselves."""
    match value:
        case dict():
            return {name: evil(one, name) for name, one in value.items()}
        case list():
            return [evil(one, name) for one in value]
        case str() if name in TEXTS and value not in BODIES:
            return PAYLOAD
        case str():
            return RENAMED.get(value, value)
        case _:
            return value


BODIES = {"ofsted", "national_panel", "not_resolved"}
"""Words that a field of the same name takes in another act."""


@pytest.fixture(scope="module")
def logged() -> Iterator[list[str]]:
    """Everything that is logged, by whomever but the tests' own client."""
    told: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.name.startswith(("httpx", "httpcore", "asyncio")):
                told.append(self.format(record))

    handler, root = Kept(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield told
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="module")
def made(logged: list[str]) -> Iterator[MadeSite]:
    """A site on which everybody wrote payloads wherever they could."""
    with made_site() as one:
        one.store.desk.office.name({"officer": f"A. Officer {PAYLOAD}", "trust": PAYLOAD})
        for step in [*STORY, *MORE]:
            done = send(one, step.by, step.act, **evil(step.fields), accept_warnings=True)
            assert done.status_code == 201, (step, done.json())
        yield one


def test_every_text_of_every_act_holds_a_payload():
    for kind in (*ACTS.values(), *KEEPING.values(), acts.SetAction, acts.ChangedHoliday):
        hints = get_type_hints(kind)
        texts = {
            one.name for one in fields(kind) if str in (hints[one.name], *get_args(hints[one.name]))
        }
        assert texts <= TEXTS | NAMED | CHOSEN, kind


def read_through(client: TestClient, start: str) -> Iterator[tuple[str, str, Parsed]]:
    """Every page that can be come to: its path, its text, and what it holds."""
    waiting, known, kinds = [start], {start}, dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        answer = client.get(path)
        assert answer.status_code in (200, 409), (path, answer.status_code)
        if "/download." in path:
            yield path, "", Parsed("")
            continue
        page = Parsed(answer.text)
        yield path, answer.text, page
        for link in page.links:
            target = link if not link.startswith("?") else path.partition("?")[0] + link
            kind = target.partition("?")[0]
            if target in known or kinds.get(kind, 0) >= MOST_OF_A_KIND:
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            known.add(target)
            waiting.append(target)


@pytest.mark.parametrize(
    ("person", "at_least"), [("officer", 60), ("trust", 15), ("audit", 50), ("admin", 2)]
)
def test_no_page_runs_what_somebody_wrote(made: MadeSite, person: str, at_least: int):
    client = made.client(person)
    pages = list(read_through(client, "/"))
    assert {path: page.dangers for path, _, page in pages if page.dangers} == {}
    shown = [path for path, text, _ in pages if MARK in text]
    assert len(shown) >= at_least, "the pages that were read show what was written"
    for path, text, _ in pages:
        assert "<script>alert" not in text, path


def filled(page: Parsed) -> Mapping[str, list[str]]:
    """A form with a payload in each of its texts, and the first of each choice."""
    sent: dict[str, list[str]] = {}
    for tag, given in page.inputs:
        name, kind = given.get("name") or "", given.get("type") or "text"
        if kind in ("hidden", "radio", "checkbox"):
            sent.setdefault(name, [given.get("value") or ""])
        elif tag == "textarea" or kind == "text":
            part = {"day": "4", "month": "12", "year": "2026", "time": "09:00"}
            sent[name] = [part.get(name.rpartition("-")[2], PAYLOAD)]
    return sent


@pytest.mark.parametrize("person", ["officer", "manager", "trust", "chair"])
def test_no_form_runs_what_is_sent_to_it(made: MadeSite, person: str, logged: list[str]):
    client, shown = made.client(person), 0
    paths = [path for path, _, _ in read_through(client, "/")]
    corrections = [path for path in paths if path.startswith("/correct/")][:MOST_OF_A_KIND]
    forms = [path for path in paths if "/do/" in path] + corrections
    for path in forms:
        form = Parsed(client.get(path).text)
        answer = client.post(path, data={**filled(form), "step": "check"}, follow_redirects=True)
        assert answer.status_code in (200, 400), path
        page = Parsed(answer.text)
        assert page.dangers == [], path
        shown += MARK in answer.text
    assert shown >= len(forms) - len(corrections) > 0
    assert [one for one in logged if MARK in one] == []


def test_nothing_that_stands_in_an_address_runs(made: MadeSite):
    client, text = made.client("officer"), quote(PAYLOAD)
    names = ("agency", "state", "reference", "after", "page", "month", "order", "step", "by", "from-day",
             "moment", "known_at", "person", "text", "due_from", "due_from-day", "next", "kind")  # fmt: skip
    case = "/escalations/ESC-1"
    pages = ("/board", "/board/later", "/register", "/actions", "/timeliness", "/calendar", "/record",
             "/record/people", "/as-it-stood", f"{case}/history", f"{case}/replay", f"{case}/as-at")  # fmt: skip
    for path in pages:
        for name in names:
            answer = client.get(f"{path}?{name}={text}")
            assert answer.status_code in (200, 400, 404, 422), (path, name)
            assert Parsed(answer.text).dangers == [], (path, name)
    for path in (f"/{text}", f"/escalations/{text}", f"/do/{text}", f"/static/{text}"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert MARK not in answer.text.partition("Signed in as")[0]
        assert Parsed(answer.text).dangers == []


def test_nothing_that_is_sent_at_the_door_runs(made: MadeSite, logged: list[str]):
    client = made.client()
    page = Parsed(client.get("/sign-in", params={"next": f"/{PAYLOAD}"}).text)
    assert page.dangers == []
    answer = client.post("/sign-in", data={**filled(page), "name": PAYLOAD, "password": PAYLOAD})
    assert answer.status_code == 400
    assert Parsed(answer.text).dangers == []
    assert [one for one in logged if MARK in one] == []


def test_a_file_is_named_by_its_reference_and_by_nothing_else(made: MadeSite):
    client = made.client("officer")
    paths = [path for path, _, _ in read_through(client, "/") if "/download." in path]
    assert any(MARK in path for path in paths)
    for path in paths:
        answer = client.get(path)
        named = answer.headers["content-disposition"]
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9_.~-]+"', named), named
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_the_api_answers_is_never_a_page(made: MadeSite):
    program = made.api("officer")
    for path in ("questions/board", f"questions/show?reference={quote(RENAMED['ESC-3'])}", f"questions/show?reference={quote(PAYLOAD)}", f"{quote(PAYLOAD)}"):  # fmt: skip
        answer = program.get(path)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
