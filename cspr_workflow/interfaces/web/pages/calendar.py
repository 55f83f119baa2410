"""The partnership's calendar: the days on which nobody works, how far they are known, what changed them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.casefile_acts import EARLIEST_YEAR, LATEST_YEAR
from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.domain import possible
from cspr_workflow.domain.acts import (
    Act,
    Command,
    DeclareClosure,
    UpdateBankHolidays,
    WithdrawClosure,
)
from cspr_workflow.domain.calendar import Calendar, add_months
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.people import Actor
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.newer_holidays import Compared, caused_moves, compared, left_here
from cspr_workflow.interfaces.questions.house import CALENDAR
from cspr_workflow.interfaces.sentences import dates_in_words, day
from cspr_workflow.interfaces.web import address, wording
from cspr_workflow.interfaces.web.asked import Query
from cspr_workflow.interfaces.web.pictures import CalendarDay, weeks
from cspr_workflow.interfaces.web.telling import told_lines
from cspr_workflow.interfaces.web.visit import AVisit, Visit, desks

router = APIRouter()
PATH = "/calendar"
UPDATE = f"{PATH}/update"
MONTHS = 3
"""So many months stand on a page."""
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)
_NO_MONTH = "Enter a month, such as 2026-12"
_CHANGED = "The calendar has changed since you opened this page: read what would be recorded now"


@dataclass(frozen=True, slots=True)
class Month:
    """A month as the page shows it, week by week."""

    first: date
    weeks: Sequence[Sequence[CalendarDay]]
    working: int
    closed: int
    known: bool

    @property
    def name(self) -> str:
        """Such as ``December 2026: 21 working days, 1 of them a closure day``."""
        closed = f", {self.closed} of them closed" if self.closed else ""
        told = f"{self.first:%B} {self.first.year}: {self.working} working days{closed}"
        return told if self.known else f"{told}, as far as bank holidays are known"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that changes the calendar: its form, or why this person cannot do it."""

    title: str
    path: str
    why_not: str | None


# --- Looking at it -------------------------------------------------------------------------------


@router.get(PATH)
@desks(Desk.UNIT, Desk.AUDITOR)
def calendar(visit: AVisit) -> Response:
    """Some months day by day, the days off of their years, and every change so far."""
    query, asking = Query(visit.request.query_params), visit.asking
    first = _first_month(query, asking.today)
    months = [add_months(first, number) for number in range(MONTHS)]
    shown = CALENDAR.ask(asking, visit.person)
    known, teller = shown.calendar, asking.teller()
    return visit.page(
        "calendar.html",
        400 if query.faults else 200,
        months=[_month(known, one, asking.today) for one in months],
        years=_years(months),
        bank_holidays=_days_of(known.bank_holidays, months),
        closures=_days_of(known.closures, months),
        changes=[(teller.moment(one.entry.recorded), one.told) for one in shown.changes],
        known_to=known.known_to,
        ends_soon=asking.today.year >= known.known_to,
        update=_newer(visit),
        earlier=_month_path(first, -MONTHS),
        later=_month_path(first, MONTHS),
        offers=[_offer(visit, DeclareClosure), _offer(visit, WithdrawClosure, known)],
        faults=query.faults,
        values=query.values,
    )


def _first_month(query: Query, today: date) -> date:
    """The first day of the month that is asked for, or of today's."""
    written = query.text("month")
    match = _MONTH.fullmatch(written) if written else None
    if match and EARLIEST_YEAR <= int(match[1]) < LATEST_YEAR:
        return date(int(match[1]), int(match[2]), 1)
    if written:
        query.faults["month"] = _NO_MONTH
    return today.replace(day=1)


def _years(months: Sequence[date]) -> str:
    """Such as ``2026 and 2027``."""
    return " and ".join(dict.fromkeys(str(one.year) for one in months))


def _days_of(days: Mapping[date, str], months: Sequence[date]) -> list[tuple[str, str]]:
    """The days of the years that the page shows, each with its name."""
    years = {one.year for one in months}
    return [(day(one), name) for one, name in sorted(days.items()) if one.year in years]


