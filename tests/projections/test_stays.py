"""Stays in a stage: since when, until when, and how they stand to the stage's limit; and the duties.

The dates are those of the written process: raised on Monday 30 November 2026, working days 3, 7 and 10
are Thursday 3, Wednesday 9 and Monday 14 December.
"""

from datetime import date, timedelta

import pytest

from cspr_workflow.domain.acts import (
    CompleteAction,
    ConfirmAction,
    ConveneRapidReview,
    DeclareClosure,
    Escalate,
    GiveReason,
    HoldMeeting,
    Inform,
    Informed,
    MeetingOutcome,
    NotifyChair,
    ReportIncident,
    Resolve,
    SendOutcome,
    WithdrawEscalation,
)
from projections.timeliness import IN_TIME, LATE, LEFT, PASSED, RUNNING, Period, stays
from tests.process.steps import NOTIFY_PANEL
from tests.projections.histories import A_YEAR, CORPUS, from_file, random_history
from tests.projections.kept import Stores
from tests.projections.test_random_histories import every_duty_is_told
from tests.support import TRUST, World, day, raising, utc


def kept_of(stores: Stores, world: World):
    return stores.holding(world.everything(), world.policy_file.book)


def told(stores: Stores, world: World) -> list[tuple[str, str, str, str]]:
    """Each stay's stage, last day, how it stands to its limit, and the local time of leaving."""
    with kept_of(stores, world) as kept:
        return [
            (
                stay.stage,
                str(stay.last_day or "-"),
                stay.limit,
                f"{world.policy.civil.local(stay.left):%d %H:%M}" if stay.left else "-",
            )
            for stay in stays(kept.database)
        ]


def meeting(outcome: MeetingOutcome = MeetingOutcome.NOT_RESOLVED) -> HoldMeeting:
    return HoldMeeting("ESC-1", ("sub", "board"), outcome)


DISCUSSION = ("initial_discussion", "-", LEFT, "01 00:00")
STAGE_1 = ("stage_1", "2026-12-03", PASSED, "04 00:00")
STAGE_2 = ("stage_2", "2026-12-09", PASSED, "10 00:00")


# --- Stays and limits --------------------------------------------------------------------------


def test_nobody_acts_and_every_limit_passes(stores: Stores):
    world = World().raised().at("2026-12-20T09:00")
    last = ("stage_3", "2026-12-14", PASSED, "-")
    assert told(stores, world) == [DISCUSSION, STAGE_1, STAGE_2, last]


def test_a_stage_whose_limit_lies_ahead_is_running(stores: Stores):
    assert told(stores, World().raised()) == [("initial_discussion", "-", RUNNING, "-")]
    world = World().raised().at("2026-12-02T09:00")
    assert told(stores, world)[1:] == [("stage_1", "2026-12-03", RUNNING, "-")]


def test_a_stage_that_is_resolved_before_its_limit_is_left(stores: Stores):
    world = World().raised()
    world.do("officer", "2026-12-02T09:00", Resolve("ESC-1", "Return received"))
    assert told(stores, world) == [DISCUSSION, ("stage_1", "2026-12-03", LEFT, "02 09:00")]


def test_a_stage_that_is_escalated_before_its_limit_is_left(stores: Stores):
    world = World().raised()
    world.do("manager", "2026-12-02T09:00", Escalate("ESC-1", "No answer is to be expected"))
    assert told(stores, world)[1:] == [
        ("stage_1", "2026-12-03", LEFT, "02 09:00"),
        ("stage_2", "2026-12-09", RUNNING, "-"),
    ]


def test_a_stage_that_is_withdrawn_is_left(stores: Stores):
    world = World().raised()
    world.do("manager", "2026-12-02T09:00", WithdrawEscalation("ESC-1", "Raised twice"))
    assert told(stores, world)[1:] == [("stage_1", "2026-12-03", LEFT, "02 09:00")]


def test_a_meeting_on_working_day_7_is_in_time(stores: Stores):
    world = World().raised()
    world.do("sub", "2026-12-09T23:30", meeting())
    assert told(stores, world)[2:] == [
        ("stage_2", "2026-12-09", IN_TIME, "09 23:30"),
        ("stage_3", "2026-12-14", RUNNING, "-"),
    ]


def test_a_meeting_of_stage_3_is_in_time_on_working_day_10_and_late_on_day_11(stores: Stores):
    for at, limit in (("2026-12-14T23:59", IN_TIME), ("2026-12-15T00:00", LATE)):
        world = World().raised()
        world.do("chair", at, meeting())
        assert told(stores, world)[3:] == [("stage_3", "2026-12-14", limit, "-")]


def test_the_earliest_meeting_counts_by_when_it_happened(stores: Stores):
    world = World().raised()
    world.do("chair", "2026-12-16T09:00", meeting())
    world.do("chair", "2026-12-17T09:00", meeting(), occurred="2026-12-14T16:00")
    assert told(stores, world)[3:] == [("stage_3", "2026-12-14", IN_TIME, "-")]


