"""Every question of the command line has its page, and every act its form."""

from html import unescape

import pytest

from cspr_workflow.domain import acts
from cspr_workflow.interfaces.questions.registry import QUESTIONS
from cspr_workflow.interfaces.web import wording
from tests.web.site import made_site

PAGES = {
    "board": ("officer", "/board", "ESC-1"),
    "register": ("officer", "/register", "ESC-1"),
    "show": ("officer", "/escalations/ESC-1", "The concern"),
    "actions": ("officer", "/actions", "A1 of ESC-1"),
    "history": ("officer", "/escalations/ESC-1/history", "ESC-1"),
    "as-at": ("officer", "/as-it-stood?moment-day=1&moment-month=12&moment-year=2026", "ESC-1"),
    "replay": ("officer", "/escalations/ESC-1/replay", "Step"),
    "why": ("officer", "/escalations/ESC-1/why", "clause"),
    "forecast": ("officer", "/escalations/ESC-1", "What happens next, if nobody acts"),
    "timeliness": ("officer", "/timeliness", "T1"),
    "people": ("officer", "/record/people", "officer"),
    "calendar": ("officer", "/calendar", "December 2026"),
    "policy": ("officer", "/record", "sandwell-2018"),
    "status": ("admin", "/status", "clock"),
}


def test_every_question_has_a_page():
    assert set(PAGES) == set(QUESTIONS)


@pytest.mark.parametrize("question", PAGES)
def test_a_page_answers_the_question(question: str):
    person, path, tells = PAGES[question]
    with made_site() as made:
        answer = made.client(person).get(path)
        assert answer.status_code == 200
        assert tells.lower() in unescape(answer.text).lower()


def test_every_act_has_a_title_on_its_form():
    assert set(wording.TITLES) == {*acts.ACTS, *acts.KEEPING}
