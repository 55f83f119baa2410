"""What one act appends: the time that passes in every case that it touches, and the act itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cspr_workflow.application.ports import Addition, Held
from cspr_workflow.domain import clock, escalation, incident
from cspr_workflow.domain.acts import Command
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.deciding import Occasion
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.partnership import Partnership
from cspr_workflow.domain.policy import Policy

PARTNERSHIP = "partnership"
PARTNERSHIP_KEY = "(the partnership)"
"""In place of an incident: under its key the partnership's own texts are sealed."""
_INCIDENT, _ESCALATION = "incident:", "escalation:"


def incident_stream(reference: str) -> str:
    """The stream of an incident."""
    return f"{_INCIDENT}{reference}"


def escalation_stream(reference: str) -> str:
    """The stream of an escalation."""
    return f"{_ESCALATION}{reference}"


def evolved(case: Case | None, stream: str, entry: Entry) -> Case:
    """The case of a stream after one more of its entries."""
    if stream.startswith(_INCIDENT):
        assert case is None or isinstance(case, Incident)
        return incident.evolve(case, entry)
    assert case is None or isinstance(case, Escalation)
    return escalation.evolve(case, entry)


def _incident_of(case: Case) -> str:
    return case.reference if isinstance(case, Incident) else case.incident


@dataclass(slots=True)
class Staged:
    """A stream in a transaction: how it stood before, how it stands, what is to be appended."""

    before: Held
    case: Case
    entries: list[Entry] = field(default_factory=list)


class Cases(Protocol):
    """What a transaction needs to know: the cases, the partnership, the policies."""

    def partnership_at(self) -> tuple[Partnership, int]:
        """The partnership as it stands, and the version of its stream."""

    def policy(self, label: str | None = None) -> Policy:
        """A policy by its label, or the one in force."""

    def holds(self, stream: str, event: str) -> bool:
        """Whether an event, by its id, stands in a stream."""

    def held(self, stream: str) -> Held:
        """A stream folded up to its last version."""

    def opened(self, text: str) -> str:
        """A text of the record, opened if it is sealed."""


class Transaction:
    """The entries that one act brings about, over all the cases that it touches; nothing is stored."""

    def __init__(self, workflow: Cases, now: datetime) -> None:
        self.workflow = workflow
        self.now = now
        self.partnership, self._version = workflow.partnership_at()
        self.staged: dict[str, Staged] = {}
        self.adopted: list[Entry] = []

    def case(self, stream: str) -> Case | None:
        """A case in which time has passed up to now, or ``None`` where there is none."""
        if stream not in self.staged:
            held = self.workflow.held(stream)
            if held.case is None:
                return None
            self.staged[stream] = Staged(held, held.case)
            self._let_time_pass(self.staged[stream])
        return self.staged[stream].case

    def add(self, stream: str, entries: Iterable[Entry]) -> Case:
        """Append an act's entries to a case, then let time pass once more."""
        staged = self.staged.get(stream)
        for entry in entries:
            if staged is None:
                staged = self.staged[stream] = Staged(Held(), evolved(None, stream, entry), [entry])
            else:
                staged.case = evolved(staged.case, stream, entry)
                staged.entries.append(entry)
        assert staged is not None
        self._let_time_pass(staged)
        return staged.case

    def occasion(self, command: Command, label: str | None = None) -> Occasion:
        """The act at this moment, under a policy: the one in force, unless a label names another."""
        policy = self.workflow.policy(label or self.partnership.policy)
        calendar = self.partnership.rules(policy).calendar
        return Occasion(command, self.now, policy, calendar, self.workflow.opened)

    def additions(self) -> list[Addition]:
        """Everything to append; the partnership is to stand where it stood when this was decided."""
        found = [
            Addition(stream, staged.before.version, staged.entries, _incident_of(staged.case))
            for stream, staged in self.staged.items()
            if staged.entries
        ]
        if found or self.adopted:
            found.append(Addition(PARTNERSHIP, self._version, self.adopted, PARTNERSHIP_KEY))
        return found

    def would_hold(self, moment: datetime) -> bool:
        """Whether all this would be decided as well a little later: in the same minute, with nothing due.

        A minute's first moment may be the midnight that ends a day, and is not moved behind it; nor is what
        the clock does at once because of the act.
        """
        if self.adopted or moment.replace(second=0, microsecond=0) >= self.now:
            return False
        staged = [entry for one in self.staged.values() for entry in one.entries]
        if any(entry.by is None and entry.occurred >= self.now for entry in staged):
            return False
        dues = (
            clock.next_due(staged.case, self.workflow.policy(staged.case.policy))
            for staged in self.staged.values()
        )
        return all(due is None or due.moment > moment for due in dues)

    def before(self) -> dict[str, Held]:
        """How the cases stood before this transaction."""
        return {stream: staged.before for stream, staged in self.staged.items()}

    def _let_time_pass(self, staged: Staged) -> None:
        policy = self.workflow.policy(staged.case.policy)
        rules = self.partnership.rules(policy)
        staged.case, entries = clock.let_time_pass(staged.case, self.now, rules)
        staged.entries += entries
