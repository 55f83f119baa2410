"""What makes no sense in a policy that has the form of one: each fault is named with file and key.

Each faulty policy is Sandwell's own text with a few words changed.
"""

import pytest

from tests.unit.changed_policy import (
    TEXT,
    changed,
    changed_policy,
    edit,
    faults_of,
    in_stage,
    in_timescale,
)

SENSE = {
    "another format": ([edit("format = 1", "format = 2")], "format", "reads format 1"),
    "unknown zone": (
        [edit("Europe/London", "Europe/Londom")],
        "zone",
        "there is no time zone 'Europe/Londom'",
    ),
    "a zone of other letters": ([edit("Europe/London", "Éurope")], "zone", "there is no time zone"),
    "a folder for a zone": ([edit("Europe/London", "Europe")], "zone", "there is no time zone"),
    "a path for a zone": ([edit("Europe/London", "../London")], "zone", "there is no time zone"),
    "clause of what is not maintained": (
        [edit('not_maintained_clause = "E1.4"', 'not_maintained_clause = "E9"')],
        "not_maintained_clause",
        "there is no clause 'E9'",
    ),
    "clause of what is no longer at risk": (
        [edit('no_longer_at_risk_clause = "E3.1"', 'no_longer_at_risk_clause = "E9"')],
        "no_longer_at_risk_clause",
        "there is no clause 'E9'",
    ),
    "clause of a timescale": (
        [in_timescale("review", '"T3"', '"T9"')],
        "timescales[2].clause",
        "there is no clause 'T9'",
    ),
    "clause of a stage": (
        [in_stage("stage_3", '"E3.4"', '"E9"')],
        "stages[3].clause",
        "there is no clause 'E9'",
    ),
    "clause of a broken agreement": (
        [in_stage("stage_2", 'broken_clause = "E3.1"', 'broken_clause = "E9"')],
        "stages[2].broken_clause",
        "there is no clause 'E9'",
    ),
    "clause of a duty": (
        [in_stage("stage_1", 'clause = "E1.2"', 'clause = "E9"')],
        "stages[1].duties[1].clause",
        "there is no clause 'E9'",
    ),
    "clause of an act": (
        [
            edit(
                'consult = { who = ["scsp_chair"], clause = "E3.3" }',
                'consult = { who = ["scsp_chair"], clause = "E9" }',
            )
        ],
        "acts.consult.clause",
        "there is no clause 'E9'",
    ),
    "a clause taken out": (
        [edit('[clauses."E3.4"]', '[clauses."E3.5"]')],
        "stages[3].clause",
        "there is no clause 'E3.4'; add it to [clauses] or cite another",
    ),
    "timescale used twice": (
        [in_timescale("publication", 'id = "publication"', 'id = "review"')],
        "timescales[3].id",
        "'review' is used twice",
    ),
    "stage used twice": (
        [in_stage("stage_2", 'id = "stage_2"', 'id = "stage_1"')],
        "stages[2].id",
        "'stage_1' is used twice",
    ),
    "a timescale without length": (
        [in_timescale("notification", "length = 5", "length = 0")],
        "timescales[0].length",
        "must be 1 or more",
    ),
    "a stage without length": (
        [in_stage("initial_discussion", "length = 1", "length = 0")],
        "stages[0].length",
        "must be 1 or more",
    ),
    "closures on a timescale": (
        [in_timescale("rapid_review", "length = 15", "length = 15\nclosures = true")],
        "timescales[1].closures",
        "closure days never stretch a national time",
    ),
    "a timescale that nothing meets": (
        [in_timescale("review", 'met_by = ["completed"]', "met_by = []")],
        "timescales[2].met_by",
        "must name at least one milestone",
    ),
    "two timescales that can be deferred": (
        [
            in_timescale(
                "review", 'met_by = ["completed"]', 'met_by = ["completed"]\ndeferrable = true'
            )
        ],
        "timescales",
        "only one timescale can be deferrable",
    ),
    "the last stage no decision": (
        [
            in_stage("stage_3", 'kind = "decision"', 'kind = "liaison"'),
            in_stage("stage_3", 'meeting_by = ["scsp_chair"]\n', ""),
        ],
        "stages",
        "the last stage must be of kind decision",
    ),
    "a decision before the last stage": (
        [
            in_stage(
                "stage_1", 'kind = "liaison"', 'kind = "decision"\nmeeting_by = ["cspr_officer"]'
            )
        ],
        "stages[1].kind",
        "only the last stage can be a decision",
    ),
    "a discussion after the first stage": (
        [in_stage("stage_1", 'kind = "liaison"', 'kind = "discussion"')],
        "stages[1].kind",
        "only the first stage can be a discussion",
    ),
    "a stage called resolved": (
        [in_stage("stage_1", 'id = "stage_1"', 'id = "resolved"')],
        "stages[1].id",
        "'resolved' cannot be a stage's id",
    ),
    "a stage called as an act": (
        [in_stage("stage_2", 'id = "stage_2"', 'id = "resolve"')],
        "stages[2].id",
        "'resolve' cannot be a stage's id",
    ),
    "a stage called with a blank": (
        [in_stage("stage_1", 'id = "stage_1"', 'id = "stage 1"')],
        "stages[1].id",
        "'stage 1' cannot be a stage's id: use letters, digits and _",
    ),
    "a stage that nobody can close": (
        [in_stage("stage_3", 'resolved_by = ["scsp_chair"]', "resolved_by = []")],
        "stages[3].resolved_by",
        "a stage without an actor: name who may close the escalation in it",
    ),
    "a meeting that nobody holds": (
        [in_stage("stage_2", 'meeting_by = ["subgroup_chair"]', "meeting_by = []")],
        "stages[2].meeting_by",
        "a stage without an actor: name who holds its meeting",
    ),
    "a decision whose meeting nobody holds": (
        [in_stage("stage_3", 'meeting_by = ["scsp_chair"]\n', "")],
        "stages[3].meeting_by",
        "a stage without an actor: name who holds its meeting",
    ),
    "one actor for a meeting and the next": (
        [
            in_stage(
                "stage_3",
                'meeting_by = ["scsp_chair"]',
                'meeting_by = ["scsp_chair", "subgroup_chair"]',
            )
        ],
        "stages[3].meeting_by",
        "must differ from that of stage_2",
    ),
    "a meeting in a stage that has none": (
        [in_stage("stage_1", "window = 3", 'window = 3\nmeeting_by = ["cspr_officer"]')],
        "stages[1].meeting_by",
        "a stage of kind liaison has no meeting: leave it out",
    ),
    "no clause for a broken agreement": (
        [in_stage("stage_2", 'broken_clause = "E3.1"\n', "")],
        "stages[2].broken_clause",
        "name the clause for an agreed action that is not maintained",
    ),
    "no follow-on window": (
        [in_stage("stage_1", "window = 3\n", "")],
        "stages[1].window",
        "must be 1 or more: the follow-on limit of a stage entered late",
    ),
    "an empty follow-on window": (
        [in_stage("stage_1", "window = 3", "window = 0")],
        "stages[1].window",
        "must be 1 or more",
    ),
    "a duty done by no act": (
        [in_stage("stage_1", 'done_by = ["give_reason"]', 'done_by = ["give_reasons"]')],
        "stages[1].duties[1].done_by",
        "'give_reasons' is not one of",
    ),
    "a limit that does not rise": (
        [in_stage("stage_2", "length = 7 ", "length = 3 ")],
        "stages[2].length",
        "is 3 working_days, not more than the 3 of stage_1, which counts from the same raising",
    ),
    "a limit that falls": (
        [in_stage("stage_3", "length = 10 ", "length = 6 ")],
        "stages[3].length",
        "limits from one anchor must rise",
    ),
    "a variant into no stage": (
        [edit("[acts]", '[variants.urgent]\nname = "Urgent"\nstarts_in = "stage_9"\n\n[acts]')],
        "variants.urgent.starts_in",
        "there is no stage 'stage_9'",
    ),
    "an act left out": (
        [edit("dispute_completion = ", "# ")],
        "acts.dispute_completion",
        "this act is missing: say who may do it, and its clause",
    ),
    "an unknown act": (
        [edit("[acts]\n", '[acts]\nshout = { who = ["cspr_officer"], clause = "E0" }\n')],
        "acts.shout",
        "unknown act; known are report_incident, notify",
    ),
    "an act of nobody": (
        [edit('consult = { who = ["scsp_chair"]', "consult = { who = []")],
        "acts.consult.who",
        "must name at least one role",
    ),
    "an act of an unknown role": (
        [edit('consult = { who = ["scsp_chair"]', 'consult = { who = ["scsp_chair", "mayor"]')],
        "acts.consult.who",
        "'mayor' is not one of",
    ),
    "a conflict of interest in an unknown act": (
        [edit('conflict_of_interest = ["hold_meeting"', 'conflict_of_interest = ["shout"')],
        "conflict_of_interest",
        "'shout' is not an act",
    ),
    "a discussion's duty done by no act": (
        [
            in_stage(
                "initial_discussion",
                "closures = true",
                'closures = true\nduties = [{clause = "E0", name = "Talk", done_by = ["shout"]}]',
            )
        ],
        "stages[0].duties[0].done_by",
        "'shout' is not one of",
    ),
    "an act left to a stage that says nothing of it": (
        [edit('consult = { who = ["scsp_chair"]', 'consult = { who = ["by_stage"]')],
        "acts.consult.who",
        "by_stage",
    ),
    "a duty that no act fulfils": (
        [in_stage("stage_1", 'done_by = ["give_reason"]', 'done_by = ["decide"]')],
        "stages[1].duties[1].done_by",
        "'decide' is not one of",
    ),
    "a duty without an act": (
        [in_stage("stage_1", 'done_by = ["give_reason"]', "done_by = []")],
        "stages[1].duties[1].done_by",
        "must name at least one act",
    ),
    "on behalf by the agency itself": (
        [edit('on_behalf = ["cspr_officer"', 'on_behalf = ["service_lead"')],
        "on_behalf",
        "service_lead is no role of the partnership's",
    ),
    "a length that no calendar holds": (
        [in_stage("stage_3", "length = 10 ", "length = 1000000000 ")],
        "stages[3].length",
        "",
    ),
}


