"""A policy: the written process as data. Its numbers, roles and clauses stand in a file, not in code.

:class:`Policy` is the shape of such a file (``cspr_workflow/policies/*.toml``); ``policy_faults`` says
what is wrong with one that has the shape but not the sense. A case is pinned to the version of
the policy under which it was opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from cspr_workflow.domain.calendar import (
    ONE_DAY,
    Calendar,
    CivilTime,
    DayOne,
    Deadline,
    Derivation,
    Unit,
)
from cspr_workflow.domain.people import Role

FORMAT = 1
RESOLVED = "resolved"
SIDES = ("either_side", "agency_side")


class Force(StrEnum):
    """How binding a clause is."""

    DUTY = "duty"
    GUIDANCE = "guidance"
    AIM = "aim"


class Region(StrEnum):
    """Whose bank holidays count; England and Wales share theirs."""

    ENGLAND = "GB-ENG"
    WALES = "GB-WLS"
    SCOTLAND = "GB-SCT"
    NORTHERN_IRELAND = "GB-NIR"


class Milestone(StrEnum):
    """A dated fact of an incident, from which a limit can count and by which it can be met."""

    INCIDENT = "incident"
    AWARE = "aware"
    OFSTED = "ofsted"
    DFE = "dfe"
    NATIONAL_PANEL = "national_panel"
    CONVENED = "convened"
    OUTCOME_SENT = "outcome_sent"
    COMMISSIONED = "commissioned"
    COMPLETED = "completed"
    PUBLISHED = "published"


class Start(StrEnum):
    """What a stage's limit counts from.

    ``previous_stage`` is the last day of the stage before (the raising, where there is none);
    ``stage`` is the stage's own entry; the others are days that the raising already knows.
    """

    RAISING = "raising"
    PREVIOUS_STAGE = "previous_stage"
    STAGE = "stage"
    INCIDENT = "incident"
    AWARE = "aware"


class Kind(StrEnum):
    """What a stage is for, and with it what its limit does.

    ``discussion``: ends when working day 1 opens; ``liaison``: moves on at its limit; ``meeting``:
    moves on at its limit unless an outcome is recorded, and later if what was agreed is not
    maintained; ``decision``: the last stage, whose limit passes and which stays until it is closed.
    """

    DISCUSSION = "discussion"
    LIAISON = "liaison"
    MEETING = "meeting"
    DECISION = "decision"


class Binding(StrEnum):
    """Whether a stage's limit moves the case on, or only shows that it has passed."""

    HARD = "hard"
    INDICATIVE = "indicative"


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of the written process, in short, and the reading of it that is taken."""

    text: str
    """What the source asks, in short."""
    force: Force
    """How binding it is."""
    reading: str | None = None
    """The reading that is taken where the source leaves room."""


@dataclass(frozen=True, slots=True)
class Timescale:
    """A national time for an incident: ``length`` ``unit`` from a milestone, met by others."""

    id: str
    """Its name in case files, such as `notification`."""
    name: str
    """Its name for people."""
    clause: str
    """The clause that it rests on."""
    length: int
    """How many units."""
    unit: Unit
    """What it is counted in."""
    starts: Milestone
    """The milestone from whose day it is counted."""
    met_by: tuple[Milestone, ...]
    """The milestones that all have to be reached; it is met on the latest of their days."""
    closures: bool = False
    """Must stay false: closure days never stretch a national time."""
    deferrable: bool = False
    """Whether publication can be deferred; at most one timescale."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that has to be done in a stage; each of ``done_by`` has to be recorded."""

    clause: str
    """The clause that asks for it."""
    name: str
    """What is to be done, for people."""
    done_by: tuple[str, ...]
    """The acts that have to be recorded, such as `give_reason` or `inform:business_manager`."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the ladder. ``length`` and ``window`` are counted in ``unit``.

    ``window`` is the follow-on limit's length, for a stage entered at or after its own limit.
    ``broken_clause`` is the clause under which an agreed action that is not maintained moves it on.
    """

    id: str
    """Its name in case files, such as `stage_1`."""
    name: str
    """Its name for people."""
    kind: Kind
    """What the stage is for, and with it what its limit does."""
    clause: str
    """The clause of its limit."""
    length: int
    """The limit: how many units."""
    unit: Unit
    """What the limit is counted in."""
    starts: Start
    """What the limit counts from."""
    resolved_by: tuple[Role, ...]
    """The roles that may close the escalation in this stage."""
    closures: bool = False
    """Whether closure days are left out of the count."""
    window: int | None = None
    """The length of the follow-on limit, in the same unit, for a stage entered at or after its own limit."""
    meeting_by: tuple[Role, ...] = ()
    """The roles that hold the meeting of this stage."""
    broken_clause: str | None = None
    """The clause under which an agreed action that is not maintained moves the case on."""
    binding: Binding = Binding.HARD
    """Whether the limit moves the case on or only shows that it has passed."""
    duties: tuple[Duty, ...] = ()
    """What has to be done in this stage; shown as done or not done."""

    @property
    def limit_passes(self) -> bool:
        """Whether its limit only passes, and moves the case no further."""
        return self.kind is Kind.DECISION or self.binding is Binding.INDICATIVE


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way into the ladder, such as an urgent one that starts at a higher stage."""

    name: str
    """Its name for people."""
    starts_in: str
    """The stage that such an escalation is raised into."""


@dataclass(frozen=True, slots=True)
class ActRule:
    """Who may do an act, and the clause that it rests on.

    ``who`` names roles, or ``either_side``, or ``agency_side``, or ``by_stage`` where the stage says.
    """

    who: tuple[str, ...]
    """Roles, or `either_side`, `agency_side`, or `by_stage` where the stage says."""
    clause: str
    """The clause that the act rests on."""


@dataclass(frozen=True)
class Policy:
    """One version of a partnership's written process."""

    format: int
    """The format of the file; this program reads format 1."""
    id: str
    """The name by which case files and records call the policy."""
    version: int
    """The version; id and version together are the label in every record."""
    title: str
    """The title for people."""
    partnership: str
    """Whose process it is."""
    in_force_from: date
    """The day from which it applies to what is opened."""
    zone: str
    """The time zone in which days and midnights are meant."""
    bank_holidays: Region
    """Whose bank holidays count."""
    day_one: DayOne
    """Which day is working day 1."""
    not_maintained_clause: str
    """The clause under which an agreed action becomes not maintained."""
    no_longer_at_risk_clause: str
    """The clause under which the clock leaves a case alone."""
    on_behalf: tuple[Role, ...]
    """The roles that may record an answer on behalf of the agency."""
    conflict_of_interest: tuple[str, ...]
    """The acts refused to a person employed by the agency in question."""
    closes_when_no_longer_at_risk: tuple[Role, ...]
    """The roles that may also close a case that is no longer at risk."""
    clauses: Mapping[str, Clause]
    """Every clause by its id."""
    timescales: tuple[Timescale, ...]
    """The national times of an incident, in order."""
    stages: tuple[Stage, ...]
    """The ladder, in order."""
    acts: Mapping[str, ActRule]
    """Every act by its name."""
    variants: Mapping[str, Variant] | None = None
    """Other ways into the ladder, by name."""

    @cached_property
    def label(self) -> str:
        """The policy's id and version, as every record names it."""
        return f"{self.id}/{self.version}"

    @cached_property
    def civil(self) -> CivilTime:
        """Days and midnights in the policy's time zone."""
        return CivilTime(self.zone)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {stage.id: place for place, stage in enumerate(self.stages)}

    def stage(self, id: str) -> Stage:
        """The stage of this id."""
        return self.stages[self._places[id]]

    def from_stage(self, id: str) -> tuple[Stage, ...]:
        """The stage of this id and those after it."""
        return self.stages[self._places[id] :]

    def after(self, id: str) -> Stage | None:
        """The stage after this one, or ``None`` after the last."""
        place = self._places[id] + 1
        return self.stages[place] if place < len(self.stages) else None

    def before(self, id: str) -> Stage | None:
        """The stage before this one, or ``None`` before the first."""
        place = self._places[id]
        return self.stages[place - 1] if place else None

    def opening(self, variant: str | None) -> Stage:
        """The stage that an escalation is raised into."""
        if variant is None:
            return self.stages[0]
        return self.stage((self.variants or {})[variant].starts_in)

    def timescale(self, id: str) -> Timescale:
        """The timescale of this id."""
        return next(timescale for timescale in self.timescales if timescale.id == id)

    def deadline(
        self,
        limit: Timescale | Stage,
        anchor_day: date,
        calendar: Calendar,
        *,
        length: int | None = None,
    ) -> Deadline:
        """The limit of a timescale or a stage, counted from ``anchor_day``, with its derivation.

        ``length`` replaces the limit's own for a follow-on limit. A ``discussion`` ends at the
        midnight that *opens* its working day: its last day is the day before.
        """
        length = length or limit.length
        counted = calendar.count(
            length, limit.unit, anchor_day, day_one=self.day_one, closures=limit.closures
        )
        opens = isinstance(limit, Stage) and limit.kind is Kind.DISCUSSION
        last_day = counted.day - ONE_DAY if opens else counted.day
        return Deadline(
            last_day=last_day,
            falls_due=self.civil.midnight_ending(last_day),
            derivation=Derivation(
                anchor_day=anchor_day,
                length=length,
                unit=limit.unit,
                day_one=self.day_one,
                skipped=counted.skipped,
                provisional=calendar.provisional(counted),
                anchor=str(limit.starts),
                clause=limit.clause,
                policy=self.label,
                calendar=calendar.version,
            ),
        )
