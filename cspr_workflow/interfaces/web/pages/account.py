"""One's own account: the password, the telephone, where one is signed in, and keys for programs."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.account_keeping import KEY_DAYS
from cspr_workflow.application.accounts import LOCAL, Account, Noted
from cspr_workflow.application.attempts import SignInRefused
from cspr_workflow.application.signing_in import SIGNED_IN, SigningIn
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.interfaces.web.door import drop_cookie, keep, later, status_of
from cspr_workflow.interfaces.web.plain_pages import plain_page
from cspr_workflow.interfaces.web.short_forms import Sent
from cspr_workflow.interfaces.web.telephones import grouped, picture
from cspr_workflow.interfaces.web.visit import EVERYBODY, AVisit, Visit, desks, saying

router = APIRouter()
ACCOUNT = "/account"
CHOSEN = saying("password-chosen", "Your password is changed. You are signed out everywhere else.")
REVOKED = saying("key-revoked", "The key is taken away. The program has no access any more.")
_SIGN_INS = 10
_LOOKED_THROUGH = 200
_FAILED = "sign-in failed"


def _door(visit: Visit) -> SigningIn:
    return visit.site.signing_in


def _account(visit: Visit) -> Account:
    found = _door(visit).book.accounts.account(visit.session.account)
    assert found is not None
    return found


def sign_ins(door: SigningIn, account: str) -> list[Noted]:
    """When somebody signed in last, or tried to, the newest first."""
    lines = door.book.log.lines(account, limit=_LOOKED_THROUGH)
    return [one for one in lines if one.what.startswith((SIGNED_IN, _FAILED))][:_SIGN_INS]


@router.get(ACCOUNT)
@desks(*EVERYBODY)
def account_page(visit: AVisit) -> Response:
    """What there is to one's own account."""
    account, door = _account(visit), _door(visit)
    provider = visit.site.providers.get(visit.session.via)
    return visit.page(
        "account/account.html",
        account=account,
        keys=door.keys(account.id),
        sign_ins=sign_ins(door, account.id),
        recovery_left=door.book.accounts.recovery_left(account.id),
        via=provider.name if provider else "",
        own_password=not account.must_choose,
    )


# --- The password -------------------------------------------------------------------------------


@router.get(f"{ACCOUNT}/password")
@desks(*EVERYBODY)
def password_form(visit: AVisit) -> Response:
    """Another password."""
    return visit.page("account/password.html")


@router.post(f"{ACCOUNT}/password")
@desks(*EVERYBODY)
def password_sent(visit: AVisit) -> Response:
    """The password that was chosen."""
    current, chosen, again = (_typed(visit, name) for name in ("current", "password", "again"))
    faults = {}
    if not current:
        faults["current"] = "Enter the password that you have now"
    if not chosen:
        faults["password"] = "Enter a new password"  # noqa: S105 - a sentence
    elif chosen != again:
        faults["again"] = "Enter the same new password twice"
    if faults:
        return _again(visit, "account/password.html", faults)
    try:
        token = _door(visit).choose_password(visit.session.token, chosen, current)
    except SignInRefused as refused:
        return _refused(visit, refused, "account/password.html", "current")
    except Refusal as refusal:
        said = refusal.message.removeprefix("password: ")
        return _again(visit, "account/password.html", {"password": f"{said[:1].upper()}{said[1:]}"})
    return keep(visit.redirect(ACCOUNT, told=CHOSEN), visit.site, token)


# --- The telephone ------------------------------------------------------------------------------


@router.get(f"{ACCOUNT}/telephone")
@desks(*EVERYBODY)
def telephone_form(visit: AVisit) -> Response:
    """Another telephone: the password first."""
    return visit.page("account/telephone.html")


@router.post(f"{ACCOUNT}/telephone")
@desks(*EVERYBODY)
def telephone_shown(visit: AVisit) -> Response:
    """The password was given: what the telephone is to scan."""
    try:
        return _enrolment_page(visit, password=_typed(visit, "password"))
    except SignInRefused as refused:
        return _refused(visit, refused, "account/telephone.html", "password")


