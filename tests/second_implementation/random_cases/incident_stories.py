"""Storylines of an incident and of the partnership's closure days."""

from __future__ import annotations

from datetime import date, datetime

from ..process.days import midnight_that_ends
from ..process.settings import TIMESCALES
from .choices import Story, days, minutes
from .incident_acts import IncidentActs


class IncidentStories(IncidentActs):
    def story_incident(self, ref: str) -> Story:
        incident = self.play.incidents[ref]
        for _ in range(self.rng.randint(1, 14)):
            if incident.ended():
                return
            wait: datetime | None = None
            if self.chance(0.8 if self.long else 0.35):
                names = TIMESCALES if self.long else TIMESCALES[:2]
                if incident.state == "review_commissioned" and self.long:
                    names = ["review"]
                ends = [
                    midnight_that_ends(one.last_day)
                    for one in (incident.timescales[name] for name in names)
                    if one.last_day is not None and one.state == "running"
                ]
                if ends:
                    wait = self.around(self.rng.choice(ends))
            elif not self.long and self.chance(0.5):
                wait = self.now + days(self.rng.choice([1, 2, 3]))
            yield wait, lambda: self.next_incident_step(ref)
        if self.chance(0.2):
            yield (
                None,
                lambda: self.on_incident(ref, "withdraw_incident", reasons=self.text()),
            )

    def story_closures(self) -> Story:
        declared: list[date] = []
        for _ in range(self.rng.randint(1, 6)):
            wait: datetime | None = None
            coming = self.interesting()
            if self.chance(0.4) and coming:
                wait = coming[0] - minutes(self.rng.choice([0, 1, 600, 1500]))
            yield wait, lambda: self.closure(declared)
            if self.chance(0.35) and declared:
                yield None, lambda: self.withdraw_closure(declared)
