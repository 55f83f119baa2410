"""What a person or a program is told after an act: what was recorded, where the case stands, what is next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from rich.console import Console

from cspr_workflow.application.handle import PARTNERSHIP, Workflow, escalation_stream
from cspr_workflow.application.outcome import escalation_outcome, incident_outcome
from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.transaction import evolved, incident_stream
from cspr_workflow.domain import notices
from cspr_workflow.domain.acts import (
    Act,
    ClosureAct,
    EscalationAct,
    IncidentAct,
    RaiseEscalation,
    UpdateBankHolidays,
)
from cspr_workflow.domain.calendar import Deadline
from cspr_workflow.domain.clock import Case, next_due
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import FOLLOW_ON, LimitMoved, Raised, StageLimit
from cspr_workflow.domain.incident import (
    EscalationNoted,
    Incident,
    TimescaleMoved,
    TimescaleState,
)
from cspr_workflow.domain.people import Person
from cspr_workflow.domain.policy import Kind, Policy
from cspr_workflow.domain.texts import opened_data
from cspr_workflow.interfaces.record_words import did
from cspr_workflow.interfaces.sentences import Teller, day, words
from cspr_workflow.interfaces.story import standing, told_due
from cspr_workflow.interfaces.terminal import columns, grid, heading, row, safe
from projections.chronology import Line, chronology

_WHEN = 22
CHANGES_CALENDAR = (ClosureAct, UpdateBankHolidays)
"""Acts that the clock follows up in the cases, when it next runs."""


class Desk(Protocol):
    """What a command needs of an opened store."""

    @property
    def workflow(self) -> Workflow:
        """Every act and every question goes through here."""

    @property
    def policy(self) -> Policy:
        """The policy in force."""

    @property
    def teller(self) -> Teller:
        """Tells the record in the words of the policy in force."""

    def now(self) -> datetime:
        """The store's own clock (UTC)."""

    def person(self, id: str) -> Person:
        """A person of the directory. Raises :class:`Failed`."""

    def lines(self, reference: str) -> Sequence[Recorded]:
        """A case's entries, with their texts opened."""


@dataclass(frozen=True, slots=True)
class Move:
    """An open limit that a change of the calendar would move."""

    reference: str
    limit: str
    called: str
    before: date
    after: date


# --- What was recorded -----------------------------------------------------------------------


def tell(act: Act, recorded: Sequence[Recorded], desk: Desk, out: Console) -> None:
    """What was recorded, where each case that it concerns stands now, and what falls due next."""
    out.print(safe("Recorded", "bold"))
    _tell_lines(chronology(opened(recorded, desk)), desk, out)
    if isinstance(act, CHANGES_CALENDAR):
        out.print(safe("The clock moves the open limits that this concerns when it next runs."))
        return
    heading(out, "Where it stands now")
    table = columns(_WHEN, None)
    for stream in _concerned(act, recorded):
        case = _case(stream, desk)
        assert case is not None
        row(table, case.reference, f"{_standing(case, desk)}.")
        row(table, "", safe(f"Next, if nobody acts: {_next(case, desk)}", "dim"))
    out.print(table)
    if isinstance(act, RaiseEscalation):
        raised = _case(escalation_stream(act.escalation), desk)
        assert isinstance(raised, Escalation)
        _tell_ladder(raised, desk, out)


def plain(recorded: Sequence[Recorded], desk: Desk) -> list[dict[str, Any]]:
    """What was recorded, as plain data."""
    return [
        {
            "position": one.position,
            "id": str(one.id),
            "stream": one.stream,
            "version": one.version,
            **_plain_entry(one.entry, desk),
        }
        for one in opened(recorded, desk)
    ]


def outcome_of(act: Act, desk: Desk) -> dict[str, Any] | None:
    """The outcome of the act's own case; ``None`` for a closure day, or where there is no such case."""
    stream = _own_stream(act)
    case = _case(stream, desk) if stream else None
    if case is None:
        return None
    policy = desk.workflow.policy(case.policy)
    if isinstance(case, Escalation):
        opened_outcome: dict[str, Any] = opened_data(
            escalation_outcome(case, policy), desk.workflow.opened
        )
        return opened_outcome
    return incident_outcome(case, policy)


