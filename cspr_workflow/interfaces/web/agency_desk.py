"""An agency's desk: what is asked of it and by when, and what stands as reported on its behalf."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cspr_workflow.domain.actions import Action
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.people import Side
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.questions.board import CaseLine
from projections.paging import Page
from projections.register import Search, register

MOST = 100
"""So many open escalations are shown; an agency with more has another page of them."""


@dataclass(frozen=True, slots=True)
class AskedOf:
    """One open escalation as its agency sees it.

    ``by`` is the first day by which something is asked of the agency; ``reported`` are the actions
    that SCSP recorded on its behalf and that it has not acknowledged itself.
    """

    line: CaseLine
    asked: Sequence[str]
    by: date | None
    reported: Sequence[str]


def asked_of(asking: Asking) -> list[AskedOf]:
    """The reader's own open escalations: first those by the earliest day, then those that wait."""
    assert asking.reader is not None
    search = Search(kind="escalation", agency=asking.reader.agency, closed=False)
    found = register(asking.database, search, asking.civil, page=Page(1, MOST))
    known = [asking.known(one.stream) for one in found.lines]
    return sorted((_asked(one, asking) for one in known), key=_pressing)


def _asked(known: Known, asking: Asking) -> AskedOf:
    case = known.case
    assert isinstance(case, Escalation)
    return AskedOf(
        CaseLine(known, asking),
        known.held.agency,
        min(_days(known, case), default=None),
        [
            f"{one.reference}: {one.shown.what}"
            for one in case.actions.values()
            if one.reported and not one.released
        ],
    )


def _days(known: Known, case: Escalation) -> Iterator[date]:
    """The days by which the agency is to have done something."""
    yield from (one.shown.due for one in case.actions.values() if _is_owed(one))
    if known.held.agency and not case.settled and known.due is not None:
        yield known.policy.civil.counted_from(known.due.moment)


def _is_owed(action: Action) -> bool:
    return action.owner is Side.AGENCY and action.outstanding and not action.released


def _pressing(one: AskedOf) -> tuple[bool, date]:
    return not one.asked, one.by or date.max
