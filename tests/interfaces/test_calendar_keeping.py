"""The partnership's calendar on the command line: shown, brought up to date, changed by hand."""

import pytest

from cspr_workflow.application.ports import KnownHolidays
from cspr_workflow.store import bank_holidays
from tests.interfaces.house import House
from tests.support import day

REAL = bank_holidays.of("GB-ENG")


class TestCalendarShow:
    def test_days_closures_and_every_change_with_who_and_why(self, rehearsal: House) -> None:
        rehearsal.told(
            "declare-closure", "2026-12-24", "--reason", "Office closed", "--as", "manager"
        )
        told = rehearsal.told("calendar", "show", "--year", "2026")
        assert "Version 1 of the calendar. Bank holidays are officially known to 2028." in told
        assert "Fri 25 Dec 2026 Christmas Day" in told
        assert "Closure days Thu 24 Dec 2026 Office closed What changed it" in told
        assert "Thu 26 Nov 2026 09:00 The partnership adopted the bank holidays of GB-ENG" in told
        assert (
            "Mon 30 Nov 2026 09:30 B. Manager (Business Manager, SCSP) declared Thu 24 Dec 2026 a closure "
            "day: Office closed." in told
        )
        assert "2027" not in told

    def test_it_answers_a_program(self, rehearsal: House) -> None:
        rehearsal.told("declare-closure", "2026-12-24", "--reason", "Closed", "--as", "manager")
        answer = rehearsal.answered("calendar", "show", "--year", "2026")
        assert answer["version"] == 1
        assert answer["closures"] == [{"day": "2026-12-24", "reason": "Closed"}]
        assert answer["bank_holidays"][0] == {"day": "2026-01-01", "name": "New Year's Day"}
        assert [(one["version"], one["by"]) for one in answer["changes"]] == [
            (0, None), (1, "manager"),
        ]  # fmt: skip
        assert answer["changes"][1]["cause"] == "closure declared for Thu 24 Dec 2026: Closed"

    def test_left_to_itself_it_shows_the_years_from_now_to_the_last_known(
        self, lasting: House
    ) -> None:
        days = lasting.answered("calendar", "show")["bank_holidays"]
        assert {one["day"][:4] for one in days} == {"2026", "2027", "2028"}


