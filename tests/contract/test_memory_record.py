"""The record in memory keeps the contract, whether or not its texts belong to an incident."""

import pytest

from cspr_workflow.store.memory import MemoryRecord
from tests.contract.record_contract import RecordContract


class TestMemoryRecord(RecordContract):
    @pytest.fixture
    def record(self) -> MemoryRecord:
        return MemoryRecord()


class TestMemoryRecordWithTextsOfAnIncident(TestMemoryRecord):
    incident = "INC-1"
