"""The calendar against the second implementation, which walks day by day on purpose: every day from
2015 to 2035. And what must hold of any calendar, whatever its holidays and closures.
"""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cspr_workflow.domain.calendar import Calendar, DayOne, Unit, add_months
from cspr_workflow.store import bank_holidays
from tests.second_implementation import calendar_check

ONE_DAY = timedelta(days=1)
FIRST, LAST = date(2015, 1, 1), date(2035, 12, 31)
EVERY_DAY = [FIRST + n * ONE_DAY for n in range((LAST - FIRST).days + 1)]
LENGTHS = range(1, 16)
LADDER = (3, 10, 15)
CLOSED = frozenset(
    day
    for year in range(FIRST.year, LAST.year + 2)
    for day in (
        *(date(year, 12, number) for number in (24, 27, 28, 29, 30, 31)),  # the office is shut
        date(year, 1, 2),
        date(year, 6, 17),
        date(year, 9, 4),
    )
)
CLOSURES = pytest.mark.parametrize(
    "closed", [frozenset(), CLOSED], ids=["no closures", "with closures"]
)


def calendar_with(closed: frozenset[date]) -> Calendar:
    known = bank_holidays.of("GB-ENG")
    return Calendar(known.days, known.known_to, dict.fromkeys(closed, "office shut"))


def test_every_day_from_2015_to_2035_is_compared():
    assert len(EVERY_DAY) == 21 * 365 + 5  # five leap years: 2016, 2020, 2024, 2028, 2032


# --- Against the second implementation -------------------------------------------------------


@CLOSURES
def test_the_same_days_are_working_days(closed):
    calendar = calendar_with(closed)
    differing = [
        day
        for day in EVERY_DAY
        if (calendar.why_not(day, closures=True) is None)
        != calendar_check.is_working_day(day, closed)
    ]
    assert differing == []


@CLOSURES
@pytest.mark.parametrize("day_one", DayOne)
def test_working_days_1_to_15_from_every_day(day_one, closed):
    """Working day N + 1 is the second implementation's working day 1 after working day N; the next
    test asks it for some lengths at once."""
    calendar = calendar_with(closed)
    following = {day: calendar_check.working_day(day, 1, closed) for day in EVERY_DAY}
    for anchor in EVERY_DAY:
        found = [
            calendar.working_days(n, anchor, day_one=day_one, closures=True).day for n in LENGTHS
        ]
        expected = [calendar_check.working_day(anchor, 1, closed, day_one.value)]
        while len(expected) < len(LENGTHS):
            after = expected[-1]
            expected.append(following.get(after) or calendar_check.working_day(after, 1, closed))
        assert found == expected, anchor


@CLOSURES
@pytest.mark.parametrize("day_one", DayOne)
def test_working_days_3_10_and_15_and_the_days_skipped_from_every_day(day_one, closed):
    calendar = calendar_with(closed)
    for anchor in EVERY_DAY:
        for n in LADDER:
            counted = calendar.working_days(n, anchor, day_one=day_one, closures=True)
            day = calendar_check.working_day(anchor, n, closed, day_one.value)
            assert counted.day == day, (anchor, n)
        skipped = calendar_check.skipped_days(anchor, day, closed, day_one.value)
        assert [one.day for one in counted.skipped] == skipped, anchor


def test_closures_that_are_not_asked_for_change_nothing():
    calendar = calendar_with(CLOSED)
    for anchor in EVERY_DAY:
        found = calendar.working_days(
            15, anchor, day_one=DayOne.NEXT_WORKING_DAY, closures=False
        ).day
        assert found == calendar_check.working_day(anchor, 15), anchor


@CLOSURES
def test_working_days_before_every_day(closed):
    calendar = calendar_with(closed)
    for anchor in EVERY_DAY:
        for n in (1, 7, 15):
            counted = calendar.working_days(
                n, anchor, day_one=DayOne.NEXT_WORKING_DAY, closures=True, backward=True
            )
            assert counted.day == calendar_check.working_days_before(anchor, n, closed), anchor


def test_months_1_to_12_from_every_day():
    for anchor in EVERY_DAY:
        for n in range(1, 13):
            expected = calendar_check.last_day_months(anchor, n)
            assert add_months(anchor, n) == expected, (anchor, n)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.dates(FIRST, LAST), st.integers(1, 400))
def test_calendar_days(anchor, n):
    counted = calendar_with(CLOSED).count(n, Unit.DAYS, anchor, day_one=DayOne.SAME_DAY)
    assert counted.day == calendar_check.last_day_calendar(anchor, n)


# --- What holds of any calendar --------------------------------------------------------------

SOME_DAYS = st.dates(date(2026, 1, 1), date(2026, 4, 30))
CALENDARS = st.builds(
    lambda holidays, closures: Calendar(
        dict.fromkeys(holidays, "holiday"), 2028, dict.fromkeys(closures, "closed")
    ),
    st.sets(SOME_DAYS, max_size=12),
    st.sets(SOME_DAYS, max_size=12),
)
COUNTS = st.integers(1, 30)
holds = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def working_day(calendar, n, anchor, day_one=DayOne.NEXT_WORKING_DAY, *, closures=True) -> date:
    return calendar.working_days(n, anchor, day_one=day_one, closures=closures).day


