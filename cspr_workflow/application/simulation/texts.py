"""What people write in a simulation: short invented sentences, in every length from 30 to 300."""

from random import Random

LONGEST = 300
_GOES_ON = 0.4

CONCERNS = {
    "notification": (
        "Confirmation of the circumstances, needed for the Panel notification, not received",
        "The summary of involvement asked for on the day of the report has not come",
        "Nobody has confirmed which services were involved; the notification cannot be completed",
        "Details of the medical opinion, needed before the bodies are notified, still outstanding",
        "The serious incident form came back without the part that this agency has to fill in",
    ),
    "rapid_review": (
        "Chronology for the rapid review not returned; a second request was sent on Monday",
        "Information return for the rapid review is overdue and nobody has been named to write it",
        "Attendance and pastoral records asked for two weeks ago have not been received",
        "The return leaves out the last six months and the gap has not been explained",
        "No one from the agency came to the scoping discussion, and no records were sent",
        "Supervision notes and the contact log are missing from the rapid review return",
        "The agency's return was promised three times and has not come",
    ),
    "review": (
        "The reviewer still has no access to the case records, four weeks after the request",
        "No author has been named for the agency report that the reviewer is waiting for",
        "The agency report is overdue and the practitioners' event cannot be planned without it",
        "Disclosure schedule for the reviewer outstanding since the commissioning meeting",
        "Comments on the draft report not received; the panel cannot agree the findings",
        "Practitioners have not been released for the learning event",
    ),
    "publication": (
        "Agreement to the final wording is outstanding and publication cannot be prepared",
        "The agency's response to the recommendations is missing from the final report",
        "No named contact for the publication plan, asked for when the review was completed",
        "The agency has not said whether its own proceedings stand in the way of publication",
    ),
}
"""The concern of an escalation, by the timescale that it puts at risk."""

SAID = (
    "The author is on leave until Thursday; the deputy looks into it",
    "The safeguarding office has the request but nobody has started on it",
    "They know of the request and cannot give a date yet",
    "The return is written and waits for the director to approve it",
    "Went through what is missing, line by line; they will answer in writing",
    "The service lead did not know of the request and apologised",
    "They ask whether a shorter return would do for now; it would not",
    "Left a message with the duty desk and asked for a call back before noon",
    "Agreed that the records are sent as they stand and corrected later",
    "They had understood that another team would answer for both",
)
REASONS_FOR_DELAY = (
    "The request went to a mailbox that is not read since the team moved offices",
    "Records before the system change are held in an archive and have to be brought over",
    "The worker who holds the log has left and the handover took a week",
    "The summary has to be cleared by an officer who is back on Friday",
    "Two senior posts are vacant and nobody could be released to write it",
    "Access for outside reviewers needs the data protection officer's agreement",
    "The school nursing team was not copied into the request and starts today",
    "The legal department asked to see the return first and has not answered",
    "An inspection took all of the team's time last week",
)
TO_DO = {
    "agency": (
        "Return the combined chronology of all teams involved",
        "Send the attendance and pastoral records, the archive included",
        "Name an author for the agency report and release the time for it",
        "Give the reviewer read access to the case records",
        "Provide the disclosure schedule and a contact for questions",
        "Return the assessment together with the contact log",
        "Confirm in writing which services were involved and when",
        "Deliver the supervision notes for the period under review",
        "Send comments on the draft report, or say that there are none",
        "Release two practitioners for the learning event",
    ),
    "scsp": (
        "Send the request again, with the scope and a template for the return",
        "Agree with the data protection officer how records are shared",
        "Explain to the author what the panel needs to know",
        "Book a room and invite all parties to a short meeting",
    ),
}
"""What an agreed action asks for, by the side that owns it."""

