"""Keeping the register and the record: each act does what it says, refuses what it must, moves nothing else."""

from collections.abc import Sequence
from datetime import date

import pytest

from cspr_workflow.application.transaction import escalation_stream, incident_stream
from cspr_workflow.domain.acts import (
    AddPerson,
    ChangedHoliday,
    Correct,
    DeclareClosure,
    GiveReason,
    Inform,
    Informed,
    RemovePerson,
    UpdateBankHolidays,
    WithdrawEscalation,
)
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.entries import NO_CLAUSE, Entry
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.escalation_facts import LimitMoved
from cspr_workflow.domain.partnership import (
    BankHolidayAnnounced,
    BankHolidayCancelled,
    HorizonMoved,
    PersonJoined,
    PersonLeft,
)
from cspr_workflow.domain.people import SCSP, Person, Role
from tests.store.store_world import PARTNERSHIP, StoreWorld
from tests.support import PEOPLE, day

AT = "2026-11-30T10:00"
LATER = "2026-11-30T11:00"
FUNERAL = ChangedHoliday(day("2026-12-02"), "State funeral")  # a Wednesday, working day 2
CHRISTMAS = ChangedHoliday(day("2026-12-25"), "Christmas Day")
JOINER = AddPerson("second", Role.BUSINESS_MANAGER, SCSP)


def update(
    announced: Sequence[ChangedHoliday] = (),
    cancelled: Sequence[ChangedHoliday] = (),
    known_to: int = 2028,
) -> UpdateBankHolidays:
    return UpdateBankHolidays("holidays 0.120", known_to, tuple(announced), tuple(cancelled))


def cases(world: StoreWorld) -> list[Entry]:
    """Everything that is recorded of cases."""
    return [one.entry for one in world.everything() if one.stream != PARTNERSHIP]


def refused(world: StoreWorld, code: Code, by: str, act: object, at: str = AT) -> str:
    """The act is refused and not a byte is kept."""
    before = world.states()
    told = world.refused(code, by, at, act)
    assert world.states() == before
    return told


# --- People ----------------------------------------------------------------------------------------


def test_somebody_who_joins_takes_part_from_then_on(world):
    (joined,) = world.do("manager", AT, JOINER)
    assert joined.fact == PersonJoined("second", Role.BUSINESS_MANAGER, SCSP)
    assert (joined.author, joined.clause) == ("manager", NO_CLAUSE)
    world.close()
    world.open()
    second = Person("second", Role.BUSINESS_MANAGER, SCSP)
    assert world.workflow.partnership.people == {**PEOPLE, "second": second}
    world.people = world.workflow.partnership.people
    world.do("second", AT, AddPerson("third", Role.CSPR_OFFICER, SCSP))
    assert "third" in world.workflow.partnership.people


@pytest.mark.parametrize(
    ("code", "by", "act"),
    [
        (Code.NOT_PERMITTED, "officer", JOINER),
        (Code.NOT_PERMITTED, "chair", JOINER),
        (Code.NOT_PERMITTED, "audit", JOINER),
        (Code.DUPLICATE_REFERENCE, "manager", AddPerson("trust", Role.AUDITOR, SCSP)),
        (Code.INVALID, "manager", AddPerson("new", Role.SERVICE_LEAD, SCSP)),
    ],
    ids=["officer", "chair", "auditor", "id in use", "an agency's role at the partnership"],
)
def test_somebody_who_cannot_join_is_refused(world, code, by, act):
    refused(world, code, by, act)
    assert world.workflow.partnership.people == PEOPLE


def test_nobody_can_be_taken_for_the_clock(world):
    """What the clock records has ``clock`` for its author; no person can have the same."""
    refused(world, Code.INVALID, "manager", AddPerson("clock", Role.CSPR_OFFICER, SCSP))


def test_joining_touches_no_case_and_moves_no_day(world):
    world.raised()
    before, days = cases(world), world.shown()
    world.do("manager", AT, JOINER)
    world.tick(LATER)
    assert cases(world) == before
    assert world.shown() == days
    assert world.workflow.partnership.changes == ()


def test_somebody_who_leaves_no_longer_takes_part(world):
    (left,) = world.do("manager", AT, RemovePerson("trust"))
    assert left.fact == PersonLeft("trust")
    assert (left.author, left.clause) == ("manager", NO_CLAUSE)
    world.close()
    world.open()
    assert set(world.workflow.partnership.people) == {*PEOPLE} - {"trust"}


