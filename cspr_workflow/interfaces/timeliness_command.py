"""What was in time, what was late, what passed; and apart from it, what the clock itself was late with."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from cspr_workflow.domain.incident import TimescaleState
from cspr_workflow.domain.policy import Kind, Stage
from cspr_workflow.interfaces.asking import AgencyOption, Asking, asking, read_day
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.sentences import counted, day, words
from cspr_workflow.interfaces.terminal import columns, grid, heading, row, safe
from projections import timeliness
from projections.board import Subject, subjects
from projections.timeliness import LateMove, Period, Stay, TimescaleLine

_WHEN = 22
_DAY = "YYYY-MM-DD"
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
_MOST_DUTIES, _MOST_NAMED = 100, 20
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


def timeliness_command(
    by: Annotated[
        By, typer.Option(help="Group by agency, by stage alone, or by month.")
    ] = By.STAGE,
    since: Annotated[
        str | None, typer.Option("--from", metavar=_DAY, help="Only from this day on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar=_DAY, help="Only up to this day.")
    ] = None,
    agency: AgencyOption = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """What was in time, what was late, what passed: timescales, limits of stages, duties.

    A timescale counts on its last day (or on the day on which it was met), a stage and its duties on
    the day on which the stage was entered. What was recorded late because the clock did not run has
    a section of its own: that is nobody's lateness but the system's.
    """
    period = Period(read_day("--from", since), read_day("--to", until))
    with asking(store) as asked:
        asked.check_agency(agency)
        figures = _Figures(asked, by, period, agency)
        if as_json:
            asked.echo(_plain(figures))
        else:
            _tell(figures)


class _Figures:
    """The figures of one question: of a period, about one agency or all, grouped by what."""

    def __init__(self, asked: Asking, by: By, period: Period, agency: str | None) -> None:
        self.asked, self.by, self.period, self.agency = asked, by, period, agency
        self._subjects = subjects(asked.database)
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
            if stage.kind is not Kind.DISCUSSION:
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

    def not_recorded(self) -> list[str]:
        """The cases in which something has fallen due that is not recorded yet."""
        about = [self._subjects[stream] for stream in self.asked.desk.views.due(self.asked.now)]
        return [one.reference for one in about if self.agency in (None, one.agency)]


def _put_at_risk(about: Iterable[Subject]) -> dict[tuple[str, str], set[str]]:
    """The agencies against which an escalation was raised, by incident and timescale."""
    found: dict[tuple[str, str], set[str]] = {}
    for subject in about:
        if subject.agency is not None and subject.timescale is not None:
            found.setdefault((subject.incident, subject.timescale), set()).add(subject.agency)
    return found


# --- For people ------------------------------------------------------------------------------


def _tell(figures: _Figures) -> None:
    asked = figures.asked
    out = asked.screen()
    out.print(safe(_heading(figures), "bold"))
    narrowed = figures.by is By.AGENCY or figures.agency is not None
    at_risk = " that an escalation put at risk" if narrowed else ""
    _table(f"National timescales{at_risk}", figures.timescales(), _TIMESCALES, figures, out)
    _table("Limits of the stages", figures.limits(), _LIMITS, figures, out)
    _table("Duties of the stages reached", figures.duties(), _DUTIES, figures, out)
    _tell_late(figures, out)
    if references := figures.not_recorded():
        heading(out, "Fallen due and not yet recorded")
        shown, more = references[:_MOST_NAMED], len(references) - _MOST_NAMED
        text = f"{counted(len(references), 'case')}, not counted above as late or passed: "
        text += ", ".join(shown) + (f" and {more} more" if more > 0 else "")
        out.print(safe(f"{text}. cspr board shows them first."))


def _heading(figures: _Figures) -> str:
    told = "Timeliness"
    if figures.agency:
        told += f", {figures.agency}"
    if figures.period.since:
        told += f", from {day(figures.period.since)}"
    if figures.period.until:
        told += f", up to {day(figures.period.until)}"
    return told


def _table(
    title: str, lines: list[Line], names: Mapping[str, str], figures: _Figures, out: Console
) -> None:
    heading(out, title)
    if not lines:
        out.print(safe("None."))
        return
    groups = (
        [] if figures.by is By.STAGE else [figures.by.value.capitalize().replace("Period", "Month")]
    )
    table = grid(*groups, "", *names.values())
    before = None
    for line in lines:
        group = line.group if line.group != before else ""
        before = line.group
        counts = [str(line.counts.get(how, 0) or "-") for how in names]
        row(table, *([group] if groups else []), line.what, *counts)
    out.print(table)


def _tell_late(figures: _Figures, out: Console) -> None:
    heading(out, "Recorded late because the clock did not run")
    gaps, teller = figures.gaps(), figures.asked.teller()
    if not gaps:
        out.print(safe("Nothing: no time is noted in which the clock did not run."))
        return
    moves = figures.late_moves()
    table = columns(_WHEN, None)
    for since, until in gaps:
        late = [one for one in moves if one.gap == (since, until)]
        told = f"The clock did not run until {teller.moment(until)}; {counted(len(late), 'move')} late."
        row(table, teller.moment(since), told)
        for one in late:
            reference = one.stream.partition(":")[2]
            when = f"fell due {teller.moment(one.fell_due)}, recorded {teller.moment(one.recorded)}"
            row(table, "", safe(f"{reference}: {when}.", "dim"))
    out.print(table)


# --- For other programs ----------------------------------------------------------------------


def _plain(figures: _Figures) -> dict[str, Any]:
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
