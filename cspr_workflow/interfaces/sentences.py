"""Sentences for people: every fact of the record, every date and every derivation in plain words.

Each fact has exactly one sentence, made from its typed parts; a test walks over all of them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cspr_workflow.domain import actions, corrections, escalation_facts, incident, partnership
from cspr_workflow.domain.acts import MeetingOutcome
from cspr_workflow.domain.calendar import END_OF_TIME, ONE_DAY, DayOne, Deadline, Skipped, Unit
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.escalation_facts import MoveReason
from cspr_workflow.domain.people import SCSP, Person, called
from cspr_workflow.domain.policy import Kind, Policy, Stage, Start

_UNITS = {Unit.WORKING_DAYS: "working day", Unit.DAYS: "day", Unit.MONTHS: "month"}
_ANCHORS = {
    "raising": "the raising",
    "stage": "the entry of the stage",
    "previous_stage": "the stage before",
    "incident": "the incident",
    "aware": "becoming aware",
    "ofsted": "notifying Ofsted",
    "dfe": "notifying the DfE",
    "national_panel": "notifying the National Panel",
    "convened": "convening the rapid review",
    "outcome_sent": "sending the outcome",
    "commissioned": "the decision to commission",
    "completed": "completing the review",
    "published": "publishing",
    "deferral": "the deferral",
}
_REASONS = {
    MoveReason.NOT_RESOLVED: "it was not resolved",
    MoveReason.NO_RESPONSE: "nothing had come from the agency",
    MoveReason.ACTION_OUTSTANDING: "an action of the agency's was still outstanding",
    MoveReason.NO_OUTCOME: "no meeting outcome was recorded",
    MoveReason.ACTION_NOT_MAINTAINED: "an agreed action was not maintained",
    MoveReason.ESCALATED: "it was escalated early",
    MoveReason.MEETING_NOT_RESOLVED: "the meeting did not resolve it",
    MoveReason.OUTCOME_IN_TIME: "the meeting had agreed actions in time; it was written up late",
}
_OUTCOMES = {
    MeetingOutcome.ACTIONS_AGREED: "actions agreed",
    MeetingOutcome.RESOLVED: "resolved",
    MeetingOutcome.NOT_RESOLVED: "not resolved",
}


def day(value: date) -> str:
    """A civil day, such as ``Thu 3 Dec 2026``."""
    return f"{value:%a} {value.day} {value:%b} {value.year}"


def words(value: str) -> str:
    """A fixed word of the process without its underscores."""
    return value.replace("_", " ")


def dates_in_words(text: str) -> str:
    """A sentence with its dates written as people write them; what is no date stays as it is."""
    return _WRITTEN_DATE.sub(_in_words, text)


def _in_words(match: re.Match[str]) -> str:
    try:
        return day(date.fromisoformat(match.group()))
    except ValueError:
        return match.group()


def counted(n: int, noun: str) -> str:
    """A number with its noun, in the singular or the plural."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def listed(items: list[str] | tuple[str, ...]) -> str:
    """A list in words."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the record of one partnership: its policy's words, its people's names, local time."""

    policy: Policy
    names: Mapping[str, str]

    def moment(self, value: datetime) -> str:
        """A moment in local time, such as ``Thu 3 Dec 2026 09:30``."""
        if value == END_OF_TIME:
            return "never"
        local = self.policy.civil.local(value)
        return f"{day(local.date())} {local:%H:%M}"

    def person(self, person: Person) -> str:
        """A person with role and agency."""
        name = self.names.get(person.id, person.id)
        employer = "SCSP" if person.agency == SCSP else person.agency
        return f"{name} ({called(person.role)}, {employer})"

    def author(self, entry: Entry) -> str:
        """Who recorded an entry, and on whose behalf."""
        if entry.by is None:
            return "The clock"
        who = self.person(entry.by.person)
        means = entry.by.means
        return f"{who}, on behalf of the agency (by {means})" if means else who

    def stage(self, id: str) -> str:
        """A stage's name."""
        return next((stage.name for stage in self.policy.stages if stage.id == id), words(id))

    def timescale(self, id: str) -> str:
        """A timescale's clause and name."""
        timescale = self.policy.timescale(id)
        return f"{timescale.clause} {timescale.name}"

    def clause(self, id: str) -> str:
        """A clause with its text."""
        clause = self.policy.clauses.get(id)
        return f"{id}: {clause.text}" if clause else id

    def sentence(self, entry: Entry) -> str:
        """What an entry says happened, without who and when."""
        return SENTENCES[type(entry.fact)](self, entry.fact)

    def derivation(self, deadline: Deadline) -> str:
        """How a date came about: the rule, the anchor, and each day that was not counted."""
        how = deadline.derivation
        if how.length == 0:
            return f"The last day is {day(deadline.last_day)}, as the deferral names it."
        anchor = f"{_ANCHORS[how.anchor]}, {day(how.anchor_day)}"
        first = ", that day included" if how.day_one is DayOne.SAME_DAY else ""
        length = counted(how.length, _UNITS[how.unit])
        text = f"{length} from {anchor}{first}: the last day is {day(deadline.last_day)}."
        if how.skipped:
            text += f" Not counted: {', '.join(map(_skipped, how.skipped))}."
        if how.provisional:
            text += " Provisional: bank holidays are not officially known that far."
        return text

    def limit(self, stage: str, deadline: Deadline) -> str:
        """A stage's limit with its derivation; a discussion ends when a day opens."""
        limited = next((one for one in self.policy.stages if one.id == stage), None)
        if limited is not None and limited.kind is Kind.DISCUSSION:
            how = deadline.derivation
            opens = day(deadline.last_day + ONE_DAY)
            return f"Until {_UNITS[how.unit]} {how.length} opens, {opens}."
        follow_on = limited is not None and follows_on(limited, deadline)
        return f"{'Follow-on limit: ' if follow_on else ''}{self.derivation(deadline)}"


