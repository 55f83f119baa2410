"""Section 4, on behalf of the agency: an answer by telephone or e-mail, marked as reported."""

import pytest

from cspr_workflow.domain.actions import ActionAcknowledged
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    ConfirmAction,
    DisputeCompletion,
    GiveReason,
    RecordAction,
    RecordDiscussion,
    ReleaseAction,
    VaryAction,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.people import Actor, Means, Side
from tests.support import PEOPLE, World, day

T = "2026-11-30T10:00"  # Monday, the day of the raising
ACKNOWLEDGE = AcknowledgeAction("ESC-1", "A1")
CALL = Means.CALL


def varying(due: str) -> VaryAction:
    return VaryAction("ESC-1", "A1", due=day(due))


def recorded(by: str = "officer", owner: Side = Side.AGENCY) -> World:
    world = World().raised()
    record = RecordAction("ESC-1", "A1", "Send the chronology", owner, day("2026-12-02"))
    world.do(by, T, record)
    return world


def reported() -> World:
    """The agency's acknowledgement came by telephone and was recorded by the officer."""
    world = recorded()
    world.do("officer", T, ACKNOWLEDGE, means=CALL)
    return world


def is_reported(world: World) -> bool:
    return bool(world.shown_action().get("reported", False))


@pytest.mark.parametrize("means", Means)
@pytest.mark.parametrize("by", ["officer", "manager", "sub"])
def test_an_answer_is_recorded_with_who_recorded_it_and_by_what_means_it_came(by, means):
    world = World().raised()
    (entry,) = world.do(by, T, GiveReason("ESC-1", "Author on leave"), means=means)
    assert entry.by == Actor(PEOPLE[by], means)
    assert entry.side is Side.AGENCY
    assert world.history()[-1] == entry  # kept in the record as it was


@pytest.mark.parametrize(
    "act",
    [GiveReason("ESC-1", "Author on leave"), RecordDiscussion("ESC-1", CALL, "Tomorrow")],
    ids=lambda act: act.name,
)
def test_it_counts_as_the_agencys_response(act):
    world = World().raised()
    world.do("officer", T, act, means=CALL)
    world.at("2026-12-04T07:00")
    assert world.stages()[-1][3] == "not_resolved"


def test_the_first_record_of_an_action_is_never_on_behalf():
    world = World().raised()
    record = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-02"))
    world.refused(Code.NOT_PERMITTED, "officer", T, record, means=CALL)


def test_acknowledged_on_its_behalf_the_action_is_agreed_and_marked_as_reported():
    world = reported()
    assert world.shown_action() == {
        "state": "agreed",
        "what": "Send the chronology",
        "owner": "agency",
        "due": "2026-12-02",
        "agreed_by": ["agency", "scsp"],
        "done_on": None,
        "reported": True,
    }


def test_until_the_agency_itself_acknowledges_it_and_nothing_else_changes():
    world = reported()
    before = world.escalation().actions["A1"]
    (entry,) = world.do("trust", "2026-12-01T10:00", ACKNOWLEDGE)[-1:]
    assert entry.fact == ActionAcknowledged("A1", 1)
    after = world.escalation().actions["A1"]
    assert not is_reported(world)
    assert (after.in_force, after.in_force_at) == (before.in_force, before.in_force_at)
    world.refused(Code.WRONG_STATE, "trust", "2026-12-01T11:00", ACKNOWLEDGE)


def test_then_its_due_day_is_not_looked_at_and_not_maintained_stays():
    world = reported().at("2026-12-03T07:00")
    world.do("trust", "2026-12-03T10:00", ACKNOWLEDGE)
    assert not is_reported(world)
    assert world.shown_action()["state"] == "not_maintained"


def test_or_varies_it_if_only_with_the_same_terms():
    world = reported()
    world.do("trust", T, varying("2026-12-02"))
    assert not is_reported(world)
    assert world.shown_action()["state"] == "agreed"


def test_a_report_is_not_made_the_agencys_own_by_another_report_nor_by_the_other_side():
    world = reported()
    world.refused(Code.WRONG_STATE, "officer", T, ACKNOWLEDGE, means=CALL)
    world.refused(Code.WRONG_STATE, "officer", T, ACKNOWLEDGE)
    world.do("officer", T, varying("2026-12-02"), means=CALL)
    assert is_reported(world)


def test_where_the_records_differ_acknowledging_takes_over_the_other_sides():
    world = reported()
    world.do("officer", T, varying("2026-12-09"))
    assert is_reported(world)
    world.do("trust", T, ACKNOWLEDGE)
    assert not is_reported(world)
    assert world.shown_action()["due"] == "2026-12-09"


def test_once_done_there_is_nothing_to_acknowledge_and_the_mark_stays():
    world = reported()
    world.do("trust", T, CompleteAction("ESC-1", "A1", "Sent"))
    world.refused(Code.WRONG_STATE, "trust", T, ACKNOWLEDGE)
    assert is_reported(world)
    world.do("officer", T, DisputeCompletion("ESC-1", "A1", "Empty"))
    world.do("trust", T, ACKNOWLEDGE)
    assert not is_reported(world)


def test_a_report_that_changes_the_terms_makes_the_agencys_record_reported():
    world = recorded(by="trust")
    assert not is_reported(world)
    world.do("sub", T, varying("2026-12-09"), means=Means.EMAIL)
    assert is_reported(world)


def test_a_report_that_changes_no_term_leaves_the_agencys_own_record_its_own():
    world = recorded(by="trust")
    world.do("sub", T, varying("2026-12-02"), means=Means.EMAIL)
    assert not is_reported(world)


def test_the_partnerships_own_acts_do_not_touch_the_mark():
    world = reported()
    world.do("officer", T, varying("2026-12-09"))
    world.do("officer", T, ACKNOWLEDGE)
    assert is_reported(world)


def test_a_report_acknowledges_for_the_agency_with_its_due_day_looked_at():
    world = recorded()
    world.refused(Code.INVALID, "officer", "2026-12-03T10:00", ACKNOWLEDGE, means=CALL)
    world.do("officer", "2026-12-03T10:00", ACKNOWLEDGE, means=CALL, occurred="2026-12-02T16:40")


@pytest.mark.parametrize("owner", Side)
def test_done_confirmed_disputed_and_released_on_its_behalf_are_the_agencys(owner):
    world = recorded(owner=owner)
    claim, confirm = CompleteAction("ESC-1", "A1", "x"), ConfirmAction("ESC-1", "A1")
    dispute = DisputeCompletion("ESC-1", "A1", "x")
    owners = CALL if owner is Side.AGENCY else None
    others = None if owner is Side.AGENCY else CALL
    world.refused(Code.NOT_PERMITTED, "officer", T, claim, means=others)
    world.do("officer", T, claim, means=owners)
    world.refused(Code.NOT_PERMITTED, "officer", T, dispute, means=owners)
    world.do("officer", T, dispute, means=others)
    world.do("officer", T, claim, means=owners)
    world.refused(Code.NOT_PERMITTED, "officer", T, confirm, means=owners)
    world.do("officer", T, confirm, means=others)
    assert world.shown_action()["state"] == "confirmed"


def test_released_by_one_person_who_speaks_for_both_sides_in_turn():
    world = recorded()
    release = ReleaseAction("ESC-1", "A1", "No longer needed")
    world.do("officer", T, release, means=CALL)
    world.refused(Code.WRONG_STATE, "trust", T, release)  # the agency has said so
    world.do("officer", T, release)
    assert world.shown_action()["state"] == "released"
