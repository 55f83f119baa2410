"""Random histories, kept in a lasting store: the views tell what the record says, all of them.

Each is played in memory, appended in batches of random size and followed by the views in batches of
random size: at once, later, or several at a time.
"""

import random
from collections.abc import Callable

import pytest

from projections import chronology, runner
from projections.agreed_actions import Asked, agreed_actions, asked_for
from projections.database import written_moment
from projections.timeliness import stays
from tests.projections import expected
from tests.projections.histories import History, random_history
from tests.projections.kept import Kept, Stores, following

HISTORIES = 200
SHARES = 10


def the_outcome_is_that_in_memory(history: History, kept: Kept) -> None:
    told, played = kept.outcome(), history.outcome()
    assert told == played
    assert {kind: list(of) for kind, of in told.items()} == {
        kind: list(of) for kind, of in played.items()
    }


def the_index_names_what_the_index_in_memory_names(history: History, kept: Kept) -> None:
    assert kept.views.due(expected.NEVER) == history.index.due(expected.NEVER)
    assert list(kept.views.streams()) == history.streams
    assert set(kept.views.open_streams()) == set(history.index.open_streams())


def every_action_is_told_with_every_entry(_: History, kept: Kept) -> None:
    assert list(asked_for(kept.database, kept.record, Asked())) == agreed_actions(kept.everything())


def every_duty_is_told(history: History, kept: Kept) -> None:
    told = list(stays(kept.database))
    for case in history.workflow.escalations():
        mine = [stay for stay in told if stay.escalation == case.reference]
        assert [(stay.stage, stay.entered) for stay in mine] == [
            (stage.stage, stage.entered) for stage in case.stages
        ]
        assert [stay.left is None for stay in mine] == [
            case.ending is None and stage is case.stages[-1] for stage in case.stages
        ]
        for duty in expected.duties(case, kept):
            stage = [stay for stay in mine if stay.stage == duty.stage.id]
            assert {stay.done(duty.duty) for stay in stage} == {duty.done}


def the_chronology_has_one_row_for_each_entry(_: History, kept: Kept) -> None:
    rows = kept.database.all("SELECT * FROM chronology ORDER BY position")
    everything = kept.everything()
    assert [row[:3] for row in rows] == [
        (one.position, str(one.id), one.stream) for one in everything
    ]
    assert [row[5:9] for row in rows] == [
        (
            one.entry.fact.type,
            written_moment(one.entry.occurred),
            written_moment(one.entry.recorded),
            one.entry.author,
        )
        for one in everything
    ]
    assert list(chronology.positions(kept.database, since=everything[0].entry.recorded)) == [
        one.position for one in everything
    ]


def views_that_followed_equal_views_built_anew(_: History, kept: Kept) -> None:
    followed = kept.dump()
    assert followed == kept.rebuilt()


HOLDS: tuple[Callable[[History, Kept], None], ...] = (
    the_outcome_is_that_in_memory,
    the_index_names_what_the_index_in_memory_names,
    every_action_is_told_with_every_entry,
    every_duty_is_told,
    the_chronology_has_one_row_for_each_entry,
    views_that_followed_equal_views_built_anew,
)


def check(stores: Stores, seed: int) -> None:
    """Everything that has to hold of a random history's views."""
    history = random_history(seed)
    with stores.new(history.policies) as kept:
        for _ in following(kept, history.entries, random.Random(f"batches {seed}")):
            pass
        for holds in HOLDS:
            try:
                holds(history, kept)
            except AssertionError as error:
                raise AssertionError(f"history {seed}: {holds.__name__}: {error}") from error


@pytest.mark.parametrize("share", range(SHARES))
def test_the_views_of_random_histories(
    stores: Stores, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(share, HISTORIES, SHARES):
        monkeypatch.setattr(runner, "BATCH", random.Random(seed).choice((1, 2, 7, 30, 500)))
        check(stores, seed)


def test_random_histories_have_what_the_views_are_to_tell() -> None:
    facts = {
        type(one.entry.fact).__name__ for seed in range(60) for one in random_history(seed).entries
    }
    assert {
        "BankHolidayAnnounced",
        "BankHolidayCancelled",
        "HorizonMoved",
        "ClosureDeclared",
        "ClosureWithdrawn",
        "ClockStoodStill",
        "Corrected",
        "DecisionMade",
        "ReleaseSaid",
        "CompletionDisputed",
        "TimescaleMoved",
        "LimitMoved",
        "NoLongerAtRisk",
        "EscalationResolved",
    } <= facts
