"""Recording in batches: what comes of it is what recording one by one gives, and nothing half is ever there."""

import gc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from uuid import uuid4

import pytest

from cspr_workflow.application import casefile
from cspr_workflow.application.casefile import CaseFile
from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.application.play import play
from cspr_workflow.application.ports import (
    Addition,
    Conflict,
    Record,
    Recorded,
    Submission,
    Trouble,
)
from cspr_workflow.domain.acts import GiveReason
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.texts import SealedText, free_texts
from cspr_workflow.domain.texts import opened as opened_fact
from cspr_workflow.store import batched as module
from cspr_workflow.store import folder
from cspr_workflow.store.batched import BatchedRecord, batched
from cspr_workflow.store.checking import RecordCheck
from cspr_workflow.store.folder import StoreFolder
from cspr_workflow.store.keys import UNREADABLE
from cspr_workflow.store.sqlite_record import SqliteRecord
from projections.due_items import MemoryIndex
from tests.contract.record_contract import RecordContract, entries, said
from tests.support import bank_holidays_of_these_years

EXAMPLES = Path(__file__).parents[2] / "cspr_workflow" / "examples"
FIRST, YEAR = EXAMPLES / "first-escalation.json", EXAMPLES / "a-year.json"
AT = "2026-12-01T10:00"
Line = tuple[str, int, int, str, Entry]


class Killed(BaseException):
    """The program dies."""


@pytest.fixture
def store(place: Path) -> Iterator[StoreFolder]:
    """An empty store."""
    folder.make(place / "batched", rehearsal=True)
    store = folder.open_store(place / "batched")
    yield store
    store.close()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """A batch is written as soon as it has ten entries."""
    monkeypatch.setattr(module, "BATCH", 10)
    return 10


def played(case: Path, record: Record) -> CaseFile:
    """A case file played into a record; its acts have the same command ids each time."""
    case_file = casefile.load(case)
    play(case_file, record, MemoryIndex(case_file.policy.book), bank_holidays_of_these_years())
    return case_file


def added(version: int, words: str) -> Addition:
    """One more entry of a stream, with a text that is not sealed."""
    return Addition("a", version, entries(words))


def lines(record: Record) -> list[Line]:
    """The whole record with its texts opened."""
    return [
        (one.stream, one.version, one.position, one.id, _opened(one, record))
        for one in record.read_all()
    ]


def _opened(one: Recorded, record: Record) -> Entry:
    fact = opened_fact(one.entry.fact, record.opened)
    assert UNREADABLE not in {text for _, text in free_texts(fact)}
    return replace(one.entry, fact=fact)


def commands(record: Record) -> list[tuple[int, int]]:
    """Which positions each command led to; the ids of the clock's own commands differ each time."""
    found = [
        [one.position for one in of_command]
        for _, of_command in groupby(record.read_all(), key=lambda one: one.command)
    ]
    return [(positions[0], positions[-1]) for positions in found]


def faults(store: StoreFolder) -> list[str]:
    """What a check finds that opens the store as another program does."""
    other = folder.open_store(store.path)
    found = [str(fault) for fault in RecordCheck(other.record).faults()]
    other.close()
    return found


def on_disk(store: StoreFolder) -> list[Line]:
    """The record as another program reads it."""
    other = folder.open_store(store.path)
    found = lines(other.record)
    other.close()
    return found


# --- The same as one by one ------------------------------------------------------------------------


class TestBatchedRecord(RecordContract):
    """What waits to be written is read and built upon as if it were written."""

    incident = "INC-1"

    @pytest.fixture
    def record(self, store: StoreFolder) -> Iterator[BatchedRecord]:
        for incident in ("INC-1", "INC-2"):
            store.record.keys.make_key(incident)
        store.record.keys.keep()
        with batched(store.record) as record:
            yield record


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_the_record_is_the_one_that_recording_one_by_one_gives(place, store, monkeypatch, size):
    monkeypatch.setattr(module, "BATCH", size)
    folder.make(place / "one by one", rehearsal=True)
    one_by_one = folder.open_store(place / "one by one")
    played(YEAR, one_by_one.record)
    with batched(store.record) as record:
        played(YEAR, record)
    assert on_disk(store) == lines(one_by_one.record)
    assert commands(store.record) == commands(one_by_one.record)
    assert faults(store) == []
    one_by_one.close()


def test_every_text_is_sealed_and_opens_before_and_after_it_is_written(store):
    with batched(store.record) as record:
        played(FIRST, record)
        before = [text for one in _waiting(record) for _, text in free_texts(one.entry.fact)]
        words = [record.opened(text) for text in before]
    after = [text for one in store.record.read_all() for _, text in free_texts(one.entry.fact)]
    assert after == before
    assert {type(text) for text in before} == {SealedText}
    assert [store.record.opened(text) for text in after] == words
    assert "Chronology received on the agreed day" in words


def _waiting(record: BatchedRecord) -> list[Recorded]:
    """What is not on disk yet."""
    streams = (PARTNERSHIP, "incident:INC-2026-001", "escalation:ESC-2026-001")
    return sorted(
        (one for stream in streams for one in record.read(stream)), key=lambda one: one.position
    )


def test_each_batch_is_told_once_it_is_on_disk(store, small):
    told: list[list[Recorded]] = []

    def written(recorded) -> None:
        assert on_disk(store)[-1][2] == recorded[-1].position
        told.append(list(recorded))

    with batched(store.record, written) as record:
        played(FIRST, record)
        assert record.last()[0] > told[-1][-1].position, "something is waiting for the end"
    assert len(told) > 2
    assert [one for batch in told for one in batch] == list(store.record.read_all())


