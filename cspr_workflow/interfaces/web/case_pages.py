"""Pages about one case: each below the page of an incident and below that of an escalation."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.handle import escalation_stream, incident_stream
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.asking import Known
from cspr_workflow.interfaces.web import address
from cspr_workflow.interfaces.web.visit import AVisit, NotThere, Visit, desks

CasePage = Callable[[Visit, Known], Response]


def reference_of(part: str) -> str:
    """The reference of a part of an address. Raises :class:`NotThere` where it is none."""
    try:
        return address.reference(part)
    except ValueError:
        raise NotThere(part) from None


def entry_path(one: Recorded) -> str:
    """The place of an entry in the history of its case; empty for one of the partnership's own."""
    kind, _, reference = one.stream.partition(":")
    paths = {"incident": address.incident_path, "escalation": address.escalation_path}
    return f"{paths[kind](reference)}/history#entry-{one.position}" if kind in paths else ""


def of_a_case(router: APIRouter, path: str) -> Callable[[CasePage], CasePage]:
    """Put a page below every incident (for the unit and auditors) and every escalation.

    An agency has those of its own escalations; any other is not there for it.
    """

    def put(page: CasePage) -> CasePage:
        @router.get(f"/incidents/{{reference}}/{path}")
        @desks(Desk.UNIT, Desk.AUDITOR)
        def of_incident(reference: str, visit: AVisit) -> Response:
            return page(visit, visit.case(incident_stream(reference_of(reference))))

        @router.get(f"/escalations/{{reference}}/{path}")
        @desks(Desk.UNIT, Desk.AGENCY, Desk.AUDITOR)
        def of_escalation(reference: str, visit: AVisit) -> Response:
            return page(visit, visit.case(escalation_stream(reference_of(reference))))

        return page

    return put
