"""Days and midnights: a day is a civil day of the policy's zone, a moment is kept in UTC.

British clocks go forward on Sunday 29 March 2026 (01:00 becomes 02:00) and back on Sunday
25 October 2026 (02:00 becomes 01:00).
"""

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cspr_workflow.domain import calendar
from cspr_workflow.domain.calendar import END_OF_TIME, CivilTime
from tests.support import World, raising
from tests.unit.official_bank_holidays import day

LONDON = CivilTime("Europe/London")


def utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def written(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- The civil day of a moment ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "civil_day"),
    [
        # winter: midnight is midnight in UTC
        ("2026-12-03T23:59", "Thu 2026-12-03"),
        ("2026-12-03T23:59:59.999999", "Thu 2026-12-03"),
        ("2026-12-04T00:00", "Fri 2026-12-04"),
        ("2026-12-04T00:01", "Fri 2026-12-04"),
        # summer: midnight is 23:00 in UTC
        ("2026-07-02T22:59", "Thu 2026-07-02"),
        ("2026-07-02T23:00", "Fri 2026-07-03"),
        ("2026-07-02T23:01", "Fri 2026-07-03"),
        # the days on which the clocks change
        ("2026-03-29T00:00", "Sun 2026-03-29"),
        ("2026-03-29T22:59", "Sun 2026-03-29"),
        ("2026-03-29T23:00", "Mon 2026-03-30"),
        ("2026-10-24T23:00", "Sun 2026-10-25"),
        ("2026-10-25T23:59", "Sun 2026-10-25"),
        ("2026-10-26T00:00", "Mon 2026-10-26"),
    ],
)
def test_a_day_is_a_civil_day_of_the_zone(moment, civil_day):
    assert LONDON.day(utc(moment)) == day(civil_day)


@pytest.mark.parametrize(
    ("last_day", "falls_due"),
    [
        ("Thu 2026-12-03", "2026-12-04T00:00"),
        ("Thu 2026-07-02", "2026-07-02T23:00"),
        ("Fri 2026-12-04", "2026-12-05T00:00"),  # the midnight that opens a Saturday
        ("Sat 2026-03-28", "2026-03-29T00:00"),
        ("Sun 2026-03-29", "2026-03-29T23:00"),  # a day of 23 hours
        ("Sat 2026-10-24", "2026-10-24T23:00"),
        ("Sun 2026-10-25", "2026-10-26T00:00"),  # a day of 25 hours
    ],
)
def test_a_limit_falls_due_at_the_midnight_that_ends_its_last_day(last_day, falls_due):
    assert LONDON.midnight_ending(day(last_day)) == utc(falls_due)
    assert LONDON.midnight_opening(day(last_day) + timedelta(days=1)) == utc(falls_due)


def test_midnights_are_kept_in_utc():
    assert LONDON.midnight_ending(day("Thu 2026-07-02")).tzinfo is UTC
    assert LONDON.midnight_opening(day("Thu 2026-07-02")).tzinfo is UTC


def test_the_last_day_that_can_be_written_never_ends():
    assert LONDON.midnight_ending(date.max) == END_OF_TIME


# --- Written moments -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-03T09:30", "2026-12-03T09:30"),
        ("2026-07-02T09:30", "2026-07-02T08:30"),
        ("2026-07-02T09:30+00:00", "2026-07-02T09:30"),  # an offset is taken as it stands
        ("2026-07-02T09:30-05:00", "2026-07-02T14:30"),
        ("2026-07-03T00:30+01:00", "2026-07-02T23:30"),
        # a local time that does not exist: read with the offset before the change
        ("2026-03-29T00:59", "2026-03-29T00:59"),
        ("2026-03-29T01:00", "2026-03-29T01:00"),
        ("2026-03-29T01:30", "2026-03-29T01:30"),
        ("2026-03-29T02:00", "2026-03-29T01:00"),
        # a local time that occurs twice: the first
        ("2026-10-25T00:59", "2026-10-24T23:59"),
        ("2026-10-25T01:00", "2026-10-25T00:00"),
        ("2026-10-25T01:30", "2026-10-25T00:30"),
        ("2026-10-25T02:00", "2026-10-25T02:00"),
    ],
)
def test_a_written_moment_without_an_offset_is_local_time(text, moment):
    assert LONDON.moment(written(text)) == utc(moment)


