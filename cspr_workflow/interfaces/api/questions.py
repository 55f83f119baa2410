"""Every question that can be put to a store, as an address of its own: made from the registry."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from cspr_workflow.application.accounts import EXPORT, READ
from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.api import schema
from cspr_workflow.interfaces.api.answers import Caller, Json, Key, answered, described
from cspr_workflow.interfaces.questions.question import Question, Readers
from cspr_workflow.interfaces.questions.registry import QUESTIONS
from cspr_workflow.interfaces.unanswerable import Unanswerable

router = APIRouter(tags=["questions"])
VERSIONS = "versions"
EXPORTS = frozenset({"register", "actions", "history", "as-at", "timeliness"})
"""Questions whose answers are carried away whole: each of them is noted."""
_OF_PARTNERSHIP = frozenset({"people", "calendar"})
_NOT_RECORDED = "what has fallen due and is not recorded yet"
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "board": {
        "now": "the moment of the answer",
        "counts": "how many cases there are in each group",
        "cases": "the cases, the most urgent first",
        "not_shown": "how many more there are",
    },
    "register": {
        "cases": "the cases of this page, the newest first",
        "page": "which page it is",
        "total": "how many cases there are",
        "total_is_exact": "`false` where there may be more than `total`",
        "more": "whether there is another page",
    },
    "show": {
        "cases": "the incident or the escalation, or both where they share a reference",
        VERSIONS: "the version of each one's stream, for an act's `seen`",
    },
    "actions": {"actions": "the agreed actions, with both sides' records where they differ"},
    "history": {"entries": "the entries, in order", "not_yet_recorded": _NOT_RECORDED},
    "as-at": {
        "as_at": "when they stood so",
        "known_at": "what was known when",
        "position": "the record's position up to which it was known",
        "cases": "the cases",
    },
    "replay": {"cases": "each case with its steps, and what changed with each"},
    "why": {
        "reference": "what was asked about",
        "reasons": "a case's dates and moves, each with its derivation",
        "not_yet_recorded": _NOT_RECORDED,
        "state": "how an action stands",
        "history": "an action's history",
    },
    "forecast": {"cases": "each case with what lies ahead of it"},
    "timeliness": {
        "by": "how it is grouped",
        "from": "the first day",
        "to": "the last day",
        "agency": "the only agency",
        "timescales": "incidents' timescales, by what became of them",
        "limits": "stages' limits, by what became of them",
        "duties": "stages' duties, by what became of them",
        "gaps": "when the clock stood still",
        "recorded_late": "what was recorded late because of that",
        "not_yet_recorded": "how many cases have something due that is not recorded yet",
    },
    "people": {
        "people": "everybody who takes part",
        VERSIONS: "the version of the partnership's stream, for an act's `seen`",
    },
    "calendar": {
        "policy": "the policy in force",
        "version": "the version of the calendar",
        "known_to": "the last year for which bank holidays are officially known",
        "bank_holidays": "the bank holidays",
        "closures": "the closure days",
        "changes": "what changed the calendar",
        VERSIONS: "the version of the partnership's stream, for an act's `seen`",
    },
    "policy": {
        "id": "the policy",
        "version": "its version",
        "clauses": "what it asks",
        "timescales": "the national times",
        "stages": "the ladder",
        "acts": "who may do what",
    },
    "status": {
        "well": "whether nothing needs a person",
        "needs": "what does",
        "last_tick": "when the clock last ran",
        "last_backup": "when the last backup was made",
    },
}
"""What stands in an answer, where it does; those about the policy and the status have more."""


def asked(question: Question[Any], caller: Caller, given: Mapping[str, str]) -> dict[str, Any]:
    """The answer to a question as its person may read it; reading is noted where it has to be."""
    # Before the answer: what is recorded in between makes it too old, never too new.
    seen = _versions(question.name, caller, given.get("reference"))
    answer = question.answer(caller.asking, caller.person, **given)
    _note(question, caller, given.get("reference"))
    return answer | ({VERSIONS: seen} if VERSIONS in ANSWERS[question.name] else {})


def _versions(name: str, caller: Caller, reference: str | None) -> dict[str, int]:
    if name in _OF_PARTNERSHIP:
        return {PARTNERSHIP: caller.asking.workflow.partnership_at()[1]}
    if name != "show" or reference is None:
        return {}
    return {one.stream: one.recorded[-1].version for one in caller.asking.find(reference)}


def _note(question: Question[Any], caller: Caller, reference: str | None) -> None:
    if question.name in EXPORTS:
        caller.note(EXPORT, reference or question.name)
    elif question.readers is Readers.CASES and reference is not None:
        note_reading(caller, reference)


def note_reading(caller: Caller, reference: str) -> None:
    """Note that somebody outside the business unit has read a case; an action stands in its escalation."""
    if caller.desk is not Desk.UNIT:
        is_case = bool(caller.asking.find(reference))
        caller.note(READ, reference if is_case else reference.rpartition("/")[0])


def given_in(request: Request, question: Question[Any]) -> dict[str, str]:
    """The parameters of a request. Raises :class:`Unanswerable`."""
    known = [one.name for one in question.parameters]
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            there = ", ".join(known) or "none"
            raise Unanswerable(name, f"there is no such parameter; known are {there}.")
        if name in given:
            raise Unanswerable(name, "this is given twice.")
        if "\0" in value:
            raise Unanswerable(name, "this text holds characters that cannot be stored.")
        given[name] = value
    return given


# --- Addresses -----------------------------------------------------------------------------------


def _endpoint(question: Question[Any]) -> Callable[..., Response]:
    def endpoint(request: Request, key: Key) -> Response:
        return answered(
            request, key, lambda caller: Json(asked(question, caller, given_in(request, question)))
        )

    return endpoint


def _documented(question: Question[Any]) -> dict[str, Any]:
    properties = {
        name: {"description": schema.sentence(meaning)}
        for name, meaning in ANSWERS[question.name].items()
    }
    answer = {
        "type": "object",
        "properties": {"rehearsal": {"type": "boolean"}, **properties},
        "required": ["rehearsal"],
    }
    return {"description": "The answer.", "content": {"application/json": {"schema": answer}}}


for _question in QUESTIONS.values():
    router.add_api_route(
        f"/questions/{_question.name}",
        _endpoint(_question),
        methods=["GET"],
        summary=_question.answers,
        description=f"Who may ask: {', '.join(sorted(_question.readers.desks))}.",
        operation_id=f"ask_{_question.name.replace('-', '_')}",
        response_model=None,
        responses={
            200: _documented(_question),
            **described(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
        },
        openapi_extra={"parameters": [schema.of_parameter(one) for one in _question.parameters]},
    )
