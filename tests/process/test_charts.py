"""The charts: what may follow what, decided by the compiled table and by the chart library alike."""

from collections.abc import Iterator

import pytest
from statemachine.exceptions import TransitionNotAllowed

from cspr_workflow.application.policy_files import bundled
from cspr_workflow.domain import lifecycles
from cspr_workflow.domain.acts import (
    ACTS,
    ActionAct,
    ClosureAct,
    DecideReview,
    EscalationAct,
    IncidentAct,
    RaiseEscalation,
    RecordAction,
    ReportIncident,
)
from cspr_workflow.domain.incident import IncidentState
from cspr_workflow.domain.lifecycles import ACTION, INCIDENT, Chart, chart_of
from cspr_workflow.domain.policy import RESOLVED
from tests.campaigns import holds
from tests.campaigns.playing import Playing
from tests.campaigns.sequences import POLICIES, Run, maker
from tests.second_implementation.random_cases import random_case

ESCALATIONS = {f"escalation under {name}": chart_of(bundled(name).policy) for name in POLICIES}
CHARTS = {"incident": INCIDENT, "action": ACTION, **ESCALATIONS}


def by_the_machine(chart: Chart, state: str, event: str) -> str | None:
    """Where the library's own machine goes from a state with an event, or ``None``."""
    machine = chart.machine(start_value=state)
    assert machine.configuration_values == {state}
    try:
        machine.send(event)
    except TransitionNotAllowed:
        return None
    (after,) = machine.configuration_values
    return str(after)


@pytest.mark.parametrize("name", CHARTS)
def test_the_table_agrees_with_the_machine_for_every_state_and_event(name: str) -> None:
    chart = CHARTS[name]
    allowed = 0
    for state in chart.states:
        for event in chart.events:
            after = by_the_machine(chart, state, event)
            assert chart.target(state, event) == after, (state, event)
            assert chart.allows(state, event) is (after is not None)
            allowed += after is not None
    assert 0 < allowed < len(chart.states) * len(chart.events)
    assert allowed == len(chart.table)


@pytest.mark.parametrize("name", CHARTS)
def test_an_event_that_no_chart_knows_is_refused_and_never_passed_over(name: str) -> None:
    chart = CHARTS[name]
    for state in chart.states:
        assert by_the_machine(chart, state, "sing_a_song") is None
        assert not chart.allows(state, "sing_a_song")


@pytest.mark.parametrize("name", CHARTS)
def test_every_state_can_be_reached_and_nothing_leaves_an_end(name: str) -> None:
    chart = CHARTS[name]
    reached = {chart.states[0]}
    while (
        more := {chart.table[state, event] for state, event in chart.table if state in reached}
        - reached
    ):
        reached |= more
    assert reached == set(chart.states)
    ends = [state for state in chart.states if chart.machine.states_map[state].final]
    assert ends
    assert [event for end in ends for event in chart.events_in(end)] == []


# --- Every act has its place ---------------------------------------------------------------------


def place_of(name: str) -> Iterator[str]:
    """The events by which an act stands in a chart."""
    if ACTS[name] is DecideReview:
        yield lifecycles.COMMISSION
        yield lifecycles.NO_REVIEW
    else:
        yield name


@pytest.mark.parametrize("name", ACTS)
def test_every_act_has_its_place(name: str) -> None:
    kind = ACTS[name]
    on_escalations = [chart for chart in ESCALATIONS.values() if name in chart.events]
    on_incidents = [event in INCIDENT.events for event in place_of(name)]
    if issubclass(kind, ClosureAct) or kind is ReportIncident:
        assert (on_escalations, any(on_incidents), name in ACTION.events) == ([], False, False)
    elif issubclass(kind, IncidentAct) or kind is RaiseEscalation:
        assert (on_escalations, all(on_incidents), name in ACTION.events) == ([], True, False)
    else:
        assert issubclass(kind, EscalationAct)
        assert len(on_escalations) == len(POLICIES)
        assert not any(on_incidents)
        on_actions = issubclass(kind, ActionAct) and kind is not RecordAction
        assert (name in ACTION.events) is on_actions


def test_every_other_event_is_the_clocks_or_follows_from_an_act() -> None:
    named = {
        lifecycles.MOVE_ON,
        lifecycles.BREAK,
        lifecycles.LIMIT_PASSES,
        lifecycles.NOT_RESOLVED,
        lifecycles.MEETING_RESOLVED,
        lifecycles.RETURN,
        lifecycles.NATIONAL_PANEL_NOTIFIED,
        lifecycles.COMMISSION,
        lifecycles.NO_REVIEW,
    }
    events = {event for chart in CHARTS.values() for event in chart.events}
    assert events - set(ACTS) == named


def test_the_incidents_chart_has_the_states_and_the_order_of_the_written_process() -> None:
    assert set(INCIDENT.states) == set(IncidentState)
    ends = {state for state in IncidentState if state.is_end}
    assert {state for state in INCIDENT.states if not INCIDENT.events_in(state)} == ends
    steps = [
        "notify_national_panel",
        "convene_rapid_review",
        "send_outcome",
        "commission_review",
        "complete_review",
        "publish_review",
    ]
    states = ["reported"]
    for step in steps:
        after = INCIDENT.target(states[-1], step)
        assert after is not None
        states.append(after)
    assert states == [
        "reported",
        "notified",
        "rapid_review",
        "outcome_sent",
        "review_commissioned",
        "review_completed",
        "published",
    ]


def test_an_escalation_moves_forward_one_stage_at_a_time() -> None:
    chart = ESCALATIONS["escalation under sandwell-2018"]
    assert chart.states == ("initial_discussion", "stage_1", "stage_2", "stage_3", RESOLVED)
    onward = [chart.target(state, lifecycles.MOVE_ON) for state in chart.states]
    assert onward == ["stage_1", "stage_2", "stage_3", None, None]
    assert [chart.target(state, "escalate") for state in chart.states] == onward
    closed = [chart.target(state, "resolve") for state in chart.states]
    assert closed == [RESOLVED] * 4 + [None]
    back = [chart.target(state, lifecycles.RETURN) for state in chart.states]
    assert back == [None, None, None, "stage_2", None]
    broken = [chart.target(state, lifecycles.BREAK) for state in chart.states]
    assert broken == [None, None, "stage_3", None, None]


# --- Histories keep to the charts ----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_every_move_of_a_random_case_is_in_the_table(seed: int) -> None:
    played = Playing(random_case(seed)).to_the_end()
    policy = played.file.policy.policy
    for stream, case in holds.cases(played.workflow):
        if stream.startswith("escalation:"):
            assert case.policy == policy.label
            history = [one.entry for one in played.record.read(stream)]
            holds.follows_the_chart(policy, stream, history)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_move_of_arbitrary_sequences_is_in_the_table(policy: str) -> None:
    moves = 0
    for seed in range(200):
        run = Run(policy)
        run.play(maker(policy).sequence(seed))
        for stream, _ in holds.cases(run.workflow):
            if stream.startswith("escalation:"):
                history = [one.entry for one in run.record.read(stream)]
                holds.follows_the_chart(run.policy, stream, history)
                moves += len(history)
    assert moves > 500
