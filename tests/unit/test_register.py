"""A register of old cases: each column's act, who is said to have done it, and when."""

from datetime import datetime
from importlib.resources import files

import pytest

from cspr_workflow.application import casefile, register
from cspr_workflow.application.policy_files import bundled
from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import Body, Informed, MeetingOutcome
from cspr_workflow.domain.people import Actor, Means, Side
from tests.support import PEOPLE, TRUST, World, day, utc
from tests.unit.register_form import (
    ACTION,
    DONE,
    ESCALATION,
    FULL,
    INCIDENT,
    ON,
    PARTIES,
    POLICY,
    faults,
    parsed,
)

EXAMPLES = files("cspr_workflow") / "examples"
LONDON = POLICY.policy.civil


def act_of(planned, column):
    """The act of a date column, which has to stand in the register once."""
    [found] = [one for one in planned if one.place.endswith(f", {column}")]
    return found


def moments(planned):
    """Where each act stands and when it happened, as local time, in the order in which they come."""
    local = LONDON.local
    return [
        (one.place, f"{local(one.command.occurred):%Y-%m-%dT%H:%M}", one.at == one.command.occurred)
        for one in planned
    ]


# --- Each column's act -----------------------------------------------------------------------

REFS = ("ESC-1", "A1")
COLUMNS = {
    "reported_on": ({}, acts.ReportIncident("INC-1", day("2026-01-05"), day("2026-01-06")), "officer"),
    "raised_on": ({}, acts.RaiseEscalation("ESC-1", "INC-1", "rapid_review", TRUST, "Chronology not returned"), "officer"),
    "discussed_on": ({"discussion_how": "call", "discussion": "They look"}, acts.RecordDiscussion("ESC-1", Means.CALL, "They look"), "officer"),
    "manager_informed_on": ({}, acts.Inform("ESC-1", Informed.BUSINESS_MANAGER), "officer"),
    "representative_informed_on": ({}, acts.Inform("ESC-1", Informed.AGENCY_REPRESENTATIVE), "officer"),
    "reason_given_on": ({"reason": "Leave"}, acts.GiveReason("ESC-1", "Leave"), "trust"),
    "action_recorded_on": ({}, acts.RecordAction(*REFS, "Send it", Side.AGENCY, day("2026-01-14")), "officer"),
    "action_acknowledged_on": ({}, acts.AcknowledgeAction(*REFS), "trust"),
    "action_done_on": ({"action_evidence": "Got it"}, acts.CompleteAction(*REFS, "Got it"), "trust"),
    "action_confirmed_on": ({}, acts.ConfirmAction(*REFS), "officer"),
    "escalated_on": ({"escalated_reason": "Urgent"}, acts.Escalate("ESC-1", "Urgent"), "manager"),
    "stage_2_meeting_on": ({"stage_2_outcome": "actions_agreed"}, acts.HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED), "sub"),
    "chair_notified_on": ({}, acts.NotifyChair("ESC-1"), "officer"),
    "consulted_on": ({"consulted": "A body"}, acts.Consult("ESC-1", "A body"), "chair"),
    "decided_on": ({"decision": "Send", "decision_reasons": "Late"}, acts.Decide("ESC-1", "Send", "Late"), "chair"),
    "stage_3_meeting_on": ({"stage_3_outcome": "not_resolved"}, acts.HoldMeeting("ESC-1", ("chair",), MeetingOutcome.NOT_RESOLVED), "chair"),
    "notified_ofsted_on": ({}, acts.Notify("INC-1", Body.OFSTED), "officer"),
    "notified_dfe_on": ({}, acts.Notify("INC-1", Body.DFE), "officer"),
    "notified_national_panel_on": ({}, acts.Notify("INC-1", Body.NATIONAL_PANEL), "officer"),
    "convened_on": ({}, acts.ConveneRapidReview("INC-1"), "officer"),
    "outcome_sent_on": ({}, acts.SendOutcome("INC-1"), "officer"),
    "review_decided_on": ({"review_commissioned": "No", "review_decided_by": "The Chair", "review_reasons": "Learned"}, acts.DecideReview("INC-1", False, "The Chair", "Learned"), "officer"),
    "review_completed_on": ({}, acts.CompleteReview("INC-1"), "officer"),
    "published_on": ({}, acts.PublishReview("INC-1"), "officer"),
    "withheld_on": ({"withheld_reasons": "Privacy"}, acts.WithholdPublication("INC-1", "Privacy"), "officer"),
    "incident_withdrawn_on": ({"incident_withdrawn_reasons": "Not met"}, acts.WithdrawIncident("INC-1", "Not met"), "manager"),
    "resolved_on": ({"outcome": "Received"}, acts.Resolve("ESC-1", "Received"), "manager"),
    "withdrawn_on": ({"withdrawn_reason": "An error"}, acts.WithdrawEscalation("ESC-1", "An error"), "manager"),
}  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
def test_a_date_column_is_an_act_of_whom_the_row_names(column):
    parts, act, by = COLUMNS[column]
    planned = act_of(parsed(FULL | {column: ON} | parts), column)
    assert planned.command.act == act
    assert planned.command.by == Actor(PEOPLE[by])
    assert planned.at == planned.command.occurred == utc("2026-02-02T12:00")
    assert planned.place == f"row 2, {column}"


