"""Section 3: the four timescales of an incident: started, met, met late, passed, deferred, withdrawn."""

import pytest

from cspr_workflow.domain.acts import (
    Body,
    DeferPublication,
    ReportIncident,
)
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.incident import (
    BodyNotified,
    IncidentWithdrawn,
    PublicationWithheld,
    TimescaleMet,
    TimescalePassed,
)
from tests.process.steps import (
    COMPLETE,
    DEFER,
    NOTIFY_DFE,
    NOTIFY_OFSTED,
    NOTIFY_PANEL,
    PUBLISH,
    SEND,
    T1,
    WAY,
    WITHDRAW,
    WITHHOLD,
    brought_to,
)
from tests.support import World, changed_policy, day, raising

# --- The first timescale ---------------------------------------------------------------------


def test_the_first_timescale_is_met_on_the_latest_of_the_three_days():
    world = World().reported()
    world.do("officer", "2026-11-30T10:00", NOTIFY_PANEL)
    world.do("officer", "2026-11-30T10:01", NOTIFY_DFE, occurred="2026-11-27T10:00")
    assert world.timescales()["notification"]["state"] == "running"
    world.do("officer", "2026-11-30T10:02", NOTIFY_OFSTED, occurred="2026-11-26T12:00")
    assert world.timescales()["notification"] == {
        "state": "met",
        "last_day": "2026-12-01",
        "met_on": "2026-11-30",
    }


def test_met_on_the_last_day_itself_is_in_time():
    world = World().reported()
    for notify in (NOTIFY_PANEL, NOTIFY_DFE, NOTIFY_OFSTED):
        world.do("officer", "2026-12-01T23:59", notify)
    assert world.timescales()["notification"]["state"] == "met"


def test_the_clock_records_once_that_the_last_day_is_gone_and_it_can_still_be_met_late():
    world = World().reported()
    for notify in (NOTIFY_PANEL, NOTIFY_DFE):
        world.do("officer", "2026-11-27T10:00", notify)
    world.entries()
    assert world.tick("2026-12-01T23:59") == []  # the last day is not over
    (passed,) = world.tick("2026-12-02T00:00")  # what falls due now has fallen due
    assert passed.fact == TimescalePassed("notification", T1)
    assert world.tick("2026-12-03T07:00") == []
    assert world.timescales()["notification"] == {"state": "passed", "last_day": "2026-12-01"}
    world.do("officer", "2026-12-03T09:00", NOTIFY_OFSTED)
    assert world.timescales()["notification"] == {
        "state": "met_late",
        "last_day": "2026-12-01",
        "met_on": "2026-12-03",
    }


def test_met_goes_by_the_day_on_which_it_happened_also_after_the_clock_has_recorded_it_passed():
    world = World().reported()
    for notify in (NOTIFY_PANEL, NOTIFY_DFE):
        world.do("officer", "2026-11-27T10:00", notify)
    world.do("officer", "2026-12-03T09:00", NOTIFY_OFSTED, occurred="2026-12-01T16:00")
    assert world.facts()[-3:] == [
        TimescalePassed("notification", T1),
        BodyNotified(day("2026-12-01"), Body.OFSTED),
        TimescaleMet("notification", day("2026-12-01"), late=False),
    ]
    assert world.timescales()["notification"]["state"] == "met"


# --- The second timescale --------------------------------------------------------------------


def test_the_second_timescale_starts_on_the_day_the_panel_was_notified_not_when_it_was_recorded():
    world = World().reported()
    world.do("officer", "2026-11-30T10:00", NOTIFY_PANEL, occurred="2026-11-26T17:00")
    assert world.timescales()["rapid_review"] == {"state": "running", "last_day": "2026-12-17"}


def test_the_second_timescale_is_met_on_the_later_of_the_two_days_whichever_it_is():
    world = brought_to("rapid_review", at="2026-12-21T10:00")
    world.do("officer", "2027-01-20T10:00", SEND, occurred="2026-12-18T10:00")
    assert world.timescales()["rapid_review"]["met_on"] == "2026-12-21"


