"""Change a number in the policy file and the process follows: no other place has to be touched.

The case: INC-1 of Tuesday 24 November 2026, known on Wednesday the 25th, reported on Thursday the
26th; ESC-1 raised on Monday 30 November at 09:30. Christmas: Friday 25 and Monday 28 December.
"""

import pytest

from cspr_workflow.domain.acts import (
    Body,
    ConveneRapidReview,
    DecideReview,
    DeclareClosure,
    HoldMeeting,
    MeetingOutcome,
    Notify,
    SendOutcome,
)
from cspr_workflow.store import bank_holidays
from tests.support import World, day, raising
from tests.unit.changed_policy import changed_policy, edit, in_stage, in_timescale

LADDER_2_4_6 = (
    in_stage("stage_1", "length = 3 ", "length = 2 "),
    in_stage("stage_2", "length = 7 ", "length = 4 "),
    in_stage("stage_3", "length = 10 ", "length = 6 "),
)
SAME_DAY = edit('day_one = "next_working_day"', 'day_one = "same_day"')
THREE_DAYS_TO_NOTIFY = in_timescale("notification", "length = 5", "length = 3")
FROM_AWARE = in_timescale("notification", 'starts = "incident"', 'starts = "aware"')
FIFTEEN_CALENDAR_DAYS = in_timescale("rapid_review", 'unit = "working_days"', 'unit = "days"')


def raised(*edits, at="2026-11-30T09:30") -> World:
    return World(changed_policy(*edits)).raised(timescale="review", at=at)


# --- The ladder ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edits", "last_days"),
    [
        ((), ("2026-12-03", "2026-12-09", "2026-12-14")),  # Thu, Wed, Mon: as Sandwell has it
        (LADDER_2_4_6, ("2026-12-02", "2026-12-04", "2026-12-08")),  # Wed, Fri, Tue
        ((SAME_DAY,), ("2026-12-02", "2026-12-08", "2026-12-11")),  # Wed, Tue, Fri
        ((*LADDER_2_4_6, SAME_DAY), ("2026-12-01", "2026-12-03", "2026-12-07")),  # Tue, Thu, Mon
        (  # 12 calendar days: Sat 12 Dec, and it does not move
            (
                in_stage("stage_3", "length = 10 ", "length = 12 "),
                in_stage("stage_3", 'unit = "working_days"', 'unit = "days"'),
            ),
            ("2026-12-03", "2026-12-09", "2026-12-12"),
        ),
        (  # 1 month
            (
                in_stage("stage_3", "length = 10 ", "length = 1 "),
                in_stage("stage_3", 'unit = "working_days"', 'unit = "months"'),
            ),
            ("2026-12-03", "2026-12-09", "2026-12-30"),
        ),
        (  # stage 1 from the day of the incident, Tue 24 Nov: Fri 27 Nov
            (in_stage("stage_1", 'starts = "raising"', 'starts = "incident"'),),
            ("2026-11-27", "2026-12-09", "2026-12-14"),
        ),
        (  # stage 1 from the day of becoming aware, Wed 25 Nov: Mon 30 Nov
            (in_stage("stage_1", 'starts = "raising"', 'starts = "aware"'),),
            ("2026-11-30", "2026-12-09", "2026-12-14"),
        ),
        (  # stage 2 from the last day of stage 1, Thu 3 Dec: Mon 14 Dec
            (in_stage("stage_2", 'starts = "raising"', 'starts = "previous_stage"'),),
            ("2026-12-03", "2026-12-14", "2026-12-14"),
        ),
    ],
)
def test_the_ladders_last_days_follow_the_policy(edits, last_days):
    assert raised(*edits).shown()["last_days"] == dict(
        zip(("stage_1", "stage_2", "stage_3"), last_days, strict=True)
    )


def test_a_ladder_of_2_4_and_6_working_days_moves_at_the_midnights_that_end_these():
    world = raised(*LADDER_2_4_6).at("2026-12-09T00:00")
    assert world.stages() == [
        ("initial_discussion", "2026-11-30T09:30", "officer", None),
        ("stage_1", "2026-12-01T00:00", "clock", "not_resolved"),
        ("stage_2", "2026-12-03T00:00", "clock", "no_response"),
        ("stage_3", "2026-12-05T00:00", "clock", "no_outcome"),
    ]
    assert world.shown()["limit"] == {
        "stage": "stage_3",
        "last_day": "2026-12-08",
        "state": "passed",
    }


