"""A question put to a store: at one moment, with texts opened and people's names. Asking writes nothing.

What every command that answers a question has in common: the line that marks a rehearsal, cases with
what has fallen due in them and is not recorded yet, days and moments as they are written.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cspr_workflow import forms
from cspr_workflow.application.casefile import read_moment
from cspr_workflow.application.handle import Workflow, escalation_stream, incident_stream
from cspr_workflow.application.opened import OpenedRecord
from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.transaction import evolved
from cspr_workflow.domain import clock
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.clock import Case, Due
from cspr_workflow.domain.entries import Entry, Rules
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.partnership import Partnership
from cspr_workflow.domain.people import SCSP, Person
from cspr_workflow.domain.policy import Policy
from cspr_workflow.forms import Wrong
from cspr_workflow.interfaces.commands import Failed
from cspr_workflow.interfaces.desk import Desk, opened_desk
from cspr_workflow.interfaces.holding import Held, held
from cspr_workflow.interfaces.record_words import does, full_stop
from cspr_workflow.interfaces.sentences import Teller
from cspr_workflow.interfaces.story import told_due
from cspr_workflow.interfaces.terminal import console, safe
from projections.database import Database

_AT_ONCE = 200
ReferenceArgument = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="An incident's or an escalation's reference.")
]
AgencyOption = Annotated[
    str | None, typer.Option("--agency", metavar="AGENCY", help="Only what concerns this agency.")
]


@dataclass(frozen=True, slots=True)
class Known:
    """A case as it is recorded, and ``pending``: what has fallen due in it and is not recorded yet.

    ``after`` is the case as it will stand once that is recorded.
    """

    stream: str
    case: Case
    recorded: Sequence[Recorded]
    teller: Teller
    rules: Rules
    pending: Sequence[Entry]
    after: Case

    @property
    def policy(self) -> Policy:
        """The policy that the case is pinned to."""
        return self.teller.policy

    @property
    def entries(self) -> list[Entry]:
        """Its entries, in order."""
        return [one.entry for one in self.recorded]

    @property
    def due(self) -> Due | None:
        """What falls due next, after what is due already."""
        return clock.next_due(self.after, self.policy)

    @property
    def held(self) -> Held:
        """Who is holding the case, once what is due is recorded: every act records that first."""
        return held(self.after, [*self.entries, *self.pending], self.policy)

    @property
    def has_ended(self) -> bool:
        """Whether the case is closed."""
        case = self.case
        return case.ending is not None if isinstance(case, Escalation) else case.state.is_end


class Asking:
    """One question put to one store."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.now = desk.now()
        self.record = OpenedRecord(desk.record)
        self.workflow = Workflow(self.record, desk.views, desk.policies)
        self._names = desk.names
        self._tellers: dict[str, Teller] = {}

    # --- What there is ---------------------------------------------------------------------------

    @property
    def rehearsal(self) -> bool:
        """Whether the store is a rehearsal."""
        return self.desk.rehearsal

    @cached_property
    def database(self) -> Database:
        """The views, caught up with the record."""
        return self.desk.views.database

    @cached_property
    def partnership(self) -> Partnership:
        """The partnership as it stands."""
        found = self.workflow.partnership
        if found.policy is None:
            raise Failed(f"{self.desk.folder}: no policy is adopted yet; make the store anew.")
        return found

    @cached_property
    def civil(self) -> CivilTime:
        """Days and moments as the policy in force counts them."""
        return self.teller().policy.civil

    @cached_property
    def today(self) -> date:
        """The civil day of the moment at which the question is put."""
        return self.civil.day(self.now)

    def teller(self, label: str | None = None) -> Teller:
        """Tells in the words of a policy: the one in force where the label names none."""
        if label is None or label not in self.desk.policies:
            label = self.partnership.policy
            assert label is not None
        if label not in self._tellers:
            self._tellers[label] = Teller(self.desk.policies[label], self._names)
        return self._tellers[label]

    def name(self, person: str) -> str:
        """A person's name, by id."""
        return self._names.get(person, person)

    # --- Cases -----------------------------------------------------------------------------------

    def known(self, stream: str) -> Known:
        """The case of a stream, which has to be there."""
        recorded = self.record.read(stream)
        case = evolved(None, stream, recorded[0].entry)
        for one in recorded[1:]:
            case = evolved(case, stream, one.entry)
        teller = self.teller(case.policy)
        rules = self.partnership.rules(teller.policy)
        after, pending = clock.let_time_pass(case, self.now, rules)
        return Known(stream, case, recorded, teller, rules, pending, after)

    def find(self, reference: str) -> list[Known]:
        """The incident and the escalation of a reference; empty where there is neither."""
        streams = (incident_stream(reference), escalation_stream(reference))
        return [self.known(stream) for stream in streams if self.record.read(stream)]

    def cases(self, reference: str) -> list[Known]:
        """The incident and the escalation of a reference; the command ends where there is neither."""
        found = self.find(reference)
        if not found:
            raise self.unknown(reference)
        return found

    def unknown(self, reference: str, where: str = "") -> Failed:
        """The end of a command that was given a reference that is none."""
        place = f"{where}: {reference}" if where else reference
        return Failed(
            f"{place}: there is no incident or escalation of this reference. "
            "cspr board --all lists them all."
        )

    @cached_property
    def people(self) -> Mapping[str, Person]:
        """Everybody who takes part or took part, by id."""
        return {**self.partnership.left, **self.partnership.people}

    def entries_at(self, positions: Iterable[int]) -> Iterator[Recorded]:
        """The entries at these positions, which are in order; neighbours are read at once."""
        first = count = 0
        for position in positions:
            if count and position == first + count and count < _AT_ONCE:
                count += 1
                continue
            if count:
                yield from self.record.read_all(first - 1, count)
            first, count = position, 1
        if count:
            yield from self.record.read_all(first - 1, count)

    def check_agency(self, agency: str | None) -> None:
        """End the command where nobody of the agency takes part or ever did."""
        if agency is None:
            return
        known = sorted({person.agency for person in self.people.values()} - {SCSP})
        if agency not in known:
            raise Failed(
                f"--agency: nobody of {agency} takes part; known are {', '.join(known) or 'none'}."
            )

    # --- Telling ---------------------------------------------------------------------------------

    def told_next(self, known: Known) -> str:
        """What falls due next in a case if nobody acts, in a sentence."""
        if known.due is None:
            return "nothing falls due."
        moment = known.teller.moment(known.due.moment)
        return f"{moment}: {told_due(known.due, known.teller, self.workflow)}"

    def local(self, moment: datetime) -> str:
        """A moment for programs, with the local offset."""
        return self.civil.local(moment).isoformat()

    def plain(self, value: Any) -> Any:
        """A value for programs: days and moments written out."""
        if isinstance(value, datetime):
            return self.local(value)
        return value.isoformat() if isinstance(value, date) else value

    @property
    def mark(self) -> str:
        """What every screen of a rehearsal says first; empty for a store that is none."""
        if not self.rehearsal:
            return ""
        told = "Rehearsal: nothing in this store is real."
        if self.desk.office.clock is not None:
            told += f" Its clock is set to {self.teller().moment(self.now)}."
        return told

    def screen(self, *, stderr: bool = False) -> Console:
        """Where the answer is printed; in a rehearsal it says so first."""
        out = console(stderr=stderr)
        if self.mark:
            out.print(safe(self.mark, "bold"))
        return out

    def echo(self, data: Mapping[str, Any]) -> None:
        """The answer as JSON."""
        typer.echo(json.dumps({"rehearsal": self.rehearsal, **data}))


