"""Section 4: the meetings of stages 2 and 3, written up late, and the return to stage 2."""

from dataclasses import replace

import pytest

from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    Decide,
    Escalate,
    MeetingOutcome,
    RecordAction,
    ReleaseAction,
    VaryAction,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation import Ending, Meeting
from cspr_workflow.domain.escalation_facts import (
    EscalationResolved,
    MeetingHeld,
    MoveReason,
    StageEntered,
)
from cspr_workflow.domain.people import Side
from tests.process.ladder_days import in_stage_2_with_actions_agreed, meeting
from tests.support import World, day, limit

AGREED, RESOLVED, NOT = (
    MeetingOutcome.ACTIONS_AGREED,
    MeetingOutcome.RESOLVED,
    MeetingOutcome.NOT_RESOLVED,
)
IN_2, IN_3 = "2026-12-04T10:00", "2026-12-10T10:00"


def in_stage_2() -> World:
    """In stage 2, from Friday 4 December to Wednesday 9 (day 7)."""
    return World().raised().at(IN_2)


def in_stage_3() -> World:
    """In stage 3 since the midnight that opens Thursday 10 December, for want of an outcome."""
    return World().raised().at(IN_3)


# --- Stage 2 ---------------------------------------------------------------------------------


def test_a_meeting_that_agrees_actions_keeps_the_case_in_stage_2_and_meets_its_limit():
    world = in_stage_2().agreed("2026-12-07T10:00", due="2026-12-31")
    before = world.escalation()
    (entry,) = world.do("sub", "2026-12-07T10:30", meeting(AGREED, "sub", "board"))
    assert entry.fact == MeetingHeld("stage_2", ("sub", "board"), AGREED)
    assert (entry.clause, entry.author) == ("E2.1", "sub")
    held = Meeting("stage_2", world.moment("2026-12-07T10:30"), AGREED)
    assert world.escalation() == replace(before, meetings=(held,))
    assert world.clock("2026-12-20T07:00") == []
    assert world.shown()["limit"] == {"stage": "stage_2", "last_day": "2026-12-09", "state": "met"}


def test_a_meeting_that_does_not_resolve_it_moves_the_case_at_once():
    world = in_stage_2()
    world.do("sub", "2026-12-07T11:00", meeting(NOT), occurred="2026-12-07T10:00")
    held, moved = world.facts()
    assert held == MeetingHeld("stage_2", ("sub", "board"), NOT)
    assert moved == StageEntered("stage_3", MoveReason.MEETING_NOT_RESOLVED)
    assert world.stages()[-1] == ("stage_3", "2026-12-07T10:00", "sub", "meeting_not_resolved")
    assert world.shown()["limit"] == {
        "stage": "stage_3",
        "last_day": "2026-12-14",
        "state": "running",
    }


def test_a_meeting_that_does_not_resolve_it_after_day_10_opens_a_follow_on_limit():
    world = in_stage_2_with_actions_agreed(due="2026-12-31")
    world.do("sub", "2026-12-15T10:00", meeting(NOT))  # Tuesday; Wed 16, Thu 17, Fri 18
    assert world.facts()[-1] == StageEntered(
        "stage_3",
        MoveReason.MEETING_NOT_RESOLVED,
        follow_on=limit("2026-12-18", 3, "2026-12-15", "E3.4", anchor="stage"),
    )


def test_a_meeting_that_resolves_it_resolves_the_case():
    world = in_stage_2()
    before = world.escalation()
    world.do("sub", "2026-12-07T10:00", meeting(RESOLVED))
    assert world.facts() == [
        MeetingHeld("stage_2", ("sub", "board"), RESOLVED),
        EscalationResolved("resolved"),
    ]
    at = world.moment("2026-12-07T10:00")
    assert world.escalation() == replace(
        before,
        meetings=(Meeting("stage_2", at, RESOLVED),),
        ending=Ending(at, "sub", "resolved"),
    )


def test_a_meeting_does_not_resolve_while_an_action_in_force_is_outstanding():
    world = in_stage_2().agreed("2026-12-07T10:00", due="2026-12-31")
    before = world.escalation()
    message = world.refused(Code.OUTSTANDING_ACTIONS, "sub", "2026-12-07T10:30", meeting(RESOLVED))
    assert "A1" in message
    assert world.escalation() == before


def test_actions_agreed_needs_an_action_in_force():
    world = in_stage_2()
    world.refused(Code.NEEDS_AGREED_ACTION, "sub", "2026-12-07T10:00", meeting(AGREED))
    record = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-31"))
    world.do("sub", "2026-12-07T10:01", record)  # recorded, not agreed
    world.refused(Code.NEEDS_AGREED_ACTION, "sub", "2026-12-07T10:02", meeting(AGREED))


