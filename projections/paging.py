"""Pages of long lists: one page, and how many there are in all, as far as that is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from projections.database import Database, Row

T = TypeVar("T")
MOST_COUNTED = 1_000
"""Beyond so many it is not counted how many there are."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is asked for, counted from 1, and how many lines it has at most.

    Raises :class:`ValueError` where there can be no such page.
    """

    number: int = 1
    size: int = 50

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError(f"page: {self.number} is no page; the first one is 1.")
        if self.size < 1:
            raise ValueError(f"size: a page has at least one line, not {self.size}.")


FIRST_PAGE = Page()


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """One page of what was found.

    ``total`` is how many there are in all; not ``exact``, there are more than these. ``more`` says
    whether another page follows.
    """

    lines: Sequence[T]
    total: int
    exact: bool
    more: bool


def counted(database: Database, source: str, values: Sequence[object]) -> tuple[int, bool]:
    """How many rows there are in ``source`` (``FROM ...``), and whether that is all of them."""
    row = database.one(
        f"SELECT count(*) FROM (SELECT 1 {source} LIMIT {MOST_COUNTED + 1}) found",  # noqa: S608 - fixed words
        *values,
    )
    assert row is not None
    return min(row[0], MOST_COUNTED), row[0] <= MOST_COUNTED


def paged(
    database: Database, columns: str, source: str, order: str, values: Sequence[object], page: Page
) -> tuple[list[Row], bool]:
    """The rows of a page of ``source``, and whether others follow."""
    rows = database.all(
        f"SELECT {columns} {source} ORDER BY {order} LIMIT ? OFFSET ?",
        *values,
        page.size + 1,
        (page.number - 1) * page.size,
    )
    return rows[: page.size], len(rows) > page.size
