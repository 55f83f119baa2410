"""What lies ahead of a case if nobody acts, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from cspr_workflow.interfaces import forecast
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.forecast import Foreseen
from cspr_workflow.interfaces.record_words import does, full_stop


@dataclass(frozen=True, slots=True)
class Next:
    """One thing that the clock would record: when, what, and what that rests on, each with its label."""

    when: str
    told: str
    rests_on: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ToldAhead:
    """All that lies ahead of a case, and what it waits for in the end."""

    coming: Sequence[Next]
    in_the_end: str
    ways: Sequence[str]


def told_ahead(known: Known, asking: Asking) -> ToldAhead:
    """What the clock will do if nobody acts, step by step."""
    found = forecast.ahead(known.case, known.rules)
    told, ways = forecast.in_the_end(found.after, known.policy)
    return ToldAhead([_next(one, known, asking) for one in found.foreseen], told, ways)


def _next(one: Foreseen, known: Known, asking: Asking) -> Next:
    provisional = " (provisional)" if one.provisional else ""
    when = f"{known.teller.moment(one.entry.occurred)}{provisional}"
    told = full_stop(does(one.entry, known.teller))
    return Next(when, told, list(forecast.explained(one, known.teller, asking.now)))
