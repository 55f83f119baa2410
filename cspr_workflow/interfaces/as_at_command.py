"""Where cases stood at a moment in the past, as it is known now or as it was known at another moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from cspr_workflow.domain.entries import CLOCK, Entry
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.texts import opened_data
from cspr_workflow.interfaces.asking import (
    Asking,
    asking,
    moment_up_to_now,
    plain_fallen_due,
    told_pending,
)
from cspr_workflow.interfaces.case_words import side_called
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.record_words import full_stop
from cspr_workflow.interfaces.sentences import Teller, counted, day, words
from cspr_workflow.interfaces.terminal import columns, row, safe
from projections.board import Subject, subjects
from projections.chronology import known_at, positions
from projections.standings import as_at

_REFERENCE = 16
_MOMENT = "MOMENT"


@dataclass(frozen=True, slots=True)
class _Stood:
    """Where one case stood, with its texts opened.

    ``pending`` is what had fallen due by then and was not recorded as far as was known.
    """

    reference: str
    kind: str
    standing: Mapping[str, Any]
    about: Subject
    pending: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class _Times:
    """The two times of a question; ``known`` is ``None`` where it is asked as it is known now."""

    stood: datetime
    known: datetime | None
    position: int


def as_at_command(
    moment: Annotated[
        str,
        typer.Argument(
            metavar=_MOMENT, help="When they stood so, such as 2026-12-03T14:30, local time."
        ),
    ],
    reference: Annotated[
        str | None,
        typer.Argument(
            metavar="REFERENCE", help="An incident or an escalation; all of them, if left out."
        ),
    ] = None,
    known: Annotated[
        str | None,
        typer.Option(
            "--known-at",
            metavar=_MOMENT,
            help="As it was known then; as it is known now, if left out.",
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Where cases stood at a moment, by what had happened up to it, and what was known of that when.

    What was written down late counts from when it happened; --known-at leaves out what was not
    written down by then.
    """
    with asking(store) as asked:
        times = _times(moment, known, asked)
        if reference is not None:
            asked.cases(reference)
        found = list(_stood(times, reference, asked))
        if as_json:
            asked.echo(_plain(found, times, asked))
        else:
            _tell(found, times, reference, asked)


def _times(moment: str, known: str | None, asked: Asking) -> _Times:
    stood = moment_up_to_now(_MOMENT, moment, asked)
    if known is None:
        return _Times(stood, None, asked.record.last()[0])
    known_moment = moment_up_to_now("--known-at", known, asked)
    return _Times(stood, known_moment, known_at(asked.database, known_moment))


def _stood(times: _Times, reference: str | None, asked: Asking) -> Iterator[_Stood]:
    about = subjects(asked.database)
    not_recorded = _recorded_later(times, asked) if times.known else _not_recorded(times, asked)
    streams = [None] if reference is None else asked.desk.streams(reference)
    for stream in streams:
        for one in as_at(asked.database, times.stood, times.position, stream):
            standing = opened_data(one.standing, asked.record.opened)
            pending = not_recorded.get(one.stream, [])
            yield _Stood(one.reference, one.kind, standing, about[one.stream], pending)


def _not_recorded(times: _Times, asked: Asking) -> dict[str, list[Entry]]:
    """What had fallen due by then and has no entry up to now, by stream."""
    found = map(asked.known, asked.desk.views.due(times.stood))
    return {
        one.stream: [entry for entry in one.pending if entry.occurred <= times.stood]
        for one in found
    }


def _recorded_later(times: _Times, asked: Asking) -> dict[str, list[Entry]]:
    """What had fallen due by then and was recorded only after it was asked what is known, by stream."""
    assert times.known is not None
    until = min(times.stood, times.known)
    clocks = positions(asked.database, author=CLOCK, since=times.known)
    found: dict[str, list[Entry]] = {}
    for one in asked.entries_at(place for place in clocks if place > times.position):
        if one.entry.occurred <= until:
            found.setdefault(one.stream, []).append(one.entry)
    return found


# --- For people ------------------------------------------------------------------------------


