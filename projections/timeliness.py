"""What was in time, what was late, what passed: timescales, limits of stages, duties, moves of the clock.

What an agency or the partnership was late with is kept apart from what was recorded late because the
clock did not run: that is nobody's lateness but the system's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cspr_workflow.application.outcome import limit_state
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import LimitPassed, MeetingHeld, MoveReason, StageEntered
from cspr_workflow.domain.incident import Incident, TimescalePassed
from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.domain.policy import Duty, Kind, Policy
from projections.database import Database, Row, Step, World, written_moment
from projections.duties import done, duty_part
from projections.period import ALWAYS, Period

__all__ = ["ALWAYS", "IN_TIME", "LATE", "LEFT", "PASSED", "RUNNING", "TABLES", "LateMove", "Period"]
__all__ += ["Stay", "TimescaleLine", "apply", "gaps", "late_moves", "stays", "timescales"]

TABLES = """
CREATE TABLE timescales (
    incident TEXT NOT NULL,
    timescale TEXT NOT NULL,
    policy TEXT NOT NULL,
    state TEXT NOT NULL,
    last_day TEXT,
    met_on TEXT,
    PRIMARY KEY (incident, timescale)
) WITHOUT ROWID;
CREATE TABLE stays (
    stream TEXT NOT NULL,
    number INTEGER NOT NULL,
    escalation TEXT NOT NULL,
    agency TEXT NOT NULL,
    policy TEXT NOT NULL,
    stage TEXT NOT NULL,
    entered TEXT NOT NULL,
    entered_on TEXT NOT NULL,
    last_day TEXT,
    ladder_day TEXT,
    limit_state TEXT NOT NULL,
    left_at TEXT,
    PRIMARY KEY (stream, number)
) WITHOUT ROWID;
CREATE INDEX stays_by_entry ON stays (entered, agency);
CREATE TABLE duty_parts (
    stream TEXT NOT NULL,
    part TEXT NOT NULL,
    done TEXT NOT NULL,
    PRIMARY KEY (stream, part)
) WITHOUT ROWID;
CREATE TABLE clock_moves (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    agency TEXT,
    fell_due TEXT NOT NULL,
    fell_due_on TEXT NOT NULL,
    recorded TEXT NOT NULL
);
CREATE TABLE clock_gaps (
    position INTEGER PRIMARY KEY,
    since TEXT NOT NULL,
    until TEXT NOT NULL
);
"""
_TIMESCALE = (
    "INSERT INTO timescales VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (incident, timescale) "
    "DO UPDATE SET state=excluded.state, last_day=excluded.last_day, met_on=excluded.met_on "
    "WHERE timescales.state<>excluded.state "
    "OR coalesce(timescales.last_day, '')<>coalesce(excluded.last_day, '') "
    "OR coalesce(timescales.met_on, '')<>coalesce(excluded.met_on, '')"
)
_STAY = (
    "INSERT INTO stays VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stream, number) "
    "DO UPDATE SET last_day=excluded.last_day, ladder_day=excluded.ladder_day, "
    "limit_state=excluded.limit_state, left_at=excluded.left_at "
    "WHERE coalesce(stays.last_day, '')<>coalesce(excluded.last_day, '') "
    "OR coalesce(stays.ladder_day, '')<>coalesce(excluded.ladder_day, '') "
    "OR stays.limit_state<>excluded.limit_state "
    "OR coalesce(stays.left_at, '')<>coalesce(excluded.left_at, '')"
)
_PART = (
    "INSERT INTO duty_parts VALUES (?, ?, ?) ON CONFLICT (stream, part) "
    "DO UPDATE SET done=excluded.done WHERE excluded.done<duty_parts.done"
)
_MOVED = "INSERT INTO clock_moves VALUES (?, ?, ?, ?, ?, ?)"
OF_A_STAY = ("stages", "limits", "follow_on", "limit_passed", "meetings", "ending")
"""The parts of an escalation that the row of its present stay is told from."""
_MOVES = (StageEntered, LimitPassed, TimescalePassed)
IN_TIME, LATE, PASSED, RUNNING, LEFT = "in_time", "late", "passed", "running", "left"
"""How a stay in a stage stands to its limit: met in time or late, passed, still running, or left early."""


# --- Following the record ----------------------------------------------------------------------


def apply(database: Database, steps: Sequence[Step], world: World) -> None:
    """Take over what was recorded."""
    incidents: dict[str, Incident] = {}
    stays: dict[tuple[str, int], Row] = {}
    for step in steps:
        one, case = step.recorded, step.after
        entry = one.entry
        if isinstance(entry.fact, ClockStoodStill):
            gap = (one.position, written_moment(entry.fact.since), written_moment(entry.fact.until))
            database.execute("INSERT INTO clock_gaps VALUES (?, ?, ?)", gap)
        if isinstance(case, Incident) and case is not step.before:
            incidents[one.stream] = case
        elif isinstance(case, Escalation):
            if step.changes(*OF_A_STAY):
                before = step.before if isinstance(step.before, Escalation) else None
                for number, row in _stays(one.stream, before, case, entry, world):
                    stays[one.stream, number] = row
            if isinstance(entry.fact, MeetingHeld) and entry.fact.stage != case.stage:
                database.executemany(_STAY, list(stays.values()))
                stays = {}
                _meet_late(database, one.stream, case, entry, world)
            if (part := duty_part(entry)) is not None:
                database.execute(_PART, (one.stream, part, written_moment(entry.occurred)))
        if isinstance(entry.fact, _MOVES) and entry.by is None and entry.imported is None:
            database.execute(_MOVED, _moved(one, case, world))
    database.executemany(_STAY, list(stays.values()))
    database.executemany(
        _TIMESCALE, [row for case in incidents.values() for row in _timescales(case, world)]
    )


def _moved(one: Recorded, case: Case | None, world: World) -> Row:
    entry = one.entry
    return (
        one.position,
        one.stream,
        case.agency if isinstance(case, Escalation) else None,
        written_moment(entry.occurred),
        world.policies[entry.policy].civil.day(entry.occurred).isoformat(),
        written_moment(entry.recorded),
    )


def _meet_late(
    database: Database, stream: str, case: Escalation, entry: Entry, world: World
) -> None:
    """A meeting written up in the stage after its own: in time or late by when it happened."""
    assert isinstance(entry.fact, MeetingHeld)
    row = database.one(
        "SELECT number, last_day FROM stays WHERE stream=? AND stage=? ORDER BY number DESC LIMIT 1",
        stream,
        entry.fact.stage,
    )
    assert row is not None, "a meeting is written up for a stage that the case was in"
    number, last_day = row
    ends = world.policies[case.policy].civil.midnight_ending(date.fromisoformat(last_day))
    database.execute(
        "UPDATE stays SET limit_state=? WHERE stream=? AND number=?",
        (IN_TIME if entry.occurred < ends else LATE, stream, number),
    )


def _timescales(case: Incident, world: World) -> Iterator[Row]:
    for timescale in world.policies[case.policy].timescales:
        running = case.timescale(timescale.id)
        yield (
            case.reference,
            timescale.id,
            case.policy,
            running.state.value,
            running.deadline.last_day.isoformat() if running.deadline else None,
            running.met_on.isoformat() if running.met_on else None,
        )


def _stays(
    stream: str, before: Escalation | None, after: Escalation, entry: Entry, world: World
) -> Iterator[tuple[int, Row]]:
    """The stays in a stage that an entry begins, ends or changes."""
    policy = world.policies[after.policy]
    number = len(after.stages)
    if before is not None and len(before.stages) < number:
        yield number - 1, _stay(stream, before, policy, left=entry, of=after)
    yield number, _stay(stream, after, policy, left=entry if after.ending else None, of=after)


def _stay(
    stream: str, case: Escalation, policy: Policy, *, left: Entry | None, of: Escalation
) -> Row:
    stage = policy.stage(case.stage)
    has_limit = stage.kind is not Kind.DISCUSSION
    ladder = case.limits.get(stage.id) if has_limit else None
    left_at = None
    if left is not None:
        left_at = of.ending.occurred if of.ending and case is of else left.occurred
    return (
        stream,
        len(case.stages),
        of.reference,
        of.agency,
        of.policy,
        stage.id,
        written_moment(case.entered),
        policy.civil.day(case.entered).isoformat(),
        case.limit.last_day.isoformat() if has_limit else None,
        ladder.last_day.isoformat() if ladder else None,
        _limit(case, policy, left, left_at) if has_limit else RUNNING if left is None else LEFT,
        # What ended it may be dated before it began, as the clock entered the stage in between.
        written_moment(max(left_at, case.entered)) if left_at else None,
    )


_BY_LIMIT = (
    MoveReason.NO_RESPONSE,
    MoveReason.ACTION_OUTSTANDING,
    MoveReason.NOT_RESOLVED,
    MoveReason.NO_OUTCOME,
)


def _limit(case: Escalation, policy: Policy, left: Entry | None, left_at: datetime | None) -> str:
    """How the present stay stands to its limit: by its meeting where it needs one, else by the leaving."""
    state = limit_state(case, policy.stage(case.stage))
    if state in ("met", "met_late", "passed"):
        return {"met": IN_TIME, "met_late": LATE, "passed": PASSED}[state]
    if left is None or left_at is None:
        return RUNNING
    fact = left.fact
    if isinstance(fact, StageEntered) and left.by is None and fact.reason in _BY_LIMIT:
        return PASSED
    waited = case.settled or case.no_longer_at_risk is not None
    return LATE if left_at >= case.limit.falls_due and not waited else LEFT


# --- Questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay of an escalation in a stage, and how it stands to its limit.

    ``last_day`` is the day that it is judged by: a follow-on limit's where it was entered late, else the
    ladder's own, which is ``ladder_day``. ``left`` is never before ``entered``.
    """

    escalation: str
    agency: str
    policy: str
    stage: str
    entered: datetime
    last_day: date | None
    ladder_day: date | None
    limit: str
    left: datetime | None
    parts: Mapping[str, datetime]

    @property
    def lasted(self) -> timedelta | None:
        """How long it was, or ``None`` where it goes on; none at all where it ended as it began."""
        return self.left - self.entered if self.left else None

    def done(self, duty: Duty) -> datetime | None:
        """When the last part of a duty of this stage was done, or ``None`` where it was not."""
        return done(self.stage, duty, self.parts)


