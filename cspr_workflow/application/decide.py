"""Deciding an act over all the cases that it touches: which streams it is about, and what crosses cases."""

from cspr_workflow.application.transaction import (
    PARTNERSHIP,
    Transaction,
    escalation_stream,
    incident_stream,
)
from cspr_workflow.domain import acts, escalation_acts, incident_acts, keeping, partnership
from cspr_workflow.domain.acts import Command
from cspr_workflow.domain.authority import check_takes_part
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import NoLongerAtRisk
from cspr_workflow.domain.incident import Incident, TimescaleMet


def decide(transaction: Transaction, command: Command) -> None:
    """Decide an act, and stage what it brings about. Raises :class:`Refusal`.

    What is staged when an act is refused is the time that passed before it.
    """
    takes_part = transaction.partnership
    check_takes_part(command.by.person, takes_part.people, takes_part.left)
    act = command.act
    match act:
        case acts.ClosureAct():
            occasion = transaction.occasion(command)
            transaction.adopted.append(partnership.decide_closure(occasion))
        case acts.KeepingAct():
            _keeping(transaction, command, act)
        case acts.ReportIncident():
            _report(transaction, command, act)
        case acts.IncidentAct():
            _incident_act(transaction, command, act)
        case acts.RaiseEscalation():
            _raise(transaction, command, act)
        case _:
            assert isinstance(act, acts.EscalationAct)
            _escalation_act(transaction, command, act)


def _keeping(transaction: Transaction, command: Command, act: acts.KeepingAct) -> None:
    occasion = transaction.occasion(command)
    entries = keeping.decide_keeping(transaction.partnership, occasion)
    if not isinstance(act, acts.Correct):
        transaction.adopted += entries
        return
    streams = [incident_stream(act.reference), escalation_stream(act.reference)]
    if act.reference == PARTNERSHIP:
        streams = [PARTNERSHIP]
    stream = next((one for one in streams if transaction.workflow.holds(one, act.event)), None)
    if stream is None:
        raise Refusal(
            Code.NOT_FOUND,
            f"event: there is no entry {act.event} in the history of {act.reference}.",
        )
    if stream == PARTNERSHIP:
        transaction.adopted += entries
    else:
        transaction.case(stream)
        transaction.add(stream, entries)


def _report(transaction: Transaction, command: Command, act: acts.ReportIncident) -> None:
    stream = incident_stream(act.incident)
    if transaction.case(stream) is not None:
        raise _duplicate("incident", act.incident)
    transaction.add(stream, incident_acts.decide_report(transaction.occasion(command)))


def _incident_act(transaction: Transaction, command: Command, act: acts.IncidentAct) -> None:
    before = _incident(transaction, act.incident)
    occasion = transaction.occasion(command, before.policy)
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
    occasion = transaction.occasion(command, case.policy)
    clause = occasion.policy.no_longer_at_risk_clause
    entry = occasion.entry(NoLongerAtRisk(why), occurred=transaction.now, clause=clause)
    transaction.add(escalation_stream(reference), [entry])


def _raise(transaction: Transaction, command: Command, act: acts.RaiseEscalation) -> None:
    about = _incident(transaction, act.incident)
    stream = escalation_stream(act.escalation)
    if transaction.case(stream) is not None:
        raise _duplicate("escalation", act.escalation)
    agencies = transaction.partnership.agencies
    occasion = transaction.occasion(command)
    raised, note = escalation_acts.decide_raise(about, agencies, occasion)
    transaction.add(incident_stream(act.incident), [note])
    transaction.add(stream, [raised])


def _escalation_act(transaction: Transaction, command: Command, act: acts.EscalationAct) -> None:
    stream = escalation_stream(act.escalation)
    case = transaction.case(stream)
    if case is None:
        raise Refusal(Code.NOT_FOUND, f"escalation: there is no escalation {act.escalation}.")
    assert isinstance(case, Escalation)
    occasion = transaction.occasion(command, case.policy)
    entries = escalation_acts.decide(case, occasion)
    if isinstance(act, acts.HoldMeeting):
        transaction.partnership.check_present(act.present, command.occurred)
    transaction.add(stream, entries)


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
