"""One command for each act: what it reads, what it records, what it says, and when it stops."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.actions import ActionRecorded
from cspr_workflow.domain.acts import (
    ACTS,
    ChangedHoliday,
    Command,
    DeclareClosure,
    MeetingOutcome,
    RecordAction,
    UpdateBankHolidays,
)
from cspr_workflow.domain.escalation_facts import (
    DecisionMade,
    EscalationResolved,
    MeetingHeld,
    PartyInformed,
    Raised,
)
from cspr_workflow.domain.incident import ReviewDecided
from cspr_workflow.domain.people import Actor, Means, Person, Side
from cspr_workflow.interfaces import act_commands
from cspr_workflow.interfaces.act_answers import moves
from cspr_workflow.interfaces.act_options import placed, references
from cspr_workflow.interfaces.commands import Failed
from cspr_workflow.interfaces.sentences import Teller
from tests.support import PEOPLE, World, day, raising

RAISE = (
    "raise-escalation", "ESC-1", "--incident", "INC-1", "--timescale", "rapid_review",
    "--agency", "Acute Trust", "--as", "officer",
)  # fmt: skip
RECORD = (
    "record-action", "ESC-1", "A1", "--what", "Send the chronology", "--owner", "agency",
    "--as", "officer",
)  # fmt: skip
DECIDE = ("decide", "ESC-1", "--decision", "Go on", "--reasons", "It is late", "--as", "chair")
STAGE_3 = "2026-12-11T09:00"
ID = "6f1c2f9e-3d67-4a53-9d2c-0d6f4f0f7a11"


class Desk:
    """An opened store over a world in memory, at a moment that stands still."""

    def __init__(self, world: World, at: str) -> None:
        self._world = world
        self._at = at
        self.workflow = world.workflow
        self.policy = world.policy
        self.teller = Teller(world.policy, {"officer": "A. Officer", "manager": "B. Manager"})

    def now(self) -> datetime:
        return self._world.moment(self._at)

    def person(self, id: str) -> Person:
        if id not in PEOPLE:
            raise Failed(f"There is nobody called {id}.")
        return PEOPLE[id]

    def lines(self, reference: str) -> Sequence[Recorded]:
        recorded = self._world.everything()
        return [one for one in recorded if one.stream.partition(":")[2] == reference]


class Unit:
    """A business unit that works on the command line; what it says, its record, its answers."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self._patch = monkeypatch
        self.app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
        act_commands.add_act_commands(self.app)

    def open(self, desk: Any) -> None:
        self._patch.setattr(act_commands, "opened_desk", lambda _: nullcontext(desk))

    def run(self, at: str, *arguments: str, **env: str) -> Result:
        self.open(Desk(self.world, at))
        return self.invoke(*arguments, **env)

    def invoke(self, *arguments: str, **env: str) -> Result:
        result = CliRunner().invoke(
            self.app, arguments, prog_name="cspr", env={"COLUMNS": "100", **env}
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def told(self, at: str, *arguments: str) -> str:
        """What an act that is recorded says, in one line."""
        result = self.run(at, *arguments)
        assert result.exit_code == 0, result.stderr
        return " ".join(result.stdout.split())

    def answered(self, at: str, *arguments: str, status: int = 0) -> dict[str, Any]:
        """The answer to a program."""
        result = self.run(at, *arguments, "--json")
        assert result.exit_code == status, result.stderr
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def stops(self, status: int, at: str, *arguments: str) -> str:
        """What is said on the error output by a command that records nothing."""
        before = len(self.world.everything())
        result = self.run(at, *arguments)
        assert result.exit_code == status, result.output
        assert result.stdout == ""
        acts = [r.entry.fact for r in self.world.everything()[before:] if r.entry.by is not None]
        assert acts == []
        return " ".join(result.stderr.split())


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch) -> Unit:
    """An incident that has been reported, and nothing else."""
    return Unit(World().reported(), monkeypatch)


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> Unit:
    """An escalation raised on Monday 30 November 2026 at 09:30."""
    return Unit(World().raised(), monkeypatch)


def only(world: World, kind: type) -> Any:
    (found,) = [fact for fact in world.facts() if isinstance(fact, kind)]
    return found


