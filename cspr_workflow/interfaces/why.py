"""Why a date is what it is and why a case moved: clause, derivation, when it fell due and was recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from cspr_workflow import forms
from cspr_workflow.application.play import Played
from cspr_workflow.domain.calendar import Deadline
from cspr_workflow.domain.entries import Entry
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
from cspr_workflow.interfaces.sentences import Teller, day, listed, role, words
from cspr_workflow.interfaces.terminal import heading, safe
from projections.agreed_actions import ActionRecord, agreed_actions
from projections.chronology import about, chronology


@dataclass(frozen=True, slots=True)
class Reason:
    """One date or move, with what it rests on."""

    entry: Entry
    what: str
    deadline: Deadline | None = None
    stoppers: str | None = None
    stage: str | None = None
    follows_on: bool = False


def reasons(played: Played, teller: Teller, reference: str) -> list[Reason] | None:
    """Each date and move of an incident or escalation; ``None`` where there is no such reference."""
    lines = about(chronology(played.record.read_all()), reference)
    if not lines:
        return None
    return [reason for line in lines for reason in _of(line.entry, teller)]


def _of(entry: Entry, teller: Teller) -> Iterator[Reason]:
    fact = entry.fact
    told = f"{teller.author(entry)} {teller.sentence(entry)}"
    match fact:
        case Raised(limits=limits):
            for limit in limits:
                yield Reason(
                    entry,
                    f"The limit of {teller.stage(limit.stage)}, decided at the raising",
                    limit.deadline,
                    stage=limit.stage,
                )
        case StageEntered():
            left = teller.policy.before(fact.stage)
            yield Reason(
                entry, told, fact.due, _stoppers(fact, entry, teller), left.id if left else None
            )
            if fact.follow_on:
                yield Reason(
                    entry,
                    f"The follow-on limit of {teller.stage(fact.stage)}",
                    fact.follow_on,
                    follows_on=True,
                )
            for limit in fact.limits:
                yield Reason(
                    entry,
                    f"The limit of {teller.stage(limit.stage)}, decided by this entry",
                    limit.deadline,
                )
        case LimitPassed(due=due) | TimescalePassed(due=due):
            yield Reason(entry, told, due)
        case LimitMoved(after=after) | TimescaleMoved(after=after):
            follows_on = isinstance(fact, LimitMoved) and fact.limit == FOLLOW_ON
            yield Reason(entry, told, after, follows_on=follows_on)
        case TimescaleStarted(deadline=deadline):
            yield Reason(entry, f"The last day of {teller.timescale(fact.timescale)}", deadline)
        case PublicationDeferred(deadline=deferred):
            yield Reason(entry, told, deferred)
        case TimescaleMet():
            yield Reason(entry, teller.sentence(entry))
        case _:
            return


def _stoppers(fact: StageEntered, entry: Entry, teller: Teller) -> str | None:
    """Who could have closed the case in the stage before, so that the clock had nothing to move."""
    before = teller.policy.before(fact.stage)
    if entry.by is not None or before is None:
        return None
    closers = listed([role(one) for one in before.resolved_by])
    meeting = (
        f"; a meeting with an outcome by the {listed([role(one) for one in before.meeting_by])}"
        if before.meeting_by
        else ""
    )
    return (
        f"What could have stopped it in {before.name}: an action in force and none of the agency's "
        f"outstanding; closing by {closers}{meeting}."
    )


def known_references(played: Played) -> list[str]:
    """Every reference that can be asked about."""
    cases = [case.reference for case in played.workflow.incidents()]
    cases += [case.reference for case in played.workflow.escalations()]
    records = agreed_actions(played.record.read_all())
    return cases + [f"{record.escalation}/{record.action.reference}" for record in records]


def actions_of(played: Played, reference: str) -> ActionRecord | None:
    """The record of one action, by a reference such as ``ESC-1/A1``."""
    for record in agreed_actions(played.record.read_all()):
        if f"{record.escalation}/{record.action.reference}" == reference:
            return record
    return None


def tell(found: list[Reason], teller: Teller, reference: str, out: Console) -> None:
    """The reasons as text."""
    out.print(safe(f"Why: {reference}", "bold"))
    for reason in found:
        heading(out, reason.what)
        out.print(safe(f"  Clause {teller.clause(_clause(reason))}"))
        if reading := _reading(reason, teller):
            out.print(safe(f"  Reading: {reading}"))
        if reason.deadline:
            out.print(safe(f"  Counted: {teller.limit(reason.stage or '', reason.deadline)}"))
        if reason.stoppers:
            out.print(safe(f"  {reason.stoppers}"))
        entry = reason.entry
        moved = isinstance(entry.fact, LimitMoved | TimescaleMoved)
        when = "Fell due" if entry.by is None and not moved else "Happened"
        out.print(
            safe(
                f"  {when} {teller.moment(entry.occurred)}; recorded {teller.moment(entry.recorded)}; "
                f"policy {entry.policy}, calendar version {entry.calendar}"
            )
        )


def _reading(reason: Reason, teller: Teller) -> str | None:
    if reason.follows_on:
        return "The stage was entered at or after its own limit: its window counts from the entry."
    clause = teller.policy.clauses.get(_clause(reason))
    return clause.reading if clause else None


def tell_action(record: ActionRecord, teller: Teller, out: Console) -> None:
    """An action's own history, with both times."""
    action = record.action
    out.print(safe(f"Why: {record.escalation}/{action.reference} is {words(action.state)}", "bold"))
    for entry in record.entries:
        heading(
            out, f"{teller.moment(entry.occurred)}  {teller.author(entry)} {teller.sentence(entry)}"
        )
        out.print(safe(f"  Clause {teller.clause(entry.clause)}"))
        out.print(safe(f"  Recorded {teller.moment(entry.recorded)}; policy {entry.policy}"))
    out.print()
    out.print(
        safe(
            f"In force: {action.shown.what}, due {day(action.shown.due)}"
            if action.in_force
            else "Not in force."
        )
    )


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
        }
        for reason in found
    ]


def plain_action(record: ActionRecord, teller: Teller) -> list[dict[str, Any]]:
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
        }
        for entry in record.entries
    ]


def _clause(reason: Reason) -> str:
    return reason.deadline.derivation.clause if reason.deadline else reason.entry.clause
