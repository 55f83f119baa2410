"""The chronology: everything that was recorded, with when it happened and when it was written down."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.entries import CLOCK, NO_CLAUSE
from cspr_workflow.domain.people import SCSP, called
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.fallen_due import plain_pending
from cspr_workflow.interfaces.questions.question import AGENCY, Kind, Parameter, Question, Readers
from cspr_workflow.interfaces.record_words import brought_in, did
from cspr_workflow.interfaces.sentences import Teller, day
from cspr_workflow.interfaces.unanswerable import Unanswerable
from projections.chronology import corrections, positions

_BEGINNING = datetime.min.replace(tzinfo=UTC)
COLUMNS = (
    "position",
    "event",
    "reference",
    "happened",
    "recorded",
    "what",
    "by",
    "role",
    "agency",
    "on_behalf_of",
    "means",
    "clause",
    "policy",
    "calendar",
    "type",
    "corrects",
    "corrected_by",
    "brought_in_from",
    "brought_in_by",
    "file_sha256",
    "written_there",
    "derived",
)
"""The columns of a table of entries; :attr:`EntryLine.cells` has what stands below them."""
TITLES = [name.replace("_", " ") for name in COLUMNS]


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry of the record, with what it corrects and what corrects it."""

    recorded: Recorded
    asked: Asking

    @property
    def teller(self) -> Teller:
        """The words of the entry's own policy."""
        return self.asked.teller(self.recorded.entry.policy)

    @property
    def reference(self) -> str:
        """The case that it is about; empty for the partnership's own."""
        return self.recorded.stream.partition(":")[2]

    @property
    def happened(self) -> str:
        """When it happened."""
        return self.teller.moment(self.recorded.entry.occurred)

    @property
    def told(self) -> str:
        """Who did what."""
        return did(self.recorded.entry, self.teller)

    @property
    def details(self) -> str:
        """Its position, its clause, and when it was written down."""
        entry = self.recorded.entry
        clause = f"clause {entry.clause}, " if entry.clause != NO_CLAUSE else ""
        recorded = f"recorded {self.teller.moment(entry.recorded)}"
        return f"Position {self.recorded.position}, {clause}{recorded}"

    @property
    def brought_in(self) -> str | None:
        """Where it was brought in from, if it was."""
        return brought_in(self.recorded.entry, self.teller)

    @property
    def corrects(self) -> int | None:
        """The position of the entry that a correction names."""
        fact = self.recorded.entry.fact
        if not isinstance(fact, Corrected):
            return None
        lines = self.asked.record.read(self.recorded.stream)
        return next((other.position for other in lines if str(other.id) == fact.event), None)

    @property
    def corrections(self) -> list["EntryLine"]:
        """The entries that correct it."""
        found = corrections(self.asked.database, str(self.recorded.id))
        return [EntryLine(one, self.asked) for one in self.asked.entries_at(found)]

    @property
    def told_as_correction(self) -> str:
        """A correction as it stands beside what it corrects."""
        when = self.teller.moment(self.recorded.entry.recorded)
        return f"{when}: {self.told} (position {self.recorded.position})"

    @property
    def cells(self) -> Sequence[Any]:
        """The entry as a row of a table."""
        one, asked = self.recorded, self.asked
        entry, by, origin = one.entry, one.entry.by, one.entry.imported
        corrected = [str(correction.recorded.position) for correction in self.corrections]
        return (
            one.position,
            str(one.id),
            self.reference,
            entry.occurred,
            entry.recorded,
            self.teller.sentence(entry),
            asked.name(by.person.id) if by else "the clock",
            called(by.person.role) if by else None,
            ("SCSP" if by.person.agency == SCSP else by.person.agency) if by else None,
            asked.subjects[one.stream].agency if by and by.means else None,
            by.means.value if by and by.means else None,
            entry.clause if entry.clause != NO_CLAUSE else None,
            entry.policy,
            entry.calendar,
            entry.fact.type,
            self.corrects,
            ", ".join(corrected) or None,
            origin.name if origin else None,
            asked.name(origin.by) if origin else None,
            origin.file if origin else None,
            origin.written if origin else None,
            origin.derived if origin else None,
        )


