"""Signing in: a name and a password, a second factor, or the account of another organisation."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from cspr_workflow.application.accounts import LOCAL
from cspr_workflow.application.attempts import SignInRefused
from cspr_workflow.application.signing_in import Step
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.interfaces.web.door import (
    SIGN_IN,
    ADoor,
    AStep,
    Door,
    GoOn,
    drop_cookie,
    keep,
    set_cookie,
)
from cspr_workflow.interfaces.web.plain_pages import error_page
from cspr_workflow.interfaces.web.providers import LASTS, Provider, ProviderFailed
from cspr_workflow.interfaces.web.telephones import grouped, picture
from cspr_workflow.interfaces.web.visit import NotThere, public

router = APIRouter()
_JOURNEY = "journey"


# --- Name and password -----------------------------------------------------------------------------


@router.get(SIGN_IN)
@public
def name_form(door: ADoor) -> Response:
    """The first page: whoever is signed in already goes on."""
    if door.session is not None:
        raise GoOn(door.way_on(door.session))
    answer = _name_page(door)
    return drop_cookie(answer, door.site, door.site.cookie) if door.was_signed_in else answer


@router.post(SIGN_IN)
@public
def name_sent(door: ADoor) -> Response:
    """Name and password."""
    name, password = door.typed("name").strip(), door.typed("password")
    faults = {}
    if not name:
        faults["name"] = "Enter your sign-in name"
    if not password:
        faults["password"] = "Enter your password"  # noqa: S105 - a sentence
    if faults:
        return _name_page(door, HTTPStatus.BAD_REQUEST, faults=faults, values={"name": name})
    try:
        token = door.site.signing_in.password(name, password, door.address)
    except SignInRefused as refused:
        answer = door.refused(refused, "signing_in/name.html", **_ways(door), values={"name": name})
        return door.mark(answer)
    return door.enter(token)


def _name_page(door: Door, status: int = 200, **context: object) -> Response:
    return door.mark(door.page("signing_in/name.html", status, **_ways(door), **context))


def _ways(door: Door) -> dict[str, object]:
    """What the first page says besides its form."""
    rules = door.site.signing_in.rules
    return {
        "providers": list(door.site.providers.values()),
        "was_signed_in": door.was_signed_in,
        "idle": int(rules.idle.total_seconds() // 60),
        "longest": int(rules.longest.total_seconds() // 3600),
        "is_rehearsal": door.site.desk.rehearsal,
    }


# --- The password that is one's own -----------------------------------------------------------------


@router.get(f"{SIGN_IN}/password")
@public
def password_form(door: AStep) -> Response:
    """Choosing a password, after one that was for one time."""
    door.expect(Step.CHOOSE_PASSWORD)
    return door.page("signing_in/password.html")


@router.post(f"{SIGN_IN}/password")
@public
def password_sent(door: AStep) -> Response:
    """The password that was chosen."""
    door.expect(Step.CHOOSE_PASSWORD)
    chosen, again = door.typed("password"), door.typed("again")
    faults = {}
    if not chosen:
        faults["password"] = "Enter a password"  # noqa: S105 - a sentence
    elif chosen != again:
        faults["again"] = "Enter the same password twice"
    if not faults:
        try:
            return door.enter(door.site.signing_in.choose_password(door.token, chosen))
        except SignInRefused as refused:
            return door.refused(refused, "signing_in/password.html")
        except Refusal as refusal:
            said = refusal.message.removeprefix("password: ")
            faults["password"] = f"{said[:1].upper()}{said[1:]}"
    return door.page("signing_in/password.html", HTTPStatus.BAD_REQUEST, faults=faults)


# --- The second factor ------------------------------------------------------------------------------


@router.get(f"{SIGN_IN}/enrol")
@public
def enrol_form(door: AStep) -> Response:
    """Taking a telephone as the second factor."""
    door.expect(Step.ENROL)
    return door.page("signing_in/enrol.html", **_enrolment(door))


@router.post(f"{SIGN_IN}/enrol")
@public
def enrol_sent(door: AStep) -> Response:
    """The telephone's first code: the recovery codes are told, this once."""
    door.expect(Step.ENROL)
    try:
        done = door.site.signing_in.confirm_enrolment(door.token, door.typed("code"))
    except SignInRefused as refused:
        return door.refused(refused, "signing_in/enrol.html", "code", **_enrolment(door))
    answer = door.page("signing_in/recovery_codes.html", codes=done.recovery_codes)
    return keep(answer, door.site, done.token)


