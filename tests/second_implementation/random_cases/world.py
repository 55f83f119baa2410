"""The case so far, its time, and how an act is put into it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..process.days import (
    ZONE,
    local_day,
    midnight_that_ends,
    midnight_that_opens,
    moment,
)
from ..process.escalations import Escalation
from ..process.play import Play
from ..process.settings import PARTNERSHIP_ROLES, REPORTING_ROLES, Act, Settings
from .choices import MEANS, STARTS, days, minutes
from .people import People


class World(People):
    """The case that is written, and beside it a `Play` of it to look at."""

    def __init__(self, seed: int, acts: int | None, settings: Settings) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.wanted = acts if acts is not None else self.rng.choice([15, 25, 40, 40, 60])
        self.people = self.cast()
        self.play = Play(self.people, settings)
        self.acts: list[Act] = []
        self.long = self.rng.random() < 0.3  # months pass: reviews and publications
        start = self.rng.choice(STARTS)
        if self.rng.random() < 0.35:
            start = date(2019, 1, 1) + days(self.rng.randrange(365 * 9))
        start += days(self.rng.randrange(5))
        self.now = midnight_that_opens(start) + minutes(self.rng.choice([0, 510, 570, 600, 900]))
        self.raised = 0
        self.reported = 0

    # --- time ---

    def due_day(self) -> date:
        today = local_day(self.now)
        offset = self.rng.choice([0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 7, 9, 14, 21])
        if self.chance(0.03):
            offset = -1
        return today + days(offset)

    def write(self, when: datetime) -> str:
        """The moment as text: mostly local time without an offset."""
        local = when.astimezone(ZONE)
        if self.chance(0.06):
            return local.isoformat()
        if self.chance(0.03):
            return when.astimezone(UTC).isoformat()
        bare = local.replace(tzinfo=None)
        if self.chance(0.3):  # on the day when the clocks go forward, a time that does not exist
            earlier = bare - timedelta(hours=1)
            if moment(earlier.isoformat()) == when:
                bare = earlier
        text = bare.isoformat(timespec="minutes" if bare.second == 0 else "seconds")
        return text if moment(text) == when else local.isoformat()

    def a_little_later(self) -> None:
        step = self.rng.choices(
            [0.0, 1, 10, 45, 180, 600, 1440, 4320],
            [3, 5, 8, 6, 4, 2, 1, 0.4],
        )[0]
        self.now += minutes(int(step * self.rng.uniform(0.5, 1.5)))

    def around(self, when: datetime) -> datetime:
        """At this moment, or shortly before or after it."""
        return when + minutes(
            self.rng.choices(
                [0, 1, -1, 7 * 60, 9 * 60 + 30, 14 * 60, 33 * 60],
                [7, 3, 2, 3, 4, 3, 1],
            )[0]
        )

    def interesting(self) -> list[datetime]:
        """Moments still to come at which something could fall due."""
        found: set[datetime] = set()
        for one in self.play.escalations.values():
            if one.is_open():
                found |= self.may_fall_due(one)
        for incident in self.play.incidents.values():
            for name in ("notification", "rapid_review"):
                last_day = incident.timescales[name].last_day
                if last_day is not None:
                    found.add(midnight_that_ends(last_day))
        return sorted(when for when in found if when > self.now)

    def may_fall_due(self, one: Escalation) -> set[datetime]:
        found = {self.stage_end(one)}
        for action in one.actions.values():
            if action.in_force is not None and action.outstanding():
                found.add(midnight_that_ends(action.in_force[1]))
        return found

    def limit_end(self, ref: str) -> datetime:
        return self.stage_end(self.play.escalations[ref])

    def stage_end(self, one: Escalation) -> datetime:
        if one.stage == "initial_discussion":
            return midnight_that_opens(one.day_1)
        return midnight_that_ends(one.limit_day())

    def happened(self, act: Act, not_before: datetime | None) -> Act:
        """Sometimes an act is recorded later than it happened."""
        draw = self.rng.random()
        if not_before is not None and not_before > self.now:
            not_before = None
        if draw < 0.02:
            occurred = self.now + minutes(self.rng.choice([1, 60, 3000]))
        elif draw < 0.04:
            occurred = self.now
        elif draw < 0.06 and not_before is not None:
            occurred = not_before - minutes(self.rng.choice([1, 60, 3000]))
        elif draw < 0.09 and not_before is not None:
            occurred = not_before
        elif draw < 0.13:
            occurred = midnight_that_opens(local_day(self.now))
            if not_before is not None:
                occurred = max(occurred, not_before)
        elif draw < 0.22:
            span = (self.now - (not_before or self.now - days(2))) / minutes(1)
            occurred = self.now - minutes(int(span * self.rng.random() ** 2))
        else:
            return act
        act["occurred"] = self.write(occurred)
        return act

    # --- acts ---

    def emit(self, act: Act | None) -> None:
        if act is None or len(self.acts) >= self.wanted:
            return
        self.now = max(self.now, self.play.now)
        placed: Act = {"at": self.write(self.now)}
        placed.update(act)
        self.acts.append(placed)
        self.play.step(placed)

    def tick(self) -> Act:
        return {"act": "tick"}

    def on_escalation(self, ref: str, name: str, roles: Iterable[str], **fields: Any) -> Act:
        one = self.play.escalations[ref]
        act: Act = {
            "by": self.somebody(roles, one.agency),
            "act": name,
            "escalation": ref,
        }
        act.update(fields)
        return self.happened(act, one.raised if self.chance(0.5) else one.here.entered)

    def by_side(self, ref: str, name: str, side: str, **fields: Any) -> Act:
        """An act of one side, that of the agency sometimes by report."""
        one = self.play.escalations[ref]
        act: Act = {"act": name, "escalation": ref, **fields}
        if side == "scsp":
            act["by"] = self.somebody(PARTNERSHIP_ROLES)
        elif name != "record_action" and self.chance(0.3):
            act["by"] = self.somebody(REPORTING_ROLES)
            act["on_behalf_of"] = "agency"
            act["means"] = self.rng.choice(MEANS)
        else:
            act["by"] = self.of_agency(one.agency)
        return self.happened(act, max(one.raised, self.now - days(3)))

    def on_incident(self, ref: str, name: str, **fields: Any) -> Act:
        roles = {"cspr_officer", "business_manager"}
        if name == "withdraw_incident":
            roles = {"business_manager"}
        if name == "decide_review":
            roles = PARTNERSHIP_ROLES
        act: Act = {"by": self.somebody(roles), "act": name, "incident": ref, **fields}
        incident = self.play.incidents[ref]
        not_before = max(midnight_that_opens(incident.incident_on), self.now - days(6))
        return self.happened(act, not_before)
