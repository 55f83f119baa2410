"""What the pictures of a case are drawn from: its days, week by week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cspr_workflow.domain.calendar import ONE_DAY, Calendar


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day in the calendar of a case.

    ``count`` is the working day's number, ``why_not`` why the day is none, ``marks`` what happens on
    it. A day that only fills up its week has ``inside`` false.
    """

    day: date
    count: int | None
    why_not: str | None
    marks: tuple[str, ...]
    today: bool
    inside: bool

    @property
    def is_weekend(self) -> bool:
        """Whether the day is not counted just because of its weekday, which needs no words."""
        return self.why_not in ("Saturday", "Sunday")

    @property
    def says(self) -> bool:
        """Whether there is more to the day than its number."""
        named = self.why_not is not None and not self.is_weekend
        return self.inside and (bool(self.marks) or self.today or named)


def weeks(
    calendar: Calendar,
    first: date,
    last: date,
    *,
    closures: bool,
    today: date,
    marks: Mapping[date, Sequence[str]],
    counted_after: date | None = None,
) -> list[list[CalendarDay]]:
    """The weeks from ``first`` to ``last``, each from Monday to Sunday.

    Working days are numbered after ``counted_after``, or not at all. ``closures`` says whether closure
    days count as days on which nobody works.
    """
    begin = first - timedelta(days=first.weekday())
    end = last + timedelta(days=6 - last.weekday())
    numbers = {} if counted_after is None else _numbered(calendar, counted_after, end, closures)
    days = [
        CalendarDay(
            day=day,
            count=numbers.get(day),
            why_not=calendar.why_not(day, closures=closures),
            marks=tuple(marks.get(day, ())),
            today=day == today,
            inside=first <= day <= last,
        )
        for day in _days(begin, end)
    ]
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def _days(first: date, last: date) -> list[date]:
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def _numbered(calendar: Calendar, after: date, last: date, closures: bool) -> dict[date, int]:
    """The working days after a day, with their numbers."""
    days = _days(after + ONE_DAY, last)
    working = (day for day in days if calendar.why_not(day, closures=closures) is None)
    return {day: number for number, day in enumerate(working, 1)}
