"""Who agreed what with whom, by when, and what became of it: the record of agreed actions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.actions import Action, ActionFact
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation, evolve
from cspr_workflow.domain.escalation_facts import DecisionMade


@dataclass(slots=True)
class ActionRecord:
    """One agreed action: how it stands, on both sides, and every entry that made it so."""

    escalation: str
    agency: str
    action: Action
    entries: list[Entry] = field(default_factory=list)


def agreed_actions(record: Iterable[Recorded]) -> list[ActionRecord]:
    """Every action of every escalation, in the order in which they were first recorded."""
    cases: dict[str, Escalation] = {}
    records: dict[tuple[str, str], ActionRecord] = {}
    for one in record:
        if not one.stream.startswith("escalation:"):
            continue
        case = cases[one.stream] = evolve(cases.get(one.stream), one.entry)
        for reference in _concerned(one.entry):
            action = case.actions[reference]
            key = (case.reference, reference)
            kept = records.setdefault(key, ActionRecord(case.reference, case.agency, action))
            kept.action = action
            kept.entries.append(one.entry)
    return list(records.values())


def _concerned(entry: Entry) -> Iterator[str]:
    fact = entry.fact
    if isinstance(fact, ActionFact):
        yield fact.action
    elif isinstance(fact, DecisionMade):
        yield from fact.releases
        yield from (new.action for new in fact.sets)
