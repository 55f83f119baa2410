"""Counting days: which day is working day N, which days are skipped on the way, and why.

Every expected date is written out with its weekday. The bank holidays are the official ones.
"""

from datetime import date

import pytest

from cspr_workflow.domain.calendar import Calendar, Counted, DayOne, Skipped, Unit, add_months
from tests.unit.official_bank_holidays import OFFICIAL, day

NEXT, SAME = DayOne.NEXT_WORKING_DAY, DayOne.SAME_DAY
KNOWN_TO = 2028
OFFICE_SHUT = {
    day("Tue 2026-12-29"): "office shut",
    day("Wed 2026-12-30"): "office shut",
    day("Thu 2026-12-31"): "office shut",
}
CALENDAR = Calendar(OFFICIAL, KNOWN_TO, {})
WITH_CLOSURES = Calendar(OFFICIAL, KNOWN_TO, OFFICE_SHUT)


def working_day(n, anchor, day_one=NEXT, *, closures=False, calendar=CALENDAR) -> date:
    return calendar.working_days(n, day(anchor), day_one=day_one, closures=closures).day


def before(n, anchor, *, closures=False, calendar=CALENDAR) -> date:
    counted = calendar.working_days(n, day(anchor), day_one=NEXT, closures=closures, backward=True)
    return counted.day


# --- Working days ----------------------------------------------------------------------------

RAISED = [
    (  # the State Funeral, Mon 19 Sep 2022
        "Thu 2022-09-15",
        ["Wed 2022-09-21", "Fri 2022-09-23", "Tue 2022-09-27", "Fri 2022-09-30", "Fri 2022-10-07"],
        ["Tue 2022-09-20", "Mon 2022-09-26", "Thu 2022-09-29"],
    ),
    (  # the Coronation, Mon 8 May 2023
        "Wed 2023-05-03",
        ["Tue 2023-05-09", "Thu 2023-05-11", "Mon 2023-05-15", "Thu 2023-05-18", "Thu 2023-05-25"],
        ["Fri 2023-05-05", "Fri 2023-05-12", "Wed 2023-05-17"],
    ),
    (  # the Platinum Jubilee, Thu 2 and Fri 3 Jun 2022
        "Tue 2022-05-31",
        ["Tue 2022-06-07", "Thu 2022-06-09", "Mon 2022-06-13", "Thu 2022-06-16", "Thu 2022-06-23"],
        ["Mon 2022-06-06", "Fri 2022-06-10", "Wed 2022-06-15"],
    ),
    (  # Easter: Good Friday 3 Apr and Easter Monday 6 Apr 2026
        "Wed 2026-04-01",
        ["Wed 2026-04-08", "Fri 2026-04-10", "Tue 2026-04-14", "Fri 2026-04-17", "Fri 2026-04-24"],
        ["Tue 2026-04-07", "Mon 2026-04-13", "Thu 2026-04-16"],
    ),
    (  # a Saturday is no working day: both settings begin on Monday
        "Sat 2026-11-28",
        ["Wed 2026-12-02", "Fri 2026-12-04", "Tue 2026-12-08", "Fri 2026-12-11", "Fri 2026-12-18"],
        ["Wed 2026-12-02", "Tue 2026-12-08", "Fri 2026-12-11"],
    ),
    (  # Christmas: Fri 25 and Mon 28 Dec 2026 (substitute), Fri 1 Jan 2027
        "Mon 2026-12-21",
        ["Thu 2026-12-24", "Wed 2026-12-30", "Mon 2027-01-04", "Thu 2027-01-07", "Thu 2027-01-14"],
        ["Wed 2026-12-23", "Thu 2026-12-31", "Wed 2027-01-06"],
    ),
    (
        "Thu 2026-12-24",
        ["Thu 2026-12-31", "Tue 2027-01-05", "Thu 2027-01-07", "Tue 2027-01-12", "Tue 2027-01-19"],
        ["Wed 2026-12-30", "Wed 2027-01-06", "Mon 2027-01-11"],
    ),
    (  # Christmas on a weekend: substitutes Mon 27 and Tue 28 Dec 2027, Mon 3 Jan 2028
        "Wed 2027-12-22",
        ["Wed 2027-12-29", "Fri 2027-12-31", "Wed 2028-01-05", "Mon 2028-01-10", "Mon 2028-01-17"],
        ["Fri 2027-12-24", "Tue 2028-01-04", "Fri 2028-01-07"],
    ),
]


