"""The forecast as people read it: each date with its clause, its counting and who could stop it."""

import json
from datetime import datetime
from typing import Any

import pytest

from cspr_workflow.domain.acts import (
    CompleteAction,
    Decide,
    DeferPublication,
    HoldMeeting,
    MeetingOutcome,
    RecordAction,
    ReportIncident,
    Resolve,
    SetAction,
)
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.partnership import ClosureDeclared
from cspr_workflow.domain.people import Side
from cspr_workflow.interfaces import forecast, ways
from tests.campaigns import holds
from tests.campaigns.sequences import POLICIES, Run, maker
from tests.interfaces.replaying import screen, text, told_by
from tests.process.steps import NOTIFY_OFSTED, brought_to
from tests.second_implementation.random_cases import random_case
from tests.support import World, changed_policy, day, play_case


def told(world: World, case: Case | None = None, now: datetime | None = None) -> str:
    """The forecast as it is printed, its lines and columns run together."""
    rules = world.workflow.partnership.rules(world.policy)
    out = screen(width=100)
    case = case or world.escalation()
    forecast.tell(case, forecast.ahead(case, rules), told_by(world.policy), out, now)
    return " ".join(text(out).split())


def plain(world: World, case: Case | None = None) -> dict[str, Any]:
    case = case or world.escalation()
    found = forecast.ahead(case, world.workflow.partnership.rules(world.policy))
    read: dict[str, Any] = json.loads(
        json.dumps(forecast.plain(case, found, told_by(world.policy)))
    )
    return read


def waits(world: World, case: Case | None = None) -> list[str]:
    """What a case waits for in the end, and for whom."""
    case = case or world.escalation()
    found = forecast.ahead(case, world.workflow.partnership.rules(world.policy))
    return [way.told("Acute Trust") for way in ways.waiting_for(found.after, world.policy)]


# --- What lies ahead -----------------------------------------------------------------------------


def test_each_date_is_told_with_what_the_clock_does_its_clause_and_how_it_was_counted() -> None:
    found = told(World().raised())
    assert found.startswith(
        "Forecast: ESC-1, if nobody acts It stands at: Initial discussion since "
        "Mon 30 Nov 2026 09:30."
    )
    assert (
        "Fri 4 Dec 2026 00:00 The clock moves it to Stage 2, because nothing had come from the "
        "agency. Clause E1.5: Stage 1 takes place in working days 1-3; if the action remains "
        "outstanding after day 3, stage 2 must be initiated. Counted 3 working days from the "
        "raising, Mon 30 Nov 2026: the last day is Thu 3 Dec 2026."
    ) in found
    assert "Counted Until working day 1 opens, Tue 1 Dec 2026." in found
    assert "Tue 15 Dec 2026 00:00 The clock records that the limit of Stage 3 has passed." in found
    assert "Sat 5 Dec 2026, Sun 6 Dec 2026, Sat 12 Dec 2026, Sun 13 Dec 2026." in found


def test_it_says_who_could_stop_each_move_and_how() -> None:
    found = told(World().raised())
    settled = "an action in force and none of the agency's outstanding (SCSP and Acute Trust)"
    met = "T2 Rapid review met, or INC-1 ended"
    assert f"Can stop it {settled}; closing it (CSPR Officer or Business Manager); {met}." in found
    assert (
        f"{settled}; a meeting with an outcome (SLPR subgroup chair); "
        f"closing it (SLPR subgroup chair or Business Manager); {met}."
    ) in found
    assert (
        f"{settled}; a meeting with an outcome (SCSP Chair); "
        f"closing it after a decision (SCSP Chair); {met}."
    ) in found


def test_closing_stops_nothing_before_the_actions_in_force_are_done_or_released() -> None:
    world = World().raised().agreed("2026-12-01T10:00", "2026-12-20")
    found = told(world)
    assert "closing it with A1 done or released (CSPR Officer or Business Manager)" in found
    assert "closing it after a decision with A1 done or released (SCSP Chair)" in found
    assert "closing it (" not in found


