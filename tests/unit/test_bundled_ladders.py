"""Two other partnerships' ladders on the same engine: four stages each counted from its own start, and
two, five and two working days each counted from the stage before, with an urgent way in.

The case: ESC-1 raised on Monday 30 November 2026 at 09:30, so that working day 1 is Tuesday
1 December. Christmas: Friday 25 and Monday 28 December.
"""

import pytest

from cspr_workflow.domain.acts import (
    DeclareClosure,
    Escalate,
    HoldMeeting,
    MeetingOutcome,
    WithdrawClosure,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation_facts import LimitMoved
from tests.support import RAISED_AT, World, day, raising

FOUR = ("stage_1", "stage_2", "stage_3", "stage_4")


def four_stages() -> World:
    return World("four-stages").raised("review")


def two_five_two() -> World:
    return World("two-five-two").raised("review")


def urgent() -> World:
    world = World("two-five-two").reported()
    world.do("officer", RAISED_AT, raising(timescale="review", variant="urgent"))
    world.entries()
    return world


def escalated(world: World, at: str) -> World:
    world.do("manager", at, Escalate("ESC-1", "Nobody can be reached"))
    return world


def closed(world: World, at: str, on: str) -> list[LimitMoved]:
    """The manager declares a closure day; what moves in the case when the clock runs next."""
    world.do("manager", at, DeclareClosure(day(on), "flood"))
    world.entries()
    world.tick(at)
    return [fact for fact in world.facts() if isinstance(fact, LimitMoved)]


def last_days(world: World) -> tuple[str, ...]:
    return tuple(world.shown()["last_days"].values())


# --- Four stages -----------------------------------------------------------------------------


def test_four_stages_forecast_each_stage_from_the_last_day_of_the_one_before():
    assert four_stages().shown()["last_days"] == {
        "stage_1": "2026-12-07",  # Mon
        "stage_2": "2026-12-14",  # Mon
        "stage_3": "2026-12-21",  # Mon
        "stage_4": "2026-12-30",  # Wed, over Christmas
    }


def test_four_stages_with_nobody_acting_keep_to_the_forecast():
    world = four_stages().at("2026-12-31T00:00")
    assert world.stages() == [
        ("initial_discussion", "2026-11-30T09:30", "officer", None),
        ("stage_1", "2026-12-01T00:00", "clock", "not_resolved"),
        ("stage_2", "2026-12-08T00:00", "clock", "no_response"),
        ("stage_3", "2026-12-15T00:00", "clock", "no_response"),
        ("stage_4", "2026-12-22T00:00", "clock", "no_outcome"),
    ]
    assert last_days(world) == ("2026-12-07", "2026-12-14", "2026-12-21", "2026-12-30")
    assert world.shown()["limit"] == {
        "stage": "stage_4",
        "last_day": "2026-12-30",
        "state": "passed",
    }


def test_in_four_stages_each_stage_after_an_early_escalation_counts_from_its_own_start():
    """Stage 2 begins on Thursday 3 December, so it ends on Thursday the 10th, and so on."""
    world = escalated(four_stages(), "2026-12-03T10:00")
    assert world.shown()["last_days"] == {
        "stage_1": "2026-12-07",  # as it was
        "stage_2": "2026-12-10",  # Thu
        "stage_3": "2026-12-17",  # Thu
        "stage_4": "2026-12-24",  # Thu
    }
    world.tick("2026-12-29T00:00")
    assert world.stages()[2:] == [
        ("stage_2", "2026-12-03T10:00", "manager", "escalated"),
        ("stage_3", "2026-12-11T00:00", "clock", "no_response"),
        ("stage_4", "2026-12-18T00:00", "clock", "no_outcome"),
    ]
    assert world.shown()["limit"] == {
        "stage": "stage_4",
        "last_day": "2026-12-24",
        "state": "passed",
    }


def test_in_four_stages_a_second_early_escalation_moves_the_later_stages_again():
    world = escalated(escalated(four_stages(), "2026-12-03T10:00"), "2026-12-04T16:00")
    assert last_days(world) == (
        "2026-12-07",
        "2026-12-10",
        "2026-12-11",  # stage 3 from Fri 4 Dec: Fri
        "2026-12-18",  # Fri
    )


def test_in_four_stages_a_stage_1_that_begins_on_the_day_of_the_raising_ends_no_earlier():
    """Begun at noon on Monday 30 November or at the midnight that ends it, it counts from that day."""
    world = escalated(four_stages(), "2026-11-30T12:00")
    assert world.stages()[1] == ("stage_1", "2026-11-30T12:00", "manager", "escalated")
    assert last_days(world) == ("2026-12-07", "2026-12-14", "2026-12-21", "2026-12-30")


def test_four_stages_raised_on_a_saturday_begin_on_monday():
    world = World("four-stages").raised("review", at="2026-11-28T09:30")
    assert last_days(world) == ("2026-12-04", "2026-12-11", "2026-12-18", "2026-12-29")
    world.tick("2026-11-30T00:00")
    assert world.stages()[1] == ("stage_1", "2026-11-30T00:00", "clock", "not_resolved")
    assert last_days(world) == ("2026-12-04", "2026-12-11", "2026-12-18", "2026-12-29")


def test_in_four_stages_a_meeting_that_does_not_resolve_it_begins_stage_4():
    world = four_stages().at("2026-12-15T08:00")
    meeting = HoldMeeting("ESC-1", ("sub", "board"), MeetingOutcome.NOT_RESOLVED)
    world.do("sub", "2026-12-16T10:00", meeting)
    assert world.stages()[-1] == ("stage_4", "2026-12-16T10:00", "sub", "meeting_not_resolved")
    assert world.shown()["last_days"]["stage_4"] == "2026-12-23"  # Wed


@pytest.mark.parametrize(
    ("on", "expected", "moved"),
    [
        (  # Fri 4 Dec: every stage
            "2026-12-04",
            ("2026-12-08", "2026-12-15", "2026-12-22", "2026-12-31"),
            FOUR,
        ),
        (  # Wed 16 Dec: stages 3 and 4
            "2026-12-16",
            ("2026-12-07", "2026-12-14", "2026-12-22", "2026-12-31"),
            FOUR[2:],
        ),
        (  # Tue 29 Dec: stage 4
            "2026-12-29",
            ("2026-12-07", "2026-12-14", "2026-12-21", "2026-12-31"),
            FOUR[3:],
        ),
        (  # Tue 5 Jan 2027: none
            "2027-01-05",
            ("2026-12-07", "2026-12-14", "2026-12-21", "2026-12-30"),
            (),
        ),
    ],
)
def test_in_four_stages_a_closure_moves_the_stage_it_lies_in_and_those_after(on, expected, moved):
    world = four_stages().at("2026-12-02T07:00")
    facts = closed(world, "2026-12-02T09:00", on)
    assert tuple(fact.limit for fact in facts) == moved
    assert all(fact.cause == f"closure declared for {on}: flood" for fact in facts)
    assert last_days(world) == expected


def test_in_four_stages_a_closure_after_an_early_escalation_moves_what_counts_from_the_entry():
    world = escalated(four_stages(), "2026-12-03T10:00")
    facts = closed(world, "2026-12-03T11:00", "2026-12-04")
    assert [(fact.limit, str(fact.before), str(fact.after.last_day)) for fact in facts] == [
        ("stage_2", "2026-12-10", "2026-12-11"),
        ("stage_3", "2026-12-17", "2026-12-18"),
        ("stage_4", "2026-12-24", "2026-12-29"),
    ]


def test_in_four_stages_a_stage_that_has_begun_is_moved_from_its_own_entry():
    """Stage 2 began at the midnight that ended Monday 7 December; Wed 9 December is closed."""
    world = four_stages().at("2026-12-08T08:00")
    closed(world, "2026-12-08T09:00", "2026-12-09")
    assert last_days(world) == ("2026-12-07", "2026-12-15", "2026-12-22", "2026-12-31")
    world.tick("2026-12-16T00:00")
    assert world.stages()[-1] == ("stage_3", "2026-12-16T00:00", "clock", "no_response")


# --- Two, five and two -----------------------------------------------------------------------


def test_two_five_two_counts_each_stage_from_the_last_day_of_the_one_before():
    assert two_five_two().shown()["last_days"] == {
        "stage_1": "2026-12-02",  # Wed
        "stage_2": "2026-12-09",  # Wed
        "stage_3": "2026-12-11",  # Fri
    }


def test_two_five_two_with_nobody_acting():
    world = two_five_two().at("2026-12-12T00:00")
    assert world.stages() == [
        ("initial_discussion", "2026-11-30T09:30", "officer", None),
        ("stage_1", "2026-12-01T00:00", "clock", "not_resolved"),
        ("stage_2", "2026-12-03T00:00", "clock", "no_response"),
        ("stage_3", "2026-12-10T00:00", "clock", "no_outcome"),
    ]
    assert world.shown()["limit"] == {
        "stage": "stage_3",
        "last_day": "2026-12-11",
        "state": "passed",
    }


def test_in_two_five_two_limits_stay_where_they_are_after_an_early_escalation():
    world = escalated(two_five_two(), "2026-12-01T10:00")
    assert last_days(world) == ("2026-12-02", "2026-12-09", "2026-12-11")
    world.tick("2026-12-10T00:00")
    assert world.stages()[2:] == [
        ("stage_2", "2026-12-01T10:00", "manager", "escalated"),
        ("stage_3", "2026-12-10T00:00", "clock", "no_outcome"),
    ]


@pytest.mark.parametrize(
    ("on", "expected", "moved"),
    [
        ("2026-12-02", ("2026-12-03", "2026-12-10", "2026-12-14"), ("1", "2", "3")),
        ("2026-12-04", ("2026-12-02", "2026-12-10", "2026-12-14"), ("2", "3")),
        ("2026-12-10", ("2026-12-02", "2026-12-09", "2026-12-14"), ("3",)),
        ("2026-12-14", ("2026-12-02", "2026-12-09", "2026-12-11"), ()),
    ],
)
def test_in_two_five_two_a_closure_moves_the_stage_it_lies_in_and_those_after(on, expected, moved):
    world = two_five_two().at("2026-12-01T07:00")
    facts = closed(world, "2026-12-01T09:00", on)
    assert tuple(fact.limit.removeprefix("stage_") for fact in facts) == moved
    assert last_days(world) == expected


def test_a_closure_of_working_day_1_moves_the_discussion_and_with_it_every_stage():
    """Declared on the day of the raising for Tuesday 1 December: Wednesday is working day 1."""
    world = two_five_two()
    facts = closed(world, "2026-11-30T11:00", "2026-12-01")
    assert [fact.limit for fact in facts] == ["initial_discussion", "stage_1", "stage_2", "stage_3"]
    assert last_days(world) == ("2026-12-03", "2026-12-10", "2026-12-14")
    world.tick("2026-12-02T00:00")
    assert world.stages()[1:] == [("stage_1", "2026-12-02T00:00", "clock", "not_resolved")]


def test_a_closure_withdrawn_moves_the_limits_back():
    world = two_five_two().at("2026-12-01T07:00")
    closed(world, "2026-12-01T09:00", "2026-12-04")
    world.do("manager", "2026-12-01T10:00", WithdrawClosure(day("2026-12-04"), "dry again"))
    world.tick("2026-12-01T10:00")
    assert last_days(world) == ("2026-12-02", "2026-12-09", "2026-12-11")


# --- The urgent way in -----------------------------------------------------------------------


def test_an_urgent_concern_is_raised_straight_into_stage_2_and_counts_from_the_raising():
    world = urgent()
    assert world.stages() == [("stage_2", "2026-11-30T09:30", "officer", None)]
    assert world.shown()["last_days"] == {
        "stage_2": "2026-12-07",  # Mon, five working days
        "stage_3": "2026-12-09",  # Wed, two more
    }


def test_an_urgent_concern_with_nobody_acting():
    world = urgent().at("2026-12-10T00:00")
    assert world.stages()[1:] == [("stage_3", "2026-12-08T00:00", "clock", "no_outcome")]
    assert world.shown()["limit"] == {
        "stage": "stage_3",
        "last_day": "2026-12-09",
        "state": "passed",
    }


def test_an_urgent_concern_escalated_early_keeps_its_limits():
    world = escalated(urgent(), "2026-12-01T10:00")
    assert world.stages()[1:] == [("stage_3", "2026-12-01T10:00", "manager", "escalated")]
    assert last_days(world) == ("2026-12-07", "2026-12-09")


def test_a_closure_moves_an_urgent_concern_too():
    world = urgent()
    facts = closed(world, "2026-11-30T11:00", "2026-12-02")
    assert [(fact.limit, str(fact.before), str(fact.after.last_day)) for fact in facts] == [
        ("stage_2", "2026-12-07", "2026-12-08"),
        ("stage_3", "2026-12-09", "2026-12-10"),
    ]


@pytest.mark.parametrize("policy", ["sandwell-2018", "four-stages"])
def test_a_variant_that_the_policy_has_not_is_refused(policy):
    world = World(policy).reported()
    message = world.refused(
        Code.INVALID, "officer", RAISED_AT, raising(timescale="review", variant="urgent")
    )
    assert message == f"variant: {policy}/1 has no variant 'urgent'; known are none."


def test_of_an_unknown_variant_the_known_ones_are_named():
    world = World("two-five-two").reported()
    message = world.refused(
        Code.INVALID, "officer", RAISED_AT, raising(timescale="review", variant="slow")
    )
    assert message == "variant: two-five-two/1 has no variant 'slow'; known are urgent."


# --- Derivations -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "stage", "anchor", "anchor_day", "clause"),
    [
        ("sandwell-2018", "stage_2", "raising", "2026-11-30", "E2.2"),
        ("four-stages", "stage_1", "stage", "2026-11-30", "L1"),
        ("four-stages", "stage_3", "stage", "2026-12-14", "L3"),
        ("two-five-two", "stage_2", "previous_stage", "2026-12-02", "P4"),
    ],
)
def test_every_limit_says_from_what_and_from_which_day_it_was_counted(
    policy, stage, anchor, anchor_day, clause
):
    derivation = World(policy).raised("review").escalation().limits[stage].derivation
    assert (derivation.anchor, str(derivation.anchor_day)) == (anchor, anchor_day)
    assert (derivation.clause, derivation.policy) == (clause, f"{policy}/1")


def test_a_derivation_names_each_day_skipped():
    """Stage 3 of two-five-two, two working days from Wednesday 23 December."""
    world = World("two-five-two").raised("review", at="2026-12-14T09:30")
    stage_3 = world.escalation().limits["stage_3"]
    assert stage_3.last_day == day("2026-12-29")
    assert [(str(one.day), one.why) for one in stage_3.derivation.skipped] == [
        ("2026-12-25", "Christmas Day"),
        ("2026-12-26", "Saturday"),
        ("2026-12-27", "Sunday"),
        ("2026-12-28", "Boxing Day (observed)"),
    ]