def test_of_a_time_that_occurs_twice_the_first_is_meant_even_if_marked_as_the_second():
    twice = datetime(2026, 10, 25, 1, 30, fold=1)  # noqa: DTZ001 - local time
    assert LONDON.moment(twice) == utc("2026-10-25T00:30")


def test_the_second_of_the_two_is_written_with_its_offset():
    assert LONDON.moment(written("2026-10-25T01:30+00:00")) == utc("2026-10-25T01:30")


def test_a_moment_is_shown_with_the_offset_of_its_own_day():
    assert LONDON.local(utc("2026-12-04T00:00")).isoformat() == "2026-12-04T00:00:00+00:00"
    assert LONDON.local(utc("2026-07-02T23:00")).isoformat() == "2026-07-03T00:00:00+01:00"


# --- What counts from the entry of a stage ---------------------------------------------------


@pytest.mark.parametrize(
    ("entered", "anchor_day"),
    [
        ("2026-12-04T00:00", "Thu 2026-12-03"),  # at a midnight: the day that it ends
        ("2026-12-03T23:59", "Thu 2026-12-03"),
        ("2026-12-04T00:00:00.000001", "Fri 2026-12-04"),
        ("2026-12-04T00:01", "Fri 2026-12-04"),
        ("2026-12-04T14:00", "Fri 2026-12-04"),
        ("2026-07-02T23:00", "Thu 2026-07-02"),  # midnight in summer
        ("2026-07-02T22:59", "Thu 2026-07-02"),
        ("2026-07-02T23:01", "Fri 2026-07-03"),
        ("2026-07-03T00:00", "Fri 2026-07-03"),  # midnight in UTC is one o'clock here
        ("2026-03-29T00:00", "Sat 2026-03-28"),
        ("2026-03-29T23:00", "Sun 2026-03-29"),
        ("2026-10-24T23:00", "Sat 2026-10-24"),
        ("2026-10-26T00:00", "Sun 2026-10-25"),
    ],
)
def test_an_entry_at_a_midnight_is_anchored_on_the_day_that_the_midnight_ends(entered, anchor_day):
    assert LONDON.counted_from(utc(entered)) == day(anchor_day)


# --- Zones whose clocks change at midnight ---------------------------------------------------


def test_a_midnight_that_does_not_exist_is_the_moment_of_the_change():
    """In São Paulo 4 November 2018 began at one o'clock."""
    zone = CivilTime("America/Sao_Paulo")
    began = zone.midnight_opening(day("Sun 2018-11-04"))
    assert began == utc("2018-11-04T03:00")
    assert zone.local(began).isoformat() == "2018-11-04T01:00:00-02:00"
    assert zone.counted_from(began) == day("Sat 2018-11-03")


def test_of_a_midnight_that_occurs_twice_the_first_opens_the_day():
    """On the Azores one o'clock becomes midnight again on 25 October 2026."""
    zone = CivilTime("Atlantic/Azores")
    assert zone.midnight_opening(day("Sun 2026-10-25")) == utc("2026-10-25T00:00")
    assert zone.midnight_ending(day("Sun 2026-10-25")) == utc("2026-10-26T01:00")
    assert zone.counted_from(utc("2026-10-25T01:00")) == day("Sun 2026-10-25")


# --- One minute around midnight, in a case ---------------------------------------------------


