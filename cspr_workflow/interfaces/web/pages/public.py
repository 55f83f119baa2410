"""What everybody may read, signed in or not: help, how the pages can be used, what is kept about people."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from cspr_workflow import __version__
from cspr_workflow.domain.people import Role
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.web import help_terms
from cspr_workflow.interfaces.web.plain_pages import plain_page
from cspr_workflow.interfaces.web.providers import LASTS
from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.interfaces.web.visit import NotSignedIn, Visit, public, signed_in

router = APIRouter()
_TO_ASK = (Role.CSPR_OFFICER, Role.BUSINESS_MANAGER, Role.ADMINISTRATOR)


@router.get("/help")
@public
def help_page(request: Request) -> Response:
    """The words of the process with their clauses, how to read a case, what to do about a mistake."""
    policy = _site(request).desk.policy
    return _page(
        request,
        "help.html",
        policy=policy,
        groups=help_terms.groups(policy),
        stages=help_terms.stage_rows(policy),
        timescales=help_terms.timescale_rows(policy),
        from_the_raising=help_terms.all_from_the_raising(policy),
    )


@router.get("/accessibility")
@public
def accessibility_page(request: Request) -> Response:
    """How far the pages can be used by everybody, and how that is known."""
    return _page(request, "accessibility.html", version=__version__)


@router.get("/privacy")
@public
def privacy_page(request: Request) -> Response:
    """What is kept about people, who reads it, and how long."""
    site = _site(request)
    rules = site.signing_in.rules
    return _page(
        request,
        "privacy.html",
        cookies=_cookies(site),
        idle=_told(rules.idle),
        longest=_told(rules.longest),
    )


def _cookies(site: Site) -> list[tuple[str, str, str]]:
    """Every cookie that a browser is given: its name, what it is for, how long it is kept."""
    longest = _told(site.signing_in.rules.longest)
    return [
        (
            site.cookie,
            "It shows that it is you who signed in.",
            f"Until you sign out or close the browser; it is good for {longest} at most",
        ),
        (
            site.cookie_name("sign-in"),
            "It shows that the form of the sign-in page came from this service.",
            longest,
        ),
        (
            site.cookie_name("journey"),
            "It finds the way back, where you sign in with the account of another organisation.",
            _told(LASTS),
        ),
        (
            "told",
            "It lets the next page say what you have just done.",
            "One page, 1 minute at most",
        ),
    ]


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _page(request: Request, template: str, **context: Any) -> Response:
    """A page as whoever asks sees it: with the links of their desk, or without anybody's."""
    partnership = _site(request).desk.policy.partnership
    try:
        visit = signed_in(request)
    except NotSignedIn:
        return plain_page(request, template, partnership=partnership, to_ask=(), **context)
    return visit.page(template, partnership=partnership, to_ask=_to_ask(visit), **context)


def _to_ask(visit: Visit) -> Sequence[str]:
    """Whom to ask, by name and role; only people who are signed in are told names."""
    asking = visit.asking
    return sorted(
        f"{asking.name(person.id)}, {person.role.called}"
        for person in asking.partnership.people.values()
        if person.role in _TO_ASK
    )


def _told(time: timedelta) -> str:
    """A length of time in whole hours, or else in minutes."""
    minutes = int(time.total_seconds() // 60)
    return counted(minutes // 60, "hour") if minutes % 60 == 0 else counted(minutes, "minute")