@pytest.mark.parametrize(("raised", "next_working_day", "same_day"), RAISED)
def test_working_days_from_a_raising(raised, next_working_day, same_day):
    assert [working_day(n, raised) for n in (3, 5, 7, 10, 15)] == list(map(day, next_working_day))
    assert [working_day(n, raised, SAME) for n in (3, 7, 10)] == list(map(day, same_day))


@pytest.mark.parametrize(
    ("anchor", "day_1"),
    [
        ("Mon 2026-11-30", "Tue 2026-12-01"),  # a working day: the next one
        ("Fri 2026-11-27", "Mon 2026-11-30"),
        ("Sat 2026-11-28", "Mon 2026-11-30"),
        ("Sun 2026-11-29", "Mon 2026-11-30"),
        ("Fri 2026-12-25", "Tue 2026-12-29"),  # a bank holiday, before another
    ],
)
def test_working_day_1_is_the_first_working_day_after_the_anchor_day(anchor, day_1):
    assert working_day(1, anchor) == day(day_1)


@pytest.mark.parametrize(
    ("anchor", "day_1"),
    [
        ("Mon 2026-11-30", "Mon 2026-11-30"),  # a working day: itself
        ("Fri 2026-11-27", "Fri 2026-11-27"),
        ("Sat 2026-11-28", "Mon 2026-11-30"),
        ("Sun 2026-11-29", "Mon 2026-11-30"),
        ("Fri 2026-12-25", "Tue 2026-12-29"),
    ],
)
def test_with_same_day_it_is_the_anchor_day_itself_where_that_is_a_working_day(anchor, day_1):
    assert working_day(1, anchor, SAME) == day(day_1)


# --- Closures --------------------------------------------------------------------------------


def test_closure_days_are_left_out_where_the_limit_says_so():
    assert working_day(10, "Mon 2026-12-21", closures=True, calendar=WITH_CLOSURES) == day(
        "Tue 2027-01-12"
    )


def test_closure_days_count_as_any_other_day_where_the_limit_does_not_say_so():
    """They never stretch a national time."""
    assert working_day(10, "Mon 2026-12-21", calendar=WITH_CLOSURES) == day("Thu 2027-01-07")


def test_with_same_day_a_closed_anchor_day_is_not_working_day_1():
    closed = CALENDAR.with_day(closed=day("Mon 2026-11-30"), why="flood")
    assert working_day(1, "Mon 2026-11-30", SAME, closures=True, calendar=closed) == day(
        "Tue 2026-12-01"
    )
    assert working_day(1, "Mon 2026-11-30", SAME, calendar=closed) == day("Mon 2026-11-30")


def test_a_closure_on_a_day_that_is_no_working_day_already_changes_nothing():
    closed = CALENDAR.with_day(closed=day("Sat 2026-12-26"), why="office shut")
    assert working_day(10, "Mon 2026-12-21", closures=True, calendar=closed) == day(
        "Thu 2027-01-07"
    )


# --- Why a day is skipped --------------------------------------------------------------------


def test_each_day_that_is_skipped_is_named_with_its_reason():
    counted = WITH_CLOSURES.working_days(
        5, day("Wed 2026-12-23"), day_one=NEXT, closures=True
    )  # Thu 24 Dec is day 1, Mon 4 Jan day 2
    assert counted.day == day("Thu 2027-01-07")
    assert counted.skipped == (
        Skipped(day("Fri 2026-12-25"), "Christmas Day"),
        Skipped(day("Sat 2026-12-26"), "Saturday"),
        Skipped(day("Sun 2026-12-27"), "Sunday"),
        Skipped(day("Mon 2026-12-28"), "Boxing Day (substitute day)"),
        Skipped(day("Tue 2026-12-29"), "office shut"),
        Skipped(day("Wed 2026-12-30"), "office shut"),
        Skipped(day("Thu 2026-12-31"), "office shut"),
        Skipped(day("Fri 2027-01-01"), "New Year's Day"),
        Skipped(day("Sat 2027-01-02"), "Saturday"),
        Skipped(day("Sun 2027-01-03"), "Sunday"),
    )