def test_a_stage_entered_late_is_judged_by_its_follow_on_limit(stores: Stores):
    """Settled until the 8th: stage 2 opens on Thursday the 17th, with 4 working days of its own."""
    world = World().raised().agreed("2026-12-02T09:00", "2026-12-31")
    world.do("trust", "2026-12-02T10:00", CompleteAction("ESC-1", "A1", "Sent"))
    world.agreed("2026-12-17T09:00", "2026-12-31", action="A2")
    assert told(stores, world)[1:] == [
        ("stage_1", "2026-12-03", PASSED, "17 09:00"),
        ("stage_2", "2026-12-23", RUNNING, "-"),
    ]


def test_a_meeting_written_up_late_in_stage_3_makes_its_own_stage_in_time(stores: Stores):
    """Held on working day 7, written up on day 9: whether it was in time goes by when it happened."""
    world = World().raised().at("2026-12-10T07:00")
    world.do("sub", "2026-12-11T09:00", meeting(), occurred="2026-12-09T15:00")
    assert told(stores, world)[2:] == [
        ("stage_2", "2026-12-09", IN_TIME, "10 00:00"),
        ("stage_3", "2026-12-14", RUNNING, "-"),
    ]


def test_a_settled_case_that_is_closed_after_the_last_day_was_not_late(stores: Stores):
    """All is done on day 2 and the clock passes no limit; it is closed on day 4."""
    world = World().raised().agreed("2026-12-01T10:00", "2026-12-02")
    world.do("trust", "2026-12-02T10:00", CompleteAction("ESC-1", "A1", "Sent"))
    world.do("officer", "2026-12-02T11:00", ConfirmAction("ESC-1", "A1"))
    world.do("officer", "2026-12-04T09:00", Resolve("ESC-1", "Done"))
    assert told(stores, world)[1:] == [("stage_1", "2026-12-03", LEFT, "04 09:00")]


def test_a_case_no_longer_at_risk_that_is_closed_after_the_last_day_was_not_late(stores: Stores):
    """The rapid review's outcome is sent on day 1; the escalation is closed on day 4."""
    world = World().raised()
    for act in (NOTIFY_PANEL, ConveneRapidReview("INC-1"), SendOutcome("INC-1")):
        world.do("officer", "2026-12-01T10:00", act)
    world.do("officer", "2026-12-04T09:00", Resolve("ESC-1", "Outcome sent"))
    assert told(stores, world)[1:] == [("stage_1", "2026-12-03", LEFT, "04 09:00")]


def test_a_moved_limit_is_the_one_that_counts(stores: Stores):
    world = World().raised().at("2026-12-01T09:00")
    world.do("manager", "2026-12-01T10:00", DeclareClosure(day("2026-12-02"), "Training day"))
    world.tick("2026-12-04T09:00")
    assert told(stores, world)[1:] == [("stage_1", "2026-12-04", RUNNING, "-")]


def test_a_stay_that_was_ended_by_something_dated_before_it_began_lasted_no_time(stores: Stores):
    """The clock opens stage 2 on the 4th; that it was resolved on the 3rd is written up on the 4th."""
    world = World().raised().at("2026-12-04T07:00")
    resolve = Resolve("ESC-1", "Return received")
    world.do("manager", "2026-12-04T09:00", resolve, occurred="2026-12-03T16:00")
    with kept_of(stores, world) as kept:
        _, stage_1, stage_2 = stays(kept.database)
        assert stage_1.lasted == timedelta(days=3)
        assert stage_2.left == stage_2.entered
        assert stage_2.lasted == timedelta(0)
        assert stage_2.limit == LEFT


def test_a_stay_that_goes_on_has_not_lasted_yet(stores: Stores):
    with kept_of(stores, World().raised()) as kept:
        (discussion,) = stays(kept.database)
        assert discussion.lasted is None


def test_a_stay_with_a_follow_on_limit_tells_the_ladders_own_day_too(stores: Stores):
    world = World().raised().agreed("2026-12-02T09:00", "2026-12-31")
    world.do("trust", "2026-12-02T10:00", CompleteAction("ESC-1", "A1", "Sent"))
    world.agreed("2026-12-17T09:00", "2026-12-31", action="A2")
    with kept_of(stores, world) as kept:
        found = [(stay.stage, stay.ladder_day, stay.last_day) for stay in stays(kept.database)]
        assert found == [
            ("initial_discussion", None, None),
            ("stage_1", day("2026-12-03"), day("2026-12-03")),
            ("stage_2", day("2026-12-09"), day("2026-12-23")),
        ]


