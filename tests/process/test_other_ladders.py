"""Section 8: the same engine under other ladders: previous stage, own start, variants, indicative."""

import pytest

from cspr_workflow.application.policy_files import PolicyFile
from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import MeetingOutcome
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation_facts import LimitMoved, LimitPassed, StageEntered
from cspr_workflow.domain.lifecycles import ACTION, INCIDENT, chart_of
from cspr_workflow.domain.people import Side
from tests.process.ladder_days import meeting, moves
from tests.support import RAISED_AT, World, changed_policy, day, raising

URGENT = {
    'closes_when_no_longer_at_risk = ["business_manager"]': (
        'closes_when_no_longer_at_risk = ["business_manager"]\n'
        '[variants.urgent]\nname = "Urgent"\nstarts_in = "stage_4"\n'
    )
}


def ladder(world: World, reference: str = "ESC-1") -> dict[str, str]:
    return {
        stage: str(limit.last_day) for stage, limit in world.escalation(reference).limits.items()
    }


def raised(policy, variant: str | None = None) -> World:
    world = World(policy).reported()
    world.do("officer", RAISED_AT, raising(variant=variant))
    world.entries()
    return world


# --- Counted from the stage before -----------------------------------------------------------


def test_limits_counted_from_the_last_day_of_the_stage_before():
    world = raised("two-five-two")
    assert ladder(world) == {
        "initial_discussion": "2026-11-30",
        "stage_1": "2026-12-02",  # Wednesday: two working days after Monday
        "stage_2": "2026-12-09",  # Wednesday: five more
        "stage_3": "2026-12-11",  # Friday: two more
    }
    assert [move[1] for move in moves(world.clock("2026-12-31T07:00"))] == [
        "2026-12-01T00:00",
        "2026-12-03T00:00",
        "2026-12-10T00:00",
        "2026-12-12T00:00",
    ]


def test_an_urgent_concern_starts_at_a_higher_stage_and_counts_from_the_raising():
    world = raised("two-five-two", "urgent")
    assert world.escalation().variant == "urgent"
    assert world.stages() == [("stage_2", RAISED_AT, "officer", None)]
    assert ladder(world) == {"stage_2": "2026-12-07", "stage_3": "2026-12-09"}
    assert world.shown()["last_days"] == ladder(world)


def test_a_closure_moves_the_limits_counted_from_each_other_together():
    world = raised("two-five-two")
    world.do("manager", "2026-11-30T10:00", acts.DeclareClosure(day("2026-12-02"), "Removal"))
    entries = world.clock("2026-11-30T11:00")
    assert [(e.fact.limit, str(e.fact.before), str(e.fact.after.last_day)) for e in entries] == [
        ("stage_1", "2026-12-02", "2026-12-03"),
        ("stage_2", "2026-12-09", "2026-12-10"),
        ("stage_3", "2026-12-11", "2026-12-14"),
    ]
    assert entries[1].fact.after.derivation.anchor_day == day("2026-12-03")


def test_a_stage_entered_early_leaves_limits_counted_from_the_stage_before_as_they_are():
    world = raised("two-five-two")
    for at in ("2026-11-30T10:00", "2026-11-30T10:01"):
        world.do("manager", at, acts.Escalate("ESC-1", "x"))
    assert ladder(world)["stage_2"] == "2026-12-09"
    assert world.facts()[-1].limits == ()


# --- Counted from the stage's own start ------------------------------------------------------


def test_limits_counted_from_the_stages_own_start():
    world = raised("four-stages")
    assert ladder(world) == {
        "initial_discussion": "2026-11-30",
        "stage_1": "2026-12-07",  # Monday
        "stage_2": "2026-12-14",
        "stage_3": "2026-12-21",
        "stage_4": "2026-12-30",  # Wednesday: the 25th and the 28th are holidays
    }
    entered = moves(world.clock("2027-01-31T07:00"))
    assert [move[:2] for move in entered] == [
        ("stage_1", "2026-12-01T00:00"),
        ("stage_2", "2026-12-08T00:00"),
        ("stage_3", "2026-12-15T00:00"),
        ("stage_4", "2026-12-22T00:00"),
        ("stage_4", "2026-12-31T00:00"),  # its limit passed
    ]


