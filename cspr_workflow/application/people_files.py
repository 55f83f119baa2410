"""Who takes part, as people write it: JSON like ``people`` in case files, CSV, or one line for each person.

Every fault is named with its place.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cspr_workflow import forms
from cspr_workflow.application.casefile import Named
from cspr_workflow.domain.keeping import check_person
from cspr_workflow.domain.people import Person
from cspr_workflow.forms import Fault, Unusable

COLUMNS = ("id", "name", "role", "agency")
EXAMPLE = "officer; A. Officer; cspr_officer; scsp"


@dataclass(frozen=True, slots=True)
class Listed:
    """A person who takes part, with the name that goes into the directory."""

    person: Person
    name: str


def load(path: Path) -> list[Listed]:
    """The people of a file; CSV where its name says so, else JSON. Raises :class:`Unusable`."""
    source = str(path)
    faults: list[Fault] = []
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Unusable(source, [Fault("", f"cannot be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        raise Unusable(source, [Fault("", "is not a text in UTF-8; save it as such")]) from error
    rows = _csv(text, faults) if path.suffix.lower() == ".csv" else _json(text, faults)
    people = read(rows, faults)
    if faults:
        raise Unusable(source, faults)
    return people


def lines(
    written: Sequence[str], place: str, faults: list[Fault]
) -> Iterator[tuple[str, dict[str, str]]]:
    """People as ``id; name; role; agency`` each, to be :func:`read`."""
    for number, one in enumerate(written, 1):
        parts = [part.strip() for part in one.split(";")]
        where = f"{place}, number {number}"
        if len(parts) == len(COLUMNS):
            yield where, dict(zip(COLUMNS, parts, strict=True))
            continue
        text = f"{forms.shown(one)} has {len(parts)} of 4 parts; write it as {forms.shown(EXAMPLE)}"
        faults.append(Fault(where, text))


def read(
    rows: Iterable[tuple[str, Any]], faults: list[Fault], before: Sequence[Listed] = ()
) -> list[Listed]:
    """People from plain data, each with its place, after those who were listed ``before``.

    What is wrong is added to ``faults``.
    """
    people = {one.person.id: one for one in before}
    for place, row in rows:
        if not isinstance(row, dict):
            faults.append(
                Fault(place, f"{forms.shown(row)} is not a person with name, role, agency")
            )
            continue
        known = forms.read(str, row.get("id"), f"{place}, id", faults)
        named = _named({key: part for key, part in row.items() if key != "id"}, place, faults)
        if known in people:
            faults.append(Fault(f"{place}, id", f"{forms.shown(known)} stands twice"))
        elif known and named:
            people[known] = Listed(Person(known, named.role, named.agency), named.name)
    return list(people.values())


def _named(data: object, place: str, faults: list[Fault]) -> Named | None:
    found: list[Fault] = []
    named: Named | None = forms.read(Named, data, "", found)
    faults += [
        Fault(f"{place}, {fault.place}" if fault.place else place, fault.message) for fault in found
    ]
    if named and (wrong := check_person(named.role, named.agency)):
        faults.append(Fault(f"{place}, agency", wrong))
    return named


def _json(text: str, faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    try:
        data = json.loads(text, object_pairs_hook=_pairs)
    except (ValueError, RecursionError) as error:
        faults.append(Fault("", f"is not JSON: {error}"))
        return
    if not isinstance(data, dict):
        faults.append(Fault("", "is not an object of people, each by an id"))
        return
    for id, named in data.items():
        if isinstance(named, dict) and "id" in named:
            faults.append(Fault(f"{id}, id", "unknown field; the id stands before the person"))
        yield id, {**named, "id": id} if isinstance(named, dict) else named


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field or an id stands twice in one object")
    return found


def _csv(text: str, faults: list[Fault]) -> Iterator[tuple[str, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        columns = [column.strip().lower() for column in next(reader, [])]
        if sorted(columns) != sorted(COLUMNS):
            faults.append(Fault("line 1", f"its columns have to be {', '.join(COLUMNS)}"))
            return
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if len(cells) != len(columns):
                text = f"has {len(cells)} cells; {len(columns)} are needed"
                faults.append(Fault(f"line {reader.line_num}", text))
                continue
            yield f"line {reader.line_num}", dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        faults.append(Fault(f"line {reader.line_num}", f"is not CSV: {error}"))
