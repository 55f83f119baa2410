"""The fields of an act's form, made from the act's declaration and from the case that it is about."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from enum import Enum, StrEnum
from typing import Any, get_args, get_origin, get_type_hints

from cspr_workflow.domain.acts import (
    Act,
    RaiseEscalation,
    RecordAction,
    ReportIncident,
    SetAction,
)
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.people import SCSP, Side, called
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.sentences import day, words
from cspr_workflow.interfaces.web import wording
from projections.board import newest_reference

SET_ROWS = 4
"""How many actions a decision's form can set; another decision's form follows for more."""


class Kind(StrEnum):
    """How a field is filled in."""

    LINE = "line"
    TEXT = "text"
    DATE = "date"
    ONE_OF = "one_of"
    SOME_OF = "some_of"
    ACTIONS = "actions"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a field, as people read it."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; ``may_be_left_out`` where it need not be filled in."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    may_be_left_out: bool = False
    choices: Sequence[Choice] = ()
    suggested: str = ""

    @property
    def options(self) -> list[tuple[str, str, str]]:
        """The choices as the templates take them."""
        return [(one.value, one.label, one.hint) for one in self.choices]


@dataclass(frozen=True, slots=True)
class About:
    """What an act is about: the case as it will stand once what is due is recorded, and the action."""

    asking: Asking
    case: Case | None = None
    action: str | None = None

    @property
    def given(self) -> dict[str, str]:
        """The fields that follow from the page on which the form stands."""
        found = {}
        if isinstance(self.case, Incident):
            found["incident"] = self.case.reference
        if isinstance(self.case, Escalation):
            found["escalation"] = self.case.reference
        if self.action is not None:
            found["action"] = self.action
        return found


_LINES = frozenset(
    {"incident", "escalation", "action", "body", "decided_by", "procedure", "person", "agency"}
)


_ONLY_CHOSEN = frozenset({"variant"})
"""What there is only to choose: without choices, it is not asked."""


def fields_of(kind: type[Act], about: About) -> list[Field]:
    """The fields of an act's form, in their order."""
    return list(_fields(kind, about))


def _fields(kind: type[Act], about: About) -> Iterator[Field]:
    hints = get_type_hints(kind)
    for one in fields(kind):
        if one.name in about.given:
            continue
        hint = hints[one.name]
        said = wording.field(kind.name, one.name)
        choices = _choices(kind, one.name, hint, about)
        if one.name in _ONLY_CHOSEN and not choices:
            continue
        yield Field(
            one.name,
            _kind(one.name, hint, choices),
            said.label,
            said.hint,
            one.default is not MISSING,
            choices or (),
            _suggested(kind, one.name, about),
        )


def _typed(hint: Any) -> Any:
    """The type of a value, whether it may be left out or there may be several."""
    return next((arg for arg in get_args(hint) if arg not in (type(None), ...)), hint)


def _kind(name: str, hint: Any, choices: Sequence[Choice] | None) -> Kind:
    typed = _typed(hint)
    if typed is SetAction:
        return Kind.ACTIONS
    if get_origin(hint) is tuple:
        return Kind.SOME_OF
    if choices is not None:
        return Kind.ONE_OF
    if typed is date:
        return Kind.DATE
    return Kind.LINE if name in _LINES else Kind.TEXT


# --- What there is to choose from ----------------------------------------------------------------


def _choices(kind: type[Act], name: str, hint: Any, about: About) -> Sequence[Choice] | None:
    typed = _typed(hint)
    if typed is bool:
        return (Choice("yes", "Yes"), Choice("no", "No"))
    if isinstance(typed, type) and issubclass(typed, Enum):
        return [Choice(one.value, _called(one, about)) for one in typed]
    if kind.name == "withdraw_closure" and name == "day":
        return _closures(about)
    source = _SOURCES.get((kind.name, name)) or _SOURCES.get(("", name))
    return None if source is None else source(about)


def _called(value: Enum, about: About) -> str:
    if isinstance(value, Side):
        if value is Side.SCSP or not isinstance(about.case, Escalation):
            return "SCSP" if value is Side.SCSP else "The agency"
        return about.case.agency
    told = called(str(value))
    return f"{told[0].upper()}{told[1:]}"


def _timescales(about: About) -> Sequence[Choice]:
    policy = about.asking.teller().policy
    case = about.case
    return [
        Choice(one.id, f"{one.clause} {one.name}", _last_day(case, one.id))
        for one in policy.timescales
    ]


def _last_day(case: Case | None, timescale: str) -> str:
    running = case.timescale(timescale) if isinstance(case, Incident) else None
    if running is None:
        return ""
    last = f", last day {day(running.deadline.last_day)}" if running.deadline else ""
    return f"{words(running.state).capitalize()}{last}"


def _agencies(about: About) -> Sequence[Choice]:
    known = {person.agency for person in about.asking.partnership.people.values()} - {SCSP}
    return [Choice(one, one) for one in sorted(known)]


def _variants(about: About) -> Sequence[Choice] | None:
    policy = about.asking.teller().policy
    if not policy.variants:
        return None
    first = policy.opening(None).name
    return [
        Choice("", f"No, it starts with {first}"),
        *(
            Choice(name, f"{words(name).capitalize()}: it starts with {policy.opening(name).name}")
            for name in policy.variants
        ),
    ]


def _people(about: About) -> Sequence[Choice]:
    asking = about.asking
    return [
        Choice(id, asking.teller().person(person))
        for id, person in sorted(asking.partnership.people.items(), key=lambda one: one[0])
        if person.role.side is not None
    ]


def _open_actions(about: About) -> Sequence[Choice]:
    case = about.case
    if not isinstance(case, Escalation):
        return []
    return [
        Choice(
            one.reference, f"{one.reference}: {about.asking.desk.workflow.opened(one.shown.what)}"
        )
        for one in case.actions.values()
        if one.outstanding and not one.released
    ]


def _closures(about: About) -> Sequence[Choice]:
    partnership = about.asking.partnership
    calendar = partnership.rules(about.asking.teller().policy).calendar
    return [
        Choice(one.isoformat(), day(one))
        for one in sorted(calendar.closures)
        if one > about.asking.today
    ]


_SOURCES: Mapping[tuple[str, str], Callable[[About], Sequence[Choice] | None]] = {
    ("", "timescale"): _timescales,
    ("raise_escalation", "agency"): _agencies,
    ("", "variant"): _variants,
    ("", "present"): _people,
    ("remove_person", "person"): _people,
    ("", "releases"): _open_actions,
}


# --- What a field begins with --------------------------------------------------------------------


def _suggested(kind: type[Act], name: str, about: About) -> str:
    """A reference that is free, for what gets a new one."""
    if kind is RecordAction and name == "action" and isinstance(about.case, Escalation):
        taken = about.case.actions
        return next(f"A{n}" for n in range(1, len(taken) + 2) if f"A{n}" not in taken)
    if (kind, name) == (ReportIncident, "incident"):
        return _next_reference("incident", about.asking)
    if (kind, name) == (RaiseEscalation, "escalation"):
        return _next_reference("escalation", about.asking)
    return ""


def _next_reference(kind: str, asking: Asking) -> str:
    """The newest reference of a kind, counted on by one; empty where there is none that counts."""
    newest = newest_reference(asking.database, kind)
    counts = _COUNTS.fullmatch(newest or "")
    if counts is None:
        return ""
    before, number = counts.groups()
    return f"{before}{int(number) + 1:0{len(number)}d}"


_COUNTS = re.compile(r"(.*?)([0-9]{1,9})", re.ASCII)
