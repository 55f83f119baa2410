"""Section 3: an incident, the steps of its review, and its four timescales."""

import pytest

from cspr_workflow.domain.acts import (
    Body,
    ReportIncident,
)
from cspr_workflow.domain.calendar import Unit
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.incident import (
    BodyNotified,
    IncidentReported,
    OutcomeSent,
    RapidReviewConvened,
    ReviewCompleted,
    ReviewDecided,
    ReviewPublished,
    TimescaleMet,
    TimescalePassed,
    TimescaleStarted,
)
from cspr_workflow.domain.policy import Milestone
from tests.process.steps import (
    COMMISSION,
    COMPLETE,
    CONVENE,
    DEFER,
    NO_REVIEW,
    NOTIFY_DFE,
    NOTIFY_OFSTED,
    NOTIFY_PANEL,
    OPEN,
    PUBLISH,
    SEND,
    T1,
    T2,
    WAY,
    WITHDRAW,
    WITHHOLD,
    brought_to,
)
from tests.support import World, changed_policy, day, limit

STEPS = {
    "notify": (NOTIFY_OFSTED, dict(zip(OPEN, OPEN, strict=True))),
    "convene_rapid_review": (CONVENE, {"notified": "rapid_review"}),
    "send_outcome": (SEND, {"rapid_review": "outcome_sent"}),
    "commission": (COMMISSION, {"outcome_sent": "review_commissioned"}),
    "decide_against": (NO_REVIEW, {"outcome_sent": "no_review"}),
    "complete_review": (COMPLETE, {"review_commissioned": "review_completed"}),
    "defer_publication": (DEFER, {s: s for s in ("review_commissioned", "review_completed")}),
    "publish_review": (PUBLISH, {"review_completed": "published"}),
    "withhold_publication": (WITHHOLD, {"review_completed": "withheld"}),
    "withdraw_incident": (WITHDRAW, dict.fromkeys(OPEN, "withdrawn")),
}
"""Each step, and from where to where it leads."""


# --- Reporting -------------------------------------------------------------------------------


def test_reporting_keeps_both_dates_and_starts_the_first_timescale_from_the_incident():
    world = World()
    report = ReportIncident("INC-1", day("2026-11-24"), day("2026-11-25"))
    world.entries()
    world.do("officer", "2026-11-26T10:00", report)
    assert world.facts() == [
        IncidentReported("INC-1", day("2026-11-24"), day("2026-11-25")),
        TimescaleStarted("notification", T1),
    ]
    incident = world.incident()
    assert (incident.incident_on, incident.aware_on) == (day("2026-11-24"), day("2026-11-25"))
    assert world.timescales() == {
        "notification": {"state": "running", "last_day": "2026-12-01"},  # a Tuesday
        "rapid_review": {"state": "not_started"},
        "review": {"state": "not_started"},
        "publication": {"state": "not_started"},
    }


def test_a_policy_can_count_the_first_timescale_from_the_day_of_becoming_aware():
    world = World(changed_policy({'starts = "incident"': 'starts = "aware"'})).reported()
    assert world.timescales()["notification"]["last_day"] == "2026-12-02"  # a Wednesday


def test_the_second_timescale_can_be_counted_in_calendar_days():
    policy = changed_policy(
        {'unit = "working_days"      # the source': 'unit = "days" # the source'}
    )
    world = brought_to("notified", world=World(policy).reported())
    assert world.timescales()["rapid_review"]["last_day"] == "2026-12-12"  # a Saturday


@pytest.mark.parametrize(
    ("code", "incident_on", "aware_on"),
    [
        (Code.INVALID, "2026-11-24", "2026-11-23"),
        (Code.IN_THE_FUTURE, "2026-11-27", "2026-11-27"),
        (Code.IN_THE_FUTURE, "2026-11-24", "2026-11-27"),
    ],
)
def test_dates_that_cannot_be_are_refused(code, incident_on, aware_on):
    report = ReportIncident("INC-1", day(incident_on), day(aware_on))
    world = World()
    world.refused(code, "officer", "2026-11-26T10:00", report)
    assert world.workflow.incident("INC-1") is None
    assert list(world.workflow.incidents()) == []


def test_an_incident_of_today_can_be_reported_today():
    world = World()
    today = day("2026-11-26")
    world.do("officer", "2026-11-26T10:00", ReportIncident("INC-1", today, today))
    assert world.timescales()["notification"]["last_day"] == "2026-12-03"  # a Thursday


def test_today_is_the_day_in_the_policys_time_zone():
    world = World()
    today = day("2026-06-11")  # at half past midnight of summer time it is still the 10th in UTC
    world.do("officer", "2026-06-11T00:30", ReportIncident("INC-1", today, today))
    assert world.incident().aware_on == today


def test_a_report_did_not_happen_later_than_now_nor_before_the_incident():
    report = ReportIncident("INC-1", day("2026-11-24"), day("2026-11-25"))
    world = World()
    at = "2026-11-26T10:00"
    world.refused(Code.IN_THE_FUTURE, "officer", at, report, occurred="2026-11-26T10:01")
    world.refused(Code.BEFORE_RAISED, "officer", at, report, occurred="2026-11-23T23:59")
    world.do("officer", at, report, occurred="2026-11-24T00:00")


