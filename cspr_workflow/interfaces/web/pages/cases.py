"""The page of an incident and of an escalation."""

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.handle import escalation_stream, incident_stream
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.questions.case import CaseShown
from cspr_workflow.interfaces.record_words import full_stop
from cspr_workflow.interfaces.web import address
from cspr_workflow.interfaces.web.case_acts import offers
from cspr_workflow.interfaces.web.case_calendar import case_calendar
from cspr_workflow.interfaces.web.case_pages import reference_of
from cspr_workflow.interfaces.web.told_ahead import told_ahead
from cspr_workflow.interfaces.web.visit import AVisit, Visit, desks

router = APIRouter()


@router.get("/incidents/{incident}")
@desks(Desk.UNIT, Desk.AUDITOR)
def incident_page(incident: str, visit: AVisit) -> Response:
    """An incident: its timescales, the escalations on it, what can be done."""
    return _page(visit, incident_stream(reference_of(incident)), "incident.html")


@router.get("/escalations/{escalation}")
@desks(Desk.UNIT, Desk.AGENCY, Desk.AUDITOR)
def escalation_page(escalation: str, visit: AVisit) -> Response:
    """An escalation: its stages and days, duties and actions, what is next, what can be done."""
    return _page(visit, escalation_stream(reference_of(escalation)), "escalation.html")


def _page(visit: Visit, stream: str, template: str) -> Response:
    known = visit.case(stream)
    in_force = visit.asking.teller().policy
    found = offers(known, visit.person, in_force)
    escalation = known.case if isinstance(known.case, Escalation) else None
    shown = CaseShown(known, visit.asking)
    first = known.entries[0]
    return visit.page(
        template,
        shown=shown,
        began=full_stop(shown.began),
        raised=f"{known.teller.moment(first.occurred)} by {known.teller.author(first)}",
        incident=escalation.incident if escalation and visit.asking.reads_everything else "",
        concern=getattr(first.fact, "concern", ""),
        ladder=[(one.stage, one.last_day, one.entered, one.how) for one in shown.ladder],
        place=address.case_path(known.case),
        can=[one for one in found if one.why_not is None],
        cannot=[one for one in found if one.why_not is not None],
        ahead=told_ahead(known, visit.asking),
        weeks=case_calendar(known, visit.asking) if escalation else [],
        of_action={
            reference: [
                one for one in offers(known, visit.person, in_force, reference) if not one.why_not
            ]
            for reference in (escalation.actions if escalation else ())
        },
        address=address,
    )
