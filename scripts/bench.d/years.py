"""Stores with the invented past of many years, of any size: copies of a smaller invented past.

What lies on each other's way in a large partnership does so here as well: a case lives as long as its
pattern, and as many others are open beside it as there are copies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bulk
import grounds
import stores
from grounds import Ground
from pattern import Pattern

_PATTERN = 10_000
"""Entries of the pattern; a smaller store has a pattern of a fifth of its own size."""


@contextmanager
def pattern(events: int) -> Iterator[Pattern]:
    """An invented past of some ten thousand entries over ten years."""
    with stores.scratch() as folder:
        stores.simulated(folder / "pattern", min(_PATTERN, events // 5))
        with stores.opened(folder / "pattern") as store, grounds.views_of(store) as views:
            views.catch_up()
            yield Pattern(store, views)


@dataclass(frozen=True, slots=True)
class Filled:
    """A store that has been filled: how many entries it has, and how many escalations."""

    name: str
    events: int
    escalations: int


def fill(where: Ground, name: str, events: int, *, views: bool) -> Filled:
    """A new store with so many entries or a few more; with ``views``, these are written as well."""
    with pattern(events) as of:
        copies = dict.fromkeys(of.clusters, -(-events // of.last))
        where.make(name)
        with grounds.opened(where.place(name)) as store, grounds.views_of(store) as made:
            made.catch_up()
            grounds.give_room(store, made)
            if views:
                last = bulk.load(store.record, made.database, of, copies)
            else:
                last = bulk.fill(store.record, of, copies)
        incidents = len(of.clusters) - 1
        cases = sum(of.cases(name) for name in of.clusters)
        return Filled(name, last, (cases - incidents) * next(iter(copies.values())))