def test_with_same_day_working_day_1_has_opened_already_on_a_working_day():
    """The discussion is over as soon as the escalation is raised, and not before."""
    world = raised(*LADDER_2_4_6, SAME_DAY)
    assert world.stages() == [
        ("initial_discussion", "2026-11-30T09:30", "officer", None),
        ("stage_1", "2026-11-30T09:30", "clock", "not_resolved"),
    ]
    world.tick("2026-12-08T00:00")
    assert world.stages()[2:] == [
        ("stage_2", "2026-12-02T00:00", "clock", "no_response"),
        ("stage_3", "2026-12-04T00:00", "clock", "no_outcome"),
    ]
    assert world.shown()["limit"]["state"] == "passed"


def test_with_same_day_a_raising_on_a_saturday_opens_stage_1_on_monday():
    world = raised(SAME_DAY, at="2026-11-28T10:00").at("2026-11-30T00:00")
    assert world.stages() == [
        ("initial_discussion", "2026-11-28T10:00", "officer", None),
        ("stage_1", "2026-11-30T00:00", "clock", "not_resolved"),
    ]
    assert world.shown()["last_days"]["stage_1"] == "2026-12-02"  # Wednesday


@pytest.mark.parametrize(
    ("edits", "follow_on"),
    [
        ((), "2026-12-21"),  # Thu 17, Fri 18, Mon 21
        ((in_stage("stage_3", "window = 3", "window = 5"),), "2026-12-23"),  # Tue 22, Wed 23
        ((in_stage("stage_3", "window = 3", "window = 1"),), "2026-12-17"),
    ],
    ids=["as Sandwell has it", "5", "1"],
)
def test_a_stage_entered_after_its_own_limit_has_the_follow_on_window_of_the_policy(
    edits, follow_on
):
    """The meeting of stage 2 agreed an action for Wednesday 16 December, and it was not done. Stage 3
    begins at the midnight that ends that day; its own last day was Monday the 14th."""
    world = raised(*edits).at("2026-12-04T08:00").agreed("2026-12-07T09:00", due="2026-12-16")
    meeting = HoldMeeting("ESC-1", ("sub", "board"), MeetingOutcome.ACTIONS_AGREED)
    world.do("sub", "2026-12-07T10:00", meeting)
    world.tick("2026-12-17T07:00")
    assert world.stages()[-1] == ("stage_3", "2026-12-17T00:00", "clock", "action_not_maintained")
    assert world.shown()["last_days"] == {
        "stage_1": "2026-12-03",
        "stage_2": "2026-12-09",
        "stage_3": "2026-12-14",
        "follow_on": follow_on,
    }


def test_an_indicative_limit_passes_and_moves_nothing():
    indicative = in_stage("stage_2", "window = 4", 'window = 4\nbinding = "indicative"')
    world = raised(indicative).at("2026-12-31T07:00")
    assert world.stages()[-1] == ("stage_2", "2026-12-04T00:00", "clock", "no_response")
    assert world.shown()["limit"] == {
        "stage": "stage_2",
        "last_day": "2026-12-09",
        "state": "passed",
    }


@pytest.mark.parametrize(
    ("edits", "stage_3"),
    [
        ((), "2026-12-15"),
        ((in_stage("stage_3", "closures = true", "closures = false"),), "2026-12-14"),
        ((in_stage("stage_3", "closures = true\n", ""),), "2026-12-14"),
    ],
    ids=["as Sandwell has it", "closures = false", "left out"],
)
def test_closures_count_for_a_stage_only_where_the_policy_says_so(edits, stage_3):
    world = raised(*edits)
    world.do("manager", "2026-12-01T09:00", DeclareClosure(day("2026-12-02"), "flood"))
    world.tick("2026-12-01T10:00")
    assert world.shown()["last_days"] == {
        "stage_1": "2026-12-04",
        "stage_2": "2026-12-10",
        "stage_3": stage_3,
    }


def test_another_zone_has_other_midnights():
    """In Auckland, thirteen hours ahead, Friday 4 December begins at 11:00 UTC on Thursday."""
    world = World(changed_policy(edit("Europe/London", "Pacific/Auckland"))).raised("review")
    world.tick("2026-12-04T00:00")
    assert world.shown()["stages"][-1]["entered"] == "2026-12-04T00:00:00+13:00"


def test_other_bank_holidays_count_where_the_policy_names_them():
    """St Andrew's Day, Monday 30 November 2026, is a bank holiday in Scotland only."""
    scottish = edit('bank_holidays = "GB-ENG"', 'bank_holidays = "GB-SCT"')
    policy = changed_policy(scottish)
    world = World(policy, holidays=bank_holidays.of(policy.policy.bank_holidays))
    world.raised(timescale="review", at="2026-11-27T09:30")  # a Friday
    assert world.shown()["last_days"]["stage_1"] == "2026-12-03"  # Thu; in England Wed 2 Dec


