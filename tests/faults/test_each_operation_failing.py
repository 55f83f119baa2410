"""Whichever operation of the store fails, an act succeeds or fails cleanly, and then succeeds once."""

import pytest

from cspr_workflow.store import sqlite_files
from cspr_workflow.store.sqlite_record import SqliteRecord
from projections import agreed_actions
from tests.faults.checks import Broken
from tests.faults.injected import BROKEN, LOCKED
from tests.faults.more_scenarios import MORE_SCENARIOS
from tests.faults.scenarios import OF_THE_VIEWS, SCENARIOS, Scenario
from tests.faults.stores import Stores
from tests.faults.trials import Kind, every_operation, one_kind, rehearsed, trial

ONE = SCENARIOS[1]
OPENING = 40


def _named(scenario: Scenario) -> str:
    return scenario.name


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_named)
def test_an_operation_fails(stores: Stores, scenario: Scenario) -> None:
    known = rehearsed(stores, scenario)
    assert [answer.ending for answer in known.expected.answers] == list(scenario.endings)
    trials, failed = every_operation(stores, known, lambda number: [one_kind(known, number)])
    assert not failed, "\n".join(map(str, failed))
    assert trials == len(known.operations) >= 20


@pytest.mark.parametrize("scenario", MORE_SCENARIOS, ids=_named)
def test_one_operation_in_some_fails(stores: Stores, scenario: Scenario) -> None:
    """Every fifth of them; the campaign tries them all."""
    known = rehearsed(stores, scenario)
    assert [answer.ending for answer in known.expected.answers] == list(scenario.endings)
    first = MORE_SCENARIOS.index(scenario) % 5
    trials, failed = every_operation(
        stores, known, lambda number: [one_kind(known, number)] if number % 5 == first else []
    )
    assert not failed, "\n".join(map(str, failed))
    assert trials >= 3


@pytest.mark.parametrize("scenario", OF_THE_VIEWS, ids=_named)
def test_an_operation_on_the_views_fails(stores: Stores, scenario: Scenario) -> None:
    """Every third of them: it is much the same again and again."""
    known = rehearsed(stores, scenario)
    trials, failed = every_operation(
        stores, known, lambda number: [one_kind(known, number)] if number % 3 == 0 else []
    )
    assert not failed, "\n".join(map(str, failed))
    assert trials == len(known.operations) // 3 >= 10


def test_an_operation_fails_while_the_store_is_opened(stores: Stores) -> None:
    """By a program that has not looked at anything yet; of the act itself, the first operations."""
    known = rehearsed(stores, ONE, opening=True)
    trials, failed = every_operation(
        stores, known, lambda number: [one_kind(known, number)] if number <= OPENING else []
    )
    assert not failed, "\n".join(map(str, failed))
    assert trials == OPENING < len(known.operations)


@pytest.mark.parametrize("scenario", [*SCENARIOS, *OF_THE_VIEWS], ids=_named)
def test_a_commit_that_was_done_is_reported_as_failed(stores: Stores, scenario: Scenario) -> None:
    known = rehearsed(stores, scenario)
    commits = known.commits()
    assert commits

    def done(number: int) -> list[Kind]:
        """Who repeats it is this program and another one in turn."""
        place = commits.index(number) if number in commits else None
        return [] if place is None else [Kind(BROKEN, after=True, anew=place % 2 == 1)]

    trials, failed = every_operation(stores, known, done)
    assert not failed, "\n".join(map(str, failed))
    assert trials == len(commits)


# --- What is looked for would be seen -------------------------------------------------------------


def test_an_act_that_is_lost_would_be_seen(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    known = rehearsed(stores, ONE)
    monkeypatch.setattr(SqliteRecord, "insert", lambda *_: None)
    with pytest.raises(Broken, match="missing"):
        trial(stores, known, 1, Kind(LOCKED))


def test_an_error_that_is_no_sentence_would_be_seen(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = rehearsed(stores, ONE)
    monkeypatch.setattr(sqlite_files, "_FAILURES", ())
    _, failed = every_operation(stores, known, lambda number: [Kind(BROKEN)] * (number == 1))
    assert [one.message for one in failed] == ["OperationalError: disk I/O error"]


def test_views_that_are_wrong_would_be_seen(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = rehearsed(stores, ONE)
    monkeypatch.setattr(agreed_actions, "apply", lambda *_: None)
    with pytest.raises(Broken, match="the views miss"):
        trial(stores, known, 1, Kind(LOCKED))
