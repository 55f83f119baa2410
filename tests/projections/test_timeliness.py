"""National times as they stand, and what the clock was late with because it did not run."""

from dataclasses import replace
from datetime import datetime
from itertools import groupby

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.acts import (
    Body,
    ConveneRapidReview,
    DeferPublication,
    Notify,
    SendOutcome,
    WithdrawIncident,
)
from cspr_workflow.domain.entries import Imported
from projections.timeliness import LateMove, Period, gaps, late_moves, timescales
from tests.process.steps import brought_to
from tests.projections.kept import Kept, Stores
from tests.support import TRUST, World, day, raising, utc

Told = dict[str, tuple[str, str | None, str | None]]


def kept_of(stores: Stores, world: World):
    return stores.holding(world.everything(), world.policy_file.book)


# --- National times ----------------------------------------------------------------------------


def told(stores: Stores, world: World, period: Period | None = None) -> Told:
    """Each timescale's state, last day and the day on which it was met."""
    with kept_of(stores, world) as kept:
        return {
            one.timescale: (
                one.state,
                str(one.last_day) if one.last_day else None,
                str(one.met_on) if one.met_on else None,
            )
            for one in timescales(kept.database, period or Period())
        }


def test_the_times_of_the_written_process(stores: Stores):
    """Of 24 November: five working days are 1 December; the panel notified on the 27th: 18 December."""
    world = World().reported()
    assert told(stores, world) == {"notification": ("running", "2026-12-01", None)}
    world.do("officer", "2026-11-27T09:00", Notify("INC-1", Body.NATIONAL_PANEL))
    world.do("officer", "2026-11-30T09:00", Notify("INC-1", Body.OFSTED))
    world.do("officer", "2026-11-30T09:05", Notify("INC-1", Body.DFE))
    world.do("officer", "2026-12-21T09:00", ConveneRapidReview("INC-1"))
    assert told(stores, world) == {
        "notification": ("met", "2026-12-01", "2026-11-30"),
        "rapid_review": ("passed", "2026-12-18", None),
    }
    world.do("officer", "2026-12-22T09:00", SendOutcome("INC-1"))
    assert told(stores, world)["rapid_review"] == ("met_late", "2026-12-18", "2026-12-22")


def test_a_period_takes_in_the_times_whose_last_day_lies_in_it(stores: Stores):
    world = World().reported()
    world.do("officer", "2026-11-27T09:00", Notify("INC-1", Body.NATIONAL_PANEL))
    december = Period(day("2026-12-02"), day("2026-12-18"))
    assert set(told(stores, world, december)) == {"rapid_review"}
    assert set(told(stores, world, Period(until=day("2026-12-17")))) == {"notification"}
    assert told(stores, world, Period(since=day("2026-12-19"))) == {}


def test_a_publication_that_is_deferred_until_further_notice_has_no_last_day(stores: Stores):
    world = brought_to("review_commissioned")
    defer = DeferPublication("INC-1", "A trial is coming", "Criminal trial", None)
    world.do("officer", "2027-01-11T09:00", defer)
    assert told(stores, world)["publication"] == ("deferred", None, None)


def test_withdrawing_the_incident_withdraws_every_time_that_is_not_met(stores: Stores):
    world = World().reported()
    world.do("manager", "2026-11-27T09:00", WithdrawIncident("INC-1", "The criteria are not met"))
    assert set(told(stores, world).values()) == {("withdrawn", None, None)}


# --- What the clock was late with --------------------------------------------------------------


def an_outage(world: World, since: str, until: str) -> World:
    """The clock did not run between two moments; then it catches up."""
    world.workflow.note_gap(world.moment(since), world.moment(until))
    world.tick(until)
    return world


def moves(stores: Stores, world: World, period: Period | None = None) -> list[tuple[str, str]]:
    """The late moves of escalations: when they fell due and were recorded (local time)."""
    with kept_of(stores, world) as kept:
        return of_escalations(world, late_moves(kept.database, period or Period()))


def of_escalations(world: World, found) -> list[tuple[str, str]]:
    local = world.policy.civil.local
    return [
        (f"{local(one.fell_due):%d %H:%M}", f"{local(one.recorded):%d %H:%M}")
        for one in found
        if one.stream.startswith("escalation:")
    ]


def test_a_move_that_fell_due_while_the_clock_stood_still_is_told_with_its_gap(stores: Stores):
    world = World().raised().at("2026-12-04T07:00")
    an_outage(world, "2026-12-04T07:00", "2026-12-11T07:00")
    with kept_of(stores, world) as kept:
        gap = (utc("2026-12-04T07:00:00"), utc("2026-12-11T07:00:00"))
        assert gaps(kept.database) == [gap]
        assert list(late_moves(kept.database)) == [
            LateMove("escalation:ESC-1", TRUST, utc("2026-12-10T00:00:00"), gap[1], gap)
        ]


def test_a_national_time_that_passed_while_the_clock_stood_still_is_told_without_agency(
    stores: Stores,
):
    world = an_outage(World().reported(), "2026-11-27T07:00", "2026-12-03T07:00")
    with kept_of(stores, world) as kept:
        (late,) = late_moves(kept.database)
        assert (late.stream, late.agency) == ("incident:INC-1", None)
        assert late.fell_due == utc("2026-12-02T00:00:00")


