"""The example case files: a first escalation to learn from, and a whole year of an invented partnership.

At the end of the year every state of the written process is present.
"""

import json
import re
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise

import pytest

from cspr_workflow.application import casefile, outcome
from cspr_workflow.domain import escalation_facts as facts
from cspr_workflow.domain.actions import ActionState
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.clock import next_due
from cspr_workflow.domain.incident import IncidentState, TimescaleState
from cspr_workflow.domain.people import Means, Role
from tests.support import outcome_of, play_case

EXAMPLES = files("cspr_workflow") / "examples"
NAMES = ("a-year.json", "first-escalation.json")
LONDON = CivilTime("Europe/London")


@cache
def read(name):
    return json.loads((EXAMPLES / name).read_bytes())


@cache
def played(name="a-year.json"):
    return play_case(read(name))


@cache
def shown(name="a-year.json"):
    return outcome.outcome(played(name))


def esc(number):
    """An escalation of the year: how it stands, and how the outcome shows it."""
    reference = f"ESC-2026-{number:03}"
    return played().workflow.escalation(reference), shown()["escalations"][reference]


def history(number):
    """The record of an escalation of the year."""
    return [r.entry for r in played().record.read(f"escalation:ESC-2026-{number:03}")]


def facts_of(number, *kinds):
    return [entry.fact for entry in history(number) if isinstance(entry.fact, kinds)]


def stages_of(number):
    """The stages that an escalation went through: when, which, by whom, why."""
    return [
        (f"{LONDON.local(s.entered):%a %d %b %H:%M}", s.stage, s.by, s.reason)
        for s in esc(number)[0].stages
    ]


def acts_of(name, *kinds):
    return [act for act in read(name)["acts"] if not kinds or act["act"] in kinds]


def ticks():
    return [act["at"] for act in acts_of("a-year.json", "tick")]


# --- The files ---------------------------------------------------------------------------------


def test_the_examples_are_those_two():
    assert sorted(path.name for path in EXAMPLES.glob("*.json")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_good_in_form_and_is_played_under_sandwells_policy(name):
    case_file = casefile.parse((EXAMPLES / name).read_bytes(), name)
    assert case_file.policy.policy.id == "sandwell-2018"
    assert len(case_file.acts) == len(acts_of(name))
    assert played(name).until == case_file.acts[-1].at


def test_the_year_has_the_size_of_a_year_of_one_partnership():
    assert 350 <= len(acts_of("a-year.json")) <= 500
    assert list(shown()["incidents"]) == [f"INC-2026-{n:03}" for n in range(1, 15)]
    assert sorted(shown()["escalations"]) == [f"ESC-2026-{n:03}" for n in range(1, 25)]
    agencies = {played().workflow.escalation(ref).agency for ref in shown()["escalations"]}
    assert len(agencies) == 8


def test_the_clock_ran_at_seven_on_most_days_weekends_included():
    days = [date.fromisoformat(at[:10]) for at in ticks()]
    assert all(at.endswith("T07:00") for at in ticks())
    assert len(set(days)) == len(days) > (days[-1] - days[0]).days / 2
    assert {day.weekday() for day in days} == set(range(7))
    assert acts_of("a-year.json")[-1] == {"at": "2026-11-20T07:00", "act": "tick"}  # a Friday


def test_the_clock_stood_still_for_one_week_in_august_only():
    days = [date.fromisoformat(at[:10]) for at in ticks()]
    gaps = [(a, b) for a, b in pairwise(days) if (b - a).days > 3]
    assert gaps == [(date(2026, 8, 7), date(2026, 8, 15))]  # Friday to Saturday of the week after


def test_the_year_comes_out_the_same_when_the_clock_ran_only_at_its_end():
    acts = [act for act in acts_of("a-year.json") if act["act"] != "tick"]
    once = outcome_of({**read("a-year.json"), "acts": [*acts, acts_of("a-year.json")[-1]]})
    places = [acts_of("a-year.json")[one["act"]] for one in shown()["refused"]]
    assert [acts[one["act"]] for one in once.pop("refused")] == places
    assert once == {key: part for key, part in shown().items() if key != "refused"}


# --- People ------------------------------------------------------------------------------------


def test_people_are_an_initial_and_a_surname_and_no_two_share_one():
    for name in NAMES:
        names = [person["name"] for person in read(name)["people"].values()]
        assert all(re.fullmatch(r"[A-Z]\. [A-Z][a-z]+", one) for one in names)
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_every_role_of_a_case_but_the_auditors_is_held_by_several_people(role):
    holders = [p for p in read("a-year.json")["people"].values() if p["role"] == role]
    assert len(holders) == 1 if role is Role.AUDITOR else len(holders) >= 2


NHS_LIKE = re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}")
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.IGNORECASE)
BIRTH = re.compile(r"\bborn\b|\bbirth|\bd\.?o\.?b\b|\d{1,2}/\d{1,2}/\d{2,4}", re.IGNORECASE)
AGE = re.compile(r"\b(aged?|year[- ]old|months? old|boy|girl|son|daughter|baby)\b", re.IGNORECASE)