def follows_on(stage: Stage, deadline: Deadline) -> bool:
    """Whether a limit of this stage is a follow-on limit: counted from the entry, not as the ladder."""
    return deadline.derivation.anchor == Start.STAGE and stage.starts is not Start.STAGE


def _skipped(skipped: Skipped) -> str:
    weekend = skipped.why in ("Saturday", "Sunday")
    return day(skipped.day) if weekend else f"{day(skipped.day)} ({skipped.why})"


_WRITTEN_DATE = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
Sentence = Callable[[Teller, Any], str]


def _raised(teller: Teller, fact: escalation_facts.Raised) -> str:
    variant = f" as {words(fact.variant)}" if fact.variant else ""
    return (
        f"raised {fact.escalation}{variant} on {fact.incident}: {fact.agency}'s inaction puts "
        f"{teller.timescale(fact.timescale)} at risk. Concern: {fact.concern}"
    )


def _entered(teller: Teller, fact: escalation_facts.StageEntered) -> str:
    because = f": {fact.because}" if fact.because else ""
    action = f" ({fact.action})" if fact.action else ""
    text = (
        f"moved it to {teller.stage(fact.stage)}, because {_REASONS[fact.reason]}{action}{because}"
    )
    if fact.follow_on is None:
        return text
    return f"{text}. It begins after its own limit and has a follow-on limit instead"


def _moved(_: Teller, fact: Any) -> str:
    what = fact.limit if isinstance(fact, escalation_facts.LimitMoved) else fact.timescale
    return (
        f"moved the last day of {words(what)} from {day(fact.before)} to {day(fact.after.last_day)}, "
        f"because of {_cause(fact.cause)}"
    )


def _cause(cause: str) -> str:
    """The cause with its day in words; the reason after it is somebody's own text."""
    what, colon, why = cause.partition(":")
    return f"{dates_in_words(what)}{colon}{why}"


