"""A site on which more has happened than on that of :mod:`tests.web.site`: every act has a case for it.

INC-1 goes on: ESC-1 is in stage 1 with A1 said to be done, A2 differing and A3 reported; ESC-2 is in
stage 3 with a decision; ESC-3 is withdrawn, and
ESC-4 has no actions. INC-2 to INC-6 stand one step of the review further each.
"""

from collections.abc import Iterator
from itertools import count

from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import Act, Body
from cspr_workflow.domain.people import Means, Side
from tests.support import day, raising
from tests.web.site import MadeSite

LONG = (
    "Send the chronology of all teams that were involved since the first referral, with the names of the "
    "teams and the dates of each contact, and say which of them are still being written up."
)


def make_busy(made: MadeSite) -> None:
    """Let more happen, up to 11:00 of the same day."""
    store, minutes = made.store, count(1)

    def do(by: str, act: Act, means: Means | None = None) -> None:
        store.do(by, f"2026-12-01T10:{next(minutes):02}", act, means=means)

    do("officer", acts.RecordDiscussion("ESC-1", Means.CALL, "The chronology was asked for again."))
    do("officer", acts.RecordAction("ESC-1", "A2", LONG, Side.AGENCY, day("2026-12-07")))
    do("trust", acts.VaryAction("ESC-1", "A2", due=day("2026-12-09")))
    do("officer", acts.RecordAction("ESC-1", "A3", "Meet", Side.SCSP, day("2026-12-04")))
    do("officer", acts.AcknowledgeAction("ESC-1", "A3"), Means.EMAIL)
    do("trust", acts.GiveReason("ESC-1", "Its author is ill.\nA colleague takes over."))
    do("trust", acts.CompleteAction("ESC-1", "A1", "Sent by post."))
    do("manager", acts.DeclareClosure(day("2026-12-24"), "Offices closed"))
    do("chair", acts.Escalate("ESC-2", "It cannot wait."))
    do("chair", acts.Escalate("ESC-2", "It still cannot wait."))
    sets = (acts.SetAction("D1", "Send the records", Side.AGENCY, day("2026-12-04")),)
    do("chair", acts.Decide("ESC-2", "The records are to be sent.", "They are late.", sets=sets))
    do("officer", raising("ESC-3", agency="Police"))
    do("manager", acts.WithdrawEscalation("ESC-3", "Raised by mistake."))
    do("officer", raising("ESC-4"))
    for reviewed in range(2, 7):
        for act in _review(f"INC-{reviewed}", reviewed):
            do("officer", act)
    first = store.desk.record.read("escalation:ESC-1")[0]
    do("officer", acts.Correct("ESC-1", str(first.id), "It was raised at 09:20."))
    store.tick("2026-12-01T11:00")
    made.clock.later(minutes=60)


def _review(incident: str, reviewed: int) -> Iterator[Act]:
    """The acts that bring an incident to the step of its review that is so many."""
    yield acts.ReportIncident(incident, day("2026-11-24"), day("2026-11-25"))
    yield acts.Notify(incident, Body.NATIONAL_PANEL)
    rest: list[Act] = [acts.ConveneRapidReview(incident), acts.SendOutcome(incident)]
    rest.append(acts.DecideReview(incident, True, "Safeguarding partners", "Much to learn."))
    rest.append(acts.CompleteReview(incident))
    yield from rest[: reviewed - 2]
