"""The chronology: everything recorded, in both times, with corrections and what was brought in."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from cspr_workflow.domain.acts import (
    Correct,
    RecordDiscussion,
)
from cspr_workflow.domain.entries import Entry, Imported
from cspr_workflow.domain.incident import IncidentReported, TimescalePassed, TimescaleStarted
from cspr_workflow.domain.partnership import ClosureDeclared
from cspr_workflow.domain.people import Actor, Means
from tests.interfaces.asked_store import Questions, Store, played
from tests.store.places import quick_place
from tests.support import PEOPLE, TRUST, day, limit, raising

OFFICER = "A. Officer (CSPR Officer, SCSP)"
LEAD = f"C. Lead (representative on the SLPR subgroup, {TRUST})"


@pytest.fixture(scope="module")
def year() -> Iterator[Questions]:
    with quick_place() as folder, closing(played(folder / "store")) as questions:
        yield questions


@pytest.fixture
def store() -> Iterator[Store]:
    with quick_place() as folder, closing(Store(folder / "store")) as made:
        yield made


class TestHistory:
    def test_each_entry_has_both_times_its_clause_and_who_on_whose_behalf(
        self, store: Store
    ) -> None:
        store.raised()
        said = RecordDiscussion("ESC-1", Means.CALL, "They will send it")
        store.do(
            "officer", "2026-12-01T10:00", said, occurred="2026-11-30T16:00", means=Means.EMAIL
        )
        told = store.told("history", "ESC-1")
        assert (
            f"Mon 30 Nov 2026 16:00 {OFFICER}, on behalf of the agency (by e-mail) recorded a "
            "discussion (call): They will send it. "
        ) in told
        position = store.desk.lines("ESC-1")[-1].position
        assert f"Position {position}, clause E0, recorded Tue 1 Dec 2026 10:00" in told
        found = store.answered("history", "ESC-1")["entries"][-1]
        assert (found["happened"], found["recorded"]) == (
            "2026-11-30T16:00:00+00:00",
            "2026-12-01T10:00:00+00:00",
        )
        assert (found["by"], found["role"], found["agency"]) == (
            "A. Officer",
            "CSPR Officer",
            "SCSP",
        )
        assert (found["on_behalf_of"], found["means"]) == (TRUST, "e-mail")

    def test_the_order_is_that_of_the_record(self, store: Store) -> None:
        store.raised().tick("2026-12-04T07:00")
        found = store.answered("history", "ESC-1")["entries"]
        assert [one["happened"][:10] for one in found] == ["2026-11-30", "2026-12-01", "2026-12-04"]
        assert [one["by"] for one in found] == ["A. Officer", "the clock", "the clock"]
        assert store.told("history", "ESC-1").endswith("3 entries.")

    def test_a_correction_stands_beside_what_it_corrects(self, store: Store) -> None:
        store.raised()
        first = store.desk.lines("ESC-1")[0]
        store.do("officer", "2026-11-30T10:00", Correct("ESC-1", str(first.id), "Of the ward"))
        store.do("manager", "2026-11-30T11:00", Correct("ESC-1", str(first.id), "Of two wards"))
        told = store.told("history", "ESC-1")
        beside, after = told.split("Position", 2)[1:]
        assert (
            f"Corrected Mon 30 Nov 2026 10:00: {OFFICER} corrected an earlier entry: Of the ward."
            in beside
        )
        assert "Of two wards" in beside
        assert f"It corrects position {first.position}." in after
        found = store.answered("history", "ESC-1")["entries"]
        assert found[0]["corrected_by"] == f"{first.position + 1}, {first.position + 2}"
        assert [one["corrects"] for one in found] == [None, first.position, first.position]
        assert found[1]["clause"] is None, "keeping the record is no part of the process"

    def test_what_was_brought_in_is_marked_with_its_file_and_when_it_was_written_there(
        self, store: Store
    ) -> None:
        imported(store)
        told = store.told("history", "OLD-1")
        assert (
            "Brought in by B. Manager from register.csv (file 0123456789ab…); written there "
            "Thu 26 Nov 2026 10:00."
        ) in told
        assert (
            "(file 0123456789ab…); worked out when it was brought in, as it follows from the other "
            "entries."
        ) in told
        first, _, second = store.answered("history", "OLD-1")["entries"]
        assert first["brought_in_from"] == "register.csv"
        assert first["file_sha256"] == HASH
        assert first["written_there"] == "2026-11-26T10:00:00+00:00"
        assert (first["derived"], second["derived"]) == (False, True)
        assert "Brought in by B. Manager" in store.told("show", "OLD-1")

    def test_without_a_reference_it_is_the_whole_record(self, store: Store) -> None:
        store.raised()
        everything = list(store.desk.record.read_all())
        found = store.answered("history")["entries"]
        assert [one["position"] for one in found] == [one.position for one in everything]
        told = store.told("history")
        assert "The whole record" in told
        assert "[ESC-1] A. Officer" in told
        assert f"{len(everything)} entries." in told

    def test_by_period_both_days_included_and_by_when_it_was_recorded(self, store: Store) -> None:
        store.raised().tick("2026-12-01T23:59")
        store.tick("2026-12-04T07:00")
        assert recorded_on(store, "--from", "2026-12-01") == {"2026-12-01", "2026-12-04"}
        assert recorded_on(store, "--from", "2026-11-30", "--to", "2026-12-01") == {
            "2026-11-30",
            "2026-12-01",
        }
        assert recorded_on(store, "--from", "2026-12-02", "--to", "2026-12-03") == set()
        told = store.told("history", "--from", "2026-12-02", "--to", "2026-12-03")
        assert (
            "The whole record, recorded from Wed 2 Dec 2026 up to Thu 3 Dec 2026 0 entries." in told
        )

    def test_a_period_ends_with_the_civil_day_also_in_summer(self, store: Store) -> None:
        store.reported()
        store.do("officer", "2027-06-01T00:30", raising())
        assert recorded_on(store, "--from", "2027-06-01") == {"2027-06-01"}
        assert recorded_on(store, "--from", "2027-05-01", "--to", "2027-05-31") == set()

    def test_by_agency_and_by_person(self, store: Store) -> None:
        store.raised()
        store.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
        store.agreed("2026-12-01T10:00", "2026-12-03")
        found = store.answered("history", "--agency", "Police")["entries"]
        assert {one["reference"] for one in found} == {"ESC-2"}
        found = store.answered("history", "--person", "trust")["entries"]
        assert [one["what"] for one in found] == ["acknowledged A1"]
        found = store.answered("history", "--person", "clock", "--from", "2026-11-01")["entries"]
        assert {one["what"][:5] for one in found} == {"moved"}
        assert "what C. Lead recorded" in store.told("history", "--person", "trust")

    def test_one_case_can_be_narrowed_too(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-03")
        found = store.answered("history", "ESC-1", "--person", "trust")["entries"]
        assert [one["what"] for one in found] == ["acknowledged A1"]

    def test_the_partnership_s_own_record(self, store: Store) -> None:
        store.adopt("2026-11-30T10:00", ClosureDeclared(day("2026-12-29"), "Offices closed"))
        told = store.told("history", "partnership")
        assert "adopted the policy sandwell-2018/1" in told
        assert "declared Tue 29 Dec 2026 a closure day: Offices closed" in told

    def test_what_fell_due_and_is_not_recorded_has_no_entry_and_is_said(self, store: Store) -> None:
        store.raised().at("2026-12-04T09:00")
        told = store.told("history", "ESC-1")
        assert "1 entry. Fallen due and not yet recorded Due since Tue 1 Dec 2026 00:00" in (
            told.replace("entries", "entry")
        )
        found = store.answered("history", "ESC-1")["not_yet_recorded"]
        assert [one["fell_due"][:10] for one in found] == ["2026-12-01", "2026-12-04"]
        assert {one["reference"] for one in found} == {"ESC-1"}
        told = store.told("history")
        assert told.endswith("Something in 2 cases; cspr board shows them first.")
        store.tick("2026-12-04T09:00")
        assert "not yet recorded" not in store.told("history", "ESC-1")

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (("--person", "nobody"), "--person: nobody by the id nobody takes part; known are off"),
            (("--agency", "Nowhere"), "--agency: nobody of Nowhere takes part"),
            (("--from", "1/12"), "--from: '1/12' is not a date; write it as YYYY-MM-DD"),
            (("--to", "soon"), "--to: 'soon' is not a date"),
        ],
    )
    def test_what_cannot_be_asked_for_is_a_sentence(
        self, year: Questions, options: tuple[str, ...], sentence: str
    ) -> None:
        assert year.stops(2, "history", *options).startswith(sentence)

    def test_as_a_spreadsheet(self, store: Store) -> None:
        store.raised().tick("2026-12-01T07:00")
        first, second = store.table("history", "ESC-1")
        assert first["what"].startswith("raised ESC-1 on INC-1")
        assert (second["by"], second["clause"]) == ("the clock", "E1.5")
        assert (second["happened"], second["recorded"]) == ("2026-12-01 00:00", "2026-12-01 07:00")
        assert second["rehearsal"] == "yes"

    def test_a_long_record_is_read_in_pieces_and_told_whole(self, year: Questions) -> None:
        found = year.answered("history", "--person", "officer", "--from", "2026-01-01")["entries"]
        everything = year.answered("history")["entries"]
        assert len(everything) == year.desk.record.last()[0] == 514
        assert found == [one for one in everything if one["by"] == "L. Fenwright"]


HASH = "0123456789abcdef" * 4


def imported(store: Store) -> None:
    """An old incident as an import brings it in: its report, and a move that follows from it."""
    written = store.moment("2026-11-26T10:00")
    came = store.moment("2026-12-20T09:00")
    origin = Imported("register.csv", HASH, "manager", written)
    label = store.desk.policy.label
    report = Entry(
        IncidentReported("OLD-1", day("2026-11-24"), day("2026-11-25")),
        written,
        came,
        Actor(PEOPLE["officer"]),
        "T1",
        label,
        0,
        origin,
    )
    due = limit("2026-12-01", 5, "2026-11-24", "T1", anchor="incident")
    passed = replace(
        report,
        fact=TimescalePassed("notification", due),
        occurred=due.falls_due,
        by=None,
        imported=replace(origin, written=due.falls_due, derived=True),
    )
    started = replace(report, fact=TimescaleStarted("notification", due))
    store.append("incident:OLD-1", "OLD-1", report, started, passed)
    store.at("2026-12-20T09:00")


def recorded_on(store: Store, *options: str) -> set[str]:
    """The days on which what is shown was recorded."""
    found = store.answered("history", *options)["entries"]
    return {one["recorded"][:10] for one in found}
