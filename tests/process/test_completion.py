"""Section 5: done, confirmed or disputed; released once both sides have said so."""

from dataclasses import replace

import pytest

from cspr_workflow.domain.actions import (
    Action,
    ActionCompleted,
    ActionConfirmed,
    ActionNotMaintained,
    CompletionDisputed,
    ReleaseSaid,
)
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    ConfirmAction,
    DisputeCompletion,
    RecordAction,
    ReleaseAction,
    VaryAction,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.people import Side
from tests.support import World, day

T = "2026-11-30T10:00"  # Monday, the day of the raising
COMPLETE = CompleteAction("ESC-1", "A1", "Sent by secure e-mail")
CONFIRM = ConfirmAction("ESC-1", "A1")
DISPUTE = DisputeCompletion("ESC-1", "A1", "The file was empty")
RELEASE = ReleaseAction("ESC-1", "A1", "No longer needed")
ACKNOWLEDGE = AcknowledgeAction("ESC-1", "A1")
VARY = VaryAction("ESC-1", "A1", due=day("2026-12-09"))
BY = {Side.SCSP: "officer", Side.AGENCY: "trust"}
EVERY = [ACKNOWLEDGE, VARY, COMPLETE, CONFIRM, DISPUTE, RELEASE]


def recorded(owner: Side = Side.AGENCY) -> World:
    world = World().raised()
    record = RecordAction("ESC-1", "A1", "Send the chronology", owner, day("2026-12-02"))
    world.do("officer", T, record)
    return world


def agreed(owner: Side = Side.AGENCY) -> World:
    return World().raised().agreed(T, due="2026-12-02", owner=owner)  # Wednesday


def done(owner: Side = Side.AGENCY) -> World:
    world = agreed(owner)
    world.do(BY[owner], "2026-12-01T10:00", COMPLETE)
    world.entries()
    return world


def action(world: World) -> Action:
    return world.escalation().actions["A1"]


# --- Done ------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", Side)
def test_done_is_claimed_by_the_owning_side_with_evidence(owner):
    world = agreed(owner)
    before = world.escalation()
    message = world.refused(Code.NOT_PERMITTED, BY[owner.other], "2026-11-30T11:00", COMPLETE)
    assert f"only {owner.called} can" in message
    (entry,) = world.do(BY[owner], "2026-11-30T11:00", COMPLETE)
    assert entry.fact == ActionCompleted("A1", "Sent by secure e-mail", day("2026-11-30"))
    assert (entry.clause, entry.side) == ("E1.4", owner)
    expected = replace(before.actions["A1"], done_on=day("2026-11-30"))
    assert world.escalation() == replace(before, actions={"A1": expected}, settled=True)
    assert world.shown_action()["state"] == "done"


def test_a_claim_counts_by_when_it_happened_whenever_it_is_recorded_or_confirmed():
    world = agreed().at("2026-12-03T07:00")
    assert world.shown_action()["state"] == "not_maintained"
    world.do("trust", "2026-12-03T10:00", COMPLETE, occurred="2026-12-02T16:00")
    world.do("officer", "2026-12-09T10:00", CONFIRM)
    assert world.shown_action()["done_on"] == "2026-12-02"
    assert world.shown_action()["state"] == "confirmed"
    assert [e for e in world.history() if isinstance(e.fact, ActionNotMaintained)]  # both stay


def test_an_action_that_nobody_agreed_can_be_done():
    world = recorded()
    world.do("trust", T, COMPLETE)
    assert world.shown_action()["state"] == "done"
    assert not world.escalation().settled  # nothing stands in force


def test_an_action_whose_records_differ_can_be_done():
    world = agreed()
    world.do("trust", T, VARY)
    world.do("trust", T, COMPLETE)
    assert world.shown_action()["state"] == "done"
    assert "differing" in world.shown_action()


def test_an_action_not_maintained_can_still_be_done_late():
    world = agreed().at("2026-12-03T07:00")
    world.do("trust", "2026-12-03T10:00", COMPLETE)
    shown = world.shown_action()
    assert (shown["state"], shown["done_on"]) == ("done", "2026-12-03")
    assert not [
        e for e in world.clock("2026-12-31T07:00") if isinstance(e.fact, ActionNotMaintained)
    ]


# --- Confirmed -------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", Side)
def test_the_other_side_confirms(owner):
    world = done(owner)
    before = world.escalation()
    message = world.refused(Code.NOT_PERMITTED, BY[owner], "2026-12-01T11:00", CONFIRM)
    assert f"only {owner.other.called} can" in message
    (entry,) = world.do(BY[owner.other], "2026-12-01T11:00", CONFIRM)
    assert entry.fact == ActionConfirmed("A1")
    expected = replace(before.actions["A1"], confirmed=True)
    assert world.escalation() == replace(before, actions={"A1": expected})
    assert world.shown_action()["state"] == "confirmed"


