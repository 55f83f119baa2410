"""What lies between an act and the record: previews, waking open cases, a record that is not empty."""

from datetime import date

from cspr_workflow.application.handle import PARTNERSHIP, Workflow, escalation_stream
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Command,
    CompleteAction,
    ConveneRapidReview,
    DecideReview,
    DeclareClosure,
    DeferPublication,
    DisputeCompletion,
    Escalate,
    HoldMeeting,
    MeetingOutcome,
    Notify,
    RecordAction,
    SendOutcome,
)
from cspr_workflow.domain.acts import Body as NotifiedBody
from cspr_workflow.domain.escalation_facts import LimitMoved, StageEntered
from cspr_workflow.domain.partnership import (
    BankHolidayAnnounced,
    BankHolidayCancelled,
    ClosureDeclared,
)
from cspr_workflow.domain.people import Actor, Side
from projections.due_items import MemoryIndex
from tests.support import PEOPLE, World, changed_policy, day, raising


def closing(world: World, written: str, at: str) -> tuple[Command, str]:
    act = DeclareClosure(day(written), "Training day")
    return Command(act, Actor(PEOPLE["manager"]), world.moment(at)), at


# --- A preview shows what would move before anyone confirms ----------------------------------


def test_the_preview_of_a_closure_shows_each_limit_that_it_would_move_and_stores_nothing():
    world = World().raised()  # D(1) Tue 1 Dec, D(3) Thu 3, D(7) Wed 9, D(10) Mon 14
    before = world.everything()
    command, at = closing(world, "2026-12-02", "2026-11-30T10:00")
    preview = world.workflow.preview(command, world.moment(at))
    assert [entry.fact for entry in preview[PARTNERSHIP]] == [
        ClosureDeclared(date(2026, 12, 2), "Training day")
    ]
    moved = [entry.fact for entry in preview[escalation_stream("ESC-1")]]
    assert [(fact.limit, fact.before, fact.after.last_day) for fact in moved] == [
        ("stage_1", date(2026, 12, 3), date(2026, 12, 4)),
        ("stage_2", date(2026, 12, 9), date(2026, 12, 10)),
        ("stage_3", date(2026, 12, 14), date(2026, 12, 15)),
    ]
    assert world.everything() == before


def test_the_preview_is_what_the_closure_then_brings_about():
    world = World().raised()
    command, at = closing(world, "2026-12-02", "2026-11-30T10:00")
    previewed = world.workflow.preview(command, world.moment(at))[escalation_stream("ESC-1")]
    world.do("manager", at, command.act)
    assert world.clock(at) == list(previewed)


def test_a_preview_shows_nothing_for_cases_that_would_not_change():
    world = World().raised()
    command, at = closing(world, "2027-06-02", "2026-11-30T10:00")
    assert set(world.workflow.preview(command, world.moment(at))) == {PARTNERSHIP}


# --- A change of the calendar wakes every open case ------------------------------------------


def test_a_bank_holiday_cancelled_is_seen_by_the_next_tick():
    world = World().raised()
    world.adopt("2026-11-30T10:00", BankHolidayAnnounced(day("2026-12-02"), "State funeral"))
    world.tick("2026-11-30T10:00")
    assert world.shown()["last_days"]["stage_1"] == "2026-12-04"
    world.adopt("2026-12-01T14:00", BankHolidayCancelled(day("2026-12-02"), "State funeral"))
    moves = [e for e in world.clock("2026-12-04T00:00") if isinstance(e.fact, StageEntered)]
    assert moves[-1].fact.stage == "stage_2"
    assert moves[-1].occurred == world.moment("2026-12-04T00:00")


