"""The board: what has passed, what falls due when, who is holding it, what comes next."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from cspr_workflow.domain.acts import (
    Body,
    CompleteAction,
    ConfirmAction,
    Decide,
    GiveReason,
    HoldMeeting,
    Inform,
    Informed,
    MeetingOutcome,
    Notify,
    NotifyChair,
    RecordAction,
    Resolve,
    VaryAction,
)
from cspr_workflow.domain.people import Side
from cspr_workflow.interfaces.asking import Asking
from tests.interfaces.asked_store import Questions, Store, played
from tests.store.places import quick_place
from tests.support import TRUST, day, raising


@pytest.fixture(scope="module")
def year() -> Iterator[Questions]:
    with quick_place() as folder, closing(played(folder / "store")) as questions:
        yield questions


@pytest.fixture
def store() -> Iterator[Store]:
    with quick_place() as folder, closing(Store(folder / "store")) as made:
        yield made


def groups(questions: Questions, *arguments: str) -> dict[str, str]:
    """When each case on the board falls due."""
    found = questions.answered("board", *arguments)
    return {one["reference"]: one["when"] for one in found["cases"]}


def case(questions: Questions, reference: str = "ESC-1") -> dict[str, Any]:
    """One case of the board."""
    cases = questions.answered("board")["cases"]
    found: dict[str, Any] = next(one for one in cases if one["reference"] == reference)
    return found


class TestWhen:
    def test_the_last_day_tells_whether_something_is_due_today_tomorrow_or_this_week(
        self, store: Store
    ) -> None:
        # INC-1: T1 ends with Tuesday 1 December. ESC-1: stage 1 opens with that Tuesday and its limit
        # is Thursday 3 December.
        store.raised()
        assert groups(store) == {"ESC-1": "today", "INC-1": "tomorrow"}
        store.tick("2026-12-01T07:00")
        assert groups(store) == {"INC-1": "today", "ESC-1": "this_week"}
        store.tick("2026-12-02T07:00")
        assert groups(store)["ESC-1"] == "tomorrow"
        store.tick("2026-12-03T23:59")
        assert groups(store)["ESC-1"] == "today"
        store.tick("2026-12-04T00:00")
        assert groups(store)["ESC-1"] == "later", "Wednesday 9 December is in another week"
        store.tick("2026-12-07T07:00")
        assert groups(store)["ESC-1"] == "this_week"

    def test_the_headings_say_which_days_are_meant(self, store: Store) -> None:
        told = store.raised().told("board")
        assert "2 cases: 1 due today, 1 due tomorrow. Due today, Mon 30 Nov 2026 ESC-1" in told
        assert "Due tomorrow, Tue 1 Dec 2026 INC-1" in told

    def test_what_has_passed_is_shown_as_passed(self, store: Store) -> None:
        store.raised()
        store.tick("2026-12-02T07:00")
        assert groups(store)["INC-1"] == "passed"
        assert "T1 Notification passed, last day Tue 1 Dec 2026" in store.told("board")
        store.tick("2026-12-15T07:00")
        assert groups(store)["ESC-1"] == "passed"
        assert "limit Mon 14 Dec 2026 (passed); to be decided and closed." in store.told("board")

    def test_an_action_that_is_not_maintained_has_passed_until_it_is_done(
        self, store: Store
    ) -> None:
        store.raised()
        store.agreed("2026-11-30T10:00", "2026-11-30")
        store.tick("2026-12-01T07:00")
        assert groups(store)["ESC-1"] == "passed"
        assert "A1, due Mon 30 Nov 2026, not maintained" in store.told("board")
        store.do("trust", "2026-12-01T08:00", CompleteAction("ESC-1", "A1", "By courier"))
        assert groups(store)["ESC-1"] == "nothing_due"

    def test_what_fell_due_and_is_not_recorded_comes_first_and_says_so(self, store: Store) -> None:
        store.raised().at("2026-12-04T09:00")
        found = case(store)
        assert found["when"] == "not_recorded"
        assert found["state"] == "initial_discussion", "the record is as it is"
        assert found["not_yet_recorded"] == [
            {
                "fell_due": "2026-12-01T00:00:00+00:00",
                "what": "The clock moves it to Stage 1, because it was not resolved",
                "clause": "E1.5",
            },
            {
                "fell_due": "2026-12-04T00:00:00+00:00",
                "what": "The clock moves it to Stage 2, because nothing had come from the agency",
                "clause": "E1.5",
            },
        ]
        assert found["next"]["falls_due"] == "2026-12-10T00:00:00+00:00"
        told = store.told("board")
        assert "2 fallen due and not yet recorded" in told
        assert (
            "Due since Fri 4 Dec 2026 00:00, not yet recorded: The clock moves it to Stage 2, "
            "because nothing had come from the agency."
        ) in told
        store.tick("2026-12-04T09:00")
        assert case(store)["not_yet_recorded"] == []

    def test_a_case_in_which_nothing_falls_due_waits_for_people(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-11-30T10:00", "2026-12-02")
        store.do("trust", "2026-11-30T11:00", CompleteAction("ESC-1", "A1", "By courier"))
        assert case(store)["when"] == "nothing_due"
        told = store.told("board")
        assert "settled: to be closed. Next, if nobody acts: nothing falls due." in told

    def test_a_meeting_held_and_an_action_not_agreed_leave_the_case_to_people(
        self, store: Store
    ) -> None:
        store.raised()
        store.agreed("2026-12-04T10:00", "2026-12-18", owner=Side.SCSP)
        record = RecordAction("ESC-1", "A2", "Also this", Side.AGENCY, day("2026-12-20"))
        store.do("sub", "2026-12-04T11:00", record)
        held = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED)
        store.do("sub", "2026-12-07T15:00", held)
        store.do("officer", "2026-12-08T09:00", CompleteAction("ESC-1", "A1", "Sent"))
        found = case(store)
        assert found["when"] == "nothing_due"
        assert found["standing"].endswith("limit Wed 9 Dec 2026 (met); to be escalated or closed")


class TestWho:
    def test_stage_1_begins_with_the_officer_and_the_agency_s_reason(self, store: Store) -> None:
        store.raised().tick("2026-12-01T07:00")
        found = case(store)
        assert found["with_agency"] == ["E1.2 Reason for the delay given"]
        assert found["with_scsp"] == [
            {
                "what": "E1.1 Business Manager and the agency's representative informed",
                "by": ["cspr_officer", "business_manager"],
            }
        ]
        for role in Informed:
            store.do("officer", "2026-12-01T09:00", Inform("ESC-1", role))
        store.do("trust", "2026-12-01T10:00", GiveReason("ESC-1", "Staff on leave"))
        found = case(store)
        assert found["with_agency"] == []
        assert [one["what"] for one in found["with_scsp"]] == ["closing it"]

    def test_stage_2_is_the_subgroup_chair_s_and_stage_3_the_scsp_chair_s(
        self, store: Store
    ) -> None:
        store.raised().tick("2026-12-04T07:00")
        assert case(store)["with_scsp"][0]["by"] == ["subgroup_chair"]
        store.tick("2026-12-10T07:00")
        assert case(store)["with_scsp"][0]["what"] == "E3.1 SCSP Chair formally notified"
        store.do("officer", "2026-12-10T08:00", NotifyChair("ESC-1"))
        assert case(store)["with_scsp"][0] == {
            "what": "E3.2 Meeting of all parties held",
            "by": ["scsp_chair"],
        }
        held = HoldMeeting("ESC-1", ("chair",), MeetingOutcome.NOT_RESOLVED)
        store.do("chair", "2026-12-10T09:00", held)
        assert case(store)["with_scsp"][0] == {"what": "the final decision", "by": ["scsp_chair"]}
        store.do("chair", "2026-12-10T10:00", Decide("ESC-1", "Send it", "Long due"))
        assert case(store)["with_scsp"][0] == {"what": "closing it", "by": ["scsp_chair"]}

    def test_an_action_lies_with_the_side_that_has_to_do_answer_or_confirm_it(
        self, store: Store
    ) -> None:
        store.raised()
        record = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-02"))
        store.do("officer", "2026-11-30T10:00", record)
        assert case(store)["with_agency"] == ["A1, due Wed 2 Dec 2026, not agreed yet"]
        vary = VaryAction("ESC-1", "A1", due=day("2026-12-03"))
        store.do("trust", "2026-11-30T11:00", vary)
        assert {"what": "A1 to be answered", "by": []} in case(store)["with_scsp"]
        store.do("officer", "2026-11-30T12:00", VaryAction("ESC-1", "A1", due=day("2026-12-03")))
        assert case(store)["with_agency"] == ["A1, due Thu 3 Dec 2026"]
        store.do("officer", "2026-11-30T13:00", VaryAction("ESC-1", "A1", due=day("2026-12-01")))
        assert case(store)["with_agency"] == ["A1, due Thu 3 Dec 2026, a change to be answered"]
        store.do("trust", "2026-11-30T14:00", CompleteAction("ESC-1", "A1", "By courier"))
        assert case(store)["with_agency"] == []
        assert {"what": "A1 to be confirmed", "by": []} in case(store)["with_scsp"]
        store.do("officer", "2026-11-30T15:00", ConfirmAction("ESC-1", "A1"))
        assert [one["what"] for one in case(store)["with_scsp"]] == ["closing it"]

    def test_who_holds_it_is_told_for_the_stage_that_is_due_and_not_recorded(
        self, store: Store
    ) -> None:
        store.raised().at("2026-12-04T09:00")
        assert case(store)["with_scsp"][0]["by"] == ["subgroup_chair"]

    def test_an_incident_is_scsp_s(self, store: Store) -> None:
        store.raised()
        store.do("officer", "2026-11-30T10:00", Notify("INC-1", Body.NATIONAL_PANEL))
        found = case(store, "INC-1")
        assert found["with_agency"] == []
        assert [one["what"] for one in found["with_scsp"]] == [
            "notifying Ofsted",
            "notifying the DfE",
            "convening the rapid review",
        ]

    def test_a_person_reads_it_in_sentences(self, store: Store) -> None:
        told = store.raised().tick("2026-12-01T07:00").told("board")
        assert (
            f"With {TRUST}: E1.2 Reason for the delay given. With SCSP: E1.1 Business Manager and the "
            "agency's representative informed (CSPR Officer or Business Manager)."
        ) in told


class TestWhich:
    def test_the_year_s_open_cases(self, year: Questions) -> None:
        found = year.answered("board")
        assert found["rehearsal"] is True
        assert found["now"] == "2026-11-20T07:00:00+00:00"
        assert found["counts"] == {
            "not_recorded": 0,
            "passed": 4,
            "today": 3,
            "tomorrow": 0,
            "this_week": 1,
            "later": 9,
            "nothing_due": 3,
            "closed": 0,
        }
        order = [one["when"] for one in found["cases"]]
        assert order == sorted(order, key=list(found["counts"]).index)

    def test_each_line_has_agency_stage_limit_and_what_is_next(self, year: Questions) -> None:
        assert (
            "ESC-2026-022 Community Health Trust: T2 Rapid review of INC-2026-012 at risk Stage 2 since "
            "Fri 20 Nov 2026 00:00; limit Wed 25 Nov 2026 (running). Next, if nobody acts: Thu 26 Nov "
            "2026 00:00: The clock moves it to Stage 3, because no meeting outcome was recorded (E2.2)."
        ) in year.told("board")

    def test_one_agency_s_escalations_and_their_incidents(self, year: Questions) -> None:
        shown = groups(year, "--agency", "Ambulance Service")
        assert set(shown) == {"ESC-2026-016", "INC-2026-010"}

    def test_an_agency_that_takes_no_part_is_a_sentence(self, year: Questions) -> None:
        said = year.stops(2, "board", "--agency", "Nowhere")
        assert said.startswith(
            "--agency: nobody of Nowhere takes part; known are Ambleford Acute Trust, "
        )

    def test_closed_cases_come_last_with_their_outcome_opened(self, year: Questions) -> None:
        assert "closed" not in groups(year).values()
        assert len(groups(year, "--all")) == 38
        told = year.told("board", "--all")
        assert told.index("Closed ") > told.index("Nothing falls due")
        assert "resolved on Fri 16 Jan 2026 15:44: Chronology received on the agreed day" in told
        assert "sealed:" not in told

    def test_no_more_than_the_limit_and_how_many_are_left(self, year: Questions) -> None:
        assert len(year.answered("board", "--limit", "3")["cases"]) == 3
        assert year.answered("board", "--limit", "3")["not_shown"] == 17
        assert "17 more are not shown; --limit 20 shows them all." in year.told(
            "board", "--limit", "3"
        )

    def test_only_what_is_shown_is_read(
        self, year: Questions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[str] = []
        known = Asking.known
        monkeypatch.setattr(
            Asking, "known", lambda asked, stream: read.append(stream) or known(asked, stream)
        )
        year.told("board", "--limit", "3")
        assert len(read) == 3

    def test_a_case_that_is_closed_leaves_the_board(self, store: Store) -> None:
        store.raised()
        store.do("manager", "2026-11-30T11:00", Resolve("ESC-1", "Sent while we spoke."))
        assert set(groups(store)) == {"INC-1"}
        told = store.told("board", "--all")
        assert "resolved on Mon 30 Nov 2026 11:00: Sent while we spoke." in told
        assert ".." not in told

    def test_a_board_without_a_case_says_so(self, store: Store) -> None:
        store.at("2026-12-01T09:00")
        assert store.told("board").endswith("The board on Tue 1 Dec 2026 09:00: no case.")


def test_several_escalations_on_one_incident_are_several_lines(store: Store) -> None:
    store.raised()
    store.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
    assert set(groups(store)) == {"INC-1", "ESC-1", "ESC-2"}
    assert set(groups(store, "--agency", "Police")) == {"INC-1", "ESC-2"}
