"""Views that are lost, damaged, of something else or ahead of the record answer rightly again by themselves."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.acts import Command, GiveReason, RecordDiscussion, WithdrawEscalation
from cspr_workflow.domain.people import Actor, Means
from projections import files, standings
from projections.due_items import MemoryIndex
from tests.projections.histories import History, random_history
from tests.projections.kept import Kept, Stores
from tests.support import World

RUBBISH = bytes(range(256)) * 100
PAGE = 4096


class Damages:
    """A history with its views in a closed store, of which each damage gets a copy."""

    def __init__(self, stores: Stores) -> None:
        self.history: History = random_history(7)
        self.outcome = self.history.outcome()
        self._stores = stores
        self._whole = stores.copy()
        with closing(Kept(self._whole, self.history.policies)) as kept:
            kept.append(self.history.entries)
            kept.views.catch_up()
            self._views = kept.store.views

    @property
    def pages(self) -> int:
        """How many pages the views have."""
        return self._views.stat().st_size // PAGE

    @contextmanager
    def done(
        self, damage: Callable[[Path], object], *, open_already: bool = False
    ) -> Iterator[Kept]:
        """A store whose views were damaged while it was closed, or while it was open."""
        path = self._stores.copy(self._whole)
        if not open_already:
            damage(path / self._views.name)
        with closing(Kept(path, self.history.policies)) as kept:
            if open_already:
                kept.views.catch_up()
                damage(kept.store.views)
            yield kept
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def damages(stores: Stores) -> Damages:
    return Damages(stores)


def statements(*written: str) -> Callable[[Path], None]:
    """A damage that is done by SQL."""

    def run(views: Path) -> None:
        with closing(sqlite3.connect(views, isolation_level=None)) as connection:
            for statement in written:
                connection.execute(statement)

    return run


def cut(keep: int) -> Callable[[Path], object]:
    return lambda views: views.write_bytes(views.read_bytes()[:keep])


def beside_a_left_over_log(views: Path) -> None:
    views.unlink()
    views.with_name(f"{views.name}-wal").write_bytes(RUBBISH)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "deleted": lambda views: views.unlink(),
    "deleted, its log left behind": beside_a_left_over_log,
    "emptied": lambda views: views.write_bytes(b""),
    "cut off at the end": cut(-2 * PAGE),
    "cut off after one page": cut(PAGE + 100),
    "cut off in its head": cut(60),
    "replaced by rubbish": lambda views: views.write_bytes(RUBBISH),
    "replaced by a text": lambda views: views.write_text("Views"),
    "another database": lambda views: (views.unlink(), statements("CREATE TABLE a (b)")(views)),
    "of another form": statements("UPDATE progress SET form='0123456789abcdef another'"),
    "of another form, without a form": statements(
        "DROP TABLE progress",
        "CREATE TABLE progress (position INTEGER)",
        "INSERT INTO progress VALUES (20)",
    ),
    "of another store": statements(
        "UPDATE progress SET form=substr(form, 1, 16) || ' another store'", "DELETE FROM stays"
    ),
    "without progress": statements("DELETE FROM progress"),
    "ahead of the record": statements("UPDATE progress SET position=100000"),
}


@pytest.mark.parametrize("open_already", [False, True], ids=["closed", "open"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_views_answer_rightly_again(damages: Damages, damage, open_already: bool):
    if open_already and damage is DAMAGES["ahead of the record"]:
        pytest.skip("only a store that is opened can be one that was restored")
    with damages.done(damage, open_already=open_already) as kept:
        assert kept.outcome() == damages.outcome
        assert kept.dump() == kept.rebuilt()
        assert not list(kept.store.path.glob("*.new*"))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_views_are_built_anew_by_a_rebuild(damages: Damages, damage):
    with damages.done(damage) as kept:
        assert kept.views.rebuild() == kept.record.last()[0]
        assert kept.outcome() == damages.outcome


def page_of_rubbish(number: int) -> Callable[[Path], None]:
    def overwrite(views: Path) -> None:
        with views.open("r+b") as file:
            file.seek(number * PAGE)
            file.write(RUBBISH[:PAGE])

    return overwrite


def test_a_damaged_page_is_told_in_a_sentence_and_healed_by_a_rebuild_as_it_says(damages: Damages):
    """Whatever page it is: an answer, or a sentence that says what to do; never a database's own error."""
    told = 0
    for number in range(damages.pages):
        with damages.done(page_of_rubbish(number)) as kept:
            try:
                assert kept.outcome() == damages.outcome
                kept.dump()
            except Trouble as trouble:
                told += 1
                assert "cspr rebuild" in str(trouble)
            kept.views.rebuild()
            assert kept.outcome() == damages.outcome, f"page {number}"
    assert told > 0


# --- A record restored from an older copy ------------------------------------------------------


