"""Questions over the API: each of them once, what is wrong with one, and what is noted of the reading."""

from datetime import timedelta
from typing import Any

import pytest

from cspr_workflow.interfaces.api.questions import ANSWERS, VERSIONS
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.questions.question import Question
from cspr_workflow.interfaces.questions.registry import QUESTIONS
from tests.api.story import NEEDED, ask, refused
from tests.web.site import LAST_DAY, NOW, MadeSite

ODD = "A/B ?&=#%/../é"
"""A reference that an address cannot hold as it is."""


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_answer_is_the_one_that_the_command_line_gives(
    quiet: MadeSite, question: Question[Any]
) -> None:
    given = NEEDED.get(question.name, {})
    told = ask(quiet, "officer", question.name, **given)
    assert told.status_code == 200
    answer = told.json()
    assert (VERSIONS in answer) == (VERSIONS in ANSWERS[question.name])
    answer.pop(VERSIONS, None)
    assert answer == question.answer(Asking(quiet.store.desk), None, **given)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_what_stands_in_an_answer_is_documented(quiet: MadeSite, question: Question[Any]) -> None:
    found = set(ask(quiet, "officer", question.name, **NEEDED.get(question.name, {})).json())
    if question.name == "why":
        found |= set(ask(quiet, "officer", "why", reference="ESC-1/A1").json())
    documented = ANSWERS[question.name].keys() | {"rehearsal"}
    if question.name in ("policy", "status"):
        assert documented <= found
    else:
        assert documented == found


def test_a_reference_may_hold_any_character(made: MadeSite) -> None:
    made.store.reported(ODD)
    (shown,) = ask(made, "officer", "show", reference=ODD).json()["cases"]
    assert shown["reference"] == ODD


@pytest.mark.parametrize(
    ("name", "given", "field", "message"),
    [
        ("show", {}, "reference", "this has to be given."),
        ("show", {"reference": ""}, "reference", "this text may not be empty"),
        ("show", {"reference": "ESC-1\0"}, "reference", "characters that cannot be stored"),
        ("show", {"reference": ["ESC-1", "ESC-2"]}, "reference", "this is given twice."),
        ("board", {"colour": "red"}, "colour", "no such parameter; known are agency, all, limit."),
        ("people", {"self": "x"}, "self", "no such parameter; known are none."),
        ("people", {"asked": "x"}, "asked", "no such parameter"),
        ("people", {"reader": "x"}, "reader", "no such parameter"),
        ("board", {"limit": "0"}, "limit", "'0' is not a whole number from 1"),
        ("board", {"agency": "Nowhere"}, "agency", "nobody of Nowhere takes part"),
        ("as-at", {"moment": "2026-12-01T10:01"}, "moment", "is later than now"),
        ("actions", {"due_from": "soon"}, "due_from", "'soon' is not a date"),
        ("timeliness", {"by": "colour"}, "by", "'colour' is none of agency, stage, period"),
    ],
)
def test_a_parameter_that_is_none_is_named(
    quiet: MadeSite, name: str, given: dict[str, Any], field: str, message: str
) -> None:
    told = refused(ask(quiet, "officer", name, **given), 422, "invalid")
    (fault,) = told["faults"]
    assert fault["field"] == field
    assert message in fault["message"]


def test_what_is_not_there(made: MadeSite) -> None:
    told = refused(ask(made, "officer", "show", reference="ESC-9"), 404, "not_found")
    assert told["message"] == (
        "reference: ESC-9: there is no incident or escalation of this reference."
    )
    assert made.api("officer").get("questions/nothing").status_code == 404
    assert made.api("officer").post("questions/board").status_code == 405


