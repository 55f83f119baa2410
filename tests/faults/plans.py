"""Long plans of work: many cases at once, each act at its own moment, the clock in between."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Act,
    Body,
    CompleteAction,
    ConfirmAction,
    ConveneRapidReview,
    GiveReason,
    HoldMeeting,
    Inform,
    Informed,
    MeetingOutcome,
    Notify,
    RecordAction,
    ReportIncident,
    Resolve,
    SendOutcome,
    VaryAction,
)
from cspr_workflow.domain.people import Means, Side
from tests.faults.scenarios import raised, reported, tick
from tests.faults.stores import Step, act, at
from tests.support import raising

FIRST = date(2026, 3, 2)
"""The Monday on which the first case of a plan is reported."""


def cases(number: int) -> tuple[Step, ...]:
    """Cases of three kinds in their turn, one reported each day; the clock runs twice a day."""
    steps: list[Step] = []
    for case in range(number):
        steps += _case(case, FIRST + timedelta(days=case))
    last = max(step.at for step in steps)
    day = FIRST
    while at(f"{day}T00:00") <= last:
        steps += [tick(f"{day}T07:00"), tick(f"{day}T19:30")]
        day += timedelta(days=1)
    return tuple(sorted(steps, key=lambda step: step.at))


def _case(case: int, day: date) -> Iterator[Step]:
    incident, escalation = f"INC-{case}", f"ESC-{case}"
    minute = timedelta(minutes=case % 60)

    def done(by: str, days: int, hour: str, what: Act, means: Means | None = None) -> Step:
        now = at(f"{day + timedelta(days=days)}T{hour}") + minute
        return act(by, now, what, means=means)

    due = day + timedelta(days=3)
    yield done("officer", 0, "08:00", ReportIncident(incident, day - timedelta(days=1), day))
    yield done("officer", 0, "09:00", Notify(incident, Body.NATIONAL_PANEL))
    yield done("officer", 0, "10:00", raising(escalation, incident=incident))
    yield done("officer", 0, "11:00", Inform(escalation, Informed.BUSINESS_MANAGER))
    yield done("ward", 0, "12:00", GiveReason(escalation, "Nobody was there to send it"))
    if case % 3 == 2:  # nobody acts any more until the timescale is met
        yield done("officer", 12, "10:00", ConveneRapidReview(incident))
        yield done("officer", 13, "10:00", SendOutcome(incident))
        return
    what = RecordAction(escalation, "A1", "Send the chronology", Side.AGENCY, due)
    yield done("officer", 0, "13:00", what)
    yield done("officer", 0, "14:00", AcknowledgeAction(escalation, "A1"), Means.CALL)
    yield done("officer", 0, "15:00", Resolve(escalation, "Done, we think"))  # refused
    if case % 3 == 1:
        meeting = HoldMeeting(escalation, ("sub", "board"), MeetingOutcome.NOT_RESOLVED)
        yield done("sub", 6, "14:00", meeting)
        return
    later = VaryAction(escalation, "A1", due=due + timedelta(days=2))
    yield done("trust", 1, "10:00", later)
    yield done("officer", 1, "11:00", AcknowledgeAction(escalation, "A1"))
    yield done("trust", 2, "10:00", CompleteAction(escalation, "A1", "It was sent by e-mail"))
    yield done("officer", 2, "11:00", ConfirmAction(escalation, "A1"))
    yield done("officer", 2, "12:00", Resolve(escalation, "All that was asked for came in"))


def opened_at_once(number: int) -> tuple[Step, ...]:
    """Cases that were all opened in one morning, so that the clock moves them all at one moment."""
    steps: list[Step] = []
    for case in range(number):
        now = f"2026-11-30T09:{case % 60:02}"
        steps += [reported(f"INC-{case}", now), raised(f"ESC-{case}", f"INC-{case}", now)]
    steps.append(tick("2026-11-30T18:00"))
    return tuple(steps)


def clock_for(days: int, first: datetime) -> tuple[Step, ...]:
    """The clock alone: once each day."""
    return tuple(Step(first + timedelta(days=day)) for day in range(days))