def test_an_action_that_will_not_be_maintained_and_the_move_that_follows() -> None:
    world = World().raised().agreed("2026-12-04T10:00", "2026-12-18")
    held = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED)
    world.do("sub", "2026-12-07T15:00", held)
    found = told(world)
    keeping = (
        "A1 done (Acute Trust); A1 varied to a later day that both agree (SCSP and Acute Trust); "
        "A1 released (SCSP and Acute Trust); withdrawing the escalation (Business Manager)"
    )
    assert (
        "Counted Its due day is Fri 18 Dec 2026, as both sides agreed; it ends at midnight. "
        f"Can stop it {keeping}."
    ) in found
    assert (
        "Counted It follows at once from the agreed action that is not maintained. "
        f"Can stop it {keeping}; T2 Rapid review met, or INC-1 ended."
    ) in found
    assert "Counted Follow-on limit: 3 working days from the entry of the stage" in found


def test_what_a_decision_set_is_told_as_its_own_and_a_decision_can_release_it() -> None:
    world = World().raised().at("2026-12-11T07:00")
    new = SetAction("A9", "Send it", Side.AGENCY, day("2026-12-14"))
    world.do("chair", "2026-12-11T10:00", Decide("ESC-1", "Send it", "Long due", (), (new,)))
    found = told(world)
    assert "Its due day is Mon 14 Dec 2026, as the decision set it; it ends at midnight." in found
    assert "a decision that releases A9 (SCSP Chair)" in found


def test_what_has_fallen_due_and_is_not_recorded_yet_is_marked() -> None:
    world = World().raised()
    marked = "It has fallen due and is not recorded yet."
    assert told(world).count(marked) == 0
    assert told(world, now=world.moment("2026-12-03T23:59")).count(marked) == 1
    assert told(world, now=world.moment("2026-12-04T00:00")).count(marked) == 2


def test_a_provisional_date_is_marked() -> None:
    world = World()
    report = ReportIncident("INC-1", day("2029-03-01"), day("2029-03-01"))
    world.do("officer", "2029-03-05T10:00", report)
    found = told(world, world.incident())
    assert "Fri 9 Mar 2029 00:00 (provisional) The clock records that T1" in found
    assert plain(world, world.incident())["foreseen"][0]["provisional"] is True
    assert "(provisional)" not in told(World().raised())


def test_a_change_of_the_calendar_moves_limits_and_nobody_stops_it() -> None:
    world = World().raised()
    world.adopt("2026-12-02T09:00", ClosureDeclared(day("2026-12-08"), "Moving house"))
    [before, after] = told(world).split("Wed 2 Dec 2026 09:00", 1)
    moved = after.split("Wed 2 Dec 2026 09:00", maxsplit=1)[0]
    assert (
        "The clock moves the last day of stage 2 from Wed 9 Dec 2026 to Thu 10 Dec 2026, "
        "because of closure declared for Tue 8 Dec 2026: Moving house."
    ) in moved
    assert "Tue 8 Dec 2026 (Moving house)" in moved
    assert "Can stop it" not in moved
    assert "Can stop it" in before
    assert plain(world)["foreseen"][1]["can_stop_it"] == []


# --- An incident ---------------------------------------------------------------------------------


def test_a_timescale_that_will_pass_names_the_steps_that_are_missing() -> None:
    world = World().reported()
    assert (
        "Can stop it notifying Ofsted, notifying the DfE and notifying the National Panel "
        "(CSPR Officer or Business Manager); withdrawing the incident (Business Manager)."
    ) in told(world, world.incident())
    world.do("officer", "2026-11-27T10:00", NOTIFY_OFSTED)
    found = told(world, world.incident())
    assert "Can stop it notifying the DfE and notifying the National Panel (" in found