def test_a_reference_used_again_is_refused():
    world = World().reported()
    again = ReportIncident("INC-1", day("2026-11-20"), day("2026-11-20"))
    before = world.incident()
    world.refused(Code.DUPLICATE_REFERENCE, "officer", "2026-11-27T10:00", again)
    assert world.incident() == before


# --- The order of the steps ------------------------------------------------------------------


@pytest.mark.parametrize("state", WAY)
@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_in_its_order_and_refused_out_of_it(state, name):
    step, leads = STEPS[name]
    world = brought_to(state)
    if state in leads:
        world.do("manager", "2026-11-27T11:00", step)
        assert world.incident().state == leads[state]
    else:
        before = world.incident()
        world.refused(Code.WRONG_STATE, "manager", "2026-11-27T11:00", step)
        assert world.incident() == before


@pytest.mark.parametrize("name", STEPS)
def test_a_step_did_not_happen_later_than_now_nor_on_a_day_before_the_incident(name):
    step, leads = STEPS[name]
    world = brought_to(next(iter(leads)))
    at = "2026-11-27T11:00"
    world.refused(Code.IN_THE_FUTURE, "manager", at, step, occurred="2026-11-27T11:01")
    world.refused(Code.BEFORE_RAISED, "manager", at, step, occurred="2026-11-23T12:00")
    world.do("manager", at, step, occurred="2026-11-24T00:00")  # earlier steps are not looked at


@pytest.mark.parametrize("name", STEPS)
def test_a_step_needs_an_incident(name):
    step, _ = STEPS[name]
    World().refused(Code.NOT_FOUND, "manager", "2026-11-27T11:00", step)


@pytest.mark.parametrize("body", [NOTIFY_OFSTED, NOTIFY_DFE, NOTIFY_PANEL], ids=lambda n: n.body)
@pytest.mark.parametrize("state", OPEN)
def test_each_body_is_notified_once(state, body):
    world = brought_to(state)
    if body is not NOTIFY_PANEL or state == "reported":
        world.do("officer", "2026-11-27T11:00", body)
    before = world.incident()
    world.refused(Code.WRONG_STATE, "officer", "2026-11-27T12:00", body)
    assert world.incident() == before


def test_each_step_is_recorded_with_its_day_and_what_was_said():
    world = World().reported()
    world.do("officer", "2026-11-27T10:00", NOTIFY_PANEL)
    assert world.facts() == [
        BodyNotified(day("2026-11-27"), Body.NATIONAL_PANEL),
        TimescaleStarted("rapid_review", T2),
    ]
    world.do("officer", "2026-11-27T10:00", NOTIFY_OFSTED, occurred="2026-11-26T16:00")
    assert world.facts() == [BodyNotified(day("2026-11-26"), Body.OFSTED)]
    world.do("officer", "2026-11-30T10:00", CONVENE)
    assert world.facts() == [RapidReviewConvened(day("2026-11-30"))]
    world.do("officer", "2026-12-01T10:00", SEND)
    assert world.facts() == [
        OutcomeSent(day("2026-12-01")),
        TimescaleMet("rapid_review", day("2026-12-01"), late=False),
    ]
    world.tick("2026-12-02T07:00")
    assert world.facts() == [TimescalePassed("notification", T1)]
    world.do("sub", "2026-12-14T10:00", COMMISSION)
    t3 = limit("2027-06-14", 6, "2026-12-14", "T3", anchor="commissioned", unit=Unit.MONTHS)
    t4 = limit("2027-06-14", 6, "2026-12-14", "T4", anchor="commissioned", unit=Unit.MONTHS)
    assert world.facts() == [
        ReviewDecided(day("2026-12-14"), True, "SLPR subgroup", "New learning"),
        TimescaleStarted("review", t3),
        TimescaleStarted("publication", t4),
    ]
    world.do("officer", "2027-06-01T10:00", COMPLETE)
    assert world.facts() == [
        ReviewCompleted(day("2027-06-01")),
        TimescaleMet("review", day("2027-06-01"), late=False),
    ]
    world.do("officer", "2027-06-15T10:00", PUBLISH)
    assert world.facts() == [
        TimescalePassed("publication", t4),
        ReviewPublished(day("2027-06-15")),
        TimescaleMet("publication", day("2027-06-15"), late=True),
    ]


def test_a_decision_against_a_review_ends_the_incident_and_starts_nothing():
    world = brought_to("outcome_sent")
    world.do("chair", "2026-11-27T11:00", NO_REVIEW)
    assert world.facts() == [
        ReviewDecided(day("2026-11-27"), False, "SLPR subgroup", "Learning is known")
    ]
    shown = world.timescales()
    assert shown["review"] == shown["publication"] == {"state": "not_started"}
    assert Milestone.COMMISSIONED not in world.incident().milestones
