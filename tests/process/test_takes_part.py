"""Who takes part: nobody else records anything or is named as present; texts that can be stored."""

from collections.abc import Callable
from uuid import UUID

import pytest

from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import Act, Command, MeetingOutcome, RemovePerson, SetAction
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation_facts import MeetingHeld
from cspr_workflow.domain.people import SCSP, Actor, Person, Role, Side
from tests.support import PEOPLE, TRUST, World, day, raising

MON, LATER, IN_2 = "2026-11-30T10:00", "2026-11-30T11:00", "2026-12-04T09:00"
REASON = acts.GiveReason("ESC-1", "On leave")
ONE_OF_EACH = [
    acts.ReportIncident("INC-2", day("2026-11-24"), day("2026-11-25")),
    acts.Notify("INC-1", acts.Body.OFSTED),
    raising("ESC-2"),
    acts.Inform("ESC-1", acts.Informed.BUSINESS_MANAGER),
    acts.VaryAction("ESC-1", "A1", "Send all of it"),
    acts.DeclareClosure(day("2026-12-08"), "Training"),
    acts.AddPerson("second", Role.CSPR_OFFICER, SCSP),
]
"""Acts on an incident, an escalation, an action, the calendar and the register."""


def as_(world: World, person: Person) -> World:
    """The world in which somebody says to be this person."""
    world.people = {**world.people, person.id: person}
    return world


@pytest.fixture
def world() -> World:
    """A case with an agreed action."""
    return World().raised().agreed(MON, "2026-12-10")


def refused_both_ways(world: World, code: Code, by: str, at: str, act: Act) -> str:
    """The act is refused when it is done and when it is previewed, in the same words."""
    before = world.everything()
    command = Command(act, Actor(world.people[by]), world.moment(at))
    with pytest.raises(Refusal) as caught:
        world.workflow.preview(command, world.moment(at))
    told = world.refused(code, by, at, act)
    assert (caught.value.code, caught.value.message) == (code, told)
    assert world.everything() == before
    return told


# --- Who records ---------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ONE_OF_EACH, ids=lambda act: act.name)
def test_nobody_records_anything_who_is_unknown_to_the_record(world: World, act: Act) -> None:
    as_(world, Person("new", Role.BUSINESS_MANAGER, SCSP))
    assert refused_both_ways(world, Code.NOT_PERMITTED, "new", MON, act) == (
        "by: nobody by the id new takes part in the partnership; add the person first."
    )


@pytest.mark.parametrize("act", ONE_OF_EACH, ids=lambda act: act.name)
def test_nobody_records_anything_who_has_left(world: World, act: Act) -> None:
    world.joined(Person("second", Role.BUSINESS_MANAGER, SCSP))
    world.do("second", MON, RemovePerson("manager"))
    told = refused_both_ways(world, Code.NOT_PERMITTED, "manager", LATER, act)
    assert told.startswith("by: manager no longer takes part in the partnership")


@pytest.mark.parametrize(
    ("claimed", "told"),
    [
        (Person("officer", Role.BUSINESS_MANAGER, SCSP), "CSPR Officer of scsp, not as Business"),
        (Person("trust", Role.AGENCY_REPRESENTATIVE, "Police"), f"{TRUST}, not as representative"),
    ],
)
def test_nobody_records_anything_in_another_role_or_for_another_agency(
    world: World, claimed: Person, told: str
) -> None:
    as_(world, claimed)
    discussion = acts.RecordDiscussion("ESC-1", acts.Means.CALL, "They will send it")
    assert told in refused_both_ways(world, Code.NOT_PERMITTED, claimed.id, MON, discussion)


def test_the_others_go_on(world: World) -> None:
    world.do("manager", MON, RemovePerson("board"))
    (entry,) = world.do("trust", LATER, REASON)
    assert entry.by == Actor(PEOPLE["trust"])


def test_what_somebody_sent_before_leaving_is_answered_as_before(world: World) -> None:
    command = Command(REASON, Actor(PEOPLE["trust"]), world.moment(MON))
    first = world.workflow.do(command, world.moment(MON), UUID(int=7))
    world.do("manager", MON, RemovePerson("trust"))
    before = world.everything()
    assert list(world.workflow.do(command, world.moment(LATER), UUID(int=7))) == list(first)
    assert world.everything() == before


# --- Who was present -----------------------------------------------------------------------------


