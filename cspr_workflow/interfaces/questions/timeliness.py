"""What was in time, what was late, what passed; and apart from it, what the clock itself was late with."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from cspr_workflow.domain.incident import TimescaleState
from cspr_workflow.domain.policy import Kind as StageKind
from cspr_workflow.domain.policy import Stage
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.questions.question import AGENCY, Kind, Parameter, Question, Readers
from cspr_workflow.interfaces.sentences import counted, day, words
from projections import timeliness
from projections.board import Subject
from projections.timeliness import LateMove, Period, Stay, TimescaleLine

_LIMITS = {
    timeliness.IN_TIME: "In time",
    timeliness.LATE: "Late",
    timeliness.PASSED: "Passed",
    timeliness.RUNNING: "Running",
    timeliness.LEFT: "Left before",
}
_TIMESCALES = {
    state.value: words(state).capitalize()
    for state in (
        TimescaleState.MET,
        TimescaleState.MET_LATE,
        TimescaleState.PASSED,
        TimescaleState.RUNNING,
        TimescaleState.DEFERRED,
        TimescaleState.WITHDRAWN,
    )
}
_MOST_DUTIES = 100
_DONE, _NOT_DONE, _NOT_YET = "done", "not_done", "not_yet"
_DUTIES = {_DONE: "Done", _NOT_DONE: "Not done", _NOT_YET: "Not yet"}


class By(StrEnum):
    """What the figures are grouped by, beside the stage or the timescale itself."""

    AGENCY = "agency"
    STAGE = "stage"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of figures: of which group, of what, and how many stand how."""

    group: str
    what: str
    counts: Mapping[str, int]


class Counts:
    """Lines of figures while they are counted, each at its place in the order."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, str, str], Counter[str]] = {}

    def add(self, group: "Group", place: int, what: str, how: str) -> None:
        """One more that stands so; ``place`` is where ``what`` comes in its policy."""
        self._found.setdefault((group.order, place, group.name, what), Counter())[how] += 1

    @property
    def lines(self) -> list[Line]:
        """The lines, by group and in the policy's order."""
        return [Line(key[2], key[3], self._found[key]) for key in sorted(self._found)]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of figures, and what it is sorted by."""

    order: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Figures as a table: its title, the titles of its columns, and its rows as they are shown.

    ``lines`` are the figures themselves; without any there is nothing to show.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which the clock did not run, and each move that was recorded late because of it."""

    since: str
    told: str
    late: list[str]