class TestKeys:
    def test_without_one_nothing_is_answered(self, made: MadeSite) -> None:
        for headers in (
            {},
            {"authorization": "Bearer"},
            {"authorization": "Bearer cspr_nothing"},
            {"authorization": f"Basic {made.key('officer')}"},
            {"authorization": "Bearer é\xff".encode("latin-1")},
        ):
            for path in ("me", "status", "questions/board", "questions/show?colour=red"):
                answer = made.api().get(path, headers=headers)
                refused(answer, 401, "unauthorized")
                assert answer.headers["www-authenticate"] == "Bearer"
            refused(
                made.api().post("acts/inform", content=b"{", headers=headers), 401, "unauthorized"
            )

    def test_a_session_is_none(self, made: MadeSite) -> None:
        browser = made.client("officer")
        assert browser.get("/api/v1/me").status_code == 401
        assert browser.post("/api/v1/acts/inform", json={}).status_code == 401

    def test_a_key_is_no_session(self, made: MadeSite) -> None:
        browser = made.client()
        browser.cookies.set(made.site.cookie, made.key("officer"))
        assert browser.get("/board", follow_redirects=False).status_code in (303, 404)

    def test_it_holds_as_long_as_key_account_and_person_do(self, made: MadeSite) -> None:
        api = made.api("trust")
        assert api.get("me").status_code == 200
        made.door.close_account(made.account("trust").id, by="admin")
        assert api.get("me").status_code == 401
        api, account = made.api("ward"), made.account("ward").id
        (key,) = made.door.keys(account)
        made.door.revoke_key(key.id, by="ward")
        assert api.get("me").status_code == 401
        leaving = made.api("board")
        made.api("manager").post(
            "acts/remove_person",
            json={"person": "board", "command": "0e0b6f4c-8f0e-4f5b-9d3a-5a6f0c2b7d11"},
        )
        assert leaving.get("me").status_code == 401
        api = made.api("officer")
        made.clock.now += timedelta(days=(LAST_DAY - made.clock.now.date()).days)
        assert api.get("me").status_code == 200
        made.clock.later(days=1)
        assert api.get("me").status_code == 401


class TestAbout:
    def test_who_asks(self, made: MadeSite) -> None:
        assert made.api("trust").get("me").json() == {
            "rehearsal": True,
            "person": "trust",
            "name": "C. Lead",
            "role": "agency_representative",
            "agency": "Acute Trust",
            "desk": "agency",
        }
        desks = {
            one: made.api(one).get("me").json()["desk"] for one in ("deputy", "audit", "admin")
        }
        assert desks == {"deputy": "unit", "audit": "auditor", "admin": "administrator"}

    def test_which_store(self, made: MadeSite) -> None:
        told = made.api("trust").get("status").json()
        assert told["now"] == f"{NOW}:00+00:00"
        assert (told["rehearsal"], told["policy"]) == (True, "sandwell-2018/1")


class TestNoted:
    def noted(self, made: MadeSite) -> list[tuple[str, str, str, str]]:
        lines = made.site.readings.lines()
        return [(line.person, line.what, line.about, line.how) for line in reversed(lines)]

    def test_whoever_is_not_of_the_unit_and_reads_a_case(self, made: MadeSite) -> None:
        for name in ("show", "replay", "why", "forecast"):
            assert ask(made, "trust", name, reference="ESC-1").status_code == 200
        ask(made, "audit", "why", reference="ESC-1/A1")
        ask(made, "audit", "show", reference="INC-1")
        made.clock.later(hours=1)
        body = {"escalation": "ESC-1", "reason": "x", "preview": True}
        command = "0e0b6f4c-8f0e-4f5b-9d3a-5a6f0c2b7d11"
        made.api("trust").post("acts/give_reason", json={**body, "command": command})
        assert self.noted(made) == [
            ("trust", "read", "ESC-1", "api"),
            ("audit", "read", "ESC-1", "api"),
            ("audit", "read", "INC-1", "api"),
            ("trust", "read", "ESC-1", "api"),
        ]

    def test_whatever_is_carried_away_whole(self, made: MadeSite) -> None:
        for name in ("register", "actions", "history", "timeliness"):
            ask(made, "officer", name)
        ask(made, "trust", "history", reference="ESC-1")
        ask(made, "trust", "as-at", moment=NOW)
        assert self.noted(made) == [
            ("officer", "export", "register", "api"),
            ("officer", "export", "actions", "api"),
            ("officer", "export", "history", "api"),
            ("officer", "export", "timeliness", "api"),
            ("trust", "export", "ESC-1", "api"),
            ("trust", "export", "as-at", "api"),
        ]

    def test_nothing_where_nothing_was_read_or_the_unit_works(self, made: MadeSite) -> None:
        ask(made, "officer", "show", reference="ESC-1")
        ask(made, "trust", "show", reference="ESC-2")
        ask(made, "trust", "history", reference="ESC-9")
        ask(made, "trust", "timeliness")
        ask(made, "trust", "calendar")
        assert self.noted(made) == []
