"""Several programs with one store: what they record is what one after the other would have recorded."""

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from cspr_workflow.application.handle import ATTEMPTS
from cspr_workflow.application.ports import Addition, Conflict, Trouble
from cspr_workflow.domain.acts import (
    Act,
    DeclareClosure,
    Escalate,
    GiveReason,
    Inform,
    Informed,
    RecordAction,
    ReportIncident,
    WithdrawEscalation,
)
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.people import Side
from cspr_workflow.store import folder, tables
from tests.contract.record_contract import entry
from tests.store.store_world import Program, StoreWorld
from tests.support import day, raising

AT = "2026-11-30T10:00"
AFTER_STAGE_1 = "2026-12-04T09:00"
MINE, OTHERS = UUID(int=1), UUID(int=2)
RECORD = RecordAction("ESC-1", "A1", "Send the chronology", Side.AGENCY, day("2026-12-08"))
INFORM = Inform("ESC-1", Informed.BUSINESS_MANAGER)
ROOT = Path(__file__).parents[2]
Work = Callable[[], object]


def doing(world: StoreWorld, program: Program, by: str, at: str, act: Act) -> Callable[[], object]:
    """What another program is going to do."""
    return lambda: program.workflow.do(world.command(by, at, act), world.moment(at), OTHERS)


# --- Somebody else is faster -----------------------------------------------------------------------

BOTH: dict[str, tuple[str, tuple[str, Act], tuple[str, Act]]] = {
    "two acts on one case": (
        AT,
        ("trust", GiveReason("ESC-1", "On leave")),
        ("officer", INFORM),
    ),
    "one case, after an outage": (
        AFTER_STAGE_1,
        ("trust", GiveReason("ESC-1", "On leave")),
        ("officer", INFORM),
    ),
    "another case": (AT, ("trust", GiveReason("ESC-2", "On leave")), ("officer", INFORM)),
    "a closure day": (AT, ("manager", DeclareClosure(day("2026-12-02"), "Training")), ("officer", INFORM)),
    "an escalating": (
        AT,
        ("manager", Escalate("ESC-1", "No time to lose")),
        ("trust", GiveReason("ESC-1", "On leave")),
    ),
    "both raise on one incident": (AT, ("officer", raising("ESC-8")), ("manager", raising("ESC-9"))),
    "both report": (
        AT,
        ("officer", ReportIncident("INC-8", day("2026-11-24"), day("2026-11-25"))),
        ("manager", ReportIncident("INC-9", day("2026-11-24"), day("2026-11-25"))),
    ),
}  # fmt: skip


def begun(place: Path) -> StoreWorld:
    world = StoreWorld(place).raised()
    world.do("officer", "2026-11-30T09:30", raising("ESC-2"))
    return world


@pytest.mark.parametrize("both", BOTH)
def test_the_history_is_the_same_as_one_after_the_other(place, both):
    at, first, second = BOTH[both]
    interleaved, in_turn = begun(place / "interleaved"), begun(place / "in turn")
    other = interleaved.another()
    interleaved.program.hooked.before.append(doing(interleaved, other, first[0], at, first[1]))
    interleaved.submit(*_said(second, at), MINE)
    in_turn.submit(*_said(first, at), OTHERS)
    in_turn.submit(*_said(second, at), MINE)
    assert interleaved.told() == in_turn.told()
    assert commands(interleaved)[-2:] == commands(in_turn)[-2:] == [str(OTHERS), str(MINE)]
    for world in (interleaved, in_turn):
        world.tick("2027-01-04T07:00")
    assert interleaved.told() == in_turn.told()
    assert list(other.views.dump()) == list(interleaved.views.dump())
    for world in (interleaved, in_turn):
        world.close()


def _said(said: tuple[str, Act], at: str) -> tuple[str, str, Act]:
    return said[0], at, said[1]


def commands(world: StoreWorld) -> list[str]:
    """The commands in the order in which they were recorded."""
    return list(dict.fromkeys(one.command for one in world.everything()))