def test_publication_can_be_deferred_or_withheld_once_a_review_is_commissioned() -> None:
    world = brought_to("review_commissioned")
    found = told(world, world.incident())
    assert (
        "publishing the report (CSPR Officer or Business Manager); deferring publication" in found
    )
    assert "withholding publication" not in found
    world = brought_to("review_completed")
    assert "withholding publication" in told(world, world.incident())


def test_a_deferral_s_own_day_is_told_as_such() -> None:
    world = brought_to("review_commissioned")
    defer = DeferPublication("INC-1", "Trial", "Criminal trial", day("2027-09-30"))
    world.do("officer", "2026-11-27T11:00", defer)
    assert "The last day is Thu 30 Sep 2027, as the deferral names it." in told(
        world, world.incident()
    )


def test_nothing_stops_what_still_runs_when_the_incident_has_ended() -> None:
    world = brought_to("no_review")
    found = told(world, world.incident())
    assert "The clock records that T1 Notification has passed." in found
    assert "Can stop it nothing any more: the incident has ended." in found
    assert found.endswith("It has ended (no review) and waits for nobody.")


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("reported", ["notifying Ofsted", "notifying the DfE", "notifying the National Panel"]),
        ("notified", ["notifying Ofsted", "notifying the DfE", "convening the rapid review"]),
        ("rapid_review", [..., ..., "sending the rapid review's outcome"]),
        ("outcome_sent", [..., ..., "the decision on an independent review"]),
        ("review_commissioned", [..., ..., "completing the independent review"]),
        ("review_completed", [..., ..., "publishing the report"]),
        ("published", []),
    ],
)
def test_an_incident_waits_for_the_bodies_and_the_next_step(state: str, steps: list[Any]) -> None:
    world = brought_to(state)
    expected = [
        f"{step if step is not ... else ['notifying Ofsted', 'notifying the DfE'][place]}"
        for place, step in enumerate(steps)
    ]
    assert [one.partition(" (")[0] for one in waits(world, world.incident())] == expected


# --- What it waits for in the end ----------------------------------------------------------------


def test_a_case_that_nobody_touches_waits_for_the_chair() -> None:
    found = told(World().raised())
    assert found.endswith(
        "After that, nothing more falls due It waits (to be decided and closed) for: "
        "- a decision (SCSP Chair) - being closed (SCSP Chair)"
    )


def test_a_settled_case_has_nothing_ahead_and_says_what_it_waits_for() -> None:
    world = World().raised().agreed("2026-11-30T10:00", "2026-12-02")
    world.do("trust", "2026-11-30T11:00", CompleteAction("ESC-1", "A1", "By courier"))
    assert told(world).endswith(
        "Nothing falls due It waits (settled: to be closed) for: "
        "- being closed (CSPR Officer or Business Manager)"
    )


def test_what_has_to_be_done_before_closing_is_said() -> None:
    world = World().raised().agreed("2026-11-30T10:00", "2026-12-02", owner=Side.SCSP)
    assert waits(world) == [
        "A1 done or released (SCSP)",
        "being closed (CSPR Officer or Business Manager)",
    ]
    world = World().raised().at("2026-12-11T07:00")
    new = SetAction("A9", "Send it", Side.AGENCY, day("2026-12-14"))
    world.do("chair", "2026-12-11T10:00", Decide("ESC-1", "Send it", "Long due", (), (new,)))
    assert waits(world) == ["A9 done or released (Acute Trust)", "being closed (SCSP Chair)"]


def test_a_case_no_longer_at_risk_only_waits_to_be_closed() -> None:
    world = World().raised().agreed("2026-11-30T10:00", "2026-12-02").at("2026-12-11T07:00")
    brought_to("withdrawn", world=world, at="2026-12-11T10:00")
    assert waits(world) == ["being closed (SCSP Chair or Business Manager)"]
    assert "(no longer at risk: to be closed)" in told(world)


