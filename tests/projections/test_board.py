"""The board in parts: how many cases each group has, and a page of one of them, through indexes."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from cspr_workflow.domain.acts import DeclareClosure, Resolve
from cspr_workflow.domain.calendar import CivilTime
from projections.board import Group, Moments, Place, board_counts, board_page, places
from projections.database import Database
from tests.projections import many
from tests.projections.histories import A_YEAR, from_file, random_history
from tests.projections.kept import Kept, Stores, following
from tests.projections.plans import goes_through_indexes, sorts, steps
from tests.support import World, day, raising, utc

CIVIL = CivilTime("Europe/London")
ORDER = list(Group)


def shown(
    database: Database, group: Group, moments: Moments, agency: str | None = None, limit: int = 3
) -> list[str]:
    """Every case of a group, page by page."""
    found, after = [], None
    while True:
        page = board_page(database, group, moments, agency, after=after, limit=limit)
        found += [one.stream for one in page.lines]
        assert len(page.lines) == limit or page.after is None
        if page.after is None:
            return found
        after = page.after


# --- Against the whole board ---------------------------------------------------------------------


def group_of(place: Place, now: datetime) -> Group:
    """In which group a case is, told by days."""
    if place.due is not None and place.due <= now:
        return Group.NOT_RECORDED
    if not place.is_open:
        return Group.CLOSED
    if place.passed:
        return Group.PASSED
    if place.due is None:
        return Group.NOTHING_DUE
    today, last_day = CIVIL.day(now), CIVIL.counted_from(place.due)
    if last_day <= today:
        return Group.TODAY
    if last_day == today + timedelta(days=1):
        return Group.TOMORROW
    same_week = last_day.isocalendar()[:2] == today.isocalendar()[:2]
    return Group.THIS_WEEK if same_week else Group.LATER


def the_whole_board(database: Database, now: datetime, agency: str | None) -> list[Place]:
    """The open cases, and the closed ones; for an agency those that are its own."""
    closed = [one for one in places(database, agency, closed=True) if not one.is_open]
    return [*places(database, agency), *closed]


def expected(found: list[Place], group: Group, now: datetime) -> list[str]:
    """The cases of a group in their order."""
    mine = [one for one in found if group_of(one, now) is group]
    mine.sort(key=lambda one: (one.due is None, one.due or now))
    return [one.stream for one in mine]


def check(kept: Kept, now: datetime) -> Counter[Group]:
    """Every group tells what the whole board tells, for everybody and for each agency."""
    database, told = kept.database, Counter[Group]()
    agencies = {row[0] for row in database.all("SELECT DISTINCT agency FROM cases")}
    for agency in agencies:
        moments, found = Moments.at(now, CIVIL), the_whole_board(database, now, agency)
        counts = board_counts(database, moments, agency)
        assert counts == {group: len(expected(found, group, now)) for group in Group}
        told.update(counts)
        for group in Group:
            mine = shown(database, group, moments, agency)
            if group is Group.CLOSED:
                assert sorted(mine) == sorted(expected(found, group, now))
            else:
                assert mine == expected(found, group, now)
    return told


@pytest.mark.parametrize("seed", [*range(8000, 8015), None])
def test_the_parts_are_the_whole_board(stores: Stores, seed: int | None):
    history = from_file(A_YEAR) if seed is None else random_history(seed)
    rng = random.Random(f"board {seed}")
    with stores.new(history.policies) as kept:
        for batch in following(kept, history.entries, rng):
            recorded = batch[-1].entry.recorded
            for days in (0, rng.randint(0, 5)):
                check(kept, recorded + timedelta(days=days, hours=rng.randint(0, 20)))
        check(kept, history.until + timedelta(days=30))


def test_random_histories_have_cases_in_every_group(stores: Stores):
    told: Counter[Group] = Counter()
    for seed in range(8000, 8015):
        history = random_history(seed)
        with stores.holding(history.entries, history.policies) as kept:
            for days in range(-20, 5, 3):
                told += check(kept, history.until + timedelta(days=days))
    assert set(told) == set(Group)


# --- Days ----------------------------------------------------------------------------------------


def on_the_board(stores: Stores, world: World, now: str) -> dict[str, str]:
    """The group in which each escalation is at a moment."""
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        moments = Moments.at(world.moment(now), world.policy.civil)
        return {
            one.reference: group.value
            for group in Group
            for one in board_page(kept.database, group, moments).lines
            if one.kind == "escalation"
        }


def test_a_last_day_is_over_at_the_midnight_that_ends_it(stores: Stores):
    """Raised on Monday 30 November; stage 1 lasts until Thursday 3 December."""
    world = World().raised().at("2026-12-01T09:00")
    assert on_the_board(stores, world, "2026-12-01T09:00") == {"ESC-1": "this_week"}
    assert on_the_board(stores, world, "2026-12-02T09:00") == {"ESC-1": "tomorrow"}
    assert on_the_board(stores, world, "2026-12-03T23:59") == {"ESC-1": "today"}
    assert on_the_board(stores, world, "2026-12-04T00:00") == {"ESC-1": "not_recorded"}
    world.tick("2026-12-04T09:00")
    assert on_the_board(stores, world, "2026-12-04T09:00") == {"ESC-1": "later"}
    world.do("manager", "2026-12-04T10:00", Resolve("ESC-1", "It came"))
    assert on_the_board(stores, world, "2026-12-04T10:00") == {"ESC-1": "closed"}


def test_on_a_sunday_the_next_day_is_tomorrow_and_no_other_is_of_this_week():
    moments = Moments.at(utc("2026-11-29T12:00:00"), CIVIL)
    assert moments.tomorrow == moments.this_week == utc("2026-12-01T00:00:00")


def test_a_change_of_the_calendar_is_not_recorded_in_the_cases_that_it_moves(stores: Stores):
    world = World().raised().at("2026-12-01T09:00")
    world.do("officer", "2026-12-01T09:30", raising("ESC-2"))
    closure = DeclareClosure(day("2026-12-02"), "Training day")
    world.do("manager", "2026-12-01T10:00", closure)
    told = on_the_board(stores, world, "2026-12-01T10:00")
    assert set(told.values()) == {"not_recorded"}
    world.tick("2026-12-01T11:00")
    assert "not_recorded" not in on_the_board(stores, world, "2026-12-01T11:00").values()


def test_an_open_incident_is_on_an_agencys_board_while_an_escalation_against_it_is_open(
    stores: Stores,
):
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
    world.do("officer", "2026-11-30T11:00", Resolve("ESC-2", "It came"))
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        moments = Moments.at(world.moment("2026-11-30T12:00"), CIVIL)
        police = {
            group: shown(kept.database, group, moments, "Police")
            for group, count in board_counts(kept.database, moments, "Police").items()
            if count
        }
        assert police == {Group.CLOSED: ["escalation:ESC-2"]}
        trust = sum(board_counts(kept.database, moments, "Acute Trust").values())
        assert trust == len(["INC-1", "ESC-1"])
        assert sum(board_counts(kept.database, moments, "Nobody").values()) == 0


def test_a_page_that_was_never_the_end_of_one_before_is_refused(stores: Stores):
    with stores.new(World().policy_file.book) as kept:
        moments = Moments.at(many.NOW, CIVIL)
        for after in ("", "x", "x y", "2026-12-04"):
            with pytest.raises(
                ValueError, match=r"after: .* is not where a page of the board ended"
            ):
                board_page(kept.database, Group.LATER, moments, after=after)


# --- What it costs -------------------------------------------------------------------------------


@pytest.mark.parametrize("group", Group)
@pytest.mark.parametrize("agency", [None, "Police"])
def test_a_page_goes_through_an_index_in_the_order_in_which_it_is_shown(
    stores: Stores, group: Group, agency: str | None
):
    moments = Moments.at(many.NOW, CIVIL)
    with stores.new(World().policy_file.book) as kept:
        plan = goes_through_indexes(
            kept.database, lambda: board_page(kept.database, group, moments, agency)
        )
        assert not sorts(plan)
        goes_through_indexes(kept.database, lambda: board_counts(kept.database, moments, agency))


def test_the_board_costs_the_same_however_many_cases_there_are(stores: Stores):
    moments = Moments.at(many.NOW, CIVIL)
    book = World().policy_file.book
    with stores.new(book) as few, stores.new(book) as more:
        many.put_in(few.database, 3_000)
        many.put_in(more.database, 30_000)
        counts = board_counts(more.database, moments)
        assert sum(counts.values()) == 30_000
        assert counts[Group.PASSED] == 2_400
        assert counts[Group.CLOSED] == 18_000
        for agency in (None, "Police"):
            of_few, of_more = _costs(few, more, board_counts, moments, agency)
            assert of_few == of_more
            for group in Group:
                of_few, of_more = _costs(few, more, board_page, group, moments, agency)
                assert of_more < 2_000, (group, agency)


def _costs(few: Kept, more: Kept, question: Callable[..., object], *about: object) -> list[int]:
    return [steps(kept.database, partial(question, kept.database, *about)) for kept in (few, more)]
