"""The board, the register and the record of agreed actions: what there is, and what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.accounts import SEARCH
from cspr_workflow.domain.acts import ReportIncident
from cspr_workflow.domain.people import SCSP
from cspr_workflow.domain.possible import why_not
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.questions.actions import ActionLine, actions_page
from cspr_workflow.interfaces.questions.board import CaseLine
from cspr_workflow.interfaces.questions.registry import QUESTIONS
from cspr_workflow.interfaces.sentences import day
from cspr_workflow.interfaces.unanswerable import Unanswerable
from cspr_workflow.interfaces.web import address
from cspr_workflow.interfaces.web.agency_desk import asked_of
from cspr_workflow.interfaces.web.visit import AVisit, NotThere, Visit, desks
from projections.board import Group, Moments, board_counts, board_page
from projections.paging import Found, Page

router = APIRouter()
_MOST_PAGES = 1_000_000
SHOWN = 8
"""So many cases of each group stand on the board; the rest stand on the group's own pages."""
ON_A_PAGE = 40
TITLES = {
    Group.NOT_RECORDED: "Fallen due and not yet recorded",
    Group.PASSED: "Passed",
    Group.TODAY: "Due today",
    Group.TOMORROW: "Due tomorrow",
    Group.THIS_WEEK: "Due this week",
    Group.LATER: "Due later",
    Group.NOTHING_DUE: "Waiting for people",
    Group.CLOSED: "Closed",
}
EXPLAINED = {
    Group.NOT_RECORDED: "The clock has not recorded these yet; it does so when it next runs.",
    Group.PASSED: "A limit or a timescale has passed, or an agreed action is not maintained.",
    Group.NOTHING_DUE: "The clock has nothing to record in these: somebody has to act.",
}


@dataclass(frozen=True, slots=True)
class BoardGroup:
    """Some of the cases that are due at the same time, and how many there are of them."""

    group: Group
    count: int
    cases: Sequence[CaseLine]

    @property
    def title(self) -> str:
        """When they are due."""
        return TITLES[self.group]

    @property
    def explained(self) -> str:
        """What the title means, where it needs to be said."""
        return EXPLAINED.get(self.group, "")

    @property
    def path(self) -> str:
        """The page with all of them."""
        return f"/board/{self.group.value.replace('_', '-')}"


# --- The board -----------------------------------------------------------------------------------


@router.get("/board")
@desks(Desk.UNIT, Desk.AUDITOR, Desk.AGENCY)
def board(visit: AVisit) -> Response:
    """What falls due when, what has passed, and who is holding it."""
    if visit.desk is Desk.AGENCY:
        return visit.page("agency_board.html", found=asked_of(visit.asking), address=address)
    agency = _agency(visit)
    moments = Moments.at(visit.asking.now, visit.asking.civil)
    counts = board_counts(visit.asking.database, moments, agency)
    return visit.page(
        "board.html",
        groups=[
            BoardGroup(group, counts[group], _cases(visit, group, moments, agency)[0])
            for group in Group
            if counts[group] and group is not Group.CLOSED
        ],
        counts=[BoardGroup(group, counts[group], ()) for group in Group if counts[group]],
        agencies=_agencies(visit),
        agency=agency or "",
        may_report=_may_report(visit),
        address=address,
    )


@router.get("/board/{group}")
@desks(Desk.UNIT, Desk.AUDITOR)
def board_group(group: str, visit: AVisit) -> Response:
    """Every case of one group of the board, page by page."""
    found = next((one for one in Group if one.value.replace("_", "-") == group), None)
    if found is None:
        raise NotThere(group)
    agency = _agency(visit)
    after = visit.request.query_params.get("after")
    moments = Moments.at(visit.asking.now, visit.asking.civil)
    try:
        cases, following = _cases(visit, found, moments, agency, after=after, limit=ON_A_PAGE)
    except ValueError as error:
        raise Unanswerable("after", "there is no such page.") from error
    counts = board_counts(visit.asking.database, moments, agency)
    return visit.page(
        "board_group.html",
        group=BoardGroup(found, counts[found], cases),
        next=_with({"agency": agency, "after": following}) if following else "",
        agency=agency or "",
        address=address,
    )


def _cases(
    visit: Visit,
    group: Group,
    moments: Moments,
    agency: str | None,
    *,
    after: str | None = None,
    limit: int = SHOWN,
) -> tuple[list[CaseLine], str | None]:
    asking = visit.asking
    page = board_page(asking.database, group, moments, agency, after=after, limit=limit)
    return [CaseLine(asking.known(one.stream), asking) for one in page.lines], page.after


def _agency(visit: Visit) -> str | None:
    return visit.asking.agency(visit.request.query_params.get("agency") or None)


