"""The forms of the acts: filled in, checked, recorded; refused at the field; quiet when sent twice."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import ACTS
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.web import address, wording
from cspr_workflow.interfaces.web.act_fields import About, fields_of
from tests.web.site import MadeSite, made_site

ESCALATION, INCIDENT = "/escalations/ESC-1", "/incidents/INC-1"


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


@pytest.fixture
def officer(made: MadeSite) -> TestClient:
    return made.client("officer")


@pytest.fixture(scope="module")
def looking() -> Iterator[MadeSite]:
    """A site at which the tests only look."""
    with made_site() as one:
        yield one


@pytest.fixture(scope="module")
def onlooker(looking: MadeSite) -> TestClient:
    """The officer, who only looks."""
    return looking.client("officer")


def hidden(text: str) -> dict[str, str]:
    """What a page's form hands on by itself."""
    form = text[text.index('<form method="post"') :]
    form = form[: form.index("</form>")]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in found}


def sent(client: TestClient, path: str, step: str = "record", **fields: Any) -> Any:
    """Open a form, fill it in and send it."""
    page = client.get(path)
    assert page.status_code == 200, page.text
    data = {**hidden(page.text), "step": step, **fields}
    return client.post(path, data=data, follow_redirects=False)


def position(made: MadeSite) -> int:
    return made.store.desk.record.last()[0]


DISCUSSION = {"how": "call", "said": "The chronology was asked for.", "when": "now"}


# --- An act is done ------------------------------------------------------------------------------


def test_a_discussion_is_checked_then_recorded_and_told(made: MadeSite, officer: TestClient):
    path, before = f"{ESCALATION}/do/record-discussion", position(made)
    check = sent(officer, path, "check", **DISCUSSION)
    assert check.status_code == 200
    assert "The chronology was asked for." in unescape(check.text)
    assert position(made) == before, "nothing is recorded before it is checked"
    answer = officer.post(
        path, data={**hidden(check.text), "step": "record"}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, ESCALATION)
    assert position(made) == before + 1
    after = officer.get(ESCALATION)
    assert "The chronology was asked for." in unescape(after.text)
    assert "Recorded" in after.text
    assert "govuk-notification-banner" not in officer.get(ESCALATION).text, "it is told once"


def test_what_happened_earlier_stands_at_its_own_moment(made: MadeSite, officer: TestClient):
    earlier = {"when-at-day": "30", "when-at-month": "11", "when-at-year": "2026"}
    earlier |= {"when-at-time": "9:30"}
    fields = {**DISCUSSION, "when": "earlier", **earlier}
    assert sent(officer, f"{ESCALATION}/do/record-discussion", **fields).status_code == 303
    entry = made.store.desk.record.read("escalation:ESC-1")[-1].entry
    assert f"{entry.occurred:%Y-%m-%dT%H:%M}" == "2026-11-30T09:30"
    assert entry.recorded > entry.occurred


def test_an_answer_is_recorded_on_behalf_of_the_agency(made: MadeSite, officer: TestClient):
    fields = {"reason": "Its author is ill.", "means": "e-mail", "when": "now"}
    assert sent(officer, f"{ESCALATION}/do/give-reason", **fields).status_code == 303
    by = made.store.desk.record.read("escalation:ESC-1")[-1].entry.by
    assert by is not None and by.means == "e-mail"


def test_what_one_side_says_can_be_either_sides(made: MadeSite, officer: TestClient):
    path = f"{ESCALATION}/do/record-discussion"
    assert "For Acute Trust, by e-mail" in officer.get(path).text
    assert sent(officer, path, **{**DISCUSSION, "means": "own"}).status_code == 303
    assert sent(officer, path, **{**DISCUSSION, "means": "e-mail"}).status_code == 303
    entries = made.store.desk.record.read("escalation:ESC-1")[-2:]
    assert [one.entry.by.means for one in entries if one.entry.by] == [None, "e-mail"]
    refused = sent(officer, path, "check", **{**DISCUSSION, "means": "pigeon"})
    assert refused.status_code == 400