@dataclass(frozen=True, slots=True)
class TimescaleLine:
    """One timescale of an incident as it stands."""

    incident: str
    timescale: str
    policy: str
    state: str
    last_day: date | None
    met_on: date | None


@dataclass(frozen=True, slots=True)
class LateMove:
    """A move that the clock recorded after a time in which it did not run."""

    stream: str
    agency: str | None
    fell_due: datetime
    recorded: datetime
    gap: tuple[datetime, datetime]


def timescales(database: Database, period: Period = ALWAYS) -> Iterator[TimescaleLine]:
    """The timescales that have begun, by incident, whose last day (or day met) lies in a period."""
    rows = database.all(
        "SELECT t.incident, t.timescale, t.policy, t.state, t.last_day, t.met_on FROM timescales t "
        "JOIN cases c ON c.stream='incident:' || t.incident "
        "WHERE t.state<>'not_started' ORDER BY c.opened, t.timescale"
    )
    for incident, timescale, policy, state, last, met in rows:
        last_day, met_on = _day(last), _day(met)
        told = last_day or met_on
        if period.has(told) if told else period == ALWAYS:
            yield TimescaleLine(incident, timescale, policy, state, last_day, met_on)


def stays(database: Database, period: Period = ALWAYS, agency: str | None = None) -> Iterator[Stay]:
    """The stays in a stage that began in a period, by escalation."""
    only = "" if agency is None else "WHERE s.agency=?"
    rows = database.all(
        "SELECT s.stream, s.escalation, s.agency, s.policy, s.stage, s.entered, s.entered_on, "  # noqa: S608
        "s.last_day, s.ladder_day, s.limit_state, s.left_at FROM stays s "
        f"JOIN cases c ON c.stream=s.stream {only} ORDER BY c.opened, s.number",
        *([] if agency is None else [agency]),
    )
    for stream, escalation, of, policy, stage, entered, day, *rest in rows:
        last_day, ladder_day, limit, left = rest
        began = datetime.fromisoformat(entered)
        if not period.has(date.fromisoformat(day)):
            continue
        parts = {
            part: datetime.fromisoformat(done)
            for part, done in database.all(
                "SELECT part, done FROM duty_parts WHERE stream=? ORDER BY part", stream
            )
        }
        ended = datetime.fromisoformat(left) if left else None
        last, ladder = _day(last_day), _day(ladder_day)
        yield Stay(escalation, of, policy, stage, began, last, ladder, limit, ended, parts)


