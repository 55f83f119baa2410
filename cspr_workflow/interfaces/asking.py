"""A question put to a store: at one moment, with texts opened and people's names. Asking writes nothing.

What everything that answers a question has in common: who asks and what they may read, the line that
marks a rehearsal, cases with what has fallen due in them and is not recorded yet, days and moments as they
are written.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import typer
from rich.console import Console

from cspr_workflow import forms
from cspr_workflow.application.handle import escalation_stream, incident_stream
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
from cspr_workflow.domain.reading import may_read_escalation, may_read_everything
from cspr_workflow.forms import Wrong
from cspr_workflow.interfaces.commands import Failed
from cspr_workflow.interfaces.corrected import Corrections
from cspr_workflow.interfaces.desk import Desk, opened_desk
from cspr_workflow.interfaces.holding import Held, held
from cspr_workflow.interfaces.sentences import Teller
from cspr_workflow.interfaces.story import told_due
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.interfaces.unanswerable import Unanswerable
from cspr_workflow.store.stores import Place
from projections.board import Subject, subject, subjects
from projections.database import Database

_AT_ONCE = 200
_ARGUMENTS = ("reference", "moment")
"""What the command line takes without an option in front of it."""


@dataclass(frozen=True)
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

    @cached_property
    def due(self) -> Due | None:
        """What falls due next, after what is due already."""
        return clock.next_due(self.after, self.policy)

    @cached_property
    def held(self) -> Held:
        """Who is holding the case, once what is due is recorded: every act records that first."""
        return held(self.after, [*self.entries, *self.pending], self.policy)

    @property
    def agency(self) -> str | None:
        """The agency in question; an incident has none."""
        return self.case.agency if isinstance(self.case, Escalation) else None

    @property
    def corrections(self) -> Corrections:
        """What was corrected in it."""
        return Corrections(self.recorded, self.teller)

    @property
    def has_ended(self) -> bool:
        """Whether the case is closed."""
        case = self.case
        return case.ending is not None if isinstance(case, Escalation) else case.state.is_end


class Asking:
    """One question put to one store.

    ``reader`` is who asks; ``None`` is whoever has the store's folder, from whom nothing is kept. What
    a reader may not read is not there for them: no answer tells it from what does not exist.
    """

    def __init__(self, desk: Desk, reader: Person | None = None) -> None:
        self.desk = desk
        self.reader = reader
        self.now = desk.now()
        self.record = desk.opened_record
        self.workflow = desk.reading
        self._names = desk.names
        self._tellers: dict[str, Teller] = {}
        self._subjects: dict[str, Subject | None] = {}

    # --- Who asks --------------------------------------------------------------------------------

    def read_by(self, reader: Person | None) -> "Asking":
        """The same question as somebody asks it; ``None`` leaves it to whoever asked before."""
        if reader is None or reader == self.reader:
            return self
        assert self.reader is None, "what somebody asks is never asked on for somebody else"
        asked = Asking(self.desk, reader)
        asked.now = self.now
        return asked

    @property
    def reads_everything(self) -> bool:
        """Whether the reader may read every case, every incident and the partnership's own record."""
        return self.reader is None or may_read_everything(self.reader)

    def reads(self, agency: str | None) -> bool:
        """Whether the reader may read an escalation against this agency, or with ``None`` an incident."""
        if self.reads_everything:
            return True
        assert self.reader is not None
        return agency is not None and may_read_escalation(self.reader, agency)

    @property
    def only_agency(self) -> str | None:
        """The one agency whose escalations are all that the reader may read; ``None`` for all others."""
        return None if self.reads_everything or self.reader is None else self.reader.agency

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
            raise Unanswerable(
                "", f"{self.desk.place}: no policy is adopted yet; make the store anew."
            )
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
        """The case of a stream, which has to be there. Raises :class:`Unanswerable`."""
        known = self._known(stream)
        if not self.reads(known.agency):
            raise self.unknown(known.case.reference)
        return known

    def _known(self, stream: str) -> Known:
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
        found = [self._known(stream) for stream in streams if self.record.read(stream)]
        return [known for known in found if self.reads(known.agency)]

    def cases(self, reference: str) -> list[Known]:
        """The incident and the escalation of a reference. Raises :class:`Unanswerable`."""
        found = self.find(reference)
        if not found:
            raise self.unknown(reference)
        return found

    def unknown(self, reference: str, field: str = "reference") -> Unanswerable:
        """Why there is no answer about a reference that is none."""
        return Unanswerable(
            field,
            f"{reference}: there is no incident or escalation of this reference.",
            missing=True,
            hint="cspr board --all lists them all.",
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

    @cached_property
    def subjects(self) -> dict[str, Subject]:
        """What each case is about that the reader may read, by its stream."""
        found = subjects(self.database)
        return {stream: about for stream, about in found.items() if self.reads(about.agency)}

    def due(self, moment: datetime) -> list[str]:
        """The streams in which something is due up to a moment, of those that the reader may read."""
        return [stream for stream in self.desk.views.due(moment) if self.subject(stream)]

    def subject(self, stream: str) -> Subject | None:
        """What one case is about, where there is one that the reader may read."""
        if stream not in self._subjects:
            found = subject(self.database, stream)
            self._subjects[stream] = found if found and self.reads(found.agency) else None
        return self._subjects[stream]

    def agency(self, agency: str | None) -> str | None:
        """The agency that an answer is about: the one asked for, or the only one that may be read.

        Raises :class:`Unanswerable` where nobody of the agency takes part or ever did.
        """
        if agency is None:
            return self.only_agency
        known = {person.agency for person in self.people.values()} - {SCSP}
        if self.only_agency is not None:
            known = {self.only_agency}
        if agency not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise Unanswerable("agency", f"nobody of {agency} takes part; known are {listed}.")
        return agency

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


@contextmanager
def asking(store: Place | None) -> Iterator[Asking]:
    """A question put to the store of a folder; what cannot be done ends the command with a sentence."""
    with opened_desk(store) as desk:
        try:
            yield Asking(desk)
        except Unanswerable as wrong:
            raise Failed(told_unanswerable(wrong)) from wrong


def told_unanswerable(wrong: Unanswerable) -> str:
    """Why there is no answer, for somebody at the command line."""
    told = f"{wrong.sentence} {wrong.hint}".rstrip()
    if not wrong.field or (wrong.missing and wrong.field == "reference"):
        return told
    option = f"--{wrong.field.replace('_', '-')}"
    return f"{wrong.field.upper() if wrong.field in _ARGUMENTS else option}: {told}"


# --- What is written on the command line -----------------------------------------------------------


def read_day(option: str, written: str | None) -> date | None:
    """A day that an option gives. Raises :class:`Failed`, naming the option."""
    try:
        return None if written is None else forms.parse_date(written)
    except Wrong as wrong:
        raise Failed(f"{option}: {wrong}") from wrong
