"""What people do with an incident: deciding each step of its review (who, then when, then state)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cspr_workflow.domain import acts
from cspr_workflow.domain.authority import check_who
from cspr_workflow.domain.calendar import Deadline, Derivation, Unit
from cspr_workflow.domain.deciding import Occasion, check_when, wrong_state
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.incident import (
    BodyNotified,
    Incident,
    IncidentReported,
    IncidentWithdrawn,
    OutcomeSent,
    PublicationDeferred,
    PublicationWithheld,
    RapidReviewConvened,
    ReviewCompleted,
    ReviewDecided,
    ReviewPublished,
    TimescaleMet,
    TimescaleStarted,
    TimescaleState,
    evolve,
)
from cspr_workflow.domain.lifecycles import COMMISSION, INCIDENT, NO_REVIEW
from cspr_workflow.domain.policy import Milestone, Policy, Timescale


def decide_report(occasion: Occasion) -> tuple[Entry, ...]:
    """Report an incident: its first entries."""
    act = occasion.command.act
    assert isinstance(act, acts.ReportIncident)
    check_who(occasion.policy, type(act), occasion.command.by)
    today = occasion.policy.civil.day(occasion.now)
    for name, day in (("incident_on", act.incident_on), ("aware_on", act.aware_on)):
        if day > today:
            raise Refusal(Code.IN_THE_FUTURE, f"{name}: {day} is after today, {today}.")
    if act.aware_on < act.incident_on:
        raise Refusal(
            Code.INVALID,
            f"aware_on: {act.aware_on} is before the day of the incident, {act.incident_on}.",
        )
    check_when(occasion, act.incident_on)
    reported = occasion.entry(IncidentReported(act.incident, act.incident_on, act.aware_on))
    return reported, *_timescales(evolve(None, reported), occasion)


def decide(incident: Incident, occasion: Occasion) -> tuple[Entry, ...]:
    """The entries that an act on an incident brings about, or a refusal that says why not."""
    act = occasion.command.act
    assert isinstance(act, acts.IncidentAct)
    check_who(occasion.policy, type(act), occasion.command.by)
    check_when(occasion, incident.incident_on)
    check_now(incident, type(act), occasion.policy)
    step = occasion.entry(_STEP[type(act)](incident, act, occasion))
    return step, *_timescales(evolve(incident, step), occasion)


_EVENT: Mapping[type[acts.Act], str] = {acts.DecideReview: COMMISSION}
"""The event of the chart, where it is not called as the act is; of two, either."""

assert INCIDENT.sources(COMMISSION) == INCIDENT.sources(NO_REVIEW), "decided in the same states"


def check_now(incident: Incident, kind: type[acts.Act], policy: Policy) -> None:
    """Refuse a step that is not possible as the incident stands, whatever the act says."""
    event = _EVENT.get(kind, kind.name)
    if not INCIDENT.allows(incident.state, event):
        possible = [state.replace("_", " ") for state in INCIDENT.sources(event)]
        raise wrong_state(
            f"{incident.reference} is {incident.state.replace('_', ' ')}: "
            f"{kind.name.replace('_', ' ')} is possible only from {' or '.join(possible)}."
        )
    if kind is acts.Notify and not to_notify(incident):
        raise wrong_state(f"Every body has been notified of {incident.reference} already.")
    if kind is acts.DeferPublication and _deferrable(policy) is None:
        raise wrong_state(f"{policy.label} has no timescale that can be deferred.")


def to_notify(incident: Incident) -> tuple[acts.Body, ...]:
    """The bodies that have not been notified of the incident; each is notified once."""
    return tuple(body for body in acts.Body if Milestone(body) not in incident.milestones)


def _timescales(incident: Incident, occasion: Occasion) -> Iterator[Entry]:
    """The timescales that the milestones reached so far start, and those that they meet."""
    for timescale in occasion.policy.timescales:
        running = incident.timescale(timescale.id)
        start = incident.milestones.get(timescale.starts)
        if running.state is TimescaleState.NOT_STARTED and start is not None:
            deadline = occasion.policy.deadline(timescale, start, occasion.calendar)
            started = _of(timescale, TimescaleStarted(timescale.id, deadline), occasion)
            incident = evolve(incident, started)
            running = incident.timescale(timescale.id)
            yield started
        days = [incident.milestones.get(milestone) for milestone in timescale.met_by]
        is_open = running.state in (
            TimescaleState.RUNNING,
            TimescaleState.PASSED,
            TimescaleState.DEFERRED,
        )
        if is_open and all(days):
            on = max(day for day in days if day)
            late = running.deadline is not None and on > running.deadline.last_day
            met = _of(timescale, TimescaleMet(timescale.id, on, late), occasion)
            incident = evolve(incident, met)
            yield met


def _of(timescale: Timescale, fact: Fact, occasion: Occasion) -> Entry:
    return occasion.entry(fact, clause=timescale.clause)


def _notify(incident: Incident, act: acts.Notify, occasion: Occasion) -> Fact:
    if act.body not in to_notify(incident):
        raise wrong_state(f"body: {act.body} has been notified of {incident.reference} already.")
    return BodyNotified(occasion.day, act.body)


def _decide_review(_: Incident, act: acts.DecideReview, occasion: Occasion) -> Fact:
    return ReviewDecided(occasion.day, act.commission, act.decided_by, act.reasons)


def _defer(_: Incident, act: acts.DeferPublication, occasion: Occasion) -> Fact:
    timescale = _deferrable(occasion.policy)
    assert timescale is not None
    if act.until is not None and act.until < occasion.day:
        raise Refusal(
            Code.INVALID,
            f"until: {act.until} is before the day on which this happened, {occasion.day}.",
        )
    return PublicationDeferred(
        occasion.day, timescale.id, act.reasons, act.procedure, _named(occasion, timescale, act)
    )


def _named(occasion: Occasion, timescale: Timescale, act: acts.DeferPublication) -> Deadline | None:
    if act.until is None:
        return None
    derivation = Derivation(
        anchor_day=act.until,
        length=0,
        unit=Unit.DAYS,
        day_one=occasion.policy.day_one,
        skipped=(),
        provisional=False,
        anchor="deferral",
        clause=timescale.clause,
        policy=occasion.policy.label,
        calendar=occasion.calendar.version,
    )
    return Deadline(act.until, occasion.policy.civil.midnight_ending(act.until), derivation)


def _deferrable(policy: Policy) -> Timescale | None:
    return next((t for t in policy.timescales if t.deferrable), None)


def _withhold(incident: Incident, act: acts.WithholdPublication, occasion: Occasion) -> Fact:
    timescale = _deferrable(occasion.policy)
    met = timescale is not None and incident.timescale(timescale.id).state.is_met
    withdrawn = None if timescale is None or met else timescale.id
    return PublicationWithheld(occasion.day, act.reasons, withdrawn)


_STEP: dict[type[acts.Act], Callable[[Incident, Any, Occasion], Fact]] = {
    acts.Notify: _notify,
    acts.ConveneRapidReview: lambda _, __, occasion: RapidReviewConvened(occasion.day),
    acts.SendOutcome: lambda _, __, occasion: OutcomeSent(occasion.day),
    acts.DecideReview: _decide_review,
    acts.CompleteReview: lambda _, __, occasion: ReviewCompleted(occasion.day),
    acts.DeferPublication: _defer,
    acts.PublishReview: lambda _, __, occasion: ReviewPublished(occasion.day),
    acts.WithholdPublication: _withhold,
    acts.WithdrawIncident: lambda _, act, occasion: IncidentWithdrawn(occasion.day, act.reasons),
}
