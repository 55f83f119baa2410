"""The accounts of others, for those who keep them: opened, reset, ended, closed, linked."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.account_keeping import OneTimePassword
from cspr_workflow.application.accounts import Account, Identity
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.people import Person, Role
from cspr_workflow.interfaces.web.keeping import (
    KEEPERS_DESKS,
    PEOPLE,
    AKeeper,
    keeping_page,
    person_of,
    person_path,
)
from cspr_workflow.interfaces.web.short_forms import Sent
from cspr_workflow.interfaces.web.visit import NotThere, Visit, desks, saying

router = APIRouter()
_PLACE = f"{PEOPLE}/person/{{person}}/account"
CLOSED = saying("account-closed", "The account is closed.")
ENDS = saying("account-ends", "The last day of the access is changed.")
SIGNED_OUT = saying("account-signed-out", "They are signed out everywhere.")
LINKED = saying(
    "account-linked", "The account is linked. They can sign in with their organisation now."
)
UNLINKED = saying("account-unlinked", "The link is undone. They are signed out everywhere.")
REVOKED = saying("account-key-revoked", "The key is taken away.")


# --- Opening, and a password for one time -------------------------------------------------------------


@router.get(f"{_PLACE}/open")
@desks(*KEEPERS_DESKS)
def open_form(person: str, visit: AKeeper) -> Response:
    """An account for somebody who has none."""
    return open_page(visit, person_of(visit, person))


@router.post(f"{_PLACE}/open")
@desks(*KEEPERS_DESKS)
def open_sent(person: str, visit: AKeeper) -> Response:
    """Open it: the password is told, this once."""
    found, sent = person_of(visit, person), Sent(visit.form)
    sign_in = sent.needed("sign_in", "Enter the name to sign in with")
    written = sent.day("ends_on")
    if sent.faults:
        return open_page(visit, found, sent)
    try:
        last = date.fromisoformat(written) if written else None
        one_time = visit.site.signing_in.open_account(found.id, sign_in, last, by=visit.person.id)
    except Refusal as refusal:
        return open_page(visit, found, sent, refusal)
    return one_time_page(visit, one_time, visit.asking.name(found.id))


def open_page(
    visit: Visit, person: Person, sent: Sent | None = None, refusal: Refusal | None = None
) -> Response:
    """The form with which somebody is given an account."""
    if sent is not None and refusal is not None:
        sent.refused(refusal, "sign_in", "ends_on")
    return _page(visit, "open", person, sent, is_auditor=person.role is Role.AUDITOR)


def one_time_page(visit: Visit, one_time: OneTimePassword, name: str) -> Response:
    """A password for one time, told this once."""
    return keeping_page(
        visit,
        "administration/one_time_password.html",
        one_time=one_time,
        name=name,
        path=person_path(one_time.account.person),
    )


@router.get(f"{_PLACE}/reset")
@desks(*KEEPERS_DESKS)
def reset_form(person: str, visit: AKeeper) -> Response:
    """Before somebody is given a new password for one time."""
    found, account = _with_account(visit, person)
    return _page(visit, "reset", found, account=account)


@router.post(f"{_PLACE}/reset")
@desks(*KEEPERS_DESKS)
def reset_sent(person: str, visit: AKeeper) -> Response:
    """Give them one; it is told this once."""
    found, account = _with_account(visit, person)
    telephone = visit.sent("second_factor") == "yes"
    one_time = visit.site.signing_in.reset(account.id, by=visit.person.id, second_factor=telephone)
    return one_time_page(visit, one_time, visit.asking.name(found.id))


# --- The end of the access ------------------------------------------------------------------------


@router.get(f"{_PLACE}/end")
@desks(*KEEPERS_DESKS)
def end_form(person: str, visit: AKeeper) -> Response:
    """The last day of somebody's access."""
    found, account = _with_account(visit, person)
    return _page(visit, "end", found, account=account)


@router.post(f"{_PLACE}/end")
@desks(*KEEPERS_DESKS)
def end_sent(person: str, visit: AKeeper) -> Response:
    """Change it, or take it away where no day is given."""
    (found, account), sent = _with_account(visit, person), Sent(visit.form)
    written = sent.day("ends_on")
    if not sent.faults:
        try:
            last = date.fromisoformat(written) if written else None
            visit.site.signing_in.change_end(account.id, last, by=visit.person.id)
            return visit.redirect(person_path(found.id), told=ENDS)
        except Refusal as refusal:
            sent.refused(refusal, "ends_on")
    return _page(visit, "end", found, sent, account=account)


