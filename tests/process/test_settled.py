"""Section 4: follow-on limits of stages entered late; a settled case is left alone."""

from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.acts import (
    CompleteAction,
    DisputeCompletion,
    Escalate,
    RecordAction,
)
from cspr_workflow.domain.escalation_facts import LimitPassed, MoveReason, StageEntered
from cspr_workflow.domain.people import Side
from tests.process.ladder_days import (
    D1,
    TWO_WEEKENDS,
    in_stage_2_with_actions_agreed,
)
from tests.support import World, day, limit

# --- Follow-on limits ------------------------------------------------------------------------


def settled_until(at: str, agreed: str = "2026-11-30T10:00") -> World:
    """A case settled since the raising (agreed and done), unsettled by a dispute ``at`` a moment."""
    world = World().raised().agreed(agreed, due="2026-12-31")
    world.do("trust", agreed, CompleteAction("ESC-1", "A1", "Sent"))
    world.entries()
    world.do("officer", at, DisputeCompletion("ESC-1", "A1", "Empty file"))
    return world


def test_a_stage_entered_after_its_own_limit_has_its_window_from_the_day_of_entry():
    world = settled_until("2026-12-11T15:00")  # Friday, after D(3) and D(7)
    facts = [f for f in world.facts() if isinstance(f, StageEntered)]
    follow = {
        "stage_1": limit("2026-12-16", 3, "2026-12-11", "E1.5", anchor="stage", skipped=TWO_WEEKENDS[2:]),
    }  # fmt: skip
    assert facts == [
        StageEntered("stage_1", MoveReason.NOT_RESOLVED, follow_on=follow["stage_1"], due=D1)
    ]
    assert world.stages()[-1][1] == "2026-12-11T15:00"  # nothing falls due before it was unsettled
    shown = world.shown()
    assert shown["last_days"] == {
        "stage_1": "2026-12-03",  # the ladder's own day stays as it was
        "stage_2": "2026-12-09",
        "stage_3": "2026-12-14",
        "follow_on": "2026-12-16",
    }
    assert shown["limit"] == {"stage": "stage_1", "last_day": "2026-12-16", "state": "running"}


def test_follow_on_limits_follow_on_each_other_at_their_midnights():
    world = settled_until("2026-12-11T15:00").at("2027-01-29T07:00")
    assert [(s, entered) for s, entered, _, _ in world.stages()[1:]] == [
        ("stage_1", "2026-12-11T15:00"),  # Friday; window of 3: Mon 14, Tue 15, Wed 16
        ("stage_2", "2026-12-17T00:00"),  # entered at the midnight that ends Wed 16; window of 4
        ("stage_3", "2026-12-23T00:00"),  # Thu 17, Fri 18, Mon 21, Tue 22; window of 3
    ]
    (passed,) = [e for e in world.history() if isinstance(e.fact, LimitPassed)]
    assert passed.fact == LimitPassed(
        "stage_3",
        limit(
            "2026-12-29", 3, "2026-12-22", "E3.4", anchor="stage",
            skipped=["2026-12-25 Christmas Day", "2026-12-26 Saturday", "2026-12-27 Sunday",
                     "2026-12-28 Boxing Day (observed)"],
        ),
    )  # fmt: skip
    assert passed.occurred == world.moment("2026-12-30T00:00")


def test_a_stage_entered_exactly_at_its_own_limit_counts_from_the_day_that_midnight_ends():
    world = in_stage_2_with_actions_agreed(due="2026-12-14")  # the ladder's day 10
    entered = world.clock("2026-12-15T07:00")[-1].fact
    assert entered.follow_on == limit("2026-12-17", 3, "2026-12-14", "E3.4", anchor="stage")
    assert world.stages()[-1][1] == "2026-12-15T00:00"


def test_a_stage_entered_a_moment_before_its_own_limit_keeps_it():
    world = in_stage_2_with_actions_agreed(due="2026-12-31")
    world.do("manager", "2026-12-14T23:59", Escalate("ESC-1", "It will not be kept"))
    assert world.escalation().stage == "stage_3"
    assert world.escalation().follow_on is None
    assert world.shown()["last_days"]["stage_3"] == "2026-12-14"
    assert "follow_on" not in world.shown()["last_days"]


# --- Settled, and unsettled again ------------------------------------------------------------


def test_a_settled_case_is_left_alone():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-02")
    world.do("trust", "2026-11-30T11:00", CompleteAction("ESC-1", "A1", "Sent"))
    world.entries()
    assert world.clock("2027-12-31T07:00") == []
    assert world.escalation().stage == "initial_discussion"
    assert world.escalation().settled


def test_a_settled_case_passes_no_limit_in_stage_3():
    world = World().raised().at("2026-12-10T07:00").agreed("2026-12-10T09:00", due="2026-12-11")
    world.do("trust", "2026-12-10T10:00", CompleteAction("ESC-1", "A1", "Sent"))
    assert world.clock("2027-12-31T07:00") == []
    assert world.shown()["limit"]["state"] == "running"


def test_an_action_of_the_partnerships_in_force_settles_and_still_can_be_not_maintained():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-02", owner=Side.SCSP)
    world.at("2027-01-31T07:00")
    assert world.escalation().stage == "initial_discussion"
    assert world.shown_action()["state"] == "not_maintained"


def test_nothing_in_force_does_not_settle():
    world = World().raised()
    world.do("trust", "2026-11-30T10:00", RecordAction("ESC-1", "A1", "x", Side.SCSP, day("2026-12-09")))  # fmt: skip
    world.at("2026-12-01T07:00")
    assert world.escalation().stage == "stage_1"


def test_a_new_action_of_the_agencys_unsettles_though_nobody_agreed_it():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-02", owner=Side.SCSP)
    act = RecordAction("ESC-1", "A2", "Send the rest", Side.AGENCY, day("2026-12-09"))
    entries = world.do("officer", "2026-12-02T10:00", act)
    assert [e.author for e in entries] == ["officer", "clock"]
    assert world.stages()[-1] == ("stage_1", "2026-12-02T10:00", "clock", "not_resolved")


def test_what_is_past_due_falls_due_when_it_was_recorded_that_the_case_is_unsettled():
    world = World().raised().at("2026-12-01T07:00").agreed("2026-12-01T10:00", due="2026-12-02")
    world.do("trust", "2026-12-02T10:00", CompleteAction("ESC-1", "A1", "Sent"))
    world.at("2026-12-08T07:00")
    dispute = DisputeCompletion("ESC-1", "A1", "Empty file")
    entries = world.do("officer", "2026-12-08T10:00", dispute, occurred="2026-12-07T16:00")
    at = world.moment("2026-12-08T10:00")
    assert [(type(e.fact), e.occurred) for e in entries[1:]] == [
        (ActionNotMaintained, at),
        (StageEntered, at),
    ]
    assert entries[2].fact.reason is MoveReason.ACTION_OUTSTANDING


def test_a_case_settled_again_is_left_alone_again():
    world = settled_until("2026-12-02T10:00")
    assert world.escalation().stage == "stage_1"
    world.do("trust", "2026-12-03T10:00", CompleteAction("ESC-1", "A1", "Sent again"))
    world.at("2027-01-31T07:00")
    assert world.escalation().stage == "stage_1"
