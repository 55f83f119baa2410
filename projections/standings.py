"""Where each case stands, and where it stood: on every day, as it was known at every position.

A standing is a case's outcome as plain data. ``cases`` has the present one of each case; ``standings``
has them all, so that a question about the past is a look-up: *as it stood* at a moment (by when things
happened) and *as it was known* at a position of the record (by when they were written down).
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cspr_workflow.application.outcome import escalation_outcome, incident_outcome
from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.transaction import evolved
from cspr_workflow.domain.actions import (
    ActionAcknowledged,
    ActionCompleted,
    ActionConfirmed,
    ActionFact,
    ActionNotMaintained,
    ActionRecorded,
    CompletionDisputed,
)
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import DecisionMade, Raised
from cspr_workflow.domain.incident import (
    Incident,
    IncidentReported,
    TimescaleMet,
    TimescaleMoved,
    TimescalePassed,
)
from cspr_workflow.domain.policy import Policy
from projections.database import Database, Row, Step, World, written_moment

TABLES = """
CREATE TABLE cases (
    stream TEXT PRIMARY KEY,
    opened INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    incident TEXT NOT NULL,
    agency TEXT,
    timescale TEXT,
    state TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    latest TEXT NOT NULL,
    standing TEXT NOT NULL,
    raised_on TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX cases_in_order ON cases (kind, is_open, opened);
CREATE INDEX cases_by_incident ON cases (incident);
CREATE TABLE standings (
    stream TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    known_from INTEGER NOT NULL,
    known_to INTEGER NOT NULL,
    standing TEXT NOT NULL,
    PRIMARY KEY (stream, valid_from, known_from)
);
"""
STILL_KNOWN = 2**62
"""The position up to which what has not been superseded is known."""
_INSERT_CASE = (
    "INSERT INTO cases VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (stream) DO UPDATE SET "
    "state=excluded.state, is_open=excluded.is_open, version=excluded.version, "
    "position=excluded.position, latest=excluded.latest, standing=excluded.standing"
)
_GO_ON = "UPDATE cases SET state=?, version=?, position=?, latest=?, standing=? WHERE stream=?"
"""The same for a case that is as open as it was: the order of the open cases is not written anew."""
_STANDS = (
    "SELECT stream, opened, raised_on, is_open, latest, standing FROM cases WHERE stream IN (%s)"
)
_INSERT = "INSERT INTO standings VALUES (?, ?, ?, ?, ?)"
_SUPERSEDE = "UPDATE standings SET known_to=? WHERE stream=? AND valid_from>=? AND known_to=4611686018427387904"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stood: its outcome as plain data, in which texts are still sealed."""

    stream: str
    reference: str
    kind: str
    standing: Mapping[str, Any]


# --- Following the record ----------------------------------------------------------------------


def apply(database: Database, steps: Sequence[Step], world: World) -> None:
    """Take over what was recorded."""
    first = {one.recorded.stream: one for one in reversed(steps) if one.after is not None}
    known = _known(database, first, world)
    added: list[Row] = []
    for step in steps:
        if step.after is not None:
            known[step.recorded.stream].take(database, step, world, added)
    database.executemany(_INSERT, added)
    goes_on = [one for one in known.values() if one.is_open == one.was_open]
    others = [one for one in known.values() if one.is_open != one.was_open]
    database.executemany(_GO_ON, [one.gone_on() for one in goes_on])
    database.executemany(_INSERT_CASE, [one.row() for one in others])


def _known(database: Database, first: Mapping[str, Step], world: World) -> dict[str, "_Known"]:
    """How each case stands before the first of its entries that is taken over."""
    known: dict[str, _Known] = {}
    for stream, step in first.items():
        one = step.recorded
        if one.version == 1:
            day = world.policies[one.entry.policy].civil.day(one.entry.occurred)
            known[stream] = _Known(one.position, day.isoformat(), None, "", "")
    if others := [stream for stream in first if stream not in known]:
        for stream, *row in database.of_each(_STANDS, others):
            known[stream] = _Known(*row)
    return known


@dataclass(slots=True)
class _Known:
    """The standing of one case while a batch is taken over."""

    opened: int
    raised_on: str
    was_open: int | None
    latest: str
    standing: str
    step: Step | None = None

    def take(self, database: Database, step: Step, world: World, added: list[Row]) -> None:
        """Take over one entry; what it adds is put to ``added``, which is written before it is read."""
        one = step.recorded
        occurred = written_moment(one.entry.occurred)
        self.step = step
        assert step.after is not None
        standing = self.standing
        if step.changes(*_TOLD_OF_ESCALATION):
            standing = _plain(step.after, world)
        if occurred <= self.latest:
            database.executemany(_INSERT, added)
            added.clear()
        if occurred < self.latest:
            _rewrite(database, one, occurred, world)
        elif standing != self.standing:
            if occurred == self.latest:
                database.execute(_SUPERSEDE, (one.position, one.stream, occurred))
            added.append((one.stream, occurred, one.position, STILL_KNOWN, standing))
        self.latest = max(self.latest, occurred)
        self.standing = standing

    @property
    def is_open(self) -> bool:
        assert self.step is not None
        case = self.step.after
        if isinstance(case, Escalation):
            return case.ending is None
        assert isinstance(case, Incident)
        return not case.state.is_end

    def gone_on(self) -> Row:
        """What changes in the row of a case that is as open as it was, and its stream."""
        assert self.step is not None
        one = self.step.recorded
        state = str(self.step.after.state) if self.step.after is not None else ""
        return state, one.version, one.position, self.latest, self.standing, one.stream

    def row(self) -> Row:
        assert self.step is not None
        case, one = self.step.after, self.step.recorded
        if isinstance(case, Escalation):
            kind, agency, timescale = "escalation", case.agency, case.timescale
            incident = case.incident
        else:
            assert isinstance(case, Incident)
            kind, agency, timescale = "incident", None, None
            incident = case.reference
        return (
            one.stream,
            self.opened,
            kind,
            case.reference,
            incident,
            agency,
            timescale,
            str(case.state),
            self.is_open,
            one.version,
            one.position,
            self.latest,
            self.standing,
            self.raised_on,
        )


def _rewrite(database: Database, late: Recorded, occurred: str, world: World) -> None:
    """Something was recorded that had happened before what is known: from there on all is told anew."""
    entries = [one.entry for one in world.record.read(late.stream) if one.version <= late.version]
    moments = sorted({entry.occurred for entry in entries})
    row = database.one(
        "SELECT standing FROM standings WHERE stream=? AND valid_from<? AND known_to=? "
        "ORDER BY valid_from DESC LIMIT 1",
        late.stream,
        occurred,
        STILL_KNOWN,
    )
    before = row[0] if row else ""
    told: list[tuple[str, str]] = []
    for moment in moments:
        if written_moment(moment) < occurred:
            continue
        case = as_it_stood(entries, moment, late.stream, world.policies)
        standing = _plain(case, world) if case is not None else ""
        if standing != before:
            told.append((written_moment(moment), standing))
        before = standing
    now = database.all(
        "SELECT valid_from, standing FROM standings WHERE stream=? AND valid_from>=? AND known_to=? "
        "ORDER BY valid_from",
        late.stream,
        occurred,
        STILL_KNOWN,
    )
    if list(now) == told:
        return
    database.execute(_SUPERSEDE, (late.position, late.stream, occurred))
    database.executemany(
        _INSERT,
        [(late.stream, moment, late.position, STILL_KNOWN, standing) for moment, standing in told],
    )


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


_TOLD_OF_ESCALATION = (
    "stages",
    "limits",
    "follow_on",
    "limit_passed",
    "meetings",
    "actions",
    "no_longer_at_risk",
    "ending",
)


def _plain(case: Case, world: World) -> str:
    policy = world.policies[case.policy]
    plain = (
        escalation_outcome(case, policy)
        if isinstance(case, Escalation)
        else incident_outcome(case, policy)
    )
    return _ENCODER.encode(plain)


# --- As it stood -------------------------------------------------------------------------------


def as_it_stood(
    entries: Iterable[Entry], moment: datetime, stream: str, policies: Mapping[str, Policy]
) -> Case | None:
    """The case by what had happened up to ``moment``, as far as ``entries`` know; ``None`` before it began.

    What builds on something that had not happened then, such as the acknowledgement of a record that
    is dated later, counts from when both had.
    """
    case: Case | None = None
    claims: Counter[str] = Counter()
    claimed: dict[str, int] = {}
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, ActionCompleted):
            claims[fact.action] += 1
        elif isinstance(fact, ActionConfirmed | CompletionDisputed) and (
            claimed.get(fact.action) != claims[fact.action]
        ):
            continue  # it is about the claim that was recorded last before it, and about no other
        if entry.occurred <= moment and _can_follow(case, entry, policies):
            case = evolved(case, stream, entry)
            if isinstance(fact, ActionCompleted):
                claimed[fact.action] = claims[fact.action]
    return case


