"""A connection for each thread: none outlives its thread, and none is left when a file is closed."""

import gc
import sqlite3
import threading
from pathlib import Path

import pytest

from cspr_workflow.store.sqlite_files import Connections, begin


@pytest.fixture
def connections(tmp_path: Path) -> Connections:
    path = tmp_path / "one.sqlite"
    begin(path, "CREATE TABLE one (x)", 7, 1)
    return Connections(path)


def in_a_thread(connections: Connections) -> None:
    thread = threading.Thread(target=lambda: connections.mine().execute("SELECT * FROM one"))
    thread.start()
    thread.join()


def test_a_thread_keeps_its_own(connections: Connections):
    mine = connections.mine()
    assert connections.mine() is mine
    others = []
    thread = threading.Thread(target=lambda: others.append(connections.mine() is mine))
    thread.start()
    thread.join()
    assert others == [False]


def test_a_connection_ends_with_its_thread(connections: Connections):
    connections.mine()
    for _ in range(5):
        in_a_thread(connections)
    gc.collect()
    assert len(connections._made) == 1


def test_closing_closes_all_and_a_thread_that_asks_again_gets_a_new_one(connections: Connections):
    before = connections.mine()
    connections.close()
    with pytest.raises(sqlite3.ProgrammingError):
        before.execute("SELECT 1")
    assert connections.mine() is not before
    assert connections.mine().execute("SELECT * FROM one").fetchall() == []
