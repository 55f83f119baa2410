"""Stores of any size in a fraction of the time that inventing them takes: copies of a pattern.

The record is written through its own ``insert``: each entry with its place, its command and its sealed
texts, as any other. So ``cspr check`` finds nothing wrong with it. The views are built by the program
itself, or their rows are copied as well (:func:`load`); a test holds the one against the other.
"""

import gc
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from pattern import Command, Copy, Pattern, Template, columns_of, rows_of

from cspr_workflow.application.ports import Recorded
from cspr_workflow.store import events
from cspr_workflow.store.lasting_record import LastingRecord
from cspr_workflow.store.prepared import Prepared
from projections.database import Database
from projections.register import _words

Copies = Mapping[str, int]
"""How many copies of each cluster of a pattern there are to be; of the partnership's own, one."""

_BATCH = 20_000
_WORDS = "register_words"
_NOT_COPIED = ("progress", "register_counts", _WORDS)
_COUNTED = (
    "INSERT INTO register_counts SELECT agency, place, moment, count(*) FROM register "
    "GROUP BY agency, place, moment"
)


def fill(record: LastingRecord, pattern: Pattern, copies: Copies) -> int:
    """Fill an empty record with copies of a pattern: the last position."""
    places = Places(pattern, copies)
    prepared = _prepared(record, pattern, places)
    with _without_looking_for_cycles():
        while batch := list(islice(prepared, _BATCH)):
            record.keys.keep()
            with record.writing() as cursor:
                record.insert(cursor, batch)
    assert record.last()[0] == places.last
    return places.last


def load(record: LastingRecord, database: Database, pattern: Pattern, copies: Copies) -> int:
    """Fill an empty record with copies of a pattern, and its empty views with the rows of them."""
    last = fill(record, pattern, copies)
    places = Places(pattern, copies)
    with _without_looking_for_cycles(), database.writing():
        _write_rows(database, pattern, places)
        database.execute(_COUNTED)
        [one] = record.read_all(last - 1, 1)
        database.execute("UPDATE progress SET position=?, command=?", (last, one.command))
    return last


@contextmanager
def _without_looking_for_cycles() -> Iterator[None]:
    """Millions of objects are made here, and no cycles."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


# --- Places --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A command in its group: how many entries it has and how many copies; the group begins after ``after``."""

    group: Sequence[tuple[int, int]]
    number: int
    after: int


class Places:
    """Where each entry of each copy stands: copy by copy among what was recorded at one moment."""

    def __init__(self, pattern: Pattern, copies: Copies) -> None:
        self.copies = {name: copies.get(name, 0) for name in pattern.clusters} | {
            pattern.clusters[0]: 1
        }
        self._step = pattern.step(max(self.copies.values()))
        self.last = 0
        self._parts: dict[int, tuple[_Part, int]] = {}
        for group in pattern.groups():
            sizes = [(len(one.events), self.copies[one.cluster]) for one in group]
            for number, command in enumerate(group):
                part = _Part(sizes, number, self.last)
                for place, event in enumerate(command.events, 1):
                    self._parts[event.recorded.position] = part, place
            self.last += sum(size * copied for size, copied in sizes)

    def at(self, position: int, copy: int) -> int:
        """The position of an entry of the pattern in a copy."""
        part, place = self._parts[position]
        of_copies = sum(size * min(copied, copy) for size, copied in part.group)
        before = sum(size for size, copied in part.group[: part.number] if copied > copy)
        return part.after + of_copies + before + place

    def copy(self, number: int) -> Copy:
        """One copy."""
        return Copy(number, number * self._step)

    def of_each(self, cluster: str) -> Iterator[Copy]:
        """The copies of a cluster."""
        return map(self.copy, range(self.copies[cluster]))


# --- The record ----------------------------------------------------------------------------------


