"""A case in words, thing by thing, so that what an entry changed can be told as before and after."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from cspr_workflow.application.outcome import limit_state
from cspr_workflow.domain.actions import Action, Terms
from cspr_workflow.domain.calendar import ONE_DAY, Deadline
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.policy import Kind, Policy
from cspr_workflow.interfaces.sentences import Teller, day, listed, words
from projections.duties import parts


@dataclass(frozen=True, slots=True)
class Change:
    """Something that a step changed, in words; ``None`` where there was, or is, nothing."""

    what: str
    before: str | None
    after: str | None

    @property
    def told(self) -> str:
        """The change in a line."""
        if self.before is None:
            return f"{self.what}: {self.after}"
        return f"{self.what}: {self.before} → {self.after or 'no longer'}"


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    """What differs between a case in words before an entry and after it."""
    for what in dict.fromkeys((*after, *before)):
        if before.get(what) != after.get(what):
            yield Change(what, before.get(what), after.get(what))


def in_words(case: Case, teller: Teller) -> dict[str, str]:
    """All that an entry can change, each under its name; what there is none of is left out."""
    found = (
        _of_incident(case, teller) if isinstance(case, Incident) else _of_escalation(case, teller)
    )
    return dict(found)


def duties_in_words(done: Collection[str], policy: Policy) -> dict[str, str]:
    """The duties of an escalation of which something is done; ``done`` has the parts that are."""
    found = {}
    for stage in policy.stages:
        for duty in stage.duties:
            needed = parts(stage.id, duty)
            there = [part for part in needed if part in done]
            if there:
                told = "done" if there == needed else f"{len(there)} of {len(needed)} parts done"
                found[f"Duty of {stage.name}, {duty.clause} {duty.name}"] = told
    return found


def _of_incident(case: Incident, teller: Teller) -> Iterator[tuple[str, str]]:
    yield "State", words(case.state)
    for timescale in teller.policy.timescales:
        running, name = case.timescale(timescale.id), teller.timescale(timescale.id)
        yield name, words(running.state)
        if running.deadline is not None:
            yield f"{name}, last day", _last_day(running.deadline)
        if running.met_on is not None:
            yield f"{name}, met on", day(running.met_on)


def _of_escalation(case: Escalation, teller: Teller) -> Iterator[tuple[str, str]]:
    policy = teller.policy
    yield "State", teller.stage(case.state)
    if case.ending is None:
        yield "Limit", _limit(case, teller)
    else:
        yield "Outcome", case.ending.outcome
    for stage, limit in case.limits.items():
        if policy.stage(stage).kind is not Kind.DISCUSSION:
            yield f"Last day of {teller.stage(stage)}", _last_day(limit)
    if case.follow_on is not None:
        yield "Follow-on limit", _last_day(case.follow_on)
    if case.answered:
        yield "The agency", "has answered"
    if case.decided:
        yield "The decision", "is made"
    if case.settled:
        yield "Settled", "the clock leaves the case alone"
    if case.no_longer_at_risk is not None:
        yield "No longer at risk", "the clock leaves the case alone"
    for action in case.actions.values():
        yield from _of_action(action, case.agency)


def _limit(case: Escalation, teller: Teller) -> str:
    stage = teller.policy.stage(case.stage)
    if stage.kind is Kind.DISCUSSION:
        return f"until {day(case.limit.last_day + ONE_DAY)} opens"
    return f"{day(case.limit.last_day)}, {words(limit_state(case, stage))}"


def _last_day(deadline: Deadline) -> str:
    return day(deadline.last_day) + (", provisional" if deadline.derivation.provisional else "")


def _of_action(action: Action, agency: str) -> Iterator[tuple[str, str]]:
    name = action.reference
    yield name, words(action.state)
    yield f"{name}, owner", side_called(action.owner, agency)
    for side in Side:
        if terms := action.record_of(side):
            yield (
                f"{name}, record of {side_called(side, agency)}",
                record_in_words(action, side, terms),
            )
    if action.in_force is not None:
        yield f"{name}, in force", terms_in_words(action.in_force) + _source(action)
    if action.done_on is not None:
        yield f"{name}, done", day(action.done_on)
    if action.release_said_by:
        sides = [side_called(side, agency) for side in action.release_said_by]
        yield f"{name}, no longer needed", f"so say {listed(sides)}"


def side_called(side: Side, agency: str) -> str:
    """A side by its name."""
    return agency if side is Side.AGENCY else "SCSP"


def terms_in_words(terms: Terms) -> str:
    """What is to be done, and by when."""
    return f"{terms.what}, due {day(terms.due)}"


def record_in_words(action: Action, side: Side, terms: Terms) -> str:
    """A side's own record of an action; the agency's can stand on a report."""
    reported = side is Side.AGENCY and action.reported
    return terms_in_words(terms) + (" (on a report)" if reported else "")


def _source(action: Action) -> str:
    return " (by decision)" if action.by_decision else ""