def test_a_program_goes_on_from_what_others_recorded_meanwhile(world):
    world.raised()
    other = world.another()
    for turn in range(5):
        world.use(world.programs[turn % 2])
        world.do("trust", AT, GiveReason("ESC-1", f"Reason {turn}"))
    reasons = [world.opened(one).entry.fact for one in world.everything()[-5:]]
    assert [fact.reason for fact in reasons] == [f"Reason {turn}" for turn in range(5)]
    assert other.workflow.escalation("ESC-1") == world.programs[0].workflow.escalation("ESC-1")


def test_what_the_other_recorded_decides_whether_an_act_is_still_right(world):
    """The other withdraws the escalation first: then nobody can be informed of it any more."""
    world.raised()
    other = world.another()
    withdraw = WithdrawEscalation("ESC-1", "Raised in error")
    world.program.hooked.before.append(doing(world, other, "manager", AT, withdraw))
    with pytest.raises(Refusal) as refusal:
        world.submit("officer", AT, INFORM)
    assert refusal.value.code is Code.ALREADY_ENDED
    assert commands(world)[-1] == str(OTHERS)


def test_the_same_reference_is_used_once(world):
    world.raised()
    other = world.another()
    world.program.hooked.before.append(doing(world, other, "manager", AT, raising("ESC-2")))
    with pytest.raises(Refusal) as refusal:
        world.submit("officer", AT, raising("ESC-2"))
    assert refusal.value.code is Code.DUPLICATE_REFERENCE


def test_the_tick_and_an_act_at_once_record_what_fell_due_once(world):
    world.raised()
    other = world.another()
    now = world.moment(AFTER_STAGE_1)
    world.program.hooked.before.append(lambda: other.workflow.tick(now))
    world.do("officer", AFTER_STAGE_1, INFORM)
    stages = [stage for stage, *_ in world.stages()]
    assert stages == ["initial_discussion", "stage_1", "stage_2"]
    assert list(world.tick(AFTER_STAGE_1)) == []


@pytest.mark.parametrize("faster", range(1, ATTEMPTS))
def test_an_act_is_decided_anew_each_time_that_others_are_faster(world, faster):
    world.raised()
    other = world.another()
    others = [
        lambda n=n: other.workflow.do(
            world.command("trust", AT, GiveReason("ESC-1", f"Reason {n}")), world.moment(AT)
        )
        for n in range(faster)
    ]
    world.program.hooked.before += others
    world.program.hooked.appended = 0
    (informed,) = world.submit("officer", AT, INFORM)
    assert informed.position == world.record.last()[0]
    assert world.program.hooked.appended == faster + 1


def test_after_four_attempts_the_sentence_says_to_try_again(world):
    world.raised()
    other = world.another()
    other_act = GiveReason("ESC-1", "On leave")
    others = [
        lambda: other.workflow.do(world.command("trust", AT, other_act), world.moment(AT))
    ] * (ATTEMPTS + 1)
    world.program.hooked.before += others
    world.program.hooked.appended = 0
    with pytest.raises(Trouble, match="try once more"):
        world.submit("officer", AT, INFORM, MINE)
    assert world.program.hooked.appended == ATTEMPTS == 4
    assert str(MINE) not in commands(world)
    assert world.record.submitted(MINE) is None
    world.program.hooked.before.clear()
    assert len(world.submit("officer", AT, INFORM, MINE)) == 1


def test_nobody_outside_ever_sees_a_conflict(world):
    """Adopting and noting gaps go the same way as acts: they are tried again, or end in a sentence."""
    world.raised()
    other = world.another()
    closing = [
        doing(world, other, "manager", AT, DeclareClosure(day(f"2026-12-{n}"), "Training"))
        for n in (21, 22, 23, 24)
    ]
    world.program.hooked.before += closing[:1]
    try:
        world.workflow.note_gap(world.moment("2026-11-30T09:00"), world.moment(AT))
    except Conflict:
        pytest.fail("a conflict is for the workflow to deal with")
    assert len(world.workflow.partnership.gaps) == 1


