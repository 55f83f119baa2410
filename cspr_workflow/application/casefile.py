"""Case files: what happened, in order, in one JSON document; read strictly, every fault named."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cspr_workflow import forms
from cspr_workflow.application.policy_files import PolicyFile, bundled
from cspr_workflow.domain.acts import ACTS, Act, Command, HoldMeeting, RaiseEscalation
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.people import SCSP, Actor, Means, Person, Role, Side
from cspr_workflow.forms import Fault, Unusable, Wrong

MOST_ACTS = 1_000_000
MOST_BYTES = 64 * 1024 * 1024
LATEST_YEAR = 9000
TICK = "tick"
_KEYS = ("title", "policy", "people", "acts")


@dataclass(frozen=True, slots=True)
class Named:
    """A person as a case file writes one."""

    name: str
    role: Role
    agency: str


@dataclass(frozen=True, slots=True)
class Planned:
    """An act at the moment of its recording; ``command`` is ``None`` where only the clock ran."""

    at: datetime
    command: Command | None


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
        if path.stat().st_size > MOST_BYTES:
            raise Unusable(source, [Fault("", f"is larger than {MOST_BYTES // 1024**2} MB")])
        text = path.read_bytes()
    except OSError as error:
        raise Unusable(source, [Fault("", f"cannot be read: {error.strerror or error}")]) from error
    return parse(text, source, policy)


def parse(text: bytes, source: str, policy: PolicyFile | None = None) -> CaseFile:
    """A case file from its bytes. Raises :class:`Unusable` with every fault and its place."""
    if len(text) > MOST_BYTES:
        raise Unusable(source, [Fault("", f"is larger than {MOST_BYTES // 1024**2} MB")])
    try:
        data = json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_constant
        )
    except UnicodeDecodeError as error:
        raise Unusable(source, [Fault("", "is not a text in UTF-8")]) from error
    except (ValueError, RecursionError) as error:
        raise Unusable(source, [Fault("", f"is not JSON: {error}")]) from error
    return _Reader(source).case_file(data, policy)


def read_moment(written: object, civil: CivilTime) -> datetime:
    """A written moment in UTC; without an offset it is local. Raises :class:`Wrong`."""
    try:
        moment = civil.moment(forms.parse_moment(written))
    except OverflowError:
        moment = None
    if moment is None or moment.year > LATEST_YEAR:
        raise Wrong(f"{written!r} is too far away to count from")
    return moment


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the field {twice!r} stands twice in one object")
    return found


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON value")


class _Reader:
    """Reads one case file and collects what is wrong with it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.faults: list[Fault] = []

    def case_file(self, data: object, policy: PolicyFile | None) -> CaseFile:
        if not isinstance(data, dict):
            raise Unusable(
                self.source, [Fault("", "is not a JSON object with title, policy, people and acts")]
            )
        self._keys(data, "", _KEYS, _KEYS)
        title = forms.read(str, data["title"], "title", self.faults) if "title" in data else None
        used = self._policy(data, policy)
        people = self._people(data.get("people", {}))
        acts = self._acts(data.get("acts", []), people, used)
        if self.faults:
            raise Unusable(self.source, self.faults)
        assert used is not None
        return CaseFile(
            source=self.source,
            title=title or "",
            policy=used,
            people={
                key: Person(key, named.role, named.agency) for key, named in people.items() if named
            },
            names={key: named.name for key, named in people.items() if named},
            acts=acts,
        )

    def _keys(
        self, data: Mapping[str, Any], place: str, known: tuple[str, ...], needed: tuple[str, ...]
    ) -> None:
        inside = f"{place}." if place else ""
        for key in data:
            if key not in known:
                self.faults.append(
                    Fault(f"{inside}{key}", f"unknown field; known are {', '.join(known)}")
                )
        for key in needed:
            if key not in data:
                self.faults.append(Fault(f"{inside}{key}", "this field is missing"))

    def _value(self, place: str, read: Callable[[Any], Any], value: Any) -> Any:
        try:
            return read(value)
        except Wrong as wrong:
            self.faults.append(Fault(place, str(wrong)))
            return None

    def _policy(self, data: Mapping[str, Any], policy: PolicyFile | None) -> PolicyFile | None:
        if "policy" not in data:
            return policy
        name = forms.read(str, data["policy"], "policy", self.faults)
        if policy is not None or name is None:
            return policy
        try:
            return bundled(name)
        except Unusable as unusable:
            self.faults += [
                Fault("policy", f"{name!r}: {fault.message}") for fault in unusable.faults
            ]
            return None

    def _people(self, data: object) -> dict[str, Named | None]:
        if not isinstance(data, dict):
            self.faults.append(Fault("people", "is not an object of people"))
            return {}
        people: dict[str, Named | None] = {}
        for key, value in data.items():
            place = f"people.{key}"
            self._value(place, lambda k: forms.read(str, k, place, self.faults), key)  # noqa: B023
            named = people[key] = forms.read(Named, value, place, self.faults)
            if named and named.role.side is Side.AGENCY and named.agency == SCSP:
                self.faults.append(
                    Fault(f"{place}.agency", f"a {named.role} is never of the agency {SCSP}")
                )
        return people

    def _acts(
        self, data: object, people: Mapping[str, Named | None], policy: PolicyFile | None
    ) -> tuple[Planned, ...]:
        if not isinstance(data, list):
            self.faults.append(Fault("acts", "is not a list of acts"))
            return ()
        if len(data) > MOST_ACTS:
            self.faults.append(Fault("acts", f"has {len(data)} acts; the most is {MOST_ACTS}"))
            return ()
        civil = policy.policy.civil if policy else CivilTime("UTC")
        timescales = {t.id for t in policy.policy.timescales} if policy else None
        acts: list[Planned] = []
        latest: datetime | None = None
        for place, value in enumerate(data):
            planned = _ActReader(self, f"acts[{place}]", people, civil, timescales).planned(value)
            if planned is None:
                continue
            if latest is not None and planned.at < latest:
                self.faults.append(Fault(f"acts[{place}].at", "is earlier than the act before it"))
            latest = planned.at
            acts.append(planned)
        return tuple(acts)


