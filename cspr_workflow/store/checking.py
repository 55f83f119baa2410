"""Checking a record from end to end: that every entry is where, what and of whom it says it is.

The record is read as it stands at one moment, in one pass and with little memory, while others go on
working with it. Nothing is changed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cspr_workflow.application.ports import Recorded, Trouble
from cspr_workflow.application.transaction import PARTNERSHIP
from cspr_workflow.domain.texts import SealedText, free_texts
from cspr_workflow.forms import Unusable
from cspr_workflow.store import events
from cspr_workflow.store.lasting_record import LastingRecord, Snapshot
from cspr_workflow.store.registry import UnknownType

_NO_ENTRY = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_STEP = 1000
_EVENTS = (
    "SELECT position, originator_id, originator_version, topic, state FROM stored_events "
    "ORDER BY position"
)
_VERSIONS = (
    "SELECT originator_id, originator_version, position FROM stored_events "
    "ORDER BY originator_id, originator_version"
)
Row = tuple[int, str, int, str, bytes]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a record, in a sentence, and at which position where it has one."""

    position: int | None
    what: str

    def __str__(self) -> str:
        return self.what if self.position is None else f"Entry {self.position}: {self.what}"


class RecordCheck:
    """One check of a record: its faults, and what was looked at once they have all been asked for.

    ``without_key`` counts, by incident, the texts whose key is gone: no fault, but good to know.
    """

    def __init__(self, record: LastingRecord) -> None:
        self.entries = 0
        self.texts = 0
        self.without_key: Counter[str] = Counter()
        self._record = record
        self._keys = record.keys
        self._unreadable = False
        self._command: tuple[UUID | None, int, int] = (None, 0, 0)

    def faults(self, progress: Progress | None = None) -> Iterator[Fault]:
        """Everything that is wrong. Raises :class:`Trouble` where the file cannot be read to its end."""
        with self._record.reading() as record:
            last = record.one("SELECT max(position) FROM stored_events")[0] or 0
            yield from _damage(record)
            yield from self._entries(record, lambda done: progress and progress(done, last))
            yield from _versions(record)
            yield from _commands(record, last)
            yield from self._unclaimed(record)

    def _entries(self, record: Snapshot, progress: Callable[[int], object]) -> Iterator[Fault]:
        expected = 1
        latest: datetime | None = None
        row: Row
        for row in record.each(_EVENTS):
            position, state = row[0], row[4]
            if position != expected:
                yield Fault(position, f"what stood from {expected} to {position - 1} is missing.")
            expected = position + 1
            self.entries += 1
            if not self.entries % _STEP:
                progress(position)
            try:
                one = events.read(state)
            except (UnknownType, Unusable) as error:
                yield self._not_read(position, str(error))
                continue
            except _NO_ENTRY:
                yield self._not_read(position, "it is not in the form of an entry")
                continue
            for what in self._wrong_in(one, row, record):
                yield Fault(position, what)
            if latest is not None and one.entry.recorded < latest:
                yield Fault(position, f"it was recorded before {latest}, when the last one was.")
            latest = one.entry.recorded

    def _not_read(self, position: int, why: str) -> Fault:
        self._unreadable = True
        return Fault(position, f"it cannot be read: {why}.")

    def _wrong_in(self, one: Recorded, row: Row, record: Snapshot) -> Iterator[str]:
        sealed = events.commitments(row[4])
        yield from _misplaced(one, row)
        yield from _misformed(one, row[4], sealed)
        if not self._is_of_its_command(one, record):
            yield f"the log of commands does not have it under its command, {one.command}."
        for field, commitment in sealed.items():
            if (what := self._wrong_text(one, field, commitment, record)) is not None:
                yield what

    def _is_of_its_command(self, one: Recorded, record: Snapshot) -> bool:
        if self._command[0] != one.command:
            row = record.one(
                "SELECT first, last FROM command_log WHERE command=?", str(one.command)
            )
            self._command = (one.command, *(row or (0, 0)))
        _, first, last = self._command
        return first <= one.position <= last

    def _wrong_text(
        self, one: Recorded, field: str, commitment: str, record: Snapshot
    ) -> str | None:
        event = str(one.id)
        row = record.one(
            "SELECT incident, box FROM sealed_texts WHERE event=? AND field=?", event, field
        )
        if row is None:
            return f"its sealed text {field} is missing."
        self.texts += 1
        try:
            found = self._keys.open(row[0], event, field, row[1])
        except (Trouble, ValueError, TypeError):
            return f"its sealed text {field} was altered, or the key of {row[0]} is another one."
        if found is None:
            self.without_key[row[0]] += 1
            return None
        return (
            None
            if found[1] == commitment
            else f"its text {field} is not the one it was sealed with."
        )

    def _unclaimed(self, record: Snapshot) -> Iterator[Fault]:
        """Sealed texts that no entry has; the texts of an entry that cannot be read are not told apart."""
        held = record.one("SELECT count(*) FROM sealed_texts")[0]
        if held > self.texts and not self._unreadable:
            yield Fault(None, f"Of the sealed texts, {held - self.texts} belong to no entry.")


def _damage(record: Snapshot) -> Iterator[Fault]:
    for said in record.damage():
        yield Fault(None, f"The record's file is damaged: {said}.")


def _misplaced(one: Recorded, row: Row) -> Iterator[str]:
    position, stream_id, version, topic, _ = row
    if one.position != position:
        yield f"it says that it is entry {one.position}."
    if events.stream_id(one.stream).hex != stream_id or one.version != version:
        yield f"it says that it is number {one.version} of {one.stream}, and stands elsewhere."
    if one.id != events.event_id(one.stream, one.version):
        yield f"its id {one.id} is not that of number {one.version} of {one.stream}."
    if one.entry.fact.type != topic:
        yield f"it says that it is {one.entry.fact.type}, and stands as {topic}."


def _misformed(one: Recorded, state: bytes, sealed: Mapping[str, str]) -> Iterator[str]:
    commit = (lambda field, _: sealed.get(field, "")) if sealed else None
    if events.written(one, commit) != state:
        yield "its bytes are not in the one form in which entries are written."
    if one.stream != PARTNERSHIP and any(
        not isinstance(text, SealedText) for _, text in free_texts(one.entry.fact)
    ):
        yield "it holds a text that is not sealed."


def _versions(record: Snapshot) -> Iterator[Fault]:
    """Numbers that are missing in a stream, or stand in another order than the positions."""
    stream, last, before = "", 0, 0
    for id, version, position in record.each(_VERSIONS):
        if id != stream:
            stream, last, before = id, 0, 0
        if version != last + 1:
            yield Fault(
                position, f"it is number {version} of its history; number {last + 1} is missing."
            )
        elif position < before:
            yield Fault(
                position, f"it stands before number {last} of its history, which it follows."
            )
        last, before = version, position


def _commands(record: Snapshot, last: int) -> Iterator[Fault]:
    """Positions that no command brought about, or several, or that the record does not have."""
    expected = 1
    ranges = record.each("SELECT first, last FROM command_log ORDER BY first, last")
    for first, up_to in ranges:
        if first > expected:
            yield Fault(expected, f"the log of commands has nothing from here to {first - 1}.")
        elif first < expected or up_to < first:
            yield Fault(first, "the log of commands has it more than once.")
        expected = max(expected, up_to + 1)
    if expected <= last:
        yield Fault(expected, f"the log of commands has nothing from here to {last}, the end.")
    elif expected > last + 1:
        yield Fault(
            None,
            f"The record ends at entry {last}, but the log of commands goes on to {expected - 1}: "
            "entries are missing at its end.",
        )
