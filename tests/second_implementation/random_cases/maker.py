"""The whole case: storylines, with other acts strewn between their steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..process.settings import SANDWELL, Settings
from .choices import Story, Wish
from .incident_stories import IncidentStories
from .settled_stories import SettledStories
from .wild_acts import WildActs


class Maker(SettledStories, IncidentStories, WildActs):
    def __init__(self, seed: int, acts: int | None, settings: Settings) -> None:
        super().__init__(seed, acts, settings)
        self.stories: list[tuple[Story, Wish]] = []

    def begin(self, story: Story) -> None:
        wish = next(story, None)
        if wish is not None:
            self.stories.append((story, wish))

    def begin_something(self) -> None:
        live = self.live_incidents()
        if not live:
            return
        draw = self.rng.random()
        if draw < 0.1:
            self.begin(self.story_closures())
            return
        if draw < 0.2:
            self.begin(self.story_incident(self.rng.choice(live)))
            return
        ref = self.some_escalation(live)
        if ref is not None:
            self.begin(self.rng.choice(self.escalation_stories())(ref))

    def live_incidents(self) -> list[str]:
        """Those that have not ended, or a new one; none if its report was refused."""
        live = [ref for ref, one in self.play.incidents.items() if not one.ended()]
        if not live or (self.reported < 4 and self.chance(0.15)):
            ref = self.report_incident()
            if ref not in self.play.incidents:
                return []
            if self.chance(0.5):
                self.begin(self.story_incident(ref))
            live = [ref]
        return live

    def some_escalation(self, live: list[str]) -> str | None:
        """One that is open, or a new one; none if its raising was refused."""
        open_ones = [ref for ref, one in self.play.escalations.items() if one.is_open()]
        if open_ones and (self.raised >= 7 or self.chance(0.4)):
            return self.rng.choice(open_ones)
        if self.chance(0.5):
            self.a_little_later()
        ref = self.raise_escalation(self.rng.choice(live))
        return ref if ref in self.play.escalations else None

    def escalation_stories(self) -> list[Callable[[str], Story]]:
        return [
            self.story_settled,
            self.story_slow,
            self.story_late_meeting,
            self.story_late_meeting,
            self.story_maintained,
            self.story_stage_3,
            self.story_records,
            self.story_at_risk,
        ]

    def go_on(self) -> None:
        """One storyline takes its next step: one that waits for nothing, else the next
        due."""
        soon = [n for n, (_, wish) in enumerate(self.stories) if not self.must_wait(wish)]
        if self.long and self.chance(0.15):
            soon = []  # months may pass
        if soon:
            number = self.rng.choice(soon)
            self.a_little_later()
        elif self.long and self.chance(0.3):
            number = self.rng.randrange(len(self.stories))
        else:
            number = min(
                range(len(self.stories)),
                key=lambda n: self.stories[n][1][0] or self.now,
            )
        story, (when, build) = self.stories.pop(number)
        if when is not None:
            self.now = max(self.now, when)
        self.emit(build())
        self.begin(story)

    def must_wait(self, wish: Wish) -> bool:
        return wish[0] is not None and wish[0] > self.now

    def between(self) -> None:
        """Acts of no storyline."""
        draw = self.rng.random()
        if self.chance(0.7):
            self.a_little_later()
        elif self.chance(0.15):
            coming = self.interesting()
            if coming:
                self.now = max(self.now, self.around(coming[0]))
        open_ones = [ref for ref, one in self.play.escalations.items() if one.is_open()]
        if draw < 0.58:
            self.emit(self.wild())
        elif draw < 0.63:
            self.emit(self.tick())
        elif open_ones:
            self.emit(self.sensible(self.rng.choice(open_ones)))

    def make(self) -> dict[str, Any]:
        self.report_incident()
        while len(self.acts) < self.wanted:
            if not self.stories or (len(self.stories) < 3 and self.chance(0.12)):
                self.begin_something()
            if self.chance(0.33):
                self.between()
            elif self.stories:
                self.go_on()
        return {
            "title": f"Random case {self.seed}",
            "policy": "sandwell-2018",
            "people": self.people,
            "acts": self.acts,
        }


def random_case(
    seed: int, acts: int | None = None, settings: Settings = SANDWELL
) -> dict[str, Any]:
    """The same seed gives the same case."""
    return Maker(seed, acts, settings).make()