# --- The national times ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edits", "last_day"),
    [
        ((), "2026-12-01"),  # 5 working days from Tue 24 Nov: Tue 1 Dec
        ((THREE_DAYS_TO_NOTIFY,), "2026-11-27"),  # Fri
        ((FROM_AWARE,), "2026-12-02"),  # from Wed 25 Nov: Wed 2 Dec
        ((THREE_DAYS_TO_NOTIFY, FROM_AWARE), "2026-11-30"),  # Mon
        ((THREE_DAYS_TO_NOTIFY, FROM_AWARE, SAME_DAY), "2026-11-27"),  # Wed, Thu, Fri
        ((SAME_DAY,), "2026-11-30"),  # Tue 24, Wed, Thu, Fri, Mon 30
    ],
)
def test_the_time_for_notifying_follows_the_policy(edits, last_day):
    world = World(changed_policy(*edits)).reported()
    assert world.timescales()["notification"] == {"state": "running", "last_day": last_day}


@pytest.mark.parametrize(
    ("edits", "state"), [((), "met"), ((THREE_DAYS_TO_NOTIFY,), "met_late")], ids=["5", "3"]
)
def test_whether_it_is_met_in_time_follows_the_policy(edits, state):
    world = World(changed_policy(*edits)).reported()
    for body in Body:
        world.do("officer", "2026-11-30T10:00", Notify("INC-1", body))
    assert world.timescales()["notification"]["state"] == state
    assert world.timescales()["notification"]["met_on"] == "2026-11-30"


@pytest.mark.parametrize(
    ("edits", "last_day"),
    [
        ((), "2026-12-18"),  # 15 working days from Fri 27 Nov: Fri 18 Dec
        ((FIFTEEN_CALENDAR_DAYS,), "2026-12-12"),  # a Saturday, and it stays
        ((FIFTEEN_CALENDAR_DAYS, SAME_DAY), "2026-12-12"),  # day_one alters working days only
        ((in_timescale("rapid_review", '"national_panel"', '"ofsted"'),), None),
    ],
)
def test_the_time_for_the_rapid_review_follows_the_policy(edits, last_day):
    world = World(changed_policy(*edits)).reported()
    world.do("officer", "2026-11-27T10:00", Notify("INC-1", Body.NATIONAL_PANEL))
    assert world.timescales()["rapid_review"].get("last_day") == last_day


def test_closures_never_stretch_a_national_time():
    world = World().reported()
    world.do("officer", "2026-11-27T10:00", Notify("INC-1", Body.NATIONAL_PANEL))
    world.do("manager", "2026-11-27T11:00", DeclareClosure(day("2026-12-02"), "flood"))
    world.tick("2026-11-27T12:00")
    assert world.timescales()["rapid_review"]["last_day"] == "2026-12-18"


def test_the_time_for_the_review_follows_the_policy():
    """4 months from Friday 18 December 2026."""
    world = World(changed_policy(in_timescale("review", "length = 6", "length = 4"))).reported()
    world.do("officer", "2026-11-27T10:00", Notify("INC-1", Body.NATIONAL_PANEL))
    world.do("officer", "2026-12-10T10:00", ConveneRapidReview("INC-1"))
    world.do("officer", "2026-12-14T10:00", SendOutcome("INC-1"))
    commissioned = DecideReview("INC-1", True, "The three partners", "Criteria met")
    world.do("officer", "2026-12-18T10:00", commissioned)
    assert world.timescales()["review"]["last_day"] == "2027-04-18"
    assert world.timescales()["publication"]["last_day"] == "2027-06-18"


def test_a_limit_in_calendar_days_moves_with_the_stage_that_it_is_counted_from():
    """Stage 3 in 5 calendar days from the last day of stage 2: Mon 14 Dec, or Tue 15 Dec once stage 2
    has moved from Wed 9 to Thu 10 Dec, as if the closure had been declared before the raising."""
    policy = changed_policy(
        in_stage("stage_3", "length = 10 ", "length = 5 "),
        in_stage("stage_3", 'unit = "working_days"', 'unit = "days"'),
        in_stage("stage_3", 'starts = "raising"', 'starts = "previous_stage"'),
    )
    closure = DeclareClosure(day("2026-12-07"), "flood")
    known_before = World(policy).reported()
    known_before.do("manager", "2026-11-27T09:00", closure)
    known_before.do("officer", "2026-11-30T09:30", raising(timescale="review"))
    declared_later = World(policy).raised("review")
    assert declared_later.shown()["last_days"]["stage_3"] == "2026-12-14"
    declared_later.do("manager", "2026-12-01T09:00", closure)
    declared_later.tick("2026-12-01T09:00")
    for world in (known_before, declared_later):
        assert world.shown()["last_days"] == {
            "stage_1": "2026-12-03",
            "stage_2": "2026-12-10",
            "stage_3": "2026-12-15",
        }
