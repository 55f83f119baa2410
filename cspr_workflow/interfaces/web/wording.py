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
    "complete_action": "Say that an action is done",
    "confirm_action": "Confirm that an action is done",
    "dispute_completion": "Dispute that an action is done",
    "release_action": "Say that an action is no longer needed",
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

INTROS = {
    "report_incident": "Reporting an incident starts its first national timescale. Give it a reference; "
    "never a name.",
    "notify": "Each body is recorded once, when it has been notified.",
    "convene_rapid_review": "The rapid review has been convened.",
    "send_outcome": "The outcome of the rapid review has been sent to the National Panel.",
    "decide_review": "If one is commissioned, the times for the review and its publication start to run. "
    "If not, the incident ends here.",
    "complete_review": "The independent review is complete.",
    "defer_publication": "Publication can wait for a parallel procedure, to a new day or without one.",
    "publish_review": "The report of the review is published. The incident ends here.",
    "withhold_publication": "The report will not be published. The incident ends here.",
    "withdraw_incident": "For an incident that turns out not to meet the criteria. It ends here.",
    "raise_escalation": "For when an agency’s inaction puts a timescale at risk. The stages are counted "
    "from the day on which it is raised.",
    "record_discussion": "For anything that the parties said to each other, also before it was raised.",
    "inform": "The first duty of stage 1: who has been told of the escalation.",
    "give_reason": "Why the agency has not done what was expected of it.",
    "record_action": "What is to be done, by which side, by when. The other side sees it at once. It is "
    "agreed when the other side acknowledges it.",
    "acknowledge_action": "The other side’s words and day are taken over as they stand, and are in force "
    "from then on.",
    "vary_action": "Change the words or the day. What was agreed before stays in force until the other "
    "side acknowledges the change.",
    "complete_action": "The side that has to do the action says that it is done. The other side then "
    "confirms or disputes it.",
    "confirm_action": "The other side has said that it is done, and you agree.",
    "dispute_completion": "The other side has said that it is done, and it is not. It is outstanding again.",
    "release_action": "The action falls away once both sides have said so.",
    "escalate": "The escalation goes to the next stage at once, without waiting for the last day of this one.",
    "hold_meeting": "Who was there, and what the meeting came to.",
    "notify_chair": "The SCSP Chair has been notified formally: a duty of stage 3.",
    "consult": "The SCSP Chair has consulted a body from outside.",
    "decide": "The SCSP Chair’s decision is final. It can release actions and set new ones.",
    "resolve": "The escalation ends here. Every action in force has to be done or released first, unless "
    "the timescale is no longer at risk.",
    "withdraw_escalation": "For an escalation that should not go on. It ends here, whatever is outstanding.",
    "declare_closure": "The day is not counted for the stages of escalations. The next page shows which "
    "limits it would move.",
    "withdraw_closure": "The day is counted again. The next page shows which limits it would move.",
}
"""What each act is, in a sentence or two, at the head of its form."""

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

WHEN = {
    "report_incident": "When was it reported?",
    "notify": "When was the body notified?",
    "decide_review": "When was it decided?",
    "raise_escalation": "When was it raised?",
    "record_discussion": "When did you speak with each other?",
    "inform": "When were they told?",
    "record_action": "When was it recorded?",
    "complete_action": "When was it done?",
    "hold_meeting": "When was the meeting?",
    "decide": "When was it decided?",
}
"""When an act happened, as its form asks where that needs words of its own."""

DANGER = "If a child is in immediate danger, call 999."
"""Said wherever an incident or an escalation is brought in."""


def field(act: str, name: str) -> Said:
    """The label and the hint of a field."""
    return FIELDS.get(f"{act}.{name}") or FIELDS[name]