def test_closures_that_are_not_asked_for_are_not_named():
    counted = WITH_CLOSURES.working_days(1, day("Mon 2026-12-28"), day_one=NEXT, closures=False)
    assert counted == Counted(day("Tue 2026-12-29"), (), day("Tue 2026-12-29"))


def test_the_anchor_day_is_named_as_skipped_only_where_it_could_have_counted():
    saturday = day("Sat 2026-11-28")
    named = (Skipped(saturday, "Saturday"), Skipped(day("Sun 2026-11-29"), "Sunday"))
    counted = CALENDAR.working_days(1, saturday, day_one=SAME, closures=True)
    assert counted.skipped == named
    assert CALENDAR.working_days(1, saturday, day_one=NEXT, closures=True).skipped == named[1:]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("Sat 2026-12-26", "Saturday"),
        ("Sun 2026-12-27", "Sunday"),
        ("Mon 2026-12-28", "Boxing Day (substitute day)"),
        ("Mon 2022-09-19", "Bank Holiday for the State Funeral of Queen Elizabeth II"),
        ("Tue 2026-12-29", "office shut"),
        ("Thu 2026-12-24", None),
    ],
)
def test_why_a_day_is_no_working_day(written, why):
    assert WITH_CLOSURES.why_not(day(written), closures=True) == why


def test_a_bank_holiday_that_is_also_declared_closed_keeps_its_name():
    closed = CALENDAR.with_day(closed=day("Fri 2026-12-25"), why="office shut")
    assert closed.why_not(day("Fri 2026-12-25"), closures=True) == "Christmas Day"


# --- Backward --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("publication", "copy_by"),
    [
        ("Tue 2026-12-29", "Wed 2026-12-16"),
        ("Tue 2027-04-06", "Wed 2027-03-24"),  # over Easter: 26 and 29 March
        ("Sun 2026-12-27", "Wed 2026-12-16"),
    ],
)
def test_seven_working_days_before_a_date_exclude_that_date(publication, copy_by):
    assert before(7, publication) == day(copy_by)


def test_backwards_the_date_itself_is_excluded_whatever_day_one_says():
    for day_one in DayOne:
        counted = CALENDAR.working_days(
            1, day("Tue 2026-12-29"), day_one=day_one, closures=False, backward=True
        )
        assert counted.day == day("Thu 2026-12-24")
        assert [skipped.why for skipped in counted.skipped] == [
            "Boxing Day (substitute day)",
            "Sunday",
            "Saturday",
            "Christmas Day",
        ]


def test_backwards_closures_are_left_out_where_asked():
    assert before(2, "Mon 2027-01-04", closures=True, calendar=WITH_CLOSURES) == day(
        "Wed 2026-12-23"
    )
    assert before(2, "Mon 2027-01-04", calendar=WITH_CLOSURES) == day("Wed 2026-12-30")


# --- Calendar days and months ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor", "months", "last_day"),
    [
        ("Fri 2025-08-29", 6, "Sat 2026-02-28"),
        ("Sat 2025-08-30", 6, "Sat 2026-02-28"),
        ("Sun 2025-08-31", 6, "Sat 2026-02-28"),
        ("Thu 2023-08-31", 6, "Thu 2024-02-29"),  # a leap year
        ("Tue 2026-03-31", 6, "Wed 2026-09-30"),
        ("Thu 2024-02-29", 6, "Thu 2024-08-29"),
        ("Thu 2024-02-29", 12, "Fri 2025-02-28"),
        ("Thu 2026-06-25", 6, "Fri 2026-12-25"),  # it does not move off a bank holiday
        ("Thu 2026-12-31", 1, "Sun 2027-01-31"),
        ("Thu 2026-12-31", -10, "Sat 2026-02-28"),
        ("Sat 2026-01-31", -1, "Wed 2025-12-31"),
    ],
)
def test_months_end_on_the_same_day_number_or_on_the_last_day_of_the_month(
    anchor, months, last_day
):
    assert add_months(day(anchor), months) == day(last_day)


