"""An incident and its timescales."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from .days import over
from .settings import INCIDENT_ENDS, TIMESCALES


@dataclass
class Timescale:
    state: str = "not_started"
    last_day: date | None = None
    met_on: date | None = None

    def start(self, last_day: date) -> None:
        self.state, self.last_day = "running", last_day

    def is_met(self) -> bool:
        return self.state in ("met", "met_late")

    def meet(self, day: date) -> None:
        """In time or late by the day on which it happened; while deferred it is met."""
        late = self.last_day is not None and day > self.last_day
        self.state, self.met_on = ("met_late" if late else "met"), day

    def withdraw(self) -> None:
        if not self.is_met():
            self.state, self.last_day = "withdrawn", None

    def outcome(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"state": self.state}
        if self.last_day is not None:
            shown["last_day"] = self.last_day.isoformat()
        if self.met_on is not None:
            shown["met_on"] = self.met_on.isoformat()
        return shown


class Incident:
    def __init__(self, incident_on: date) -> None:
        self.incident_on = incident_on
        self.state = "reported"
        self.notified: dict[str, date] = {}
        self.convened_on: date | None = None
        self.timescales = {name: Timescale() for name in TIMESCALES}

    def ended(self) -> bool:
        return self.state in INCIDENT_ENDS

    def let_time_pass(self, now: datetime) -> None:
        """A running timescale passes at the midnight that ends its last day, also when
        the incident has ended meanwhile."""
        for timescale in self.timescales.values():
            if timescale.state != "running" or timescale.last_day is None:
                continue
            if over(timescale.last_day, now):
                timescale.state = "passed"

    def outcome(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "timescales": {name: one.outcome() for name, one in self.timescales.items()},
        }
