"""What a person can do about a case now, and for the rest why not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cspr_workflow.domain import possible
from cspr_workflow.domain.acts import ActionAct, RaiseEscalation, RecordAction
from cspr_workflow.domain.people import Person
from cspr_workflow.domain.policy import Policy
from cspr_workflow.domain.reading import Desk, desk_of
from cspr_workflow.interfaces.asking import Known
from cspr_workflow.interfaces.web import address, wording

_PART_IN_IT = frozenset({Desk.UNIT, Desk.AGENCY})


@dataclass(frozen=True, slots=True)
class Offer:
    """An act: the address of its form, and ``why_not`` where it cannot be done now."""

    title: str
    path: str
    why_not: str | None
    on_behalf: bool


def offers(
    known: Known, person: Person, in_force: Policy, action: str | None = None
) -> Sequence[Offer]:
    """The acts about a case, or about one of its actions, in the order of the process.

    ``on_behalf`` marks what this person can only record on behalf of the agency. A raising goes by the
    policy ``in_force``, everything else by the case's own.
    """
    if desk_of(person) not in _PART_IN_IT:
        return []
    place = address.case_path(known.case)
    found = [
        replace(one, why_not=possible.why_not(one.kind, person, known.after, in_force))
        if one.kind is RaiseEscalation
        else one
        for one in possible.possible(person, known.after, known.policy, action=action)
    ]
    return [
        Offer(
            wording.TITLES[one.kind.name],
            address.act_path(place, one.kind.name, action),
            None if one.may_on_behalf else one.why_not,
            one.why_not is not None and one.may_on_behalf,
        )
        for one in found
        if action is not None or not issubclass(one.kind, ActionAct) or one.kind is RecordAction
    ]
