"""Counting time: civil days, working days, months, and the derivation of every date.

**The rule for "working day 3"** is :meth:`Calendar.working_days`: working day 1 is the first working
day after the anchor day, and the limit's last day is working day N. A limit has passed at the
midnight, local time, that ends its last day; that midnight is the moment it *fell due*.

Bank holidays and closure days come in as data. Nothing here reads a clock.
"""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Unit(StrEnum):
    """What a limit is counted in. No rule of the process is counted in hours."""

    WORKING_DAYS = "working_days"
    DAYS = "days"
    MONTHS = "months"


class DayOne(StrEnum):
    """Which day is working day 1: the first working day after the anchor, or the anchor itself."""

    NEXT_WORKING_DAY = "next_working_day"
    SAME_DAY = "same_day"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that was not counted, and why: Saturday, Sunday, a holiday's name, a closure's reason."""

    day: date
    why: str


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a date came about: everything needed to work it out again by hand."""

    anchor_day: date
    length: int
    unit: Unit
    day_one: DayOne
    skipped: tuple[Skipped, ...]
    provisional: bool
    anchor: str = "-"
    clause: str = "-"
    policy: str = "-"
    calendar: int = 0


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit that has been decided: its last day, and the moment at which it falls due."""

    last_day: date
    falls_due: datetime
    derivation: Derivation


@dataclass(frozen=True, slots=True)
class Counted:
    """The day that counting arrived at, the days skipped on the way, and the first day looked at."""

    day: date
    skipped: tuple[Skipped, ...] = ()
    first: date | None = None

    @property
    def furthest(self) -> date:
        """The latest day that was looked at; beyond the known bank holidays it is provisional."""
        return max(self.day, self.first or self.day)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which nobody works, as they were known in one ``version`` of the calendar.

    ``known_to`` is the last year whose bank holidays are officially known.
    """

    bank_holidays: Mapping[date, str]
    known_to: int
    closures: Mapping[date, str]
    version: int = 0

    def why_not(self, day: date, *, closures: bool) -> str | None:
        """Why ``day`` is not a working day, or ``None`` where it is one."""
        weekday = day.weekday()
        if weekday >= SATURDAY:
            return "Saturday" if weekday == SATURDAY else "Sunday"
        if holiday := self.bank_holidays.get(day):
            return holiday
        return self.closures.get(day) if closures else None

    def working_days(
        self, n: int, anchor: date, *, day_one: DayOne, closures: bool, backward: bool = False
    ) -> Counted:
        """Working day ``n`` counted from ``anchor``.

        Forward, working day 1 is the first working day after the anchor, or with ``same_day`` the
        anchor itself where it is a working day. Backward, the anchor is always excluded.
        """
        step = -ONE_DAY if backward else ONE_DAY
        inclusive = day_one is DayOne.SAME_DAY and not backward
        day = first = anchor if inclusive else anchor + step
        skipped: list[Skipped] = []
        while True:
            why = self.why_not(day, closures=closures)
            if why is not None:
                skipped.append(Skipped(day, why))
            else:
                n -= 1
                if n == 0:
                    return Counted(day, tuple(skipped), first)
            day += step

    def count(
        self,
        length: int,
        unit: Unit,
        anchor: date,
        *,
        day_one: DayOne,
        closures: bool = False,
        backward: bool = False,
    ) -> Counted:
        """The last day of a limit of ``length`` ``unit`` from ``anchor``."""
        sign = -1 if backward else 1
        if unit is Unit.WORKING_DAYS:
            return self.working_days(
                length, anchor, day_one=day_one, closures=closures, backward=backward
            )
        if unit is Unit.DAYS:
            return Counted(anchor + sign * length * ONE_DAY)
        return Counted(add_months(anchor, sign * length))

    def provisional(self, counted: Counted) -> bool:
        """Whether the date lies beyond the years whose bank holidays are officially known."""
        return counted.furthest.year > self.known_to

    def with_day(
        self, *, closed: date | None = None, opened: date | None = None, why: str = "-"
    ) -> "Calendar":
        """The next version of the calendar: a closure day more, or one less."""
        closures = {day: reason for day, reason in self.closures.items() if day != opened}
        if closed is not None:
            closures[closed] = why
        return replace(self, closures=closures, version=self.version + 1)

    def with_holiday(
        self, *, announced: date | None = None, cancelled: date | None = None, name: str = "-"
    ) -> "Calendar":
        """The next version of the calendar: a bank holiday more, or one less."""
        days = {day: called for day, called in self.bank_holidays.items() if day != cancelled}
        if announced is not None:
            days[announced] = name
        return replace(self, bank_holidays=days, version=self.version + 1)

    def with_horizon(self, known_to: int) -> "Calendar":
        """The next version of the calendar: officially known up to a later year."""
        return replace(self, known_to=known_to, version=self.version + 1)


def add_months(day: date, n: int) -> date:
    """The same day number ``n`` months on, or the last day of that month where there is none."""
    month = day.year * 12 + day.month - 1 + n
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


@lru_cache(maxsize=65536)
def _opening(zone: str, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class CivilTime:
    """Days and midnights in one time zone. Moments themselves are always in UTC."""

    zone: str

    def local(self, moment: datetime) -> datetime:
        """The moment with the zone's own offset."""
        return moment.astimezone(ZoneInfo(self.zone))

    def moment(self, written: datetime) -> datetime:
        """A written moment in UTC; without an offset it is local time in this zone.

        Of a local time that occurs twice the first is meant; one that does not exist is read with
        the offset before the change.
        """
        if written.tzinfo is None:
            written = written.replace(tzinfo=ZoneInfo(self.zone), fold=0)
        return written.astimezone(UTC)

    def day(self, moment: datetime) -> date:
        """The civil day of a moment."""
        return self.local(moment).date()

    def midnight_opening(self, day: date) -> datetime:
        """The midnight with which ``day`` begins."""
        return _opening(self.zone, day)

    def midnight_ending(self, day: date) -> datetime:
        """The midnight that ends ``day``: what has this last day falls due then."""
        return END_OF_TIME if day == date.max else _opening(self.zone, day + ONE_DAY)

    def counted_from(self, moment: datetime) -> date:
        """The anchor day of what counts from the entry of a stage.

        An entry at a midnight is anchored on the day that this midnight ends.
        """
        day = self.day(moment)
        return day - ONE_DAY if moment == self.midnight_opening(day) else day
