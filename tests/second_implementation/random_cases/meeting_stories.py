"""Storylines of the stage-2 meeting: written up late, or its actions kept or not."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from ..process.days import local_day, midnight_that_ends
from .choices import Story, Wish, days, minutes
from .escalation_stories import EscalationStories


class MeetingStories(EscalationStories):
    def story_late_meeting(self, ref: str) -> Story:
        """The stage-2 meeting is written up when the clock has moved the case on."""
        one = self.play.escalations[ref]
        far = midnight_that_ends(one.last_days["stage_2"]) + days(self.rng.choice([-1, 1, 3, 6]))
        far = max(far, self.now)
        if one.is_open() and not one.actions_in_force() and self.chance(0.9):
            yield from self.agree(ref, self.rng.choice(["agency"] * 4 + ["scsp"]), local_day(far))
        yield from self.reach(ref, "stage_3")
        if self.chance(0.2):
            yield None, lambda: self.meeting(ref, "not_resolved")
        if self.chance(0.12):
            yield None, lambda: self.decide(ref)
        if one.stage != "stage_3" or not one.is_open():
            return
        outcome = self.rng.choice(["actions_agreed"] * 6 + ["resolved", "not_resolved"])
        wait = self.now + minutes(self.rng.choice([1, 60, 600, 3000]))
        yield (
            wait,
            lambda: self.meeting(ref, outcome, late=True) if one.stage == "stage_3" else None,
        )
        if one.is_open():
            yield from self.after_late_meeting(ref)
            yield from self.story_stage_3(ref)

    def after_late_meeting(self, ref: str) -> Story:
        """The agreement is kept, or not; then stage 3 again."""
        one = self.play.escalations[ref]
        action_ref = self.some_action(ref, lambda a: a.in_force is not None and a.outstanding())
        if action_ref is None or one.stage != "stage_2":
            return
        if self.chance(0.3):
            yield None, lambda: self.complete(ref, action_ref)
        action = one.actions[action_ref]
        if action.in_force is not None:
            yield self.around(midnight_that_ends(action.in_force[1])), self.tick
        yield None, lambda: self.act_on_action(ref, action_ref)
        if self.chance(0.4) and one.stage == "stage_2":
            yield None, lambda: self.meeting(ref, "not_resolved")

    def story_maintained(self, ref: str) -> Story:
        """A stage-2 meeting that agrees actions, which are kept or not."""
        one = self.play.escalations[ref]
        yield from self.reach(ref, "stage_2")
        overdue = self.chance(0.4)
        for _ in range(self.rng.choice([1, 1, 2])):
            due = local_day(self.now) + days(self.rng.choice([0, 1, 2, 5, 10]))
            if overdue:
                due = local_day(self.now)
            yield from self.agree(ref, self.rng.choice(["agency", "agency", "scsp"]), due)
        if one.stage != "stage_2":
            return
        if overdue:
            yield from self.overdue_at_meeting(ref)
        yield None, lambda: self.meeting(ref, "actions_agreed")
        going_on = yield from self.kept_or_not(ref)
        if going_on:
            yield None, lambda: self.meeting(ref)
            yield from self.story_stage_3(ref)

    def overdue_at_meeting(self, ref: str) -> Story:
        """First the action is not maintained, then varied, and only then the meeting."""
        one = self.play.escalations[ref]
        key = self.some_action(ref, lambda a: a.in_force is not None and a.outstanding())
        terms = one.actions[key].in_force if key is not None else None
        if key is None or terms is None:
            return
        yield max(midnight_that_ends(terms[1]), self.now), self.tick
        yield None, lambda: self.meeting(ref, "actions_agreed")
        draw = self.rng.random()
        if draw < 0.5:
            yield None, lambda: self.vary(ref, key)
            yield None, lambda: self.acknowledge(ref, key)
        elif draw < 0.8:
            yield None, lambda: self.complete(ref, key)

    def kept_or_not(self, ref: str) -> Generator[Wish, None, bool]:
        """What becomes of the actions; whether the story goes on then."""
        one = self.play.escalations[ref]
        for _ in range(self.rng.choice([1, 2, 3])):
            action_ref = self.some_action(ref)
            if action_ref is None or not one.is_open():
                return False
            yield None, partial(self.act_on_action, ref, action_ref)
            in_force = one.actions[action_ref].in_force
            if in_force is not None:
                wait = max(midnight_that_ends(in_force[1]), self.now)
                yield self.around(wait), self.tick
            yield None, partial(self.act_on_action, ref, action_ref)
        return True
