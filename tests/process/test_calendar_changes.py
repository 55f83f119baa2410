"""Section 7: closure days and bank holidays; what they move, what they never move, and in which order."""

from datetime import date

import pytest

from cspr_workflow.application.handle import Workflow
from cspr_workflow.domain.acts import (
    Act,
    DeclareClosure,
    Inform,
    Informed,
    MeetingOutcome,
    Resolve,
    WithdrawClosure,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation_facts import LimitMoved, StageEntered
from cspr_workflow.domain.incident import TimescaleMoved
from cspr_workflow.domain.partnership import (
    BankHolidayAnnounced,
    BankHolidayCancelled,
    ClosureDeclared,
    ClosureWithdrawn,
)
from cspr_workflow.domain.people import Side
from projections.due_items import MemoryIndex
from tests.process.ladder_days import in_stage_2_with_actions_agreed, meeting, moves
from tests.process.steps import COMMISSION, CONVENE, NOTIFY_PANEL, SEND, brought_to
from tests.support import World, day, limit, raising

INFORM = Inform("ESC-1", Informed.BUSINESS_MANAGER)
RAISED = "2026-11-30T10:00"  # Monday
FRIDAY, SATURDAY, TUESDAY = day("2026-12-04"), day("2026-12-05"), day("2026-12-08")
CHRISTMAS = day("2026-12-25")


def declaring(closed: date, why: str = "Training day") -> DeclareClosure:
    return DeclareClosure(closed, why)


def withdrawing(opened: date) -> WithdrawClosure:
    return WithdrawClosure(opened, "Postponed")


def moved(entries) -> list[tuple[str, str, str]]:
    """Which limit was moved, from and to which last day."""
    return [
        (getattr(f, "limit", None) or f.timescale, str(f.before), str(f.after.last_day))
        for f in (entry.fact for entry in entries)
        if isinstance(f, LimitMoved | TimescaleMoved)
    ]


def last_days(world: World) -> list[str]:
    days = world.shown()["last_days"]
    return [days[stage] for stage in ("stage_1", "stage_2", "stage_3")]


# --- Declaring and withdrawing ---------------------------------------------------------------


def test_a_closure_day_is_an_event_of_the_partnership():
    world = World().raised()
    (entry,) = world.do("manager", RAISED, declaring(TUESDAY))
    assert entry.fact == ClosureDeclared(TUESDAY, "Training day")
    assert (entry.author, entry.clause) == ("manager", "A1")
    assert world.partnership_history()[-1] == entry
    (entry,) = world.do("manager", "2026-12-01T10:00", withdrawing(TUESDAY))
    assert entry.fact == ClosureWithdrawn(TUESDAY, "Postponed")


def refused(world: World, code: Code, at: str, act: Act) -> None:
    before = (world.partnership_history(), world.workflow.partnership)
    world.refused(code, "manager", at, act)
    assert (world.partnership_history(), world.workflow.partnership) == before


@pytest.mark.parametrize("no_working_day", [SATURDAY, day("2026-12-06"), CHRISTMAS, TUESDAY])
def test_declaring_a_day_that_is_no_working_day_already_is_invalid(no_working_day):
    world = World().raised()
    world.do("manager", RAISED, declaring(TUESDAY))
    refused(world, Code.INVALID, RAISED, declaring(no_working_day))


def test_withdrawing_needs_a_declared_closure_later_than_today():
    world = World().raised()
    world.do("manager", RAISED, declaring(TUESDAY))
    refused(world, Code.NOT_FOUND, RAISED, withdrawing(FRIDAY))
    refused(world, Code.NOT_FOUND, RAISED, withdrawing(CHRISTMAS))  # a holiday is no closure
    refused(world, Code.INVALID, "2026-12-08T00:00", withdrawing(TUESDAY))
    refused(world, Code.INVALID, "2026-12-09T10:00", withdrawing(TUESDAY))
    world.do("manager", "2026-12-07T23:59", withdrawing(TUESDAY))
    refused(world, Code.NOT_FOUND, "2026-12-07T23:59", withdrawing(TUESDAY))


def test_a_closure_withdrawn_can_be_declared_again():
    world = World().raised()
    for act in (declaring(TUESDAY), withdrawing(TUESDAY), declaring(TUESDAY)):
        world.do("manager", RAISED, act)
    assert world.workflow.partnership.changes[-1].calendar.closures == {TUESDAY: "Training day"}
    assert [c.calendar.version for c in world.workflow.partnership.changes] == [1, 2, 3]


# --- What a closure moves --------------------------------------------------------------------


def test_every_open_limit_is_moved_by_an_event_of_its_own_with_cause_before_and_after():
    world = World().raised().at("2026-12-01T07:00")
    world.do("manager", "2026-12-01T09:00", declaring(FRIDAY, "Removal"))
    weekend = ["2026-12-04 Removal", "2026-12-05 Saturday", "2026-12-06 Sunday"]
    two = [*weekend, "2026-12-12 Saturday", "2026-12-13 Sunday"]
    cause = "closure declared for 2026-12-04: Removal"
    stage_2, stage_3 = world.clock("2026-12-02T07:00")
    after = limit("2026-12-10", 7, "2026-11-30", "E2.2", skipped=weekend, calendar=1)
    assert stage_2.fact == LimitMoved("stage_2", day("2026-12-09"), after, cause)
    after = limit("2026-12-15", 10, "2026-11-30", "E3.4", skipped=two, calendar=1)
    assert stage_3.fact == LimitMoved("stage_3", day("2026-12-14"), after, cause)
    for entry, clause in ((stage_2, "E2.2"), (stage_3, "E3.4")):
        assert entry.occurred == world.moment("2026-12-01T09:00")  # the closure's own moment
        assert entry.recorded == world.moment("2026-12-02T07:00")
        assert (entry.by, entry.clause, entry.calendar) == (None, clause, 1)
    assert last_days(world) == ["2026-12-03", "2026-12-10", "2026-12-15"]


def test_the_case_then_goes_on_along_the_new_days():
    world = World().raised().at("2026-12-01T07:00")
    world.do("manager", "2026-12-01T09:00", declaring(FRIDAY))
    world.at("2027-01-04T07:00")
    assert [entered for _, entered, _, _ in world.stages()[1:]] == [
        "2026-12-01T00:00",
        "2026-12-04T00:00",  # day 3 was Thursday 3
        "2026-12-11T00:00",  # day 7 is Thursday 10 now
    ]


def test_the_midnight_that_opens_working_day_1_moves_too():
    world = World().raised()
    world.do("manager", RAISED, declaring(day("2026-12-01")))
    entries = world.clock("2026-12-01T07:00")
    assert moved(entries) == [
        ("initial_discussion", "2026-11-30", "2026-12-01"),
        ("stage_1", "2026-12-03", "2026-12-04"),
        ("stage_2", "2026-12-09", "2026-12-10"),
        ("stage_3", "2026-12-14", "2026-12-15"),
    ]
    assert world.escalation().stage == "initial_discussion"
    world.at("2026-12-02T07:00")
    assert world.stages()[-1][:2] == ("stage_1", "2026-12-02T00:00")


def test_a_closure_withdrawn_moves_the_limits_back():
    world = World().raised().at("2026-12-01T07:00")
    world.do("manager", "2026-12-01T09:00", declaring(TUESDAY))
    world.do("manager", "2026-12-01T10:00", withdrawing(TUESDAY))
    entries = world.clock("2026-12-01T11:00")
    assert moved(entries) == [
        ("stage_2", "2026-12-09", "2026-12-10"),
        ("stage_3", "2026-12-14", "2026-12-15"),
        ("stage_2", "2026-12-10", "2026-12-09"),
        ("stage_3", "2026-12-15", "2026-12-14"),
    ]
    assert entries[-1].fact.cause == "closure withdrawn for 2026-12-08: Postponed"
    assert entries[-1].occurred == world.moment("2026-12-01T10:00")
    assert [e.calendar for e in entries] == [1, 1, 2, 2]


def test_a_closure_after_the_ladder_moves_nothing():
    world = World().raised()
    world.do("manager", RAISED, declaring(day("2026-12-15")))
    assert world.clock("2026-11-30T11:00") == []
    assert last_days(world) == ["2026-12-03", "2026-12-09", "2026-12-14"]


def test_only_limits_whose_last_day_is_not_over():
    world = World().raised().at("2026-12-04T07:00")  # stage 2: day 3 is over
    world.do("manager", "2026-12-04T09:00", declaring(day("2026-12-02")))  # a day in the past
    assert moved(world.clock("2026-12-04T10:00")) == [
        ("stage_2", "2026-12-09", "2026-12-10"),
        ("stage_3", "2026-12-14", "2026-12-15"),
    ]


def test_a_limit_that_is_over_and_was_not_met_does_not_move_either():
    world = World().raised().at("2026-12-01T07:00")
    world.agreed("2026-12-01T10:00", due="2026-12-31", owner=Side.SCSP)
    world.at("2026-12-07T07:00")  # settled: left alone in stage 1, whose day 3 is over
    world.do("manager", "2026-12-07T09:00", declaring(day("2026-12-02")))
    world.do("officer", "2026-12-07T10:00", INFORM)
    assert world.escalation().stage == "stage_1"
    assert last_days(world) == ["2026-12-03", "2026-12-10", "2026-12-15"]


def test_a_settled_stages_limit_that_is_over_does_not_move():
    world = in_stage_2_with_actions_agreed(due="2026-12-31").at("2026-12-11T07:00")
    world.do("manager", "2026-12-11T09:00", declaring(TUESDAY))  # met, and over
    assert moved(world.clock("2026-12-11T10:00")) == [("stage_3", "2026-12-14", "2026-12-15")]


def test_a_limit_that_is_met_does_not_move_but_those_of_later_stages_do():
    world = in_stage_2_with_actions_agreed(due="2026-12-31")  # on Monday 7, before day 7
    world.do("manager", "2026-12-07T11:00", declaring(TUESDAY))
    assert moved(world.clock("2026-12-07T12:00")) == [("stage_3", "2026-12-14", "2026-12-15")]


def in_stage_3_with_a_follow_on_limit() -> World:
    """Entered at the midnight that ends Monday 14 December: Tue 15, Wed 16, Thu 17."""
    world = in_stage_2_with_actions_agreed(due="2026-12-14").at("2026-12-15T07:00")
    assert world.shown()["last_days"]["follow_on"] == "2026-12-17"
    return world


def test_a_follow_on_limit_moves_too():
    world = in_stage_3_with_a_follow_on_limit()
    world.do("manager", "2026-12-15T09:00", declaring(day("2026-12-16"), "Removal"))
    (entry,) = world.clock("2026-12-15T10:00")
    after = limit(
        "2026-12-18", 3, "2026-12-14", "E3.4", anchor="stage", calendar=1,
        skipped=["2026-12-16 Removal"],
    )  # fmt: skip
    cause = "closure declared for 2026-12-16: Removal"
    assert entry.fact == LimitMoved("follow_on", day("2026-12-17"), after, cause)
    assert world.shown()["last_days"]["follow_on"] == "2026-12-18"
    assert world.shown()["last_days"]["stage_3"] == "2026-12-14"  # the ladder's own day stays


def test_a_follow_on_limit_that_is_met_or_over_or_not_touched_does_not_move():
    world = in_stage_3_with_a_follow_on_limit()
    world.do("chair", "2026-12-15T09:00", meeting(MeetingOutcome.NOT_RESOLVED, "chair"))
    world.do("manager", "2026-12-15T10:00", declaring(day("2026-12-16")))
    assert world.clock("2026-12-15T11:00") == []
    world = in_stage_3_with_a_follow_on_limit().at("2026-12-18T07:00")
    world.do("manager", "2026-12-18T09:00", declaring(day("2026-12-16")))
    assert world.clock("2026-12-18T10:00") == []
    world = in_stage_3_with_a_follow_on_limit()
    world.do("manager", "2026-12-15T09:00", declaring(day("2026-12-18")))
    assert world.clock("2026-12-15T10:00") == []


def test_closures_never_stretch_a_national_time_nor_what_people_agreed():
    world = brought_to("notified")
    world.do("officer", "2026-11-30T09:30", raising())
    world.agreed("2026-11-30T10:00", due="2026-12-09")
    before = world.timescales()
    world.do("manager", "2026-11-30T11:00", declaring(day("2026-12-01")))
    world.tick("2026-11-30T12:00")
    assert world.timescales() == before
    assert world.shown_action()["due"] == "2026-12-09"


def test_a_resolved_case_does_not_move():
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", Resolve("ESC-1", "Received"))
    world.do("manager", "2026-11-30T11:00", declaring(day("2026-12-01")))
    assert world.clock("2026-12-31T07:00") == []
    world.refused(Code.ALREADY_ENDED, "officer", "2026-12-31T10:00", INFORM)
    assert last_days(world) == ["2026-12-03", "2026-12-09", "2026-12-14"]


# --- In which order --------------------------------------------------------------------------


def test_what_fell_due_before_the_closure_is_recorded_on_the_old_dates_first():
    world = World().raised()  # the clock has not run since the raising
    world.do("manager", "2026-12-04T09:00", declaring(day("2026-12-02")))
    entries = world.clock("2026-12-31T07:00")
    assert [type(e.fact).__name__ for e in entries] == [
        "StageEntered", "StageEntered", "LimitMoved", "LimitMoved", "StageEntered", "LimitPassed",
    ]  # fmt: skip
    assert moves(entries[:2]) == [
        ("stage_1", "2026-12-01T00:00", "E1.5"),
        ("stage_2", "2026-12-04T00:00", "E1.5"),
    ]
    assert [e.calendar for e in entries] == [0, 0, 1, 1, 1, 1]
    assert moves(entries[4:]) == [
        ("stage_3", "2026-12-11T00:00", "E2.2"),
        ("stage_3", "2026-12-16T00:00", "E3.4"),
    ]


def test_what_falls_due_at_the_very_moment_of_the_closure_has_fallen_due():
    world = World().raised().at("2026-12-03T07:00")
    world.do("manager", "2026-12-04T00:00", declaring(day("2026-12-03")))
    entered, *rest = world.clock("2026-12-04T07:00")
    assert isinstance(entered.fact, StageEntered)
    assert moved(rest) == [
        ("stage_2", "2026-12-09", "2026-12-10"),
        ("stage_3", "2026-12-14", "2026-12-15"),
    ]


def test_a_case_that_has_not_seen_the_calendar_does_so_before_an_act_on_it():
    world = World().raised().at("2026-12-01T07:00")
    world.do("manager", "2026-12-01T09:00", declaring(FRIDAY))
    entries = world.do("officer", "2026-12-01T10:00", INFORM)
    assert [type(e.fact).__name__ for e in entries] == [
        "LimitMoved", "LimitMoved", "PartyInformed",
    ]  # fmt: skip
    assert world.clock("2026-12-01T11:00") == []  # once


def test_the_tick_shows_the_closure_to_every_open_case():
    world = World().raised()
    world.do("officer", RAISED, raising("ESC-2"))
    world.do("manager", "2026-11-30T11:00", declaring(FRIDAY))
    world.tick("2026-11-30T11:00")
    for reference in ("ESC-1", "ESC-2"):
        assert world.shown(reference)["last_days"]["stage_2"] == "2026-12-10"


def test_a_case_raised_after_the_closure_counts_it_from_the_start():
    world = World().reported()
    world.do("manager", "2026-11-27T10:00", declaring(FRIDAY))
    world.do("officer", "2026-11-30T09:30", raising())
    assert last_days(world) == ["2026-12-03", "2026-12-10", "2026-12-15"]
    assert moved(world.clock("2027-01-31T07:00")) == []


def test_replaying_the_history_computes_no_date_anew():
    world = World().raised().at("2026-12-01T07:00")
    world.do("manager", "2026-12-01T09:00", declaring(FRIDAY))
    world.at("2026-12-16T07:00")
    replayed = World()
    replayed.record = world.record
    replayed.workflow = Workflow(
        world.record,
        MemoryIndex.over(world.record, world.workflow._policies),
        world.workflow._policies,
    )
    assert replayed.escalation() == world.escalation()
    assert replayed.incident() == world.incident()


# --- Bank holidays ---------------------------------------------------------------------------


def test_a_bank_holiday_announced_moves_the_ladder_and_the_running_national_times():
    world = brought_to("notified")
    world.do("officer", "2026-11-30T09:30", raising())
    world.adopt("2026-11-30T10:00", BankHolidayAnnounced(day("2026-12-01"), "State funeral"))
    entries = world.do("officer", "2026-11-30T11:00", INFORM)
    assert moved(entries) == [
        ("initial_discussion", "2026-11-30", "2026-12-01"),
        ("stage_1", "2026-12-03", "2026-12-04"),
        ("stage_2", "2026-12-09", "2026-12-10"),
        ("stage_3", "2026-12-14", "2026-12-15"),
    ]
    assert entries[0].fact.cause == "bank holiday announced for 2026-12-01: State funeral"
    world.entries()
    world.do("officer", "2026-11-30T11:01", CONVENE)
    t1, t2 = [e for e in world.history("incident:INC-1") if isinstance(e.fact, TimescaleMoved)]
    after = limit(
        "2026-12-02", 5, "2026-11-24", "T1", anchor="incident", calendar=1,
        skipped=["2026-11-28 Saturday", "2026-11-29 Sunday", "2026-12-01 State funeral"],
    )  # fmt: skip
    assert t1.fact == TimescaleMoved(
        "notification", day("2026-12-01"), after, entries[0].fact.cause
    )
    assert (t1.clause, t2.clause, t1.by) == ("T1", "T2", None)
    assert t1.occurred == world.moment("2026-11-30T10:00")
    assert moved([t2]) == [("rapid_review", "2026-12-18", "2026-12-21")]


def test_a_bank_holiday_cancelled_moves_them_the_other_way():
    world = brought_to("notified", at="2026-12-21T10:00")  # Monday; Christmas and Boxing Day ahead
    assert world.timescales()["rapid_review"]["last_day"] == "2027-01-14"
    cancelled = BankHolidayCancelled(day("2026-12-28"), "Boxing Day (observed)")
    world.adopt("2026-12-22T10:00", cancelled)
    entries = world.do("officer", "2026-12-22T11:00", CONVENE)
    assert moved(entries) == [("rapid_review", "2027-01-14", "2027-01-13")]
    assert entries[0].fact.cause == ("bank holiday cancelled for 2026-12-28: Boxing Day (observed)")


def test_a_timescale_that_is_met_or_has_passed_does_not_move():
    world = World().reported()
    for step in (NOTIFY_PANEL, CONVENE, SEND):
        world.do("officer", "2026-11-27T10:00", step)
    world.at("2026-12-02T07:00")  # T1 has passed, T2 is met
    world.adopt("2026-12-02T09:00", BankHolidayAnnounced(day("2026-11-30"), "Late announcement"))
    assert moved(world.do("sub", "2026-12-02T10:00", COMMISSION)) == []


def test_six_months_never_move_and_a_holiday_beyond_the_days_counted_moves_nothing():
    world = brought_to("review_commissioned")
    world.adopt("2026-11-27T11:00", BankHolidayAnnounced(day("2027-05-27"), "On the last day"))
    before = world.timescales()
    world.refused(Code.WRONG_STATE, "officer", "2026-11-30T10:00", NOTIFY_PANEL)
    assert world.timescales() == before
    assert before["review"]["last_day"] == "2027-05-27"
