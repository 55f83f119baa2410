"""The application that serves the pages and the programming interface of one store."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from cspr_workflow import __version__
from cspr_workflow.application.attempts import SignInRefused
from cspr_workflow.application.ports import Contended, Trouble
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.interfaces.api import routes as api
from cspr_workflow.interfaces.unanswerable import MayNotAsk, Unanswerable
from cspr_workflow.interfaces.web import pages
from cspr_workflow.interfaces.web.door import CHECKING, SIGN_IN, GoOn, Stale, with_next
from cspr_workflow.interfaces.web.guards import (
    STATIC,
    BodyLimit,
    ConfiningHeaders,
    Mishaps,
    SameOrigin,
)
from cspr_workflow.interfaces.web.plain_pages import error_page
from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.interfaces.web.visit import NotAllowed, NotSignedIn, NotThere, visit_of

_STATIC_FILES = Path(__file__).parent / "static"
API = "/api/v1"
THREADS = 16
"""So many requests are answered at a time; on a server, each thread has a connection of its own."""


@asynccontextmanager
async def _with_few_threads(_: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


def make_app(site: Site) -> FastAPI:
    """The application over an open store."""
    app = FastAPI(
        title="cspr-workflow",
        version=__version__,
        description=api.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        telemetry={"logs": False},
        redirect_slashes=False,
        lifespan=_with_few_threads,
        middleware=[
            Middleware(ConfiningHeaders, secure=site.settings.secure),
            Middleware(Mishaps, answer=_MISHAP),
            Middleware(TrustedHostMiddleware, allowed_hosts=site.hosts, www_redirect=False),
            Middleware(SameOrigin, origins=site.origins),
            Middleware(BodyLimit),
        ],
    )
    app.state.site = site
    app.mount(STATIC.rstrip("/"), StaticFiles(directory=_STATIC_FILES), name="static")
    for router in pages.ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.include_router(api.router, prefix=API)
    _check_declared(app)
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)
    return app


def _check_declared(app: FastAPI) -> None:
    """Hold that every page says at which desks it is, or that it is for people who are not signed in.

    A page at a desk asks who visits it, and a page to which forms are sent checks where they come from.
    """
    for found in iter_route_contexts(app.routes):
        route = found.original_route
        if isinstance(route, APIRoute) and not (found.path or "").startswith(API):
            assert hasattr(route.endpoint, "desks"), f"{route.path} is at no desk"
            visited = _rests_on(route.dependant, visit_of)
            assert visited == bool(route.endpoint.desks), f"{route.path} lets in others"
            changes = bool((route.methods or set()) - {"GET", "HEAD"})
            checked = _rests_on(route.dependant, visit_of, *CHECKING)
            assert not changes or checked, f"{route.path} checks no form"


def _rests_on(dependant: Any, *calls: Any) -> bool:
    return dependant.call in calls or any(_rests_on(one, *calls) for one in dependant.dependencies)


# --- What went wrong -----------------------------------------------------------------------------


def _answer(status: HTTPStatus, title: str, *sentences: str) -> Callable[..., Response]:
    def answer(request: Request, error: Exception) -> Response:
        said = sentences or (str(error),)
        if request.url.path.startswith(f"{API}/"):
            return JSONResponse({"error": status.phrase, "message": " ".join(said)}, status)
        return error_page(request, status, title, said)

    return answer


def _not_signed_in(request: Request, _: Exception) -> Response:
    path = request.url.path
    if path.startswith(f"{API}/"):
        return JSONResponse(
            {
                "error": "Unauthorized",
                "message": "Give a key that is valid: Authorization: Bearer KEY",
            },
            HTTPStatus.UNAUTHORIZED,
            {"www-authenticate": "Bearer"},
        )
    asked = path if request.method == "GET" else ""
    return RedirectResponse(with_next(SIGN_IN, asked), status_code=HTTPStatus.SEE_OTHER)


def _go_on(_: Request, error: Exception) -> Response:
    assert isinstance(error, GoOn)
    return RedirectResponse(error.path, status_code=HTTPStatus.SEE_OTHER)


def _unanswerable(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unanswerable)
    status = HTTPStatus.NOT_FOUND if error.missing else HTTPStatus.UNPROCESSABLE_ENTITY
    title = "Not found" if error.missing else "This cannot be answered"
    return _answer(status, title)(request, error)


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    title, sentence = _HTTP.get(status, ("Something went wrong", "This cannot be answered."))
    answer = _answer(status, title, sentence)(request, error)
    answer.headers.update(error.headers or {})
    return answer


_HTTP = {
    HTTPStatus.NOT_FOUND: (
        "Page not found",
        "If you typed the address, check that it is right. Nothing here has this address.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "This cannot be done here",
        "Go back to the page that you came from and try again.",
    ),
    HTTPStatus.BAD_REQUEST: (
        "This could not be read",
        "Go back, look at what you entered, and send it again.",
    ),
}
_ANSWERS: dict[Any, Callable[..., Response]] = {
    NotSignedIn: _not_signed_in,
    GoOn: _go_on,
    SignInRefused: _answer(HTTPStatus.BAD_REQUEST, "You could not be signed in"),
    Stale: _answer(
        HTTPStatus.FORBIDDEN,
        "This page was open for too long",
        "Go to the start and sign in there. If you come back to this page each time, allow your browser to "
        "keep cookies for this site.",
    ),
    NotAllowed: _answer(
        HTTPStatus.FORBIDDEN,
        "You cannot do this",
        "Your role does not include this page, or the page that you sent is from an earlier signing in. "
        "Nothing was recorded.",
    ),
    MayNotAsk: _answer(HTTPStatus.FORBIDDEN, "You cannot see this"),
    NotThere: _answer(
        HTTPStatus.NOT_FOUND,
        "Not found",
        "There is nothing by this reference, or it is not for your agency to read.",
    ),
    Unanswerable: _unanswerable,
    Refusal: _answer(HTTPStatus.CONFLICT, "This cannot be recorded"),
    Contended: _answer(HTTPStatus.SERVICE_UNAVAILABLE, "Others were faster"),
    Trouble: _answer(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The store cannot be used at the moment",
        "Nothing was recorded. Try again in a few minutes; if it stays like this, tell your administrator.",
    ),
    RequestValidationError: _answer(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "This could not be read",
        "Go back, look at what you entered, and send it again.",
    ),
    HTTPException: _of_http,
}
_MISHAP = _answer(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "Sorry, there is a problem with the service",
    "Nothing was recorded. Try again in a few minutes; if it stays like this, tell your administrator.",
)
