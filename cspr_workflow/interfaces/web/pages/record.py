"""The partnership's record: what was adopted, who took part, how the clock ran, what was put right."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.accounts import READ
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.questions.as_at import AS_AT, Stood
from cspr_workflow.interfaces.questions.history import EntryLine
from cspr_workflow.interfaces.questions.house import CALENDAR
from cspr_workflow.interfaces.questions.timeliness import TIMELINESS
from cspr_workflow.interfaces.web import address, told_record
from cspr_workflow.interfaces.web.asked import Query
from cspr_workflow.interfaces.web.case_pages import entry_path
from cspr_workflow.interfaces.web.pages.past import may_correct
from cspr_workflow.interfaces.web.shelf import one_page
from cspr_workflow.interfaces.web.told_record import OwnRecord
from cspr_workflow.interfaces.web.visit import AVisit, Visit, desks
from projections import chronology

router = APIRouter()
_READERS = (Desk.UNIT, Desk.AUDITOR)


@router.get("/record")
@desks(*_READERS)
def adopted(visit: AVisit) -> Response:
    """What the partnership adopted and when: its policy with text and hash, its calendar, its closures."""
    own = OwnRecord(visit.asking)
    calendar = CALENDAR.ask(visit.asking, None)
    moment = visit.asking.teller().moment
    return _page(
        visit,
        "record.html",
        "/record",
        [(one.version, moment(one.entry.recorded), one.told) for one in reversed(calendar.changes)],
        policies=own.policies,
        holidays=own.holidays,
        calendar=calendar,
        now_closed=list(calendar.closures.items()),
    )


@router.get("/record/people")
@desks(*_READERS)
def people(visit: AVisit) -> Response:
    """Who joined and who left, and when."""
    own = OwnRecord(visit.asking)
    return _page(visit, "record_people.html", "/record/people", own.people)


@router.get("/record/clock")
@desks(*_READERS)
def clock(visit: AVisit) -> Response:
    """When the clock did not run, what was recorded late because of that, and when it stepped back."""
    late = TIMELINESS.ask(visit.asking, None).late
    own = OwnRecord(visit.asking)
    set_back = own.steps_back
    return _page(
        visit, "record_clock.html", "/record/clock", list(reversed(late)), set_back=set_back
    )


@router.get("/record/late")
@desks(*_READERS)
def late(visit: AVisit) -> Response:
    """What was recorded on a later day than it happened, or on an agency's behalf."""
    positions = told_record.late_or_reported(visit.asking)
    return _page(visit, "record_late.html", "/record/late", positions, items=_items)


@router.get("/record/differences")
@desks(*_READERS)
def differences(visit: AVisit) -> Response:
    """The agreed actions that the two sides have differently in their records."""
    found = told_record.differing(visit.asking)
    return _page(visit, "record_differences.html", "/record/differences", found)


@router.get("/record/corrections")
@desks(*_READERS)
def corrections(visit: AVisit) -> Response:
    """Every correction, beside what it corrects."""
    positions = chronology.correcting(visit.asking.database)
    return _page(visit, "record_corrections.html", "/record/corrections", positions, items=_beside)


@router.get("/record/imports")
@desks(*_READERS)
def imports(visit: AVisit) -> Response:
    """What was brought in from elsewhere, file by file."""
    found = [astuple(one) for one in told_record.brought_in(visit.asking)]
    return _page(visit, "record_imports.html", "/record/imports", found)


def _page(
    visit: Visit, template: str, path: str, found: Sequence[Any], *, items: Any = None, **more: Any
) -> Response:
    """A page of the record: one of the pages of a long list, and whatever else stands on it."""
    _noted(visit, path)
    query = Query(visit.request.query_params)
    shelf = one_page(found, query, path)
    return visit.page(
        template,
        400 if query.faults else 200,
        here=path,
        shelf=shelf,
        lines=items(visit, shelf.lines) if items else shelf.lines,
        may_correct=may_correct(visit),
        entry_path=entry_path,
        address=address,
        faults=query.faults,
        values=query.values,
        **more,
    )


def _noted(visit: Visit, path: str) -> None:
    """Note the reading by somebody outside the business unit: cases are told on these pages too."""
    if visit.desk is not Desk.UNIT:
        visit.note(READ, path.strip("/"))


def _items(visit: Visit, positions: Sequence[int]) -> list[Any]:
    lines = told_record.at(positions, visit.asking)
    return list(told_record.entry_items((line.recorded for line in lines), visit.asking))


def _beside(visit: Visit, positions: Sequence[int]) -> list[tuple[EntryLine, EntryLine | None]]:
    lines = told_record.at(positions, visit.asking)
    return [(line, told_record.corrected(line)) for line in lines]


# --- The register at an earlier moment ---------------------------------------------------------------


@router.get("/as-it-stood")
@desks(*_READERS)
def as_it_stood(visit: AVisit) -> Response:
    """Where all cases stood at any moment, as it is known now or as it was known then."""
    query = Query(visit.request.query_params)
    is_asked = any(value for name, value in query.values.items() if name != "page")
    found = query.ask(AS_AT, visit.asking, reference=None) if is_asked else None
    cases: Sequence[Stood] = found.cases if found else []
    _noted(visit, "/as-it-stood")
    return visit.page(
        "as_it_stood.html",
        400 if query.faults else 200,
        here="/as-it-stood",
        found=found,
        shelf=one_page(cases, query, "/as-it-stood"),
        path_of=_path_of,
        faults=query.faults,
        values=query.values,
    )


def _path_of(stood: Stood) -> str:
    """The page of a case that stood somewhere."""
    path = address.escalation_path if stood.kind == "escalation" else address.incident_path
    return path(stood.reference)
