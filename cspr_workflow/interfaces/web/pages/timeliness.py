"""What was in time, what was late, what passed; and apart from it what the clock itself was late with."""

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.domain.people import SCSP
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.questions.timeliness import TIMELINESS, By
from cspr_workflow.interfaces.web.asked import Query
from cspr_workflow.interfaces.web.told_figures import Drawn
from cspr_workflow.interfaces.web.visit import AVisit, Visit, desks

router = APIRouter()
_WAYS = {By.STAGE: "All together", By.AGENCY: "By agency", By.PERIOD: "By month"}
_MOST_NAMED = 20


@router.get("/timeliness")
@desks(Desk.UNIT, Desk.AUDITOR)
def timeliness(visit: AVisit) -> Response:
    """Timescales, limits and duties: how many were in time, by agency or by month."""
    query = Query(visit.request.query_params)
    found = query.ask(TIMELINESS, visit.asking)
    not_recorded = found.not_recorded() if found else []
    return visit.page(
        "timeliness.html",
        400 if query.faults else 200,
        found=found,
        tables=[Drawn(table) for table in found.tables] if found else [],
        late=found.late if found else [],
        not_recorded=not_recorded[:_MOST_NAMED],
        not_recorded_more=max(0, len(not_recorded) - _MOST_NAMED),
        ways=[(one.value, told) for one, told in _WAYS.items()],
        agencies=agencies(visit),
        asked=visit.request.url.query,
        faults=query.faults,
        values=query.values,
    )


def agencies(visit: Visit) -> list[tuple[str, str]]:
    """The agencies of which somebody takes part or did, to choose one of them or none."""
    known = sorted({person.agency for person in visit.asking.people.values()} - {SCSP})
    return [("", "Every agency"), *((one, one) for one in known)]
