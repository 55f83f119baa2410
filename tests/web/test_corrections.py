"""Putting an entry right: only those who may, beside it, once, and with a warning about who the child is."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from cspr_workflow.domain.acts import GiveReason
from cspr_workflow.domain.corrections import Corrected
from tests.web.site import MadeSite, made_site

RIGHT = "It was said on Monday"


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


def entry(made: MadeSite, reference: str = "ESC-1", number: int = 0) -> int:
    """The position of an entry of a case."""
    return made.store.desk.lines(reference)[number].position


def send(made: MadeSite, position: int, person: str = "officer", **fields: str) -> Any:
    """Open the form, fill it in and send it."""
    client = made.client(person)
    page = client.get(f"/correct/{position}")
    assert page.status_code == 200, page.text
    found = re.findall(r'name="(csrf|seen|command)" value="([^"]*)"', page.text)
    return client.post(
        f"/correct/{position}", data={**dict(found), **fields}, follow_redirects=False
    )


def corrections(made: MadeSite, reference: str = "ESC-1") -> list[str]:
    """What was put right in a case."""
    facts = [one.entry.fact for one in made.store.desk.lines(reference)]
    return [fact.says for fact in facts if isinstance(fact, Corrected)]


def test_a_correction_is_recorded_beside_its_entry(made: MadeSite):
    position = entry(made)
    answer = send(made, position, says=f"  {RIGHT}\r\n<b>at noon</b>  ")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/escalations/ESC-1/history#entry-{position}"
    assert corrections(made) == [f"{RIGHT}\n<b>at noon</b>"]
    page = made.client("trust").get("/escalations/ESC-1/history").text
    assert "&lt;b&gt;at noon" in page and "<b>at noon" not in page


def test_what_was_recorded_is_said_on_the_next_page(made: MadeSite):
    client = made.client("officer")
    answer = send(made, entry(made), says=RIGHT)
    client.cookies.set("told", answer.cookies["told"])
    page = unescape(client.get("/escalations/ESC-1/history").text)
    assert f"A. Officer (CSPR Officer, SCSP) corrected an earlier entry: {RIGHT}." in page


def test_the_form_shows_what_was_put_right_already(made: MadeSite):
    position = entry(made)
    send(made, position, says=RIGHT)
    assert RIGHT in made.client("manager").get(f"/correct/{position}").text


def test_the_partnerships_own_entries_can_be_corrected(made: MadeSite):
    position = entry(made, "partnership", 3)
    answer = send(made, position, says=RIGHT)
    assert answer.headers["location"] == "/record/corrections"
    assert RIGHT in made.client("officer").get("/record/corrections").text


@pytest.mark.parametrize(
    ("person", "status"),
    [("manager", 200), ("chair", 409), ("audit", 403), ("trust", 403), ("admin", 403)],
)
def test_who_may_correct(made: MadeSite, person: str, status: int):
    assert made.client(person).get(f"/correct/{entry(made)}").status_code == status
    if status != 200:
        answer = made.client(person).post(f"/correct/{entry(made)}", data={"says": RIGHT})
        assert answer.status_code == 403
        assert corrections(made) == []


@pytest.mark.parametrize("position", ["0", "99999", "-1", "x", "1.5", "9" * 40, "٣"])
def test_what_is_no_entry_is_not_there(made: MadeSite, position: str):
    assert made.client("officer").get(f"/correct/{position}").status_code == 404


def test_an_empty_text_is_an_error_at_its_field(made: MadeSite):
    answer = send(made, entry(made), says="  ")
    assert answer.status_code == 400
    assert unescape(answer.text).count("Enter what is right instead") == 2
    assert corrections(made) == []


def test_a_text_that_seems_to_name_the_child_has_to_be_confirmed(made: MadeSite):
    position, says = entry(made), "born 3.4.2019"
    asked = send(made, position, says=says)
    assert asked.status_code == 200
    assert "this looks like a date of birth" in asked.text and says in asked.text
    unanswered = send(made, position, says=says, looked="yes")
    assert unanswered.status_code == 400
    assert "Confirm that the text does not say who the child is" in unanswered.text
    assert corrections(made) == []
    assert send(made, position, says=says, looked="yes", accepted="yes").status_code == 303
    assert corrections(made) == [says]


def test_what_is_sent_twice_is_recorded_once(made: MadeSite):
    command = "6f1c1c9e-0000-4000-8000-000000000001"
    for _ in range(2):
        send(made, entry(made), says=RIGHT, command=command, seen="")
    assert corrections(made) == [RIGHT]


def test_what_has_changed_meanwhile_is_shown_first(made: MadeSite):
    seen = str(len(made.store.desk.lines("ESC-1")))
    made.store.do("trust", "2026-12-01T11:00", GiveReason("ESC-1", "Somebody left"))
    answer = send(made, entry(made), says=RIGHT, seen=seen)
    assert answer.status_code == 200
    told = unescape(answer.text)
    assert "This has changed since you opened the page." in told
    assert "gave the reason for the delay: Somebody left" in told and RIGHT in told
    assert corrections(made) == []


@pytest.mark.parametrize("csrf", ["", "0" * 64])
def test_a_form_from_elsewhere_is_refused(made: MadeSite, csrf: str):
    assert send(made, entry(made), says=RIGHT, csrf=csrf).status_code == 403
    assert corrections(made) == []


@pytest.mark.parametrize(
    "fields", [{"seen": "x"}, {"seen": "٣"}, {"command": "x"}, {"says": "x" * 100_000}]
)
def test_what_no_form_sends_does_no_harm(made: MadeSite, fields: dict[str, str]):
    answer = send(made, entry(made), **{"says": RIGHT, **fields})
    assert answer.status_code in (303, 400)