class Figures:
    """The figures of one question: of a period, about one agency or all, grouped by what."""

    def __init__(self, asked: Asking, by: By, period: Period, agency: str | None) -> None:
        self.asked, self.by, self.period, self.agency = asked, by, period, agency
        self._subjects = asked.subjects
        self._put_at_risk = _put_at_risk(self._subjects.values())
        found = timeliness.stays(asked.database, agency=agency)
        # By the civil day: a stage entered at midnight belongs to the day that opens then.
        self._stays = [one for one in found if period.has(asked.civil.day(one.entered))]

    def timescales(self) -> list[Line]:
        """How the timescales stand. By agency: those that an escalation against it put at risk."""
        counts = Counts()
        for one in timeliness.timescales(self.asked.database, self.period):
            teller = self.asked.teller(one.policy)
            ids = [timescale.id for timescale in teller.policy.timescales]
            for group in self._groups_of(one):
                what = teller.timescale(one.timescale)
                counts.add(group, ids.index(one.timescale), what, one.state)
        return counts.lines

    def _groups_of(self, one: TimescaleLine) -> Iterator[Group]:
        agencies = self._put_at_risk.get((one.incident, one.timescale), set())
        if self.agency is not None and self.agency not in agencies:
            return
        if self.by is By.AGENCY:
            chosen = agencies if self.agency is None else {self.agency}
            yield from (Group(agency, agency) for agency in chosen)
        else:
            yield self._month(one.last_day or one.met_on)

    def limits(self) -> list[Line]:
        """How the stays in each stage stand to its limit."""
        counts = Counts()
        for one, stage, place in self._stages():
            if stage.kind is not StageKind.DISCUSSION:
                counts.add(self._group_of(one), place, stage.name, one.limit)
        return counts.lines

    def duties(self) -> list[Line]:
        """The duties of each stage that was reached: done, not done, or not yet in a stage that lasts."""
        last = {
            (one.escalation, stage.id): (one, stage, place) for one, stage, place in self._stages()
        }
        counts = Counts()
        for one, stage, place in last.values():
            for number, duty in enumerate(stage.duties):
                open_still = _NOT_YET if one.left is None else _NOT_DONE
                how = _DONE if one.done(duty) else open_still
                order = place * _MOST_DUTIES + number
                counts.add(self._group_of(one), order, f"{duty.clause} {duty.name}", how)
        return counts.lines

    def _stages(self) -> Iterator[tuple[Stay, Stage, int]]:
        for one in self._stays:
            stages = self.asked.teller(one.policy).policy.stages
            place = [stage.id for stage in stages].index(one.stage)
            yield one, stages[place], place

    def _group_of(self, one: Stay) -> Group:
        if self.by is By.AGENCY:
            return Group(one.agency, one.agency)
        return self._month(self.asked.civil.day(one.entered))

    def _month(self, on: date | None) -> Group:
        if self.by is not By.PERIOD:
            return Group()
        if on is None:
            return Group("~", "without a last day")
        return Group(f"{on:%Y-%m}", f"{on:%B %Y}")

    # --- As they are shown -------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What the figures are of."""
        told = "Timeliness"
        if self.agency:
            told += f", {self.agency}"
        if self.period.since:
            told += f", from {day(self.period.since)}"
        if self.period.until:
            told += f", up to {day(self.period.until)}"
        return told

    @property
    def tables(self) -> list[Table]:
        """The figures as tables: timescales, limits, duties."""
        narrowed = self.by is By.AGENCY or self.agency is not None
        at_risk = " that an escalation put at risk" if narrowed else ""
        return [
            self._table(f"National timescales{at_risk}", self.timescales(), _TIMESCALES),
            self._table("Limits of the stages", self.limits(), _LIMITS),
            self._table("Duties of the stages reached", self.duties(), _DUTIES),
        ]

    def _table(self, title: str, lines: list[Line], names: Mapping[str, str]) -> Table:
        grouped = {By.AGENCY: ("Agency",), By.PERIOD: ("Month",), By.STAGE: ()}[self.by]
        rows, before = [], None
        for line in lines:
            group = line.group if line.group != before else ""
            before = line.group
            counts = (str(line.counts.get(how, 0) or "-") for how in names)
            rows.append((*([group] if grouped else []), line.what, *counts))
        return Table(title, (*grouped, "", *names.values()), rows, lines)

    # --- What the system itself was late with ------------------------------------------------

    def late_moves(self) -> list[LateMove]:
        """What was recorded late because the clock did not run."""
        return [
            one
            for one in timeliness.late_moves(self.asked.database)
            if self.period.has(self.asked.civil.day(one.fell_due))
            and self.agency in (None, one.agency)
        ]

    def gaps(self) -> list[tuple[datetime, datetime]]:
        """The times in which the clock did not run."""
        civil, period = self.asked.civil, self.period
        return [
            (since, until)
            for since, until in timeliness.gaps(self.asked.database)
            if (period.until is None or civil.day(since) <= period.until)
            and (period.since is None or civil.day(until) >= period.since)
        ]

    @property
    def late(self) -> list[Gap]:
        """The gaps with what was recorded late because of each, in words."""
        teller, moves = self.asked.teller(), self.late_moves()
        found = []
        for gap in self.gaps():
            late = [
                f"{one.stream.partition(':')[2]}: fell due {teller.moment(one.fell_due)}, "
                f"recorded {teller.moment(one.recorded)}."
                for one in moves
                if one.gap == gap
            ]
            since, until = map(teller.moment, gap)
            told = f"The clock did not run until {until}; {counted(len(late), 'move')} late."
            found.append(Gap(since, told, late))
        return found

    def not_recorded(self) -> list[str]:
        """The cases in which something has fallen due that is not recorded yet."""
        about = [self._subjects[stream] for stream in self.asked.due(self.asked.now)]
        return [one.reference for one in about if self.agency in (None, one.agency)]


def _put_at_risk(about: Iterable[Subject]) -> dict[tuple[str, str], set[str]]:
    """The agencies against which an escalation was raised, by incident and timescale."""
    found: dict[tuple[str, str], set[str]] = {}
    for subject in about:
        if subject.agency is not None and subject.timescale is not None:
            found.setdefault((subject.incident, subject.timescale), set()).add(subject.agency)
    return found


def _timeliness(
    asked: Asking, *, by: By, since: date | None, until: date | None, agency: str | None
) -> Figures:
    return Figures(asked, by, Period(since, until), asked.agency(agency))


# --- As plain data ---------------------------------------------------------------------------


def _plain(figures: Figures, _: Asking) -> dict[str, Any]:
    local, period = figures.asked.local, figures.period
    return {
        "by": figures.by.value,
        "from": period.since.isoformat() if period.since else None,
        "to": period.until.isoformat() if period.until else None,
        "agency": figures.agency,
        "timescales": _plain_lines(figures.timescales(), _TIMESCALES),
        "limits": _plain_lines(figures.limits(), _LIMITS),
        "duties": _plain_lines(figures.duties(), _DUTIES),
        "gaps": [{"since": local(since), "until": local(until)} for since, until in figures.gaps()],
        "recorded_late": [
            {
                "reference": one.stream.partition(":")[2],
                "agency": one.agency,
                "fell_due": local(one.fell_due),
                "recorded": local(one.recorded),
                "gap": {"since": local(one.gap[0]), "until": local(one.gap[1])},
            }
            for one in figures.late_moves()
        ],
        "not_yet_recorded": figures.not_recorded(),
    }


def _plain_lines(lines: list[Line], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"group": line.group or None, "what": line.what}
        | {how: line.counts.get(how, 0) for how in names}
        for line in lines
    ]


TIMELINESS = Question(
    "timeliness",
    "What was in time, what was late, what passed, and what was the clock itself late with?",
    Readers.EVERYTHING,
    _timeliness,
    _plain,
    (
        Parameter(
            "by",
            Kind.CHOICE,
            "Group by agency, by stage alone, or by month.",
            default=By.STAGE,
            choices=By,
        ),
        Parameter("from", Kind.DAY, "Only from this day on.", keyword="since"),
        Parameter("to", Kind.DAY, "Only up to this day.", keyword="until"),
        AGENCY,
    ),
)
