"""A small world in which the tests play the written process: people of every role, a record in
memory, and moments written as local time.

Given: ``World().raised()``. When: ``world.do("officer", "2026-12-01T09:00", Inform(...))``,
``world.tick("2026-12-04T07:00")``. Then: ``world.escalation()``, ``world.incident()``,
``world.facts()`` (since the last look), ``world.refused(Code.WRONG_STATE, ...)``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from cspr_workflow.application import casefile, outcome, play
from cspr_workflow.application.handle import PARTNERSHIP, Workflow, escalation_stream
from cspr_workflow.application.policy_files import PolicyFile, bundled, read_policy
from cspr_workflow.application.ports import KnownHolidays, Recorded
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Act,
    Command,
    RaiseEscalation,
    RecordAction,
    ReportIncident,
)
from cspr_workflow.domain.calendar import (
    CivilTime,
    DayOne,
    Deadline,
    Derivation,
    Skipped,
    Unit,
)
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.partnership import PersonJoined
from cspr_workflow.domain.people import SCSP, Actor, Means, Person, Role, Side
from cspr_workflow.store import bank_holidays
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex

TRUST = "Acute Trust"

PEOPLE = {
    person.id: person
    for person in (
        Person("officer", Role.CSPR_OFFICER, SCSP),
        Person("manager", Role.BUSINESS_MANAGER, SCSP),
        Person("sub", Role.SUBGROUP_CHAIR, SCSP),
        Person("chair", Role.SCSP_CHAIR, SCSP),
        Person("trust", Role.AGENCY_REPRESENTATIVE, TRUST),
        Person("board", Role.PARTNERSHIP_REPRESENTATIVE, TRUST),
        Person("ward", Role.SERVICE_LEAD, TRUST),
        Person("deputy", Role.SCSP_CHAIR, TRUST),
        Person("police", Role.AGENCY_REPRESENTATIVE, "Police"),
        Person("audit", Role.AUDITOR, SCSP),
        Person("admin", Role.ADMINISTRATOR, SCSP),
    )
}
"""Invented people of all roles; ``deputy`` is an SCSP Chair whom the agency in question employs."""

FIRST_YEAR, LAST_YEAR = 2020, 2029
"""The years whose bank holidays a world knows; those up to 2028 are officially known."""

REPORTED_AT = "2026-11-26T10:00"  # a Thursday
RAISED_AT = "2026-11-30T09:30"  # a Monday: D(1) Tue 1 Dec, D(3) Thu 3, D(7) Wed 9, D(10) Mon 14


def day(written: str) -> date:
    """A civil day from ``YYYY-MM-DD``."""
    return date.fromisoformat(written)


def utc(written: str) -> datetime:
    """A moment written in UTC."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


