"""Section 4: closing an escalation, in each stage, and withdrawing it; what stays possible after."""

from dataclasses import replace

import pytest

from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    ConfirmAction,
    Consult,
    Decide,
    DisputeCompletion,
    Escalate,
    GiveReason,
    Inform,
    Informed,
    MeetingOutcome,
    NotifyChair,
    RecordAction,
    RecordDiscussion,
    ReleaseAction,
    Resolve,
    VaryAction,
    WithdrawEscalation,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation import Ending
from cspr_workflow.domain.escalation_facts import EscalationResolved, EscalationWithdrawn
from cspr_workflow.domain.people import Means, Side
from tests.process.ladder_days import meeting
from tests.support import World, day

RESOLVE = Resolve("ESC-1", "Chronology received")
WITHDRAW = WithdrawEscalation("ESC-1", "Raised in error")
STAGES = {
    "initial_discussion": ("2026-11-30T12:00", "officer", "E1.5"),
    "stage_1": ("2026-12-01T12:00", "officer", "E1.5"),
    "stage_2": ("2026-12-04T12:00", "sub", "E2.2"),
    "stage_3": ("2026-12-10T12:00", "chair", "E3.4"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_an_escalation_is_resolved_from_any_stage(stage):
    at, by, clause = STAGES[stage]
    world = World().raised().at(at)
    if stage == "stage_3":
        world.refused(Code.NEEDS_DECISION, by, at, RESOLVE)
        world.do(by, at, Decide("ESC-1", "Go on", "Time"))
    before = world.escalation()
    assert before.stage == stage
    (entry,) = world.do(by, at, RESOLVE)
    assert entry.fact == EscalationResolved("Chronology received")
    assert (entry.clause, entry.author) == (clause, by)
    ending = Ending(world.moment(at), by, "Chronology received")
    assert world.escalation() == replace(before, ending=ending)
    assert world.escalation().state == "resolved"
    assert "limit" not in world.shown()


def test_it_is_refused_while_actions_in_force_are_outstanding_naming_each():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-31")
    world.agreed("2026-11-30T10:01", due="2026-12-31", action="A2", owner=Side.SCSP)
    world.agreed("2026-11-30T10:02", due="2026-12-31", action="A3")
    world.do("trust", "2026-11-30T10:03", CompleteAction("ESC-1", "A3", "Sent"))
    before = world.escalation()
    message = world.refused(Code.OUTSTANDING_ACTIONS, "officer", "2026-11-30T11:00", RESOLVE)
    assert "A1, A2" in message
    assert "A3" not in message
    assert world.escalation() == before


def test_a_done_a_released_and_an_action_that_nobody_agreed_are_no_obstacle():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-31")
    world.do("trust", "2026-11-30T10:01", CompleteAction("ESC-1", "A1", "Sent"))  # not confirmed
    world.agreed("2026-11-30T10:02", due="2026-12-31", action="A2")
    for by in ("officer", "trust"):
        world.do(by, "2026-11-30T10:03", ReleaseAction("ESC-1", "A2", "No longer needed"))
    record = RecordAction("ESC-1", "A3", "Send more", Side.AGENCY, day("2026-12-31"))
    world.do("officer", "2026-11-30T10:04", record)
    (entry,) = world.do("officer", "2026-11-30T11:00", RESOLVE)
    assert entry.fact == EscalationResolved("Chronology received", ("A3",))  # shown as open


def test_one_side_alone_saying_that_it_is_not_needed_does_not_release():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-31")
    world.do("officer", "2026-11-30T10:03", ReleaseAction("ESC-1", "A1", "No longer needed"))
    world.refused(Code.OUTSTANDING_ACTIONS, "officer", "2026-11-30T11:00", RESOLVE)


def test_a_resolution_may_have_happened_before_the_present_stage_began():
    world = World().raised().at("2026-12-04T10:00")
    occurred = "2026-12-02T10:00"  # it was in stage 1 then
    world.refused(Code.NOT_PERMITTED, "officer", "2026-12-04T10:00", RESOLVE, occurred=occurred)
    world.do("manager", "2026-12-04T10:00", RESOLVE, occurred=occurred)
    assert world.shown()["resolved"]["entered"] == "2026-12-02T10:00:00+00:00"
    assert world.shown()["state"] == "resolved"
    assert world.stages()[-1][0] == "stage_2"  # the clock's moves stay


@pytest.mark.parametrize("stage", STAGES)
def test_the_manager_withdraws_from_any_stage_whatever_is_outstanding(stage):
    at, _, _ = STAGES[stage]
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-31").at(at)
    before = world.escalation()
    (entry,) = world.do("manager", at, WITHDRAW)
    assert entry.fact == EscalationWithdrawn("Raised in error", ("A1",))
    assert entry.clause == "A1"
    ending = Ending(world.moment(at), "manager", "withdrawn")
    assert world.escalation() == replace(before, ending=ending)
    assert world.shown()["resolved"]["outcome"] == "withdrawn"


def closed() -> World:
    """Resolved on 30 November with one action done, one confirmed, one only recorded."""
    world = World().raised()
    for action in ("DONE", "CONFIRMED", "RELEASED"):
        world.agreed("2026-11-30T10:00", due="2026-12-31", action=action)
    for action in ("DONE", "CONFIRMED"):
        world.do("trust", "2026-11-30T10:01", CompleteAction("ESC-1", action, "Sent"))
    world.do("officer", "2026-11-30T10:02", ConfirmAction("ESC-1", "CONFIRMED"))
    for by in ("officer", "trust"):
        world.do(by, "2026-11-30T10:03", ReleaseAction("ESC-1", "RELEASED", "x"))
    record = RecordAction("ESC-1", "OPEN", "Send more", Side.AGENCY, day("2026-12-31"))
    world.do("officer", "2026-11-30T10:04", record)
    world.do("officer", "2026-11-30T10:05", RESOLVE)
    world.entries()
    return world


AFTER = "2026-12-01T10:00"
EVERY_OTHER_ACT = [
    ("officer", RecordDiscussion("ESC-1", Means.CALL, "x")),
    ("officer", Inform("ESC-1", Informed.BUSINESS_MANAGER)),
    ("trust", GiveReason("ESC-1", "x")),
    ("officer", RecordAction("ESC-1", "A2", "x", Side.AGENCY, day("2026-12-31"))),
    ("trust", AcknowledgeAction("ESC-1", "OPEN")),
    ("trust", VaryAction("ESC-1", "OPEN", "y")),
    ("trust", CompleteAction("ESC-1", "OPEN", "x")),
    ("officer", DisputeCompletion("ESC-1", "DONE", "x")),
    ("officer", ReleaseAction("ESC-1", "OPEN", "x")),
    ("manager", Escalate("ESC-1", "x")),
    ("sub", meeting(MeetingOutcome.NOT_RESOLVED)),
    ("officer", NotifyChair("ESC-1")),
    ("chair", Consult("ESC-1", "x")),
    ("chair", Decide("ESC-1", "x", "y")),
    ("officer", RESOLVE),
    ("manager", WITHDRAW),
    ("officer", ConfirmAction("ESC-1", "OPEN")),
    ("officer", ConfirmAction("ESC-1", "RELEASED")),
    ("officer", ConfirmAction("ESC-1", "A9")),
]


@pytest.mark.parametrize(("by", "act"), EVERY_OTHER_ACT, ids=lambda x: getattr(x, "name", x))
def test_after_the_resolution_every_other_act_is_refused(by, act):
    world = closed()
    before = world.escalation()
    world.refused(Code.ALREADY_ENDED, by, AFTER, act)
    assert world.escalation() == before


def test_after_the_resolution_an_action_that_was_done_can_be_confirmed_once_by_the_other_side():
    world = closed()
    world.refused(Code.NOT_PERMITTED, "trust", AFTER, ConfirmAction("ESC-1", "DONE"))
    world.refused(Code.WRONG_STATE, "officer", AFTER, ConfirmAction("ESC-1", "CONFIRMED"))
    world.do("officer", AFTER, ConfirmAction("ESC-1", "DONE"))
    assert world.shown_action("DONE")["state"] == "confirmed"
    assert world.escalation().state == "resolved"
    world.refused(Code.WRONG_STATE, "officer", AFTER, ConfirmAction("ESC-1", "DONE"))


@pytest.mark.parametrize("by", ["officer", "trust"])
def test_an_act_on_an_escalation_that_is_not_there(by):
    act = RecordDiscussion("ESC-9", Means.CALL, "x")
    World().raised().refused(Code.NOT_FOUND, by, "2026-11-30T10:00", act)
