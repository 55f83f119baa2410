"""The forecast of a case: what the clock would record if nobody acted, and that it really does so."""

import copy
import json
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application.forecast import FURTHEST, forecast
from cspr_workflow.application.handle import Workflow
from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    Escalate,
    HoldMeeting,
    MeetingOutcome,
    RecordAction,
    Resolve,
)
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation_facts import LimitMoved, LimitPassed, MoveReason, StageEntered
from cspr_workflow.domain.incident import TimescalePassed
from cspr_workflow.domain.partnership import ClosureDeclared
from cspr_workflow.domain.people import Side
from tests.campaigns import holds
from tests.campaigns.playing import Playing, Told
from tests.campaigns.sequences import POLICIES, Run, maker
from tests.process.steps import brought_to
from tests.second_implementation.random_cases import random_case
from tests.support import World, day

ROOT = Path(__file__).parents[2]
CORPUS = sorted(
    path for path in (ROOT / "tests/cases").glob("*.json") if ".expected" not in path.name
)
YEAR = ROOT / "cspr_workflow/examples/a-year.json"
SHARES = (0.1, 0.4, 0.7, 1.0)
"""How much of a case has been played when it is forecast."""
A_MOMENT = timedelta(microseconds=1)
Short = tuple[str, str, str | None, str]


def foreseen(world: World, case: Case) -> list[Entry]:
    return forecast(case, world.workflow.partnership.rules(world.policy))


def shortly(world: World, entries: list[Entry]) -> list[Short]:
    """When (local time), what, where to or which action, and the clause."""
    shorter = []
    for entry in entries:
        fact: Any = entry.fact
        about = next(
            (getattr(fact, name) for name in ("action", "stage", "timescale", "limit") if getattr(fact, name, None)),
            None,
        )  # fmt: skip
        local = world.policy.civil.local(entry.occurred)
        shorter.append((f"{local:%Y-%m-%dT%H:%M}", type(fact).__name__, about, entry.clause))
    return shorter


# --- What it foresees ----------------------------------------------------------------------------


def test_a_case_in_which_nobody_acts_goes_through_the_whole_ladder() -> None:
    world = World().raised()
    found = foreseen(world, world.escalation())
    assert shortly(world, found) == [
        ("2026-12-01T00:00", "StageEntered", "stage_1", "E1.5"),
        ("2026-12-04T00:00", "StageEntered", "stage_2", "E1.5"),
        ("2026-12-10T00:00", "StageEntered", "stage_3", "E2.2"),
        ("2026-12-15T00:00", "LimitPassed", "stage_3", "E3.4"),
    ]
    assert [entry.fact.reason for entry in found[:3]] == [  # type: ignore[attr-defined]
        MoveReason.NOT_RESOLVED,
        MoveReason.NO_RESPONSE,
        MoveReason.NO_OUTCOME,
    ]
    assert all(entry.by is None and entry.recorded == entry.occurred for entry in found)
    assert {entry.policy for entry in found} == {world.policy.label}


def test_an_agreed_action_that_is_not_kept_moves_a_case_whose_meeting_was_held() -> None:
    world = World().raised().agreed("2026-12-04T10:00", "2026-12-18")
    held = HoldMeeting("ESC-1", ("sub", "board"), MeetingOutcome.ACTIONS_AGREED)
    world.do("sub", "2026-12-07T15:00", held)
    found = foreseen(world, world.escalation())
    assert shortly(world, found) == [
        ("2026-12-19T00:00", "ActionNotMaintained", "A1", "E1.4"),
        ("2026-12-19T00:00", "StageEntered", "A1", "E3.1"),
        ("2026-12-24T00:00", "LimitPassed", "stage_3", "E3.4"),
    ]
    last = found[-1].fact
    assert isinstance(last, LimitPassed)
    assert last.due.derivation.anchor_day == day("2026-12-18"), "a follow-on limit"


def test_the_timescales_of_an_incident_that_run_will_pass() -> None:
    world = World().reported()
    assert shortly(world, foreseen(world, world.incident())) == [
        ("2026-12-02T00:00", "TimescalePassed", "notification", "T1"),
    ]
    world = brought_to("review_commissioned")
    found = foreseen(world, world.incident())
    assert [(entry.occurred.date().isoformat(), entry.fact.timescale) for entry in found] == [  # type: ignore[attr-defined]
        ("2026-12-02", "notification"),
        ("2027-05-27", "review"),
        ("2027-05-27", "publication"),
    ]
    assert all(isinstance(entry.fact, TimescalePassed) for entry in found)


