"""Storylines that carry an escalation to stage 3 and its end, or leave it before."""

from __future__ import annotations

from ..process.days import local_day, midnight_that_ends
from ..process.settings import LADDER, STAGES
from .choices import Build, Story, days
from .escalation_acts import EscalationActs
from .incident_acts import IncidentActs


class EscalationStories(EscalationActs, IncidentActs):
    def reach(self, ref: str, stage: str) -> Story:
        """Waits until the clock, or a person, has carried the case to this stage."""
        for _ in range(5):
            one = self.play.escalations[ref]
            if not one.is_open() or STAGES.index(one.stage) >= STAGES.index(stage):
                return
            if self.chance(0.15):
                yield None, lambda: self.escalate(ref)
            else:
                wait = self.around(max(self.limit_end(ref), self.now))
                yield (
                    wait,
                    self.tick if self.chance(0.5) else lambda: self.small_talk(ref),
                )

    def story_stage_3(self, ref: str) -> Story:
        """Stage 3: notice, consultation, meetings, decisions, the end."""
        one = self.play.escalations[ref]
        if self.chance(0.85):
            yield from self.reach(ref, "stage_3")
        if self.chance(0.4):
            yield self.around(max(self.limit_end(ref), self.now)), self.tick
        options = self.in_stage_3(ref)
        for _ in range(self.rng.randint(2, 9)):
            if not one.is_open():
                break
            yield None, lambda: self.pick(options)
            if self.chance(0.15):
                yield self.around(max(self.limit_end(ref), self.now)), self.tick
        yield None, lambda: self.close(ref)
        action_ref = self.some_action(ref, lambda a: a.done() and not a.confirmed)
        if action_ref is not None and self.chance(0.7):
            other = "scsp" if one.actions[action_ref].owner == "agency" else "agency"
            yield (
                None,
                lambda: self.by_side(ref, "confirm_action", other, action=action_ref),
            )

    def in_stage_3(self, ref: str) -> list[tuple[float, Build]]:
        return [
            (1, lambda: self.on_escalation(ref, "notify_chair", {"cspr_officer"})),
            (
                1,
                lambda: self.on_escalation(ref, "consult", {"scsp_chair"}, body="National body"),
            ),
            (
                3,
                lambda: self.meeting(ref, self.rng.choice(["actions_agreed", "not_resolved"])),
            ),
            (3, lambda: self.decide(ref)),
            (2, lambda: self.record_action(ref)),
            (4, lambda: self.any_action(ref)),
            (1, lambda: self.resolve(ref)),
        ]

    def story_records(self, ref: str) -> Story:
        """Two sides and their records: variations, reports, releases, disputes."""
        for _ in range(self.rng.choice([1, 2])):
            yield None, lambda: self.record_action(ref)
        for _ in range(self.rng.randint(4, 12)):
            if not self.play.escalations[ref].is_open():
                return
            yield None, lambda: self.any_action(ref)
            if self.chance(0.1):
                coming = self.interesting()
                if coming:
                    yield self.around(coming[0]), self.tick
        if self.chance(0.6):
            yield None, lambda: self.close(ref)

    def story_at_risk(self, ref: str) -> Story:
        """The timescale is met while the case is open; the case waits to be closed."""
        one = self.play.escalations[ref]
        incident, incident_ref = one.incident, one.incident_ref
        if self.chance(0.7):
            yield from self.reach(ref, self.rng.choice(LADDER))
        if self.chance(0.7):
            due = local_day(self.now) + days(self.rng.choice([0, 1, 3, 6]))
            yield from self.agree(ref, "agency", due)
        if self.chance(0.3) and one.stage == "stage_2":
            yield None, lambda: self.meeting(ref, "actions_agreed")
        if self.chance(0.12):
            yield (
                None,
                lambda: self.on_incident(incident_ref, "withdraw_incident", reasons=self.text()),
            )
        for _ in range(9):
            if one.no_longer_at_risk is not None or incident.ended():
                break
            yield None, lambda: self.next_incident_step(incident_ref, one.timescale)
        action_ref = self.some_action(ref, lambda a: a.in_force is not None)
        if action_ref is not None:
            in_force = one.actions[action_ref].in_force
            assert in_force is not None
            yield self.around(max(midnight_that_ends(in_force[1]), self.now)), self.tick
        yield self.around(max(self.limit_end(ref), self.now)), self.tick
        for _ in range(self.rng.choice([0, 1, 3])):
            if one.is_open():
                yield None, lambda: self.sensible(ref)
        if one.is_open() and self.chance(0.8):
            yield None, lambda: self.resolve(ref)