@pytest.mark.parametrize("day_one", DayOne)
@pytest.mark.parametrize("closures", [True, False])
@pytest.mark.parametrize(
    ("length", "unit", "backward", "last_day"),
    [
        (15, Unit.DAYS, False, "Wed 2026-12-30"),
        (11, Unit.DAYS, False, "Sat 2026-12-26"),  # on a weekend it stays
        (15, Unit.DAYS, True, "Mon 2026-11-30"),
        (6, Unit.MONTHS, False, "Tue 2027-06-15"),
        (6, Unit.MONTHS, True, "Mon 2026-06-15"),
    ],
)
def test_calendar_days_and_months_skip_nothing(length, unit, backward, last_day, day_one, closures):
    """``day_one`` alters working-day counts only; closures have nothing to stretch."""
    counted = WITH_CLOSURES.count(
        length,
        unit,
        day("Tue 2026-12-15"),
        day_one=day_one,
        closures=closures,
        backward=backward,
    )
    assert counted.day == day(last_day)
    assert counted.skipped == ()


@pytest.mark.parametrize(
    ("closures", "backward", "last_day"),
    [
        (False, False, "Thu 2027-01-07"),
        (True, False, "Tue 2027-01-12"),
        (False, True, "Mon 2026-12-07"),
    ],
)
def test_a_limit_in_working_days_is_counted_as_such(closures, backward, last_day):
    counted = WITH_CLOSURES.count(
        10,
        Unit.WORKING_DAYS,
        day("Mon 2026-12-21"),
        day_one=NEXT,
        closures=closures,
        backward=backward,
    )
    assert counted.day == day(last_day)


# --- Provisional -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor", "length", "unit", "backward", "provisional"),
    [
        ("Thu 2028-12-28", 1, Unit.WORKING_DAYS, False, False),  # Fri 29 Dec 2028, the last
        ("Thu 2028-12-28", 2, Unit.WORKING_DAYS, False, True),  # Mon 1 or Tue 2 Jan 2029
        ("Fri 2028-12-29", 2, Unit.DAYS, False, False),
        ("Fri 2028-12-29", 3, Unit.DAYS, False, True),
        ("Fri 2028-06-30", 6, Unit.MONTHS, False, False),
        ("Sat 2028-07-01", 6, Unit.MONTHS, False, True),
        ("Tue 2029-01-09", 10, Unit.WORKING_DAYS, True, True),  # in 2028, but over New Year 2029
        ("Fri 2028-12-29", 10, Unit.WORKING_DAYS, True, False),
    ],
)
def test_beyond_the_last_year_officially_known_a_date_is_provisional(
    anchor, length, unit, backward, provisional
):
    counted = CALENDAR.count(length, unit, day(anchor), day_one=NEXT, backward=backward)
    assert CALENDAR.provisional(counted) is provisional


def test_the_horizon_moves_with_the_list():
    counted = CALENDAR.count(2, Unit.WORKING_DAYS, day("Thu 2028-12-28"), day_one=NEXT)
    assert not Calendar(OFFICIAL, 2029, {}).provisional(counted)


# --- The next version of a calendar ----------------------------------------------------------


def test_a_closure_declared_and_withdrawn_makes_a_version_each_and_leaves_the_old_one_alone():
    friday = day("Fri 2026-12-04")
    declared = CALENDAR.with_day(closed=friday, why="flood")
    withdrawn = declared.with_day(opened=friday)
    versions = (CALENDAR, declared, withdrawn)
    assert [c.version for c in versions] == [0, 1, 2]
    assert [c.why_not(friday, closures=True) for c in versions] == [None, "flood", None]


def test_a_bank_holiday_announced_and_cancelled_makes_a_version_each():
    friday = day("Fri 2026-12-04")
    announced = CALENDAR.with_holiday(announced=friday, name="Day of mourning")
    cancelled = announced.with_holiday(cancelled=friday)
    versions = (CALENDAR, announced, cancelled)
    assert [c.version for c in versions] == [0, 1, 2]
    assert [c.why_not(friday, closures=False) for c in versions] == [None, "Day of mourning", None]
    assert [working_day(5, "Mon 2026-11-30", calendar=c) for c in versions] == [
        day("Mon 2026-12-07"),
        day("Tue 2026-12-08"),
        day("Mon 2026-12-07"),
    ]


def test_withdrawing_one_closure_leaves_the_others():
    opened = WITH_CLOSURES.with_day(opened=day("Wed 2026-12-30"))
    assert sorted(opened.closures) == [day("Tue 2026-12-29"), day("Thu 2026-12-31")]
