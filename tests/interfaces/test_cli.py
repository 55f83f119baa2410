"""The command line as a person meets it: what it prints, and the status with which it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cspr_workflow.interfaces.cli import app

CASES = Path(__file__).parent.parent / "cases"
NOT_MAINTAINED = CASES / "07-agreed-not-maintained.json"
REFUSED = CASES / "15-refused.json"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], env={"COLUMNS": "100"})


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    case = json.loads(NOT_MAINTAINED.read_text("utf-8"))
    case["acts"][1]["concern"] = ""
    del case["acts"][0]["incident_on"]
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(case), "utf-8")
    return path


class TestPlay:
    def test_a_file_whose_acts_are_all_taken_ends_with_0(self) -> None:
        assert run("play", NOT_MAINTAINED).exit_code == 0

    def test_a_file_with_refused_acts_ends_with_3_and_says_why(self) -> None:
        result = run("play", REFUSED)
        assert result.exit_code == 3
        assert "outstanding_actions" in result.output
        assert "duplicate_reference" in result.output

    def test_the_story_tells_the_clock_s_move_with_its_clause_and_each_skipped_day(self) -> None:
        told = " ".join(run("play", CASES / "10-state-funeral.json").output.split())
        assert "Thu 22 Sep 2022 00:00 [ESC-1] The clock moved it to Stage 2" in told
        assert "because nothing had come from the agency" in told
        assert (
            "3 working days from the raising, Thu 15 Sep 2022: the last day is Wed 21 Sep 2022"
            in told
        )
        assert "Mon 19 Sep 2022 (State Funeral of Queen Elizabeth II)" in told
        assert "Recorded Mon 3 Oct 2022 07:00." in told

    def test_the_story_tells_what_falls_due_next(self) -> None:
        told = " ".join(run("play", CASES / "05-outstanding-after-day-3.json").output.split())
        assert "Tue 8 Dec 2026 00:00 [ESC-1] The clock finds A1 not maintained" in told

    def test_the_story_shows_both_sides_of_an_action_that_differs(self, tmp_path: Path) -> None:
        case = json.loads((CASES / "13-two-records-differ.json").read_text("utf-8"))
        case["acts"] = case["acts"][:4]
        path = tmp_path / "differs.json"
        path.write_text(json.dumps(case), "utf-8")
        told = " ".join(run("play", path).output.split())
        assert "SCSP has: Send the chronology, due Thu 3 Dec 2026." in told
        assert "Acute Trust has: Send the chronology, due Tue 8 Dec 2026." in told

    def test_json_is_the_outcome(self) -> None:
        expected = json.loads((CASES / "07-agreed-not-maintained.expected.json").read_text("utf-8"))
        assert json.loads(run("play", NOT_MAINTAINED, "--json").stdout) == expected

    def test_several_files_give_one_outcome_a_line_in_their_order(self) -> None:
        result = run("play", NOT_MAINTAINED, REFUSED, "--json")
        first, second = (json.loads(line) for line in result.stdout.splitlines())
        assert first["escalations"]["ESC-1"]["state"] == "stage_3"
        assert len(second["refused"]) == 12
        assert result.exit_code == 3

    def test_several_files_are_told_one_after_the_other(self) -> None:
        result = run("play", NOT_MAINTAINED, CASES / "01-nobody-acts.json")
        assert result.output.index("07-agreed") < result.output.index("01-nobody")

    def test_time_passes_up_to_until(self) -> None:
        result = run("play", NOT_MAINTAINED, "--until", "2026-12-09T23:59", "--json")
        expected = json.loads((CASES / "07-agreed-not-maintained.expected.json").read_text("utf-8"))
        assert json.loads(result.stdout) == expected, "time never goes back behind the last act"
        assert "has a later act, at 2026-12-22T15:00; played up to that." in result.stderr
        result = run(
            "play",
            CASES / "05-outstanding-after-day-3.json",
            "--until",
            "2026-12-10T00:00",
            "--json",
        )
        stages = json.loads(result.stdout)["escalations"]["ESC-1"]["stages"]
        assert stages[-1]["entered"] == "2026-12-10T00:00:00+00:00"

    def test_an_until_that_is_no_moment_is_refused(self) -> None:
        result = run("play", NOT_MAINTAINED, "--until", "tomorrow")
        assert result.exit_code == 2
        assert "--until: 'tomorrow' is not a moment; write it as YYYY-MM-DDTHH:MM" in result.output

    def test_an_unusable_file_is_named_with_every_fault_and_nothing_is_played(
        self, broken: Path
    ) -> None:
        result = run("play", NOT_MAINTAINED, broken, "--json")
        assert result.exit_code == 2
        assert result.stdout == ""
        assert f"{broken}: acts[0].incident_on: this field is missing" in result.stderr
        assert f"{broken}: acts[1].concern: this text may not be empty" in result.stderr

    def test_a_file_that_is_not_there_is_a_sentence(self) -> None:
        result = run("play", "nowhere.json")
        assert result.exit_code == 2
        assert result.stderr.strip() == "nowhere.json: cannot be read: No such file or directory"

    def test_another_policy_gives_the_outcome_of_its_limits(self, tmp_path: Path) -> None:
        text = (Path(__file__).parents[2] / "cspr_workflow/policies/sandwell-2018.toml").read_text(
            "utf-8"
        )
        policy = tmp_path / "quick.toml"
        policy.write_text(text.replace("length = 3 ", "length = 2 "), "utf-8")
        result = run("play", NOT_MAINTAINED, "--policy", policy, "--json")
        assert (
            json.loads(result.stdout)["escalations"]["ESC-1"]["last_days"]["stage_1"]
            == "2026-12-02"
        )

    def test_a_policy_that_is_no_good_is_named(self, tmp_path: Path) -> None:
        policy = tmp_path / "bad.toml"
        policy.write_text("format = 1\n", "utf-8")
        result = run("play", NOT_MAINTAINED, "--policy", policy)
        assert result.exit_code == 2
        assert f"{policy}: id: this field is missing" in result.stderr

    def test_a_text_cannot_control_the_terminal(self, tmp_path: Path) -> None:
        case = json.loads(NOT_MAINTAINED.read_text("utf-8"))
        case["acts"][1]["concern"] = "\x1b]0;title\x07[red]late[/red]"
        path = tmp_path / "control.json"
        path.write_text(json.dumps(case), "utf-8")
        told = run("play", path).output
        assert "\x1b" not in told
        assert "[red]late[/red]" in told

    def test_people_are_told_what_the_act_would_have_warned_of(self, tmp_path: Path) -> None:
        case = json.loads((CASES / "01-nobody-acts.json").read_text("utf-8"))
        case["acts"][1].update(timescale="notification", concern="NHS number 943 476 5919")
        path = tmp_path / "warned.json"
        path.write_text(json.dumps(case), "utf-8")
        told = " ".join(run("play", path).output.split())
        assert "concern: this looks like an NHS number. Do not name the child." in told
        assert (
            "The ladder of ESC-1 ends on Mon 14 Dec 2026, after the last day of T1 Notification, Tue 1 Dec 2026"
            in told
        )


class TestWhy:
    def test_it_explains_each_move_with_clause_counting_and_both_times(self) -> None:
        told = " ".join(run("why", "ESC-1", NOT_MAINTAINED).output.split())
        assert "because an agreed action was not maintained (A1)" in told
        assert "Clause E3.1" in told
        assert (
            "3 working days from the entry of the stage, Fri 18 Dec 2026: the last day is Wed 23 Dec 2026"
            in told
        )
        assert "Fell due Sat 19 Dec 2026 00:00; recorded Mon 21 Dec 2026 07:00" in told

    def test_it_says_who_could_have_stopped_a_move(self) -> None:
        told = " ".join(run("why", "ESC-1", NOT_MAINTAINED).output.split())
        assert "closing it (CSPR Officer or Business Manager)" in told

    def test_it_explains_an_incident(self) -> None:
        told = " ".join(
            run("why", "INC-1", CASES / "14-incident-to-publication.json").output.split()
        )
        assert (
            "6 months from the decision to commission, Mon 31 Aug 2026: the last day is Sun 28 Feb 2027"
            in told
        )
        assert "The last day is Wed 30 Jun 2027, as the deferral names it." in told

    def test_it_explains_an_action(self) -> None:
        told = " ".join(run("why", "ESC-1/A1", NOT_MAINTAINED).output.split())
        assert "D. Chair (SLPR subgroup chair, SCSP) recorded action A1" in told
        assert "In force: Send the chronology, due Fri 18 Dec 2026" in told

    def test_it_explains_a_date_that_a_closure_moved(self) -> None:
        told = " ".join(run("why", "ESC-1", CASES / "09-christmas-closure.json").output.split())
        assert "because of closure declared for Tue 29 Dec 2026: Offices closed" in told
        assert "Tue 29 Dec 2026 (Offices closed)" in told

    @pytest.mark.parametrize("reference", ["ESC-1", "INC-1", "ESC-1/A1"])
    def test_json_has_the_same_reasons(self, reference: str) -> None:
        reasons = json.loads(run("why", reference, NOT_MAINTAINED, "--json").stdout)
        assert reasons
        assert all(
            {"what", "clause", "occurred", "recorded", "policy"} <= set(reason)
            for reason in reasons
        )

    def test_an_unknown_reference_names_the_known_ones(self) -> None:
        result = run("why", "ESC-9", NOT_MAINTAINED)
        assert result.exit_code == 2
        assert "there is no ESC-9; known are INC-1, ESC-1, ESC-1/A1." in result.stderr


class TestDeadline:
    def test_json_has_the_last_day_and_each_day_skipped(self) -> None:
        result = run(
            "calendar", "deadline", "--from", "2026-12-21", "--working-days", "5", "--json",
            "--closure", "2026-12-29", "2026-12-30", "--closure", "2026-12-31",
        )  # fmt: skip
        answer = json.loads(result.stdout)
        assert answer["last_day"] == "2027-01-05"
        assert answer["provisional"] is False
        assert {"day": "2026-12-28", "why": "Boxing Day (observed)"} in answer["skipped"]
        assert {"day": "2026-12-31", "why": "closure day"} in answer["skipped"]
        assert [one["day"] for one in answer["skipped"]] == sorted(
            one["day"] for one in answer["skipped"]
        )

    @pytest.mark.parametrize(
        ("arguments", "last_day"),
        [
            (["--from", "2026-12-21", "--working-days", "10"], "2027-01-07"),
            (
                ["--from", "2026-12-21", "--working-days", "3", "--day-one", "same_day"],
                "2026-12-23",
            ),
            (["--from", "2026-12-29", "--working-days", "7", "--before"], "2026-12-16"),
            (["--from", "2026-12-21", "--days", "15"], "2027-01-05"),
            (["--from", "2026-12-21", "--days", "15", "--before"], "2026-12-06"),
            (["--from", "2025-08-31", "--months", "6"], "2026-02-28"),
            (["--from", "2026-03-31", "--months", "1", "--before"], "2026-02-28"),
        ],
    )
    def test_every_way_of_counting(self, arguments: list[str], last_day: str) -> None:
        answer = json.loads(run("calendar", "deadline", *arguments, "--json").stdout)
        assert answer["last_day"] == last_day

    def test_for_a_person_it_names_each_day_that_was_not_counted(self) -> None:
        told = run("calendar", "deadline", "--from", "2028-12-20", "--working-days", "8").output
        assert "Thu 4 Jan 2029" in told
        assert "not counted: Mon 25 Dec 2028 (Christmas Day)" in told
        assert "provisional: bank holidays are officially known to 2028 only" in told

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--from", "2026-12-21"], "Give exactly one of --working-days, --days and --months."),
            (["--from", "2026-12-21", "--days", "1", "--months", "1"], "Give exactly one of"),
            (["--from", "21/12/2026", "--days", "1"], "--from: '21/12/2026' is not a date"),
            (
                ["--from", "2026-12-21", "--days", "1", "--closure", "x"],
                "--closure: 'x' is not a date",
            ),
            (["--from", "9999-12-30", "--days", "9"], "--from: 9999-12-30 is too far away"),
            (
                ["--from", "0001-01-01", "--working-days", "1", "--before"],
                "--from: 0001-01-01 is too far",
            ),
            (["--from", "9999-12-01", "--months", "9"], "--from: 9999-12-01 is too far away"),
            (["--from", "2026-12-21", "--days", "1", "2026-12-22"], "2026-12-22: unexpected"),
        ],
    )
    def test_what_it_refuses_is_a_sentence(self, arguments: list[str], sentence: str) -> None:
        result = run("calendar", "deadline", *arguments)
        assert result.exit_code == 2
        assert sentence in result.stderr

    def test_no_working_day_0(self) -> None:
        assert (
            run("calendar", "deadline", "--from", "2026-12-21", "--working-days", "0").exit_code
            == 2
        )


class TestPolicy:
    @pytest.mark.parametrize("name", ["sandwell-2018", "four-stages", "two-five-two"])
    def test_every_policy_that_comes_along_can_be_shown_and_is_good(self, name: str) -> None:
        assert "Who may do what" in run("policy", "show", name).output
        result = run("policy", "lint", name)
        assert result.exit_code == 0
        assert f"{name}/1 is good" in result.output

    def test_show_gives_each_clause_with_its_force_and_reading(self) -> None:
        told = " ".join(run("policy", "show").output.split())
        assert "E2.2 guidance Its outcome is complete no later than day 7" in told
        assert "T1 duty Notify Ofsted" in told

    def test_show_as_json(self) -> None:
        shown = json.loads(run("policy", "show", "--json").stdout)
        assert shown["stages"][1]["length"] == 3

    def test_lint_names_file_and_key(self, tmp_path: Path) -> None:
        text = (Path(__file__).parents[2] / "cspr_workflow/policies/sandwell-2018.toml").read_text(
            "utf-8"
        )
        policy = tmp_path / "falling.toml"
        policy.write_text(text.replace("length = 7 ", "length = 2 "), "utf-8")
        result = run("policy", "lint", policy)
        assert result.exit_code == 2
        assert (
            f"{policy}: stages[2].length: is 2 working_days, not more than the 3 of stage_1"
            in result.stderr
        )

    def test_show_of_a_policy_that_is_not_there(self) -> None:
        result = run("policy", "show", "nowhere")
        assert result.exit_code == 2
        assert "nowhere: is no file, and no policy that comes with the program" in result.stderr

    @pytest.mark.parametrize("of", ["escalation", "incident", "action"])
    def test_diagram(self, of: str) -> None:
        assert run("policy", "diagram", "--of", of).output.startswith("stateDiagram-v2")


class TestTheProgram:
    def test_version(self) -> None:
        assert run("--version").output.startswith("cspr-workflow ")

    def test_without_a_command_it_shows_its_help(self) -> None:
        assert "Commands:" in run().output

    def test_completion_is_offered(self) -> None:
        assert "--install-completion" in run("--help").output