@router.get(f"{_PLACE}/close")
@desks(*KEEPERS_DESKS)
def close_form(person: str, visit: AKeeper) -> Response:
    """Before somebody's account is closed for good."""
    found, account = _with_account(visit, person)
    return _page(visit, "close", found, account=account)


@router.post(f"{_PLACE}/close")
@desks(*KEEPERS_DESKS)
def close_sent(person: str, visit: AKeeper) -> Response:
    """Close it."""
    return _done(
        visit,
        person,
        CLOSED,
        lambda account: visit.site.signing_in.close_account(account.id, by=visit.person.id),
    )


@router.post(f"{_PLACE}/sign-out")
@desks(*KEEPERS_DESKS)
def signed_out(person: str, visit: AKeeper) -> Response:
    """End every session of somebody."""
    return _done(
        visit,
        person,
        SIGNED_OUT,
        lambda account: visit.site.signing_in.sign_out_everywhere(account.id, by=visit.person.id),
    )


@router.post(f"{_PLACE}/revoke-key")
@desks(*KEEPERS_DESKS)
def key_revoked(person: str, visit: AKeeper) -> Response:
    """Take a key for a program away from somebody."""
    return _done(
        visit,
        person,
        REVOKED,
        lambda _: visit.site.signing_in.revoke_key(visit.sent("key"), by=visit.person.id),
    )


# --- Accounts of other organisations ----------------------------------------------------------------


@router.get(f"{_PLACE}/link")
@desks(*KEEPERS_DESKS)
def link_form(person: str, visit: AKeeper) -> Response:
    """Linking the account that somebody has at an organisation."""
    found, account = _with_account(visit, person)
    return _link_page(visit, found, account)


@router.post(f"{_PLACE}/link")
@desks(*KEEPERS_DESKS)
def link_sent(person: str, visit: AKeeper) -> Response:
    """Link it."""
    (found, account), sent = _with_account(visit, person), Sent(visit.form)
    issuer = sent.needed("issuer", "Select the organisation")
    subject = sent.needed("subject", "Enter the subject, as the page showed it")
    if not sent.faults and issuer not in _issuers(visit):
        sent.faults["issuer"] = "Select one of the organisations"
    if not sent.faults:
        try:
            identity = Identity(issuer, subject)
            visit.site.signing_in.link(account.id, identity, by=visit.person.id)
            return visit.redirect(person_path(found.id), told=LINKED)
        except Refusal as refusal:
            sent.refused(Refusal(refusal.code, refusal.why.removeprefix("identity: ")))
    return _link_page(visit, found, account, sent)


@router.post(f"{_PLACE}/unlink")
@desks(*KEEPERS_DESKS)
def unlinked(person: str, visit: AKeeper) -> Response:
    """Undo a link."""
    identity = Identity(visit.sent("issuer"), visit.sent("subject"))
    return _done(
        visit,
        person,
        UNLINKED,
        lambda account: visit.site.signing_in.unlink(account.id, identity, by=visit.person.id),
    )


def _issuers(visit: Visit) -> dict[str, str]:
    return {one.declared.issuer: one.name for one in visit.site.providers.values()}


def _link_page(
    visit: Visit, person: Person, account: Account, sent: Sent | None = None
) -> Response:
    choices = [(issuer, name, issuer) for issuer, name in _issuers(visit).items()]
    return _page(visit, "link", person, sent, account=account, issuers=choices)


# --- Shared -------------------------------------------------------------------------------------


def _with_account(visit: Visit, part: str) -> tuple[Person, Account]:
    """Somebody with an account. Raises :class:`NotThere`."""
    person = person_of(visit, part)
    account = visit.site.signing_in.book.accounts.by_person(person.id)
    if account is None:
        raise NotThere(part)
    return person, account


def _done(visit: Visit, part: str, told: str, do: Callable[[Account], object]) -> Response:
    """Do something to somebody's account and go back to their page. Raises :class:`Refusal`."""
    person, account = _with_account(visit, part)
    do(account)
    return visit.redirect(person_path(person.id), told=told)


def _page(
    visit: Visit, what: str, person: Person, sent: Sent | None = None, **context: Any
) -> Response:
    filled = {"faults": sent.faults, "values": sent.values} if sent else {}
    return keeping_page(
        visit,
        f"administration/account_{what}.html",
        HTTPStatus.BAD_REQUEST if sent else HTTPStatus.OK,
        person=person,
        name=visit.asking.name(person.id),
        path=person_path(person.id),
        **context,
        **filled,
    )
