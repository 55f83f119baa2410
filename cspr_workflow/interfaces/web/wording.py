"""What the forms say: a title for each act, and a label with a hint for each of its fields."""

from typing import NamedTuple

TITLES = {
    "report_incident": "Report an incident",
    "notify": "Record that a body was notified",
    "convene_rapid_review": "Record that the rapid review was convened",
    "send_outcome": "Record that the outcome was sent to the National Panel",
    "decide_review": "Record whether an independent review is commissioned",
    "complete_review": "Record that the independent review is complete",
    "defer_publication": "Defer publication",
    "publish_review": "Record that the report is published",
    "withhold_publication": "Record that the report will not be published",
    "withdraw_incident": "Withdraw the incident",
    "raise_escalation": "Raise an escalation",
    "record_discussion": "Record a discussion",
    "inform": "Record who was informed",
    "give_reason": "Give the agency’s reason",
    "record_action": "Record an action",
    "acknowledge_action": "Acknowledge an action",
    "vary_action": "Vary an action",
    "complete_action": "Complete an action",
    "confirm_action": "Confirm that an action is done",
    "dispute_completion": "Dispute that an action is done",
    "release_action": "Release an action",
    "escalate": "Escalate now",
    "hold_meeting": "Record a meeting",
    "notify_chair": "Record that the SCSP Chair was notified",
    "consult": "Record that a body was consulted",
    "decide": "Record the final decision",
    "resolve": "Close the escalation",
    "withdraw_escalation": "Withdraw the escalation",
    "declare_closure": "Declare a closure day",
    "withdraw_closure": "Withdraw a closure day",
    "add_person": "Add a person",
    "remove_person": "Record that somebody has left",
    "update_bank_holidays": "Take over changed bank holidays",
    "correct": "Correct an entry",
}
"""The title of each act's form, which is also what a page offers."""

_NO_NAME = "In your own words. Do not name the child."


class Said(NamedTuple):
    """A field's label, and a hint where it needs one."""

    label: str
    hint: str = ""


FIELDS = {
    "report_incident.incident": Said("Reference", "A reference of your own, such as INC-2026-014."),
    "incident": Said("Incident"),
    "raise_escalation.escalation": Said(
        "Reference", "A reference of your own, such as ESC-2026-031."
    ),
    "escalation": Said("Escalation"),
    "record_action.action": Said("Reference of the action", "Such as A1, A2 and so on."),
    "action": Said("Action"),
    "incident_on": Said("When did the incident happen?"),
    "aware_on": Said("When did the local authority become aware of it?"),
    "notify.body": Said("Who was notified?"),
    "consult.body": Said("Who was consulted?"),
    "commission": Said("Is an independent review commissioned?"),
    "decided_by": Said("Who decided it?", "Their part, such as the safeguarding partners."),
    "reasons": Said("Reasons", _NO_NAME),
    "reason": Said("Reason", _NO_NAME),
    "declare_closure.reason": Said("Reason", "Such as a local closure of the offices."),
    "withdraw_closure.reason": Said("Reason"),
    "give_reason.reason": Said("The agency’s reason for the delay", _NO_NAME),
    "procedure": Said("For which parallel procedure?", "Such as criminal proceedings."),
    "until": Said("New target day", "Leave it empty if there is none yet."),
    "timescale": Said("Which timescale is at risk?"),
    "agency": Said("Which agency’s inaction puts it at risk?"),
    "concern": Said("The concern", _NO_NAME),
    "variant": Said("Does it start at a later stage?"),
    "how": Said("How did you speak with each other?"),
    "said": Said("What was said", _NO_NAME),
    "role": Said("Who was informed?"),
    "what": Said("What is to be done", _NO_NAME),
    "vary_action.what": Said("What is to be done", "Leave it empty to keep the words as they are."),
    "owner": Said("Who is to do it?"),
    "due": Said("By when?", "The last day on which it can be done in time."),
    "vary_action.due": Said("By when?", "Leave it empty to keep the day as it is."),
    "evidence": Said("What shows that it is done?", _NO_NAME),
    "present": Said("Who was present?"),
    "hold_meeting.outcome": Said("What did the meeting come to?"),
    "resolve.outcome": Said("The outcome", _NO_NAME),
    "decision": Said("The decision", _NO_NAME),
    "releases": Said("Does it release actions?", "Those that are no longer needed."),
    "sets": Said("Does it set actions?", "Leave the rows empty that you do not need."),
    "day": Said("Which day?"),
    "person": Said("Id", "A short word of your own, such as b.fielding. It never changes."),
    "remove_person.person": Said("Who has left?"),
    "add_person.role": Said("Role"),
    "add_person.agency": Said("Agency", "scsp for those who work for the partnership itself."),
    "says": Said("What is right?", _NO_NAME),
}
"""What each field of an act is called on its form: for one act, or for every act that has it."""

DANGER = "If a child is in immediate danger, call 999."
"""Said wherever an incident or an escalation is brought in."""


def field(act: str, name: str) -> Said:
    """The label and the hint of a field."""
    return FIELDS.get(f"{act}.{name}") or FIELDS[name]
