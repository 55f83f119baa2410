"""Handling an act: load, let time pass, decide, let time pass, append; all of it or nothing.

One :class:`Workflow` stands over one record. Folded cases are kept, and only what was appended since
is read again. An act that is refused keeps nothing of its own; the time that passed before it stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from cspr_workflow.application.ports import Addition, DueItems, Record, Recorded
from cspr_workflow.application.transaction import (
    PARTNERSHIP,
    Held,
    Transaction,
    escalation_stream,
    evolved,
    incident_stream,
)
from cspr_workflow.domain import (
    acts,
    clock,
    escalation_acts,
    incident,
    incident_acts,
    partnership,
)
from cspr_workflow.domain.acts import Command
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import NoLongerAtRisk
from cspr_workflow.domain.incident import Incident, TimescaleMet
from cspr_workflow.domain.partnership import Partnership
from cspr_workflow.domain.policy import Policy

__all__ = ["PARTNERSHIP", "Workflow", "escalation_stream", "incident_stream"]


class Workflow:
    """Every act and every question about the cases of one record goes through here."""

    def __init__(self, record: Record, due_items: DueItems, policies: Mapping[str, Policy]) -> None:
        self._record = record
        self._due_items = due_items
        self._policies = policies
        self._held: dict[str, Held] = {}
        self._open: dict[str, None] = {}
        self._partnership = partnership.EMPTY
        self._partnership_version = 0
        for stream in dict.fromkeys(recorded.stream for recorded in record.read_all()):
            if stream != PARTNERSHIP and (held := self.held(stream)) and held.case:
                self._keep(stream, held)

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
        case = self.held(incident_stream(reference)).case
        assert case is None or isinstance(case, Incident)
        return case

    def escalation(self, reference: str) -> Escalation | None:
        """An escalation as it is recorded."""
        case = self.held(escalation_stream(reference)).case
        assert case is None or isinstance(case, Escalation)
        return case

    def incidents(self) -> Iterator[Incident]:
        """Every incident, in the order of reporting."""
        return (held.case for held in self._held.values() if isinstance(held.case, Incident))

    def escalations(self) -> Iterator[Escalation]:
        """Every escalation, in the order of raising."""
        return (held.case for held in self._held.values() if isinstance(held.case, Escalation))

    def held(self, stream: str) -> Held:
        """A stream folded up to its last version."""
        held = self._held.get(stream, Held())
        new = self._record.read(stream, held.version)
        if new:
            case = held.case
            for recorded in new:
                case = evolved(case, stream, recorded.entry)
            held = self._held[stream] = Held(new[-1].version, case)
        return held

    # --- Acts --------------------------------------------------------------------------------

    def adopt(self, entries: Sequence[Entry]) -> None:
        """Record what the partnership adopts: people, policy, calendar and its changes."""
        before = len(self.partnership.changes)
        self._record.append([Addition(PARTNERSHIP, self._partnership_version, entries)], uuid4())
        self._wake_after_changes(before)

    def do(
        self, command: Command, now: datetime, command_id: UUID | None = None
    ) -> Sequence[Recorded]:
        """Record an act at ``now``, with all that fell due before it and after it.

        Raises :class:`Refusal`; what fell due is recorded all the same.
        """
        transaction = Transaction(self, now)
        command_id = command_id or uuid4()
        try:
            _decide(transaction, command)
        except Refusal:
            # Deciding comes before adding: all that is staged so far is the time that passed.
            self._commit(transaction, command_id)
            raise
        return self._commit(transaction, command_id)

    def preview(self, command: Command, now: datetime) -> Mapping[str, Sequence[Entry]]:
        """What an act at ``now`` would record, by stream; nothing is stored.

        For a change of the calendar that is also what would move in each open case. Raises
        :class:`Refusal` as the act itself would.
        """
        transaction = Transaction(self, now)
        _decide(transaction, command)
        found = {stream: staged.entries for stream, staged in transaction.staged.items()}
        if transaction.adopted:
            found[PARTNERSHIP] = transaction.adopted
            found |= self._moved_by(transaction.adopted, now)
        return {stream: entries for stream, entries in found.items() if entries}

    def _moved_by(self, adopted: Sequence[Entry], now: datetime) -> dict[str, list[Entry]]:
        changed = self.partnership
        for entry in adopted:
            changed = partnership.evolve(changed, entry)
        moved = {}
        for stream in self._open:
            case = self.held(stream).case
            assert case is not None
            moved[stream] = clock.let_time_pass(case, now, changed.rules(self.policy(case.policy)))[
                1
            ]
        return moved

    def tick(self, now: datetime) -> Sequence[Recorded]:
        """Let time pass up to ``now`` in every case that has something due."""
        moved: list[Recorded] = []
        for stream in self._due_items.due(now):
            transaction = Transaction(self, now)
            transaction.case(stream)
            moved += self._commit(transaction, uuid4())
        return moved

    def _commit(self, transaction: Transaction, command: UUID) -> Sequence[Recorded]:
        """Append everything at once, and keep how the cases stand then."""
        before = len(self.partnership.changes)
        additions = [
            Addition(stream, staged.version, staged.entries)
            for stream, staged in transaction.staged.items()
            if staged.entries
        ]
        if transaction.adopted:
            additions.append(Addition(PARTNERSHIP, self._partnership_version, transaction.adopted))
        recorded = self._record.append(additions, command) if additions else ()
        for stream, staged in transaction.staged.items():
            self._keep(stream, Held(staged.version + len(staged.entries), staged.case))
        self._wake_after_changes(before)
        return recorded

    def _keep(self, stream: str, held: Held) -> None:
        case = held.case
        assert case is not None
        self._held[stream] = held
        due = clock.next_due(case, self._policies[case.policy])
        self._due_items.set(stream, due.moment if due else None)
        if _stays_open(case):
            self._open[stream] = None
        else:
            self._open.pop(stream, None)

    def _wake_after_changes(self, before: int) -> None:
        """Every open case has to see a changed calendar at the next tick."""
        changes = self.partnership.changes
        if len(changes) > before:
            for stream in self._open:
                self._due_items.set(stream, changes[-1].moment)


def _stays_open(case: Case) -> bool:
    """Whether a change of the calendar could move anything in the case."""
    if isinstance(case, Escalation):
        return case.ending is None and case.no_longer_at_risk is None
    return any(
        running.state is incident.TimescaleState.RUNNING for running in case.timescales.values()
    )


# --- Deciding, over the cases that an act touches --------------------------------------------


def _decide(transaction: Transaction, command: Command) -> None:
    act = command.act
    match act:
        case acts.ClosureAct():
            occasion = transaction.occasion(command, transaction.workflow.policy())
            transaction.adopted.append(partnership.decide_closure(occasion))
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
