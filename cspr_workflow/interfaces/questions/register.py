"""The register: every case, looked for by its reference, state, agency, timescale and days."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.questions.question import AGENCY, Kind, Parameter, Question, Readers
from cspr_workflow.interfaces.unanswerable import Unanswerable
from projections.paging import Found, Page
from projections.register import Listed, Search, register

SIZE, MOST_ON_A_PAGE = 50, 500


class CaseKind(StrEnum):
    """What a case of the register is."""

    INCIDENT = "incident"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """One page of the cases that were found, the newest first, and what was looked for."""

    search: Search
    page: Page
    found: Found[Listed]


def _register(asked: Asking, *, page: int, size: int, **looked_for: Any) -> RegisterPage:
    if size > MOST_ON_A_PAGE:
        raise Unanswerable("size", f"a page has no more than {MOST_ON_A_PAGE} lines.")
    looked_for["agency"] = asked.agency(looked_for["agency"])
    wanted = looked_for["kind"]
    if not asked.reads(None):
        # An incident names other agencies' escalations: it is not among what an agency can find.
        looked_for["kind"] = CaseKind.ESCALATION
    search, on = Search(**looked_for), Page(page, size)
    if not asked.reads(None) and wanted is CaseKind.INCIDENT:
        return RegisterPage(search, on, Found([], 0, exact=True, more=False))
    return RegisterPage(search, on, register(asked.database, search, asked.civil, page=on))


def _plain(found: RegisterPage, asked: Asking) -> dict[str, Any]:
    return {
        "cases": [_plain_line(line, asked) for line in found.found.lines],
        "page": found.page.number,
        "total": found.found.total,
        "total_is_exact": found.found.exact,
        "more": found.found.more,
    }


def _plain_line(line: Listed, asked: Asking) -> dict[str, Any]:
    return {
        "reference": line.reference,
        "kind": line.kind,
        "incident": line.incident,
        "agency": line.agency,
        "timescale": line.timescale,
        "state": line.state,
        "open": line.is_open,
        "raised_on": line.raised_on.isoformat(),
        "falls_due": asked.local(line.due) if line.due else None,
        "passed": line.passed,
    }


def _day(name: str, meaning: str) -> Parameter:
    return Parameter(name, Kind.DAY, meaning)


REGISTER = Question(
    "register",
    "Which incidents and escalations are there, by reference, state, agency, timescale and days?",
    Readers.CASES,
    _register,
    _plain,
    (
        Parameter(
            "text",
            Kind.TEXT,
            "The beginning of a reference or of a part of it: 42 finds ESC-2026-0042.",
            default="",
        ),
        Parameter("kind", Kind.CHOICE, "Only incidents, or only escalations.", choices=CaseKind),
        Parameter("state", Kind.TEXT, "Only those in this state or stage, by its id."),
        AGENCY,
        Parameter("timescale", Kind.TEXT, "Only escalations about this timescale, by its id."),
        _day("due_from", "Only those in which something falls due on this day or later."),
        _day("due_to", "Only those in which something falls due on this day or earlier."),
        _day("raised_from", "Only those reported or raised on this day or later."),
        _day("raised_to", "Only those reported or raised on this day or earlier."),
        Parameter("closed", Kind.FLAG, "Only the closed ones, or with false only the open ones."),
        Parameter("page", Kind.NUMBER, "Which page, counted from 1.", default=1),
        Parameter("size", Kind.NUMBER, "How many cases a page has at most.", default=SIZE),
    ),
)
