"""A thousand random cases, in two implementations of the written process that share no code.

Each case goes through the program as a case file does, from its bytes to its outcome, and is compared
in every field. Every third one is played under other numbers than Sandwell's, written into a copy of
its policy file: no number of the process stands in the code.
"""

import pytest

from tests.second_implementation import compare, process
from tests.second_implementation.compare import (
    case_of,
    differences,
    played,
    policy_with,
    report,
    settings_of,
    shortest,
)
from tests.second_implementation.process import SANDWELL, Settings

CASES = 1000
SHARES = 20


@pytest.mark.parametrize("share", range(SHARES))
def test_both_implementations_give_the_same_outcome(share: int) -> None:
    for seed in range(share, CASES, SHARES):
        case, settings = case_of(seed)
        if differences(case, settings):
            pytest.fail(report(case, settings))


def test_a_third_of_the_cases_has_numbers_of_its_own() -> None:
    others = [case_of(seed)[1] for seed in range(60) if seed % 3 == 2]
    assert SANDWELL not in others
    assert {settings.day_one for settings in others} == {"next_working_day", "same_day"}
    assert {settings.notification_from for settings in others} == {"incident", "aware"}
    assert {settings.rapid_review_unit for settings in others} == {"working_days", "calendar_days"}


def test_the_numbers_of_a_policy_file_are_those_asked_for() -> None:
    settings = Settings(
        limits=(2, 4, 13),
        windows=(1, 5, 6),
        notification_days=8,
        notification_from="aware",
        rapid_review_days=21,
        rapid_review_unit="calendar_days",
        review_months=7,
        publication_months=9,
        day_one="same_day",
    )
    policy = policy_with(settings).policy
    ladder = [(stage.id, stage.length, stage.window) for stage in policy.stages[1:]]
    assert ladder == [("stage_1", 2, 1), ("stage_2", 4, 5), ("stage_3", 13, 6)]
    times = [(t.id, t.length, t.unit, t.starts) for t in policy.timescales]
    assert times == [
        ("notification", 8, "working_days", "aware"),
        ("rapid_review", 21, "days", "national_panel"),
        ("review", 7, "months", "commissioned"),
        ("publication", 9, "months", "commissioned"),
    ]
    assert policy.day_one == "same_day"


# --- That a difference would be seen -----------------------------------------------------------


def test_other_numbers_give_other_outcomes() -> None:
    changed = 0
    for seed in range(10):
        case, _ = case_of(3 * seed)
        mine = process.outcome(case, settings=settings_of(seed))
        changed += bool(process.differences(played(case), mine))
    assert changed == 10


def test_a_difference_is_named_with_its_place_and_the_shortest_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here the second implementation reads the limits as one day longer."""
    longer = Settings(limits=(4, 8, 11))
    wrongly = process.outcome
    monkeypatch.setattr(
        compare.process, "outcome", lambda case, settings: wrongly(case, settings=longer)
    )
    case, _ = case_of(0)
    short = shortest(case)
    assert [act["act"] for act in short["acts"]] == ["report_incident", "raise_escalation"]
    found = differences(short)
    assert any(line.startswith("outcome.escalations.ESC-1.last_days.stage_1: ") for line in found)
    assert found[0] in report(case, SANDWELL)


def test_a_refusal_with_a_code_that_does_not_apply_is_a_difference() -> None:
    theirs = {"refused": [{"act": 3, "error": "invalid", "message": "No."}]}
    mine = {"refused": [{"act": 3, "error": ["not_found", "not_permitted"]}]}
    assert process.differences(theirs, mine) == [
        "outcome.refused.0: 'invalid' is not among ['not_found', 'not_permitted']"
    ]
    mine["refused"][0]["error"] = ["invalid", "not_found"]
    assert process.differences(theirs, mine) == []