# --- Disputed --------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", Side)
def test_the_other_side_disputes_and_it_is_outstanding_again(owner):
    world = done(owner)
    before = world.escalation()
    at = "2026-12-01T11:00"
    world.refused(Code.NOT_PERMITTED, BY[owner], at, DISPUTE)
    world.entries()
    (entry,) = world.do(BY[owner.other], at, DISPUTE)
    assert entry.fact == CompletionDisputed("A1", "The file was empty")
    unsettled = owner is Side.AGENCY
    outstanding = replace(before.actions["A1"], done_on=None, outstanding_since=world.moment(at))
    assert world.escalation() == replace(
        before,
        actions={"A1": outstanding},
        settled=not unsettled,
        unsettled_at=world.moment(at) if unsettled else None,
        answered=True,
    )
    assert world.shown_action()["state"] == "agreed"


def test_disputed_after_its_due_day_it_is_not_maintained_from_that_moment():
    world = done()
    at = world.moment("2026-12-03T10:00")
    entries = world.do("officer", "2026-12-03T10:00", DISPUTE, occurred="2026-12-02T10:00")
    broken = entries[1]
    assert broken.fact == ActionNotMaintained("A1", day("2026-12-02"), world.moment(T))
    assert broken.occurred == at
    assert action(world).not_maintained == at


def test_disputed_on_its_due_day_it_falls_due_at_the_midnight():
    world = done()
    world.do("officer", "2026-12-02T10:00", DISPUTE)
    assert world.shown_action()["state"] == "agreed"
    world.at("2026-12-03T07:00")
    assert action(world).not_maintained == world.moment("2026-12-03T00:00")


def test_disputed_though_only_recorded_it_is_recorded_again():
    world = recorded()
    world.do("trust", T, COMPLETE)
    world.do("officer", "2026-12-03T10:00", DISPUTE)
    assert world.shown_action()["state"] == "recorded"
    assert not [e for e in world.history() if isinstance(e.fact, ActionNotMaintained)]


def test_not_maintained_done_and_disputed_it_is_not_maintained_again_from_that_moment():
    world = agreed().at("2026-12-03T07:00")
    world.do("trust", "2026-12-03T10:00", COMPLETE)
    world.do("officer", "2026-12-03T11:00", DISPUTE)
    found = [e.occurred for e in world.history() if isinstance(e.fact, ActionNotMaintained)]
    assert found == [world.moment("2026-12-03T00:00"), world.moment("2026-12-03T11:00")]
    assert world.shown_action()["state"] == "not_maintained"


# --- Released --------------------------------------------------------------------------------


@pytest.mark.parametrize("first", Side)
def test_released_once_both_sides_have_said_so_and_until_then_nothing_changes(first):
    world = agreed()
    before = world.escalation()
    (entry,) = world.do(BY[first], "2026-11-30T11:00", RELEASE)
    assert entry.fact == ReleaseSaid("A1", "No longer needed")
    assert entry.clause == "E1.3"
    one = replace(before.actions["A1"], release_said_by=(first,))
    assert world.escalation() == replace(before, actions={"A1": one})
    assert world.shown_action()["state"] == "agreed"
    world.refused(Code.WRONG_STATE, BY[first], "2026-11-30T11:01", RELEASE)  # it has said so
    world.do(BY[first.other], "2026-11-30T12:00", RELEASE)
    assert action(world) == replace(one, release_said_by=(first, first.other), released=True)
    assert world.shown_action()["state"] == "released"


def test_half_released_it_still_falls_due():
    world = agreed()
    world.do("officer", T, RELEASE)
    world.at("2026-12-03T07:00")
    assert world.shown_action()["state"] == "not_maintained"
    world.do("trust", "2026-12-03T10:00", RELEASE)
    assert world.shown_action()["state"] == "released"


def test_an_action_that_nobody_agreed_can_be_released():
    world = recorded()
    world.do("trust", T, RELEASE)
    world.do("officer", T, RELEASE)
    assert world.shown_action()["state"] == "released"


def test_having_said_so_a_side_has_said_so_also_after_a_dispute():
    world = agreed()
    world.do("officer", T, RELEASE)
    world.do("trust", T, COMPLETE)
    world.do("officer", T, DISPUTE)
    world.refused(Code.WRONG_STATE, "officer", T, RELEASE)
    world.do("trust", T, RELEASE)
    assert world.shown_action()["state"] == "released"


# --- What is possible when -------------------------------------------------------------------


def confirmed() -> World:
    world = done()
    world.do("officer", "2026-12-01T10:01", CONFIRM)
    return world


def released() -> World:
    world = agreed()
    for by in BY.values():
        world.do(by, T, RELEASE)
    return world


POSSIBLE = [
    ("recorded", recorded, {VARY, RELEASE, COMPLETE}),
    ("agreed", agreed, {VARY, RELEASE, COMPLETE}),
    ("done", done, {CONFIRM, DISPUTE}),
    ("confirmed", confirmed, set()),
    ("released", released, set()),
]


@pytest.mark.parametrize(("state", "given", "possible"), POSSIBLE, ids=lambda x: str(x)[:12])
@pytest.mark.parametrize("act", EVERY, ids=lambda act: act.name)
def test_anything_else_is_out_of_order(state, given, possible, act):
    world = given()
    assert world.shown_action()["state"] == state
    by = "trust" if act is COMPLETE else "officer"  # the side whose act it is
    if act in possible:
        world.do(by, "2026-12-01T11:00", act)
    else:
        before = world.escalation()
        world.refused(Code.WRONG_STATE, by, "2026-12-01T11:00", act)
        after = world.escalation()
        assert after.actions == before.actions
