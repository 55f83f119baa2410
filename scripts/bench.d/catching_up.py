"""``catch_up``: how fast a tick records what fell due while the clock stood still for 30 days.

In each case three moves are overdue: an agreed action that was not maintained, the stage that follows
from it, and the limit of that stage. The tick is the program's own; it moves some cases at a time. The
peer is a bare application of the eventsourcing library, which loads as many aggregates of 12 events,
changes each three times, and saves as many of them at once, as durably; it decides nothing, and no views
follow. Each repetition has stores of its own, and the sides take turns. Afterwards every case has exactly
its three moves, and another tick finds nothing to do.
"""

import time
from contextlib import ExitStack
from datetime import timedelta
from uuid import UUID

import grounds
import open_cases
import stores
from bare import EVENTS_OF_A_CASE, Bare
from grounds import Ground
from measured import Measured
from pattern import Pattern

from cspr_workflow.application import tick as ticking
from cspr_workflow.application.handle import Workflow
from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.escalation_facts import LimitPassed, StageEntered
from cspr_workflow.store.stores import Store
from projections.runner import Views

NAME = "catch_up"
GOAL = 0.7
_MOVES = [ActionNotMaintained.type, StageEntered.type, LimitPassed.type]
_STOOD = timedelta(days=30)
_PAYLOAD = "x" * 300
_PEER = "bare saves, as many cases at once"


def run(*, small: bool, on: str) -> list[Measured]:
    """Ticks after the clock stood still, and bare saves, in turn."""
    moves, rounds = (2_000, 3) if small else (10_000, 5)
    incidents = -(-moves // (len(_MOVES) * open_cases.OF_AN_INCIDENT))
    ours, peers = [], []
    with grounds.ground(on) as where, open_cases.pattern() as pattern:
        for number in range(rounds):
            ours.append(_caught_up(where, pattern, number, incidents))
            peers.append(_bare(where, number, incidents * open_cases.OF_AN_INCIDENT))
    one = stores.compared(ours, peers)
    met = one.ratio >= GOAL
    goal = f"ratio >= {GOAL}"
    return [Measured(NAME, one.value, "moves/s", _PEER, one.peer, goal, met, one.ratios)]


def _caught_up(where: Ground, pattern: Pattern, number: int, incidents: int) -> float:
    """How many moves a second the tick records."""
    name, first = f"catch up {number}", pattern.clusters[1]
    open_cases.make(where, name, pattern, {first: incidents})
    with ExitStack() as stack:
        store = stack.enter_context(grounds.opened(where.place(name)))
        views = stack.enter_context(grounds.views_of(store))
        where.check_durable(store.record)
        before = store.record.last()[0]
        workflow = Workflow(store.record, views, stores.policies())
        now = open_cases.due_at(1) + _STOOD
        began = time.perf_counter()
        ticked = ticking.tick(workflow, views, store.office, now)
        taken = time.perf_counter() - began
        assert ticked.gap is not None
        assert ticked.looked_at == incidents * open_cases.OF_AN_INCIDENT
        assert not ticking.tick(workflow, views, store.office, now).looked_at
        moves = _check(store, views, before)
    return moves / taken


def _check(store: Store, views: Views, before: int) -> int:
    """Every case has its moves, each once, and nothing else was recorded but the gap: how many they are."""
    streams = [one for one in views.streams() if one.startswith("escalation:")]
    moves = 0
    for stream in streams:
        new = [one for one in store.record.read(stream) if one.position > before]
        assert [one.entry.fact.type for one in new] == _MOVES, stream
        moves += len(new)
    gap = 1
    assert store.record.last()[0] == views.position == before + moves + gap
    return moves


def _bare(where: Ground, number: int, cases: int) -> float:
    """How many changes a second a bare application saves."""
    bare = Bare(where.folder, where.of_bare(f"bare {number}"))
    ids = bare.filled(cases, _PAYLOAD)
    where.check_bare(bare)
    began = time.perf_counter()
    for first in range(0, cases, ticking.BATCH):
        bare.act_on(ids[first : first + ticking.BATCH], _PAYLOAD, len(_MOVES))
    taken = time.perf_counter() - began
    _check_bare(bare, ids)
    bare.close()
    return cases * len(_MOVES) / taken


def _check_bare(bare: Bare, ids: list[UUID]) -> None:
    lengths = {len(list(bare.application.events.get(id))) for id in (ids[0], ids[-1])}
    assert lengths == {EVENTS_OF_A_CASE + len(_MOVES)}, lengths