def test_an_incident_is_reported_and_an_escalation_raised_on_it(
    made: MadeSite, officer: TestClient
):
    report = {"incident": "INC/2 a", "when": "now"}
    report |= dict(
        zip(
            ("incident_on-day", "incident_on-month", "incident_on-year"),
            ("27", "11", "2026"),
            strict=True,
        )
    )
    report |= dict(
        zip(("aware_on-day", "aware_on-month", "aware_on-year"), ("30", "11", "2026"), strict=True)
    )
    answer = sent(officer, "/do/report-incident", **report)
    assert answer.headers["location"] == "/incidents/INC~2F2~20a"
    raising = {"escalation": "ESC-9", "timescale": "notify_panel", "agency": "Police"}
    raising |= {"concern": "Nothing was sent.", "when": "now"}
    place = answer.headers["location"]
    form = officer.get(f"{place}/do/raise-escalation")
    assert "call 999" in form.text
    timescales = re.findall(r'name="timescale" type="radio" value="([^"]*)"', form.text)
    raising["timescale"] = timescales[0]
    check = sent(officer, f"{place}/do/raise-escalation", "check", **raising)
    assert "Its stages, if nothing changes" in check.text
    answer = sent(officer, f"{place}/do/raise-escalation", **raising)
    assert answer.headers["location"] == "/escalations/ESC-9"
    assert officer.get("/escalations/ESC-9").status_code == 200


def test_an_agency_completes_its_action_and_the_unit_confirms_it(
    made: MadeSite, officer: TestClient
):
    trust, place = made.client("trust"), f"{ESCALATION}/actions/A1/do"
    done = sent(trust, f"{place}/complete-action", evidence="Sent on Monday.", when="now")
    assert done.status_code == 303
    assert "Sent on Monday." in officer.get(ESCALATION).text
    assert sent(officer, f"{place}/confirm-action", when="now").status_code == 303
    assert "Confirmed" in trust.get(ESCALATION).text


def test_an_act_without_anything_to_fill_in_says_what_it_records(
    made: MadeSite, officer: TestClient
):
    path = f"{INCIDENT}/do/convene-rapid-review"
    assert officer.get(path).status_code == 409, "the National Panel is not notified yet"
    notified = {"body": "national_panel", "when": "now"}
    assert sent(officer, f"{INCIDENT}/do/notify", **notified).status_code == 303
    page = officer.get(path)
    assert "What will be recorded" in page.text
    assert "convened the rapid review" in page.text
    assert sent(officer, path, when="now").status_code == 303
    assert "convened the rapid review" in officer.get(INCIDENT).text


def test_a_closure_day_shows_what_it_would_move(made: MadeSite):
    manager = made.client("manager")
    fields = {"day-day": "2", "day-month": "12", "day-year": "2026", "reason": "Flood"}
    check = sent(manager, "/do/declare-closure", "check", **fields)
    assert "Limits that it would move" in check.text
    assert "ESC-1" in check.text
    assert sent(manager, "/do/declare-closure", **fields).status_code == 303
    assert "Wed 2 Dec 2026" in manager.get("/do/withdraw-closure").text


# --- An act is refused ---------------------------------------------------------------------------


def test_a_missing_answer_is_told_at_its_field_and_nothing_is_lost(
    made: MadeSite, officer: TestClient
):
    before = position(made)
    answer = sent(
        officer, f"{ESCALATION}/do/record-action", "check", what="Send it", owner="agency"
    )
    assert answer.status_code == 400
    text = unescape(answer.text)
    assert "There is a problem" in text
    assert "By when? Enter a day" in text
    assert ">Send it</textarea>" in text
    assert 'value="agency" checked' in text
    assert position(made) == before


def test_a_day_that_would_be_left_out_is_told(made: MadeSite, officer: TestClient):
    path, before = f"{ESCALATION}/do/record-discussion", position(made)
    answer = sent(officer, path, **DISCUSSION, **{"when-at-day": "30"})
    assert answer.status_code == 400
    assert "Select Earlier, or empty the day and time below" in answer.text
    assert position(made) == before


def test_what_the_policy_does_not_offer_is_not_asked(onlooker: TestClient):
    form = onlooker.get(f"{INCIDENT}/do/raise-escalation").text
    assert 'name="concern"' in form
    assert 'name="variant"' not in form