def looks_personal(act):
    """Whether anything that an act says looks like it tells who the child is."""
    written = json.dumps(act, ensure_ascii=False)
    return any(pattern.search(written) for pattern in (NHS_LIKE, POSTCODE, BIRTH, AGE))


@pytest.mark.parametrize("name", NAMES)
def test_no_text_looks_like_personal_data(name):
    assert [act for act in acts_of(name) if looks_personal(act)] == []


@pytest.mark.parametrize(
    "text",
    ["number 999 123 4567", "9991234567", "at ZZ1 1ZZ", "born in spring", "DOB known", "12/03/2019", "a girl"],
)  # fmt: skip
def test_the_look_for_personal_data_finds_it(text):
    assert looks_personal({"at": "2026-01-05T09:00", "sets": [{"what": text}]})


# --- Refused -----------------------------------------------------------------------------------

REFUSED = [
    ("2026-01-16T10:11", "officer", "resolve", "ESC-2026-001", "outstanding_actions"),
    ("2026-01-21T08:58", "officer", "notify", "INC-2026-002", "wrong_state"),
    ("2026-02-09T12:04", "subgroup_chair", "hold_meeting", "ESC-2026-004", "needs_agreed_action"),
    ("2026-03-06T11:38", "deputy_chair", "hold_meeting", "ESC-2026-005", "conflict_of_interest"),
    ("2026-05-14T16:04", "subgroup_chair", "hold_meeting", "ESC-2026-010", "in_the_future"),
    ("2026-05-14T16:22", "chair", "hold_meeting", "ESC-2026-009", "needs_decision"),
    ("2026-11-10T10:27", "officer_2", "raise_escalation", "ESC-2026-020", "duplicate_reference"),
    ("2026-11-12T10:22", "police_rep", "give_reason", "ESC-2026-020", "not_permitted"),
    ("2026-11-13T09:02", "housing_rep", "acknowledge_action", "ESC-2026-018", "invalid"),
]


def test_the_refused_acts_of_the_year_are_the_believable_mistakes_and_no_others():
    acts = acts_of("a-year.json")
    refused = [(acts[one["act"]], one["error"]) for one in shown()["refused"]]
    assert [
        (act["at"], act["by"], act["act"], act.get("escalation") or act["incident"], error)
        for act, error in refused
    ] == REFUSED


def test_what_the_deputy_chair_of_the_trust_may_not_hold_is_held_by_the_chair():
    people = read("a-year.json")["people"]
    assert people["deputy_chair"]["agency"] == esc(5)[0].agency == "Ambleford Acute Trust"
    held = [entry for entry in history(5) if isinstance(entry.fact, facts.MeetingHeld)]
    assert [entry.by.person.id for entry in held] == ["subgroup_chair", "chair"]


