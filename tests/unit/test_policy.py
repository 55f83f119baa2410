"""Policy files: the bundled ones load, and a fault of form is named with file and key.

Each faulty policy is Sandwell's own text with a few words changed.
"""

import ast
import hashlib
from datetime import date
from pathlib import Path

import pytest

import cspr_workflow
from cspr_workflow.application import policy_files
from cspr_workflow.domain.calendar import DayOne, Unit
from cspr_workflow.domain.people import Role
from cspr_workflow.domain.policy import Kind, Milestone, Start
from cspr_workflow.forms import Unusable
from tests.unit.changed_policy import (
    TEXT,
    changed,
    changed_policy,
    edit,
    faults_of,
    in_stage,
    in_timescale,
)

BUNDLED = ("four-stages", "sandwell-2018", "two-five-two")


# --- The bundled policies --------------------------------------------------------------------


def test_the_policies_that_come_with_the_program():
    assert policy_files.bundled_names() == BUNDLED


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_policy_loads_and_is_called_as_its_file(name):
    found = policy_files.bundled(name)
    assert found.policy.id == name
    assert found.policy.label == f"{name}/1"
    assert found.sha256 == hashlib.sha256(found.text.encode()).hexdigest()


def test_sandwells_ladder_and_national_times_are_those_of_the_written_process():
    policy = policy_files.bundled("sandwell-2018").policy
    assert (policy.zone, policy.bank_holidays) == ("Europe/London", "GB-ENG")
    assert policy.day_one is DayOne.NEXT_WORKING_DAY
    assert [(s.id, s.length, s.unit, s.starts, s.window) for s in policy.stages] == [
        ("initial_discussion", 1, Unit.WORKING_DAYS, Start.RAISING, None),
        ("stage_1", 3, Unit.WORKING_DAYS, Start.RAISING, 3),
        ("stage_2", 7, Unit.WORKING_DAYS, Start.RAISING, 4),
        ("stage_3", 10, Unit.WORKING_DAYS, Start.RAISING, 3),
    ]
    assert [(t.id, t.length, t.unit, t.starts) for t in policy.timescales] == [
        ("notification", 5, Unit.WORKING_DAYS, Milestone.INCIDENT),
        ("rapid_review", 15, Unit.WORKING_DAYS, Milestone.NATIONAL_PANEL),
        ("review", 6, Unit.MONTHS, Milestone.COMMISSIONED),
        ("publication", 6, Unit.MONTHS, Milestone.COMMISSIONED),
    ]
    assert all(stage.closures for stage in policy.stages)
    assert not any(timescale.closures for timescale in policy.timescales)


def test_the_stages_follow_one_another():
    policy = policy_files.bundled("sandwell-2018").policy
    ids = [stage.id for stage in policy.stages]
    after = [policy.after(id) for id in ids]
    assert [stage and stage.id for stage in after] == ["stage_1", "stage_2", "stage_3", None]
    before = [policy.before(id) for id in ids]
    assert [stage and stage.id for stage in before] == [
        None,
        "initial_discussion",
        "stage_1",
        "stage_2",
    ]
    assert policy.stage("stage_3").kind is Kind.DECISION
    assert policy.timescale("review").clause == "T3"


def test_an_escalation_opens_in_the_first_stage_or_where_its_variant_starts():
    two_five_two = policy_files.bundled("two-five-two").policy
    assert two_five_two.opening(None).id == "initial_discussion"
    assert two_five_two.opening("urgent").id == "stage_2"


# --- One place for each rule -----------------------------------------------------------------


def modules(*folders: str) -> list[Path]:
    root = Path(cspr_workflow.__file__).parent
    return [path for folder in folders for path in sorted((root / folder).glob("*.py"))]


OTHER_NUMBERS = [
    ("account_keeping.py", "one_time: timedelta = timedelta(days=3)"),
    ("free_text.py", '_ORDINALS = {"1st", "2nd", "3rd", *(f"{digit}th" for digit in range(10))}'),
    (
        "free_text.py",
        "int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)",
    ),
    ("passwords.py", "RECOVERY_CODES = 10"),
    ("passwords.py", "_SHORTEST_NAME, _LONGEST_NAME = 3, 100"),
    ("throttling.py", "WITHIN = timedelta(minutes=15)"),
    ("throttling.py", "return min(timedelta(minutes=1 << min(waits - 1, 10)), _LONGEST)"),
]
"""Lines with the same numbers in another matter: the check digit of an NHS number, ordinals, and how
long passwords and codes are and hold."""


