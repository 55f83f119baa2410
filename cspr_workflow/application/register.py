"""A register of old cases: rows of a spreadsheet, read into the acts that a case file would hold.

A row is an escalation with its incident, an incident alone, or one more agreed action of an
escalation that a row above names. What the columns mean stands in ``register_columns``.

**When.** A date without a time is 12:00 of that day, local time. Several on one day in one incident
keep the order of the process (:func:`order_of_a_day`): 12:00, 12:01 and so on; one that follows an act
with a time on that day comes a minute after it. Nothing is recorded before what it belongs to: a
discussion before the raising is recorded with the raising and keeps its own day.

**Who.** The people columns of the row in which the date stands; in a row of a further action an empty
one takes over what the escalation's own row says. An empty ``officer`` is whoever imports.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from cspr_workflow.application import casefile, register_rows
from cspr_workflow.application.casefile_acts import Planned
from cspr_workflow.application.policy_files import PolicyFile
from cspr_workflow.application.register_columns import (
    AGENCY_PERSON,
    ANSWERED_BY,
    DATED,
    OF_GROUP,
    OFFICER,
    ROLES,
    Column,
    Dated,
    Group,
    columns,
    order_of_a_day,
)
from cspr_workflow.application.register_rows import Row, When
from cspr_workflow.application.register_subjects import Subject, gather
from cspr_workflow.domain.acts import Act, Command, HoldMeeting
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.people import Actor, Means, Person
from cspr_workflow.domain.policy import Policy
from cspr_workflow.forms import Fault, Unusable, Wrong

__all__ = ["Column", "FromRow", "columns", "load", "order_of_a_day", "parse"]

_MINUTE = timedelta(minutes=1)
_NOON, _LAST_MINUTE = timedelta(hours=12), timedelta(days=1) - _MINUTE
_PLACE_IN_DAY = {dated.name: place for place, dated in enumerate(DATED)}


@dataclass(frozen=True, slots=True)
class FromRow(Planned):
    """An act of a register; ``place`` says where it stands, such as ``row 7, raised_on``.

    ``cells`` says the same for each field of the act that a cell of its own fills.
    """

    place: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An act whose moment is not decided yet: its date column, what it is about, its row, and who."""

    dated: Dated
    subject: Subject
    row: Row
    by: Actor

    @property
    def when(self) -> When:
        """The day, and the time where the cell says one."""
        when: When = self.row.values[self.dated.name]
        return when


def load(
    path: Path, people: Mapping[str, Person], policy: PolicyFile, by: Person
) -> tuple[Planned, ...]:
    """The acts of a file of old cases: a case file (``.json``), or else a register.

    A case file gives what :func:`casefile.load` does under ``policy``, with the people that it names
    itself. Raises :class:`Unusable` with every fault and its place.
    """
    if path.suffix.lower() == ".json":
        return casefile.load(path, policy).acts
    source = str(path)
    try:
        too_large = path.stat().st_size > register_rows.MOST_BYTES
        text = b"" if too_large else path.read_bytes()
    except OSError as error:
        raise Unusable(source, [Fault("", f"cannot be read: {error.strerror or error}")]) from error
    if too_large:
        raise register_rows.too_large(source)
    return parse(text, source, people, policy.policy, by)


def parse(
    text: bytes, source: str, people: Mapping[str, Person], policy: Policy, by: Person
) -> tuple[FromRow, ...]:
    """The acts of a register in the order of their moments, from the bytes of a CSV file.

    ``people`` are the partnership's, ``by`` is whoever imports. Raises :class:`Unusable` with every
    fault and its place, such as ``row 7, raised_on``; whether the process allows an act is for the
    domain to say.
    """
    faults: list[Fault] = []
    subjects = gather(register_rows.read(text, source, people, policy, faults), faults)
    drafts = list(_drafts(subjects, policy, by, faults))
    if faults:
        raise Unusable(source, sorted(faults, key=_row_number))
    return tuple(_planned(drafts, policy.civil))


def _row_number(fault: Fault) -> int:
    return int(fault.place.removeprefix("row ").partition(",")[0])


# --- Who -------------------------------------------------------------------------------------


def _drafts(
    subjects: Iterable[Subject], policy: Policy, importing: Person, faults: list[Fault]
) -> Iterator[Draft]:
    """Every act with who is said to have done it, subject by subject, what opens it first."""
    for subject in subjects:
        for dated in OF_GROUP[subject.group]:
            row = subject.rows.get(dated.name)
            if row is None:
                continue
            rows = (row, *((escalation.row,) if (escalation := _of_action(subject)) else ()))
            try:
                names = dated.by(subject.values, policy)
            except Wrong as wrong:
                faults.append(row.fault(dated.name, str(wrong)))
                continue
            if actor := _actor(names, rows, importing):
                yield Draft(dated, subject, row, actor)
            else:
                faults += _nobody(dated, names, rows)


def _of_action(subject: Subject) -> Subject | None:
    """An action's escalation, whose row fills in for an empty people column of the action's."""
    return subject.above if subject.group is Group.ACTION else None


