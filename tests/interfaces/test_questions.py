"""The questions that the command line, the pages and the API share: all of them, alike, and to whom."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Any

import pytest

from cspr_workflow.domain.acts import Inform, Informed, RaiseEscalation
from cspr_workflow.domain.partnership import ClosureDeclared
from cspr_workflow.domain.people import SCSP, Person, Role
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces import cli
from cspr_workflow.interfaces.asking import Asking, told_unanswerable
from cspr_workflow.interfaces.questions.board import BOARD
from cspr_workflow.interfaces.questions.history import HISTORY
from cspr_workflow.interfaces.questions.question import Question, Readers
from cspr_workflow.interfaces.questions.registry import QUESTIONS
from cspr_workflow.interfaces.reference_commands import commands, options_of
from cspr_workflow.interfaces.unanswerable import MayNotAsk, Unanswerable
from tests.interfaces.asked_store import Store, run
from tests.store.places import quick_place
from tests.support import PEOPLE, TRUST, day, raising

COMMANDS = {"calendar": ("calendar", "show"), "policy": ("policy", "show")}
"""The commands of the questions that are called otherwise there."""
FOR_PAGES = {"register"}
"""Questions that no command asks: a page goes through the answer, page by page."""
NO_QUESTIONS = {
    ("init",), ("tick",), ("simulate",), ("play",), ("backup",), ("restore",), ("rebuild",), ("check",),
    ("clock",), ("clock", "set"), ("clock", "run"), ("clock", "gap"), ("people", "rename"),
    ("calendar", "deadline"), ("migrate",), ("copy",),
}  # fmt: skip
"""Commands with an answer for programs that do something, or that are about no partnership's record."""
ABOUT_ACCOUNTS = "accounts"
"""Accounts are kept beside the store: the commands about them ask it nothing."""
ADMINISTRATOR = Person("keeper", Role.ADMINISTRATOR, SCSP)
AUDITOR, CHAIR, LEAD, POLICE = (PEOPLE[id] for id in ("audit", "deputy", "trust", "police"))
CASES = ("show", "history", "replay", "why", "forecast", "as-at")
"""The questions about one case."""


@pytest.fixture
def store() -> Iterator[Store]:
    with quick_place() as folder, closing(Store(folder / "store")) as made:
        yield made


@pytest.fixture
def two(store: Store) -> Store:
    """ESC-1 against the Acute Trust and ESC-2 against the Police, an agreed action in each."""
    store.raised()
    store.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
    store.agreed("2026-12-01T10:00", "2026-12-03")
    return store.at("2026-12-04T09:00")


def asking(store: Store) -> Asking:
    return Asking(store.desk)


def given(name: str, reference: str = "ESC-1") -> dict[str, str]:
    """What a question about one case has to be told."""
    about = {"reference": reference}
    return about | {"moment": "2026-12-04T09:00"} if name == "as-at" else about


def answer(store: Store, name: str, reader: Person | None, **parameters: object) -> dict[str, Any]:
    return QUESTIONS[name].answer(asking(store), reader, **parameters)


def unanswerable(
    store: Store, name: str, reader: Person | None = None, **parameters: object
) -> Unanswerable:
    with pytest.raises(Unanswerable) as raised:
        QUESTIONS[name].answer(asking(store), reader, **parameters)
    return raised.value


# --- The same as at the command line -------------------------------------------------------------


def asked_at_the_command_line() -> set[tuple[str, ...]]:
    """The commands that answer programs and are no act of somebody's."""
    return {
        words
        for words, command in commands().items()
        if "--json" in (names := {one for option in options_of(command) for one in option.opts})
        and "--as" not in names
        and words[0] != ABOUT_ACCOUNTS
    }


def test_every_question_of_the_command_line_can_be_put_by_pages_and_programs() -> None:
    put = {COMMANDS.get(name, (name,)) for name in QUESTIONS.keys() - FOR_PAGES}
    assert put <= asked_at_the_command_line()
    assert asked_at_the_command_line() - put == NO_QUESTIONS


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_has_the_parameters_of_its_command(question: Question[Any]) -> None:
    if question.name in {"policy", *FOR_PAGES}:
        return  # the command shows any policy file, the question what the partnership adopted
    command = commands()[COMMANDS.get(question.name, (question.name,))]
    others = {"--store", "--json", "--csv"}
    if question.name == "why":
        others |= {"path", "--until", "--policy"}
    if question.name == "status":
        others |= {"--partnerships"}
    named = {option.opts[0] for option in options_of(command)} - others
    assert {one.name for one in question.parameters} == {
        name.removeprefix("--").replace("-", "_") for name in named
    }


