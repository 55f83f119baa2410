"""What random cases choose from: agencies, words, and days near which something happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from ..process.settings import Act

Build = Callable[[], Act | None]
Wish = tuple[datetime | None, Build]  # not before this moment (None: soon), this act
Story = Iterator[Wish]

AGENCIES = ["Acute Trust", "Police", "Academy Trust", "Housing Service"]

MEANS = ["call", "meeting", "e-mail", "letter"]

WHATS = [
    "Send the chronology",
    "Name an author",
    "Send a summary",
    "Share the template",
]

TEXTS = [
    "Author on leave",
    "Sent by secure e-mail",
    "The file was empty",
    "As discussed",
    "x",
]

OUTCOMES = ["actions_agreed", "resolved", "not_resolved"]

# Days shortly after which something in the calendar happens.
STARTS = [
    date(2026, 11, 26),
    date(2026, 3, 24),  # clocks forward, Easter
    date(2024, 3, 22),  # Easter, clocks forward inside it
    date(2025, 10, 20),  # clocks back
    date(2026, 12, 16),  # Christmas, the 26th a Saturday
    date(2027, 12, 17),  # Christmas, both days at the weekend
    date(2024, 12, 18),
    date(2022, 9, 12),  # state funeral
    date(2022, 5, 26),  # two bank holidays together
    date(2023, 4, 28),  # three in May
    date(2020, 5, 4),  # the May day that was moved
    date(2026, 8, 25),
    date(2024, 2, 22),  # leap day
    date(2027, 8, 24),
    date(2025, 12, 29),
]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def days(number: float) -> timedelta:
    return timedelta(days=number)