def test_convened_alone_does_not_meet_the_second_timescale():
    world = brought_to("rapid_review")
    assert world.timescales()["rapid_review"] == {"state": "running", "last_day": "2026-12-18"}
    world.do("officer", "2026-12-21T10:00", SEND)  # the Monday after the Friday
    assert world.facts()[-1] == TimescaleMet("rapid_review", day("2026-12-21"), late=True)
    assert world.timescales()["rapid_review"]["state"] == "met_late"


# --- The third and the fourth ----------------------------------------------------------------


def commissioned(on: str = "2026-08-31") -> World:
    """A review commissioned, by default on Monday 31 August 2026 (a bank holiday)."""
    world = World()
    report = ReportIncident("INC-1", day("2026-07-17"), day("2026-07-17"))
    world.do("officer", "2026-07-20T10:00", report)
    for step in WAY["review_commissioned"]:
        world.do("manager", f"{on}T10:00", step)
    world.entries()
    return world


def test_six_months_from_a_31_august_end_on_28_february_though_it_is_a_sunday():
    world = commissioned()
    assert world.timescales()["review"] == {"state": "running", "last_day": "2027-02-28"}
    assert world.timescales()["publication"] == {"state": "running", "last_day": "2027-02-28"}
    passed = world.tick("2027-03-01T00:00")
    assert [(e.fact.timescale, e.clause) for e in passed] == [
        ("review", "T3"),
        ("publication", "T4"),
    ]


def test_completed_late_and_published_late():
    world = commissioned()
    world.do("officer", "2027-03-01T10:00", COMPLETE)
    world.do("officer", "2027-03-01T10:01", PUBLISH)
    shown = world.timescales()
    late = {"state": "met_late", "last_day": "2027-02-28", "met_on": "2027-03-01"}
    assert (shown["review"], shown["publication"]) == (late, late)


def test_publication_deferred_to_a_new_day_runs_towards_that_day():
    world = commissioned()
    until = DeferPublication("INC-1", "Trial in May", "Criminal trial", day("2027-05-31"))
    (deferred,) = world.do("officer", "2027-02-01T10:00", until)
    fact = deferred.fact
    assert (fact.on, fact.timescale, fact.reasons, fact.procedure) == (
        day("2027-02-01"), "publication", "Trial in May", "Criminal trial",
    )  # fmt: skip
    derivation = fact.deadline.derivation
    assert (derivation.anchor_day, derivation.length, derivation.anchor) == (
        day("2027-05-31"), 0, "deferral",
    )  # fmt: skip
    assert (derivation.clause, derivation.policy) == ("T4", "sandwell-2018/1")
    assert world.timescales()["publication"] == {"state": "running", "last_day": "2027-05-31"}
    assert world.timescales()["review"]["last_day"] == "2027-02-28"
    world.entries()
    assert [e.fact.timescale for e in world.tick("2027-05-30T07:00")] == ["review"]
    (passed,) = world.tick("2027-06-01T07:00")
    assert (passed.fact.timescale, passed.occurred) == (
        "publication",
        world.moment("2027-06-01T00:00"),
    )
    assert world.timescales()["publication"] == {"state": "passed", "last_day": "2027-05-31"}


def test_publication_can_be_deferred_again_and_again_also_after_it_has_passed():
    world = commissioned().at("2027-03-01T07:00")
    assert world.timescales()["publication"]["state"] == "passed"
    world.do("officer", "2027-03-02T10:00", DEFER)
    assert world.timescales()["publication"] == {"state": "deferred"}
    world.do("officer", "2027-03-03T10:00", COMPLETE)
    again = DeferPublication("INC-1", "Trial in May", "Criminal trial", day("2027-03-04"))
    world.do("officer", "2027-03-04T10:00", again)  # not before the day of the act: that day
    assert world.timescales()["publication"] == {"state": "running", "last_day": "2027-03-04"}
    world.tick("2027-03-05T07:00")
    assert world.timescales()["publication"]["state"] == "passed"
    world.do("officer", "2027-03-05T10:00", DEFER)
    assert world.timescales()["publication"] == {"state": "deferred"}
    assert world.tick("2028-03-05T07:00") == []