def _actor(names: tuple[str, ...], rows: tuple[Row, ...], importing: Person) -> Actor | None:
    """Who did it, by the first of these columns that is filled."""
    for name in names:
        if name == AGENCY_PERSON:
            actor = _agency(rows, importing)
        else:
            person = _person(name, rows, importing)
            actor = Actor(person) if person else None
        if actor:
            return actor
    return None


def _person(name: str, rows: tuple[Row, ...], importing: Person) -> Person | None:
    person: Person | None = next((row.values[name] for row in rows if name in row.texts), None)
    if person is None and name == OFFICER and importing.role in ROLES[OFFICER]:
        return importing
    return person


def _agency(rows: tuple[Row, ...], importing: Person) -> Actor | None:
    """The agency's person, or the officer on behalf of the agency, as the first such row says."""
    for row in rows:
        if AGENCY_PERSON in row.texts:
            person: Person | None = row.values[AGENCY_PERSON]
            return Actor(person) if person else None
        if ANSWERED_BY in row.texts:
            means: Means | None = row.values[ANSWERED_BY]
            officer = _person(OFFICER, rows, importing)
            return Actor(officer, means) if means and officer else None
    return None


def _nobody(dated: Dated, names: tuple[str, ...], rows: tuple[Row, ...]) -> Iterator[Fault]:
    """Which column has to say who did it; none where a faulty cell was to say so."""
    filled = {name for row in rows for name in row.texts}
    reported = AGENCY_PERSON in names and AGENCY_PERSON not in filled and ANSWERED_BY in filled
    wanted = (OFFICER,) if reported else names
    if not wanted or filled & set(wanted):
        return
    message = f"is missing; {dated.name} is filled, and somebody has to have done it"
    if wanted == (AGENCY_PERSON,):
        message += f"; or {ANSWERED_BY} has to say how the agency answered"
    elif wanted[1:]:
        message += f"; or fill {' or '.join(wanted[1:])}"
    yield rows[0].fault(wanted[0], message)


# --- When ------------------------------------------------------------------------------------


def _planned(drafts: list[Draft], civil: CivilTime) -> list[FromRow]:
    """The acts in the order of their moments; at one moment in the order of the process."""
    happened = _moments(drafts, civil)
    opened: dict[Subject, datetime] = {}
    planned: list[tuple[datetime, int, int, FromRow]] = []
    for draft in drafts:
        name, number, occurred = draft.dated.name, draft.row.number, happened[draft]
        known = (opened[subject] for subject in draft.subject.lineage if subject in opened)
        at = max((occurred, *known))
        opened.setdefault(draft.subject, at)
        command = Command(_act(draft), draft.by, occurred)
        act = FromRow(at, command, draft.row.place(name), _cells(draft))
        planned.append((at, _PLACE_IN_DAY[name], number, act))
    return [act for *_, act in sorted(planned, key=lambda one: one[:-1])]


def _moments(drafts: Iterable[Draft], civil: CivilTime) -> dict[Draft, datetime]:
    days: dict[tuple[Subject, date], list[Draft]] = defaultdict(list)
    for draft in drafts:
        days[draft.subject.lineage[-1], draft.when.day].append(draft)
    return {
        draft: civil.moment(datetime.combine(day, time()) + after_midnight)
        for (_, day), of_day in days.items()
        for draft, after_midnight in _times(of_day)
    }


def _times(of_day: list[Draft]) -> Iterator[tuple[Draft, timedelta]]:
    """The time of day of each act of one incident on one day, in the order of the process."""
    free = _NOON
    of_day.sort(key=_place_in_day)
    for _, alike in groupby(of_day, key=_place_in_day):
        latest = timedelta()
        for draft in alike:
            written = draft.when.time
            at = timedelta(hours=written.hour, minutes=written.minute) if written else free
            latest = max(latest, at)
            yield draft, at
        free = min(max(free, latest + _MINUTE), _LAST_MINUTE)


def _place_in_day(draft: Draft) -> int:
    return _PLACE_IN_DAY[draft.dated.name]


def _act(draft: Draft) -> Act:
    kind, values = draft.dated.act, draft.subject.values
    references = {subject.group.value: subject.reference for subject in draft.subject.lineage}
    taken: dict[str, Any] = {
        f.name: references[f.name] for f in fields(kind) if f.name in references
    }
    taken |= draft.dated.fixed
    taken |= {p.field: values[p.name] for p in draft.dated.parts if p.name in values}
    if kind is HoldMeeting:
        # A register does not say who else was there.
        taken["present"] = (draft.by.person.id,)
    return kind(**taken)


def _cells(draft: Draft) -> dict[str, str]:
    """Where each field of an act stands: the references in the rows that name them first."""
    rows = draft.subject.rows
    found = {one.group.value: one.row.place(one.group.value) for one in draft.subject.lineage}
    parts = (part for part in draft.dated.parts if part.name in rows)
    return found | {part.field: rows[part.name].place(part.name) for part in parts}
