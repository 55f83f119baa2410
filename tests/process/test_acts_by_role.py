"""Section 4, who: every act by every role; whoever is not listed is refused."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import ACTS, Act, MeetingOutcome
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.people import Means, Person, Role, Side
from tests.process.ladder_days import meeting
from tests.process.steps import (
    COMMISSION,
    COMPLETE,
    CONVENE,
    DEFER,
    NO_REVIEW,
    NOTIFY_OFSTED,
    PUBLISH,
    SEND,
    WITHDRAW,
    WITHHOLD,
    brought_to,
)
from tests.support import PEOPLE, TRUST, World, day, raising

OFFICE = {"officer", "manager"}
SCSP_SIDE = {"officer", "manager", "sub", "chair", "deputy"}
AGENCY_SIDE = {"trust", "board", "ward"}
EITHER = SCSP_SIDE | AGENCY_SIDE
REPORTERS = {"officer", "manager", "sub"}
CONFLICTED = dict.fromkeys(["deputy"], Code.CONFLICT_OF_INTEREST)


@dataclass(frozen=True)
class Row:
    """An act in a state in which it is possible, who may do it, and codes other than not_permitted."""

    name: str
    act: Act
    given: Callable[[], World]
    at: str
    may: set[str]
    codes: dict[str, Code] | None = None


def incident_in(state: str) -> Callable[[], World]:
    return lambda: brought_to(state)


def stage_at(moment: str) -> Callable[[], World]:
    return lambda: World().raised().at(moment)


def in_stage_3() -> World:
    world = World().raised().at("2026-12-10T07:00")
    world.do("chair", "2026-12-10T08:00", acts.Decide("ESC-1", "Go on", "Time"))
    return world


def recorded(owner: Side = Side.AGENCY, by: str = "officer") -> Callable[[], World]:
    def given() -> World:
        world = World().raised()
        record = acts.RecordAction("ESC-1", "A1", "Send it", owner, day("2026-12-31"))
        world.do(by, "2026-11-30T10:00", record)
        return world

    return given


def claimed(owner: Side) -> Callable[[], World]:
    def given() -> World:
        world = recorded(owner)()
        by = "trust" if owner is Side.AGENCY else "sub"
        world.do(by, "2026-11-30T11:00", acts.CompleteAction("ESC-1", "A1", "Sent"))
        return world

    return given


FRI, MON = "2026-11-27T12:00", "2026-11-30T12:00"
IN_1, IN_2, IN_3 = "2026-12-01T12:00", "2026-12-04T12:00", "2026-12-10T12:00"
A1 = ("ESC-1", "A1")
RESOLVE = acts.Resolve("ESC-1", "Done")
SAME = dict.fromkeys
CLOSURE = (day("2026-12-29"), "Offices closed")


def with_a_closure() -> World:
    world = World().reported()
    world.do("manager", FRI, acts.DeclareClosure(*CLOSURE))
    return world


ROWS = [
    Row("report", acts.ReportIncident("INC-2", day("2026-11-24"), day("2026-11-24")), World, FRI, OFFICE),
    Row("notify", NOTIFY_OFSTED, incident_in("reported"), FRI, OFFICE),
    Row("convene", CONVENE, incident_in("notified"), FRI, OFFICE),
    Row("send the outcome", SEND, incident_in("rapid_review"), FRI, OFFICE),
    Row("commission", COMMISSION, incident_in("outcome_sent"), FRI, OFFICE | {"sub", "chair", "deputy"}),
    Row("decide against", NO_REVIEW, incident_in("outcome_sent"), FRI, OFFICE | {"sub", "chair", "deputy"}),
    Row("complete the review", COMPLETE, incident_in("review_commissioned"), FRI, OFFICE),
    Row("defer", DEFER, incident_in("review_completed"), FRI, OFFICE),
    Row("publish", PUBLISH, incident_in("review_completed"), FRI, OFFICE),
    Row("withhold", WITHHOLD, incident_in("review_completed"), FRI, OFFICE),
    Row("withdraw the incident", WITHDRAW, incident_in("notified"), FRI, {"manager"}),
    Row("raise", raising(), lambda: World().reported(), MON, OFFICE),
    Row("discuss", acts.RecordDiscussion("ESC-1", Means.CALL, "x"), lambda: World().raised(), MON, EITHER),
    Row("inform", acts.Inform("ESC-1", acts.Informed.BUSINESS_MANAGER), lambda: World().raised(), MON, OFFICE),
    Row("give the reason", acts.GiveReason("ESC-1", "x"), lambda: World().raised(), MON, AGENCY_SIDE),
    Row("record an action", acts.RecordAction(*A1, "x", Side.AGENCY, day("2026-12-31")), lambda: World().raised(), MON, EITHER),
    Row("acknowledge the partnership's", acts.AcknowledgeAction(*A1), recorded(), MON, AGENCY_SIDE, SAME(SCSP_SIDE, Code.WRONG_STATE)),
    Row("acknowledge the agency's", acts.AcknowledgeAction(*A1), recorded(by="ward"), MON, SCSP_SIDE, SAME(AGENCY_SIDE, Code.WRONG_STATE)),
    Row("vary", acts.VaryAction(*A1, "y"), recorded(), MON, EITHER),
    Row("complete the agency's", acts.CompleteAction(*A1, "x"), recorded(Side.AGENCY), MON, AGENCY_SIDE),
    Row("complete the partnership's", acts.CompleteAction(*A1, "x"), recorded(Side.SCSP), MON, SCSP_SIDE),
    Row("confirm the agency's", acts.ConfirmAction(*A1), claimed(Side.AGENCY), MON, SCSP_SIDE),
    Row("confirm the partnership's", acts.ConfirmAction(*A1), claimed(Side.SCSP), MON, AGENCY_SIDE),
    Row("dispute the agency's", acts.DisputeCompletion(*A1, "x"), claimed(Side.AGENCY), MON, SCSP_SIDE),
    Row("dispute the partnership's", acts.DisputeCompletion(*A1, "x"), claimed(Side.SCSP), MON, AGENCY_SIDE),
    Row("release", acts.ReleaseAction(*A1, "x"), recorded(), MON, EITHER),
    Row("escalate", acts.Escalate("ESC-1", "x"), lambda: World().raised(), MON, {"manager", "sub", "chair"}, CONFLICTED),
    Row("hold the meeting of stage 2", meeting(MeetingOutcome.NOT_RESOLVED), stage_at(IN_2), IN_2, {"sub"},
        {**CONFLICTED, "chair": Code.WRONG_STATE}),
    Row("hold the meeting of all parties", meeting(MeetingOutcome.NOT_RESOLVED), in_stage_3, IN_3, {"chair"},
        {**CONFLICTED, "sub": Code.WRONG_STATE}),
    Row("notify the Chair", acts.NotifyChair("ESC-1"), in_stage_3, IN_3, OFFICE),
    Row("consult", acts.Consult("ESC-1", "Ofsted"), in_stage_3, IN_3, {"chair", "deputy"}),
    Row("decide", acts.Decide("ESC-1", "x", "y"), in_stage_3, IN_3, {"chair"}, CONFLICTED),
    Row("resolve in the discussion", RESOLVE, lambda: World().raised(), MON, OFFICE, CONFLICTED),
    Row("resolve in stage 1", RESOLVE, stage_at(IN_1), IN_1, OFFICE, CONFLICTED),
    Row("resolve in stage 2", RESOLVE, stage_at(IN_2), IN_2, {"sub", "manager"}, CONFLICTED),
    Row("resolve in stage 3", RESOLVE, in_stage_3, IN_3, {"chair"}, CONFLICTED),
    Row("withdraw", acts.WithdrawEscalation("ESC-1", "x"), lambda: World().raised(), MON, {"manager"}),
    Row("declare a closure", acts.DeclareClosure(*CLOSURE), World, MON, {"manager"}),
    Row("withdraw a closure", acts.WithdrawClosure(*CLOSURE), with_a_closure, MON, {"manager"}),
]  # fmt: skip

by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def test_the_table_has_every_act():
    assert {type(row.act) for row in ROWS} == set(ACTS.values())


@by_row
@pytest.mark.parametrize("person", PEOPLE)
def test_whoever_is_listed_may_and_whoever_is_not_is_refused(row, person):
    world = row.given()
    if person in row.may:
        taken = world.do(person, row.at, row.act)
        by_people = {entry.by.person for entry in taken if entry.by is not None}
        assert by_people == {PEOPLE[person]}
    else:
        code = (row.codes or {}).get(person, Code.NOT_PERMITTED)
        world.refused(code, person, row.at, row.act)


@by_row
@pytest.mark.parametrize("person", PEOPLE)
def test_only_some_acts_and_only_by_some_roles_are_recorded_on_behalf_of_the_agency(row, person):
    world = row.given()
    reportable = not isinstance(row.act, acts.RecordAction) and (
        isinstance(row.act, acts.RecordDiscussion | acts.GiveReason | acts.ActionAct)
    )
    if not (reportable and person in REPORTERS):
        world.refused(Code.NOT_PERMITTED, person, row.at, row.act, means=Means.EMAIL)
    elif "trust" in row.may:
        (entry,) = world.do(person, row.at, row.act, means=Means.EMAIL)
        assert entry.by.means is Means.EMAIL
        assert entry.by.person == PEOPLE[person]
        assert (entry.side, world.escalation().answered) == (Side.AGENCY, True)
    else:  # it is not the agency's turn, whoever says it for the agency
        code = (row.codes or {}).get("trust", Code.NOT_PERMITTED)
        world.refused(code, person, row.at, row.act, means=Means.EMAIL)


EMPLOYED_BY_THE_TRUST = {
    "officer": Person("officer", Role.CSPR_OFFICER, TRUST),
    "manager": Person("manager", Role.BUSINESS_MANAGER, TRUST),
    "sub": Person("sub", Role.SUBGROUP_CHAIR, TRUST),
    "chair": Person("chair", Role.SCSP_CHAIR, TRUST),
}


@by_row
def test_a_partnership_role_employed_by_the_agency_in_question_has_a_conflict_of_interest(row):
    conflicting = acts.HoldMeeting | acts.Decide | acts.Resolve | acts.Escalate
    for person in (p for p in EMPLOYED_BY_THE_TRUST if p in row.may):
        world = row.given().joined(*EMPLOYED_BY_THE_TRUST.values())
        if isinstance(row.act, conflicting):
            message = world.refused(Code.CONFLICT_OF_INTEREST, person, row.at, row.act)
            assert TRUST in message
        else:
            taken = world.do(person, row.at, row.act)
            assert any(e.by is not None and e.by.person.agency == TRUST for e in taken)


@pytest.mark.parametrize(
    ("by", "act", "who"),
    [
        ("officer", acts.GiveReason("ESC-1", "x"), "only the agency in question can"),
        ("police", acts.GiveReason("ESC-1", "x"), "concerns Acute Trust, not Police"),
        (
            "sub",
            acts.Inform("ESC-1", acts.Informed.BUSINESS_MANAGER),
            "only CSPR Officer or Business Manager can",
        ),
        ("audit", acts.Inform("ESC-1", acts.Informed.BUSINESS_MANAGER), "reads everything"),
    ],
)
def test_the_refusal_says_who_may(by, act, who):
    assert who in World().raised().refused(Code.NOT_PERMITTED, by, MON, act)


def test_an_employment_elsewhere_is_no_conflict():
    world = World().raised().joined(Person("sub", Role.SUBGROUP_CHAIR, "Police"))
    world.do("sub", MON, acts.Escalate("ESC-1", "x"))
    assert world.escalation().stage == "stage_1"


def test_a_conflict_of_interest_is_refused_also_for_a_meeting_written_up_late():
    world = World().raised().at(IN_3).joined(*EMPLOYED_BY_THE_TRUST.values())
    held = meeting(MeetingOutcome.NOT_RESOLVED)
    world.refused(Code.CONFLICT_OF_INTEREST, "sub", IN_3, held, occurred="2026-12-09T10:00")


def test_roles_of_the_partnership_act_for_its_side_whichever_agency_employs_them():
    world = recorded(by="trust")()
    world.do("deputy", MON, acts.AcknowledgeAction(*A1))  # employed by the Acute Trust
    assert world.shown_action()["agreed_by"] == ["agency", "scsp"]


def test_a_role_can_be_held_by_several_people():
    world = in_stage_3().joined(Person("second", Role.SCSP_CHAIR, "scsp"))
    (entry,) = world.do("second", IN_3, acts.Decide("ESC-1", "x", "y"))
    assert entry.author == "second"


@pytest.mark.parametrize("person", ["officer", "manager", "sub"])
def test_in_stage_1_no_meeting_is_held(person):
    world = World().raised().at(IN_1)
    world.refused(Code.WRONG_STATE, person, IN_1, meeting(MeetingOutcome.NOT_RESOLVED))


@pytest.mark.parametrize(
    "act",
    [acts.NotifyChair("ESC-1"), acts.Consult("ESC-1", "Ofsted"), acts.Decide("ESC-1", "x", "y")],
    ids=lambda act: act.name,
)
@pytest.mark.parametrize("at", [MON, IN_1, IN_2])
def test_what_belongs_to_stage_3_is_not_done_before(act, at):
    who = "officer" if isinstance(act, acts.NotifyChair) else "chair"
    world = World().raised().at(at)
    before = world.escalation()
    world.refused(Code.WRONG_STATE, who, at, act)
    assert world.escalation() == before
