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
    ended: bool = False

    @property
    def released_by_decision(self) -> bool:
        """Whether a decision of the SCSP Chair's released it, not the two sides."""
        last = self.entries[-1].fact
        return isinstance(last, DecisionMade) and self.action.reference in last.releases

    @property
    def open_at_the_end(self) -> bool:
        """Whether it was neither done nor released when the escalation ended."""
        return self.ended and self.action.outstanding


def agreed_actions(record: Iterable[Recorded]) -> list[ActionRecord]:
    """Every action of every escalation: the escalations as they were raised, their actions as recorded."""
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
    for kept in records.values():
        kept.ended = cases[f"escalation:{kept.escalation}"].ending is not None
    places = {case.reference: place for place, case in enumerate(cases.values())}
    return sorted(records.values(), key=lambda kept: places[kept.escalation])


def _concerned(entry: Entry) -> Iterator[str]:
    fact = entry.fact
    if isinstance(fact, ActionFact):
        yield fact.action
    elif isinstance(fact, DecisionMade):
        yield from fact.releases
        yield from (new.action for new in fact.sets)
