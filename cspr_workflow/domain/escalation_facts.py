"""The facts of an escalation: everything that can stand in its record, but for its actions' own.

A fact's ``type`` is its name and version in the record for ever.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from cspr_workflow.domain.acts import Informed, MeetingOutcome, SetAction
from cspr_workflow.domain.calendar import Deadline
from cspr_workflow.domain.entries import Fact
from cspr_workflow.domain.people import Means
from cspr_workflow.domain.texts import FreeText

FOLLOW_ON = "follow_on"
"""The name under which a follow-on limit is moved."""


class MoveReason(StrEnum):
    """Why a case entered a stage: the first five by the clock, the others by a person."""

    NOT_RESOLVED = "not_resolved"
    NO_RESPONSE = "no_response"
    ACTION_OUTSTANDING = "action_outstanding"
    NO_OUTCOME = "no_outcome"
    ACTION_NOT_MAINTAINED = "action_not_maintained"
    ESCALATED = "escalated"
    MEETING_NOT_RESOLVED = "meeting_not_resolved"
    OUTCOME_IN_TIME = "outcome_in_time"


@dataclass(frozen=True, slots=True)
class StageLimit:
    """The limit of one stage."""

    stage: str
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Raised(Fact):
    """The escalation was raised into ``stage``; the ladder's days are decided here, once."""

    type: ClassVar[str] = "escalation.raised.v1"
    escalation: str
    incident: str
    incident_on: date
    timescale: str
    agency: str
    concern: FreeText
    stage: str
    limits: tuple[StageLimit, ...]
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class StageEntered(Fact):
    """The case entered a stage.

    ``due`` is the limit that bit, for a move of the clock at one; ``action`` the agreed action that
    was not maintained; ``limits`` the ladder's days that are decided anew by this entry.
    """

    type: ClassVar[str] = "escalation.stage-entered.v1"
    stage: str
    reason: MoveReason
    limits: tuple[StageLimit, ...] = ()
    follow_on: Deadline | None = None
    due: Deadline | None = None
    action: str | None = None
    because: FreeText | None = None


@dataclass(frozen=True, slots=True)
class LimitPassed(Fact):
    """The present stage's limit passed; the case stays where it is, and the breach stays visible."""

    type: ClassVar[str] = "escalation.limit-passed.v1"
    stage: str
    due: Deadline


@dataclass(frozen=True, slots=True)
class LimitMoved(Fact):
    """A change of the calendar moved an open limit: a stage's, or the ``follow_on``."""

    type: ClassVar[str] = "escalation.limit-moved.v1"
    limit: str
    before: date
    after: Deadline
    cause: str


@dataclass(frozen=True, slots=True)
class NoLongerAtRisk(Fact):
    """The timescale is met or the incident has ended: the clock leaves the case alone (E3.1)."""

    type: ClassVar[str] = "escalation.no-longer-at-risk.v1"
    why: str


@dataclass(frozen=True, slots=True)
class DiscussionRecorded(Fact):
    """A discussion between the parties."""

    type: ClassVar[str] = "escalation.discussion-recorded.v1"
    how: Means
    said: FreeText


@dataclass(frozen=True, slots=True)
class PartyInformed(Fact):
    """The Business Manager or the agency's representative was informed."""

    type: ClassVar[str] = "escalation.informed.v1"
    role: Informed


@dataclass(frozen=True, slots=True)
class ReasonGiven(Fact):
    """The agency gave its reason for the delay."""

    type: ClassVar[str] = "escalation.reason-given.v1"
    reason: FreeText


@dataclass(frozen=True, slots=True)
class MeetingHeld(Fact):
    """A meeting of ``stage`` was held; it may be written up in the stage after."""

    type: ClassVar[str] = "escalation.meeting-held.v1"
    stage: str
    present: tuple[str, ...]
    outcome: MeetingOutcome


@dataclass(frozen=True, slots=True)
class ChairNotified(Fact):
    """The SCSP Chair was notified formally."""

    type: ClassVar[str] = "escalation.chair-notified.v1"


@dataclass(frozen=True, slots=True)
class BodyConsulted(Fact):
    """The SCSP Chair consulted an external body."""

    type: ClassVar[str] = "escalation.body-consulted.v1"
    body: FreeText


@dataclass(frozen=True, slots=True)
class DecisionMade(Fact):
    """The SCSP Chair's final decision, with the actions that it releases and sets."""

    type: ClassVar[str] = "escalation.decision-made.v1"
    decision: FreeText
    reasons: FreeText
    releases: tuple[str, ...] = ()
    sets: tuple[SetAction, ...] = ()


@dataclass(frozen=True, slots=True)
class EscalationResolved(Fact):
    """The escalation is closed; ``open_actions`` are those still open at the end."""

    type: ClassVar[str] = "escalation.resolved.v1"
    outcome: FreeText
    open_actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EscalationWithdrawn(Fact):
    """The escalation is withdrawn, whatever is outstanding."""

    type: ClassVar[str] = "escalation.withdrawn.v1"
    reason: FreeText
    open_actions: tuple[str, ...] = ()
