"""Who takes part, their accounts, the settings and the logs: for those who keep them, and nobody else."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pyotp import TOTP
from starlette.testclient import TestClient

from cspr_workflow.application.accounts import EXPORT, READ, Identity
from cspr_workflow.domain.people import SCSP, Person, Role
from cspr_workflow.interfaces.web.app import make_app
from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.settings import Settings
from tests.support import TRUST
from tests.web.sending import hidden, on, said, send
from tests.web.site import KEEPER, PASSWORD, URL, MadeSite, made_site

OFFICER = "/people/person/officer"


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


@pytest.fixture
def admin(made: MadeSite) -> TestClient:
    return made.client("admin")


def people(made: MadeSite) -> set[str]:
    return set(made.store.desk.workflow.partnership.people)


def one_time(answer: Any) -> str:
    match = re.search(r'cspr-typed">([^<]*)<', answer.text)
    assert match is not None, said(answer)
    return match[1]


def noted(made: MadeSite) -> list[str]:
    return [one.what for one in made.door.book.log.lines()]


# --- Who may -----------------------------------------------------------------------------------------

PAGES = [
    "/people",
    "/people/add",
    OFFICER,
    f"{OFFICER}/name",
    f"{OFFICER}/remove",
    f"{OFFICER}/account/reset",
    f"{OFFICER}/account/end",
    f"{OFFICER}/account/close",
    f"{OFFICER}/account/link",
    f"{OFFICER}/account/open",
    "/settings",
    "/status",
    "/readings",
    "/readings/download.csv",
    "/accounts/log",
]
ONLY_READ = ["/people", OFFICER, "/status", "/readings", "/readings/download.csv", "/accounts/log"]
SENT = [path for path in PAGES if path not in ONLY_READ]
SENT += [f"{OFFICER}/account/{what}" for what in ("sign-out", "unlink", "revoke-key")]


@pytest.mark.parametrize(
    ("person", "status"),
    [("admin", 200), ("manager", 200), ("officer", 403), ("trust", 403), ("audit", 403)],
)
def test_the_pages_are_for_those_who_keep_the_register(
    made: MadeSite, person: str, status: int
) -> None:
    client = made.client(person)
    answers = {path: client.get(path, follow_redirects=False).status_code for path in PAGES}
    assert answers == dict.fromkeys(PAGES, status)


@pytest.mark.parametrize("person", ["officer", "trust", "audit"])
def test_nobody_else_sends_their_forms(made: MadeSite, person: str) -> None:
    client = made.client(person)
    csrf = hidden(client.get("/account").text, "/sign-out")
    before = (made.store.desk.record.last(), noted(made), made.store.desk.names)
    data = {**csrf, "name": "X", "second_factor": "yes", "gap_minutes": "5"}
    assert {path: client.post(path, data=data).status_code for path in SENT} == dict.fromkeys(
        SENT, 403
    )
    assert before == (made.store.desk.record.last(), noted(made), made.store.desk.names)


def test_a_form_without_its_token_does_nothing(made: MadeSite, admin: TestClient) -> None:
    before = (made.store.desk.record.last(), noted(made))
    assert {path: admin.post(path, data={}).status_code for path in SENT} == dict.fromkeys(
        SENT, 403
    )
    assert before == (made.store.desk.record.last(), noted(made))


@pytest.mark.parametrize(
    ("person", "home", "there"),
    [("manager", "/board", True), ("officer", "/board", False), ("admin", "/people", True)],
)
def test_people_stands_in_the_line_of_those_who_keep_it(
    made: MadeSite, person: str, home: str, there: bool
) -> None:
    text = made.client(person).get(home).text
    line = text[text.index("govuk-service-navigation") : text.index("</header>")]
    assert ('href="/people"' in line) is there


# --- The register ------------------------------------------------------------------------------------


def test_the_register_shows_who_takes_part_and_how_their_accounts_stand(
    made: MadeSite, admin: TestClient
) -> None:
    made.token("officer")
    made.door.close_account(made.account("police").id, by=KEEPER)
    text = said(admin.get("/people"))
    assert re.search(r"A\. Officer CSPR Officer officer In use", text)
    assert re.search(r"police Representative on the SLPR subgroup No account", text)
    assert "B. Manager Business Manager manager Has not chosen a password yet" in text
    assert text.index("SCSP") < text.index(TRUST) < text.index("Police")


def test_a_page_about_nobody_is_not_there(admin: TestClient) -> None:
    assert admin.get("/people/person/nobody").status_code == 404
    assert admin.get("/people/person/~zz").status_code == 404


NEW = {"name": "N. Newcomer", "person": "trust-9", "role": "service_lead", "agency": TRUST}


def test_somebody_is_added(made: MadeSite, admin: TestClient) -> None:
    answer = send(admin, "/people/add", **NEW)
    assert answer.headers["location"] == "/people/person/trust-9"
    page = said(admin.get("/people/person/trust-9"))
    assert "N. Newcomer has no account and cannot sign in." in page
    assert "Done" in page
    took = made.store.desk.workflow.partnership.people["trust-9"]
    assert took == Person("trust-9", Role.SERVICE_LEAD, TRUST)
    record = made.store.desk.record
    assert "N. Newcomer" not in str(record.read_all(record.last()[0] - 1, 1)), (
        "the name stands beside"
    )


def test_somebody_is_added_with_an_account_at_once(made: MadeSite, admin: TestClient) -> None:
    fields = {**NEW, "opens": "yes", "sign_in": "n.newcomer@trust.example"}
    answer = send(admin, "/people/add", **fields, **on("ends_on", "2027-03-31"))
    assert answer.status_code == 200, "the password stands in the page, never in an address"
    password = one_time(answer)
    assert password not in admin.get("/people/person/trust-9").text, "it is told once"
    assert made.account("trust-9").ends_on == date(2027, 3, 31)
    client = made.client()
    sent = send(client, "/sign-in", name="n.newcomer@trust.example", password=password)
    assert sent.headers["location"] == "/sign-in/password"


REFUSED = [
    ({"name": " "}, "Enter the name"),
    ({"person": ""}, "Enter an id"),
    ({"role": "king"}, "Select a role"),
    ({"agency": ""}, "Enter the agency"),
    ({"person": "trust"}, "Trust is in use already; choose another id."),
    ({"agency": SCSP}, "The role service_lead is never of the agency scsp."),
    ({"opens": "yes"}, "Enter the name to sign in with"),
    ({"opens": "yes", "sign_in": "officer"}, "Somebody signs in as officer already"),
    ({"opens": "yes", "sign_in": "a b"}, "no space"),
    ({"opens": "yes", "sign_in": "new-1", **on("ends_on", "2026-11-30")}, "is before today"),
    ({"opens": "yes", "sign_in": "new-1", **on("ends_on", "2026-13-30")}, "Enter a real day"),
    ({"role": "auditor", "agency": SCSP, "opens": "yes", "sign_in": "new-1"}, "has a last day"),
]


@pytest.mark.parametrize(("changed", "wrong"), REFUSED, ids=[wrong for _, wrong in REFUSED])
def test_what_is_wrong_is_named_and_nothing_is_half_done(
    made: MadeSite, admin: TestClient, changed: dict[str, str], wrong: str
) -> None:
    before = (people(made), made.store.desk.names, len(made.door.book.accounts.all()))
    answer = send(admin, "/people/add", **{**NEW, **changed})
    assert answer.status_code == 400
    assert wrong in said(answer)
    after = (people(made), made.store.desk.names, len(made.door.book.accounts.all()))
    assert after == before


def test_a_form_that_is_sent_twice_adds_one_person(made: MadeSite, admin: TestClient) -> None:
    data = {**hidden(admin.get("/people/add").text, "/people/add"), **NEW}
    data |= {"opens": "yes", "sign_in": "new-1"}
    before = made.store.desk.record.last()[0]
    first, second = (admin.post("/people/add", data=data) for _ in range(2))
    assert made.store.desk.record.last()[0] == before + 1
    assert one_time(first)
    assert second.status_code == 400
    assert "somebody signs in as new-1 already" in said(second).lower()


def test_what_people_write_is_text_and_nothing_else(made: MadeSite, admin: TestClient) -> None:
    evil = "<script>alert(1)</script>"
    send(admin, "/people/add", **{**NEW, "name": evil, "person": "a/../b?c=<i>", "agency": evil})
    for page in ("/people", "/accounts/log", "/readings"):
        assert evil not in admin.get(page).text
    (link,) = re.findall(r'href="(/people/person/a~[^"]*)"', admin.get("/people").text)
    assert evil in unescape(admin.get(link).text)
    assert evil not in admin.get(link).text


def test_a_name_is_put_right_in_the_directory_alone(made: MadeSite, admin: TestClient) -> None:
    before = made.store.desk.record.last()
    assert send(admin, f"{OFFICER}/name", name="").status_code == 400
    answer = send(admin, f"{OFFICER}/name", name="A. Renamed")
    assert answer.headers["location"] == OFFICER
    assert "The name is corrected." in said(admin.get(OFFICER))
    assert made.store.desk.names["officer"] == "A. Renamed"
    assert made.store.desk.record.last() == before


# --- Somebody leaves ---------------------------------------------------------------------------------


def test_who_leaves_can_do_nothing_from_then_on(made: MadeSite, admin: TestClient) -> None:
    client = made.client("police")
    assert client.get("/board").status_code == 200
    page = "/people/person/police/remove"
    answer = send(admin, page)
    assert answer.headers["location"] == "/people"
    assert "police" not in people(made)
    assert client.get("/board", follow_redirects=False).headers["location"].startswith("/sign-in")
    text = said(admin.get("/people"))
    assert "Accounts of people who have left" in text
    gone = said(admin.get("/people/person/police"))
    assert "No longer" in gone
    assert "Open an account" not in gone
    assert admin.get(page).status_code == 409


@pytest.mark.parametrize(
    ("by", "who", "warned", "quiet"),
    [
        ("manager", "police", "Nobody else takes part for Police. Open with it: ESC-2.", "only"),
        ("admin", "police", "The business unit knows whether anything is open with it.", "ESC-2"),
        ("manager", "ward", "Nobody else of Acute Trust has the role service lead.", "Open with"),
        ("admin", "admin", "This is you: you are signed out at once", "Open with"),
    ],
)
def test_before_somebody_leaves_it_is_said_what_is_still_theirs(
    made: MadeSite, by: str, who: str, warned: str, quiet: str
) -> None:
    text = said(made.client(by).get(f"/people/person/{who}/remove"))
    assert warned in text
    assert quiet not in text


def test_with_a_deputy_nothing_is_warned_of(made: MadeSite, admin: TestClient) -> None:
    send(admin, "/people/add", **NEW)
    assert "Nobody else" not in said(admin.get("/people/person/trust-9/remove"))


def test_the_only_manager_stays(made: MadeSite, admin: TestClient) -> None:
    page = "/people/person/manager/remove"
    shown = admin.get(page)
    assert shown.status_code == 409
    assert "is the only Business Manager; add another one first." in said(shown)
    assert "Record that they have left" not in said(shown)
    csrf = hidden(shown.text, "/sign-out")
    answer = admin.post(page, data=csrf)
    assert answer.status_code == 409
    assert "manager" in people(made)


# --- Accounts of others --------------------------------------------------------------------------------


def test_an_account_is_opened(made: MadeSite, admin: TestClient) -> None:
    send(admin, "/people/add", **NEW)
    page = "/people/person/trust-9/account/open"
    for fields, wrong in (
        ({}, "Enter the name to sign in with"),
        ({"sign_in": "officer"}, "Somebody signs in as officer already"),
        ({"sign_in": "new-1", **on("ends_on", "2020-01-01")}, "is before today"),
    ):
        answer = send(admin, page, **fields)
        assert answer.status_code == 400
        assert wrong in said(answer)
    answer = send(admin, page, sign_in="new-1")
    assert len(one_time(answer)) == 23
    again = send(admin, page, sign_in="new-2")
    assert again.status_code == 400
    assert "trust-9 has an account already" in said(again)


@pytest.mark.parametrize("telephone", [False, True])
def test_a_reset_gives_a_password_for_one_time(
    made: MadeSite, admin: TestClient, telephone: bool
) -> None:
    client = made.client("officer")
    token = client.cookies[made.site.cookie]
    secret = made.door.enrol(token, PASSWORD).secret
    made.door.confirm_enrolment(token, TOTP(secret).at(made.clock.now))
    fields = {"second_factor": "yes"} if telephone else {}
    answer = send(admin, f"{OFFICER}/account/reset", **fields)
    password = one_time(answer)
    assert client.get("/account", follow_redirects=False).status_code == 303
    assert made.account("officer").second_factor is not telephone
    new = made.client()
    sent = send(new, "/sign-in", name="officer", password=password)
    assert sent.headers["location"] == "/sign-in/password"


def test_the_last_day_is_changed_and_taken_away(made: MadeSite, admin: TestClient) -> None:
    page = f"{OFFICER}/account/end"
    for day, wrong in (("2020-01-01", "is before today"), ("2026-02-30", "Enter a real day")):
        answer = send(admin, page, **on("ends_on", day))
        assert answer.status_code == 400
        assert wrong in said(answer)
    assert send(admin, page, **on("ends_on", "2026-12-24")).headers["location"] == OFFICER
    assert made.account("officer").ends_on == date(2026, 12, 24)
    assert "Thu 24 Dec 2026" in said(admin.get(OFFICER))
    assert send(admin, page, **dict.fromkeys(on("ends_on", "1-1-1"), "")).status_code == 303
    assert made.account("officer").ends_on is None
    auditors = send(
        admin, "/people/person/audit/account/end", **dict.fromkeys(on("ends_on", "1-1-1"), "")
    )
    assert auditors.status_code == 400
    assert made.account("audit").ends_on is not None


def test_an_account_is_closed_and_another_one_can_be_opened(
    made: MadeSite, admin: TestClient
) -> None:
    client = made.client("officer")
    answer = send(admin, f"{OFFICER}/account/close")
    assert answer.headers["location"] == OFFICER
    text = said(admin.get(OFFICER))
    assert "The account is closed." in text
    assert "has no account" in text
    assert client.get("/account", follow_redirects=False).status_code == 303
    assert "officer" in people(made)
    assert admin.get(f"{OFFICER}/account/close").status_code == 404
    assert one_time(send(admin, f"{OFFICER}/account/open", sign_in="officer"))


def test_somebody_is_signed_out_everywhere(made: MadeSite, admin: TestClient) -> None:
    client = made.client("officer")
    answer = send(admin, OFFICER, f"{OFFICER}/account/sign-out")
    assert answer.headers["location"] == OFFICER
    assert client.get("/account", follow_redirects=False).status_code == 303
    assert admin.get("/people").status_code == 200


def test_a_key_is_taken_away_from_somebody(made: MadeSite, admin: TestClient) -> None:
    token = made.key("officer")
    page = said(admin.get(OFFICER))
    assert "Key: test" in page
    assert token not in page
    send(admin, OFFICER, f"{OFFICER}/account/revoke-key")
    assert made.door.account_by_key(token) is None


@dataclass
class AtAnOrganisation:
    """The site with an organisation whose accounts can be linked."""

    made: MadeSite
    issuer: str = "https://sign-in.example"

    def client(self, folder: Path) -> TestClient:
        file = folder / "providers.toml"
        (folder / "secret").write_text("s")
        file.write_text(
            f'[[provider]]\nid = "trust"\nname = "the Acute Trust"\nissuer = "{self.issuer}"\n'
            f'discovery = "{self.issuer}/d"\nclient_id = "c"\nsecret_file = "{folder}/secret"\n'
        )
        site = Site(
            self.made.store.desk,
            Settings(URL, providers=file),
            self.made.door,
            self.made.site.readings,
        )
        client = TestClient(make_app(site), base_url=URL)
        client.cookies.set(site.cookie, self.made.token("admin"), "127.0.0.1")
        return client


def test_an_account_elsewhere_is_linked_and_unlinked(made: MadeSite, tmp_path: Path) -> None:
    there = AtAnOrganisation(made)
    admin, page = there.client(tmp_path), f"{OFFICER}/account/link"
    identity = Identity(there.issuer, "person-1")
    for fields, wrong in (
        ({"subject": "person-1"}, "Select the organisation"),
        ({"issuer": there.issuer}, "Enter the subject"),
        ({"issuer": "https://other.example", "subject": "x"}, "Select one of the organisations"),
    ):
        answer = send(admin, page, **fields)
        assert answer.status_code == 400
        assert wrong in said(answer)
    assert made.door.account_by_identity(identity) is None
    answer = send(admin, page, issuer=there.issuer, subject="person-1")
    assert answer.headers["location"] == OFFICER
    assert made.door.account_by_identity(identity) == made.account("officer")
    shown = said(admin.get(OFFICER))
    assert "The Acute Trust" in shown or "the Acute Trust" in shown
    assert "person-1" in shown
    other = "/people/person/police/account/link"
    taken = send(admin, other, issuer=there.issuer, subject="person-1")
    assert taken.status_code == 400
    assert "linked to an account already" in said(taken)
    settings = said(admin.get("/settings"))
    assert f"{URL}/sign-in/with/trust/callback" in settings
    assert "Client id c" in settings
    send(admin, OFFICER, f"{OFFICER}/account/unlink")
    assert made.door.account_by_identity(identity) is None


# --- Settings and status --------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", ["", "0", "-5", "ten", "10081", "1.5", "99999999999"])
def test_a_gap_that_cannot_be_is_refused(made: MadeSite, admin: TestClient, minutes: str) -> None:
    before = noted(made)
    answer = send(admin, "/settings", gap_minutes=minutes)
    assert answer.status_code == 400
    assert "Error" in answer.text
    assert made.store.desk.office.gap_minutes == 60
    assert noted(made) == before


@pytest.mark.parametrize(("minutes", "told"), [("1", "1 minute"), ("10080", "10080 minutes")])
def test_a_gap_is_set_and_noted(made: MadeSite, admin: TestClient, minutes: str, told: str) -> None:
    assert send(admin, "/settings", gap_minutes=minutes).headers["location"] == "/settings"
    assert made.store.desk.office.gap_minutes == int(minutes)
    (line,) = made.door.book.log.lines(limit=1)
    assert (line.what, line.by) == (f"a gap is noted after {told}", "admin")
    assert f"A gap is noted after {told}" in said(admin.get("/accounts/log"))


def test_the_settings_say_how_the_store_is(made: MadeSite, admin: TestClient) -> None:
    text = said(admin.get("/settings"))
    assert "A rehearsal, in which nothing is real" in text
    assert URL in text
    assert made.store.desk.policy.label in text
    assert "No organisation is set up." in text


def test_the_status_says_what_needs_a_person(made: MadeSite, admin: TestClient) -> None:
    assert "The clock has never run" in said(admin.get("/status"))
    made.store.desk.office.beat(made.store.desk.now(), gap=False)
    text = said(admin.get("/status"))
    assert "All is well" in text
    assert "Last ran Tue 1 Dec 2026 10:00" in text
    made.store.at("2026-12-01T12:00")
    made.store.desk.office.put_aside("escalation:ESC-1", made.clock.now, "it could not be read.")
    text = said(admin.get("/status"))
    assert "The clock has not run for 2 hours" in text or "120 minutes" in text
    assert "ESC-1 is set aside by the clock" in text


# --- The logs ---------------------------------------------------------------------------------------


def read(made: MadeSite, person: str, about: str, what: str = READ) -> None:
    made.site.readings.note(made.clock.now, person, what, about, "page")
    made.clock.later(minutes=10)


def abouts(answer: Any) -> list[str]:
    return re.findall(r'data-name="About"[^>]*><div>([^<]*)<', answer.text)


def test_who_read_what_is_looked_for(made: MadeSite, admin: TestClient) -> None:
    made.client("trust").get("/escalations/ESC-1")
    read(made, "police", "ESC-2")
    made.clock.later(days=1)
    read(made, "audit", "ESC-1", EXPORT)
    admin = made.client("admin")
    for asked, found in (
        ({}, ["ESC-1", "ESC-2", "ESC-1"]),
        ({"person": "police"}, ["ESC-2"]),
        ({"about": " ESC-1 "}, ["ESC-1", "ESC-1"]),
        (on("from", "2026-12-02"), ["ESC-1"]),
        (on("to", "2026-12-01"), ["ESC-2", "ESC-1"]),
        ({"person": "nobody"}, []),
        ({"about": "ESC-1' OR '1'='1"}, []),
    ):
        answer = admin.get("/readings", params=asked)
        assert answer.status_code == 200
        assert abouts(answer) == found, asked
    wrong = admin.get("/readings", params=on("from", "2026-02-30"))
    assert wrong.status_code == 400
    assert abouts(wrong) == []
    assert admin.get("/readings", params={"before": "x"}).status_code == 400


def test_the_log_of_reading_is_turned_page_by_page(made: MadeSite, admin: TestClient) -> None:
    for number in range(120):
        made.site.readings.note(made.clock.now, "audit", EXPORT, f"R-{number}", "csv")
    seen: list[str] = []
    page: str | None = "/readings?person=audit"
    while page:
        text = admin.get(page)
        seen += abouts(text)
        match = re.search(r'href="([^"]*)" rel="next"', text.text)
        page = unescape(match[1]) if match else None
    assert seen == [f"R-{number}" for number in reversed(range(120))]


def test_the_log_is_taken_away_and_that_is_noted(made: MadeSite, admin: TestClient) -> None:
    made.site.readings.note(made.clock.now, "audit", EXPORT, '=cmd("x")', "csv")
    made.site.readings.note(made.clock.now, "police", EXPORT, "register", "csv")
    answer = admin.get("/readings/download.csv?person=audit")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["about"] == '\'=cmd("x")'
    assert (row["person"], row["what"], row["rehearsal"]) == ("audit", "export", "yes")
    (line,) = made.site.readings.lines(limit=1)
    assert (line.person, line.what, line.about) == ("admin", EXPORT, "log of reading")
    before = made.site.readings.lines()
    assert admin.get("/readings/download.doc").status_code == 404
    assert made.site.readings.lines() == before


def test_the_log_of_accounts_is_turned_page_by_page(made: MadeSite, admin: TestClient) -> None:
    for number in range(120):
        made.door.note(f"tried {number}", made.account("officer").id, "officer", "192.0.2.7")
    text = said(admin.get("/accounts/log"))
    assert "A. Officer Tried 119 192.0.2.7" in text
    assert "Tried 69" not in text
    seen = 0
    page: str | None = "/accounts/log"
    while page:
        answer = admin.get(page).text
        seen += answer.count(">Tried ")
        match = re.search(r'href="([^"]*)" rel="next"', answer)
        page = unescape(match[1]) if match else None
    assert seen == 120
