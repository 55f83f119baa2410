"""Where everybody begins."""

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.interfaces.web.navigation import HOME
from cspr_workflow.interfaces.web.visit import EVERYBODY, AVisit, desks

router = APIRouter()


@router.get("/")
@desks(*EVERYBODY)
def start(visit: AVisit) -> Response:
    """Go to where the person's desk begins."""
    return visit.redirect(HOME[visit.desk])
