"""What the pages have in common that are for those who keep the register of people."""

from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import Response

from cspr_workflow.domain.people import Person
from cspr_workflow.domain.reading import Desk, may_keep_register
from cspr_workflow.interfaces.web import address
from cspr_workflow.interfaces.web.navigation import administration
from cspr_workflow.interfaces.web.visit import AVisit, NotAllowed, NotThere, Visit

PEOPLE = "/people"
KEEPERS_DESKS = (Desk.UNIT, Desk.ADMINISTRATOR)
"""The desks of those who may keep the register; at the unit's it is not everybody."""


def keeper_of(visit: AVisit) -> Visit:
    """The visit of somebody who may keep the register. Raises :class:`NotAllowed`."""
    if not may_keep_register(visit.person):
        raise NotAllowed
    return visit


AKeeper = Annotated[Visit, Depends(keeper_of)]


def keeping_page(visit: Visit, template: str, status: int = 200, /, **context: Any) -> Response:
    """A page of the administration."""
    tabs = administration(visit.request.url.path)
    if visit.desk is Desk.ADMINISTRATOR:
        # The others stand in the line under the page's head.
        tabs = tabs[:2] if any(link.here for link in tabs[:2]) else []
    return visit.page(template, status, tabs=tabs, address=address, **context)


def person_path(person: str) -> str:
    """The page of somebody in the register."""
    return f"{PEOPLE}/person/{address.segment(person)}"


def person_of(visit: Visit, part: str) -> Person:
    """Somebody who takes part or took part, by a part of an address. Raises :class:`NotThere`."""
    try:
        found = visit.asking.people.get(address.reference(part))
    except ValueError:
        found = None
    if found is None:
        raise NotThere(part)
    return found
