"""``command``: how long one act takes on a lasting store, from the act to the views that show it.

Every act is on another case, whose stream holds 12 events with texts of 300 characters. It reads the
streams of the partnership and of the case and folds them, lets time pass, decides, seals the text,
appends with full durability and brings the views up to date. Files stay open, as in a process that
goes on; what it could remember of a case is forgotten.

The peer loads a bare aggregate of 12 events with payloads of 300 bytes, changes it and saves it, as
durably. The floor is a bare commit of one row. All of them take turns, act by act.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import stores
from bare import Bare
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
EVENTS, CHARACTERS = 12, 300
_WARM_UP = 20
_OPENS = datetime(2026, 11, 30, 9, tzinfo=UTC)
"""A Monday: nothing falls due before the acts, which are in the afternoon."""
_ACTS = _OPENS + timedelta(hours=5)
_SECOND = timedelta(seconds=1)
_DUE = date(2026, 12, 4)
_AGENCY, _REP = "Ambleford Police", "police_rep"
_PEER = "bare eventsourcing"

Side_ = Callable[[int], object]
"""Does act number so and so on one of the sides."""


def text(number: int) -> str:
    """An invented text of the length that is measured with."""
    sentence = f"No. {number}: the chronology was asked for again and has not been returned yet. "
    return (sentence * (CHARACTERS // len(sentence) + 1))[:CHARACTERS]


class Ours:
    """A store with its cases, and acts on them."""

    def __init__(self, store: StoreFolder) -> None:
        self.record = store.record
        self.views: Views = stores.views_of(store)
        self.policies = stores.bundled(stores.POLICY).book
        self.people = Workflow(self.record, self.views, self.policies).partnership.people
        self.going_on = Workflow(self.record, self.views, self.policies)
        self.now = _ACTS

    def from_nothing(self, number: int) -> None:
        """An act of which nothing has been read before: not even who takes part."""
        self.do(number, Workflow(self.record, self.views, self.policies))

    def in_a_process(self, number: int) -> None:
        """An act in a process that knows the partnership and sees to what is new in its stream."""
        self.do(number, self.going_on)

    def do(self, number: int, workflow: Workflow) -> None:
        """Record an action on a case: it changes the case, its standing and its agreed actions."""
        self.now += _SECOND
        act = acts.RecordAction(_escalation(number), "A2", text(number), Side.AGENCY, _DUE)
        workflow.do(Command(act, Actor(self.people["officer"]), self.now), self.now, uuid4())

    def pragma(self, name: str) -> Any:
        """A pragma of the connection that writes to the record."""
        with self.record.writing() as cursor:
            cursor.execute(f"PRAGMA {name}")
            return cursor.fetchone()[0]


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
        ids = bare.filled(cases // 2, EVENTS, text(0))
        floor = Floor(folder)
        with stores.opened(folder / "store") as store:
            ours = Ours(store)
            ours.views.catch_up()
            stores.check_durable(ours=ours.pragma, peer=bare.pragma, floor=floor.pragma)
            taken = _taken(
                [
                    lambda one: ours.from_nothing(2 * one),
                    lambda one: ours.in_a_process(2 * one + 1),
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


def _taken(
    sides: Sequence[Side_], rounds: int, number: int
) -> tuple[list[list[float]], ...]:
    """For each side, the milliseconds of every act in every repetition."""
    events.stream_id.cache_clear()
    taken: tuple[list[list[float]], ...] = tuple([] for _ in sides)
    for one in range(_WARM_UP):
        for side in sides:
            side(one)
    one = _WARM_UP
    for _ in range(rounds):
        for of_side in taken:
            of_side.append([])
        for _ in range(number):
            for side, of_side in zip(sides, taken, strict=True):
                began = time.perf_counter()
                side(one)
                of_side[-1].append(1000 * (time.perf_counter() - began))
            one += 1
    return taken


def _check(ours: Ours, cases: int) -> None:
    """Every act has been recorded and stands in the views; each case had as many events as it should."""
    last = ours.record.last()[0]
    assert ours.views.position == last
    found = ours.views.database.one("SELECT count(*) FROM agreed_actions WHERE action='A2'")
    assert found == (cases,), found
    lengths = {len(ours.record.read(f"escalation:{_escalation(one)}")) for one in range(cases)}
    assert lengths == {EVENTS + 1}, lengths


def _told(
    nothing: list[list[float]],
    process: list[list[float]],
    bare: list[list[float]],
    floor: list[list[float]],
) -> list[Measured]:
    found = []
    for name, values in ((NAME, nothing), (f"{NAME}_in_a_process", process)):
        for share in (0.5, 0.95, 0.99):
            found.append(_measured(name, share, values, _PEER, bare))
    found.append(_measured(f"{NAME}_floor", 0.5, floor, _PEER, bare))
    return found


def _measured(
    name: str, share: float, values: list[list[float]], peer: str, peers: list[list[float]]
) -> Measured:
    """One quantile of the acts of each repetition. Only the median of an act has a goal."""
    one = stores.compared(
        [stores.quantile(value, share) for value in values],
        [stores.quantile(value, share) for value in peers],
    )
    gated = share == 0.5 and name != f"{NAME}_floor"
    return Measured(
        f"{name}_p{share * 100:.0f}",
        one.value,
        "ms",
        peer,
        one.peer,
        f"ratio <= {GOAL}" if gated else "-",
        one.ratio <= GOAL or not gated,
        one.ratios,
    )


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
