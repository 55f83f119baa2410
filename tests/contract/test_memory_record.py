"""The record and the index of due items in memory keep the contract."""

import pytest

from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryDueItems
from tests.contract.record_contract import DueItemsContract, RecordContract


class TestMemoryRecord(RecordContract):
    @pytest.fixture
    def record(self) -> MemoryRecord:
        return MemoryRecord()


class TestMemoryDueItems(DueItemsContract):
    @pytest.fixture
    def due_items(self) -> MemoryDueItems:
        return MemoryDueItems()
