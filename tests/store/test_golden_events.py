"""Events that were stored once can be read for ever, and their sealed texts opened.

The golden files hold the very bytes. They may never change.
"""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cspr_workflow.domain import texts
from cspr_workflow.domain.texts import SealedText, free_texts
from cspr_workflow.store import events
from cspr_workflow.store.keys import Keys
from tests.store.golden_events import BOX_OF, EXAMPLES, FOLDER, committed
from tests.store.store_world import KEYS, rows

SEALED = [name for name in EXAMPLES if name.startswith("sealed")]


def golden(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def test_there_is_a_file_for_every_example_and_no_other():
    assert {path.stem for path in FOLDER.iterdir()} == {*EXAMPLES, "box"}


@pytest.mark.parametrize("name", SEALED)
def test_an_event_with_sealed_texts_is_read_into_the_same_entry(name):
    expected = EXAMPLES[name]
    fact = texts.sealed(expected.entry.fact, expected.id)
    sealed = [written for _, written in free_texts(fact)]
    assert sealed
    assert all(isinstance(written, SealedText) for written in sealed)
    assert fact != expected.entry.fact
    assert events.read(golden(name)) == replace(expected, entry=replace(expected.entry, fact=fact))


@pytest.mark.parametrize("name", sorted({*EXAMPLES} - {*SEALED}))
def test_an_event_without_sealed_texts_is_read_into_the_same_entry(name):
    assert events.read(golden(name)) == EXAMPLES[name]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_event_is_stored_as_the_same_bytes(name):
    commit = committed if name in SEALED else None
    assert events.written(EXAMPLES[name], commit) == golden(name)


@pytest.mark.parametrize("name", SEALED)
def test_the_commitments_of_an_event_are_found_by_field(name):
    fields = dict(free_texts(EXAMPLES[name].entry.fact))
    assert events.commitments(golden(name)) == {
        field: committed(field, text) for field, text in fields.items()
    }
    for text in fields.values():
        assert text.encode() not in golden(name)


@pytest.mark.parametrize("name", sorted({*EXAMPLES} - {*SEALED}))
def test_an_event_without_sealed_texts_has_no_commitments(name):
    assert events.commitments(golden(name)) == {}


def test_an_imported_entry_says_where_it_came_from():
    data = json.loads(golden("sealed-imported"))
    assert data["imported"] == {
        "by": "manager",
        "derived": False,
        "file": "ab" * 32,
        "name": "register-2025.csv",
        "written": "2025-10-27T14:20:30.250000+00:00",
    }
    read = events.read(golden("sealed-imported")).entry
    assert read.written < read.recorded
    assert json.loads(golden("imported-derived"))["imported"]["derived"] is True
    assert "imported" not in json.loads(golden("sealed-raised"))


def test_a_text_that_was_sealed_once_opens_with_its_key(place: Path):
    box = json.loads(golden("box"))
    assert {name: box[name] for name in BOX_OF} == BOX_OF
    Keys.make(place / KEYS, "a store")
    rows(place / KEYS, "INSERT INTO keys VALUES (?, ?)", "INC-1", bytes.fromhex(box["key"]))
    with closing(Keys(place / KEYS, "a store")) as keys:
        opened = keys.open("INC-1", box["event"], box["field"], bytes.fromhex(box["box"]))
    assert opened == (BOX_OF["text"], box["sha256"])
