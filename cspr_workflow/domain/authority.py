"""Who may do what. Anything that the policy does not allow is refused.

Every check takes the kind of an act, not one with its fields: what a person may do is known before
anybody fills in a form (:mod:`cspr_workflow.domain.possible`).
"""

from collections.abc import Mapping

from cspr_workflow.domain.acts import Act
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.people import SCSP, Actor, Person, Role, Side, called
from cspr_workflow.domain.policy import Policy

_NO_PART_IN_CASES: Mapping[Role, str] = {
    Role.AUDITOR: "an auditor reads everything and records nothing",
    Role.ADMINISTRATOR: "an administrator keeps the register of people and takes no part in any case",
}


def check_takes_part(
    person: Person, people: Mapping[str, Person], left: Mapping[str, Person]
) -> None:
    """Refuse somebody who does not take part, or not in this role and agency.

    ``people`` are those who take part now, ``left`` those who took part before.
    """
    here = people.get(person.id)
    if here == person:
        return
    if here is not None:
        raise Refusal(
            Code.NOT_PERMITTED,
            f"by: {person.id} takes part as {here.role.called} of {here.agency}, not as "
            f"{person.role.called} of {person.agency}.",
        )
    if person.id in left:
        raise Refusal(
            Code.NOT_PERMITTED,
            f"by: {person.id} no longer takes part in the partnership; somebody who does has to do it.",
        )
    raise Refusal(
        Code.NOT_PERMITTED,
        f"by: nobody by the id {person.id} takes part in the partnership; add the person first.",
    )


def check_who(policy: Policy, kind: type[Act], by: Actor, agency: str | None = None) -> None:
    """Refuse a person whose role, agency or side may not do this act.

    ``agency`` is the agency in question, for an act on an escalation. Acts that the policy leaves to
    the stage (a meeting, the closing) are checked by :func:`check_stage_role` as well.
    """
    person = by.person
    if person.role in _NO_PART_IN_CASES:
        raise not_permitted(person, kind, _NO_PART_IN_CASES[person.role])
    if by.means is not None:
        if person.role not in policy.on_behalf or not kind.reportable:
            raise not_permitted(
                person, kind, f"on behalf of the agency only {_roles(policy.on_behalf)} can"
            )
        return
    who = policy.acts[kind.name].who
    if person.role.side is Side.AGENCY and agency is not None and person.agency != agency:
        raise not_permitted(person, kind, f"this escalation concerns {agency}, not {person.agency}")
    sides = {"either_side": True, "agency_side": person.role.side is Side.AGENCY, "by_stage": True}
    if person.role not in who and not any(sides.get(word, False) for word in who):
        if "agency_side" in who:
            by_report = f"only the agency in question can; {_roles(policy.on_behalf)} can record it on its behalf"
            raise not_permitted(
                person, kind, by_report if kind.reportable else "only the agency can"
            )
        raise not_permitted(person, kind, f"only {_roles(who)} can")


def check_stage_role(person: Person, kind: type[Act], allowed: tuple[Role, ...]) -> None:
    """Refuse a person whose role may not do this in the present stage."""
    if person.role not in allowed:
        raise stage_role_refusal(person, kind, allowed)


def stage_role_refusal(person: Person, kind: type[Act], allowed: tuple[Role, ...]) -> Refusal:
    """The refusal of a role that may not do this in the present stage."""
    return not_permitted(person, kind, f"in this stage only {_roles(allowed)} can")


def check_no_conflict(
    policy: Policy, kind: type[Act], person: Person, escalation: Escalation
) -> None:
    """Refuse a partnership role that is employed by the agency in question."""
    if (
        kind.name in policy.conflict_of_interest
        and person.role.side is Side.SCSP
        and person.agency == escalation.agency
    ):
        employed = f"employed by {escalation.agency}, the agency in question"
        another = "another holder of this role has to do it."
        raise Refusal(
            Code.CONFLICT_OF_INTEREST,
            f"{person.id} is {employed}: {another}",
            f"You are {employed}: {another}",
        )


def check_agency(agency: str, known: frozenset[str]) -> None:
    """Refuse an escalation against the partnership itself or an agency that nobody belongs to."""
    if agency == SCSP:
        raise Refusal(
            Code.UNKNOWN_AGENCY,
            "agency: the partnership cannot be escalated against; name an agency.",
        )
    if agency not in known:
        others = ", ".join(sorted(known - {SCSP})) or "none"
        raise Refusal(
            Code.UNKNOWN_AGENCY, f"agency: nobody of {agency!r} takes part; known are {others}."
        )


def not_permitted(person: Person, kind: type[Act], why: str) -> Refusal:
    """The refusal of a person who may not do an act; ``why`` goes on after a colon."""
    return Refusal(
        Code.NOT_PERMITTED,
        f"{person.id} ({person.role.called}) may not {kind.name.replace('_', ' ')}: {why}.",
        f"{why[0].upper()}{why[1:]}.",
    )


def _roles(who: tuple[str, ...]) -> str:
    return " or ".join(map(called, who))
