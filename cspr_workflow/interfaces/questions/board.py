"""The board: every open case, what has passed in it, when something next falls due, and who holds it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.fallen_due import plain_pending, told_pending
from cspr_workflow.interfaces.questions.question import AGENCY, Kind, Parameter, Question, Readers
from cspr_workflow.interfaces.sentences import counted, day
from cspr_workflow.interfaces.story import standing, told_due
from projections.board import Place, places

MOST_SHOWN = 50
_SUNDAY = 6


class When(StrEnum):
    """When something next falls due in a case, the most pressing first."""

    NOT_RECORDED = "not_recorded"
    PASSED = "passed"
    TODAY = "today"
    TOMORROW = "tomorrow"
    THIS_WEEK = "this_week"
    LATER = "later"
    NOTHING_DUE = "nothing_due"
    CLOSED = "closed"


_TITLES = {
    When.NOT_RECORDED: "Fallen due and not yet recorded",
    When.PASSED: "Passed: a limit, a timescale, or an action not maintained",
    When.TODAY: "Due today",
    When.TOMORROW: "Due tomorrow",
    When.THIS_WEEK: "Due this week",
    When.LATER: "Due later",
    When.NOTHING_DUE: "Nothing falls due: waiting for people",
    When.CLOSED: "Closed",
}
_SHORT = {
    When.NOT_RECORDED: "fallen due and not yet recorded",
    When.PASSED: "passed",
    When.TODAY: "due today",
    When.TOMORROW: "due tomorrow",
    When.THIS_WEEK: "due this week",
    When.LATER: "due later",
    When.NOTHING_DUE: "waiting for people",
    When.CLOSED: "closed",
}


@dataclass(frozen=True)
class CaseLine:
    """A case as a list shows it: what it is about, where it stands, what is next, who holds it."""

    known: Known
    asked: Asking

    @property
    def reference(self) -> str:
        """The case's reference."""
        return self.known.case.reference

    @property
    def title(self) -> str:
        """What the case is about."""
        case, teller = self.known.case, self.known.teller
        if isinstance(case, Escalation):
            return f"{case.agency}: {teller.timescale(case.timescale)} of {case.incident} at risk"
        return f"The incident of {day(case.incident_on)}"

    @property
    def standing(self) -> str:
        """Where it stands, in a sentence without its full stop."""
        return standing(self.known.case, self.known.teller)

    @property
    def pending(self) -> list[str]:
        """What has fallen due in it and is not recorded yet, in sentences."""
        return [told_pending(entry, self.known.teller) for entry in self.known.pending]

    @property
    def next(self) -> str | None:
        """What falls due next if nobody acts, in a sentence; ``None`` for one that has ended."""
        if self.known.due is None and self.known.has_ended:
            return None
        return self.asked.told_next(self.known)

    @property
    def with_agency(self) -> str | None:
        """What lies with the agency in question, in a sentence."""
        held, agency = self.known.held.agency, self.known.agency
        return f"With {agency}: {'; '.join(held)}." if held and agency else None

    @property
    def with_scsp(self) -> str | None:
        """What lies with SCSP and with which of its roles, in a sentence."""
        ways = self.known.held.scsp
        return f"With SCSP: {'; '.join(way.told() for way in ways)}." if ways else None

    @property
    def holders(self) -> str:
        """Who is holding it, in sentences; empty for one that has ended."""
        return " ".join(told for told in (self.with_agency, self.with_scsp) if told)


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of the board that are due at the same time."""

    when: When
    title: str
    cases: tuple[CaseLine, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The board at a moment: its groups, the most pressing first, with no more cases than asked for."""

    now: datetime
    summary: str
    counts: Counter[When]
    groups: tuple[Group, ...]
    not_shown: int

    @property
    def in_all(self) -> int:
        """How many cases there are, shown or not."""
        return self.counts.total()


