"""What each entry changed in a case, in words: before and after."""

from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    Decide,
    DisputeCompletion,
    HoldMeeting,
    Inform,
    Informed,
    MeetingOutcome,
    RecordAction,
    RecordDiscussion,
    ReleaseAction,
    ReportIncident,
    Resolve,
    VaryAction,
)
from cspr_workflow.domain.people import Means, Side
from tests.interfaces.replaying import changed, printed, replayed
from tests.process.steps import brought_to
from tests.support import World, day


def test_the_raising_sets_the_state_and_every_limit() -> None:
    [raised] = replayed(World().raised())
    assert changed(raised) == [
        "State: Initial discussion",
        "Limit: until Tue 1 Dec 2026 opens",
        "Last day of Stage 1: Thu 3 Dec 2026",
        "Last day of Stage 2: Wed 9 Dec 2026",
        "Last day of Stage 3: Mon 14 Dec 2026",
    ]


def test_a_move_changes_the_state_and_the_limit() -> None:
    found = replayed(World().raised().at("2026-12-15T07:00"))
    assert changed(found[2]) == [
        "State: Stage 1 → Stage 2",
        "Limit: Thu 3 Dec 2026, running → Wed 9 Dec 2026, running",
    ]
    assert changed(found[-1]) == ["Limit: Mon 14 Dec 2026, running → Mon 14 Dec 2026, passed"]


def test_an_entry_that_moves_nothing_says_so() -> None:
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", RecordDiscussion("ESC-1", Means.CALL, "Spoke"))
    spoke = replayed(world)[-1]
    assert spoke.changes == ()
    assert "Nothing moved: the entry stands in the record." in printed(spoke)


def test_each_part_of_a_duty_is_told_until_it_is_done() -> None:
    world = World().raised()
    duty = "Duty of Stage 1, E1.1 Business Manager and the agency's representative informed"
    for role in Informed:
        world.do("officer", "2026-11-30T10:00", Inform("ESC-1", role))
    world.do("officer", "2026-11-30T11:00", Inform("ESC-1", Informed.BUSINESS_MANAGER))
    *parts, again = replayed(world)[1:]
    assert len(parts) == len(Informed) == 2
    assert changed(parts[0]) == [f"{duty}: 1 of 2 parts done"]
    assert changed(parts[1]) == [f"{duty}: 1 of 2 parts done → done"]
    assert changed(again) == []


def test_a_meeting_is_a_duty_of_its_own_stage_alone() -> None:
    world = World().raised().at("2026-12-07T07:00")
    held = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.NOT_RESOLVED)
    world.do("sub", "2026-12-07T15:00", held)
    done = [one for step in replayed(world) for one in changed(step) if one.startswith("Duty")]
    assert len(done) == 1
    assert done[0].startswith("Duty of Stage 2, E2.1 Meeting of the subgroup chair")
    assert done[0].endswith(": done")


