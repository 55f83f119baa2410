"""A small case file that is good in form, for tests that change it and ask what is wrong."""

import json
from typing import Any

import pytest

from cspr_workflow.application import casefile
from cspr_workflow.forms import Unusable

OFFICER = {"name": "A. Officer", "role": "cspr_officer", "agency": "scsp"}
PEOPLE = {
    "officer": OFFICER,
    "manager": {"name": "B. Manager", "role": "business_manager", "agency": "scsp"},
    "trust": {"name": "C. Lead", "role": "agency_representative", "agency": "Acute Trust"},
}
REPORT = {
    "at": "2026-11-26T10:00",
    "by": "officer",
    "act": "report_incident",
    "incident": "INC-1",
    "incident_on": "2026-11-24",
    "aware_on": "2026-11-25",
}
RAISE = {
    "at": "2026-11-30T09:30",
    "by": "officer",
    "act": "raise_escalation",
    "escalation": "ESC-1",
    "incident": "INC-1",
    "timescale": "rapid_review",
    "agency": "Acute Trust",
    "concern": "No return received",
}
ON = {"at": "2026-12-01T10:00", "by": "officer", "escalation": "ESC-1"}
REASON = ON | {"act": "give_reason", "reason": "Sickness"}
ACTION = ON | {
    "act": "record_action",
    "action": "A1",
    "what": "Send the return",
    "owner": "agency",
    "due": "2026-12-02",
}
MEETING = ON | {"act": "hold_meeting", "present": ["officer"], "outcome": "resolved"}
DECISION = ON | {
    "act": "decide",
    "decision": "The return is sent",
    "reasons": "It is late",
    "sets": [{"action": "A2", "what": "Send", "owner": "agency", "due": "2026-12-09"}],
}
CLOSURE = {
    "at": "2026-12-01T10:00",
    "by": "manager",
    "act": "declare_closure",
    "day": "2026-12-29",
    "reason": "Office shut",
}
TICK = {"at": "2026-12-01T10:00", "act": "tick"}
CASE: dict[str, Any] = {
    "title": "A case",
    "policy": "sandwell-2018",
    "people": PEOPLE,
    "acts": [REPORT, RAISE],
}
INCIDENT = {"incident": "INC-1"}
ESCALATION = {"escalation": "ESC-1"}
ONE_ACTION = {"escalation": "ESC-1", "action": "A1"}
FIELDS: dict[str, dict[str, Any]] = {
    "report_incident": INCIDENT | {"incident_on": "2026-11-24", "aware_on": "2026-11-25"},
    "notify": INCIDENT | {"body": "ofsted"},
    "convene_rapid_review": INCIDENT,
    "send_outcome": INCIDENT,
    "decide_review": INCIDENT | {"commission": False, "decided_by": "All", "reasons": "r"},
    "complete_review": INCIDENT,
    "defer_publication": INCIDENT | {"reasons": "r", "procedure": "An inquest"},
    "publish_review": INCIDENT,
    "withhold_publication": INCIDENT | {"reasons": "r"},
    "withdraw_incident": INCIDENT | {"reasons": "r"},
    "raise_escalation": ESCALATION
    | INCIDENT
    | {"timescale": "review", "agency": "Acute Trust", "concern": "c"},
    "record_discussion": ESCALATION | {"how": "e-mail", "said": "s"},
    "inform": ESCALATION | {"role": "agency_representative"},
    "give_reason": ESCALATION | {"reason": "r"},
    "record_action": ONE_ACTION | {"what": "w", "owner": "agency", "due": "2026-12-02"},
    "acknowledge_action": ONE_ACTION,
    "vary_action": ONE_ACTION,
    "complete_action": ONE_ACTION | {"evidence": "e"},
    "confirm_action": ONE_ACTION,
    "dispute_completion": ONE_ACTION | {"reason": "r"},
    "release_action": ONE_ACTION | {"reason": "r"},
    "escalate": ESCALATION | {"reason": "r"},
    "hold_meeting": ESCALATION | {"present": ["officer"], "outcome": "not_resolved"},
    "notify_chair": ESCALATION,
    "consult": ESCALATION | {"body": "Another partnership"},
    "decide": ESCALATION | {"decision": "d", "reasons": "r"},
    "resolve": ESCALATION | {"outcome": "o"},
    "withdraw_escalation": ESCALATION | {"reason": "r"},
    "declare_closure": {"day": "2026-12-29", "reason": "r"},
    "withdraw_closure": {"day": "2026-12-29", "reason": "r"},
}
"""Every act with the fields that it needs, as the format of case files has them."""

LEFT_OUT_OR_NOT = [
    ("raise_escalation", "variant", "urgent"),
    ("defer_publication", "until", "2027-09-01"),
    ("vary_action", "what", "Send all of it"),
    ("vary_action", "due", "2026-12-09"),
    ("decide", "releases", ["A1"]),
    ("decide", "sets", [{"action": "A2", "what": "w", "owner": "scsp", "due": "2026-12-09"}]),
]
"""What an act may have besides."""

REPORTABLE = {
    "record_discussion",
    "give_reason",
    "acknowledge_action",
    "vary_action",
    "complete_action",
    "confirm_action",
    "dispute_completion",
    "release_action",
}
"""What can be recorded on behalf of the agency."""

CLOSURES = {"declare_closure", "withdraw_closure"}

LEFT_OUT = object()


def case(**changes: Any) -> dict[str, Any]:
    return changed(CASE, changes)


def changed(data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (data | changes).items() if value is not LEFT_OUT}


def parsed(data: object) -> casefile.CaseFile:
    return casefile.parse(json.dumps(data).encode(), "case.json")


def faults_in(text: bytes) -> dict[str, str]:
    """What is wrong with a file: messages by place, the places in the order of the file."""
    with pytest.raises(Unusable) as caught:
        casefile.parse(text, "case.json")
    assert caught.value.source == "case.json"
    places = [fault.place for fault in caught.value.faults]
    assert len(set(places)) == len(places), places
    for fault in caught.value.faults:
        assert f"case.json: {fault}" in str(caught.value)
    return {fault.place: fault.message for fault in caught.value.faults}


def faults_of(data: object) -> dict[str, str]:
    return faults_in(json.dumps(data).encode())


def only_fault(data: object) -> tuple[str, str]:
    [fault] = faults_of(data).items()
    return fault
