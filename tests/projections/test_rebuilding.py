"""Views are built anew beside the old ones: the same rows, whoever reads or follows meanwhile."""

import random
import threading
from collections.abc import Callable, Sequence

import pytest

from cspr_workflow.application.ports import Followed, Recorded, Trouble
from cspr_workflow.domain.acts import (
    ChangedHoliday,
    Correct,
    DeclareClosure,
    HoldMeeting,
    MeetingOutcome,
    RecordDiscussion,
    UpdateBankHolidays,
    WithdrawClosure,
)
from cspr_workflow.domain.people import Means
from projections import runner
from projections.runner import Views
from tests.projections.histories import A_YEAR, from_file, random_history
from tests.projections.kept import Kept, Stores, batches
from tests.support import World, day, raising

SIZES = (1, 2, 3, 4, 5, 7, 11, 500)


def eventful() -> World:
    """Closures and one withdrawn, bank holidays changed, an entry corrected, acts recorded late."""
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
    world.agreed("2026-12-01T10:00", "2026-12-08")
    closure = day("2026-12-07")
    world.do("manager", "2026-12-01T11:00", DeclareClosure(closure, "Training day"))
    world.do("manager", "2026-12-02T11:00", WithdrawClosure(closure, "Postponed"))
    world.do("manager", "2026-12-02T12:00", DeclareClosure(day("2026-12-10"), "Training day"))
    said = RecordDiscussion("ESC-1", Means.CALL, "The author is ill")
    world.do("trust", "2026-12-03T09:00", said, occurred="2026-11-30T15:00")
    corrected = world.everything()[-1]
    world.do("officer", "2026-12-03T10:00", Correct("ESC-1", str(corrected.id), "By e-mail"))
    world.do("manager", "2026-12-04T09:00", the_bank_holidays())
    world.tick("2026-12-11T07:00")
    meeting = HoldMeeting("ESC-1", ("sub", "board"), MeetingOutcome.ACTIONS_AGREED)
    world.do("sub", "2026-12-14T09:00", meeting, occurred="2026-12-09T15:00")
    world.tick("2027-01-10T07:00")
    world.do("officer", "2027-01-10T08:00", raising("ESC-3"))
    return world


