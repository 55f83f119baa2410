"""One case: how it is shown, replayed, foreseen, and explained from a lasting store."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

from cspr_workflow.domain.acts import (
    CompleteAction,
    HoldMeeting,
    MeetingOutcome,
    RaiseEscalation,
    RecordDiscussion,
    Resolve,
)
from cspr_workflow.domain.partnership import ClockStoodStill, ClosureDeclared
from cspr_workflow.domain.people import Means
from cspr_workflow.interfaces import cli, replay
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store import folder
from tests.interfaces.asked_store import Questions, Store, played, run
from tests.interfaces.replaying import replayed, screen, text
from tests.store.places import quick_place
from tests.support import TRUST, World, day


@pytest.fixture(scope="module")
def year() -> Iterator[Questions]:
    with quick_place() as folder, closing(played(folder / "store")) as questions:
        yield questions


@pytest.fixture
def store() -> Iterator[Store]:
    with quick_place() as folder, closing(Store(folder / "store")) as made:
        yield made


MARK = "Rehearsal: nothing in this store is real. Its clock is set to "
UNKNOWN = (
    "ESC-9: there is no incident or escalation of this reference. cspr board --all lists them all."
)


@pytest.mark.parametrize(
    "command",
    [
        ("show", "ESC-9"),
        ("history", "ESC-9"),
        ("replay", "ESC-9"),
        ("forecast", "ESC-9"),
        ("as-at", "2026-11-01T09:00", "ESC-9"),
        ("correct", "ESC-9", "1", "--says", "Otherwise", "--as", "officer"),
    ],
)
def test_a_reference_that_is_none_is_a_sentence_that_says_what_to_do(
    year: Questions, command: tuple[str, ...]
) -> None:
    assert year.stops(2, *command) == UNKNOWN


@pytest.mark.parametrize(
    "command",
    [
        ("show", "ESC-2026-001"),
        ("history", "ESC-2026-001"),
        ("history",),
        ("replay", "ESC-2026-001"),
        ("forecast", "ESC-2026-001"),
        ("as-at", "2026-03-01T09:00"),
        ("actions",),
        ("timeliness",),
    ],
)
def test_every_screen_of_a_rehearsal_says_so_first_and_every_text_is_opened(
    year: Questions, command: tuple[str, ...]
) -> None:
    told = year.told(*command)
    assert told.startswith(f"{MARK}Fri 20 Nov 2026 07:00.")
    assert "sealed:" not in told
    result = year.ask(*command, "--json")
    assert json.loads(result.stdout)["rehearsal"] is True
    assert "sealed:" not in result.stdout


class TestWhere:
    def test_a_rehearsal_says_so_first_with_its_clock(self, store: Store) -> None:
        assert (
            store.raised()
            .told("board")
            .startswith(
                "Rehearsal: nothing in this store is real. Its clock is set to Mon 30 Nov 2026 09:30."
            )
        )

    def test_a_rehearsal_whose_clock_runs_by_itself_says_so_too(self, store: Store) -> None:
        store.desk.office.set_clock(None)
        told = store.told("board")
        assert told.startswith("Rehearsal: nothing in this store is real. The board on ")

    def test_a_lasting_store_is_no_rehearsal(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lasting = Store(tmp_path / "lasting", rehearsal=False)
        moment = lasting.moment("2026-12-01T09:00")
        monkeypatch.setattr(Desk, "now", lambda _: moment)
        lasting.reported()
        assert lasting.told("board").startswith("The board on Tue 1 Dec 2026 09:00: 1 case:")
        assert lasting.answered("board")["rehearsal"] is False
        lasting.close()

    def test_a_store_without_a_policy_is_a_sentence(self, tmp_path: Path) -> None:
        folder.make(tmp_path / "bare", rehearsal=True)
        bare = Questions(tmp_path / "bare")
        assert "no policy is adopted yet" in bare.stops(2, "board")
        bare.close()

    def test_a_store_that_is_not_there_is_a_sentence(self, tmp_path: Path) -> None:
        result = run("board", "--store", str(tmp_path / "nowhere"))
        assert result.exit_code == 2
        assert "there is no store here" in result.stderr


class TestShow:
    def test_an_escalation_with_its_ladder_duties_and_actions(self, year: Questions) -> None:
        told = year.told("show", "ESC-2026-020")
        assert (
            "ESC-2026-020 Ambleford Acute Trust: T3 Independent review of INC-2026-009 at risk"
            in told
        )
        assert "Concern: Answers to the subgroup's questions, needed for the decision" in told
        assert "stage 2 ─▶ [STAGE 3] ─▶ resolved" in told
        assert "Stage 3 since Thu 19 Nov 2026 00:00; limit Mon 23 Nov 2026 (running)." in told
        assert "Next, if nobody acts: Tue 24 Nov 2026 00:00: The clock records" in told
        assert "Stage 2 Wed 18 Nov 2026 Fri 13 Nov 2026 00:00 the clock: action" in told
        assert "E3.1 SCSP Chair formally notified: done Thu 19 Nov 2026 09:18" in told
        assert "E3.2 Meeting of all parties held: not done" in told
        assert "ESC-2026-020/A1 Not maintained: Answer the subgroup's four questions" in told
        assert "Both records are the same." in told

    def test_an_incident_with_its_timescales_and_its_escalations(self, year: Questions) -> None:
        told = year.told("show", "INC-2026-010")
        assert "reported incident INC-2026-010: it happened on Tue 6 Oct 2026" in told
        assert "T2 Rapid review passed Mon 2 Nov 2026" in told
        assert "Escalations on it ESC-2026-016 Ambulance Service: T2 Rapid review" in told
        assert "ESC-2026-018 Ambleford Housing" in told

    def test_what_is_not_there_is_said(self, store: Store) -> None:
        store.raised()
        assert "No action is recorded." in store.told("show", "ESC-1")
        assert "Stage 3 Mon 14 Dec 2026 not entered" in store.told("show", "ESC-1")
        assert "Duties" not in store.told("show", "ESC-1")
        assert "None was raised." in store.reported("INC-2").told("show", "INC-2")

    def test_a_stage_entered_late_shows_its_follow_on_limit(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-04T10:00", "2026-12-18")
        held = HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED)
        store.do("sub", "2026-12-07T15:00", held)
        store.tick("2026-12-21T07:00")
        told = store.told("show", "ESC-1")
        assert "Stage 3 Mon 14 Dec 2026 Sat 19 Dec 2026 00:00 the clock: action not" in told
        assert "follow-on limit Wed 23 Dec 2026" in told

    def test_what_fell_due_and_is_not_recorded_is_said(self, store: Store) -> None:
        store.raised().at("2026-12-01T09:00")
        assert (
            "Due since Tue 1 Dec 2026 00:00, not yet recorded: The clock moves it to Stage 1, because "
            "it was not resolved."
        ) in store.told("show", "ESC-1")
        assert store.told("show", "INC-1").count("not yet recorded") == 1, "on the escalation"

    def test_an_incident_and_an_escalation_of_one_reference_are_both_shown(
        self, store: Store
    ) -> None:
        store.reported("X-1")
        store.do(
            "officer",
            "2026-11-30T09:30",
            RaiseEscalation("X-1", "X-1", "rapid_review", TRUST, "Nothing returned"),
        )
        kinds = [one["kind"] for one in store.answered("show", "X-1")["cases"]]
        assert kinds == ["incident", "escalation"]

    def test_for_programs_it_has_the_outcome_the_duties_and_both_sides(
        self, year: Questions
    ) -> None:
        (found,) = year.answered("show", "ESC-2026-015")["cases"]
        assert found["concern"] == "Agency report not begun and no staff released for interview"
        assert found["outcome"]["state"] == "stage_2"
        assert found["duties"][-1] == {
            "stage": "stage_2",
            "clause": "E2.1",
            "name": "Meeting of the subgroup chair with the agency's representative on the SCSP",
            "done": "2026-10-21T10:00:00+01:00",
        }
        assert [one["agency_due"] for one in found["actions"]] == [None, "2026-12-11", None]
        (incident,) = year.answered("show", "INC-2026-010")["cases"]
        assert incident["escalations"] == ["ESC-2026-016", "ESC-2026-018"]
        assert incident["outcome"]["timescales"]["rapid_review"]["state"] == "passed"


class TestReplay:
    def test_it_tells_every_step_and_what_is_not_recorded_yet(self, store: Store) -> None:
        store.raised().at("2026-12-01T09:00")
        told = store.told("replay", "ESC-1")
        assert "ESC-1: step 1 of 1" in told
        assert told.endswith("The clock moves it to Stage 1, because it was not resolved.")
        store.tick("2026-12-01T09:00")
        assert "ESC-1: step 2 of 2" in store.told("replay", "ESC-1")
        assert "not yet recorded" not in store.told("replay", "ESC-1")

    def test_at_a_terminal_the_mark_stands_above_every_step(self) -> None:
        keys = iter(["n\n", "q\n"])
        out = screen(terminal=True)
        found = replayed(World().raised().at("2026-12-15T07:00"))
        replay.run(found, lambda: next(keys), out, "A mark")
        _, *screens = text(out).split("\x1b[2J")
        assert [one.index("A mark") < one.index("ESC-1: step") for one in screens] == [True, True]

    def test_for_programs(self, store: Store) -> None:
        (found,) = store.raised().answered("replay", "ESC-1")["cases"]
        assert (found["reference"], len(found["steps"])) == ("ESC-1", 1)
        assert found["steps"][0]["what"].endswith("Concern: Chronology not returned.")


class TestForecast:
    def test_it_tells_what_lies_ahead_and_marks_what_is_not_recorded(self, store: Store) -> None:
        store.raised().at("2026-12-01T09:00")
        told = store.told("forecast", "ESC-1")
        assert told.count("It has fallen due and is not recorded yet.") == 1
        assert "Fri 4 Dec 2026 00:00 The clock moves it to Stage 2" in told

    def test_for_programs(self, store: Store) -> None:
        (found,) = store.raised().at("2026-12-01T09:00").answered("forecast", "ESC-1")["cases"]
        assert [one["falls_due"][:10] for one in found["foreseen"]] == [
            "2026-12-01", "2026-12-04", "2026-12-10", "2026-12-15",
        ]  # fmt: skip
        assert len(found["not_yet_recorded"]) == 1

    def test_a_resolved_case_waits_for_nobody(self, year: Questions) -> None:
        assert year.told("forecast", "ESC-2026-001").endswith("(resolved) and waits for nobody.")


class TestWhy:
    def why(self, questions: Questions, *arguments: str) -> Result:
        before = questions.desk.record.last()
        result = run("why", *arguments, "--store", str(questions.path), app=cli.app)
        assert questions.desk.record.last() == before
        return result

    def told(self, questions: Questions, *arguments: str) -> str:
        result = self.why(questions, *arguments)
        assert result.exit_code == 0, result.stderr
        return " ".join(result.stdout.split())

    def test_without_a_file_it_asks_the_store(self, year: Questions) -> None:
        told = self.told(year, "ESC-2026-020")
        assert told.startswith(f"{MARK}Fri 20 Nov 2026 07:00. Why: ESC-2026-020 The limit of")
        assert (
            "The clock moved it to Stage 3, because an agreed action was not maintained (A1)"
            in told
        )
        assert "Clause E3.1: Stage 3, where issues cannot be resolved" in told
        assert (
            "Fell due Thu 19 Nov 2026 00:00; recorded Thu 19 Nov 2026 07:00; policy sandwell-2018/1, "
            "calendar version 7"
        ) in told

    def test_closing_is_named_as_a_way_only_as_it_would_have_been_taken(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-20")
        store.tick("2026-12-04T07:00")
        told = self.told(store, "ESC-1")
        settled = f"an action in force and none of the agency's outstanding (SCSP and {TRUST})"
        assert (
            f"What could have stopped it in Initial discussion: {settled}; closing it (CSPR Officer or "
            "Business Manager); T2 Rapid review met, or INC-1 ended."
        ) in told
        assert (
            f"What could have stopped it in Stage 1: {settled}; closing it with A1 done or released "
            "(CSPR Officer or Business Manager); T2 Rapid review met, or INC-1 ended."
        ) in told

    def test_every_move_of_the_clock_says_who_could_have_stopped_it(self, store: Store) -> None:
        store.raised().tick("2026-12-15T07:00")
        assert (
            "a meeting with an outcome (SCSP Chair); closing it after a decision (SCSP Chair)"
            in self.told(store, "ESC-1")
        )
        assert "What could have stopped it: notifying Ofsted, notifying the DfE" in self.told(
            store, "INC-1"
        )

    def test_what_nobody_could_stop_says_nothing_of_it(self, store: Store) -> None:
        store.raised()
        store.adopt("2026-11-30T10:00", ClosureDeclared(day("2026-12-02"), "Moving house."))
        store.tick("2026-11-30T10:05")
        told = self.told(store, "ESC-1")
        assert "The clock moved the last day of stage 1 from Thu 3 Dec 2026" in told
        assert "What could have stopped it" not in told

    def test_what_was_recorded_late_because_the_clock_did_not_run_names_the_gap(
        self, store: Store
    ) -> None:
        store.raised().tick("2026-12-01T07:00")
        gap = ClockStoodStill(store.moment("2026-12-03T18:00"), store.moment("2026-12-07T09:00"))
        store.adopt("2026-12-07T09:00", gap)
        store.tick("2026-12-07T09:00")
        late = "Recorded late: the clock did not run between Thu 3 Dec 2026 18:00 and Mon 7 Dec 2026 09:00."
        assert self.told(store, "ESC-1").count(late) == 1, "not the move into stage 1"
        found = json.loads(self.why(store, "ESC-1", "--json").stdout)
        gaps = [reason["gap"] for reason in found["reasons"] if "gap" in reason]
        assert gaps == [
            {"since": "2026-12-03T18:00:00+00:00", "until": "2026-12-07T09:00:00+00:00"}
        ]

    def test_what_fell_due_and_is_not_recorded_is_said(self, store: Store) -> None:
        store.raised().at("2026-12-01T09:00")
        assert "Fallen due and not yet recorded Due since Tue 1 Dec 2026 00:00" in self.told(
            store, "ESC-1"
        )
        found = json.loads(self.why(store, "ESC-1", "--json").stdout)
        assert (found["rehearsal"], found["reference"]) == (True, "ESC-1")
        assert len(found["not_yet_recorded"]) == 1
        assert len(found["reasons"]) == 4, "the ladder's days"

    def test_an_action(self, store: Store) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-20")
        told = self.told(store, "ESC-1/A1")
        assert "Why: ESC-1/A1 is agreed" in told
        assert told.endswith("In force: Send the chronology, due Sun 20 Dec 2026")
        found = json.loads(self.why(store, "ESC-1/A1", "--json").stdout)
        assert (found["state"], len(found["history"])) == ("agreed", 2)

    @pytest.mark.parametrize("reference", ["ESC-9", "ESC-1/A9", "ESC-9/A1", "/"])
    def test_an_unknown_reference_is_a_sentence(self, store: Store, reference: str) -> None:
        store.raised()
        store.agreed("2026-12-01T10:00", "2026-12-20")
        result = self.why(store, reference)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"{reference}: there is no incident, escalation or action")

    def test_until_and_policy_go_with_a_file(self, store: Store) -> None:
        result = self.why(store, "ESC-1", "--until", "2026-12-01T09:00")
        assert result.exit_code == 2
        assert "--until and --policy go with a case file" in result.stderr


def test_a_text_that_ends_with_its_own_full_stop_gets_no_second_one(store: Store) -> None:
    store.raised()
    said = RecordDiscussion("ESC-1", Means.CALL, "They will send it.")
    store.do("officer", "2026-11-30T10:00", said)
    store.agreed("2026-11-30T10:00", "2026-12-02")
    store.do("trust", "2026-11-30T11:00", CompleteAction("ESC-1", "A1", "By courier."))
    store.do("officer", "2026-11-30T12:00", Resolve("ESC-1", "It came."))
    for command in (
        ("history", "ESC-1"),
        ("show", "ESC-1"),
        ("replay", "ESC-1"),
        ("forecast", "ESC-1"),
        ("as-at", "2026-11-30T12:00"),
        ("board", "--all"),
        ("actions",),
    ):
        assert ".." not in store.told(*command), command


def test_people_who_were_present_are_named(store: Store) -> None:
    store.raised().tick("2026-12-04T07:00")
    store.agreed("2026-12-04T10:00", "2026-12-18")
    held = HoldMeeting("ESC-1", ("sub", "trust"), MeetingOutcome.ACTIONS_AGREED)
    store.do("sub", "2026-12-07T15:00", held)
    assert "(present: D. Chair and C. Lead)" in store.told("history", "ESC-1")
