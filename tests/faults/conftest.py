"""Stores for the tests of this folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.stores import Stores, policies_read_once

MEMORY = Path("/dev/shm")
"""Where files are kept in memory: a killed process loses neither these nor those on a disk."""


def place() -> Path:
    """A new folder for stores, in memory where there is a place for that."""
    there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return Path(tempfile.mkdtemp(prefix="stores-", dir=MEMORY if there else None))


@pytest.fixture(scope="package")
def stores() -> Iterator[Stores]:
    """Stores that are made for these tests and removed after them."""
    below = place()
    with policies_read_once():
        yield Stores(below)
    shutil.rmtree(below)