@contextmanager
def restored(stores: Stores, world: World, lost: int) -> Iterator[Kept]:
    """A store whose record is an older copy, without its last entries; its views have seen them."""
    entries = world.everything()
    path = stores.copy()
    with closing(Kept(path, world.policy_file.book)) as kept:
        kept.append(entries[:-lost])
    older = {file: file.read_bytes() for file in path.glob("record.sqlite*")}
    with closing(Kept(path, world.policy_file.book)) as kept:
        kept.append(entries[-lost:])
        kept.views.catch_up()
        assert kept.views.position == len(entries)
    for file in path.glob("record.sqlite*"):
        file.unlink()
    for file, content in older.items():
        file.write_bytes(content)
    with closing(Kept(path, world.policy_file.book)) as kept:
        assert kept.record.last()[0] == len(entries) - lost
        yield kept
    shutil.rmtree(path)


def given_up() -> World:
    """ESC-1, withdrawn on 2 December by an entry that gets lost."""
    world = World().raised().at("2026-12-02T07:00")
    world.do("manager", "2026-12-02T09:00", WithdrawEscalation("ESC-1", "Raised twice"))
    return world


def test_views_that_know_more_than_a_restored_record_forget_it(stores: Stores):
    with restored(stores, given_up(), lost=1) as kept:
        assert kept.outcome()["escalations"]["ESC-1"]["state"] == "stage_1"
        assert kept.dump() == kept.rebuilt()


def test_views_forget_it_also_where_as_much_was_recorded_anew_before_they_looked(stores: Stores):
    """The first thing that happens after the restoring is an act; its entry stands where the lost one did."""
    world = given_up()
    with restored(stores, world, lost=1) as kept:
        workflow = Workflow(kept.record, kept.views, kept.policies)
        moment = world.moment("2026-12-03T09:00")
        reason = GiveReason("ESC-1", "The author is ill")
        done = workflow.do(Command(reason, Actor(world.people["trust"]), moment), moment)
        assert done[-1].position == len(world.everything())
        assert kept.outcome()["escalations"]["ESC-1"]["state"] == "stage_1"
        assert kept.dump() == kept.rebuilt()


def test_views_forget_it_also_where_more_was_recorded_anew(stores: Stores):
    world = given_up()
    with restored(stores, world, lost=1) as kept:
        workflow = Workflow(
            kept.record, MemoryIndex.over(kept.record, kept.policies), kept.policies
        )
        for hour in (9, 10, 11):
            moment = world.moment(f"2026-12-03T{hour:02}:00")
            reason = GiveReason("ESC-1", "The author is ill")
            workflow.do(Command(reason, Actor(world.people["trust"]), moment), moment)
        assert kept.outcome()["escalations"]["ESC-1"]["state"] == "stage_1"
        assert kept.dump() == kept.rebuilt()


# --- Views that cannot be written to -----------------------------------------------------------


def locked(kept: Kept) -> sqlite3.Connection:
    """Another program that is writing to the views and does not end."""
    connection = sqlite3.connect(kept.store.views, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


@contextmanager
def another_writes(kept: Kept) -> Iterator[None]:
    with closing(locked(kept)):
        yield


@contextmanager
def a_folder_in_its_place(kept: Kept) -> Iterator[None]:
    kept.views.close()
    kept.store.views.rename(kept.store.path / "aside")
    kept.store.views.mkdir()
    yield
    kept.store.views.rmdir()
    (kept.store.path / "aside").rename(kept.store.views)


@contextmanager
def a_file_that_is_read_only(kept: Kept) -> Iterator[None]:
    database = kept.database
    database.execute("PRAGMA query_only=1")
    yield
    database.execute("PRAGMA query_only=0")


FAILURES = [another_writes, a_folder_in_its_place, a_file_that_is_read_only]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_an_act_is_recorded_though_the_views_cannot_be_written_to(
    stores: Stores, failure, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files, "LOCK_TIMEOUT", 0)
    world = World().raised()
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        kept.views.catch_up()
        workflow = Workflow(kept.record, kept.views, kept.policies)
        moment = world.moment("2026-12-11T09:00")
        said = RecordDiscussion("ESC-1", Means.CALL, "The author is ill ")
        with failure(kept):
            done = workflow.do(Command(said, Actor(world.people["trust"]), moment), moment)
            assert kept.record.last()[0] == done[-1].position
            with pytest.raises(Trouble, match="the views cannot be used"):
                kept.views.catch_up()
        assert kept.views.position < done[-1].position
        state = kept.outcome()["escalations"]["ESC-1"]["state"]
        assert state == workflow.escalation("ESC-1").state == "stage_3"
        assert kept.views.position == done[-1].position
        assert kept.dump() == kept.rebuilt()


def test_reading_what_is_up_to_date_does_not_wait_for_another_who_writes(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
):
    """New views take their place in one long write; the old ones are read until then."""
    monkeypatch.setattr(files, "LOCK_TIMEOUT", 0)
    world = World().raised()
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        kept.views.catch_up()
        with another_writes(kept):
            assert [one.reference for one in standings.present(kept.database)] == ["INC-1", "ESC-1"]
            assert kept.views.due(world.moment("2026-12-01T00:00")) == ["escalation:ESC-1"]