@dataclass(frozen=True, slots=True)
class History:
    """The entries that were asked for, one by one, and the cases with something not recorded yet.

    ``lines`` are read while they are gone through, once. ``several`` says that they are of more than
    one case.
    """

    title: str
    lines: Iterator[EntryLine]
    due: list[Known]
    several: bool


def _history(
    asked: Asking,
    *,
    reference: str | None,
    since: date | None,
    until: date | None,
    agency: str | None,
    person: str | None,
) -> History:
    only = asked.agency(agency)
    _check_person(person, asked)
    everything = not (since or until or only or person)
    if reference is not None and everything:
        lines: Iterable[Recorded] = _of(reference, asked)
    else:
        wanted = _positions((since, until), only, person, asked)
        lines = asked.entries_at(wanted) if reference is None else _of(reference, asked, wanted)
    return History(
        _title(reference, (since, until), agency, person, asked),
        (EntryLine(one, asked) for one in lines if _readable(one.stream, asked)),
        _due(reference, asked),
        reference is None,
    )


def _check_person(person: str | None, asked: Asking) -> None:
    if person is None or person == CLOCK or person in asked.people:
        return
    known = f"; known are {', '.join([*asked.people, CLOCK])}" if asked.reads_everything else ""
    raise Unanswerable("person", f"nobody by the id {person} takes part{known}.")


def _positions(
    period: tuple[date | None, date | None], agency: str | None, person: str | None, asked: Asking
) -> Iterator[int]:
    since, until = period
    civil = asked.civil
    return positions(
        asked.database,
        agency=agency,
        author=person,
        # Without a condition there would be nothing of the partnership's own record.
        since=civil.midnight_opening(since) if since else _BEGINNING,
        until=civil.midnight_ending(until) if until else None,
    )


def _readable(stream: str, asked: Asking) -> bool:
    return asked.reads_everything or asked.subject(stream) is not None


def _of(reference: str, asked: Asking, wanted: Iterable[int] | None = None) -> list[Recorded]:
    """The entries of one case, or of the partnership: those that are wanted, or all."""
    found = [one for one in asked.desk.lines(reference) if _readable(one.stream, asked)]
    if not found:
        raise asked.unknown(reference)
    if wanted is None:
        return found
    kept = set(wanted)
    return [one for one in found if one.position in kept]


def _due(reference: str | None, asked: Asking) -> list[Known]:
    """The cases in which something has fallen due that is not recorded yet."""
    streams = asked.due(asked.now)
    if reference is not None:
        of_it = asked.desk.streams(reference)
        streams = [stream for stream in streams if stream in of_it]
    return [known for known in map(asked.known, streams) if known.pending]


def _title(
    reference: str | None,
    period: tuple[date | None, date | None],
    agency: str | None,
    person: str | None,
    asked: Asking,
) -> str:
    told = "The whole record" if reference is None else f"The history of {reference}"
    if agency:
        told += f", as far as it concerns {agency}"
    if person:
        told += f", what {'the clock' if person == CLOCK else asked.name(person)} recorded"
    since, until = period
    if since:
        told += f", recorded from {day(since)}"
    if until:
        told += f"{'' if since else ', recorded'} up to {day(until)}"
    return told


# --- As plain data ---------------------------------------------------------------------------


def _plain(found: History, asked: Asking) -> dict[str, Any]:
    pending = [
        {"reference": known.case.reference, **one}
        for known in found.due
        for one in plain_pending(known)
    ]
    entries = [
        dict(zip(COLUMNS, map(asked.plain, line.cells), strict=True)) for line in found.lines
    ]
    return {"entries": entries, "not_yet_recorded": pending}


HISTORY = Question(
    "history",
    "What was recorded, in order: when it happened, when it was written down, and by whom?",
    Readers.CASES,
    _history,
    _plain,
    (
        Parameter(
            "reference",
            Kind.TEXT,
            f"An incident, an escalation, or '{PARTNERSHIP}'; everything, if left out.",
        ),
        Parameter(
            "from", Kind.DAY, "Only what was recorded on this day or later.", keyword="since"
        ),
        Parameter(
            "to", Kind.DAY, "Only what was recorded on this day or earlier.", keyword="until"
        ),
        AGENCY,
        Parameter("person", Kind.TEXT, f"Only what this person recorded, by id, or '{CLOCK}'."),
    ),
)