def test_what_somebody_recorded_stays_theirs(world):
    world.raised()
    world.do("trust", AT, GiveReason("ESC-1", "On leave"))
    before = world.history()
    world.do("manager", LATER, RemovePerson("trust"))
    assert world.history() == before
    assert world.history()[-1].by.person == PEOPLE["trust"]


def test_a_second_business_manager_can_let_the_first_go(world):
    world.do("manager", AT, JOINER)
    world.do("manager", LATER, RemovePerson("manager"))
    assert "manager" not in world.workflow.partnership.people


@pytest.mark.parametrize(
    ("code", "by", "act"),
    [
        (Code.NOT_PERMITTED, "officer", RemovePerson("trust")),
        (Code.NOT_PERMITTED, "trust", RemovePerson("trust")),
        (Code.NOT_FOUND, "manager", RemovePerson("nobody")),
        (Code.WRONG_STATE, "manager", RemovePerson("manager")),
    ],
    ids=["officer", "by themselves", "nobody", "the only Business Manager"],
)
def test_somebody_who_cannot_leave_is_refused(world, code, by, act):
    refused(world, code, by, act)
    assert world.workflow.partnership.people == PEOPLE


def test_the_last_of_two_business_managers_cannot_leave_either(world):
    world.do("manager", AT, JOINER)
    world.do("manager", AT, RemovePerson("manager"))
    world.people = {**PEOPLE, **world.workflow.partnership.people}
    refused(world, Code.WRONG_STATE, "second", RemovePerson("second"), LATER)


def test_somebody_who_left_cannot_leave_again(world):
    world.do("manager", AT, RemovePerson("trust"))
    refused(world, Code.NOT_FOUND, "manager", RemovePerson("trust"), LATER)


def test_leaving_touches_no_case_and_moves_no_day(world):
    world.raised()
    before, days = cases(world), world.shown()
    world.do("manager", AT, RemovePerson("police"))
    world.tick(LATER)
    assert cases(world) == before
    assert world.shown() == days


# --- Administrators --------------------------------------------------------------------------------


def test_an_administrator_keeps_the_register(world):
    (joined,) = world.do("admin", AT, JOINER)
    assert (joined.fact, joined.author) == (PersonJoined("second", JOINER.role, SCSP), "admin")
    (left,) = world.do("admin", LATER, RemovePerson("trust"))
    assert (left.fact, left.author) == (PersonLeft("trust"), "admin")


@pytest.mark.parametrize(
    "act",
    [update([FUNERAL]), DeclareClosure(day("2026-12-02"), "Training"), GiveReason("ESC-1", "x")],
    ids=lambda act: act.name,
)
def test_an_administrator_keeps_nothing_else(world, act):
    world.raised()
    refused(world, Code.NOT_PERMITTED, "admin", act)


def test_an_administrator_corrects_nothing(world):
    told(world)
    refused(world, Code.NOT_PERMITTED, "admin", Correct("ESC-1", event(world), "Right"), LATER)


def test_an_administrator_does_not_count_as_a_business_manager(world):
    """Without a Business Manager nobody could take over the bank holidays, or withdraw a case."""
    sentence = refused(world, Code.WRONG_STATE, "admin", RemovePerson("manager"))
    assert sentence == "person: manager is the only Business Manager; add another one first."
    world.do("admin", AT, JOINER)
    world.do("admin", AT, RemovePerson("manager"))
    assert "manager" not in world.workflow.partnership.people


def test_an_administrator_is_of_the_partnership_itself(world):
    of_an_agency = AddPerson("second", Role.ADMINISTRATOR, "Acute Trust")
    sentence = refused(world, Code.INVALID, "manager", of_an_agency)
    assert sentence == "agency: the role administrator is always of the agency scsp."
    world.do("manager", AT, AddPerson("second", Role.ADMINISTRATOR, SCSP))
    assert world.workflow.partnership.people["second"].role is Role.ADMINISTRATOR


# --- Bank holidays ---------------------------------------------------------------------------------


