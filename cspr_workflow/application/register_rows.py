"""The rows of a register: a CSV file as a spreadsheet writes it, its columns checked, its cells read."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from cspr_workflow.application.casefile_acts import EARLIEST_YEAR, LATEST_YEAR
from cspr_workflow.application.register_columns import (
    ANSWERED_BY,
    DATED,
    OF_GROUP,
    ROLES,
    SUBJECTS,
    Group,
    columns,
)
from cspr_workflow.domain.people import Means, Person
from cspr_workflow.domain.policy import Policy
from cspr_workflow.forms import Fault, Unusable, Wrong, shown

MOST_ROWS = 200_000
MOST_BYTES = 64 * 1024 * 1024
_WHEN = re.compile(
    r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{2})/(\d{2})/(\d{4}))(?:[ T](\d{2}):(\d{2}))?", re.ASCII
)
_YES_OR_NO = {"yes": True, "no": False}


class When(NamedTuple):
    """A day as a cell names it, with the local time of day where it says one."""

    day: date
    time: time | None


@dataclass(frozen=True, slots=True)
class Row:
    """The filled cells of one row; ``number`` is the spreadsheet's own, the row of names being 1.

    ``values`` has ``None`` for a cell that is filled but faulty.
    """

    number: int
    texts: Mapping[str, str]
    values: Mapping[str, Any]

    def place(self, column: str) -> str:
        """Where a cell of this row stands."""
        return f"row {self.number}, {column}"

    def fault(self, column: str, message: str) -> Fault:
        """What is wrong with one cell of this row."""
        return Fault(self.place(column), message)


def read(
    text: bytes, source: str, people: Mapping[str, Person], policy: Policy, faults: list[Fault]
) -> list[Row]:
    """The rows with something in them; what is wrong with a cell is added to ``faults``.

    Raises :class:`Unusable` if the file as a whole or its columns are wrong.
    """
    kinds = _kinds()
    rows = []
    for number, texts in _filled(text, source, faults):
        row = Row(number, texts, values := {})
        for name, cell in texts.items():
            try:
                values[name] = _value(kinds[name], name, cell, people, policy)
            except Wrong as wrong:
                values[name] = None
                faults.append(row.fault(name, str(wrong)))
        rows.append(row)
    return rows


def too_large(source: str) -> Unusable:
    """The fault of a file that is larger than a register may be."""
    return Unusable(source, [Fault("", f"is larger than {MOST_BYTES // 1024**2} MB")])


# --- The table -------------------------------------------------------------------------------


def _filled(text: bytes, source: str, faults: list[Fault]) -> Iterator[tuple[int, dict[str, str]]]:
    if len(text) > MOST_BYTES:
        raise too_large(source)
    try:
        written = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "is not a text in UTF-8; in a spreadsheet, save it as CSV UTF-8"
        raise Unusable(source, [Fault("", message)]) from error
    records = _records(written, source)
    names = [name.casefold() for name in next(records, ())]
    while names and not names[-1]:
        names.pop()
    if wrong := list(_column_faults(names)):
        raise Unusable(source, wrong)
    rows = 0
    for number, cells in enumerate(records, start=2):
        if any(cells[len(names) :]):
            message = "has more cells than there are columns; a text that holds a comma or a semicolon has to stand in quotation marks"
            faults.append(Fault(f"row {number}", message))
        filled = {name: cell for name, cell in zip(names, cells, strict=False) if cell}
        if filled:
            rows += 1
            yield number, filled
        if rows > MOST_ROWS:
            message = f"has more than {MOST_ROWS} rows; divide it into several registers"
            raise Unusable(source, [Fault("", message)])


def _records(written: str, source: str) -> Iterator[list[str]]:
    """Every line of the table, empty ones too, so that they can be numbered as a spreadsheet does."""
    # Whatever ends the lines of the file, the lines within a cell are divided by "\n".
    text = io.StringIO(written, newline=None)
    first = text.readline()
    text.seek(0)
    delimiter = ";" if first.count(";") > first.count(",") else ","
    number = 1
    try:
        for record in csv.reader(text, delimiter=delimiter, strict=True):
            yield [cell.strip() for cell in record]
            number += 1
    except csv.Error as error:
        message = f"cannot be read as CSV ({error}); look at its quotation marks"
        raise Unusable(source, [Fault(f"row {number}", message)]) from error


def _column_faults(names: Sequence[str]) -> Iterator[Fault]:
    if not names:
        yield Fault("row 1", "is empty; it has to hold the names of the columns")
        return
    known = {column.name: column.group for column in columns()}
    for place, name in enumerate(names):
        if not name:
            yield Fault("row 1", f"the column in place {place + 1} has no name")
        elif name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"is {near[0]} meant?" if near else "remove it"
            yield Fault("row 1", f"{shown(name)} is no column of a register; {hint}")
        elif name in names[:place]:
            yield Fault(f"row 1, {name}", "this column stands twice; remove one of the two")
    for name, why in _needed(names, known).items():
        if name not in names:
            yield Fault(f"row 1, {name}", f"this column is missing; {why}")


def _needed(names: Sequence[str], known: Mapping[str, Group]) -> dict[str, str]:
    groups = {Group.INCIDENT, *(known[name] for name in names if name in known)}
    if Group.ACTION in groups:
        groups.add(Group.ESCALATION)
    needed: dict[str, str] = {}
    for group, of_group in OF_GROUP.items():
        if group not in groups:
            continue
        needed |= dict.fromkeys((group.value, *of_group[0].needed), f"every {group} needs it")
        for dated in of_group[1:]:
            if any(name in names for name in dated.names):
                needed |= dict.fromkeys(dated.needed, f"it belongs to {dated.name}")
    return needed


# --- The cells -------------------------------------------------------------------------------


@cache
def _kinds() -> Mapping[str, Any]:
    """What each column holds; a part of an act holds what the act's own field does."""
    kinds: dict[str, Any] = {group.value: str for group in SUBJECTS}
    kinds |= dict.fromkeys(ROLES, Person) | {ANSWERED_BY: Means}
    for dated in DATED:
        hints = get_type_hints(dated.act)
        kinds[dated.name] = When
        kinds |= {part.name: hints[part.field] for part in dated.parts}
    return kinds