# --- Every state is there ----------------------------------------------------------------------


@pytest.mark.parametrize("state", IncidentState)
def test_an_incident_in_every_state(state):
    assert state in {incident["state"] for incident in shown()["incidents"].values()}


@pytest.mark.parametrize("state", TimescaleState)
def test_a_timescale_in_every_state(state):
    incidents = shown()["incidents"].values()
    assert state in {t["state"] for one in incidents for t in one["timescales"].values()}


@pytest.mark.parametrize("state", ActionState)
def test_an_agreed_action_in_every_state(state):
    cases = shown()["escalations"].values()
    assert state in {action["state"] for one in cases for action in one["actions"].values()}


@pytest.mark.parametrize("reason", facts.MoveReason)
def test_a_stage_entered_for_every_reason(reason):
    cases = shown()["escalations"].values()
    assert reason in {stage.get("reason") for one in cases for stage in one["stages"]}


OPEN = {
    "in its initial discussion": (24, "initial_discussion", None, "Mon 23 Nov"),
    "stage 1, an action outstanding": (23, "stage_1", ("2026-11-20", "running"), "Sat 21 Nov"),
    "stage 1, settled and waiting to be closed": (17, "stage_1", ("2026-10-29", "running"), None),
    "stage 2, before a meeting": (22, "stage_2", ("2026-11-25", "running"), "Thu 26 Nov"),
    "stage 2, after a meeting": (15, "stage_2", ("2026-10-22", "met"), "Tue 24 Nov"),
    "stage 2, returned: written up late": (18, "stage_2", ("2026-11-13", "met"), "Thu 26 Nov"),
    "stage 3, running": (20, "stage_3", ("2026-11-23", "running"), "Tue 24 Nov"),
    "stage 3, the limit passed": (16, "stage_3", ("2026-11-05", "passed"), None),
    "stage 3, met": (19, "stage_3", ("2026-11-19", "met"), "Tue 24 Nov"),
    "no longer at risk, waiting to be closed": (21, "stage_2", ("2026-11-19", "running"), "Wed 25 Nov"),
}  # fmt: skip
"""The open escalations: stage, its limit, and the midnight at which something falls due next."""


@pytest.mark.parametrize(("number", "stage", "limit", "due"), OPEN.values(), ids=OPEN)
def test_an_open_escalation(number, stage, limit, due):
    case, stands = esc(number)
    assert stands["state"] == stage
    shown_limit = stands.get("limit")
    assert limit == (shown_limit and (shown_limit["last_day"], shown_limit["state"]))
    assert case.settled == (number == 17)
    assert (case.no_longer_at_risk is not None) == (number == 21)
    upcoming = next_due(case, played().workflow.policy(case.policy))
    assert due == (upcoming and f"{LONDON.local(upcoming.moment):%a %d %b}")


def test_no_other_escalation_is_open():
    cases = shown()["escalations"]
    open_ones = [reference for reference, one in cases.items() if one["state"] != "resolved"]
    assert sorted(open_ones) == sorted(f"ESC-2026-{row[0]:03}" for row in OPEN.values())


@pytest.mark.parametrize(
    ("incident", "timescale", "last_day", "state"),
    [
        ("INC-2026-010", "rapid_review", "2026-11-02", "passed"),  # a Monday
        ("INC-2026-005", "review", "2026-11-12", "passed"),  # a Thursday
        ("INC-2026-011", "rapid_review", "2026-11-20", "running"),  # Friday, today
        ("INC-2026-013", "notification", "2026-11-20", "running"),  # Friday, today
        ("INC-2026-014", "notification", "2026-11-23", "running"),  # Monday
        ("INC-2026-012", "rapid_review", "2026-12-03", "running"),  # Thursday
    ],
)
def test_a_timescale_of_the_last_weeks(incident, timescale, last_day, state):
    stands = shown()["incidents"][incident]["timescales"][timescale]
    assert (stands["last_day"], stands["state"]) == (last_day, state)


