"""An escalation: its state, and how each fact changes it.

Nothing here decides or validates: a fact in the record has happened. What people may do is in
``escalation_acts``, what falls due in ``clock``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cspr_workflow.domain.actions import (
    Action,
    ActionFact,
    ActionRecorded,
    evolve_action,
    first_recorded,
    set_by_decision,
)
from cspr_workflow.domain.acts import MeetingOutcome
from cspr_workflow.domain.calendar import Deadline
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.escalation_facts import (
    FOLLOW_ON,
    DecisionMade,
    EscalationResolved,
    EscalationWithdrawn,
    LimitMoved,
    LimitPassed,
    MeetingHeld,
    MoveReason,
    NoLongerAtRisk,
    Raised,
    StageEntered,
)
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.policy import RESOLVED
from cspr_workflow.domain.states import changed


@dataclass(frozen=True, slots=True)
class StageEntry:
    """A stage that the case was in: since when, by whom, and why."""

    stage: str
    entered: datetime
    by: str
    reason: MoveReason | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of a stage, when it happened, and what it came to."""

    stage: str
    occurred: datetime
    outcome: MeetingOutcome


@dataclass(frozen=True, slots=True)
class Ending:
    """How the escalation ended."""

    occurred: datetime
    by: str
    outcome: str


@dataclass(frozen=True)
class Escalation:
    """An escalation as it stands.

    ``limits`` are the ladder's days by stage, ``follow_on`` the present stage's own limit where it
    was entered late. ``answered``: an act of the agency's side has been accepted. ``unsettled_at``
    is when a settled case was last recorded to be unsettled again. ``calendar`` is the version of
    the calendar that the case has seen.
    """

    reference: str
    incident: str
    incident_on: date
    timescale: str
    agency: str
    variant: str | None
    policy: str
    raised: datetime
    stage: str
    entered: datetime
    limits: Mapping[str, Deadline]
    stages: tuple[StageEntry, ...]
    follow_on: Deadline | None = None
    limit_passed: bool = False
    answered: bool = False
    decided: bool = False
    settled: bool = False
    unsettled_at: datetime | None = None
    meetings: tuple[Meeting, ...] = ()
    meetings_from: int = 0
    actions: Mapping[str, Action] = field(default_factory=dict)
    no_longer_at_risk: datetime | None = None
    ending: Ending | None = None
    calendar: int = field(default=0, compare=False)

    @property
    def state(self) -> str:
        """The present stage, or ``resolved``."""
        return RESOLVED if self.ending else self.stage

    @property
    def limit(self) -> Deadline:
        """The present stage's limit: the follow-on one where there is one."""
        return self.follow_on or self.limits[self.stage]

    @property
    def meetings_of_stage(self) -> tuple[Meeting, ...]:
        """The present stage's meetings since it was entered."""
        held = self.meetings[self.meetings_from :]
        return tuple(meeting for meeting in held if meeting.stage == self.stage)

    @property
    def undone_in_force(self) -> tuple[str, ...]:
        """Actions in force that are neither done nor released."""
        return tuple(a.reference for a in self.actions.values() if a.kept and a.outstanding)

    @property
    def broken_actions(self) -> tuple[Action, ...]:
        """The agency's actions that are not maintained and still outstanding."""
        return tuple(action for action in self.actions.values() if action.broken)

    @property
    def agency_owes(self) -> bool:
        """Whether an action that the agency owns is outstanding, agreed or not."""
        return any(a.owner is Side.AGENCY and a.outstanding for a in self.actions.values())


def evolve(escalation: Escalation | None, entry: Entry) -> Escalation:
    """The escalation after an entry of its record; the first is always :class:`Raised`."""
    if escalation is None:
        return _raised(entry)
    fact = entry.fact
    if isinstance(fact, ActionFact):
        escalation = _action_fact(escalation, entry, fact)
    elif (change := _EVOLVE.get(type(fact))) is not None:
        escalation = change(escalation, entry, fact)
    if not escalation.answered and entry.side is Side.AGENCY:
        escalation = changed(escalation, answered=True)
    if escalation.calendar != entry.calendar:
        escalation = changed(escalation, calendar=entry.calendar)
    return escalation


