"""Section 4: the SCSP Chair's final decision, which can release actions and set others (E3.3)."""

from dataclasses import replace

import pytest

from cspr_workflow.domain.actions import Action, ActionNotMaintained, Terms
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    Consult,
    Decide,
    Escalate,
    RecordAction,
    ReleaseAction,
    SetAction,
    VaryAction,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation_facts import BodyConsulted, DecisionMade
from cspr_workflow.domain.people import Side
from tests.support import World, day

IN_3 = "2026-12-10T10:00"  # Thursday, the first day of stage 3
D1 = SetAction("D1", "Send a summary", Side.AGENCY, day("2026-12-15"))


def in_stage_3() -> World:
    return World().raised().at(IN_3)


def deciding(releases: tuple[str, ...] = (), sets: tuple[SetAction, ...] = ()) -> Decide:
    return Decide("ESC-1", "A summary will do", "Time", releases, sets)


def test_consulting_an_external_agency_is_recorded_and_changes_nothing():
    world = in_stage_3()
    before = world.escalation()
    (entry,) = world.do("chair", IN_3, Consult("ESC-1", "National Panel secretariat"))
    assert entry.fact == BodyConsulted("National Panel secretariat")
    assert (entry.author, entry.clause) == ("chair", "E3.3")
    assert world.escalation() == before


def test_nothing_need_precede_the_decision_and_it_changes_nothing_else():
    world = in_stage_3()
    before = world.escalation()
    (entry,) = world.do("chair", IN_3, deciding())
    assert entry.fact == DecisionMade("A summary will do", "Time")
    assert entry.clause == "E3.3"
    assert world.escalation() == replace(before, decided=True)


def test_it_sets_actions_that_are_in_force_by_decision_and_never_shown_as_agreed():
    world = in_stage_3()
    (entry,) = world.do("chair", IN_3, deciding(sets=(D1,)), occurred="2026-12-10T09:00")
    assert entry.fact == DecisionMade("A summary will do", "Time", (), (D1,))
    recorded = world.moment(IN_3)
    terms = Terms(1, "Send a summary", day("2026-12-15"))
    assert world.escalation().actions == {
        "D1": Action(
            "D1", Side.AGENCY, Side.SCSP, terms, terms, recorded,
            in_force=terms, in_force_at=recorded, by_decision=True,
        )
    }  # fmt: skip
    assert world.shown_action("D1") == {
        "state": "decided",
        "what": "Send a summary",
        "owner": "agency",
        "due": "2026-12-15",  # a Tuesday
        "agreed_by": [],
        "done_on": None,
    }


def test_it_releases_actions_without_the_agency():
    world = World().raised().at(IN_3).agreed(IN_3, due="2026-12-31")
    world.do("chair", IN_3, deciding(releases=("A1",), sets=(D1,)))
    assert world.shown_action("A1")["state"] == "released"
    assert world.escalation().actions["A1"].release_said_by == ()
    assert world.shown_action("D1")["state"] == "decided"


def test_it_releases_what_is_only_recorded_or_not_maintained_too():
    world = World().raised().agreed("2026-11-30T10:00", due="2026-12-02").at(IN_3)
    record = RecordAction("ESC-1", "A2", "Send more", Side.AGENCY, day("2026-12-31"))
    world.do("officer", IN_3, record)
    world.do("chair", IN_3, deciding(releases=("A1", "A2")))
    assert {world.shown_action(a)["state"] for a in ("A1", "A2")} == {"released"}


def test_an_action_set_by_decision_is_not_maintained_after_its_due_day_too():
    world = in_stage_3()
    world.do("chair", IN_3, deciding(sets=(D1,)))
    passed, broken = world.clock("2026-12-16T07:00")
    assert passed.occurred == world.moment("2026-12-15T00:00")  # day 10, no meeting held
    assert broken.fact == ActionNotMaintained("D1", day("2026-12-15"), world.moment(IN_3))
    assert world.shown_action("D1")["state"] == "not_maintained"


def test_an_action_set_by_decision_with_a_day_that_is_gone_is_not_maintained_at_once():
    world = World().raised().at("2026-12-11T10:00")
    gone = replace(D1, due=day("2026-12-10"))
    at, occurred = "2026-12-11T10:00", "2026-12-10T16:00"
    entries = world.do("chair", at, deciding(sets=(gone,)), occurred=occurred)
    assert entries[-1].fact == ActionNotMaintained("D1", day("2026-12-10"), world.moment(at))
    assert entries[-1].occurred == world.moment(at)  # not before its terms were recorded


