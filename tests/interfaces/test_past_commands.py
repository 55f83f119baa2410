"""Questions about the past: where cases stood and what was known of it; what was in time and what late."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Any

import pytest

from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Body,
    CompleteAction,
    GiveReason,
    HoldMeeting,
    Inform,
    Informed,
    MeetingOutcome,
    Notify,
    RecordAction,
    Resolve,
    VaryAction,
)
from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.domain.people import Means, Side
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


class TestAsAt:
    def stood(self, store: Store, moment: str, *known: str) -> dict[str, Any]:
        (found,) = store.answered("as-at", moment, "ESC-1", *known)["cases"]
        return dict(found["standing"])

    @pytest.fixture
    def late(self, store: Store) -> Store:
        """An action done on 2 December and written down on the 4th."""
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-03")
        done = CompleteAction("ESC-1", "A1", "By courier")
        store.do("trust", "2026-12-04T09:00", done, occurred="2026-12-02T15:00")
        return store

    def test_what_was_written_down_late_counts_from_when_it_happened(self, late: Store) -> None:
        assert self.stood(late, "2026-12-02T14:59")["actions"]["A1"]["state"] == "agreed"
        assert self.stood(late, "2026-12-02T15:00")["actions"]["A1"]["state"] == "done"

    def test_what_was_not_written_down_by_then_was_not_known(self, late: Store) -> None:
        known = ("--known-at", "2026-12-04T08:59")
        assert self.stood(late, "2026-12-03T12:00", *known)["actions"]["A1"]["state"] == "agreed"
        known = ("--known-at", "2026-12-04T09:00")
        assert self.stood(late, "2026-12-03T12:00", *known)["actions"]["A1"]["state"] == "done"

    def test_it_says_which_two_times_it_answers_for(self, late: Store) -> None:
        position = late.desk.record.last()[0]
        assert (
            "As it stood on Thu 3 Dec 2026 12:00, as it is known now (from the record up to position "
            f"{position})"
        ) in late.told("as-at", "2026-12-03T12:00")
        told = late.told("as-at", "2026-12-03T12:00", "--known-at", "2026-12-03T18:00")
        assert (
            "As it stood on Thu 3 Dec 2026 12:00, as it was known on Thu 3 Dec 2026 18:00 (from the "
            "record up to position "
        ) in told
        answered = late.answered("as-at", "2026-12-03T12:00")
        assert (answered["as_at"], answered["known_at"]) == ("2026-12-03T12:00:00+00:00", None)
        assert answered["position"] == position

    def test_cases_come_with_their_actions_and_texts_opened(self, late: Store) -> None:
        told = late.told("as-at", "2026-12-02T16:00")
        assert "2 cases. INC-1 The incident reported; T1 Notification" in told
        assert (
            "ESC-1 Acute Trust: T2 Rapid review of INC-1 at risk Stage 1 since Tue 1 Dec 2026 00:00; "
            "limit Thu 3 Dec 2026 (running). A1 Done, done on Wed 2 Dec 2026: Send the chronology "
            "(owner Acute Trust, due Thu 3 Dec 2026)."
        ) in told

    def test_both_sides_of_an_action_that_differs(self, late: Store) -> None:
        record = RecordAction("ESC-1", "A2", "Send it all", Side.AGENCY, day("2026-12-08"))
        late.do("officer", "2026-12-04T10:00", record)
        late.do("trust", "2026-12-04T11:00", VaryAction("ESC-1", "A2", due=day("2026-12-09")))
        assert (
            "SCSP has: Send it all, due Tue 8 Dec 2026. Acute Trust has: Send it all, due "
            "Wed 9 Dec 2026."
        ) in late.told("as-at", "2026-12-04T11:00", "ESC-1")

    def test_a_record_that_stands_on_a_report_says_so(self, store: Store) -> None:
        store.raised()
        record = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-03"))
        store.do("officer", "2026-12-01T10:00", record)
        acknowledge = AcknowledgeAction("ESC-1", "A1")
        store.do("officer", "2026-12-01T11:00", acknowledge, means=Means.CALL)
        store.do("trust", "2026-12-01T12:00", acknowledge)
        reported = "The agency's record stands on a report."
        assert reported in store.told("as-at", "2026-12-01T11:59", "ESC-1")
        assert reported not in store.told("as-at", "2026-12-01T12:00", "ESC-1")

    def test_one_that_had_not_begun_says_so(self, late: Store) -> None:
        told = late.told("as-at", "2026-11-20T09:00", "ESC-1")
        assert told.endswith("ESC-1 had not begun by then, as far as that was known.")
        assert late.answered("as-at", "2026-11-20T09:00", "ESC-1")["cases"] == []
        told = late.told("as-at", "2026-12-03T09:00", "--known-at", "2026-11-20T09:00")
        assert told.endswith("No case had begun by then, as far as that was known.")

    def test_a_closed_case_tells_its_outcome(self, late: Store) -> None:
        late.do("manager", "2026-12-04T12:00", Resolve("ESC-1", "It came"))
        told = late.told("as-at", "2026-12-04T12:00", "ESC-1")
        assert "resolved on Fri 4 Dec 2026 12:00: It came." in told
        assert "resolved" not in late.told("as-at", "2026-12-04T11:59", "ESC-1")

    def test_what_fell_due_by_then_and_is_not_recorded_is_said(self, store: Store) -> None:
        store.raised().at("2026-12-11T09:00")
        told = store.told("as-at", "2026-12-05T09:00", "ESC-1")
        assert told.count("not yet recorded") == 2, "stages 1 and 2, not stage 3"
        (found,) = store.answered("as-at", "2026-12-05T09:00", "ESC-1")["cases"]
        assert [one["fell_due"][:10] for one in found["not_yet_recorded"]] == [
            "2026-12-01",
            "2026-12-04",
        ]
        store.tick("2026-12-11T09:00")
        assert "not yet recorded" not in store.told("as-at", "2026-12-05T09:00", "ESC-1")

    def test_what_had_fallen_due_and_was_recorded_later_than_known_is_said(
        self, store: Store
    ) -> None:
        store.raised().tick("2026-12-04T07:00").at("2026-12-04T09:00")
        known = ("--known-at", "2026-12-04T06:59")
        told = store.told("as-at", "2026-12-04T08:00", *known)
        assert "ESC-1 Acute Trust: T2 Rapid review of INC-1 at risk Initial discussion" in told
        assert (
            "Due since Fri 4 Dec 2026 00:00, not recorded by then: The clock moves it to Stage 2, "
            "because nothing had come from the agency."
        ) in told
        (found,) = store.answered("as-at", "2026-12-04T08:00", "ESC-1", *known)["cases"]
        assert [one["fell_due"][:10] for one in found["not_yet_recorded"]] == [
            "2026-12-01",
            "2026-12-04",
        ]
        known = ("--known-at", "2026-12-03T23:59")
        (found,) = store.answered("as-at", "2026-12-04T08:00", "ESC-1", *known)["cases"]
        assert len(found["not_yet_recorded"]) == 1, "stage 2 was not due yet"
        known = ("--known-at", "2026-12-04T07:00")
        assert "not recorded" not in store.told("as-at", "2026-12-04T08:00", "ESC-1", *known)

    def test_no_longer_at_risk(self, store: Store) -> None:
        store.reported()
        store.do("officer", "2026-11-30T09:30", raising(timescale="notification"))
        for body in Body:
            store.do("officer", "2026-11-30T10:00", Notify("INC-1", body))
        assert "; no longer at risk." in store.told("as-at", "2026-11-30T10:00", "ESC-1")

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            (("tomorrow",), "MOMENT: 'tomorrow' is not a moment; write it as YYYY-MM-DDTHH:MM"),
            (("2026-11-20T07:01",), "MOMENT: Fri 20 Nov 2026 07:01 is later than now, Fri 20 Nov"),
            (("2026-11-01T09:00", "--known-at", "x"), "--known-at: 'x' is not a moment"),
            (
                ("2026-11-01T09:00", "--known-at", "2027-01-01T09:00"),
                "--known-at: Fri 1 Jan 2027 09:00 is later than now",
            ),
        ],
    )
    def test_a_moment_that_is_none_or_still_to_come_is_a_sentence(
        self, year: Questions, given: tuple[str, ...], sentence: str
    ) -> None:
        assert year.stops(2, "as-at", *given).startswith(sentence)

    def test_now_it_is_what_the_cases_show(self, year: Questions) -> None:
        found = year.answered("as-at", "2026-11-20T07:00")["cases"]
        assert len(found) == 38
        for one in found[::5]:
            (shown,) = year.answered("show", one["reference"])["cases"]
            assert one["standing"] == shown["outcome"], one["reference"]


class TestTimeliness:
    @pytest.fixture
    def two(self, store: Store) -> Store:
        """ESC-1 goes through the stages untouched but for its duties; ESC-2 is settled in stage 1."""
        store.raised()
        store.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
        store.tick("2026-12-01T07:00")
        for role in Informed:
            store.do("officer", "2026-12-01T09:00", Inform("ESC-1", role))
        store.do("manager", "2026-12-02T09:00", Resolve("ESC-2", "Sent"))
        store.tick("2026-12-04T07:00")
        store.agreed("2026-12-07T10:00", "2026-12-18")
        held = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED)
        store.do("sub", "2026-12-08T15:00", held)
        return store

    def lines(
        self, store: Questions, what: str, *options: str
    ) -> dict[tuple[str | None, str], Any]:
        found = store.answered("timeliness", *options)[what]
        return {(one.pop("group"), one.pop("what")): one for one in found}

    def test_limits_of_stages_met_late_passed(self, two: Store) -> None:
        limits = self.lines(two, "limits")
        none = {"in_time": 0, "late": 0, "passed": 0, "running": 0, "left": 0}
        assert limits == {
            (None, "Stage 1"): {**none, "passed": 1, "left": 1},
            (None, "Stage 2"): {**none, "in_time": 1},
        }

    def test_timescales_met_late_passed(self, two: Store) -> None:
        assert self.lines(two, "timescales")[None, "T1 Notification"]["passed"] == 1
        for body in Body:
            two.do("officer", "2026-12-08T16:00", Notify("INC-1", body))
        found = self.lines(two, "timescales")
        assert found[None, "T1 Notification"]["met_late"] == 1
        assert found[None, "T2 Rapid review"]["running"] == 1

    def test_duties_done_not_done_and_not_yet(self, two: Store) -> None:
        duties = self.lines(two, "duties")
        informed = "E1.1 Business Manager and the agency's representative informed"
        reason = "E1.2 Reason for the delay given"
        assert duties[None, informed] == {"done": 1, "not_done": 1, "not_yet": 0}
        assert duties[None, reason] == {"done": 0, "not_done": 2, "not_yet": 0}
        two.do("trust", "2026-12-08T16:00", GiveReason("ESC-1", "Staff on leave"))
        assert self.lines(two, "duties")[None, reason]["done"] == 1
        two.do("officer", "2026-12-08T16:00", raising("ESC-3"))
        two.tick("2026-12-09T07:00")
        assert self.lines(two, "duties")[None, reason] == {"done": 1, "not_done": 1, "not_yet": 1}

    def test_a_person_reads_tables(self, two: Store) -> None:
        told = two.told("timeliness")
        assert "Timeliness National timescales Met Met late Passed Running" in told
        assert "Limits of the stages In time Late Passed Running Left before" in told
        assert "Stage 1 - - 1 - 1 Stage 2 1 - - - -" in told
        assert "E2.1 Meeting of the subgroup chair with the agency's" in told

    def test_by_agency(self, two: Store) -> None:
        limits = self.lines(two, "limits", "--by", "agency")
        assert list(limits) == [(TRUST, "Stage 1"), (TRUST, "Stage 2"), ("Police", "Stage 1")]
        assert self.lines(two, "timescales", "--by", "agency") == {}, "T2 has not started"
        third = raising("ESC-3", timescale="notification", agency="Police")
        two.do("officer", "2026-12-08T16:00", third)
        timescales = self.lines(two, "timescales", "--by", "agency")
        assert list(timescales) == [("Police", "T1 Notification")]
        assert timescales["Police", "T1 Notification"]["passed"] == 1

    def test_of_one_agency(self, two: Store) -> None:
        limits = self.lines(two, "limits", "--agency", "Police")
        assert list(limits) == [(None, "Stage 1")]
        assert limits[None, "Stage 1"]["left"] == 1
        told = two.told("timeliness", "--agency", "Police")
        assert "Timeliness, Police National timescales that an escalation put at risk None." in told

    def test_by_month_as_the_civil_day_has_it(self, store: Store) -> None:
        store.reported()
        store.do("officer", "2027-06-29T10:00", raising())
        store.tick("2027-06-30T07:00")
        store.tick("2027-07-03T07:00")
        limits = self.lines(store, "limits", "--by", "period")
        # Stage 1 was entered with the midnight that opens 30 June, stage 2 with that of 3 July.
        assert list(limits) == [("June 2027", "Stage 1"), ("July 2027", "Stage 2")]
        assert list(self.lines(store, "limits", "--from", "2027-06-30", "--to", "2027-06-30")) == [
            (None, "Stage 1")
        ]
        assert self.lines(store, "limits", "--to", "2027-06-29") == {}
        timescales = self.lines(store, "timescales", "--by", "period")
        assert list(timescales) == [("December 2026", "T1 Notification")]

    def test_what_was_late_because_the_clock_did_not_run_has_its_own_section(
        self, store: Store
    ) -> None:
        store.raised().tick("2026-12-01T07:00")
        assert "Nothing: no time is noted in which the clock did not run." in store.told(
            "timeliness"
        )
        gap = ClockStoodStill(store.moment("2026-12-03T18:00"), store.moment("2026-12-07T09:00"))
        store.adopt("2026-12-07T09:00", gap)
        store.tick("2026-12-07T09:00")
        assert (
            "Recorded late because the clock did not run Thu 3 Dec 2026 18:00 The clock did not run "
            "until Mon 7 Dec 2026 09:00; 1 move late. ESC-1: fell due Fri 4 Dec 2026 00:00, recorded "
            "Mon 7 Dec 2026 09:00."
        ) in store.told("timeliness")
        answered = store.answered("timeliness")
        assert [one["reference"] for one in answered["recorded_late"]] == ["ESC-1"]
        assert answered["gaps"] == [
            {"since": "2026-12-03T18:00:00+00:00", "until": "2026-12-07T09:00:00+00:00"}
        ]
        assert store.answered("timeliness", "--agency", "Police")["recorded_late"] == []
        for period in (("--to", "2026-12-02"), ("--from", "2026-12-08")):
            answered = store.answered("timeliness", *period)
            assert (answered["gaps"], answered["recorded_late"]) == ([], [])

    def test_what_fell_due_and_is_not_recorded_is_counted_nowhere_and_said(
        self, store: Store
    ) -> None:
        store.raised().at("2026-12-04T09:00")
        told = store.told("timeliness")
        assert (
            "Fallen due and not yet recorded 2 cases, not counted above as late or passed: ESC-1, "
            "INC-1. cspr board shows them first."
        ) in told
        assert store.answered("timeliness")["limits"] == []
        assert store.answered("timeliness", "--agency", "Police")["not_yet_recorded"] == []
        store.tick("2026-12-04T09:00")
        assert "not yet recorded" not in store.told("timeliness")

    def test_the_year_adds_up(self, year: Questions) -> None:
        whole = self.lines(year, "limits")
        for by in ("agency", "period"):
            parts = self.lines(year, "limits", "--by", by)
            for (_, stage), counts in whole.items():
                for how, number in counts.items():
                    assert number == sum(
                        one[how] for (_, of), one in parts.items() if of == stage
                    ), (by, stage, how)

    def test_the_period_is_said(self, year: Questions) -> None:
        told = year.told("timeliness", "--from", "2026-01-01", "--to", "2026-03-31")
        assert "Timeliness, from Thu 1 Jan 2026, up to Tue 31 Mar 2026" in told
        answered = year.answered("timeliness", "--from", "2026-01-01")
        assert (date.fromisoformat(answered["from"]), answered["to"]) == (date(2026, 1, 1), None)

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (("--from", "soon"), "--from: 'soon' is not a date; write it as YYYY-MM-DD"),
            (("--to", "soon"), "--to: 'soon' is not a date"),
            (("--agency", "Nowhere"), "--agency: nobody of Nowhere takes part"),
            (("--by", "colour"), "Usage"),
        ],
    )
    def test_what_cannot_be_asked_for_is_a_sentence(
        self, year: Questions, options: tuple[str, ...], sentence: str
    ) -> None:
        assert year.stops(2, "timeliness", *options).startswith(sentence)
