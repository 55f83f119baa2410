"""What people can do: one dataclass for each act, with the facts that it needs.

These declarations are the single source for case files, the reference in the docs, the command
line and every other way in. Who may do an act, and its clause, stand in the policy. Who did it, when
it happened and on whose behalf travel beside the act, in a :class:`Command`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from cspr_workflow.domain.people import Actor, Means, Role, Side
from cspr_workflow.domain.texts import FreeText


class Body(StrEnum):
    """A body that has to be notified of a serious incident (T1)."""

    OFSTED = "ofsted"
    DFE = "dfe"
    NATIONAL_PANEL = "national_panel"


class MeetingOutcome(StrEnum):
    """What a meeting came to."""

    ACTIONS_AGREED = "actions_agreed"
    RESOLVED = "resolved"
    NOT_RESOLVED = "not_resolved"


class Informed(StrEnum):
    """Whom the officer informs at stage 1 (E1.1)."""

    BUSINESS_MANAGER = "business_manager"
    AGENCY_REPRESENTATIVE = "agency_representative"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person does. ``reportable``: may be recorded on behalf of the agency."""

    name: ClassVar[str]
    reportable: ClassVar[bool] = False
    dated: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class IncidentAct(Act):
    """An act on an incident: its review's next step."""

    incident: str


@dataclass(frozen=True, slots=True)
class EscalationAct(Act):
    """An act on an escalation."""

    escalation: str


@dataclass(frozen=True, slots=True)
class ActionAct(EscalationAct):
    """An act on an agreed action of an escalation."""

    action: str


@dataclass(frozen=True, slots=True)
class ReportIncident(IncidentAct):
    """Report a serious incident: the day it happened and the day the authority became aware."""

    name = "report_incident"
    incident_on: date
    aware_on: date


@dataclass(frozen=True, slots=True)
class Notify(IncidentAct):
    """Record that a body has been notified; each body once."""

    name = "notify"
    body: Body


@dataclass(frozen=True, slots=True)
class ConveneRapidReview(IncidentAct):
    """Record that the rapid review has been convened."""

    name = "convene_rapid_review"


@dataclass(frozen=True, slots=True)
class SendOutcome(IncidentAct):
    """Record that the rapid review's outcome has been sent to the National Panel."""

    name = "send_outcome"


@dataclass(frozen=True, slots=True)
class DecideReview(IncidentAct):
    """Record the decision whether to commission an independent review, and who decided it."""

    name = "decide_review"
    commission: bool
    decided_by: str
    reasons: str


@dataclass(frozen=True, slots=True)
class CompleteReview(IncidentAct):
    """Record that the independent review is complete."""

    name = "complete_review"


@dataclass(frozen=True, slots=True)
class DeferPublication(IncidentAct):
    """Defer publication for a parallel procedure, to a new target day or without one."""

    name = "defer_publication"
    reasons: str
    procedure: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class PublishReview(IncidentAct):
    """Record that the review's report is published."""

    name = "publish_review"


@dataclass(frozen=True, slots=True)
class WithholdPublication(IncidentAct):
    """Record that the report will not be published, and why."""

    name = "withhold_publication"
    reasons: str


@dataclass(frozen=True, slots=True)
class WithdrawIncident(IncidentAct):
    """Withdraw an incident whose criteria turn out not to be met."""

    name = "withdraw_incident"
    reasons: str


@dataclass(frozen=True, slots=True)
class RaiseEscalation(EscalationAct):
    """Raise an escalation: which timescale is at risk, by whose inaction, and the concern.

    If a child is in immediate danger, call 999. Do not name the child.
    """

    name = "raise_escalation"
    incident: str
    timescale: str
    agency: str
    concern: str
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class RecordDiscussion(EscalationAct):
    """Record a discussion; it may have happened before the raising."""

    name = "record_discussion"
    reportable = True
    how: Means
    said: str


@dataclass(frozen=True, slots=True)
class Inform(EscalationAct):
    """Record that the Business Manager or the agency's representative has been informed."""

    name = "inform"
    role: Informed


@dataclass(frozen=True, slots=True)
class GiveReason(EscalationAct):
    """Give the agency's reason for the delay."""

    name = "give_reason"
    reportable = True
    reason: str


@dataclass(frozen=True, slots=True)
class RecordAction(ActionAct):
    """Record an action: what, which side owns it, by when. Recording shares it."""

    name = "record_action"
    what: str
    owner: Side
    due: date


@dataclass(frozen=True, slots=True)
class AcknowledgeAction(ActionAct):
    """Take over the other side's wording and date as they stand: the action is agreed."""

    name = "acknowledge_action"
    reportable = True


@dataclass(frozen=True, slots=True)
class VaryAction(ActionAct):
    """Change this side's own record of an action; agreed once the other side takes it over."""

    name = "vary_action"
    reportable = True
    what: str | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True)
class CompleteAction(ActionAct):
    """Claim, for the side that owns it, that an action is done, with the evidence."""

    name = "complete_action"
    reportable = True
    evidence: str


