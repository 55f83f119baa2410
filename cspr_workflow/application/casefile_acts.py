"""Reading one act of a case file: its moment, who does it, on whose behalf, and its own fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from cspr_workflow import forms
from cspr_workflow.domain.acts import ACTS, Act, Command, HoldMeeting, RaiseEscalation
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.people import Actor, Means, Person
from cspr_workflow.forms import Fault, Wrong, shown

TICK = "tick"
EARLIEST_YEAR, LATEST_YEAR = 1900, 9000
_MISSING = "this field is missing"


@dataclass(frozen=True, slots=True)
class Planned:
    """An act at the moment of its recording; ``command`` is ``None`` where only the clock ran."""

    at: datetime
    command: Command | None


def read_moment(written: object, civil: CivilTime) -> datetime:
    """A written moment in UTC; without an offset it is local. Raises :class:`Wrong`."""
    try:
        moment = civil.moment(forms.parse_moment(written))
    except OverflowError:
        moment = None
    if moment is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise Wrong(f"{shown(written)} is too far away to count from")
    return moment


def unknown_fields(
    data: Mapping[str, Any], place: str, known: Sequence[str], faults: list[Fault]
) -> None:
    """Name each field that is not known, and those that are."""
    inside = f"{place}." if place else ""
    faults += [
        Fault(f"{inside}{key}", f"unknown field; known are {', '.join(known)}")
        for key in data
        if key not in known
    ]


@dataclass(frozen=True, slots=True)
class ActReader:
    """Reads the acts of one file; ``people`` has ``None`` for those whose own entry is faulty."""

    people: Mapping[str, Person | None]
    civil: CivilTime
    timescales: frozenset[str] | None
    faults: list[Fault]

    def read(self, value: object, place: str) -> tuple[datetime | None, Planned | None]:
        """When the act was recorded, and the act itself where nothing is wrong with it."""
        before = len(self.faults)
        if not isinstance(value, dict):
            self.faults.append(Fault(place, "is not an object with the fields of an act"))
            return None, None
        at = self._moment(value, "at", place) if "at" in value else None
        if "at" not in value:
            self.faults.append(Fault(f"{place}.at", _MISSING))
        name = value.get("act")
        if name == TICK:
            unknown_fields(value, place, ("at", "act"), self.faults)
            return at, Planned(at, None) if at and len(self.faults) == before else None
        kind = ACTS.get(name) if isinstance(name, str) else None
        if kind is None:
            known = f"{shown(name)} is not one of {', '.join([*ACTS, TICK])}"
            self.faults.append(Fault(f"{place}.act", known if "act" in value else _MISSING))
            if "by" in value:
                self._person(value["by"], f"{place}.by")
            return at, None
        command = self._command(value, kind, at, place)
        good = at is not None and command is not None and len(self.faults) == before
        return at, Planned(at, command) if good and at else None

    def _command(
        self, value: Mapping[str, Any], kind: type[Act], at: datetime | None, place: str
    ) -> Command | None:
        common = ["at", "by", "act", *(["occurred"] if kind.dated else [])]
        common += ["on_behalf_of", "means"] if kind.reportable else []
        own = [field.name for field in fields(kind)]
        unknown_fields(value, place, [*common, *own], self.faults)
        act = forms.read(kind, {k: v for k, v in value.items() if k in own}, place, self.faults)
        by = self._person(value["by"], f"{place}.by") if "by" in value else None
        if "by" not in value:
            self.faults.append(Fault(f"{place}.by", _MISSING))
        means = self._means(value, place) if kind.reportable else None
        occurred = (
            self._moment(value, "occurred", place) if kind.dated and "occurred" in value else at
        )
        self._check_words(act, place)
        if act is None or by is None or occurred is None:
            return None
        return Command(act, Actor(by, means), occurred)

    def _check_words(self, act: Act | None, place: str) -> None:
        """Words that are fixed by the file's policy and people, not by the act itself."""
        if isinstance(act, RaiseEscalation) and self.timescales is not None:
            if act.timescale not in self.timescales:
                known = ", ".join(sorted(self.timescales))
                text = f"{shown(act.timescale)} is not one of {known}"
                self.faults.append(Fault(f"{place}.timescale", text))
        elif isinstance(act, HoldMeeting):
            for index, person in enumerate(act.present):
                self._person(person, f"{place}.present[{index}]")

    def _moment(self, value: Mapping[str, Any], key: str, place: str) -> datetime | None:
        try:
            return read_moment(value[key], self.civil)
        except Wrong as wrong:
            self.faults.append(Fault(f"{place}.{key}", str(wrong)))
            return None

    def _person(self, key: object, place: str) -> Person | None:
        if not isinstance(key, str) or key not in self.people:
            self.faults.append(Fault(place, f"{shown(key)} is not one of the people in this file"))
            return None
        return self.people[key]

    def _means(self, value: Mapping[str, Any], place: str) -> Means | None:
        if "on_behalf_of" not in value and "means" not in value:
            return None
        if "on_behalf_of" not in value:
            self.faults.append(
                Fault(f"{place}.on_behalf_of", "has to be agency where means is given")
            )
        elif value["on_behalf_of"] != "agency":
            text = f"{shown(value['on_behalf_of'])} is not one of agency"
            self.faults.append(Fault(f"{place}.on_behalf_of", text))
        if "means" not in value:
            self.faults.append(Fault(f"{place}.means", f"{_MISSING}: how the agency answered"))
            return None
        means: Means | None = forms.read(Means, value["means"], f"{place}.means", self.faults)
        return means