class TestEveryAct:
    def test_every_act_has_a_command_and_every_command_is_an_act(self, unit: Unit) -> None:
        group = typer.main.get_command(unit.app)
        assert [name.replace("-", "_") for name in group.commands] == list(ACTS)  # type: ignore[attr-defined]

    @pytest.mark.parametrize("name", ACTS)
    def test_its_help_says_what_it_does_and_has_each_of_its_fields(
        self, unit: Unit, name: str
    ) -> None:
        kind = ACTS[name]
        result = unit.invoke(name.replace("_", "-"), "--help")
        shown = " ".join(result.stdout.split())
        assert (kind.__doc__ or "").strip().splitlines()[0] in shown
        for field in fields(kind):
            own = field.name in references(kind)
            assert (
                field.name.upper() if own else f"--{field.name.replace('_', '-')}"
            ) in result.stdout
        assert ("--occurred" in shown) == kind.dated
        assert ("--on-behalf-of" in shown) == ("--means" in shown) == kind.reportable
        assert all(
            common in shown
            for common in (
                "--as", "--accept-warnings", "--preview", "--command-id", "--json", "--store",
            )
        )  # fmt: skip

    def test_no_options_are_made_before_a_command_is_used(self, unit: Unit) -> None:
        group: Any = typer.main.get_command(unit.app)
        assert [command for command in group.commands.values() if command.params] == []
        group.commands["notify"].get_params(typer.Context(group.commands["notify"]))
        assert [name for name, one in group.commands.items() if one.params] == ["notify"]

    def test_raising_says_what_comes_before_any_process(self, unit: Unit) -> None:
        shown = unit.invoke("raise-escalation", "--help").stdout
        assert "If a child is in immediate danger, call 999. Do not name the child." in shown

    def test_each_box_for_text_reminds_not_to_name_the_child(self, unit: Unit) -> None:
        shown = " ".join(unit.invoke("decide-review", "--help").stdout.split())
        assert "Who decided it. Do not name the child." in shown
        assert "The reasons. Do not name the child." in shown
        assert "The incident's reference. [required]" in shown


class TestReading:
    def test_references_come_first_then_texts_words_and_dates(self, raised: Unit) -> None:
        raised.told("2026-12-01T09:00", *RECORD, "--due", "2026-12-03")
        fact = only(raised.world, ActionRecorded)
        assert (fact.action, fact.what) == ("A1", "Send the chronology")
        assert (fact.owner, fact.due) == (Side.AGENCY, day("2026-12-03"))

    def test_a_date_that_is_none_is_named_with_its_option(self, raised: Unit) -> None:
        said = raised.stops(2, "2026-12-01T09:00", *RECORD, "--due", "3/12/2026")
        assert said == "--due: '3/12/2026' is not a date; write it as YYYY-MM-DD"

    def test_a_closure_day_that_is_none_is_named_as_the_help_names_it(self, unit: Unit) -> None:
        said = unit.stops(
            2, "2026-12-01T09:00", "declare-closure", "Friday", "--reason", "x", "--as", "manager"
        )
        assert said == "DAY: 'Friday' is not a date; write it as YYYY-MM-DD"

    def test_everything_that_is_wrong_is_said_at_once(self, raised: Unit) -> None:
        said = raised.stops(
            2, "2026-12-01T09:00", "record-action", "ESC-1", " ", "--what", "", "--owner", "agency",
            "--due", "soon", "--as", "officer",
        )  # fmt: skip
        assert said == (
            "ACTION: this text may not be empty --what: this text may not be empty "
            "--due: 'soon' is not a date; write it as YYYY-MM-DD"
        )

    def test_a_word_that_is_none_is_named_with_those_that_are(self, raised: Unit) -> None:
        said = raised.stops(
            2, "2026-12-01T09:00", "inform", "ESC-1", "--role", "nobody", "--as", "officer"
        )
        assert "'--role'" in said
        assert "'business_manager', 'agency_representative'" in said

    def test_what_may_be_left_out_can_be_left_out(self, raised: Unit) -> None:
        raised.told("2026-12-01T09:00", *RECORD, "--due", "2026-12-03")
        raised.told(
            "2026-12-01T10:00", "vary-action", "ESC-1", "A1", "--due", "2026-12-04", "--as", "trust"
        )
        assert raised.world.shown_action()["differing"]["agency"] == {
            "what": "Send the chronology",
            "due": "2026-12-04",
        }

    def test_what_may_not_be_left_out_is_asked_for(self, unit: Unit) -> None:
        said = unit.stops(2, "2026-12-01T09:00", "report-incident", "INC-2", "--as", "officer")
        assert "Missing option '--incident-on'" in said

    @pytest.mark.parametrize(
        ("option", "commission"), [("--commission", True), ("--no-commission", False)]
    )
    def test_yes_and_no_are_two_options(self, unit: Unit, option: str, commission: bool) -> None:
        for number, arguments in enumerate(
            (
                ("notify", "INC-1", "--body", "national_panel"),
                ("convene-rapid-review", "INC-1"),
                ("send-outcome", "INC-1"),
            )
        ):
            unit.told(f"2026-12-0{number + 1}T09:00", *arguments, "--as", "officer")
        unit.told(
            "2026-12-04T09:00", "decide-review", "INC-1", option, "--decided-by", "The leaders",
            "--reasons", "Learning", "--as", "chair",
        )  # fmt: skip
        assert only(unit.world, ReviewDecided).commission is commission

    def test_a_list_is_an_option_given_again(self, raised: Unit) -> None:
        raised.told(
            "2026-12-07T09:00", "hold-meeting", "ESC-1", "--present", "sub", "--present", "board",
            "--outcome", "not_resolved", "--as", "sub",
        )  # fmt: skip
        held = only(raised.world, MeetingHeld)
        assert held.present == ("sub", "board")
        assert held.outcome is MeetingOutcome.NOT_RESOLVED

    def test_somebody_present_whom_nobody_knows_stops_it(self, raised: Unit) -> None:
        said = raised.stops(
            2, "2026-12-07T09:00", "hold-meeting", "ESC-1", "--present", "sub", "--present", "cat",
            "--outcome", "not_resolved", "--as", "sub",
        )  # fmt: skip
        assert said == "There is nobody called cat."

    def test_a_decision_sets_actions_in_four_parts(self, raised: Unit) -> None:
        raised.world.agreed("2026-12-01T09:00", "2026-12-20")
        raised.told(
            STAGE_3, *DECIDE, "--releases", "A1",
            "--sets", "A2; agency; 2026-12-14; Send it; all of it", "--sets", "A3;scsp;2026-12-15;Read it",
        )  # fmt: skip
        made = only(raised.world, DecisionMade)
        assert made.releases == ("A1",)
        assert [(s.action, s.owner, s.due, s.what) for s in made.sets] == [
            ("A2", Side.AGENCY, day("2026-12-14"), "Send it; all of it"),
            ("A3", Side.SCSP, day("2026-12-15"), "Read it"),
        ]

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ("A2; agency; 2026-12-14", "'A2; agency; 2026-12-14' has 3 of 4 parts; write it as "
             '"A2; agency; 2026-12-10; what is to be done"'),
        ],
    )  # fmt: skip
    def test_a_setting_of_the_wrong_form_is_shown_the_right_one(
        self, raised: Unit, wrong: str, said: str
    ) -> None:
        assert raised.stops(2, STAGE_3, *DECIDE, "--sets", wrong) == f"--sets, number 1: {said}"

    def test_each_part_of_a_setting_is_checked(self, raised: Unit) -> None:
        said = raised.stops(
            2, STAGE_3, *DECIDE, "--sets", "A2;scsp;2026-12-14;Ask", "--sets", "A3; police; never; "
        )
        assert said == (
            "--sets, number 2, what: this text may not be empty "
            "--sets, number 2, owner: 'police' is not one of scsp, agency "
            "--sets, number 2, due: 'never' is not a date; write it as YYYY-MM-DD"
        )