def _value(kind: Any, name: str, cell: str, people: Mapping[str, Person], policy: Policy) -> Any:
    """A cell as what its column holds. Raises :class:`Wrong`."""
    if kind is When:
        return _when(cell)
    if kind is date:
        when = _when(cell)
        if when.time is not None:
            raise Wrong(f"{shown(cell)} has a time; write only the day")
        return when.day
    if kind is bool:
        return _one_of(_YES_OR_NO, cell)
    if kind is Person:
        return _person(name, cell, people)
    if name == "timescale":
        return _one_of({timescale.id: timescale.id for timescale in policy.timescales}, cell)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _one_of({member.value: member for member in kind}, cell)
    return cell


def _when(cell: str) -> When:
    when = None
    if found := _WHEN.fullmatch(cell):
        year, month, day, day_2, month_2, year_2, hour, minute = found.groups()
        with suppress(ValueError):
            when = When(
                date(int(year or year_2), int(month or month_2), int(day or day_2)),
                time(int(hour), int(minute)) if hour else None,
            )
    if when is None:
        raise Wrong(
            f"{shown(cell)} is not a date; write it as YYYY-MM-DD or DD/MM/YYYY, "
            "with the time as HH:MM after it where it is known"
        )
    if not EARLIEST_YEAR <= when.day.year <= LATEST_YEAR:
        raise Wrong(f"{shown(cell)} is too far away to count from")
    return when


def _one_of(words: Mapping[str, Any], cell: str) -> Any:
    """The meaning of a fixed word; a spreadsheet may have made its first letter a capital."""
    for word, meaning in words.items():
        if word.casefold() == cell.casefold():
            return meaning
    raise Wrong(f"{shown(cell)} is not one of {', '.join(words)}")


def _person(column: str, cell: str, people: Mapping[str, Person]) -> Person:
    person = people.get(cell)
    if person is None:
        raise Wrong(f"{shown(cell)} is not the id of one of the people of this partnership")
    if person.role not in ROLES[column]:
        roles = ", ".join(role.called for role in ROLES[column])
        raise Wrong(f"{cell} is {person.role.called}; this column is for {roles}")
    return person