def test_an_answer_is_what_the_command_prints(two: Store) -> None:
    two.adopt("2026-12-04T09:00", ClosureDeclared(day("2026-12-29"), "Offices closed"))
    count = 0
    for name in QUESTIONS.keys() - {"policy", *FOR_PAGES}:
        parameters = given(name) if name in CASES else {}
        arguments = [parameters[one] for one in ("moment", "reference") if one in parameters]
        words = COMMANDS.get(name, (name,))
        result = run(*words, *arguments, "--json", "--store", str(two.path), app=cli.app)
        assert json.loads(result.stdout) == json.loads(
            json.dumps(answer(two, name, None, **parameters))
        ), name
        count += 1
    assert count == len(QUESTIONS) - 2


def test_the_policy_is_the_adopted_one(two: Store) -> None:
    found = answer(two, "policy", None)
    assert (found["id"], found["version"]) == ("sandwell-2018", 1)
    assert answer(two, "policy", None, label="sandwell-2018/1") == found
    wrong = unanswerable(two, "policy", label="other/1")
    assert wrong.sentence.endswith("no policy other/1; known are sandwell-2018/1.")


# --- What a page shows ---------------------------------------------------------------------------


def test_a_page_gets_the_board_in_groups_with_every_sentence(two: Store) -> None:
    board = BOARD.ask(asking(two), PEOPLE["officer"], all="yes")
    assert board.summary == "3 cases: 3 fallen due and not yet recorded."
    (group,) = board.groups
    assert group.title == "Fallen due and not yet recorded"
    line = next(case for case in group.cases if case.reference == "ESC-1")
    assert line.title == f"{TRUST}: T2 Rapid review of INC-1 at risk"
    assert line.pending[0].startswith("Due since Fri 4 Dec 2026 00:00, not yet recorded: ")
    assert line.with_agency is not None
    assert line.holders == f"{line.with_agency} {line.with_scsp}"


def test_a_page_gets_a_case_whole(two: Store) -> None:
    two.tick("2026-12-04T09:00")
    (shown,) = QUESTIONS["show"].ask(asking(two), LEAD, reference="ESC-1")
    assert [one.stage for one in shown.ladder] == [
        "Initial discussion", "Stage 1", "Stage 2", "Stage 3",
    ]  # fmt: skip
    assert shown.ladder[-1].entered == "not entered"
    assert shown.duties[0].told.endswith("informed: not done")
    (action,) = shown.actions
    assert action.became == "Not maintained"
    assert action.sides == ["Agreed by Acute Trust and SCSP.", "Both records are the same."]


def test_the_register_is_looked_through_page_by_page(two: Store) -> None:
    found = answer(two, "register", None, size=2)
    assert [one["reference"] for one in found["cases"]] == ["ESC-2", "ESC-1"]
    assert (found["page"], found["total"], found["total_is_exact"]) == (1, 3, True)
    assert found["more"] is True
    (last,) = answer(two, "register", None, size=2, page=2)["cases"]
    assert (last["reference"], last["kind"], last["open"]) == ("INC-1", "incident", True)
    (found,) = answer(two, "register", None, text="2", agency="Police")["cases"]
    assert found == {
        "reference": "ESC-2",
        "kind": "escalation",
        "incident": "INC-1",
        "agency": "Police",
        "timescale": "rapid_review",
        "state": "initial_discussion",
        "open": True,
        "raised_on": "2026-11-30",
        "falls_due": "2026-12-01T00:00:00+00:00",
        "passed": False,
    }
    wrong = unanswerable(two, "register", size="501")
    assert (wrong.field, wrong.sentence) == ("size", "a page has no more than 500 lines.")


# --- Parameters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "field", "value", "sentence"),
    [
        ("board", "limit", "0", "'0' is not a whole number from 1"),
        ("board", "limit", "1e3", "'1e3' is not a whole number from 1"),
        ("board", "limit", "9" * 5000, "is not a whole number from 1"),
        ("board", "limit", True, "True is not a whole number from 1"),
        ("board", "all", "perhaps", "'perhaps' is neither true nor false"),
        (
            "board",
            "agency",
            "Nowhere",
            "nobody of Nowhere takes part; known are Acute Trust, Police.",
        ),
        ("board", "agency", " ", "this text may not be empty"),
        ("board", "colour", "red", "no such parameter; known are agency, all, limit."),
        ("actions", "state", "gone", "'gone' is none of released, "),
        ("actions", "due_from", "soon", "'soon' is not a date; write it as YYYY-MM-DD"),
        ("actions", "due_to", ["2026-12-01"], "is not a date"),
        ("history", "from", "2026-02-30", "is not a date"),
        ("history", "person", "nobody", "nobody by the id nobody takes part; known are officer, "),
        ("timeliness", "by", "colour", "'colour' is none of agency, stage, period"),
        ("as-at", "moment", "now", "'now' is not a moment; write it as YYYY-MM-DDTHH:MM"),
        (
            "as-at",
            "moment",
            "2026-12-04T09:01",
            "Fri 4 Dec 2026 09:01 is later than now, Fri 4 Dec",
        ),
        ("as-at", "moment", None, "this has to be given."),
        ("show", "reference", None, "this has to be given."),
        ("calendar", "year", "-1", "'-1' is not a whole number from 1"),
    ],
)
def test_a_parameter_that_is_none_is_named(
    two: Store, name: str, field: str, value: object, sentence: str
) -> None:
    wrong = unanswerable(two, name, **{field: value})
    assert (wrong.field, wrong.missing) == (field, False)
    assert sentence in wrong.sentence