class TestWhoAndWhen:
    def test_who_does_it_has_to_be_said(self, raised: Unit) -> None:
        said = raised.stops(2, "2026-12-01T09:00", "notify-chair", "ESC-1")
        assert "Missing option '--as'" in said

    def test_who_does_it_can_stand_in_the_environment(self, unit: Unit) -> None:
        result = unit.run("2026-12-01T09:00", "notify", "INC-1", "--body", "dfe", CSPR_AS="manager")
        assert result.exit_code == 0
        assert "B. Manager (Business Manager, SCSP) notified the DfE." in result.stdout

    def test_somebody_whom_nobody_knows_stops_it(self, unit: Unit) -> None:
        said = unit.stops(
            2, "2026-12-01T09:00", "notify", "INC-1", "--body", "dfe", "--as", "nobody"
        )
        assert said == "There is nobody called nobody."

    @pytest.mark.parametrize(
        "occurred", ["2026-07-01T09:00", "2026-07-01T08:00Z", "2026-07-01T10:00+02:00"]
    )
    def test_when_it_happened_is_local_time_unless_an_offset_is_given(
        self, monkeypatch: pytest.MonkeyPatch, occurred: str
    ) -> None:
        unit = Unit(World(), monkeypatch)
        answer = unit.answered(
            "2026-07-02T09:00", "report-incident", "INC-1", "--incident-on", "2026-06-30",
            "--aware-on", "2026-07-01", "--as", "officer", "--occurred", occurred,
        )  # fmt: skip
        assert answer["recorded"][0]["occurred"] == "2026-07-01T08:00:00+00:00"
        assert answer["recorded"][0]["recorded"] == "2026-07-02T08:00:00+00:00"

    def test_left_out_it_happened_now(self, unit: Unit) -> None:
        answer = unit.answered(
            "2026-12-01T09:00", "notify", "INC-1", "--body", "dfe", "--as", "officer"
        )
        assert answer["recorded"][-1]["occurred"] == "2026-12-01T09:00:00+00:00"

    def test_a_moment_that_is_none_is_named_with_its_option(self, unit: Unit) -> None:
        said = unit.stops(
            2, "2026-12-01T09:00", "notify", "INC-1", "--body", "dfe", "--as", "officer",
            "--occurred", "yesterday",
        )  # fmt: skip
        assert said == "--occurred: 'yesterday' is not a moment; write it as YYYY-MM-DDTHH:MM"

    def test_an_answer_of_the_agency_s_is_recorded_with_its_means(self, raised: Unit) -> None:
        told = raised.told(
            "2026-12-01T09:00", "give-reason", "ESC-1", "--reason", "Sickness", "--as", "officer",
            "--on-behalf-of", "agency", "--means", "e-mail",
        )  # fmt: skip
        assert "on behalf of the agency (by e-mail) gave the reason for the delay" in told
        by = raised.world.history()[-1].by
        assert by is not None
        assert (by.means, by.side) == (Means.EMAIL, Side.AGENCY)

    @pytest.mark.parametrize("half", [("--on-behalf-of", "agency"), ("--means", "call")])
    def test_on_whose_behalf_and_by_what_means_go_together(
        self, raised: Unit, half: tuple[str, str]
    ) -> None:
        said = raised.stops(
            2, "2026-12-01T09:00", "give-reason", "ESC-1", "--reason", "x", "--as", "officer", *half
        )
        assert "Give --on-behalf-of agency and --means together" in said

    def test_nothing_is_recorded_on_behalf_of_anybody_else(self, raised: Unit) -> None:
        said = raised.stops(
            2, "2026-12-01T09:00", "give-reason", "ESC-1", "--reason", "x", "--as", "officer",
            "--on-behalf-of", "police", "--means", "call",
        )  # fmt: skip
        assert said == "--on-behalf-of: 'police' is not one of agency"


