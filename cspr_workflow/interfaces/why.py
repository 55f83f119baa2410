"""Why a date is what it is and why a case moved: clause, derivation, when it fell due and was recorded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from rich.console import Console

from cspr_workflow import forms
from cspr_workflow.application.handle import Workflow, escalation_stream, incident_stream
from cspr_workflow.application.ports import Record, Recorded
from cspr_workflow.application.transaction import evolved
from cspr_workflow.domain.calendar import Deadline
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import (
    FOLLOW_ON,
    LimitMoved,
    LimitPassed,
    Raised,
    StageEntered,
)
from cspr_workflow.domain.incident import (
    PublicationDeferred,
    TimescaleMet,
    TimescaleMoved,
    TimescalePassed,
    TimescaleStarted,
)
from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.domain.policy import Start
from cspr_workflow.interfaces.corrected import Correction, Corrections, plain_corrections
from cspr_workflow.interfaces.record_words import brought_in
from cspr_workflow.interfaces.sentences import Teller, day, follows_on, words
from cspr_workflow.interfaces.terminal import heading, safe
from cspr_workflow.interfaces.ways import stopping
from projections.agreed_actions import ActionRecord, agreed_actions


class Source(Protocol):
    """What is asked: a record whose texts are opened, and a workflow over it."""

    @property
    def record(self) -> Record:
        """The record."""

    @property
    def workflow(self) -> Workflow:
        """Every question goes through here."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One date or move, with what it rests on.

    ``gap`` is the time in which the clock did not run, where that made its move late; ``corrections``
    are those of its entry.
    """

    entry: Entry
    what: str
    deadline: Deadline | None = None
    stage: str | None = None
    stoppers: str | None = None
    gap: ClockStoodStill | None = None
    corrections: tuple[Correction, ...] = ()


def reasons(source: Source, teller: Teller, reference: str) -> list[Reason] | None:
    """Each date and move of an incident or escalation; ``None`` where there is no such reference."""
    streams = (incident_stream(reference), escalation_stream(reference))
    lines = [one for stream in streams for one in source.record.read(stream)]
    return reasons_in(lines, teller, source.workflow.partnership.gaps) if lines else None


def reasons_in(
    lines: Sequence[Recorded], teller: Teller, gaps: Iterable[ClockStoodStill]
) -> list[Reason]:
    """Each date and move in these lines, which are all those of one case or of several."""
    cases: dict[str, Case] = {}
    found: list[Reason] = []
    corrections = Corrections(lines, teller)
    for one in sorted(lines, key=lambda one: one.position):
        before = cases.get(one.stream)
        beside = tuple(corrections.beside(one.entry))
        for reason in _of(one.entry, before, teller, gaps):
            found.append(replace(reason, corrections=beside) if beside else reason)
        cases[one.stream] = evolved(before, one.stream, one.entry)
    return found


def _of(
    entry: Entry, before: Case | None, teller: Teller, gaps: Iterable[ClockStoodStill]
) -> list[Reason]:
    """The dates and moves of an entry; ``before`` is the case just before it."""
    explain = _EXPLAIN.get(type(entry.fact))
    found = list(explain(entry, entry.fact, teller)) if explain else []
    if found and entry.by is None and before is not None:
        stoppers = _stoppers(entry, before, teller)
        found[0] = replace(found[0], stoppers=stoppers, gap=_gap(entry, gaps))
    return found


def _told(entry: Entry, teller: Teller) -> str:
    return f"{teller.author(entry)} {teller.sentence(entry)}"


def _stoppers(entry: Entry, before: Case, teller: Teller) -> str | None:
    """Who could have seen to it that the clock had nothing to record."""
    agency, where = "the agency", ""
    if isinstance(before, Escalation):
        agency, where = before.agency, f" in {teller.stage(before.stage)}"
    ways = [way.told(agency) for way in stopping(entry.fact, before, teller.policy)]
    return f"What could have stopped it{where}: {'; '.join(ways)}." if ways else None


def _gap(entry: Entry, gaps: Iterable[ClockStoodStill]) -> ClockStoodStill | None:
    """The time without a clock in which an entry fell due that was recorded after it."""
    if entry.imported is not None:
        return None
    late = (gap for gap in gaps if gap.since < entry.occurred <= gap.until <= entry.recorded)
    return next(late, None)


def _raised(entry: Entry, fact: Raised, teller: Teller) -> Iterator[Reason]:
    for limit in fact.limits:
        what = f"The limit of {teller.stage(limit.stage)}, decided at the raising"
        yield Reason(entry, what, limit.deadline, limit.stage)


def _entered(entry: Entry, fact: StageEntered, teller: Teller) -> Iterator[Reason]:
    left = teller.policy.before(fact.stage)
    yield Reason(entry, _told(entry, teller), fact.due, left.id if left else None)
    if fact.follow_on:
        what = f"The follow-on limit of {teller.stage(fact.stage)}"
        yield Reason(entry, what, fact.follow_on, fact.stage)
    for limit in fact.limits:
        what = f"The limit of {teller.stage(limit.stage)}, decided by this entry"
        yield Reason(entry, what, limit.deadline, limit.stage)


_EXPLAIN: dict[type[Fact], Callable[[Entry, Any, Teller], Iterator[Reason]]] = {
    Raised: _raised,
    StageEntered: _entered,
    LimitPassed: lambda entry, fact, teller: iter(
        [Reason(entry, _told(entry, teller), fact.due, fact.stage)]
    ),
    LimitMoved: lambda entry, fact, teller: iter(
        [
            Reason(
                entry,
                _told(entry, teller),
                fact.after,
                None if fact.limit == FOLLOW_ON else fact.limit,
            )
        ]
    ),
    TimescalePassed: lambda entry, fact, teller: iter(
        [Reason(entry, _told(entry, teller), fact.due)]
    ),
    TimescaleMoved: lambda entry, fact, teller: iter(
        [Reason(entry, _told(entry, teller), fact.after)]
    ),
    TimescaleStarted: lambda entry, fact, teller: iter(
        [Reason(entry, f"The last day of {teller.timescale(fact.timescale)}", fact.deadline)]
    ),
    PublicationDeferred: lambda entry, fact, teller: iter(
        [Reason(entry, _told(entry, teller), fact.deadline)]
    ),
    TimescaleMet: lambda entry, _, teller: iter([Reason(entry, teller.sentence(entry))]),
}


def known_references(source: Source) -> list[str]:
    """Every reference that can be asked about."""
    cases = [case.reference for case in source.workflow.incidents()]
    cases += [case.reference for case in source.workflow.escalations()]
    records = agreed_actions(source.record.read_all())
    return cases + [f"{record.escalation}/{record.action.reference}" for record in records]


def actions_of(source: Source, reference: str) -> ActionRecord | None:
    """The record of one action, by a reference such as ``ESC-1/A1``."""
    parts = reference.split("/")
    for place in range(1, len(parts)):
        escalation, action = "/".join(parts[:place]), "/".join(parts[place:])
        for record in agreed_actions(source.record.read(escalation_stream(escalation))):
            if record.action.reference == action:
                return record
    return None


def tell(found: list[Reason], teller: Teller, reference: str, out: Console) -> None:
    """The reasons as text."""
    out.print(safe(f"Why: {reference}", "bold"))
    for reason in found:
        heading(out, reason.what)
        for sentence in sentences_of(reason, teller):
            out.print(safe(f"  {sentence}"))


def sentences_of(reason: Reason, teller: Teller) -> Iterator[str]:
    """What a date or move rests on: clause, counting, who could stop it, both times, corrections."""
    entry = reason.entry
    yield f"Clause {teller.clause(_clause(reason))}"
    if reading := _reading(reason, teller):
        yield f"Reading: {reading}"
    if reason.deadline:
        yield f"Counted: {teller.limit(reason.stage or '', reason.deadline)}"
    if reason.what.startswith("The clock") and _later_than_its_limit(reason):
        yield "The case was settled when that day ended; it fell due once it no longer was."
    if reason.stoppers:
        yield reason.stoppers
    moved = isinstance(entry.fact, LimitMoved | TimescaleMoved)
    when = "Fell due" if entry.by is None and not moved else "Happened"
    yield (
        f"{when} {teller.moment(entry.occurred)}; recorded {teller.moment(entry.recorded)}; "
        f"policy {entry.policy}, calendar version {entry.calendar}"
    )
    if reason.gap is not None:
        since, until = teller.moment(reason.gap.since), teller.moment(reason.gap.until)
        yield f"Recorded late: the clock did not run between {since} and {until}."
    if origin := brought_in(entry, teller):
        yield origin
    yield from (one.told for one in reason.corrections)


def _reading(reason: Reason, teller: Teller) -> str | None:
    if _follows_on(reason, teller):
        return "The stage was entered at or after its own limit: its window counts from the entry."
    clause = teller.policy.clauses.get(_clause(reason))
    return clause.reading if clause else None


def _follows_on(reason: Reason, teller: Teller) -> bool:
    if reason.deadline is None:
        return False
    if reason.stage is None:
        return reason.deadline.derivation.anchor == Start.STAGE
    return follows_on(teller.policy.stage(reason.stage), reason.deadline)


def _later_than_its_limit(reason: Reason) -> bool:
    """Whether a move of the clock fell due later than the limit that it rests on."""
    moved = isinstance(reason.entry.fact, StageEntered | LimitPassed) and reason.entry.by is None
    return (
        moved and reason.deadline is not None and reason.entry.occurred > reason.deadline.falls_due
    )


def tell_action(
    record: ActionRecord, teller: Teller, out: Console, corrections: Corrections | None = None
) -> None:
    """An action's own history, with both times."""
    action = record.action
    out.print(safe(f"Why: {record.escalation}/{action.reference} is {words(action.state)}", "bold"))
    for entry in record.entries:
        heading(
            out, f"{teller.moment(entry.occurred)}  {teller.author(entry)} {teller.sentence(entry)}"
        )
        out.print(safe(f"  Clause {teller.clause(entry.clause)}"))
        out.print(safe(f"  Recorded {teller.moment(entry.recorded)}; policy {entry.policy}"))
        for one in corrections.beside(entry) if corrections else ():
            out.print(safe(f"  {one.told}"))
    out.print()
    out.print(safe(in_force(record)))