def test_no_number_of_the_ladder_or_of_a_national_time_stands_in_the_code():
    """Working day 3, 7 or 10, 15 working days: change the policy file and the process follows."""
    found = [
        (path.name, text.splitlines()[node.lineno - 1].strip())
        for path in modules("domain", "application")
        for text in [path.read_text("utf-8")]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and node.value in (3, 7, 10, 15)
    ]
    assert sorted(found) == OTHER_NUMBERS


def test_the_rule_for_a_working_day_stands_in_one_place():
    """One function of the domain asks for the day of the week, and one counts by its answer."""
    weekday, why_not = [], []
    for path in modules("domain", "application"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute) and node.attr in ("weekday", "isoweekday"):
                    weekday.append((path.name, function.name))
                if isinstance(node, ast.Attribute) and node.attr == "why_not":
                    why_not.append((path.name, function.name))
    assert weekday == [("calendar.py", "why_not")]
    assert why_not == [
        ("calendar.py", "working_days"),
        ("keeping.py", "_update"),  # nor can it become a bank holiday
        ("partnership.py", "decide_closure"),  # a day that is no working day cannot be closed
    ]


# --- Finding a policy ------------------------------------------------------------------------


def test_a_policy_is_found_by_its_name_or_by_its_path(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text(changed(edit('id = "sandwell-2018"', 'id = "mine"')), "utf-8")
    assert policy_files.named("four-stages").policy.id == "four-stages"
    assert policy_files.named(str(mine)).policy.id == "mine"


def test_an_unknown_name_is_a_fault_that_says_which_are_known():
    with pytest.raises(Unusable) as caught:
        policy_files.bundled("sandwel")
    assert str(caught.value) == (
        "sandwel: there is no policy of this name; known are four-stages, sandwell-2018, two-five-two"
    )


def test_what_is_neither_a_name_nor_a_file_is_a_fault_that_says_which_names_are_known(tmp_path):
    with pytest.raises(Unusable, match="those are four-stages, sandwell-2018") as caught:
        policy_files.named(str(tmp_path / "none.toml"))
    assert caught.value.source == str(tmp_path / "none.toml")


def test_a_file_that_cannot_be_read_is_a_fault_that_names_it(tmp_path):
    for path, why in ((tmp_path / "none.toml", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(Unusable, match=why) as caught:
            policy_files.load(path)
        assert caught.value.source == str(path)


def test_a_file_that_is_no_text_is_a_fault_that_names_it(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes('title = "Führung"'.encode("latin-1"))
    with pytest.raises(Unusable) as caught:
        policy_files.load(path)
    assert str(caught.value) == f"{path}: is not a text in UTF-8"


@pytest.mark.parametrize(
    "text",
    [
        "format = ",
        "format = 1\nformat = 2",
        '{"format": 1}',
        "in_force_from = 2018-02-30",
        "nested = " + "[" * 5000,
        pytest.param("version = " + "1" * 5000, id="a number of 5000 digits"),
    ],
)
def test_a_file_that_is_no_toml_is_a_fault_of_the_whole(text):
    with pytest.raises(Unusable) as caught:
        policy_files.read_policy(text, "changed.toml")
    assert str(caught.value).startswith("changed.toml: is not a TOML file: ")


def test_a_changed_policy_that_makes_sense_loads():
    policy = changed_policy(
        in_stage("stage_1", "length = 3 ", "length = 4 "),
        edit("in_force_from = 2018-07-04", "in_force_from = 2027-01-01"),
        edit(
            'closes_when_no_longer_at_risk = ["business_manager"]',
            "closes_when_no_longer_at_risk = []",
        ),
    ).policy
    assert policy.stage("stage_1").length == 4
    assert policy.in_force_from == date(2027, 1, 1)
    assert policy.closes_when_no_longer_at_risk == ()
    assert policy.on_behalf == (Role.CSPR_OFFICER, Role.BUSINESS_MANAGER, Role.SUBGROUP_CHAIR)


# --- Faults of form --------------------------------------------------------------------------

FORM = {
    "unknown key": ([edit("format = 1", "format = 1\ncolour = 3")], "colour", "unknown field"),
    "unknown key in a stage": (
        [in_stage("stage_2", "window = 4", "windows = 4")],
        "stages[2].windows",
        "unknown field",
    ),
    "missing key": ([edit("version = 1\n", "")], "version", "this field is missing"),
    "missing key in a stage": (
        [in_stage("stage_1", "length = 3 ", "# ")],
        "stages[1].length",
        "this field is missing",
    ),
    "missing key in a clause": (
        [
            edit('text = "First response', 'reading = "First response'),
            edit('\nreading = "It lasts', "\n# "),
        ],
        "clauses.E0.text",
        "this field is missing",
    ),
    "a text for a number": (
        [in_stage("stage_1", "length = 3 ", 'length = "3" ')],
        "stages[1].length",
        "'3' is not a whole number",
    ),
    "a broken number": (
        [in_stage("stage_1", "length = 3 ", "length = 3.5 ")],
        "stages[1].length",
        "3.5 is not a whole number",
    ),
    "true for a number": (
        [edit("version = 1", "version = true")],
        "version",
        "True is not a whole number",
    ),
    "a text for true": (
        [in_stage("stage_1", "closures = true", 'closures = "yes"')],
        "stages[1].closures",
        "'yes' is neither true nor false",
    ),
    "a text for a date": (
        [edit("in_force_from = 2018-07-04", 'in_force_from = "July 2018"')],
        "in_force_from",
        "'July 2018' is not a date",
    ),
    "a moment for a date": (
        [edit("in_force_from = 2018-07-04", "in_force_from = 2018-07-04T00:00:00")],
        "in_force_from",
        "is not a date",
    ),
    "a word for a list": (
        [in_stage("stage_3", 'resolved_by = ["scsp_chair"]', 'resolved_by = "scsp_chair"')],
        "stages[3].resolved_by",
        "'scsp_chair' is not a list",
    ),
    "an empty text": (
        [edit("title = ", 'title = "" #')],
        "title",
        "this text may not be empty",
    ),
    "unknown unit": (
        [in_timescale("rapid_review", "working_days", "hours")],
        "timescales[1].unit",
        "'hours' is not one of working_days, days, months",
    ),
    "unknown start of a timescale": (
        [in_timescale("notification", '"incident"', '"yesterday"')],
        "timescales[0].starts",
        "'yesterday' is not one of incident, aware",
    ),
    "unknown milestone": (
        [in_timescale("notification", '"dfe"', '"mayor"')],
        "timescales[0].met_by[1]",
        "'mayor' is not one of",
    ),
    "unknown start of a stage": (
        [in_stage("stage_2", '"raising"', '"commissioned"')],
        "stages[2].starts",
        "'commissioned' is not one of raising, previous_stage, stage",
    ),
    "unknown kind": (
        [in_stage("stage_2", '"meeting"', '"chat"')],
        "stages[2].kind",
        "'chat' is not one of discussion, liaison, meeting, decision",
    ),
    "unknown role": (
        [in_stage("stage_2", 'meeting_by = ["subgroup_chair"]', 'meeting_by = ["mayor"]')],
        "stages[2].meeting_by[0]",
        "'mayor' is not one of cspr_officer",
    ),
    "unknown force": (
        [edit('force = "duty"', 'force = "law"')],
        "clauses.T1.force",
        "'law' is not one of duty, guidance, aim",
    ),
    "unknown day one": (
        [edit('day_one = "next_working_day"', 'day_one = "tomorrow"')],
        "day_one",
        "'tomorrow' is not one of next_working_day, same_day",
    ),
    "unknown region": (
        [edit('bank_holidays = "GB-ENG"', 'bank_holidays = "FR"')],
        "bank_holidays",
        "'FR' is not one of GB-ENG, GB-WLS, GB-SCT, GB-NIR",
    ),
    "unknown binding": (
        [in_stage("stage_2", "window = 4", 'window = 4\nbinding = "soft"')],
        "stages[2].binding",
        "'soft' is not one of hard, indicative",
    ),
}


@pytest.mark.parametrize(("edits", "key", "message"), FORM.values(), ids=FORM)
def test_a_fault_of_form_is_named_with_its_key(edits, key, message):
    found = faults_of(changed(*edits))
    assert list(found) == [key]
    assert message in found[key]


def test_a_policy_that_does_not_say_who_may_act_is_a_fault():
    assert faults_of(TEXT[: TEXT.index("[acts]")]) == {"acts": "this field is missing"}


def test_several_faults_of_form_are_all_named():
    text = changed(
        edit("version = 1\n", ""),
        edit("[acts]\n", "[acts]\nshout = 3\n"),
        in_stage("stage_2", "window = 4", 'window = "four"'),
    )
    assert set(faults_of(text)) == {"version", "acts.shout", "stages[2].window"}