def _board(asked: Asking, *, agency: str | None, closed: bool, limit: int) -> Board:
    found = _placed(_readable(asked.agency(agency), asked, closed=closed), asked)
    shown = [(when, CaseLine(asked.known(place.stream), asked)) for when, place in found[:limit]]
    groups = tuple(
        Group(when, _title(when, asked), tuple(case for one, case in shown if one is when))
        for when in When
    )
    return Board(
        asked.now,
        _summary(found),
        Counter(when for when, _ in found),
        tuple(group for group in groups if group.cases),
        len(found) - len(shown),
    )


def _readable(agency: str | None, asked: Asking, *, closed: bool) -> list[Place]:
    found = places(asked.database, agency, closed=closed)
    if asked.reads_everything:
        return found
    # The incidents among them name other agencies' escalations.
    return [place for place in found if place.stream in asked.subjects]


def _placed(found: Sequence[Place], asked: Asking) -> list[tuple[When, Place]]:
    """The cases with when they are due, the most pressing first."""
    order = list(When)

    def pressing(one: tuple[When, Place]) -> tuple[int, bool, datetime]:
        when, place = one
        return order.index(when), place.due is None, place.due or asked.now

    return sorted(((_when(place, asked), place) for place in found), key=pressing)


def _when(place: Place, asked: Asking) -> When:
    if place.due is not None and place.due <= asked.now:
        return When.NOT_RECORDED
    if not place.is_open:
        return When.CLOSED
    if place.passed:
        return When.PASSED
    if place.due is None:
        return When.NOTHING_DUE
    today = asked.today
    last_day = asked.civil.counted_from(place.due)
    if last_day <= today:
        return When.TODAY
    if last_day == today + timedelta(days=1):
        return When.TOMORROW
    sunday = today + timedelta(days=_SUNDAY - today.weekday())
    return When.THIS_WEEK if last_day <= sunday else When.LATER


def _summary(found: Sequence[tuple[When, Place]]) -> str:
    if not found:
        return "no case."
    counts = Counter(when for when, _ in found)
    parts = [f"{counts[when]} {_SHORT[when]}" for when in When if counts[when]]
    return f"{counted(len(found), 'case')}: {', '.join(parts)}."


def _title(when: When, asked: Asking) -> str:
    days = {When.TODAY: asked.today, When.TOMORROW: asked.today + timedelta(days=1)}
    return f"{_TITLES[when]}, {day(days[when])}" if when in days else _TITLES[when]


# --- As plain data ---------------------------------------------------------------------------


def _plain(found: Board, asked: Asking) -> dict[str, Any]:
    return {
        "now": asked.local(found.now),
        "counts": {when.value: found.counts[when] for when in When},
        "cases": [
            {"when": group.when.value, **plain_case(case)}
            for group in found.groups
            for case in group.cases
        ],
        "not_shown": found.not_shown,
    }


def plain_case(line: CaseLine) -> dict[str, Any]:
    """Where a case stands and what comes next, as plain data."""
    known, asked = line.known, line.asked
    due = known.due
    return {
        **_about(known),
        "policy": known.case.policy,
        "standing": line.standing,
        "not_yet_recorded": plain_pending(known),
        "next": {
            "falls_due": asked.local(due.moment),
            "what": told_due(due, known.teller, asked.workflow),
            "clause": due.clause,
        }
        if due
        else None,
        "with_agency": list(known.held.agency),
        "with_scsp": [
            {"what": way.what, "by": [str(one) for one in way.whom]} for way in known.held.scsp
        ],
    }


def _about(known: Known) -> dict[str, Any]:
    case = known.case
    about: dict[str, Any] = {"reference": case.reference, "state": str(case.state)}
    if not isinstance(case, Escalation):
        return {**about, "kind": "incident", "incident_on": case.incident_on.isoformat()}
    return {
        **about,
        "kind": "escalation",
        "incident": case.incident,
        "agency": case.agency,
        "timescale": case.timescale,
    }


BOARD = Question(
    "board",
    "Which cases are open, what has passed in them, what falls due when, and who is holding them?",
    Readers.CASES,
    _board,
    _plain,
    (
        AGENCY,
        Parameter("all", Kind.FLAG, "The closed cases too.", default=False, keyword="closed"),
        Parameter("limit", Kind.NUMBER, "No more cases than this.", default=MOST_SHOWN),
    ),
)