def _enrolment(door: Door) -> dict[str, object]:
    enrolment = door.site.signing_in.enrol(door.token)
    return {"picture": picture(enrolment), "secret": grouped(enrolment)}


@router.get(f"{SIGN_IN}/code")
@public
def code_form(door: AStep) -> Response:
    """The telephone's code."""
    door.expect(Step.CODE)
    return door.page("signing_in/code.html")


@router.post(f"{SIGN_IN}/code")
@public
def code_sent(door: AStep) -> Response:
    """The telephone's code, as it was typed."""
    door.expect(Step.CODE)
    try:
        return door.enter(door.site.signing_in.code(door.token, door.typed("code")))
    except SignInRefused as refused:
        return door.refused(refused, "signing_in/code.html", "code")


@router.get(f"{SIGN_IN}/recovery")
@public
def recovery_form(door: AStep) -> Response:
    """A recovery code in place of the telephone's."""
    door.expect(Step.CODE)
    return door.page("signing_in/recovery.html")


@router.post(f"{SIGN_IN}/recovery")
@public
def recovery_sent(door: AStep) -> Response:
    """A recovery code, as it was typed."""
    door.expect(Step.CODE)
    try:
        return door.enter(door.site.signing_in.recovery_code(door.token, door.typed("code")))
    except SignInRefused as refused:
        return door.refused(refused, "signing_in/recovery.html", "code")


# --- Signing out ------------------------------------------------------------------------------------


@router.post("/sign-out")
@public
def sign_out(door: AStep) -> Response:
    """Sign out here, from any step."""
    assert door.session is not None
    door.site.signing_in.sign_out(door.token)
    provider = door.site.providers.get(door.session.via)
    via = provider.name if provider else "" if door.session.via == LOCAL else door.session.via
    answer = door.page("signing_in/signed_out.html", via=via, everywhere=False)
    return drop_cookie(answer, door.site, door.site.cookie)


# --- With the account of another organisation ---------------------------------------------------------


@router.get(f"{SIGN_IN}/with/{{provider}}")
@public
def set_out(provider: str, door: ADoor) -> Response:
    """Set out to sign in at another organisation."""
    found = _provider(door, provider)
    now = door.site.desk.real_now()
    try:
        address, journey = found.sets_out(door.site.settings.origin, door.next, now)
    except ProviderFailed as failed:
        return _failed(door, failed)
    answer = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    sealed = door.site.journeys.sealed(journey)
    name = door.site.cookie_name(_JOURNEY)
    set_cookie(answer, door.site, name, sealed, int(LASTS.total_seconds()))
    return answer


@router.get(f"{SIGN_IN}/with/{{provider}}/callback")
@public
def come_back(provider: str, door: ADoor) -> Response:
    """Somebody comes back from there."""
    found, site = _provider(door, provider), door.site
    now, name = site.desk.real_now(), site.cookie_name(_JOURNEY)
    journey = site.journeys.opened(door.request.cookies.get(name, ""), now)
    brought = dict(door.request.query_params)
    try:
        identity = found.comes_back(journey, brought, site.settings.origin, now)
    except ProviderFailed as failed:
        return drop_cookie(_failed(door, failed), site, name)
    try:
        token = site.signing_in.with_identity(identity, provider, door.address)
    except SignInRefused:
        answer = door.page(
            "signing_in/unknown.html", HTTPStatus.FORBIDDEN, identity=identity, provider=found
        )
        return drop_cookie(answer, site, name)
    assert journey is not None
    return drop_cookie(door.enter(token, journey.next), site, name)


def _provider(door: Door, id: str) -> Provider:
    if id not in door.site.providers:
        raise NotThere(id)
    return door.site.providers[id]


def _failed(door: Door, failed: ProviderFailed) -> Response:
    status = HTTPStatus.BAD_GATEWAY if failed.elsewhere else HTTPStatus.BAD_REQUEST
    return error_page(door.request, status, "You could not be signed in", [failed.sentence])
