"""The record of agreed actions, for people, for programs and for spreadsheets."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    ConfirmAction,
    Decide,
    DisputeCompletion,
    RecordAction,
    ReleaseAction,
    SetAction,
    VaryAction,
)
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.people import Means, Side
from cspr_workflow.interfaces.action_rows import ActionRow
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.spreadsheet import cell
from tests.interfaces.asked_store import Questions, Store, played
from tests.store.places import quick_place
from tests.support import TRUST, day, raising

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


def action(questions: Questions) -> dict[str, Any]:
    (found,) = questions.answered("actions")["actions"]
    return dict(found)


class TestActions:
    def test_who_agreed_what_with_whom_by_when(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-03")
        assert store.told("actions").endswith(
            "The record of agreed actions: 1 action ESC-1/A1 Agreed: Send the chronology (owner Acute "
            "Trust, due Thu 3 Dec 2026) Agreed by Acute Trust and SCSP. Both records are the same. "
            f"Recorded by {OFFICER}, Tue 1 Dec 2026 10:00; acknowledged by {LEAD}, Tue 1 Dec 2026 10:00."
        )
        found = action(store)
        assert (found["escalation"], found["incident"], found["agency"]) == (
            "ESC-1",
            "INC-1",
            TRUST,
        )
        assert (found["recorded_by"], found["acknowledged_by"]) == (OFFICER, LEAD)
        assert found["acknowledged_at"] == "2026-12-01T10:00:00+00:00"
        assert found["acknowledged_on_behalf_of"] is None

    def test_an_acknowledgement_on_behalf_of_the_agency_names_the_means_until_its_own(
        self, store: Store
    ) -> None:
        store.raised()
        record = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-03"))
        store.do("officer", "2026-12-01T10:00", record)
        acknowledge = AcknowledgeAction("ESC-1", "A1")
        store.do("manager", "2026-12-01T11:00", acknowledge, means=Means.CALL)
        found = action(store)
        assert found["acknowledged_by"] == "B. Manager (Business Manager, SCSP)"
        assert (found["acknowledged_on_behalf_of"], found["acknowledged_means"]) == (TRUST, "call")
        assert found["reported"] is True
        assert "on behalf of Acute Trust (by call), Tue 1 Dec 2026 11:00" in store.told("actions")
        store.do("trust", "2026-12-01T12:00", acknowledge)
        found = action(store)
        assert (found["acknowledged_by"], found["acknowledged_means"]) == (LEAD, None)
        assert found["reported"] is False

    def test_terms_agreed_by_varying_to_the_same_are_agreed_by_who_varied(
        self, store: Store
    ) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-03")
        for by, at in (("trust", "2026-12-01T11:00"), ("officer", "2026-12-01T12:00")):
            store.do(by, at, VaryAction("ESC-1", "A1", due=day("2026-12-04")))
        found = action(store)
        assert (found["due"], found["acknowledged_by"]) == ("2026-12-04", OFFICER)
        assert found["acknowledged_at"] == "2026-12-01T12:00:00+00:00"

    def test_a_variation_that_is_not_answered_shows_both_sides(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-03")
        store.do("trust", "2026-12-02T10:00", VaryAction("ESC-1", "A1", due=day("2026-12-09")))
        found = action(store)
        assert found["due"] == "2026-12-03", "nobody moves a date alone"
        assert (found["scsp_due"], found["agency_due"]) == ("2026-12-03", "2026-12-09")
        assert found["varied"] == (
            f"Wed 2 Dec 2026 10:00 by {LEAD}: Send the chronology, due Wed 9 Dec 2026"
        )
        assert (
            "SCSP has: Send the chronology, due Thu 3 Dec 2026. Acute Trust has: Send the chronology, "
            "due Wed 9 Dec 2026."
        ) in store.told("actions")

    def test_where_both_records_are_the_same_neither_stands_twice(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-03")
        found = action(store)
        assert [found[name] for name in ("scsp_what", "scsp_due", "agency_what", "agency_due")] == [
            None
        ] * 4

    def test_what_became_of_it(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-03")
        store.do("trust", "2026-12-02T10:00", CompleteAction("ESC-1", "A1", "By courier"))
        store.do("officer", "2026-12-02T11:00", DisputeCompletion("ESC-1", "A1", "Half of it"))
        found = action(store)
        assert found["disputed"] == f"Wed 2 Dec 2026 11:00 by {OFFICER}: Half of it"
        assert (found["done_on"], found["evidence"]) == (None, "By courier")
        store.do("trust", "2026-12-03T10:00", CompleteAction("ESC-1", "A1", "All of it"))
        store.do("officer", "2026-12-03T11:00", ConfirmAction("ESC-1", "A1"))
        found = action(store)
        assert (found["state"], found["done_on"]) == ("confirmed", "2026-12-03")
        assert found["evidence"] == "All of it"
        assert found["confirmed"] == f"Thu 3 Dec 2026 11:00 by {OFFICER}"
        told = store.told("actions")
        assert "Confirmed, done on Thu 3 Dec 2026: Send the chronology" in told
        assert "Evidence: All of it Confirmed: Thu 3 Dec 2026 11:00" in told

    def test_not_maintained_and_before_the_clock_has_recorded_it(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-02")
        assert action(store)["not_recorded_since"] is None
        store.at("2026-12-03T09:00")
        found = action(store)
        assert (found["state"], found["not_maintained_since"]) == ("agreed", None)
        assert found["not_recorded_since"] == "2026-12-03T00:00:00+00:00"
        assert (
            "Due since Thu 3 Dec 2026 00:00, not yet recorded: not maintained, it was due on "
            "Wed 2 Dec 2026."
        ) in store.told("actions")
        store.tick("2026-12-03T09:00")
        found = action(store)
        assert found["not_maintained_since"] == "2026-12-03T00:00:00+00:00"
        assert found["not_recorded_since"] is None
        store.do("trust", "2026-12-03T10:00", CompleteAction("ESC-1", "A1", "By courier"))
        assert action(store)["not_maintained_since"] is None

    def test_released_by_both_sides_or_by_decision(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-20")
        store.do("officer", "2026-12-02T10:00", ReleaseAction("ESC-1", "A1", "Sent elsewhere"))
        said = f"Wed 2 Dec 2026 10:00 by {OFFICER}: Sent elsewhere"
        assert action(store)["released"] == f"not yet; said by one side only: {said}"
        release = ReleaseAction("ESC-1", "A1", "So it is")
        store.do("officer", "2026-12-02T11:00", release, means=Means.EMAIL)
        found = action(store)
        assert found["state"] == "released"
        assert found["released"] == (
            f"{said}; Wed 2 Dec 2026 11:00 by {OFFICER} on behalf of Acute Trust (e-mail): So it is"
        )

    def test_what_a_decision_sets_and_releases(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-20")
        store.tick("2026-12-11T07:00")
        new = SetAction("A2", "Send it now", Side.AGENCY, day("2026-12-14"))
        store.do("chair", "2026-12-11T10:00", Decide("ESC-1", "Now", "Long due", ("A1",), (new,)))
        first, second = store.answered("actions")["actions"]
        assert (first["released"], first["by_decision"]) == (
            "Fri 11 Dec 2026 10:00 by decision",
            False,
        )
        assert (second["state"], second["by_decision"]) == ("decided", True)
        assert second["acknowledged_by"] is None, "a decision is nobody's agreement"
        told = store.told("actions")
        assert "Set by the decision of chair (SCSP Chair, SCSP), Fri 11 Dec 2026 10:00." in told

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            ((), ["A1", "A2", "A3", "B1"]),
            (("--escalation", "ESC-2"), ["B1"]),
            (("--incident", "INC-1"), ["A1", "A2", "A3", "B1"]),
            (("--incident", "INC-2"), []),
            (("--agency", "Police"), ["B1"]),
            (("--state", "recorded"), ["A2", "B1"]),
            (("--due-from", "2026-12-04"), ["A2", "A3", "B1"]),
            (("--due-to", "2026-12-04"), ["A1", "A2"]),
            (("--due-from", "2026-12-04", "--due-to", "2026-12-04"), ["A2"]),
            (("--outstanding",), ["A2", "A3", "B1"]),
            (("--outstanding", "--state", "agreed"), ["A3"]),
        ],
    )
    def test_what_is_asked_for(
        self, store: Store, options: tuple[str, ...], found: list[str]
    ) -> None:
        store.reported("INC-2")
        store.raised()
        store.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
        store.agreed("2026-12-01T10:00", "2026-12-03")
        later = day("2026-12-10")
        store.do(
            "officer",
            "2026-12-01T10:00",
            RecordAction("ESC-1", "A2", "x", Side.SCSP, day("2026-12-04")),
        )
        store.agreed("2026-12-01T10:00", "2026-12-09", action="A3")
        store.do(
            "officer", "2026-12-01T10:00", RecordAction("ESC-2", "B1", "y", Side.AGENCY, later)
        )
        store.do("trust", "2026-12-01T11:00", CompleteAction("ESC-1", "A1", "Sent"))
        answered = store.answered("actions", *options)["actions"]
        assert [one["action"] for one in answered] == found
        assert f"{len(found)} action" in store.told("actions", *options)

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (("--escalation", "ESC-9"), "--escalation: ESC-9: there is no incident or escalation"),
            (("--incident", "ESC-2026-001"), "--incident: ESC-2026-001: there is no incident"),
            (("--agency", "Nowhere"), "--agency: nobody of Nowhere takes part"),
            (("--due-from", "soon"), "--due-from: 'soon' is not a date; write it as YYYY-MM-DD"),
            (("--due-to", "2026-02-30"), "--due-to: '2026-02-30' is not a date"),
            (("--state", "gone"), "Usage"),
        ],
    )
    def test_what_cannot_be_asked_for_is_a_sentence(
        self, year: Questions, options: tuple[str, ...], sentence: str
    ) -> None:
        assert year.stops(2, "actions", *options).startswith(sentence)

    def test_the_year_s_actions_open_every_text(self, year: Questions) -> None:
        told = year.told("actions")
        assert "28 actions" in told
        assert "Disputed: Thu 9 Apr 2026 09:48 by L. Fenwright (CSPR Officer, SCSP): Two of" in told


class TestActionsAsASpreadsheet:
    def test_each_side_s_own_record_stands_there_whether_or_not_they_are_the_same(
        self, store: Store
    ) -> None:
        store.raised()
        sides = ("SCSP what", "SCSP due", "agency what", "agency due")
        record = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-03"))
        store.do("officer", "2026-12-01T10:00", record)
        (row,) = store.table("actions")
        assert [row[side] for side in sides] == ["Send it", "2026-12-03", "", ""]
        store.do("trust", "2026-12-01T11:00", AcknowledgeAction("ESC-1", "A1"))
        (row,) = store.table("actions")
        assert [row[side] for side in sides] == ["Send it", "2026-12-03"] * 2
        store.do("trust", "2026-12-01T12:00", VaryAction("ESC-1", "A1", due=day("2026-12-04")))
        (row,) = store.table("actions")
        assert [row[side] for side in sides] == ["Send it", "2026-12-03", "Send it", "2026-12-04"]

    def test_every_part_of_the_record_has_a_column(self, year: Questions) -> None:
        rows = year.table("actions")
        assert len(rows) == 28
        assert list(rows[0])[:12] == [
            "escalation", "incident", "agency", "action", "owner", "state", "what", "due",
            "SCSP what", "SCSP due", "agency what", "agency due",
        ]  # fmt: skip
        assert len(rows[0]) == len(fields(ActionRow)) + 1
        first = rows[0]
        assert first["acknowledged"] == "2026-01-15 08:54"
        assert (first["due"], first["done on"]) == ("2026-01-16", "2026-01-16")

    def test_moments_are_in_local_time_and_yes_is_yes(self, store: Store) -> None:
        store.reported()
        store.do("officer", "2027-06-01T09:00", raising())
        store.do(
            "officer",
            "2027-06-01T10:00",
            RecordAction("ESC-1", "A1", "x", Side.AGENCY, day("2027-06-02")),
        )
        store.do("officer", "2027-06-01T11:00", AcknowledgeAction("ESC-1", "A1"), means=Means.CALL)
        (row,) = store.table("actions")
        assert (row["recorded"], row["acknowledged"]) == ("2027-06-01 10:00", "2027-06-01 11:00")
        assert (row["reported"], row["by decision"], row["varied"]) == ("yes", "", "")

    def test_a_text_that_a_spreadsheet_would_take_for_a_formula_is_kept_from_it(
        self, store: Store
    ) -> None:
        store.raised()
        formula = '=HYPERLINK("http://example.org","x")'
        record = RecordAction("ESC-1", "A1", formula, Side.AGENCY, day("2026-12-03"))
        store.do("officer", "2026-12-01T10:00", record)
        assert store.table("actions")[0]["what"] == f"'{formula}"
        assert action(store)["what"] == formula

    def test_a_rehearsal_is_marked_in_the_table_and_beside_it(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-03")
        assert store.table("actions")[0]["rehearsal"] == "yes"
        assert store.ask("actions", "--csv").stderr.startswith("Rehearsal: nothing in this store")
        lasting = Store(tmp_path / "lasting", rehearsal=False)
        monkeypatch.setattr(Desk, "now", lambda _: store.moment("2026-12-01T10:00"))
        lasting.desk.office.set_clock(None)
        result = lasting.ask("actions", "--csv")
        assert "rehearsal" not in result.stdout
        assert result.stderr == ""
        lasting.close()


@pytest.mark.parametrize("command", ["actions", "history"])
def test_a_program_and_a_spreadsheet_are_asked_for_one_at_a_time(
    year: Questions, command: str
) -> None:
    said = year.stops(2, command, "--json", "--csv")
    assert said == "Give one of --json and --csv, not both."


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+44 20", "'+44 20"),
        ("-1", "'-1"),
        ("@all", "'@all"),
        ("\tx", "'\tx"),
        ("A1", "A1"),
        ("a=b", "a=b"),
        ("", ""),
        (None, ""),
        (True, "yes"),
        (False, ""),
        (7, "7"),
        (day("2026-12-03"), "2026-12-03"),
        (datetime(2026, 7, 1, 8, 5, tzinfo=UTC), "2026-07-01 09:05"),
        ("\x1b[2J", "\N{REPLACEMENT CHARACTER}[2J"),
    ],
)
def test_a_cell(value: object, written: str) -> None:
    assert cell(value, CivilTime("Europe/London")) == written