def test_a_refusal_stands_at_the_field_that_it_is_about(officer: TestClient):
    fields = {"action": "A1", "what": "Again", "owner": "agency"}
    fields |= {"due-day": "4", "due-month": "12", "due-year": "2026", "when": "now"}
    answer = sent(officer, f"{ESCALATION}/do/record-action", **fields)
    assert answer.status_code == 400
    assert "There is a problem" in answer.text


def test_what_is_no_day_is_told(officer: TestClient):
    fields = {"action": "A2", "what": "Send", "owner": "agency", "when": "now"}
    fields |= {"due-day": "31", "due-month": "2", "due-year": "2026"}
    answer = sent(officer, f"{ESCALATION}/do/record-action", **fields)
    assert "By when? Enter a real day, such as 27 3 2026" in answer.text


def test_a_text_that_may_name_the_child_has_to_be_confirmed(made: MadeSite, officer: TestClient):
    path, before = f"{ESCALATION}/do/record-discussion", position(made)
    fields = {**DISCUSSION, "said": "She was born 3 May 2019."}
    check = sent(officer, path, "check", **fields)
    assert "Do not name the child" in check.text
    refused = officer.post(path, data={**hidden(check.text), "step": "record"})
    assert refused.status_code == 400
    assert position(made) == before
    data = {**hidden(refused.text), "step": "record", "accepted": "yes"}
    assert officer.post(path, data=data, follow_redirects=False).status_code == 303
    assert position(made) == before + 1


def test_somebody_who_may_not_is_told_why_and_led_back(made: MadeSite):
    trust, path = made.client("trust"), f"{ESCALATION}/do/withdraw-escalation"
    answer = trust.get(path)
    assert answer.status_code == 409
    assert "Withdraw the escalation" in answer.text
    assert "Only Business Manager can." in answer.text
    assert f'href="{ESCALATION}">Back to ESC-1</a>' in answer.text
    answer = made.client("police").get(f"{ESCALATION}/do/give-reason")
    assert answer.status_code == 404, "another agency's escalation is not there"


def test_what_can_no_longer_be_done_is_told_and_nothing_is_recorded(
    made: MadeSite, officer: TestClient
):
    path = f"{ESCALATION}/do/record-discussion"
    opened = hidden(officer.get(path).text)
    withdrawn = {"reason": "Raised by mistake.", "when": "now"}
    closing = sent(made.client("manager"), f"{ESCALATION}/do/withdraw-escalation", **withdrawn)
    assert closing.status_code == 303
    before = position(made)
    answer = officer.post(path, data={**opened, **DISCUSSION, "step": "record"})
    assert answer.status_code == 409
    assert "What you entered was not recorded." in answer.text
    assert position(made) == before


@pytest.mark.parametrize("person", ["audit", "admin"])
def test_who_only_reads_has_no_forms(looking: MadeSite, person: str):
    assert looking.client(person).get(f"{ESCALATION}/do/record-discussion").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/do/resolve",
        "/do/no-such-act",
        f"{ESCALATION}/do/notify",
        f"{ESCALATION}/do/acknowledge-action",
        f"{ESCALATION}/do/record_discussion",
        f"{ESCALATION}/actions/A9/do/confirm-action",
        f"{ESCALATION}/actions/A1/do/record-action",
        f"{INCIDENT}/do/report-incident",
        "/escalations/ESC-99/do/resolve",
        "/escalations/~zz/do/resolve",
    ],
)
def test_an_act_has_its_one_place(onlooker: TestClient, path: str):
    assert onlooker.get(path).status_code == 404


# --- Sent twice, or too late ---------------------------------------------------------------------


def test_a_form_sent_twice_records_once(made: MadeSite, officer: TestClient):
    path = f"{ESCALATION}/do/record-discussion"
    data = {**hidden(officer.get(path).text), **DISCUSSION, "step": "record"}
    before = position(made)
    for _ in range(2):
        assert officer.post(path, data=data, follow_redirects=False).status_code == 303
    assert position(made) == before + 1


def test_what_somebody_else_recorded_meanwhile_is_shown_first(made: MadeSite, officer: TestClient):
    path = f"{ESCALATION}/do/record-discussion"
    opened = hidden(officer.get(path).text)
    sent(made.client("manager"), path, **{**DISCUSSION, "said": "I have rung them already."})
    before = position(made)
    data = {**opened, **DISCUSSION, "step": "record"}
    answer = officer.post(path, data=data)
    assert "has changed since you opened the page" in answer.text
    assert "I have rung them already." in unescape(answer.text)
    assert position(made) == before
    data = {**hidden(answer.text), "step": "record"}
    assert officer.post(path, data=data, follow_redirects=False).status_code == 303
    assert position(made) == before + 1