def _prepared(record: LastingRecord, pattern: Pattern, places: Places) -> Iterator[Prepared]:
    """Every command of every copy, in the order of the record."""
    rng = random.Random(1)
    last = 0
    for group in pattern.groups():
        for number in range(max(places.copies[one.cluster] for one in group)):
            copy = places.copy(number)
            for command in group:
                if number < places.copies[command.cluster]:
                    id = UUID(int=rng.getrandbits(128), version=4)
                    yield _copied(record, command, copy, last, id)
                    last += len(command.events)


def _copied(record: LastingRecord, command: Command, copy: Copy, last: int, id: UUID) -> Prepared:
    """What one command brings about in a copy, after a position."""
    incident = command.incident.filled(copy)
    if command.opens:
        record.keys.make_key(incident)
    recorded: list[Recorded] = []
    stored: list[StoredEvent] = []
    boxes: list[tuple[str, str, str, bytes]] = []
    for position, one in enumerate(command.events, last + 1):
        stream = one.stream.filled(copy)
        event = events.event_id(stream, one.version)
        given: dict[str, object] = {"id": event, "command": id, "position": position}
        for field, text in one.texts.items():
            given[f"text {field}"], box = record.keys.seal(incident, event, field, text)
            boxes.append((event, field, incident, box))
        state = one.state.filled(copy, **given).encode()
        entry = one.recorded.entry
        recorded.append(Recorded(event, stream, one.version, position, str(id), entry))
        stored.append(StoredEvent(events.stream_id(stream), one.version, entry.fact.type, state))
    digest = record.digest(id.bytes) if command.digest else ""
    return Prepared(id, digest, recorded, stored, boxes)


# --- The views -----------------------------------------------------------------------------------


def _write_rows(database: Database, pattern: Pattern, places: Places) -> None:
    """The rows of every copy, a batch for each view at a time."""
    written = _Batches(database, pattern)
    of_clusters = rows_of(pattern, written.tables)
    words = _words_of(pattern)
    for cluster, of_cluster in of_clusters.items():
        for copy in places.of_each(cluster):
            values = {name: gap(copy) for name, gap in of_cluster.gaps.items()}
            at = {one: places.at(one, copy.number) for one in of_cluster.positions}
            for row in of_cluster.rows:
                written.add(row.table, row.filled(values, at))
            for opened, names in words.get(cluster, ()):
                found = {word for name in names for word in _words(name.filled(copy))}
                for word in found:
                    written.add(_WORDS, (word, at[opened]))
    written.flush()


class _Batches:
    """Rows that wait to be written."""

    def __init__(self, database: Database, pattern: Pattern) -> None:
        self._database = database
        found = pattern.views.database.all("SELECT name FROM sqlite_master WHERE type='table'")
        self.tables = [name for (name,) in found if name not in _NOT_COPIED]
        self._statements = {
            table: _statement(table, columns_of(pattern, table)) for table in (*self.tables, _WORDS)
        }
        self._waiting: dict[str, list[Any]] = {table: [] for table in self._statements}

    def add(self, table: str, row: Sequence[Any]) -> None:
        """Write a row; it may wait for others."""
        waiting = self._waiting[table]
        waiting.append(row)
        if len(waiting) >= _BATCH:
            self._write(table)

    def flush(self) -> None:
        """Write all that waits."""
        for table in self._waiting:
            self._write(table)

    def _write(self, table: str) -> None:
        rows, self._waiting[table] = self._waiting[table], []
        # By their keys, which their columns begin with: pages are then written one after another.
        rows.sort(key=itemgetter(0, 1))
        self._database.executemany(self._statements[table], rows)


def _statement(table: str, columns: Sequence[str]) -> str:
    values = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"


def _words_of(pattern: Pattern) -> dict[str, list[tuple[int, list[Template]]]]:
    """Where each case of a cluster was opened, and the names by whose words it can be found."""
    found: dict[str, list[tuple[int, list[Template]]]] = {}
    rows = pattern.views.database.all("SELECT reference, incident, opened FROM cases")
    for reference, incident, opened in rows:
        cluster = pattern.cluster_of(incident)
        names = [pattern.template(name, cluster) for name in {reference, incident}]
        found.setdefault(cluster, []).append((opened, names))
    return found
