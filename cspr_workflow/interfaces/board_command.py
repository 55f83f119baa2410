"""The board: every open case, what has passed in it, when something next falls due, and who holds it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.interfaces.asking import (
    AgencyOption,
    Asking,
    Known,
    asking,
    plain_pending,
    told_pending,
)
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.record_words import full_stop
from cspr_workflow.interfaces.sentences import counted, day
from cspr_workflow.interfaces.story import standing, told_due
from cspr_workflow.interfaces.terminal import columns, heading, row, safe
from projections.board import Place, places

MOST_SHOWN = 50
_REFERENCE = 16
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


def board_command(
    agency: AgencyOption = None,
    every: Annotated[bool, typer.Option("--all", help="The closed cases too.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="Show no more cases than this.")
    ] = MOST_SHOWN,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """The open cases: what has passed, what falls due when, who is holding it, what comes next.

    A last day is over at the midnight that ends it: what is due today falls due at that midnight.
    """
    with asking(store) as asked:
        asked.check_agency(agency)
        found = placed(places(asked.database, agency, closed=every), asked)
        shown = [(when, asked.known(place.stream)) for when, place in found[:limit]]
        if as_json:
            asked.echo(_plain(found, shown, asked))
        else:
            _tell(found, shown, asked)


def placed(found: Sequence[Place], asked: Asking) -> list[tuple[When, Place]]:
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


# --- For people ------------------------------------------------------------------------------


def title(known: Known) -> str:
    """What a case is about, in a line."""
    case = known.case
    if isinstance(case, Escalation):
        return f"{case.agency}: {known.teller.timescale(case.timescale)} of {case.incident} at risk"
    return f"The incident of {day(case.incident_on)}"


def told_holders(known: Known) -> str:
    """Who is holding a case, in sentences; empty for one that has ended."""
    found = known.held
    told = []
    if found.agency and isinstance(known.case, Escalation):
        told.append(f"With {known.case.agency}: {'; '.join(found.agency)}.")
    if found.scsp:
        told.append(f"With SCSP: {'; '.join(way.told() for way in found.scsp)}.")
    return " ".join(told)


def _tell(
    found: Sequence[tuple[When, Place]], shown: Sequence[tuple[When, Known]], asked: Asking
) -> None:
    out = asked.screen()
    out.print(safe(f"The board on {asked.teller().moment(asked.now)}: {_summary(found)}", "bold"))
    for when in When:
        group = [known for one, known in shown if one is when]
        if group:
            heading(out, _heading(when, asked))
            _tell_group(group, asked, out)
    if more := len(found) - len(shown):
        out.print()
        out.print(safe(f"{more} more are not shown; --limit {len(found)} shows them all."))


def _summary(found: Sequence[tuple[When, Place]]) -> str:
    if not found:
        return "no case."
    counts = Counter(when for when, _ in found)
    parts = [f"{counts[when]} {_SHORT[when]}" for when in When if counts[when]]
    return f"{counted(len(found), 'case')}: {', '.join(parts)}."


def _heading(when: When, asked: Asking) -> str:
    days = {When.TODAY: asked.today, When.TOMORROW: asked.today + timedelta(days=1)}
    return f"{_TITLES[when]}, {day(days[when])}" if when in days else _TITLES[when]


def _tell_group(group: Sequence[Known], asked: Asking, out: Console) -> None:
    table = columns(_REFERENCE, None)
    for number, known in enumerate(group):
        if number:
            row(table, "", "")
        row(table, known.case.reference, safe(title(known), "bold"))
        row(table, "", full_stop(standing(known.case, known.teller)))
        for entry in known.pending:
            row(table, "", safe(told_pending(entry, known.teller), "bold"))
        if known.due or not known.has_ended:
            row(table, "", safe(f"Next, if nobody acts: {asked.told_next(known)}", "dim"))
        if holders := told_holders(known):
            row(table, "", safe(holders, "dim"))
    out.print(table)


# --- For other programs ----------------------------------------------------------------------


def _plain(
    found: Sequence[tuple[When, Place]], shown: Sequence[tuple[When, Known]], asked: Asking
) -> dict[str, Any]:
    counts = Counter(when for when, _ in found)
    return {
        "now": asked.local(asked.now),
        "counts": {when.value: counts[when] for when in When},
        "cases": [{"when": when.value, **plain_case(known, asked)} for when, known in shown],
        "not_shown": len(found) - len(shown),
    }


def plain_case(known: Known, asked: Asking) -> dict[str, Any]:
    """Where a case stands and what comes next, as plain data."""
    case = known.case
    about: dict[str, Any] = {"reference": case.reference, "state": str(case.state)}
    if isinstance(case, Escalation):
        about |= {
            "kind": "escalation",
            "incident": case.incident,
            "agency": case.agency,
            "timescale": case.timescale,
        }
    else:
        about |= {"kind": "incident", "incident_on": case.incident_on.isoformat()}
    due = known.due
    return {
        **about,
        "policy": case.policy,
        "standing": standing(case, known.teller),
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
