"""As it stood at a moment, told a second way: by what each entry builds on.

An entry counts from when it happened, and from when everything that it builds on had happened. What it
builds on is found by looking at the whole record once; a moment is then the fold of what counts by it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cspr_workflow.application.outcome import escalation_outcome, incident_outcome
from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.transaction import PARTNERSHIP, evolved
from cspr_workflow.domain.actions import (
    ActionAcknowledged,
    ActionCompleted,
    ActionConfirmed,
    ActionFact,
    ActionRecorded,
    ActionVaried,
    CompletionDisputed,
)
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import DecisionMade
from cspr_workflow.domain.incident import (
    BodyNotified,
    OutcomeSent,
    PublicationDeferred,
    RapidReviewConvened,
    ReviewCompleted,
    ReviewPublished,
    TimescaleMet,
    TimescaleMoved,
    TimescalePassed,
    TimescaleStarted,
)
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.policy import Milestone, Policy
from tests.projections.histories import Plain

_MILESTONES: dict[type[Fact], Milestone] = {
    RapidReviewConvened: Milestone.CONVENED,
    OutcomeSent: Milestone.OUTCOME_SENT,
    ReviewCompleted: Milestone.COMPLETED,
    ReviewPublished: Milestone.PUBLISHED,
}


class Counting:
    """From when each entry of one stream counts, as far as the record goes."""

    def __init__(self, policy: Policy) -> None:
        self._met_by = {timescale.id: timescale.met_by for timescale in policy.timescales}
        self._began: datetime | None = None
        self._since: dict[object, datetime] = {}
        self._numbers: dict[tuple[str, Side | None], int] = {}

    def of(self, entry: Entry) -> datetime:
        """From when the stream's next entry counts."""
        if self._began is None:
            self._began = entry.occurred
        built_on = [self._since[what] for what in self._built_on(entry)]
        counts = max([entry.occurred, self._began, *built_on])
        for what in self._brought_about(entry):
            self._since[what] = counts
        return counts

    def _built_on(self, entry: Entry) -> Iterator[object]:
        fact = entry.fact
        if isinstance(fact, ActionFact) and not isinstance(fact, ActionRecorded):
            yield fact.action
        match fact:
            case ActionAcknowledged(action=action):
                assert entry.side is not None
                yield action, entry.side.other
            case ActionConfirmed(action=action) | CompletionDisputed(action=action):
                yield action, "claim"
            case DecisionMade(releases=releases):
                yield from releases
            case TimescaleMet(timescale=timescale):
                yield from self._met_by[timescale]
                yield timescale, "began"
            case TimescalePassed(timescale=timescale) | TimescaleMoved(timescale=timescale):
                yield timescale, "began"

    def _brought_about(self, entry: Entry) -> Iterator[object]:
        fact = entry.fact
        match fact:
            case ActionRecorded(action=action):
                yield action
            case ActionCompleted(action=action):
                yield action, "claim"
            case DecisionMade(sets=sets):
                for new in sets:
                    self._numbers |= {(new.action, side): 1 for side in Side}
                    yield from (new.action, *((new.action, side) for side in Side))
            case BodyNotified(body=body):
                yield Milestone(body)
            case TimescaleStarted(timescale=timescale) | PublicationDeferred(timescale=timescale):
                if (timescale, "began") not in self._since:
                    yield timescale, "began"
        if isinstance(fact, ActionRecorded | ActionVaried | ActionAcknowledged):
            number = 1 if isinstance(fact, ActionRecorded) else fact.terms
            # A variation that changes nothing leaves the terms as old as they are.
            if self._numbers.get((fact.action, entry.side)) != number:
                self._numbers[fact.action, entry.side] = number
                yield fact.action, entry.side
        if type(fact) in _MILESTONES:
            yield _MILESTONES[type(fact)]


def counted(record: Sequence[Recorded], policy: Policy) -> list[tuple[Recorded, datetime]]:
    """The entries of every case, each with the moment from which it counts."""
    streams: dict[str, Counting] = {}
    return [
        (one, streams.setdefault(one.stream, Counting(policy)).of(one.entry))
        for one in record
        if one.stream != PARTNERSHIP
    ]


def told_at(
    counting: Sequence[tuple[Recorded, datetime]], moment: datetime, policy: Policy
) -> Iterator[tuple[int, dict[str, Plain]]]:
    """For each position, where every case stood at a moment as it was known there, by stream."""
    cases: dict[str, Case] = {}
    told: dict[str, Plain] = {}
    for one, counts in counting:
        if counts <= moment:
            before = cases.get(one.stream)
            case = cases[one.stream] = evolved(before, one.stream, one.entry)
            if case is not before:
                told = {**told, one.stream: plain(case, policy)}
        yield one.position, told


def plain(case: Case, policy: Policy) -> Plain:
    """A case as the outcome of a case file shows it."""
    if isinstance(case, Escalation):
        return escalation_outcome(case, policy)
    return incident_outcome(case, policy)
