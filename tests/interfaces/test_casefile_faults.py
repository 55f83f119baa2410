"""Every fault of form of an act in a case file is named with its place, all of them at once, and
nothing of the file is played.

The faults of the file itself, its policy and its people are in ``tests/unit/test_casefile_form.py``.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cspr_workflow.application import casefile, policy_files
from cspr_workflow.domain.acts import ACTS
from cspr_workflow.interfaces import cli
from tests.unit.case_form import (
    ACTION,
    CASE,
    CLOSURE,
    CLOSURES,
    DECISION,
    FIELDS,
    LEFT_OUT,
    LEFT_OUT_OR_NOT,
    MEETING,
    RAISE,
    REASON,
    REPORT,
    REPORTABLE,
    TICK,
    case,
    changed,
    faults_of,
    only_fault,
    parsed,
)

MISSING = "this field is missing"
NO_MOMENT = "is not a moment; write it as YYYY-MM-DDTHH:MM"
NO_DATE = "is not a date; write it as YYYY-MM-DD"


def act(name: str, **changes: Any) -> dict[str, Any]:
    """An act with what it needs, and changes to it."""
    needed = {"at": "2026-12-01T10:00", "by": "officer", "act": name} | FIELDS[name]
    return changed(needed, changes)


def fault_of(one: object) -> tuple[str, str]:
    """The one fault of a file with this one act."""
    return only_fault(case(acts=[one]))


# --- Every act -------------------------------------------------------------------------------


def test_every_act_is_known_here():
    assert set(FIELDS) == set(ACTS)


@pytest.mark.parametrize("name", FIELDS)
def test_an_act_with_the_fields_that_it_needs_is_good_in_form(name):
    [planned] = parsed(case(acts=[act(name)])).acts
    assert planned.command.act.name == name


@pytest.mark.parametrize(("name", "field", "value"), LEFT_OUT_OR_NOT)
def test_a_field_that_may_be_left_out_may_be_given(name, field, value):
    [planned] = parsed(case(acts=[act(name, **{field: value})])).acts
    assert getattr(planned.command.act, field)


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field) for name, fields in FIELDS.items() for field in ("at", "by", *fields)],
)
def test_a_missing_field_is_named(name, field):
    assert fault_of(act(name, **{field: LEFT_OUT})) == (f"acts[0].{field}", MISSING)


@pytest.mark.parametrize("name", [*FIELDS, "tick"])
def test_an_unknown_field_is_named(name):
    one = TICK if name == "tick" else act(name)
    place, message = fault_of(one | {"colour": "red"})
    assert place == "acts[0].colour"
    assert message.startswith("unknown field; known are ")


@pytest.mark.parametrize(
    ("name", "field", "wrong", "message"),
    [
        (name, field, wrong, message)
        for name, fields in FIELDS.items()
        for field, value in fields.items()
        for wrong, message in (
            ("", "may not be empty" if value in ("r", "c", "s", "w", "e", "d", "o") else ""),
            (3, "3 is "),
            (None, "None is "),
        )
    ],
)
def test_a_wrong_value_is_named(name, field, wrong, message):
    place, said = fault_of(act(name, **{field: wrong}))
    assert place == f"acts[0].{field}"
    assert message in said


@pytest.mark.parametrize("name", sorted(set(FIELDS) - REPORTABLE))
def test_on_behalf_of_and_means_are_unknown_to_acts_that_cannot_be_reported(name):
    found = faults_of(case(acts=[act(name, on_behalf_of="agency", means="call")]))
    assert list(found) == ["acts[0].on_behalf_of", "acts[0].means"]
    assert all(message.startswith("unknown field") for message in found.values())


@pytest.mark.parametrize("name", sorted(REPORTABLE))
def test_an_act_that_can_be_reported_names_the_means(name):
    for means in ("call", "meeting", "e-mail", "letter"):
        [planned] = parsed(case(acts=[act(name, on_behalf_of="agency", means=means)])).acts
        assert planned.command.by.means == means


@pytest.mark.parametrize("name", sorted(set(FIELDS) - CLOSURES))
def test_an_act_may_say_when_it_happened(name):
    [planned] = parsed(case(acts=[act(name, occurred="2026-12-01T09:00")])).acts
    assert planned.command.occurred < planned.at


@pytest.mark.parametrize("name", sorted(CLOSURES))
def test_closures_may_not(name):
    place, message = fault_of(act(name, occurred="2026-12-01T09:00"))
    assert (place, message.partition(";")[0]) == ("acts[0].occurred", "unknown field")


# --- Fixed words, dates, people --------------------------------------------------------------

SOMETHING = {"at": "2026-12-01T10:00", "by": "officer"}
ACTS_WITH_A_FAULT = {
    "a word for an act": ("tick", "acts[0]", "is not an object"),
    "no act": (SOMETHING | {"act": LEFT_OUT}, "acts[0].act", MISSING),
    "unknown act": (SOMETHING | {"act": "shout"}, "acts[0].act", "'shout' is not one of report_"),
    "unknown act of nobody": (TICK | {"act": "shout"}, "acts[0].act", "'shout' is not one of"),
    "act in capitals": (SOMETHING | {"act": "TICK"}, "acts[0].act", "'TICK' is not one of"),
    "a number for an act": (SOMETHING | {"act": 3}, "acts[0].act", "3 is not one of"),
    "a list for an act": (SOMETHING | {"act": ["tick"]}, "acts[0].act", "['tick'] is not one of"),
    "null for an act": (SOMETHING | {"act": None}, "acts[0].act", "None is not one of"),
    "tick by somebody": (TICK | {"by": "officer"}, "acts[0].by", "unknown field"),
    "tick that happened": (TICK | {"occurred": TICK["at"]}, "acts[0].occurred", "unknown field"),
    "tick at no moment": (TICK | {"at": LEFT_OUT}, "acts[0].at", MISSING),
    "unknown person": (REPORT | {"by": "mayor"}, "acts[0].by", "'mayor' is not one of the people"),
    "person by name": (REPORT | {"by": "A. Officer"}, "acts[0].by", "is not one of the people"),
    "a number for a person": (REPORT | {"by": 3}, "acts[0].by", "3 is not one of the people"),
    "a list for a person": (REPORT | {"by": ["officer"]}, "acts[0].by", "is not one of the people"),
    "present by name": (
        MEETING | {"present": ["officer", "A. Officer"]},
        "acts[0].present[1]",
        "'A. Officer' is not one of the people",
    ),
    "present not a list": (MEETING | {"present": "officer"}, "acts[0].present", "is not a list"),
    "present a number": (MEETING | {"present": [3]}, "acts[0].present[0]", "3 is not a text"),
    "unknown outcome": (MEETING | {"outcome": "settled"}, "acts[0].outcome", "'settled' is not"),
    "unknown timescale": (
        RAISE | {"timescale": "serious"},
        "acts[0].timescale",
        "'serious' is not one of notification, publication, rapid_review, review",
    ),
    "unknown owner": (ACTION | {"owner": "Acute Trust"}, "acts[0].owner", "is not one of scsp"),
    "no date": (ACTION | {"due": "2026-02-30"}, "acts[0].due", NO_DATE),
    "a moment for a date": (ACTION | {"due": "2026-12-02T09:00"}, "acts[0].due", NO_DATE),
    "a date of other digits": (ACTION | {"due": "２０２６-12-02"}, "acts[0].due", NO_DATE),
    "half a letter": (REASON | {"reason": "\ud83d"}, "acts[0].reason", "cannot be stored"),
    "null for what may be left out": (RAISE | {"variant": None}, "acts[0].variant", "None is not"),
    "releases not a list": (DECISION | {"releases": "A1"}, "acts[0].releases", "is not a list"),
    "releases nothing": (DECISION | {"releases": [""]}, "acts[0].releases[0]", "not be empty"),
    "sets not a list": (DECISION | {"sets": {}}, "acts[0].sets", "is not a list"),
    "sets without owner": (
        DECISION
        | {"sets": [DECISION["sets"][0], {"action": "A3", "what": "w", "due": "2026-12-09"}]},
        "acts[0].sets[1].owner",
        MISSING,
    ),
    "sets with more": (
        DECISION | {"sets": [DECISION["sets"][0] | {"by": "chair"}]},
        "acts[0].sets[0].by",
        "unknown field",
    ),
    "means without on_behalf_of": (
        REASON | {"means": "call"},
        "acts[0].on_behalf_of",
        "has to be agency where means is given",
    ),
    "on_behalf_of without means": (REASON | {"on_behalf_of": "agency"}, "acts[0].means", MISSING),
    "on behalf of the partnership": (
        REASON | {"on_behalf_of": "scsp", "means": "call"},
        "acts[0].on_behalf_of",
        "'scsp' is not one of agency",
    ),
    "unknown means": (
        REASON | {"on_behalf_of": "agency", "means": "fax"},
        "acts[0].means",
        "'fax' is not one of call, meeting, e-mail, letter",
    ),
    "closure that happened": (CLOSURE | {"occurred": TICK["at"]}, "acts[0].occurred", "unknown"),
}


@pytest.mark.parametrize(
    ("one", "place", "message"), ACTS_WITH_A_FAULT.values(), ids=ACTS_WITH_A_FAULT
)
def test_a_fault_of_an_act_is_named_with_its_place(one, place, message):
    found, said = fault_of(changed(one, {}) if isinstance(one, dict) else one)
    assert found == place
    assert message in said


def test_the_timescales_known_are_those_of_the_policy_that_is_played():
    text = policy_files.bundled("sandwell-2018").text.replace('id = "review"', 'id = "report"')
    other = policy_files.read_policy(text, "changed.toml")
    report = RAISE | {"timescale": "report"}
    found = casefile.parse(json.dumps(case(acts=[report])).encode(), "case.json", other)
    assert found.acts[0].command.act.timescale == "report"
    assert fault_of(report)[0] == "acts[0].timescale"


# --- Moments ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-01",  # a date only
        "2026-12-01 10:00",
        "2026-12-01T10",
        "2026-12-01T1000",
        "2026-12-01T10:00:60",
        "2026-12-01T25:00",
        "2026-02-29T10:00",
        "2026-13-01T10:00",
        "0000-01-01T10:00",
        "10000-01-01T10:00",
        "-2026-12-01T10:00",
        "2026-12-01T10:00+1",
        "2026-12-01T10:00+24:00",
        "2026-12-01T10:00 Europe/London",
        "2026-12-01T10:00z",
        " 2026-12-01T10:00",
        "2026-12-01T10:00\n",
        "2026-W49-2T10:00",
        "tomorrow",
        "",
        1764583200,
        None,
        True,
        ["2026-12-01T10:00"],
    ],
)
def test_a_moment_that_is_none_is_named(written):
    assert fault_of(TICK | {"at": written}) == ("acts[0].at", f"{written!r} {NO_MOMENT}")
    assert fault_of(REASON | {"occurred": written}) == (
        "acts[0].occurred",
        f"{written!r} {NO_MOMENT}",
    )


@pytest.mark.parametrize(
    "written",
    ["9001-01-01T00:00", "9999-12-31T23:59", "9999-12-31T23:59-12:00", "0001-01-01T00:00+01:00"],
)
def test_a_moment_too_far_away_is_named(written):
    said = f"{written!r} is too far away to count from"
    assert fault_of(TICK | {"at": written}) == ("acts[0].at", said)


# --- The order of acts -----------------------------------------------------------------------


def ticks(*moments: str) -> dict[str, Any]:
    return case(acts=[{"at": at, "act": "tick"} for at in moments])


EARLIER = "is earlier than the act before it"


@pytest.mark.parametrize(
    "moments",
    [
        ("2026-12-01T10:00", "2026-12-01T10:00"),  # at the same moment
        ("2026-12-01T10:00", "2026-12-01T05:01-05:00"),
        ("2026-07-02T10:00+02:00", "2026-07-02T09:00+01:00", "2026-07-02T09:00"),  # all the same
        ("2026-10-25T01:30", "2026-10-25T01:10+00:00"),  # the second of two, after the first
    ],
)
def test_acts_in_order_are_good_in_form(moments):
    assert len(parsed(ticks(*moments)).acts) == len(moments)


@pytest.mark.parametrize(
    "moments",
    [
        ("2026-12-01T10:00", "2026-12-01T09:59"),
        ("2026-12-01T10:00", "2026-12-01T10:59+01:00"),  # later to the eye only
        ("2026-07-02T10:00", "2026-07-02T10:30+02:00"),
        ("2026-10-25T01:10+00:00", "2026-10-25T01:30"),  # the first of two, after the second
    ],
)
def test_an_act_earlier_than_the_one_before_it_is_named(moments):
    assert only_fault(ticks(*moments)) == ("acts[1].at", EARLIER)


def test_every_act_out_of_order_is_named():
    moments = ("2026-12-04T10:00", "2026-12-03T10:00", "2026-12-05T10:00", "2026-12-01T10:00")
    assert faults_of(ticks(*moments)) == {"acts[1].at": EARLIER, "acts[3].at": EARLIER}


def test_an_act_out_of_order_with_another_fault_has_both_named():
    acts = [REPORT, RAISE | {"at": "2026-11-25T10:00", "concern": ""}]
    assert set(faults_of(case(acts=acts))) == {"acts[1].at", "acts[1].concern"}


def test_an_act_earlier_than_one_with_a_fault_is_named():
    acts = [RAISE | {"concern": ""}, REPORT]
    assert set(faults_of(case(acts=acts))) == {"acts[0].concern", "acts[1].at"}


# --- Several faults --------------------------------------------------------------------------


def test_all_faults_of_a_file_are_named_at_once():
    data = {
        "policy": "sandwell-2018",
        "colour": "red",
        "people": CASE["people"] | {"one": {"name": "", "role": "mayor", "agency": "Police"}},
        "acts": [
            REPORT | {"incident_on": "yesterday", "by": "nobody"},
            {"at": "soon", "act": "tick", "by": "officer"},
            RAISE | {"occurred": "2026-11-30", "variant": ""},
            changed(ACTION, {"owner": "police", "due": LEFT_OUT, "means": "call"}),
            REASON | {"on_behalf_of": "scsp"},
        ],
    }
    assert set(faults_of(data)) == {
        "title",
        "colour",
        "people.one.name",
        "people.one.role",
        "acts[0].incident_on",
        "acts[0].by",
        "acts[1].at",
        "acts[1].by",
        "acts[2].occurred",
        "acts[2].variant",
        "acts[3].owner",
        "acts[3].due",
        "acts[3].means",
        "acts[4].on_behalf_of",
        "acts[4].means",
    }


def test_an_unknown_act_does_not_hide_when_and_by_whom():
    one = {"act": "shout", "at": "soon", "by": "nobody"}
    assert set(faults_of(case(acts=[one]))) == {"acts[0].act", "acts[0].at", "acts[0].by"}


def test_a_person_with_a_fault_is_not_unknown_besides():
    people = {"officer": CASE["people"]["officer"] | {"role": "mayor"}}
    assert list(faults_of(case(people=people, acts=[REPORT]))) == ["people.officer.role"]


# --- Nothing is played -----------------------------------------------------------------------


def played(*paths: Path) -> Result:
    return CliRunner().invoke(cli.app, ["play", *map(str, paths), "--json"])


def test_nothing_is_played_of_any_file_if_one_has_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "play", lambda *_, **__: pytest.fail("it was played"))
    good, bad, worse = (tmp_path / name for name in ("good.json", "bad.json", "worse.json"))
    good.write_text(json.dumps(CASE), "utf-8")
    bad.write_text(json.dumps(case(acts=[REPORT, RAISE | {"concern": ""}])), "utf-8")
    worse.write_text("{", "utf-8")
    result = played(good, bad, worse)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "bad.json: acts[1].concern: this text may not be empty" in result.stderr
    assert "worse.json: is not JSON" in result.stderr


@pytest.mark.parametrize("key", ["\ud800", "\u0000", "\u001b[2J"])
def test_a_fault_is_told_whatever_letters_its_place_is_made_of(tmp_path, key):
    path = tmp_path / "case.json"
    path.write_text(json.dumps(case(acts=[TICK | {key: 1}])), "utf-8")
    result = played(path)
    assert result.exit_code == 2
    assert "unknown field; known are at, act" in result.stderr
    assert "\u001b" not in result.stderr
