"""Moments and civil days, the walk from midnight to midnight, and the working days that
the partnership counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from ..calendar_check import working_day
from .settings import Settings

ZONE = ZoneInfo("Europe/London")


def moment(text: str) -> datetime:
    """A moment of a case file, in UTC. Without an offset it is local time; of a local
    time that occurs twice the first is meant, one that does not exist has the offset
    before the change."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        value = value.replace(tzinfo=ZONE, fold=0)
    return value.astimezone(UTC)


def local_day(when: datetime) -> date:
    return when.astimezone(ZONE).date()


def local_text(when: datetime) -> str:
    return when.astimezone(ZONE).isoformat()


@cache
def midnight_that_opens(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def midnight_that_ends(day: date) -> datetime:
    return midnight_that_opens(day + timedelta(days=1))


def over(day: date, now: datetime) -> bool:
    """Has the last day passed? What falls due at this very moment has fallen due."""
    return midnight_that_ends(day) <= now


def walk(start: datetime, end: datetime) -> Iterator[datetime]:
    """The start, every midnight after it up to the end, and the end."""
    yield start
    day = local_day(start) + timedelta(days=1)
    while midnight_that_opens(day) < end:
        yield midnight_that_opens(day)
        day += timedelta(days=1)
    if end > start:
        yield end


class Calendar:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.closures: set[date] = set()

    def ladder_day(self, anchor: date, number: int) -> date:
        """Closures count for the escalation's ladder."""
        return working_day(anchor, number, self.closures, self.settings.day_one)

    def national_day(self, anchor: date, number: int) -> date:
        """Closures never stretch a national time."""
        return working_day(anchor, number, (), self.settings.day_one)