@pytest.mark.parametrize(
    ("name", "field"), [*((name, "reference") for name in CASES), ("actions", "escalation")]
)
def test_an_unknown_reference_is_told_apart(two: Store, name: str, field: str) -> None:
    parameters = given(name, "ESC-9") if name in CASES else {field: "ESC-9"}
    wrong = unanswerable(two, name, **parameters)
    assert (wrong.field, wrong.missing) == (field, True)
    assert wrong.sentence.startswith("ESC-9: there is no incident")
    assert "cspr" not in wrong.sentence, "a page has other ways to look"


def test_what_is_written_is_read_into_what_it_is(two: Store) -> None:
    for since in ("2026-12-01", date(2026, 12, 1)):
        found = answer(two, "history", None, **{"from": since, "reference": "ESC-1"})
        assert [one["what"].split(" ")[0] for one in found["entries"]] == [
            "moved", "recorded", "acknowledged",
        ]  # fmt: skip
    for limit in ("1", 1):
        assert len(answer(two, "board", None, limit=limit)["cases"]) == 1
    assert answer(two, "actions", None, outstanding="true", state="agreed")["actions"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (Unanswerable("known_at", "it is late."), "--known-at: it is late."),
        (Unanswerable("moment", "it is late.", hint="Wait."), "MOMENT: it is late. Wait."),
        (Unanswerable("reference", "X: there is none.", missing=True), "X: there is none."),
        (Unanswerable("reference", "it is empty"), "REFERENCE: it is empty"),
        (Unanswerable("", "nothing is there."), "nothing is there."),
    ],
)
def test_the_command_line_names_the_option(wrong: Unanswerable, told: str) -> None:
    assert told_unanswerable(wrong) == told


# --- Who reads what ------------------------------------------------------------------------------