@router.post(f"{ACCOUNT}/telephone/confirm")
@desks(*EVERYBODY)
def telephone_sent(visit: AVisit) -> Response:
    """The telephone's first code: the recovery codes are told, this once."""
    door = _door(visit)
    if not visit.session.enrolling:
        return visit.redirect(f"{ACCOUNT}/telephone")
    try:
        done = door.confirm_enrolment(visit.session.token, visit.sent("code"))
    except SignInRefused as refused:
        answer = _enrolment_page(visit, status_of(refused), faults={"code": refused.sentence})
        return later(answer, refused)
    session = door.session(done.token)
    assert session is not None
    visit.session = session
    answer = visit.page("signing_in/recovery_codes.html", codes=done.recovery_codes, next=ACCOUNT)
    return keep(answer, visit.site, done.token)


def _enrolment_page(
    visit: Visit, status: int = 200, *, password: str = "", **context: Any
) -> Response:
    enrolment = _door(visit).enrol(visit.session.token, password)
    return visit.page(
        "account/telephone_scan.html",
        status,
        picture=picture(enrolment),
        secret=grouped(enrolment),
        **context,
    )


# --- Everywhere ---------------------------------------------------------------------------------


@router.post(f"{ACCOUNT}/sign-out-everywhere")
@desks(*EVERYBODY)
def sign_out_everywhere(visit: AVisit) -> Response:
    """End every session, this one too."""
    _door(visit).sign_out_everywhere(visit.session.account, by=visit.person.id)
    via = "" if visit.session.via == LOCAL else visit.session.via
    provider = visit.site.providers.get(via)
    answer = plain_page(
        visit.request,
        "signing_in/signed_out.html",
        everywhere=True,
        via=provider.name if provider else via,
    )
    return drop_cookie(answer, visit.site, visit.site.cookie)


# --- Keys for programs ----------------------------------------------------------------------------


@router.get(f"{ACCOUNT}/keys/new")
@desks(*EVERYBODY)
def key_form(visit: AVisit) -> Response:
    """A new key for a program."""
    return _key_page(visit)


@router.post(f"{ACCOUNT}/keys/new")
@desks(*EVERYBODY)
def key_sent(visit: AVisit) -> Response:
    """The key is made: its token is told, this once."""
    sent = Sent(visit.form)
    name = sent.needed("name", "Enter which program it is for")
    written = sent.day("ends_on")
    if written is None and "ends_on" not in sent.faults:
        sent.faults["ends_on"] = "Enter the last day on which it is valid"
    if not sent.faults:
        try:
            last = date.fromisoformat(str(written))
            account = visit.session.account
            key, token = _door(visit).make_key(account, name, last, by=visit.person.id)
            return visit.page("account/key_made.html", key=key, token=token)
        except Refusal as refusal:
            sent.refused(refusal, "name", "ends_on")
    return _key_page(visit, HTTPStatus.BAD_REQUEST, faults=sent.faults, values=sent.values)


@router.post(f"{ACCOUNT}/keys/revoke")
@desks(*EVERYBODY)
def key_revoked(visit: AVisit) -> Response:
    """Take a key away."""
    _door(visit).revoke_key(visit.sent("key"), by=visit.person.id)
    return visit.redirect(ACCOUNT, told=REVOKED)


def _key_page(visit: Visit, status: int = 200, **context: Any) -> Response:
    around = _door(visit).around
    last = around.day(around.now()) + timedelta(days=KEY_DAYS)
    return visit.page("account/key.html", status, last=last, **context)


# --- Shared -------------------------------------------------------------------------------------


def _typed(visit: Visit, name: str) -> str:
    """What was typed, to the letter."""
    value = visit.form.get(name, "")
    return value if isinstance(value, str) else ""


def _again(visit: Visit, template: str, faults: dict[str, str], status: int = 400) -> Response:
    return visit.page(template, status, faults=faults)


def _refused(visit: Visit, refused: SignInRefused, template: str, field: str) -> Response:
    answer = _again(visit, template, {field: refused.sentence}, status_of(refused))
    return later(answer, refused)