@pytest.mark.parametrize(("edits", "key", "message"), SENSE.values(), ids=SENSE)
def test_a_fault_of_sense_is_named_with_its_key(edits, key, message):
    found = faults_of(changed(*edits))
    assert list(found) == [key]
    assert message in found[key]


def test_a_policy_without_stages_says_so():
    begin, end = TEXT.index("# --- The ladder"), TEXT.index("# --- Who may do what")
    text = TEXT[:begin] + TEXT[end:]
    assert faults_of(text.replace("format = 1", "format = 1\nstages = []")) == {
        "stages": "the last stage must be of kind decision"
    }


@pytest.mark.parametrize(
    "edits",
    [
        [
            in_stage("stage_2", "length = 7 ", "length = 2 "),
            in_stage("stage_2", 'starts = "raising"', 'starts = "incident"'),
        ],
        [
            in_stage("stage_3", "length = 10 ", "length = 1 "),
            in_stage("stage_3", 'unit = "working_days"', 'unit = "months"'),
        ],
    ],
    ids=["from another day", "in another unit"],
)
def test_limits_from_different_days_or_in_different_units_need_not_rise(edits):
    assert changed_policy(*edits).policy.id == "sandwell-2018"


def test_limits_from_one_anchor_must_rise_also_over_a_stage_that_counts_from_another():
    text = changed(
        in_stage("stage_2", 'starts = "raising"', 'starts = "incident"'),
        in_stage("stage_3", "length = 10 ", "length = 2 "),
    )
    assert list(faults_of(text)) == ["stages[3].length"]


def test_several_faults_of_sense_are_all_named():
    text = changed(
        edit("format = 1", "format = 7"),
        edit('conflict_of_interest = ["hold_meeting"', 'conflict_of_interest = ["shout"'),
        in_timescale("notification", "length = 5", "length = 0"),
        edit('[clauses."E3.4"]', '[clauses."E3.5"]'),
        edit('consult = { who = ["scsp_chair"]', "consult = { who = []"),
    )
    assert set(faults_of(text)) == {
        "format",
        "conflict_of_interest",
        "timescales[0].length",
        "stages[3].clause",
        "acts.consult.who",
    }