def _can_follow(case: Case | None, entry: Entry, policies: Mapping[str, Policy]) -> bool:
    fact = entry.fact
    if case is None:
        return isinstance(fact, Raised | IncidentReported)
    if isinstance(case, Incident):
        if isinstance(fact, TimescaleMet):
            met_by = policies[entry.policy].timescale(fact.timescale).met_by
            if any(milestone not in case.milestones for milestone in met_by):
                return False
        if isinstance(fact, TimescaleMet | TimescaleMoved | TimescalePassed):
            return fact.timescale in case.timescales
        return True
    if isinstance(fact, DecisionMade):
        return all(reference in case.actions for reference in fact.releases)
    if not isinstance(fact, ActionFact) or isinstance(fact, ActionRecorded):
        return True
    action = case.actions.get(fact.action)
    if action is None:
        return False
    if isinstance(fact, ActionAcknowledged):
        assert entry.side is not None
        theirs = action.record_of(entry.side.other)
        return theirs is not None and theirs.number == fact.terms
    if isinstance(fact, ActionConfirmed | CompletionDisputed):
        return action.done_on is not None
    return not isinstance(fact, ActionNotMaintained) or action.in_force is not None


# --- Questions ---------------------------------------------------------------------------------


def present(database: Database, kind: str | None = None) -> Iterator[Standing]:
    """Where every case stands, in the order in which they were opened."""
    where = "WHERE kind=?" if kind else ""
    rows = database.all(
        f"SELECT stream, reference, kind, standing FROM cases {where} ORDER BY opened",  # noqa: S608
        *([kind] if kind else []),
    )
    return (Standing(stream, ref, of, json.loads(text)) for stream, ref, of, text in rows)


def as_at(
    database: Database, moment: datetime, position: int, stream: str | None = None
) -> Iterator[Standing]:
    """Where cases stood at a moment as it was known at a position, in the order of their opening."""
    only = "AND c.stream=?" if stream else ""
    rows = database.all(
        "SELECT c.stream, c.reference, c.kind, s.standing FROM cases c JOIN standings s "  # noqa: S608
        "ON s.stream=c.stream AND s.known_from<=? AND s.known_to>? AND s.valid_from=("
        "SELECT max(t.valid_from) FROM standings t WHERE t.stream=c.stream AND t.valid_from<=? "
        f"AND t.known_from<=? AND t.known_to>?) WHERE c.opened<=? {only} ORDER BY c.opened",
        *(position, position, written_moment(moment), position, position, position),
        *([stream] if stream else []),
    )
    return (Standing(of, ref, kind, json.loads(text)) for of, ref, kind, text in rows if text)
