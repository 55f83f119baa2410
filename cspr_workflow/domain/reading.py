"""Who may read what. It follows from the role, and rests on no clause: the written process is silent.

An escalation says why an agency is thought to have failed a review, in its own words and others'. So an
agency reads those that concern it and no other's, and whoever looks after people and accounts reads none.
"""

from collections.abc import Mapping
from enum import StrEnum

from cspr_workflow.domain.acts import AddPerson
from cspr_workflow.domain.keeping import WHO
from cspr_workflow.domain.people import Person, Role, Side


class Desk(StrEnum):
    """The desk that a person works at: what is laid out there for reading."""

    UNIT = "unit"
    """The partnership's own roles run the process, and see all of it."""
    AGENCY = "agency"
    """An agency's roles see the escalations that concern their agency, and what was agreed there."""
    AUDITOR = "auditor"
    """An auditor reads everything and records nothing."""
    ADMINISTRATOR = "administrator"
    """An administrator keeps people and accounts, and reads no case."""


_OF_SIDE: Mapping[Side, Desk] = {Side.SCSP: Desk.UNIT, Side.AGENCY: Desk.AGENCY}
_READS_EVERYTHING = frozenset({Desk.UNIT, Desk.AUDITOR})


def desk_of(person: Person) -> Desk:
    """The desk that goes with a person's role.

    It is the role that counts, not the employer: a chair whom an agency employs works at the unit's
    desk, and is kept from acting on that agency's escalations instead (conflict of interest).
    """
    side = person.role.side
    if side is not None:
        return _OF_SIDE[side]
    return Desk.AUDITOR if person.role is Role.AUDITOR else Desk.ADMINISTRATOR


def may_read_everything(person: Person) -> bool:
    """Whether somebody may read what spans the partnership: registers, times, every history.

    For the unit, which answers for it, and auditors. It sets agencies side by side, so none of them.
    """
    return desk_of(person) in _READS_EVERYTHING


def may_read_incidents(person: Person) -> bool:
    """Whether somebody may read incidents and how their reviews stand.

    For the unit and auditors. An incident names every agency that was escalated on it; what an agency
    has to know of it stands in its own escalation.
    """
    return may_read_everything(person)


def may_read_escalation(person: Person, agency_in_question: str) -> bool:
    """Whether somebody may read an escalation, with its actions and its history.

    The unit and auditors may read every one, an agency's people those that concern their agency.
    """
    if desk_of(person) is Desk.AGENCY:
        return person.agency == agency_in_question
    return may_read_everything(person)


def may_keep_register(person: Person) -> bool:
    """Whether somebody may keep the register of people: who takes part, and their accounts.

    Whoever may record that somebody joins (:data:`cspr_workflow.domain.keeping.WHO`): nothing else
    decides it, so that no account is given by those who could not have added the person.
    """
    return person.role in WHO[AddPerson]
