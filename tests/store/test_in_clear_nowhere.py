"""No text that somebody wrote about a case stands in clear in any file of a store, at any time."""

import json
from hashlib import sha256

from cspr_workflow.domain.acts import Correct, DeclareClosure
from cspr_workflow.domain.texts import SealedText, free_fields, free_texts, opened_data
from cspr_workflow.store import folder
from cspr_workflow.store.folder import VIEWS
from cspr_workflow.store.registry import FACTS
from projections import standings
from tests.store.every_text import SECRET, tell, text
from tests.store.store_world import KEYS, OFFICE, PARTNERSHIP, RECORD, StoreWorld
from tests.support import day


def texts_of(world: StoreWorld) -> list[str]:
    """Every free text of the record, opened."""
    told = (world.opened(one) for one in world.everything())
    return [written for one in told for _, written in free_texts(one.entry.fact)]


def sealed_fields(world: StoreWorld) -> set[tuple[str, str]]:
    """Which fields of which types are sealed in a record; ``sets.N.what`` for the Nth of several."""
    return {
        (one.entry.fact.type, field)
        for one in world.everything()
        for field, written in free_texts(one.entry.fact)
        if isinstance(written, SealedText)
    }


def holding(world: StoreWorld, word: str) -> list[str]:
    """The files of a store in which a word stands in clear."""
    files = [path for path in world.folder.rglob("*") if path.is_file()]
    assert {RECORD, KEYS, OFFICE, VIEWS} <= {path.name for path in files}
    return sorted(path.name for path in files if word.encode() in path.read_bytes())


def logs(world: StoreWorld) -> list[str]:
    return [path.name for path in world.folder.iterdir() if path.name.endswith("-wal")]


def test_the_story_holds_every_kind_of_free_text(world):
    """A free text that is added to the process has to be added to the story, or nothing is proved."""
    tell(world)
    kinds = {(type, field) for type, fact in FACTS.items() for field in free_fields(fact)[0]}
    sets = {("escalation.decision-made.v1", f"sets.{place}.what") for place in (0, 1)}
    assert sealed_fields(world) == kinds | sets
    nested = {type: free_fields(fact)[1] for type, fact in FACTS.items() if free_fields(fact)[1]}
    assert nested == {"escalation.decision-made.v1": ("sets",)}


def test_no_text_stands_in_clear_in_any_file(world):
    """While the store is open, after the views were built anew, after it was closed and opened."""
    tell(world)
    assert len(texts_of(world)) > 25
    assert all(SECRET in written for written in texts_of(world))
    assert logs(world)
    assert holding(world, SECRET) == []
    world.views.rebuild()
    list(world.views.dump())
    assert holding(world, SECRET) == []
    world.close()
    assert not logs(world)
    assert holding(world, SECRET) == []
    world.open().tick("2027-04-01T07:00")
    world.views.rebuild()
    assert holding(world, SECRET) == []
    assert all(SECRET in written for written in texts_of(world))


def test_the_search_finds_what_is_in_clear(world):
    """What is about no incident has no key to be sealed under: why the office is closed on a day."""
    world.do("manager", "2026-11-30T10:00", DeclareClosure(day("2026-12-24"), SECRET))
    list(world.views.streams())
    found = holding(world, SECRET)
    assert RECORD in {name.removesuffix("-wal") for name in found}


def test_a_correction_in_the_partnerships_own_history_is_not_in_clear_either(world):
    event = str(world.record.read(PARTNERSHIP)[0].id)
    world.do("manager", "2026-11-30T10:00", Correct(PARTNERSHIP, event, SECRET))
    list(world.views.streams())
    assert texts_of(world) == [SECRET]
    assert holding(world, SECRET) == []


def test_the_views_hold_no_text_and_open_to_every_text(world):
    tell(world)
    kept = {one.reference: one.standing for one in standings.present(world.views.database)}
    assert SECRET not in json.dumps(kept)
    shown = opened_data(kept, world.record.opened)
    assert shown["ESC-1"]["actions"]["D1"]["what"] == text("set D1")
    assert shown["ESC-1"]["resolved"]["outcome"] == text("outcome")


def test_the_rows_of_the_views_are_the_same_when_they_are_built_anew(world):
    tell(world)
    before = list(world.views.dump())
    world.views.rebuild()
    assert list(world.views.dump()) == before


def test_nobody_can_guess_a_text_from_the_log_of_commands(world):
    """Whoever has the record alone cannot try out what a command may have said."""
    folder.make(world.folder.parent / "other", rehearsal=True)
    other = folder.open_store(world.folder.parent / "other")
    try:
        hashes = {world.record.digest(b"a guess"), other.record.digest(b"a guess")}
        assert len(hashes | {sha256(b"a guess").hexdigest()}) == 3
    finally:
        other.close()
