"""Storylines of escalations that are settled for a while."""

from __future__ import annotations

from datetime import date
from functools import partial

from ..process.days import local_day, midnight_that_ends
from .choices import Story, days, minutes
from .meeting_stories import MeetingStories


class SettledStories(MeetingStories):
    def story_settled(self, ref: str) -> Story:
        """Settled, left alone past its limits, then unsettled one way or another."""
        one = self.play.escalations[ref]
        if self.chance(0.6):
            yield from self.reach(ref, self.rng.choice(["stage_1", "stage_1", "stage_2"]))
        owner = self.rng.choice(["agency", "agency", "scsp"])
        yield from self.agree(ref, owner, local_day(self.now) + days(self.rng.choice([0, 1, 4])))
        action_ref = self.some_action(ref, lambda a: a.in_force is not None)
        if action_ref is None:
            return
        if owner == "agency":
            yield None, lambda: self.complete(ref, action_ref)
        end = max(self.limit_end(ref), self.now)
        if one.stage in ("stage_1", "stage_2") and self.chance(0.5):
            end = midnight_that_ends(
                self.rng.choice([one.last_days["stage_2"], one.last_days["stage_3"]])
            )
        yield self.around(end), self.tick
        yield from self.unsettle(ref, action_ref)
        yield self.around(self.limit_end(ref)), self.tick
        if self.chance(0.5):
            yield None, lambda: self.escalate(ref)
        yield from self.story_stage_3(ref)

    def unsettle(self, ref: str, action_ref: str) -> Story:
        """What was done is disputed, or more is asked of the agency, or the action is
        released."""
        if self.play.escalations[ref].actions[action_ref].done():
            yield (
                self.now + minutes(self.rng.choice([0, 60, 2000, 9000])),
                lambda: self.by_side(
                    ref,
                    "dispute_completion",
                    "scsp",
                    action=action_ref,
                    reason=self.text(),
                ),
            )
        elif self.chance(0.5):
            yield None, lambda: self.record_action(ref, "agency")
        else:
            for side in self.rng.sample(["scsp", "agency"], 2):
                yield None, partial(self.release, ref, action_ref, side)

    def story_slow(self, ref: str) -> Story:
        """Settled until a later stage's own day has passed, then unsettled: follow-on
        limits."""
        one = self.play.escalations[ref]
        start = self.rng.choice(["initial_discussion", "initial_discussion", "stage_1"])
        yield from self.reach(ref, start)
        yield from self.agree(ref, "scsp", local_day(self.now) + days(self.rng.choice([3, 30])))
        stage = self.rng.choice(["stage_1", "stage_2", "stage_2", "stage_3"])
        wait = midnight_that_ends(one.last_days[stage])
        wait += minutes(self.rng.choice([0, 1, 570, 600, 1440, 3500]))
        # An action of the agency's makes it unsettled, and is agreed for a day far off.
        due = local_day(max(wait, self.now)) + days(self.rng.choice([3, 9, 20]))
        yield max(wait, self.now), lambda: self.record_action(ref, "agency", due)
        if self.chance(0.7) and one.actions:
            newest = list(one.actions)[-1]
            yield None, lambda: self.acknowledge(ref, newest)
        declared: list[date] = []
        for _ in range(2):
            if self.chance(0.6):
                yield None, lambda: self.closure(declared, one)
            if self.chance(0.3) and declared:
                yield None, lambda: self.withdraw_closure(declared)
            if self.chance(0.7):
                yield self.around(max(self.limit_end(ref), self.now)), self.tick
        yield from self.story_late_meeting(ref)
