"""The past of one case: its history, why its dates are what they are, each step, and any earlier day."""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.accounts import EXPORT
from cspr_workflow.domain import possible
from cspr_workflow.domain.acts import Correct
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.interfaces import replay as replaying
from cspr_workflow.interfaces.asking import Known
from cspr_workflow.interfaces.fallen_due import told_pending
from cspr_workflow.interfaces.questions.as_at import AS_AT
from cspr_workflow.interfaces.questions.case import CaseShown
from cspr_workflow.interfaces.record_words import full_stop
from cspr_workflow.interfaces.replay import Step
from cspr_workflow.interfaces.web import address
from cspr_workflow.interfaces.web.asked import Query
from cspr_workflow.interfaces.web.case_pages import of_a_case
from cspr_workflow.interfaces.web.told_history import Order, items, labelled, reasons
from cspr_workflow.interfaces.web.told_steps import both_sides
from cspr_workflow.interfaces.web.visit import Visit

router = APIRouter()
_STEP, _STEP_FIELD = "step", "to-step"


def may_correct(visit: Visit) -> bool:
    """Whether the person is one of those who put the record right."""
    return possible.why_not(Correct, visit.person, None, visit.asking.teller().policy) is None


@of_a_case(router, "history")
def history(visit: Visit, known: Known) -> Response:
    """Everything that was recorded in a case, as it happened or as it was recorded."""
    wanted = visit.request.query_params.get("order")
    order = Order.RECORDED if wanted == Order.RECORDED else Order.HAPPENED
    return visit.page(
        "history.html",
        known=known,
        place=address.case_path(known.case),
        order=order,
        items=items(known, visit.asking, order),
        pending=[told_pending(entry, known.teller) for entry in known.pending],
        may_correct=may_correct(visit),
    )


@of_a_case(router, "why")
def why(visit: Visit, known: Known) -> Response:
    """Why each date of a case is what it is, and why the case moved when it did."""
    return visit.page(
        "why.html",
        known=known,
        place=address.case_path(known.case),
        reasons=[(one, list(labelled(one, known.teller))) for one in reasons(known, visit.asking)],
    )


# --- Step by step ------------------------------------------------------------------------------


@of_a_case(router, "replay")
def replay(visit: Visit, known: Known) -> Response:
    """One step of a case: what was recorded, what changed with it, and both sides' records."""
    found = replaying.steps(known.recorded, known.policy, known.teller)
    query = Query(visit.request.query_params)
    step = found[_number(query, len(found)) - 1]
    return visit.page(
        "replay.html",
        400 if query.faults else 200,
        known=known,
        place=address.case_path(known.case),
        step=step,
        of=len(found),
        sides=both_sides(step),
        faults=query.faults,
        values=query.values,
    )


def _number(query: Query, last: int) -> int:
    number = query.number(_STEP)
    if query.faults or number > last:
        query.faults = {_STEP_FIELD: f"There is no such step: the steps are 1 to {last}"}
        return 1
    return number


# --- Any earlier day -----------------------------------------------------------------------------


@of_a_case(router, "as-at")
def as_at(visit: Visit, known: Known) -> Response:
    """Where a case stood at any moment, as it is known now or as it was known then."""
    query, asking = Query(visit.request.query_params), visit.asking
    reference = known.case.reference
    is_asked = any(query.values.values())
    found = query.ask(AS_AT, asking, reference=reference) if is_asked else None
    return visit.page(
        "as_at.html",
        400 if query.faults else 200,
        known=known,
        place=address.case_path(known.case),
        found=found,
        stood=[one for one in found.cases if one.kind == _kind(known)] if found else [],
        turns=_turns(visit, known),
        faults=query.faults,
        values=query.values,
    )


def _kind(known: Known) -> str:
    return known.stream.partition(":")[0]


def _turns(visit: Visit, known: Known) -> list[tuple[str, str, str]]:
    """The moments at which the case came into each of its states, to be looked at: their addresses."""
    path = f"{address.case_path(known.case)}/as-at"
    return [
        (
            step.occurred,
            step.told,
            f"{path}?{urlencode({'moment': visit.asking.local(step.entry.occurred)})}",
        )
        for step in _changing(replaying.steps(known.recorded, known.policy, known.teller))
    ]


def _changing(steps: list[Step]) -> list[Step]:
    """The steps with which the case came into another state."""
    before = [None, *(step.case.state for step in steps)]
    return [step for step, state in zip(steps, before, strict=False) if step.case.state != state]


# --- On paper ------------------------------------------------------------------------------------


@of_a_case(router, "print")
def on_paper(visit: Visit, known: Known) -> Response:
    """The whole case on one page for printing; that it was printed is noted."""
    asking = visit.asking
    shown = CaseShown(known, asking)
    escalation = isinstance(known.case, Escalation)
    page = visit.page(
        "print.html",
        shown=shown,
        known=known,
        kind="Escalation" if escalation else "Incident",
        place=address.case_path(known.case),
        began=full_stop(shown.began),
        concern=getattr(known.entries[0].fact, "concern", ""),
        ladder=[(one.stage, one.last_day, one.entered, one.how) for one in shown.ladder],
        items=items(known, asking),
        pending=[told_pending(entry, known.teller) for entry in known.pending],
    )
    visit.note(EXPORT, known.case.reference, how="print")
    return page
