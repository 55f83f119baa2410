"""Views on a PostgreSQL server that are lost, damaged, of something else, cut off or not allowed: they come back,
or it is told what to do.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from cspr_workflow.application.ports import Record, Trouble
from cspr_workflow.domain.acts import GiveReason, Inform, WithdrawEscalation
from cspr_workflow.domain.people import Role
from projections import standings
from projections.postgres_place import PostgresPlace
from projections.runner import Views
from tests.projections.kept import Stores
from tests.projections.on_a_server import KeptOnServer, goes_on, half_a_year, in_a_file
from tests.support import World


@pytest.fixture
def kept(stores: Stores) -> Iterator[KeptOnServer]:
    with half_a_year(stores) as kept:
        yield kept


DAMAGES = {
    "of another form": ["UPDATE views.progress SET form='0123456789abcdef another'"],
    "of another form, without a form": [
        "DROP TABLE views.progress",
        "CREATE TABLE views.progress (position BIGINT)",
        "INSERT INTO views.progress VALUES (20)",
        "ALTER TABLE views.progress OWNER TO cspr_app",
    ],
    "of another store": [
        "UPDATE views.progress SET form=substr(form, 1, 16) || ' another store'",
        "DELETE FROM views.stays",
    ],
    "without progress": ["DELETE FROM views.progress"],
    "without the table of progress": ["DROP TABLE views.progress"],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("act", [True, False], ids=["an act", "a question"])
def test_views_that_cannot_be_used_are_built_anew(
    kept: KeptOnServer, damage: list[str], act: bool
) -> None:
    """By a program that has been using them, and by one that is started then."""
    kept.change(*damage)
    if act:
        kept.views.follow(goes_on(kept))
        assert kept.views.trouble is None
        assert kept.views.position == kept.record.last()[0]
    other = kept.other_views()
    assert kept.dump() == list(other.dump()) == in_a_file(kept)


def test_views_that_were_dropped_come_back(kept: KeptOnServer) -> None:
    expected = kept.dump()
    kept.lose_views()
    assert kept.views.position == 0
    assert kept.dump() == expected


def test_a_table_that_is_missing_is_told_and_healed_by_a_rebuild_as_it_says(
    kept: KeptOnServer,
) -> None:
    expected = kept.dump()
    kept.change("DROP TABLE views.cases")
    with pytest.raises(Trouble, match=r"views\.cases.* cspr rebuild"):
        list(standings.present(kept.database))
    assert kept.rebuilt() == expected


def test_views_of_another_past_are_built_anew_once_the_connection_was_lost(
    kept: KeptOnServer,
) -> None:
    """Another server has taken over, or the record was restored from a backup."""
    expected = kept.dump()
    kept.change("UPDATE views.progress SET position=position+1000", "DELETE FROM views.cases")
    kept.cut_off()
    assert kept.dump() == expected


class Switched:
    """A record in the place of which another can be put: a server took over that had not heard of its end."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def __getattr__(self, name: str) -> Any:
        return getattr(self.record, name)


def test_what_was_folded_of_a_record_that_lost_its_end_is_forgotten(kept: KeptOnServer) -> None:
    """What was recorded anew has the versions and the positions of what was lost."""
    world, other = World().raised(), World().raised()
    record = Switched(world.record)
    views = Views(PostgresPlace(kept.server), record, world.policy_file.book)
    views.catch_up()
    world.do("manager", "2026-11-30T11:00", WithdrawEscalation("ESC-1", "Raised twice"))
    views.catch_up()
    other.do("trust", "2026-11-30T11:00", GiveReason("ESC-1", "The author is ill"))
    record.record = other.record
    kept.cut_off()
    views.catch_up()
    other.do("officer", "2026-11-30T12:00", Inform("ESC-1", Role.BUSINESS_MANAGER))
    views.catch_up()
    followed = list(views.dump())
    views.rebuild()
    assert followed == list(views.dump())


def test_a_question_is_asked_again_where_the_connection_was_lost(kept: KeptOnServer) -> None:
    database, expected = kept.database, kept.dump()
    kept.cut_off()
    assert kept.dump() == expected
    assert kept.database is not database


def test_who_cannot_follow_as_the_connection_is_lost_catches_up_later(
    kept: KeptOnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = standings.apply
    with monkeypatch.context() as broken:

        def lost(*given: object) -> None:
            apply(*given)
            kept.cut_off()

        broken.setattr(standings, "apply", lost)
        kept.views.follow(goes_on(kept))
    assert "see that the server runs" in str(kept.views.trouble)
    assert kept.views.position < kept.record.last()[0]
    kept.views.follow(goes_on(kept))
    assert kept.views.trouble is None
    assert kept.views.position == kept.record.last()[0]
    assert kept.dump() == kept.rebuilt()


@pytest.mark.parametrize(
    ("spoil", "undo", "says"),
    [
        (
            "REVOKE CREATE ON SCHEMA views_beside FROM cspr_app",
            "GRANT CREATE ON SCHEMA views_beside TO cspr_app",
            "permission denied for schema views_beside.* cspr migrate",
        ),
        (
            "REVOKE USAGE ON SCHEMA views FROM cspr_app",
            "GRANT USAGE ON SCHEMA views TO cspr_app",
            "permission denied for schema views.* cspr migrate",
        ),
        (
            "ALTER SCHEMA views_beside RENAME TO elsewhere",
            "ALTER SCHEMA elsewhere RENAME TO views_beside",
            'schema "views_beside" does not exist.* cspr migrate',
        ),
        (
            "ALTER TABLE views.cases OWNER TO cspr_owner",
            "ALTER TABLE views.cases OWNER TO cspr_app",
            "permission denied for table cases|must be owner of table cases.* cspr migrate",
        ),
        (
            "CREATE VIEW public.mine AS SELECT * FROM views.cases",
            "DROP VIEW public.mine",
            "other objects depend on them.* remove what others made",
        ),
    ],
)
def test_what_a_rebuild_may_not_do_is_told_and_the_old_views_stay(
    kept: KeptOnServer, spoil: str, undo: str, says: str
) -> None:
    expected = kept.dump()
    kept.change(spoil)
    try:
        with pytest.raises(Trouble, match=says):
            kept.views.rebuild()
    finally:
        kept.change(undo)
    assert kept.dump() == expected == kept.rebuilt()


def test_an_act_after_the_connection_was_lost_is_followed_by_the_next_question(
    kept: KeptOnServer,
) -> None:
    """What the new connection leads to has to be looked at first."""
    assert kept.views.database.position == kept.record.last()[0]
    kept.cut_off()
    kept.views.follow(goes_on(kept))
    assert "try again" in str(kept.views.trouble)
    assert kept.views.database.position == kept.record.last()[0]
    assert kept.views.trouble is None
