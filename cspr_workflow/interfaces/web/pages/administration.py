"""Who takes part: the register of people, somebody who joins, somebody who leaves, a corrected name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.accounts import Account
from cspr_workflow.domain.acts import Act, AddPerson, Command, RemovePerson
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.people import SCSP, Actor, Person, Role, called
from cspr_workflow.interfaces.account_words import IN_USE, stands
from cspr_workflow.interfaces.sentences import dates_in_words
from cspr_workflow.interfaces.web.keeping import (
    KEEPERS_DESKS,
    PEOPLE,
    AKeeper,
    keeping_page,
    person_of,
    person_path,
)
from cspr_workflow.interfaces.web.pages.account import sign_ins
from cspr_workflow.interfaces.web.pages.accounts_kept import one_time_page, open_page
from cspr_workflow.interfaces.web.short_forms import Sent
from cspr_workflow.interfaces.web.visit import Visit, desks, saying
from projections.board import places

router = APIRouter()
RENAMED = saying("person-renamed", "The name is corrected.")
_ROLES = list(Role)


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in the register, with an account or without."""

    person: Person
    name: str
    account: Account | None
    stands: str

    @property
    def path(self) -> str:
        """The page about them."""
        return person_path(self.person.id)

    @property
    def is_in_use(self) -> bool:
        """Whether they can sign in."""
        return self.stands == IN_USE

    @property
    def role(self) -> str:
        """The role as people write it."""
        return called(self.person.role)


def listed(visit: Visit, person: Person) -> Listed:
    """Somebody as the register shows them."""
    door = visit.site.signing_in
    account = door.book.accounts.by_person(person.id)
    how = stands(door, account) if account else "no account"
    return Listed(person, visit.asking.name(person.id), account, how)


# --- The register -------------------------------------------------------------------------------


@router.get(PEOPLE)
@desks(*KEEPERS_DESKS)
def people(visit: AKeeper) -> Response:
    """Who takes part, by agency and role; and who has left and still has an account."""
    here = visit.asking.partnership.people.values()
    by_agency: dict[str, list[Listed]] = {}
    for person in sorted(here, key=_place):
        by_agency.setdefault(person.agency, []).append(listed(visit, person))
    gone = [listed(visit, one) for one in visit.asking.partnership.left.values()]
    return keeping_page(
        visit,
        "administration/people.html",
        agencies=[("SCSP" if agency == SCSP else agency, who) for agency, who in by_agency.items()],
        gone=[one for one in gone if one.account],
    )


def _place(person: Person) -> tuple[bool, str, int, str]:
    return person.agency != SCSP, person.agency, _ROLES.index(person.role), person.id


@router.get(f"{PEOPLE}/person/{{person}}")
@desks(*KEEPERS_DESKS)
def person_page(person: str, visit: AKeeper) -> Response:
    """Somebody: the part they take, and their account."""
    shown = listed(visit, person_of(visit, person))
    door, account = visit.site.signing_in, shown.account
    issuers = {one.declared.issuer: one.name for one in visit.site.providers.values()}
    return keeping_page(
        visit,
        "administration/person.html",
        shown=shown,
        takes_part=shown.person.id in visit.asking.partnership.people,
        account=account,
        keys=door.keys(account.id) if account else [],
        identities=door.book.accounts.identities(account.id) if account else [],
        issuers=issuers,
        sign_ins=sign_ins(door, account.id) if account else [],
    )


# --- Somebody joins -----------------------------------------------------------------------------


@router.get(f"{PEOPLE}/add")
@desks(*KEEPERS_DESKS)
def add_form(visit: AKeeper) -> Response:
    """Somebody who joins."""
    return _add_page(visit)


@router.post(f"{PEOPLE}/add")
@desks(*KEEPERS_DESKS)
def add_sent(visit: AKeeper) -> Response:
    """Record who joins; with an account at once, its password is told this once."""
    sent = Sent(visit.form)
    name = sent.needed("name", "Enter the name")
    act = _joining(sent)
    opens = visit.sent("opens") == "yes"
    sign_in = sent.needed("sign_in", "Enter the name to sign in with") if opens else ""
    written = sent.day("ends_on") if opens else None
    if act is None or sent.faults:
        return _add_page(visit, HTTPStatus.BAD_REQUEST, sent)
    last = date.fromisoformat(written) if written else None
    try:
        if opens:
            visit.site.signing_in.checked_opening(act.role, sign_in, last, by=visit.person.id)
        command = _do(visit, act)
    except Refusal as refusal:
        sent.refused(refusal, "person", "agency", "sign_in", "ends_on")
        return _add_page(visit, HTTPStatus.BAD_REQUEST, sent)
    visit.site.desk.office.name({act.person: name})
    person = Person(act.person, act.role, act.agency)
    if not opens:
        return visit.redirect(person_path(act.person), told=command)
    try:
        one_time = visit.site.signing_in.open_account(act.person, sign_in, last, by=visit.person.id)
    except Refusal as refusal:
        return open_page(visit, person, sent, refusal)
    return one_time_page(visit, one_time, name)


