"""Section 4: raising an escalation, what it decides, and what it says before it is stored."""

import pytest

from cspr_workflow.application.handle import Workflow, escalation_stream
from cspr_workflow.domain.acts import (
    Command,
    Escalate,
    GiveReason,
    Inform,
    Informed,
    NotifyChair,
    RecordDiscussion,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation import Escalation, StageEntry
from cspr_workflow.domain.escalation_facts import (
    ChairNotified,
    DiscussionRecorded,
    MoveReason,
    PartyInformed,
    Raised,
    ReasonGiven,
    StageEntered,
    StageLimit,
)
from cspr_workflow.domain.incident import EscalationNoted
from cspr_workflow.domain.notices import of_raising
from cspr_workflow.domain.people import Actor, Means
from projections.due_items import MemoryIndex
from tests.process.ladder_days import D1, D3, D7, D10
from tests.process.steps import CONVENE, NOTIFY_PANEL, SEND, brought_to
from tests.support import PEOPLE, RAISED_AT, TRUST, World, day, raising

LADDER = (
    StageLimit("initial_discussion", D1),
    StageLimit("stage_1", D3),
    StageLimit("stage_2", D7),
    StageLimit("stage_3", D10),
)


def test_raising_opens_the_initial_discussion_and_decides_the_ladders_days_once():
    world = World().reported()
    world.do("officer", RAISED_AT, raising())
    noted, raised = world.facts()
    assert noted == EscalationNoted("ESC-1", "rapid_review")
    assert raised == Raised(
        "ESC-1", "INC-1", day("2026-11-24"), "rapid_review", TRUST, "Chronology not returned",
        "initial_discussion", LADDER,
    )  # fmt: skip
    at = world.moment(RAISED_AT)
    assert world.escalation() == Escalation(
        "ESC-1", "INC-1", day("2026-11-24"), "rapid_review", TRUST, None, "sandwell-2018/1",
        at, "initial_discussion", at, {one.stage: one.deadline for one in LADDER},
        (StageEntry("initial_discussion", at, "officer", None),),
    )  # fmt: skip
    assert "limit" not in world.shown()


def test_raising_changes_nothing_of_the_incident_but_notes_itself_there():
    world = World().reported()
    before = (world.incident().state, world.timescales())
    world.do("officer", RAISED_AT, raising())
    assert (world.incident().state, world.timescales()) == before
    assert world.incident().escalations == (EscalationNoted("ESC-1", "rapid_review"),)


def test_days_are_counted_from_the_day_on_which_the_raising_happened():
    world = World().reported()
    world.do("officer", "2026-12-01T10:00", raising(), occurred=RAISED_AT)
    assert world.escalation().limits["stage_1"] == D3
    assert world.stages() == [
        ("initial_discussion", RAISED_AT, "officer", None),
        ("stage_1", "2026-12-01T00:00", "clock", "not_resolved"),
    ]


@pytest.mark.parametrize("timescale", ["notification", "rapid_review", "review", "publication"])
def test_on_a_timescale_that_has_not_started_it_is_allowed(timescale):
    world = World().raised(timescale=timescale)
    assert world.escalation().timescale == timescale


def test_on_a_timescale_that_is_met_it_is_refused():
    world = brought_to("outcome_sent")  # T2 is met
    world.refused(Code.WRONG_STATE, "officer", RAISED_AT, raising())
    world.do("officer", RAISED_AT, raising(timescale="notification"))


def test_on_a_timescale_that_is_met_late_it_is_refused_and_on_one_passed_allowed():
    world = World().reported().at("2026-12-02T07:00")
    world.do("officer", "2026-12-02T10:00", raising(timescale="notification"))  # T1 has passed
    for step in (NOTIFY_PANEL, CONVENE):
        world.do("officer", "2026-12-02T10:00", step)
    world.do("officer", "2026-12-29T10:00", SEND)
    world.refused(Code.WRONG_STATE, "officer", "2026-12-29T11:00", raising("ESC-2"))


@pytest.mark.parametrize("agency", ["scsp", "Nobody"])
def test_the_partnership_and_an_agency_unknown_cannot_be_escalated_against(agency):
    world = World().reported()
    before = world.incident()
    world.refused(Code.UNKNOWN_AGENCY, "officer", RAISED_AT, raising(agency=agency))
    assert world.workflow.escalation("ESC-1") is None
    assert world.incident() == before
    assert list(world.workflow.escalations()) == []


def test_where_no_agency_takes_part_the_refusal_says_so():
    world = World(people={p: PEOPLE[p] for p in ("officer", "manager")}).reported()
    message = world.refused(Code.UNKNOWN_AGENCY, "officer", RAISED_AT, raising())
    assert "none" in message


def test_several_may_be_open_on_one_incident_but_a_reference_is_used_once():
    world = World().raised()
    world.refused(Code.DUPLICATE_REFERENCE, "officer", RAISED_AT, raising())
    world.do("officer", RAISED_AT, raising("ESC-2", agency="Police"))
    assert [e.reference for e in world.workflow.escalations()] == ["ESC-1", "ESC-2"]


def test_it_needs_an_incident():
    World().refused(Code.NOT_FOUND, "officer", RAISED_AT, raising())


def test_a_variant_only_where_the_policy_has_it():
    world = World().reported()
    world.refused(Code.INVALID, "officer", RAISED_AT, raising(variant="urgent"))
    two = World("two-five-two").reported()
    message = two.refused(Code.INVALID, "officer", RAISED_AT, raising(variant="overnight"))
    assert "urgent" in message


def test_a_timescale_that_the_policy_does_not_have_is_refused():
    world = World().reported()
    message = world.refused(Code.INVALID, "officer", RAISED_AT, raising(timescale="inquest"))
    assert "known are notification, rapid_review, review, publication" in message


def test_it_did_not_happen_later_than_now_nor_on_a_day_before_the_incident():
    world = World().reported()
    world.refused(Code.IN_THE_FUTURE, "officer", RAISED_AT, raising(), occurred="2026-11-30T09:31")
    world.refused(Code.BEFORE_RAISED, "officer", RAISED_AT, raising(), occurred="2026-11-23T23:59")
    world.do("officer", RAISED_AT, raising(), occurred="2026-11-24T00:00")


# --- What raising says -----------------------------------------------------------------------


def said(world: World, at: str, *, occurred: str | None = None, timescale: str = "rapid_review"):
    act = raising(timescale=timescale)
    command = Command(act, Actor(PEOPLE["officer"]), world.moment(occurred or at))
    previewed = world.workflow.preview(command, world.moment(at))
    entries = previewed[escalation_stream(act.escalation)]
    return list(of_raising(entries, world.incident(), world.policy))


def test_raising_says_nothing_more_where_the_ladder_ends_in_time():
    world = brought_to("notified")  # T2 until Friday 18 December, the ladder until Monday 14
    before = world.everything()
    assert said(world, RAISED_AT) == []
    assert world.everything() == before  # nothing is stored by asking


def test_raising_says_so_where_the_ladder_ends_after_the_last_day_of_the_timescale():
    world = brought_to("notified")
    assert said(world, "2026-12-04T10:00") == []  # the ladder ends on the last day itself
    (sentence,) = said(world, "2026-12-07T10:00")
    assert "2026-12-21" in sentence
    assert "2026-12-18" in sentence
    assert sentence.endswith(".")
    assert said(world, RAISED_AT, timescale="review") == []  # not started: nothing to compare


def test_raising_says_so_where_a_late_write_up_moves_the_case_through_stages_at_once():
    world = World().reported()
    (sentence,) = said(world, "2026-12-04T10:00", occurred=RAISED_AT)
    assert "Stage 1, then Stage 2" in sentence


def test_where_nothing_is_raised_there_is_nothing_to_say():
    world = World().raised()
    entries = world.do("manager", RAISED_AT, Escalate("ESC-1", "x"))
    assert list(of_raising(entries, world.incident(), world.policy)) == []


# --- What people record beside it ------------------------------------------------------------


def test_a_discussion_is_recorded_and_moves_nothing():
    world = World().raised()
    before = world.escalation()
    act = RecordDiscussion("ESC-1", Means.CALL, "Chronology promised for noon")
    (entry,) = world.do("manager", "2026-11-30T10:00", act)
    assert entry.fact == DiscussionRecorded(Means.CALL, "Chronology promised for noon")
    assert entry.clause == "E0"
    assert world.escalation() == before


def test_a_discussion_may_have_happened_before_the_raising_but_not_before_the_incident():
    world = World().raised()
    act = RecordDiscussion("ESC-1", Means.LETTER, "x")
    at = "2026-11-30T10:00"
    world.do("officer", at, act, occurred="2026-11-24T00:00")
    world.refused(Code.BEFORE_RAISED, "officer", at, act, occurred="2026-11-23T23:59")
    world.refused(Code.IN_THE_FUTURE, "officer", at, act, occurred="2026-11-30T10:01")


def test_every_other_act_did_not_happen_before_the_raising():
    world = World().raised()
    at = "2026-11-30T10:00"
    for by, act in (
        ("officer", Inform("ESC-1", Informed.BUSINESS_MANAGER)),
        ("trust", GiveReason("ESC-1", "x")),
        ("manager", Escalate("ESC-1", "x")),
    ):
        world.refused(Code.BEFORE_RAISED, by, at, act, occurred="2026-11-30T09:29")
        world.refused(Code.IN_THE_FUTURE, by, at, act, occurred="2026-11-30T10:01")
    world.do("trust", at, GiveReason("ESC-1", "x"), occurred=RAISED_AT)


@pytest.mark.parametrize("role", Informed)
def test_each_of_those_informed_is_recorded(role):
    world = World().raised()
    before = world.escalation()
    (entry,) = world.do("officer", "2026-11-30T10:00", Inform("ESC-1", role))
    assert entry.fact == PartyInformed(role)
    assert entry.clause == "E1.1"
    assert world.escalation() == before


def test_the_reason_for_the_delay_is_recorded_and_is_the_agencys_response():
    world = World().raised()
    before = world.escalation()
    (entry,) = world.do("ward", "2026-11-30T10:00", GiveReason("ESC-1", "Author on leave"))
    assert entry.fact == ReasonGiven("Author on leave")
    assert (before.answered, world.escalation().answered) == (False, True)


# --- Escalating now --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "to", "limit_of"),
    [
        ("2026-11-30T10:00", "stage_1", "2026-12-03"),
        ("2026-12-01T10:00", "stage_2", "2026-12-09"),
        ("2026-12-04T10:00", "stage_3", "2026-12-14"),
    ],
)
def test_somebody_escalates_now_to_the_next_stage_with_a_reason(at, to, limit_of):
    world = World().raised().at(at)
    (entry,) = world.do("sub", at, Escalate("ESC-1", "Plainly stuck"))
    assert entry.fact == StageEntered(to, MoveReason.ESCALATED, because="Plainly stuck")
    assert entry.clause == "E3.1"
    assert world.stages()[-1] == (to, at, "sub", "escalated")
    assert world.shown()["limit"]["last_day"] == limit_of  # the ladder's own day


