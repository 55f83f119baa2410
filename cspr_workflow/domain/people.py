"""Who takes part: the two sides, the roles that act for them, and a person in a role."""

from dataclasses import dataclass
from enum import StrEnum

SCSP = "scsp"
"""The partnership itself, as the agency of those whom it employs."""


class Side(StrEnum):
    """The two sides of an escalation; each keeps its own record of an agreed action."""

    SCSP = "scsp"
    AGENCY = "agency"

    @property
    def called(self) -> str:
        """The side as people write it."""
        return "SCSP" if self is Side.SCSP else "the agency"

    @property
    def other(self) -> "Side":
        return Side.AGENCY if self is Side.SCSP else Side.SCSP


class Role(StrEnum):
    """A part in the process. A role can be held by several people: a deputy holds it too."""

    CSPR_OFFICER = "cspr_officer"
    BUSINESS_MANAGER = "business_manager"
    SUBGROUP_CHAIR = "subgroup_chair"
    SCSP_CHAIR = "scsp_chair"
    AGENCY_REPRESENTATIVE = "agency_representative"
    PARTNERSHIP_REPRESENTATIVE = "partnership_representative"
    SERVICE_LEAD = "service_lead"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def called(self) -> str:
        """The role as people write it."""
        return _TITLES[self]

    @property
    def side(self) -> Side | None:
        """The side that the role acts for; ``None`` for those who take no part in a case.

        An auditor reads everything and records nothing; an administrator keeps the register.
        """
        return _SIDE.get(self)


_TITLES = {
    Role.CSPR_OFFICER: "CSPR Officer",
    Role.BUSINESS_MANAGER: "Business Manager",
    Role.SUBGROUP_CHAIR: "SLPR subgroup chair",
    Role.SCSP_CHAIR: "SCSP Chair",
    Role.AGENCY_REPRESENTATIVE: "representative on the SLPR subgroup",
    Role.PARTNERSHIP_REPRESENTATIVE: "representative on the SCSP",
    Role.SERVICE_LEAD: "service lead",
    Role.AUDITOR: "auditor",
    Role.ADMINISTRATOR: "administrator",
}
_SIDE = {
    Role.CSPR_OFFICER: Side.SCSP,
    Role.BUSINESS_MANAGER: Side.SCSP,
    Role.SUBGROUP_CHAIR: Side.SCSP,
    Role.SCSP_CHAIR: Side.SCSP,
    Role.AGENCY_REPRESENTATIVE: Side.AGENCY,
    Role.PARTNERSHIP_REPRESENTATIVE: Side.AGENCY,
    Role.SERVICE_LEAD: Side.AGENCY,
}


_ROLES = frozenset(Role)


class Means(StrEnum):
    """How people spoke with each other, or how an agency's answer reached the business unit."""

    CALL = "call"
    MEETING = "meeting"
    EMAIL = "e-mail"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Person:
    """A person in a role, by an opaque id; the name lives in a directory outside the record."""

    id: str
    role: Role
    agency: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who recorded something: a person, and by which means where it was on the agency's behalf."""

    person: Person
    means: Means | None = None

    @property
    def side(self) -> Side | None:
        """The side that this act counts for; a report counts as the agency's own."""
        return Side.AGENCY if self.means else self.person.role.side


def called(word: str) -> str:
    """A role, or another fixed word of the process, as people write it."""
    return Role(word).called if word in _ROLES else word.replace("_", " ")
