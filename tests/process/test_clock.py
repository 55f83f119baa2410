"""Section 4, what the clock does: every row of its table, follow-on limits, and one way for time to pass."""

import pytest

from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Escalate,
    GiveReason,
    MeetingOutcome,
    RecordAction,
    RecordDiscussion,
    WithdrawEscalation,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation_facts import LimitPassed, MoveReason, StageEntered
from cspr_workflow.domain.people import Means, Side
from tests.process.ladder_days import (
    D1,
    D3,
    D7,
    D10,
    INFORM,
    in_stage_2_with_actions_agreed,
    meeting,
    moves,
)
from tests.support import World, day, raising

# --- The rows of the table -------------------------------------------------------------------


def test_the_midnight_that_opens_working_day_1_opens_stage_1():
    world = World().raised()
    assert world.clock("2026-11-30T23:59") == []
    (entry,) = world.clock("2026-12-01T00:00")
    assert entry.fact == StageEntered("stage_1", MoveReason.NOT_RESOLVED, due=D1)
    assert (entry.occurred, entry.recorded) == (world.moment("2026-12-01"), entry.occurred)
    assert (entry.clause, entry.author, entry.by) == ("E1.5", "clock", None)


def test_raised_on_a_friday_evening_working_day_1_opens_on_the_monday():
    world = World().reported()
    world.do("officer", "2026-11-27T22:00", raising())
    world.clock("2026-12-20T07:00")
    assert [(s, entered) for s, entered, _, _ in world.stages()] == [
        ("initial_discussion", "2026-11-27T22:00"),
        ("stage_1", "2026-11-30T00:00"),  # a Monday
        ("stage_2", "2026-12-03T00:00"),  # the midnight that ends Wednesday 2, day 3
        ("stage_3", "2026-12-09T00:00"),  # the midnight that ends Tuesday 8, day 7
    ]


def test_after_day_3_stage_2_begins_with_no_response_where_the_agency_never_acted():
    world = World().raised()
    world.do("officer", "2026-12-01T09:00", INFORM)
    world.do("officer", "2026-12-01T09:01", RecordAction("ESC-1", "A1", "x", Side.AGENCY, day("2026-12-09")))  # fmt: skip
    world.entries()
    assert world.clock("2026-12-03T23:59") == []
    (entry,) = world.clock("2026-12-04T00:00")
    assert entry.fact == StageEntered("stage_2", MoveReason.NO_RESPONSE, due=D3)
    assert (entry.occurred, entry.clause) == (world.moment("2026-12-04"), "E1.5")


def test_after_day_3_stage_2_begins_with_an_action_outstanding_where_the_agency_owes_one():
    world = World().raised()
    act = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-09"))
    world.do("trust", "2026-12-01T09:00", act)  # recorded, not even agreed
    world.at("2026-12-04T07:00")
    assert world.stages()[-1] == ("stage_2", "2026-12-04T00:00", "clock", "action_outstanding")


@pytest.mark.parametrize(
    ("by", "act", "means"),
    [
        ("trust", GiveReason("ESC-1", "Author on leave"), None),
        ("ward", RecordDiscussion("ESC-1", Means.CALL, "It is on its way"), None),
        ("officer", RecordDiscussion("ESC-1", Means.CALL, "It is on its way"), Means.CALL),
        ("trust", RecordAction("ESC-1", "A1", "x", Side.SCSP, day("2026-12-09")), None),
    ],
)
def test_after_day_3_stage_2_begins_as_not_resolved_where_the_agency_answered_and_owes_nothing(
    by, act, means
):
    world = World().raised()
    world.do(by, "2026-12-01T09:00", act, means=means)
    world.at("2026-12-04T07:00")
    assert world.stages()[-1] == ("stage_2", "2026-12-04T00:00", "clock", "not_resolved")


def test_what_the_partnership_says_is_no_response_of_the_agency():
    world = World().raised()
    world.do("sub", "2026-12-01T09:00", RecordDiscussion("ESC-1", Means.CALL, "Nobody there"))
    world.at("2026-12-04T07:00")
    assert world.stages()[-1][3] == "no_response"


def test_a_refused_act_of_the_agency_is_no_response():
    world = World().raised()
    world.refused(Code.NOT_FOUND, "trust", "2026-12-01T09:00", AcknowledgeAction("ESC-1", "A9"))
    world.at("2026-12-04T07:00")
    assert world.stages()[-1][3] == "no_response"


def test_after_day_7_stage_3_begins_where_no_meeting_outcome_is_recorded():
    world = World().raised().at("2026-12-09T23:59")
    (entry,) = world.clock("2026-12-10T00:00")
    assert entry.fact == StageEntered("stage_3", MoveReason.NO_OUTCOME, due=D7)
    assert (entry.occurred, entry.clause) == (world.moment("2026-12-10"), "E2.2")