def test_it_can_be_made_again_and_what_an_earlier_one_set_stays():
    world = in_stage_3()
    world.do("chair", IN_3, deciding(sets=(D1,)))
    again = deciding(sets=(replace(D1, action="D2"),))
    world.do("chair", "2026-12-11T10:00", again)
    assert list(world.escalation().actions) == ["D1", "D2"]
    assert world.escalation().decided


def test_a_later_decision_can_release_what_an_earlier_one_set():
    world = in_stage_3()
    world.do("chair", IN_3, deciding(sets=(D1,)))
    world.do("chair", "2026-12-11T10:00", deciding(releases=("D1",)))
    assert world.shown_action("D1")["state"] == "released"


def test_varied_and_acknowledged_it_is_agreed_though_it_was_by_decision():
    world = in_stage_3()
    world.do("chair", IN_3, deciding(sets=(D1,)))
    world.do("board", IN_3, VaryAction("ESC-1", "D1", due=day("2026-12-17")))
    shown = world.shown_action("D1")
    assert (shown["state"], shown["due"]) == ("differing", "2026-12-15")  # both sides' until varied
    assert shown["differing"]["scsp"] == {"what": "Send a summary", "due": "2026-12-15"}
    world.do("chair", IN_3, AcknowledgeAction("ESC-1", "D1"))
    shown = world.shown_action("D1")
    assert (shown["state"], shown["due"]) == ("agreed", "2026-12-17")
    assert shown["agreed_by"] == ["agency", "scsp"]


def test_taken_back_it_is_by_decision_again():
    world = in_stage_3()
    world.do("chair", IN_3, deciding(sets=(D1,)))
    world.do("board", IN_3, VaryAction("ESC-1", "D1", due=day("2026-12-17")))
    world.do("board", IN_3, AcknowledgeAction("ESC-1", "D1"))
    assert world.shown_action("D1")["state"] == "decided"
    world.refused(Code.WRONG_STATE, "board", IN_3, AcknowledgeAction("ESC-1", "D1"))


def test_what_it_set_is_done_and_confirmed_like_any_other():
    world = in_stage_3()
    world.do("chair", IN_3, deciding(sets=(D1,)))
    world.do("ward", IN_3, CompleteAction("ESC-1", "D1", "Sent"))
    assert world.shown_action("D1")["state"] == "done"
    assert world.escalation().settled


@pytest.mark.parametrize(
    ("code", "releases", "sets"),
    [
        (Code.NOT_FOUND, ("A9",), ()),
        (Code.NOT_FOUND, ("A1", "A9"), ()),
        (Code.NOT_FOUND, ("D1",), (D1,)),  # what it sets itself is not there yet
        (Code.WRONG_STATE, ("DONE",), ()),
        (Code.WRONG_STATE, ("RELEASED",), ()),
        (Code.WRONG_STATE, ("A1", "A1"), ()),
        (Code.DUPLICATE_REFERENCE, (), (replace(D1, action="A1"),)),
        (Code.DUPLICATE_REFERENCE, ("A1",), (replace(D1, action="A1"),)),
        (Code.DUPLICATE_REFERENCE, (), (D1, D1)),
        (Code.INVALID, (), (D1, replace(D1, action="D2", due=day("2026-12-09")))),
    ],
)
def test_a_decision_that_cannot_be_is_refused_whole(code, releases, sets):
    world = World().raised().at(IN_3).agreed(IN_3, due="2026-12-31")
    world.agreed(IN_3, due="2026-12-31", action="DONE")
    world.do("trust", IN_3, CompleteAction("ESC-1", "DONE", "Sent"))
    world.agreed(IN_3, due="2026-12-31", action="RELEASED")
    for by in ("officer", "trust"):
        world.do(by, IN_3, ReleaseAction("ESC-1", "RELEASED", "No longer needed"))
    before = world.escalation()
    world.refused(code, "chair", IN_3, deciding(releases, sets))
    assert world.escalation() == before


def test_an_action_due_on_the_day_of_the_decision_can_be_set():
    world = in_stage_3()
    world.do("chair", IN_3, deciding(sets=(replace(D1, due=day("2026-12-10")),)))
    assert world.shown_action("D1")["state"] == "decided"


def test_releasing_the_only_action_in_force_unsettles_a_settled_case():
    world = World().raised().agreed("2026-12-04T10:00", due="2026-12-31", owner=Side.SCSP)
    world.do("manager", "2026-12-04T11:00", Escalate("ESC-1", "The Chair should see it"))
    world.at("2026-12-16T10:00")
    assert world.escalation().settled
    assert world.shown()["limit"]["state"] == "running"
    entries = world.do("chair", "2026-12-16T10:00", deciding(releases=("A1",)))
    assert [e.clause for e in entries] == ["E3.3", "E3.4"]
    assert entries[1].occurred == world.moment("2026-12-16T10:00")