def _tell(found: Sequence[_Stood], times: _Times, reference: str | None, asked: Asking) -> None:
    out = asked.screen()
    out.print(safe(_heading(times, asked.teller()), "bold"))
    if not found:
        what = f"{reference} had not begun" if reference else "No case had begun"
        out.print(safe(f"{what} by then, as far as that was known."))
        return
    if reference is None:
        out.print(safe(f"{counted(len(found), 'case')}."))
    for one in found:
        out.print()
        _tell_one(one, times, asked, out)


def _heading(times: _Times, teller: Teller) -> str:
    if times.known is None:
        known = "as it is known now"
    else:
        known = f"as it was known on {teller.moment(times.known)}"
    return (
        f"As it stood on {teller.moment(times.stood)}, {known} "
        f"(from the record up to position {times.position})"
    )


def _tell_one(one: _Stood, times: _Times, asked: Asking, out: Console) -> None:
    teller = asked.teller(one.about.policy)
    escalation = one.kind == "escalation"
    table = columns(_REFERENCE, None)
    row(table, one.reference, safe(_title(one.about, teller), "bold"))
    told = _escalation(one.standing, teller) if escalation else _incident(one.standing, teller)
    row(table, "", full_stop(told))
    when = "not recorded by then" if times.known else "not yet recorded"
    for entry in one.pending:
        row(table, "", safe(told_pending(entry, teller, when), "bold"))
    for reference, action in one.standing.get("actions", {}).items():
        row(table, f"  {reference}", " ".join(_action(action, one.about.agency or "")))
    out.print(table)


def _title(about: Subject, teller: Teller) -> str:
    if about.agency is None or about.timescale is None:
        return "The incident"
    return f"{about.agency}: {teller.timescale(about.timescale)} of {about.incident} at risk"


def _escalation(standing: Mapping[str, Any], teller: Teller) -> str:
    if ending := standing.get("resolved"):
        return f"resolved on {_moment(ending['entered'], teller)}: {ending['outcome']}"
    text = f"{teller.stage(standing['state'])} since {_moment(standing['stages'][-1]['entered'], teller)}"
    if limit := standing.get("limit"):
        text += f"; limit {_day(limit['last_day'])} ({words(limit['state'])})"
    return text + ("; no longer at risk" if "no_longer_at_risk" in standing else "")


def _incident(standing: Mapping[str, Any], teller: Teller) -> str:
    parts = [words(standing["state"])]
    for id, timescale in standing["timescales"].items():
        if timescale["state"] != "not_started":
            last = f", last day {_day(timescale['last_day'])}" if "last_day" in timescale else ""
            parts.append(f"{teller.timescale(id)} {words(timescale['state'])}{last}")
    return "; ".join(parts)


def _action(action: Mapping[str, Any], agency: str) -> Iterator[str]:
    owner = side_called(Side(action["owner"]), agency)
    state = words(action["state"]).capitalize()
    if action["done_on"]:
        state += f", done on {_day(action['done_on'])}"
    yield f"{state}: {action['what']} (owner {owner}, due {_day(action['due'])})."
    for side, terms in action.get("differing", {}).items():
        name = side_called(Side(side), agency)
        yield f"{name} has: {terms['what']}, due {_day(terms['due'])}."
    if action.get("reported"):
        yield "The agency's record stands on a report."


def _moment(written: str, teller: Teller) -> str:
    return teller.moment(datetime.fromisoformat(written))


def _day(written: str) -> str:
    return day(date.fromisoformat(written))


# --- For other programs ----------------------------------------------------------------------


def _plain(found: Sequence[_Stood], times: _Times, asked: Asking) -> dict[str, Any]:
    return {
        "as_at": asked.local(times.stood),
        "known_at": asked.local(times.known) if times.known else None,
        "position": times.position,
        "cases": [
            {
                "reference": one.reference,
                "kind": one.kind,
                "incident": one.about.incident,
                "agency": one.about.agency,
                "timescale": one.about.timescale,
                "standing": one.standing,
                "not_yet_recorded": [
                    plain_fallen_due(entry, asked.teller(one.about.policy)) for entry in one.pending
                ],
            }
            for one in found
        ],
    }