def test_a_limit_that_a_change_moves_into_the_past_falls_due_with_the_change():
    world = World()
    world.adopt("2026-11-26T09:00", BankHolidayAnnounced(day("2026-12-01"), "State funeral"))
    world.raised()  # working day 3 is Friday 4 December
    world.at("2026-12-02T07:00")
    world.adopt("2026-12-04T10:00", BankHolidayCancelled(day("2026-12-01"), "State funeral"))
    entries = world.clock("2026-12-04T10:00")
    assert isinstance(entries[0].fact, LimitMoved)
    assert entries[0].fact.after.last_day == date(2026, 12, 3)
    stage_2 = entries[-1]
    assert (stage_2.fact.stage, stage_2.occurred) == ("stage_2", world.moment("2026-12-04T10:00"))


def test_what_people_named_never_moves_even_where_the_timescale_counts_working_days():
    policy = changed_policy(
        {
            'unit = "months"\nstarts = "commissioned"\nmet_by = ["published"]': (
                'unit = "working_days"\nstarts = "commissioned"\nmet_by = ["published"]'
            )
        }
    )
    world = World(policy).reported()
    at = "2026-11-27T10:00"
    for body in NotifiedBody:
        world.do("officer", at, Notify("INC-1", body))
    world.do("officer", at, ConveneRapidReview("INC-1"))
    world.do("officer", at, SendOutcome("INC-1"))
    world.do("officer", at, DecideReview("INC-1", True, "Subgroup", "Learning"))
    world.do("officer", at, DeferPublication("INC-1", "Trial", "Trial", day("2027-03-01")))
    world.adopt(at, BankHolidayAnnounced(day("2026-12-02"), "State funeral"))
    world.tick(at)
    assert world.timescales()["publication"] == {"state": "running", "last_day": "2027-03-01"}


# --- Ladders that count from a stage's own start ---------------------------------------------


def test_after_a_return_an_unrelated_closure_moves_nothing():
    """Four stages: unsettled on 30 December, returned from stage 4; 2 June 2027 is far away."""
    world = World("four-stages").reported()
    world.do("officer", "2026-11-30T09:30", raising())
    action = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2027-02-26"))
    world.do("officer", "2026-11-30T10:00", action)
    world.do("trust", "2026-11-30T10:00", AcknowledgeAction("ESC-1", "A1"))
    world.do("trust", "2026-12-16T10:00", CompleteAction("ESC-1", "A1", "Sent"))
    world.do("officer", "2026-12-30T10:00", DisputeCompletion("ESC-1", "A1", "Empty"))
    assert world.escalation().stage == "stage_4"
    meeting = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED)
    world.do("sub", "2026-12-30T11:00", meeting, occurred="2026-12-18T10:00")
    assert world.escalation().stage == "stage_3"
    world.do("manager", "2026-12-30T12:00", DeclareClosure(day("2027-06-02"), "Far away"))
    assert world.clock("2026-12-30T12:00") == []


def test_an_early_entry_is_the_anchor_even_where_the_last_day_stays_the_same():
    """Raised on Friday, escalated the same day: five working days from Friday, not from Sunday."""
    world = World("four-stages").reported()
    world.do("officer", "2026-11-27T09:30", raising())
    world.do("manager", "2026-11-27T12:00", Escalate("ESC-1", "No time to lose"))
    how = world.escalation().limits["stage_1"].derivation
    assert how.anchor_day == date(2026, 11, 27)
    assert [skipped.day for skipped in how.skipped] == [date(2026, 11, 28), date(2026, 11, 29)]


# --- A record that is not empty --------------------------------------------------------------


def test_a_workflow_over_an_existing_record_knows_its_cases_and_lets_time_pass_in_them():
    world = World().raised()
    later = Workflow(
        world.record,
        MemoryIndex.over(world.record, world.workflow._policies),
        world.workflow._policies,
    )
    assert [case.reference for case in later.escalations()] == ["ESC-1"]
    assert [case.reference for case in later.incidents()] == ["INC-1"]
    moved = later.tick(world.moment("2026-12-04T07:00"))
    assert [r.entry.fact.stage for r in moved if isinstance(r.entry.fact, StageEntered)] == [
        "stage_1",
        "stage_2",
    ]
    assert world.escalation().stage == "stage_2"
