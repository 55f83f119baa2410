"""A case step by step, what lies ahead of it, and why its dates are what they are."""

from dataclasses import dataclass
from typing import Any

from cspr_workflow.application.handle import escalation_stream
from cspr_workflow.interfaces import forecast, replay, why
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.corrected import Corrections
from cspr_workflow.interfaces.fallen_due import plain_pending
from cspr_workflow.interfaces.forecast import Ahead
from cspr_workflow.interfaces.questions.question import (
    REFERENCE,
    Kind,
    Parameter,
    Question,
    Readers,
)
from cspr_workflow.interfaces.replay import Step
from cspr_workflow.interfaces.sentences import Teller
from cspr_workflow.interfaces.unanswerable import Unanswerable
from cspr_workflow.interfaces.why import Reason
from projections.agreed_actions import ActionRecord

# --- Replay ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replayed:
    """A case, and each step that it took."""

    known: Known
    steps: list[Step]


def _replay(asked: Asking, *, reference: str) -> list[Replayed]:
    return [
        Replayed(known, replay.steps(known.recorded, known.policy, known.teller))
        for known in asked.cases(reference)
    ]


def _plain_replay(found: list[Replayed], _: Asking) -> dict[str, Any]:
    cases = [
        {
            "reference": one.known.case.reference,
            "steps": replay.plain(one.steps),
            "not_yet_recorded": plain_pending(one.known),
        }
        for one in found
    ]
    return {"cases": cases}


REPLAY = Question(
    "replay",
    "What was recorded in one case, step by step, and what changed with it?",
    Readers.CASES,
    _replay,
    _plain_replay,
    (REFERENCE,),
)

# --- Forecast --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Foretold:
    """A case, and what lies ahead of it if nobody acts."""

    known: Known
    ahead: Ahead


def _forecast(asked: Asking, *, reference: str) -> list[Foretold]:
    return [
        Foretold(known, forecast.ahead(known.case, known.rules)) for known in asked.cases(reference)
    ]


def _plain_forecast(found: list[Foretold], _: Asking) -> dict[str, Any]:
    cases = [
        {
            **forecast.plain(one.known.case, one.ahead, one.known.teller),
            "not_yet_recorded": plain_pending(one.known),
        }
        for one in found
    ]
    return {"cases": cases}


FORECAST = Question(
    "forecast",
    "What will the clock do in one case if nobody acts: when, under which clause, who could stop it?",
    Readers.CASES,
    _forecast,
    _plain_forecast,
    (REFERENCE,),
)

# --- Why -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CasesExplained:
    """The dates and moves of an incident or an escalation, or of both where they share a reference."""

    reference: str
    cases: list[Known]
    reasons: list[Reason]

    @property
    def teller(self) -> Teller:
        """The words in which they are told."""
        return self.cases[0].teller


@dataclass(frozen=True, slots=True)
class ActionExplained:
    """The history of one agreed action, and what was corrected in its escalation."""

    reference: str
    record: ActionRecord
    corrections: Corrections
    teller: Teller


def _why(asked: Asking, *, reference: str) -> CasesExplained | ActionExplained:
    cases = asked.find(reference)
    if cases:
        lines = [one for known in cases for one in known.recorded]
        gaps = asked.workflow.partnership.gaps
        return CasesExplained(reference, cases, why.reasons_in(lines, cases[0].teller, gaps))
    record = why.actions_of(asked, reference)
    if record is None or not asked.reads(record.agency):
        raise Unanswerable(
            "reference",
            f"{reference}: there is no incident, escalation or action of this reference.",
            missing=True,
            hint="cspr board --all lists the cases, cspr actions the actions.",
        )
    known = asked.known(escalation_stream(record.escalation))
    return ActionExplained(reference, record, known.corrections, known.teller)


def _plain_why(found: CasesExplained | ActionExplained, _: Asking) -> dict[str, Any]:
    if isinstance(found, ActionExplained):
        history = why.plain_action(found.record, found.teller, found.corrections)
        state = found.record.action.state
        return {"reference": found.reference, "state": state, "history": history}
    return {
        "reference": found.reference,
        "reasons": why.plain(found.reasons, found.teller),
        "not_yet_recorded": [one for known in found.cases for one in plain_pending(known)],
    }


WHY = Question(
    "why",
    "Why is each date of a case what it is, and why did it move? Or: what was the history of an action?",
    Readers.CASES,
    _why,
    _plain_why,
    (
        Parameter(
            "reference",
            Kind.TEXT,
            "An incident, an escalation, or an action such as ESC-1/A1.",
            required=True,
        ),
    ),
)