def held(*present: str) -> acts.HoldMeeting:
    return acts.HoldMeeting("ESC-1", present, MeetingOutcome.NOT_RESOLVED)


@pytest.fixture
def in_stage_2() -> World:
    return World().raised().at(IN_2)


def test_nobody_is_present_who_is_unknown_to_the_record(in_stage_2: World) -> None:
    told = refused_both_ways(in_stage_2, Code.NOT_FOUND, "sub", IN_2, held("sub", "nobody"))
    assert told == (
        "present: nobody by the id nobody takes part in the partnership; name those who were there."
    )


@pytest.mark.parametrize("at", [IN_2, "2026-12-04T10:00"], ids=["as it happened", "later"])
def test_nobody_is_present_who_had_left(in_stage_2: World, at: str) -> None:
    in_stage_2.do("manager", IN_2, RemovePerson("board"))
    told = refused_both_ways(in_stage_2, Code.NOT_FOUND, "sub", at, held("sub", "board"))
    assert told.startswith("present: board had left the partnership when this happened")


def test_who_left_after_a_meeting_was_present_all_the_same(in_stage_2: World) -> None:
    in_stage_2.do("manager", "2026-12-04T12:00", RemovePerson("board"))
    recorded = in_stage_2.do(
        "sub", "2026-12-04T15:00", held("sub", "board"), occurred="2026-12-04T11:00"
    )
    assert recorded[0].fact == MeetingHeld("stage_2", ("sub", "board"), MeetingOutcome.NOT_RESOLVED)


def test_who_may_not_hold_the_meeting_is_told_that_first(in_stage_2: World) -> None:
    in_stage_2.refused(Code.NOT_PERMITTED, "officer", IN_2, held("nobody"))


# --- Texts that cannot be stored -----------------------------------------------------------------

HALF = "half a letter: \ud83d"
CHAIR = "2026-12-10T09:00"


@pytest.mark.parametrize(
    ("field", "by", "act"),
    [
        ("reason", "trust", acts.GiveReason("ESC-1", HALF)),
        ("escalation", "trust", acts.GiveReason(HALF, "On leave")),
        ("present[1]", "sub", held("sub", HALF)),
        ("reasons", "chair", acts.Decide("ESC-1", "", HALF)),
        (
            "sets[0].what",
            "chair",
            acts.Decide("ESC-1", "x", "y", (), (SetAction("A1", HALF, Side.SCSP, day(CHAIR[:10])),)),
        ),
        ("agency", "manager", acts.AddPerson("new", Role.AUDITOR, HALF)),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_stored_is_refused_by_its_field(
    field: str, by: str, act: Act
) -> None:
    told = refused_both_ways(World().raised().at(CHAIR), Code.INVALID, by, CHAIR, act)
    assert told == f"{field}: this text holds characters that cannot be stored; write it again."


def test_an_id_that_cannot_be_stored_is_refused_too(world: World) -> None:
    as_(world, Person(HALF, Role.CSPR_OFFICER, SCSP))
    told = refused_both_ways(world, Code.INVALID, HALF, MON, REASON)
    assert told.startswith("by.person.id: ")


@pytest.mark.parametrize("text", ["Ω≈ç√", "\U0001f469‍⚖️", "a\x00b"])
def test_every_other_text_can_be_stored(world: World, text: str) -> None:
    (entry,) = world.do("trust", MON, acts.GiveReason("ESC-1", text))
    assert entry.fact.reason == text


# --- Joining -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("person", lambda text: acts.AddPerson(text, Role.AUDITOR, SCSP)),
        ("agency", lambda text: acts.AddPerson("new", Role.SERVICE_LEAD, text)),
    ],
)
@pytest.mark.parametrize("text", ["", " ", " scsp", "scsp ", "\tscsp", "scsp\n"])
def test_an_id_or_an_agency_that_is_empty_or_ends_in_a_space_is_refused(
    world: World, field: str, make: Callable[[str], Act], text: str
) -> None:
    told = refused_both_ways(world, Code.INVALID, "manager", MON, make(text))
    assert told == f"{field}: may not be empty, nor begin or end with a space."


def test_spaces_within_are_part_of_the_name(world: World) -> None:
    world.do("manager", MON, acts.AddPerson("new one", Role.SERVICE_LEAD, "Another Trust"))
    assert "new one" in world.workflow.partnership.people
