"""Section 6: every entry says who, for whom, when, under which clause, policy and calendar."""

import pytest

from cspr_workflow.domain import acts
from cspr_workflow.domain.actions import ActionNotMaintained
from cspr_workflow.domain.acts import MeetingOutcome
from cspr_workflow.domain.calendar import Deadline, Unit
from cspr_workflow.domain.escalation_facts import LimitMoved, LimitPassed, StageEntered
from cspr_workflow.domain.incident import TimescaleMoved, TimescalePassed
from cspr_workflow.domain.partnership import (
    BankHolidayAnnounced,
    CalendarAdopted,
    PersonJoined,
    PolicyAdopted,
)
from cspr_workflow.domain.people import Actor, Means, Role, Side
from tests.process import steps
from tests.process.ladder_days import meeting
from tests.support import PEOPLE, TRUST, World, day, raising

A1 = ("ESC-1", "A1")


def played() -> World:
    """A case from the report to stage 3, a closure and a bank holiday between, every act in it."""
    world = steps.brought_to("rapid_review")
    world.do("officer", "2026-11-30T09:30", raising(timescale="review"))
    world.do(
        "trust", "2026-11-30T10:00", acts.RecordAction(*A1, "x", Side.AGENCY, day("2026-12-02"))
    )
    world.do("officer", "2026-11-30T10:01", acts.AcknowledgeAction(*A1))
    world.do("officer", "2026-11-30T10:02", acts.GiveReason("ESC-1", "x"), means=Means.LETTER)
    world.do("manager", "2026-12-04T10:00", acts.DeclareClosure(day("2026-12-07"), "Removal"))
    world.adopt("2026-12-04T11:00", BankHolidayAnnounced(day("2026-12-08"), "Jubilee"))
    world.do("sub", "2026-12-04T12:00", acts.Escalate("ESC-1", "x"), occurred="2026-12-04T09:00")
    world.do("officer", "2026-12-21T10:00", steps.SEND)
    world.tick("2026-12-31T07:00")
    return world


def test_the_partnership_begins_with_its_policy_its_calendar_and_its_people():
    world = World()
    policy, calendar, *people = [e.fact for e in world.partnership_history()]
    assert policy == PolicyAdopted(
        "sandwell-2018/1", world.policy_file.sha256, world.policy_file.text
    )
    assert isinstance(calendar, CalendarAdopted)
    assert (calendar.region, calendar.known_to) == ("GB-ENG", 2028)
    assert people == [PersonJoined(p.id, p.role, p.agency) for p in PEOPLE.values()]
    assert world.workflow.partnership.people == PEOPLE
    assert world.workflow.partnership.agencies == {"scsp", TRUST, "Police"}


def test_every_entry_names_a_clause_of_the_policy_the_policy_and_the_calendar():
    world = played()
    for recorded in world.everything():
        entry = recorded.entry
        assert entry.clause in world.policy.clauses
        assert entry.policy == "sandwell-2018/1"
        assert entry.calendar in (0, 1, 2)
        assert entry.occurred <= entry.recorded


def test_every_entry_is_kept_in_the_record_as_it_was():
    world = World().raised()
    entries = world.do(
        "officer", "2026-12-04T10:00", acts.GiveReason("ESC-1", "x"), means=Means.CALL
    )
    assert world.history()[1:] == entries
    assert entries[-1].by == Actor(PEOPLE["officer"], Means.CALL)
    assert [e.author for e in entries] == ["clock", "clock", "officer"]
    assert [e.side for e in entries] == [None, None, Side.AGENCY]


def test_what_one_act_brings_about_is_one_transaction():
    world = World().raised()
    world.do("sub", "2026-12-04T10:00", meeting(MeetingOutcome.NOT_RESOLVED))
    assert len({r.command for r in world.everything()[-4:]}) == 1
    world.tick("2026-12-31T07:00")
    assert len({r.command for r in world.everything()[-5:]}) == 2 + 1  # two cases, two commands


