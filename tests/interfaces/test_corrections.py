"""Corrections beside what they correct, wherever the corrected entry is shown."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from cspr_workflow.domain.acts import Correct, HoldMeeting, Inform, Informed, MeetingOutcome
from cspr_workflow.interfaces import cli
from tests.interfaces.asked_store import Store, run
from tests.store.places import quick_place

OFFICER = "A. Officer (CSPR Officer, SCSP)"
MANAGER = "B. Manager (Business Manager, SCSP)"


@pytest.fixture
def store() -> Iterator[Store]:
    with quick_place() as folder, closing(Store(folder / "store")) as made:
        yield made


@pytest.fixture
def agreed(store: Store) -> Store:
    """ESC-1 with an action that was recorded and acknowledged at 10:00 of 1 December."""
    store.raised()
    store.agreed("2026-12-01T10:00", "2026-12-03")
    return store


def position(store: Store, type_: str) -> int:
    """Where the entry of a type stands in the record."""
    (found,) = [one for one in store.desk.lines("ESC-1") if one.entry.fact.type.startswith(type_)]
    return found.position


def correct(store: Store, type_: str, says: str, at: str = "2026-12-02T09:00") -> None:
    """The officer corrects the entry of a type."""
    where = position(store, type_)
    (found,) = [one for one in store.desk.lines("ESC-1") if one.position == where]
    store.do("officer", at, Correct("ESC-1", str(found.id), says))


def why(store: Store, reference: str) -> str:
    result = run("why", reference, "--store", str(store.path), app=cli.app)
    assert result.exit_code == 0, result.stderr
    return " ".join(result.stdout.split())


SAID = f"Corrected Wed 2 Dec 2026 09:00 by {OFFICER}: It was the Friday."


class TestShow:
    def test_what_was_corrected_stands_there_with_what_is_right(self, agreed: Store) -> None:
        assert "What was corrected" not in agreed.told("show", "ESC-1")
        correct(agreed, "escalation.raised", "It was the Friday")
        told = agreed.told("show", "ESC-1")
        assert f"What was corrected Mon 30 Nov 2026 09:30: {OFFICER} raised ESC-1 on INC-1" in told
        assert f"Concern: Chronology not returned. {SAID}" in told

    def test_a_stay_that_rests_on_a_corrected_entry_is_marked(self, agreed: Store) -> None:
        correct(agreed, "escalation.raised", "It was the Friday")
        told = agreed.told("show", "ESC-1")
        assert "Mon 30 Nov 2026 09:30 A. Officer (corrected)" in told
        assert told.count("(corrected)") == 1

    def test_a_duty_that_rests_on_a_corrected_entry_is_marked(self, store: Store) -> None:
        store.raised().tick("2026-12-01T07:00")
        for role in Informed:
            store.do("officer", "2026-12-01T09:00", Inform("ESC-1", role))
        first = next(one for one in store.desk.lines("ESC-1") if "informed" in one.entry.fact.type)
        store.do("officer", "2026-12-02T09:00", Correct("ESC-1", str(first.id), "At eight"))
        told = store.told("show", "ESC-1")
        assert "informed: done Tue 1 Dec 2026 09:00 (corrected) E1.2" in told
        assert told.count("(corrected)") == 1

    def test_for_programs_it_is_a_list(self, agreed: Store) -> None:
        assert agreed.answered("show", "ESC-1")["cases"][0]["corrections"] == []
        correct(agreed, "escalation.raised", "It was the Friday")
        correct(agreed, "record.corrected", "No, the Thursday", at="2026-12-02T10:00")
        first, second = agreed.answered("show", "ESC-1")["cases"][0]["corrections"]
        assert first["corrects"] == position(agreed, "escalation.raised")
        assert first["what"].startswith(f"{OFFICER} raised ESC-1 on INC-1")
        assert (first["by"], first["says"]) == (OFFICER, "It was the Friday")
        assert first["recorded"] == "2026-12-02T09:00:00+00:00"
        assert second["corrects"] == first["position"], "a correction can be corrected too"
        assert agreed.answered("show", "INC-1")["cases"][0]["corrections"] == []


class TestActions:
    def test_a_correction_stands_with_its_own_action_alone(self, agreed: Store) -> None:
        agreed.agreed("2026-12-01T11:00", "2026-12-20", action="A2")
        lines = agreed.desk.lines("ESC-1")
        acknowledged = next(one for one in lines if one.entry.fact.type.startswith("action.ack"))
        says = "It was the Friday"
        agreed.do("officer", "2026-12-02T09:00", Correct("ESC-1", str(acknowledged.id), says))
        told = agreed.told("actions")
        assert told.count(SAID) == 1
        assert told.index(SAID) < told.index("ESC-1/A2")
        assert f"acknowledged A1. {SAID}" in told
        first, second = agreed.answered("actions")["actions"]
        assert [one["says"] for one in first["corrections"]] == [says]
        assert second["corrections"] == []
        assert agreed.answered("show", "ESC-1")["cases"][0]["actions"] == [first, second]

    def test_in_a_spreadsheet_it_is_a_column(self, agreed: Store) -> None:
        assert agreed.table("actions")[0]["corrections"] == ""
        correct(agreed, "action.recorded", "It was the Friday")
        (row,) = agreed.table("actions")
        assert row["corrections"].startswith(f"Tue 1 Dec 2026 10:00: {OFFICER} recorded action A1")
        assert row["corrections"].endswith(SAID)

    def test_what_was_corrected_elsewhere_is_no_action_s(self, agreed: Store) -> None:
        correct(agreed, "escalation.raised", "It was the Friday")
        assert "Corrected" not in agreed.told("actions")


class TestWhy:
    def test_each_date_that_rests_on_a_corrected_entry_says_so(self, agreed: Store) -> None:
        agreed.tick("2026-12-02T07:00")
        assert "Corrected" not in why(agreed, "ESC-1")
        correct(agreed, "escalation.raised", "It was the Friday")
        told = why(agreed, "ESC-1")
        assert told.count(SAID) == 4, "the ladder's days, not the move into stage 1"
        assert f"calendar version 0 {SAID} The limit of" in told

    def test_an_action_s_history(self, agreed: Store) -> None:
        correct(agreed, "action.recorded", "It was the Friday")
        told = why(agreed, "ESC-1/A1")
        assert f"policy sandwell-2018/1 {SAID} Tue 1 Dec 2026 10:00 C. Lead" in told
        assert told.count("Corrected") == 1


class TestAsAt:
    def corrections(self, store: Store, *asked: str) -> list[dict[str, Any]]:
        (found,) = store.answered("as-at", asked[0], "ESC-1", *asked[1:])["cases"]
        return list(found["corrections"])

    @pytest.fixture
    def corrected(self, agreed: Store) -> Store:
        correct(agreed, "action.recorded", "It was the Friday")
        return agreed.at("2026-12-03T09:00")

    def test_as_it_is_known_now_it_is_corrected(self, corrected: Store) -> None:
        assert SAID in corrected.told("as-at", "2026-12-01T12:00", "ESC-1")
        (found,) = self.corrections(corrected, "2026-12-01T12:00")
        assert found["says"] == "It was the Friday"

    def test_as_it_was_known_before_it_is_not(self, corrected: Store) -> None:
        known = ("--known-at", "2026-12-02T08:59")
        assert self.corrections(corrected, "2026-12-01T12:00", *known) == []
        assert "Corrected" not in corrected.told("as-at", "2026-12-01T12:00", "ESC-1", *known)
        known = ("--known-at", "2026-12-02T09:00")
        assert len(self.corrections(corrected, "2026-12-01T12:00", *known)) == 1

    def test_what_had_not_happened_by_then_has_no_correction(self, corrected: Store) -> None:
        assert self.corrections(corrected, "2026-12-01T09:59") == []

    def test_all_cases_at_once(self, corrected: Store) -> None:
        cases = corrected.answered("as-at", "2026-12-01T12:00")["cases"]
        assert {one["reference"]: len(one["corrections"]) for one in cases} == {
            "INC-1": 0,
            "ESC-1": 1,
        }


class TestReplay:
    def test_the_corrected_step_says_so_too(self, agreed: Store) -> None:
        correct(agreed, "action.recorded", "It was the Friday")
        told = agreed.told("replay", "ESC-1")
        step, after = told.split("ESC-1: step ")[3:5]
        assert f"Corrected Wed 2 Dec 2026 09:00 by {OFFICER}: It was the Friday." in step
        assert "It was the Friday" not in after
        steps = agreed.answered("replay", "ESC-1")["cases"][0]["steps"]
        assert [len(one["corrections"]) for one in steps] == [0, 0, 1, 0, 0]


def test_a_returned_case_shows_its_stages_in_the_order_of_time(store: Store) -> None:
    store.raised()
    store.agreed("2026-12-07T10:00", "2026-12-18")
    store.tick("2026-12-10T07:00")
    held = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED)
    store.do("sub", "2026-12-11T09:00", held, occurred="2026-12-09T15:00")
    told = store.told("show", "ESC-1")
    line = "─▶ stage 3 ─▶ [STAGE 2] 30 Nov 2026 1 Dec 2026 4 Dec 2026 10 Dec 2026 11 Dec 2026"
    assert line in told
    ladder = told.split("The ladder")[1].split("Duties")[0]
    places = [
        ladder.index(entered)
        for entered in ("Fri 4 Dec 2026 00:00", "Thu 10 Dec 2026 00:00", "Fri 11 Dec 2026 09:00")
    ]
    assert places == sorted(places)
    assert ladder.count("Stage 2") == 2