@dataclass(frozen=True, slots=True)
class ConfirmAction(ActionAct):
    """Confirm, for the other side, that an action is done."""

    name = "confirm_action"
    reportable = True


@dataclass(frozen=True, slots=True)
class DisputeCompletion(ActionAct):
    """Dispute, for the other side, that an action is done: it is outstanding again."""

    name = "dispute_completion"
    reportable = True
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseAction(ActionAct):
    """Say that an action is no longer needed; released once both sides have said so."""

    name = "release_action"
    reportable = True
    reason: str


@dataclass(frozen=True, slots=True)
class Escalate(EscalationAct):
    """Escalate now, to the next stage, without waiting for the limit."""

    name = "escalate"
    reason: str


@dataclass(frozen=True, slots=True)
class HoldMeeting(EscalationAct):
    """Record a meeting of the stage, who was present, and its outcome."""

    name = "hold_meeting"
    present: tuple[str, ...]
    outcome: MeetingOutcome


@dataclass(frozen=True, slots=True)
class NotifyChair(EscalationAct):
    """Record that the SCSP Chair has been notified formally."""

    name = "notify_chair"


@dataclass(frozen=True, slots=True)
class Consult(EscalationAct):
    """Record that an external body was consulted."""

    name = "consult"
    body: str


@dataclass(frozen=True, slots=True)
class SetAction:
    """An action that a decision sets: in force by decision, never shown as agreed."""

    action: str
    what: FreeText
    owner: Side
    due: date


@dataclass(frozen=True, slots=True)
class Decide(EscalationAct):
    """Record the SCSP Chair's final decision; it can release actions and set others."""

    name = "decide"
    decision: str
    reasons: str
    releases: tuple[str, ...] = ()
    sets: tuple[SetAction, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolve(EscalationAct):
    """Close the escalation with its outcome."""

    name = "resolve"
    outcome: str


@dataclass(frozen=True, slots=True)
class WithdrawEscalation(EscalationAct):
    """Withdraw the escalation, whatever is outstanding."""

    name = "withdraw_escalation"
    reason: str


@dataclass(frozen=True, slots=True)
class ClosureAct(Act):
    """An act on the partnership's calendar."""

    dated = False
    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class DeclareClosure(ClosureAct):
    """Declare a day on which the partnership is closed: it does not count for the ladder."""

    name = "declare_closure"


@dataclass(frozen=True, slots=True)
class WithdrawClosure(ClosureAct):
    """Withdraw a closure day that is still to come."""

    name = "withdraw_closure"


@dataclass(frozen=True, slots=True)
class KeepingAct(Act):
    """An act of keeping the partnership's register and record; it is no part of a case's process."""

    dated = False


@dataclass(frozen=True, slots=True)
class AddPerson(KeepingAct):
    """Note that somebody takes on a role: a joiner, or another role under another id."""

    name = "add_person"
    person: str
    role: Role
    agency: str


@dataclass(frozen=True, slots=True)
class RemovePerson(KeepingAct):
    """Note that somebody no longer holds the role: what they recorded stays theirs."""

    name = "remove_person"
    person: str


@dataclass(frozen=True, slots=True)
class ChangedHoliday:
    """A bank holiday that is announced or cancelled."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class UpdateBankHolidays(KeepingAct):
    """Take over what is newly known of the bank holidays."""

    name = "update_bank_holidays"
    source: str
    known_to: int
    announced: tuple[ChangedHoliday, ...] = ()
    cancelled: tuple[ChangedHoliday, ...] = ()


@dataclass(frozen=True, slots=True)
class Correct(KeepingAct):
    """Correct an entry: the entry stays as it is, and what is right is said beside it."""

    name = "correct"
    reference: str
    event: str
    says: str


KEEPING: dict[str, type[KeepingAct]] = {
    act.name: act for act in (AddPerson, RemovePerson, UpdateBankHolidays, Correct)
}
"""Every act of keeping the register and the record; case files have none of them."""


ACTS: dict[str, type[Act]] = {
    act.name: act
    for act in (
        ReportIncident,
        Notify,
        ConveneRapidReview,
        SendOutcome,
        DecideReview,
        CompleteReview,
        DeferPublication,
        PublishReview,
        WithholdPublication,
        WithdrawIncident,
        RaiseEscalation,
        RecordDiscussion,
        Inform,
        GiveReason,
        RecordAction,
        AcknowledgeAction,
        VaryAction,
        CompleteAction,
        ConfirmAction,
        DisputeCompletion,
        ReleaseAction,
        Escalate,
        HoldMeeting,
        NotifyChair,
        Consult,
        Decide,
        Resolve,
        WithdrawEscalation,
        DeclareClosure,
        WithdrawClosure,
    )
}
"""Every act by its name, in the order in which the process meets them."""


@dataclass(frozen=True, slots=True)
class Command:
    """An act with who does it and when it is said to have happened (UTC)."""

    act: Act
    by: Actor
    occurred: datetime
