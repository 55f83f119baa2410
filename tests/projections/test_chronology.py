"""The chronology: a row for each entry with both of its times, and who did it."""

from datetime import timedelta
from itertools import pairwise

import pytest

from cspr_workflow.domain.acts import Correct, GiveReason, RecordDiscussion
from cspr_workflow.domain.people import Means
from projections import chronology
from tests.projections.histories import random_history
from tests.projections.kept import Stores
from tests.support import World, raising

MICROSECOND = timedelta(microseconds=1)


def two_incidents() -> World:
    """ESC-1 against the Acute Trust, ESC-2 against the Police; a reason is given by call, a day late."""
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
    reason = GiveReason("ESC-1", "The author is ill")
    world.do("officer", "2026-12-02T09:00", reason, occurred="2026-12-01T16:00", means=Means.CALL)
    return world


def kept_of(stores: Stores, world: World):
    return stores.holding(world.everything(), world.policy_file.book)


def test_a_row_has_both_times_and_everything_that_is_asked_by(stores: Stores):
    with kept_of(stores, two_incidents()) as kept:
        last = kept.everything()[-1]
        rows = kept.database.all("SELECT * FROM chronology WHERE position=?", last.position)
        assert rows == [
            (
                last.position,
                str(last.id),
                "escalation:ESC-1",
                "INC-1",
                "Acute Trust",
                "escalation.reason-given.v1",
                "2026-12-01T16:00:00.000000+00:00",
                "2026-12-02T09:00:00.000000+00:00",
                "officer",
                "call",
                "E1.2",
                0,
                None,
            )
        ]


# --- Known at ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8000, 8010))
def test_what_was_known_at_a_moment(stores: Stores, seed: int):
    history = random_history(seed)
    with stores.holding(history.entries, history.policies) as kept:
        recorded = [(one.entry.recorded, one.position) for one in kept.everything()]
        moments = sorted({moment for moment, _ in recorded})
        between = [earlier + (later - earlier) / 2 for earlier, later in pairwise(moments)]
        before = [moment - MICROSECOND for moment in moments]
        for moment in [*moments, *between, *before, moments[-1] + timedelta(days=1)]:
            known = max((position for at, position in recorded if at <= moment), default=0)
            assert chronology.known_at(kept.database, moment) == known, moment


def test_before_the_first_entry_nothing_was_known(stores: Stores):
    world = two_incidents()
    with kept_of(stores, world) as kept:
        began = world.moment("2020-01-01T09:00")
        assert chronology.known_at(kept.database, began - MICROSECOND) == 0
        assert chronology.known_at(kept.database, began) == 2 + len(world.people)


# --- What a question is about ------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8100, 8110))
def test_only_what_is_asked_for_is_told(stores: Stores, seed: int):
    history = random_history(seed)
    with stores.holding(history.entries, history.policies) as kept:
        database, everything = kept.database, kept.everything()
        escalations = {
            f"escalation:{case.reference}": case for case in history.workflow.escalations()
        }
        for incident in history.workflow.incidents():
            streams = {f"incident:{incident.reference}"}
            streams |= {s for s, case in escalations.items() if case.incident == incident.reference}
            found = chronology.positions(database, incident=incident.reference)
            assert list(found) == [one.position for one in everything if one.stream in streams]
        for agency in {case.agency for case in escalations.values()}:
            streams = {s for s, case in escalations.items() if case.agency == agency}
            found = chronology.positions(database, agency=agency)
            assert list(found) == [one.position for one in everything if one.stream in streams]
        for author in {one.entry.author for one in everything} | {"nobody"}:
            found = chronology.positions(database, author=author)
            assert list(found) == [one.position for one in everything if one.entry.author == author]
        for since in (everything[len(everything) // 3].entry.recorded, history.until):
            for until in (since, history.until, history.until + MICROSECOND):
                found = chronology.positions(database, since=since, until=until)
                assert list(found) == [
                    one.position for one in everything if since <= one.entry.recorded < until
                ]


def test_several_questions_at_once(stores: Stores):
    world = two_incidents()
    with kept_of(stores, world) as kept:
        since = world.moment("2026-12-01T00:00")
        found = chronology.positions(
            kept.database, incident="INC-1", agency="Acute Trust", author="officer", since=since
        )
        facts = {one.position: one.entry.fact.type for one in kept.everything()}
        assert [facts[position] for position in found] == ["escalation.reason-given.v1"]


def test_without_a_question_everything_is_told_also_of_the_partnership(stores: Stores):
    """A narrower question, such as everything since the beginning, never tells more."""
    world = two_incidents()
    with kept_of(stores, world) as kept:
        everything = [one.position for one in kept.everything()]
        since = world.moment("2020-01-01T00:00")
        assert list(chronology.positions(kept.database, since=since)) == everything
        assert list(chronology.positions(kept.database)) == everything


def test_a_correction_is_found_by_what_it_corrects(stores: Stores):
    world = two_incidents()
    said = RecordDiscussion("ESC-1", Means.CALL, "The author is back")
    world.do("officer", "2026-12-02T10:00", said)
    corrected = world.everything()[-1]
    for at, says in (
        ("2026-12-02T11:00", "It was at noon"),
        ("2026-12-02T12:00", "It was by e-mail"),
    ):
        world.do("officer", at, Correct("ESC-1", str(corrected.id), says))
    with kept_of(stores, world) as kept:
        *_, first, second = kept.everything()
        found = chronology.corrections(kept.database, str(corrected.id))
        assert found == [first.position, second.position]
        assert kept.record.opened(second.entry.fact.says) == "It was by e-mail"
        assert chronology.corrections(kept.database, str(first.id)) == []
