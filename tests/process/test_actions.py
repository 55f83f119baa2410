"""Section 5: one record, two sides; agreed when one side takes over the other's as it stands."""

from dataclasses import replace

import pytest

from cspr_workflow.domain.actions import (
    Action,
    ActionAcknowledged,
    ActionNotMaintained,
    ActionRecorded,
    ActionVaried,
    Terms,
)
from cspr_workflow.domain.acts import AcknowledgeAction, RecordAction, VaryAction
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.people import Side
from tests.support import World, day, raising

T = "2026-11-30T10:00"  # Monday, the day of the raising
ACKNOWLEDGE = AcknowledgeAction("ESC-1", "A1")
WHAT = "Send the chronology"
LATER = "2026-12-09"
TERMS = Terms(1, WHAT, day("2026-12-02"))
BY = {Side.SCSP: "officer", Side.AGENCY: "trust"}


def recording(
    action: str = "A1", *, owner: Side = Side.AGENCY, due: str = "2026-12-02"
) -> RecordAction:
    return RecordAction("ESC-1", action, WHAT, owner, day(due))


def varying(*, what: str | None = None, due: str | None = None) -> VaryAction:
    return VaryAction("ESC-1", "A1", what, day(due) if due else None)


def recorded(by: str = "officer", owner: Side = Side.AGENCY) -> World:
    world = World().raised()
    world.do(by, T, recording(owner=owner))
    world.entries()
    return world


def agreed() -> World:
    return World().raised().agreed(T, due="2026-12-02")  # Wednesday


def action(world: World) -> Action:
    return world.escalation().actions["A1"]


# --- Recording -------------------------------------------------------------------------------


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("owner", Side)
def test_either_side_records_an_action_and_who_owns_it(side, owner):
    world = World().raised()
    before = world.escalation()
    (entry,) = world.do(BY[side], T, recording(owner=owner))
    assert entry.fact == ActionRecorded("A1", WHAT, owner, day("2026-12-02"))
    assert (entry.clause, entry.side) == ("E1.3", side)
    expected = Action(
        "A1", owner, side,
        TERMS if side is Side.SCSP else None,
        TERMS if side is Side.AGENCY else None,
        world.moment(T),
    )  # fmt: skip
    answered = side is Side.AGENCY
    assert world.escalation() == replace(before, actions={"A1": expected}, answered=answered)
    assert world.shown_action() == {
        "state": "recorded",
        "what": WHAT,
        "owner": owner.value,
        "due": "2026-12-02",
        "agreed_by": [side.value],
        "done_on": None,
    }


def test_silence_never_counts_as_agreement():
    world = recorded().at("2027-12-31T07:00")
    assert world.shown_action()["state"] == "recorded"
    assert action(world).in_force is None


def test_a_reference_used_again_is_refused_for_this_escalation_only():
    world = recorded()
    before = world.escalation()
    world.refused(Code.DUPLICATE_REFERENCE, "trust", T, recording(due="2026-12-31"))
    assert world.escalation() == before
    world.do("officer", T, raising("ESC-2"))
    world.do("officer", T, RecordAction("ESC-2", "A1", "x", Side.SCSP, day("2026-12-02")))
    assert list(world.escalation("ESC-2").actions) == ["A1"]


@pytest.mark.parametrize("due", ["2026-11-29", "2026-11-01"])
def test_a_due_day_before_the_day_of_the_act_is_invalid(due):
    world = World().raised()
    world.refused(Code.INVALID, "officer", T, recording(due=due))
    assert world.escalation().actions == {}


def test_the_day_of_the_act_is_the_day_on_which_it_happened():
    world = World().raised()
    at = "2026-12-02T10:00"
    world.refused(Code.INVALID, "trust", at, recording(due="2026-12-01"))
    world.do("trust", at, recording(due="2026-12-01"), occurred="2026-12-01T23:59")
    assert world.shown_action()["due"] == "2026-12-01"


@pytest.mark.parametrize("act", [ACKNOWLEDGE, varying(what="x")], ids=lambda act: act.name)
def test_an_act_on_an_action_that_is_not_there(act):
    World().raised().refused(Code.NOT_FOUND, "trust", T, act)


# --- Acknowledging ---------------------------------------------------------------------------


@pytest.mark.parametrize("first", Side)
def test_acknowledging_takes_over_wording_and_date_and_the_action_is_agreed(first):
    world = recorded(by=BY[first])
    before = world.escalation()
    (entry,) = world.do(BY[first.other], T, ACKNOWLEDGE)
    assert entry.fact == ActionAcknowledged("A1", 1)
    expected = replace(
        before.actions["A1"], scsp=TERMS, agency=TERMS, in_force=TERMS, in_force_at=world.moment(T)
    )
    assert world.escalation() == replace(before, actions={"A1": expected}, answered=True)
    shown = world.shown_action()
    assert (shown["state"], shown["agreed_by"]) == ("agreed", ["agency", "scsp"])