def _month(known: Calendar, first: date, today: date) -> Month:
    last = add_months(first, 1) - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range(last.day)]
    working = [one for one in days if known.why_not(one, closures=False) is None]
    marks = {one: ("Bank holiday",) for one in days if one in known.bank_holidays}
    marks |= {one: ("Closure day",) for one in days if one in known.closures}
    return Month(
        first,
        weeks(known, first, last, closures=True, today=today, marks=marks),
        len(working),
        sum(one in known.closures for one in working),
        first.year <= known.known_to,
    )


def _month_path(first: date, by: int) -> str:
    """The address of the page that begins some months on; empty where there is none."""
    other = add_months(first, by)
    in_reach = EARLIEST_YEAR <= other.year < LATEST_YEAR
    return f"{PATH}?month={other:%Y-%m}" if in_reach else ""


def _offer(visit: Visit, kind: type[Act], known: Calendar | None = None) -> Offer:
    """A change of the calendar; of ``known``, only where it has a closure day."""
    policy = visit.asking.teller().policy
    why_not = possible.why_not(kind, visit.person, None, policy)
    if why_not is None and known is not None and not known.closures:
        why_not = "No closure day is declared."
    return Offer(wording.TITLES[kind.name], address.act_path("", kind.name), why_not)


def _newer(visit: Visit) -> Offer | None:
    """Taking over a newer list of bank holidays, where the program has one."""
    if compared(visit.asking).act is None:
        return None
    return Offer(wording.TITLES[UpdateBankHolidays.name], UPDATE, _why_not_update(visit))


# --- Taking over a newer list of bank holidays -----------------------------------------------------


@router.get(UPDATE)
@desks(Desk.UNIT)
def update(visit: AVisit) -> Response:
    """What the program's newer list would change, and which limits would move."""
    _check_may_update(visit)
    return _update_page(visit, Visit.new_command())


@router.post(UPDATE)
@desks(Desk.UNIT)
def updated(visit: AVisit) -> Response:
    """The list is taken over as it was shown, unless the calendar has changed meanwhile."""
    _check_may_update(visit)
    command_id, desk = visit.sent_command, visit.site.desk
    if desk.record.submitted(command_id) is not None:
        return visit.redirect(PATH, told=command_id)
    act = compared(visit.asking).act
    if act is None:
        return _update_page(visit, command_id)
    command = Command(act, Actor(visit.person), visit.asking.now)
    try:
        desk.workflow.do(command, visit.asking.now, command_id, {PARTNERSHIP: visit.seen or 0})
    except Refusal as refusal:
        told = _CHANGED if refusal.code is Code.CHANGED else dates_in_words(refusal.message)
        return _update_page(visit, command_id, told)
    return visit.redirect(PATH, told=command_id)


def _why_not_update(visit: Visit) -> str | None:
    policy = visit.asking.teller().policy
    return possible.why_not(UpdateBankHolidays, visit.person, None, policy)


def _check_may_update(visit: Visit) -> None:
    if (why_not := _why_not_update(visit)) is not None:
        raise Refusal(Code.NOT_PERMITTED, why_not)


def _update_page(visit: Visit, command_id: UUID, fault: str = "") -> Response:
    found, asking = compared(visit.asking), visit.asking
    lines, moved = _previewed(visit, found)
    return visit.page(
        "calendar_update.html",
        400 if fault else 200,
        path=UPDATE,
        lines=lines,
        moved=moved,
        left=[f"{left_here(one, asking)}." for one in found.left],
        seen=asking.workflow.partnership_at()[1],
        command=command_id,
        faults={"": fault} if fault else {},
        values={},
    )


def _previewed(visit: Visit, found: Compared) -> tuple[list[str], list[tuple[str, ...]]]:
    """What would be recorded, and the limits that it would move as the rows of a table."""
    if found.act is None:
        return [], []
    asking = visit.asking
    command = Command(found.act, Actor(visit.person), asking.now)
    would = visit.site.desk.workflow.preview(command, asking.now)
    moved: list[tuple[str, ...]] = [
        (move.reference, move.called, day(move.before), day(move.after), dates_in_words(cause))
        for move, cause in caused_moves(would, asking)
    ]
    return told_lines(would[PARTNERSHIP], asking), moved
