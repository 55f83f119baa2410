"""What was stored once can be read for ever: one golden file for every type of fact.

A golden file holds the very bytes of an entry. It may never change; where a fact needs another shape,
it gets a new type, and the old file has to go on being read.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow import forms
from cspr_workflow.store import registry
from cspr_workflow.store.registry import FACTS, UnknownType, canonical, decode, encode
from tests.golden.examples import EXAMPLES
from tests.golden.make import FOLDER, make, path_of

STORED = sorted(FOLDER.glob("*.json"))
ENVELOPE = ("type", "occurred", "recorded", "clause", "policy", "calendar", "fact")


def stored(type: str) -> dict[str, Any]:
    """What stands in a golden file, as plain data."""
    data: dict[str, Any] = json.loads(path_of(type).read_bytes())
    return data


def needed_of(type: str) -> list[str]:
    """The fields without which a fact makes no sense."""
    return [
        field.name
        for field in dataclasses.fields(FACTS[type])
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
        and "None" not in str(field.type)
    ]


NEEDED = [(type, name) for type in FACTS for name in needed_of(type)]


# --- One file for each type ----------------------------------------------------------------------


@pytest.mark.parametrize("type", FACTS)
def test_every_type_has_a_golden_file(type: str) -> None:
    assert path_of(type).is_file(), "run: python -m tests.golden.make"


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.name)
def test_no_golden_file_is_without_a_type(path: Path) -> None:
    assert path.stem in FACTS, "a type that was stored once has to be known for ever"
    assert json.loads(path.read_bytes())["type"] == path.stem


def test_every_example_is_of_a_type_of_its_own_and_fills_every_field() -> None:
    assert set(EXAMPLES) == set(FACTS)
    for type, entry in EXAMPLES.items():
        for field in dataclasses.fields(entry.fact):
            value = getattr(entry.fact, field.name)
            assert value not in (None, (), ""), f"{type}: {field.name} is empty"


# --- The bytes and the entry ---------------------------------------------------------------------


@pytest.mark.parametrize("type", FACTS)
def test_a_golden_file_is_read_into_the_same_entry(type: str) -> None:
    assert decode(stored(type)) == EXAMPLES[type]


@pytest.mark.parametrize("type", FACTS)
def test_the_entry_is_stored_as_the_same_bytes(type: str) -> None:
    assert canonical(encode(EXAMPLES[type])) == path_of(type).read_bytes()
    assert canonical(encode(decode(stored(type)))) == path_of(type).read_bytes()


def test_the_bytes_have_one_form_whatever_the_order_of_the_fields() -> None:
    written = {"b": [1, {"z": "Ω", "a": None}], "a": True}
    assert canonical(written) == '{"a":true,"b":[1,{"a":null,"z":"Ω"}]}'.encode()
    assert canonical(dict(reversed(written.items()))) == canonical(written)


# --- Anything else is an error, never skipped ----------------------------------------------------


@pytest.mark.parametrize("type", ["escalation.raised.v2", "escalation.raised", "", "Raised"])
def test_an_unknown_type_is_an_error(type: str) -> None:
    with pytest.raises(UnknownType, match="does not know"):
        decode({**stored("escalation.raised.v1"), "type": type})


@pytest.mark.parametrize(("type", "field"), NEEDED)
def test_a_missing_field_of_a_fact_is_an_error(type: str, field: str) -> None:
    data = stored(type)
    del data["fact"][field]
    with pytest.raises(forms.Unusable, match=f"{field}: this field is missing"):
        decode(data)


@pytest.mark.parametrize("type", FACTS)
def test_an_unknown_field_of_a_fact_is_an_error(type: str) -> None:
    data = stored(type)
    data["fact"]["mood"] = "calm"
    with pytest.raises(forms.Unusable, match="mood: unknown field"):
        decode(data)


@pytest.mark.parametrize("field", ENVELOPE)
def test_an_entry_without_one_of_its_parts_is_an_error(field: str) -> None:
    data = stored("escalation.raised.v1")
    del data[field]
    with pytest.raises((UnknownType, forms.Unusable)):
        decode(data)


def test_a_field_within_a_derivation_is_read_as_strictly() -> None:
    data = stored("escalation.limit-passed.v1")
    del data["fact"]["due"]["derivation"]["anchor_day"]
    with pytest.raises(forms.Unusable, match="anchor_day: this field is missing"):
        decode(data)
    data = stored("escalation.limit-passed.v1")
    data["fact"]["due"]["last_day"] = "9 December 2026"
    with pytest.raises(forms.Unusable, match="last_day"):
        decode(data)


# --- Making the files ----------------------------------------------------------------------------


def test_making_writes_what_is_missing_and_overwrites_nothing(tmp_path: Path) -> None:
    kept = path_of("escalation.raised.v1", tmp_path)
    kept.write_bytes(b"as it was stored")
    written = make(tmp_path)
    assert {path.stem for path in written} == set(FACTS) - {"escalation.raised.v1"}
    assert kept.read_bytes() == b"as it was stored"
    assert make(tmp_path) == []
    for path in written:
        assert path.read_bytes() == path_of(path.stem).read_bytes()


def test_every_fact_that_the_domain_declares_is_registered_under_one_name() -> None:
    assert len(FACTS) == len({fact.__name__ for fact in FACTS.values()})
    assert all(registry.FACTS[type].type == type for type in FACTS)
    assert all(type.rsplit(".", 1)[1].startswith("v") for type in FACTS)
