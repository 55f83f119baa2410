"""Views that follow bulk work in another process: all of it, and the same as if built anew."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cspr_workflow.application.policy_files import bundled
from cspr_workflow.application.simulation.run import Plan
from cspr_workflow.interfaces import simulate_command
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.followed_beside import followed_beside
from cspr_workflow.store.folder import open_store

PLAN = Plan(3, 1, 1, datetime(2026, 11, 20, 12, tzinfo=UTC))


def test_the_views_have_followed_all_that_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(simulate_command, "MANY", 1)
    store = tmp_path / "store"
    simulate_command.fill(store, bundled(simulate_command.POLICY), PLAN)
    with closing(Desk(open_store(store))) as desk:
        assert desk.views.position == desk.record.last()[0] > 0
        followed = list(desk.views.dump())
        desk.views.rebuild()
        assert followed == list(desk.views.dump())


def test_the_other_process_catches_up_before_it_ends(tmp_path: Path):
    store = tmp_path / "store"
    simulate_command.fill(store, bundled(simulate_command.POLICY), PLAN)
    for left in store.glob("views.sqlite*"):
        left.unlink()
    with followed_beside(store):
        pass
    with closing(Desk(open_store(store))) as desk:
        assert desk.views.position == desk.record.last()[0]


def test_a_folder_that_is_none_stops_nobody(tmp_path: Path):
    with followed_beside(tmp_path / "nothing"):
        pass
    assert list(tmp_path.iterdir()) == []