def opened(recorded: Sequence[Recorded], desk: Desk) -> list[Recorded]:
    """The same entries with their texts opened; those of the partnership have none that are sealed."""
    references = dict.fromkeys(line.reference for line in chronology(recorded))
    lines = {one.position: one for name in references if name for one in desk.lines(name)}
    return [lines.get(one.position, one) for one in recorded]


def _plain_entry(entry: Entry, desk: Desk) -> dict[str, Any]:
    return {
        "type": entry.fact.type,
        "occurred": entry.occurred.isoformat(),
        "recorded": entry.recorded.isoformat(),
        "by": entry.author,
        "clause": entry.clause,
        "sentence": _sentence(entry, desk),
    }


def _tell_lines(lines: Sequence[Line], desk: Desk, out: Console) -> None:
    table = columns(_WHEN, None)
    for line in lines:
        if isinstance(line.entry.fact, EscalationNoted):
            continue  # the raising itself says it already
        about = f"[{line.reference}] " if line.reference else ""
        when = desk.teller.moment(line.entry.occurred)
        row(table, when, f"{about}{_sentence(line.entry, desk)}")
    out.print(table)


def _sentence(entry: Entry, desk: Desk) -> str:
    return did(entry, _teller(entry.policy, desk))


def _teller(policy: str, desk: Desk) -> Teller:
    """Tells in the words of the policy that a case was opened under."""
    return replace(desk.teller, policy=desk.workflow.policy(policy))


# --- Where it stands -------------------------------------------------------------------------


def _own_stream(act: Act) -> str | None:
    if isinstance(act, EscalationAct):
        return escalation_stream(act.escalation)
    return incident_stream(act.incident) if isinstance(act, IncidentAct) else None


def _concerned(act: Act, recorded: Sequence[Recorded]) -> Iterator[str]:
    """The act's own case, then each other escalation in which something was recorded."""
    own = _own_stream(act)
    assert own is not None
    yield own
    for stream in dict.fromkeys(one.stream for one in recorded):
        if stream != own and stream.startswith(escalation_stream("")):
            yield stream


def _case(stream: str, desk: Desk) -> Case | None:
    """A case folded from its opened entries, so that its texts can be read."""
    case: Case | None = None
    for one in desk.lines(stream.partition(":")[2]):
        if one.stream == stream:
            case = evolved(case, stream, one.entry)
    return case


def _standing(case: Case, desk: Desk) -> str:
    teller = _teller(case.policy, desk)
    if isinstance(case, Escalation):
        return standing(case, teller)
    return _incident_stands(case, teller)


def _next(case: Case, desk: Desk) -> str:
    teller = _teller(case.policy, desk)
    due = next_due(case, teller.policy)
    if due is None:
        return "nothing falls due."
    told = told_due(due, teller, desk.workflow)
    return f"{teller.moment(due.moment)}: {told}"


def _incident_stands(case: Incident, teller: Teller) -> str:
    parts = [words(case.state)]
    for timescale in teller.policy.timescales:
        running = case.timescale(timescale.id)
        if running.state is TimescaleState.NOT_STARTED:
            continue
        last = f", last day {day(running.deadline.last_day)}" if running.deadline else ""
        parts.append(f"{teller.timescale(timescale.id)} {words(running.state)}{last}")
    return "; ".join(parts)


def _tell_ladder(case: Escalation, desk: Desk, out: Console) -> None:
    heading(out, "The ladder")
    table = columns(_WHEN, None)
    limits = [StageLimit(stage, limit) for stage, limit in case.limits.items()]
    for name, told in ladder_of(limits, _teller(case.policy, desk)):
        row(table, name, told)
    out.print(table)