def test_from_stage_3_nothing_is_escalated():
    world = World().raised().at("2026-12-10T10:00")
    world.refused(Code.WRONG_STATE, "manager", "2026-12-10T10:00", Escalate("ESC-1", "x"))


def test_escalating_did_not_happen_before_the_present_stage_began():
    world = World().raised().at("2026-12-01T10:00")
    act, at = Escalate("ESC-1", "x"), "2026-12-01T10:00"
    before = world.escalation()
    world.refused(Code.WRONG_STATE, "manager", at, act, occurred="2026-11-30T23:59")
    assert world.escalation() == before
    world.do("manager", at, act, occurred="2026-12-01T00:00")
    assert world.stages()[-1][:2] == ("stage_2", "2026-12-01T00:00")


def test_the_formal_notice_is_recorded_and_moves_nothing():
    world = World().raised().at("2026-12-10T10:00")
    before = world.escalation()
    (entry,) = world.do("manager", "2026-12-10T10:00", NotifyChair("ESC-1"))
    assert (entry.fact, entry.clause) == (ChairNotified(), "E3.1")
    assert world.escalation() == before


def test_asking_a_question_never_writes():
    world = World().raised()
    before = world.everything()
    later = Workflow(
        world.record,
        MemoryIndex.over(world.record, world.workflow._policies),
        world.workflow._policies,
    )
    assert later.escalation("ESC-1").stage == "initial_discussion"
    assert later.incident("INC-1").state == "reported"
    assert world.everything() == before
