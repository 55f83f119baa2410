"""Threads that run through arbitrary sequences, so that some reach the deeper states.

A thread is a list of acts as they follow each other in the process: who might do it, and those of its
fields that matter; everything else about it stays arbitrary.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cspr_workflow.domain.acts import Body, MeetingOutcome
from cspr_workflow.domain.people import Side


@dataclass(frozen=True, slots=True)
class Knot:
    """An act of a thread: ``days`` after the one before it, by one of ``by``."""

    act: str
    by: tuple[str, ...] = ("officer", "manager")
    fields: Mapping[str, Any] = field(default_factory=dict)
    days: int = 0
    due_in: int | None = None
    ago: int = 0


_AGENCY = ("trust", "board", "ward", "police")
_NOTIFIED = tuple(Knot("notify", fields={"body": body}) for body in Body)
_REVIEW = (*_NOTIFIED, Knot("convene_rapid_review", days=1), Knot("send_outcome", days=9))
_COMMISSIONED = (*_REVIEW, Knot("decide_review", fields={"commission": True}))
_COMPLETED = (*_COMMISSIONED, Knot("defer_publication", days=30), Knot("complete_review", days=99))
_RECORDED = Knot("record_action", ("officer",), {"owner": Side.AGENCY}, due_in=2)
_TAKEN_OVER = Knot("acknowledge_action", _AGENCY)
_AGREED = (_RECORDED, _TAKEN_OVER)
_ESCALATED = Knot("escalate", ("manager",))
_MET = {outcome: Knot("hold_meeting", ("sub",), {"outcome": outcome}) for outcome in MeetingOutcome}
_WRITTEN_UP = Knot("hold_meeting", ("sub",), {"outcome": MeetingOutcome.ACTIONS_AGREED}, ago=4)
_SAID_LATER = Knot("record_discussion", days=5)
_CHAIR_MET = Knot("hold_meeting", ("chair",))
_DONE = Knot("complete_action", (*_AGENCY, "officer"))
_CONFIRMED = Knot("confirm_action", ("officer", "trust"))
_DISPUTED = Knot("dispute_completion", ("officer", "trust"))
_DECIDED = Knot("decide", ("chair",))
_RESOLVED = Knot("resolve", ("chair", "sub", "manager"))

THREADS: tuple[tuple[Knot, ...], ...] = (
    (*_REVIEW, Knot("decide_review", fields={"commission": False})),
    (*_COMPLETED, Knot("publish_review", days=40)),
    (*_COMPLETED, Knot("withhold_publication")),
    (*_AGREED, _DONE, _CONFIRMED, _RESOLVED),
    (*_AGREED, _DONE, _DISPUTED, _DONE, _DISPUTED),
    (_RECORDED, Knot("vary_action", _AGENCY, due_in=4), Knot("acknowledge_action"), _DONE),
    (*_AGREED, Knot("release_action"), Knot("release_action", _AGENCY), _RESOLVED),
    (*_AGREED, _ESCALATED, _ESCALATED, _MET[MeetingOutcome.ACTIONS_AGREED], _DONE, _CONFIRMED),
    (*_AGREED, _ESCALATED, _ESCALATED, _ESCALATED, _MET[MeetingOutcome.ACTIONS_AGREED]),
    (*_AGREED, _ESCALATED, _ESCALATED, _MET[MeetingOutcome.ACTIONS_AGREED], _SAID_LATER),
    (_ESCALATED, _ESCALATED, _MET[MeetingOutcome.NOT_RESOLVED], _CHAIR_MET, _DECIDED, _RESOLVED),
    (_ESCALATED, _ESCALATED, _ESCALATED, _DECIDED, _DONE, _CONFIRMED, _CHAIR_MET, _RESOLVED),
    (
        Knot("record_action", ("trust",), {"owner": Side.AGENCY}, due_in=60),
        Knot("acknowledge_action"),
        Knot("record_discussion", ("audit", "trust"), days=13),
        _WRITTEN_UP,
        _DONE,
        _RESOLVED,
    ),
    (
        Knot("declare_closure", ("manager",), due_in=2),
        Knot("declare_closure", ("manager",), due_in=3),
        Knot("withdraw_closure", ("manager",), due_in=3),
    ),
)
"""The threads; a sequence follows one of them, or none."""