def working_day_before(calendar, n, anchor) -> date:
    return calendar.working_days(
        n, anchor, day_one=DayOne.NEXT_WORKING_DAY, closures=True, backward=True
    ).day


def is_working(calendar: Calendar, day: date) -> bool:
    return calendar.why_not(day, closures=True) is None


@holds
@given(CALENDARS, COUNTS, SOME_DAYS, st.sampled_from(DayOne))
def test_a_last_day_is_a_working_day_after_the_anchor(calendar, n, anchor, day_one):
    last_day = working_day(calendar, n, anchor, day_one)
    assert is_working(calendar, last_day)
    assert last_day > anchor or (day_one is DayOne.SAME_DAY and last_day == anchor and n == 1)


@holds
@given(CALENDARS, COUNTS, SOME_DAYS, st.sampled_from(DayOne))
def test_each_working_day_more_is_the_very_next_working_day(calendar, n, anchor, day_one):
    last_day = working_day(calendar, n, anchor, day_one)
    following = working_day(calendar, n + 1, anchor, day_one)
    assert following == working_day(calendar, 1, last_day)
    assert following > last_day


@holds
@given(CALENDARS, COUNTS, SOME_DAYS)
def test_exactly_n_working_days_lie_from_the_day_after_the_anchor_to_the_last_day(
    calendar, n, anchor
):
    counted = calendar.working_days(n, anchor, day_one=DayOne.NEXT_WORKING_DAY, closures=True)
    between = [anchor + d * ONE_DAY for d in range(1, (counted.day - anchor).days + 1)]
    assert sum(is_working(calendar, day) for day in between) == n
    assert [one.day for one in counted.skipped] == [
        day for day in between if not is_working(calendar, day)
    ]


@holds
@given(CALENDARS, COUNTS, SOME_DAYS, st.integers(0, 20), st.sampled_from(DayOne))
def test_a_later_anchor_never_gives_an_earlier_last_day(calendar, n, anchor, later, day_one):
    last_day = working_day(calendar, n, anchor, day_one)
    assert working_day(calendar, n, anchor + later * ONE_DAY, day_one) >= last_day


@holds
@given(CALENDARS, COUNTS, SOME_DAYS)
def test_same_day_is_one_working_day_ahead_on_a_working_day_and_else_the_same(calendar, n, anchor):
    same_day = working_day(calendar, n + 1, anchor, DayOne.SAME_DAY)
    next_day = working_day(calendar, n, anchor)
    if is_working(calendar, anchor):
        assert same_day == next_day
    else:
        assert same_day == working_day(calendar, n + 1, anchor)


@holds
@given(CALENDARS, COUNTS, SOME_DAYS)
def test_counting_backward_is_the_mirror_of_counting_forward(calendar, n, anchor):
    """From a working day, N working days on and N back again come to the same day."""
    anchor = working_day(calendar, 1, anchor)
    assert working_day_before(calendar, n, working_day(calendar, n, anchor)) == anchor
    assert working_day(calendar, n, working_day_before(calendar, n, anchor)) == anchor


@holds
@given(CALENDARS, COUNTS, SOME_DAYS)
def test_exactly_n_working_days_lie_from_a_backward_limit_to_the_day_before_the_date(
    calendar, n, date_itself
):
    limit = working_day_before(calendar, n, date_itself)
    from_it = [limit + d * ONE_DAY for d in range((date_itself - limit).days)]
    assert sum(is_working(calendar, day) for day in from_it) == n


@holds
@given(CALENDARS, COUNTS, SOME_DAYS, SOME_DAYS, st.sampled_from(DayOne))
def test_a_closure_more_moves_a_limit_by_one_working_day_or_not_at_all(
    calendar, n, anchor, closed, day_one
):
    was_working = is_working(calendar, closed)
    before = working_day(calendar, n, anchor, day_one)
    one_later = working_day(calendar, n + 1, anchor, day_one)
    counted_at_all = closed > anchor or (closed == anchor and day_one is DayOne.SAME_DAY)
    moves = was_working and counted_at_all and closed <= before
    after = working_day(calendar.with_day(closed=closed, why="flood"), n, anchor, day_one)
    assert after == (one_later if moves else before)


@holds
@given(CALENDARS, COUNTS, SOME_DAYS, SOME_DAYS)
def test_a_closure_declared_and_withdrawn_leaves_every_limit_where_it_was(
    calendar, n, anchor, closed
):
    opened = calendar.with_day(opened=closed)
    again = opened.with_day(closed=closed, why="flood").with_day(opened=closed)
    assert working_day(again, n, anchor) == working_day(opened, n, anchor)


@holds
@given(CALENDARS, COUNTS, SOME_DAYS)
def test_closures_never_stretch_a_count_that_does_not_ask_for_them(calendar, n, anchor):
    without = Calendar(calendar.bank_holidays, calendar.known_to, {})
    assert working_day(calendar, n, anchor, closures=False) == working_day(without, n, anchor)


@holds
@given(st.dates(FIRST, LAST), st.integers(-36, 36))
def test_months_keep_the_day_number_or_end_the_month(anchor, n):
    last_day = add_months(anchor, n)
    months = (last_day.year - anchor.year) * 12 + last_day.month - anchor.month
    assert months == n
    ends_month = (last_day + ONE_DAY).day == 1
    assert last_day.day == anchor.day or (last_day.day < anchor.day and ends_month)