def test_what_fell_due_and_is_not_recorded_yet_comes_first() -> None:
    world = World().raised()
    before = foreseen(world, world.escalation())
    ticked = world.at("2026-12-05T07:00")
    assert foreseen(ticked, ticked.escalation()) == before[2:]


def test_a_closure_that_the_case_has_not_seen_yet_moves_its_limits_in_the_forecast() -> None:
    world = World().raised()
    world.adopt("2026-12-02T09:00", ClosureDeclared(day("2026-12-08"), "Moving house"))
    found = foreseen(world, world.escalation())
    assert shortly(world, found) == [
        ("2026-12-01T00:00", "StageEntered", "stage_1", "E1.5"),
        ("2026-12-02T09:00", "LimitMoved", "stage_2", "E2.2"),
        ("2026-12-02T09:00", "LimitMoved", "stage_3", "E3.4"),
        ("2026-12-04T00:00", "StageEntered", "stage_2", "E1.5"),
        ("2026-12-11T00:00", "StageEntered", "stage_3", "E2.2"),
        ("2026-12-16T00:00", "LimitPassed", "stage_3", "E3.4"),
    ]
    assert [entry.calendar for entry in found] == [0, 1, 1, 1, 1, 1]
    assert isinstance(found[1].fact, LimitMoved)


# --- Where it stays quiet ------------------------------------------------------------------------


def test_a_settled_case_has_nothing_ahead() -> None:
    world = World().raised().agreed("2026-12-01T10:00", "2026-12-02")
    assert foreseen(world, world.escalation()) != []
    world.do("trust", "2026-12-01T12:00", CompleteAction("ESC-1", "A1", "Sent by courier"))
    assert world.escalation().settled
    assert foreseen(world, world.escalation()) == []


def test_in_a_settled_case_the_partnership_s_own_action_can_still_be_not_maintained() -> None:
    world = World().raised().agreed("2026-12-01T10:00", "2026-12-02", owner=Side.SCSP)
    assert world.escalation().settled
    assert shortly(world, foreseen(world, world.escalation())) == [
        ("2026-12-03T00:00", "ActionNotMaintained", "A1", "E1.4"),
    ]


def test_a_case_no_longer_at_risk_has_nothing_ahead() -> None:
    world = brought_to("rapid_review", world=World().raised(), at="2026-11-30T10:00")
    assert foreseen(world, world.escalation()) != []
    world = brought_to("withdrawn", world=World().raised(), at="2026-11-30T10:00")
    assert world.escalation().no_longer_at_risk
    assert foreseen(world, world.escalation()) == []


def test_a_resolved_case_has_nothing_ahead() -> None:
    world = World().raised()
    world.do("manager", "2026-11-30T11:00", Resolve("ESC-1", "Sent while we spoke"))
    assert foreseen(world, world.escalation()) == []


def test_an_incident_whose_times_are_met_has_nothing_ahead() -> None:
    world = brought_to("withdrawn")
    assert foreseen(world, world.incident()) == []


@pytest.mark.parametrize("due", ["9999-12-31", "9999-12-30", "9001-01-01"])
def test_what_lies_beyond_all_that_can_be_counted_is_not_foreseen(due: str) -> None:
    world = World().raised()
    world.do("sub", "2026-12-02T09:00", Escalate("ESC-1", "No answer"))
    world.do("sub", "2026-12-02T09:05", RecordAction("ESC-1", "A1", "Wait", Side.AGENCY, day(due)))
    world.do("board", "2026-12-02T09:10", AcknowledgeAction("ESC-1", "A1"))
    held = HoldMeeting("ESC-1", ("sub", "board"), MeetingOutcome.ACTIONS_AGREED)
    world.do("sub", "2026-12-02T10:00", held)
    assert foreseen(world, world.escalation()) == []


def test_an_action_due_in_the_last_year_that_can_be_counted_is_foreseen() -> None:
    world = World().raised().agreed("2026-12-01T10:00", "9000-12-30")
    found = foreseen(world, world.escalation())
    assert isinstance(found[-1].fact, ActionNotMaintained)
    assert found[-1].occurred < FURTHEST