def test_a_stage_that_begins_early_ends_early_and_so_do_those_after_it():
    world = raised("four-stages").at("2026-12-01T10:00")
    world.do("manager", "2026-12-02T10:00", acts.Escalate("ESC-1", "x"))  # Wednesday
    entered = world.facts()[-1]
    assert isinstance(entered, StageEntered)
    assert [(one.stage, str(one.deadline.last_day)) for one in entered.limits] == [
        ("stage_2", "2026-12-09"),
        ("stage_3", "2026-12-16"),
        ("stage_4", "2026-12-23"),
    ]
    assert ladder(world)["stage_1"] == "2026-12-07"  # what it was
    assert ladder(world)["stage_3"] == "2026-12-16"
    derivation = world.escalation().limits["stage_2"].derivation
    assert (derivation.anchor, derivation.anchor_day) == ("stage", day("2026-12-02"))
    assert world.escalation().follow_on is None


def test_a_stage_entered_at_the_clocks_own_moment_keeps_the_days_decided_at_the_raising():
    world = raised("four-stages").at("2026-12-08T07:00")
    assert world.history()[-1].fact.limits == ()


def test_a_stage_entered_late_has_its_own_days_anew_and_no_follow_on():
    world = raised("four-stages").agreed("2026-11-30T10:00", due="2026-12-31", owner=Side.SCSP)
    act = acts.RecordAction("ESC-1", "A2", "x", Side.AGENCY, day("2026-12-31"))
    world.do("officer", "2026-12-09T10:00", act)  # Wednesday: unsettled
    entered = world.facts()[-1]
    assert entered.follow_on is None
    assert ladder(world)["stage_1"] == "2026-12-16"
    assert world.shown()["limit"]["last_day"] == "2026-12-16"


def test_a_closure_moves_a_stage_counted_from_its_own_start_from_the_same_anchor():
    world = raised("four-stages").at("2026-12-01T10:00")
    world.do("manager", "2026-12-01T10:00", acts.DeclareClosure(day("2026-12-02"), "Removal"))
    entries = world.clock("2026-12-01T11:00")
    assert [(e.fact.limit, str(e.fact.after.last_day)) for e in entries] == [
        ("stage_1", "2026-12-08"),
        ("stage_2", "2026-12-15"),
        ("stage_3", "2026-12-22"),
        ("stage_4", "2026-12-31"),  # Thursday
    ]


def test_raised_straight_into_a_stage_counted_from_its_own_start():
    world = raised(changed_policy(URGENT, "four-stages"), "urgent")
    assert ladder(world) == {"stage_4": "2026-12-07"}
    assert moves(world.clock("2026-12-31T07:00")) == [("stage_4", "2026-12-08T00:00", "L5")]


def test_where_the_stage_before_was_never_entered_nothing_of_it_is_written_up():
    world = raised(changed_policy(URGENT, "four-stages"), "urgent")
    before = world.escalation()
    held = meeting(MeetingOutcome.NOT_RESOLVED)
    world.refused(Code.WRONG_STATE, "sub", "2026-11-30T10:00", held)
    assert world.escalation() == before


# --- Mixed ladders ---------------------------------------------------------------------------

STAGE_2 = (
    'length = 7                 # "no later than day 7"\nunit = "working_days"\nstarts = "raising"'
)
STAGE_3 = 'length = 10                # "no later than working day 10"\nunit = "working_days"\nstarts = "raising"'


def mixed(stage_2: str, stage_3: str) -> PolicyFile:
    """Sandwell's ladder with four days for stage 2 and three for stage 3, counted from elsewhere."""
    return changed_policy(
        {
            STAGE_2: f'length = 4\nunit = "working_days"\nstarts = "{stage_2}"',
            STAGE_3: f'length = 3\nunit = "working_days"\nstarts = "{stage_3}"',
        }
    )