def test_no_date_column_is_forgotten():
    assert tuple(COLUMNS) == register.order_of_a_day()


def test_a_row_holds_no_act_but_those_that_it_dates():
    assert [one.place for one in parsed(INCIDENT)] == ["row 2, reported_on"]
    assert [one.place for one in parsed(INCIDENT | dict.fromkeys(FULL, "") | INCIDENT)] == [
        "row 2, reported_on"
    ]


def test_a_variant_is_taken_where_there_was_one():
    raised = act_of(parsed(INCIDENT | ESCALATION | {"variant": "urgent"}), "raised_on")
    assert raised.command.act.variant == "urgent"


def test_a_register_without_rows_holds_nothing():
    assert parsed(",".join(INCIDENT).encode()) == ()


@pytest.mark.parametrize(
    ("column", "parts"),
    [(c, p) for c, (p, _, __) in COLUMNS.items() if p],
)
def test_a_date_without_its_columns_and_they_without_it_are_faults(column, parts):
    row = FULL | {column: ON} | parts
    for part in parts:
        assert faults(row | {part: ""}) == [f"row 2, {part}: is missing; {column} is filled"]
    first = next(iter(parts))
    assert faults(row | {column: ""}) == [f"row 2, {column}: is missing; {first} is filled"]


@pytest.mark.parametrize(
    ("row", "name"),
    [(INCIDENT, "incident_on"), (INCIDENT, "aware_on"), (ESCALATION, "agency"), (ACTION, "action_due")],
)  # fmt: skip
def test_what_opens_a_case_is_needed(row, name):
    opener = next(name for name in row if name in COLUMNS)
    assert faults(FULL | {name: ""}) == [f"row 2, {name}: is missing; {opener} is filled"]
    reference = next(iter(row.values()))
    emptied = dict.fromkeys(list(row)[1:], "")
    assert f"row 2, {opener}: is missing; {reference} needs it" in faults(FULL | emptied)


# --- Who -------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["officer", "manager"])
def test_an_empty_officer_is_whoever_imports(by):
    assert parsed(INCIDENT, by=by)[0].command.by == Actor(PEOPLE[by])
    assert parsed(INCIDENT | {"officer": "officer"}, by=by)[0].command.by.person.id == "officer"


@pytest.mark.parametrize("by", ["chair", "trust", "audit"])
def test_whoever_imports_is_no_officer_in_every_role(by):
    [fault] = faults(INCIDENT, by=by)
    assert fault == (
        "row 2, officer: is missing; reported_on is filled, and somebody has to have done it"
    )
    assert parsed(INCIDENT | {"officer": "officer"}, by=by)


@pytest.mark.parametrize(
    "column", ["reason_given_on", "action_acknowledged_on", "action_done_on"]
)  # fmt: skip
def test_the_agencys_acts_can_stand_on_a_report(column):
    row = FULL | DONE | {column: ON, "reason": "Leave", "reason_given_on": ON}
    reported = act_of(parsed(row | {"agency_person": "", "answered_by": "E-Mail"}), column)
    assert reported.command.by == Actor(PEOPLE["officer"], Means.EMAIL)
    own = act_of(parsed(row | {"answered_by": "call"}), column)
    assert own.command.by == Actor(PEOPLE["trust"])
    fault = f"row 2, agency_person: is missing; {column} is filled, and somebody has to have done it; or answered_by has to say how the agency answered"
    assert fault in faults(row | {"agency_person": ""})


def test_a_report_needs_somebody_who_recorded_it():
    row = {"officer": "", "answered_by": "call", "reason_given_on": ON, "reason": "Leave"}
    assert (
        "row 2, officer: is missing; reason_given_on is filled, and somebody has to have done it"
        in faults(INCIDENT | ESCALATION | row, by="chair")
    )


def test_an_action_of_the_partnership_is_done_by_the_officer_and_confirmed_by_the_agency():
    planned = parsed(FULL | DONE | {"action_owner": "SCSP", "action_confirmed_on": ON})
    assert act_of(planned, "action_done_on").command.by.person.id == "officer"
    assert act_of(planned, "action_confirmed_on").command.by.person.id == "trust"


