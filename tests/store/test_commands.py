"""A command is recorded once, whoever asks how often; what is recorded never runs backwards."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.acts import Command, DeclareClosure, GiveReason, Inform, Informed
from cspr_workflow.domain.entries import NO_CLAUSE
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation_facts import PartyInformed, StageEntered
from cspr_workflow.domain.partnership import ClockSteppedBack
from cspr_workflow.domain.people import Actor
from tests.store.store_world import PARTNERSHIP, StoreWorld
from tests.support import PEOPLE, day, raising

ID, ANOTHER = UUID(int=1), UUID(int=2)
AT, LATER = "2026-11-30T10:00", "2026-11-30T10:05"
INFORM = Inform("ESC-1", Informed.BUSINESS_MANAGER)


def positions(recorded) -> list[int]:
    return [one.position for one in recorded]


# --- The same command again ------------------------------------------------------------------------


def test_the_same_command_again_gives_the_same_answer_and_records_nothing(world):
    world.raised()
    first = world.submit("trust", AT, GiveReason("ESC-1", "On leave"), ID)
    before = world.told()
    again = world.submit("trust", LATER, GiveReason("ESC-1", "On leave"), ID)
    assert list(again) == list(first)
    assert world.told() == before


def test_it_does_so_for_a_program_that_was_started_anew(world):
    world.raised()
    first = world.submit("trust", AT, GiveReason("ESC-1", "On leave"), ID)
    world.close()
    world.open()
    again = world.submit("trust", LATER, GiveReason("ESC-1", "On leave"), ID)
    assert [world.opened(one) for one in again] == [world.opened(one) for one in first]


def test_the_answer_holds_everything_that_came_of_the_command_and_nothing_else(world):
    """Raising an escalation after an outage: two streams, and what fell due, in one answer."""
    world.reported()
    first = world.submit("officer", "2026-12-11T10:00", raising(), ID)
    assert {one.stream for one in first} == {"incident:INC-1", "escalation:ESC-1"}
    assert len(first) > 2
    world.submit("trust", "2026-12-11T10:00", GiveReason("ESC-1", "On leave"), ANOTHER)
    again = world.submit("officer", "2026-12-11T11:00", raising(), ID)
    assert positions(again) == positions(first)
    assert {one.command for one in again} == {str(ID)}


def test_an_answer_that_was_lost_is_given_when_the_command_is_sent_again(world):
    """It was recorded, and then the program that had asked heard nothing of it."""
    world.raised()
    world.program.hooked.after.append(lambda: (_ for _ in ()).throw(ConnectionError("lost")))
    with pytest.raises(ConnectionError):
        world.submit("officer", AT, INFORM, ID)
    before = world.told()
    again = world.submit("officer", LATER, INFORM, ID)
    assert [one.entry.fact for one in again] == [PartyInformed(Informed.BUSINESS_MANAGER)]
    assert world.told() == before


def test_sent_again_as_it_was_a_command_gives_the_same_answer(world):
    """The very same command, its moment included, some seconds later."""
    world.raised()
    command = world.command("officer", AT, INFORM)
    first = world.workflow.do(command, world.moment(AT), ID)
    before = world.told()
    again = world.workflow.do(command, world.moment(AT) + timedelta(seconds=7), ID)
    assert positions(again) == positions(first)
    assert world.told() == before


@pytest.mark.parametrize(
    ("by", "act"),
    [
        ("trust", GiveReason("ESC-1", "Another reason")),
        ("board", GiveReason("ESC-1", "On leave")),
        ("officer", INFORM),
    ],
    ids=["another text", "another person", "another act"],
)
def test_another_act_under_the_same_id_is_refused_and_nothing_is_recorded(world, by, act):
    world.raised()
    world.submit("trust", AT, GiveReason("ESC-1", "On leave"), ID)
    before = world.told()
    with pytest.raises(Refusal) as refusal:
        world.submit(by, LATER, act, ID)
    assert refusal.value.code is Code.DUPLICATE_REFERENCE
    assert str(ID) in refusal.value.message
    assert world.told() == before


def test_another_day_under_the_same_id_is_refused(world):
    world.raised()
    given = GiveReason("ESC-1", "On leave")
    trust = Actor(PEOPLE["trust"])
    now, earlier = world.moment(LATER), world.moment(AT)
    world.workflow.do(Command(given, trust, earlier), now, ID)
    with pytest.raises(Refusal):
        world.workflow.do(Command(given, trust, earlier - timedelta(minutes=1)), now, ID)


def test_the_same_act_twice_without_an_id_is_recorded_twice(world):
    world.raised()
    for _ in range(2):
        world.submit("trust", AT, GiveReason("ESC-1", "On leave"))
    assert [type(entry.fact).__name__ for entry in world.history()].count("ReasonGiven") == 2


def test_a_refused_command_leaves_its_id_free(world):
    world.reported()
    with pytest.raises(Refusal):
        world.submit("officer", AT, INFORM, ID)
    assert world.record.submitted(ID) is None
    world.submit("officer", AT, raising())
    assert positions(world.submit("officer", AT, INFORM, ID)) == [world.record.last()[0]]


def test_the_time_that_passed_before_a_refused_command_is_not_its_own(world):
    world.raised()
    with pytest.raises(Refusal):
        world.submit("officer", "2026-12-04T09:00", raising(), ID)
    assert world.record.submitted(ID) is None
    passed = [one for one in world.everything() if isinstance(one.entry.fact, StageEntered)]
    assert len(passed) > 0
    assert str(ID) not in {one.command for one in world.everything()}


def test_two_programs_that_send_the_same_command_at_once_record_it_once(world):
    world.raised()
    other = world.another()
    given = GiveReason("ESC-1", "On leave")
    command, now = world.command("trust", AT, given), world.moment(AT)
    world.program.hooked.before.append(lambda: other.workflow.do(command, now, ID))
    mine = world.workflow.do(command, now, ID)
    assert positions(mine) == positions(other.workflow.do(command, now, ID))
    assert [type(entry.fact).__name__ for entry in world.history()].count("ReasonGiven") == 1


def test_the_log_names_each_command_once_with_what_came_of_it(world):
    world.raised()
    world.tick("2026-12-11T07:00")
    logged = world.rows("SELECT command, first, last FROM command_log ORDER BY first")
    assert [first for _, first, _ in logged] == [1, *(last + 1 for *_, last in logged[:-1])]
    assert logged[-1][2] == world.record.last()[0]
    assert len({command for command, *_ in logged}) == len(logged)


# --- The clock steps back --------------------------------------------------------------------------


def steps_back(world: StoreWorld) -> list[ClockSteppedBack]:
    """The times at which the clock was noted to have stepped back."""
    facts = [entry.fact for entry in world.partnership_history()]
    return [fact for fact in facts if isinstance(fact, ClockSteppedBack)]


def in_order(world: StoreWorld) -> bool:
    moments = [json.loads(state)["recorded"] for state in world.states()]
    return moments == sorted(moments)


def test_what_is_recorded_never_runs_backwards(world):
    world.raised()
    world.do("officer", LATER, INFORM)
    (given,) = world.do("trust", AT, GiveReason("ESC-1", "On leave"))
    assert given.recorded == world.moment(LATER)
    assert given.occurred == world.moment(AT)
    assert in_order(world)


def test_a_clock_that_steps_back_is_noted_once(world):
    world.raised()
    world.do("officer", LATER, INFORM)
    for at in (AT, "2026-11-30T10:01", "2026-11-30T10:02"):
        world.do("trust", at, GiveReason("ESC-1", "On leave"))
    assert steps_back(world) == [ClockSteppedBack(world.moment(AT), world.moment(LATER))]
    (noted,) = [e for e in world.partnership_history() if isinstance(e.fact, ClockSteppedBack)]
    assert (noted.by, noted.clause, noted.recorded) == (None, NO_CLAUSE, world.moment(LATER))


def test_it_is_noted_before_the_act_that_met_it(world):
    world.raised()
    world.do("officer", LATER, INFORM)
    world.do("trust", AT, GiveReason("ESC-1", "On leave"))
    assert [one.stream for one in world.everything()[-2:]] == [PARTNERSHIP, "escalation:ESC-1"]


def test_a_program_that_was_started_anew_does_not_note_it_again(world):
    world.raised()
    world.do("officer", LATER, INFORM)
    world.do("trust", AT, GiveReason("ESC-1", "On leave"))
    world.close()
    world.open()
    world.do("trust", AT, GiveReason("ESC-1", "Still on leave"))
    assert len(steps_back(world)) == 1


def test_a_clock_that_steps_back_again_is_noted_again(world):
    world.raised()
    world.do("officer", LATER, INFORM)
    world.do("trust", AT, GiveReason("ESC-1", "On leave"))
    world.do("trust", "2026-11-30T10:20", GiveReason("ESC-1", "Still on leave"))
    world.do("trust", "2026-11-30T10:10", GiveReason("ESC-1", "On leave again"))
    assert [fact.last for fact in steps_back(world)] == [
        world.moment(LATER),
        world.moment("2026-11-30T10:20"),
    ]


def test_clocks_that_differ_by_less_than_a_second_are_no_step_back(world):
    world.raised()
    world.do("officer", LATER, INFORM)
    now = world.moment(LATER) - timedelta(milliseconds=999)
    command = Command(GiveReason("ESC-1", "On leave"), Actor(PEOPLE["trust"]), now)
    (given,) = world.workflow.do(command, now)
    assert given.entry.recorded == world.moment(LATER)
    assert steps_back(world) == []


def test_a_clock_that_stands_still_is_no_step_back(world):
    world.raised()
    world.do("officer", AT, INFORM)
    world.do("trust", AT, GiveReason("ESC-1", "On leave"))
    assert steps_back(world) == []


def test_the_tick_does_not_run_backwards_either(world):
    world.raised()
    other = world.another()
    other.workflow.tick(world.moment("2026-12-01T07:00"))
    world.do("officer", "2026-12-01T08:00", INFORM)
    before = world.told()
    world.tick("2026-11-30T12:00")
    assert world.told() == before
    world.tick("2026-12-04T07:00")
    assert in_order(world)


def test_a_refused_act_does_not_note_a_step_back(world):
    """Nothing of it is recorded, so nothing was recorded late."""
    world.raised()
    world.do("officer", LATER, INFORM)
    before = world.told()
    world.refused(Code.DUPLICATE_REFERENCE, "officer", AT, raising())
    assert world.told() == before


def test_somebody_else_who_was_faster_is_no_step_back(world):
    """The other act is recorded while this one waits for its turn; both clocks are right."""
    world.raised()
    other = world.another()
    given = world.command("trust", "2026-11-30T10:00", GiveReason("ESC-1", "On leave"))
    waited = world.moment("2026-11-30T10:00") + timedelta(seconds=5)
    world.program.hooked.before.append(lambda: other.workflow.do(given, waited))
    world.do("officer", "2026-11-30T10:00", INFORM)
    assert len(world.history()) == 3
    assert steps_back(world) == []


def test_a_note_that_meets_somebody_elses_act_is_made_all_the_same(world):
    """Noting the step back is an addition of its own, and others may be faster there too."""
    world.raised()
    world.do("officer", LATER, INFORM)
    other = world.another()
    closing = world.command("manager", LATER, DeclareClosure(day("2026-12-24"), "Christmas"))
    others_turn = [lambda: None, lambda: other.workflow.do(closing, world.moment(LATER))]
    world.program.hooked.before += others_turn
    world.do("trust", AT, GiveReason("ESC-1", "On leave"))
    assert len(steps_back(world)) == 1
    assert in_order(world)


def test_where_the_store_cannot_take_it_the_sentence_says_so(world, monkeypatch):
    world.raised()
    before = world.told()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(world.record, "insert", full)
    with pytest.raises(Trouble, match="disk is full"):
        world.do("officer", AT, INFORM)
    assert world.told() == before