def _meeting(teller: Teller, fact: escalation_facts.MeetingHeld) -> str:
    present = (
        listed([teller.names.get(person, person) for person in fact.present]) or "nobody named"
    )
    return (
        f"held the meeting of {teller.stage(fact.stage)} (present: {present}); "
        f"outcome: {_OUTCOMES[fact.outcome]}"
    )


def _decision(_: Teller, fact: escalation_facts.DecisionMade) -> str:
    text = f"decided: {fact.decision}. Reasons: {fact.reasons}"
    if fact.releases:
        text += f". Released by the decision: {listed(fact.releases)}"
    for new in fact.sets:
        text += f". Set by the decision: {new.action}, {new.what} (owner: {new.owner.called}; due {day(new.due)})"
    return text


def _open(references: tuple[str, ...]) -> str:
    return f"; still open at the end: {listed(references)}" if references else ""


def _review(_: Teller, fact: incident.ReviewDecided) -> str:
    decision = (
        "to commission an independent review"
        if fact.commission
        else "against an independent review"
    )
    return f"recorded the decision of {fact.decided_by} {decision}. Reasons: {fact.reasons}"


def _deferred(_: Teller, fact: incident.PublicationDeferred) -> str:
    until = f"until {day(fact.deadline.last_day)}" if fact.deadline else "until further notice"
    return f"deferred publication {until} ({fact.procedure}). Reasons: {fact.reasons}"


def _met(teller: Teller, fact: incident.TimescaleMet) -> str:
    late = "late, " if fact.late else ""
    return f"{teller.timescale(fact.timescale)} is met, {late}on {day(fact.on)}"


def _not_maintained(_: Teller, fact: actions.ActionNotMaintained) -> str:
    return f"found {fact.action} not maintained: it was due on {day(fact.due)} and is outstanding"