RESOLVED = {
    "in the first discussion": (2, "initial_discussion"),
    "in stage 1": (1, "stage_1"),
    "in stage 2 by a meeting": (7, "stage_2"),
    "in stage 2 without a meeting": (11, "stage_2"),
    "in stage 3 after a decision": (5, "stage_3"),
    "no longer at risk": (3, "stage_1"),
    "withdrawn": (14, "stage_1"),
}


@pytest.mark.parametrize(("number", "stage"), RESOLVED.values(), ids=RESOLVED)
def test_an_escalation_resolved(number, stage):
    case, stands = esc(number)
    assert (stands["state"], case.stage) == ("resolved", stage)
    assert (stands["resolved"]["outcome"] == "withdrawn") == (number == 14)
    held = [meeting.outcome for meeting in facts_of(number, facts.MeetingHeld)]
    assert held == {5: ["actions_agreed", "not_resolved"], 7: ["resolved"]}.get(number, [])
    assert len(facts_of(number, facts.DecisionMade)) == (number == 5)
    assert (case.no_longer_at_risk is not None) == (number == 3)


# --- What happened on the way ------------------------------------------------------------------


def test_a_relapse_agreed_varied_not_maintained_and_decided_in_stage_3():
    assert stages_of(5) == [
        ("Mon 23 Feb 09:36", "initial_discussion", "officer", None),
        ("Tue 24 Feb 00:00", "stage_1", "clock", "not_resolved"),
        ("Fri 27 Feb 00:00", "stage_2", "clock", "action_outstanding"),
        ("Wed 04 Mar 00:00", "stage_3", "clock", "action_not_maintained"),
    ]
    actions = esc(5)[1]["actions"]
    assert (actions["A1"]["state"], actions["A1"]["due"]) == ("released", "2026-03-03")
    assert actions["A1"]["agreed_by"] == ["agency", "scsp"]  # the variation, from Friday to Tuesday
    assert (actions["A2"]["state"], actions["A2"]["agreed_by"]) == ("confirmed", [])


def test_an_early_escalation_and_a_meeting_that_did_not_resolve_it():
    assert stages_of(9)[2:] == [
        ("Wed 06 May 11:16", "stage_2", "manager", "escalated"),
        ("Mon 11 May 10:30", "stage_3", "subgroup_chair", "meeting_not_resolved"),
    ]


def test_a_variation_of_agreed_terms_waits_for_its_answer():
    action = esc(15)[1]["actions"]["A2"]
    assert action["agreed_by"] == ["agency", "scsp"]
    assert {side: terms["due"] for side, terms in action["differing"].items()} == {
        "scsp": "2026-11-27",  # in force, a Friday
        "agency": "2026-12-11",
    }


def test_answers_came_by_telephone_and_by_e_mail_and_one_is_still_only_reported():
    means = {e.by.means for n in range(1, 25) for e in history(n) if e.by and e.by.means}
    assert means == {Means.CALL, Means.EMAIL}
    actions = {(n, a): one for n in range(1, 25) for a, one in esc(n)[1]["actions"].items()}
    assert [key for key, one in actions.items() if one.get("reported")] == [(15, "A1")]


def test_claims_are_disputed_and_one_was_put_right():
    kinds = ("complete_action", "dispute_completion", "confirm_action")
    told = [(a["escalation"], a["act"]) for a in acts_of("a-year.json", *kinds)]
    done, disputed, confirmed = kinds
    assert [act for ref, act in told if ref == "ESC-2026-008"] == [done, disputed, done, confirmed]
    assert [act for ref, act in told if ref == "ESC-2026-016"] == [done, disputed]


