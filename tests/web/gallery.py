"""A page that shows everything that pages are made of. It is for the tests alone."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import FileSystemLoader

from cspr_workflow.domain.calendar import Calendar
from cspr_workflow.domain.people import Role
from cspr_workflow.interfaces.case_words import Change
from cspr_workflow.interfaces.state_line import Place
from cspr_workflow.interfaces.web import templating
from cspr_workflow.interfaces.web.guards import ConfiningHeaders
from cspr_workflow.interfaces.web.navigation import Link
from cspr_workflow.interfaces.web.pictures import weeks

_STATIC = Path(templating.__file__).parent / "static"
RAISED = date(2026, 12, 22)
CALENDAR = Calendar(
    bank_holidays={
        date(2026, 12, 25): "Christmas Day",
        date(2026, 12, 28): "Boxing Day (observed)",
        date(2027, 1, 1): "New Year's Day",
    },
    known_to=2028,
    closures={date(2026, 12, 29): "Offices closed"},
)
PLACES = (
    Place("initial discussion", RAISED, present=False, behind=True),
    Place("stage 1", None, present=False, behind=True),
    Place("stage 2", date(2026, 12, 30), present=True, behind=False),
    Place("stage 3", None, present=False, behind=False),
    Place("resolved", None, present=False, behind=False),
)


@dataclass(frozen=True)
class _Policy:
    partnership: str = "Ambleford Safeguarding Children Partnership"


@dataclass(frozen=True)
class _Teller:
    policy: _Policy = _Policy()

    def moment(self, value: datetime) -> str:
        return f"{value:%a} {value.day} {value:%b} {value.year} {value:%H:%M}"


@dataclass(frozen=True)
class _Asking:
    mark: str = ""


@dataclass(frozen=True)
class _Session:
    csrf: str = "a-token-of-the-session"


@dataclass(frozen=True)
class _Person:
    role: Role = Role.CSPR_OFFICER


@dataclass(frozen=True)
class _Visit:
    name: str = "M. Okadale"
    session: _Session = field(default_factory=_Session)
    person: _Person = field(default_factory=_Person)


@dataclass(frozen=True)
class Happened:
    """Something in a timeline."""

    when: str
    told: str
    notes: tuple[str, ...] = ()
    kind: str = ""


HAPPENED = (
    Happened(
        "Tue 22 Dec 2026 10:05",
        "M. Okadale (CSPR Officer, SCSP) raised the escalation: the chronology has not been returned.",
        ("E1.1", "Recorded Tue 22 Dec 2026 10:09"),
    ),
    Happened("Wed 30 Dec 2026 00:00", "The clock moved it to Stage 2.", ("E2",), "clock"),
    Happened(
        "Wed 30 Dec 2026 11:20",
        "A correction: the call was at 11:00.",
        ("Of step 1",),
        "correction",
    ),
    Happened("Thu 7 Jan 2027 00:00", "The clock moves it to Stage 3, if nobody acts.", (), "ahead"),
)
SIDES = (
    ("What is to be done", "Send the chronology of all teams involved", "Send the chronology"),
    ("By when", "Thu 31 Dec 2026", "Thu 31 Dec 2026"),
    ("Who is to do it", "Ambleford Acute Trust", None),
)
CHANGES = (
    Change("State", "Stage 1", "Stage 2"),
    Change("Limit", None, "Thu 7 Jan 2027, running"),
    Change("Follow-on limit", "Tue 5 Jan 2027", None),
)
LINKS = (
    Link("Board", "/", here=True),
    Link("Register", "/register"),
    Link("Agreed actions", "/actions"),
    Link("Timeliness", "/timeliness"),
    Link("Calendar", "/calendar"),
    Link("The record", "/record"),
    Link("Help", "/help"),
)
FAULTS = {
    "name": "Enter your name",
    "concern": "Enter what the concern is",
    "due": "Enter the day by which it is to be done",
    "how": "Select how you spoke with each other",
    "": "This was changed by somebody else meanwhile: read it again",
}
VALUES = {"concern": "First line\nsecond line <b>", "due-day": "31", "due-month": "2"}


def context(*, faults: bool = False, rehearsal: bool = True) -> dict[str, Any]:
    """What the gallery passes to its template."""
    mark = "Rehearsal: nothing in this store is real. Its clock is set to Wed 30 Dec 2026 11:30."
    return {
        "visit": _Visit(),
        "asking": _Asking(mark if rehearsal else ""),
        "teller": _Teller(),
        "navigation": LINKS,
        "told": {"sentences": ["The outcome was recorded.", "The escalation is closed."]},
        "places": PLACES,
        "weeks": weeks(
            CALENDAR,
            RAISED,
            date(2027, 1, 7),
            closures=True,
            today=date(2026, 12, 30),
            marks={RAISED: ["Raised"], date(2027, 1, 7): ["Last day of stage 2", "A1 due"]},
            counted_after=RAISED,
        ),
        "happened": HAPPENED,
        "sides": SIDES,
        "changes": CHANGES,
        "now": datetime(2026, 12, 30, 11, 30, tzinfo=UTC),
        "faults": FAULTS if faults else {},
        "values": VALUES if faults else {},
    }


_BOARD = """{% extends "base.html" %}{% set title = "Board" %}{% block content %}
<div id="board" data-refresh="60">
<p>Read {{ reads }} times{{ ", as a refresh" if by_itself }}</p><a href="/">A case</a>
</div>{% endblock %}"""


def environment() -> Any:
    """The pages' own templates, and the gallery."""
    return templating.environment(FileSystemLoader(Path(__file__).parent))


def gallery() -> FastAPI:
    """The application that shows the gallery, and the same with everything wrong in its forms."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, telemetry={"logs": False})
    app.add_middleware(ConfiningHeaders, secure=False)
    app.mount("/static", StaticFiles(directory=_STATIC))
    template = environment().get_template("gallery.html")

    @app.get("/")
    def shown() -> HTMLResponse:
        return HTMLResponse(template.render(**context()))

    @app.get("/wrong")
    def wrong() -> HTMLResponse:
        return HTMLResponse(template.render(**context(faults=True)))

    reads = count(1)
    board = environment().from_string(_BOARD)

    @app.get("/board")
    def refreshed(request: Request) -> HTMLResponse:
        by_itself = request.headers.get("x-refresh") == "1"
        return HTMLResponse(board.render(**context(), reads=next(reads), by_itself=by_itself))

    return app
