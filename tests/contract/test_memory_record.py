"""The record and the index of due items in memory keep the contract."""

import pytest

from cspr_workflow.store.memory import MemoryRecord
from tests.contract.record_contract import RecordContract


class TestMemoryRecord(RecordContract):
    @pytest.fixture
    def record(self) -> MemoryRecord:
        return MemoryRecord()
