"""Where cases stood at a moment in the past, as it is known now or as it was known at another moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cspr_workflow.domain.entries import CLOCK, Entry
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.texts import opened_data
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.case_words import side_called
from cspr_workflow.interfaces.corrected import Correction, Corrections, plain_corrections
from cspr_workflow.interfaces.fallen_due import plain_fallen_due, told_pending
from cspr_workflow.interfaces.questions.question import Kind, Parameter, Question, Readers
from cspr_workflow.interfaces.sentences import Teller, day, words
from projections.board import Subject
from projections.chronology import corrected_streams, known_at, positions
from projections.standings import as_at


@dataclass(frozen=True, slots=True)
class Times:
    """The two times of a question; ``known`` is ``None`` where it is asked as it is known now."""

    stood: datetime
    known: datetime | None
    position: int


@dataclass(frozen=True, slots=True)
class Stood:
    """Where one case stood, with its texts opened.

    ``pending`` is what had fallen due by then and was not recorded as far as was known; so are
    ``corrections`` those of what had happened by then, as far as they were known.
    """

    reference: str
    kind: str
    standing: Mapping[str, Any]
    about: Subject
    teller: Teller
    times: Times
    pending: Sequence[Entry]
    corrections: Sequence[Correction]

    @property
    def title(self) -> str:
        """What the case is about."""
        agency, timescale = self.about.agency, self.about.timescale
        if agency is None or timescale is None:
            return "The incident"
        return f"{agency}: {self.teller.timescale(timescale)} of {self.about.incident} at risk"

    @property
    def told(self) -> str:
        """Where it stood, in a sentence without its full stop."""
        if self.kind == "escalation":
            return _escalation(self.standing, self.teller)
        return _incident(self.standing, self.teller)

    @property
    def not_recorded(self) -> list[str]:
        """What had fallen due and was not recorded, in sentences."""
        when = "not recorded by then" if self.times.known else "not yet recorded"
        return [told_pending(entry, self.teller, when) for entry in self.pending]

    @property
    def actions(self) -> list[tuple[str, str]]:
        """Each agreed action, and how it stood."""
        agency = self.about.agency or ""
        return [
            (reference, " ".join(_action(action, agency)))
            for reference, action in self.standing.get("actions", {}).items()
        ]


@dataclass(frozen=True, slots=True)
class Past:
    """Where cases stood at the two times of a question."""

    times: Times
    reference: str | None
    cases: list[Stood]

    def title(self, teller: Teller) -> str:
        """Which two times it is the answer for."""
        times = self.times
        known = "as it is known now"
        if times.known is not None:
            known = f"as it was known on {teller.moment(times.known)}"
        return (
            f"As it stood on {teller.moment(times.stood)}, {known} "
            f"(from the record up to position {times.position})"
        )


def _as_at(
    asked: Asking, *, moment: datetime, reference: str | None, known_at: datetime | None
) -> Past:
    if reference is not None:
        asked.cases(reference)
    times = _times(moment, known_at, asked)
    return Past(times, reference, list(_stood(times, reference, asked)))


def _times(stood: datetime, known: datetime | None, asked: Asking) -> Times:
    last = asked.record.last()[0] if known is None else known_at(asked.database, known)
    return Times(stood, known, last)


def _stood(times: Times, reference: str | None, asked: Asking) -> Iterator[Stood]:
    not_recorded = _recorded_later(times, asked) if times.known else _not_recorded(times, asked)
    streams = [None] if reference is None else asked.desk.streams(reference)
    corrected = corrected_streams(asked.database)
    for stream in streams:
        for one in as_at(asked.database, times.stood, times.position, stream):
            about = asked.subjects.get(one.stream)
            if about is None:
                continue
            teller = asked.teller(about.policy)
            standing = opened_data(one.standing, asked.record.opened)
            corrections = (
                _corrections(one.stream, times, teller, asked) if one.stream in corrected else []
            )
            pending = not_recorded.get(one.stream, [])
            yield Stood(
                one.reference, one.kind, standing, about, teller, times, pending, corrections
            )


def _corrections(stream: str, times: Times, teller: Teller, asked: Asking) -> list[Correction]:
    """The corrections that were known, of what had happened by then."""
    known = [one for one in asked.record.read(stream) if one.position <= times.position]
    found = Corrections(known, teller)
    return found.of(one.entry for one in known if one.entry.occurred <= times.stood)


def _not_recorded(times: Times, asked: Asking) -> dict[str, list[Entry]]:
    """What had fallen due by then and has no entry up to now, by stream."""
    found = map(asked.known, asked.due(times.stood))
    return {
        one.stream: [entry for entry in one.pending if entry.occurred <= times.stood]
        for one in found
    }


def _recorded_later(times: Times, asked: Asking) -> dict[str, list[Entry]]:
    """What had fallen due by then and was recorded only after it was asked what is known, by stream."""
    assert times.known is not None
    until = min(times.stood, times.known)
    clocks = positions(asked.database, author=CLOCK, since=times.known)
    found: dict[str, list[Entry]] = {}
    for one in asked.entries_at(place for place in clocks if place > times.position):
        if one.entry.occurred <= until:
            found.setdefault(one.stream, []).append(one.entry)
    return found


# --- In words --------------------------------------------------------------------------------


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


# --- As plain data ---------------------------------------------------------------------------


def _plain(found: Past, asked: Asking) -> dict[str, Any]:
    times = found.times
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
                "not_yet_recorded": [plain_fallen_due(entry, one.teller) for entry in one.pending],
                "corrections": plain_corrections(one.corrections),
            }
            for one in found.cases
        ],
    }


AS_AT = Question(
    "as-at",
    "Where did cases stand at a moment in the past, and what was known of that when?",
    Readers.CASES,
    _as_at,
    _plain,
    (
        Parameter("moment", Kind.MOMENT, "When they stood so.", required=True),
        Parameter(
            "reference", Kind.TEXT, "An incident or an escalation; all of them, if left out."
        ),
        Parameter(
            "known_at", Kind.MOMENT, "As it was known then; as it is known now, if left out."
        ),
    ),
)