def test_a_deferral_to_a_day_before_the_day_of_the_act_is_invalid():
    world = commissioned()
    until = DeferPublication("INC-1", "Trial", "Criminal trial", day("2027-01-31"))
    before = world.incident()
    world.refused(Code.INVALID, "officer", "2027-02-01T10:00", until)
    assert world.incident() == before
    world.do("officer", "2027-02-01T10:00", until, occurred="2027-01-31T10:00")
    assert world.timescales()["publication"]["state"] == "passed"  # and that day is gone


def test_published_while_deferred_is_met_with_no_last_day():
    world = commissioned()
    world.do("officer", "2027-02-01T10:00", COMPLETE)
    world.do("officer", "2027-02-01T10:01", DEFER)
    world.do("officer", "2028-02-01T10:00", PUBLISH)
    assert world.timescales()["publication"] == {"state": "met", "met_on": "2028-02-01"}


# --- The ends --------------------------------------------------------------------------------


def test_withholding_withdraws_the_publication_alone():
    world = brought_to("review_completed")
    world.do("officer", "2026-11-30T10:00", WITHHOLD)
    assert world.facts() == [
        PublicationWithheld(day("2026-11-30"), "A sibling would be known by it", "publication")
    ]
    shown = world.timescales()
    assert shown["publication"] == {"state": "withdrawn"}
    assert (shown["review"]["state"], shown["notification"]["state"]) == ("met", "running")


def test_withdrawing_withdraws_every_timescale_that_is_not_met_without_a_last_day():
    world = brought_to("review_commissioned")
    world.do("manager", "2026-12-04T10:00", WITHDRAW)
    assert world.facts()[-1] == IncidentWithdrawn(day("2026-12-04"), "The criteria are not met")
    assert world.timescales() == {
        "notification": {"state": "withdrawn"},  # it had passed
        "rapid_review": {"state": "met", "last_day": "2026-12-18", "met_on": "2026-11-27"},
        "review": {"state": "withdrawn"},
        "publication": {"state": "withdrawn"},
    }
    assert world.tick("2028-01-01T07:00") == []


def test_withdrawing_early_withdraws_also_what_has_not_started():
    world = World().reported()
    world.do("manager", "2026-11-27T10:00", WITHDRAW)
    assert set(map(str, world.timescales().values())) == {"{'state': 'withdrawn'}"}


@pytest.mark.parametrize("state", ["no_review", "published", "withheld"])
def test_a_timescale_still_running_when_the_incident_ends_goes_on_to_pass(state):
    world = brought_to(state)
    assert world.timescales()["notification"]["state"] == "running"
    (passed,) = world.tick("2026-12-02T07:00")
    assert passed.fact == TimescalePassed("notification", T1)
    assert world.incident().state == state


@pytest.mark.parametrize("state", ["no_review", "published", "withheld", "withdrawn"])
def test_nothing_is_raised_on_an_incident_that_has_ended(state):
    world = brought_to(state)
    world.refused(Code.ALREADY_ENDED, "officer", "2026-11-27T11:00", raising(timescale="review"))


# --- Other policies --------------------------------------------------------------------------


def test_a_policy_without_a_deferrable_timescale_defers_nothing_and_withholds_all_the_same():
    policy = changed_policy({"deferrable = true": "deferrable = false"})
    world = brought_to("review_completed", world=World(policy).reported())
    world.refused(Code.WRONG_STATE, "officer", "2026-11-27T11:00", DEFER)
    world.do("officer", "2026-11-27T11:00", WITHHOLD)
    assert world.facts()[-1] == PublicationWithheld(
        day("2026-11-27"), "A sibling would be known by it", None
    )
    assert world.incident().state == "withheld"
    assert world.timescales()["publication"]["state"] == "running"


def test_where_the_deferrable_timescale_is_met_already_withholding_does_not_touch_it():
    deferrable_review = changed_policy(
        {
            'met_by = ["completed"]': 'met_by = ["completed"]\ndeferrable = true',
            'met_by = ["published"]\ndeferrable = true': 'met_by = ["published"]',
        }
    )
    world = brought_to("review_completed", world=World(deferrable_review).reported())
    world.do("officer", "2026-11-27T11:00", WITHHOLD)
    assert world.facts()[-1].timescale is None
    assert world.timescales()["review"]["state"] == "met"
