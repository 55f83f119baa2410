"""Accounts for a rehearsal: one for each role, all with one password, which is told whenever it is served.

Only a rehearsal has this: nothing in it is real, and it is for whoever sits at this machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from cspr_workflow.application import passwords
from cspr_workflow.application.accounts import Password
from cspr_workflow.application.signing_in import SigningIn
from cspr_workflow.domain.acts import AddPerson, Command
from cspr_workflow.domain.people import SCSP, Actor, Person, Role
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store.password_hash import Argon2id
from projections.board import places

PASSWORD_FILE = "sign-in.txt"  # noqa: S105 - where it is, not what it is
"""What earlier versions kept a password in, in the folder of the store."""
ADMINISTRATOR, ADMINISTRATORS_NAME = "administrator", "Y. Copperdale"
_ROLES = (
    Role.CSPR_OFFICER,
    Role.BUSINESS_MANAGER,
    Role.SCSP_CHAIR,
    Role.AGENCY_REPRESENTATIVE,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)
_AUDITORS_DAYS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign in to a rehearsal as somebody."""

    person: Person
    name: str
    password: str


def rehearsal_sign_ins(desk: Desk, signing_in: SigningIn) -> list[SignIn]:
    """A way to sign in for each role; what is missing of it is made."""
    assert desk.rehearsal
    password = _password(desk)
    found = []
    for person in _one_for_each_role(desk):
        if signing_in.book.accounts.by_person(person.id) is None:
            _open(person, password, desk, signing_in)
        found.append(SignIn(person, desk.names.get(person.id, person.id), password))
    return found


def _password(desk: Desk) -> str:
    """The rehearsal's password: whoever holds its keys works out the same, on whatever machine."""
    if desk.folder is not None and (kept := desk.folder / PASSWORD_FILE).exists():
        return kept.read_text().strip()
    digest = desk.record.digest(b"the password of a rehearsal")
    return "-".join(digest[start : start + 5] for start in range(0, 20, 5))


def _one_for_each_role(desk: Desk) -> Iterator[Person]:
    people = desk.workflow.partnership.people
    if not any(person.role is Role.ADMINISTRATOR for person in people.values()):
        _add_administrator(desk)
        people = desk.workflow.partnership.people
    agency = _agency(desk)
    for role in _ROLES:
        yield from [
            person
            for person in people.values()
            if person.role is role and (role.side is None or person.agency in (SCSP, agency))
        ][:1]


def _agency(desk: Desk) -> str:
    """An agency that has something to do, where there is one."""
    open_now = [one for one in places(desk.views.database) if one.kind == "escalation"]
    case = desk.workflow.escalation(open_now[0].reference) if open_now else None
    return case.agency if case else ""


def _add_administrator(desk: Desk) -> None:
    manager = _manager(desk)
    now = desk.now()
    act = AddPerson(ADMINISTRATOR, Role.ADMINISTRATOR, SCSP)
    desk.office.name({ADMINISTRATOR: ADMINISTRATORS_NAME})
    desk.workflow.do(Command(act, Actor(manager), now), now)


def _manager(desk: Desk) -> Person:
    people = desk.workflow.partnership.people.values()
    return next(person for person in people if person.role is Role.BUSINESS_MANAGER)


def _open(person: Person, password: str, desk: Desk, signing_in: SigningIn) -> None:
    ends_on = None
    if person.role is Role.AUDITOR:
        ends_on = signing_in.around.day(desk.real_now() + _AUDITORS_DAYS)
    made = signing_in.open_account(person.id, person.id, ends_on, by=_manager(desk).id)
    chosen = Password(Argon2id().hash(passwords.normal(password)))
    signing_in.book.accounts.set_password(made.account.id, chosen)