def test_announced_and_cancelled_bank_holidays_are_taken_over_with_one_command(world):
    entries = world.do("manager", AT, update([FUNERAL], [CHRISTMAS], 2030))
    assert [entry.fact for entry in entries] == [
        BankHolidayAnnounced(FUNERAL.day, FUNERAL.name),
        BankHolidayCancelled(CHRISTMAS.day, CHRISTMAS.name),
        HorizonMoved("holidays 0.120", 2030),
    ]
    assert {(entry.author, entry.clause) for entry in entries} == {("manager", NO_CLAUSE)}
    assert len({one.command for one in world.everything()[-3:]}) == 1
    world.close()
    world.open()
    calendar = world.workflow.partnership.changes[-1].calendar
    assert calendar.bank_holidays[FUNERAL.day] == "State funeral"
    assert CHRISTMAS.day not in calendar.bank_holidays
    assert (calendar.known_to, calendar.version) == (2030, 3)


def test_an_announced_bank_holiday_moves_the_open_limits_of_each_case(world):
    world.raised()
    world.do("manager", AT, update([FUNERAL]))
    moved = [entry for entry in world.clock(AT) if isinstance(entry.fact, LimitMoved)]
    assert [(entry.fact.limit, entry.fact.after.last_day) for entry in moved] == [
        ("stage_1", date(2026, 12, 4)),
        ("stage_2", date(2026, 12, 10)),
        ("stage_3", date(2026, 12, 15)),
    ]
    assert "State funeral" in moved[0].fact.cause


def test_the_preview_of_it_shows_what_would_move(world):
    world.raised()
    before = world.states()
    command = world.command("manager", AT, update([FUNERAL]))
    shown = world.workflow.preview(command, world.moment(AT))
    assert world.states() == before
    world.do("manager", AT, update([FUNERAL]))
    assert world.clock(AT) == list(shown[escalation_stream("ESC-1")])


