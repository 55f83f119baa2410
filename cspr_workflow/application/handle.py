"""Handling an act: load, let time pass, decide, let time pass, append; all of it or nothing.

One :class:`Workflow` stands over one record. Folded cases are kept and only what was appended since
is read again. An act that is refused keeps nothing of its own; the time that passed before it stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from cspr_workflow.application.ports import Addition, DueItems, Record, Recorded
from cspr_workflow.domain import (
    acts,
    clock,
    escalation,
    escalation_acts,
    incident,
    incident_acts,
    partnership,
)
from cspr_workflow.domain.acts import Command
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.deciding import Occasion
from cspr_workflow.domain.entries import Entry, Rules
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import NoLongerAtRisk
from cspr_workflow.domain.incident import Incident, TimescaleMet
from cspr_workflow.domain.partnership import Partnership
from cspr_workflow.domain.policy import Policy

PARTNERSHIP = "partnership"


def incident_stream(reference: str) -> str:
    """The stream of an incident."""
    return f"incident:{reference}"


def escalation_stream(reference: str) -> str:
    """The stream of an escalation."""
    return f"escalation:{reference}"


@dataclass(slots=True)
class Held:
    """A folded stream and the version up to which it is folded."""

    version: int = 0
    case: Case | None = None


class Workflow:
    """Every act and every question about cases goes through here."""

    def __init__(self, record: Record, due_items: DueItems, policies: Mapping[str, Policy]) -> None:
        self._record = record
        self._due_items = due_items
        self._policies = policies
        self._held: dict[str, Held] = {}
        self._open: dict[str, None] = {}
        self._partnership = partnership.EMPTY
        self._partnership_version = 0

    # --- Questions ---------------------------------------------------------------------------

    @property
    def partnership(self) -> Partnership:
        """The partnership as it stands."""
        for recorded in self._record.read(PARTNERSHIP, self._partnership_version):
            self._partnership = partnership.evolve(self._partnership, recorded.entry)
            self._partnership_version = recorded.version
        return self._partnership

    def policy(self, label: str | None = None) -> Policy:
        """A policy by its label, or the one in force."""
        label = label or self.partnership.policy
        assert label is not None
        return self._policies[label]

    def incident(self, reference: str) -> Incident | None:
        """An incident as it is recorded."""
        case = self._hold(incident_stream(reference)).case
        assert case is None or isinstance(case, Incident)
        return case

    def escalation(self, reference: str) -> Escalation | None:
        """An escalation as it is recorded."""
        case = self._hold(escalation_stream(reference)).case
        assert case is None or isinstance(case, Escalation)
        return case

    def incidents(self) -> Iterator[Incident]:
        """Every incident that this workflow has seen, in the order of reporting."""
        return (held.case for held in self._held.values() if isinstance(held.case, Incident))

    def escalations(self) -> Iterator[Escalation]:
        """Every escalation that this workflow has seen, in the order of raising."""
        return (held.case for held in self._held.values() if isinstance(held.case, Escalation))

    def _hold(self, stream: str) -> Held:
        held = self._held.get(stream)
        if held is None:
            held = Held()
        new = self._record.read(stream, held.version)
        for recorded in new:
            held.case = _evolved(held.case, stream, recorded.entry)
            held.version = recorded.version
        if new:
            self._held[stream] = held
        return held

    # --- Acts --------------------------------------------------------------------------------

    def adopt(self, entries: Sequence[Entry]) -> None:
        """Record what the partnership adopts: people, policy, calendar."""
        self.partnership  # noqa: B018 - brings the version up to date
        self._record.append([Addition(PARTNERSHIP, self._partnership_version, entries)], uuid4())

    def do(
        self, command: Command, now: datetime, command_id: UUID | None = None
    ) -> Sequence[Recorded]:
        """Record an act at ``now``, with all that fell due before it and after it.

        Raises :class:`Refusal`; what fell due is recorded all the same.
        """
        transaction = Transaction(self, now, command_id or uuid4())
        try:
            _decide(transaction, command)
        except Refusal:
            transaction.forget_act()
            transaction.commit()
            raise
        return transaction.commit()

    def preview(self, command: Command, now: datetime) -> Sequence[Entry]:
        """What an act at ``now`` would record, case by case; nothing is stored.

        Raises :class:`Refusal` as the act itself would.
        """
        transaction = Transaction(self, now, uuid4())
        _decide(transaction, command)
        return transaction.entries()

    def tick(self, now: datetime) -> Sequence[Recorded]:
        """Let time pass up to ``now`` in every case that has something due."""
        moved: list[Recorded] = []
        for stream in self._due_items.due(now):
            transaction = Transaction(self, now, uuid4())
            transaction.case(stream)
            moved += transaction.commit()
        return moved

    def _append(self, additions: Sequence[Addition], command: UUID) -> Sequence[Recorded]:
        return self._record.append(additions, command) if additions else ()

    def _keep(self, stream: str, case: Case, version: int) -> None:
        self._held[stream] = Held(version, case)
        due = clock.next_due(case, self._policies[case.policy])
        self._due_items.set(stream, due.moment if due else None)
        if _stays_open(case):
            self._open[stream] = None
        else:
            self._open.pop(stream, None)

    def _calendar_changed(self, moment: datetime) -> None:
        """Every open case has to see the changed calendar at the next tick."""
        for stream in self._open:
            self._due_items.set(stream, moment)


def _stays_open(case: Case) -> bool:
    """Whether a change of the calendar could move anything in the case."""
    if isinstance(case, Escalation):
        return case.ending is None and case.no_longer_at_risk is None
    return any(
        running.state is incident.TimescaleState.RUNNING for running in case.timescales.values()
    )


def _evolved(case: Case | None, stream: str, entry: Entry) -> Case:
    if stream.startswith("incident:"):
        assert case is None or isinstance(case, Incident)
        return incident.evolve(case, entry)
    assert case is None or isinstance(case, Escalation)
    return escalation.evolve(case, entry)


@dataclass(slots=True)
class Staged:
    """A stream in a transaction: what it held, what is to be appended, how it stands then."""

    version: int
    case: Case
    entries: list[Entry]
    time_passed: int = 0


class Transaction:
    """What one act appends: the time that passes in every case it touches, and the act itself."""

    def __init__(self, workflow: Workflow, now: datetime, command: UUID) -> None:
        self.workflow = workflow
        self.now = now
        self._command = command
        self._staged: dict[str, Staged] = {}
        self._adopted: list[Entry] = []
        self._opened: set[str] = set()

    def case(self, stream: str) -> Case | None:
        """A case in which time has passed up to now, or ``None`` where there is none."""
        if stream not in self._staged:
            held = self.workflow._hold(stream)  # noqa: SLF001 - two halves of one thing
            if held.case is None:
                return None
            self._staged[stream] = Staged(held.version, held.case, [])
            self._let_time_pass(stream)
            staged = self._staged[stream]
            staged.time_passed = len(staged.entries)
        return self._staged[stream].case

    def add(self, stream: str, entries: Iterable[Entry]) -> Case:
        """Append an act's entries to a case, then let time pass once more."""
        staged = self._staged.get(stream)
        for entry in entries:
            if staged is None:
                staged = self._staged[stream] = Staged(0, _evolved(None, stream, entry), [entry])
                self._opened.add(stream)
                continue
            staged.case = _evolved(staged.case, stream, entry)
            staged.entries.append(entry)
        self._let_time_pass(stream)
        return self._staged[stream].case

    def adopt(self, entry: Entry) -> None:
        """Append to the partnership's own stream."""
        self._adopted.append(entry)

    def forget_act(self) -> None:
        """Keep only the time that passed before the act."""
        self._adopted.clear()
        for stream in self._opened:
            del self._staged[stream]
        for stream, staged in self._staged.items():
            if (
                len(staged.entries) > staged.time_passed
            ):  # pragma: no cover - deciding precedes adding
                raise AssertionError(f"{stream} was changed by an act that is refused")

    def entries(self) -> Sequence[Entry]:
        """Everything that would be appended, case by case."""
        return [*self._adopted, *(entry for one in self._staged.values() for entry in one.entries)]

    def commit(self) -> Sequence[Recorded]:
        """Append everything at once."""
        workflow = self.workflow
        additions = [
            Addition(stream, staged.version, staged.entries)
            for stream, staged in self._staged.items()
            if staged.entries
        ]
        if self._adopted:
            additions.append(
                Addition(PARTNERSHIP, workflow._partnership_version, self._adopted)  # noqa: SLF001
            )
        recorded = workflow._append(additions, self._command)  # noqa: SLF001
        for stream, staged in self._staged.items():
            workflow._keep(stream, staged.case, staged.version + len(staged.entries))  # noqa: SLF001
        if self._adopted:
            workflow._calendar_changed(self.now)  # noqa: SLF001
        return recorded

    def rules(self, case: Case) -> Rules:
        """The rules that a case is judged by: the policy that it is pinned to, the present calendar."""
        return self.workflow.partnership.rules(self.workflow.policy(case.policy))

    def occasion(self, command: Command, policy: Policy) -> Occasion:
        """The act at this moment, under a policy."""
        return Occasion(command, self.now, policy, self.workflow.partnership.rules(policy).calendar)

    def _let_time_pass(self, stream: str) -> None:
        staged = self._staged[stream]
        staged.case, entries = clock.let_time_pass(staged.case, self.now, self.rules(staged.case))
        staged.entries += entries


