"""The forecast of a case for people: what the clock will do if nobody acts, why, who could stop it, and
what the case waits for in the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console

from cspr_workflow import forms
from cspr_workflow.application.forecast import forecast
from cspr_workflow.domain import clock
from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.calendar import Deadline
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry, Rules
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import FOLLOW_ON, LimitMoved, LimitPassed, StageEntered
from cspr_workflow.domain.incident import TimescaleMoved, TimescalePassed
from cspr_workflow.domain.policy import Policy
from cspr_workflow.interfaces.record_words import does, full_stop
from cspr_workflow.interfaces.sentences import Teller, day, words
from cspr_workflow.interfaces.story import standing
from cspr_workflow.interfaces.terminal import columns, heading, row, safe
from cspr_workflow.interfaces.ways import Way, stopping, waiting, waiting_for

_LABEL = 13


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One entry that the clock would make: the case just before it, and the date that it rests on."""

    entry: Entry
    before: Case
    deadline: Deadline | None
    stage: str | None

    @property
    def provisional(self) -> bool:
        """Whether the date lies beyond the years whose bank holidays are officially known."""
        return self.deadline is not None and self.deadline.derivation.provisional


@dataclass(frozen=True, slots=True)
class Ahead:
    """All that lies ahead of a case if nobody acts, and the case as it stands after that."""

    foreseen: tuple[Foreseen, ...]
    after: Case


def ahead(case: Case, rules: Rules) -> Ahead:
    """What lies ahead of a case, step by step."""
    foreseen = []
    for entry in forecast(case, rules):
        foreseen.append(Foreseen(entry, case, *_rests_on(entry, case)))
        case = clock.evolve(case, entry)
    return Ahead(tuple(foreseen), case)


def _rests_on(entry: Entry, case: Case) -> tuple[Deadline | None, str | None]:
    """The date that an entry of the clock rests on, and the stage whose limit it is."""
    match entry.fact:
        case StageEntered(due=due) | LimitPassed(due=due):
            assert isinstance(case, Escalation)
            return due, case.stage
        case LimitMoved(limit=limit, after=after):
            return after, None if limit == FOLLOW_ON else limit
        case TimescalePassed(due=due) | TimescaleMoved(after=due):
            return due, None
        case _:
            return None, None


# --- For people ------------------------------------------------------------------------------


def tell(
    case: Case, found: Ahead, teller: Teller, out: Console, now: datetime | None = None
) -> None:
    """The forecast as text; ``now`` marks what has fallen due and is not recorded yet."""
    out.print(safe(f"Forecast: {case.reference}, if nobody acts", "bold"))
    out.print(safe(full_stop(f"It stands at: {stands(case, teller)}")))
    for one in found.foreseen:
        _tell_one(one, teller, out, now)
    heading(out, "After that, nothing more falls due" if found.foreseen else "Nothing falls due")
    _tell_end(found.after, teller, out)


def stands(case: Case, teller: Teller) -> str:
    """Where a case stands before the clock goes on."""
    if not isinstance(case, Escalation):
        return words(case.state)
    return words(case.state) if case.ending else standing(case, teller)


def _tell_one(one: Foreseen, teller: Teller, out: Console, now: datetime | None) -> None:
    provisional = " (provisional)" if one.provisional else ""
    told = full_stop(does(one.entry, teller))
    heading(out, f"{teller.moment(one.entry.occurred)}{provisional}  {told}")
    table = columns(_LABEL, None)
    for label, text in explained(one, teller, now):
        row(table, f"  {label}", text)
    out.print(table)


def explained(
    one: Foreseen, teller: Teller, now: datetime | None = None
) -> Iterator[tuple[str, str]]:
    """What an entry of the clock rests on and who could stop it: each with its label."""
    entry = one.entry
    yield "Clause", teller.clause(entry.clause)
    yield "Counted", _counted(one, teller)
    if now is not None and entry.occurred <= now:
        yield "Recorded", "It has fallen due and is not recorded yet."
    if not isinstance(entry.fact, LimitMoved | TimescaleMoved):
        yield "Can stop it", f"{_can_stop_it(one, teller.policy)}."


def _can_stop_it(one: Foreseen, policy: Policy) -> str:
    ways = [way.told(_agency(one.before)) for way in stopping(one.entry.fact, one.before, policy)]
    return "; ".join(ways) if ways else "nothing any more: the incident has ended"


def _counted(one: Foreseen, teller: Teller) -> str:
    fact = one.entry.fact
    if isinstance(fact, ActionNotMaintained):
        assert isinstance(one.before, Escalation)
        decided = one.before.actions[fact.action].by_decision
        source = "as the decision set it" if decided else "as both sides agreed"
        return f"Its due day is {day(fact.due)}, {source}; it ends at midnight."
    if one.deadline is None:
        return "It follows at once from the agreed action that is not maintained."
    return teller.limit(one.stage or "", one.deadline)


def _tell_end(after: Case, teller: Teller, out: Console) -> None:
    """What the case waits for in the end, and for whom."""
    told, ways = in_the_end(after, teller.policy)
    out.print(safe(told))
    table = columns(1, None)
    for way in ways:
        row(table, "-", way)
    if ways:
        out.print(table)


def in_the_end(after: Case, policy: Policy) -> tuple[str, list[str]]:
    """What a case waits for once nothing more falls due in it: a sentence, and each way on."""
    ways = waiting_for(after, policy)
    if not ways:
        return f"It has ended ({words(after.state)}) and waits for nobody.", []
    why = _why_it_waits(after, policy)
    told = f"It waits ({why}) for:" if why else "It waits for:"
    return told, [way.told(_agency(after)) for way in ways]


def _why_it_waits(after: Case, policy: Policy) -> str | None:
    return waiting(after, policy) if isinstance(after, Escalation) else None


def _agency(case: Case) -> str:
    return case.agency if isinstance(case, Escalation) else "the agency"


# --- For other programs ----------------------------------------------------------------------


def plain(case: Case, found: Ahead, teller: Teller) -> dict[str, Any]:
    """The forecast as plain data."""
    why = _why_it_waits(found.after, teller.policy)
    return {
        "reference": case.reference,
        "state": case.state,
        "foreseen": [_plain_one(one, teller) for one in found.foreseen],
        "in_the_end": {
            "state": found.after.state,
            **({"why": why} if why else {}),
            "waits_for": [_plain_way(way) for way in waiting_for(found.after, teller.policy)],
        },
    }


def _plain_one(one: Foreseen, teller: Teller) -> dict[str, Any]:
    entry = one.entry
    return {
        "falls_due": teller.policy.civil.local(entry.occurred).isoformat(),
        "what": does(entry, teller),
        "clause": entry.clause,
        "text": teller.policy.clauses[entry.clause].text,
        "policy": entry.policy,
        "calendar": entry.calendar,
        "fact": {"type": entry.fact.type, **forms.plain(entry.fact)},
        "provisional": one.provisional,
        "counted": _counted(one, teller),
        **({"deadline": forms.plain(one.deadline)} if one.deadline else {}),
        "can_stop_it": [_plain_way(way) for way in stopping(entry.fact, one.before, teller.policy)],
    }


def _plain_way(way: Way) -> dict[str, Any]:
    return {"what": way.what, "by": [str(one) for one in way.whom]}
