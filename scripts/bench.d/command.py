"""``command``: how long one act takes on a lasting store, from the act to the views that show it.

Every act is on a case that nothing has been read of before; its stream holds 12 events with texts of
300 characters. The act reads the streams of the partnership and of the case and folds them, lets time
pass, decides, seals the text, appends with full durability, keeps the command's id and brings the views
up to date. Files stay open, as in a process that goes on, which also knows its policy and who takes part
and reads what is new in the partnership's stream. ``command_first`` reads and folds that stream from its
beginning as well: it holds the policy's text and the bank holidays of 130 years.

The peer loads a bare aggregate of 12 events with payloads of 300 bytes, changes it and saves it, as
durably. The floor is a bare commit of one row. All of them take turns, act by act.
"""

import random
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import stores
from bare import EVENTS_OF_A_CASE, Bare
from measured import Measured

from cspr_workflow.application.handle import Workflow
from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import Act, Command
from cspr_workflow.domain.people import Actor, Means, Side
from cspr_workflow.store import events
from cspr_workflow.store.batched import batched
from cspr_workflow.store.folder import StoreFolder
from projections.runner import Views

NAME = "command"
GOAL = 1.3
CHARACTERS = 300
_WARM_UP = 20
_QUIET_COMMIT = 1.0
"""Milliseconds; where a bare commit takes longer, everybody mostly waits for the disk."""
_OPENS = datetime(2026, 11, 30, 9, tzinfo=UTC)
"""A Monday: nothing falls due before the acts, which are in the afternoon."""
_ACTS = _OPENS + timedelta(hours=5)
_SECOND = timedelta(seconds=1)
_DUE = date(2026, 12, 4)
_AGENCY, _REP = "Ambleford Police", "police_rep"
_PEER = "bare eventsourcing"

Do = Callable[[int], object]
"""Does act number so and so, on one of the sides."""

Rounds = list[list[tuple[float, float]]]
"""Of each act in each repetition: milliseconds, and milliseconds of the processor."""


