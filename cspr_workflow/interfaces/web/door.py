"""The door: requests by people who are not signed in yet, or who have not come to the end of it."""

import secrets
from math import ceil
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from cspr_workflow.application.accounts import Session
from cspr_workflow.application.attempts import SignInRefused
from cspr_workflow.application.signing_in import Step, Token
from cspr_workflow.interfaces.web.plain_pages import plain_page
from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.interfaces.web.visit import (
    NotSignedIn,
    SentForm,
    check_form,
    is_same,
    session_of,
)

SIGN_IN = "/sign-in"
_STEPS = {
    Step.CHOOSE_PASSWORD: f"{SIGN_IN}/password",
    Step.ENROL: f"{SIGN_IN}/enrol",
    Step.CODE: f"{SIGN_IN}/code",
}
_MARK = "sign-in"
_MARK_SECONDS = 12 * 3600
_LONGEST_PATH = 500


class Stale(Exception):
    """The form of the sign-in page did not come from a page that this browser was given."""


class GoOn(Exception):
    """There is nothing to be done here: somebody goes on to ``path``."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(path)


class Door:
    """One request by somebody at the door; ``session`` is theirs where the password was right already.

    ``csrf`` is what the forms of the page carry.
    """

    def __init__(
        self,
        site: Site,
        request: Request,
        session: Session | None,
        form: FormData | None,
        csrf: str,
    ) -> None:
        self.site, self.request, self.session, self.csrf = site, request, session, csrf
        self._form = form

    @property
    def address(self) -> str:
        """From where the request came."""
        return address_of(self.request)

    @property
    def was_signed_in(self) -> bool:
        """Whether somebody was signed in here and is no longer."""
        return self.session is None and self.site.cookie in self.request.cookies

    @property
    def next(self) -> str:
        """The page to which somebody wanted to go."""
        return own_path(self.typed("next") or self.request.query_params.get("next", ""))

    @property
    def token(self) -> Token:
        """The token of the session; there is one at every step after the first."""
        assert self.session is not None
        return self.session.token

    def typed(self, name: str) -> str:
        """What was typed into a field of the form, to the letter."""
        value = self._form.get(name, "") if self._form is not None else ""
        return value if isinstance(value, str) else ""

    def expect(self, step: Step) -> None:
        """Send on whoever is not at this step. Raises :class:`GoOn`."""
        assert self.session is not None
        if self.site.signing_in.next_step(self.session) is not step:
            raise GoOn(self.way_on(self.session))

    def way_on(self, session: Session) -> str:
        """Where the signing in goes on, and where it leads in the end."""
        step = self.site.signing_in.next_step(session)
        return with_next(_STEPS[step], self.next) if step in _STEPS else self.next or "/"

    # --- Answers -----------------------------------------------------------------------------

    def page(self, template: str, status: int = 200, /, **context: Any) -> Response:
        """A page."""
        return plain_page(
            self.request,
            template,
            status,
            csrf=self.csrf,
            next=self.next,
            partnership=self.site.desk.policy.partnership,
            **context,
        )

    def refused(
        self, refused: SignInRefused, template: str, field: str = "", /, **context: Any
    ) -> Response:
        """The same page again, which says that somebody could not sign in."""
        if self.session and self.site.signing_in.session(self.token) is None:
            raise NotSignedIn
        answer = self.page(
            template, status_of(refused), faults={field: refused.sentence}, **context
        )
        return later(answer, refused)

    def enter(self, token: Token, next: str = "") -> Response:
        """Go on with a session under a new token, in the end to ``next`` where the form does not say."""
        self.site.signing_in.sign_out(self.request.cookies.get(self.site.cookie, ""))
        session = self.site.signing_in.session(token)
        if session is None:
            raise NotSignedIn
        path = next if next and session.is_complete else self.way_on(session)
        return keep(RedirectResponse(path, 303), self.site, token)

    def mark(self, answer: Response) -> Response:
        """Have the browser bring back with the form what the form itself carries."""
        set_cookie(answer, self.site, self.site.cookie_name(_MARK), self.csrf, _MARK_SECONDS)
        return answer


# --- Cookies and addresses -------------------------------------------------------------------------


def address_of(request: Request) -> str:
    """From where a request came."""
    return request.client.host if request.client else ""


def own_path(path: str) -> str:
    """A path of this site; empty where it is anything else, or the way in itself."""
    is_own = path.startswith("/") and not path.startswith("//") and "\\" not in path
    plain = path.isprintable() and " " not in path and len(path) <= _LONGEST_PATH
    return path if is_own and plain and not path.startswith(SIGN_IN) else ""


def with_next(path: str, next: str) -> str:
    """A path that says where to go in the end."""
    return f"{path}?next={quote(next, safe='/')}" if next and next != "/" else path


def set_cookie(answer: Response, site: Site, name: str, value: str, seconds: int | None) -> None:
    """Have a browser keep something that no script can read; without ``seconds`` until it is closed."""
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=site.settings.secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(answer: Response, site: Site, name: str) -> Response:
    """Have a browser forget a cookie."""
    answer.delete_cookie(name, path="/", secure=site.settings.secure, httponly=True, samesite="lax")
    return answer


def keep(answer: Response, site: Site, token: Token) -> Response:
    """Have a browser keep the token of its session, until it is closed."""
    set_cookie(answer, site, site.cookie, token, None)
    return answer


def status_of(refused: SignInRefused) -> int:
    """The status with which a refusal is answered."""
    return 429 if refused.retry_after else 400


def later(answer: Response, refused: SignInRefused) -> Response:
    """Say when to try again, where it is not at once."""
    if refused.retry_after:
        answer.headers["retry-after"] = str(ceil(refused.retry_after.total_seconds()))
    return answer


# --- From request to door ----------------------------------------------------------------------------


def door_of(request: Request, form: SentForm) -> Door:
    """The first step, or signing in elsewhere. Raises :class:`Stale`."""
    site: Site = request.app.state.site
    mark = request.cookies.get(site.cookie_name(_MARK), "")
    if form is not None and not (mark and is_same(form.get("csrf"), mark)):
        raise Stale
    try:
        session = session_of(request)
    except NotSignedIn:
        session = None
    return Door(site, request, session, form, mark or secrets.token_urlsafe(32))


def step_of(request: Request, form: SentForm) -> Door:
    """A step for somebody whose password was right. Raises :class:`NotSignedIn` and :class:`NotAllowed`."""
    session = session_of(request)
    check_form(session, form)
    return Door(request.app.state.site, request, session, form, session.csrf)


CHECKING = (door_of, step_of)
"""What checks the forms of people who are not signed in yet."""
ADoor = Annotated[Door, Depends(door_of)]
AStep = Annotated[Door, Depends(step_of)]