def ladder_of(limits: Sequence[StageLimit], teller: Teller) -> Iterator[tuple[str, str]]:
    """Each stage with its last day, from the stage into which a case is raised."""
    for one in limits:
        stage, limit = teller.policy.stage(one.stage), one.deadline
        discussion = stage.kind is Kind.DISCUSSION
        yield stage.name, teller.limit(stage.id, limit) if discussion else _last_day(limit)


def _last_day(limit: Deadline) -> str:
    provisional = " (provisional)" if limit.derivation.provisional else ""
    return f"last day {day(limit.last_day)}{provisional}."


def notices_of(act: Act, desk: Desk, entries: Sequence[Entry]) -> list[str]:
    """What a person who raises an escalation is told, from the entries that this brings about."""
    if not isinstance(act, RaiseEscalation):
        return []
    incident = desk.workflow.incident(act.incident)
    assert incident is not None, "raising on no incident is refused"
    raised = next(entry for entry in entries if isinstance(entry.fact, Raised))
    return list(notices.of_raising(entries, incident, desk.workflow.policy(raised.policy)))


# --- What would be recorded ------------------------------------------------------------------


def tell_preview(act: Act, found: Mapping[str, Sequence[Entry]], desk: Desk, out: Console) -> None:
    """What an act would record, and for a closure day each limit that it would move."""
    out.print(safe("This would be recorded; nothing is stored.", "bold"))
    _tell_lines([Line(stream, 0, entry) for stream, entry in _entries(act, found)], desk, out)
    if isinstance(act, CHANGES_CALENDAR):
        _tell_moves(moves(found, desk), out)


def plain_preview(act: Act, found: Mapping[str, Sequence[Entry]], desk: Desk) -> dict[str, Any]:
    """The same as plain data."""
    data: dict[str, Any] = {
        "would_record": [
            {"stream": stream, **_plain_entry(entry, desk)}
            for stream, entry in _entries(act, found)
        ]
    }
    if isinstance(act, CHANGES_CALENDAR):
        data["would_move"] = [
            {
                "reference": move.reference,
                "limit": move.limit,
                "before": move.before.isoformat(),
                "after": move.after.isoformat(),
            }
            for move in moves(found, desk)
        ]
    return data


def moves(found: Mapping[str, Sequence[Entry]], desk: Desk) -> list[Move]:
    """The limits that a previewed change of the calendar itself would move, case by case."""
    present = desk.workflow.partnership.rules(desk.policy).calendar.version
    return [
        _move(stream, entry, entry.fact, desk)
        for stream, entries in found.items()
        for entry in entries
        # What an earlier change still has to move in a case stands on the present calendar.
        if isinstance(entry.fact, LimitMoved | TimescaleMoved) and entry.calendar > present
    ]


def _move(stream: str, entry: Entry, fact: LimitMoved | TimescaleMoved, desk: Desk) -> Move:
    teller = _teller(entry.policy, desk)
    if isinstance(fact, TimescaleMoved):
        limit, called = fact.timescale, teller.timescale(fact.timescale)
    else:
        limit = fact.limit
        called = "follow-on limit" if limit == FOLLOW_ON else teller.stage(limit)
    return Move(Line(stream, 0, entry).reference, limit, called, fact.before, fact.after.last_day)


def _tell_moves(found: Sequence[Move], out: Console) -> None:
    heading(out, "Limits that it would move")
    if not found:
        out.print(safe("None."))
        return
    table = grid("Case", "Limit", "Last day now", "Last day then")
    for move in found:
        row(table, move.reference, move.called, day(move.before), day(move.after))
    out.print(table)


def _entries(act: Act, found: Mapping[str, Sequence[Entry]]) -> Iterator[tuple[str, Entry]]:
    """What the act itself would record: for a closure day only the partnership's own entry."""
    for stream, entries in found.items():
        if stream == PARTNERSHIP or not isinstance(act, CHANGES_CALENDAR):
            yield from ((stream, entry) for entry in entries)