def in_force(record: ActionRecord) -> str:
    """The terms that are in force, or that none are."""
    action = record.action
    if not action.in_force:
        return "Not in force."
    return f"In force: {action.shown.what}, due {day(action.shown.due)}"


def plain(found: list[Reason], teller: Teller) -> list[dict[str, Any]]:
    """The reasons as plain data."""
    return [
        {
            "what": reason.what,
            "clause": _clause(reason),
            "text": teller.policy.clauses[_clause(reason)].text,
            "policy": reason.entry.policy,
            "calendar": reason.entry.calendar,
            "by": reason.entry.author,
            "occurred": reason.entry.occurred.isoformat(),
            "recorded": reason.entry.recorded.isoformat(),
            **({"deadline": forms.plain(reason.deadline)} if reason.deadline else {}),
            **({"stoppers": reason.stoppers} if reason.stoppers else {}),
            **({"gap": forms.plain(reason.gap)} if reason.gap else {}),
            "corrections": plain_corrections(reason.corrections),
        }
        for reason in found
    ]


def plain_action(
    record: ActionRecord, teller: Teller, corrections: Corrections | None = None
) -> list[dict[str, Any]]:
    """An action's history as plain data."""
    return [
        {
            "what": f"{teller.author(entry)} {teller.sentence(entry)}",
            "clause": entry.clause,
            "text": teller.policy.clauses[entry.clause].text,
            "policy": entry.policy,
            "by": entry.author,
            "occurred": entry.occurred.isoformat(),
            "recorded": entry.recorded.isoformat(),
            "corrections": plain_corrections(corrections.beside(entry) if corrections else ()),
        }
        for entry in record.entries
    ]


def _clause(reason: Reason) -> str:
    return reason.deadline.derivation.clause if reason.deadline else reason.entry.clause
