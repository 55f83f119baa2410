"""What falls due when: after every batch the index says what folding every case afresh says."""

import random
from datetime import datetime, timedelta

import pytest

from cspr_workflow.domain.acts import ChangedHoliday, UpdateBankHolidays
from projections import due_items
from projections.database import Database, written_moment
from projections.due_items import MemoryIndex
from projections.runner import Views
from tests.process.steps import NOTIFY_PANEL
from tests.projections.expected import NEVER, Folded
from tests.projections.histories import CORPUS, from_file, random_history
from tests.projections.kept import Kept, Stores, following
from tests.support import World, day, raising

HISTORIES = 60
SHARES = 6


@pytest.mark.parametrize("share", range(SHARES))
def test_after_every_batch_the_index_says_what_folding_afresh_says(stores: Stores, share: int):
    changed = 0
    for seed in range(6000 + share, 6000 + HISTORIES, SHARES):
        history = random_history(seed)
        folded = Folded(history.workflow.policy())
        with stores.new(history.policies) as kept:
            for batch in following(kept, history.entries, random.Random(seed)):
                for one in batch:
                    folded.take(one)
                due = folded.due()
                changed += folded.changes_due(due)
                says_what_folding_says(kept, due, f"history {seed}, position {batch[-1].position}")
    assert changed > 2


def says_what_folding_says(kept: Kept, due: dict[str, datetime], where: str) -> None:
    in_order = sorted((moment, stream) for stream, moment in due.items())
    assert kept.views.due(NEVER) == [stream for _, stream in in_order], where
    found = kept.database.all("SELECT stream, moment FROM due_items")
    assert dict(found) == {stream: written_moment(moment) for stream, moment in due.items()}, where
    for moment in {moment for moment, _ in in_order[:3]}:
        expected = [stream for at, stream in in_order if at <= moment]
        assert kept.views.due(moment) == expected, where
        earlier = moment - timedelta(microseconds=1)
        assert kept.views.due(earlier) == [s for at, s in in_order if at < moment], where


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_index_of_a_case_file_names_what_the_index_in_memory_names(stores: Stores, path):
    history = from_file(path)
    with stores.holding(history.entries, history.policies) as kept:
        over = MemoryIndex.over(kept.record, kept.policies)
        for now in (history.until, NEVER):
            assert kept.views.due(now) == history.index.due(now)
            assert [s for s in kept.views.due(now) if s not in over.due(now)] == []


# --- A change of the calendar ------------------------------------------------------------------


def two_cases() -> World:
    """ESC-1 and ESC-2, raised on Monday 30 November; their first limits are Thursday 3 December."""
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", raising("ESC-2"))
    world.tick("2026-12-02T07:00")
    return world


def announcing(announced: str) -> UpdateBankHolidays:
    holiday = ChangedHoliday(day(announced), "A day of mourning")
    return UpdateBankHolidays("the official list", 2028, (holiday,))


def test_a_change_that_moves_limits_makes_their_cases_due_at_once(stores: Stores):
    world = two_cases()
    world.do("manager", "2026-12-02T09:00", announcing("2026-12-03"))
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        moment = world.moment("2026-12-02T09:00")
        assert kept.views.due(moment) == ["escalation:ESC-1", "escalation:ESC-2"]
        assert kept.views.due(moment - timedelta(microseconds=1)) == []


def test_a_change_that_moves_nothing_makes_nothing_due(stores: Stores):
    world = two_cases()
    world.do("manager", "2026-12-02T09:00", announcing("2027-06-02"))
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        assert kept.views.due(world.moment("2026-12-03T23:59")) == []
        midnight = world.moment("2026-12-04T00:00")
        assert kept.views.due(midnight) == ["escalation:ESC-1", "escalation:ESC-2"]


def test_a_change_makes_a_case_due_that_other_views_followed_meanwhile(stores: Stores):
    """Two programs follow one file: what the other one took over is not missed at a change.

    The other one saw that the rapid review's 15 days began to run; a bank holiday is one of them.
    """
    world = World().reported()
    reported = len(world.everything())
    world.do("officer", "2026-11-27T10:00", NOTIFY_PANEL)
    notified = len(world.everything())
    world.do("manager", "2026-11-30T09:00", announcing("2026-12-14"))
    entries = world.everything()
    with stores.new(world.policy_file.book) as kept:
        other = kept.other_views()
        kept.views.catch_up()
        for views, batch in (
            (kept.views, entries[:reported]),
            (other, entries[reported:notified]),
            (kept.views, entries[notified:]),
        ):
            kept.append(batch)
            views.catch_up()
        other.close()
        assert kept.views.due(world.moment("2026-11-30T09:00")) == ["incident:INC-1"]
        assert kept.dump() == kept.rebuilt()


# --- Its cost ----------------------------------------------------------------------------------


def steps_of_a_look(kept: Kept, views: Views, now: datetime) -> int:
    """How many steps the database takes to say what is due."""
    database = views.database
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    database.connection.set_progress_handler(step, 1)
    due_items.due(database, now)
    database.connection.set_progress_handler(None, 0)
    return taken


def with_open_cases(database: Database, first: int, last: int) -> None:
    """So many more open cases, which fall due later."""
    rows = [(f"escalation:ESC-{n}", f"2027-01-{1 + n % 28:02}") for n in range(first, last)]
    database.execute("BEGIN")
    database.executemany("INSERT INTO open_cases VALUES (?, ?)", rows)
    database.executemany("INSERT INTO due_items VALUES (?, ?)", rows)
    database.execute("COMMIT")


def test_the_look_costs_the_same_with_20000_open_cases_as_with_1000(stores: Stores):
    world = two_cases()
    now = world.moment("2026-12-04T00:00")
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        database = kept.database
        with_open_cases(database, 100, 1_100)
        with_1000 = steps_of_a_look(kept, kept.views, now)
        with_open_cases(database, 1_100, 20_100)
        assert steps_of_a_look(kept, kept.views, now) == with_1000 < 100
        assert len(due_items.due(database, now)) == 2


def test_the_look_is_a_search_in_an_index_and_never_a_scan(stores: Stores):
    world = two_cases()
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        database = kept.database
        asked: list[str] = []
        database.connection.set_trace_callback(asked.append)
        due_items.due(database, world.moment("2026-12-04T00:00"))
        database.connection.set_trace_callback(None)
        (question,) = asked
        (step,) = [row[3] for row in database.all(f"EXPLAIN QUERY PLAN {question}")]
        assert step.startswith("SEARCH due_items USING COVERING INDEX due_items_by_moment (")


def test_as_many_as_asked_for_are_named(stores: Stores):
    world = two_cases()
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        assert due_items.due(kept.database, NEVER, most=1) == ["escalation:ESC-1"]
