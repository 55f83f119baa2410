"""Running a simulation: cases that begin and end over the years, and the clock that runs each morning."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.simulation import texts
from cspr_workflow.application.simulation.incidents import IncidentStory, escalations_in
from cspr_workflow.application.simulation.office import (
    OPENS,
    Days,
    Office,
    Story,
    random_of,
)
from cspr_workflow.domain.acts import DeclareClosure, WithdrawClosure
from cspr_workflow.domain.calendar import ONE_DAY, CivilTime, add_months

TICKS_AT = 7 * 60
"""When the clock runs on a working morning, in minutes of the day."""

_HALF_A_YEAR = timedelta(days=182)
_MID_MORNING, _NOON = 10 * 60, 12 * 60
_AFTERNOON = timedelta(hours=2)
_ON_THE_LAST_DAY = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is to be invented: so many escalations in the years before ``until`` (UTC).

    Raises :class:`ValueError` for a plan of nothing, and for a moment without an offset.
    """

    escalations: int
    years: int
    seed: int
    until: datetime

    def __post_init__(self) -> None:
        for name in ("escalations", "years"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: has to be at least 1, not {getattr(self, name)}.")
        if self.until.tzinfo is None:
            raise ValueError("until: has to be a moment with its offset.")

    def first_day(self, civil: CivilTime) -> date:
        """The day with which the simulated time begins."""
        return add_months(civil.day(self.until), -12 * self.years)

    def begins(self, civil: CivilTime) -> datetime:
        """When the simulated time begins; the partnership has to be adopted by then."""
        return civil.midnight_opening(self.first_day(civil))


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a simulation came to; ``left_out`` are the ticks that outages prevented."""

    incidents: int
    escalations: int
    acts: int
    refused: int
    ticks: int
    left_out: tuple[datetime, ...]


def _quiet(_: int, __: int) -> None:
    """Nobody wants to know how far it is."""


def simulate(
    workflow: Workflow, plan: Plan, progress: Callable[[int, int], None] = _quiet
) -> Simulated:
    """Fill a workflow whose partnership has adopted ``people()`` with invented cases.

    The same plan gives the same cases. ``progress`` is told each simulated morning how many of the
    escalations have been raised.
    """
    calendar = workflow.partnership.calendar
    assert calendar is not None, "the partnership has adopted a calendar"
    civil = workflow.policy().civil
    first = plan.first_day(civil)
    days = Days(civil, calendar, first - timedelta(days=60), civil.day(plan.until))
    office = Office(workflow, days, plan.seed)
    office.now = plan.begins(civil)
    mornings = _Mornings(office, plan, progress)
    for story in (mornings.tell(), _closures(office, plan), _incidents(office, plan)):
        office.start(story)
    office.run(plan.until)
    return Simulated(
        office.incidents,
        office.escalations,
        office.acts,
        office.refused,
        mornings.ticks,
        tuple(mornings.left_out),
    )


class _Mornings:
    """The clock runs each working morning, but for a few outages of some days."""

    def __init__(self, office: Office, plan: Plan, progress: Callable[[int, int], None]) -> None:
        self.office, self.plan, self.progress = office, plan, progress
        self.ticks = 0
        self.left_out: list[datetime] = []
        self.last: datetime | None = None

    def tell(self) -> Story:
        office, plan = self.office, self.plan
        civil = office.days.civil
        out = _outages(plan, civil)
        day = plan.first_day(civil)
        while True:
            moment = office.days.at(day, TICKS_AT)
            yield moment
            if _is_worked(office, day):
                if day in out:
                    self.left_out.append(moment)
                else:
                    self._tick(moment)
                self.progress(office.escalations, plan.escalations)
            day += ONE_DAY

    def _tick(self, moment: datetime) -> None:
        """The clock runs; after an outage it notes first since when it had stood still."""
        workflow = self.office.workflow
        if self.last is not None and any(self.last < out for out in self.left_out[-1:]):
            workflow.note_gap(self.last, moment)
        workflow.tick(moment)
        self.last = moment
        self.ticks += 1


def _is_worked(office: Office, day: date) -> bool:
    """Whether a day is a working day of the partnership, as it is known now."""
    workflow = office.workflow
    calendar = workflow.partnership.rules(workflow.policy()).calendar
    return calendar.why_not(day, closures=True) is None


def _outages(plan: Plan, civil: CivilTime) -> frozenset[date]:
    """The days on which the clock does not run, some in each half-year; none shortly before the end."""
    rng = random_of(plan.seed, "outages")
    first = plan.first_day(civil)
    found: set[date] = set()
    for half in range(2 * plan.years):
        begins = first + _HALF_A_YEAR * half + ONE_DAY * rng.randrange(150)
        found.update(begins + ONE_DAY * n for n in range(rng.randint(4, 9)))
    return frozenset(found)


def _closures(office: Office, plan: Plan) -> Story:
    """The Christmas closure of each year, declared some weeks before; one day of one is withdrawn.

    The day is withdrawn when limits count across it, so that open cases move.
    """
    rng = random_of(plan.seed, "closures")
    days = office.days
    withdrawn = False
    first, last = plan.first_day(days.civil), days.civil.day(plan.until)
    for year in range(first.year, last.year + 1):
        day = max(date(year, 11, rng.randint(16, 28)), first)
        if day > date(year, 12, 10):
            continue
        declared = days.at(days.on_or_after(day), _MID_MORNING)
        yield declared
        closed = [one for one in _christmas(year) if _is_worked(office, one)]
        for one in closed:
            office.do("manager", DeclareClosure(one, texts.CLOSURE))
        if not withdrawn:
            withdrawn = True
            yield days.at(days.on_or_after(date(year, 12, 16), rng.randrange(2)), _MID_MORNING)
            office.do("manager", WithdrawClosure(closed[0], texts.OPEN_AFTER_ALL))


def _christmas(year: int) -> list[date]:
    """The days from Christmas Eve to New Year's Eve."""
    return [date(year, 12, day) for day in range(24, 32)]


def _incidents(office: Office, plan: Plan) -> Story:
    """One incident after another, spread over the years, until all escalations are planned.

    The last few come on the last day, so that some have just been raised at the end.
    """
    rng = random_of(plan.seed, "incidents")
    days = office.days
    first = days.at(days.on_or_after(days.civil.day(office.now)), OPENS)
    last = _last_arrival(days, plan.until)
    at_the_end = min(_ON_THE_LAST_DAY, plan.escalations // 20)
    planned = number = 0
    while (left := plan.escalations - planned) > 0:
        moment = last
        if left > at_the_end:
            moment = first + (last - first) * ((planned + rng.random()) / plan.escalations)
        yield max(days.worked(moment, rng), office.now)
        number += 1
        story = IncidentStory(office, number)
        steps = story.plan(left, plan.until)
        planned += escalations_in(steps)
        office.start(story.tell(steps))


def _last_arrival(days: Days, until: datetime) -> datetime:
    """Noon of the last day of which people work enough before the end."""
    noon = days.at(days.before(days.civil.day(until) + ONE_DAY), _NOON)
    if noon + _AFTERNOON > until:
        noon = days.at(days.before(days.civil.day(noon)), _NOON)
    return noon
