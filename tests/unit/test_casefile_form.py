"""Case files as documents: what is read, and every fault of the file itself, its policy and its people.

The faults of acts are in ``tests/interfaces/test_casefile_faults.py``.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cspr_workflow.application import casefile, people_files, policy_files
from cspr_workflow.domain.people import Means, Person, Role
from cspr_workflow.forms import Unusable
from tests.unit.case_form import (
    ACTION,
    CASE,
    CLOSURE,
    DECISION,
    LEFT_OUT,
    MEETING,
    OFFICER,
    PEOPLE,
    RAISE,
    REASON,
    REPORT,
    TICK,
    case,
    changed,
    faults_in,
    faults_of,
    only_fault,
    parsed,
)

# --- A file that is good in form -------------------------------------------------------------


def test_a_file_that_is_good_in_form_is_read():
    found = parsed(case(acts=[REPORT, RAISE, REASON, ACTION, MEETING, DECISION, CLOSURE, TICK]))
    assert (found.source, found.title) == ("case.json", "A case")
    assert found.names["trust"] == "C. Lead"
    assert found.people["trust"].agency == "Acute Trust"
    assert [planned.command is None for planned in found.acts] == [False] * 7 + [True]
    assert found.acts[1].command.act.timescale == "rapid_review"


def test_an_act_happened_when_it_was_recorded_unless_it_says_otherwise():
    [report, raised] = parsed(case(acts=[REPORT, RAISE | {"occurred": "2026-11-27T16:00"}])).acts
    assert report.command.occurred == report.at == datetime(2026, 11, 26, 10, tzinfo=UTC)
    assert raised.command.occurred == datetime(2026, 11, 27, 16, tzinfo=UTC)


def test_a_moment_without_an_offset_is_local_time():
    summer = {"at": "2026-07-02T09:30", "act": "tick"}
    offset = {"at": "2026-07-02T09:30+02:00", "act": "tick"}
    assert parsed(case(acts=[summer])).acts[0].at == datetime(2026, 7, 2, 8, 30, tzinfo=UTC)
    assert parsed(case(acts=[offset])).acts[0].at == datetime(2026, 7, 2, 7, 30, tzinfo=UTC)


def test_a_mark_of_the_byte_order_is_accepted():
    assert (
        casefile.parse(b"\xef\xbb\xbf" + json.dumps(CASE).encode(), "case.json").title == "A case"
    )


def test_a_file_without_acts_or_people_is_good_in_form():
    assert parsed(case(acts=[], people={})).acts == ()


def test_an_act_on_behalf_of_the_agency_names_the_means():
    act = REASON | {"on_behalf_of": "agency", "means": "e-mail"}
    assert parsed(case(acts=[act])).acts[0].command.by.means is Means.EMAIL
    assert parsed(case(acts=[REASON])).acts[0].command.by.means is None


def test_another_policy_replaces_the_one_that_the_file_names():
    four = policy_files.bundled("four-stages")
    text = json.dumps(case(policy="a policy of another place")).encode()
    assert casefile.parse(text, "case.json", four).policy is four
    assert parsed(case(policy="two-five-two")).policy.policy.id == "two-five-two"


def test_a_file_is_read_from_disk(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE), "utf-8")
    assert casefile.load(path).source == str(path)


# --- Files that are no JSON document ---------------------------------------------------------

NO_JSON = {
    "empty": b"",
    "a fragment": b'{"title": "A case"',
    "two documents": b"{} {}",
    "TOML": b'title = "A case"',
    "a comma too many": b'{"title": "A case",}',
    "a comment": b'{"title": "A case"} // so far',
    "NaN": b'{"title": NaN}',
    "Infinity": b'{"title": -Infinity}',
    "a number of 5000 digits": b'{"title": ' + b"1" * 5000 + b"}",
    "nested too deeply": b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a field twice": b'{"title": "A case", "title": "Another"}',
    "a field twice, deep down": b'{"people": {"officer": {"name": "A", "role": "b", "name": "C"}}}',
}


@pytest.mark.parametrize("text", NO_JSON.values(), ids=NO_JSON)
def test_a_file_that_is_no_json_is_a_fault_of_the_whole(text):
    [(place, message)] = faults_in(text).items()
    assert place == ""
    assert message.startswith("is not JSON: ")


def test_a_field_that_stands_twice_is_named():
    assert "the field 'name' stands twice" in faults_in(NO_JSON["a field twice, deep down"])[""]


def test_a_constant_that_json_has_not_is_named():
    assert faults_in(NO_JSON["NaN"]) == {"": "is not JSON: NaN is not a JSON value"}


@pytest.mark.parametrize(
    "text", [b"\xff\xfe" + "{}".encode("utf-16-le"), b'{"title": "\xe9t\xe9"}', b"\xed\xa0\x80"]
)
def test_a_file_that_is_no_text_in_utf_8_is_a_fault_of_the_whole(text):
    assert faults_in(text) == {"": "is not a text in UTF-8"}


@pytest.mark.parametrize("data", [[], [CASE], "case", 3, None, True])
def test_a_document_that_is_no_object_is_a_fault_of_the_whole(data):
    assert faults_of(data) == {"": "is not a JSON object with title, policy, people and acts"}


def test_a_value_is_a_fault_however_deeply_it_is_nested():
    """Deep enough to be read just so, deeper than what can be shown: still a fault, no crash."""
    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit() + 10):
        nested = b"[" * depth + b"]" * depth
        text = json.dumps(case(title="here")).encode().replace(b'"here"', nested)
        assert set(faults_in(text)) <= {"", "title"}


# --- Files that cannot be read, or are too large ---------------------------------------------


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path, why in ((tmp_path / "none.json", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(Unusable, match=why) as caught:
            casefile.load(path)
        assert caught.value.source == str(path)
        assert caught.value.faults[0].message.startswith("cannot be read: ")


def test_the_limits_are_a_million_acts_and_64_megabytes():
    assert casefile.MOST_ACTS == 1_000_000
    assert casefile.MOST_BYTES == 64 * 1024 * 1024


def test_a_file_with_too_many_acts_is_a_fault(monkeypatch):
    monkeypatch.setattr(casefile, "MOST_ACTS", 2)
    assert len(parsed(case(acts=[TICK, TICK])).acts) == 2
    assert only_fault(case(acts=[TICK, TICK, TICK])) == ("acts", "has 3 acts; the most is 2")


def test_a_file_that_is_too_large_is_a_fault_and_is_not_even_read(monkeypatch, tmp_path):
    path = tmp_path / "case.json"
    path.write_bytes(b"[" * 1_048_577)
    monkeypatch.setattr(casefile, "MOST_BYTES", 1_048_576)
    assert faults_in(path.read_bytes()) == {"": "is larger than 1 MB"}
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    with pytest.raises(Unusable, match="is larger than 1 MB"):
        casefile.load(path)


def test_a_file_of_just_the_largest_size_is_read(monkeypatch):
    text = json.dumps(CASE).encode()
    monkeypatch.setattr(casefile, "MOST_BYTES", len(text))
    assert casefile.parse(text, "case.json").title == "A case"


# --- The file's own fields, its policy and its people ----------------------------------------

FILE = {
    "no title": ({"title": LEFT_OUT}, "title", "this field is missing"),
    "no policy": ({"policy": LEFT_OUT}, "policy", "this field is missing"),
    "no acts": ({"acts": LEFT_OUT}, "acts", "this field is missing"),
    "unknown field": (
        {"colour": "red"},
        "colour",
        "unknown field; known are title, policy, people, acts",
    ),
    "empty title": ({"title": " "}, "title", "this text may not be empty"),
    "a number for a title": ({"title": 3}, "title", "3 is not a text"),
    "half a letter in the title": (
        {"title": "\ud83d"},
        "title",
        "this text holds characters that cannot be stored",
    ),
    "unknown policy": (
        {"policy": "sandwell"},
        "policy",
        "'sandwell': there is no policy of this name; known are four-stages",
    ),
    "a path for a policy": ({"policy": "./mine.toml"}, "policy", "there is no policy of this name"),
    "a number for a policy": ({"policy": 2018}, "policy", "2018 is not a text"),
    "people as a list": ({"people": [OFFICER], "acts": []}, "people", "is not an object of people"),
    "acts as an object": ({"acts": {"0": TICK}}, "acts", "is not a list of acts"),
}


@pytest.mark.parametrize(("changes", "place", "message"), FILE.values(), ids=FILE)
def test_a_fault_of_the_file_is_named_with_its_place(changes, place, message):
    found, said = only_fault(case(**changes))
    assert found == place
    assert message in said


def test_a_file_without_people_says_so():
    assert only_fault(case(people=LEFT_OUT, acts=[])) == ("people", "this field is missing")


def test_an_unknown_policy_hides_no_other_fault():
    found = faults_of(case(policy="sandwell", acts=[REPORT | {"by": "nobody"}]))
    assert list(found) == ["policy", "acts[0].by"]


PERSON = {
    "no name": ({"name": LEFT_OUT}, "name", "this field is missing"),
    "no role": ({"role": LEFT_OUT}, "role", "this field is missing"),
    "no agency": ({"agency": LEFT_OUT}, "agency", "this field is missing"),
    "unknown field": ({"email": "a@b"}, "email", "unknown field; known are name, role, agency"),
    "empty name": ({"name": ""}, "name", "this text may not be empty"),
    "empty agency": ({"agency": " "}, "agency", "this text may not be empty"),
    "unknown role": ({"role": "mayor"}, "role", "'mayor' is not one of cspr_officer"),
    "a role in capitals": ({"role": "CSPR_OFFICER"}, "role", "is not one of"),
    "the agency's representative, of the partnership": (
        {"role": "agency_representative"},
        "agency",
        "is never of the agency scsp",
    ),
    "the partnership's representative, of the partnership": (
        {"role": "partnership_representative"},
        "agency",
        "is never of the agency scsp",
    ),
    "a service lead, of the partnership": (
        {"role": "service_lead"},
        "agency",
        "is never of the agency scsp",
    ),
}


@pytest.mark.parametrize(("changes", "field", "message"), PERSON.values(), ids=PERSON)
def test_a_fault_of_a_person_is_named_with_its_place(changes, field, message):
    place, said = only_fault(case(people=PEOPLE | {"one": changed(OFFICER, changes)}))
    assert place == f"people.one.{field}"
    assert message in said


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("one", "A. Officer", "people.one"),
        ("one", None, "people.one"),
        ("", OFFICER, "people."),
        ("  ", OFFICER, "people.  "),
    ],
)
def test_a_person_who_is_none_is_a_fault(key, value, place):
    assert only_fault(case(people=PEOPLE | {key: value}))[0] == place


@pytest.mark.parametrize("role", ["cspr_officer", "subgroup_chair", "scsp_chair", "auditor"])
def test_a_partnership_role_can_be_employed_by_an_agency(role):
    deputy = {"name": "D. Deputy", "role": role, "agency": "Acute Trust"}
    assert parsed(case(people=PEOPLE | {"deputy": deputy})).people["deputy"].role == role


def test_an_administrator_is_of_the_partnership_itself():
    admin = {"name": "A. Admin", "role": "administrator", "agency": "scsp"}
    role = parsed(case(people=PEOPLE | {"admin": admin})).people["admin"].role
    assert role is Role.ADMINISTRATOR
    elsewhere = case(people=PEOPLE | {"admin": admin | {"agency": "Acute Trust"}})
    wrong = "the role administrator is always of the agency scsp"
    assert only_fault(elsewhere) == ("people.admin.agency", wrong)


@pytest.mark.parametrize(
    ("agency", "expected"),
    [
        ("scsp", []),
        ("Acute Trust", ["people, number 1, agency: the role administrator is always of the agency scsp"]),
    ],
)  # fmt: skip
def test_so_it_is_in_a_list_of_people(agency, expected):
    faults = []
    rows = people_files.lines([f"admin; A. Admin; administrator; {agency}"], "people", faults)
    listed = [one.person for one in people_files.read(rows, faults)]
    assert Person("admin", Role.ADMINISTRATOR, agency) in listed
    assert [str(fault) for fault in faults] == expected