def test_a_form_of_another_session_is_refused(made: MadeSite, officer: TestClient):
    path, before = f"{ESCALATION}/do/record-discussion", position(made)
    data = {**hidden(made.client("manager").get(path).text), **DISCUSSION, "step": "record"}
    assert officer.post(path, data=data).status_code == 403
    del data["csrf"]
    assert officer.post(path, data=data).status_code == 403
    assert position(made) == before


# --- Every act -----------------------------------------------------------------------------------


def test_every_act_has_a_form_with_a_title_and_labels(looking: MadeSite):
    asking = Asking(looking.store.desk)
    assert set(ACTS) | set(acts.KEEPING) == set(wording.TITLES)
    assert set(ACTS) == set(wording.INTROS)
    for kind in ACTS.values():
        assert all(one.label for one in fields_of(kind, About(asking)))


@pytest.mark.parametrize("name", ACTS)
def test_every_act_is_offered_or_said_why_not(onlooker: TestClient, name: str):
    kind = ACTS[name]
    page = name.replace("_", "-")
    if issubclass(kind, acts.ClosureAct) or kind is acts.ReportIncident:
        path = f"/do/{page}"
    elif issubclass(kind, acts.ActionAct) and kind is not acts.RecordAction:
        path = f"{ESCALATION}/actions/A1/do/{page}"
    elif kind is acts.RaiseEscalation or issubclass(kind, acts.IncidentAct):
        path = f"{INCIDENT}/do/{page}"
    else:
        path = f"{ESCALATION}/do/{page}"
    answer = onlooker.get(path)
    said = unescape(answer.text)
    assert wording.TITLES[name] in said
    assert ("You cannot do this now" in said) == (answer.status_code == 409)
    assert ('<form method="post" action="' + path in said) == (answer.status_code == 200)


@pytest.mark.parametrize("reference", ["INC-1", "a b/c", "..", ".", "é~", "x" * 300, "%2F", "?#"])
def test_any_reference_has_an_address(reference: str):
    part = address.segment(reference)
    assert re.fullmatch(r"[A-Za-z0-9_.~-]+", part)
    assert part.strip(".")
    assert address.reference(part) == reference


def test_no_form_asks_for_two_days_in_the_same_words(onlooker: TestClient):
    form = unescape(onlooker.get("/do/report-incident").text)
    assert "When did the incident happen?" in form
    assert "When was it reported?" in form
    assert set(wording.WHEN) <= set(ACTS)


# --- What is kept for the person -----------------------------------------------------------------


def test_a_form_sent_again_after_it_closed_the_case_tells_what_it_did(
    made: MadeSite, officer: TestClient
):
    path = f"{ESCALATION}/do/withdraw-escalation"
    manager = made.client("manager")
    data = {**hidden(manager.get(path).text), "step": "record", "reason": "Raised twice."}
    data["when"] = "now"
    first = manager.post(path, data=data, follow_redirects=False)
    again = manager.post(path, data=data, follow_redirects=False)
    assert (first.status_code, again.status_code) == (303, 303)
    assert "Raised twice." in unescape(manager.get(ESCALATION).text)


def test_words_that_can_no_longer_be_recorded_are_shown(made: MadeSite, officer: TestClient):
    path = f"{ESCALATION}/do/give-reason"
    data = {**hidden(officer.get(path).text), "step": "record", "reason": "Its author is away."}
    data |= {"means": "call", "when": "now"}
    sent(made.client("manager"), f"{ESCALATION}/do/withdraw-escalation", reason="No", when="now")
    answer = officer.post(path, data=data)
    assert answer.status_code == 409
    assert "Its author is away." in unescape(answer.text)


def test_a_new_case_begins_with_the_next_reference(made: MadeSite, officer: TestClient):
    assert 'value="INC-2"' in officer.get("/do/report-incident").text
    assert 'value="ESC-3"' in officer.get(f"{INCIDENT}/do/raise-escalation").text
