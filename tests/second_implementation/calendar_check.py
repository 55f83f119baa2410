"""Working days, counted one day at a time on purpose.

Every function walks along the calendar day by day, so that it can be checked by reading
it. It serves as the calendar of the second implementation and as a check of any other
calendar.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

import holidays

ONE_DAY = timedelta(days=1)
NEXT_WORKING_DAY = "next_working_day"
SAME_DAY = "same_day"


@cache
def bank_holidays_of(year: int) -> frozenset[date]:
    """The bank holidays of England and Wales in one year."""
    found = holidays.country_holidays("GB", subdiv="ENG", years=[year])
    return frozenset(day for day in found if day.year == year)


def is_bank_holiday(day: date) -> bool:
    return day in bank_holidays_of(day.year)


def is_working_day(day: date, closures: Collection[date] = ()) -> bool:
    """Monday to Friday, no bank holiday, and none of the closure days given."""
    if day.weekday() >= 5:
        return False
    if is_bank_holiday(day):
        return False
    return day not in closures


def working_day(
    anchor: date,
    number: int,
    closures: Collection[date] = (),
    day_one: str = NEXT_WORKING_DAY,
) -> date:
    """Working day `number` from the anchor (the last day of a limit of that many
    working days).

    `next_working_day`: counting begins on the day after the anchor, whatever the anchor
    is. `same_day`: counting begins on the anchor, so it is day 1 if it is a working
    day.
    """
    if number < 1:
        raise ValueError("working days are numbered from 1")
    if day_one == NEXT_WORKING_DAY:
        day = anchor + ONE_DAY
    elif day_one == SAME_DAY:
        day = anchor
    else:
        raise ValueError(f"unknown day_one: {day_one}")
    counted = 0
    while True:
        if is_working_day(day, closures):
            counted += 1
            if counted == number:
                return day
        day += ONE_DAY


last_day = working_day


def last_day_calendar(anchor: date, number: int) -> date:
    """A limit in calendar days has the last day anchor + N."""
    day = anchor
    for _ in range(number):
        day += ONE_DAY
    return day


def last_day_months(anchor: date, months: int) -> date:
    """The same day number so many months on, or that month's last day where there is
    none."""
    year, month = anchor.year, anchor.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    day_number = anchor.day
    while day_number > calendar.monthrange(year, month)[1]:
        day_number -= 1
    return date(year, month, day_number)


def working_days_before(day: date, number: int, closures: Collection[date] = ()) -> date:
    """A limit counted backwards: the date itself is not counted."""
    if number < 1:
        raise ValueError("working days are numbered from 1")
    counted = 0
    while counted < number:
        day -= ONE_DAY
        if is_working_day(day, closures):
            counted += 1
    return day


def skipped_days(
    anchor: date,
    end: date,
    closures: Collection[date] = (),
    day_one: str = NEXT_WORKING_DAY,
) -> list[date]:
    """The days from where counting begins to `end` that were not counted."""
    day = anchor + ONE_DAY if day_one == NEXT_WORKING_DAY else anchor
    skipped: list[date] = []
    while day <= end:
        if not is_working_day(day, closures):
            skipped.append(day)
        day += ONE_DAY
    return skipped