def told_pending(entry: Entry, teller: Teller, when: str = "not yet recorded") -> str:
    """Something that has fallen due and is not recorded yet, in a sentence."""
    told = full_stop(does(entry, teller))
    return f"Due since {teller.moment(entry.occurred)}, {when}: {told}"


def plain_pending(known: Known) -> list[dict[str, str]]:
    """What has fallen due in a case and is not recorded yet, as plain data."""
    return [plain_fallen_due(entry, known.teller) for entry in known.pending]


def plain_fallen_due(entry: Entry, teller: Teller) -> dict[str, str]:
    """Something that has fallen due and is not recorded yet, as plain data."""
    return {
        "fell_due": teller.policy.civil.local(entry.occurred).isoformat(),
        "what": does(entry, teller),
        "clause": entry.clause,
    }


@contextmanager
def asking(store: Path | None) -> Iterator[Asking]:
    """A question put to the store of a folder; what cannot be done ends the command with a sentence."""
    with opened_desk(store) as desk:
        yield Asking(desk)


# --- What is written on the command line -----------------------------------------------------------


def read_day(option: str, written: str | None) -> date | None:
    """A day that an option gives. Raises :class:`Failed`, naming the option."""
    try:
        return None if written is None else forms.parse_date(written)
    except Wrong as wrong:
        raise Failed(f"{option}: {wrong}") from wrong


def moment_up_to_now(option: str, written: str, asked: Asking) -> datetime:
    """A moment that is not later than now. Raises :class:`Failed`, naming the option."""
    try:
        moment = read_moment(written, asked.civil)
    except Wrong as wrong:
        raise Failed(f"{option}: {wrong}") from wrong
    if moment > asked.now:
        teller = asked.teller()
        raise Failed(
            f"{option}: {teller.moment(moment)} is later than now, {teller.moment(asked.now)}; "
            "cspr forecast says what lies ahead of a case."
        )
    return moment
