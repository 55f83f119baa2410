"""Every type of fact that the record can hold, by its stable name, and its bytes.

A stored type is never changed: a new version gets a new name and an upcaster. An unknown type or a
missing field is an error, never skipped. There is one canonical form of bytes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cspr_workflow import forms
from cspr_workflow.domain import actions, escalation_facts, incident, partnership
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.people import Actor, Means, Person, Side

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


def encode(entry: Entry) -> dict[str, Any]:
    """An entry as plain data."""
    means = entry.by.means if entry.by else None
    envelope = Envelope(
        occurred=entry.occurred,
        recorded=entry.recorded,
        clause=entry.clause,
        policy=entry.policy,
        calendar=entry.calendar,
        by=entry.by.person if entry.by else None,
        on_behalf_of=Side.AGENCY if means else None,
        means=means,
    )
    return {
        **forms.plain(envelope),
        "type": entry.fact.type,
        "fact": forms.plain(entry.fact),
    }


def decode(data: Mapping[str, Any]) -> Entry:
    """An entry from plain data. Raises :class:`UnknownType` or ``forms.Unusable``."""
    name = data.get("type")
    kind = FACTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise UnknownType(f"the record holds {name!r}, which this version does not know")
    rest = {key: value for key, value in data.items() if key not in ("type", "fact")}
    envelope = forms.parse(Envelope, rest, kind.type)
    actor = Actor(envelope.by, envelope.means) if envelope.by else None
    return Entry(
        fact=forms.parse(kind, data.get("fact"), kind.type),
        occurred=envelope.occurred,
        recorded=envelope.recorded,
        by=actor,
        clause=envelope.clause,
        policy=envelope.policy,
        calendar=envelope.calendar,
    )


def canonical(data: dict[str, Any]) -> bytes:
    """The one form of bytes: what is stored is what can be hashed."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