class TestCalendarUpdate:
    def known(self, monkeypatch: pytest.MonkeyPatch, *, more: str = "", fewer: str = "") -> None:
        """What the next version of the program knows of bank holidays."""
        days = {one: name for one, name in REAL.days.items() if str(one) != fewer}
        if more:
            days[day(more)] = "Jubilee"
        years = KnownHolidays(REAL.region, "holidays 1.0", 2029, days)
        monkeypatch.setattr(bank_holidays, "of", lambda _: years)

    def test_it_takes_over_what_is_new(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.known(monkeypatch, more="2026-12-02", fewer="2027-08-30")
        told = rehearsal.told("calendar", "update", "--as", "manager")
        assert "noted a new bank holiday, Wed 2 Dec 2026: Jubilee." in told
        assert "noted that Mon 30 Aug 2027 is no bank holiday any more" in told
        assert "noted that bank holidays are officially known to 2029 (holidays 1.0)." in told
        assert rehearsal.types()[-3:] == [
            "partnership.bank-holiday-announced.v1",
            "partnership.bank-holiday-cancelled.v1",
            "partnership.horizon-moved.v1",
        ]

    def test_a_preview_says_what_would_move_and_stores_nothing(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.known(monkeypatch, more="2026-12-02")
        before = rehearsal.everything()
        preview = ("calendar", "update", "--preview", "--as", "manager")
        told = rehearsal.told(*preview)
        assert (
            "ESC-1 Stage 1 Thu 3 Dec 2026 Fri 4 Dec 2026 bank holiday announced for Wed 2 Dec 2026: "
            "Jubilee" in told
        )
        answer = rehearsal.answered(*preview)
        assert answer["would_move"][0] == {
            "reference": "ESC-1",
            "limit": "stage_1",
            "before": "2026-12-03",
            "after": "2026-12-04",
            "cause": "bank holiday announced for 2026-12-02: Jubilee",
        }
        assert len(answer["would_move"]) == 3
        assert len(answer["would_record"]) == 2
        assert rehearsal.everything() == before
        moved = rehearsal.answered("calendar", "update", "--as", "manager")
        assert len(moved["recorded"]) == 2
        rehearsal.told("tick")
        assert rehearsal.types()[-3:] == ["escalation.limit-moved.v1"] * 3

    def test_a_preview_that_moves_nothing_says_so(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.known(monkeypatch, more="2028-12-04")
        told = rehearsal.told("calendar", "update", "--preview", "--as", "manager")
        assert told.endswith("Limits that it would move None.")

    def test_without_anything_new_it_records_nothing(self, rehearsal: House) -> None:
        before = rehearsal.everything()
        told = rehearsal.told("calendar", "update", "--as", "manager")
        assert told.endswith("The partnership's bank holidays are up to date; nothing is recorded.")
        answer = rehearsal.answered("calendar", "update", "--as", "manager")
        assert answer == {"rehearsal": True, "recorded": [], "left": []}
        assert rehearsal.everything() == before

    def test_days_before_today_are_left_alone(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.known(monkeypatch, more="2026-11-27", fewer="2026-08-31")
        rehearsal.told("calendar", "update", "--as", "manager")
        assert rehearsal.types()[-2:] == ["escalation.raised.v1", "partnership.horizon-moved.v1"]

    def test_what_was_decided_here_stays_and_is_named(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        announce = ("calendar", "announce", "2026-12-02", "--name", "Local day")
        rehearsal.told(*announce, "--as", "manager")
        rehearsal.told("calendar", "cancel", "2026-12-25", "--as", "manager")
        told = rehearsal.told("calendar", "update", "--as", "manager")
        assert "Wed 2 Dec 2026 was announced here (Local day)" in told
        assert "cspr calendar cancel 2026-12-02 changes it." in told
        assert "Fri 25 Dec 2026 was cancelled here" in told
        self.known(monkeypatch, more="2026-12-03")
        answer = rehearsal.answered("calendar", "update", "--as", "manager")
        assert answer["left"] == ["2026-12-02", "2026-12-25"]
        assert [one["type"] for one in answer["recorded"]] == [
            "partnership.bank-holiday-announced.v1", "partnership.horizon-moved.v1",
        ]  # fmt: skip

    def test_only_the_business_manager_may(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.known(monkeypatch, more="2026-12-02")
        for preview in ((), ("--preview",)):
            said = rehearsal.stops(3, "calendar", "update", *preview, "--as", "officer")
            assert said == (
                "officer (CSPR Officer) may not update bank holidays: only Business Manager can. "
                "(not_permitted)"
            )


class TestAnnouncing:
    def test_a_day_is_announced_and_cancelled_again(self, rehearsal: House) -> None:
        announce = ("calendar", "announce", "2026-12-02", "--name", "Jubilee", "--as", "manager")
        told = rehearsal.told(*announce)
        assert "noted a new bank holiday, Wed 2 Dec 2026: Jubilee." in told
        assert told.endswith(
            "The clock moves the open limits that this concerns when it next runs."
        )
        told = rehearsal.told("calendar", "cancel", "2026-12-02", "--as", "manager")
        assert "noted that Wed 2 Dec 2026 is no bank holiday any more: Jubilee." in told

    def test_both_can_be_looked_at_before(self, rehearsal: House) -> None:
        before = rehearsal.everything()
        announce = ("calendar", "announce", "2026-12-02", "--name", "Jubilee", "--as", "manager")
        assert len(rehearsal.answered(*announce, "--preview")["would_move"]) == 3
        cancel = ("calendar", "cancel", "2026-12-25", "--as", "manager", "--preview")
        told = rehearsal.told(*cancel)
        assert "This would be recorded; nothing is stored." in told
        assert "noted that Fri 25 Dec 2026 is no bank holiday any more: Christmas Day." in told
        assert rehearsal.everything() == before

    @pytest.mark.parametrize(
        ("given", "status", "says"),
        [
            (
                ("announce", "2026-12-25", "--name", "x"),
                3,
                "DAY: Fri 25 Dec 2026 is no working day already: Christmas Day. (invalid)",
            ),
            (
                ("announce", "2026-12-05", "--name", "x"),
                3,
                "DAY: Sat 5 Dec 2026 is no working day already: Saturday. (invalid)",
            ),
            (
                ("cancel", "2026-12-24"),
                3,
                "DAY: Thu 24 Dec 2026 is no bank holiday. (not_found)",
            ),
            (("announce", "2026-12-02", "--name", " "), 2, "--name: this text may not be empty"),
            (
                ("cancel", "25/12/2026"),
                2,
                "DAY: '25/12/2026' is not a date; write it as YYYY-MM-DD",
            ),
        ],
    )
    def test_what_cannot_be(
        self, rehearsal: House, given: tuple[str, ...], status: int, says: str
    ) -> None:
        assert rehearsal.stops(status, "calendar", *given, "--as", "manager") == says
