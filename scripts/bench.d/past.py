"""``as_at``: how long a question about the past takes: of one case, and of the register of all.

*As at* a moment: where a case stood by what had happened then. *Known at* a moment: where it stands by
what had been written down then. The views answer both by a look-up; each question includes seeing that
the views are up to date. The peer is a bare application of the eventsourcing library with as many
aggregates, each with as many events as an escalation has on average: it replays as many events of each
as the escalation had by then. The sides take turns.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import grounds
import stores
import years
from bare import Bare
from measured import Measured

from projections import chronology, standings
from projections.runner import Views

NAME = "as_at"
OF_A_CASE, OF_ALL = 20, 100
"""So many times faster than the peer."""
_LATER = datetime(2100, 1, 1, tzinfo=UTC)
_CASES = 200
_PAYLOAD = "x" * 300
_PEER = "bare replay up to then"
_HISTORIES = (
    "SELECT stream, occurred FROM chronology WHERE agency IS NOT NULL ORDER BY stream, position"
)
Ask = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: of which escalation, which aggregate is its peer, at which moment, after how many events."""

    stream: str
    peer: UUID
    moment: datetime
    events: int


def run(*, small: bool, on: str) -> list[Measured]:
    """Questions to the views and bare replays in turn."""
    escalations, rounds = (1_000, 5) if small else (10_000, 7)
    with grounds.ground(on) as where, ExitStack() as stack:
        filled = years.fill(where, "store", escalations * stores.EVENTS_OF_A_CASE, views=True)
        store = stack.enter_context(grounds.opened(where.place("store")))
        views = stack.enter_context(grounds.views_of(store))
        histories = _histories(views)
        events = sum(map(len, histories.values())) // len(histories)
        bare = Bare(where.folder, where.of_bare("bare"))
        ids = bare.filled(len(histories), _PAYLOAD, events)
        asked = list(_asked(histories, ids, events))
        moments = sorted(moment for history in histories.values() for moment in history)
        half = moments[len(moments) // 2]
        found = [
            *_of_cases(views, bare, asked, rounds),
            *_of_all(views, bare, histories, ids, events, half, rounds),
        ]
        bare.close()
    assert filled.escalations >= len(histories)
    return found


def _histories(views: Views) -> dict[str, list[datetime]]:
    """When each entry of each escalation happened."""
    found: dict[str, list[datetime]] = {}
    with views.reading() as database:
        for stream, occurred in database.all(_HISTORIES):
            found.setdefault(stream, []).append(datetime.fromisoformat(occurred))
    return found


def _asked(
    histories: dict[str, list[datetime]], ids: Sequence[UUID], events: int
) -> Iterator[Asked]:
    """Some cases, each at a moment in the second half of its own past."""
    rng = random.Random(1)
    for place in rng.sample(range(len(histories)), _CASES):
        stream = list(histories)[place]
        history = sorted(histories[stream])
        moment = rng.choice(history[len(history) // 2 :])
        yield Asked(stream, ids[place], moment, _until(histories[stream], moment, events))


def _until(history: Sequence[datetime], moment: datetime, events: int) -> int:
    return min(events, sum(1 for one in history if one <= moment))


# --- One case ------------------------------------------------------------------------------------


def _of_cases(views: Views, bare: Bare, asked: Sequence[Asked], rounds: int) -> Iterator[Measured]:
    def as_at() -> None:
        for one in asked:
            with views.reading() as database:
                assert list(standings.as_at(database, one.moment, database.position, one.stream))

    def known_at() -> None:
        for one in asked:
            with views.reading() as database:
                position = chronology.known_at(database, one.moment)
                list(standings.as_at(database, _LATER, position, one.stream))

    def replayed() -> None:
        for one in asked:
            bare.application.repository.get(one.peer, version=one.events)

    for name, ask in ((f"{NAME}_case", as_at), ("known_at_case", known_at)):
        yield _compared(name, ask, replayed, rounds, 1e6 / len(asked), "us", OF_A_CASE)


# --- All of them ---------------------------------------------------------------------------------


def _of_all(
    views: Views,
    bare: Bare,
    histories: dict[str, list[datetime]],
    ids: Sequence[UUID],
    events: int,
    moment: datetime,
    rounds: int,
) -> Iterator[Measured]:
    until = [_until(history, moment, events) for history in histories.values()]

    def as_at() -> None:
        with views.reading() as database:
            told = list(standings.as_at(database, moment, database.position))
        # Somebody may have talked about a case before it was raised.
        assert 0 < sum(1 for one in told if one.kind == "escalation") <= sum(map(bool, until))

    def known_at() -> None:
        with views.reading() as database:
            position = chronology.known_at(database, moment)
            assert list(standings.as_at(database, _LATER, position))

    def replayed() -> None:
        for id, version in zip(ids, until, strict=True):
            if version:
                bare.application.repository.get(id, version=version)

    for name, ask in ((f"{NAME}_register", as_at), ("known_at_register", known_at)):
        yield _compared(name, ask, replayed, rounds, 1000, "ms", OF_ALL)


def _compared(
    name: str, ask: Ask, peer: Ask, rounds: int, unit: float, unit_name: str, goal: int
) -> Measured:
    """The sides in turn; the ratio says how many times faster than the peer."""
    _seconds(ask), _seconds(peer)
    taken = [(_seconds(ask) * unit, _seconds(peer) * unit) for _ in range(rounds)]
    one = stores.compared(*zip(*taken, strict=True))
    faster = tuple(1 / ratio for ratio in one.ratios)
    met = 1 / one.ratio >= goal
    return Measured(name, one.value, unit_name, _PEER, one.peer, f"ratio >= {goal}", met, faster)


def _seconds(ask: Ask) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began