def test_a_meeting_held_and_an_action_not_agreed_leave_the_case_to_people() -> None:
    world = World().raised().agreed("2026-12-04T10:00", "2026-12-18", owner=Side.SCSP)
    record = RecordAction("ESC-1", "A2", "Also this", Side.AGENCY, day("2026-12-20"))
    world.do("sub", "2026-12-04T11:00", record)
    held = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED)
    world.do("sub", "2026-12-07T15:00", held)
    assert waits(world) == [
        "being escalated to Stage 3 (Business Manager or SLPR subgroup chair or SCSP Chair)",
        "A1 done or released (SCSP)",
        "A2 agreed, done or released (SCSP and Acute Trust)",
        "being closed (SLPR subgroup chair or Business Manager)",
    ]


def test_a_limit_that_only_passes_leaves_the_case_to_be_escalated_or_closed() -> None:
    old = 'kind = "liaison"\nclause = "E1.5"'
    policy = changed_policy({old: f'binding = "indicative"\n{old}'})
    assert waits(World(policy).raised()) == [
        "being escalated to Stage 2 (Business Manager or SLPR subgroup chair or SCSP Chair)",
        "being closed (CSPR Officer or Business Manager)",
    ]


def test_a_resolved_case_waits_for_nobody() -> None:
    world = World().raised()
    world.do("manager", "2026-11-30T11:00", Resolve("ESC-1", "Sent while we spoke"))
    found = told(world)
    assert found == (
        "Forecast: ESC-1, if nobody acts It stands at: resolved. "
        "Nothing falls due It has ended (resolved) and waits for nobody."
    )


# --- Whatever happened ---------------------------------------------------------------------------


def test_whatever_happened_can_be_told_under_any_policy() -> None:
    cases = [
        (run.workflow, run.policy)
        for policy in POLICIES
        for run in (_played(policy, seed) for seed in range(15))
    ]
    plays = [play_case(random_case(seed)) for seed in range(15)]
    cases += [(played.workflow, played.case_file.policy.policy) for played in plays]
    count = 0
    for workflow, policy in cases:
        rules, teller = workflow.partnership.rules(policy), told_by(policy)
        for _, case in holds.cases(workflow):
            out = screen()
            found = forecast.ahead(case, rules)
            forecast.tell(case, found, teller, out)
            assert json.dumps(forecast.plain(case, found, teller))
            shown = text(out)
            assert "None" not in shown
            assert "_" not in shown
            ended = bool(getattr(case, "ending", None)) or getattr(case.state, "is_end", False)
            assert bool(ways.waiting_for(found.after, policy)) is not ended
            count += len(found.foreseen)
    assert count > 50


def _played(policy: str, seed: int) -> Run:
    run = Run(policy)
    run.play(maker(policy).sequence(seed))
    return run


def test_plain_data_holds_the_same_for_programs() -> None:
    found = plain(World().raised())
    assert (found["reference"], found["state"]) == ("ESC-1", "initial_discussion")
    assert [one["falls_due"] for one in found["foreseen"]] == [
        "2026-12-01T00:00:00+00:00",
        "2026-12-04T00:00:00+00:00",
        "2026-12-10T00:00:00+00:00",
        "2026-12-15T00:00:00+00:00",
    ]
    second = found["foreseen"][1]
    assert second["fact"]["type"] == "escalation.stage-entered.v1"
    assert (second["fact"]["stage"], second["clause"]) == ("stage_2", "E1.5")
    assert second["deadline"]["last_day"] == "2026-12-03"
    assert second["can_stop_it"][1] == {
        "what": "closing it",
        "by": ["cspr_officer", "business_manager"],
    }
    assert found["in_the_end"] == {
        "state": "stage_3",
        "why": "to be decided and closed",
        "waits_for": [
            {"what": "a decision", "by": ["scsp_chair"]},
            {"what": "being closed", "by": ["scsp_chair"]},
        ],
    }