def test_a_released_action_is_not_enough_for_actions_agreed():
    world = in_stage_2().agreed("2026-12-07T10:00", due="2026-12-31")
    for by in ("sub", "trust"):
        world.do(by, "2026-12-07T10:01", ReleaseAction("ESC-1", "A1", "No longer needed"))
    world.refused(Code.NEEDS_AGREED_ACTION, "sub", "2026-12-07T10:02", meeting(AGREED))


def test_a_done_action_counts_for_actions_agreed():
    world = in_stage_2().agreed("2026-12-07T10:00", due="2026-12-31")
    world.do("trust", "2026-12-07T10:01", CompleteAction("ESC-1", "A1", "Sent"))
    world.do("sub", "2026-12-07T10:02", meeting(AGREED))


def test_in_stage_2_actions_agreed_is_refused_while_the_agency_has_not_maintained_one():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-02").at(IN_2)
    message = world.refused(Code.OVERDUE_ACTIONS, "sub", IN_2, meeting(AGREED))
    assert "A1" in message
    world.do("trust", IN_2, VaryAction("ESC-1", "A1", due=day("2026-12-10")))
    world.refused(Code.OVERDUE_ACTIONS, "sub", IN_2, meeting(AGREED))  # nobody moves a date alone
    world.do("sub", IN_2, AcknowledgeAction("ESC-1", "A1"))
    world.do("sub", IN_2, meeting(AGREED))
    assert world.clock("2026-12-10T07:00") == []


def test_an_action_not_maintained_and_then_done_late_or_the_partnerships_own_is_no_obstacle():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-02")
    world.agreed("2026-11-30T10:01", due="2026-12-02", action="A2", owner=Side.SCSP).at(IN_2)
    world.do("ward", IN_2, CompleteAction("ESC-1", "A1", "Sent"))
    assert world.shown_action("A2")["state"] == "not_maintained"
    world.do("sub", IN_2, meeting(AGREED))
    assert world.escalation().stage == "stage_2"


@pytest.mark.parametrize("outcome", MeetingOutcome)
def test_a_meeting_did_not_happen_before_the_present_stage_began(outcome):
    world = in_stage_2()
    before = world.escalation()
    held = meeting(outcome)
    world.refused(Code.WRONG_STATE, "sub", IN_2, held, occurred="2026-12-03T23:59")
    assert world.escalation() == before


def test_a_meeting_at_the_very_moment_at_which_the_stage_began_belongs_to_it():
    world = in_stage_2().agreed(IN_2, due="2026-12-31")
    world.do("sub", IN_2, meeting(AGREED), occurred="2026-12-04T00:00")
    assert world.escalation().meetings[-1].stage == "stage_2"


def test_a_stage_holds_several_meetings_the_earliest_meets_the_limit_the_latest_outcome_holds():
    world = in_stage_2_with_actions_agreed(due="2026-12-31")  # on Monday 7 December
    world.do("sub", "2026-12-16T10:00", meeting(AGREED))
    assert world.shown()["limit"]["state"] == "met"
    world.do("sub", "2026-12-17T10:00", meeting(NOT))
    assert world.stages()[-1] == ("stage_3", "2026-12-17T10:00", "sub", "meeting_not_resolved")


def test_the_earliest_meeting_is_by_when_it_happened():
    world = in_stage_3()
    world.do("chair", "2026-12-15T10:00", meeting(NOT, "chair"))
    assert world.shown()["limit"]["state"] == "met_late"
    world.do("chair", "2026-12-15T11:00", meeting(NOT, "chair"), occurred="2026-12-14T10:00")
    assert world.shown()["limit"]["state"] == "met"


# --- Stage 3 ---------------------------------------------------------------------------------


def test_the_meeting_of_all_parties_that_does_not_resolve_it_moves_nothing():
    world = in_stage_3()
    before = world.escalation()
    (entry,) = world.do("chair", "2026-12-11T10:00", meeting(NOT, "chair", "sub", "trust"))
    assert entry.fact == MeetingHeld("stage_3", ("chair", "sub", "trust"), NOT)
    assert entry.clause == "E3.2"
    held = Meeting("stage_3", world.moment("2026-12-11T10:00"), NOT)
    assert world.escalation() == replace(before, meetings=(held,))


