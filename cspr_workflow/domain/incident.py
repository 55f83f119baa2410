"""An incident and its national timescales: its facts, its state, and how each fact changes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from cspr_workflow.domain.acts import Body
from cspr_workflow.domain.calendar import Deadline
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.policy import Milestone
from cspr_workflow.domain.states import changed
from cspr_workflow.domain.texts import FreeText


class IncidentState(StrEnum):
    """Where the review of an incident stands."""

    REPORTED = "reported"
    NOTIFIED = "notified"
    RAPID_REVIEW = "rapid_review"
    OUTCOME_SENT = "outcome_sent"
    REVIEW_COMMISSIONED = "review_commissioned"
    REVIEW_COMPLETED = "review_completed"
    NO_REVIEW = "no_review"
    PUBLISHED = "published"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"

    @property
    def is_end(self) -> bool:
        """Whether nothing follows."""
        return self in _ENDS


_ENDS = (
    IncidentState.NO_REVIEW,
    IncidentState.PUBLISHED,
    IncidentState.WITHHELD,
    IncidentState.WITHDRAWN,
)


class TimescaleState(StrEnum):
    """Where a timescale stands; ``met`` and ``met_late`` go by the day on which it happened."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    PASSED = "passed"
    MET = "met"
    MET_LATE = "met_late"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"

    @property
    def is_met(self) -> bool:
        """Met, in time or late."""
        return self in (TimescaleState.MET, TimescaleState.MET_LATE)


@dataclass(frozen=True, slots=True)
class IncidentReported(Fact):
    """A serious incident was reported."""

    type: ClassVar[str] = "incident.reported.v1"
    incident: str
    incident_on: date
    aware_on: date


@dataclass(frozen=True, slots=True)
class Step(Fact):
    """A dated step of the review; ``on`` is the civil day on which it happened."""

    on: date


@dataclass(frozen=True, slots=True)
class BodyNotified(Step):
    """A body was notified of the incident."""

    type: ClassVar[str] = "incident.body-notified.v1"
    body: Body


@dataclass(frozen=True, slots=True)
class RapidReviewConvened(Step):
    """The rapid review was convened."""

    type: ClassVar[str] = "incident.rapid-review-convened.v1"


@dataclass(frozen=True, slots=True)
class OutcomeSent(Step):
    """The rapid review's outcome was sent to the National Panel."""

    type: ClassVar[str] = "incident.outcome-sent.v1"


@dataclass(frozen=True, slots=True)
class ReviewDecided(Step):
    """It was decided whether to commission an independent review."""

    type: ClassVar[str] = "incident.review-decided.v1"
    commission: bool
    decided_by: FreeText
    reasons: FreeText


@dataclass(frozen=True, slots=True)
class ReviewCompleted(Step):
    """The independent review was completed."""

    type: ClassVar[str] = "incident.review-completed.v1"


@dataclass(frozen=True, slots=True)
class PublicationDeferred(Step):
    """Publication was deferred for a parallel procedure; without a deadline until further notice."""

    type: ClassVar[str] = "incident.publication-deferred.v1"
    timescale: str
    reasons: FreeText
    procedure: FreeText
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True)
class ReviewPublished(Step):
    """The report was published."""

    type: ClassVar[str] = "incident.review-published.v1"


@dataclass(frozen=True, slots=True)
class PublicationWithheld(Step):
    """The report will not be published."""

    type: ClassVar[str] = "incident.publication-withheld.v1"
    reasons: FreeText
    timescale: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentWithdrawn(Step):
    """The criteria turned out not to be met."""

    type: ClassVar[str] = "incident.withdrawn.v1"
    reasons: FreeText


@dataclass(frozen=True, slots=True)
class EscalationNoted(Fact):
    """An escalation was raised on one of the incident's timescales."""

    type: ClassVar[str] = "incident.escalation-noted.v1"
    escalation: str
    timescale: str


@dataclass(frozen=True, slots=True)
class TimescaleStarted(Fact):
    """A timescale began to run; its last day is decided here, once."""

    type: ClassVar[str] = "incident.timescale-started.v1"
    timescale: str
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class TimescaleMet(Fact):
    """All that a timescale asks for has happened, the last of it ``on`` this day."""

    type: ClassVar[str] = "incident.timescale-met.v1"
    timescale: str
    on: date
    late: bool


@dataclass(frozen=True, slots=True)
class TimescalePassed(Fact):
    """The clock: a running timescale's last day is over."""

    type: ClassVar[str] = "incident.timescale-passed.v1"
    timescale: str
    due: Deadline


@dataclass(frozen=True, slots=True)
class TimescaleMoved(Fact):
    """A change of the bank holidays moved a running timescale."""

    type: ClassVar[str] = "incident.timescale-moved.v1"
    timescale: str
    before: date
    after: Deadline
    cause: str


@dataclass(frozen=True, slots=True)
class Running:
    """A timescale of one incident as it stands."""

    state: TimescaleState = TimescaleState.NOT_STARTED
    deadline: Deadline | None = None
    met_on: date | None = None


NOT_STARTED = Running()