@pytest.mark.parametrize("seed", range(9100, 9130))
def test_no_stay_lasted_less_than_no_time(stores: Stores, seed: int):
    history = random_history(seed)
    with stores.holding(history.entries, history.policies) as kept:
        lasted = [stay.lasted for stay in stays(kept.database)]
        assert all(one is None or one >= timedelta(0) for one in lasted)


# --- By agency and period ----------------------------------------------------------------------


def test_stays_are_told_by_agency(stores: Stores):
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
    with kept_of(stores, world) as kept:
        assert [stay.escalation for stay in stays(kept.database)] == ["ESC-1", "ESC-2"]
        assert [s.escalation for s in stays(kept.database, agency="Police")] == ["ESC-2"]
        assert [s.escalation for s in stays(kept.database, agency=TRUST)] == ["ESC-1"]
        assert list(stays(kept.database, agency="Nobody")) == []


def test_a_period_takes_in_both_of_its_days():
    period = Period(day("2026-12-01"), day("2026-12-04"))
    assert [period.has(day(f"2026-12-0{n}")) for n in (1, 4, 5)] == [True, True, False]
    assert not period.has(day("2026-11-30"))
    assert Period(None, day("2026-12-04")).has(date.min)
    assert Period(day("2026-12-04")).has(date.max)


def test_a_stay_belongs_to_the_civil_day_on_which_it_began(stores: Stores):
    """In summer the midnight that opens 2 June is 23:00 of the day before in UTC."""
    world = World()
    world.do("officer", "2026-05-28T10:00", reported_on("2026-05-27"))
    world.do("officer", "2026-06-01T09:30", raising())
    world.tick("2026-06-02T07:00")
    with kept_of(stores, world) as kept:
        (_, stage_1) = stays(kept.database)
        assert stage_1.entered == utc("2026-06-01T23:00:00")
        on_the_day = stays(kept.database, Period(day("2026-06-02"), day("2026-06-02")))
        assert [stay.stage for stay in on_the_day] == ["stage_1"]
        the_day_before = stays(kept.database, Period(day("2026-06-01"), day("2026-06-01")))
        assert [stay.stage for stay in the_day_before] == ["initial_discussion"]


def reported_on(written: str) -> ReportIncident:
    return ReportIncident("INC-1", day(written), day(written))


# --- Duties ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*CORPUS, A_YEAR], ids=lambda path: path.stem)
def test_the_duties_of_a_case_file_are_told_as_from_its_entries(stores: Stores, path):
    history = from_file(path)
    with stores.holding(history.entries, history.policies) as kept:
        every_duty_is_told(history, kept)


def duties_told(stores: Stores, world: World) -> dict[tuple[str, str], str | None]:
    """By stage and clause, when the last part of each duty was done (local time)."""
    local = world.policy.civil.local
    with kept_of(stores, world) as kept:
        return {
            (stay.stage, duty.clause): f"{local(done):%d %H:%M}" if done else None
            for stay in stays(kept.database)
            for duty in world.policy.stage(stay.stage).duties
            for done in [stay.done(duty)]
        }


def test_a_stage_reached_is_no_duty_done(stores: Stores):
    told_duties = duties_told(stores, World().raised().at("2026-12-20T09:00"))
    assert {stage for stage, _ in told_duties} >= {"stage_1", "stage_2", "stage_3"}
    assert set(told_duties.values()) == {None}


def test_a_duty_is_done_when_its_last_part_happened_for_the_first_time(stores: Stores):
    """E1.1 asks for both to be informed: the first time each, by when it happened."""
    world = World().raised()
    manager, agency = (
        Inform("ESC-1", Informed.BUSINESS_MANAGER),
        Inform("ESC-1", Informed.AGENCY_REPRESENTATIVE),
    )
    world.do("officer", "2026-12-01T09:00", manager)
    assert duties_told(stores, world)["stage_1", "E1.1"] is None
    world.do("officer", "2026-12-02T09:00", agency)
    assert duties_told(stores, world)["stage_1", "E1.1"] == "02 09:00"
    world.do("officer", "2026-12-02T10:00", agency, occurred="2026-12-01T08:00")
    world.do("officer", "2026-12-02T11:00", manager)
    assert duties_told(stores, world)["stage_1", "E1.1"] == "01 09:00"


def test_each_duty_of_the_written_process_is_told_with_its_stage(stores: Stores):
    world = World().raised()
    world.do("trust", "2026-12-01T14:00", GiveReason("ESC-1", "The author is ill"))
    world.do("sub", "2026-12-07T10:30", meeting())
    world.do("officer", "2026-12-08T09:00", NotifyChair("ESC-1"))
    assert duties_told(stores, world) == {
        ("stage_1", "E1.1"): None,
        ("stage_1", "E1.2"): "01 14:00",
        ("stage_2", "E2.1"): "07 10:30",
        ("stage_3", "E3.1"): "08 09:00",
        ("stage_3", "E3.2"): None,
    }