def text(number: int) -> str:
    """An invented text of the length that is measured with."""
    sentence = f"No. {number}: the chronology was asked for again and has not been returned yet. "
    return (sentence * (CHARACTERS // len(sentence) + 1))[:CHARACTERS]


class Ours:
    """A store with its cases, and acts on them."""

    def __init__(self, store: StoreFolder) -> None:
        self.record = store.record
        self.views: Views = stores.views_of(store)
        self.policies = stores.policies()
        self.people = Workflow(self.record, self.views, self.policies).partnership.people
        self.going_on = Workflow(self.record, self.views, self.policies)
        self.now = _ACTS

    def act(self, number: int) -> None:
        """An act in a process that goes on."""
        self._do(number, self.going_on)

    def first_act(self, number: int) -> None:
        """An act of which nothing has been read before: not even who takes part."""
        self._do(number, Workflow(self.record, self.views, self.policies))

    def _do(self, number: int, workflow: Workflow) -> None:
        """Record an action on a case: it changes the case, its standing and its agreed actions."""
        self.now += _SECOND
        act = acts.RecordAction(_escalation(number), "A2", text(number), Side.AGENCY, _DUE)
        workflow.do(Command(act, Actor(self.people["officer"]), self.now), self.now, uuid4())

    def pragma(self, name: str) -> Any:
        """A pragma of the connection that writes to the record."""
        with self.record.writing() as writer:
            cursor: Any = writer
            return (cursor.execute(f"PRAGMA {name}") or cursor).fetchone()[0]


class Floor:
    """A bare table in a file of its own."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "floor.sqlite", isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("CREATE TABLE floor (position INTEGER PRIMARY KEY, state BLOB)")
        self.pragma = stores.pragma_of(self.connection)

    def act(self, number: int) -> None:
        """Commit one row."""
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("INSERT INTO floor (state) VALUES (?)", (text(number),))
        self.connection.execute("COMMIT")


def run(*, small: bool) -> list[Measured]:
    """Acts on the sides in turn, in several repetitions."""
    rounds, number = (5, 60) if small else (9, 300)
    with stores.scratch() as folder:
        cases = 2 * (_WARM_UP + rounds * number)
        _fill(folder / "store", cases)
        bare = Bare(folder)
        ids = bare.filled(cases // 2, text(0))
        floor = Floor(folder)
        with stores.opened(folder / "store") as store:
            ours = Ours(store)
            ours.views.catch_up()
            stores.check_durable(ours=ours.pragma, peer=bare.pragma, floor=floor.pragma)
            taken = _taken(
                [
                    lambda one: ours.act(2 * one),
                    lambda one: ours.first_act(2 * one + 1),
                    lambda one: bare.act(ids[one], text(one)),
                    floor.act,
                ],
                rounds,
                number,
            )
            _check(ours, cases)
            ours.views.close()
        bare.close()
        floor.connection.close()
    return _told(*taken)


def _taken(sides: Sequence[Do], rounds: int, number: int) -> list[Rounds]:
    """For each side, the milliseconds and those of the processor of every act in every repetition.

    They take turns in another order each time, so that none always comes after the same other one.
    """
    events.stream_id.cache_clear()
    order = list(range(len(sides)))
    rng = random.Random(1)
    taken: list[Rounds] = [[] for _ in sides]
    for one in range(_WARM_UP):
        for side in sides:
            side(one)
    one = _WARM_UP
    for _ in range(rounds):
        for of_side in taken:
            of_side.append([])
        for _ in range(number):
            rng.shuffle(order)
            for place in order:
                began, worked = time.perf_counter(), time.thread_time()
                sides[place](one)
                worked, took = time.thread_time() - worked, time.perf_counter() - began
                taken[place][-1].append((1000 * took, 1000 * worked))
            one += 1
    return taken


def _check(ours: Ours, cases: int) -> None:
    """Every act has been recorded and stands in the views; each case had as many events as it should."""
    last = ours.record.last()[0]
    assert ours.views.position == last
    found = ours.views.database.one("SELECT count(*) FROM agreed_actions WHERE action='A2'")
    assert found == (cases,), found
    lengths = {len(ours.record.read(f"escalation:{_escalation(one)}")) for one in range(cases)}
    assert lengths == {EVENTS_OF_A_CASE + 1}, lengths


def _told(ours: Rounds, first: Rounds, bare: Rounds, floor: Rounds) -> list[Measured]:
    found = [
        _measured(f"{name}_p{share}", share, 0, values, bare)
        for name, values in ((NAME, ours), (f"{NAME}_first", first))
        for share in (50, 95, 99)
    ]
    found.append(_measured(f"{NAME}_processor_p50", 50, 1, ours, bare))
    bare_commit = _measured(f"{NAME}_floor_p50", 50, 0, floor, bare)
    if bare_commit.value > _QUIET_COMMIT:
        print(
            f"A bare commit takes {bare_commit.value:.1f} ms: the disk is slow or busy, and the ratio says "
            f"little. See {NAME}_processor, or measure again with nothing else running.",
            file=sys.stderr,
        )
    return [*found, bare_commit]


def _measured(name: str, share: int, of: int, values: Rounds, peers: Rounds) -> Measured:
    """One percentile of the acts of each repetition. Only the median of ``command`` has a goal."""
    ours, theirs = (
        [stores.quantile([act[of] for act in acts], share / 100) for acts in side]
        for side in (values, peers)
    )
    one = stores.compared(ours, theirs)
    gated = name == f"{NAME}_p50"
    goal, met = (f"ratio <= {GOAL}", one.ratio <= GOAL) if gated else ("-", True)
    return Measured(name, one.value, "ms", _PEER, one.peer, goal, met, one.ratios)


# --- The cases -----------------------------------------------------------------------------------


def _escalation(number: int) -> str:
    return f"ESC-2026-{number:05d}"


def _fill(path: Path, cases: int) -> None:
    """A store with so many escalations, each on an incident of its own and of as many events."""
    policy = stores.made(path)
    with stores.opened(path) as store, batched(store.record) as record:
        workflow = stores.adopting(record, policy, _OPENS)
        people = workflow.partnership.people
        for number in range(cases):
            for by, means, act in _history(number):
                workflow.do(Command(act, Actor(people[by], means), _OPENS), _OPENS, uuid4())


def _history(number: int) -> Sequence[tuple[str, Means | None, Act]]:
    """What people did in one case, in order: its 12 events, after those of its incident."""
    of, incident, said = _escalation(number), f"INC-2026-{number:05d}", text(number)
    on = date(2026, 11, 27)
    return [
        ("officer", None, acts.ReportIncident(incident, on, on)),
        ("officer", None, acts.RaiseEscalation(of, incident, "rapid_review", _AGENCY, said)),
        ("officer", None, acts.Inform(of, acts.Informed.BUSINESS_MANAGER)),
        ("officer", None, acts.Inform(of, acts.Informed.AGENCY_REPRESENTATIVE)),
        ("officer", None, acts.RecordDiscussion(of, Means.CALL, said)),
        ("officer", None, acts.RecordDiscussion(of, Means.CALL, said)),
        ("officer", Means.CALL, acts.GiveReason(of, said)),
        ("officer", None, acts.RecordAction(of, "A1", said, Side.AGENCY, _DUE)),
        (_REP, None, acts.VaryAction(of, "A1", text(number + 1))),
        ("officer", None, acts.AcknowledgeAction(of, "A1")),
        ("officer", None, acts.RecordDiscussion(of, Means.CALL, said)),
        (_REP, None, acts.RecordDiscussion(of, Means.CALL, said)),
        ("officer", None, acts.RecordDiscussion(of, Means.CALL, said)),
    ]