def test_the_meeting_of_all_parties_resolves_only_after_the_decision():
    world = in_stage_3()
    world.refused(Code.NEEDS_DECISION, "chair", IN_3, meeting(RESOLVED, "chair"))
    world.do("chair", IN_3, Decide("ESC-1", "Go on", "Time"))
    world.do("chair", IN_3, meeting(RESOLVED, "chair"))
    assert world.shown()["resolved"] == {
        "entered": "2026-12-10T10:00:00+00:00",
        "by": "chair",
        "outcome": "resolved",
    }


def test_in_stage_3_actions_can_be_agreed_though_one_is_not_maintained():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-02").at(IN_3)
    assert world.shown_action()["state"] == "not_maintained"
    world.do("chair", IN_3, meeting(AGREED, "chair"))
    assert world.escalation().stage == "stage_3"


def test_in_stage_3_actions_agreed_needs_one_too():
    in_stage_3().refused(Code.NEEDS_AGREED_ACTION, "chair", IN_3, meeting(AGREED, "chair"))


def test_a_decision_alone_does_not_meet_the_limit_of_stage_3():
    world = in_stage_3()
    world.do("chair", IN_3, Decide("ESC-1", "Go on", "Time"))
    assert len(world.clock("2026-12-15T07:00")) == 1
    assert world.shown()["limit"]["state"] == "passed"
    world.do("chair", "2026-12-15T10:00", meeting(NOT, "chair"))
    assert world.shown()["limit"]["state"] == "met_late"  # both facts stay


def test_a_meeting_of_all_parties_did_not_happen_before_stage_3_began():
    held = meeting(NOT, "chair")
    in_stage_3().refused(Code.WRONG_STATE, "chair", IN_3, held, occurred="2026-12-09T23:59")


# --- Written up late -------------------------------------------------------------------------


def agreed_in_stage_2_and_not_written_up(due: str = "2026-12-31") -> World:
    """Agreed on Tuesday 8 December in stage 2, whose meeting nobody recorded: stage 3 on the 10th."""
    return World().raised().agreed("2026-12-08T10:00", due=due).at(IN_3)


def test_a_meeting_in_time_written_up_late_returns_the_case_to_stage_2():
    world = agreed_in_stage_2_and_not_written_up()
    before = world.escalation()
    entries = world.do("sub", IN_3, meeting(AGREED), occurred="2026-12-09T15:00")
    held, returned = entries
    assert held.fact == MeetingHeld("stage_2", ("sub", "board"), AGREED)
    assert returned.fact == StageEntered("stage_2", MoveReason.OUTCOME_IN_TIME)
    assert (held.occurred, returned.occurred) == (
        world.moment("2026-12-09T15:00"),
        world.moment(IN_3),  # entered when it was recorded
    )
    assert [s[0] for s in world.stages()] == [
        "initial_discussion", "stage_1", "stage_2", "stage_3", "stage_2",
    ]  # fmt: skip
    assert world.stages()[:-1] == [tuple(s) for s in _shown(before, world)]  # both facts stay
    shown = world.shown()
    assert shown["limit"] == {"stage": "stage_2", "last_day": "2026-12-09", "state": "met"}
    assert "follow_on" not in shown["last_days"]  # a return opens no follow-on limit
    assert world.clock("2026-12-30T07:00") == []


def _shown(escalation, world: World) -> list[tuple]:
    local = world.policy.civil.local
    return [
        (s.stage, local(s.entered).strftime("%Y-%m-%dT%H:%M"), s.by, s.reason)
        for s in escalation.stages
    ]


def test_after_the_return_an_action_not_maintained_moves_the_case_again():
    world = agreed_in_stage_2_and_not_written_up(due="2026-12-16")
    world.do("sub", IN_3, meeting(AGREED), occurred="2026-12-09T15:00")
    broken, moved = world.clock("2026-12-17T07:00")
    assert moved.fact == StageEntered(
        "stage_3",
        MoveReason.ACTION_NOT_MAINTAINED,
        follow_on=limit("2026-12-21", 3, "2026-12-16", "E3.4", anchor="stage", skipped=[
            "2026-12-19 Saturday", "2026-12-20 Sunday"]),
        action="A1",
    )  # fmt: skip
    assert broken.occurred == moved.occurred
    world.refused(  # one has been recorded
        Code.WRONG_STATE, "sub", "2026-12-17T10:00", meeting(AGREED), occurred="2026-12-16T15:00"
    )


def test_written_up_before_stage_3_in_late_the_stage_2_limit_is_met_late():
    world = World().raised().at(IN_2).agreed(IN_2, due="2026-12-31", owner=Side.SCSP)
    world.at("2026-12-15T07:00")  # settled: the clock leaves it in stage 2
    world.do("sub", "2026-12-15T10:00", meeting(AGREED))
    assert world.shown()["limit"]["state"] == "met_late"