def test_after_day_10_the_limit_of_stage_3_has_passed_once_and_stays_visible():
    world = World().raised().at("2026-12-14T23:59")
    (entry,) = world.clock("2026-12-15T00:00")
    assert entry.fact == LimitPassed("stage_3", D10)
    assert (entry.occurred, entry.clause) == (world.moment("2026-12-15"), "E3.4")
    assert world.clock("2026-12-31T07:00") == []
    assert world.shown()["limit"] == {
        "stage": "stage_3",
        "last_day": "2026-12-14",
        "state": "passed",
    }
    assert world.shown()["state"] == "stage_3"


def test_a_meeting_of_all_parties_stops_the_limit_of_stage_3():
    world = World().raised().at("2026-12-10T07:00")
    world.do("chair", "2026-12-14T10:00", meeting(MeetingOutcome.NOT_RESOLVED, "chair"))
    assert world.clock("2026-12-31T07:00") == []
    assert world.shown()["limit"]["state"] == "met"


@pytest.mark.parametrize("stage", ["initial_discussion", "stage_1", "stage_2", "stage_3"])
@pytest.mark.parametrize("owner", Side)
def test_in_any_stage_an_action_in_force_and_outstanding_is_not_maintained_after_its_due_day(
    stage, owner
):
    world = World().raised()
    at = {"initial_discussion": "2026-11-30", "stage_1": "2026-12-01"}.get(stage, "2026-12-04")
    world.at(f"{at}T10:00")
    if stage == "stage_3":
        world.do("manager", "2026-12-04T10:00", Escalate("ESC-1", "Plainly stuck"))
    world.agreed(f"{at}T11:00", due=at, owner=owner)
    assert world.escalation().stage == stage
    entries = world.at(f"{at}T23:59").clock(f"{at}T23:59")
    assert entries == []
    midnight = world.policy.civil.midnight_ending(day(at))
    since = world.moment(f"{at}T11:00")
    entries = [
        entry
        for entry in world.workflow.tick(midnight)
        if isinstance(entry.entry.fact, ActionNotMaintained)
    ]
    (entry,) = [recorded.entry for recorded in entries]
    assert entry.fact == ActionNotMaintained("A1", day(at), since)
    assert (entry.occurred, entry.clause, entry.by) == (midnight, "E1.4", None)
    assert world.shown_action()["state"] == "not_maintained"


def test_an_action_that_is_only_recorded_is_never_not_maintained():
    world = World().raised()
    act = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-01"))
    world.do("trust", "2026-12-01T09:00", act)
    world.at("2026-12-20T07:00")
    assert world.shown_action()["state"] == "recorded"


def test_an_action_is_not_not_maintained_before_its_terms_came_into_force():
    world = World().raised()
    act = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-01"))
    world.do("trust", "2026-12-01T09:00", act)
    acknowledge = AcknowledgeAction("ESC-1", "A1")
    entries = world.do("officer", "2026-12-03T10:00", acknowledge, occurred="2026-12-01T16:00")
    in_force = world.moment("2026-12-03T10:00")
    assert entries[-1].fact == ActionNotMaintained("A1", day("2026-12-01"), in_force)
    assert entries[-1].occurred == in_force


def test_in_stage_2_with_an_outcome_an_action_not_maintained_moves_the_case_at_that_moment():
    world = in_stage_2_with_actions_agreed(due="2026-12-10")  # Thursday, after day 7
    assert world.clock("2026-12-10T23:59") == []
    broken, moved = world.clock("2026-12-11T07:00")
    assert isinstance(broken.fact, ActionNotMaintained)
    assert moved.fact == StageEntered("stage_3", MoveReason.ACTION_NOT_MAINTAINED, action="A1")
    assert broken.occurred == moved.occurred == world.moment("2026-12-11T00:00")
    assert (broken.clause, moved.clause) == ("E1.4", "E3.1")


def test_in_stage_2_with_an_outcome_an_action_of_the_partnerships_moves_nothing():
    world = in_stage_2_with_actions_agreed(due="2026-12-10", owner=Side.SCSP)
    assert moves(world.clock("2026-12-20T07:00")) == [("A1", "2026-12-11T00:00", "E1.4")]
    assert world.escalation().stage == "stage_2"


def test_in_stage_2_without_an_outcome_an_action_not_maintained_waits_for_the_limit():
    world = World().raised().agreed("2026-12-07T10:00", due="2026-12-07")
    assert moves(world.clock("2026-12-20T07:00")) == [
        ("A1", "2026-12-08T00:00", "E1.4"),
        ("stage_3", "2026-12-10T00:00", "E2.2"),
        ("stage_3", "2026-12-15T00:00", "E3.4"),
    ]
    assert world.stages()[-1][3] == "no_outcome"