def _joining(sent: Sent) -> AddPerson | None:
    """Who joins, or ``None`` with what is wrong among the faults."""
    id = sent.needed("person", "Enter an id")
    role = sent.values.get("role", "")
    if role not in set(Role):
        sent.faults["role"] = "Select a role"
    agency = sent.needed("agency", "Enter the agency")
    return None if sent.faults else AddPerson(id, Role(role), agency)


def _add_page(visit: Visit, status: int = 200, sent: Sent | None = None) -> Response:
    agencies = sorted(visit.asking.partnership.agencies - {SCSP})
    return keeping_page(
        visit,
        "administration/person_add.html",
        status,
        roles=[(role.value, f"{role.called[:1].upper()}{role.called[1:]}") for role in Role],
        agencies=agencies,
        command=_command(visit) if sent else visit.new_command(),
        **_shown(sent),
    )


# --- A name is corrected --------------------------------------------------------------------------


@router.get(f"{PEOPLE}/person/{{person}}/name")
@desks(*KEEPERS_DESKS)
def name_form(person: str, visit: AKeeper) -> Response:
    """A person's name as the directory has it."""
    return _name_page(visit, person_of(visit, person))


@router.post(f"{PEOPLE}/person/{{person}}/name")
@desks(*KEEPERS_DESKS)
def name_sent(person: str, visit: AKeeper) -> Response:
    """Correct a person's name, in the directory alone."""
    found, sent = person_of(visit, person), Sent(visit.form)
    name = sent.needed("name", "Enter the name")
    if sent.faults:
        return _name_page(visit, found, HTTPStatus.BAD_REQUEST, sent)
    visit.site.desk.office.name({found.id: name})
    return visit.redirect(person_path(found.id), told=RENAMED)


def _name_page(
    visit: Visit, person: Person, status: int = 200, sent: Sent | None = None
) -> Response:
    shown = listed(visit, person)
    template = "administration/person_name.html"
    return keeping_page(visit, template, status, shown=shown, **_shown(sent))


# --- Somebody leaves ----------------------------------------------------------------------------


@router.get(f"{PEOPLE}/person/{{person}}/remove")
@desks(*KEEPERS_DESKS)
def remove_form(person: str, visit: AKeeper) -> Response:
    """Before somebody is noted to have left: what that means for them and for others."""
    return _remove_page(visit, person_of(visit, person))


@router.post(f"{PEOPLE}/person/{{person}}/remove")
@desks(*KEEPERS_DESKS)
def remove_sent(person: str, visit: AKeeper) -> Response:
    """Record that somebody has left."""
    found = person_of(visit, person)
    try:
        command = _do(visit, RemovePerson(found.id))
    except Refusal as refusal:
        return _remove_page(visit, found, refusal)
    return visit.redirect(PEOPLE, told=command)


def _remove_page(visit: Visit, person: Person, refusal: Refusal | None = None) -> Response:
    if refusal is None:
        try:
            now = visit.asking.now
            command = Command(RemovePerson(person.id), Actor(visit.person), now)
            visit.site.desk.workflow.preview(command, now)
        except Refusal as refused:
            refusal = refused
    said = dates_in_words(refusal.why).removeprefix("person: ") if refusal else ""
    return keeping_page(
        visit,
        "administration/person_remove.html",
        HTTPStatus.CONFLICT if refusal else HTTPStatus.OK,
        shown=listed(visit, person),
        warnings=list(_still_theirs(visit, person)),
        command=visit.new_command(),
        refused=bool(refusal),
        faults={"": f"{said[:1].upper()}{said[1:]}"} if refusal else {},
    )


def _still_theirs(visit: Visit, person: Person) -> Iterator[str]:
    """What others have to take over, as far as whoever asks may know of it."""
    if person.id == visit.person.id:
        yield "This is you: you are signed out at once, and somebody else has to let you in again."
    others = [one for one in visit.asking.partnership.people.values() if one.id != person.id]
    colleagues = [one for one in others if one.agency == person.agency]
    agency = "SCSP" if person.agency == SCSP else person.agency
    if person.agency != SCSP and not colleagues:
        yield f"Nobody else takes part for {agency}. {_open_with(visit, agency)}"
    elif not any(one.role is person.role for one in colleagues):
        yield (
            f"Nobody else of {agency} has the role {person.role.called}. Add whoever takes over first, "
            "or what waits for this role stays where it is."
        )


def _open_with(visit: Visit, agency: str) -> str:
    """What is open with an agency, for those who may read it."""
    if not visit.asking.reads_everything:
        return "The business unit knows whether anything is open with it."
    found = [
        one.reference
        for one in places(visit.asking.database, agency)
        if visit.asking.subjects[one.stream].agency == agency
    ]
    return f"Open with it: {', '.join(found)}." if found else "Nothing is open with it."


# --- Shared -------------------------------------------------------------------------------------


def _command(visit: Visit) -> UUID:
    try:
        return UUID(visit.sent("command"))
    except ValueError:
        return visit.new_command()


def _do(visit: Visit, act: Act) -> UUID:
    """Record an act of keeping, once however often its form is sent. Raises :class:`Refusal`."""
    now, id = visit.asking.now, _command(visit)
    visit.site.desk.workflow.do(Command(act, Actor(visit.person), now), now, id)
    return id


def _shown(sent: Sent | None) -> dict[str, Any]:
    return {"faults": sent.faults, "values": sent.values} if sent else {}
