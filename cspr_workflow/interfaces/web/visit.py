"""A visit: one request by somebody who is signed in, and what the page that answers it needs."""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from functools import cached_property
from hmac import compare_digest
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid4

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cspr_workflow.application.accounts import READ, Session
from cspr_workflow.domain import reading
from cspr_workflow.domain.people import Person
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.web.navigation import navigation
from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.interfaces.web.telling import told_lines

EVERYBODY = frozenset(Desk)
REFRESH = "x-refresh"
"""The header of a request that a page sends by itself: nobody was there."""
_TOLD = "told"
_TOLD_SECONDS = 60
_MOST_FIELDS, _MOST_FILES = 200, 5
_VERSION = re.compile(r"[0-9]{1,9}", re.ASCII)
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class NotSignedIn(Exception):
    """Nobody is signed in, or a step of the signing in is still to be done."""


class NotAllowed(Exception):
    """The person may not see this page, or the form did not come from a page of theirs."""


class NotThere(Exception):
    """There is no such thing, or nothing that this person may know of."""


def desks(*allowed: Desk) -> Callable[[Endpoint], Endpoint]:
    """Say at which desks a page is; the application does not start with a page that says nothing."""

    def declared(endpoint: Endpoint) -> Endpoint:
        endpoint.desks = frozenset(allowed)  # type: ignore[attr-defined]
        return endpoint

    return declared


def public(endpoint: Endpoint) -> Endpoint:
    """Say that a page is for people who are not signed in, or not yet."""
    return desks()(endpoint)


class Visit:
    """One request by a person who is signed in and may see the page that is asked for."""

    def __init__(
        self, site: Site, request: Request, session: Session, person: Person, form: FormData | None
    ) -> None:
        self.site = site
        self.request = request
        self.session = session
        self.person = person
        self._form = form
        self._forget_told = False

    # --- Who asks ----------------------------------------------------------------------------

    @property
    def desk(self) -> Desk:
        """The desk at which the person works."""
        return reading.desk_of(self.person)

    @property
    def name(self) -> str:
        """The person's name."""
        return self.asking.name(self.person.id)

    @cached_property
    def asking(self) -> Asking:
        """The store as it stands at this moment."""
        return Asking(self.site.desk, self.person)

    # --- What is sent ------------------------------------------------------------------------

    @property
    def form(self) -> FormData:
        """What a form sent; a page that reads it is one that forms are sent to."""
        assert self._form is not None
        return self._form

    def sent(self, name: str) -> str:
        """One field of the form, without the blanks around it; empty where it was not sent."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    @property
    def sent_command(self) -> UUID:
        """The id that a form's act is recorded by; a new one where the form carries none."""
        try:
            return UUID(self.sent("command"))
        except ValueError:
            return self.new_command()

    @property
    def seen(self) -> int | None:
        """The version of a stream that the person looked at, where a form says it."""
        written = self.sent("seen")
        return int(written) if _VERSION.fullmatch(written) else None

    # --- Cases that the person may read --------------------------------------------------------

    def cases(self, reference: str) -> list[Known]:
        """The incident and the escalation of a reference as far as the person may read them.

        Raises :class:`NotThere` alike where there is none and where it is not for this person. Reading
        by somebody outside the business unit is noted.
        """
        found = self.asking.find(reference)
        if not found:
            raise NotThere(reference)
        if self.desk is not Desk.UNIT:
            self.note(READ, reference)
        return found

    def case(self, stream: str) -> Known:
        """The case of a stream. Raises :class:`NotThere` as :meth:`cases` does."""
        reference = stream.partition(":")[2]
        for known in self.cases(reference):
            if known.stream == stream:
                return known
        raise NotThere(reference)

    def note(self, what: str, about: str, how: str = "page") -> None:
        """Note in the log of reading what was read or exported."""
        self.site.readings.note(self.site.desk.real_now(), self.person.id, what, about, how)

    # --- Answers -----------------------------------------------------------------------------

    def page(self, template: str, status: int = 200, /, **context: Any) -> Response:
        """A page."""
        text = self.site.templates.get_template(template).render(
            visit=self,
            asking=self.asking,
            teller=self.asking.teller(),
            navigation=navigation(self.person, self.request.url.path),
            told=self._told(),
            **context,
        )
        answer = HTMLResponse(text, status)
        if self._forget_told:
            answer.delete_cookie(_TOLD, path="/")
        return answer

    def redirect(self, path: str, told: UUID | str = "") -> Response:
        """Go on to another page, which says what was done: the act of a command's id, or a sentence."""
        answer = RedirectResponse(path, status_code=303)
        if told:
            kind = "act" if isinstance(told, UUID) else "say"
            answer.set_cookie(
                _TOLD,
                f"{kind}:{told}".encode().hex(),
                max_age=_TOLD_SECONDS,
                path="/",
                secure=self.site.settings.secure,
                httponly=True,
                samesite="lax",
            )
        return answer

    def _told(self) -> Mapping[str, Any] | None:
        """What the page before this one did: sentences, once."""
        written = self.request.cookies.get(_TOLD)
        if not written:
            return None
        self._forget_told = True
        try:
            kind, _, said = bytes.fromhex(written).decode().partition(":")
            if kind == "say":
                return {"sentences": [SAYINGS[said]]}
            return {"sentences": self._recorded(UUID(said))}
        except (ValueError, KeyError):
            return None

    def _recorded(self, command: UUID) -> list[str]:
        """What an act of this person recorded, in sentences."""
        submitted = self.site.desk.record.submitted(command)
        if submitted is None:
            return []
        count = submitted.last - submitted.first + 1
        recorded = self.asking.record.read_all(submitted.first - 1, count)
        return told_lines(
            [one.entry for one in recorded if one.entry.author == self.person.id], self.asking
        )

    @staticmethod
    def new_command() -> UUID:
        """An id for a form: sent twice, the act is recorded once."""
        return uuid4()