def test_an_act_says_when_it_happened_and_when_it_was_recorded():
    world = World().raised()
    act = acts.Inform("ESC-1", acts.Informed.BUSINESS_MANAGER)
    (entry,) = world.do("manager", "2026-11-30T11:00", act, occurred="2026-11-30T10:00")
    assert entry.occurred == world.moment("2026-11-30T10:00")
    assert entry.recorded == world.moment("2026-11-30T11:00")
    assert entry.by.person.role is Role.BUSINESS_MANAGER
    assert entry.by.person.agency == "scsp"


def derivation_of(fact) -> Deadline | None:
    """The date behind a move of the clock, with its derivation; an agreed day has none."""
    if isinstance(fact, StageEntered | LimitPassed | TimescalePassed):
        return fact.due
    return fact.after if isinstance(fact, LimitMoved | TimescaleMoved) else None


def test_every_move_of_the_clock_carries_the_derivation_of_its_date():
    world = played()
    clock = [
        recorded.entry
        for recorded in world.everything()
        if recorded.entry.by is None and recorded.stream != "partnership"
    ]
    assert {type(e.fact) for e in clock} == {
        StageEntered, LimitPassed, LimitMoved, ActionNotMaintained, TimescalePassed, TimescaleMoved,
    }  # fmt: skip
    for entry in clock:
        deadline = derivation_of(entry.fact)
        if isinstance(entry.fact, ActionNotMaintained):
            assert entry.fact.due == day("2026-12-02")
            continue
        assert deadline is not None
        derivation = deadline.derivation
        assert derivation.policy == "sandwell-2018/1"
        assert derivation.clause == entry.clause
        assert derivation.unit is Unit.WORKING_DAYS
        assert derivation.anchor in ("raising", "incident", "national_panel")
        between = deadline.last_day.toordinal() - derivation.anchor_day.toordinal()
        assert between == derivation.length + len(derivation.skipped) - (derivation.length == 1)


def test_the_days_skipped_are_named_with_why():
    world = played()
    (passed,) = [e.fact for e in world.history() if isinstance(e.fact, LimitPassed)]
    assert [f"{s.day} {s.why}" for s in passed.due.derivation.skipped] == [
        "2026-12-05 Saturday",
        "2026-12-06 Sunday",
        "2026-12-07 Removal",
        "2026-12-08 Jubilee",
        "2026-12-12 Saturday",
        "2026-12-13 Sunday",
    ]
    assert passed.due.last_day == day("2026-12-16")  # Wednesday, not Monday 14
    assert passed.due.derivation.calendar == 2
    timescales = [
        f"{s.day} {s.why}"
        for e in world.history("incident:INC-1")
        if isinstance(e.fact, TimescaleMoved)
        for s in e.fact.after.derivation.skipped
        if s.why not in ("Saturday", "Sunday")
    ]
    assert timescales == ["2026-12-08 Jubilee"]  # closures never stretch a national time


def test_a_date_beyond_the_years_officially_known_is_marked_provisional():
    world = World()
    report = acts.ReportIncident("INC-1", day("2028-12-27"), day("2028-12-27"))
    world.do("officer", "2028-12-27T10:00", report)
    world.do("officer", "2028-12-27T11:00", raising())
    provisional = [limit.derivation.provisional for limit in world.escalation().limits.values()]
    assert provisional == [False, True, True, True]  # day 3 is Tuesday 2 January 2029
    assert world.incident().timescale("notification").deadline.derivation.provisional


@pytest.mark.parametrize("stream", ["incident:INC-1", "escalation:ESC-1", "partnership"])
def test_nothing_is_edited_or_removed(stream):
    world = World().raised()
    before = world.history(stream)
    world.do("manager", "2026-12-04T10:00", acts.WithdrawEscalation("ESC-1", "Raised in error"))
    world.do("manager", "2026-12-04T10:00", acts.DeclareClosure(day("2026-12-08"), "x"))
    world.do("manager", "2026-12-04T11:00", steps.WITHDRAW)
    assert world.history(stream)[: len(before)] == before
    assert len(world.history(stream)) > len(before)
