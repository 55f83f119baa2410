"""A long list shown page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from cspr_workflow.interfaces.web.asked import Query

T = TypeVar("T")
SIZE = 50
_PAGE = "page"


@dataclass(frozen=True, slots=True)
class OnePage(Generic[T]):
    """One page of a list; ``previous`` and ``next`` are the addresses of those around it, or empty."""

    lines: Sequence[T]
    first: int
    of: int
    previous: str
    next: str

    @property
    def told(self) -> str:
        """Which part of the list it is; empty where it is all of it."""
        if len(self.lines) == self.of:
            return ""
        return f"{self.first} to {self.first + len(self.lines) - 1} of {self.of}"


def one_page(found: Sequence[T], query: Query, path: str) -> OnePage[T]:
    """The page of a list that the address asks for; beyond the last one, the last one."""
    last = max(1, -(-len(found) // SIZE))
    number = min(query.number(_PAGE), last)
    start = (number - 1) * SIZE

    def at(other: int) -> str:
        return f"{path}?{urlencode({**query.values, _PAGE: other})}" if 1 <= other <= last else ""

    return OnePage(
        found[start : start + SIZE], start + 1, len(found), at(number - 1), at(number + 1)
    )
