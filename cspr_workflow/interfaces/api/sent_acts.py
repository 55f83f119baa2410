"""Reading what a program sends to have an act recorded, as strictly as a case file, every fault named."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from cspr_workflow import forms
from cspr_workflow.application.casefile_acts import read_moment, unknown_fields
from cspr_workflow.domain.acts import Act, AddPerson
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.people import Means
from cspr_workflow.forms import Fault, Wrong, shown
from cspr_workflow.interfaces.api.answers import Faulty

_MISSING = "this field is missing"
COMMON_MEANINGS: Mapping[str, str] = {
    "command": "an id of your own for this act: the same id again records nothing and gives the same answer",
    "occurred": "when it happened; now, if left out",
    "on_behalf_of_agency": "whether it is the agency's answer that you record; with `means`",
    "means": "how the agency's answer came; with `on_behalf_of_agency`",
    "accept_warnings": "whether to record it although a text looks as if it says who the child is",
    "seen": "the version of the case that you looked at: where there is more by now, it is refused",
    "preview": "whether to say only what would be recorded, and store nothing",
    "name": "the person's name, as screens show it; it stands in the directory beside the record",
}
"""What the fields mean that acts have besides their own."""


@dataclass(frozen=True, slots=True)
class Common:
    """What is sent with an act besides its own fields, as it is written."""

    command: str
    occurred: str | None = None
    on_behalf_of_agency: bool = False
    means: Means | None = None
    accept_warnings: bool = False
    seen: int | None = None
    preview: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """An act that was sent, good in form; ``occurred`` is ``None`` where it happened just now."""

    act: Act
    common: Common
    command: UUID
    occurred: datetime | None


def common_fields(kind: type[Act]) -> list[str]:
    """The fields that an act of this kind can be sent with, besides its own."""
    left_out = set() if kind.dated else {"occurred"}
    left_out |= set() if kind.reportable else {"on_behalf_of_agency", "means"}
    left_out |= set() if kind is AddPerson else {"name"}
    return [field.name for field in fields(Common) if field.name not in left_out]


def read_sent(kind: type[Act], body: bytes, civil: CivilTime) -> Sent:
    """An act from what was sent. Raises :class:`Faulty` with everything that is wrong with it."""
    data = _object(body)
    faults: list[Fault] = []
    own, beside = [field.name for field in fields(kind)], common_fields(kind)
    unknown_fields(data, "", [*own, *beside], faults)
    act: Act | None = forms.read(kind, {k: data[k] for k in own if k in data}, "", faults)
    common: Common | None = forms.read(
        Common, {k: data[k] for k in beside if k in data}, "", faults
    )
    if act is None or common is None or faults:
        raise Faulty(faults)
    faults += _beyond_form(kind, common)
    faults += [Fault(place, forms.CANNOT_BE_STORED) for place in _with_nul(act, common)]
    command = _read(_uuid, common.command, "command", faults)
    occurred = None
    if common.occurred is not None:
        occurred = _read(lambda one: read_moment(one, civil), common.occurred, "occurred", faults)
    if faults or command is None:
        raise Faulty(faults)
    return Sent(act, common, command, occurred)


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body.decode(), object_pairs_hook=_pairs, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise Faulty([Fault("", "this is not a text in UTF-8")]) from error
    except (ValueError, RecursionError) as error:
        raise Faulty([Fault("", f"this is not JSON: {error}")]) from error
    if not isinstance(data, dict):
        raise Faulty([Fault("", f"{shown(data)} is not an object with the fields of an act")])
    return data


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field stands twice in one object")
    return found


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON value")


def _beyond_form(kind: type[Act], common: Common) -> Iterator[Fault]:
    if common.on_behalf_of_agency and common.means is None:
        yield Fault("means", f"{_MISSING}: how the agency answered")
    if common.means is not None and not common.on_behalf_of_agency:
        yield Fault("on_behalf_of_agency", "has to be true where means is given")
    if common.seen is not None and common.seen < 0:
        yield Fault("seen", f"{common.seen} is not the version of a case")
    if kind is AddPerson and common.name is None:
        yield Fault("name", _MISSING)


def _with_nul(act: Act, common: Common) -> Iterator[str]:
    """The fields that hold a character which ends a text for many programs."""
    for field, value in {**forms.plain(act), "name": common.name}.items():
        if any("\0" in text for text in _texts(value)):
            yield field


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _read(check: Any, value: str, place: str, faults: list[Fault]) -> Any:
    try:
        return check(value)
    except Wrong as wrong:
        faults.append(Fault(place, str(wrong)))
        return None


def _uuid(written: str) -> UUID:
    try:
        found = UUID(written)
    except ValueError:
        found = None
    if found is None or str(found) != written.lower():
        raise Wrong(f"{shown(written)} is not a UUID such as 0e0b6f4c-8f0e-4f5b-9d3a-5a6f0c2b7d11")
    return found
