"""What a person may do now: never refused on screen what deciding takes, never without a reason."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.transaction import Transaction, escalation_stream, incident_stream
from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import ACTS, Act, Command, MeetingOutcome
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.people import Means, Side
from cspr_workflow.domain.possible import possible, why_not
from tests.campaigns.playing import Playing
from tests.campaigns.sequences import Run, maker, policy_of
from tests.process.ladder_days import meeting
from tests.process.steps import NOTIFY_DFE, NOTIFY_OFSTED, NOTIFY_PANEL, brought_to
from tests.second_implementation.random_cases import random_case
from tests.support import PEOPLE, World, day

MON, IN_1, IN_2, IN_3 = (
    "2026-11-30T10:00", "2026-12-01T09:00", "2026-12-04T09:00", "2026-12-10T09:00",
)  # fmt: skip
OF_ESCALATIONS = [
    kind.name
    for kind in ACTS.values()
    if issubclass(kind, acts.EscalationAct) and kind is not acts.RaiseEscalation
]
OF_INCIDENTS = [
    kind.name
    for kind in ACTS.values()
    if issubclass(kind, acts.IncidentAct) and kind is not acts.ReportIncident
]


def why(world: World, by: str, kind: type[Act], **asked: object) -> str | None:
    """Why somebody cannot do an act on ESC-1."""
    return why_not(kind, PEOPLE[by], world.escalation(), world.policy, **asked)


def may(world: World, by: str) -> set[str]:
    """The acts on ESC-1 that somebody can do."""
    found = possible(PEOPLE[by], world.escalation(), world.policy)
    return {one.kind.name for one in found if one.why_not is None}


# --- Whatever happened before --------------------------------------------------------------------

FORM_FREE = {Code.NOT_PERMITTED, Code.CONFLICT_OF_INTEREST, Code.ALREADY_ENDED}
"""Refusals that depend on nothing that a form says: each has to be foreseen."""


def reasons(workflow: Workflow, command: Command, now: datetime) -> Iterator[str | None]:
    """What is said against an act just before it, when time has passed: of its kind, of its action."""
    act, by = command.act, command.by
    case = None
    if isinstance(act, acts.EscalationAct) and not isinstance(act, acts.RaiseEscalation):
        case = Transaction(workflow, now).case(escalation_stream(act.escalation))
    elif not isinstance(act, acts.ReportIncident) and hasattr(act, "incident"):
        case = Transaction(workflow, now).case(incident_stream(act.incident))
    policy = workflow.policy(case.policy if case else None)
    yield why_not(type(act), by.person, case, policy, on_behalf=by.means)
    if isinstance(act, acts.ActionAct) and not isinstance(act, acts.RecordAction):
        action = act.action
        yield why_not(type(act), by.person, case, policy, on_behalf=by.means, action=action)


def compare(workflow: Workflow, command: Command, now: datetime, seen: Counter[str]) -> None:
    """What is said before an act is borne out when it is decided."""
    against = [one for one in reasons(workflow, command, now) if one is not None]
    assert all(one.endswith(".") and one[0] == one[0].upper() for one in against), against
    try:
        workflow.preview(command, now)
    except Refusal as refusal:
        seen[f"{refusal.code} foreseen" if against else refusal.code] += 1
        if refusal.code in FORM_FREE or (
            isinstance(command.act, acts.Resolve) and refusal.code is Code.OUTSTANDING_ACTIONS
        ):
            assert against, f"{command}: {refusal.message}"
    else:
        seen["taken"] += 1
        assert not against, f"{command}: taken in spite of {against}"


def test_of_arbitrary_acts_none_is_taken_that_was_said_to_be_impossible() -> None:
    seen: Counter[str] = Counter()
    for seed in range(400):
        making, run = maker(policy_of(seed)), Run(policy_of(seed))
        for step in making.sequence(seed):
            run.step(step)
            making._now = step.at
            for _ in range(8):
                compare(run.workflow, making._command(), step.at, seen)
    assert seen["taken"] > 1000
    foreseen = {code for code in Code if seen[f"{code} foreseen"]}
    assert {*FORM_FREE, Code.WRONG_STATE, Code.NOT_FOUND, Code.NEEDS_DECISION} <= foreseen


def test_of_the_acts_of_random_cases_none_is_taken_that_was_said_to_be_impossible() -> None:
    seen: Counter[str] = Counter()
    for seed in range(40):
        playing = Playing(random_case(seed))
        for planned in playing.file.acts:
            if planned.command is None:
                playing.workflow.tick(planned.at)
                continue
            compare(playing.workflow, planned.command, planned.at, seen)
            try:
                playing.workflow.do(planned.command, planned.at)
            except Refusal:
                continue
    assert seen["taken"] > 500
    assert seen["outstanding_actions foreseen"], seen


# --- An escalation -------------------------------------------------------------------------------


def test_every_act_on_an_escalation_is_named_in_order() -> None:
    found = possible(PEOPLE["officer"], World().raised().escalation(), World().policy)
    assert [one.kind.name for one in found] == OF_ESCALATIONS


@pytest.mark.parametrize("by", ["audit", "admin", "police"])
def test_who_takes_no_part_in_a_case_can_do_nothing_and_is_told_why(by: str) -> None:
    world = World().raised()
    assert may(world, by) == set()
    told = {
        "audit": "An auditor reads everything and records nothing.",
        "admin": "An administrator keeps the register of people and takes no part in any case.",
        "police": "This escalation concerns Acute Trust, not Police.",
    }
    assert why(world, by, acts.GiveReason) == told[by]


@pytest.mark.parametrize(
    ("by", "at", "expected"),
    [
        ("officer", MON, {"record_discussion", "inform", "record_action", "resolve"}),
        ("trust", MON, {"record_discussion", "give_reason", "record_action"}),
        ("sub", IN_2, {"record_discussion", "record_action", "escalate", "hold_meeting", "resolve"}),
        ("chair", IN_3, {"record_discussion", "record_action", "hold_meeting", "consult", "decide"}),
        ("deputy", IN_3, {"record_discussion", "record_action", "consult"}),
    ],
)  # fmt: skip
def test_what_can_be_done_follows_role_and_stage(by: str, at: str, expected: set[str]) -> None:
    assert may(World().raised().at(at), by) == expected


@pytest.mark.parametrize(
    ("by", "at", "kind", "told"),
    [
        ("trust", MON, acts.Inform, "Only CSPR Officer or Business Manager can."),
        ("chair", MON, acts.Decide, "ESC-1 is in Initial discussion: decide is not possible there."),
        ("officer", IN_2, acts.HoldMeeting, "In this stage only SLPR subgroup chair can."),
        ("chair", IN_2, acts.HoldMeeting, "ESC-1 is in Stage 2: a SCSP Chair holds no meeting there."),
        ("officer", IN_2, acts.Resolve, "In this stage only SLPR subgroup chair or Business Manager can."),
        ("chair", IN_3, acts.Resolve, "ESC-1 is in Stage 3: the SCSP Chair has to decide before it is closed."),
        ("deputy", IN_3, acts.Decide, "You are employed by Acute Trust, the agency in question: another holder of this role has to do it."),
        ("officer", MON, acts.AcknowledgeAction, "There is no action in ESC-1 yet."),
    ],
)  # fmt: skip
def test_the_reason_is_a_sentence(by: str, at: str, kind: type[Act], told: str) -> None:
    assert why(World().raised().at(at), by, kind) == told


def test_what_the_unit_can_record_on_behalf_of_the_agency_is_said_beside_its_own() -> None:
    world = World().raised()
    officer = possible(PEOPLE["officer"], world.escalation(), world.policy)
    assert {one.kind.name for one in officer if one.may_on_behalf} == {
        "record_discussion",
        "give_reason",
    }
    reason = next(one for one in officer if one.kind is acts.GiveReason)
    assert reason.why_not == (
        "Only the agency in question can; CSPR Officer or Business Manager or SLPR subgroup chair "
        "can record it on its behalf."
    )
    chair = possible(PEOPLE["chair"], world.escalation(), world.policy)
    assert not any(one.may_on_behalf for one in chair)
    assert why(world, "chair", acts.GiveReason, on_behalf=Means.EMAIL) == (
        "On behalf of the agency only CSPR Officer or Business Manager or SLPR subgroup chair can."
    )


def test_in_stage_3_a_meeting_of_stage_2_can_be_written_up_late_once() -> None:
    world = World().raised().at(IN_3)
    assert why(world, "sub", acts.HoldMeeting) is None
    late = meeting(MeetingOutcome.NOT_RESOLVED)
    world.do("sub", IN_3, late, occurred="2026-12-09T10:00")
    assert why(world, "sub", acts.HoldMeeting) == "A meeting of Stage 2 is recorded already."
    assert why(world, "chair", acts.HoldMeeting) is None


def test_closing_waits_for_what_is_in_force_until_nothing_is_at_risk_any_longer() -> None:
    world = World().raised().agreed(MON, "2026-12-10")
    undone = "In force and neither done nor released: A1; complete or release each, then close."
    assert why(world, "officer", acts.Resolve) == undone
    world.do("manager", MON, acts.WithdrawIncident("INC-1", "The criteria are not met"))
    assert why(world, "officer", acts.Resolve) is None
    assert why(world.at(IN_2), "manager", acts.Resolve) is None


def test_once_closed_only_what_was_done_can_be_confirmed() -> None:
    world = World().raised().agreed(MON, "2026-12-10")
    world.do("trust", MON, acts.CompleteAction("ESC-1", "A1", "Sent"))
    world.do("manager", MON, acts.Resolve("ESC-1", "Received"))
    ended = "ESC-1 is resolved: only an action that was done can still be confirmed."
    assert why(world, "manager", acts.WithdrawEscalation) == ended
    assert may(world, "officer") == {"confirm_action"}
    assert why(world, "trust", acts.ConfirmAction) == (
        "A1 is owned by the agency: only SCSP can confirm action."
    )
    world.do("officer", MON, acts.ConfirmAction("ESC-1", "A1"))
    assert may(world, "officer") == set()


def test_once_closed_without_an_action_nothing_can_be_confirmed() -> None:
    world = World().raised()
    world.do("manager", MON, acts.Resolve("ESC-1", "Received"))
    assert why(world, "officer", acts.ConfirmAction) == (
        "ESC-1 is resolved: only an action that was done can still be confirmed."
    )


# --- Its actions ---------------------------------------------------------------------------------


def two_actions() -> World:
    """A1 of the agency's is agreed, B2 of the officer's own is recorded by one side alone."""
    world = World().raised().agreed(MON, "2026-12-10")
    record = acts.RecordAction("ESC-1", "B2", "Send the terms", Side.SCSP, day("2026-12-10"))
    world.do("officer", MON, record)
    return world


def test_of_one_action_only_what_is_about_an_action_is_named() -> None:
    world = two_actions()
    found = possible(PEOPLE["trust"], world.escalation(), world.policy, action="A1")
    assert [one.kind for one in found] == [
        kind
        for kind in ACTS.values()
        if issubclass(kind, acts.ActionAct) and kind is not acts.RecordAction
    ]
    assert {one.kind.name for one in found if one.why_not is None} == {
        "vary_action",
        "complete_action",
        "release_action",
    }


def test_an_act_is_possible_where_one_of_the_actions_allows_it() -> None:
    world = two_actions()
    assert why(world, "trust", acts.AcknowledgeAction) is None
    same = "Both records of A1 are the same already."
    assert why(world, "trust", acts.AcknowledgeAction, action="A1") == same
    assert why(world, "trust", acts.AcknowledgeAction, action="B2") is None
    assert why(world, "officer", acts.AcknowledgeAction, action="B2") == (
        "There is no record of B2 on the other side to acknowledge yet."
    )


def test_where_the_actions_forbid_it_for_different_reasons_none_of_them_is_singled_out() -> None:
    assert why(two_actions(), "officer", acts.AcknowledgeAction) == (
        "None of the actions of ESC-1 allows it now."
    )


def test_a_side_says_once_that_an_action_is_no_longer_needed() -> None:
    world = two_actions()
    world.do("officer", MON, acts.ReleaseAction("ESC-1", "A1", "Sent by others"))
    said = "Your side has said already that A1 is no longer needed."
    assert why(world, "officer", acts.ReleaseAction, action="A1") == said
    assert why(world, "trust", acts.ReleaseAction, action="A1") is None
    assert why(world, "officer", acts.ReleaseAction, action="B2") is None


def test_an_action_that_there_is_not_is_named() -> None:
    assert why(two_actions(), "trust", acts.VaryAction, action="C3") == (
        "There is no action C3 in ESC-1 yet."
    )


# --- An incident, and what is about no case ------------------------------------------------------


def why_of_incident(world: World, by: str, kind: type[Act], **changed: object) -> str | None:
    policy = replace(world.policy, **changed)
    return why_not(kind, PEOPLE[by], world.incident(), policy)


def test_every_act_on_an_incident_is_named_in_order_the_raising_too() -> None:
    found = possible(PEOPLE["manager"], brought_to("notified").incident(), World().policy)
    assert [one.kind.name for one in found] == [*OF_INCIDENTS, "raise_escalation"]
    assert {one.kind.name for one in found if one.why_not is None} == {
        "notify",
        "convene_rapid_review",
        "withdraw_incident",
        "raise_escalation",
    }
    assert not any(one.may_on_behalf for one in found)


def test_a_step_out_of_order_is_told_with_the_state_that_it_needs() -> None:
    world = brought_to("notified")
    assert why_of_incident(world, "officer", acts.DecideReview) == (
        "INC-1 is notified: decide review is possible only from outcome sent."
    )
    assert why_of_incident(brought_to("outcome_sent"), "officer", acts.DecideReview) is None


def test_each_body_is_notified_once() -> None:
    world = World().reported()
    for step in (NOTIFY_PANEL, NOTIFY_OFSTED):
        world.do("officer", "2026-11-27T10:00", step)
    assert why_of_incident(world, "officer", acts.Notify) is None
    world.do("officer", "2026-11-27T10:00", NOTIFY_DFE)
    told = "Every body has been notified of INC-1 already."
    assert why_of_incident(world, "officer", acts.Notify) == told


def test_under_a_policy_that_defers_nothing_nothing_can_be_deferred() -> None:
    world = brought_to("review_completed")
    assert why_of_incident(world, "officer", acts.DeferPublication) is None
    hard = tuple(replace(one, deferrable=False) for one in world.policy.timescales)
    told = "sandwell-2018/1 has no timescale that can be deferred."
    assert why_of_incident(world, "officer", acts.DeferPublication, timescales=hard) == told


def test_nothing_is_raised_on_an_incident_that_has_ended_or_whose_timescales_are_met() -> None:
    ended = brought_to("withdrawn")
    assert why_of_incident(ended, "officer", acts.RaiseEscalation) == "INC-1 has ended (withdrawn)."
    world = World().reported()
    for step in (NOTIFY_PANEL, NOTIFY_OFSTED, NOTIFY_DFE):
        world.do("officer", "2026-11-27T10:00", step)
    first = world.policy.timescales[:1]
    told = "Every timescale of INC-1 is met: none is at risk."
    assert why_of_incident(world, "officer", acts.RaiseEscalation, timescales=first) == told
    assert why_of_incident(world, "officer", acts.RaiseEscalation) is None


def test_without_a_case_the_acts_that_are_about_none_are_named() -> None:
    found = possible(PEOPLE["officer"], None, World().policy)
    assert [(one.kind.name, one.why_not) for one in found] == [
        ("report_incident", None),
        ("declare_closure", "Only Business Manager can."),
        ("withdraw_closure", "Only Business Manager can."),
    ]


def test_without_a_case_it_is_the_role_that_is_asked_about() -> None:
    policy = World().policy
    assert why_not(acts.RaiseEscalation, PEOPLE["officer"], None, policy) is None
    assert why_not(acts.GiveReason, PEOPLE["police"], None, policy) is None
    assert why_not(acts.AcknowledgeAction, PEOPLE["admin"], None, policy) is not None


@pytest.mark.parametrize(
    ("by", "kind", "told"),
    [
        ("manager", acts.AddPerson, None),
        ("admin", acts.RemovePerson, None),
        ("officer", acts.AddPerson, "Only Business Manager or administrator can."),
        ("admin", acts.Correct, "Only CSPR Officer or Business Manager can."),
    ],
)
def test_who_keeps_the_register_is_told_in_the_same_way(
    by: str, kind: type[Act], told: str | None
) -> None:
    assert why_not(kind, PEOPLE[by], None, World().policy) == told


def test_an_act_that_is_about_another_kind_of_case_is_a_mistake_of_the_program() -> None:
    world = World().raised()
    with pytest.raises(ValueError, match="notify is not about an escalation"):
        why(world, "officer", acts.Notify)
    with pytest.raises(ValueError, match="give_reason is not about an incident"):
        why_of_incident(world, "trust", acts.GiveReason)