def _decide(transaction: Transaction, command: Command) -> None:
    act = command.act
    match act:
        case acts.ClosureAct():
            policy = transaction.workflow.policy()
            transaction.adopt(partnership.decide_closure(transaction.occasion(command, policy)))
        case acts.ReportIncident():
            _report(transaction, command, act)
        case acts.IncidentAct():
            _incident_act(transaction, command, act)
        case acts.RaiseEscalation():
            _raise(transaction, command, act)
        case _:
            assert isinstance(act, acts.EscalationAct)
            _escalation_act(transaction, command, act)


def _report(transaction: Transaction, command: Command, act: acts.ReportIncident) -> None:
    stream = incident_stream(act.incident)
    if transaction.case(stream) is not None:
        raise _duplicate("incident", act.incident)
    occasion = transaction.occasion(command, transaction.workflow.policy())
    transaction.add(stream, incident_acts.decide_report(occasion))


def _incident_act(transaction: Transaction, command: Command, act: acts.IncidentAct) -> None:
    before = _incident(transaction, act.incident)
    occasion = transaction.occasion(command, transaction.workflow.policy(before.policy))
    entries = incident_acts.decide(before, occasion)
    after = transaction.add(incident_stream(act.incident), entries)
    assert isinstance(after, Incident)
    met = {entry.fact.timescale for entry in entries if isinstance(entry.fact, TimescaleMet)}
    for noted in after.escalations:
        if after.state.is_end or noted.timescale in met:
            why = f"incident {after.state}" if after.state.is_end else f"{noted.timescale} met"
            _no_longer_at_risk(transaction, command, noted.escalation, why)


