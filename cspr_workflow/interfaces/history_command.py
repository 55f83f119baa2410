"""The chronology: everything that was recorded, with when it happened and when it was written down."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Annotated, Any

import typer
from rich.console import Console

from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.entries import CLOCK, NO_CLAUSE
from cspr_workflow.domain.people import SCSP, called
from cspr_workflow.interfaces import spreadsheet
from cspr_workflow.interfaces.asking import (
    AgencyOption,
    Asking,
    Known,
    asking,
    plain_pending,
    read_day,
    told_pending,
)
from cspr_workflow.interfaces.commands import AsJson, Failed
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.record_words import brought_in, did
from cspr_workflow.interfaces.sentences import counted, day
from cspr_workflow.interfaces.spreadsheet import AsCsv
from cspr_workflow.interfaces.terminal import columns, heading, row, safe
from projections.board import subjects
from projections.chronology import corrections, positions

_WHEN = 22
_AT_ONCE = 200
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_DAY = "YYYY-MM-DD"


def history_command(
    reference: Annotated[
        str | None,
        typer.Argument(
            metavar="REFERENCE",
            help=f"An incident, an escalation, or '{PARTNERSHIP}'; everything, if left out.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar=_DAY, help="Only what was recorded on this day or later."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", metavar=_DAY, help="Only what was recorded on this day or earlier."),
    ] = None,
    agency: AgencyOption = None,
    person: Annotated[
        str | None,
        typer.Option(
            metavar="PERSON", help=f"Only what this person recorded, by id, or '{CLOCK}'."
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Everything that was recorded, in order: when it happened, when it was written down, by whom.

    A correction stands beside what it corrects, and what was brought in from elsewhere is marked.
    """
    spreadsheet.one_form(as_json=as_json, as_csv=as_csv)
    period = read_day("--from", since), read_day("--to", until)
    with asking(store) as asked:
        asked.check_agency(agency)
        _check_person(person, asked)
        wanted = _positions(period, agency, person, asked)
        due = _due(reference, asked)
        lines = asked.entries_at(wanted) if reference is None else _of(reference, wanted, asked)
        history = _History(asked, several=reference is None)
        if as_csv:
            table = (history.row(one) for one in lines)
            titles = [name.replace("_", " ") for name in _COLUMNS]
            spreadsheet.print_table(titles, table, asked)
        elif as_json:
            pending = [
                {"reference": known.case.reference, **one}
                for known in due
                for one in plain_pending(known)
            ]
            entries = [history.plain(one) for one in lines]
            asked.echo({"entries": entries, "not_yet_recorded": pending})
        else:
            out = asked.screen()
            out.print(safe(_heading(reference, period, agency, person, asked), "bold"))
            history.tell(lines, out)
            _tell_due(due, out, several=reference is None)


# --- Which entries ---------------------------------------------------------------------------


def _check_person(person: str | None, asked: Asking) -> None:
    if person is not None and person != CLOCK and person not in asked.people:
        known = ", ".join([*asked.people, CLOCK])
        raise Failed(f"--person: nobody by the id {person} takes part; known are {known}.")


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


def _of(reference: str, wanted: Iterable[int], asked: Asking) -> list[Recorded]:
    """Of the entries of one case, or of the partnership, those that are wanted."""
    found = asked.desk.lines(reference)
    if not found:
        raise asked.unknown(reference)
    kept = set(wanted)
    return [one for one in found if one.position in kept]


def _due(reference: str | None, asked: Asking) -> list[Known]:
    """The cases in which something has fallen due that is not recorded yet."""
    streams = asked.desk.views.due(asked.now)
    if reference is not None:
        streams = [stream for stream in streams if stream in asked.desk.streams(reference)]
    return [known for known in map(asked.known, streams) if known.pending]