SENTENCES: dict[type[Fact], Sentence] = {
    partnership.PolicyAdopted: lambda _, fact: f"adopted the policy {fact.policy}",
    partnership.CalendarAdopted: lambda _, fact: (
        f"adopted the bank holidays of {fact.region} ({fact.source}), officially known to {fact.known_to}"
    ),
    partnership.PersonJoined: lambda teller, fact: (
        f"noted {teller.names.get(fact.person, fact.person)} as {called(fact.role)} of "
        f"{'SCSP' if fact.agency == SCSP else fact.agency}"
    ),
    partnership.ClosureDeclared: lambda _, fact: (
        f"declared {day(fact.day)} a closure day: {fact.reason}"
    ),
    partnership.ClosureWithdrawn: lambda _, fact: (
        f"withdrew the closure day {day(fact.day)}: {fact.reason}"
    ),
    partnership.BankHolidayAnnounced: lambda _, fact: (
        f"noted a new bank holiday, {day(fact.day)}: {fact.name}"
    ),
    partnership.BankHolidayCancelled: lambda _, fact: (
        f"noted that {day(fact.day)} is no bank holiday any more: {fact.name}"
    ),
    partnership.PersonLeft: lambda teller, fact: (
        f"noted that {teller.names.get(fact.person, fact.person)} no longer holds the role"
    ),
    partnership.HorizonMoved: lambda _, fact: (
        f"noted that bank holidays are officially known to {fact.known_to} ({fact.source})"
    ),
    partnership.ClockStoodStill: lambda teller, fact: (
        f"did not run between {teller.moment(fact.since)} and {teller.moment(fact.until)}: "
        "anything that fell due then was recorded late"
    ),
    partnership.ClockSteppedBack: lambda teller, fact: (
        f"was set to {teller.moment(fact.said)} when {teller.moment(fact.last)} was recorded already: "
        "the record goes on from there"
    ),
    corrections.Corrected: lambda _, fact: f"corrected an earlier entry: {fact.says}",
    incident.IncidentReported: lambda _, fact: (
        f"reported incident {fact.incident}: it happened on {day(fact.incident_on)}; the authority "
        f"became aware on {day(fact.aware_on)}"
    ),
    incident.BodyNotified: lambda _, fact: (
        f"notified {_ANCHORS[fact.body].removeprefix('notifying ')}"
    ),
    incident.RapidReviewConvened: lambda _, __: "convened the rapid review",
    incident.OutcomeSent: lambda _, __: "sent the rapid review's outcome to the National Panel",
    incident.ReviewDecided: _review,
    incident.ReviewCompleted: lambda _, __: "completed the independent review",
    incident.PublicationDeferred: _deferred,
    incident.ReviewPublished: lambda _, __: "published the review's report",
    incident.PublicationWithheld: lambda _, fact: f"withheld publication. Reasons: {fact.reasons}",
    incident.IncidentWithdrawn: lambda _, fact: f"withdrew the incident. Reasons: {fact.reasons}",
    incident.EscalationNoted: lambda teller, fact: (
        f"noted {fact.escalation} on {teller.timescale(fact.timescale)}"
    ),
    incident.TimescaleStarted: lambda teller, fact: (
        f"{teller.timescale(fact.timescale)} starts to run"
    ),
    incident.TimescaleMet: _met,
    incident.TimescalePassed: lambda teller, fact: (
        f"recorded that {teller.timescale(fact.timescale)} has passed"
    ),
    incident.TimescaleMoved: _moved,
    escalation_facts.Raised: _raised,
    escalation_facts.StageEntered: _entered,
    escalation_facts.LimitPassed: lambda teller, fact: (
        f"recorded that the limit of {teller.stage(fact.stage)} has passed"
    ),
    escalation_facts.LimitMoved: _moved,
    escalation_facts.NoLongerAtRisk: lambda _, fact: (
        f"noted that the timescale is no longer at risk ({words(fact.why)}): the clock leaves the case alone"
    ),
    escalation_facts.DiscussionRecorded: lambda _, fact: (
        f"recorded a discussion ({fact.how}): {fact.said}"
    ),
    escalation_facts.PartyInformed: lambda _, fact: f"informed the {called(fact.role)}",
    escalation_facts.ReasonGiven: lambda _, fact: f"gave the reason for the delay: {fact.reason}",
    escalation_facts.MeetingHeld: _meeting,
    escalation_facts.ChairNotified: lambda _, __: "notified the SCSP Chair formally",
    escalation_facts.BodyConsulted: lambda _, fact: f"consulted {fact.body}",
    escalation_facts.DecisionMade: _decision,
    escalation_facts.EscalationResolved: lambda _, fact: (
        f"resolved it: {fact.outcome}{_open(fact.open_actions)}"
    ),
    escalation_facts.EscalationWithdrawn: lambda _, fact: (
        f"withdrew it: {fact.reason}{_open(fact.open_actions)}"
    ),
    actions.ActionRecorded: lambda _, fact: (
        f"recorded action {fact.action}: {fact.what} (owner: {fact.owner.called}; due {day(fact.due)})"
    ),
    actions.ActionAcknowledged: lambda _, fact: f"acknowledged {fact.action}",
    actions.ActionVaried: lambda _, fact: (
        f"varied {fact.action} to: {fact.what}, due {day(fact.due)}"
    ),
    actions.ActionCompleted: lambda _, fact: (
        f"claimed {fact.action} done on {day(fact.on)}: {fact.evidence}"
    ),
    actions.ActionConfirmed: lambda _, fact: f"confirmed that {fact.action} is done",
    actions.CompletionDisputed: lambda _, fact: (
        f"disputed that {fact.action} is done: {fact.reason}"
    ),
    actions.ReleaseSaid: lambda _, fact: (
        f"said that {fact.action} is no longer needed: {fact.reason}"
    ),
    actions.ActionNotMaintained: _not_maintained,
}
"""The sentence of every type of fact."""