def test_the_escalating_person_is_the_first_that_is_named():
    row = FULL | {"escalated_on": ON, "escalated_reason": "Urgent"}
    for who in ("manager", "sub", "chair"):
        assert act_of(parsed(row), "escalated_on").command.by.person.id == who
        row |= {next(c for c, p in PARTIES.items() if p == who): ""}
    assert faults(row) == [
        "row 2, manager: is missing; escalated_on is filled, and somebody has to have done it; "
        "or fill subgroup_chair or scsp_chair"
    ]


def test_the_chair_closes_what_was_decided():
    row = FULL | {"resolved_on": ON, "outcome": "Received"}
    decided = row | {"decided_on": ON, "decision": "Send", "decision_reasons": "Late"}
    assert act_of(parsed(decided), "resolved_on").command.by.person.id == "chair"
    without = row | {"manager": ""}
    assert act_of(parsed(without), "resolved_on").command.by.person.id == "sub"
    without |= {"subgroup_chair": ""}
    assert act_of(parsed(without), "resolved_on").command.by.person.id == "officer"


def test_a_meeting_is_held_by_whom_the_policy_names_for_its_stage():
    four = bundled("four-stages").policy
    row = FULL | {"stage_3_meeting_on": ON, "stage_3_outcome": "resolved"}
    assert act_of(parsed(row, policy=four), "stage_3_meeting_on").command.by.person.id == "sub"
    none = FULL | {"stage_2_meeting_on": ON, "stage_2_outcome": "resolved"}
    assert faults(none, policy=four) == [
        "row 2, stage_2_meeting_on: four-stages/1 has no meeting in stage_2; leave this empty"
    ]
    assert faults(row | {"scsp_chair": ""}) == [
        "row 2, scsp_chair: is missing; stage_3_meeting_on is filled, and somebody has to have done it"
    ]


def test_a_person_has_to_be_known_and_to_have_the_columns_role():
    assert faults(FULL | {"manager": "nobody"}) == [
        "row 2, manager: 'nobody' is not the id of one of the people of this partnership"
    ]
    assert faults(FULL | {"subgroup_chair": "chair"}) == [
        "row 2, subgroup_chair: chair is SCSP Chair; this column is for SLPR subgroup chair"
    ]
    [fault] = faults(FULL | DONE | {"agency_person": "officer"})
    assert fault.startswith("row 2, agency_person: officer is CSPR Officer; this column is for ")


# --- When ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-07-02", "2026-07-02T11:00Z"),
        ("02/07/2026", "2026-07-02T11:00Z"),
        ("2026-07-02 09:30", "2026-07-02T08:30Z"),
        ("02/07/2026T23:59", "2026-07-02T22:59Z"),
        (" 2026-01-07 ", "2026-01-07T12:00Z"),
        ("1900-02-01", "1900-02-01T12:00Z"),
        ("01/11/9000", "9000-11-01T12:00Z"),
    ],
)
def test_a_date_is_local_time_and_noon_where_it_says_no_time(cell, moment):
    [reported] = parsed(INCIDENT | {"reported_on": cell})
    assert reported.at == datetime.fromisoformat(moment)


def test_acts_of_one_day_keep_the_order_of_the_process():
    on = "2026-01-12"
    row = FULL | {"reported_on": on, "raised_on": on, "action_recorded_on": on, "resolved_on": on}
    row |= {"outcome": "Done", "convened_on": on, "manager_informed_on": "2026-01-13"}
    assert moments(parsed(dict(reversed(row.items())))) == [
        ("row 2, reported_on", "2026-01-12T12:00", True),
        ("row 2, raised_on", "2026-01-12T12:01", True),
        ("row 2, action_recorded_on", "2026-01-12T12:02", True),
        ("row 2, convened_on", "2026-01-12T12:03", True),
        ("row 2, resolved_on", "2026-01-12T12:04", True),
        ("row 2, manager_informed_on", "2026-01-13T12:00", True),
    ]


def test_an_act_without_a_time_follows_one_with_a_time():
    row = INCIDENT | ESCALATION | {"raised_on": "2026-01-12 14:30"}
    row |= dict.fromkeys(("manager_informed_on", "representative_informed_on"), "2026-01-12")
    assert [moment for _, moment, __ in moments(parsed(row))][1:] == [
        "2026-01-12T14:30", "2026-01-12T14:31", "2026-01-12T14:32",
    ]  # fmt: skip
    late = moments(parsed(row | {"raised_on": "2026-01-12 23:59"}))
    assert [moment for _, moment, __ in late][1:] == ["2026-01-12T23:59"] * 3
    early = moments(parsed(row | {"raised_on": "2026-01-12 09:00"}))
    assert [moment for _, moment, __ in early][1:] == [
        "2026-01-12T09:00", "2026-01-12T12:00", "2026-01-12T12:01",
    ]  # fmt: skip


