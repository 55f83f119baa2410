"""The rows of a register of old cases: the file's form, its columns, its cells, and every fault."""

import json

import pytest

from cspr_workflow.application import casefile, register, register_rows
from cspr_workflow.domain.people import Actor, Means
from cspr_workflow.forms import Unusable
from tests.support import PEOPLE
from tests.unit.case_form import CASE
from tests.unit.register_form import (
    ACTION,
    DONE,
    ESCALATION,
    FULL,
    INCIDENT,
    ON,
    POLICY,
    faults,
    parsed,
    written,
)

# --- The file --------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
def test_a_file_is_read_as_spreadsheets_write_it(delimiter, mark, ends):
    row = FULL | {"concern": 'Late, "very"; twice', "convened_on": ON}
    content = mark + written(row, delimiter=delimiter).replace(b"\r\n", ends)
    assert parsed(content) == parsed(row)


def test_a_text_of_several_lines_is_one_cell_and_rows_are_numbered_as_a_spreadsheet_does():
    row = FULL | {"concern": "First line\r\n\r\nThird line"}
    empty = dict.fromkeys(FULL, "")
    planned = parsed(row, empty, INCIDENT | {"incident": "INC-2"})
    raised = next(one for one in planned if one.place == "row 2, raised_on")
    assert raised.command.act.concern == "First line\n\nThird line"
    assert {one.place.partition(",")[0] for one in planned} == {"row 2", "row 4"}
    blank = written(INCIDENT) + b"\r\n\r\n" + b"INC-2,05/01/2026,06/01/2026,07/01/2026\r\n"
    assert [one.place for one in parsed(blank)] == ["row 2, reported_on", "row 5, reported_on"]


def test_names_of_columns_stand_in_any_order_and_empty_ones_at_the_end_do_no_harm():
    names = b" Reported_On,INCIDENT,aware_on,incident_on,,\n"
    cells = b"07/01/2026,INC-1,2026-01-06,2026-01-05,,\n"
    assert parsed(names + cells) == parsed(INCIDENT)
    assert parsed(names + cells.replace(b",,", b"")) == parsed(INCIDENT)


def test_a_row_with_more_cells_than_columns_is_a_fault():
    assert faults(written(INCIDENT) + b"INC-2,2026-01-05,2026-01-06,2026-01-07,late\n") == [
        "row 3: has more cells than there are columns; a text that holds a comma or a semicolon "
        "has to stand in quotation marks"
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "row 1: is empty; it has to hold the names of the columns"),
        (b"\n\nincident\n", "row 1: is empty; it has to hold the names of the columns"),
        ("incident;é".encode("latin-1"), "is not a text in UTF-8; in a spreadsheet, save it as CSV UTF-8"),
        (written(INCIDENT) + b'"INC-2', "row 3: cannot be read as CSV (unexpected end of data); look at its quotation marks"),
        (written(INCIDENT) + b'"INC" 2', "row 3: cannot be read as CSV (',' expected after '\"'); look at its quotation marks"),
        (written(INCIDENT | {"raised": ON}), "row 1: 'raised' is no column of a register; is raised_on meant?"),
        (written(INCIDENT | {"colour": ON}), "row 1: 'colour' is no column of a register; remove it"),
        (b"incident,,incident_on,aware_on,reported_on\n", "row 1: the column in place 2 has no name"),
        (b"incident,incident,incident_on,aware_on,reported_on\n", "row 1, incident: this column stands twice; remove one of the two"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(content, fault):
    assert faults(content) == [fault]


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ("incident,incident_on,aware_on", "reported_on: this column is missing; every incident needs it"),
        ("incident_on,aware_on,reported_on", "incident: this column is missing; every incident needs it"),
        (",".join([*INCIDENT, *ESCALATION]).replace(",concern", ""), "concern: this column is missing; every escalation needs it"),
        (",".join([*INCIDENT, *ESCALATION, "decided_on", "decision"]), "decision_reasons: this column is missing; it belongs to decided_on"),
        (",".join([*INCIDENT, *ESCALATION, "outcome"]), "resolved_on: this column is missing; it belongs to resolved_on"),
        (",".join([*INCIDENT, *ESCALATION, *ACTION]).replace(",action_due", ""), "action_due: this column is missing; every action needs it"),
        (",".join([*INCIDENT, *ESCALATION, *ACTION]).replace(",raised_on", ""), "raised_on: this column is missing; every escalation needs it"),
    ],
)  # fmt: skip
def test_a_column_that_is_needed_and_missing_is_a_fault(names, missing):
    assert faults(names.encode()) == [f"row 1, {missing}"]


def test_actions_need_the_columns_of_escalations():
    found = faults(",".join([*INCIDENT, *ACTION]).encode())
    assert [fault.split(":")[0] for fault in found] == [
        f"row 1, {name}" for name in ("escalation", "raised_on", "timescale", "agency", "concern")
    ]


