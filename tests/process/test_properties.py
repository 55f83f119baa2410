"""What holds of every case, whatever people do and however often the clock runs."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cspr_workflow.application.handle import Workflow
from cspr_workflow.domain.acts import ACTS
from cspr_workflow.domain.escalation_facts import StageEntered
from cspr_workflow.domain.people import Role
from projections.due_items import MemoryIndex
from tests.campaigns import holds
from tests.campaigns.arbitrary import Step
from tests.campaigns.playing import Playing, Told, at, midnights, told, with_ticks, without_ticks
from tests.campaigns.sequences import POLICIES, Run, maker, policy_of
from tests.campaigns.sequences import played as played_arbitrarily
from tests.second_implementation.random_cases import random_case

SEEDS = range(30)
SEQUENCES, SHARES = 1000, 10
QUARTER = timedelta(hours=6)
any_seed = st.integers(0, 1_000_000)
examples = settings(max_examples=30, deadline=None, derandomize=True, database=None)


# --- However often the clock runs ----------------------------------------------------------------


def came_to(case: dict[str, object]) -> tuple[Told, list[tuple[str, str]]]:
    """The histories of a case, and its refusals in their order."""
    played = Playing(case).to_the_end()
    histories = told(played.record.read_all())
    assert len(histories.pop("partnership")) > 1
    return histories, played.refused


@pytest.mark.parametrize("seed", SEEDS)
def test_one_tick_at_the_end_leaves_the_same_history_as_the_ticks_of_the_case(seed: int) -> None:
    case = random_case(seed)
    once = without_ticks(case)
    histories, refused = came_to(with_ticks(case, [at(case["acts"][-1])], first=False))
    assert came_to(once) == (histories, refused)
    assert sum(map(len, histories.values())) > len(histories)


@pytest.mark.parametrize("seed", SEEDS)
def test_ticks_at_every_midnight_leave_the_same_history(seed: int) -> None:
    once = without_ticks(random_case(seed))
    assert came_to(with_ticks(once, midnights(once), first=bool(seed % 2))) == came_to(once)


@given(any_seed, st.lists(st.integers(0, 60 * 24 * 400), max_size=30), st.booleans())
@examples
def test_ticks_at_any_moments_leave_the_same_history(
    seed: int, minutes: list[int], first: bool
) -> None:
    once = without_ticks(random_case(seed, acts=20))
    began = at(once["acts"][0])
    moments = [began + timedelta(minutes=minute) for minute in minutes]
    assert came_to(with_ticks(once, moments, first=first)) == came_to(once)


@pytest.mark.parametrize("policy", POLICIES)
def test_ticks_change_no_history_of_arbitrary_acts_under_any_policy(policy: str) -> None:
    rng = random.Random(policy)
    for seed in range(150):
        acts = [step for step in maker(policy).sequence(seed) if step.command is not None]
        moments = [rng.choice(acts).at + rng.randrange(40) * QUARTER for _ in range(10)]
        ticks = [Step(moment, None) for moment in moments if moment <= acts[-1].at]
        ticked = sorted([*acts, *ticks], key=lambda step: step.at)
        assert history_under(policy, ticked) == history_under(policy, acts), f"seed {seed}"


def history_under(policy: str, steps: list[Step]) -> Told:
    run = Run(policy)
    run.play([*steps, Step(steps[-1].at, None)])
    return told(run.record.read_all())


# --- The clock is never early and never late -----------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tick_records_what_fell_due_since_the_tick_before_and_nothing_else(seed: int) -> None:
    once = without_ticks(random_case(seed))
    playing = Playing(with_ticks(once, midnights(once)))
    before = at(once["acts"][0]) - timedelta(microseconds=1)
    moved = 0
    for planned, recorded, _ in playing.acts():
        if planned.command is None:
            holds.only_time_passed(recorded)
            holds.nothing_is_due(playing.workflow, planned.at)
            for one in recorded:
                assert before < one.entry.occurred <= planned.at == one.entry.recorded
            before = planned.at
            moved += len(recorded)
    assert moved


@pytest.mark.parametrize("seed", SEEDS)
def test_no_move_of_the_clock_is_recorded_before_it_fell_due(seed: int) -> None:
    played = Playing(random_case(seed)).to_the_end()
    by_clock = [r.entry for r in played.record.read_all() if r.entry.by is None]
    assert all(entry.occurred <= entry.recorded for entry in by_clock)
    assert any(entry.occurred < entry.recorded for entry in by_clock)


# --- Stages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_stages_go_forward_one_at_a_time_but_for_a_return(seed: int) -> None:
    played = Playing(random_case(seed)).to_the_end()
    ladder = [stage.id for stage in played.file.policy.policy.stages]
    for escalation in played.workflow.escalations():
        places = [ladder.index(entry.stage) for entry in escalation.stages]
        assert places[0] == 0
        for entry, place, before in zip(escalation.stages[1:], places[1:], places, strict=False):
            assert place - before == (-1 if entry.reason == "outcome_in_time" else 1)


def test_the_random_cases_hold_moves_of_every_reason() -> None:
    reasons: Counter[str] = Counter()
    for seed in SEEDS:
        played = Playing(random_case(seed)).to_the_end()
        facts = [one.entry.fact for one in played.record.read_all()]
        reasons.update(fact.reason for fact in facts if isinstance(fact, StageEntered))
    assert set(reasons) == set(holds.MOVES)


# --- The record says it all ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_folding_the_stored_bytes_gives_the_state_that_every_act_was_decided_on(seed: int) -> None:
    playing = Playing(random_case(seed))
    for _, recorded, _ in playing.acts():
        touched = {one.stream for one in recorded}
        for stream, case in holds.cases(playing.workflow):
            if stream in touched:
                holds.folds_to(case, stream, [r.entry for r in playing.record.read(stream)])
    holds.everything(playing.workflow, playing.record)


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_a_new_start_from_the_record_goes_on_as_if_nothing_had_been_interrupted(seed: int) -> None:
    case = random_case(seed)
    interrupted = Playing(case)
    for _ in interrupted.acts():
        policy = interrupted.file.policy.policy
        interrupted.workflow = Workflow(
            interrupted.record,
            MemoryIndex.over(interrupted.record, {policy.label: policy}),
            {policy.label: policy},
        )
    uninterrupted = Playing(without_ticks(case)).to_the_end()
    assert interrupted.refused == uninterrupted.refused
    full = told(uninterrupted.record.read_all())
    for stream, history in told(interrupted.record.read_all()).items():
        assert history == full[stream][: len(history)]


def test_a_refused_act_keeps_nothing() -> None:
    refusals: Counter[str] = Counter()
    for seed in SEEDS:
        playing = Playing(random_case(seed))
        for planned, recorded, refusal in playing.acts():
            if refusal is None:
                continue
            refusals[refusal.code] += 1
            assert [one for one in recorded if one.entry.by is not None] == []
            assert [one for one in recorded if one.version == 1] == []
            assert {one.entry.recorded for one in recorded} <= {planned.at}
    assert len(refusals) > 10, refusals


@given(any_seed)
@examples
def test_a_case_played_again_comes_to_the_same(seed: int) -> None:
    case = random_case(seed)
    assert came_to(case) == came_to(case)


# --- Whatever people do --------------------------------------------------------------------------


@pytest.mark.parametrize("share", range(SHARES))
def test_nothing_but_a_refusal_escapes_from_a_thousand_arbitrary_sequences(share: int) -> None:
    counted: Counter[str] = Counter()
    for seed in range(share, SEQUENCES, SHARES):
        counted += played_arbitrarily(seed).counted
    assert min(counted["taken"], counted["refused"], counted["ticks"]) > 20


def test_the_arbitrary_sequences_hold_every_act_role_and_policy() -> None:
    acts, roles, policies = set(), set(), set()
    for seed in range(300):
        policies.add(policy_of(seed))
        for step in maker(policy_of(seed)).sequence(seed):
            if step.command is not None:
                acts.add(step.command.act.name)
                roles.add(step.command.by.person.role)
    assert acts == set(ACTS)
    assert roles == set(Role)
    assert policies == set(POLICIES)
