"""Who reads and does what over the API: what is not for somebody's agency is as if it were not there."""

from typing import Any

import pytest
from httpx2 import Response

from cspr_workflow.domain.acts import ACTS, ActionAct, EscalationAct, IncidentAct, RaiseEscalation
from cspr_workflow.domain.reading import desk_of
from cspr_workflow.interfaces.api.acts import EVERY_ACT
from cspr_workflow.interfaces.questions.question import Question
from cspr_workflow.interfaces.questions.registry import QUESTIONS
from tests.api.story import NEEDED, STORY, ask, send
from tests.support import PEOPLE, TRUST
from tests.web.site import MadeSite

OF_TRUST = ("trust", "board", "ward")
ABOUT_A_CASE = ("show", "replay", "why", "forecast", "history", "as-at")
FIELDS = {step.act: step.fields for step in STORY}


def told(answer: Response, *references: str) -> tuple[int, str]:
    """An answer, with a word in the place of every reference that was asked for."""
    text = answer.text
    for reference in references:
        text = text.replace(reference, "REFERENCE")
    return answer.status_code, text


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_question_by_every_role(quiet: MadeSite, question: Question[Any]) -> None:
    given = NEEDED.get(question.name, {})
    for person in PEOPLE.values():
        answer = ask(quiet, person.id, question.name, **given)
        if desk_of(person) not in question.readers.desks:
            assert (answer.status_code, answer.json()["error"]) == (403, "not_permitted")
        elif person.id == "police" and "reference" in given:
            assert answer.status_code == 404
        else:
            assert answer.status_code == 200, person
            if person.id == "police":
                assert TRUST not in answer.text
                assert "ESC-1" not in answer.text


@pytest.mark.parametrize("name", ABOUT_A_CASE)
@pytest.mark.parametrize("person", ["police", "trust"])
def test_another_agency_s_case_is_as_if_it_were_not_there(
    quiet: MadeSite, name: str, person: str
) -> None:
    given = NEEDED.get(name, {})
    others, own = ("ESC-1", "ESC-2") if person == "police" else ("ESC-2", "ESC-1")
    missing = told(ask(quiet, person, name, **{**given, "reference": "ESC-9"}), "ESC-9")
    assert missing[0] == 404
    for hidden in (others, "INC-1", f"{others}/A1"):
        answer = ask(quiet, person, name, **{**given, "reference": hidden})
        assert told(answer, hidden) == missing, hidden
    assert ask(quiet, person, name, **{**given, "reference": own}).status_code == 200


@pytest.mark.parametrize("parameter", ["escalation", "incident"])
def test_neither_are_its_actions(quiet: MadeSite, parameter: str) -> None:
    hidden = "ESC-1" if parameter == "escalation" else "INC-1"
    missing = told(ask(quiet, "police", "actions", **{parameter: "X-9"}), "X-9")
    assert told(ask(quiet, "police", "actions", **{parameter: hidden}), hidden) == missing
    assert missing[0] == 404


class TestActs:
    @pytest.mark.parametrize("seen", [None, 0, 4])
    @pytest.mark.parametrize("preview", [False, True])
    @pytest.mark.parametrize("person", ["police", "admin"])
    def test_another_agency_s_escalation_is_as_if_it_were_not_there(
        self, quiet: MadeSite, person: str, preview: bool, seen: int | None
    ) -> None:
        before, tried = quiet.site.readings.lines(), 0
        common = {"preview": preview} | ({} if seen is None else {"seen": seen})
        for name, kind in ACTS.items():
            if issubclass(kind, EscalationAct) and kind is not RaiseEscalation:
                fields = {**FIELDS[name], **common}
                missing = send(quiet, person, name, **{**fields, "escalation": "ESC-9"})
                hidden = send(quiet, person, name, **{**fields, "escalation": "ESC-1"})
                assert told(hidden, "ESC-1") == told(missing, "ESC-9"), name
                assert hidden.status_code == 404
                tried += 1
        assert tried == 17
        assert quiet.site.readings.lines() == before

    @pytest.mark.parametrize("person", ["police", "admin"])
    def test_an_incident_is_the_same_whether_it_is_there_or_not(
        self, quiet: MadeSite, person: str
    ) -> None:
        tried = 0
        for name, kind in ACTS.items():
            if issubclass(kind, IncidentAct | RaiseEscalation):
                about = [
                    {"incident": incident, "escalation": escalation}
                    for incident in ("INC-1", "INC-9")
                    for escalation in ("ESC-1", "ESC-9")
                ]
                answers = [
                    send(quiet, person, name, **{**FIELDS[name], **only(name, one)})
                    for one in about
                ]
                assert len({told(one) for one in answers}) == 1, name
                assert answers[0].status_code == 403
                tried += 1
        assert tried == 11

    def test_an_agency_is_told_of_its_own_escalation_alone(self, made: MadeSite) -> None:
        for person in OF_TRUST:
            answer = send(made, person, "give_reason", escalation="ESC-1", reason="x")
            assert answer.status_code == 201
            assert {one["stream"] for one in answer.json()["recorded"]} == {"escalation:ESC-1"}
            assert "Police" not in answer.text

    def test_an_auditor_records_nothing(self, quiet: MadeSite) -> None:
        before = quiet.store.desk.record.last()
        there = {"incident": "INC-1", "escalation": "ESC-1", "action": "A1"}
        for name in EVERY_ACT:
            fields = FIELDS[name] | only(name, there)
            if name in ("report_incident", "raise_escalation"):
                fields |= only(name, {"incident": "INC-1", "escalation": "ESC-3"})
            answer = send(quiet, "audit", name, **fields)
            wanted = (
                (409, "duplicate_reference")
                if name == "report_incident"
                else (403, "not_permitted")
            )
            assert (answer.status_code, answer.json()["error"]) == wanted, name
        assert quiet.store.desk.record.last() == before

    def test_an_action_that_is_not_there_in_a_case_of_one_s_own(self, quiet: MadeSite) -> None:
        tried = 0
        for name, kind in ACTS.items():
            if issubclass(kind, ActionAct) and name != "record_action":
                fields = {**FIELDS[name], "escalation": "ESC-2", "action": "A9"}
                assert send(quiet, "police", name, **fields).json()["error"] in (
                    "not_found", "not_permitted",
                ), name  # fmt: skip
                tried += 1
        assert tried == 6


def only(name: str, about: dict[str, str]) -> dict[str, str]:
    """Of what something is about, the fields that an act has."""
    return {key: value for key, value in about.items() if key in FIELDS[name]}