def _heading(
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


def _tell_due(due: Sequence[Known], out: Console, *, several: bool) -> None:
    """What has fallen due and has no entry yet."""
    if not due:
        return
    heading(out, "Fallen due and not yet recorded")
    if several:
        out.print(safe(f"Something in {counted(len(due), 'case')}; cspr board shows them first."))
        return
    for known in due:
        for entry in known.pending:
            out.print(safe(told_pending(entry, known.teller)))


# --- How it is told --------------------------------------------------------------------------

_COLUMNS = (
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


class _History:
    """Tells entries one by one, each with its corrections."""

    def __init__(self, asked: Asking, *, several: bool) -> None:
        self._asked = asked
        self._several = several
        self._subjects = subjects(asked.database)

    def row(self, one: Recorded) -> Sequence[Any]:
        """An entry's columns."""
        entry, by, origin = one.entry, one.entry.by, one.entry.imported
        reference = one.stream.partition(":")[2]
        teller = self._asked.teller(entry.policy)
        corrected = [correction.position for correction in self._corrections(one)]
        return (
            one.position,
            str(one.id),
            reference,
            entry.occurred,
            entry.recorded,
            teller.sentence(entry),
            self._asked.name(by.person.id) if by else "the clock",
            called(by.person.role) if by else None,
            ("SCSP" if by.person.agency == SCSP else by.person.agency) if by else None,
            self._subjects[one.stream].agency if by and by.means else None,
            by.means.value if by and by.means else None,
            entry.clause if entry.clause != NO_CLAUSE else None,
            entry.policy,
            entry.calendar,
            entry.fact.type,
            self._corrects(one),
            ", ".join(map(str, corrected)) or None,
            origin.name if origin else None,
            self._asked.name(origin.by) if origin else None,
            origin.file if origin else None,
            origin.written if origin else None,
            origin.derived if origin else None,
        )

    def plain(self, one: Recorded) -> dict[str, Any]:
        """An entry for programs."""
        cells = map(self._asked.plain, self.row(one))
        return dict(zip(_COLUMNS, cells, strict=True))

    def tell(self, lines: Iterable[Recorded], out: Console) -> None:
        """The entries for people, as many at once as are read at once."""
        left, number = iter(lines), 0
        while some := list(islice(left, _AT_ONCE)):
            table = columns(_WHEN, None)
            for one in some:
                for when, text in self._sentences(one):
                    row(table, when, text)
            out.print(table)
            number += len(some)
        told = counted(number, "entry").replace("entrys", "entries")
        out.print(safe(f"{told}."))

    def _sentences(self, one: Recorded) -> Iterator[tuple[str, Any]]:
        entry = one.entry
        teller = self._asked.teller(entry.policy)
        reference = one.stream.partition(":")[2]
        about = f"[{reference}] " if reference and self._several else ""
        yield teller.moment(entry.occurred), f"{about}{did(entry, teller)}"
        clause = f"clause {entry.clause}, " if entry.clause != NO_CLAUSE else ""
        recorded = f"recorded {teller.moment(entry.recorded)}"
        yield "", safe(f"Position {one.position}, {clause}{recorded}", "dim")
        if origin := brought_in(entry, teller):
            yield "", safe(origin, "dim")
        if corrects := self._corrects(one):
            yield "", safe(f"It corrects position {corrects}.", "dim")
        for correction in self._corrections(one):
            told = self._asked.teller(correction.entry.policy)
            when = told.moment(correction.entry.recorded)
            text = f"{when}: {did(correction.entry, told)} (position {correction.position})"
            yield "Corrected", safe(text, "italic")

    def _corrections(self, one: Recorded) -> Iterator[Recorded]:
        return self._asked.entries_at(corrections(self._asked.database, str(one.id)))

    def _corrects(self, one: Recorded) -> int | None:
        """The position of the entry that a correction names."""
        fact = one.entry.fact
        if not isinstance(fact, Corrected):
            return None
        lines = self._asked.record.read(one.stream)
        return next((other.position for other in lines if str(other.id) == fact.event), None)