def late_moves(database: Database, period: Period = ALWAYS) -> Iterator[LateMove]:
    """The moves that fell due while the clock did not run, with the gap that made them late.

    What rests on something that was only written up afterwards was not made late by it.
    """
    rows = database.all(
        "SELECT m.stream, m.agency, m.fell_due_on, m.fell_due, m.recorded, g.since, g.until "
        "FROM clock_moves m "
        "JOIN clock_gaps g ON m.fell_due>g.since AND m.fell_due<=g.until AND m.recorded>=g.until "
        "JOIN cases c ON c.stream=m.stream WHERE m.fell_due>=(SELECT max(o.recorded) FROM chronology o "
        "WHERE o.incident=c.incident AND o.stream=m.stream AND o.position<m.position "
        "AND o.author<>'clock') ORDER BY m.position, g.position"
    )
    for stream, agency, day, *moments in rows:
        fell_due, recorded, since, until = map(datetime.fromisoformat, moments)
        if period.has(date.fromisoformat(day)):
            yield LateMove(stream, agency, fell_due, recorded, (since, until))


def gaps(database: Database) -> list[tuple[datetime, datetime]]:
    """The times in which the clock did not run."""
    rows = database.all("SELECT since, until FROM clock_gaps ORDER BY position")
    return [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in rows]


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