class TestReaders:
    @pytest.mark.parametrize("reader", [None, AUDITOR, CHAIR, PEOPLE["officer"]])
    def test_who_may_read_everything_does(self, two: Store, reader: Person | None) -> None:
        for name in QUESTIONS:
            parameters = given(name) if name in CASES else {}
            assert answer(two, name, reader, **parameters) == answer(two, name, None, **parameters)

    def test_an_agency_has_its_own_escalations_alone_on_the_board(self, two: Store) -> None:
        found = answer(two, "board", POLICE, all=True)
        assert [one["reference"] for one in found["cases"]] == ["ESC-2"]
        assert sum(found["counts"].values()) == 1
        assert answer(two, "board", POLICE, agency="Police")["cases"]

    def test_an_agency_has_the_actions_of_its_own_escalations_alone(self, two: Store) -> None:
        assert [one["action"] for one in answer(two, "actions", LEAD)["actions"]] == ["A1"]
        assert answer(two, "actions", POLICE)["actions"] == []

    def test_an_agency_finds_its_own_escalations_alone_in_the_register(self, two: Store) -> None:
        for looked_for in ({}, {"text": "esc"}, {"kind": "escalation"}, {"closed": "no"}):
            found = answer(two, "register", POLICE, **looked_for)
            assert [one["reference"] for one in found["cases"]] == ["ESC-2"], looked_for
            assert (found["total"], found["more"]) == (1, False)
        for looked_for in ({"kind": "incident"}, {"text": "INC-1", "kind": "incident"}):
            found = answer(two, "register", POLICE, **looked_for)
            assert (found["cases"], found["total"]) == ([], 0)

    def test_an_agency_is_told_of_no_other(self, two: Store) -> None:
        for name in ("board", "actions", "history", "register"):
            wrong = unanswerable(two, name, POLICE, agency=TRUST)
            assert wrong.sentence == f"nobody of {TRUST} takes part; known are Police."
        wrong = unanswerable(two, "history", POLICE, person="nobody")
        assert wrong.sentence == "nobody by the id nobody takes part."

    @pytest.mark.parametrize("name", CASES)
    def test_what_an_agency_may_not_read_is_as_if_it_were_not_there(
        self, two: Store, name: str
    ) -> None:
        missing = unanswerable(two, name, POLICE, **given(name, "ESC-9"))
        for reference in ("ESC-1", "INC-1"):
            wrong = unanswerable(two, name, POLICE, **given(name, reference))
            assert (wrong.field, wrong.missing, wrong.hint) == (
                missing.field,
                missing.missing,
                missing.hint,
            )
            assert wrong.sentence == missing.sentence.replace("ESC-9", reference)
        assert answer(two, name, LEAD, **given(name)) == answer(two, name, None, **given(name))

    def test_neither_are_the_actions_and_the_partnership_s_own_record(self, two: Store) -> None:
        assert unanswerable(two, "why", POLICE, reference="ESC-1/A1").missing
        assert answer(two, "why", LEAD, reference="ESC-1/A1")["state"] == "agreed"
        assert unanswerable(two, "actions", POLICE, escalation="ESC-1").missing
        assert unanswerable(two, "actions", POLICE, incident="INC-1").missing
        assert unanswerable(two, "history", POLICE, reference="partnership").missing

    def test_an_incident_and_an_escalation_of_one_reference(self, two: Store) -> None:
        two.reported("X-1")
        two.do(
            "officer",
            "2026-12-04T10:00",
            RaiseEscalation("X-1", "X-1", "rapid_review", "Police", "Nothing returned"),
        )
        for name in CASES:
            found = answer(two, name, POLICE, **given(name, "X-1"))
            assert "incident_on" not in json.dumps(found), name
            assert "reported incident" not in json.dumps(found), name
        (shown,) = answer(two, "show", POLICE, reference="X-1")["cases"]
        assert shown["kind"] == "escalation"

    def test_an_agency_s_lists_leave_out_everything_else(self, two: Store) -> None:
        history = answer(two, "history", POLICE)
        assert {one["reference"] for one in history["entries"]} == {"ESC-2"}
        assert {one["reference"] for one in history["not_yet_recorded"]} == {"ESC-2"}
        stood = answer(two, "as-at", POLICE, moment="2026-12-04T09:00")
        assert [one["reference"] for one in stood["cases"]] == ["ESC-2"]
        assert TRUST not in json.dumps([history, stood])

    def test_what_was_asked_before_by_somebody_else_gives_nothing_away(self, two: Store) -> None:
        asked = asking(two)
        BOARD.answer(asked, None)
        assert {one["reference"] for one in HISTORY.answer(asked, POLICE)["entries"]} == {"ESC-2"}
        assert len(BOARD.answer(asked, POLICE)["cases"]) == 1
        assert len(BOARD.answer(asked.read_by(POLICE), None)["cases"]) == 1, "never widened"

    def test_a_page_that_knows_a_stream_already_is_told_no_more(self, two: Store) -> None:
        asked = asking(two).read_by(POLICE)
        assert asked.known("escalation:ESC-2").case.reference == "ESC-2"
        for stream in ("escalation:ESC-1", "incident:INC-1"):
            with pytest.raises(Unanswerable) as raised:
                asked.known(stream)
            assert raised.value.missing

    @pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
    def test_who_may_not_ask_is_told_so(self, two: Store, question: Question[Any]) -> None:
        parameters = given(question.name) if question.name in CASES else {}
        for reader, desk in ((ADMINISTRATOR, Desk.ADMINISTRATOR), (LEAD, Desk.AGENCY)):
            if desk in question.readers.desks:
                assert question.answer(asking(two), reader, **parameters)
            else:
                with pytest.raises(MayNotAsk) as raised:
                    question.answer(asking(two), reader, **parameters)
                assert raised.value.sentence.startswith(
                    f"This is not for the role {reader.role.called}: "
                )

    def test_the_questions_by_who_may_put_them(self) -> None:
        by = {
            readers: {one.name for one in QUESTIONS.values() if one.readers is readers}
            for readers in Readers
        }
        assert by == {
            Readers.EVERYBODY: {"calendar", "policy"},
            Readers.CASES: {"board", "register", "actions", *CASES},
            Readers.EVERYTHING: {"timeliness"},
            Readers.KEEPERS: {"people", "status"},
        }


def test_asking_writes_nothing(two: Store) -> None:
    two.do("officer", "2026-12-04T09:00", Inform("ESC-1", Informed.BUSINESS_MANAGER))
    before = two.desk.record.last()
    for name in QUESTIONS:
        answer(two, name, None, **(given(name) if name in CASES else {}))
    assert two.desk.record.last() == before
