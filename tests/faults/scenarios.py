"""Things that people and the clock do, each with what came before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cspr_workflow.application.transaction import escalation_stream
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Body,
    ConveneRapidReview,
    Correct,
    Decide,
    DeclareClosure,
    HoldMeeting,
    Inform,
    Informed,
    MeetingOutcome,
    Notify,
    RecordAction,
    ReportIncident,
    Resolve,
    SendOutcome,
    SetAction,
    VaryAction,
)
from cspr_workflow.domain.people import Means, Side
from cspr_workflow.store.events import event_id
from tests.faults.stores import Step, act, at
from tests.support import day, raising

WORDS = "Send the chronology"
HALF_AN_HOUR = timedelta(minutes=30)
DUE = day("2026-12-02")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What was done before, the steps that are disturbed, and how each of them ends."""

    name: str
    before: tuple[Step, ...]
    steps: tuple[Step, ...]
    endings: Sequence[str] = ("recorded",)
    without_views: bool = False


def reported(incident: str = "INC-1", now: str = "2026-11-26T10:00") -> Step:
    """An incident is reported."""
    return act(
        "officer",
        at(now),
        ReportIncident(incident, day("2026-11-24"), day("2026-11-25")),
        occurred=at(now) - HALF_AN_HOUR,
    )


def raised(
    escalation: str = "ESC-1", incident: str = "INC-1", now: str = "2026-11-30T09:30"
) -> Step:
    """An escalation is raised on it."""
    what = raising(escalation, incident=incident)
    return act("officer", at(now), what, occurred=at(now) - HALF_AN_HOUR)


def tick(now: str) -> Step:
    """The clock runs."""
    return Step(at(now))


OPEN = (reported(), raised())
AT_RISK = (
    reported(),
    act("officer", at("2026-11-27T10:00"), Notify("INC-1", Body.NATIONAL_PANEL)),
    act("officer", at("2026-11-27T10:05"), ConveneRapidReview("INC-1")),
    raised(),
    raised("ESC-2", now="2026-11-30T10:00"),
)
ACTION = (
    *OPEN,
    act("officer", at("2026-11-30T10:00"), RecordAction("ESC-1", "A1", WORDS, Side.AGENCY, DUE)),
)


def cases_open(number: int) -> tuple[Step, ...]:
    """Several cases, raised one after another; then the clock runs."""
    numbers = range(1, number + 1)
    return (
        *(reported(f"INC-{n}", f"2026-11-26T10:{n:02}") for n in numbers),
        *(raised(f"ESC-{n}", f"INC-{n}", f"2026-11-30T09:{n:02}") for n in numbers),
        tick("2026-11-30T10:00"),
    )


TWO_CASES = cases_open(2)
RAISED = event_id(escalation_stream("ESC-1"), 1)

SCENARIOS = (
    Scenario(
        "an incident is reported and an escalation raised",
        (),
        (reported(), raised()),
        ("recorded", "recorded"),
    ),
    Scenario(
        "an action is agreed by telephone",
        ACTION,
        (
            act(
                "officer",
                at("2026-11-30T14:00"),
                AcknowledgeAction("ESC-1", "A1"),
                occurred=at("2026-11-30T13:50"),
                means=Means.CALL,
            ),
        ),
    ),
    Scenario(
        "an action is varied with the words of the other side",
        ACTION,
        (act("trust", at("2026-11-30T14:00"), VaryAction("ESC-1", "A1", WORDS, DUE)),),
    ),
    Scenario(
        "an act is refused after time has passed",
        OPEN,
        (act("officer", at("2026-12-08T09:00"), Resolve("ESC-1", "All came in")),),
        ("refused: not_permitted",),
    ),
    Scenario(
        "a meeting moves the stage",
        OPEN,
        (
            act(
                "sub",
                at("2026-12-07T15:00"),
                HoldMeeting("ESC-1", ("sub", "board"), MeetingOutcome.NOT_RESOLVED),
                occurred=at("2026-12-07T11:00"),
            ),
        ),
    ),
    Scenario(
        "a timescale is met with two open escalations on it",
        AT_RISK,
        (
            act(
                "officer",
                at("2026-12-04T16:00"),
                SendOutcome("INC-1"),
                occurred=at("2026-12-04T12:00"),
            ),
        ),
    ),
    Scenario(
        "a closure day is declared and the clock runs",
        TWO_CASES,
        (
            act(
                "manager",
                at("2026-11-30T12:00"),
                DeclareClosure(day("2026-12-03"), "Office move"),
            ),
            tick("2026-11-30T12:15"),
        ),
        ("recorded", "ticked"),
    ),
    Scenario(
        "a decision releases an action and sets two",
        ACTION,
        (
            act(
                "chair",
                at("2026-12-11T15:00"),
                Decide(
                    "ESC-1",
                    "The trust sends it by Friday",
                    "No answer came",
                    ("A1",),
                    (
                        SetAction("D1", "Send what there is", Side.AGENCY, day("2026-12-14")),
                        SetAction("D2", "Read what is sent", Side.SCSP, day("2026-12-16")),
                    ),
                ),
                occurred=at("2026-12-11T11:00"),
            ),
        ),
    ),
    Scenario(
        "an entry is corrected",
        OPEN,
        (
            act(
                "manager",
                at("2026-11-30T15:00"),
                Correct("ESC-1", RAISED, "It was raised by telephone"),
            ),
        ),
    ),
    Scenario(
        "the clock runs over several cases after a gap",
        TWO_CASES,
        (tick("2026-12-01T07:00"),),
        ("ticked",),
    ),
)
OF_THE_VIEWS = (
    Scenario(
        "the views are built anew",
        OPEN,
        (Step(at("2026-11-30T12:00"), anew=True),),
        ("built anew",),
    ),
    Scenario(
        "the views are lost and an act is recorded",
        OPEN,
        (act("officer", at("2026-11-30T15:00"), Inform("ESC-1", Informed.BUSINESS_MANAGER)),),
        without_views=True,
    ),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