@dataclass(frozen=True)
class Incident:
    """An incident as it stands: the days of its milestones, its timescales, its escalations."""

    reference: str
    incident_on: date
    aware_on: date
    policy: str
    state: IncidentState
    milestones: Mapping[Milestone, date]
    timescales: Mapping[str, Running] = field(default_factory=dict)
    escalations: tuple[EscalationNoted, ...] = ()
    calendar: int = field(default=0, compare=False)

    def timescale(self, id: str) -> Running:
        """A timescale as it stands; one that nothing has started has not started."""
        default = (
            Running(TimescaleState.WITHDRAWN)
            if self.state is IncidentState.WITHDRAWN
            else NOT_STARTED
        )
        return self.timescales.get(id, default)


def evolve(incident: Incident | None, entry: Entry) -> Incident:
    """The incident after an entry of its record; the first is always :class:`IncidentReported`."""
    fact = entry.fact
    if incident is None:
        assert isinstance(fact, IncidentReported)
        return Incident(
            reference=fact.incident,
            incident_on=fact.incident_on,
            aware_on=fact.aware_on,
            policy=entry.policy,
            state=IncidentState.REPORTED,
            milestones={Milestone.INCIDENT: fact.incident_on, Milestone.AWARE: fact.aware_on},
            calendar=entry.calendar,
        )
    incident = _EVOLVE[type(fact)](incident, entry, fact)
    if incident.calendar != entry.calendar:
        incident = changed(incident, calendar=entry.calendar)
    return incident


def _reached(incident: Incident, milestone: Milestone, day: date, state: IncidentState) -> Incident:
    return changed(incident, state=state, milestones={**incident.milestones, milestone: day})


def _notified(incident: Incident, _: Entry, fact: BodyNotified) -> Incident:
    state = IncidentState.NOTIFIED if fact.body is Body.NATIONAL_PANEL else incident.state
    return _reached(incident, Milestone(fact.body), fact.on, state)


def _decided(incident: Incident, _: Entry, fact: ReviewDecided) -> Incident:
    if not fact.commission:
        return changed(incident, state=IncidentState.NO_REVIEW)
    return _reached(incident, Milestone.COMMISSIONED, fact.on, IncidentState.REVIEW_COMMISSIONED)


def _with(incident: Incident, timescale: str, running: Running) -> Incident:
    return changed(incident, timescales={**incident.timescales, timescale: running})


def _deferred(incident: Incident, _: Entry, fact: PublicationDeferred) -> Incident:
    state = TimescaleState.RUNNING if fact.deadline else TimescaleState.DEFERRED
    return _with(incident, fact.timescale, Running(state, fact.deadline))


def _withheld(incident: Incident, _: Entry, fact: PublicationWithheld) -> Incident:
    incident = changed(incident, state=IncidentState.WITHHELD)
    if fact.timescale is None:
        return incident
    return _with(incident, fact.timescale, Running(TimescaleState.WITHDRAWN))


def _withdrawn(incident: Incident, _: Entry, __: IncidentWithdrawn) -> Incident:
    kept = {id: running for id, running in incident.timescales.items() if running.state.is_met}
    return changed(incident, state=IncidentState.WITHDRAWN, timescales=kept)


def _noted(incident: Incident, _: Entry, fact: EscalationNoted) -> Incident:
    return changed(incident, escalations=(*incident.escalations, fact))


def _started(incident: Incident, _: Entry, fact: TimescaleStarted) -> Incident:
    return _with(incident, fact.timescale, Running(TimescaleState.RUNNING, fact.deadline))


def _met(incident: Incident, _: Entry, fact: TimescaleMet) -> Incident:
    state = TimescaleState.MET_LATE if fact.late else TimescaleState.MET
    deadline = incident.timescales[fact.timescale].deadline
    return _with(incident, fact.timescale, Running(state, deadline, fact.on))


def _passed(incident: Incident, _: Entry, fact: TimescalePassed) -> Incident:
    running = incident.timescales[fact.timescale]
    return _with(incident, fact.timescale, replace(running, state=TimescaleState.PASSED))


def _moved(incident: Incident, _: Entry, fact: TimescaleMoved) -> Incident:
    running = incident.timescales[fact.timescale]
    return _with(incident, fact.timescale, replace(running, deadline=fact.after))


_EVOLVE: dict[type[Fact], Callable[[Incident, Entry, Any], Incident]] = {
    BodyNotified: _notified,
    RapidReviewConvened: lambda incident, _, fact: _reached(
        incident, Milestone.CONVENED, fact.on, IncidentState.RAPID_REVIEW
    ),
    OutcomeSent: lambda incident, _, fact: _reached(
        incident, Milestone.OUTCOME_SENT, fact.on, IncidentState.OUTCOME_SENT
    ),
    ReviewDecided: _decided,
    ReviewCompleted: lambda incident, _, fact: _reached(
        incident, Milestone.COMPLETED, fact.on, IncidentState.REVIEW_COMPLETED
    ),
    PublicationDeferred: _deferred,
    ReviewPublished: lambda incident, _, fact: _reached(
        incident, Milestone.PUBLISHED, fact.on, IncidentState.PUBLISHED
    ),
    PublicationWithheld: _withheld,
    IncidentWithdrawn: _withdrawn,
    EscalationNoted: _noted,
    TimescaleStarted: _started,
    TimescaleMet: _met,
    TimescalePassed: _passed,
    TimescaleMoved: _moved,
    Corrected: lambda incident, _, __: incident,
}
