"""The steps of a review, and an incident brought to each of its states."""

from cspr_workflow.domain.acts import (
    Body,
    CompleteReview,
    ConveneRapidReview,
    DecideReview,
    DeferPublication,
    Notify,
    PublishReview,
    SendOutcome,
    WithdrawIncident,
    WithholdPublication,
)
from tests.support import World, limit

NOTIFY_PANEL = Notify("INC-1", Body.NATIONAL_PANEL)
NOTIFY_OFSTED = Notify("INC-1", Body.OFSTED)
NOTIFY_DFE = Notify("INC-1", Body.DFE)
CONVENE = ConveneRapidReview("INC-1")
SEND = SendOutcome("INC-1")
COMMISSION = DecideReview("INC-1", True, "SLPR subgroup", "New learning")
NO_REVIEW = DecideReview("INC-1", False, "SLPR subgroup", "Learning is known")
COMPLETE = CompleteReview("INC-1")
DEFER = DeferPublication("INC-1", "The trial is listed for May", "Criminal trial")
PUBLISH = PublishReview("INC-1")
WITHHOLD = WithholdPublication("INC-1", "A sibling would be known by it")
WITHDRAW = WithdrawIncident("INC-1", "The criteria are not met")

T1 = limit("2026-12-01", 5, "2026-11-24", "T1", anchor="incident", skipped=["2026-11-28 Saturday", "2026-11-29 Sunday"])  # fmt: skip
WEEKENDS = [
    "2026-11-28 Saturday", "2026-11-29 Sunday", "2026-12-05 Saturday", "2026-12-06 Sunday",
    "2026-12-12 Saturday", "2026-12-13 Sunday",
]  # fmt: skip
T2 = limit("2026-12-18", 15, "2026-11-27", "T2", anchor="national_panel", skipped=WEEKENDS)

WAY = {
    "reported": [],
    "notified": [NOTIFY_PANEL],
    "rapid_review": [NOTIFY_PANEL, CONVENE],
    "outcome_sent": [NOTIFY_PANEL, CONVENE, SEND],
    "no_review": [NOTIFY_PANEL, CONVENE, SEND, NO_REVIEW],
    "review_commissioned": [NOTIFY_PANEL, CONVENE, SEND, COMMISSION],
    "review_completed": [NOTIFY_PANEL, CONVENE, SEND, COMMISSION, COMPLETE],
    "published": [NOTIFY_PANEL, CONVENE, SEND, COMMISSION, COMPLETE, PUBLISH],
    "withheld": [NOTIFY_PANEL, CONVENE, SEND, COMMISSION, COMPLETE, WITHHOLD],
    "withdrawn": [NOTIFY_PANEL, WITHDRAW],
}
"""The steps to each state; the days below count from Friday 27 November 2026."""
OPEN = ("reported", "notified", "rapid_review", "outcome_sent", "review_commissioned", "review_completed")  # fmt: skip


def brought_to(state: str, at: str = "2026-11-27T10:00", world: World | None = None) -> World:
    """An incident brought to a state, all of it on Friday 27 November 2026."""
    world = world or World().reported()
    for step in WAY[state]:
        world.do("manager", at, step)
    assert world.incident().state == state
    world.entries()
    return world