class World:
    """A partnership that has adopted a policy, a calendar and its people, and nothing else yet."""

    def __init__(
        self,
        policy: str | PolicyFile = "sandwell-2018",
        people: Mapping[str, Person] = PEOPLE,
        holidays: KnownHolidays | None = None,
        began: str = "2020-01-01T09:00",
    ) -> None:
        self.policy_file = bundled(policy) if isinstance(policy, str) else policy
        self.policy = self.policy_file.policy
        self.people = people
        self.record = MemoryRecord()
        self.workflow = Workflow(
            self.record, MemoryIndex(self.policy_file.book), self.policy_file.book
        )
        known = holidays or bank_holidays_of_these_years()
        adopted = play.adoption(self.policy_file, known, tuple(people.values()), self.moment(began))
        self.workflow.adopt(adopted)
        self._looked = len(adopted)

    # --- When --------------------------------------------------------------------------------

    def moment(self, written: str) -> datetime:
        """A moment written as local time of the policy's zone."""
        return self.policy.civil.moment(datetime.fromisoformat(written))

    def do(
        self,
        by: str,
        at: str,
        act: Act,
        *,
        occurred: str | None = None,
        means: Means | None = None,
    ) -> list[Entry]:
        """Somebody records an act ``at`` a moment: everything that was recorded with it."""
        command = Command(act, Actor(self.people[by], means), self.moment(occurred or at))
        return _entries(self.workflow.do(command, self.moment(at)))

    def tick(self, at: str) -> list[Entry]:
        """The clock runs ``at`` a moment: everything that was recorded."""
        return _entries(self.workflow.tick(self.moment(at)))

    def clock(self, at: str, reference: str = "ESC-1") -> list[Entry]:
        """The clock runs ``at`` a moment: what it recorded in one escalation."""
        recorded = self.workflow.tick(self.moment(at))
        return [r.entry for r in recorded if r.stream == escalation_stream(reference)]

    def joined(self, *people: Person) -> "World":
        """People take part from now on; somebody who does already, in another role or agency."""
        last = self.record.last()[1]
        assert last is not None
        facts = [PersonJoined(person.id, person.role, person.agency) for person in people]
        label = self.policy.label
        self.workflow.adopt([Entry(fact, last, last, None, "A1", label, 0) for fact in facts])
        self.people = {**self.people, **{person.id: person for person in people}}
        return self

    def adopt(self, at: str, fact: Fact) -> None:
        """The partnership's own record takes up a fact, such as a bank holiday announced."""
        moment = self.moment(at)
        self.workflow.adopt([Entry(fact, moment, moment, None, "A1", self.policy.label, 0)])

    def refused(
        self,
        code: Code,
        by: str,
        at: str,
        act: Act,
        *,
        occurred: str | None = None,
        means: Means | None = None,
    ) -> str:
        """The act is refused with this code and nothing of it is kept, only the time that passed.

        Gives the sentence that says why.
        """
        before = len(self.everything())
        try:
            self.do(by, at, act, occurred=occurred, means=means)
        except Refusal as refusal:
            assert refusal.code is code, f"refused with {refusal.code}: {refusal.message}"
            assert refusal.message.endswith("."), refusal.message
            kept = [r.entry for r in self.everything()[before:]]
            assert [entry.fact for entry in kept if entry.by is not None] == []
            assert {entry.recorded for entry in kept} <= {self.moment(at)}
            return refusal.message
        raise AssertionError(f"{act} by {by} was taken; expected {code}")

    # --- Then --------------------------------------------------------------------------------

    def everything(self) -> list[Recorded]:
        """The whole record, in order."""
        return list(self.record.read_all())

    def entries(self) -> list[Entry]:
        """The entries recorded since the last look, whatever their stream."""
        recorded = self.everything()
        new, self._looked = recorded[self._looked :], len(recorded)
        return [r.entry for r in new]

    def facts(self) -> list[Fact]:
        """The facts recorded since the last look, whatever their stream."""
        return [entry.fact for entry in self.entries()]

    def history(self, stream: str = "escalation:ESC-1") -> list[Entry]:
        """All entries of one stream."""
        return [r.entry for r in self.record.read(stream)]

    def partnership_history(self) -> list[Entry]:
        """All entries of the partnership's own stream."""
        return self.history(PARTNERSHIP)

    def escalation(self, reference: str = "ESC-1") -> Escalation:
        """An escalation as it is recorded."""
        found = self.workflow.escalation(reference)
        assert found is not None
        return found

    def incident(self, reference: str = "INC-1") -> Incident:
        """An incident as it is recorded."""
        found = self.workflow.incident(reference)
        assert found is not None
        return found

    def shown(self, reference: str = "ESC-1") -> dict[str, Any]:
        """An escalation as the outcome of a case file shows it."""
        return outcome.escalation_outcome(self.escalation(reference), self.policy)

    def shown_action(self, action: str = "A1", reference: str = "ESC-1") -> dict[str, Any]:
        """An action as the outcome of a case file shows it."""
        shown: dict[str, Any] = self.shown(reference)["actions"][action]
        return shown

    def timescales(self, reference: str = "INC-1") -> dict[str, dict[str, str]]:
        """An incident's timescales as the outcome of a case file shows them."""
        shown: dict[str, dict[str, str]] = outcome.incident_outcome(
            self.incident(reference), self.policy
        )["timescales"]
        return shown

    def stages(self, reference: str = "ESC-1") -> list[tuple[str, str, str, str | None]]:
        """The stages so far: which, since when (local time), by whom, why."""
        local = self.policy.civil.local
        return [
            (s.stage, local(s.entered).strftime("%Y-%m-%dT%H:%M"), s.by, s.reason)
            for s in self.escalation(reference).stages
        ]

    # --- Given -------------------------------------------------------------------------------

    def reported(self) -> "World":
        """INC-1 of Tuesday 24 November 2026, known on the 25th, reported on Thursday the 26th."""
        report = ReportIncident("INC-1", day("2026-11-24"), day("2026-11-25"))
        self.do("officer", REPORTED_AT, report)
        self.entries()
        return self

    def raised(self, timescale: str = "rapid_review", at: str = RAISED_AT) -> "World":
        """ESC-1 raised on it, against the Acute Trust, on Monday 30 November 2026 at 09:30."""
        self.reported()
        self.do("officer", at, raising(timescale=timescale))
        self.entries()
        return self

    def agreed(
        self, at: str, due: str, *, action: str = "A1", owner: Side = Side.AGENCY
    ) -> "World":
        """An action recorded by the officer and acknowledged by the agency's representative."""
        record = RecordAction("ESC-1", action, "Send the chronology", owner, day(due))
        self.do("officer", at, record)
        self.do("trust", at, AcknowledgeAction("ESC-1", action))
        self.entries()
        return self

    def at(self, moment: str) -> "World":
        """Time has passed up to a moment."""
        self.tick(moment)
        self.entries()
        return self


