"""A story in which people write every kind of free text that there is, each with a word of its own."""

from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    CompleteReview,
    Consult,
    ConveneRapidReview,
    Correct,
    Decide,
    DecideReview,
    DeferPublication,
    DisputeCompletion,
    Escalate,
    GiveReason,
    Notify,
    RaiseEscalation,
    RecordAction,
    RecordDiscussion,
    ReleaseAction,
    ReportIncident,
    Resolve,
    SendOutcome,
    SetAction,
    VaryAction,
    WithdrawEscalation,
    WithdrawIncident,
    WithholdPublication,
)
from cspr_workflow.domain.acts import Body as NotifiedBody
from cspr_workflow.domain.people import Means, Side
from tests.store.store_world import StoreWorld
from tests.support import TRUST, day

SECRET = "kingfisher"
"""A word that stands in every text that somebody writes here, and nowhere else."""


def text(about: str) -> str:
    """A free text about something, with the secret word in the middle."""
    return f"{about}: the {SECRET} of {about} – told in confidence"


def tell(world: StoreWorld) -> StoreWorld:
    """Two incidents, three escalations, every act that takes a free text, with the clock between."""
    for incident in ("INC-1", "INC-2"):
        report = ReportIncident(incident, day("2026-11-24"), day("2026-11-25"))
        world.do("officer", "2026-11-26T10:00", report)
    for escalation in ("ESC-1", "ESC-2"):
        concern = text(f"concern of {escalation}")
        raising = RaiseEscalation(escalation, "INC-1", "rapid_review", TRUST, concern)
        world.do("officer", "2026-11-30T09:30", raising)
    _actions(world)
    world.tick("2026-12-04T07:00")
    world.do("manager", "2026-12-04T09:00", Escalate("ESC-1", text("escalating")))
    _decision(world)
    _correction(world)
    world.do("manager", "2026-12-14T10:00", WithdrawEscalation("ESC-2", text("withdrawing")))
    _review(world)
    world.do("manager", "2026-12-15T10:00", WithdrawIncident("INC-2", text("no criteria")))
    world.tick("2027-03-01T07:00")
    return world


def _actions(world: StoreWorld) -> None:
    at = "2026-11-30T10:00"
    world.do("officer", at, RecordDiscussion("ESC-1", Means.CALL, text("discussion")))
    world.do("trust", at, GiveReason("ESC-1", text("reason for the delay")))
    for action in ("A1", "A2"):
        what = text(f"action {action}")
        record = RecordAction("ESC-1", action, what, Side.AGENCY, day("2026-12-09"))
        world.do("officer", at, record)
    world.do("trust", at, VaryAction("ESC-1", "A1", text("another wording")))
    world.do("officer", at, AcknowledgeAction("ESC-1", "A1"))
    world.do("trust", at, AcknowledgeAction("ESC-1", "A2"))
    world.do("trust", at, CompleteAction("ESC-1", "A1", text("evidence")))
    world.do("officer", at, DisputeCompletion("ESC-1", "A1", text("dispute")))
    world.do("officer", at, ReleaseAction("ESC-1", "A2", text("not needed")))


def _decision(world: StoreWorld) -> None:
    world.do("chair", "2026-12-11T10:00", Consult("ESC-1", text("a body")))
    sets = tuple(
        SetAction(action, text(f"set {action}"), Side.AGENCY, day("2026-12-16"))
        for action in ("D1", "D2")
    )
    decide = Decide("ESC-1", text("decision"), text("reasons of it"), ("A1", "A2"), sets)
    world.do("chair", "2026-12-11T11:00", decide)
    for action in ("D1", "D2"):
        world.do("board", "2026-12-11T12:00", CompleteAction("ESC-1", action, text("handed in")))
    world.do("chair", "2026-12-11T13:00", Resolve("ESC-1", text("outcome")))


def _correction(world: StoreWorld) -> None:
    for reference, kind in (("ESC-1", "escalation"), ("INC-1", "incident")):
        event = str(world.record.read(f"{kind}:{reference}")[0].id)
        correct = Correct(reference, event, text(f"correction of {reference}"))
        world.do("officer", "2026-12-11T14:00", correct)


def _review(world: StoreWorld) -> None:
    at = "2026-12-14T11:00"
    steps = [
        *(Notify("INC-1", body) for body in NotifiedBody),
        ConveneRapidReview("INC-1"),
        SendOutcome("INC-1"),
        DecideReview("INC-1", True, text("who decided"), text("why a review")),
        CompleteReview("INC-1"),
        DeferPublication("INC-1", text("why later"), text("procedure"), day("2027-02-01")),
        WithholdPublication("INC-1", text("why never")),
    ]
    for step in steps:
        world.do("manager", at, step)