@pytest.mark.parametrize(
    ("number", "holidays", "last_days"),
    [
        (7, {"Good Friday", "Easter Monday"}, ("2026-03-31", "2026-04-08", "2026-04-13")),
        (8, {"Good Friday", "Easter Monday"}, ("2026-04-09", "2026-04-15", "2026-04-20")),
        (9, {"May Day"}, ("2026-05-06", "2026-05-12", "2026-05-15")),
        (11, {"Spring Bank Holiday"}, ("2026-05-26", "2026-06-01", "2026-06-04")),
    ],
)
def test_bank_holidays_cross_the_ladder(number, holidays, last_days):
    (raised,) = facts_of(number, facts.Raised)
    ladder = [limit.deadline for limit in raised.limits[1:]]
    assert tuple(deadline.last_day.isoformat() for deadline in ladder) == last_days
    assert holidays <= {skipped.why for one in ladder for skipped in one.derivation.skipped}


@pytest.mark.parametrize(("number", "days"), [(7, ["Thu 09 Apr", "Tue 14 Apr"]), (12, ["Tue 16 Jun", "Fri 19 Jun"])])  # fmt: skip
def test_a_closure_day_moves_what_is_open_of_stages_2_and_3(number, days):
    limits = facts_of(number, facts.LimitMoved)
    assert [limit.limit for limit in limits] == ["stage_2", "stage_3"]
    assert [f"{limit.after.last_day:%a %d %b}" for limit in limits] == days


def test_christmas_is_closed_but_for_christmas_eve_which_was_withdrawn():
    declared = [act["day"] for act in acts_of("a-year.json", "declare_closure")]
    withdrawn = [act["day"] for act in acts_of("a-year.json", "withdraw_closure")]
    assert declared[-4:] == ["2026-12-24", "2026-12-29", "2026-12-30", "2026-12-31"]
    assert withdrawn == ["2026-12-24"]
    closed = played().workflow.partnership.changes[-1].calendar.closures
    assert sorted(day for day in closed if day.month == 12) == [date(2026, 12, d) for d in (29, 30, 31)]  # fmt: skip


def test_what_fell_due_while_the_clock_stood_still_keeps_its_own_moment():
    moves = [entry for entry in history(13) if isinstance(entry.fact, facts.StageEntered)]
    local = [(f"{LONDON.local(e.occurred):%a %d %b}", f"{LONDON.local(e.recorded):%a %d %b %H:%M}") for e in moves[1:]]  # fmt: skip
    assert local == [
        ("Sat 08 Aug", "Sat 15 Aug 07:00"),
        ("Fri 14 Aug", "Sat 15 Aug 07:00"),
        ("Mon 17 Aug", "Mon 17 Aug 10:21"),  # the meeting of the 12th, written up late
    ]


# --- A first escalation ------------------------------------------------------------------------


def test_the_first_escalation_is_told_in_fourteen_acts_the_reason_by_telephone():
    assert [act["act"] for act in acts_of("first-escalation.json")] == [
        "report_incident", "notify", "notify", "notify", "raise_escalation", "record_discussion",
        "inform", "inform", "give_reason", "record_action", "acknowledge_action", "complete_action",
        "confirm_action", "resolve",
    ]  # fmt: skip
    (reason,) = acts_of("first-escalation.json", "give_reason")
    assert (reason["on_behalf_of"], reason["means"]) == ("agency", "call")


def test_nothing_of_it_is_refused_and_it_is_resolved_in_stage_1_on_working_day_3():
    assert shown("first-escalation.json")["refused"] == []
    case = shown("first-escalation.json")["escalations"]["ESC-2026-001"]
    assert case["state"] == "resolved"
    assert case["last_days"]["stage_1"] == "2026-09-18"  # a Friday
    assert [stage["stage"] for stage in case["stages"]] == ["initial_discussion", "stage_1"]
    assert case["resolved"]["entered"] == "2026-09-18T15:10:00+01:00"
    assert case["actions"]["A1"]["state"] == "confirmed"