def test_a_register_has_its_limits(monkeypatch):
    monkeypatch.setattr(register_rows, "MOST_ROWS", 2)
    row = {"incident": "INC-2"} | dict.fromkeys(INCIDENT, "")
    assert len(parsed(INCIDENT, row, INCIDENT)) == 1
    assert faults(INCIDENT, INCIDENT, INCIDENT) == [
        "has more than 2 rows; divide it into several registers"
    ]
    monkeypatch.setattr(register_rows, "MOST_BYTES", len(written(INCIDENT)))
    assert len(parsed(INCIDENT)) == 1
    monkeypatch.setattr(register_rows, "MOST_BYTES", 3 * 1024**2)
    assert faults(b"x" * (3 * 1024**2 + 1)) == ["is larger than 3 MB"]


# --- Files of old cases ----------------------------------------------------------------------


def test_a_register_is_read_from_its_file(tmp_path, monkeypatch):
    path = tmp_path / "register.csv"
    path.write_bytes(written(FULL))
    monkeypatch.setattr(register_rows, "MOST_BYTES", path.stat().st_size)
    assert register.load(path, PEOPLE, POLICY, PEOPLE["officer"]) == parsed(FULL)


def test_a_case_file_gives_its_acts_as_they_stand(tmp_path):
    path = tmp_path / "case.JSON"
    path.write_text(json.dumps(CASE))
    found = register.load(path, {}, POLICY, PEOPLE["officer"])
    assert found == casefile.load(path).acts
    assert found


def test_a_file_that_is_not_there_or_too_large_is_unusable(tmp_path, monkeypatch):
    path = tmp_path / "register.csv"
    with pytest.raises(Unusable, match="cannot be read: No such file"):
        register.load(path, PEOPLE, POLICY, PEOPLE["officer"])
    path.write_bytes(written(FULL))
    monkeypatch.setattr(register_rows, "MOST_BYTES", 10)
    with pytest.raises(Unusable, match="is larger than"):
        register.load(path, PEOPLE, POLICY, PEOPLE["officer"])


# --- Cells -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    ["7/1/2026", "07/01/26", "2026-02-29", "13/13/2026", "2026-01-07 24:00", "2026-01-07 9:30",
     "2026-01-07T09:30Z", "January", "46029", "2026-01-07 ٠٩:٣٠"],
)  # fmt: skip
def test_a_date_that_could_mean_something_else_is_a_fault(cell):
    [fault] = faults(INCIDENT | {"reported_on": cell})
    assert fault == (
        f"row 2, reported_on: {cell!r} is not a date; write it as YYYY-MM-DD or DD/MM/YYYY, "
        "with the time as HH:MM after it where it is known"
    )


@pytest.mark.parametrize("cell", ["1899-12-31", "31/12/9001"])
def test_a_date_that_is_too_far_away_is_a_fault(cell):
    assert faults(INCIDENT | {"reported_on": cell}) == [
        f"row 2, reported_on: {cell!r} is too far away to count from"
    ]


@pytest.mark.parametrize("name", ["incident_on", "aware_on", "action_due"])
def test_a_day_has_no_time(name):
    assert faults(FULL | {name: "2026-01-06 10:00"}) == [
        f"row 2, {name}: '2026-01-06 10:00' has a time; write only the day"
    ]


# --- Incidents, escalations and actions over several rows ------------------------------------


def test_an_incident_in_several_rows_says_the_same_or_nothing():
    again = INCIDENT | {"reported_on": "07/01/2026", "aware_on": "", "notified_dfe_on": ON}
    planned = parsed(INCIDENT, again | {"officer": "officer"}, by="manager")
    assert [(one.place, one.command.by.person.id) for one in planned] == [
        ("row 2, reported_on", "manager"),
        ("row 3, notified_dfe_on", "officer"),
    ]


def test_an_incident_that_two_rows_tell_differently_is_a_fault_in_both():
    assert faults(INCIDENT, INCIDENT | {"aware_on": "2026-01-07"}) == [
        "row 3, aware_on: 2026-01-07 differs from row 2, which says 2026-01-06 for INC-1; "
        "write the same in both, or leave one empty"
    ]
    [fault] = faults(INCIDENT, INCIDENT | {"reported_on": "2026-01-07 12:00"})
    assert fault.startswith("row 3, reported_on: 2026-01-07 12:00 differs from row 2")
    [fault] = faults(INCIDENT, INCIDENT | {"aware_on": "soon"})
    assert "is not a date" in fault


FURTHER = {"escalation": "ESC-1"} | ACTION | {"action": "A2"}


