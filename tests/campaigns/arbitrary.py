"""Arbitrary acts: valid in form, and otherwise anything, by anybody, about anything, at any time.

A sequence is a list of steps, each at its moment: an act, or ``None`` where only the clock ran. Most
begin with an incident and an escalation, so that the later acts find something; what follows need not
make sense. The same seed gives the same sequence.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_type_hints

from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import ACTS, Act, Command, SetAction
from cspr_workflow.domain.people import SCSP, Actor, Means, Person, Role, Side
from cspr_workflow.domain.policy import Policy
from tests.campaigns.threads import THREADS, Knot

PEOPLE = (
    Person("officer", Role.CSPR_OFFICER, SCSP),
    Person("manager", Role.BUSINESS_MANAGER, SCSP),
    Person("sub", Role.SUBGROUP_CHAIR, SCSP),
    Person("chair", Role.SCSP_CHAIR, SCSP),
    Person("trust", Role.AGENCY_REPRESENTATIVE, "Acute Trust"),
    Person("board", Role.PARTNERSHIP_REPRESENTATIVE, "Acute Trust"),
    Person("ward", Role.SERVICE_LEAD, "Acute Trust"),
    Person("deputy", Role.SCSP_CHAIR, "Acute Trust"),
    Person("police", Role.AGENCY_REPRESENTATIVE, "Police"),
    Person("audit", Role.AUDITOR, SCSP),
    Person("admin", Role.ADMINISTRATOR, SCSP),
)
"""Invented people of every role."""

FIRST = datetime(1900, 1, 1, 1, tzinfo=UTC)
LAST = datetime(9000, 12, 30, tzinfo=UTC)
_FAR_MOMENTS = (
    FIRST,
    datetime(1969, 12, 31, 23, 59, tzinfo=UTC),
)
_FAR_DAYS = (date.min, date(1582, 10, 15), date(1900, 2, 28), date(2101, 1, 1), date.max)
_BY_ID = {person.id: person for person in PEOPLE}
_STEPS = (0, 0, 1, 1, 30, 30, 600, 600, 1440, 1441, 4320, 10080, 43200)
_DAYS = (0, 0, 1, 1, 2, 3, 5, 9, 30, 200, -1, -2, -7)
_NONSENSE = (
    "?",
    "esc-1",
    "ESC-1 ",
    "Ω≈ç√",
    "\U0001f469‍⚖️",
    "' OR 1=1 --",
    "a" * 300,
    "\x00\t.",
    "None",
)
_AGENCIES = ("Acute Trust",) * 6 + ("Police", "Nobody", SCSP)
_NAMES = tuple(ACTS)
_LIKELY = (
    "record_action",
    "acknowledge_action",
    "acknowledge_action",
    "vary_action",
    "complete_action",
    "release_action",
    "give_reason",
    "escalate",
    "hold_meeting",
    "hold_meeting",
    "decide",
    "resolve",
    "notify",
    "convene_rapid_review",
    "send_outcome",
    "raise_escalation",
)


@dataclass(frozen=True, slots=True)
class Step:
    """An act, or the clock alone, at a moment."""

    at: datetime
    command: Command | None


class Maker:
    """Makes arbitrary sequences under one policy."""

    def __init__(self, policy: Policy) -> None:
        self._rng = random.Random()
        self._now = FIRST
        self._timescales = tuple(timescale.id for timescale in policy.timescales)
        self._variants = (*(policy.variants or {}), None, "no such way in")
        self._able = {
            name: tuple(p for p in PEOPLE if p.role in rule.who) or PEOPLE
            for name, rule in policy.acts.items()
        }
        self._makers = {name: self._fields_of(kind) for name, kind in ACTS.items()}

    def sequence(self, seed: int, length: int | None = None) -> list[Step]:
        """The sequence of this seed: 5 to 15 steps, or as many as said."""
        rng = self._rng
        rng.seed(seed)
        self._now = self._beginning()
        steps = self._opening() if rng.random() < 0.9 else []
        wanted = length or rng.randint(5, 15)
        thread = list(rng.choice(THREADS)) if rng.random() < 0.7 else []
        while len(steps) < wanted:
            if thread and rng.random() < 0.75:
                steps.append(self._knot(thread.pop(0)))
                continue
            self._later()
            steps.append(Step(self._now, None if rng.random() < 0.12 else self._command()))
        return steps

    def _knot(self, knot: Knot) -> Step:
        """The next act of a thread, with what the thread leaves open made arbitrarily."""
        minutes = 1440 * knot.days + self._rng.choice((0, 1, 60, 600))
        self._now = min(self._now + timedelta(minutes=minutes), LAST)
        made = {name: make() for name, make in self._makers[knot.act].items()}
        for name, kind in (("incident", "INC-1"), ("escalation", "ESC-1"), ("action", "A-1")):
            if name in made:
                made[name] = kind
        if knot.due_in is not None:
            made["day" if "day" in made else "due"] = self._now.date() + timedelta(knot.due_in)
        act = ACTS[knot.act](**{**made, **knot.fields})
        by = _BY_ID[self._rng.choice(knot.by)]
        ago = timedelta(knot.ago)
        occurred = self._now - ago if self._now - FIRST > ago else self._now
        return Step(self._now, Command(act, Actor(by), occurred))

    # --- Moments and days ---------------------------------------------------------------------

    def _beginning(self) -> datetime:
        draw = self._rng.random()
        if draw < 0.01:
            return FIRST
        if draw < 0.02:
            return datetime(8999, 12, 20, 9, tzinfo=UTC)
        return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=self._rng.randrange(2_000_000))

    def _later(self) -> None:
        minutes = self._rng.choice(_STEPS)
        if self._rng.random() < 0.01:
            minutes = 60 * 24 * 365 * self._rng.choice((1, 30, 400))
        self._now = min(self._now + timedelta(minutes=minutes), LAST)

    def _occurred(self) -> datetime:
        draw = self._rng.random()
        if draw < 0.7:
            return self._now
        if draw < 0.95:
            earlier = timedelta(minutes=self._rng.choice(_STEPS))
            return self._now - earlier if self._now - FIRST > earlier else FIRST
        if draw < 0.98:
            return self._now + timedelta(minutes=1 + self._rng.choice(_STEPS))
        return self._rng.choice((*_FAR_MOMENTS, LAST))

    def _day(self) -> date:
        if self._rng.random() < 0.04:
            return self._rng.choice(_FAR_DAYS)
        today = self._now.date().toordinal() + self._rng.choice(_DAYS)
        return date.fromordinal(max(1, today))

    # --- Acts -----------------------------------------------------------------------------------

    def _opening(self) -> list[Step]:
        """An incident and an escalation that are taken."""
        report = acts.ReportIncident("INC-1", self._now.date(), self._now.date())
        agency = self._rng.choice(_AGENCIES[:7])
        timescale = self._rng.choice(self._timescales)
        raising = acts.RaiseEscalation("ESC-1", "INC-1", timescale, agency, "No return received")
        officer = Actor(PEOPLE[0])
        first = Step(self._now, Command(report, officer, self._now))
        self._later()
        return [first, Step(self._now, Command(raising, officer, self._now))]

    def _command(self) -> Command:
        rng = self._rng
        name = rng.choice(_LIKELY if rng.random() < 0.6 else _NAMES)
        kind = ACTS[name]
        act = kind(**{field: make() for field, make in self._makers[name].items()})
        by = rng.choice(self._able[name] if rng.random() < 0.7 else PEOPLE)
        means = rng.choice(tuple(Means)) if kind.reportable and rng.random() < 0.2 else None
        return Command(act, Actor(by, means), self._occurred() if kind.dated else self._now)

    def _fields_of(self, kind: type[Act] | type[SetAction]) -> Mapping[str, Callable[[], Any]]:
        hints = get_type_hints(kind)
        return {field.name: self._maker(field.name, hints[field.name]) for field in fields(kind)}

    def _maker(self, name: str, hint: Any) -> Callable[[], Any]:
        by_name: dict[str, Callable[[], Any]] = {
            "incident": lambda: self._reference("INC"),
            "escalation": lambda: self._reference("ESC"),
            "action": lambda: self._reference("A"),
            "agency": lambda: self._rng.choice(_AGENCIES),
            "timescale": lambda: self._rng.choice(self._timescales),
            "variant": lambda: self._rng.choice(self._variants) if self._some() else None,
            "present": lambda: tuple(
                p.id for p in self._rng.sample(PEOPLE, self._rng.randint(0, 3))
            ),
            "releases": lambda: self._several(lambda: self._reference("A")),
            "sets": lambda: self._several(self._set_action),
        }
        by_type: dict[Any, Callable[[], Any]] = {
            str: self._text,
            str | None: lambda: self._text() if self._some() else None,
            date: self._day,
            date | None: lambda: self._day() if self._some() else None,
            bool: self._some,
        }
        if name in by_name:
            return by_name[name]
        if hint in by_type:
            return by_type[hint]
        members = tuple(hint)
        return lambda: self._rng.choice(members)

    def _set_action(self) -> SetAction:
        owner = self._rng.choice(tuple(Side))
        return SetAction(self._reference("A"), self._text(), owner, self._day())

    def _reference(self, kind: str) -> str:
        draw = self._rng.random()
        if draw < 0.8:
            return f"{kind}-1"
        return f"{kind}-2" if draw < 0.97 else self._rng.choice(_NONSENSE)

    def _text(self) -> str:
        return self._rng.choice(_NONSENSE) if self._rng.random() < 0.1 else "Send the chronology"

    def _some(self) -> bool:
        return self._rng.random() < 0.5

    def _several(self, make: Callable[[], Any]) -> tuple[Any, ...]:
        return tuple(make() for _ in range(self._rng.choice((0, 0, 0, 1, 1, 2))))
