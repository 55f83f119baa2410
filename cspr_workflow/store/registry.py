"""Every type of fact that the record can hold, by its stable name, and its bytes.

A stored type is never changed: a new version gets a new name and an upcaster. An unknown type or a
missing field is an error, never skipped. There is one canonical form of bytes.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cspr_workflow import forms
from cspr_workflow.domain import actions, escalation_facts, incident, partnership
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.people import Actor, Means, Person, Role

_MODULES = (partnership, incident, escalation_facts, actions)


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


def encode(entry: Entry) -> dict[str, Any]:
    """An entry as plain data."""
    data: dict[str, Any] = {
        "type": entry.fact.type,
        "occurred": entry.occurred.isoformat(),
        "recorded": entry.recorded.isoformat(),
        "clause": entry.clause,
        "policy": entry.policy,
        "calendar": entry.calendar,
        "fact": forms.plain(entry.fact),
    }
    if entry.by:
        person = entry.by.person
        data["by"] = {"person": person.id, "role": person.role.value, "agency": person.agency}
        if entry.by.means:
            data["on_behalf_of"] = "agency"
            data["means"] = entry.by.means.value
    return data


def decode(data: dict[str, Any]) -> Entry:
    """An entry from plain data. Raises :class:`UnknownType` or ``forms.Unusable``."""
    kind = FACTS.get(data["type"])
    if kind is None:
        raise UnknownType(f"the record holds {data['type']!r}, which this version does not know")
    by = data.get("by")
    actor = None
    if by is not None:
        means = Means(data["means"]) if "means" in data else None
        actor = Actor(Person(by["person"], Role(by["role"]), by["agency"]), means)
    return Entry(
        fact=forms.parse(kind, data["fact"], data["type"]),
        occurred=datetime.fromisoformat(data["occurred"]),
        recorded=datetime.fromisoformat(data["recorded"]),
        by=actor,
        clause=data["clause"],
        policy=data["policy"],
        calendar=data["calendar"],
    )


def canonical(data: dict[str, Any]) -> bytes:
    """The one form of bytes: what is stored is what can be hashed."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
