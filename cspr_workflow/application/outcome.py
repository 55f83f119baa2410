"""The outcome of cases as plain data: where each incident and escalation stands, and how it got there."""

from collections.abc import Iterable
from typing import Any

from cspr_workflow.application.play import Played, Refused
from cspr_workflow.domain.actions import Action
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.escalation import Escalation, Meeting, StageEntry
from cspr_workflow.domain.incident import Incident, Running
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.policy import Kind, Policy, Stage

Plain = dict[str, Any]


def outcome(played: Played) -> Plain:
    """The outcome of a played case file, as its public format says."""
    workflow = played.workflow
    return {
        "incidents": {
            case.reference: incident_outcome(case, workflow.policy(case.policy))
            for case in workflow.incidents()
        },
        "escalations": {
            case.reference: escalation_outcome(case, workflow.policy(case.policy))
            for case in workflow.escalations()
        },
        "refused": refusals(played.refused),
    }


def refusals(refused: Iterable[Refused]) -> list[Plain]:
    """What was refused, in the order of the file."""
    return [
        {"act": one.act, "error": one.refusal.code.value, "message": one.refusal.message}
        for one in refused
    ]


def incident_outcome(incident: Incident, policy: Policy) -> Plain:
    """An incident's state and its timescales."""
    return {
        "state": incident.state.value,
        "timescales": {t.id: _timescale(incident.timescale(t.id)) for t in policy.timescales},
    }


def _timescale(running: Running) -> Plain:
    shown: Plain = {"state": running.state.value}
    if running.deadline is not None:
        shown["last_day"] = running.deadline.last_day.isoformat()
    if running.met_on is not None:
        shown["met_on"] = running.met_on.isoformat()
    return shown


def escalation_outcome(escalation: Escalation, policy: Policy) -> Plain:
    """An escalation's state, its ladder, the stages it went through, and its actions."""
    civil = policy.civil
    outcome: Plain = {
        "state": escalation.state,
        "last_days": _last_days(escalation, policy),
        "stages": [_stage_entry(entry, civil) for entry in escalation.stages],
        "actions": {reference: _action(action) for reference, action in escalation.actions.items()},
    }
    stage = policy.stage(escalation.stage)
    if escalation.ending is None and stage.kind is not Kind.DISCUSSION:
        outcome["limit"] = {
            "stage": stage.id,
            "last_day": escalation.limit.last_day.isoformat(),
            "state": limit_state(escalation, stage),
        }
    if escalation.no_longer_at_risk is not None:
        outcome["no_longer_at_risk"] = civil.local(escalation.no_longer_at_risk).isoformat()
    if escalation.ending is not None:
        outcome["resolved"] = {
            "entered": civil.local(escalation.ending.occurred).isoformat(),
            "by": escalation.ending.by,
            "outcome": escalation.ending.outcome,
        }
    return outcome


def limit_state(escalation: Escalation, stage: Stage) -> str:
    """``running``, ``passed``, or by its earliest meeting ``met`` or ``met_late``."""
    meetings = escalation.meetings_of_stage
    if stage.meeting_by and meetings:
        return "met" if met_in_time(escalation, meetings) else "met_late"
    return "passed" if escalation.limit_passed else "running"


def met_in_time(escalation: Escalation, meetings: Iterable[Meeting]) -> bool:
    """Whether the earliest meeting happened before the limit fell due."""
    return min(meeting.occurred for meeting in meetings) < escalation.limit.falls_due


def _last_days(escalation: Escalation, policy: Policy) -> Plain:
    days = {
        stage.id: escalation.limits[stage.id].last_day.isoformat()
        for stage in policy.stages
        if stage.kind is not Kind.DISCUSSION and stage.id in escalation.limits
    }
    if escalation.follow_on is not None:
        days["follow_on"] = escalation.follow_on.last_day.isoformat()
    return days


def _stage_entry(entry: StageEntry, civil: CivilTime) -> Plain:
    shown = {
        "stage": entry.stage,
        "entered": civil.local(entry.entered).isoformat(),
        "by": entry.by,
    }
    if entry.reason is not None:
        shown["reason"] = entry.reason.value
    return shown


def _action(action: Action) -> Plain:
    shown: Plain = {
        "state": action.state.value,
        "what": action.shown.what,
        "owner": action.owner.value,
        "due": action.shown.due.isoformat(),
        "agreed_by": sorted(side.value for side in action.agreed_by),
        "done_on": action.done_on.isoformat() if action.done_on else None,
    }
    if action.reported:
        shown["reported"] = True
    if action.differing:
        shown["differing"] = {
            side.value: {"what": terms.what, "due": terms.due.isoformat()}
            for side in Side
            if (terms := action.record_of(side)) is not None
        }
    return shown
