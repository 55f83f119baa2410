"""A policy: the written process as data. Its numbers, roles and clauses stand in a file, not in code.

:class:`Policy` is the shape of such a file (``cspr_workflow/policies/*.toml``); :meth:`Policy.faults`
says what is wrong with one that has the shape but not the sense. A case is pinned to the version of
the policy under which it was opened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from cspr_workflow.domain.acts import ACTS
from cspr_workflow.domain.calendar import Calendar, CivilTime, DayOne, Deadline, Derivation, Unit
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
    force: Force
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Timescale:
    """A national time for an incident: ``length`` ``unit`` from a milestone, met by others."""

    id: str
    name: str
    clause: str
    length: int
    unit: Unit
    starts: Milestone
    met_by: tuple[Milestone, ...]
    closures: bool = False
    deferrable: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that has to be done in a stage; each of ``done_by`` has to be recorded."""

    clause: str
    name: str
    done_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the ladder. ``length`` and ``window`` are counted in ``unit``.

    ``window`` is the follow-on limit's length, for a stage entered at or after its own limit.
    ``broken_clause`` is the clause under which an agreed action that is not maintained moves it on.
    """

    id: str
    name: str
    kind: Kind
    clause: str
    length: int
    unit: Unit
    starts: Start
    resolved_by: tuple[Role, ...]
    closures: bool = False
    window: int | None = None
    meeting_by: tuple[Role, ...] = ()
    broken_clause: str | None = None
    binding: Binding = Binding.HARD
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way into the ladder, such as an urgent one that starts at a higher stage."""

    name: str
    starts_in: str


