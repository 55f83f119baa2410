"""Views on a PostgreSQL server: the rows of a file of SQLite's, whoever follows, reads, builds or dies meanwhile."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from cspr_workflow.application.ports import Followed, Trouble
from projections import checking, postgres_place, runner, standings
from projections.database import Busy
from projections.postgres_place import PostgresBeside
from projections.runner import Views
from tests.projections.histories import random_history
from tests.projections.kept import Stores, batches, following
from tests.projections.on_a_server import (
    KeptOnServer,
    goes_on,
    half_a_year,
    in_a_file,
    is_in_step,
    meanwhile,
    on_a_server,
)
from tests.projections.test_rebuilding import eventful
from tests.projections.test_threads import FOREVER, Stopped, guarded, is_whole

SEEDS = range(7000, 7008)
READERS = 8


@pytest.fixture
def kept(stores: Stores) -> Iterator[KeptOnServer]:
    with half_a_year(stores) as kept:
        yield kept


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BATCH", 20)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who tries again tries again at once."""
    monkeypatch.setattr(postgres_place, "PAUSE", 0.0)


# --- The same rows -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 5, 500])
def test_they_have_the_rows_of_a_file(
    stores: Stores, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = eventful()
    world.workflow.note_gap(world.moment("2027-01-10T09:00"), world.moment("2027-01-11T07:00"))
    monkeypatch.setattr(runner, "BATCH", size)
    with on_a_server(stores, (), world.policy_file.book) as kept:
        for batch in batches(world.everything(), random.Random(size), size):
            kept.views.follow(Followed(kept.append(batch)))
            assert kept.views.trouble is None
        assert kept.dump() == in_a_file(kept) == kept.rebuilt()
        assert {line.partition(" ")[0] for line in kept.dump()} == {*runner.NAMES} - {"progress"}


@pytest.mark.parametrize("seed", SEEDS)
def test_they_have_the_rows_of_a_file_in_random_histories(stores: Stores, seed: int) -> None:
    history = random_history(seed)
    with on_a_server(stores, (), history.policies) as kept:
        for _ in following(kept, history.entries, random.Random(f"batches {seed}")):
            pass
        assert kept.outcome() == history.outcome()
        assert kept.dump() == in_a_file(kept) == kept.rebuilt()


def test_they_are_checked_against_views_in_a_file(kept: KeptOnServer) -> None:
    file = Views(kept.store.views, kept.record, kept.policies, kept.record.about["store"])
    with closing(file):
        with checking.side_by_side(kept.views, file) as both:
            assert list(checking.differences(both)) == []
            assert list(checking.due_faults(both, kept.record, kept.policies)) == []
        kept.change("UPDATE views.cases SET state='x' WHERE kind='incident' AND opened<50")
        with checking.side_by_side(kept.views, file) as both:
            [fault] = checking.differences(both)
            assert fault.startswith("The view cases is not what the record says")


# --- Two programs --------------------------------------------------------------------------------


def test_while_one_program_follows_another_answers_from_what_is_there(
    kept: KeptOnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PATIENCE_OF_AN_ACT", 0.001)
    before, other = kept.views.position, kept.other_views()
    followed = goes_on(kept)
    stopped = Stopped(standings, "apply", monkeypatch)
    with stopped.while_it_does(lambda: kept.views.follow(followed)):
        with other.reading() as database:
            assert is_whole(database) == before
        other.follow(goes_on(kept))
        assert isinstance(other.trouble, Busy)
    assert kept.views.trouble is None
    assert other.catch_up() == kept.record.last()[0] > before
    assert other.trouble is None
    assert list(other.dump()) == kept.dump() == kept.rebuilt()


def test_two_programs_that_follow_in_turn_keep_the_same_rows(stores: Stores) -> None:
    for seed in range(9000, 9004):
        history, rng = random_history(seed), random.Random(f"in turn {seed}")
        with on_a_server(stores, (), history.policies) as kept:
            both = (kept.views, kept.other_views())
            for batch in batches(history.entries, rng, 10):
                recorded, views = kept.append(batch), rng.choice(both)
                views.follow(Followed(recorded)) if rng.random() < 0.5 else views.catch_up()
            assert [list(views.dump()) for views in both] == [kept.rebuilt()] * 2


def test_nothing_is_followed_between_the_questions_about_one_state(kept: KeptOnServer) -> None:
    other = kept.other_views()
    with kept.views.reading() as database:
        before = is_whole(database)
        other.follow(goes_on(kept))
        assert other.position > before
        assert is_whole(kept.views.database) == before
    assert kept.views.database.position == other.position


@pytest.mark.parametrize("damage", [(), ("DROP TABLE views.progress",)], ids=["there", "lost"])
def test_nothing_is_followed_in_the_middle_of_somebody_elses_transaction(
    kept: KeptOnServer, damage: tuple[str, ...]
) -> None:
    """It is another's to end, and has to wait for the disk: the next question catches up."""
    before = kept.views.position
    kept.change(*damage)
    with kept.server.all_or_nothing():
        kept.views.follow(goes_on(kept))
        assert "in the middle of something else" in str(kept.views.trouble)
        assert kept.server.rows("SHOW synchronous_commit") == kept.servers[0].rows(
            "SELECT reset_val FROM pg_settings WHERE name='synchronous_commit'"
        )
    assert kept.views.catch_up() == kept.record.last()[0] > before
    assert kept.views.trouble is None


# --- Building anew -------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_batches")
def test_others_read_and_follow_while_new_ones_are_built(kept: KeptOnServer) -> None:
    other, times = kept.other_views(), []

    def follow(_: int, __: int) -> None:
        times.append(None)
        other.follow(goes_on(kept))
        assert other.trouble is None
        assert other.position == kept.record.last()[0]
        with other.reading() as database:
            is_whole(database)

    assert kept.views.rebuild(follow) == kept.record.last()[0]
    assert len(times) > 5
    assert list(other.dump()) == kept.dump() == in_a_file(kept)
    assert not any(table.startswith("views_beside") for table in kept.tables())


def test_who_reads_as_of_one_moment_is_waited_for_and_nobody_waits_behind_him(
    kept: KeptOnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool] = []
    twice = threading.Event()
    swapped = PostgresBeside._swapped

    def trying(beside: PostgresBeside) -> bool:
        tried.append(swapped(beside))
        if len(tried) == 2:
            twice.set()
        return tried[-1]

    monkeypatch.setattr(PostgresBeside, "_swapped", trying)
    other, expected = kept.other_views(), kept.dump()
    thread = threading.Thread(target=guarded(other.rebuild, failed := []))
    with kept.views.reading() as database:
        before = is_whole(database)
        thread.start()
        assert twice.wait(FOREVER)
        with closing(kept.other_views()) as third:
            assert third.database.position == before
        assert is_whole(database) == before
    thread.join(FOREVER)
    assert failed == []
    assert tried[0] is tried[1] is False
    assert tried[-1] is True
    assert kept.dump() == expected


def test_nobody_who_reads_is_shown_half_of_what_takes_the_views_place(kept: KeptOnServer) -> None:
    """New views take the place of others again and again while threads read; what each sees is whole."""
    failed: list[BaseException] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            with kept.views.reading() as database:
                is_whole(database)
            assert is_in_step(kept.views.database)

    threads = [threading.Thread(target=guarded(read, failed)) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    other = kept.other_views()
    for _ in range(3):
        other.rebuild()
        kept.views.follow(goes_on(kept))
    over.set()
    for thread in threads:
        thread.join(FOREVER)
    assert failed == []
    assert kept.dump() == in_a_file(kept)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Each time that views are begun to be built."""
    begun: list[object] = []
    begin = PostgresBeside.begin
    monkeypatch.setattr(
        PostgresBeside, "begin", lambda beside, form: (begun.append(form), begin(beside, form))
    )
    return begun


def stopped_before_it_is_put_in_place(monkeypatch: pytest.MonkeyPatch) -> Stopped:
    stopped = Stopped(PostgresBeside, "put_in_place", monkeypatch)
    monkeypatch.setattr(PostgresBeside, "put_in_place", lambda *given: stopped._stop(*given))  # noqa: PLW0108 - it is bound to what it is called on
    return stopped


@contextmanager
def another_wants_them(
    views: Views, monkeypatch: pytest.MonkeyPatch, wants: Callable[[Views], object]
) -> Iterator[None]:
    """Another program wants views built, and has come to where it waits for who builds them already."""
    comes = threading.Event()
    lock = postgres_place._lock

    def locked(*given: object) -> None:
        if threading.current_thread() is thread:
            comes.set()
        lock(*given)

    monkeypatch.setattr(postgres_place, "_lock", locked)
    thread = threading.Thread(target=guarded(lambda: wants(views), failed := []))
    thread.start()
    assert comes.wait(FOREVER)
    yield
    thread.join(FOREVER)
    assert failed == []
    assert not thread.is_alive()


@pytest.mark.parametrize("wants", [Views.catch_up, Views.rebuild])
@pytest.mark.parametrize("lost", [True, False])
def test_two_programs_that_want_new_views_have_them_built_once(
    kept: KeptOnServer,
    wants: Callable[[Views], object],
    lost: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected, other = kept.dump(), kept.other_views()
    if lost:
        kept.lose_views()
    elif wants is Views.catch_up:
        kept.change("UPDATE views.progress SET form='another'")
    begun = counted(monkeypatch)
    stopped = stopped_before_it_is_put_in_place(monkeypatch)
    waiting = another_wants_them(other, monkeypatch, wants)
    try:
        with stopped.while_it_does(kept.views.rebuild):
            waiting.__enter__()
    finally:
        waiting.__exit__(None, None, None)
    assert len(begun) == 1
    assert list(other.dump()) == kept.dump() == expected


def test_nobodys_act_waits_while_another_program_builds_the_first_views(
    kept: KeptOnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PATIENCE_OF_AN_ACT", 0.001)
    kept.lose_views()
    other = kept.other_views()
    stopped = stopped_before_it_is_put_in_place(monkeypatch)
    with stopped.while_it_does(kept.views.catch_up):
        other.follow(goes_on(kept))
        assert other.trouble is None
        assert other.position == 0
    assert other.catch_up() == kept.record.last()[0]
    assert kept.dump() == kept.rebuilt()


@pytest.mark.usefixtures("small_batches")
def test_who_builds_and_is_killed_leaves_the_old_views_and_the_next_one_builds(
    kept: KeptOnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, other, begun = kept.dump(), kept.other_views(), counted(monkeypatch)
    with pytest.raises(Trouble, match="the views cannot be used"):
        kept.views.rebuild(meanwhile(kept.cut_off))
    assert any(table.startswith("views_beside") for table in kept.tables())
    assert list(other.dump()) == kept.dump() == expected
    assert len(begun) == 1
    assert list(other.dump()) == kept.rebuilt() == expected
    assert not any(table.startswith("views_beside") for table in kept.tables())


@pytest.mark.usefixtures("small_batches")
def test_who_waits_for_another_that_is_killed_builds_them_himself(
    kept: KeptOnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, other = kept.dump(), kept.other_views()
    kept.lose_views()
    begun = counted(monkeypatch)
    waiting = another_wants_them(other, monkeypatch, Views.catch_up)

    def killed() -> None:
        waiting.__enter__()
        kept.change(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype='advisory' AND granted"
        )

    with pytest.raises(Trouble, match="the views cannot be used"):
        kept.views.rebuild(meanwhile(killed))
    waiting.__exit__(None, None, None)
    assert len(begun) == 2
    assert list(other.dump()) == kept.dump() == expected


def test_nobody_follows_the_old_views_as_new_ones_take_their_place(
    kept: KeptOnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else views would forget what they had told already."""
    monkeypatch.setattr(runner, "PATIENCE_OF_AN_ACT", 0.001)
    other, swapped, told = kept.other_views(), PostgresBeside._swapped, []
    other.catch_up()

    def following_meanwhile(beside: PostgresBeside) -> bool:
        other.follow(goes_on(kept))
        told.append(other.trouble)
        return swapped(beside)

    monkeypatch.setattr(PostgresBeside, "_swapped", following_meanwhile)
    kept.views.rebuild()
    assert [type(trouble) for trouble in told] == [Busy]
    assert other.catch_up() == kept.record.last()[0]
    assert list(other.dump()) == in_a_file(kept)