def _no_longer_at_risk(
    transaction: Transaction, command: Command, reference: str, why: str
) -> None:
    case = transaction.case(escalation_stream(reference))
    assert isinstance(case, Escalation)
    if case.ending or case.no_longer_at_risk:
        return
    policy = transaction.workflow.policy(case.policy)
    entry = transaction.occasion(command, policy).entry(
        NoLongerAtRisk(why), occurred=transaction.now, clause=policy.no_longer_at_risk_clause
    )
    transaction.add(escalation_stream(reference), [entry])


def _raise(transaction: Transaction, command: Command, act: acts.RaiseEscalation) -> None:
    about = _incident(transaction, act.incident)
    stream = escalation_stream(act.escalation)
    if transaction.case(stream) is not None:
        raise _duplicate("escalation", act.escalation)
    workflow = transaction.workflow
    occasion = transaction.occasion(command, workflow.policy())
    raised, note = escalation_acts.decide_raise(about, workflow.partnership.agencies, occasion)
    transaction.add(incident_stream(act.incident), [note])
    transaction.add(stream, [raised])


def _escalation_act(transaction: Transaction, command: Command, act: acts.EscalationAct) -> None:
    stream = escalation_stream(act.escalation)
    case = transaction.case(stream)
    if case is None:
        raise Refusal(Code.NOT_FOUND, f"escalation: there is no escalation {act.escalation}.")
    assert isinstance(case, Escalation)
    occasion = transaction.occasion(command, transaction.workflow.policy(case.policy))
    transaction.add(stream, escalation_acts.decide(case, occasion))


def _incident(transaction: Transaction, reference: str) -> Incident:
    case = transaction.case(incident_stream(reference))
    if case is None:
        raise Refusal(Code.NOT_FOUND, f"incident: there is no incident {reference}.")
    assert isinstance(case, Incident)
    return case


def _duplicate(kind: str, reference: str) -> Refusal:
    return Refusal(
        Code.DUPLICATE_REFERENCE,
        f"{kind}: {reference} is in use already; choose another reference.",
    )