@dataclass(frozen=True, slots=True)
class ActRule:
    """Who may do an act, and the clause that it rests on.

    ``who`` names roles, or ``either_side``, or ``agency_side``, or ``by_stage`` where the stage says.
    """

    who: tuple[str, ...]
    clause: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a partnership's written process."""

    format: int
    id: str
    version: int
    title: str
    partnership: str
    in_force_from: date
    zone: str
    bank_holidays: Region
    day_one: DayOne
    not_maintained_clause: str
    no_longer_at_risk_clause: str
    on_behalf: tuple[Role, ...]
    conflict_of_interest: tuple[str, ...]
    closes_when_no_longer_at_risk: tuple[Role, ...]
    clauses: Mapping[str, Clause]
    timescales: tuple[Timescale, ...]
    stages: tuple[Stage, ...]
    acts: Mapping[str, ActRule]
    variants: Mapping[str, Variant] | None = None

    @property
    def label(self) -> str:
        """The policy's id and version, as every record names it."""
        return f"{self.id}/{self.version}"

    @property
    def civil(self) -> CivilTime:
        """Days and midnights in the policy's time zone."""
        return CivilTime(self.zone)

    def stage(self, id: str) -> Stage:
        """The stage of this id."""
        return next(stage for stage in self.stages if stage.id == id)

    def after(self, id: str) -> Stage | None:
        """The stage after this one, or ``None`` after the last."""
        place = self.stages.index(self.stage(id)) + 1
        return self.stages[place] if place < len(self.stages) else None

    def before(self, id: str) -> Stage | None:
        """The stage before this one, or ``None`` before the first."""
        place = self.stages.index(self.stage(id))
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
        falls_due = (self.civil.midnight_opening if opens else self.civil.midnight_ending)(
            counted.day
        )
        return Deadline(
            last_day=counted.day,
            falls_due=falls_due,
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

    def faults(self) -> Iterator[tuple[str, str]]:
        """What makes no sense in this policy: pairs of a key and what to do about it."""
        if self.format != FORMAT:
            yield "format", f"is {self.format}; this program reads format {FORMAT}"
        try:
            ZoneInfo(self.zone)
        except (OSError, ValueError):
            yield "zone", f"there is no time zone {self.zone!r}"
        yield from self._clause_faults()
        yield from self._timescale_faults()
        yield from self._stage_faults()
        yield from self._rising_faults()
        yield from self._act_faults()

    def _clause_faults(self) -> Iterator[tuple[str, str]]:
        cited = [
            ("not_maintained_clause", self.not_maintained_clause),
            ("no_longer_at_risk_clause", self.no_longer_at_risk_clause),
        ]
        for i, timescale in enumerate(self.timescales):
            cited.append((f"timescales[{i}].clause", timescale.clause))
        for i, stage in enumerate(self.stages):
            cited.append((f"stages[{i}].clause", stage.clause))
            if stage.broken_clause is not None:
                cited.append((f"stages[{i}].broken_clause", stage.broken_clause))
            cited += [
                (f"stages[{i}].duties[{j}].clause", duty.clause)
                for j, duty in enumerate(stage.duties)
            ]
        cited += [(f"acts.{name}.clause", rule.clause) for name, rule in self.acts.items()]
        for key, clause in cited:
            if clause not in self.clauses:
                yield key, f"there is no clause {clause!r}; add it to [clauses] or cite another"

    def _timescale_faults(self) -> Iterator[tuple[str, str]]:
        yield from _twice("timescales", [timescale.id for timescale in self.timescales])
        for i, timescale in enumerate(self.timescales):
            key = f"timescales[{i}]"
            if timescale.length < 1:
                yield f"{key}.length", "must be 1 or more"
            if timescale.closures:
                yield f"{key}.closures", "closure days never stretch a national time: leave it out"
            if not timescale.met_by:
                yield f"{key}.met_by", "must name at least one milestone"
        if sum(timescale.deferrable for timescale in self.timescales) > 1:
            yield "timescales", "only one timescale can be deferrable"

    def _stage_faults(self) -> Iterator[tuple[str, str]]:
        ids = [stage.id for stage in self.stages]
        yield from _twice("stages", ids)
        if not self.stages or self.stages[-1].kind is not Kind.DECISION:
            yield "stages", "the last stage must be of kind decision"
        for i, stage in enumerate(self.stages):
            key = f"stages[{i}]"
            yield from _one_stage_faults(key, stage, first=i == 0, last=i == len(self.stages) - 1)
            before = self.stages[i - 1] if i else None
            if (
                before
                and before.kind is Kind.MEETING
                and set(before.meeting_by) & set(stage.meeting_by)
            ):
                yield (
                    f"{key}.meeting_by",
                    f"must differ from that of {before.id}, whose meeting may be written up late",
                )
        for name, variant in (self.variants or {}).items():
            if variant.starts_in not in ids:
                yield f"variants.{name}.starts_in", f"there is no stage {variant.starts_in!r}"

    def _rising_faults(self) -> Iterator[tuple[str, str]]:
        same_anchor = [
            (i, stage)
            for i, stage in enumerate(self.stages)
            if stage.starts not in (Start.PREVIOUS_STAGE, Start.STAGE)
            and stage.kind is not Kind.DISCUSSION
        ]
        for (_, earlier), (i, later) in pairwise(same_anchor):
            comparable = earlier.starts is later.starts and earlier.unit is later.unit
            if comparable and later.length <= earlier.length:
                yield (
                    f"stages[{i}].length",
                    f"is {later.length} {later.unit}, not more than the {earlier.length} of {earlier.id}, "
                    f"which counts from the same {later.starts}: limits from one anchor must rise",
                )

    def _act_faults(self) -> Iterator[tuple[str, str]]:
        for name in ACTS:
            if name not in self.acts:
                yield f"acts.{name}", "this act is missing: say who may do it, and its clause"
        known = {*Role, *SIDES, "by_stage"}
        for name, rule in self.acts.items():
            if name not in ACTS:
                yield f"acts.{name}", f"unknown act; known are {', '.join(ACTS)}"
            for who in rule.who:
                if who not in known:
                    yield f"acts.{name}.who", f"{who!r} is not one of {', '.join(sorted(known))}"
            if not rule.who:
                yield f"acts.{name}.who", "must name at least one role"
        for act in self.conflict_of_interest:
            if act not in ACTS:
                yield "conflict_of_interest", f"{act!r} is not an act"


def _twice(key: str, ids: list[str]) -> Iterator[tuple[str, str]]:
    for i, id in enumerate(ids):
        if id in ids[:i]:
            yield f"{key}[{i}].id", f"{id!r} is used twice"


def _one_stage_faults(
    key: str, stage: Stage, *, first: bool, last: bool
) -> Iterator[tuple[str, str]]:
    if not stage.id.isidentifier() or stage.id == RESOLVED:
        yield f"{key}.id", f"{stage.id!r} cannot be a stage's id: use letters, digits and _"
    if stage.length < 1:
        yield f"{key}.length", "must be 1 or more"
    if not stage.resolved_by:
        yield (
            f"{key}.resolved_by",
            "a stage without an actor: name who may close the escalation in it",
        )
    if stage.kind is Kind.DISCUSSION:
        if not first:
            yield f"{key}.kind", "only the first stage can be a discussion"
        return
    if stage.kind is Kind.DECISION and not last:
        yield f"{key}.kind", "only the last stage can be a decision"
    if stage.kind in (Kind.MEETING, Kind.DECISION) and not stage.meeting_by:
        yield f"{key}.meeting_by", "a stage without an actor: name who holds its meeting"
    if stage.kind is Kind.MEETING and stage.broken_clause is None:
        yield f"{key}.broken_clause", "name the clause for an agreed action that is not maintained"
    if stage.starts is not Start.STAGE and (stage.window is None or stage.window < 1):
        yield f"{key}.window", "must be 1 or more: the follow-on limit of a stage entered late"
    known_duties = {*ACTS, "inform:business_manager", "inform:agency_representative"}
    for j, duty in enumerate(stage.duties):
        for act in duty.done_by:
            if act not in known_duties:
                yield f"{key}.duties[{j}].done_by", f"{act!r} is not an act"
