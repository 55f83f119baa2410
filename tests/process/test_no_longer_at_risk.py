"""Section 4: a case whose timescale is met, or whose incident has ended, is left alone (E3.1)."""

from dataclasses import replace

import pytest

from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.acts import (
    CompleteAction,
    DeclareClosure,
    DisputeCompletion,
    Escalate,
    Inform,
    Informed,
    MeetingOutcome,
    Resolve,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation_facts import EscalationResolved, NoLongerAtRisk, StageEntered
from tests.process.ladder_days import meeting, moves
from tests.process.steps import (
    CONVENE,
    NO_REVIEW,
    NOTIFY_DFE,
    NOTIFY_OFSTED,
    NOTIFY_PANEL,
    SEND,
    WITHDRAW,
    brought_to,
)
from tests.support import World, raising


def at_risk_until_the_outcome_is_sent() -> World:
    """ESC-1 on the rapid review, raised on Monday 30 November; the review has been convened."""
    world = brought_to("rapid_review")
    world.do("officer", "2026-11-30T09:30", raising())
    world.entries()
    return world


def no_longer_at_risk(at: str = "2026-12-02T17:00") -> World:
    world = at_risk_until_the_outcome_is_sent()
    world.do("officer", at, SEND)
    world.entries()
    return world


def test_met_lets_time_pass_first_and_then_records_in_the_same_transaction_that_nothing_is_at_risk():
    world = at_risk_until_the_outcome_is_sent()
    before = len(world.history())
    world.do("officer", "2026-12-02T17:00", SEND)
    moved, recorded = world.history()[before:]
    assert moves([moved]) == [("stage_1", "2026-12-01T00:00", "E1.5")]
    assert recorded.fact == NoLongerAtRisk("rapid_review met")
    assert (recorded.author, recorded.clause) == ("officer", "E3.1")
    assert recorded.occurred == recorded.recorded == world.moment("2026-12-02T17:00")
    assert world.shown()["no_longer_at_risk"] == "2026-12-02T17:00:00+00:00"
    commands = {r.command for r in world.everything()[-4:]}
    assert len(commands) == 1  # the sending, the meeting of T2, the clock's move, and this


def test_recorded_when_it_was_recorded_though_the_outcome_was_sent_before():
    world = at_risk_until_the_outcome_is_sent()
    world.do("officer", "2026-12-04T10:00", SEND, occurred="2026-11-30T10:00")
    assert world.escalation().stage == "stage_2"  # what fell due before stays
    assert world.escalation().no_longer_at_risk == world.moment("2026-12-04T10:00")


def test_met_late_is_no_longer_at_risk_either():
    world = at_risk_until_the_outcome_is_sent()
    world.do("officer", "2026-12-21T10:00", SEND)
    assert world.timescales()["rapid_review"]["state"] == "met_late"
    assert world.escalation().no_longer_at_risk == world.moment("2026-12-21T10:00")


def test_the_clock_moves_no_stage_and_passes_no_limit_from_then_on():
    world = no_longer_at_risk()
    assert world.clock("2027-12-31T07:00") == []
    assert world.escalation().stage == "stage_1"
    assert world.shown()["limit"]["state"] == "running"


def test_actions_still_become_not_maintained_but_move_nothing():
    world = at_risk_until_the_outcome_is_sent()
    world.at("2026-12-04T07:00").agreed("2026-12-07T10:00", due="2026-12-09")
    world.do("sub", "2026-12-07T10:30", meeting(MeetingOutcome.ACTIONS_AGREED))
    world.do("officer", "2026-12-07T11:00", SEND)
    (entry,) = world.clock("2027-12-31T07:00")
    assert isinstance(entry.fact, ActionNotMaintained)
    assert world.escalation().stage == "stage_2"


def test_a_case_that_becomes_unsettled_again_is_left_alone_all_the_same():
    world = at_risk_until_the_outcome_is_sent().agreed("2026-11-30T10:00", due="2026-12-01")
    world.do("trust", "2026-11-30T11:00", CompleteAction("ESC-1", "A1", "Sent"))
    world.do("officer", "2026-12-02T17:00", SEND)
    world.do("officer", "2026-12-08T10:00", DisputeCompletion("ESC-1", "A1", "Empty file"))
    assert world.escalation().stage == "initial_discussion"
    assert world.shown_action()["state"] == "not_maintained"


def test_only_escalations_on_the_timescale_that_is_met():
    world = at_risk_until_the_outcome_is_sent()
    world.do("officer", "2026-11-30T10:00", raising("ESC-2", timescale="notification"))
    world.do("officer", "2026-11-30T11:00", SEND)
    assert world.escalation("ESC-2").no_longer_at_risk is None
    world.do("officer", "2026-11-30T12:00", NOTIFY_OFSTED)
    world.do("officer", "2026-11-30T12:01", NOTIFY_DFE)
    assert world.escalation("ESC-2").no_longer_at_risk == world.moment("2026-11-30T12:01")
    assert world.escalation().no_longer_at_risk == world.moment("2026-11-30T11:00")  # once


@pytest.mark.parametrize(
    ("way", "state"),
    [([WITHDRAW], "withdrawn"), ([NOTIFY_PANEL, CONVENE, SEND, NO_REVIEW], "no_review")],
)
def test_the_end_of_the_incident_takes_the_risk_from_every_escalation_on_it(way, state):
    world = World().raised(timescale="review")
    world.do("officer", "2026-11-30T10:00", raising("ESC-2", timescale="notification"))
    for step in way:
        world.do("manager", "2026-11-30T11:00", step)
    for reference in ("ESC-1", "ESC-2"):
        last = world.history(f"escalation:{reference}")[-1]
        assert last.fact == NoLongerAtRisk(f"incident {state}")


def test_an_escalation_resolved_before_stays_as_it_is():
    world = at_risk_until_the_outcome_is_sent()
    world.do("officer", "2026-11-30T10:00", Resolve("ESC-1", "Chronology received"))
    before = world.escalation()
    world.do("officer", "2026-11-30T11:00", SEND)
    assert world.escalation() == before


def test_it_is_recorded_once_though_the_incident_ends_later():
    world = no_longer_at_risk()
    world.do("manager", "2026-12-03T10:00", NO_REVIEW)
    found = [e for e in world.history() if isinstance(e.fact, NoLongerAtRisk)]
    assert len(found) == 1


def test_nothing_else_of_the_case_changes():
    world = at_risk_until_the_outcome_is_sent()
    before = world.escalation()
    world.do("officer", "2026-11-30T10:00", SEND)
    at = world.moment("2026-11-30T10:00")
    assert world.escalation() == replace(before, no_longer_at_risk=at)


def test_people_can_still_act_and_escalate():
    world = no_longer_at_risk()
    world.do("officer", "2026-12-03T10:00", Inform("ESC-1", Informed.BUSINESS_MANAGER))
    world.do("manager", "2026-12-03T11:00", Escalate("ESC-1", "Learning for next time"))
    assert world.escalation().stage == "stage_2"
    assert world.clock("2027-12-31T07:00") == []


def test_in_stage_3_the_manager_closes_it_too_without_a_decision_whatever_is_open():
    world = at_risk_until_the_outcome_is_sent().at("2026-12-10T07:00")
    world.agreed("2026-12-10T09:00", due="2026-12-31")
    resolve = Resolve("ESC-1", "Outcome sent without it")
    world.refused(Code.NOT_PERMITTED, "manager", "2026-12-10T10:00", resolve)
    world.do("officer", "2026-12-10T11:00", SEND)
    world.refused(Code.NOT_PERMITTED, "officer", "2026-12-10T12:00", resolve)
    world.entries()
    world.do("manager", "2026-12-10T12:01", resolve)
    assert world.facts() == [EscalationResolved("Outcome sent without it", ("A1",))]


def test_the_chair_closes_it_without_a_decision_also_by_a_meeting():
    world = at_risk_until_the_outcome_is_sent().at("2026-12-10T07:00")
    world.do("officer", "2026-12-10T11:00", SEND)
    world.do("chair", "2026-12-10T12:00", meeting(MeetingOutcome.RESOLVED, "chair"))
    assert world.escalation().state == "resolved"


def test_nothing_moves_when_the_calendar_changes():
    world = no_longer_at_risk()
    world.do("manager", "2026-12-03T10:00", DeclareClosure(world.moment("2026-12-08").date(), "x"))
    world.do("officer", "2026-12-03T11:00", Inform("ESC-1", Informed.BUSINESS_MANAGER))
    assert [e.author for e in world.history()[-2:]] == ["officer", "officer"]
    assert world.shown()["last_days"]["stage_2"] == "2026-12-09"
    assert not [e for e in world.history() if isinstance(e.fact, StageEntered)][1:]
