"""The tick on a lasting store: in batches, beside another tick and people, after a restore, after a month."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from cspr_workflow.application import tick as ticks
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Recorded, Trouble
from cspr_workflow.domain import escalation
from cspr_workflow.store import stores as kept
from tests.faults import checks, plans
from tests.faults.filling import fills_up
from tests.faults.orders import InAnyOrder, Turns
from tests.faults.restoring import Restoring
from tests.faults.stores import Program, Step, Stores, at, course, do, lines, opened

CASES, DUE = 12, Step(at("2026-12-01T06:00"))
MONTH = Step(at("2026-12-31T06:00"))
ORDERS, IN_EACH, RESTORES = 200, 20, 4


@pytest.fixture(autouse=True)
def batches_of_five(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "BATCH", 5)


@pytest.mark.parametrize("step", [DUE, MONTH])
def test_it_records_what_each_case_alone_records_and_in_the_same_order(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    before = stores.after(plans.opened_at_once(CASES))
    with monkeypatch.context() as patch:
        patch.setattr(ticks, "BATCH", 1)
        alone = course(stores.new(before), [step])
    path = stores.new(before)
    with opened(path) as desk:
        assert do(desk, step).ending == "ticked"
        checks.ended(desk, alone)
        assert desk.record.last()[0] >= CASES
    checks.sound_and_right(path)


def test_it_asks_for_what_is_due_a_batch_at_a_time(stores: Stores) -> None:
    """What is recorded is handed on and not kept."""
    path, told = stores.after(plans.opened_at_once(CASES)), list[int]()
    done: list[tuple[int, int]] = []
    with opened(path) as desk:
        batches = list(desk.views.due_in_batches(DUE.at, 5))
        assert [len(batch) for batch in batches] == [5, 5, 2]
        assert [one for batch in batches for one in batch] == desk.views.due(DUE.at)
        assert desk.views.count_due(DUE.at) == CASES
        assert desk.views.count_due(DUE.at - timedelta(days=1)) == 0
        assert list(desk.views.due_in_batches(DUE.at - timedelta(days=1), 5)) == []
        ticked = ticks.tick(
            desk.workflow,
            desk.views,
            desk.office,
            DUE.at,
            lambda *one: done.append(one),
            lambda recorded: told.append(len(recorded)),
        )
    assert (told, ticked.recorded, ticked.looked_at) == ([5, 5, 2], CASES, CASES)
    assert done == [(5, CASES), (10, CASES), (CASES, CASES)]


def test_a_case_that_fails_is_set_aside_and_the_rest_of_its_batch_moves(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stores.after(plans.opened_at_once(CASES))
    expected, path = course(stores.new(before), [DUE]), stores.new(before)
    evolve = escalation.evolve

    def fails(case: object, entry: object) -> object:
        if getattr(case, "reference", "") == "ESC-3":
            raise ValueError("a fact that nobody expected")
        return evolve(case, entry)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, opened(path) as desk:
        patch.setattr(escalation, "evolve", fails)
        assert do(desk, DUE).ending == "set aside: ValueError: a fact that nobody expected"
        assert [one.stream for one in desk.office.set_aside] == ["escalation:ESC-3"]
        assert desk.record.last()[0] == expected.reached[-1] - 1
    with opened(path) as desk:
        assert do(desk, Step(DUE.at + timedelta(minutes=5))).ending == "ticked"
        assert list(desk.office.aside) == []
        assert desk.record.last()[0] == expected.reached[-1]
    checks.sound_and_right(path)


def test_a_second_tick_after_each_batch_of_the_first(stores: Stores) -> None:
    before = stores.after(plans.opened_at_once(CASES))
    expected, path = course(stores.new(before), [DUE]), stores.new(before)
    told: list[Sequence[Recorded]] = []
    with opened(path) as desk, opened(path) as other:

        def meanwhile(recorded: Sequence[Recorded]) -> None:
            told.append(recorded)
            assert do(other, DUE).ending == "ticked"

        ticked = ticks.tick(desk.workflow, desk.views, desk.office, DUE.at, told=meanwhile)
        assert ([len(one) for one in told], ticked.set_aside) == ([5], [])
        checks.ended(desk, expected)
    checks.sound_and_right(path)


# --- At once, in any order -----------------------------------------------------------------------


def test_two_ticks_and_a_command_at_once_in_any_order(stores: Stores) -> None:
    for seed in range(ORDERS // IN_EACH):
        trial = InAnyOrder(stores, random.Random(seed))
        trial.run(IN_EACH)
        assert trial.counted["orders"] == IN_EACH
        assert trial.counted["steps"] > 30 * IN_EACH
        assert trial.counted["taken"] > IN_EACH // 3


def test_an_order_is_the_same_with_the_same_seed_and_another_with_another() -> None:
    def order(seed: int) -> str:
        told: list[str] = []

        def work(name: str) -> None:
            for _ in range(5):
                turn[name]()
                told.append(name)

        turn = {}
        works = []
        for name in "abc":

            def one(step: object, name: str = name) -> None:
                turn[name] = step
                work(name)

            works.append(one)
        Turns(random.Random(seed), works).run()
        return "".join(told)

    assert order(1) == order(1)
    assert len({order(seed) for seed in range(20)}) > 15
    assert sorted(order(2)) == sorted("abc" * 5)


def test_what_one_of_them_raises_is_raised_when_all_have_ended() -> None:
    ended: list[int] = []

    def fails(step: object) -> None:
        step()  # type: ignore[operator]
        raise ValueError("not expected")

    def works(step: object) -> None:
        step()  # type: ignore[operator]
        ended.append(1)

    with pytest.raises(ValueError, match="not expected"):
        Turns(random.Random(0), [fails, works, works]).run()
    assert ended == [1, 1]


def test_a_tick_that_records_more_than_is_due_would_be_seen(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(workflow: Workflow, _: object, now: datetime) -> object:
        return workflow.note_gap(now, now + timedelta(seconds=1))

    monkeypatch.setattr(ticks, "_note_gap", always)
    with pytest.raises(checks.Broken, match="something was left behind"):
        InAnyOrder(stores, random.Random(0)).run(4)


# --- After a restore -----------------------------------------------------------------------------


def test_old_backups_are_restored_and_the_clock_runs(stores: Stores) -> None:
    restoring = Restoring(stores, random.Random("restores"))
    for _ in range(RESTORES):
        restoring.restored()


def test_the_clock_runs_while_a_backup_is_restored(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no store yet that it could run in; the old one goes on by itself."""
    path = stores.after(plans.opened_at_once(4))
    restored, looked = stores.backed_up(path), list[str]()
    monkeypatch.setattr(stores, "place", lambda: path.with_name("restored"))
    building = Program.views.func

    def meanwhile(desk: Program) -> object:
        if desk.store.path.name.startswith(".restored"):  # type: ignore[union-attr]
            with pytest.raises(Trouble, match="there is no store here"):
                kept.open_store(path.with_name("restored"))
            with opened(path) as other:
                looked.append(do(other, DUE).ending)
        return building(desk)

    with monkeypatch.context() as patch:
        patch.setattr(Program, "views", property(meanwhile))
        again = restored()
    assert looked == ["ticked"]
    with opened(again) as desk, opened(path) as other:
        assert do(desk, DUE).ending == "ticked"
        assert lines(desk) == lines(other)
    checks.sound_and_right(again)


# --- On a disk that is full now and then ---------------------------------------------------------


def test_people_act_and_the_clock_runs_on_a_disk_that_is_full_now_and_then(stores: Stores) -> None:
    assert sum(fills_up(stores, random.Random(seed)) for seed in range(6)) > 3