def test_nothing_is_told_where_nothing_was_recorded(store):
    told = []
    with batched(store.record, told.append) as record:
        record.append([], uuid4())
    assert told == []


def test_what_came_of_a_command_is_known_after_its_batch_was_written(store):
    command = uuid4()
    with batched(store.record) as record:
        record.append([added(0, "one")], command, "of the first")
        record.flush()
        record.append([added(1, "two")], uuid4())
        assert record.submitted(command) == Submission("of the first", 1, 1)


@pytest.mark.parametrize("written", [False, True], ids=["waiting", "written"])
def test_a_command_is_recorded_once_whether_its_batch_was_written_or_not(store, written):
    command = uuid4()
    with batched(store.record) as record:
        record.append([added(0, "one")], command)
        if written:
            record.flush()
        with pytest.raises(Conflict):
            record.append([added(1, "two")], command)
        record.append([added(1, "two")], uuid4())
    assert store.record.last()[0] == len(["one", "two"])


def test_bulk_work_goes_on_from_a_record_that_has_something(world):
    world.raised()
    before = world.told()
    with batched(world.record) as record:
        given = record.append([added(0, "one")], uuid4())
        assert given[0].position == len(before) + 1
        assert list(record.read("escalation:ESC-1")) == world.record.read("escalation:ESC-1")
    assert world.told()[: len(before)] == before
    assert len(world.told()) == len(before) + 1


# --- Nothing half ----------------------------------------------------------------------------------


def dying(after: int) -> Callable[[BatchedRecord], None]:
    """A program that dies after so many commands."""

    def die(record: BatchedRecord) -> None:
        append, left = record.append, iter(range(after))

        def counted(*given):
            if next(left, None) is None:
                raise Killed
            return append(*given)

        record.append = counted  # type: ignore[method-assign]

    return die


@pytest.mark.parametrize("after", [0, 1, 5, 12, 17])
def test_of_a_program_that_dies_whole_batches_are_there_and_nothing_half(store, small, after):
    ends: list[int] = []
    with (
        suppress(Killed),
        batched(store.record, lambda one: ends.append(one[-1].position)) as record,
    ):
        dying(after)(record)
        played(FIRST, record)
    folder.make(store.path.with_name("whole"), rehearsal=True)
    whole = folder.open_store(store.path.with_name("whole"))
    played(FIRST, whole.record)
    found = on_disk(store)
    assert len(found) == (ends[-1] if ends else 0)
    assert found == lines(whole.record)[: len(found)]
    assert len(found) in {0, *(last for _, last in commands(whole.record))}
    assert faults(store) == []
    whole.close()


def test_some_of_these_programs_die_with_something_on_disk_and_something_not(store, small):
    with suppress(Killed), batched(store.record) as record:
        dying(12)(record)
        played(FIRST, record)
    assert 0 < len(on_disk(store)) < record.last()[0]


@pytest.mark.parametrize("at", ["the first command", "the last command"])
def test_a_batch_that_cannot_be_written_is_not_there_at_all(store, monkeypatch, at):
    insert = SqliteRecord.insert

    def fails(self, cursor, commands) -> None:
        insert(self, cursor, commands[:1] if at == "the first command" else commands)
        raise OSError("No space left on device")

    monkeypatch.setattr(SqliteRecord, "insert", fails)
    with pytest.raises(Trouble, match="the disk is full"), batched(store.record) as record:
        played(FIRST, record)
    assert on_disk(store) == []
    monkeypatch.undo()
    with batched(store.record) as record:
        played(FIRST, record)
    assert len(on_disk(store)) == record.last()[0]
    assert faults(store) == []


@pytest.mark.parametrize("ends", ["well", "badly"])
def test_looking_for_cycles_is_as_it_was_afterwards(store, ends):
    before = gc.get_threshold()
    with suppress(Killed), batched(store.record):
        assert gc.get_threshold() != before
        if ends == "badly":
            raise Killed
    assert gc.get_threshold() == before


# --- Not alone -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 5000])
def test_where_another_program_wrote_meanwhile_nothing_more_is_recorded(world, monkeypatch, size):
    """Whether it wrote before the first batch, or after one that is on disk already."""
    monkeypatch.setattr(module, "BATCH", size)
    other = world.raised().another()
    with pytest.raises(Trouble, match="Another program wrote to this store meanwhile"):  # noqa: SIM117
        with batched(world.record) as record:
            record.append([added(0, "mine")], uuid4())
            reason = GiveReason("ESC-1", "On leave")
            other.workflow.do(world.command("trust", AT, reason), world.moment(AT))
            before = world.told()
            record.append([added(1, "more")], uuid4())
    assert world.told() == before
    assert said(record, world.record.read("a")) == (["mine"] if size == 1 else [])


def test_where_another_program_made_a_key_meanwhile_nothing_is_sealed_with_the_wrong_one(
    store,
):
    """It died before it recorded anything; its key is on disk, and this program has another."""
    with pytest.raises(Trouble, match="Another program wrote"), batched(store.record) as record:
        played(FIRST, record)
        other = folder.open_store(store.path)
        other.record.keys.make_key("INC-2026-001")
        other.record.keys.keep()
        other.close()
    assert on_disk(store) == []
    with batched(store.record) as record:
        played(FIRST, record)
    assert len(on_disk(store)) == record.last()[0]
    assert faults(store) == []


def test_a_program_that_reads_meanwhile_sees_whole_batches(world, small):
    """Reading disturbs nothing, and shows what is on disk."""
    seen = []
    with batched(world.record, lambda _: seen.append(len(world.told()))) as record:
        began = len(world.told())
        for number in range(25):
            record.append([added(number, "one more")], uuid4())
            assert len(world.another().record.read("a")) == len(seen) * small
    assert seen == [began + small, began + 2 * small, began + 25]
