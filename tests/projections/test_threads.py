"""Many threads of one program use the views, as a web server's do: nobody who asks waits for a writer.

A writer is stopped in the middle of what it does, for as long as the others need: no test waits by a clock,
except to fail where somebody would wait for ever.
"""

import gc
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from cspr_workflow.application.ports import Followed, Trouble
from projections import files, runner, sqlite_place, standings
from projections.database import Database
from projections.runner import Views
from tests.projections.histories import A_YEAR, History, from_file
from tests.projections.kept import Kept, Stores, batches
from tests.projections.plans import asked

THREADS = 40
FOREVER = 60.0
"""Seconds after which a thread counts as hanging."""


@pytest.fixture(scope="module")
def history() -> History:
    return from_file(A_YEAR)


@contextmanager
def begun(stores: Stores, history: History) -> Iterator[Kept]:
    """A store in which half of a history is recorded, and the views have followed it."""
    with stores.holding(history.entries[: len(history.entries) // 2], history.policies) as kept:
        kept.views.catch_up()
        yield kept


def goes_on(kept: Kept, history: History) -> Followed:
    """The next command of the history is recorded; the views have not been told."""
    coming = history.entries[kept.record.last()[0] :]
    return Followed(kept.append(next(batches(coming, random.Random(1), 1))))


class Stopped:
    """Stops who comes to a place until it is let go."""

    def __init__(self, place: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._really = getattr(place, name)
        self._there, self._go_on = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        monkeypatch.setattr(place, name, self._stop)

    def _stop(self, *args: Any, **more: Any) -> Any:
        if threading.current_thread() is self._thread:
            self._there.set()
            assert self._go_on.wait(FOREVER)
        return self._really(*args, **more)

    @contextmanager
    def while_it_does(self, work: Callable[[], object]) -> Iterator[None]:
        """A thread works until it comes to the place; it is let go at the end of the block."""
        failed: list[BaseException] = []
        thread = self._thread = threading.Thread(target=guarded(work, failed))
        thread.start()
        try:
            assert self._there.wait(FOREVER)
            yield
        finally:
            self._go_on.set()
            thread.join(FOREVER)
        assert failed == []
        assert not thread.is_alive()


def guarded(work: Callable[[], object], failed: list[BaseException]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    return run


def all_at_once(work: Callable[[], object]) -> None:
    """Forty threads do something, all of them beginning at the same moment; none fails or hangs."""
    failed: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def begin() -> None:
        start.wait(FOREVER)
        work()

    threads = [threading.Thread(target=guarded(begin, failed)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(FOREVER)
    assert failed == []
    assert not any(thread.is_alive() for thread in threads)


def is_whole(database: Database) -> int:
    """No view is ahead of another or behind it: the position that all of them stand at."""
    position = database.position
    assert database.one("SELECT max(position) FROM chronology") == (position,)
    assert database.one("SELECT max(position) FROM cases") <= (position,)
    assert database.one("SELECT count(*) FROM register WHERE agency=''") == database.one(
        "SELECT count(*) FROM cases"
    )
    assert database.one("SELECT count(*) FROM register") == database.one(
        "SELECT sum(cases) FROM register_counts"
    )
    return position


# --- Nobody who asks waits ----------------------------------------------------------------------


def test_a_question_is_answered_from_what_is_there_while_another_program_writes(
    stores: Stores, history: History
):
    with begun(stores, history) as kept:
        before = kept.record.last()[0]
        goes_on(kept, history)
        with closing(sqlite3.connect(kept.store.views, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with asked(kept.views.place.connections.mine()) as statements:
                database = kept.views.database
            waits = f"PRAGMA busy_timeout={int(1000 * runner.PATIENCE)}"
            assert statements.index(waits) < statements.index("BEGIN IMMEDIATE")
            assert database.position == before < kept.record.last()[0]
            with pytest.raises(Trouble, match="locked"), impatient(kept.views):
                kept.views.catch_up()
        assert kept.views.database.position == kept.record.last()[0]


@contextmanager
def impatient(views: Views) -> Iterator[None]:
    """This thread does not wait for who is writing."""
    database = views.place.connections.mine()
    database.execute("PRAGMA busy_timeout=0")
    yield
    database.execute(f"PRAGMA busy_timeout={1000 * files.LOCK_TIMEOUT}")


def test_no_thread_that_asks_waits_for_one_that_follows(
    stores: Stores, history: History, monkeypatch: pytest.MonkeyPatch
):
    with begun(stores, history) as kept:
        before = kept.record.last()[0]
        followed = goes_on(kept, history)
        now = kept.record.last()[0]
        stopped = Stopped(standings, "apply", monkeypatch)

        def ask() -> None:
            with kept.views.reading() as database:
                assert is_whole(database) == before

        with stopped.while_it_does(lambda: kept.views.follow(followed)):
            all_at_once(ask)
        with kept.views.reading() as database:
            assert is_whole(database) == now
        assert kept.views.trouble is None


def test_no_thread_that_asks_waits_for_new_views_that_take_their_place(
    stores: Stores, history: History, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runner, "PATIENCE_OF_AN_ACT", 0.001)
    with begun(stores, history) as kept:
        before = kept.record.last()[0]
        stopped = Stopped(sqlite_place, "take_rows", monkeypatch)

        def ask() -> None:
            with kept.views.reading() as database:
                assert is_whole(database) == before

        other = kept.other_views()
        with stopped.while_it_does(other.rebuild):
            kept.views.follow(goes_on(kept, history))
            assert "locked" in str(kept.views.trouble)
            all_at_once(ask)
        other.close()
        assert kept.views.catch_up() == kept.record.last()[0] > before
        assert kept.views.trouble is None
        assert kept.dump() == kept.rebuilt()


def test_nobodys_act_waits_while_another_thread_builds_the_first_views(
    stores: Stores, history: History, monkeypatch: pytest.MonkeyPatch
):
    with stores.holding(history.entries[:-40], history.policies) as kept:
        stopped = Stopped(sqlite_place, "begin", monkeypatch)
        with stopped.while_it_does(kept.views.catch_up):
            kept.views.follow(goes_on(kept, history))
            assert kept.views.position == 0
        assert kept.views.catch_up() == kept.record.last()[0]
        assert kept.dump() == kept.rebuilt()


def test_threads_that_find_no_views_have_them_built_once(
    stores: Stores, history: History, monkeypatch: pytest.MonkeyPatch
):
    begin, built = sqlite_place.begin, []
    monkeypatch.setattr(sqlite_place, "begin", lambda *args: (built.append(args), begin(*args)))
    with stores.holding(history.entries, history.policies) as kept:
        last = kept.record.last()[0]
        stopped = Stopped(files, "put_in_place", monkeypatch)
        waiting = threading.Barrier(2)

        def ask() -> None:
            waiting.wait(FOREVER)
            assert kept.views.database.position == last

        second = threading.Thread(target=guarded(ask, failed := []))
        with stopped.while_it_does(kept.views.catch_up):
            second.start()
            waiting.wait(FOREVER)
        second.join(FOREVER)
        assert failed == []
        assert len(built) == 1


# --- Nothing is torn -----------------------------------------------------------------------------


def test_forty_threads_read_and_follow_while_views_are_built_anew(
    stores: Stores, history: History, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runner, "BATCH", 20)
    with begun(stores, history) as kept:
        coming = batches(history.entries[kept.record.last()[0] :], random.Random(3), 2)
        turn = threading.Lock()
        number = iter(range(THREADS))

        def work() -> None:
            if next(number) == 0:
                kept.views.rebuild()
            for _ in range(5):
                with kept.views.reading() as database:
                    first = is_whole(database)
                with turn:
                    followed = Followed(kept.append(next(coming, ())))
                kept.views.follow(followed)
                with kept.views.reading() as database:
                    assert is_whole(database) >= first

        all_at_once(work)
        assert kept.views.catch_up() == kept.record.last()[0]
        assert kept.views.trouble is None
        assert kept.dump() == kept.rebuilt()


def test_nothing_is_followed_between_the_questions_about_one_state(
    stores: Stores, history: History
):
    with begun(stores, history) as kept:
        other = kept.other_views()
        with kept.views.reading() as database:
            before = is_whole(database)
            other.follow(goes_on(kept, history))
            assert other.position > before
            assert is_whole(kept.views.database) == before
        assert kept.views.database.position == other.position
        other.close()


# --- What could not be followed ------------------------------------------------------------------


def test_views_that_could_not_follow_say_why_until_they_have(
    stores: Stores, history: History, monkeypatch: pytest.MonkeyPatch
):
    with begun(stores, history) as kept:
        assert kept.views.trouble is None
        fault = ArithmeticError("a view with a fault")

        def fail(*_: object) -> None:
            raise fault

        with monkeypatch.context() as broken:
            broken.setattr(standings, "apply", fail)
            kept.views.follow(goes_on(kept, history))
            assert kept.views.trouble is fault
            with pytest.raises(ArithmeticError):
                kept.views.catch_up()
            assert kept.views.trouble is fault
        kept.views.follow(goes_on(kept, history))
        assert kept.views.trouble is None
        assert kept.views.position == kept.record.last()[0]


# --- Connections ---------------------------------------------------------------------------------


def test_a_thread_that_has_ended_leaves_no_connection_open(stores: Stores, history: History):
    with begun(stores, history) as kept:
        open_before = len(kept.views.place.connections._all)
        all_at_once(lambda: kept.views.database)
        gc.collect()
        assert len(kept.views.place.connections._all) == open_before


def test_closing_closes_every_threads_connection_and_who_asks_again_gets_another(
    stores: Stores, history: History
):
    with begun(stores, history) as kept:
        asked, closed = threading.Barrier(2), threading.Barrier(2)
        failed: list[BaseException] = []

        def ask() -> None:
            database = kept.views.database
            asked.wait(FOREVER)
            closed.wait(FOREVER)
            with pytest.raises(sqlite3.ProgrammingError):
                database.connection.execute("SELECT 1")
            assert kept.views.database.position == kept.record.last()[0]

        thread = threading.Thread(target=guarded(ask, failed))
        thread.start()
        asked.wait(FOREVER)
        kept.views.close()
        closed.wait(FOREVER)
        thread.join(FOREVER)
        assert failed == []