def test_a_further_row_adds_an_action_and_takes_over_who_took_part():
    officer = {"officer": "officer"}
    further = FURTHER | DONE | {"action_acknowledged_on": "2026-01-13"}
    planned = [
        one for one in parsed(FULL | officer, further, by="chair") if one.place.startswith("row 3")
    ]
    assert [(one.command.act.name, one.command.by.person.id) for one in planned] == [
        ("record_action", "officer"),
        ("acknowledge_action", "trust"),
        ("complete_action", "trust"),
    ]
    assert {one.command.act.action for one in planned} == {"A2"}


def test_a_further_row_can_say_itself_who_took_part():
    answered = parsed(FULL, FURTHER | DONE | {"answered_by": "letter"})
    assert answered[-1].command.by == Actor(PEOPLE["officer"], Means.LETTER)
    own = parsed(FULL, FURTHER | DONE | {"agency_person": "ward", "incident": "INC-1"})
    assert own[-1].command.by == Actor(PEOPLE["ward"])


def test_the_row_of_an_incident_takes_nothing_over_from_another():
    [fault] = faults(
        INCIDENT | {"officer": "officer"}, {"incident": "INC-1", "convened_on": ON}, by="chair"
    )
    assert fault.startswith("row 3, officer: is missing; convened_on is filled")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([{"aware_on": ON}], "row 3, incident: is missing; aware_on is filled"),
        ([{"officer": "officer"}], "row 3, incident: is missing; every row names an incident, or the escalation of a further action"),
        ([{"escalation": "ESC-2"} | ACTION], "row 3, incident: is missing; no row above names ESC-2, so this one has to name its incident"),
        ([{"incident": "INC-1", "concern": "Late"}], "row 3, escalation: is missing; concern is filled"),
        ([{"incident": "INC-1"} | ACTION | {"action": "A2"}], "row 3, escalation: is missing; action_what is filled"),
        ([FURTHER | {"action": ""}], "row 3, action: is missing; action_what is filled"),
        ([FURTHER | {"action": "A1"}], "row 3, action: A1 stands in row 2 already for ESC-1; give this action another reference"),
        ([FURTHER | {"concern": "Late"}], "row 3, concern: ESC-1 stands in row 2 already; a further row for it holds only escalation and one more action"),
        ([{"escalation": "ESC-1"}], "row 3, action: is missing; ESC-1 stands in row 2 already, and this row says nothing more"),
        ([INCIDENT | FURTHER | {"incident": "INC-2"}], "row 3, incident: ESC-1 stands in row 2 already, for INC-1; leave this empty, or write the same"),
        ([FURTHER | {"action_due": ""}], "row 3, action_due: is missing; action_recorded_on is filled"),
    ],
)  # fmt: skip
def test_a_row_has_to_say_what_it_is_about(rows, fault):
    assert fault in faults(FULL, *rows)


def test_an_action_with_nothing_but_its_reference_is_a_fault():
    [*found] = faults(FULL, {"escalation": "ESC-1", "action": "A2"})
    assert found == [
        f"row 3, {name}: is missing; A2 needs it"
        for name in ("action_recorded_on", "action_what", "action_owner", "action_due")
    ]


# --- Words -----------------------------------------------------------------------------------


def tried(column, cell):
    """What is wrong with a row that has this cell, and a date that is none."""
    row = FULL | {"discussed_on": ON, "stage_2_meeting_on": ON, "review_decided_on": ON}
    row |= {"discussion": "Asked", "discussion_how": "call", "stage_2_outcome": "resolved"}
    row |= {"review_commissioned": "no", "review_decided_by": "The Chair", "review_reasons": "None"}
    return faults(row | {column: cell, "convened_on": "never"})


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("timescale", "Rapid review", "notification, rapid_review, review, publication"),
        ("discussion_how", "fax", "call, meeting, e-mail, letter"),
        ("action_owner", "trust", "scsp, agency"),
        ("stage_2_outcome", "agreed", "actions_agreed, resolved, not_resolved"),
        ("review_commissioned", "maybe", "yes, no"),
        ("answered_by", "fax", "call, meeting, e-mail, letter"),
    ],
)
def test_a_word_that_is_not_known_is_a_fault_that_names_those_that_are(column, cell, words):
    good = words.partition(",")[0]
    assert not [fault for fault in tried(column, good.upper()) if column in fault]
    assert f"row 2, {column}: {cell!r} is not one of {words}" in tried(column, cell)


def test_every_fault_is_named_in_the_order_of_the_rows():
    found = faults(
        INCIDENT | {"aware_on": "x"}, FULL | {"manager": "y", "reported_on": ""}, {"action": "A1"}
    )
    assert [fault.partition(":")[0] for fault in found] == [
        "row 2, aware_on", "row 3, manager", "row 4, incident",
    ]  # fmt: skip
