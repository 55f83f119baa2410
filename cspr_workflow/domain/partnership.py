"""The partnership: who takes part, and which policy and calendar it has adopted.

Closure days and changes of the bank holidays are facts with a moment of their own. From that moment
on the changed calendar holds; every open case adapts to it before anything else happens to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar

from cspr_workflow.domain import acts
from cspr_workflow.domain.authority import check_who
from cspr_workflow.domain.calendar import Calendar
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.deciding import Occasion
from cspr_workflow.domain.entries import CalendarChange, Entry, Fact, Rules
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.people import Person, Role
from cspr_workflow.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class BankHoliday:
    """A bank holiday as adopted."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class PolicyAdopted(Fact):
    """A policy was adopted: its full text and its hash, so that every decision can be redone."""

    type: ClassVar[str] = "partnership.policy-adopted.v1"
    policy: str
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class CalendarAdopted(Fact):
    """A calendar was adopted: its bank holidays, and the last year officially known."""

    type: ClassVar[str] = "partnership.calendar-adopted.v1"
    region: str
    source: str
    known_to: int
    sha256: str
    bank_holidays: tuple[BankHoliday, ...]


@dataclass(frozen=True, slots=True)
class PersonJoined(Fact):
    """A person took on a role; the name is kept in a directory, not in the record."""

    type: ClassVar[str] = "partnership.person-joined.v1"
    person: str
    role: Role
    agency: str


@dataclass(frozen=True, slots=True)
class ClosureDeclared(Fact):
    """The partnership is closed on a day."""

    type: ClassVar[str] = "partnership.closure-declared.v1"
    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class ClosureWithdrawn(Fact):
    """A declared closure day is a working day again."""

    type: ClassVar[str] = "partnership.closure-withdrawn.v1"
    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class BankHolidayAnnounced(Fact):
    """A bank holiday was announced that the adopted calendar did not have."""

    type: ClassVar[str] = "partnership.bank-holiday-announced.v1"
    day: date
    name: str


@dataclass(frozen=True, slots=True)
class BankHolidayCancelled(Fact):
    """A bank holiday of the adopted calendar was cancelled or moved away."""

    type: ClassVar[str] = "partnership.bank-holiday-cancelled.v1"
    day: date
    name: str


@dataclass(frozen=True, slots=True)
class PersonLeft(Fact):
    """A person no longer holds the role."""

    type: ClassVar[str] = "partnership.person-left.v1"
    person: str


@dataclass(frozen=True, slots=True)
class HorizonMoved(Fact):
    """Bank holidays became officially known for more years."""

    type: ClassVar[str] = "partnership.horizon-moved.v1"
    source: str
    known_to: int


@dataclass(frozen=True, slots=True)
class ClockStoodStill(Fact):
    """A gap: the clock did not run between two moments; what fell due then was recorded late."""

    type: ClassVar[str] = "partnership.clock-stood-still.v1"
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ClockSteppedBack(Fact):
    """The system's clock said ``said`` when ``last`` was recorded already; the record goes on from there."""

    type: ClassVar[str] = "partnership.clock-stepped-back.v1"
    said: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Partnership:
    """The partnership as it stands. ``policy`` is the label of the policy in force.

    ``gaps`` are the times in which the clock did not run; ``stepped_back`` is the last moment that was
    recorded when the system's clock was last seen behind it. ``left`` are those who took part before,
    ``left_at`` says until when.
    """

    people: Mapping[str, Person]
    policy: str | None = None
    calendar: Calendar | None = None
    changes: tuple[CalendarChange, ...] = ()
    gaps: tuple[ClockStoodStill, ...] = ()
    stepped_back: datetime | None = None
    left: Mapping[str, Person] = field(default_factory=dict)
    left_at: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def agencies(self) -> frozenset[str]:
        """The agencies that somebody belongs to."""
        return frozenset(person.agency for person in self.people.values())

    def check_present(self, present: Sequence[str], occurred: datetime) -> None:
        """Refuse a meeting with somebody unknown, or who had left before it happened.

        Who left afterwards was there all the same: what is written up late says so.
        """
        for id in present:
            if id in self.people or occurred < self.left_at.get(id, occurred):
                continue
            why = (
                f"{id} had left the partnership when this happened"
                if id in self.left
                else f"nobody by the id {id} takes part in the partnership"
            )
            raise Refusal(Code.NOT_FOUND, f"present: {why}; name those who were there.")

    def rules(self, policy: Policy) -> Rules:
        """What a case under this policy is judged by."""
        assert self.calendar is not None
        return Rules(policy, self.calendar, self.changes)


EMPTY = Partnership({})


