"""What everybody may read: help, accessibility, privacy, signed in or not; and who keeps a session alive."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from cspr_workflow.application.policy_files import bundled, bundled_names
from cspr_workflow.interfaces.web import help_terms
from tests.web.site import PASSWORD, MadeSite, made_site

PAGES = ("/help", "/accessibility", "/privacy")


@pytest.fixture(scope="module")
def looking() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("person", [None, "officer", "trust", "audit", "admin"])
def test_everybody_reads_it_signed_in_or_not(looking: MadeSite, path: str, person: str | None):
    answer = looking.client(person).get(path, follow_redirects=False)
    assert answer.status_code == 200
    assert ("Signed in as" in answer.text) == (person is not None)
    assert "Rehearsal" in answer.text


def test_only_people_who_are_signed_in_are_told_names(looking: MadeSite):
    for path in PAGES:
        assert "A. Officer, CSPR Officer" in looking.client("trust").get(path).text
        assert "A. Officer" not in looking.client().get(path).text


@pytest.mark.parametrize(
    "term",
    [
        *(
            "Incident",
            "Timescale",
            "Escalation",
            "Stage",
            "Agreed action",
            "Acknowledged",
            "Varied",
        ),
        *("On behalf of", "Not maintained", "Released", "Follow-on limit", "Closure day"),
        *("Working day", "The clock, tick", "Late", "Happened and recorded", "Correction"),
    ],
)
def test_help_has_each_word_of_the_process(looking: MadeSite, term: str):
    assert f"<dt>{term}</dt>" in looking.client().get("/help").text


def test_a_word_stands_with_its_clause_of_the_policy_in_force(looking: MadeSite):
    text = unescape(looking.client().get("/help").text)
    entry = text[text.index('id="not-maintained"') :]
    entry = entry[: entry.index("</dd>")]
    policy = looking.store.desk.policy
    clause = policy.clauses[policy.not_maintained_clause]
    assert clause.text in entry
    assert clause.reading is not None
    assert clause.reading in entry


@pytest.mark.parametrize("name", bundled_names())
def test_another_partnerships_words_rest_on_its_own_clauses(name: str):
    policy = bundled(name).policy
    for group in help_terms.groups(policy):
        for term in group.terms:
            assert set(term.clauses) <= set(policy.clauses)
            assert len(term.texts(policy)) == len(set(term.clauses))
    assert len(help_terms.stage_rows(policy)) == len(policy.stages)
    assert len(help_terms.timescale_rows(policy)) == len(policy.timescales)


def test_what_went_wrong_keeps_the_links_of_the_desk(looking: MadeSite):
    for path in ("/escalations/ESC-99", "/nowhere"):
        answer = looking.client("officer").get(path)
        assert answer.status_code == 404
        assert 'href="/actions"' in answer.text
    answer = looking.client().get("/nowhere")
    assert answer.status_code == 404
    assert 'href="/actions"' not in answer.text


def test_privacy_names_every_cookie_that_a_visit_brings(looking: MadeSite):
    client = looking.client()
    said = client.get("/privacy").text
    named = set(re.findall(r'role="rowheader"[^>]*>([^<]*)</th>', said))
    form = client.get("/sign-in").text
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    looking.token("officer")
    signing_in = {**dict(found), "name": "officer", "password": PASSWORD}
    assert client.post("/sign-in", data=signing_in, follow_redirects=False).status_code == 303
    path = "/escalations/ESC-1/do/record-discussion"
    form = client.get(path).text
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    told = {**dict(found), "how": "call", "said": "Asked again.", "when": "now", "step": "record"}
    assert client.post(path, data=told, follow_redirects=False).status_code == 303
    assert len(client.cookies) > 1
    assert {one.name for one in client.cookies.jar} <= named


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in():
    with made_site() as made:
        client = made.client("officer")
        made.clock.later(minutes=20)
        assert client.get("/board", headers={"x-refresh": "1"}).status_code == 200
        made.clock.later(minutes=11)
        answer = client.get("/board", headers={"x-refresh": "1"}, follow_redirects=False)
        assert answer.status_code == 303
        client = made.client("officer")
        made.clock.later(minutes=20)
        assert client.get("/board").status_code == 200
        made.clock.later(minutes=11)
        assert client.get("/board", follow_redirects=False).status_code == 200
