"""Every question that can be put to a store, by name: for the command line, the pages and the API alike."""

from collections.abc import Mapping
from typing import Any

from cspr_workflow.interfaces.questions import (
    actions,
    as_at,
    board,
    case,
    history,
    house,
    register,
    steps,
)
from cspr_workflow.interfaces.questions import timeliness as times
from cspr_workflow.interfaces.questions.question import Question

QUESTIONS: Mapping[str, Question[Any]] = {
    question.name: question
    for question in (
        board.BOARD,
        register.REGISTER,
        case.SHOW,
        actions.ACTIONS,
        history.HISTORY,
        as_at.AS_AT,
        steps.REPLAY,
        steps.WHY,
        steps.FORECAST,
        times.TIMELINESS,
        house.PEOPLE,
        house.CALENDAR,
        house.POLICY,
        house.STATUS,
    )
}
"""The questions in the order in which they are listed."""
