"""The programming interface of a store on a PostgreSQL server answers as that of a folder."""

import json
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from cspr_workflow.interfaces.questions.registry import QUESTIONS
from tests.api.story import INFORM, NEEDED, STORY, ask, send
from tests.web.on_both import Both, both_sites, common, server_site
from tests.web.site import MadeSite


@pytest.fixture
def both() -> Iterator[Both]:
    with both_sites() as one:
        yield one


def told(made: MadeSite, answer: Any) -> tuple[int, Any]:
    """The status and the content of an answer, without what is its own alone."""
    content = json.loads(common(made, answer.text))
    content.pop("server", None)  # where the store is on one
    return answer.status_code, content


def test_every_act_and_every_question_is_answered_alike(both: Both) -> None:
    for step in STORY:
        command = str(uuid4())
        for more in ({"preview": True}, {}, {}):
            answers = [
                told(made, send(made, step.by, step.act, **step.fields, command=command, **more))
                for made in both
            ]
            assert answers[0] == answers[1], step
            assert answers[0][0] in (200, 201)
    for by in ("officer", "trust", "audit", "admin"):
        for question in QUESTIONS:
            given = NEEDED.get(question, {})
            found = [told(made, ask(made, by, question, **given)) for made in both]
            assert found[0] == found[1], question
            assert found[0][0] < 500


def test_what_is_refused_is_refused_alike(both: Both) -> None:
    wrong = (
        ("audit", "inform", INFORM),
        ("officer", "inform", {**INFORM, "escalation": "ESC-9"}),
        ("officer", "inform", {**INFORM, "occurred": "2026-12-01T10:01"}),
        ("officer", "inform", {**INFORM, "role": "x" * 70_000}),
        ("officer", "give_reason", {"escalation": "ESC-1", "reason": "\0"}),
        ("manager", "declare_closure", {"day": "2026-12-25", "reason": "x"}),
    )
    for by, act, fields in wrong:
        found = [told(made, send(made, by, act, **fields)) for made in both]
        assert found[0] == found[1]
        assert 400 <= found[0][0] < 500
    last = [made.store.desk.record.last()[0] for made in both]
    assert last[0] == last[1]


def test_a_reference_may_hold_any_character(both: Both) -> None:
    for reference in ("A/B ?&=#%/../é", "ſtraße 'x' \"y\" \\", "%_?", "Ω\U0001f469"):
        for made in both:
            made.store.reported(reference)
            (shown,) = ask(made, "officer", "show", reference=reference).json()["cases"]
            assert shown["reference"] == reference
        for text in (reference, reference[:3], reference[0], reference.upper()):
            found = [told(made, ask(made, "officer", "register", text=text)) for made in both]
            assert found[0] == found[1], text


def test_one_command_from_many_programs_at_once_is_recorded_once() -> None:
    with server_site() as made:
        made.key("officer")
        command, before = str(uuid4()), made.store.desk.record.last()[0]
        answers: list[tuple[int, Any]] = []

        def sends() -> None:
            answer = send(made, "officer", "inform", **INFORM, command=command)
            answers.append((answer.status_code, answer.json()["recorded"]))

        threads = [threading.Thread(target=sends) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {status for status, _ in answers} <= {200, 201}
        assert len(answers) == len(threads)
        assert len({json.dumps(recorded) for _, recorded in answers}) == 1
        assert made.store.desk.record.last()[0] == before + 1