def _agencies(visit: Visit) -> list[tuple[str, str]]:
    known = sorted({person.agency for person in visit.asking.people.values()} - {SCSP})
    return [("", "Every agency"), *((one, one) for one in known)]


def _may_report(visit: Visit) -> bool:
    return why_not(ReportIncident, visit.person, None, visit.asking.teller().policy) is None


# --- The register --------------------------------------------------------------------------------


@router.get("/register")
@desks(Desk.UNIT, Desk.AUDITOR)
def register(visit: AVisit) -> Response:
    """Every case, looked for by its reference, state, agency and days."""
    given = _given(visit, "register")
    faults: dict[str, str] = {}
    found = None
    try:
        found = QUESTIONS["register"].ask(visit.asking, visit.person, **given)
    except Unanswerable as wrong:
        faults[wrong.field] = wrong.sentence
    if given and visit.desk is not Desk.UNIT:
        visit.note(SEARCH, given.get("text", "register"))
    page = found.page.number if found else 1
    return visit.page(
        "register.html",
        400 if faults else 200,
        found=found,
        rows=[_register_row(line, visit) for line in found.found.lines] if found else [],
        faults=faults,
        values={**_typed(visit), **given},
        agencies=_agencies(visit),
        states=_states(visit),
        previous=_with({**given, "page": page - 1}) if page > 1 else "",
        next=_with({**given, "page": page + 1}) if found and found.found.more else "",
        downloads=_with({name: one for name, one in given.items() if name != "page"}),
        address=address,
    )


def _register_row(line: Any, visit: Visit) -> dict[str, Any]:
    teller = visit.asking.teller()
    escalation = line.kind == "escalation"
    path = address.escalation_path if escalation else address.incident_path
    about = f"{line.agency}: {teller.timescale(line.timescale)}" if escalation else "Incident"
    return {
        "reference": line.reference,
        "path": path(line.reference),
        "about": about,
        "state": teller.stage(line.state),
        "raised": day(line.raised_on),
        "due": day(visit.asking.civil.counted_from(line.due)) if line.due else "",
        "passed": line.passed,
        "open": line.is_open,
    }


def _states(visit: Visit) -> list[tuple[str, str]]:
    policy = visit.asking.teller().policy
    return [
        ("", "Every state"),
        *((stage.id, stage.name) for stage in policy.stages),
        ("resolved", "Resolved"),
    ]


# --- The record of agreed actions ------------------------------------------------------------------


@router.get("/actions")
@desks(Desk.UNIT, Desk.AUDITOR, Desk.AGENCY)
def actions(visit: AVisit) -> Response:
    """Who agreed what with whom, by when, and what became of it."""
    given, number = _given(visit, "actions"), visit.request.query_params.get("page", "1")
    faults: dict[str, str] = {}
    found: Found[ActionLine] = Found([], 0, exact=True, more=False)
    page = Page(int(number) if number.isdecimal() and 0 < int(number) < _MOST_PAGES else 1)
    try:
        found = actions_page(visit.asking, page, **given)
    except Unanswerable as wrong:
        faults[wrong.field] = wrong.sentence
    return visit.page(
        "actions.html",
        400 if faults else 200,
        lines=found.lines,
        total=f"{found.total}" if found.exact else f"More than {found.total}",
        faults=faults,
        values={**_typed(visit), **given},
        agencies=_agencies(visit),
        previous=_with({**given, "page": page.number - 1}) if page.number > 1 else "",
        next=_with({**given, "page": page.number + 1}) if found.more else "",
        downloads=_with(given),
        address=address,
    )


# --- What is asked in the address --------------------------------------------------------------------


def _given(visit: Visit, question: str) -> dict[str, str]:
    """What the address asks for, by the names of a question's parameters; what is empty asks nothing."""
    sent = visit.request.query_params
    given = {
        one.name: sent[one.name].strip()
        for one in QUESTIONS[question].parameters
        if sent.get(one.name, "").strip()
    }
    for name in ("due_from", "due_to", "raised_from", "raised_to"):
        if any(sent.get(f"{name}-{part}", "").strip() for part in ("day", "month", "year")):
            parts = [sent.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day")]
            given[name] = f"{parts[0]}-{parts[1].zfill(2)}-{parts[2].zfill(2)}"
    return given


def _typed(visit: Visit) -> dict[str, str]:
    return dict(visit.request.query_params)


def _with(given: Mapping[str, Any]) -> str:
    """The part of an address that asks for the same, or with something else."""
    asked = {name: one for name, one in given.items() if one not in (None, "")}
    return f"?{urlencode(asked)}" if asked else ""