def test_asking_changes_nothing() -> None:
    world = World().raised().agreed("2026-12-01T10:00", "2026-12-02")
    case, rules = world.escalation(), world.workflow.partnership.rules(world.policy)
    untouched, recorded = copy.deepcopy(case), world.everything()
    first = forecast(case, rules)
    assert forecast(case, rules) == first != []
    assert case == untouched
    assert world.everything() == recorded
    assert world.escalation() == untouched


# --- The record comes to say what the forecast said ----------------------------------------------


def all_foreseen(workflow: Workflow) -> Told:
    """What is foreseen in each case, as the record would tell it."""
    found: Told = {}
    for stream, case in holds.cases(workflow):
        policy = workflow.policy(case.policy)
        entries = forecast(case, workflow.partnership.rules(policy))
        told = [(e.fact, e.occurred, e.by, e.clause, e.policy, e.calendar) for e in entries]
        assert all(entry.recorded == entry.occurred for entry in entries)
        if told:
            found[stream] = told
    return found


def all_recorded(workflow: Workflow, *moments: Any) -> Told:
    """What ticks at these moments record in each case."""
    found: Told = defaultdict(list)
    for moment in moments:
        for one in workflow.tick(moment):
            e = one.entry
            found[one.stream].append((e.fact, e.occurred, e.by, e.clause, e.policy, e.calendar))
    return dict(found)


def part_of(case: dict[str, Any], share: float) -> Playing:
    """A case of which only the first acts have been played."""
    acts = case["acts"][: max(1, round(len(case["acts"]) * share))]
    return Playing({**case, "acts": acts}).to_the_end()


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return case


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_case_file_s_forecast_is_what_a_tick_much_later_records(path: Path, share: float) -> None:
    workflow = part_of(read(path), share).workflow
    expected = all_foreseen(workflow)
    assert all_recorded(workflow, FURTHEST) == expected


def test_the_case_files_hold_forecasts_and_none() -> None:
    assert len(CORPUS) >= 21
    found = [all_foreseen(part_of(read(path), 1.0).workflow) for path in CORPUS]
    assert any(found)
    assert not all(found)


@pytest.mark.parametrize("share", SHARES)
def test_the_forecasts_of_a_year_are_what_a_tick_much_later_records(share: float) -> None:
    workflow = part_of(read(YEAR), share).workflow
    expected = all_foreseen(workflow)
    assert len(expected) > 1
    assert all_recorded(workflow, FURTHEST) == expected


@pytest.mark.parametrize("seed", range(40))
def test_the_forecasts_of_a_random_case_are_what_a_tick_much_later_records(seed: int) -> None:
    for share in SHARES:
        workflow = part_of(random_case(seed), share).workflow
        expected = all_foreseen(workflow)
        assert all_recorded(workflow, FURTHEST) == expected


@pytest.mark.parametrize("seed", range(20))
def test_each_falls_due_at_its_moment_and_not_before(seed: int) -> None:
    playing = part_of(random_case(seed), 0.6)
    workflow, now = playing.workflow, playing.file.acts[-1].at
    workflow.tick(now)
    expected = all_foreseen(workflow)
    moments: list[Any] = sorted({told[1] for history in expected.values() for told in history})
    came: Told = defaultdict(list)
    for moment in moments:
        assert moment > now
        assert all_recorded(workflow, moment - A_MOMENT) == {}
        for stream, told in all_recorded(workflow, moment).items():
            assert {one[1] for one in told} == {moment}
            came[stream] += told
    assert came == expected


@pytest.mark.parametrize("policy", POLICIES)
def test_the_forecast_holds_under_any_policy_whatever_people_did(policy: str) -> None:
    something = 0
    for seed in range(60):
        run = Run(policy)
        run.play(maker(policy).sequence(seed))
        expected = all_foreseen(run.workflow)
        assert all_recorded(run.workflow, FURTHEST) == expected, f"seed {seed}"
        something += len(expected)
    assert something


def test_the_random_cases_foresee_everything_that_the_clock_does() -> None:
    kinds = set()
    for seed in range(40):
        for share in SHARES:
            for history in all_foreseen(part_of(random_case(seed), share).workflow).values():
                kinds |= {type(told[0]) for told in history}
    assert {StageEntered, LimitPassed, ActionNotMaintained, TimescalePassed} <= kinds