def _opened(one: Recorded) -> Recorded:
    fact = one.entry.fact
    if not isinstance(fact, EscalationResolved):
        return one
    fact = replace(fact, outcome=f"opened {fact.outcome}")
    return replace(one, entry=replace(one.entry, fact=fact))


class TestTheAnswer:
    def test_it_tells_what_was_recorded_where_the_case_stands_and_what_is_next(
        self, raised: Unit
    ) -> None:
        told = raised.told("2026-12-01T09:00", *RECORD, "--due", "2026-12-03")
        assert told == (
            "Recorded "
            "Tue 1 Dec 2026 00:00 [ESC-1] The clock moved it to Stage 1, because it was not resolved. "
            "Tue 1 Dec 2026 09:00 [ESC-1] A. Officer (CSPR Officer, SCSP) recorded action A1: "
            "Send the chronology (owner: the agency; due Thu 3 Dec 2026). "
            "Where it stands now "
            "ESC-1 Stage 1 since Tue 1 Dec 2026 00:00; limit Thu 3 Dec 2026 (running). "
            "Next, if nobody acts: Fri 4 Dec 2026 00:00: The clock moves it to Stage 2, "
            "because nothing had come from the agency (E1.5)."
        )

    def test_an_incident_is_told_with_its_timescales_and_what_is_met(self, unit: Unit) -> None:
        for body in ("ofsted", "dfe"):
            unit.told("2026-11-27T09:00", "notify", "INC-1", "--body", body, "--as", "officer")
        told = unit.told(
            "2026-11-27T10:00", "notify", "INC-1", "--body", "national_panel", "--as", "officer"
        )
        assert "[INC-1] T1 Notification is met, on Fri 27 Nov 2026." in told
        assert "INC-1 notified; T1 Notification met, last day Tue 1 Dec 2026; T2" in told
        assert "Next, if nobody acts: Sat 19 Dec 2026 00:00: The clock records that T2" in told

    def test_raising_is_told_once_not_on_the_incident_again(self, unit: Unit) -> None:
        told = unit.told("2026-11-30T09:30", *RAISE, "--concern", "No chronology")
        assert told.count("ESC-1 on INC-1") == 1
        assert "noted ESC-1" not in told

    def test_an_escalation_that_an_incident_s_act_touches_is_told_too(self, raised: Unit) -> None:
        told = raised.told(
            "2026-12-01T09:00", "withdraw-incident", "INC-1", "--reasons", "Not met",
            "--as", "manager",
        )  # fmt: skip
        assert "INC-1 withdrawn" in told
        assert "ESC-1 Stage 1 since Tue 1 Dec 2026 00:00; limit Thu 3 Dec 2026; no longer" in told

    def test_an_incident_and_an_escalation_may_have_the_same_reference(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = World().reported()
        world.do("officer", "2026-11-30T09:30", raising("INC-1"))
        told = Unit(world, monkeypatch).told(
            "2026-11-30T10:00", "inform", "INC-1", "--role", "business_manager", "--as", "officer"
        )
        assert "INC-1 Initial discussion since Mon 30 Nov 2026 09:30" in told

    def test_a_case_in_which_nothing_falls_due_says_so(self, raised: Unit) -> None:
        told = raised.told(
            "2026-11-30T10:00", "withdraw-escalation", "ESC-1", "--reason", "Raised twice",
            "--as", "manager",
        )  # fmt: skip
        assert "ESC-1 resolved on Mon 30 Nov 2026 10:00: withdrawn." in told
        assert told.endswith("Next, if nobody acts: nothing falls due.")

    def test_a_sentence_that_ends_with_a_full_stop_gets_no_second_one(self, raised: Unit) -> None:
        told = raised.told(
            "2026-11-30T10:00", "record-discussion", "ESC-1", "--how", "call", "--said",
            "They send it today.", "--as", "officer",
        )  # fmt: skip
        assert "recorded a discussion (call): They send it today. Where" in told

    def test_as_json_it_is_what_the_record_holds_and_the_outcome_of_the_case(
        self, raised: Unit
    ) -> None:
        answer = raised.answered(
            "2026-11-30T10:00", "inform", "ESC-1", "--role", "business_manager", "--as", "officer"
        )
        recorded = raised.world.everything()[-1]
        assert isinstance(recorded.entry.fact, PartyInformed)
        assert answer == {
            "recorded": [
                {
                    "position": recorded.position,
                    "id": str(recorded.id),
                    "stream": "escalation:ESC-1",
                    "version": recorded.version,
                    "type": "escalation.informed.v1",
                    "occurred": "2026-11-30T10:00:00+00:00",
                    "recorded": "2026-11-30T10:00:00+00:00",
                    "by": "officer",
                    "clause": "E1.1",
                    "sentence": "A. Officer (CSPR Officer, SCSP) informed the Business Manager.",
                }
            ],
            "standing": raised.world.shown(),
            "warnings": [],
            "notices": [],
        }

    def test_texts_are_told_as_the_desk_opens_them(self, raised: Unit) -> None:
        class Opening(Desk):
            def lines(self, reference: str) -> Sequence[Recorded]:
                return [_opened(one) for one in super().lines(reference)]

        raised.open(Opening(raised.world, "2026-11-30T10:00"))
        told = raised.invoke("resolve", "ESC-1", "--outcome", "Sorted", "--as", "officer").stdout
        assert "resolved it: opened Sorted." in told
        assert "resolved on Mon 30 Nov 2026 10:00: opened Sorted." in told

    def test_the_same_id_again_records_nothing_and_gives_the_same_answer(self, unit: Unit) -> None:
        arguments = (
            *RAISE, "--concern", "No chronology", "--occurred", "2026-11-26T11:00",
            "--command-id", ID,
        )  # fmt: skip
        first = unit.answered("2026-12-02T09:00", *arguments)
        recorded = unit.world.everything()
        assert {one.command for one in recorded[-4:]} == {ID}
        assert unit.answered("2026-12-02T09:05", *arguments) == first
        assert unit.world.everything() == recorded

    def test_an_id_that_is_none_is_named_with_its_option(self, unit: Unit) -> None:
        said = unit.stops(2, "2026-12-02T09:00", *RAISE, "--concern", "None", "--command-id", "7")
        assert "--command-id" in said


class TestWarnings:
    BORN = ("--concern", "Born 3/12/2019, no chronology")

    def test_a_text_that_seems_to_name_the_child_stops_it_and_says_what_to_do(
        self, unit: Unit
    ) -> None:
        said = unit.stops(4, "2026-11-30T09:30", *RAISE, *self.BORN)
        assert "--concern: this looks like a date of birth. Do not name the child." in said
        assert "Nothing is recorded." in said
        assert "repeat the command with --accept-warnings" in said

    def test_a_program_is_told_so_as_well(self, unit: Unit) -> None:
        answer = unit.answered("2026-11-30T09:30", *RAISE, *self.BORN, status=4)
        assert answer["recorded"] == []
        assert len(answer["warnings"]) == 1

    def test_accepted_it_is_recorded_and_the_warning_stays_in_the_answer(self, unit: Unit) -> None:
        answer = unit.answered("2026-11-30T09:30", *RAISE, *self.BORN, "--accept-warnings")
        assert only(unit.world, Raised).concern == "Born 3/12/2019, no chronology"
        assert answer["warnings"] == [
            "--concern: this looks like a date of birth. Do not name the child."
        ]

    def test_a_text_inside_a_decision_is_looked_at_too(self, raised: Unit) -> None:
        said = raised.stops(4, STAGE_3, *DECIDE, "--sets", "A2; scsp; 2026-12-14; Visit B1 1AA")
        assert "--sets, what: this looks like a full postcode." in said

    def test_a_text_that_names_nobody_is_left_alone(self, raised: Unit) -> None:
        result = raised.run("2026-12-01T09:00", *RECORD, "--due", "2026-12-03")
        assert (result.exit_code, result.stderr) == (0, "")


class TestRaising:
    def test_it_says_to_call_999_whatever_comes_of_it(self, unit: Unit) -> None:
        for arguments in ((*RAISE, "--concern", " "), (*RAISE, "--concern", "No chronology")):
            result = unit.run("2026-11-30T09:30", *arguments)
            assert result.stderr.startswith("If a child is in immediate danger, call 999.\n")

    def test_a_late_write_up_is_told_what_moves_at_once_and_what_is_too_late(
        self, unit: Unit
    ) -> None:
        result = unit.run(
            "2026-12-02T09:00", "raise-escalation", "ESC-1", "--incident", "INC-1", "--timescale",
            "notification", "--agency", "Police", "--concern", "No answer", "--as", "officer",
            "--occurred", "2026-11-26T11:00",
        )  # fmt: skip
        assert result.exit_code == 0
        assert result.stderr.splitlines()[1:] == [
            "ESC-1 moves at once to Stage 1, then Stage 2: it was raised that long ago.",
            "The ladder of ESC-1 ends on Thu 10 Dec 2026, after the last day of T1 Notification, "
            "Tue 1 Dec 2026: waiting for it is too late.",
        ]

    def test_a_program_gets_the_same_notices(self, unit: Unit) -> None:
        answer = unit.answered(
            "2026-12-02T09:00", *RAISE, "--concern", "None", "--occurred", "2026-11-26T11:00"
        )
        assert answer["notices"] == [
            "ESC-1 moves at once to Stage 1, then Stage 2: it was raised that long ago."
        ]

    def test_a_raising_in_time_is_told_nothing_more(self, unit: Unit) -> None:
        result = unit.run("2026-11-30T09:30", *RAISE, "--concern", "No chronology")
        assert result.stderr == "If a child is in immediate danger, call 999.\n"

    def test_a_timescale_that_the_policy_does_not_know_is_refused_by_its_option(
        self, unit: Unit
    ) -> None:
        said = unit.stops(
            3, "2026-11-30T09:30", "raise-escalation", "ESC-1", "--incident", "INC-1",
            "--timescale", "soon", "--agency", "Acute Trust", "--concern", "x", "--as", "officer",
        )  # fmt: skip
        assert "--timescale: 'soon' is none of sandwell-2018/1; known are notification" in said

    def test_its_answer_shows_each_stage_s_last_day(self, unit: Unit) -> None:
        told = unit.told("2026-11-30T09:30", *RAISE, "--concern", "No chronology")
        assert told.endswith(
            "The ladder Initial discussion Until working day 1 opens, Tue 1 Dec 2026. "
            "Stage 1 last day Thu 3 Dec 2026. Stage 2 last day Wed 9 Dec 2026. "
            "Stage 3 last day Mon 14 Dec 2026."
        )

    def test_a_day_that_no_calendar_officially_reaches_says_so(self, unit: Unit) -> None:
        told = unit.told("2028-12-28T09:30", *RAISE, "--concern", "No chronology")
        assert "Stage 1 last day Wed 3 Jan 2029 (provisional)." in told

    def test_where_it_is_refused_or_previewed_there_is_no_ladder_yet(self, raised: Unit) -> None:
        again = raised.run("2026-11-30T10:00", *RAISE, "--concern", "Again")
        other = ("raise-escalation", "ESC-2", *RAISE[2:], "--concern", "x", "--preview")
        previewed = raised.run("2026-11-30T10:00", *other)
        assert (again.exit_code, previewed.exit_code) == (3, 0)
        assert "The ladder" not in again.stdout + previewed.stdout

    def test_no_other_act_shows_it(self, raised: Unit) -> None:
        told = raised.told("2026-12-01T09:00", *RECORD, "--due", "2026-12-03")
        assert "The ladder" not in told


REPORT = ("report-incident", "INC-2", "--incident-on", "2026-11-24", "--as", "officer")


class TestReporting:
    def test_it_says_to_call_999_whatever_comes_of_it(self, unit: Unit) -> None:
        for aware_on in ("2026-11-23", "2026-11-25"):
            result = unit.run("2026-11-30T09:30", *REPORT, "--aware-on", aware_on)
            assert result.stderr.startswith("If a child is in immediate danger, call 999.\n")
        assert unit.world.workflow.incident("INC-2") is not None

    def test_a_program_s_answer_stays_as_it_is(self, unit: Unit) -> None:
        answer = unit.answered("2026-11-30T09:30", *REPORT, "--aware-on", "2026-11-25")
        assert answer["notices"] == []

    def test_other_acts_say_nothing_of_it(self, raised: Unit) -> None:
        result = raised.run("2026-12-01T09:00", *RECORD, "--due", "2026-12-03")
        assert "999" not in result.output


class TestRefused:
    def test_it_says_why_with_dates_in_words_and_the_option(self, raised: Unit) -> None:
        said = raised.stops(3, "2026-12-01T09:00", *RECORD, "--due", "2026-11-30")
        assert said == (
            "--due: Mon 30 Nov 2026 is before the day on which this happened, Tue 1 Dec 2026. (invalid)"
        )

    def test_a_program_gets_the_code_and_the_sentence(self, raised: Unit) -> None:
        answer = raised.answered("2026-12-01T09:00", *RECORD, "--due", "2026-11-30", status=3)
        assert answer == {
            "error": "invalid",
            "message": "due: 2026-11-30 is before the day on which this happened, 2026-12-01.",
        }

    def test_a_raising_that_is_refused_says_why(self, raised: Unit) -> None:
        said = raised.stops(3, "2026-11-30T10:00", *RAISE, "--concern", "Again")
        assert said.endswith(
            "ESCALATION: ESC-1 is in use already; choose another reference. (duplicate_reference)"
        )

    def test_a_case_that_there_is_not_is_named_as_the_help_names_it(self, unit: Unit) -> None:
        said = unit.stops(
            3, "2026-11-30T10:00", "notify", "INC-9", "--body", "dfe", "--as", "officer"
        )
        assert said == "INCIDENT: there is no incident INC-9. (not_found)"

    def test_the_same_id_for_another_act_is_refused_by_its_option(self, raised: Unit) -> None:
        inform = ("inform", "ESC-1", "--as", "officer", "--command-id", ID, "--role")
        raised.told("2026-11-30T10:00", *inform, "business_manager")
        said = raised.stops(3, "2026-11-30T10:00", *inform, "agency_representative")
        assert said.startswith(f"--command-id: {ID} was used for another act already")


class TestPreview:
    def test_it_says_what_would_be_recorded_and_stores_nothing(self, raised: Unit) -> None:
        before = raised.world.everything()
        told = raised.told("2026-12-01T09:00", *RECORD, "--due", "2026-12-03", "--preview")
        assert told.startswith("This would be recorded; nothing is stored. Tue 1 Dec 2026 00:00")
        assert "recorded action A1: Send the chronology" in told
        assert raised.world.everything() == before

    def test_a_program_gets_what_would_be_recorded(self, raised: Unit) -> None:
        answer = raised.answered("2026-12-01T09:00", *RECORD, "--due", "2026-12-03", "--preview")
        assert answer["recorded"] == []
        assert [one["type"] for one in answer["would_record"]] == [
            "escalation.stage-entered.v1",
            "action.recorded.v1",
        ]
        assert "would_move" not in answer
        assert answer["standing"] == raised.world.shown()

    def test_it_is_refused_as_the_act_would_be(self, raised: Unit) -> None:
        raised.stops(3, "2026-12-01T09:00", *RECORD, "--due", "2026-11-30", "--preview")

    def test_before_raising_it_says_what_raising_would_say(self, unit: Unit) -> None:
        result = unit.run(
            "2026-12-02T09:00",
            *RAISE,
            "--concern",
            "x",
            "--occurred",
            "2026-11-26T11:00",
            "--preview",
        )
        assert "ESC-1 moves at once to Stage 1, then Stage 2" in result.stderr
        assert unit.world.workflow.escalation("ESC-1") is None


CLOSURE = ("declare-closure", "2026-12-08", "--reason", "The office moves", "--as", "manager")


class TestClosures:
    def test_the_preview_lists_each_limit_that_would_move(self, raised: Unit) -> None:
        raised.world.do("officer", "2026-12-01T09:00", raising("ESC-2"))
        before = raised.world.everything()
        told = raised.told("2026-12-01T10:00", *CLOSURE, "--preview")
        assert told.endswith(
            "Limits that it would move Case Limit Last day now Last day then "
            "ESC-1 Stage 2 Wed 9 Dec 2026 Thu 10 Dec 2026 "
            "ESC-1 Stage 3 Mon 14 Dec 2026 Tue 15 Dec 2026 "
            "ESC-2 Stage 2 Thu 10 Dec 2026 Fri 11 Dec 2026 "
            "ESC-2 Stage 3 Tue 15 Dec 2026 Wed 16 Dec 2026"
        )
        assert told.count("The clock") == 0, "only the act's own entry is told"
        assert raised.world.everything() == before

    def test_what_an_earlier_change_moves_is_not_said_to_be_moved_by_this_one(
        self, raised: Unit
    ) -> None:
        raised.world.do(
            "manager", "2026-12-01T10:00", DeclareClosure(day("2026-12-14"), "Training")
        )
        answer = raised.answered("2026-12-01T10:00", *CLOSURE, "--preview")
        assert answer["would_move"] == [
            {
                "reference": "ESC-1",
                "limit": "stage_2",
                "before": "2026-12-09",
                "after": "2026-12-10",
            },
            {
                "reference": "ESC-1",
                "limit": "stage_3",
                "before": "2026-12-15",
                "after": "2026-12-16",
            },
        ]
        assert [one["type"] for one in answer["would_record"]] == [
            "partnership.closure-declared.v1"
        ]
        assert answer["standing"] is None

    def test_a_follow_on_limit_is_called_so(self, raised: Unit) -> None:
        raised.world.agreed("2026-12-01T09:00", "2026-12-31", owner=Side.SCSP)
        unsettling = RecordAction("ESC-1", "A2", "Answer", Side.AGENCY, day("2026-12-18"))
        raised.world.do("officer", "2026-12-14T09:00", unsettling)
        told = raised.told(
            "2026-12-14T10:00", "declare-closure", "2026-12-16", "--reason", "x", "--as", "manager",
            "--preview",
        )  # fmt: skip
        assert "ESC-1 follow-on limit Fri 18 Dec 2026 Mon 21 Dec 2026" in told

    def test_where_no_limit_would_move_the_preview_says_so(self, unit: Unit) -> None:
        told = unit.told("2026-12-01T11:00", *CLOSURE, "--preview")
        assert told.endswith("Limits that it would move None.")

    def test_a_change_of_the_bank_holidays_would_move_timescales_too(self, raised: Unit) -> None:
        days = (
            ChangedHoliday(day("2026-12-01"), "A feast"),
            ChangedHoliday(day("2026-12-02"), "Two"),
        )
        act = UpdateBankHolidays("a source", 2028, announced=days)
        now = raised.world.moment("2026-11-30T10:00")
        command = Command(act, Actor(PEOPLE["manager"]), now)
        found = raised.world.workflow.preview(command, now)
        told = [
            (move.reference, move.limit, move.called, move.before.day, move.after.day)
            for move in moves(found, Desk(raised.world, "2026-11-30T10:00"))
        ]
        assert ("INC-1", "notification", "T1 Notification", 1, 2) in told
        assert ("INC-1", "notification", "T1 Notification", 2, 3) in told
        assert ("ESC-1", "stage_3", "Stage 3", 14, 15) in told

    def test_a_timescale_is_moved_by_no_closure(self, unit: Unit) -> None:
        answer = unit.answered(
            "2026-11-26T11:00", "declare-closure", "2026-11-30", "--reason", "x", "--as", "manager",
            "--preview",
        )  # fmt: skip
        assert answer["would_move"] == []

    def test_declared_it_says_who_declared_it_and_when_limits_move(self, raised: Unit) -> None:
        told = raised.told("2026-12-01T10:00", *CLOSURE)
        assert told == (
            "Recorded Tue 1 Dec 2026 10:00 B. Manager (Business Manager, SCSP) declared "
            "Tue 8 Dec 2026 a closure day: The office moves. "
            "The clock moves the open limits that this concerns when it next runs."
        )

    def test_it_has_no_moment_of_its_own(self, raised: Unit) -> None:
        said = raised.stops(2, "2026-12-01T10:00", *CLOSURE, "--occurred", "2026-12-01T09:00")
        assert "No such option: --occurred" in said


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("due: is past", "--due: is past"),
        ("escalation: there is none", "ESCALATION: there is none"),
        ("occurred: later than now", "--occurred: later than now"),
        ("ESC-1 is resolved: only", "ESC-1 is resolved: only"),
        ("ESC-1: only", "ESC-1: only"),
        ("agency: not a field of this act", "agency: not a field of this act"),
        ("no colon", "no colon"),
    ],
)
def test_a_sentence_that_begins_with_a_field_names_the_option(message: str, said: str) -> None:
    assert placed(ACTS["record_action"], message) == said