def test_where_only_a_later_stage_counts_from_its_own_start_an_earlier_one_keeps_its_days():
    world = raised(mixed("stage", "previous_stage")).at("2026-12-01T07:00")
    assert ladder(world) == {
        "initial_discussion": "2026-11-30",
        "stage_1": "2026-12-03",
        "stage_2": "2026-12-09",  # four after Thursday 3
        "stage_3": "2026-12-14",  # three after Wednesday 9
    }
    world.do("manager", "2026-12-01T10:00", acts.Escalate("ESC-1", "x"))
    assert ladder(world) == {
        "initial_discussion": "2026-11-30",
        "stage_1": "2026-12-03",
        "stage_2": "2026-12-07",  # four after Tuesday 1
        "stage_3": "2026-12-10",  # three after Monday 7
    }


def test_in_such_a_ladder_a_stage_counted_from_the_raising_keeps_its_day_though_entered_late():
    world = raised(mixed("stage", "previous_stage")).agreed("2026-11-30T10:00", due="2026-12-31")
    world.do("trust", "2026-11-30T11:00", acts.CompleteAction("ESC-1", "A1", "Sent"))
    dispute = acts.DisputeCompletion("ESC-1", "A1", "Empty file")
    world.do("officer", "2026-12-02T10:00", dispute)  # Wednesday: stage 1 begins
    assert world.stages()[-1][:2] == ("stage_1", "2026-12-02T10:00")
    assert ladder(world)["stage_1"] == "2026-12-03"


def test_and_a_stage_counted_from_the_stage_before_keeps_its_day_though_entered_early():
    world = raised(mixed("previous_stage", "stage")).at("2026-12-01T07:00")
    world.do("manager", "2026-12-01T10:00", acts.Escalate("ESC-1", "x"))
    assert ladder(world)["stage_2"] == "2026-12-09"


def test_and_a_later_stage_counted_from_the_raising_keeps_its_day_though_the_one_before_moves():
    own_start = {STAGE_2: 'length = 4\nunit = "working_days"\nstarts = "stage"'}
    world = raised(changed_policy(own_start)).at("2026-12-01T07:00")
    world.do("manager", "2026-12-01T10:00", acts.Escalate("ESC-1", "x"))
    assert (ladder(world)["stage_2"], ladder(world)["stage_3"]) == ("2026-12-07", "2026-12-14")


def test_a_limit_in_calendar_days_or_months_does_not_move_with_the_calendar():
    ten_days = {
        'length = 10                # "no later than working day 10"\nunit = "working_days"': (
            'length = 14\nunit = "days"'
        ),
        'length = 7                 # "no later than day 7"\nunit = "working_days"': (
            'length = 1\nunit = "months"'
        ),
    }
    world = raised(changed_policy(ten_days))
    assert (ladder(world)["stage_3"], ladder(world)["stage_2"]) == ("2026-12-14", "2026-12-30")
    world.do("manager", "2026-11-30T10:00", acts.DeclareClosure(day("2026-12-03"), "Removal"))
    assert [e.fact.limit for e in world.clock("2026-11-30T11:00")] == ["stage_1"]


@pytest.mark.parametrize(
    ("starts", "last_day"), [("incident", "2026-11-27"), ("aware", "2026-11-30")]
)
def test_a_limit_counted_from_another_recorded_fact(starts, last_day):
    policy = changed_policy(
        {
            'length = 3                 # "outstanding after day 3"\nunit = "working_days"\nstarts = "raising"': (
                f'length = 3\nunit = "working_days"\nstarts = "{starts}"'
            )
        }
    )
    world = raised(policy).at("2026-12-01T07:00")
    assert ladder(world)["stage_1"] == last_day
    # entered after its own limit: its window from the day of entry, Monday 30 November
    assert world.shown()["last_days"]["follow_on"] == "2026-12-03"


# --- Indicative limits -----------------------------------------------------------------------