SAYINGS: dict[str, str] = {}
"""What pages say after something was done that is no act: a key, and its sentence."""


def saying(key: str, sentence: str) -> str:
    """Declare a sentence that a page says after something was done."""
    SAYINGS[key] = sentence
    return key


# --- From request to visit -----------------------------------------------------------------------


async def sent_form(request: Request) -> AsyncIterator[FormData | None]:
    """The form that was sent, or ``None`` where the request only asks."""
    if request.method in ("GET", "HEAD"):
        yield None
        return
    async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS) as form:
        texts = (part for pair in form.multi_items() for part in pair if isinstance(part, str))
        if any("\0" in text for text in texts):
            raise HTTPException(400)  # many programs take this character for the end of a text
        yield form


SentForm = Annotated[FormData | None, Depends(sent_form)]


def session_of(request: Request) -> Session:
    """The session of a request. Raises :class:`NotSignedIn`."""
    site: Site = request.app.state.site
    token = request.cookies.get(site.cookie, "")
    by_itself = REFRESH in request.headers
    session = site.signing_in.session(token, touch=not by_itself) if token else None
    if session is None:
        raise NotSignedIn
    return session


def signed_in(request: Request, form: FormData | None = None) -> Visit:
    """The visit by whoever is signed in, at whichever desk. Raises :class:`NotSignedIn`."""
    site: Site = request.app.state.site
    session = session_of(request)
    person = site.desk.workflow.partnership.people.get(session.person)
    if not session.is_complete or person is None:
        raise NotSignedIn
    return Visit(site, request, session, person, form)


def visit_of(request: Request, form: SentForm) -> Visit:
    """The visit that a request is. Raises :class:`NotSignedIn` and :class:`NotAllowed`."""
    visit = signed_in(request, form)
    allowed: Iterable[Desk] = request.scope["route"].endpoint.desks
    check_form(visit.session, form)
    if visit.desk not in allowed:
        raise NotAllowed
    return visit


def check_form(session: Session, form: FormData | None) -> None:
    """Refuse a form that does not come from a page of this session. Raises :class:`NotAllowed`."""
    if form is not None and not is_same(form.get("csrf"), session.csrf):
        raise NotAllowed


def is_same(given: object, wanted: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing."""
    return isinstance(given, str) and compare_digest(
        given.encode(errors="replace"), wanted.encode()
    )


AVisit = Annotated[Visit, Depends(visit_of)]
