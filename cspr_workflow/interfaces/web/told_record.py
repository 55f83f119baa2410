"""The partnership's own record as its pages show it: what was adopted, who came and went, how the clock ran."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.partnership import (
    CalendarAdopted,
    ClockSteppedBack,
    PersonJoined,
    PersonLeft,
    PolicyAdopted,
)
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.questions.actions import ActionLine, action_lines
from cspr_workflow.interfaces.questions.history import EntryLine
from cspr_workflow.interfaces.web.told_history import Item, Order
from cspr_workflow.interfaces.web.told_steps import BothSides
from projections import chronology
from projections.agreed_actions import Asked


@dataclass(frozen=True, slots=True)
class Adopted:
    """A policy that was adopted: when, under which label, its hash and its text."""

    when: str
    fact: PolicyAdopted
    in_force: bool


@dataclass(frozen=True, slots=True)
class Holidays:
    """The bank holidays that were adopted at the beginning."""

    when: str
    fact: CalendarAdopted

    @property
    def days(self) -> list[tuple[date, str]]:
        """The days, with their names."""
        return [(one.day, one.name) for one in self.fact.bank_holidays]


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """Entries that came in from one file: when, by whom, and how many."""

    name: str
    when: str
    by: str
    count: int
    file: str


@dataclass(frozen=True)
class OwnRecord:
    """The partnership's own entries."""

    asking: Asking

    @cached_property
    def entries(self) -> Sequence[Recorded]:
        """All of them, in order."""
        return self.asking.record.read(PARTNERSHIP)

    @property
    def policies(self) -> list[Adopted]:
        """The policies that were adopted."""
        in_force = self.asking.partnership.policy
        return [
            Adopted(self._when(one), one.entry.fact, one.entry.fact.policy == in_force)
            for one in self.entries
            if isinstance(one.entry.fact, PolicyAdopted)
        ]

    @property
    def holidays(self) -> list[Holidays]:
        """The bank holidays that were adopted."""
        return [
            Holidays(self._when(one), one.entry.fact)
            for one in self.entries
            if isinstance(one.entry.fact, CalendarAdopted)
        ]

    @property
    def people(self) -> list[Item]:
        """Who came and who went, the latest first."""
        return self._items(PersonJoined, PersonLeft)

    @property
    def steps_back(self) -> list[Item]:
        """When the system's clock was behind the record, the latest first."""
        return self._items(ClockSteppedBack)

    def _items(self, *kinds: type[object]) -> list[Item]:
        found = [one for one in self.entries if isinstance(one.entry.fact, kinds)]
        return list(entry_items(reversed(found), self.asking))

    def _when(self, one: Recorded) -> str:
        return self.asking.teller().moment(one.entry.recorded)


def entry_items(found: Iterator[Recorded], asking: Asking) -> Iterator[Item]:
    """Entries of several cases, each as its history shows it."""
    return (Item(EntryLine(one, asking), Order.RECORDED) for one in found)


# --- Across the cases ------------------------------------------------------------------------------


def late_or_reported(asking: Asking) -> list[int]:
    """The positions of what was recorded on a later day than it happened, or on an agency's behalf."""
    civil = asking.civil
    late = (
        position
        for position, occurred, recorded in chronology.written_later(asking.database)
        if civil.day(recorded) > civil.day(occurred)
    )
    return sorted({*late, *chronology.reported(asking.database)}, reverse=True)


def at(positions: Sequence[int], asking: Asking) -> list[EntryLine]:
    """The entries at these positions, in the order of the positions."""
    found = {one.position: one for one in asking.entries_at(sorted(positions))}
    return [EntryLine(found[position], asking) for position in positions]


def corrected(line: EntryLine) -> EntryLine | None:
    """The entry that a correction is about."""
    fact = line.recorded.entry.fact
    assert isinstance(fact, Corrected)
    entries = line.asked.record.read(line.recorded.stream)
    found = (one for one in entries if str(one.id) == fact.event)
    return next((EntryLine(one, line.asked) for one in found), None)


def differing(asking: Asking) -> list[tuple[ActionLine, BothSides]]:
    """The agreed actions whose two records are not the same."""
    return [
        (line, BothSides(line.record.action, line.record.agency))
        for line in action_lines(Asked(differing=True), asking)
    ]


def brought_in(asking: Asking) -> list[BroughtIn]:
    """What came in from elsewhere, file by file."""
    found: dict[tuple[str, str], BroughtIn] = {}
    for position, count in chronology.brought_in(asking.database):
        one = next(asking.entries_at([position]))
        origin = one.entry.imported
        assert origin is not None
        when = asking.teller().moment(one.entry.recorded)
        key = (origin.file, when)
        before = found[key].count if key in found else 0
        found[key] = BroughtIn(
            origin.name, when, asking.name(origin.by), before + count, origin.file
        )
    return list(found.values())
