"""The record on SQLite keeps the contract, with texts in clear and with texts sealed."""

from collections.abc import Iterator

import pytest

from cspr_workflow.store import folder
from cspr_workflow.store.sqlite_record import SqliteRecord
from tests.contract.record_contract import RecordContract
from tests.store.places import quick_place


class TestSqliteRecord(RecordContract):
    @pytest.fixture
    def record(self) -> Iterator[SqliteRecord]:
        with quick_place() as place:
            folder.make(place / "store", rehearsal=False)
            store = folder.open_store(place / "store")
            for incident in ("INC-1", "INC-2"):
                store.record.keys.make_key(incident)
            store.record.keys.keep()
            yield store.record
            store.close()


class TestSqliteRecordWithSealedTexts(TestSqliteRecord):
    incident = "INC-1"
