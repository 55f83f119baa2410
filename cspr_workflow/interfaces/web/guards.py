"""What stands before every page: headers that confine it, what goes wrong, how much is sent and from where."""

import logging
import traceback
from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger(__name__)
LARGEST_BODY = 1_000_000
"""Bytes; the longest texts that an act may have are far below it."""
STATIC = "/static/"
_CONFINED = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_ALWAYS = {
    "content-security-policy": _CONFINED,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_YEAR = 365 * 24 * 3600
_LONGEST_NUMBER = 15
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ConfiningHeaders:
    """Headers on every answer: nothing from elsewhere runs in a page, and nobody keeps a copy of it."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers added."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                if self._secure:
                    headers["strict-transport-security"] = f"max-age={_YEAR}; includeSubDomains"
                if not scope["path"].startswith(STATIC):
                    headers["cache-control"] = "no-store"
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class Mishaps:
    """Answers where the program itself is at fault, and logs the place of it.

    What the error says is not logged: it may hold what somebody wrote.
    """

    def __init__(self, app: ASGIApp, *, answer: Callable[[Request, Exception], Response]) -> None:
        self.app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever goes wrong."""
        has_begun = False

        async def noticed(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, noticed)
        except Exception as error:
            _LOG.error("%s %s", scope.get("method", scope["type"]), _place_of(error))
            if scope["type"] == "http" and not has_begun:
                answer = await run_in_threadpool(self._answer, Request(scope), error)
                await answer(scope, receive, send)


def _place_of(error: BaseException) -> str:
    """Where something went wrong: the names of the errors and the lines of code, nothing that they say."""
    cause = error.__cause__ or error.__context__
    before = f"{_place_of(cause)}and then " if cause else ""
    lines = "".join(traceback.format_tb(error.__traceback__))
    return f"{before}{type(error).__name__}\n{lines}"


class BodyLimit:
    """Refuses what is larger than any act can be, whatever length it announces."""

    def __init__(self, app: ASGIApp, *, largest: int = LARGEST_BODY) -> None:
        self.app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, unless too much is sent."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        is_number = announced.isdecimal() and len(announced) <= _LONGEST_NUMBER
        if not is_number or int(announced) > self._largest:
            await _too_large(scope, receive, send)
            return
        # Read before anything is answered: an answer that has begun could not be taken back.
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._largest:
                await _too_large(scope, receive, send)
                return
        given = False

        async def once() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, once, send)


class SameOrigin:
    """Refuses what another site has a browser send: its own pages are where forms come from.

    Programs that are no browser say nothing of the kind; they have no cookie either.
    """

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        self.app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, unless another site asks for something to be done."""
        if scope["type"] == "http" and scope["method"] not in _READING:
            headers = Headers(scope=scope)
            site = headers.get("sec-fetch-site", "same-origin")
            origin = headers.get("origin")
            elsewhere = origin is not None and origin.lower() not in self._origins
            if elsewhere or site not in ("same-origin", "none"):
                answer = PlainTextResponse("This was sent by another site.", status_code=403)
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    answer = PlainTextResponse("More was sent than can be taken.", status_code=413)
    await answer(scope, receive, send)
