"""How a store is doing: what is told, and what needs a person."""

from contextlib import closing
from datetime import datetime

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces.status_command import in_words
from projections.runner import Views
from tests.interfaces.house import House, opened
from tests.support import utc


class TestStatus:
    def ticked(self, house: House, at: str) -> House:
        house.now = utc(at)
        house.told("tick")
        return house

    def backed_up(self, house: House, at: str) -> House:
        with closing(opened(house)) as desk:
            desk.office.note_backup(utc(at))
        return house

    def test_all_is_well(self, lasting: House) -> None:
        self.backed_up(lasting, "2026-11-24T10:00")
        self.ticked(lasting, "2026-11-26T10:00").now = utc("2026-11-26T10:12")
        told = lasting.told("status")
        assert "Store partnership, lasting, form 1" in told
        assert "Clock last ran Thu 26 Nov 2026 10:00, 12 minutes ago" in told
        assert "Gaps, 30 days none" in told
        assert "Views up to date" in told
        assert "Policy sandwell-2018/1" in told
        assert "Calendar version 0, bank holidays officially known to 2028" in told
        assert "A gap is noted after 60 minutes without the clock" in told
        assert told.endswith("Last backup Tue 24 Nov 2026 10:00, 2 days ago All is well.")
        answer = lasting.answered("status")
        assert answer["well"] is True
        assert (answer["minutes_since"], answer["entries"], answer["views_behind"]) == (12, 4, 0)

    def test_no_backup_needs_a_person(self, lasting: House) -> None:
        (need,) = self.ticked(lasting, "2026-11-26T10:00").answered("status", status=1)["needs"]
        assert need == (
            "There is no backup yet: if this computer is lost, so is everything recorded. Have one made "
            "every day with cspr backup TO --keys TO2."
        )
        assert "Last backup none that was noted" in lasting.told("status", status=1)

    def test_a_backup_made_by_the_command_is_one(self, lasting: House) -> None:
        self.ticked(lasting, "2026-11-26T10:00")
        lasting.told("backup", "monday", "--keys", "monday-keys")
        answer = lasting.answered("status")
        assert answer["last_backup"] == "2026-11-26T10:00:00+00:00"
        assert answer["needs"] == []

    @pytest.mark.parametrize(
        ("options", "now", "needs"),
        [
            ((), "2026-12-03T10:00", 0),
            ((), "2026-12-03T10:01", 1),
            (("--backup-days", "2"), "2026-11-28T10:00", 0),
            (("--backup-days", "2"), "2026-11-28T10:01", 1),
            (("--backup-days", "30"), "2026-12-20T10:00", 0),
        ],
    )
    def test_a_backup_that_is_too_old_needs_a_person(
        self, lasting: House, options: tuple[str, ...], now: str, needs: int
    ) -> None:
        self.backed_up(lasting, "2026-11-26T10:00")
        self.ticked(lasting, now)
        answer = lasting.answered("status", *options, status=needs)
        assert answer["well"] is not bool(needs)
        assert [one.partition(" old: ")[0] for one in answer["needs"]] == [
            f"The last backup is {days} days" for days in ([7, 2][bool(options)],) * needs
        ]

    @pytest.mark.parametrize("days", ["0", "-1", "soon"])
    def test_days_that_make_no_sense(self, lasting: House, days: str) -> None:
        assert "--backup-days" in lasting.stops(2, "status", "--backup-days", days)

    def test_a_rehearsal_needs_no_backup(self, rehearsal: House) -> None:
        rehearsal.told("tick")
        assert rehearsal.answered("status")["needs"] == []

    def test_a_clock_that_never_ran_needs_a_person(self, lasting: House) -> None:
        self.backed_up(lasting, "2026-11-26T10:00")
        (need,) = lasting.answered("status", status=1)["needs"]
        assert need == (
            "The clock has never run: see that the system's scheduler calls cspr tick every few minutes."
        )

    def test_a_clock_that_stands_still_needs_a_person(self, lasting: House) -> None:
        self.backed_up(lasting, "2026-11-26T10:00")
        self.ticked(lasting, "2026-11-26T10:00").now = utc("2026-11-26T11:00")
        assert lasting.answered("status")["needs"] == []
        lasting.now = utc("2026-11-26T11:01")
        (need,) = lasting.answered("status", status=1)["needs"]
        assert need.startswith("The clock has not run for 61 minutes: see that the system's")
        assert "This needs a person" in lasting.told("status", status=1)

    def test_a_rehearsal_has_no_scheduler(self, rehearsal: House) -> None:
        (need,) = rehearsal.answered("status", status=1)["needs"]
        assert need == "The clock has never run: let time pass with cspr tick."
        rehearsal.told("tick")
        assert "Store partnership, a rehearsal, form 1" in rehearsal.told("status")

    def test_gaps_of_the_last_thirty_days_are_listed(self, lasting: House) -> None:
        self.backed_up(lasting, "2026-11-19T10:00")
        self.ticked(lasting, "2026-10-01T10:00")
        self.ticked(lasting, "2026-10-02T10:00")
        self.ticked(lasting, "2026-11-20T10:00")
        assert lasting.answered("status")["gaps"] == [
            {"since": "2026-10-02T10:00:00+00:00", "until": "2026-11-20T10:00:00+00:00"}
        ]
        told = lasting.told("status")
        assert "Gaps, 30 days Fri 2 Oct 2026 11:00 to Fri 20 Nov 2026 10:00 Record" in told

    def test_a_case_set_aside_needs_a_person(self, rehearsal: House) -> None:
        rehearsal.told("tick")
        with closing(opened(rehearsal)) as desk:
            desk.office.put_aside("escalation:ESC-1", desk.now(), "KeyError: 'x'")
        answer = rehearsal.answered("status", status=1)
        assert answer["needs"] == [
            "ESC-1 is set aside by the clock since Mon 30 Nov 2026 09:30: KeyError: 'x'"
        ]
        assert answer["set_aside"][0]["stream"] == "escalation:ESC-1"

    def test_asking_does_not_bring_the_views_up_to_date(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rehearsal.told("tick")
        with monkeypatch.context() as patch:
            patch.setattr(Views, "follow", lambda *_: None)
            rehearsal.told("inform", "ESC-1", "--role", "business_manager", "--as", "officer")
        for _ in range(2):
            assert rehearsal.answered("status")["views_behind"] == 1
        told = rehearsal.told("status")
        assert "Views 1 behind the record; the next question catches up" in told

    def test_views_that_are_not_there_are_no_trouble(self, rehearsal: House) -> None:
        rehearsal.told("tick")
        for path in rehearsal.store.glob("views.sqlite*"):
            path.unlink()
        assert "Views to be built; the next question does it" in rehearsal.told("status")
        assert list(rehearsal.store.glob("views.sqlite*")) == []

    def test_views_that_cannot_be_read_need_a_person(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rehearsal.told("tick")

        def broken(_: Views) -> int:
            raise Trouble("no")

        monkeypatch.setattr(Views, "position", property(broken))
        answer = rehearsal.answered("status", status=1)
        assert answer["views_behind"] is None
        assert answer["needs"][0].startswith("The views cannot be read")

    def test_a_system_clock_that_was_set_back(self, lasting: House) -> None:
        self.backed_up(lasting, "2026-11-26T05:00")
        self.ticked(lasting, "2026-11-26T10:00").now = utc("2026-11-26T06:00")
        assert "4 hours from now (the system's clock was set back)" in lasting.told("status")

    @pytest.mark.parametrize(
        ("minutes", "words"),
        [
            (0, "0 minutes"), (1, "1 minute"), (119, "119 minutes"), (120, "2 hours"),
            (48 * 60 - 1, "47 hours"), (48 * 60, "2 days"), (100 * 60 * 24, "100 days"),
        ],
    )  # fmt: skip
    def test_how_long_it_is_in_words(self, minutes: int, words: str) -> None:
        assert in_words(utc("2026-11-26T00:00") - before(minutes)) == words

    def test_its_help_documents_the_exit_status(self, house: House) -> None:
        shown = " ".join(house.run("status", "--help").stdout.split())
        assert "0 all is well; 1 something needs a person" in shown


def before(minutes: int) -> datetime:
    moment = utc("2026-11-26T00:00").timestamp() - minutes * 60
    return datetime.fromtimestamp(moment, utc("2026-11-26T00:00").tzinfo)
