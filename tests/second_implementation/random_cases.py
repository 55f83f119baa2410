"""Random case files, valid in form, that reach the deep states of the process often.

The maker keeps a `Play` of its own beside the case that it writes and looks at it to
choose what could happen next, and when. Storylines carry each escalation and incident
towards an interesting state; between their steps random acts are strewn, many of which
must be refused.

Run as a module, `random_cases [HOW_MANY]` counts what 2,000 (or so many) random cases
reach.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from .process import (
    AGENCY_ROLES,
    BODIES,
    INCIDENT_ENDS,
    LADDER,
    PARTNERSHIP_ROLES,
    REPORTING_ROLES,
    SANDWELL,
    STAGES,
    TIMESCALES,
    ZONE,
    Act,
    Action,
    Escalation,
    Incident,
    Play,
    Settings,
    local_day,
    midnight_that_ends,
    midnight_that_opens,
    moment,
)

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


class Maker:
    def __init__(self, seed: int, acts: int | None, settings: Settings) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.wanted = acts if acts is not None else self.rng.choice([15, 25, 40, 40, 60])
        self.people = self.cast()
        self.play = Play(self.people, settings)
        self.acts: list[Act] = []
        self.stories: list[tuple[Story, Wish]] = []
        self.long = self.rng.random() < 0.3  # months pass: reviews and publications
        start = self.rng.choice(STARTS)
        if self.rng.random() < 0.35:
            start = date(2019, 1, 1) + days(self.rng.randrange(365 * 9))
        start += days(self.rng.randrange(5))
        self.now = midnight_that_opens(start) + minutes(self.rng.choice([0, 510, 570, 600, 900]))
        self.raised = 0
        self.reported = 0

    # --- small choices ---

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def cast(self) -> dict[str, dict[str, str]]:
        rng = self.rng
        people = {
            "officer": ("cspr_officer", "scsp"),
            "manager": ("business_manager", "scsp"),
            "sub": ("subgroup_chair", "scsp"),
            "chair": ("scsp_chair", "scsp"),
            "audit": ("auditor", rng.choice(["scsp", "Acute Trust"])),
        }
        agencies = rng.sample(AGENCIES, rng.choice([1, 2, 2, 3]))
        for agency in agencies:
            key = agency.split()[0].lower()
            people[key] = ("agency_representative", agency)
            if rng.random() < 0.7:
                people[key + "_board"] = ("partnership_representative", agency)
            if rng.random() < 0.7:
                people[key + "_lead"] = ("service_lead", agency)
        for role in sorted(PARTNERSHIP_ROLES):
            if rng.random() < 0.5:  # a deputy, often employed by one of the agencies
                people["deputy_" + role] = (role, rng.choice(["scsp", *agencies]))
        return {
            key: {"name": f"{chr(65 + number)}. Person", "role": role, "agency": agency}
            for number, (key, (role, agency)) in enumerate(people.items())
        }

    def agencies(self) -> list[str]:
        """Agencies whose representatives are in the case."""
        found = {p["agency"] for p in self.people.values() if p["role"] in AGENCY_ROLES}
        return sorted(found)

    def somebody(self, roles: Iterable[str], free_of: str | None = None) -> str:
        """A person with one of the roles, mostly without a conflict of interest."""
        wanted = set(roles)
        found = [key for key, p in self.people.items() if p["role"] in wanted]
        if free_of is not None and self.chance(0.85):
            free = [key for key in found if self.people[key]["agency"] != free_of]
            found = free or found
        return self.rng.choice(found)

    def of_agency(self, agency: str) -> str:
        found = [
            key
            for key, p in self.people.items()
            if p["agency"] == agency and p["role"] in AGENCY_ROLES
        ]
        if not found:
            return self.somebody(AGENCY_ROLES)
        return self.rng.choice(found)

    def text(self) -> str:
        return self.rng.choice(TEXTS)

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

    # --- time ---

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
            if not one.is_open():
                continue
            if one.stage == "initial_discussion":
                found.add(midnight_that_opens(one.day_1))
            else:
                found.add(midnight_that_ends(one.limit_day()))
            for action in one.actions.values():
                if action.in_force is not None and action.outstanding():
                    found.add(midnight_that_ends(action.in_force[1]))
        for incident in self.play.incidents.values():
            for name in ("notification", "rapid_review"):
                last_day = incident.timescales[name].last_day
                if last_day is not None:
                    found.add(midnight_that_ends(last_day))
        return sorted(when for when in found if when > self.now)

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

    def report_incident(self) -> str:
        self.reported += 1
        ref = f"INC-{self.reported}"
        today = local_day(self.now)
        incident_on = today - days(self.rng.choice([0, 1, 2, 3, 5, 9, 20]))
        aware_on = min(today, incident_on + days(self.rng.choice([0, 0, 1, 2])))
        act: Act = {
            "by": self.somebody({"cspr_officer", "business_manager"}),
            "act": "report_incident",
            "incident": ref,
            "incident_on": incident_on.isoformat(),
            "aware_on": aware_on.isoformat(),
        }
        if self.chance(0.15):
            occurred = max(midnight_that_opens(incident_on), self.now - days(2))
            act["occurred"] = self.write(occurred)
        self.emit(act)
        return ref

    def raise_escalation(self, incident_ref: str, timescale: str | None = None) -> str:
        self.raised += 1
        ref = f"ESC-{self.raised}"
        incident = self.play.incidents[incident_ref]
        if timescale is None:
            open_ones = [n for n in TIMESCALES if not incident.timescales[n].is_met()]
            timescale = self.rng.choice(open_ones or TIMESCALES)
        act: Act = {
            "by": self.somebody({"cspr_officer", "business_manager"}),
            "act": "raise_escalation",
            "escalation": ref,
            "incident": incident_ref,
            "timescale": timescale,
            "agency": self.rng.choice(self.agencies()),
            "concern": "Chronology not returned",
        }
        draw = self.rng.random()
        earliest = midnight_that_opens(incident.incident_on)
        if draw < 0.15:  # written up late
            occurred = self.now - days(self.rng.choice([1, 2, 4, 6, 9, 13]))
            act["occurred"] = self.write(max(earliest, occurred))
        elif draw < 0.2:
            act["occurred"] = self.write(max(earliest, midnight_that_opens(local_day(self.now))))
        elif draw < 0.22:
            act["variant"] = "urgent"
        elif draw < 0.25:
            act["agency"] = self.rng.choice(["Nobody", "scsp"])
        self.emit(act)
        return ref

    # --- acts on actions ---

    def record_action(self, ref: str, owner: str | None = None, due: date | None = None) -> Act:
        one = self.play.escalations[ref]
        number = len(one.actions) + 1
        side = self.rng.choice(["scsp", "agency"])
        return self.by_side(
            ref,
            "record_action",
            side,
            action=f"A{number}",
            what=self.rng.choice(WHATS),
            owner=owner or self.rng.choice(["agency", "agency", "scsp"]),
            due=(due or self.due_day()).isoformat(),
        )

    def act_on_action(self, ref: str, action_ref: str) -> Act | None:
        """Something that could well happen to this action now."""
        one = self.play.escalations[ref]
        action = one.actions[action_ref]
        other_of_owner = "scsp" if action.owner == "agency" else "agency"
        if action.released or action.confirmed:
            return None
        if action.done():
            name = self.rng.choice(["confirm_action", "dispute_completion"])
            act = self.by_side(ref, name, other_of_owner, action=action_ref)
            if name == "dispute_completion":
                act["reason"] = self.text()
            return act
        if action.release_said_by and self.chance(0.6):
            missing = sorted({"scsp", "agency"} - action.release_said_by)
            side = self.rng.choice(missing)
            return self.by_side(ref, "release_action", side, action=action_ref, reason=self.text())
        options: list[tuple[float, Build]] = [
            (2, lambda: self.complete(ref, action_ref)),
            (1, lambda: self.release(ref, action_ref)),
            (2, lambda: self.vary(ref, action_ref)),
        ]
        if action.in_force is None or action.differs():
            options.append((6, lambda: self.acknowledge(ref, action_ref)))
        if action.reported:
            options.append((4, lambda: self.own_word(ref, action_ref)))
        return self.pick(options)

    def pick(self, options: list[tuple[float, Build]]) -> Act | None:
        build = self.rng.choices([o[1] for o in options], [o[0] for o in options])[0]
        return build()

    def complete(self, ref: str, action_ref: str) -> Act:
        owner = self.play.escalations[ref].actions[action_ref].owner
        return self.by_side(ref, "complete_action", owner, action=action_ref, evidence=self.text())

    def release(self, ref: str, action_ref: str, side: str | None = None) -> Act:
        side = side or self.rng.choice(["scsp", "agency"])
        return self.by_side(ref, "release_action", side, action=action_ref, reason=self.text())

    def acknowledge(self, ref: str, action_ref: str) -> Act:
        action = self.play.escalations[ref].actions[action_ref]
        side = self.rng.choice(["scsp", "agency"])
        for one in ("scsp", "agency"):
            if one not in action.records:
                side = one
        return self.by_side(ref, "acknowledge_action", side, action=action_ref)

    def vary(self, ref: str, action_ref: str, side: str | None = None) -> Act:
        action = self.play.escalations[ref].actions[action_ref]
        side = side or self.rng.choice(["scsp", "agency"])
        fields: dict[str, str] = {}
        draw = self.rng.random()
        if draw < 0.55:
            fields["due"] = self.due_day().isoformat()
        elif draw < 0.7:
            fields["what"] = self.rng.choice(WHATS)
        elif draw < 0.8:
            fields["what"] = self.rng.choice(WHATS)
            fields["due"] = self.due_day().isoformat()
        elif draw < 0.98:  # terms that are there already: one's own, or the other's
            what, due = self.rng.choice(sorted(action.records.values()))
            fields["what"] = what
            if self.chance(0.7):
                fields["due"] = due.isoformat()
        return self.by_side(ref, "vary_action", side, action=action_ref, **fields)

    def own_word(self, ref: str, action_ref: str) -> Act:
        """The agency itself takes what stood on a report."""
        one = self.play.escalations[ref]
        action = one.actions[action_ref]
        act: Act = {
            "by": self.of_agency(one.agency),
            "act": "acknowledge_action",
            "escalation": ref,
            "action": action_ref,
        }
        if self.chance(0.4):
            act["act"] = "vary_action"
            act["what"] = action.records["agency"][0]
        return self.happened(act, self.now - days(1))

    def some_action(self, ref: str, test: Callable[[Action], bool] | None = None) -> str | None:
        actions = self.play.escalations[ref].actions
        found = [key for key, one in actions.items() if test is None or test(one)]
        return self.rng.choice(found) if found else None

    def agree(self, ref: str, owner: str = "agency", due: date | None = None) -> Iterator[Wish]:
        """An action is recorded and becomes agreed."""
        yield None, lambda: self.record_action(ref, owner, due)
        actions = self.play.escalations[ref].actions
        if actions:
            action_ref = list(actions)[-1]
            yield None, lambda: self.acknowledge(ref, action_ref)

    # --- meetings and decisions ---

    def meeting(self, ref: str, outcome: str | None = None, late: bool = False) -> Act:
        one = self.play.escalations[ref]
        role = "scsp_chair" if one.stage == "stage_3" and not late else "subgroup_chair"
        if outcome is None:
            outcome = self.rng.choice(OUTCOMES)
            if not one.actions_in_force() and self.chance(0.8):
                outcome = "not_resolved"
        act: Act = {
            "by": self.somebody({role}, one.agency),
            "act": "hold_meeting",
            "escalation": ref,
            "present": sorted(self.rng.sample(sorted(self.people), 3)),
            "outcome": outcome,
        }
        if late:
            start, end = one.visits[-2].entered, one.here.entered
            span = int((end - start) / minutes(1))
            occurred = start + minutes(self.rng.choice([0, span - 1, span // 2, span // 2]))
            if self.chance(0.05):
                occurred = self.rng.choice([end, start - minutes(1)])
            act["occurred"] = self.write(occurred)
            return act
        return self.happened(act, one.here.entered)

    def decide(self, ref: str) -> Act:
        one = self.play.escalations[ref]
        fields: dict[str, Any] = {"decision": "Summary instead", "reasons": "Time"}
        open_ones = [key for key, action in one.actions.items() if action.outstanding()]
        if open_ones and self.chance(0.6):
            fields["releases"] = self.rng.sample(open_ones, self.rng.randint(1, len(open_ones)))
        if self.chance(0.06):
            fields["releases"] = [*open_ones, *open_ones, "A9"][:2]
        if self.chance(0.6):
            fields["sets"] = [
                {
                    "action": f"D{len(one.actions) + number}",
                    "what": self.rng.choice(WHATS),
                    "owner": self.rng.choice(["agency", "scsp"]),
                    "due": self.due_day().isoformat(),
                }
                for number in range(self.rng.choice([1, 1, 2]))
            ]
        return self.on_escalation(ref, "decide", {"scsp_chair"}, **fields)

    def resolve(self, ref: str) -> Act:
        one = self.play.escalations[ref]
        roles = {
            "initial_discussion": {"cspr_officer", "business_manager"},
            "stage_1": {"cspr_officer", "business_manager"},
            "stage_2": {"subgroup_chair", "business_manager"},
            "stage_3": {"scsp_chair"},
        }[one.stage]
        if one.no_longer_at_risk is not None and self.chance(0.6):
            roles = {"business_manager"}
        return self.on_escalation(ref, "resolve", roles, outcome="Chronology received")

    def escalate(self, ref: str) -> Act:
        roles = {"business_manager", "subgroup_chair", "scsp_chair"}
        return self.on_escalation(ref, "escalate", roles, reason=self.text())

    # --- storylines of one escalation ---

    def limit_end(self, ref: str) -> datetime:
        one = self.play.escalations[ref]
        if one.stage == "initial_discussion":
            return midnight_that_opens(one.day_1)
        return midnight_that_ends(one.limit_day())

    def tick(self) -> Act:
        return {"act": "tick"}

    def reach(self, ref: str, stage: str) -> Iterator[Wish]:
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

    def small_talk(self, ref: str) -> Act:
        draw = self.rng.random()
        if draw < 0.5:
            side = self.rng.choice(["scsp", "agency"])
            how = self.rng.choice(MEANS)
            act = self.by_side(ref, "record_discussion", side, how=how, said=self.text())
            if self.chance(0.1):
                raised = self.play.escalations[ref].raised
                act["occurred"] = self.write(raised - minutes(self.rng.choice([30, 1440])))
            return act
        if draw < 0.75:
            return self.by_side(ref, "give_reason", "agency", reason=self.text())
        role = self.rng.choice(["business_manager", "agency_representative"])
        return self.on_escalation(ref, "inform", {"cspr_officer", "business_manager"}, role=role)

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
        action = one.actions[action_ref]
        if owner == "agency":
            yield None, lambda: self.complete(ref, action_ref)
        end = max(self.limit_end(ref), self.now)
        if one.stage in ("stage_1", "stage_2") and self.chance(0.5):
            end = midnight_that_ends(
                self.rng.choice([one.last_days["stage_2"], one.last_days["stage_3"]])
            )
        yield self.around(end), self.tick
        if action.done():
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
        yield self.around(self.limit_end(ref)), self.tick
        if self.chance(0.5):
            yield None, lambda: self.escalate(ref)
        yield from self.story_stage_3(ref)

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
        if not one.is_open():
            return
        # The agreement is kept, or not; then stage 3 again.
        action_ref = self.some_action(ref, lambda a: a.in_force is not None and a.outstanding())
        if action_ref is not None and one.stage == "stage_2":
            if self.chance(0.3):
                yield None, lambda: self.complete(ref, action_ref)
            action = one.actions[action_ref]
            if action.in_force is not None:
                yield self.around(midnight_that_ends(action.in_force[1])), self.tick
            yield None, lambda: self.act_on_action(ref, action_ref)
            if self.chance(0.4) and one.stage == "stage_2":
                yield None, lambda: self.meeting(ref, "not_resolved")
        yield from self.story_stage_3(ref)

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
            # First the action is not maintained, then varied, and only then the
            # meeting.
            key = self.some_action(ref, lambda a: a.in_force is not None and a.outstanding())
            terms = one.actions[key].in_force if key is not None else None
            if key is not None and terms is not None:
                yield max(midnight_that_ends(terms[1]), self.now), self.tick
                yield None, lambda: self.meeting(ref, "actions_agreed")
                draw = self.rng.random()
                if draw < 0.5:
                    yield None, lambda: self.vary(ref, key)
                    yield None, lambda: self.acknowledge(ref, key)
                elif draw < 0.8:
                    yield None, lambda: self.complete(ref, key)
        yield None, lambda: self.meeting(ref, "actions_agreed")
        for _ in range(self.rng.choice([1, 2, 3])):
            action_ref = self.some_action(ref)
            if action_ref is None or not one.is_open():
                return
            yield None, partial(self.act_on_action, ref, action_ref)
            in_force = one.actions[action_ref].in_force
            if in_force is not None:
                wait = max(midnight_that_ends(in_force[1]), self.now)
                yield self.around(wait), self.tick
            yield None, partial(self.act_on_action, ref, action_ref)
        yield None, lambda: self.meeting(ref)
        yield from self.story_stage_3(ref)

    def story_stage_3(self, ref: str) -> Story:
        """Stage 3: notice, consultation, meetings, decisions, the end."""
        one = self.play.escalations[ref]
        if self.chance(0.85):
            yield from self.reach(ref, "stage_3")
        if self.chance(0.4):
            yield self.around(max(self.limit_end(ref), self.now)), self.tick
        options: list[tuple[float, Build]] = [
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

    def any_action(self, ref: str) -> Act | None:
        action_ref = self.some_action(ref)
        return None if action_ref is None else self.act_on_action(ref, action_ref)

    def close(self, ref: str) -> Act:
        one = self.play.escalations[ref]
        if self.chance(0.12):
            return self.on_escalation(
                ref, "withdraw_escalation", {"business_manager"}, reason=self.text()
            )
        if one.stage in ("stage_2", "stage_3") and self.chance(0.3):
            return self.meeting(ref, "resolved")
        return self.resolve(ref)

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

    # --- storylines of an incident and of the calendar ---

    def next_incident_step(self, ref: str, towards: str | None = None) -> Act | None:
        incident = self.play.incidents[ref]
        missing = sorted(BODIES - set(incident.notified))
        if missing and (towards == "notification" or self.chance(0.4)):
            return self.on_incident(ref, "notify", body=self.rng.choice(missing))
        if incident.state == "reported":
            return self.on_incident(ref, "notify", body="national_panel")
        if incident.state == "notified":
            return self.on_incident(ref, "convene_rapid_review")
        if incident.state == "rapid_review":
            return self.on_incident(ref, "send_outcome")
        if incident.state == "outcome_sent":
            return self.on_incident(
                ref,
                "decide_review",
                commission=self.chance(0.8),
                decided_by="SLPR subgroup",
                reasons="New learning",
            )
        if incident.state == "review_commissioned":
            if self.chance(0.35):
                return self.defer(ref)
            return self.on_incident(ref, "complete_review")
        if incident.state == "review_completed":
            draw = self.rng.random()
            if draw < 0.5:
                return self.defer(ref)
            if draw < 0.85:
                return self.on_incident(ref, "publish_review")
            return self.on_incident(ref, "withhold_publication", reasons=self.text())
        return None

    def defer(self, ref: str) -> Act:
        fields = {"reasons": "The trial is listed", "procedure": "Criminal trial"}
        if self.chance(0.6):
            until = local_day(self.now) + days(self.rng.choice([-3, 0, 1, 10, 40]))
            fields["until"] = until.isoformat()
        return self.on_incident(ref, "defer_publication", **fields)

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

    def closure(self, declared: list[date], one: Escalation | None = None) -> Act:
        today = local_day(self.now)
        day = today + days(self.rng.choice([-2, -1, 0, 1, 1, 2, 2, 3, 4, 5, 7, 9, 11]))
        coming = self.interesting()
        if coming and self.chance(0.5):
            day = local_day(self.rng.choice(coming) - minutes(1))  # a last day itself
        if one is not None and one.is_open() and one.here.follow_on is not None:
            day = one.here.follow_on - days(self.rng.choice([0, 0, 1]))
        if declared and self.chance(0.06):
            day = self.rng.choice(declared)
        declared.append(day)
        return {
            "by": self.somebody({"business_manager"}),
            "act": "declare_closure",
            "day": day.isoformat(),
            "reason": "Offices closed",
        }

    def withdraw_closure(self, declared: list[date]) -> Act:
        later = [day for day in declared if day > local_day(self.now)]
        day = self.rng.choice(later if later and self.chance(0.85) else declared)
        return {
            "by": self.somebody({"business_manager"}),
            "act": "withdraw_closure",
            "day": day.isoformat(),
            "reason": "Postponed",
        }

    # --- acts outside the storylines ---

    def sensible(self, ref: str) -> Act | None:
        """Some act that would mostly be taken in the present state."""
        one = self.play.escalations[ref]
        options: list[tuple[float, Build]] = [
            (2, lambda: self.small_talk(ref)),
            (2, lambda: self.record_action(ref)),
            (6, lambda: self.any_action(ref)),
        ]
        if one.stage in ("stage_2", "stage_3"):
            options.append((2, lambda: self.meeting(ref)))
        if one.stage == "stage_3":
            options.append((1.5, lambda: self.decide(ref)))
        else:
            options.append((0.7, lambda: self.escalate(ref)))
        if self.chance(0.3):
            options.append((1, lambda: self.resolve(ref)))
        return self.pick(options)

    def wild(self) -> Act | None:
        """Anybody does anything: valid in form, often refused."""
        rng = self.rng
        by = rng.choice(sorted(self.people))
        incident = rng.choice([*self.play.incidents, *self.play.incidents, "INC-9"])
        escalation = rng.choice([*self.play.escalations] * 4 + ["ESC-9"])
        actions: list[str] = ["A9"]
        if escalation in self.play.escalations:
            actions += [*self.play.escalations[escalation].actions] * 4
        action = rng.choice(actions)
        today = local_day(self.now)
        some_day = (today + days(rng.choice([-1, 0, 1, 3]))).isoformat()
        name = rng.choice(ALL_ACTS)
        fields: dict[str, Any] = {}
        if name in INCIDENT_ACTS:
            fields["incident"] = incident
        elif name not in ("declare_closure", "withdraw_closure"):
            fields["escalation"] = escalation
        if name in ACTION_ACTS or name == "record_action":
            fields["action"] = action
        if name == "report_incident":
            fields |= {
                "incident_on": (today - days(1)).isoformat(),
                "aware_on": some_day,
            }
            if fields["incident"] not in self.play.incidents:
                return None
        elif name == "notify":
            fields["body"] = rng.choice(sorted(BODIES))
        elif name == "decide_review":
            fields |= {"commission": True, "decided_by": "Subgroup", "reasons": "x"}
        elif name == "defer_publication":
            fields |= {"reasons": "x", "procedure": "Inquest", "until": some_day}
        elif name in ("withhold_publication", "withdraw_incident"):
            if self.chance(0.7):
                return None
            fields["reasons"] = "x"
        elif name == "raise_escalation":
            fields |= {
                "incident": incident,
                "timescale": rng.choice(TIMESCALES),
                "agency": rng.choice([*self.agencies(), "Nobody", "scsp"]),
                "concern": "x",
            }
        elif name == "record_discussion":
            fields |= {"how": rng.choice(MEANS), "said": "x"}
        elif name == "inform":
            fields["role"] = rng.choice(["business_manager", "agency_representative"])
        elif name == "record_action":
            fields |= {
                "what": "x",
                "owner": rng.choice(["scsp", "agency"]),
                "due": some_day,
            }
        elif name == "vary_action":
            if self.chance(0.7):
                fields["due"] = some_day
        elif name == "complete_action":
            fields["evidence"] = "x"
        elif name in (
            "give_reason",
            "dispute_completion",
            "release_action",
            "escalate",
            "withdraw_escalation",
        ):
            if name == "withdraw_escalation" and self.chance(0.7):
                return None
            fields["reason"] = "x"
        elif name == "hold_meeting":
            fields |= {"present": [by], "outcome": rng.choice(OUTCOMES)}
        elif name == "consult":
            fields["body"] = "Another partnership"
        elif name == "decide":
            fields |= {"decision": "x", "reasons": "x"}
            if self.chance(0.5):
                fields["releases"] = rng.choice([[action], [action, action]])
            if self.chance(0.5):
                one_set = {
                    "action": action,
                    "what": "x",
                    "owner": "agency",
                    "due": some_day,
                }
                fields["sets"] = [one_set]
        elif name == "resolve":
            fields["outcome"] = "x"
        elif name in ("declare_closure", "withdraw_closure"):
            fields |= {"day": some_day, "reason": "x"}
        if name in REPORTABLE and self.chance(0.25):
            fields |= {"on_behalf_of": "agency", "means": rng.choice(MEANS)}
        act: Act = {"by": by, "act": name, **fields}
        if name in ("declare_closure", "withdraw_closure"):
            return act
        one = self.play.escalations.get(escalation)
        return self.happened(act, one.raised if one is not None else None)

    # --- the whole case ---

    def begin(self, story: Story) -> None:
        wish = next(story, None)
        if wish is not None:
            self.stories.append((story, wish))

    def begin_something(self) -> None:
        rng = self.rng
        live = [ref for ref, one in self.play.incidents.items() if not one.ended()]
        if not live or (self.reported < 4 and self.chance(0.15)):
            ref = self.report_incident()
            if ref not in self.play.incidents:
                return
            if self.chance(0.5):
                self.begin(self.story_incident(ref))
            live = [ref]
        draw = rng.random()
        if draw < 0.1:
            self.begin(self.story_closures())
            return
        if draw < 0.2:
            self.begin(self.story_incident(rng.choice(live)))
            return
        open_ones = [ref for ref, one in self.play.escalations.items() if one.is_open()]
        if open_ones and (self.raised >= 7 or self.chance(0.4)):
            ref = rng.choice(open_ones)
        else:
            if self.chance(0.5):
                self.a_little_later()
            ref = self.raise_escalation(rng.choice(live))
            if ref not in self.play.escalations:
                return
        stories = [
            self.story_settled,
            self.story_slow,
            self.story_late_meeting,
            self.story_late_meeting,
            self.story_maintained,
            self.story_stage_3,
            self.story_records,
            self.story_at_risk,
        ]
        self.begin(rng.choice(stories)(ref))

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


INCIDENT_ACTS = [
    "report_incident",
    "notify",
    "convene_rapid_review",
    "send_outcome",
    "decide_review",
    "complete_review",
    "defer_publication",
    "publish_review",
    "withhold_publication",
    "withdraw_incident",
]
ACTION_ACTS = [
    "acknowledge_action",
    "vary_action",
    "complete_action",
    "confirm_action",
    "dispute_completion",
    "release_action",
]
REPORTABLE = ["record_discussion", "give_reason", *ACTION_ACTS]
ALL_ACTS = [
    *INCIDENT_ACTS,
    *ACTION_ACTS,
    *ACTION_ACTS,
    "raise_escalation",
    "record_discussion",
    "inform",
    "give_reason",
    "record_action",
    "escalate",
    "hold_meeting",
    "hold_meeting",
    "notify_chair",
    "consult",
    "decide",
    "resolve",
    "withdraw_escalation",
    "declare_closure",
    "withdraw_closure",
]


def random_case(
    seed: int, acts: int | None = None, settings: Settings = SANDWELL
) -> dict[str, Any]:
    """The same seed gives the same case."""
    return Maker(seed, acts, settings).make()


# --- what random cases reach ----------------------------------------------------------


def escalation_features(one: Escalation, now: datetime) -> Iterator[str]:
    shown = one.outcome()
    yield f"escalation {shown['state']}"
    for visit in one.visits[1:]:
        yield f"move {visit.stage} {visit.reason}"
        if visit.by == "clock" and visit.entered != midnight_that_opens(local_day(visit.entered)):
            yield "move by the clock at no midnight (unsettled, or late terms)"
        if visit.follow_on is not None:
            yield f"follow-on {visit.stage}"
        if visit.entered == midnight_that_opens(local_day(visit.entered)) and visit.by != "clock":
            yield "move by a person at a midnight"
    stages = [visit.stage for visit in one.visits]
    first_stay = next((visit for visit in one.visits if visit.stage == "stage_2"), None)
    if first_stay is not None and first_stay.follow_on and stages.count("stage_2") == 2:
        yield "return to a stage 2 that had a follow-on limit"
    if stages.count("stage_3") == 2:
        yield "stage 3 again after a return"
    if one.stage == "stage_3" and one.stage_2_meeting_recorded and "limit" in shown:
        yield "stage 3 with a stage-2 meeting recorded"
    if "limit" in shown:
        yield f"limit {shown['limit']['stage']} {shown['limit']['state']}"
        if one.settled() and midnight_that_ends(one.limit_day()) <= now:
            yield "settled past its limit"
    if one.settled() and one.is_open():
        yield f"settled in {one.stage}"
    if one.no_longer_at_risk is not None:
        yield f"no longer at risk, {shown['state']}"
        if one.stage == "stage_2" and one.here.meetings and one.something_overdue():
            yield "no longer at risk, stage 2 with outcome, action not maintained"
    if one.decided:
        yield "decided"
    if one.reforecasts:
        yield "re-forecast"
    if one.resolved is not None:
        outcome = one.resolved["outcome"]
        kind = outcome if outcome in ("resolved", "withdrawn") else "by resolve"
        yield f"resolved {kind}"
        if one.something_in_force_outstanding():
            yield "resolved with an action open"
    for action in one.actions.values():
        yield f"action {action.state()}"
        if action.by_decision:
            yield f"action by decision, {action.state()}"
        if action.reported:
            yield f"reported, {action.state()}"
        if action.differs():
            yield f"differing shown, {action.state()}"
        if action.differs() and action.in_force is not None:
            yield "differing while in force"
        if action.released and action.release_said_by != {"scsp", "agency"}:
            yield "released by decision"
        if one.no_longer_at_risk is not None and action.not_maintained:
            yield "not maintained and no longer at risk"


def incident_features(one: Incident) -> Iterator[str]:
    yield f"incident {one.state}"
    for name, timescale in one.timescales.items():
        yield f"timescale {name} {timescale.state}"
    publication = one.timescales["publication"]
    if publication.is_met() and publication.last_day is None:
        yield "published while deferred"


def coverage(cases: Iterable[dict[str, Any]]) -> Counter[str]:
    """In how many of the cases each feature occurs; and counts of acts, taken and
    refused."""
    total: Counter[str] = Counter()
    for case in cases:
        play = Play(case["people"])
        seen: set[str] = set()
        for act in case["acts"]:
            before = play.escalations.get(act.get("escalation", ""))
            stage = "" if before is None else before.stage
            was_open = before is None or before.is_open()
            reforecasts = sum(one.reforecasts for one in play.escalations.values())
            follow_ons = {ref: one.here.follow_on for ref, one in play.escalations.items()}
            visits = {ref: len(one.visits) for ref, one in play.escalations.items()}
            reported = {
                (ref, key): action.reported
                for ref, one in play.escalations.items()
                for key, action in one.actions.items()
            }
            faults = play.step(act)
            name = act["act"]
            total["acts"] += 1
            total["acts taken"] += not faults
            total[f"act {name} taken"] += not faults
            total[f"act {name} refused"] += bool(faults)
            for fault in faults:
                seen.add(f"refused {fault}")
            if len(faults) == 1:
                seen.add(f"refused only {next(iter(faults))}")
            if not faults and stage:
                seen.add(f"taken {name} in {stage if was_open else 'resolved'}")
                if "on_behalf_of" in act:
                    seen.add(f"on behalf: {name}")
            if "occurred" in act and not faults:
                seen.add("recorded late")
            for ref, one in play.escalations.items():
                if ref in visits and len(one.visits) == visits[ref]:
                    if one.here.follow_on != follow_ons[ref]:
                        seen.add("follow-on limit re-forecast")
                elif ref not in visits and len(one.visits) > 1:
                    seen.add(f"raised late, at once in {one.stage}")
                for key, action in one.actions.items():
                    if reported.get((ref, key)) and not action.reported:
                        seen.add("reported cleared")
                seen.update(escalation_features(one, play.now))
            if sum(one.reforecasts for one in play.escalations.values()) > reforecasts:
                seen.add(f"{name} re-forecasts")
            for incident in play.incidents.values():
                seen.update(incident_features(incident))
            if name == "withdraw_incident" and not faults:
                seen.add("incident withdrawn by an act")
        total.update(seen)
        total["cases"] += 1
        if any(one.state in INCIDENT_ENDS for one in play.incidents.values()):
            total["cases with an incident that ended"] += 1
    return total


def main(how_many: int) -> None:
    total = coverage(random_case(seed) for seed in range(how_many))
    for name in sorted(total):
        print(f"{total[name]:7d}  {name}")
    ticks = total["act tick taken"]
    share = (total["acts taken"] - ticks) / (total["acts"] - ticks)
    print(f"share of people's acts taken: {share:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