@pytest.mark.parametrize("first", Side)
def test_there_is_nothing_to_acknowledge_in_ones_own_record_alone(first):
    world = recorded(by=BY[first])
    before = world.escalation()
    world.refused(Code.WRONG_STATE, BY[first], T, ACKNOWLEDGE)
    assert world.escalation() == before


@pytest.mark.parametrize("by", BY.values())
def test_there_is_nothing_to_acknowledge_where_both_records_are_the_same(by):
    agreed().refused(Code.WRONG_STATE, by, T, ACKNOWLEDGE)


def test_terms_whose_day_is_gone_are_not_agreed_by_acknowledging_but_varied():
    world = recorded()
    at = "2026-12-03T10:00"
    world.refused(Code.INVALID, "trust", at, ACKNOWLEDGE)
    world.do("trust", at, varying(due=LATER))
    world.do("officer", at, ACKNOWLEDGE)
    assert world.shown_action()["due"] == LATER


def test_acknowledging_on_the_due_day_itself_and_recording_it_later_is_in_order():
    world = recorded()
    world.do("trust", "2026-12-02T23:59", ACKNOWLEDGE)
    assert world.shown_action()["state"] == "agreed"


# --- Varying ---------------------------------------------------------------------------------


def test_varied_both_records_stand_visible_side_by_side():
    world = recorded()
    before = world.escalation()
    (entry,) = world.do("trust", T, varying(due=LATER))
    assert entry.fact == ActionVaried("A1", 2, WHAT, day(LATER))
    expected = replace(before.actions["A1"], agency=Terms(2, WHAT, day(LATER)), numbers=2)
    assert world.escalation() == replace(before, actions={"A1": expected}, answered=True)
    assert world.shown_action() == {
        "state": "differing",
        "what": WHAT,
        "owner": "agency",
        "due": "2026-12-02",  # of the side that recorded it first
        "agreed_by": ["scsp"],
        "done_on": None,
        "differing": {
            "scsp": {"what": WHAT, "due": "2026-12-02"},
            "agency": {"what": WHAT, "due": LATER},
        },
    }


@pytest.mark.parametrize("side", Side)
def test_until_one_side_acknowledges_the_others(side):
    world = recorded()
    world.do("trust", T, varying(due=LATER))
    world.do(BY[side], T, ACKNOWLEDGE)
    shown = world.shown_action()
    assert shown["state"] == "agreed"
    assert shown["due"] == {Side.SCSP: LATER, Side.AGENCY: "2026-12-02"}[side]
    assert "differing" not in shown


@pytest.mark.parametrize(
    ("what", "due"), [("Send a summary", None), (None, LATER), ("Send a summary", LATER)]
)
def test_what_a_variation_does_not_name_is_as_in_ones_own_record(what, due):
    world = recorded()
    world.do("trust", T, varying(what="Send half of it", due="2026-12-04"))
    world.do("trust", T, varying(what=what, due=due))
    own = action(world).agency
    assert (own.what, own.due) == (what or "Send half of it", day(due or "2026-12-04"))


def test_a_side_can_vary_its_own_record_before_the_other_has_answered():
    world = recorded()
    world.do("officer", T, varying(due=LATER))
    assert (world.shown_action()["state"], world.shown_action()["due"]) == ("recorded", LATER)
    world.do("trust", T, ACKNOWLEDGE)
    assert world.shown_action()["due"] == LATER


def test_terms_equal_to_the_others_count_as_acknowledging():
    world = recorded()
    (entry,) = world.do("trust", T, varying(what=WHAT, due="2026-12-02"))
    assert entry.fact == ActionVaried("A1", 1, WHAT, day("2026-12-02"))
    assert world.shown_action()["state"] == "agreed"
    assert action(world).in_force == TERMS


def test_a_variation_that_changes_nothing_is_taken():
    world = agreed()
    before = world.escalation()
    (entry,) = world.do("officer", T, varying(what=WHAT))
    assert entry.fact == ActionVaried("A1", 1, WHAT, day("2026-12-02"))
    assert world.escalation() == before


def test_a_variation_with_neither_what_nor_due_is_invalid():
    world = agreed()
    world.refused(Code.INVALID, "trust", T, varying())


def test_a_due_day_that_a_variation_names_is_not_before_the_day_of_the_act():
    world = recorded()
    at = "2026-12-02T10:00"
    world.refused(Code.INVALID, "trust", at, varying(due="2026-12-01"))
    world.do("trust", at, varying(due="2026-12-02"))


def test_a_wording_can_be_varied_while_the_day_is_gone_but_not_to_make_both_records_equal():
    world = recorded()
    at = "2026-12-03T10:00"
    world.do("trust", at, varying(what="Send a summary"))  # with the day of the other's record
    assert world.shown_action()["state"] == "differing"
    message = world.refused(Code.INVALID, "officer", at, varying(what="Send a summary"))
    assert "2026-12-02" in message
    world.refused(Code.INVALID, "trust", at, varying(what=WHAT))
    world.do("officer", at, varying(what="Send a summary", due=LATER))