@pytest.mark.parametrize(
    ("raised", "the_minute_before", "midnight", "shown"),
    [
        (  # winter: raised Mon 30 Nov, working day 3 is Thu 3 Dec
            "2026-11-30T09:30",
            "2026-12-03T23:59",
            "2026-12-04T00:00",
            "2026-12-04T00:00:00+00:00",
        ),
        (  # summer: raised Mon 5 Jul 2027, working day 3 is Thu 8 Jul
            "2027-07-05T09:30",
            "2027-07-08T23:59",
            "2027-07-09T00:00",
            "2027-07-09T00:00:00+01:00",
        ),
    ],
)
def test_stage_2_opens_at_the_midnight_that_ends_working_day_3_and_not_before(
    raised, the_minute_before, midnight, shown
):
    world = World().raised(timescale="review", at=raised)
    world.tick(the_minute_before)
    assert world.escalation().stage == "stage_1"
    world.tick(midnight)
    assert world.shown()["stages"][-1] == {
        "stage": "stage_2",
        "entered": shown,
        "by": "clock",
        "reason": "no_response",
    }


@pytest.mark.parametrize(
    ("raised", "stage_1_ends"),
    [
        ("2026-11-30T23:59", "2026-12-03"),  # on Mon 30 Nov: Thu 3 Dec
        ("2026-12-01T00:00", "2026-12-04"),  # on Tue 1 Dec: Fri 4 Dec
        ("2026-12-01T00:01", "2026-12-04"),
        ("2027-07-05T23:59", "2027-07-08"),  # in summer, on Mon 5 Jul: Thu 8 Jul
        ("2027-07-06T00:00", "2027-07-09"),  # on Tue 6 Jul: Fri 9 Jul
        ("2027-07-06T00:01", "2027-07-09"),
    ],
)
def test_days_are_counted_from_the_civil_day_of_the_raising(raised, stage_1_ends):
    world = World().raised(timescale="review", at=raised)
    assert world.shown()["last_days"]["stage_1"] == stage_1_ends


# --- Wherever the machine stands -------------------------------------------------------------


@pytest.fixture(params=["UTC", "Pacific/Auckland", "America/Los_Angeles", "Pacific/Kiritimati"])
def machine_elsewhere(request, monkeypatch):
    """The machine's own time zone is another one."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", request.param)
        time.tzset()
        calendar._opening.cache_clear()
        yield request.param
    time.tzset()
    calendar._opening.cache_clear()


def test_the_machines_own_time_zone_changes_nothing(machine_elsewhere):
    assert LONDON.midnight_ending(day("Thu 2026-07-02")) == utc("2026-07-02T23:00")
    assert LONDON.moment(written("2026-03-29T01:30")) == utc("2026-03-29T01:30")
    assert LONDON.moment(written("2026-10-25T01:30")) == utc("2026-10-25T00:30")
    assert LONDON.day(utc("2026-07-02T23:00")) == day("Fri 2026-07-03")
    assert LONDON.counted_from(utc("2026-12-04T00:00")) == day("Thu 2026-12-03")


def test_a_case_has_the_same_history_wherever_the_machine_stands(machine_elsewhere):
    world = World().reported()
    world.do("officer", "2026-12-21T09:30", raising(timescale="review"))
    world.tick("2027-01-08T07:00")
    assert world.stages() == [
        ("initial_discussion", "2026-12-21T09:30", "officer", None),
        ("stage_1", "2026-12-22T00:00", "clock", "not_resolved"),
        ("stage_2", "2026-12-25T00:00", "clock", "no_response"),
        ("stage_3", "2027-01-05T00:00", "clock", "no_outcome"),
    ]
    assert world.shown()["limit"] == {
        "stage": "stage_3",
        "last_day": "2027-01-07",
        "state": "passed",
    }


def test_the_machine_did_stand_elsewhere(machine_elsewhere):
    """The fixture above does what it says, so that the two tests before this one can fail."""
    here = datetime(2026, 7, 2, 12).astimezone()
    hours = {
        "UTC": 0,
        "Pacific/Auckland": 12,
        "America/Los_Angeles": -7,
        "Pacific/Kiritimati": 14,
    }
    assert here.utcoffset() == timezone(timedelta(hours=hours[machine_elsewhere])).utcoffset(None)