@pytest.mark.parametrize("occurred", ["2026-12-04T00:00", "2026-12-09T23:59"])
def test_it_happened_from_the_start_of_stage_2_to_before_the_start_of_stage_3(occurred):
    world = agreed_in_stage_2_and_not_written_up()
    world.do("sub", IN_3, meeting(AGREED), occurred=occurred)
    assert world.escalation().stage == "stage_2"


@pytest.mark.parametrize("occurred", ["2026-12-03T23:59", "2026-12-10T00:00", IN_3])
@pytest.mark.parametrize("outcome", MeetingOutcome)
def test_a_meeting_outside_stage_2_is_not_written_up_as_one_of_it(occurred, outcome):
    world = agreed_in_stage_2_and_not_written_up()
    before = world.escalation()
    world.refused(Code.WRONG_STATE, "sub", IN_3, meeting(outcome), occurred=occurred)
    assert world.escalation() == before


def test_only_if_no_meeting_of_stage_2_has_been_recorded():
    world = in_stage_2()
    world.do("sub", "2026-12-07T10:00", meeting(NOT))
    late = meeting(NOT)
    world.refused(Code.WRONG_STATE, "sub", IN_3, late, occurred="2026-12-04T12:00")
    world = in_stage_3()
    world.do("sub", IN_3, late, occurred="2026-12-09T15:00")
    world.refused(Code.WRONG_STATE, "sub", IN_3, late, occurred="2026-12-09T16:00")


def recorded_and_changes_nothing_more(world: World, outcome: MeetingOutcome) -> None:
    before = world.escalation()
    (entry,) = world.do("sub", IN_3, meeting(outcome), occurred="2026-12-09T15:00")
    assert entry.fact == MeetingHeld("stage_2", ("sub", "board"), outcome)
    assert entry.clause == "E2.1"
    held = Meeting("stage_2", world.moment("2026-12-09T15:00"), outcome)
    assert world.escalation() == replace(before, meetings=(*before.meetings, held))


def test_not_resolved_written_up_late_is_recorded_and_changes_nothing_more():
    world = in_stage_3()
    recorded_and_changes_nothing_more(world, NOT)
    assert len(world.clock("2026-12-15T07:00")) == 1  # nor does it meet the limit of stage 3


def test_no_return_where_somebody_escalated():
    world = World().raised().agreed("2026-12-08T10:00", due="2026-12-31")
    world.do("manager", "2026-12-09T16:00", Escalate("ESC-1", "Plainly stuck"))
    recorded_and_changes_nothing_more(world, AGREED)


def test_no_return_once_the_chair_has_decided():
    world = agreed_in_stage_2_and_not_written_up()
    world.do("chair", IN_3, Decide("ESC-1", "Go on", "Time"))
    recorded_and_changes_nothing_more(world, AGREED)


def test_no_return_while_an_action_of_the_agencys_is_not_maintained():
    world = agreed_in_stage_2_and_not_written_up(due="2026-12-09")
    assert world.shown_action()["state"] == "not_maintained"
    recorded_and_changes_nothing_more(world, AGREED)


def test_actions_agreed_written_up_late_needs_one_too():
    world = in_stage_3()
    held = meeting(AGREED)
    world.refused(Code.NEEDS_AGREED_ACTION, "sub", IN_3, held, occurred="2026-12-09T15:00")


def test_resolved_written_up_late_resolves_under_the_rules_of_stage_2_without_a_decision():
    world = in_stage_3()
    world.do("sub", IN_3, meeting(RESOLVED), occurred="2026-12-09T15:00")
    assert world.facts() == [
        MeetingHeld("stage_2", ("sub", "board"), RESOLVED),
        EscalationResolved("resolved"),
    ]
    assert world.escalation().ending == Ending(world.moment("2026-12-09T15:00"), "sub", "resolved")


def test_resolved_written_up_late_is_refused_while_an_action_in_force_is_outstanding():
    world = agreed_in_stage_2_and_not_written_up()
    held = meeting(RESOLVED)
    world.refused(Code.OUTSTANDING_ACTIONS, "sub", IN_3, held, occurred="2026-12-09T15:00")


def test_where_somebody_skipped_stage_2_no_meeting_of_it_can_have_happened():
    world = World().raised()
    for at in ("2026-11-30T10:00", "2026-11-30T10:01", "2026-11-30T10:01"):
        world.do("manager", at, Escalate("ESC-1", "Urgent"))
    assert world.escalation().stage == "stage_3"
    held = meeting(NOT)
    world.refused(Code.WRONG_STATE, "sub", IN_3, held, occurred="2026-11-30T10:01")