@dataclass(frozen=True, slots=True)
class _ActReader:
    """Reads one act of a case file."""

    reader: _Reader
    place: str
    people: Mapping[str, Named | None]
    civil: CivilTime
    timescales: set[str] | None

    def planned(self, value: object) -> Planned | None:
        before = len(self.reader.faults)
        if not isinstance(value, dict):
            self._fault("", "is not an object with the fields of an act")
            return None
        name = value.get("act")
        kind = ACTS.get(name) if isinstance(name, str) else None
        if kind is None and name != TICK:
            self._fault(
                "act",
                f"{name!r} is not one of {', '.join([*ACTS, TICK])}"
                if "act" in value
                else "this field is missing",
            )
            return None
        at = self._moment(value, "at")
        if kind is None:
            self.reader._keys(value, self.place, ("at", "act"), ("at",))  # noqa: SLF001
            return Planned(at, None) if at else None
        command = self._command(value, kind, at)
        return (
            Planned(at, command) if at and command and len(self.reader.faults) == before else None
        )

    def _command(
        self, value: Mapping[str, Any], kind: type[Act], at: datetime | None
    ) -> Command | None:
        common = ["at", "by", "act", *(["occurred"] if kind.dated else [])]
        if kind.reportable:
            common += ["on_behalf_of", "means"]
        for key in ("at", "by"):
            if key not in value:
                self._fault(key, "this field is missing")
        act = forms.read(
            kind,
            {k: v for k, v in value.items() if k not in common},
            self.place,
            self.reader.faults,
        )
        by = self._person(value["by"], "by") if "by" in value else None
        means = self._means(value) if kind.reportable else None
        occurred = (
            self._moment(value, "occurred") if "occurred" in common and "occurred" in value else at
        )
        if (
            isinstance(act, RaiseEscalation)
            and self.timescales is not None
            and act.timescale not in self.timescales
        ):
            self._fault(
                "timescale", f"{act.timescale!r} is not one of {', '.join(sorted(self.timescales))}"
            )
        if isinstance(act, HoldMeeting):
            for place, person in enumerate(act.present):
                self._person(person, f"present[{place}]")
        if act is None or by is None or occurred is None:
            return None
        return Command(act, Actor(by, means), occurred)

    def _moment(self, value: Mapping[str, Any], key: str) -> datetime | None:
        if key not in value:
            return None

        moment = self.reader._value(  # noqa: SLF001 - two halves of one reader
            f"{self.place}.{key}", lambda written: read_moment(written, self.civil), value[key]
        )
        assert moment is None or isinstance(moment, datetime)
        return moment

    def _person(self, key: object, place: str) -> Person | None:
        if not isinstance(key, str) or key not in self.people:
            self._fault(place, f"{key!r} is not one of the people in this file")
            return None
        named = self.people[key]
        return Person(key, named.role, named.agency) if named else None

    def _means(self, value: Mapping[str, Any]) -> Means | None:
        if "on_behalf_of" not in value and "means" not in value:
            return None
        if value.get("on_behalf_of") != "agency":
            self._fault(
                "on_behalf_of",
                "has to be agency where means is given"
                if "on_behalf_of" not in value
                else f"{value['on_behalf_of']!r} is not one of agency",
            )
        if "means" not in value:
            self._fault("means", "this field is missing: by which means the agency answered")
            return None
        means: Means | None = forms.read(
            Means, value["means"], f"{self.place}.means", self.reader.faults
        )
        return means

    def _fault(self, key: str, message: str) -> None:
        self.reader.faults.append(Fault(f"{self.place}.{key}" if key else self.place, message))
