"""Case files: what happened, in order, in one JSON document; read strictly, every fault named."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cspr_workflow import forms
from cspr_workflow.application.casefile_acts import (
    TICK,
    ActReader,
    Planned,
    read_moment,
    unknown_fields,
)
from cspr_workflow.application.policy_files import PolicyFile, bundled
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.keeping import check_person
from cspr_workflow.domain.people import Person, Role
from cspr_workflow.forms import Fault, Unusable

__all__ = ["TICK", "CaseFile", "Planned", "load", "parse", "read_moment"]

MOST_ACTS = 1_000_000
MOST_BYTES = 64 * 1024 * 1024
_KEYS = ("title", "policy", "people", "acts")


@dataclass(frozen=True, slots=True)
class Named:
    """A person as a case file writes one."""

    name: str
    role: Role
    agency: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case file that is good in form."""

    source: str
    title: str
    policy: PolicyFile
    people: Mapping[str, Person]
    names: Mapping[str, str]
    acts: tuple[Planned, ...]


def load(path: Path, policy: PolicyFile | None = None) -> CaseFile:
    """A case file from disk; ``policy`` replaces the one that it names. Raises :class:`Unusable`."""
    source = str(path)
    try:
        too_large = path.stat().st_size > MOST_BYTES
        text = b"" if too_large else path.read_bytes()
    except OSError as error:
        raise Unusable(source, [Fault("", f"cannot be read: {error.strerror or error}")]) from error
    if too_large:
        raise _too_large(source)
    return parse(text, source, policy)


def parse(text: bytes, source: str, policy: PolicyFile | None = None) -> CaseFile:
    """A case file from its bytes. Raises :class:`Unusable` with every fault and its place."""
    if len(text) > MOST_BYTES:
        raise _too_large(source)
    try:
        data = json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_constant
        )
    except UnicodeDecodeError as error:
        raise Unusable(source, [Fault("", "is not a text in UTF-8")]) from error
    except (ValueError, RecursionError) as error:
        raise Unusable(source, [Fault("", f"is not JSON: {error}")]) from error
    return _case_file(data, source, policy)


def _too_large(source: str) -> Unusable:
    return Unusable(source, [Fault("", f"is larger than {MOST_BYTES // 1024**2} MB")])


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise ValueError(f"the field {twice!r} stands twice in one object")
    return found


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON value")


def _case_file(data: object, source: str, replacement: PolicyFile | None) -> CaseFile:
    if not isinstance(data, dict):
        text = "is not a JSON object with title, policy, people and acts"
        raise Unusable(source, [Fault("", text)])
    faults: list[Fault] = []
    unknown_fields(data, "", _KEYS, faults)
    faults += [Fault(key, "this field is missing") for key in _KEYS if key not in data]
    title = forms.read(str, data["title"], "title", faults) if "title" in data else None
    policy = _policy(data, replacement, faults)
    people = _people(data.get("people", {}), faults)
    acts = _acts(data.get("acts", []), people, policy, faults)
    if faults or policy is None:
        raise Unusable(source, faults)
    return CaseFile(
        source=source,
        title=str(title),
        policy=policy,
        people={key: _person(key, named) for key, named in people.items() if named},
        names={key: named.name for key, named in people.items() if named},
        acts=acts,
    )


def _policy(
    data: Mapping[str, Any], replacement: PolicyFile | None, faults: list[Fault]
) -> PolicyFile | None:
    if "policy" not in data:
        return replacement
    name = forms.read(str, data["policy"], "policy", faults)
    if replacement is not None or name is None:
        return replacement
    try:
        return bundled(name)
    except Unusable as unusable:
        faults += [
            Fault("policy", f"{forms.shown(name)}: {fault.message}") for fault in unusable.faults
        ]
        return None


def _person(key: str, named: Named) -> Person:
    return Person(key, named.role, named.agency)


def _people(data: object, faults: list[Fault]) -> dict[str, Named | None]:
    if not isinstance(data, dict):
        faults.append(Fault("people", "is not an object of people"))
        return {}
    people: dict[str, Named | None] = {}
    for key, value in data.items():
        place = f"people.{key}"
        forms.read(str, key, place, faults)
        named = people[key] = forms.read(Named, value, place, faults)
        if named and (wrong := check_person(named.role, named.agency)):
            faults.append(Fault(f"{place}.agency", wrong))
    return people


def _acts(
    data: object,
    people: Mapping[str, Named | None],
    policy: PolicyFile | None,
    faults: list[Fault],
) -> tuple[Planned, ...]:
    if not isinstance(data, list):
        faults.append(Fault("acts", "is not a list of acts"))
        return ()
    if len(data) > MOST_ACTS:
        faults.append(Fault("acts", f"has {len(data)} acts; the most is {MOST_ACTS}"))
        return ()
    reader = ActReader(
        people={key: _person(key, named) if named else None for key, named in people.items()},
        civil=policy.policy.civil if policy else CivilTime("UTC"),
        timescales=frozenset(t.id for t in policy.policy.timescales) if policy else None,
        faults=faults,
    )
    acts: list[Planned] = []
    latest: datetime | None = None
    for index, value in enumerate(data):
        at, planned = reader.read(value, f"acts[{index}]")
        if at is not None and latest is not None and at < latest:
            faults.append(Fault(f"acts[{index}].at", "is earlier than the act before it"))
        latest = at or latest
        if planned is not None:
            acts.append(planned)
    return tuple(acts)