INDICATIVE = {'window = 4\nmeeting_by = ["subgroup_chair"]': (
    'window = 4\nbinding = "indicative"\nmeeting_by = ["subgroup_chair"]'
)}  # fmt: skip


def test_an_indicative_limit_only_shows_that_it_has_passed_and_moves_nothing():
    world = raised(changed_policy(INDICATIVE)).at("2026-12-04T07:00")
    (passed,) = world.clock("2026-12-31T07:00")
    assert isinstance(passed.fact, LimitPassed)
    assert moves([passed]) == [("stage_2", "2026-12-10T00:00", "E2.2")]
    assert world.shown()["limit"]["state"] == "passed"
    world.do("manager", "2027-01-04T10:00", acts.Escalate("ESC-1", "x"))
    assert world.shown()["limit"]["state"] == "running"  # the new stage's own
    assert world.escalation().follow_on is not None


def test_a_moved_limit_says_the_name_of_its_stage():
    world = raised("four-stages")
    world.do("manager", "2026-11-30T10:00", acts.DeclareClosure(day("2026-12-30"), "x"))
    (entry,) = world.clock("2026-11-30T11:00")
    assert isinstance(entry.fact, LimitMoved)
    assert (entry.fact.limit, entry.clause) == ("stage_4", "L5")


# --- The charts ------------------------------------------------------------------------------


def test_the_chart_of_an_escalation_says_what_may_follow_what():
    chart = chart_of(World().policy)
    stages = ("initial_discussion", "stage_1", "stage_2", "stage_3")
    assert chart.states == (*stages, "resolved")
    assert chart.events_in("resolved") == ()
    assert [s for s in stages if chart.allows(s, "hold_meeting")] == ["stage_2", "stage_3"]
    for event in ("notify_chair", "consult", "decide"):
        assert [s for s in stages if chart.allows(s, event)] == ["stage_3"]
    assert [chart.target(s, "escalate") for s in stages] == ["stage_1", "stage_2", "stage_3", None]
    assert {chart.target(s, "resolve") for s in stages} == {"resolved"}
    assert chart.target("stage_2", "meeting_not_resolved") == "stage_3"
    assert chart.target("stage_3", "return_in_time") == "stage_2"
    assert set(chart.events_in("stage_1")) >= {"inform", "vary_action", "move_on", "escalate"}
    assert "decide" not in chart.events_in("stage_1")
    assert "raise_escalation" not in chart.events


def test_the_charts_of_the_incident_and_of_an_action():
    assert INCIDENT.states[:2] == ("reported", "notified")
    assert INCIDENT.events_in("withheld") == ()
    assert ACTION.states == ("outstanding", "done", "confirmed", "released")
    assert ACTION.events == (
        "acknowledge_action", "vary_action", "complete_action", "release_action",
        "confirm_action", "dispute_completion",
    )  # fmt: skip
    assert ACTION.target("done", "dispute_completion") == "outstanding"


@pytest.mark.parametrize("chart", [INCIDENT, ACTION, chart_of(World().policy)])
def test_a_chart_draws_every_state_that_it_decides_by(chart):
    drawn = chart.mermaid()
    assert drawn.startswith("stateDiagram")
    for state in chart.states:
        assert state in drawn


def test_a_ladder_without_a_meeting_stage_has_nothing_to_return_to():
    without = {
        'kind = "meeting"\nclause = "L3"\nbroken_clause = "L4"': 'kind = "liaison"\nclause = "L3"',
        'meeting_by = ["subgroup_chair"]\n': "",
    }
    policy = changed_policy(without, "four-stages")
    chart = chart_of(policy.policy)
    assert "return_in_time" not in chart.events
    assert "meeting_not_resolved" not in chart.events
    world = raised(policy).at("2026-12-15T07:00")
    held = meeting(MeetingOutcome.NOT_RESOLVED)
    world.refused(Code.WRONG_STATE, "sub", "2026-12-15T10:00", held)
    assert world.escalation().stage == "stage_3"
