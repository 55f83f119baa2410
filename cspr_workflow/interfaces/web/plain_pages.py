"""Pages that need nobody to be signed in: what went wrong, signing in, and what everybody may read."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.interfaces.web.visit import NotSignedIn, signed_in


def plain_page(request: Request, template: str, status: int = 200, /, **context: Any) -> Response:
    """A page that knows nobody."""
    site: Site = request.app.state.site
    text = site.templates.get_template(template).render(
        rehearsal_mark="Nothing in this store is real." if site.desk.rehearsal else "", **context
    )
    return HTMLResponse(text, status)


def error_page(request: Request, status: int, title: str, sentences: Sequence[str]) -> Response:
    """What went wrong, and what to do; whoever is signed in keeps the links of the desk.

    Where the store itself may be what fails, it is asked for nobody.
    """
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        try:
            visit = signed_in(request)
        except NotSignedIn:
            pass
        else:
            return visit.page("error.html", status, title=title, sentences=sentences)
    return plain_page(request, "error.html", status, title=title, sentences=sentences)
