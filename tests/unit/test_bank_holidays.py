"""The bank holidays that the program counts by are the official ones: no missing, no extra."""

from datetime import date

import pytest

from cspr_workflow.domain.policy import Region
from cspr_workflow.store import bank_holidays
from tests.unit.official_bank_holidays import OFFICIAL, day

YEARS = range(2015, 2029)


def of_year(region: str, year: int) -> set[date]:
    return {holiday for holiday in bank_holidays.of(region).days if holiday.year == year}


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("region", ["GB-ENG", "GB-WLS"])
def test_the_bank_holidays_of_england_and_wales_are_the_official_ones(region, year):
    official = {holiday for holiday in OFFICIAL if holiday.year == year}
    assert of_year(region, year) == official


def test_the_official_list_that_this_is_compared_with_is_whole():
    """Eight a year: ten in 2022 (Jubilee, State Funeral) and nine in 2023 (Coronation)."""
    counted = {year: sum(holiday.year == year for holiday in OFFICIAL) for year in YEARS}
    assert counted == dict.fromkeys(YEARS, 8) | {2022: 10, 2023: 9}
    assert {holiday.weekday() for holiday in OFFICIAL} <= {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("moved_to", "from_where"),
    [
        ("Fri 2020-05-08", "Mon 2020-05-04"),  # VE day
        ("Thu 2022-06-02", "Mon 2022-05-30"),  # Platinum Jubilee
    ],
)
def test_a_bank_holiday_that_was_moved_counts_only_where_it_was_moved_to(moved_to, from_where):
    listed = bank_holidays.of("GB-ENG").days
    assert day(moved_to) in listed
    assert day(from_where) not in listed


@pytest.mark.parametrize(
    ("announced", "called"),
    [
        ("Fri 2022-06-03", "Jubilee"),
        ("Mon 2022-09-19", "State Funeral"),
        ("Mon 2023-05-08", "Coronation"),
    ],
)
def test_a_holiday_of_one_year_only_is_listed_by_its_name(announced, called):
    assert called in bank_holidays.of("GB-ENG").days[day(announced)]


def test_a_holiday_on_a_weekend_is_left_out_and_its_substitute_day_is_named():
    listed = bank_holidays.of("GB-ENG").days
    assert day("Sat 2027-12-25") not in listed
    assert "Christmas" in listed[day("Mon 2027-12-27")]
    assert "Boxing" in listed[day("Tue 2027-12-28")]
    assert not [holiday for holiday in listed if holiday.weekday() >= 5]


def test_every_holiday_has_a_name():
    assert all(name.strip() for name in bank_holidays.of("GB-ENG").days.values())


def test_the_last_year_that_is_officially_known_is_2028():
    known = bank_holidays.of("GB-ENG")
    assert known.known_to == 2028
    assert known.region == "GB-ENG"
    assert known.source.startswith("holidays ")


def test_later_years_are_worked_out_and_only_provisional():
    assert of_year("GB-ENG", 2031) == {
        day("Wed 2031-01-01"),
        day("Fri 2031-04-11"),  # Good Friday
        day("Mon 2031-04-14"),
        day("Mon 2031-05-05"),
        day("Mon 2031-05-26"),
        day("Mon 2031-08-25"),
        day("Thu 2031-12-25"),
        day("Fri 2031-12-26"),
    }


def test_the_other_regions_have_holidays_of_their_own():
    england = of_year("GB-ENG", 2026)
    elsewhere = of_year("GB-SCT", 2026) | of_year("GB-NIR", 2026)
    assert elsewhere - england >= {
        day("Fri 2026-01-02"),  # Scotland
        day("Tue 2026-03-17"),  # Northern Ireland
        day("Mon 2026-07-13"),  # Northern Ireland
        day("Mon 2026-08-03"),  # Scotland
        day("Mon 2026-11-30"),  # Scotland
    }
    assert day("Mon 2026-04-06") not in of_year("GB-SCT", 2026)  # no Easter Monday there


@pytest.mark.parametrize("region", Region)
def test_every_region_that_a_policy_can_name_has_bank_holidays(region):
    assert day("Fri 2026-12-25") in bank_holidays.of(region).days
