"""The ladder's days of an escalation raised on Monday 30 November 2026, and meetings held in it."""

from cspr_workflow.domain.acts import (
    HoldMeeting,
    Inform,
    Informed,
    MeetingOutcome,
)
from cspr_workflow.domain.people import Side
from tests.support import World, limit

# Raised on Monday 30 November 2026 at 09:30.
D1 = limit("2026-11-30", 1, "2026-11-30", "E1.5")  # until Tuesday, day 1, opens
D3 = limit("2026-12-03", 3, "2026-11-30", "E1.5")  # Thursday
WEEKEND = ["2026-12-05 Saturday", "2026-12-06 Sunday"]
TWO_WEEKENDS = [*WEEKEND, "2026-12-12 Saturday", "2026-12-13 Sunday"]
D7 = limit("2026-12-09", 7, "2026-11-30", "E2.2", skipped=WEEKEND)  # Wednesday
D10 = limit("2026-12-14", 10, "2026-11-30", "E3.4", skipped=TWO_WEEKENDS)  # Monday

INFORM = Inform("ESC-1", Informed.BUSINESS_MANAGER)


def meeting(outcome: MeetingOutcome, *present: str) -> HoldMeeting:
    return HoldMeeting("ESC-1", present or ("sub", "board"), outcome)


def moves(entries) -> list[tuple[str, str, str]]:
    """What the clock recorded: which fact, when it fell due (UTC), under which clause."""
    return [
        (
            getattr(entry.fact, "stage", None) or entry.fact.action,
            entry.occurred.strftime("%Y-%m-%dT%H:%M"),
            entry.clause,
        )
        for entry in entries
    ]


def in_stage_2_with_actions_agreed(due: str, *, owner: Side = Side.AGENCY) -> World:
    """Stage 2 since Friday 4 December; on Monday the 7th an action is agreed and the meeting held."""
    world = World().raised().agreed("2026-12-07T10:00", due=due, owner=owner)
    world.do("sub", "2026-12-07T10:30", meeting(MeetingOutcome.ACTIONS_AGREED))
    world.entries()
    return world
