"""Strict reading of plain data: nothing is guessed, every fault names its place, and the way back."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cspr_workflow import forms
from cspr_workflow.forms import Fault, Unusable, Wrong


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True)
class Part:
    name: str
    count: int = 1


@dataclass(frozen=True)
class Everything:
    """One field of every type that a form may hold."""

    text: str
    number: int
    truth: bool
    day: date
    moment: datetime
    colour: Colour
    part: Part
    words: tuple[str, ...]
    parts: Mapping[str, Part]
    absent: date | None
    left_out: str | None = None
    counted: int = 7
    listed: tuple[int, ...] = field(default_factory=tuple)
    worked_out: str = field(init=False, default="-")


@dataclass(frozen=True)
class OldStyle:
    day: Optional[date]  # noqa: UP045 - the older way of writing it is read too


GOOD = {
    "text": "a text",
    "number": 3,
    "truth": False,
    "day": "2026-12-03",
    "moment": "2026-12-03T09:30+01:00",
    "colour": "green",
    "part": {"name": "bolt", "count": 2},
    "words": ["one", "two"],
    "parts": {"a": {"name": "nut"}},
}
READ = Everything(
    text="a text",
    number=3,
    truth=False,
    day=date(2026, 12, 3),
    moment=datetime(2026, 12, 3, 8, 30, tzinfo=UTC),
    colour=Colour.GREEN,
    part=Part("bolt", 2),
    words=("one", "two"),
    parts={"a": Part("nut")},
    absent=None,
)


def faults_of(data: object, kind: type = Everything) -> list[tuple[str, str]]:
    with pytest.raises(Unusable) as caught:
        forms.parse(kind, data, "form.json")
    return [(fault.place, fault.message) for fault in caught.value.faults]


# --- What is read ----------------------------------------------------------------------------


def test_every_type_is_read_and_defaults_are_taken_where_a_field_is_left_out():
    assert forms.parse(Everything, GOOD, "form.json") == READ


def test_every_field_that_may_be_left_out_can_be_given():
    given_too = {"absent": "2026-12-04", "left_out": "here", "counted": 0, "listed": [1, 2]}
    read = forms.parse(Everything, GOOD | given_too, "form.json")
    assert (read.absent, read.left_out, read.counted, read.listed) == (
        date(2026, 12, 4),
        "here",
        0,
        (1, 2),
    )


def test_a_date_that_toml_has_read_already_is_taken():
    data = tomllib.loads("day = 2026-12-03")
    assert forms.parse(OldStyle, data, "form.toml") == OldStyle(date(2026, 12, 3))


def test_an_optional_field_in_the_older_writing_may_be_left_out():
    assert forms.parse(OldStyle, {}, "form.toml") == OldStyle(None)


def test_one_value_is_read_by_itself():
    faults: list[Fault] = []
    assert forms.read(Colour, "red", "acts[3].colour", faults) is Colour.RED
    assert forms.read(int, "red", "acts[3].number", faults) is None
    assert faults == [Fault("acts[3].number", "'red' is not a whole number")]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-12-03T09:30Z", datetime(2026, 12, 3, 9, 30, tzinfo=UTC)),
        ("2026-12-03T09:30:15+00:00", datetime(2026, 12, 3, 9, 30, 15, tzinfo=UTC)),
        ("2026-12-03T09:30:15.5-05:00", datetime(2026, 12, 3, 14, 30, 15, 500000, tzinfo=UTC)),
    ],
)
def test_a_moment_with_an_offset_is_kept_in_utc(written, moment):
    read = forms.parse(Everything, GOOD | {"moment": written}, "form.json")
    assert read.moment == moment
    assert read.moment.tzinfo is UTC


def test_a_written_moment_keeps_the_offset_it_has_or_has_none():
    assert forms.parse_moment("2026-12-03T09:30").tzinfo is None
    assert forms.parse_moment("2026-12-03T09:30+01:00").utcoffset() == timedelta(hours=1)


# --- What is refused -------------------------------------------------------------------------

FAULTS = [
    ("text", 3, "3 is not a text"),
    ("text", None, "None is not a text"),
    ("text", "", "this text may not be empty"),
    ("text", " \t\n ", "this text may not be empty"),
    ("text", "half \ud83d a letter", "this text holds characters that cannot be stored"),
    ("number", "3", "'3' is not a whole number"),
    ("number", 3.0, "3.0 is not a whole number"),
    ("number", float("nan"), "nan is not a whole number"),
    ("number", True, "True is not a whole number"),
    ("truth", 1, "1 is neither true nor false"),
    ("truth", "true", "'true' is neither true nor false"),
    ("day", "2026-02-29", "'2026-02-29' is not a date; write it as YYYY-MM-DD"),
    ("day", "20261203", "'20261203' is not a date; write it as YYYY-MM-DD"),
    ("day", "2026-W49-4", "'2026-W49-4' is not a date; write it as YYYY-MM-DD"),
    ("day", "03/12/2026", "'03/12/2026' is not a date; write it as YYYY-MM-DD"),
    ("day", "2026-12-03\n", "'2026-12-03\\n' is not a date; write it as YYYY-MM-DD"),
    ("day", "２０２６-12-03", "'２０２６-12-03' is not a date; write it as YYYY-MM-DD"),
    ("day", 20261203, "20261203 is not a date; write it as YYYY-MM-DD"),
    (
        "day",
        datetime(2026, 12, 3, tzinfo=UTC),
        "datetime.datetime(2026, 12, 3, 0, 0, tzinfo=datetime.time... is not a date; "
        "write it as YYYY-MM-DD",
    ),
    ("moment", "2026-12-03", "'2026-12-03' is not a moment; write it as YYYY-MM-DDTHH:MM"),
    ("moment", "2026-12-03T09:30", "'2026-12-03T09:30' has no offset from UTC"),
    (
        "moment",
        "2026-12-03 09:30Z",
        "'2026-12-03 09:30Z' is not a moment; write it as YYYY-MM-DDTHH:MM",
    ),
    (
        "moment",
        "2026-12-03T25:00Z",
        "'2026-12-03T25:00Z' is not a moment; write it as YYYY-MM-DDTHH:MM",
    ),
    ("moment", 0, "0 is not a moment; write it as YYYY-MM-DDTHH:MM"),
    ("colour", "blue", "'blue' is not one of red, green"),
    ("colour", "RED", "'RED' is not one of red, green"),
    ("colour", ["red"], "['red'] is not one of red, green"),
    ("part", "bolt", "'bolt' is not a table of fields"),
    ("part", ["bolt", 2], "['bolt', 2] is not a table of fields"),
    ("words", "one", "'one' is not a list"),
    ("words", {"0": "one"}, "{'0': 'one'} is not a list"),
    ("parts", [{"name": "nut"}], "[{'name': 'nut'}] is not a table"),
    ("absent", "soon", "'soon' is not a date; write it as YYYY-MM-DD"),
    ("absent", None, "None is not a date; write it as YYYY-MM-DD"),
    ("left_out", "", "this text may not be empty"),
]


@pytest.mark.parametrize(("name", "value", "message"), FAULTS)
def test_a_wrong_value_is_a_fault_at_its_place(name, value, message):
    assert faults_of(GOOD | {name: value}) == [(name, message)]


def test_a_long_value_is_shown_by_its_beginning_only():
    [(_, message)] = faults_of(GOOD | {"number": "x" * 1000})
    assert message == "'" + "x" * 56 + "... is not a whole number"


@pytest.mark.parametrize(
    "missing", ["text", "number", "truth", "day", "moment", "colour", "part", "words", "parts"]
)
def test_a_missing_field_is_a_fault_at_its_place(missing):
    data = {name: value for name, value in GOOD.items() if name != missing}
    assert faults_of(data) == [(missing, "this field is missing")]


def test_an_unknown_field_is_a_fault_that_says_which_are_known():
    assert faults_of({"name": "bolt", "colour": "red"}, Part) == [
        ("colour", "unknown field; known are name, count")
    ]


def test_a_field_that_is_worked_out_is_unknown_to_the_reader():
    [(place, _)] = faults_of(GOOD | {"worked_out": "given"})
    assert place == "worked_out"


@pytest.mark.parametrize("data", [[], "text", None, 3])
def test_a_document_that_is_no_table_is_a_fault_of_the_whole(data):
    assert faults_of(data) == [("", f"{data!r} is not a table of fields")]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"part": {"name": 1}}, "part.name"),
        ({"part": {"name": "bolt", "size": 1}}, "part.size"),
        ({"part": {}}, "part.name"),
        ({"words": ["one", 2, "three"]}, "words[1]"),
        ({"parts": {"a": {"name": "nut"}, "b": {"name": ""}}}, "parts.b.name"),
        ({"parts": {"a": {"name": "nut", "count": "2"}}}, "parts.a.count"),
        ({"listed": [1, "2"]}, "listed[1]"),
    ],
)
def test_a_fault_deeper_down_names_the_whole_path(change, place):
    assert [found for found, _ in faults_of(GOOD | change)] == [place]


def test_all_faults_of_a_document_are_named_at_once():
    data = GOOD | {"text": "", "words": ["", 1], "part": {"size": 1}, "size": 2, "day": "never"}
    del data["number"]
    assert {place for place, _ in faults_of(data)} == {
        "text",
        "words[0]",
        "words[1]",
        "part.name",
        "part.size",
        "size",
        "number",
        "day",
    }


def test_what_is_unusable_says_so_with_its_source_and_every_fault():
    with pytest.raises(Unusable) as caught:
        forms.parse(Part, {"count": "2"}, "form.json")
    assert caught.value.source == "form.json"
    assert str(caught.value) == (
        "form.json: name: this field is missing; form.json: count: '2' is not a whole number"
    )


def test_a_fault_of_the_whole_document_has_no_place():
    assert str(Fault("", "is not JSON")) == "is not JSON"
    assert str(Fault("acts[3].due", "is missing")) == "acts[3].due: is missing"


@pytest.mark.parametrize("read", [forms.parse_date, forms.parse_moment])
def test_reading_one_word_says_what_is_wrong_with_it(read):
    with pytest.raises(Wrong, match="write it as YYYY-MM-DD"):
        read("tomorrow")


# --- The way back ----------------------------------------------------------------------------


def test_the_way_back_gives_plain_data_without_what_is_left_out():
    assert forms.plain(READ) == {
        "text": "a text",
        "number": 3,
        "truth": False,
        "day": "2026-12-03",
        "moment": "2026-12-03T08:30:00+00:00",
        "colour": "green",
        "part": {"name": "bolt", "count": 2},
        "words": ["one", "two"],
        "parts": {"a": {"name": "nut", "count": 1}},
        "counted": 7,
        "listed": [],
        "worked_out": "-",
    }


def test_a_moment_is_written_back_in_utc():
    there = datetime(2026, 7, 2, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    assert forms.plain(there) == "2026-07-02T08:30:00+00:00"


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)
DOCUMENTS = st.builds(OldStyle, st.none() | st.dates()) | st.builds(
    Part, TEXTS, st.integers(-(10**12), 10**12)
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(DOCUMENTS)
def test_there_and_back_again_through_json(document):
    written = json.loads(json.dumps(forms.plain(document)))
    assert forms.parse(type(document), written, "form.json") == document


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(sorted(GOOD)) | st.text(), inner, max_size=6)
        ),
        max_leaves=12,
    )
)
def test_whatever_is_read_gives_a_form_or_faults_and_nothing_else(data):
    with pytest.raises(Unusable) as caught:
        forms.parse(Everything, data, "form.json")
    assert caught.value.faults