def test_an_action_changes_on_each_side_until_it_is_agreed() -> None:
    world = World().raised()
    at = "2026-11-30T10:00"
    world.do("officer", at, RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-02")))
    world.do("officer", at, VaryAction("ESC-1", "A1", due=day("2026-12-01")), means=Means.CALL)
    world.do("officer", at, AcknowledgeAction("ESC-1", "A1"))
    recorded, reported, agreed = replayed(world)[1:]
    assert changed(recorded) == [
        "A1: recorded",
        "A1, owner: Acute Trust",
        "A1, record of SCSP: Send it, due Wed 2 Dec 2026",
    ]
    assert changed(reported) == [
        "The agency: has answered",
        "A1: recorded → differing",
        "A1, record of Acute Trust: Send it, due Tue 1 Dec 2026 (on a report)",
    ]
    assert changed(agreed) == [
        "A1: differing → agreed",
        "A1, record of SCSP: Send it, due Wed 2 Dec 2026 → Send it, due Tue 1 Dec 2026",
        "A1, in force: Send it, due Tue 1 Dec 2026",
    ]


def test_settled_and_unsettled_again_are_told() -> None:
    world = World().raised().agreed("2026-11-30T10:00", "2026-12-02")
    world.do("trust", "2026-11-30T11:00", CompleteAction("ESC-1", "A1", "By courier"))
    world.do("officer", "2026-11-30T12:00", DisputeCompletion("ESC-1", "A1", "Pages missing"))
    done, disputed = replayed(world)[-2:]
    assert changed(done) == [
        "Settled: the clock leaves the case alone",
        "A1: agreed → done",
        "A1, done: Mon 30 Nov 2026",
    ]
    assert changed(disputed) == [
        "A1: done → agreed",
        "Settled: the clock leaves the case alone → no longer",
        "A1, done: Mon 30 Nov 2026 → no longer",
    ]


def test_who_says_that_an_action_is_no_longer_needed_is_told() -> None:
    world = World().raised().agreed("2026-11-30T10:00", "2026-12-02")
    world.do("officer", "2026-11-30T11:00", ReleaseAction("ESC-1", "A1", "Came by post"))
    world.do("trust", "2026-11-30T12:00", ReleaseAction("ESC-1", "A1", "Came by post"))
    once, released = replayed(world)[-2:]
    assert changed(once) == ["A1, no longer needed: so say SCSP"]
    assert changed(released) == [
        "A1: agreed → released",
        "A1, no longer needed: so say SCSP → so say SCSP and Acute Trust",
    ]


def test_a_decision_and_the_end_are_told() -> None:
    world = World().raised().at("2026-12-11T07:00")
    world.do("chair", "2026-12-11T10:00", Decide("ESC-1", "Close it", "Enough was done"))
    world.do("chair", "2026-12-11T11:00", Resolve("ESC-1", "Closed by the Chair"))
    decided, resolved = replayed(world)[-2:]
    assert changed(decided) == ["The decision: is made"]
    assert changed(resolved) == [
        "State: Stage 3 → resolved",
        "Outcome: Closed by the Chair",
        "Limit: Mon 14 Dec 2026, running → no longer",
    ]


def test_an_escalation_no_longer_at_risk_is_told() -> None:
    world = brought_to("withdrawn", world=World().raised(), at="2026-11-30T10:00")
    assert changed(replayed(world)[-1]) == ["No longer at risk: the clock leaves the case alone"]


def test_a_follow_on_limit_and_a_provisional_day_are_told() -> None:
    world = World().raised().agreed("2026-12-04T10:00", "2026-12-18")
    held = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED)
    world.do("sub", "2026-12-07T15:00", held)
    moved = replayed(world.at("2026-12-20T07:00"))[-1]
    assert "Follow-on limit: Wed 23 Dec 2026" in changed(moved)
    far = World()
    report = ReportIncident("INC-1", day("2029-03-01"), day("2029-03-01"))
    far.do("officer", "2029-03-05T10:00", report)
    [_, started] = replayed(far, "incident:INC-1")
    assert "T1 Notification, last day: Thu 8 Mar 2029, provisional" in changed(started)


def test_an_incident_s_steps_change_its_state_and_its_timescales() -> None:
    found = replayed(brought_to("notified"), "incident:INC-1")
    assert changed(found[0])[:2] == ["State: reported", "T1 Notification: not started"]
    assert changed(found[1]) == [
        "T1 Notification: not started → running",
        "T1 Notification, last day: Tue 1 Dec 2026",
    ]
    assert changed(found[2]) == ["State: reported → notified"]
    assert found[3].told == "T2 Rapid review starts to run."
    met = replayed(brought_to("outcome_sent"), "incident:INC-1")[-1]
    assert changed(met) == [
        "T2 Rapid review: running → met",
        "T2 Rapid review, met on: Fri 27 Nov 2026",
    ]
