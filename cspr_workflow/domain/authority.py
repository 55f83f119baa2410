"""Who may do what. Anything that the policy does not allow is refused."""

from cspr_workflow.domain.acts import Act, Command
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.people import SCSP, Person, Role, Side, called
from cspr_workflow.domain.policy import Policy


def check_who(policy: Policy, command: Command, agency: str | None = None) -> None:
    """Refuse a person whose role, agency or side may not do this act.

    ``agency`` is the agency in question, for an act on an escalation. Acts that the policy leaves to
    the stage (a meeting, the closing) are checked by :func:`check_stage_role` as well.
    """
    person, act = command.by.person, command.act
    if person.role is Role.AUDITOR:
        raise _not_permitted(person, act, "an auditor reads everything and records nothing")
    if command.by.means is not None:
        if person.role not in policy.on_behalf or not act.reportable:
            raise _not_permitted(
                person, act, f"on behalf of the agency only {_roles(policy.on_behalf)} can"
            )
        return
    who = policy.acts[act.name].who
    if person.role.side is Side.AGENCY and agency is not None and person.agency != agency:
        raise _not_permitted(person, act, f"this escalation concerns {agency}, not {person.agency}")
    sides = {"either_side": True, "agency_side": person.role.side is Side.AGENCY, "by_stage": True}
    if person.role not in who and not any(sides.get(word, False) for word in who):
        if "agency_side" in who:
            by_report = f"only the agency in question can; {_roles(policy.on_behalf)} can record it on its behalf"
            raise _not_permitted(
                person, act, by_report if act.reportable else "only the agency can"
            )
        raise _not_permitted(person, act, f"only {_roles(who)} can")


def check_stage_role(person: Person, act: Act, allowed: tuple[Role, ...]) -> None:
    """Refuse a person whose role may not do this in the present stage."""
    if person.role not in allowed:
        raise stage_role_refusal(person, act, allowed)


def stage_role_refusal(person: Person, act: Act, allowed: tuple[Role, ...]) -> Refusal:
    """The refusal of a role that may not do this in the present stage."""
    return _not_permitted(person, act, f"in this stage only {_roles(allowed)} can")


def check_no_conflict(policy: Policy, command: Command, escalation: Escalation) -> None:
    """Refuse a partnership role that is employed by the agency in question."""
    person = command.by.person
    if (
        command.act.name in policy.conflict_of_interest
        and person.role.side is Side.SCSP
        and person.agency == escalation.agency
    ):
        raise Refusal(
            Code.CONFLICT_OF_INTEREST,
            f"{person.id} is employed by {escalation.agency}, the agency in question: "
            "another holder of this role has to do it.",
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


def _not_permitted(person: Person, act: Act, why: str) -> Refusal:
    return Refusal(
        Code.NOT_PERMITTED,
        f"{person.id} ({person.role.called}) may not {act.name.replace('_', ' ')}: {why}.",
    )


def _roles(who: tuple[str, ...]) -> str:
    return " or ".join(map(called, who))