def _raised(entry: Entry) -> Escalation:
    fact = entry.fact
    assert isinstance(fact, Raised)
    return Escalation(
        reference=fact.escalation,
        incident=fact.incident,
        incident_on=fact.incident_on,
        timescale=fact.timescale,
        agency=fact.agency,
        variant=fact.variant,
        policy=entry.policy,
        raised=entry.occurred,
        stage=fact.stage,
        entered=entry.occurred,
        limits={limit.stage: limit.deadline for limit in fact.limits},
        stages=(StageEntry(fact.stage, entry.occurred, entry.author, None),),
        calendar=entry.calendar,
    )


def _stage_entered(escalation: Escalation, entry: Entry, fact: StageEntered) -> Escalation:
    returned = fact.reason is MoveReason.OUTCOME_IN_TIME
    limits = escalation.limits
    if fact.limits:
        limits = {**limits, **{limit.stage: limit.deadline for limit in fact.limits}}
    entered = StageEntry(fact.stage, entry.occurred, entry.author, fact.reason)
    return changed(
        escalation,
        stage=fact.stage,
        entered=entry.occurred,
        limits=limits,
        follow_on=fact.follow_on,
        limit_passed=False,
        meetings_from=len(escalation.meetings) - returned,
        stages=(*escalation.stages, entered),
    )


def _limit_moved(escalation: Escalation, _: Entry, fact: LimitMoved) -> Escalation:
    if fact.limit == FOLLOW_ON:
        return changed(escalation, follow_on=fact.after)
    return changed(escalation, limits={**escalation.limits, fact.limit: fact.after})


def _meeting_held(escalation: Escalation, entry: Entry, fact: MeetingHeld) -> Escalation:
    meeting = Meeting(fact.stage, entry.occurred, fact.outcome)
    return changed(escalation, meetings=(*escalation.meetings, meeting))


def _decision_made(escalation: Escalation, entry: Entry, fact: DecisionMade) -> Escalation:
    actions = dict(escalation.actions)
    for reference in fact.releases:
        actions[reference] = changed(actions[reference], released=True)
    for new in fact.sets:
        actions[new.action] = set_by_decision(
            new.action, new.owner, new.what, new.due, entry.written
        )
    return _with_actions(escalation, actions, entry, decided=True)


def _action_fact(escalation: Escalation, entry: Entry, fact: ActionFact) -> Escalation:
    if isinstance(fact, ActionRecorded):
        action = first_recorded(entry, fact)
    else:
        action = evolve_action(escalation.actions[fact.action], entry)
    return _with_actions(escalation, {**escalation.actions, fact.action: action}, entry)


def _with_actions(
    escalation: Escalation, actions: Mapping[str, Action], entry: Entry, *, decided: bool = False
) -> Escalation:
    settled = is_settled(actions)
    unsettled_at = escalation.unsettled_at
    if escalation.settled and not settled:
        unsettled_at = entry.written
    return changed(
        escalation,
        actions=actions,
        settled=settled,
        unsettled_at=unsettled_at,
        decided=escalation.decided or decided,
        answered=escalation.answered or entry.side is Side.AGENCY,
    )


def is_settled(actions: Mapping[str, Action]) -> bool:
    """Something stands in force, and the agency owes nothing: the clock leaves the case alone."""
    kept = False
    for action in actions.values():
        if action.owner is Side.AGENCY and action.outstanding:
            return False
        kept = kept or action.kept
    return kept


def _resolved(escalation: Escalation, entry: Entry, fact: EscalationResolved) -> Escalation:
    return changed(escalation, ending=Ending(entry.occurred, entry.author, fact.outcome))


def _withdrawn(escalation: Escalation, entry: Entry, _: EscalationWithdrawn) -> Escalation:
    return changed(escalation, ending=Ending(entry.occurred, entry.author, WITHDRAWN))


def _no_longer_at_risk(escalation: Escalation, entry: Entry, _: NoLongerAtRisk) -> Escalation:
    return changed(escalation, no_longer_at_risk=entry.occurred)


def _limit_passed(escalation: Escalation, _: Entry, __: LimitPassed) -> Escalation:
    return changed(escalation, limit_passed=True)


WITHDRAWN = "withdrawn"

_EVOLVE: dict[type[Fact], Callable[[Escalation, Entry, Any], Escalation]] = {
    StageEntered: _stage_entered,
    LimitPassed: _limit_passed,
    LimitMoved: _limit_moved,
    NoLongerAtRisk: _no_longer_at_risk,
    MeetingHeld: _meeting_held,
    DecisionMade: _decision_made,
    EscalationResolved: _resolved,
    EscalationWithdrawn: _withdrawn,
}
"""Facts that change the state; the others are record only."""