def raising(
    escalation: str = "ESC-1",
    *,
    incident: str = "INC-1",
    timescale: str = "rapid_review",
    agency: str = TRUST,
    variant: str | None = None,
) -> RaiseEscalation:
    """Raising an escalation because no chronology was returned."""
    return RaiseEscalation(
        escalation, incident, timescale, agency, "Chronology not returned", variant
    )


@cache
def bank_holidays_of_these_years() -> KnownHolidays:
    """The bank holidays of England in the years in which the tests play."""
    known = bank_holidays.of("GB-ENG")
    days = {d: name for d, name in known.days.items() if FIRST_YEAR <= d.year <= LAST_YEAR}
    return replace(known, days=days)


def limit(
    last_day: str,
    length: int,
    counted_from: str,
    clause: str,
    *,
    skipped: Sequence[str] = (),
    anchor: str = "raising",
    unit: Unit = Unit.WORKING_DAYS,
    calendar: int = 0,
    provisional: bool = False,
) -> Deadline:
    """A limit of Sandwell's with its derivation; a day skipped is written ``2026-12-05 Saturday``."""
    civil, last = CivilTime("Europe/London"), day(last_day)
    return Deadline(
        last,
        civil.midnight_ending(last),
        Derivation(
            anchor_day=day(counted_from),
            length=length,
            unit=unit,
            day_one=DayOne.NEXT_WORKING_DAY,
            skipped=tuple(Skipped(day(s[:10]), s[11:]) for s in skipped),
            provisional=provisional,
            anchor=anchor,
            clause=clause,
            policy="sandwell-2018/1",
            calendar=calendar,
        ),
    )


def changed_policy(changes: Mapping[str, str], name: str = "sandwell-2018") -> PolicyFile:
    """A bundled policy with some of its text replaced; each text has to be there."""
    text = bundled(name).text
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return read_policy(text, "changed.toml")


def _entries(recorded: Sequence[Recorded]) -> list[Entry]:
    return [r.entry for r in recorded]


def play_case(case: Mapping[str, Any]) -> play.Played:
    """A case file, given as plain data, played into a record of its own."""
    parsed = casefile.parse(json.dumps(case).encode(), "case")
    return play.play(
        parsed, MemoryRecord(), MemoryIndex(parsed.policy.book), bank_holidays.of("GB-ENG")
    )


def outcome_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """The outcome of a case file, given as plain data."""
    return outcome.outcome(play_case(case))
