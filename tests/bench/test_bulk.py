"""Stores that are filled with copies of a pattern: valid in every part, and what was asked for."""

import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_workflow.application.ports import Conflict
from cspr_workflow.store.checking import RecordCheck
from tests.postgres_server import server

sys.path.append(str(Path(__file__).parents[2] / "scripts/bench.d"))

import bulk
import grounds
import open_cases
import years

_MINUTE = timedelta(minutes=1)


@pytest.fixture(params=[grounds.SQLITE, grounds.POSTGRES])
def ground(request, tmp_path):
    if request.param == grounds.SQLITE:
        return grounds.Disk(tmp_path)
    return grounds.OnServer(tmp_path, server())


@pytest.fixture(scope="module")
def few_open():
    """The pattern of open cases, and how many copies of its clusters are made here."""
    with open_cases.pattern() as pattern:
        first, second, *_, others = pattern.clusters[1:]
        yield pattern, {first: 2, second: 1, others: 4}


@pytest.fixture
def opened(ground, few_open):
    """A store that was filled with these."""
    pattern, copies = few_open
    open_cases.make(ground, "store", pattern, copies)
    with grounds.opened(ground.place("store")) as store, grounds.views_of(store) as views:
        yield store, views


def test_a_check_finds_nothing_in_a_store_that_was_filled(opened):
    store, _ = opened

    checked = RecordCheck(store.record)

    assert list(checked.faults()) == []
    assert checked.entries == store.record.last()[0]
    assert checked.texts > 50
    assert not checked.without_key


def test_every_view_that_was_written_is_what_a_rebuild_makes_of_the_record(opened):
    store, views = opened
    written = list(views.dump())

    assert views.position == store.record.last()[0]
    views.rebuild()

    assert written == list(views.dump())
    assert len(written) > 500


def test_there_are_as_many_cases_as_copies_and_none_of_what_was_not_copied(opened):
    _, views = opened

    incidents = [one for one in views.streams() if one.startswith("incident:")]

    assert len(incidents) == 7
    assert len(list(views.streams())) == 7 * open_cases.CASES


def test_what_falls_due_does_so_at_its_moment_and_not_before(opened):
    _, views = opened
    first, second = open_cases.due_at(1), open_cases.due_at(2)

    assert not views.due(first - _MINUTE)
    assert len(views.due(first)) == 2 * open_cases.OF_AN_INCIDENT
    assert len(views.due(second)) == 3 * open_cases.OF_AN_INCIDENT


def test_texts_of_copies_can_be_read_and_each_is_sealed_for_itself(opened):
    store, views = opened
    streams = [one for one in views.streams() if one.startswith("escalation:")][:2]

    raised = [store.record.read(stream)[0] for stream in streams]

    assert len({store.record.opened(one.entry.fact.concern) for one in raised}) == 1
    commitments = {store.record.sealed(one.id, "concern")[1] for one in raised}
    assert len(commitments) == 2


def test_a_record_that_holds_something_already_is_not_filled(opened, few_open):
    store, _ = opened
    before = store.record.last()

    with pytest.raises(Conflict):
        bulk.fill(store.record, *few_open)

    assert store.record.last() == before


def test_so_many_copies_that_moments_would_overtake_each_other_are_refused(few_open):
    pattern, _ = few_open

    second = timedelta(seconds=1)  # from one moment of the pattern to the next

    assert all(0 * second < (n - 1) * pattern.step(n) < second for n in (2, 600_000, 1_000_000))
    with pytest.raises(AssertionError, match="too close together"):
        pattern.step(1_000_001)


def test_an_invented_past_with_everything_that_happens_in_it_is_copied_truly(tmp_path):
    where = grounds.Disk(tmp_path)

    filled = years.fill(where, "store", 3_000, views=True)

    with ExitStack() as stack:
        store = stack.enter_context(grounds.opened(where.place("store")))
        views = stack.enter_context(grounds.views_of(store))
        assert store.record.last()[0] == filled.events >= 2_500
        assert list(RecordCheck(store.record).faults()) == []
        written = list(views.dump())
        views.rebuild()
        assert written == list(views.dump())
        escalations = [one for one in views.streams() if one.startswith("escalation:")]
        assert len(escalations) == filled.escalations
