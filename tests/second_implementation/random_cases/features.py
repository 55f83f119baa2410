"""Features of an escalation and an incident by which it is seen what cases reach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..process.actions import Action
from ..process.days import local_day, midnight_that_ends, midnight_that_opens
from ..process.escalations import Escalation, Visit
from ..process.incidents import Incident


def escalation_features(one: Escalation, now: datetime) -> Iterator[str]:
    yield f"escalation {one.outcome()['state']}"
    for visit in one.visits[1:]:
        yield from visit_features(visit)
    yield from return_features(one)
    yield from limit_features(one, now)
    yield from risk_features(one)
    if one.decided:
        yield "decided"
    if one.reforecasts:
        yield "re-forecast"
    if one.resolved is not None:
        outcome = one.resolved["outcome"]
        kind = outcome if outcome in ("resolved", "withdrawn") else "by resolve"
        yield f"resolved {kind}"
        if one.something_in_force_outstanding():
            yield "resolved with an action open"
    for action in one.actions.values():
        yield from action_features(action)


def visit_features(visit: Visit) -> Iterator[str]:
    yield f"move {visit.stage} {visit.reason}"
    at_midnight = visit.entered == midnight_that_opens(local_day(visit.entered))
    if visit.by == "clock" and not at_midnight:
        yield "move by the clock at no midnight (unsettled, or late terms)"
    if visit.follow_on is not None:
        yield f"follow-on {visit.stage}"
    if visit.by != "clock" and at_midnight:
        yield "move by a person at a midnight"


def return_features(one: Escalation) -> Iterator[str]:
    stages = [visit.stage for visit in one.visits]
    first_stay = next((visit for visit in one.visits if visit.stage == "stage_2"), None)
    if first_stay is not None and first_stay.follow_on and stages.count("stage_2") == 2:
        yield "return to a stage 2 that had a follow-on limit"
    if stages.count("stage_3") == 2:
        yield "stage 3 again after a return"


def limit_features(one: Escalation, now: datetime) -> Iterator[str]:
    shown = one.outcome()
    if one.stage == "stage_3" and one.stage_2_meeting_recorded and "limit" in shown:
        yield "stage 3 with a stage-2 meeting recorded"
    if "limit" in shown:
        yield f"limit {shown['limit']['stage']} {shown['limit']['state']}"
        if one.settled() and midnight_that_ends(one.limit_day()) <= now:
            yield "settled past its limit"
    if one.settled() and one.is_open():
        yield f"settled in {one.stage}"


def risk_features(one: Escalation) -> Iterator[str]:
    if one.no_longer_at_risk is None:
        return
    yield f"no longer at risk, {one.outcome()['state']}"
    if one.stage == "stage_2" and one.here.meetings and one.something_overdue():
        yield "no longer at risk, stage 2 with outcome, action not maintained"
    if any(action.not_maintained for action in one.actions.values()):
        yield "not maintained and no longer at risk"


def action_features(action: Action) -> Iterator[str]:
    yield f"action {action.state()}"
    if action.by_decision:
        yield f"action by decision, {action.state()}"
    if action.reported:
        yield f"reported, {action.state()}"
    if action.differs():
        yield f"differing shown, {action.state()}"
    if action.differs() and action.in_force is not None:
        yield "differing while in force"
    if action.released and action.release_said_by != {"scsp", "agency"}:
        yield "released by decision"


def incident_features(one: Incident) -> Iterator[str]:
    yield f"incident {one.state}"
    for name, timescale in one.timescales.items():
        yield f"timescale {name} {timescale.state}"
    publication = one.timescales["publication"]
    if publication.is_met() and publication.last_day is None:
        yield "published while deferred"