def test_the_ordinary_wait_for_the_next_tick_is_no_lateness(stores: Stores):
    world = World().raised().at("2026-12-20T09:00")
    assert moves(stores, world) == []


def test_what_fell_due_at_the_last_tick_before_a_gap_or_after_it_is_no_late_move(stores: Stores):
    """The clock ran at the midnight that ends the 3rd, then from the 9th on, all but the last second."""
    world = World().raised().at("2026-12-04T00:00")
    an_outage(world, "2026-12-04T00:00", "2026-12-09T23:59:59")
    world.tick("2026-12-10T07:00")
    assert moves(stores, world) == []


def test_what_fell_due_as_the_clock_ran_again_is_a_late_move(stores: Stores):
    world = World().raised().at("2026-12-04T00:00")
    an_outage(world, "2026-12-04T00:00", "2026-12-10T00:00")
    assert moves(stores, world) == [("10 00:00", "10 00:00")]


def test_what_an_act_recorded_while_the_tick_stood_still_is_no_late_move(stores: Stores):
    """Time passes with every act: the move of the 10th is recorded then, not at the end of the gap."""
    world = World().raised().at("2026-12-04T07:00")
    world.do("officer", "2026-12-10T09:00", raising("ESC-2"))
    world.agreed("2026-12-10T09:30", "2026-12-31")
    an_outage(world, "2026-12-04T07:00", "2026-12-11T07:00")
    assert moves(stores, world) == [("11 00:00", "11 07:00")]


def test_what_was_written_up_only_after_a_gap_was_not_made_late_by_it(stores: Stores):
    """Raised by telephone on 30 November, recorded on 14 December: no clock could have moved it before."""
    world = World().reported()
    an_outage(world, "2026-12-02T07:00", "2026-12-11T07:00")
    world.do("officer", "2026-12-14T09:00", raising(), occurred="2026-11-30T09:30")
    assert len(world.escalation().stages) == 4
    assert moves(stores, world) == []


def test_a_time_that_was_written_up_only_after_a_gap_was_not_made_late_by_it(stores: Stores):
    """The panel was notified on 27 November, which is recorded on the 30th of December."""
    world = World().reported().at("2026-12-03T07:00")
    an_outage(world, "2026-12-15T07:00", "2026-12-22T07:00")
    notify = Notify("INC-1", Body.NATIONAL_PANEL)
    world.do("officer", "2026-12-30T09:00", notify, occurred="2026-11-27T10:00")
    assert world.timescales()["rapid_review"] == {"state": "passed", "last_day": "2026-12-18"}
    with kept_of(stores, world) as kept:
        assert list(late_moves(kept.database)) == []


def test_a_late_move_belongs_to_the_civil_day_on_which_it_fell_due(stores: Stores):
    """In summer the midnight that opens 5 June is 23:00 of the day before in UTC."""
    world = World().reported()
    world.do("officer", "2027-06-01T09:30", raising())
    world.tick("2027-06-02T07:00")
    an_outage(world, "2027-06-02T08:00", "2027-06-07T07:00")
    on_the_day = Period(day("2027-06-05"), day("2027-06-05"))
    assert moves(stores, world, on_the_day) == [("05 00:00", "07 07:00")]
    assert moves(stores, world, Period(until=day("2027-06-04"))) == []


def test_two_gaps_are_told_apart(stores: Stores):
    world = World().raised().at("2026-12-03T07:00")
    an_outage(world, "2026-12-03T07:00", "2026-12-04T07:00")
    an_outage(world, "2026-12-09T07:00", "2026-12-11T07:00")
    assert moves(stores, world) == [("04 00:00", "04 07:00"), ("10 00:00", "11 07:00")]
    with kept_of(stores, world) as kept:
        assert [one.gap[0] for one in late_moves(kept.database)] == [
            utc("2026-12-03T07:00:00"),
            utc("2026-12-09T07:00:00"),
        ]


def test_moves_of_an_imported_case_are_no_late_moves(stores: Stores):
    """Brought in after an outage: what its clock's moves were late with is not the system's."""
    world = World().raised().at("2026-12-20T09:00")
    brought_in = world.moment("2027-01-04T09:00")
    gap_since, gap_until = world.moment("2026-12-01T07:00"), world.moment("2027-01-04T08:00")
    before = [one for one in world.everything() if one.stream == "partnership"]
    with stores.new(world.policy_file.book) as kept:
        kept.append(before)
        rest = [one for one in world.everything() if one.stream != "partnership"]
        imported(kept, rest, brought_in)
        world.workflow.note_gap(gap_since, gap_until)
        noted = world.everything()[-1]
        kept.append([replace(noted, entry=replace(noted.entry, recorded=brought_in))])
        assert len(gaps(kept.database)) == 1
        assert list(late_moves(kept.database)) == []
        assert kept.database.all("SELECT * FROM clock_moves") == []
        assert kept.dump() == kept.rebuilt()


def imported(kept: Kept, entries: list[Recorded], now: datetime) -> None:
    """Record entries as brought in from elsewhere, where they were written when they say."""
    changed = [
        replace(
            one,
            entry=replace(
                one.entry,
                recorded=now,
                imported=Imported("register.csv", "0" * 64, "manager", one.entry.recorded),
            ),
        )
        for one in entries
    ]
    for _, of_command in groupby(changed, key=lambda one: one.command):
        kept.append(list(of_command))
