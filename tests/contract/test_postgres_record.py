"""The record on PostgreSQL keeps the contract under a role that may only read and insert."""

from collections.abc import Iterator

import pytest

from cspr_workflow.store import postgres_store
from cspr_workflow.store.postgres_record import PostgresRecord
from tests.contract.record_contract import RecordContract
from tests.store.server_places import server_place


class TestPostgresRecord(RecordContract):
    @pytest.fixture
    def record(self) -> Iterator[PostgresRecord]:
        with server_place() as place:
            postgres_store.make(place, rehearsal=False)
            store = postgres_store.open_store(place)
            for incident in ("INC-1", "INC-2"):
                store.record.keys.make_key(incident)
            store.record.keys.keep()
            yield store.record
            store.close()


class TestPostgresRecordWithSealedTexts(TestPostgresRecord):
    incident = "INC-1"
