"""Every type of fact that the record can hold, by its stable name, and its bytes.

A stored type is never changed: a new version gets a new name and an upcaster. An unknown type or a
missing field is an error, never skipped. There is one canonical form of bytes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NoReturn, TypeVar, get_args, get_type_hints

from cspr_workflow import forms
from cspr_workflow.domain import actions, corrections, escalation_facts, incident, partnership
from cspr_workflow.domain.entries import Entry, Fact, Imported
from cspr_workflow.domain.people import Actor, Means, Person, Side
from cspr_workflow.domain.texts import SealedText, free_fields
from cspr_workflow.restore import Unrestorable, moment, number, restored, text

T = TypeVar("T")

_MODULES = (partnership, incident, escalation_facts, actions, corrections)


def _facts() -> Iterator[type[Fact]]:
    for module in _MODULES:
        for value in vars(module).values():
            concrete = isinstance(value, type) and issubclass(value, Fact) and "type" in vars(value)
            if concrete and value.__module__ == module.__name__:
                yield value


FACTS: dict[str, type[Fact]] = {fact.type: fact for fact in _facts()}
"""Every stored type by its name."""


class UnknownType(Exception):
    """The record holds a type that this version of the program does not know."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is written of every entry beside its fact and the fact's type."""

    occurred: datetime
    recorded: datetime
    clause: str
    policy: str
    calendar: int
    by: Person | None = None
    on_behalf_of: Side | None = None
    means: Means | None = None
    imported: Imported | None = None


def encode(entry: Entry) -> dict[str, Any]:
    """An entry as plain data."""
    data = {
        "occurred": forms.plain(entry.occurred),
        "recorded": forms.plain(entry.recorded),
        "clause": entry.clause,
        "policy": entry.policy,
        "calendar": entry.calendar,
        "type": entry.fact.type,
        "fact": forms.plain(entry.fact),
    }
    if entry.by is not None:
        data["by"] = forms.plain(entry.by.person)
        if entry.by.means is not None:
            data["on_behalf_of"] = _AGENCY
            data["means"] = entry.by.means.value
    if entry.imported is not None:
        data["imported"] = forms.plain(entry.imported)
    return data


def decode(data: Mapping[str, Any], event: str = "") -> Entry:
    """An entry from plain data; ``event`` is the event's id, for the texts that are sealed.

    Where the entry stands in the record (:data:`PLACE`) may stand beside it.
    Raises :class:`UnknownType` or ``forms.Unusable``.
    """
    name = data.get("type")
    kind = FACTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise UnknownType(f"the record holds {name!r}, which this version does not know")
    content = _standing_in(kind, data.get("fact"), event)
    return _outside(data, _strictly(kind, content, kind.type)) or _named_faults(data, kind)


PLACE = ("id", "stream", "version", "position", "command")
"""What is written of an event beside its entry: where it stands in the record."""
_AGENCY = Side.AGENCY.value
_BESIDE = frozenset((*PLACE, "type", "fact"))
_WRITTEN = _BESIDE | {field.name for field in fields(Envelope)}


_always = itemgetter("occurred", "recorded", "clause", "policy", "calendar")


def _outside(data: Mapping[str, Any], fact: Fact) -> Entry | None:
    """The entry around a fact, or ``None`` where something is not as it is written."""
    by, means, imported = data.get("by"), data.get("means"), data.get("imported")
    try:
        reported = _AGENCY if means else None
        if not data.keys() <= _WRITTEN or data.get("on_behalf_of") != reported:
            return None
        occurred, recorded, clause, policy, calendar = _always(data)
        return Entry(
            fact,
            moment(occurred),
            moment(recorded),
            _actor(**by, means=means) if by is not None else None,
            text(clause),
            text(policy),
            number(calendar),
            restored(Imported, imported) if imported is not None else None,
        )
    except (KeyError, TypeError, ValueError, Unrestorable):
        return None


@lru_cache(maxsize=4096)
def _actor(id: str, role: str, agency: str, means: str | None) -> Actor:
    person = restored(Person, {"id": id, "role": role, "agency": agency})
    return Actor(person, restored(Means, means) if means is not None else None)


def _named_faults(data: Mapping[str, Any], kind: type[Fact]) -> NoReturn:
    rest = {key: value for key, value in data.items() if key not in _BESIDE}
    forms.parse(Envelope, rest, kind.type)
    raise forms.Unusable(kind.type, [forms.Fault("", "on_behalf_of and means do not go together")])


def _strictly(kind: type[T], data: Any, source: str) -> T:
    try:
        return restored(kind, data)
    except Unrestorable:
        return forms.parse(kind, data, source)  # names what is wrong, and where


_HASH = re.compile("[0-9a-f]{64}")
_SEALED = {"sha256"}


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _standing_in(kind: Any, content: Any, event: str, inside: str = "") -> Any:
    """The content of a fact in which a stand-in takes the place of each sealed text."""
    if not isinstance(content, dict):
        return content
    texts, lists = free_fields(kind)
    for name in texts:
        box = content.get(name)
        if isinstance(box, dict) and box.keys() == _SEALED and _is_hash(box["sha256"]):
            content[name] = SealedText.of(event, inside + name)
    for name in lists:
        inner = get_args(get_type_hints(kind)[name])[0]
        for place, one in enumerate(content.get(name, ())):
            _standing_in(inner, one, event, f"{inside}{name}.{place}.")
    return content


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def canonical(data: dict[str, Any]) -> bytes:
    """The one form of bytes: what is stored is what can be hashed."""
    return _ENCODER.encode(data).encode()