def test_in_stage_3_an_action_not_maintained_moves_nothing_more():
    world = World().raised().at("2026-12-10T07:00").agreed("2026-12-10T09:00", due="2026-12-11")
    world.do("chair", "2026-12-10T10:00", meeting(MeetingOutcome.ACTIONS_AGREED, "chair"))
    world.entries()
    assert moves(world.clock("2026-12-31T07:00")) == [("A1", "2026-12-12T00:00", "E1.4")]


def test_after_the_resolution_the_clock_records_nothing_more():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-02")
    world.do("manager", "2026-11-30T11:00", WithdrawEscalation("ESC-1", "Raised in error"))
    assert world.clock("2027-12-31T07:00") == []


# --- At one moment ---------------------------------------------------------------------------


def test_at_one_moment_all_actions_become_not_maintained_before_the_stage_moves():
    world = World().raised()
    world.agreed("2026-12-07T10:00", due="2026-12-09").agreed(
        "2026-12-07T10:01", due="2026-12-09", action="A2"
    )
    assert moves(world.clock("2026-12-10T07:00")) == [
        ("A1", "2026-12-10T00:00", "E1.4"),
        ("A2", "2026-12-10T00:00", "E1.4"),
        ("stage_3", "2026-12-10T00:00", "E2.2"),
    ]


def test_the_action_not_maintained_first_is_the_one_that_moves_the_case():
    world = World().raised().agreed("2026-12-07T10:00", due="2026-12-11", action="A1")
    world.agreed("2026-12-07T10:01", due="2026-12-10", action="A2")
    world.agreed("2026-12-07T10:02", due="2026-12-10", action="A3")
    world.do("sub", "2026-12-07T10:30", meeting(MeetingOutcome.ACTIONS_AGREED))
    world.entries()
    entries = world.clock("2026-12-20T07:00")
    assert moves(entries)[:4] == [
        ("A2", "2026-12-11T00:00", "E1.4"),
        ("A3", "2026-12-11T00:00", "E1.4"),
        ("stage_3", "2026-12-11T00:00", "E3.1"),
        ("A1", "2026-12-12T00:00", "E1.4"),
    ]
    assert entries[2].fact.action == "A2"


# --- Time passes in one way only -------------------------------------------------------------

TABLE = [
    ("stage_1", "2026-12-01T00:00", "E1.5"),
    ("stage_2", "2026-12-04T00:00", "E1.5"),
    ("stage_3", "2026-12-10T00:00", "E2.2"),
    ("stage_3", "2026-12-15T00:00", "E3.4"),
]


@pytest.mark.parametrize(
    "ticks",
    [
        ["2026-12-31T07:00"],
        [f"2026-12-{d:02}T{h:02}:30" for d in range(1, 32) for h in (0, 12)],
        ["2026-12-01T00:00", "2026-12-04T00:00", "2026-12-10T00:00", "2026-12-31T07:00"],
    ],
    ids=["one tick after a month's outage", "twice a day", "at the midnights themselves"],
)
def test_the_history_of_a_case_never_depends_on_how_often_the_tick_ran(ticks):
    world = World().raised()
    for at in ticks:
        world.clock(at)
    assert moves(e for e in world.history() if e.by is None) == TABLE


def test_fell_due_and_recorded_are_both_kept():
    world = World().raised().at("2026-12-31T07:00")
    clock = [e for e in world.history() if e.by is None]
    assert {entry.recorded for entry in clock} == {world.moment("2026-12-31T07:00")}
    assert clock[0].occurred == world.moment("2026-12-01T00:00")


def test_time_passes_before_an_act_on_the_case():
    world = World().raised()
    entries = world.do("officer", "2026-12-04T09:00", INFORM)
    assert [e.author for e in entries] == ["clock", "clock", "officer"]
    assert moves(entries[:2]) == TABLE[:2]


def test_time_passes_also_before_an_act_that_is_then_refused():
    world = World().raised()
    world.refused(Code.NOT_PERMITTED, "audit", "2026-12-04T09:00", INFORM)
    assert moves(world.entries()) == TABLE[:2]


def test_time_passes_once_more_after_an_act():
    world = World().reported()
    late = world.do("officer", "2026-12-11T09:00", raising(), occurred="2026-11-30T09:30")
    escalation = [e for e in late if e.clause.startswith("E")]
    assert moves(escalation) == TABLE[:3]  # a late write-up moves a case through stages at once
    assert world.stages()[-1] == ("stage_3", "2026-12-10T00:00", "clock", "no_outcome")


def test_an_act_on_one_case_lets_no_time_pass_in_another():
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", raising("ESC-2"))
    world.do("officer", "2026-12-04T09:00", INFORM)
    assert world.escalation("ESC-2").stage == "initial_discussion"
    world.clock("2026-12-04T09:00")
    assert world.escalation("ESC-2").stage == "stage_2"