def test_a_side_without_a_record_does_not_make_both_equal_on_a_day_that_is_gone_either():
    world = recorded()
    world.refused(Code.INVALID, "trust", "2026-12-03T10:00", varying(what=WHAT))


def test_repeating_ones_own_terms_after_their_day_is_taken_as_nothing_becomes_equal_by_it():
    world = agreed().at("2026-12-03T10:00")
    before = world.escalation()
    world.do("officer", "2026-12-03T10:00", varying(what=WHAT))
    assert world.escalation() == before


# --- Varying what is in force ----------------------------------------------------------------


def test_the_terms_in_force_stay_in_force_until_the_change_is_acknowledged_for_the_clock_too():
    world = agreed()
    world.do("trust", T, varying(due=LATER))
    shown = world.shown_action()
    assert (shown["state"], shown["due"]) == ("differing", "2026-12-02")
    assert shown["agreed_by"] == ["agency", "scsp"]
    (_, broken) = world.clock("2026-12-03T07:00")
    assert broken.fact == ActionNotMaintained("A1", day("2026-12-02"), world.moment(T))
    assert world.shown_action()["state"] == "not_maintained"
    assert "differing" in world.shown_action()


@pytest.mark.parametrize("side", Side)
def test_shown_are_the_terms_in_force_whichever_side_varied_its_record(side):
    world = agreed()
    world.do(BY[side], T, varying(what="Send a summary", due=LATER))
    shown = world.shown_action()
    assert (shown["what"], shown["due"]) == (WHAT, "2026-12-02")
    assert shown["differing"][side] == {"what": "Send a summary", "due": LATER}


def test_new_terms_in_force_clear_not_maintained_and_fall_due_on_their_own_day():
    world = agreed().at("2026-12-03T10:00")
    world.do("trust", "2026-12-03T10:00", varying(due="2026-12-04"))
    assert world.shown_action()["state"] == "not_maintained"
    world.do("officer", "2026-12-03T11:00", ACKNOWLEDGE)
    expected = Terms(2, WHAT, day("2026-12-04"))
    assert action(world).in_force == expected
    assert action(world).in_force_at == world.moment("2026-12-03T11:00")
    assert world.shown_action()["state"] == "agreed"
    entries = [
        e for e in world.clock("2026-12-07T07:00") if isinstance(e.fact, ActionNotMaintained)
    ]
    (again,) = entries
    assert again.occurred == world.moment("2026-12-05T00:00")
    assert again.fact.due == day("2026-12-04")


def test_taking_a_variation_back_brings_no_new_terms_and_clears_nothing():
    world = agreed()
    world.do("trust", T, varying(due=LATER))
    before = action(world)
    world.do("trust", "2026-12-02T10:00", ACKNOWLEDGE)
    after = action(world)
    assert after == replace(before, agency=TERMS)
    assert after.in_force_at == world.moment(T)
    assert world.shown_action()["state"] == "agreed"


def test_taken_back_by_varying_it_does_not_clear_not_maintained():
    world = agreed().at("2026-12-03T10:00")
    world.do("trust", "2026-12-03T10:00", varying(what="Send a summary", due=LATER))
    at = "2026-12-03T11:00"
    world.refused(Code.INVALID, "trust", at, ACKNOWLEDGE)  # its day is gone: vary it instead
    world.do("trust", at, varying(what="Send half of it"))
    assert world.shown_action()["state"] == "not_maintained"
    assert action(world).in_force == TERMS


def test_both_sides_can_vary_and_come_back_to_the_terms_in_force():
    world = agreed()
    world.do("trust", T, varying(due=LATER))
    world.do("officer", T, varying(due="2026-12-04"))
    world.do("trust", "2026-12-01T10:00", varying(due="2026-12-02"))
    world.do("officer", "2026-12-01T10:00", varying(due="2026-12-02"))
    assert world.shown_action()["state"] == "agreed"
    assert action(world).in_force == TERMS
    assert action(world).in_force_at == world.moment(T)
    assert not action(world).differing


def test_terms_that_stood_before_and_no_longer_do_are_new_terms():
    world = recorded()
    world.do("officer", T, varying(due=LATER))
    world.do("officer", T, varying(due="2026-12-02"))
    assert action(world).scsp == Terms(3, WHAT, day("2026-12-02"))


def test_the_history_keeps_it_all():
    world = agreed()
    world.do("trust", T, varying(due=LATER))
    world.do("officer", T, ACKNOWLEDGE)
    assert [type(e.fact).__name__ for e in world.history()[1:]] == [
        "ActionRecorded",
        "ActionAcknowledged",
        "ActionVaried",
        "ActionAcknowledged",
    ]
