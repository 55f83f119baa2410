"""Keeping the register and the record: who takes part, bank holidays, corrections.

These acts are no part of the written process and have no clause; the rule of who may do them is ours.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cspr_workflow.domain import acts
from cspr_workflow.domain.authority import not_permitted
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.deciding import Occasion, wrong_state
from cspr_workflow.domain.entries import CLOCK, Entry
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.partnership import (
    BankHolidayAnnounced,
    BankHolidayCancelled,
    HorizonMoved,
    Partnership,
    PersonJoined,
    PersonLeft,
)
from cspr_workflow.domain.people import SCSP, Person, Role, Side

WHO: Mapping[type[acts.KeepingAct], tuple[Role, ...]] = {
    acts.AddPerson: (Role.BUSINESS_MANAGER, Role.ADMINISTRATOR),
    acts.RemovePerson: (Role.BUSINESS_MANAGER, Role.ADMINISTRATOR),
    acts.UpdateBankHolidays: (Role.BUSINESS_MANAGER,),
    acts.Correct: (Role.CSPR_OFFICER, Role.BUSINESS_MANAGER),
}
"""Who may do what keeps the register and the record."""
YEARS_AHEAD = 100
"""Bank holidays are announced a few years ahead; a list that knows more than this many is none."""


def decide_keeping(partnership: Partnership, occasion: Occasion) -> tuple[Entry, ...]:
    """The entries that an act of keeping brings about, or a refusal that says why not."""
    act = occasion.command.act
    assert isinstance(act, acts.KeepingAct)
    check_keeper(type(act), occasion.command.by.person)
    return _DECIDE[type(act)](partnership, act, occasion)


def check_keeper(kind: type[acts.KeepingAct], person: Person) -> None:
    """Refuse a person whose role does not keep this part of the register or the record."""
    allowed = WHO[kind]
    if person.role not in allowed:
        raise not_permitted(
            person, kind, f"only {' or '.join(role.called for role in allowed)} can"
        )


def check_person(role: Role, agency: str) -> str | None:
    """What is wrong with a role at an agency, or ``None``."""
    if role.side is Side.AGENCY and agency == SCSP:
        return f"the role {role} is never of the agency {SCSP}"
    if role is Role.ADMINISTRATOR and agency != SCSP:
        return f"the role {role} is always of the agency {SCSP}"
    return None


def _add_person(
    partnership: Partnership, act: acts.AddPerson, occasion: Occasion
) -> tuple[Entry, ...]:
    if act.person in partnership.people or act.person in partnership.left:
        raise Refusal(
            Code.DUPLICATE_REFERENCE, f"person: {act.person} is in use already; choose another id."
        )
    if act.person == CLOCK:
        raise Refusal(Code.INVALID, f"person: {CLOCK} means the clock itself; choose another id.")
    for field, text in (("person", act.person), ("agency", act.agency)):
        if not text or text != text.strip():
            raise Refusal(
                Code.INVALID, f"{field}: may not be empty, nor begin or end with a space."
            )
    if wrong := check_person(act.role, act.agency):
        raise Refusal(Code.INVALID, f"agency: {wrong}.")
    return (occasion.entry(PersonJoined(act.person, act.role, act.agency)),)


def _remove_person(
    partnership: Partnership, act: acts.RemovePerson, occasion: Occasion
) -> tuple[Entry, ...]:
    person = partnership.people.get(act.person)
    if person is None:
        raise Refusal(Code.NOT_FOUND, f"person: there is nobody by the id {act.person}.")
    managers = [one for one in partnership.people.values() if one.role is Role.BUSINESS_MANAGER]
    if managers == [person]:
        raise wrong_state(
            f"person: {act.person} is the only {person.role.called}; add another one first."
        )
    return (occasion.entry(PersonLeft(act.person)),)


def _update(_: Partnership, act: acts.UpdateBankHolidays, occasion: Occasion) -> tuple[Entry, ...]:
    known = occasion.calendar.bank_holidays
    furthest = occasion.now.year + YEARS_AHEAD
    if act.known_to > furthest:
        raise Refusal(
            Code.INVALID,
            f"known_to: no bank holidays are known up to {act.known_to}; the furthest year is {furthest}.",
        )
    changed = [holiday.day for holiday in (*act.announced, *act.cancelled)]
    if twice := next((day for place, day in enumerate(changed) if day in changed[:place]), None):
        raise Refusal(Code.INVALID, f"announced, cancelled: {twice} is named twice.")
    facts: list[Any] = []
    for holiday in act.announced:
        if why := occasion.calendar.why_not(holiday.day, closures=False):
            raise Refusal(
                Code.INVALID, f"announced: {holiday.day} is no working day already: {why}."
            )
        facts.append(BankHolidayAnnounced(holiday.day, holiday.name))
    for holiday in act.cancelled:
        if holiday.day not in known:
            raise Refusal(Code.NOT_FOUND, f"cancelled: {holiday.day} is no bank holiday.")
        facts.append(BankHolidayCancelled(holiday.day, holiday.name))
    if act.known_to > occasion.calendar.known_to:
        facts.append(HorizonMoved(act.source, act.known_to))
    if not facts:
        raise wrong_state(
            "The partnership's bank holidays are up to date: there is nothing to change."
        )
    return tuple(occasion.entry(fact) for fact in facts)


def _correct(_: Partnership, act: acts.Correct, occasion: Occasion) -> tuple[Entry, ...]:
    return (occasion.entry(Corrected(act.event, act.says)),)


_DECIDE: dict[type[acts.KeepingAct], Callable[[Partnership, Any, Occasion], tuple[Entry, ...]]] = {
    acts.AddPerson: _add_person,
    acts.RemovePerson: _remove_person,
    acts.UpdateBankHolidays: _update,
    acts.Correct: _correct,
}