def evolve(partnership: Partnership, entry: Entry) -> Partnership:
    """The partnership after an entry of its record."""
    return _EVOLVE[type(entry.fact)](partnership, entry, entry.fact)


def _calendar_adopted(partnership: Partnership, _: Entry, fact: CalendarAdopted) -> Partnership:
    days = {holiday.day: holiday.name for holiday in fact.bank_holidays}
    return replace(partnership, calendar=Calendar(days, fact.known_to, {}))


def _person_joined(partnership: Partnership, _: Entry, fact: PersonJoined) -> Partnership:
    person = Person(fact.person, fact.role, fact.agency)
    return replace(partnership, people={**partnership.people, fact.person: person})


def _person_left(partnership: Partnership, entry: Entry, fact: PersonLeft) -> Partnership:
    people = dict(partnership.people)
    left = {**partnership.left, fact.person: people.pop(fact.person)}
    left_at = {**partnership.left_at, fact.person: entry.occurred}
    return replace(partnership, people=people, left=left, left_at=left_at)


def _changed(
    change: Callable[[Calendar, Any], Calendar], cause: Callable[[Any], str]
) -> Callable[[Partnership, Entry, Any], Partnership]:
    def apply(partnership: Partnership, entry: Entry, fact: Any) -> Partnership:
        before = partnership.changes[-1].calendar if partnership.changes else partnership.calendar
        assert before is not None
        moved = CalendarChange(entry.written, change(before, fact), cause(fact))
        return replace(partnership, changes=(*partnership.changes, moved))

    return apply


_EVOLVE: dict[type[Fact], Callable[[Partnership, Entry, Any], Partnership]] = {
    PolicyAdopted: lambda partnership, _, fact: replace(partnership, policy=fact.policy),
    CalendarAdopted: _calendar_adopted,
    PersonJoined: _person_joined,
    PersonLeft: _person_left,
    ClockStoodStill: lambda partnership, _, fact: replace(
        partnership, gaps=(*partnership.gaps, fact)
    ),
    ClockSteppedBack: lambda partnership, _, fact: replace(partnership, stepped_back=fact.last),
    Corrected: lambda partnership, _, __: partnership,
    HorizonMoved: _changed(
        lambda calendar, fact: calendar.with_horizon(fact.known_to),
        lambda fact: f"bank holidays officially known to {fact.known_to} ({fact.source})",
    ),
    ClosureDeclared: _changed(
        lambda calendar, fact: calendar.with_day(closed=fact.day, why=fact.reason),
        lambda fact: f"closure declared for {fact.day}: {fact.reason}",
    ),
    ClosureWithdrawn: _changed(
        lambda calendar, fact: calendar.with_day(opened=fact.day),
        lambda fact: f"closure withdrawn for {fact.day}: {fact.reason}",
    ),
    BankHolidayAnnounced: _changed(
        lambda calendar, fact: calendar.with_holiday(announced=fact.day, name=fact.name),
        lambda fact: f"bank holiday announced for {fact.day}: {fact.name}",
    ),
    BankHolidayCancelled: _changed(
        lambda calendar, fact: calendar.with_holiday(cancelled=fact.day),
        lambda fact: f"bank holiday cancelled for {fact.day}: {fact.name}",
    ),
}


_CALENDAR_CHANGES = (
    ClosureDeclared,
    ClosureWithdrawn,
    BankHolidayAnnounced,
    BankHolidayCancelled,
    HorizonMoved,
)


def is_calendar_change(fact: Fact) -> bool:
    """Whether a fact changes the calendar that was adopted."""
    return isinstance(fact, _CALENDAR_CHANGES)


def decide_closure(occasion: Occasion) -> Entry:
    """Declare or withdraw a closure day."""
    act = occasion.command.act
    assert isinstance(act, acts.ClosureAct)
    check_who(occasion.policy, type(act), occasion.command.by)
    if isinstance(act, acts.DeclareClosure):
        why = occasion.calendar.why_not(act.day, closures=True)
        if why is not None:
            raise Refusal(Code.INVALID, f"day: {act.day} is no working day already: {why}.")
        return occasion.entry(ClosureDeclared(act.day, act.reason))
    if act.day not in occasion.calendar.closures:
        raise Refusal(Code.NOT_FOUND, f"day: no closure is declared for {act.day}.")
    today = occasion.policy.civil.day(occasion.now)
    if act.day <= today:
        raise Refusal(
            Code.INVALID,
            f"day: {act.day} is not later than today, {today}; only a day to come can be opened again.",
        )
    return occasion.entry(ClosureWithdrawn(act.day, act.reason))
