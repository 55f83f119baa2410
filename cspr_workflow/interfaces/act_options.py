"""How an act is written on a command line: its references first, everything else as options.

Made from the declarations of the acts and read back by the same strict reader as case files, so that
nothing has to be kept in step.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from datetime import date
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from cspr_workflow import forms
from cspr_workflow.domain.acts import (
    Act,
    ActionAct,
    ClosureAct,
    EscalationAct,
    IncidentAct,
    SetAction,
)
from cspr_workflow.forms import Fault, shown
from cspr_workflow.interfaces.commands import Failed

MEANINGS = {
    "incident": "the incident's reference",
    "escalation": "the escalation's reference",
    "action": "the action's reference, the escalation's own",
    "incident_on": "the day of the incident",
    "aware_on": "the day on which the local authority became aware",
    "body": "the body",
    "commission": "whether a review is commissioned",
    "decided_by": "who decided it",
    "reasons": "the reasons",
    "reason": "the reason",
    "procedure": "the parallel procedure",
    "until": "the new target day",
    "timescale": "the timescale that is at risk",
    "agency": "the agency whose inaction is in question",
    "concern": "the concern",
    "variant": "a variant of the policy, such as an urgent one",
    "how": "how they spoke with each other",
    "said": "what was said",
    "role": "who was informed",
    "what": "what is to be done",
    "owner": "the side that owns it",
    "due": "the day by which it is due",
    "evidence": "the evidence",
    "present": "the people present",
    "outcome": "the outcome",
    "decision": "the decision",
    "releases": "actions that the decision releases",
    "sets": "actions that the decision sets, each with action, what, owner and due",
    "day": "the closure day",
}
"""What each field of an act means."""

_REFERENCES: dict[type[Act], tuple[str, ...]] = {
    IncidentAct: ("incident",),
    ActionAct: ("escalation", "action"),
    EscalationAct: ("escalation",),
    ClosureAct: ("day",),
}
_DATE = "YYYY-MM-DD"
_SETS = ("action", "owner", "due", "what")
_SETS_EXAMPLE = '"A2; agency; 2026-12-10; what is to be done"'
_METAVARS = {
    "incident": "INCIDENT",
    "timescale": "TIMESCALE",
    "agency": "AGENCY",
    "variant": "VARIANT",
    "present": "PERSON",
    "releases": "ACTION",
    "sets": '"ACTION; OWNER; DUE; WHAT"',
}
_NOTES = {
    "timescale": "`cspr policy show` names them all.",
    "present": "Give --present once for each.",
    "releases": "Give --releases once for each.",
    "sets": f"Such as {_SETS_EXAMPLE}. Give --sets once for each.",
    "day": f"Write it as {_DATE}.",
}
_COMMON = {"occurred": "--occurred", "command": "--command-id"}
"""What a sentence may begin with besides an act's own fields."""
_PLACE = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")


def references(kind: type[Act]) -> tuple[str, ...]:
    """The fields that say what an act is about; a command line has them first, without a name."""
    return next(names for base, names in _REFERENCES.items() if issubclass(kind, base))


def written(kind: type[Act], name: str) -> str:
    """A field as a command line has it: ``ESCALATION`` or ``--due``."""
    return name.upper() if name in references(kind) else f"--{name.replace('_', '-')}"


def placed(kind: type[Act], message: str) -> str:
    """A sentence that begins with a field's name, as in ``due: ...``, with the option's name instead."""
    place, colon, rest = message.partition(": ")
    match = _PLACE.fullmatch(place)
    if not colon or match is None:
        return message
    name, number, inner = match.groups()
    own = [field.name for field in fields(kind)]
    if "sets" in own and name in _SETS:
        name, inner = "sets", name
    option = written(kind, name) if name in own else _COMMON.get(name)
    if option is None:
        return message
    parts = [option, f"number {int(number) + 1}" if number else None, inner]
    return f"{', '.join(part for part in parts if part)}: {rest}"


def parameters(kind: type[Act]) -> list[inspect.Parameter]:
    """The arguments and options of an act's own fields, in their order."""
    hints = get_type_hints(kind)
    return [_parameter(kind, field, hints[field.name]) for field in fields(kind)]


def _parameter(kind: type[Act], field: Field[Any], hint: Any) -> inspect.Parameter:
    may_be_left_out = field.default is not MISSING
    typed: Any = next((arg for arg in get_args(hint) if arg not in (type(None), ...)), hint)
    info = _info(kind, field.name, typed)
    if get_origin(hint) is tuple:
        typed = list[str]
    elif typed is date:
        typed = str
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None if may_be_left_out else inspect.Parameter.empty,
        annotation=Annotated[typed | None if may_be_left_out else typed, info],
    )


def _info(kind: type[Act], name: str, typed: Any) -> Any:
    meaning = MEANINGS[name]
    sentences = [f"{meaning[0].upper()}{meaning[1:]}.", _NOTES.get(name, "")]
    if typed is SetAction or (typed is str and _is_text(kind, name)):
        sentences.append("Do not name the child.")
    help_text = " ".join(filter(None, sentences))
    option = written(kind, name)
    if name in references(kind):
        return typer.Argument(metavar=option, help=help_text)
    if typed is bool:
        option += f"/--no-{option[2:]}"
    metavar = _DATE if typed is date else _METAVARS.get(name, "TEXT" if typed is str else None)
    return typer.Option(option, metavar=metavar, help=help_text)


def _is_text(kind: type[Act], name: str) -> bool:
    """Whether a field is in somebody's own words, not a reference, an id or a word of the policy."""
    return name not in _METAVARS and name not in references(kind)


def read_act(kind: type[Act], given: Mapping[str, Any]) -> Act:
    """An act from what its command line gave. Raises :class:`Failed`, naming each option at fault."""
    faults: list[Fault] = []
    plain = {name: value for name, value in given.items() if value is not None}
    if "sets" in plain:
        plain["sets"] = list(_set_actions(plain["sets"], faults))
    act: Act | None = forms.read(kind, plain, "", faults)
    if act is None or faults:
        raise Failed(*(placed(kind, str(fault)) for fault in faults))
    return act


def _set_actions(written_ones: list[str], faults: list[Fault]) -> Iterator[dict[str, str]]:
    for number, one in enumerate(written_ones):
        parts = [part.strip() for part in one.split(";", len(_SETS) - 1)]
        if len(parts) == len(_SETS):
            yield dict(zip(_SETS, parts, strict=True))
        else:
            text = f"{shown(one)} has {len(parts)} of 4 parts; write it as {_SETS_EXAMPLE}"
            faults.append(Fault(f"sets[{number}]", text))