EVIDENCE = (
    "Sent by secure e-mail in the afternoon; receipt confirmed by the business unit",
    "Uploaded to the shared folder, with an index of what is there",
    "Delivered to the business unit by hand, receipt signed",
    "Account opened on Wednesday evening; the reviewer has signed in",
    "Author named in writing to the reviewer, with the days of release",
    "Returned complete, with a note on two entries that are still being checked",
    "Letter of confirmation received and filed with the case",
)
DISPUTES = (
    "Two of the five attendances are missing from what was sent",
    "The return ends a year before the incident; the rest was asked for as well",
    "The file cannot be opened and nobody answers the telephone",
    "What came is last year's version and not the one that was agreed",
    "The account was opened but shows none of the records",
)
RELEASES = (
    "No longer needed: the same information came from another agency",
    "Overtaken by the outcome of the meeting; a shorter return is enough",
    "The panel has decided to go on without it",
    "The records turn out not to exist; this was confirmed in writing",
)
ESCALATING = (
    "The panel meets next week and nothing is gained by waiting for the limit",
    "Written refusal received; the next stage need not wait",
    "Three promises were not kept and the timescale cannot bear a fourth",
    "The representative says that a decision above their level is needed",
)
DECISIONS = (
    "The chronology is delivered without sign-off; corrections can follow",
    "The agency names an author and releases two days a week until the report is in",
    "The review goes on without this return, and the report says so",
    "A summary of two pages takes the place of the full return",
    "The agency's director brings the records to the next meeting of the partnership",
    "The reviewer speaks with the practitioners directly; the agency makes the time for it",
)
DECISION_REASONS = (
    "The timescale cannot wait for the agency's own clearance",
    "The report cannot be written by anyone else and the reviewer's plan depends on it",
    "What is missing is known from two other agencies and proportionate to leave out",
    "All parties were heard; nobody could name an earlier date",
    "The learning is the same with a shorter return, and it comes in time",
)
OUTCOMES = (
    "Received on the agreed day and complete",
    "Records received in the afternoon; settled without going further",
    "Received one day late; the agency will report on its clearance route",
    "Received in two parts, both checked; nothing is outstanding",
    "Author named and working; the reviewer has what is needed",
    "Settled between the representatives; the business unit keeps the record",
)
NO_LONGER_NEEDED = (
    "The timescale was met without this return; the matter is closed",
    "The incident's review has ended and nothing more is asked of the agency",
    "Closed because the review went on with what was there",
)
CLEARED_UP = (
    "Closed at the half-yearly look through the register; it should have been closed before",
    "Found still open, with nothing outstanding, and closed",
    "Closed after the auditor asked why it was still open",
)
WITHDRAWING = (
    "Raised in error: the request had gone to the wrong agency",
    "The return had been in the business unit's mailbox since the week before",
    "Another escalation on the same incident covers this concern",
    "The agency turns out not to have been involved in the period under review",
)
COMMISSIONING = (
    "Likely new learning on how agencies share concerns; not covered by an earlier review",
    "Repeated delay between settings before the incident, which no single agency can answer for",
    "Questions on the response to repeated calls, of importance beyond this area",
    "A pattern that two earlier reviews touched on and that neither explained",
)
NO_REVIEW = (
    "The learning is known and already in the improvement plan",
    "The rapid review has found what there is to learn; agencies report in the autumn",
    "A review of the same theme is under way and takes this case in",
    "Criteria met, but nothing new to learn that would justify a review",
)
DEFERRING = (
    "Publication before the trial could prejudice the proceedings",
    "The coroner has asked that nothing be published before the inquest",
    "The family has asked for time to read the report before it is published",
    "A disciplinary hearing about the same events has not ended",
)
PROCEDURES = ("Criminal proceedings", "Inquest", "Family court proceedings", "Disciplinary hearing")
WITHHOLDING = (
    "Publication would identify the family whatever is left out",
    "On medical advice: publication would harm a surviving sibling's recovery",
    "By order of the court, until further notice",
)
CRITERIA_NOT_MET = (
    "Second medical opinion: an accident, and the criteria are not met",
    "The information that came later shows that the criteria are not met",
    "Reported twice: the other reference is kept and this one withdrawn",
)
BODIES = (
    "Regional improvement adviser",
    "Integrated care board, safeguarding lead",
    "Probation Service, regional office",
    "Coroner's office",
    "Regional schools adviser",
)
MORE = (
    "Asked to confirm this in writing.",
    "The representative has been told and will pass it on.",
    "To be looked at again at the next meeting of the subgroup.",
    "The manager has been informed.",
    "A note of the conversation is with the case papers.",
    "Nobody raised an objection.",
    "The earlier dates no longer hold.",
    "This was said before and is repeated here for the record.",
    "If nothing comes by then, the next step follows without a further reminder.",
    "The reviewer has been told of the delay and has changed the order of the interviews.",
)
CLOSURE = "Business unit closed between Christmas and the New Year"
OPEN_AFTER_ALL = "The business unit stays open on this day after all"


def written(rng: Random, stock: tuple[str, ...]) -> str:
    """A text that begins with a sentence from the stock; some people write more than others."""
    text = rng.choice(stock)
    while rng.random() < _GOES_ON:
        more = rng.choice(MORE)
        longer = f"{text.rstrip('.')}. {more}"
        if more in text or len(longer) > LONGEST:
            break
        text = longer
    return text
