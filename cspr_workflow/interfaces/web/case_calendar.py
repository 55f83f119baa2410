"""The days of an escalation as its page shows them: week by week, with what happened and what is due."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.policy import Kind
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.web.pictures import CalendarDay, weeks

MOST_WEEKS = 12
"""Of a longer stretch so many weeks are shown: those around today, or the first."""
_SOON_AFTER = timedelta(weeks=3)
"""So long after the last day that matters, today is still shown."""


def case_calendar(known: Known, asking: Asking) -> list[list[CalendarDay]]:
    """The weeks of an escalation from its raising to its last limit, the working days counted."""
    case = known.case
    assert isinstance(case, Escalation)
    raised = known.policy.civil.day(case.raised)
    marks = _marks(case, known)
    first, last = _stretch(raised, max(marks), asking.today)
    return weeks(
        known.rules.calendar,
        first,
        last,
        closures=True,
        today=asking.today,
        marks=marks,
        counted_after=raised,
    )


def _stretch(raised: date, last: date, today: date) -> tuple[date, date]:
    """The first and the last day to be shown."""
    if last < today <= last + _SOON_AFTER:
        last = today
    most = timedelta(weeks=MOST_WEEKS)
    if last - raised <= most:
        return raised, last
    if today > last:
        return raised, raised + most
    first = max(raised, today - most / 2)
    return first, min(last, first + most)


def _marks(case: Escalation, known: Known) -> Mapping[date, Sequence[str]]:
    """What happens on which day: stages entered, last days, actions due."""
    civil, marks = known.policy.civil, defaultdict[date, list[str]](list)
    marks[civil.day(case.raised)].append("Raised")
    for stay in case.stages[1:]:
        marks[civil.day(stay.entered)].append(f"{known.teller.stage(stay.stage)} entered")
    if case.ending is not None:
        marks[civil.day(case.ending.occurred)].append("Closed")
    else:
        for id, limit in case.limits.items():
            if known.policy.stage(id).kind is not Kind.DISCUSSION:
                marks[limit.last_day].append(f"Last day of {known.teller.stage(id)}")
        if case.follow_on is not None:
            marks[case.follow_on.last_day].append("Follow-on limit")
    for action in case.actions.values():
        if action.outstanding and not action.released:
            marks[action.shown.due].append(f"{action.reference} due")
    return marks
