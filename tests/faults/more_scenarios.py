"""Ten more things that people and the clock do: tried one operation in some by the tests, and all of them
by the campaign."""

from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    AddPerson,
    CompleteAction,
    ConfirmAction,
    DeclareClosure,
    DisputeCompletion,
    Escalate,
    ReleaseAction,
    Resolve,
    WithdrawClosure,
    WithdrawEscalation,
    WithdrawIncident,
)
from cspr_workflow.domain.people import Means, Role
from tests.faults.scenarios import ACTION, AT_RISK, OPEN, TWO_CASES, Scenario, cases_open, tick
from tests.faults.stores import act, at
from tests.support import TRUST, day

AGREED = (
    *ACTION,
    act(
        "officer",
        at("2026-11-30T14:00"),
        AcknowledgeAction("ESC-1", "A1"),
        occurred=at("2026-11-30T13:50"),
        means=Means.CALL,
    ),
)
COMPLETED = (
    *AGREED,
    act("trust", at("2026-12-01T10:00"), CompleteAction("ESC-1", "A1", "It was sent by e-mail")),
)
CLOSED = (
    *TWO_CASES,
    act("manager", at("2026-11-30T12:00"), DeclareClosure(day("2026-12-03"), "Office move")),
)

MORE_SCENARIOS = (
    Scenario(
        "an action is completed, confirmed, and the case resolved",
        AGREED,
        (
            act("trust", at("2026-12-01T10:00"), CompleteAction("ESC-1", "A1", "Sent by e-mail")),
            act("officer", at("2026-12-01T11:00"), ConfirmAction("ESC-1", "A1")),
            act("officer", at("2026-12-01T12:00"), Resolve("ESC-1", "All came in")),
        ),
        ("recorded", "recorded", "recorded"),
    ),
    Scenario(
        "a completion is disputed",
        COMPLETED,
        (
            act(
                "officer",
                at("2026-12-01T15:00"),
                DisputeCompletion("ESC-1", "A1", "Half of it is missing"),
            ),
        ),
    ),
    Scenario(
        "both sides release an action",
        AGREED,
        (
            act("trust", at("2026-12-01T10:00"), ReleaseAction("ESC-1", "A1", "Not needed")),
            act("officer", at("2026-12-01T11:00"), ReleaseAction("ESC-1", "A1", "We agree")),
        ),
        ("recorded", "recorded"),
    ),
    Scenario(
        "a case is moved on before its time",
        OPEN,
        (act("manager", at("2026-11-30T15:00"), Escalate("ESC-1", "No answer is expected")),),
    ),
    Scenario(
        "an escalation is withdrawn after time has passed",
        OPEN,
        (act("manager", at("2026-12-04T10:00"), WithdrawEscalation("ESC-1", "It was in error")),),
    ),
    Scenario(
        "an incident with two open escalations is withdrawn",
        AT_RISK,
        (
            act(
                "manager",
                at("2026-12-01T10:00"),
                WithdrawIncident("INC-1", "The criteria are not met"),
            ),
        ),
    ),
    Scenario(
        "a closure day is withdrawn and the clock runs",
        CLOSED,
        (
            act(
                "manager",
                at("2026-12-01T12:00"),
                WithdrawClosure(day("2026-12-03"), "The move is put off"),
            ),
            tick("2026-12-01T12:15"),
        ),
        ("recorded", "ticked"),
    ),
    Scenario(
        "somebody takes part from now on",
        OPEN,
        (
            act(
                "admin",
                at("2026-11-30T15:00"),
                AddPerson("newcomer", Role.AGENCY_REPRESENTATIVE, TRUST),
            ),
        ),
    ),
    Scenario(
        "the clock runs after a month",
        cases_open(3),
        (tick("2026-12-31T07:00"),),
        ("ticked",),
    ),
    Scenario(
        "the clock runs twice while a disputed action waits",
        COMPLETED,
        (
            tick("2026-12-03T07:00"),
            tick("2026-12-03T07:05"),
        ),
        ("ticked", "ticked"),
    ),
)