def test_alike_acts_of_one_day_in_several_rows_stand_in_the_order_of_the_rows():
    other = {"incident": "INC-1"} | ESCALATION | {"escalation": "ESC-2"}
    informed = {"manager_informed_on": "2026-01-12"}
    planned = parsed(INCIDENT | ESCALATION | informed, other | informed)
    assert [(place, moment[-5:]) for place, moment, _ in moments(planned)][1:] == [
        ("row 2, raised_on", "12:00"),
        ("row 3, raised_on", "12:00"),
        ("row 2, manager_informed_on", "12:01"),
        ("row 3, manager_informed_on", "12:01"),
    ]


def test_acts_of_all_rows_come_in_the_order_of_their_moments():
    later = INCIDENT | {"incident": "INC-2", "reported_on": "2026-03-02"}
    at_once = INCIDENT | {"incident": "INC-3", "reported_on": "2026-03-02 12:00"}
    planned = parsed(later, at_once, INCIDENT)
    assert [one.place for one in planned] == [f"row {n}, reported_on" for n in (4, 2, 3)]


def test_what_happened_before_the_case_was_opened_is_recorded_with_it_and_keeps_its_day():
    row = INCIDENT | ESCALATION | {"discussed_on": "2026-01-09", "notified_dfe_on": "2026-01-06"}
    row |= {"discussion_how": "letter", "discussion": "Asked"}
    planned = parsed(row)
    assert moments(planned) == [
        ("row 2, reported_on", "2026-01-07T12:00", True),
        ("row 2, notified_dfe_on", "2026-01-06T12:00", False),
        ("row 2, raised_on", "2026-01-12T12:00", True),
        ("row 2, discussed_on", "2026-01-09T12:00", False),
    ]
    assert planned[1].at == planned[0].at
    assert planned[3].at == planned[2].at


def test_a_case_is_opened_after_what_it_belongs_to():
    row = INCIDENT | ESCALATION | {"raised_on": "2026-01-06", "manager_informed_on": "2026-01-06"}
    planned = parsed(row)
    assert len({one.at for one in planned}) == 1
    assert [one.place for one in planned] == [
        "row 2, reported_on", "row 2, raised_on", "row 2, manager_informed_on",
    ]  # fmt: skip


def test_the_future_is_not_for_the_register_to_refuse():
    assert len(parsed(INCIDENT | {"reported_on": "2126-01-07"})) == 1


# --- The example -----------------------------------------------------------------------------


def test_the_example_is_taken_by_the_process_as_it_stands():
    people = casefile.parse((EXAMPLES / "a-year.json").read_bytes(), "a-year.json").people
    text = (EXAMPLES / "register.csv").read_bytes()
    world = World(people=people)
    planned = register.parse(text, "register.csv", people, world.policy, people["officer"])
    for one in planned:
        world.workflow.do(one.command, one.at)
    states = {incident.reference: incident.state.value for incident in world.workflow.incidents()}
    assert states == {
        "INC-2025-001": "published",
        "INC-2025-002": "no_review",
        "INC-2025-003": "withheld",
        "INC-2025-004": "withdrawn",
        "INC-2025-005": "no_review",
        "INC-2025-006": "notified",
    }
    ended = {e.reference: e.ending and e.ending.outcome for e in world.workflow.escalations()}
    assert ended == {
        "ESC-2025-001": "Chronology received and complete",
        "ESC-2025-002": "Return received on the day after the decision",
        "ESC-2025-003": "withdrawn",
        "ESC-2025-004": "Tenancy file received",
        "ESC-2025-005": None,
    }
    assert world.shown_action("A2", "ESC-2025-001")["state"] == "confirmed"


def test_the_example_shows_every_column_and_every_act():
    text = (EXAMPLES / "register.csv").read_text("utf-8")
    names = text.partition("\n")[0].split(",")
    assert sorted(names) == sorted(column.name for column in register.columns())
    people = casefile.parse((EXAMPLES / "a-year.json").read_bytes(), "a-year.json").people
    planned = parsed(text.encode(), people=people)
    assert {one.place.partition(", ")[2] for one in planned} == set(register.order_of_a_day())


# --- The columns -----------------------------------------------------------------------------


def test_every_column_says_when_it_is_needed_and_what_it_means():
    columns = register.columns()
    assert len({column.name for column in columns}) == len(columns) == 63
    assert all(column.needed and column.meaning.endswith(".") for column in columns)
    assert [str(group) for group in dict.fromkeys(column.group for column in columns)] == [
        "incident", "escalation", "action", "people",
    ]  # fmt: skip
    needed = {column.name: column.needed for column in columns}
    assert needed["decision"] == "with `decided_on`"
    assert needed["decided_on"] == "only if it happened"
    assert needed["variant"] == "if there was one"
