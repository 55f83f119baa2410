"""The duties of each stage: done, and when, or not done. A stage reached is not a duty done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation_facts import (
    ChairNotified,
    MeetingHeld,
    PartyInformed,
    ReasonGiven,
    StageEntered,
)
from cspr_workflow.domain.policy import Duty, Policy, Stage


@dataclass(frozen=True, slots=True)
class DutyDone:
    """A duty of a stage that was reached; ``done`` is when its last part happened, if it did."""

    stage: Stage
    duty: Duty
    done: datetime | None


def duties(entries: Iterable[Entry], opening: str, policy: Policy) -> list[DutyDone]:
    """The duties of every stage that an escalation reached; it was raised into ``opening``."""
    reached = {opening}
    first: dict[str, datetime] = {}
    for entry in entries:
        if isinstance(entry.fact, StageEntered):
            reached.add(entry.fact.stage)
        key = duty_part(entry)
        if key is not None:
            first[key] = min(entry.occurred, first.get(key, entry.occurred))
    return [
        DutyDone(stage, duty, done(stage.id, duty, first))
        for stage in policy.stages
        if stage.id in reached
        for duty in stage.duties
    ]


def duty_part(entry: Entry) -> str | None:
    """The part of a duty that an entry fulfils, or ``None``."""
    match entry.fact:
        case PartyInformed(role=role):
            return f"inform:{role}"
        case ReasonGiven():
            return "give_reason"
        case ChairNotified():
            return "notify_chair"
        case MeetingHeld(stage=stage):
            return f"hold_meeting:{stage}"
        case _:
            return None


def done(stage: str, duty: Duty, first: Mapping[str, datetime]) -> datetime | None:
    """When the last part of a stage's duty was first done, or ``None`` where one was not."""
    keys = parts(stage, duty)
    if not all(key in first for key in keys):
        return None
    return max(first[key] for key in keys)


def parts(stage: str, duty: Duty) -> list[str]:
    """The parts of a stage's duty, as :func:`duty_part` names them; it is done once all of them are."""
    return [f"{act}:{stage}" if act == "hold_meeting" else act for act in duty.done_by]