@pytest.mark.parametrize(
    ("code", "by", "act"),
    [
        (Code.NOT_PERMITTED, "officer", update([FUNERAL])),
        (Code.NOT_PERMITTED, "trust", update([FUNERAL])),
        (Code.INVALID, "manager", update([ChangedHoliday(day("2026-12-05"), "A Saturday")])),
        (Code.INVALID, "manager", update([CHRISTMAS])),
        (Code.INVALID, "manager", update([FUNERAL, FUNERAL])),
        (Code.NOT_FOUND, "manager", update(cancelled=[FUNERAL])),
        (Code.INVALID, "manager", update(cancelled=[CHRISTMAS, CHRISTMAS])),
        (Code.NOT_FOUND, "manager", update([FUNERAL], [ChangedHoliday(day("2026-12-08"), "?")])),
        (Code.WRONG_STATE, "manager", update()),
        (Code.WRONG_STATE, "manager", update(known_to=2027)),
    ],
    ids=[
        "officer", "agency", "a Saturday", "one that there is", "the same twice", "none of that day",
        "cancelled twice", "one of two is wrong", "nothing new", "known for fewer years",
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_right_is_refused_whole(world, code, by, act):
    refused(world, code, by, act)
    assert world.workflow.partnership.changes == ()


def test_a_closure_day_can_become_a_bank_holiday(world):
    world.do("manager", AT, DeclareClosure(FUNERAL.day, "Mourning"))
    world.do("manager", LATER, update([FUNERAL]))
    assert world.workflow.partnership.changes[-1].calendar.version == 2


def test_a_bank_holiday_far_away_touches_no_case(world):
    world.raised()
    before, days = cases(world), world.shown()
    world.do("manager", AT, update([ChangedHoliday(day("2027-06-02"), "Far away")]))
    world.tick(LATER)
    assert cases(world) == before
    assert world.shown() == days


def test_an_ended_case_is_touched_by_no_change(world):
    world.raised()
    world.do("manager", AT, WithdrawEscalation("ESC-1", "Raised in error"))
    before = world.history()
    world.do("manager", AT, update([FUNERAL]))
    world.tick("2026-12-18T07:00")
    assert world.history() == before


# --- Corrections -----------------------------------------------------------------------------------


def told(world: StoreWorld) -> StoreWorld:
    """A case in which the agency's reason is going to be corrected."""
    world.raised()
    world.do("trust", AT, GiveReason("ESC-1", "On leave"))
    return world


def event(world: StoreWorld, stream: str = "escalation:ESC-1", version: int = -1) -> str:
    return str(world.record.read(stream)[version].id)


@pytest.mark.parametrize("by", ["officer", "manager"])
def test_a_correction_stands_beside_the_entry_that_it_corrects(world, by):
    told(world)
    corrected, before = event(world), world.states()
    (correction,) = world.do(by, LATER, Correct("ESC-1", corrected, "It was sick leave"))
    assert isinstance(correction.fact, Corrected)
    assert correction.fact.event == corrected
    assert world.record.opened(correction.fact.says) == "It was sick leave"
    assert (correction.author, correction.clause) == (by, NO_CLAUSE)
    assert world.states()[:-1] == before, "the entry itself stays as it is"
    assert world.everything()[-1].stream == escalation_stream("ESC-1")


def test_an_incidents_and_the_partnerships_own_entries_can_be_corrected(world):
    told(world)
    for reference, stream in (("INC-1", incident_stream("INC-1")), (PARTNERSHIP, PARTNERSHIP)):
        world.do("manager", LATER, Correct(reference, event(world, stream, 0), "What is right"))
        assert world.everything()[-1].stream == stream
        assert isinstance(world.everything()[-1].entry.fact, Corrected)
    world.close()
    world.open().tick("2026-12-04T07:00")
    assert world.escalation().stage == "stage_2"


def test_a_correction_can_be_corrected(world):
    told(world)
    world.do("officer", LATER, Correct("ESC-1", event(world), "It was sick leave"))
    world.do("officer", LATER, Correct("ESC-1", event(world), "It was maternity leave"))
    facts = [entry.fact for entry in world.history()[-2:]]
    assert facts[1].event == str(world.record.read("escalation:ESC-1")[-2].id)
    assert [world.record.opened(fact.says) for fact in facts] == [
        "It was sick leave",
        "It was maternity leave",
    ]


def test_an_ended_case_can_be_corrected(world):
    told(world)
    corrected = event(world)
    world.do("manager", LATER, WithdrawEscalation("ESC-1", "Raised in error"))
    world.do("officer", LATER, Correct("ESC-1", corrected, "It was sick leave"))
    assert world.escalation().ending is not None
    assert isinstance(world.history()[-1].fact, Corrected)


@pytest.mark.parametrize(
    ("code", "by", "reference", "stream"),
    [
        (Code.NOT_PERMITTED, "trust", "ESC-1", "escalation:ESC-1"),
        (Code.NOT_PERMITTED, "chair", "ESC-1", "escalation:ESC-1"),
        (Code.NOT_PERMITTED, "audit", "ESC-1", "escalation:ESC-1"),
        (Code.NOT_FOUND, "officer", "ESC-1", "incident:INC-1"),
        (Code.NOT_FOUND, "officer", "ESC-2", "escalation:ESC-1"),
        (Code.NOT_FOUND, "officer", "ESC-1", PARTNERSHIP),
        (Code.NOT_FOUND, "officer", PARTNERSHIP, "escalation:ESC-1"),
    ],
)
def test_a_correction_that_cannot_be_right_is_refused(world, code, by, reference, stream):
    told(world)
    refused(world, code, by, Correct(reference, event(world, stream), "What is right"), LATER)


def test_an_entry_that_is_nowhere_cannot_be_corrected(world):
    told(world)
    for id in ("", "nothing", event(world)[:-1], event(world).upper()[:8]):
        sentence = refused(world, Code.NOT_FOUND, "officer", Correct("ESC-1", id, "Right"), LATER)
        assert "ESC-1" in sentence


def test_a_correction_changes_no_state_and_no_day(world):
    told(world)
    before = (world.shown(), world.escalation(), world.timescales())
    limits = world.escalation().limits
    world.do("officer", LATER, Correct("ESC-1", event(world), "It was sick leave"))
    assert (world.shown(), world.escalation(), world.timescales()) == before
    assert world.clock(LATER) == []
    world.do("officer", LATER, Inform("ESC-1", Informed.BUSINESS_MANAGER))
    world.tick("2026-12-04T07:00")
    assert world.escalation().limits == limits
    assert [stage for stage, *_ in world.stages()] == ["initial_discussion", "stage_1", "stage_2"]


def test_a_correction_keeps_the_time_that_passed_before_it(world):
    told(world)
    entries = world.do("officer", "2026-12-04T09:00", Correct("ESC-1", event(world), "Right"))
    assert [entry.fact.type for entry in entries] == [
        "escalation.stage-entered.v1",
        "escalation.stage-entered.v1",
        "record.corrected.v1",
    ]


def test_nobody_knows_the_bank_holidays_of_a_far_century(world):
    told = refused(world, Code.INVALID, "manager", update(known_to=2127))
    assert "the furthest year is 2126" in told
    world.do("manager", AT, update(known_to=2126))
