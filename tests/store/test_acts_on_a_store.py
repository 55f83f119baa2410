"""Acts on a lasting store: previews, refusals, wordings that are sealed, views that cannot follow."""

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.acts import (
    Act,
    CompleteAction,
    DeclareClosure,
    Escalate,
    GiveReason,
    Inform,
    Informed,
    RecordAction,
    ReportIncident,
    SendOutcome,
    VaryAction,
)
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.people import Side
from projections.runner import Views
from tests.store.store_world import KEYS, StoreWorld
from tests.support import day, raising

AT = "2026-11-30T10:00"
AFTER_STAGE_1 = "2026-12-04T09:00"
RECORD = RecordAction("ESC-1", "A1", "Send the chronology", Side.AGENCY, day("2026-12-08"))
INFORM = Inform("ESC-1", Informed.BUSINESS_MANAGER)

# --- Previews and refusals -------------------------------------------------------------------------

PREVIEWED: dict[str, tuple[str, Act]] = {
    "an act": ("officer", INFORM),
    "a text": ("trust", GiveReason("ESC-1", "On leave")),
    "a new incident": ("officer", ReportIncident("INC-2", day("2026-11-24"), day("2026-11-25"))),
    "a raising": ("officer", raising("ESC-2")),
    "a closure": ("manager", DeclareClosure(day("2026-12-24"), "Christmas")),
    "an escalating": ("manager", Escalate("ESC-1", "No time to lose")),
}


def files(world: StoreWorld) -> dict[str, list[object]]:
    """Everything that the record and the keys hold."""
    record = {
        table: world.rows(f"SELECT * FROM {table}")
        for table in ("stored_events", "sealed_texts", "command_log", "about")
    }
    return {**record, "keys": world.rows("SELECT * FROM keys", file=KEYS)}


@pytest.mark.parametrize("act", PREVIEWED)
def test_a_preview_shows_what_would_be_recorded_and_stores_nothing(world, act):
    by, previewed = PREVIEWED[act]
    world.raised()
    before, rows = files(world), list(world.views.dump())
    command, now = world.command(by, AFTER_STAGE_1, previewed), world.moment(AFTER_STAGE_1)
    shown = world.workflow.preview(command, now)
    assert files(world) == before
    assert list(world.views.dump()) == rows
    done = world.workflow.do(command, now)
    of_streams = {one.stream for one in done}
    assert {stream: list(entries) for stream, entries in shown.items() if stream in of_streams} == {
        stream: [world.opened(one).entry for one in done if one.stream == stream]
        for stream in of_streams
    }


def test_a_preview_of_what_is_refused_stores_nothing_either_and_lets_no_time_pass(world):
    world.raised()
    before = files(world)
    command = world.command("officer", AFTER_STAGE_1, raising())
    with pytest.raises(Refusal):
        world.workflow.preview(command, world.moment(AFTER_STAGE_1))
    assert files(world) == before


def test_a_refused_act_keeps_the_time_that_passed_and_nothing_of_its_own(world):
    world.raised()
    before = len(world.everything())
    world.refused(
        Code.NOT_PERMITTED, "audit", AFTER_STAGE_1, GiveReason("ESC-1", "A secret reason")
    )
    kept = world.everything()[before:]
    assert [one.entry.fact.type for one in kept] == ["escalation.stage-entered.v1"] * 2
    assert {one.entry.by for one in kept} == {None}
    assert len(world.rows("SELECT * FROM sealed_texts")) == 1
    assert world.clock(AFTER_STAGE_1) == []


def test_a_refused_act_in_which_no_time_passed_keeps_nothing(world):
    world.raised()
    before = files(world)
    world.refused(Code.DUPLICATE_REFERENCE, "officer", AT, raising())
    world.refused(Code.WRONG_STATE, "officer", AT, SendOutcome("INC-1"))
    world.refused(Code.NOT_FOUND, "officer", AT, raising("ESC-3", incident="INC-3"))
    assert files(world) == before


# --- Wordings that are sealed ----------------------------------------------------------------------


def test_the_same_words_as_the_other_sides_count_as_acknowledging(world):
    world.raised()
    world.do("officer", AT, RECORD)
    (varied,) = world.do(
        "trust", AT, VaryAction("ESC-1", "A1", "Send the chronology", day("2026-12-08"))
    )
    assert varied.fact.terms == 1
    assert varied.fact.what != "Send the chronology"
    assert world.shown_action()["state"] == "agreed"


def test_other_words_stand_beside_the_first(world):
    world.raised()
    world.do("officer", AT, RECORD)
    world.do("trust", AT, VaryAction("ESC-1", "A1", "Send a summary"))
    shown = world.shown_action()
    assert shown["state"] == "differing"
    assert shown["differing"]["agency"]["due"] == "2026-12-08"
    opened = {side: world.record.opened(one["what"]) for side, one in shown["differing"].items()}
    assert opened == {"scsp": "Send the chronology", "agency": "Send a summary"}


def test_a_variation_of_the_day_alone_seals_the_same_words_anew(world):
    world.raised()
    world.do("officer", AT, RECORD)
    (varied,) = world.do("trust", AT, VaryAction("ESC-1", "A1", due=day("2026-12-10")))
    assert world.record.opened(varied.fact.what) == "Send the chronology"
    recorded = world.history()[-2].fact
    assert varied.fact.what != recorded.what
    assert world.shown_action()["state"] == "differing"


def test_taking_ones_own_variation_back_is_agreed_again_after_a_restart(world):
    world.raised().agreed(AT, "2026-12-08")
    world.do("trust", AT, VaryAction("ESC-1", "A1", "Send a summary"))
    world.close()
    world.open()
    (varied,) = world.do("trust", AT, VaryAction("ESC-1", "A1", "Send the chronology"))
    assert varied.fact.terms == 1
    assert world.shown_action()["state"] == "agreed"


def test_a_program_that_read_the_case_before_knows_the_words_of_one_that_came_later(world):
    world.raised()
    other = world.another()
    other.workflow.escalation("ESC-1")
    world.do("officer", AT, RECORD)
    world.use(other)
    world.do("trust", AT, VaryAction("ESC-1", "A1", "Send the chronology", day("2026-12-08")))
    world.do("trust", AT, CompleteAction("ESC-1", "A1", "Sent"))
    assert world.shown_action()["state"] == "done"


# --- Views that cannot follow ----------------------------------------------------------------------


def test_an_act_is_recorded_though_the_views_cannot_follow_it(world, monkeypatch):
    world.raised()

    def broken(*_: object, **__: object) -> int:
        raise Trouble("the views are broken")

    monkeypatch.setattr(Views, "catch_up", broken)
    (informed,) = world.do("officer", AT, INFORM)
    monkeypatch.undo()
    assert world.history()[-1] == informed
    assert world.views.catch_up() == world.record.last()[0]