# --- Programs and threads at the same time ---------------------------------------------------------

ACTS = 12


def beside(place: Path, name: str, acts: int = ACTS) -> subprocess.Popen[str]:
    """Another program that works with a store at the same time."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.a_program", str(place), name, str(acts)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def told_by(program: subprocess.Popen[str]) -> list[tuple[int, str]]:
    """Each position that a program was told, with the event's id; the program has ended well."""
    answer, _ = program.communicate(timeout=60)
    assert program.returncode == 0
    return [(position, id) for position, id in json.loads(answer)]


def test_nothing_that_was_acknowledged_is_lost_and_nothing_is_recorded_twice(world):
    world.close()
    told = [told for one in [beside(world.folder, name) for name in "AB"] for told in told_by(one)]
    world.open()
    recorded = world.everything()
    assert [one.position for one in recorded] == list(range(1, len(recorded) + 1))
    assert dict(told).items() <= {one.position: str(one.id) for one in recorded}.items()
    assert len(told) == len(dict(told)) == len(recorded) - len(world.partnership_history())
    for name in "AB":
        for number in range(ACTS):
            concern = world.history(f"escalation:E-{name}-{number}")[0].fact.concern
            assert world.record.opened(concern) == "Chronology not returned"


def test_a_store_that_a_program_opens_twice_is_safe_from_other_programs(world):
    """On Unix, closing any handle on a file gives up the locks that the program holds on it.

    A program that looks into the file beside SQLite loses them; others then believe that they are
    alone, take over its log, and what it records afterwards is written where nobody finds it.
    """
    world.raised()
    folder.open_store(world.folder).close()
    told = told_by(beside(world.folder, "A", 1))
    world.do("officer", AT, INFORM)
    mine = [(one.position, str(one.id)) for one in world.everything()]
    world.close()
    world.open()
    assert [(one.position, str(one.id)) for one in world.everything()] == mine
    assert {*told} <= {*mine}


def while_another_writes(
    monkeypatch: pytest.MonkeyPatch, first: Work, second: Work
) -> list[BaseException]:
    """One thread is in the middle of writing to a file when another begins; gives what went wrong."""
    writing, inside, go_on = tables.writing, threading.Event(), threading.Event()
    failed: list[BaseException] = []

    @contextmanager
    def slowly(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        with writing(connection) as begun:
            inside.set()
            go_on.wait(timeout=60)
            yield begun

    def guarded(work: Work) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    monkeypatch.setattr(tables, "writing", slowly)
    threads = [threading.Thread(target=guarded, args=(work,)) for work in (first, second)]
    threads[0].start()
    assert inside.wait(timeout=60)
    threads[1].start()
    threads[1].join(timeout=0.1)  # it has to wait for the first, or it fails at once
    go_on.set()
    for thread in threads:
        thread.join(timeout=60)
    return failed


def test_threads_of_one_program_can_record_at_the_same_time(world, monkeypatch):
    """Each opens an incident of its own, with a key of its own, in the same open store."""

    def report(name: str) -> object:
        added = replace(entry(name), recorded=world.moment("2030-01-01T00:00"))
        return world.record.append([Addition(f"incident:{name}", 0, [added], name)], uuid4())

    failed = while_another_writes(monkeypatch, lambda: report("A"), lambda: report("B"))
    assert failed == []
    recorded = [world.opened(one) for one in world.everything()[-2:]]
    assert {(one.stream, one.entry.fact.reason) for one in recorded} == {
        ("incident:A", "A"),
        ("incident:B", "B"),
    }


def test_threads_of_one_program_can_use_the_office_at_the_same_time(world, monkeypatch):
    failed = while_another_writes(
        monkeypatch,
        lambda: world.office.name({"officer": "A name"}),
        lambda: world.office.name({"manager": "B name"}),
    )
    assert failed == []
    assert world.office.names == {"officer": "A name", "manager": "B name"}
