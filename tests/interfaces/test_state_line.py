"""A case's states in a line: the days of entry, the present state, what is ahead."""

from datetime import date
from itertools import pairwise

import pytest

from cspr_workflow.domain.acts import (
    HoldMeeting,
    MeetingOutcome,
    WithdrawEscalation,
)
from cspr_workflow.domain.incident import IncidentState
from cspr_workflow.domain.lifecycles import INCIDENT
from cspr_workflow.interfaces.replay import Step
from cspr_workflow.interfaces.state_line import Place, lines
from tests.interfaces.replaying import replayed
from tests.process.steps import NOTIFY_OFSTED, brought_to
from tests.support import World, changed_policy, raising


def drawn(step: Step) -> list[str]:
    return lines(step.states)


def test_the_line_marks_the_present_stage_and_the_days_of_entry() -> None:
    found = replayed(World().raised().at("2026-12-05T07:00"))
    assert drawn(found[0]) == [
        "[INITIAL DISCUSSION] ─▶ stage 1 ─▶ stage 2 ─▶ stage 3 ─▶ resolved",
        "30 Nov 2026",
    ]
    assert drawn(found[2]) == [
        "initial discussion ─▶ stage 1    ─▶ [STAGE 2]  ─▶ stage 3 ─▶ resolved",
        "30 Nov 2026           1 Dec 2026    4 Dec 2026",
    ]


def test_stages_that_an_ended_case_never_entered_are_shown_as_such() -> None:
    world = World().raised()
    world.do("manager", "2026-11-30T11:00", WithdrawEscalation("ESC-1", "Raised in error"))
    assert drawn(replayed(world)[-1]) == [
        "initial discussion ─▶ stage 1     ─▶ stage 2     ─▶ stage 3     ─▶ [RESOLVED]",
        "30 Nov 2026           not entered    not entered    not entered    30 Nov 2026",
    ]


def test_a_stage_to_which_a_return_led_stands_there_twice_in_the_order_of_time() -> None:
    world = World().raised().agreed("2026-12-07T10:00", "2026-12-18").at("2026-12-10T07:00")
    held = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED)
    world.do("sub", "2026-12-11T09:00", held, occurred="2026-12-09T15:00")
    assert drawn(replayed(world)[-1]) == [
        "initial discussion ─▶ stage 1    ─▶ stage 2    ─▶ stage 3     ─▶ [STAGE 2]",
        "30 Nov 2026           1 Dec 2026    4 Dec 2026    10 Dec 2026    11 Dec 2026",
        "  ─▶ stage 3 ─▶ resolved",
    ]


def test_a_longer_ladder_goes_on_in_a_second_line() -> None:
    world = World("four-stages").raised().at("2027-02-01T07:00")
    assert drawn(replayed(world)[-1]) == [
        "initial discussion ─▶ stage 1    ─▶ stage 2    ─▶ stage 3     ─▶ [STAGE 4]",
        "30 Nov 2026           1 Dec 2026    8 Dec 2026    15 Dec 2026    22 Dec 2026",
        "  ─▶ resolved",
    ]


def test_an_urgent_case_never_entered_the_stages_before_its_own() -> None:
    world = World("two-five-two").reported()
    world.do("officer", "2026-11-30T09:30", raising(variant="urgent"))
    assert drawn(replayed(world)[0]) == [
        "initial discussion ─▶ stage 1     ─▶ [STAGE 2]   ─▶ stage 3 ─▶ resolved",
        "not entered           not entered    30 Nov 2026",
    ]


def test_stages_are_called_as_the_policy_calls_them() -> None:
    file = changed_policy({'name = "Stage 1"': 'name = "SLPR panel"'})
    assert drawn(replayed(World(file).raised())[0])[0].startswith(
        "[INITIAL DISCUSSION] ─▶ SLPR panel ─▶ stage 2"
    )


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_line_is_wider_than_asked_for_however_long_a_name_is(width: int) -> None:
    names = ["x" * 200, "Initial discussion", "A", "Stage of a rather long name"] * 3
    line = [
        Place(name, date(2026, 12, place + 1) if place < 7 else None, place == 6, place < 6)
        for place, name in enumerate(names)
    ]
    found = lines(line, width)
    assert max(map(len, found)) <= width
    assert sum("[A]" in one for one in found) == 1
    assert sum(one.count("─▶") for one in found) == len(names) - 1
    assert sum(one.count("Dec 2026") for one in found) == 7


@pytest.mark.parametrize("state", IncidentState)
def test_an_incident_s_line_ends_where_its_review_did(state: IncidentState) -> None:
    found = replayed(brought_to(state), "incident:INC-1")[-1]
    shown = [place.name.replace(" ", "_") for place in found.states]
    assert [place.name for place in found.states if place.present] == [state.replace("_", " ")]
    assert shown[-1] == (state if state.is_end else "published")
    table = INCIDENT.table
    assert all(b in {to for (a_, _), to in table.items() if a_ == a} for a, b in pairwise(shown))
    here = shown.index(state)
    assert all(place.entered for place in found.states[: here + 1])
    assert not any(place.entered for place in found.states[here + 1 :])


def test_an_incident_s_line() -> None:
    assert drawn(replayed(brought_to("no_review"), "incident:INC-1")[-1]) == [
        "reported    ─▶ notified    ─▶ rapid review ─▶ outcome sent ─▶ [NO REVIEW]",
        "26 Nov 2026    27 Nov 2026    27 Nov 2026     27 Nov 2026     27 Nov 2026",
    ]


def test_an_entry_without_a_new_state_leaves_the_days_alone() -> None:
    world = brought_to("notified")
    before = replayed(world, "incident:INC-1")[-1].states
    world.do("officer", "2026-12-07T10:00", NOTIFY_OFSTED)
    assert replayed(world, "incident:INC-1")[-1].states == before
