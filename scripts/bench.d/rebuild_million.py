"""``rebuild_million``: building all views anew from a million events.

As ``rebuild``, with a store of the invented past of many years (:mod:`years`). The peer replays as many
events of a bare eventsourcing application into one dictionary; the rate is that of the whole, by the
clock on the wall, and ``rebuild_million_processor`` that of the processor.
"""

import grounds
import rebuild
import stores
import years
from measured import Measured

NAME = "rebuild_million"
GOAL, MEGABYTES, MILLISECONDS = 0.4, 300, 50
_PEER = "bare replay into a dictionary"


def run(*, small: bool, on: str) -> list[Measured]:
    """Rebuilds beside a reader, and bare replays, in turn."""
    events, rounds = (50_000, 1) if small else (1_000_000, 3)
    with grounds.ground(on) as where:
        filled = years.fill(where, "store", events, views=True)
        rebuild.fill_bare(where, filled.events)
        one = rebuild.measured(where, "store", filled.events, rounds)
    rates = [1 / ratio for ratio in one.seconds.ratios]
    rate, peer = filled.events / one.seconds.value, filled.events / one.seconds.peer
    met = stores.compared(rates, [1.0] * rounds).value >= GOAL
    return [
        Measured(NAME, rate, "events/s", _PEER, peer, f"ratio >= {GOAL}", met, tuple(rates)),
        _told("processor", one.rates, "events/s"),
        Measured(
            f"{NAME}_memory",
            one.memory.value,
            "MB",
            _PEER,
            one.memory.peer,
            f"< {MEGABYTES} MB",
            one.memory.value < MEGABYTES,
            one.memory.ratios,
        ),
        Measured(
            f"{NAME}_reader",
            one.longest,
            "ms at most",
            "the same reader in quiet",
            one.longest_before,
            f"<= {MILLISECONDS} ms",
            one.longest <= MILLISECONDS,
            one.waits.ratios,
        ),
    ]


def _told(name: str, one: stores.Compared, unit: str) -> Measured:
    return Measured(f"{NAME}_{name}", one.value, unit, _PEER, one.peer, "-", True, one.ratios)