def the_bank_holidays() -> UpdateBankHolidays:
    """One is announced, one is cancelled, and another year is known."""
    return UpdateBankHolidays(
        "the official list",
        2029,
        (ChangedHoliday(day("2026-12-09"), "A day of mourning"),),
        (ChangedHoliday(day("2026-12-25"), "Moved away"),),
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("following", [True, False], ids=["followed", "caught up"])
def test_the_rows_do_not_depend_on_the_size_of_the_batches(
    stores: Stores, size: int, following: bool, monkeypatch: pytest.MonkeyPatch
):
    world = eventful()
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        expected = kept.dump()
    monkeypatch.setattr(runner, "BATCH", size)
    with stores.new(world.policy_file.book) as kept:
        for batch in batches(world.everything(), random.Random(size), size):
            recorded = kept.append(batch)
            if following:
                kept.views.follow(Followed(recorded))
            else:
                kept.views.catch_up()
        assert kept.dump() == expected == kept.rebuilt()


def test_every_table_has_rows_in_the_eventful_history(stores: Stores):
    world = eventful()
    world.workflow.note_gap(world.moment("2027-01-10T09:00"), world.moment("2027-01-11T07:00"))
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        filled = {line.partition(" ")[0] for line in kept.dump()}
        assert filled == set(runner.NAMES) - {"progress"}


def test_two_programs_that_follow_one_file_in_turn_keep_the_same_rows(stores: Stores):
    for seed in range(9000, 9015):
        history = random_history(seed)
        rng = random.Random(f"in turn {seed}")
        with stores.new(history.policies) as kept:
            both = (kept.views, kept.other_views())
            for batch in batches(history.entries, rng, 10):
                recorded = kept.append(batch)
                views = rng.choice(both)
                views.follow(Followed(recorded)) if rng.random() < 0.5 else views.catch_up()
            followed = [list(views.dump()) for views in both]
            both[1].close()
            assert followed == [kept.rebuilt()] * 2, f"history {seed}"


# --- While others read and follow --------------------------------------------------------------


class Meanwhile:
    """Does something each time a rebuild says how far it is."""

    def __init__(self, does: Callable[[], None]) -> None:
        self._does = does
        self.times = 0

    def __call__(self, position: int, last: int) -> None:
        assert 0 < position <= last
        self.times += 1
        self._does()


def test_others_read_the_old_views_while_new_ones_are_built(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
):
    history = from_file(A_YEAR)
    monkeypatch.setattr(runner, "BATCH", 50)
    with stores.holding(history.entries, history.policies) as kept:
        other = kept.other_views()
        expected, outcome = list(other.dump()), kept.outcome()

        def read() -> None:
            assert list(other.dump()) == expected
            assert kept.outcome() == outcome == history.outcome()

        meanwhile = Meanwhile(read)
        third = kept.other_views()
        assert third.rebuild(meanwhile) == kept.record.last()[0]
        third.close()
        assert meanwhile.times > 5
        assert list(other.dump()) == expected
        other.close()


def test_others_follow_the_record_while_new_ones_are_built(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
):
    history = from_file(A_YEAR)
    monkeypatch.setattr(runner, "BATCH", 50)
    most = len(history.entries) // 2
    begun, rest = history.entries[:most], history.entries[most:]
    coming = batches(rest, random.Random("rest"), 20)
    with stores.holding(begun, history.policies) as kept:
        kept.views.catch_up()
        other = kept.other_views()

        def follow() -> None:
            recorded = kept.append(next(coming, ()))
            other.follow(Followed(recorded))
            assert other.position == kept.record.last()[0]

        third, meanwhile = kept.other_views(), Meanwhile(follow)
        third.rebuild(meanwhile)
        third.close()
        assert meanwhile.times > 5
        assert kept.record.last()[0] > most
        for batch in coming:
            kept.append(batch)
        assert list(other.dump()) == kept.dump() == kept.rebuilt()
        assert kept.outcome() == history.outcome()
        other.close()


class RecordThatGrows:
    """A record to which others append just as the last position is asked for."""

    def __init__(self, kept: Kept, coming: Sequence[Sequence[Recorded]], views: Views) -> None:
        self._kept, self._coming, self._views = kept, list(coming), views
        self.read, self.read_all = kept.record.read, kept.record.read_all
        self.grows = False

    def last(self):
        if self.grows and self._coming:
            self._kept.append(self._coming.pop(0))
            self._views.catch_up()
        return self._kept.record.last()


def test_new_views_never_take_the_place_of_ones_that_know_more(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
):
    """Others append and follow between the building and the moment at which it takes its place."""
    world = eventful()
    entries = world.everything()
    coming = list(batches(entries[21:], random.Random(1), 4))
    with stores.holding(entries[:21], world.policy_file.book) as kept:
        kept.views.catch_up()
        growing = RecordThatGrows(kept, coming, kept.views)
        third = Views(kept.store.views, growing, kept.policies, kept.record.about["store"])
        third.catch_up()
        growing.grows = True
        reached = third.rebuild()
        assert reached == kept.views.position == kept.record.last()[0]
        third.close()
        assert kept.dump() == kept.rebuilt()


def test_a_rebuild_that_fails_leaves_the_old_views_as_they_were(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
):
    history = from_file(A_YEAR)
    monkeypatch.setattr(runner, "BATCH", 50)
    with stores.holding(history.entries, history.policies) as kept:
        before = kept.dump()

        def fail() -> None:
            raise OSError("no space left on device")

        with pytest.raises(Trouble, match="no space left on device"):
            kept.views.rebuild(Meanwhile(fail))
        assert kept.dump() == before
        assert [path.name for path in kept.store.path.glob("*.new*")] == []


def test_many_threads_read_and_follow_while_new_views_are_built(stores: Stores):
    """What each reads is whole: a case's row and its standing never come from two states."""
    history = from_file(A_YEAR)
    most = len(history.entries) - 40
    with stores.holding(history.entries[:most], history.policies) as kept:
        kept.views.catch_up()
        wrong: list[BaseException] = []

        def guarded(work: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                try:
                    work()
                except BaseException as error:
                    wrong.append(error)

            return run

        def read() -> None:
            for _ in range(30):
                for one in kept.database.all("SELECT state, standing FROM cases"):
                    assert f'"state":"{one[0]}"' in one[1]

        def rebuild() -> None:
            other = kept.other_views()
            for _ in range(3):
                other.rebuild()
            other.close()

        def follow() -> None:
            for batch in batches(history.entries[most:], random.Random(2), 3):
                kept.views.follow(Followed(kept.append(batch)))

        threads = [threading.Thread(target=guarded(work)) for work in (read, rebuild, follow, read)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert kept.outcome() == history.outcome()
        assert kept.dump() == kept.rebuilt()
