"""The campaign names what fails, and what it checks can fail."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation_facts import MoveReason, StageEntered
from tests.campaigns import holds, process
from tests.campaigns.holds import Broken
from tests.campaigns.main import main
from tests.campaigns.playing import Playing, without_ticks
from tests.campaigns.sequences import Run, maker, policy_of
from tests.second_implementation.random_cases import random_case

STREAM = "escalation:ESC-1"


def test_a_campaign_that_finds_nothing_says_how_much_it_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["process", "--sequences", "30", "--cases", "2", "--seed", "7"]) == 0
    said = capsys.readouterr()
    assert re.match(r"process from seed 7: 30 sequences with \d+ acts taken, .* 2 cases ", said.out)
    assert "next seed 37" in said.err
    assert "next seed 9" in said.err


def test_the_seed_that_fails_is_named_and_ends_the_campaign() -> None:
    def one(seed: int) -> Counter[str]:
        if seed == 13:
            raise Broken("stage_3 before stage_2")
        return Counter(taken=1)

    chunk = process._chunk(one, (10, 20))
    assert chunk.failed == process.Failed(13, "Broken: stage_3 before stage_2")
    total: Counter[str] = Counter()
    before = process._chunk(one, (0, 10))
    assert process._follow("sequences", 0, 20, iter([before, chunk]), total) == chunk.failed
    assert total == {"taken": 10, "sequences": 10}


def test_the_seeds_are_shared_out_without_one_left_out_or_tried_twice() -> None:
    ranges = list(process._ranges(100, 1250, 500))
    assert ranges == [(100, 600), (600, 1100), (1100, 1350)]


def test_a_sequence_in_which_something_else_escapes_is_named_with_its_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("no such key")

    run = Run(policy_of(0))
    steps = maker(policy_of(0)).sequence(0)
    monkeypatch.setattr(run.workflow, "do", fails)
    with pytest.raises(Broken, match=r"step \d+ of \d+, .*KeyError\('no such key'\)"):
        run.play(steps)


# --- What has to hold can be seen to be broken ---------------------------------------------------


@pytest.fixture(scope="module")
def played() -> Playing:
    """A case whose first escalation went through several stages."""
    cases = (Playing(random_case(seed)).to_the_end() for seed in range(40))
    return next(case for case in cases if len(stages_of(history_of(case))) >= 3)


def history_of(played: Playing) -> list[Entry]:
    return [one.entry for one in played.record.read(STREAM)]


def stages_of(history: list[Entry]) -> list[int]:
    return [at for at, entry in enumerate(history) if isinstance(entry.fact, StageEntered)]


def test_a_stage_left_out_is_seen(played: Playing) -> None:
    policy, history = played.file.policy.policy, history_of(played)
    holds.follows_the_chart(policy, STREAM, history)
    del history[stages_of(history)[0]]
    with pytest.raises(Broken, match="from initial_discussion to stage_2"):
        holds.follows_the_chart(policy, STREAM, history)


def test_a_move_of_the_clock_under_a_persons_reason_is_seen(played: Playing) -> None:
    policy, history = played.file.policy.policy, history_of(played)
    by_clock = next(at for at in stages_of(history) if history[at].by is None)
    entry = history[by_clock]
    assert isinstance(entry.fact, StageEntered)
    history[by_clock] = replace(entry, fact=replace(entry.fact, reason=MoveReason.ESCALATED))
    with pytest.raises(Broken, match="escalated by clock"):
        holds.follows_the_chart(policy, STREAM, history)


def test_an_entry_recorded_before_it_happened_is_seen(played: Playing) -> None:
    history = history_of(played)
    holds.times_are_in_order(STREAM, history)
    early = replace(history[0], recorded=history[0].occurred - timedelta(microseconds=1))
    with pytest.raises(Broken, match="recorded"):
        holds.times_are_in_order(STREAM, [early, *history[1:]])
    with pytest.raises(Broken, match="recorded before"):
        holds.times_are_in_order(STREAM, [*history[1:], history[0]])


def test_a_record_that_folds_to_another_state_is_seen(played: Playing) -> None:
    case = played.workflow.escalation("ESC-1")
    assert case is not None
    history = history_of(played)
    holds.folds_to(case, STREAM, history)
    with pytest.raises(Broken, match="folds to another state"):
        holds.folds_to(case, STREAM, history[: stages_of(history)[-1]])


def test_an_act_that_was_kept_is_seen(played: Playing) -> None:
    recorded = list(played.record.read(STREAM))
    with pytest.raises(Broken, match="was kept"):
        holds.only_time_passed(recorded)
    holds.only_time_passed([one for one in recorded if one.entry.by is None])


def test_something_due_that_no_tick_recorded_is_seen(played: Playing) -> None:
    case = random_case(0)
    case["acts"] = without_ticks(case)["acts"][:2]
    only_raised = Playing(case)
    for planned, _, _ in only_raised.acts():
        last = planned.at
    holds.nothing_is_due(only_raised.workflow, last)
    with pytest.raises(Broken, match="not recorded by the tick"):
        holds.nothing_is_due(only_raised.workflow, last + timedelta(days=3650))
