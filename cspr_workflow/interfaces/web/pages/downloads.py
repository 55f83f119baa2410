"""What can be taken away: histories, agreed actions, the register, timeliness; as CSV, workbook or JSON."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.questions.actions import ACTIONS
from cspr_workflow.interfaces.questions.actions import TITLES as ACTION_TITLES
from cspr_workflow.interfaces.questions.history import HISTORY, EntryLine, History
from cspr_workflow.interfaces.questions.history import TITLES as HISTORY_TITLES
from cspr_workflow.interfaces.questions.question import Question
from cspr_workflow.interfaces.questions.register import MOST_ON_A_PAGE, REGISTER, RegisterPage
from cspr_workflow.interfaces.questions.timeliness import TIMELINESS, Figures
from cspr_workflow.interfaces.unanswerable import Unanswerable
from cspr_workflow.interfaces.web.asked import Query
from cspr_workflow.interfaces.web.case_pages import of_a_case
from cspr_workflow.interfaces.web.exports import Export, Sheet, taken_away
from cspr_workflow.interfaces.web.told_figures import figures_of, titles_of
from cspr_workflow.interfaces.web.visit import AVisit, Visit, desks
from projections.paging import Found

router = APIRouter()
Answer = TypeVar("Answer")


def _asked(visit: Visit, question: Question[Answer], **more: object) -> Answer:
    """The answer to what the address asks. Raises :class:`Unanswerable`, naming the parameter."""
    query = Query(visit.request.query_params)
    found = query.ask(question, visit.asking, **more)
    if found is None:
        field, sentence = next(iter(query.faults.items()))
        raise Unanswerable(field.replace("_", " "), sentence)
    return found


# --- The history of a case -------------------------------------------------------------------------


@of_a_case(router, "history/download.{form}")
def history(visit: Visit, known: Known) -> Response:
    """Everything that was recorded in a case."""
    reference, title = known.case.reference, f"The history of {known.case.reference}"
    lines = (EntryLine(one, visit.asking) for one in known.recorded)
    pending = [known] if known.pending else []
    found = History(title, lines, pending, several=False)
    export = Export(
        reference,
        f"{reference}-history",
        title,
        Sheet("History", HISTORY_TITLES, (line.cells for line in lines)),
        lambda: HISTORY.plain(found, visit.asking),
    )
    return taken_away(visit, export, visit.request.path_params["form"])


# --- Agreed actions ----------------------------------------------------------------------------------


@router.get("/actions/download.{form}")
@desks(Desk.UNIT, Desk.AGENCY, Desk.AUDITOR)
def actions(form: str, visit: AVisit) -> Response:
    """The record of agreed actions, as it is looked for."""
    found = _asked(visit, ACTIONS)
    export = Export(
        "actions",
        "agreed-actions",
        "The record of agreed actions",
        Sheet("Agreed actions", ACTION_TITLES, (line.cells for line in found)),
        lambda: ACTIONS.plain(found, visit.asking),
    )
    return taken_away(visit, export, form)


# --- The register ------------------------------------------------------------------------------------

_REGISTER = (
    "reference",
    "kind",
    "incident",
    "agency",
    "timescale",
    "state",
    "open",
    "raised on",
    "falls due",
    "passed",
)


@router.get("/register/download.{form}")
@desks(Desk.UNIT, Desk.AUDITOR)
def register(form: str, visit: AVisit) -> Response:
    """Every case of the register that is looked for, not only one page of them."""
    found = _whole_register(visit)
    export = Export(
        "register",
        "register",
        "The register of incidents and escalations",
        Sheet("Register", _REGISTER, (_case(line, visit.asking) for line in found.found.lines)),
        lambda: REGISTER.plain(found, visit.asking),
    )
    return taken_away(visit, export, form)


def _whole_register(visit: Visit) -> RegisterPage:
    """All pages of what is looked for, as one."""
    pages = list(_pages(visit))
    lines = [line for page in pages for line in page.found.lines]
    return replace(pages[0], found=Found(lines, len(lines), exact=True, more=False))


def _pages(visit: Visit) -> Iterator[RegisterPage]:
    number, more = 1, True
    while more:
        page = _asked(visit, REGISTER, page=number, size=MOST_ON_A_PAGE)
        yield page
        number, more = number + 1, page.found.more


def _case(line: Any, asking: Asking) -> tuple[Any, ...]:
    teller = asking.teller()
    return (
        line.reference,
        line.kind,
        line.incident,
        line.agency,
        teller.timescale(line.timescale) if line.timescale else None,
        teller.stage(line.state),
        line.is_open,
        line.raised_on,
        line.due,
        line.passed,
    )


# --- Timeliness --------------------------------------------------------------------------------------

_LONG = ("table", "group", "what", "stands", "how many")
_LATE = ("reference", "agency", "fell due", "recorded", "not run from", "not run to")


@router.get("/timeliness/download.{form}")
@desks(Desk.UNIT, Desk.AUDITOR)
def timeliness(form: str, visit: AVisit) -> Response:
    """The figures of timeliness, and apart from them what the clock itself was late with."""
    figures = _asked(visit, TIMELINESS)
    export = Export(
        "timeliness",
        "timeliness",
        figures.title,
        Sheet("Timeliness", _LONG, _long(figures)),
        lambda: TIMELINESS.plain(figures, visit.asking),
        [*_figures(figures), Sheet("Recorded late", _LATE, _late(figures))],
    )
    return taken_away(visit, export, form)


_SHEETS = ("Timescales", "Limits", "Duties")
_LATE_TITLE = "Recorded late because the clock did not run"


def _figures(figures: Figures) -> Iterator[Sheet]:
    """The tables as they are shown, the group named in every row."""
    for name, table in zip(_SHEETS, figures.tables, strict=True):
        grouped = bool(table.columns[0])
        yield Sheet(
            name,
            titles_of(table),
            [
                [*([one.group] if grouped else []), one.what, *(count for _, count in one.counts)]
                for one in figures_of(table)
            ],
        )


def _long(figures: Figures) -> Iterator[tuple[Any, ...]]:
    """Every figure in a row of its own."""
    for table in figures.tables:
        for one in figures_of(table):
            for name, count in one.counts:
                yield table.title, one.group, one.what, name, count
    for move in figures.late_moves():
        reference = move.stream.partition(":")[2]
        yield _LATE_TITLE, move.agency, reference, "Recorded late", 1


def _late(figures: Figures) -> Iterator[tuple[Any, ...]]:
    for one in figures.late_moves():
        since, until = one.gap
        reference = one.stream.partition(":")[2]
        yield reference, one.agency, one.fell_due, one.recorded, since, until
