"""Signing in with an organisation's account: who comes back as who they are, and who does not."""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cspr_workflow.application.accounts import Identity
from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces.web.app import make_app
from cspr_workflow.interfaces.web.provider_files import is_confidential, read_providers
from cspr_workflow.interfaces.web.providers import Journey, Journeys
from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.settings import Settings
from tests.support import utc
from tests.web.elsewhere import CLIENT, SECRET, SUBJECT, Elsewhere, elsewhere
from tests.web.sending import said, send
from tests.web.site import KEEPER, URL, MadeSite, made_site

AWAY, BACK = "/sign-in/with/trust", "/sign-in/with/trust/callback"
FILE = """
[[provider]]
id = "trust"
name = "the Acute Trust"
discovery = "{at}/.well-known/openid-configuration"
issuer = "{at}"
client_id = "{client}"
secret_file = "{secret}"
"""


def written(folder: Path, at: str, *more: str) -> Path:
    """A file that names one organisation."""
    secret, file = folder / "secret", folder / "providers.toml"
    secret.write_text(f"{SECRET}\n")
    text = FILE.format(at=at, client=CLIENT, secret=secret)
    file.write_text("\n".join([text, *more]))
    return file


@dataclass
class Linked:
    """A site at which people sign in with the Acute Trust, whose server can be told to answer wrongly."""

    made: MadeSite
    server: Elsewhere
    folder: Path

    def __post_init__(self) -> None:
        self.file = written(self.folder, self.server.issuer)
        self.site = self.opened()

    def opened(self) -> Site:
        """The site, started with the file as it stands."""
        settings = Settings(URL, providers=self.file)
        self.site = Site(self.made.store.desk, settings, self.made.door, self.made.site.readings)
        self.app = make_app(self.site)
        return self.site

    def browser(self) -> TestClient:
        """A browser in which nobody has signed in."""
        return TestClient(self.app, base_url=URL, follow_redirects=False)

    def identity(self, subject: str = SUBJECT) -> Identity:
        """Somebody at the Acute Trust."""
        return Identity(self.server.issuer, subject)

    def link(self, person: str = "trust", subject: str = SUBJECT) -> None:
        """Link somebody's account."""
        self.made.door.link(self.made.account(person).id, self.identity(subject), by=KEEPER)

    def comes_back(self, client: TestClient, next: str = "", **changed: str) -> Any:
        """Somebody sets out, signs in elsewhere, and comes back, with what they bring changed."""
        gone = client.get(AWAY, params={"next": next} if next else None)
        assert gone.status_code == 303, said(gone)
        return client.get(
            BACK, params={**self.server.signs_in(gone.headers["location"]), **changed}
        )


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[Linked]:
    with made_site() as made, elsewhere(made.clock) as server:
        yield Linked(made, server, tmp_path)


def is_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


# --- Who comes back ----------------------------------------------------------------------------------


def test_who_is_linked_is_signed_in_and_goes_where_they_wanted(linked: Linked) -> None:
    linked.link()
    client = linked.browser()
    way = client.get("/sign-in?next=/actions")
    assert "Sign in with the Acute Trust" in said(way)
    assert f'href="{AWAY}?next=/actions"' in way.text
    answer = linked.comes_back(client, "/actions")
    assert (answer.status_code, answer.headers["location"]) == (303, "/actions")
    told = answer.headers.get_list("set-cookie")
    session = next(one for one in told if one.startswith("session="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in session.split(";")}
    assert client.get("/actions").status_code == 200
    page = said(client.get("/account"))
    assert "Signed in now with the Acute Trust" in page
    assert "Signed in with trust" in page
    (asked,) = linked.server.asked
    assert asked["redirect_uri"] == URL + BACK
    assert (asked["scope"], asked["response_type"]) == ("openid", "code")
    assert asked["code_challenge_method"] == "S256"
    assert asked["nonce"] and asked["state"]


def test_a_second_factor_is_the_organisations_own(linked: Linked) -> None:
    linked.made.door.rules = replace(linked.made.door.rules, second_factor=True)
    linked.link()
    client = linked.browser()
    linked.comes_back(client)
    assert is_in(client)


def test_signing_out_ends_the_session_here_alone_and_says_so(linked: Linked) -> None:
    linked.link()
    client = linked.browser()
    linked.comes_back(client)
    answer = send(client, "/account", "/sign-out")
    assert "You are still signed in with the Acute Trust itself." in said(answer)
    assert not is_in(client)


def test_several_organisations_are_offered_beside_each_other(linked: Linked) -> None:
    another = FILE.replace('"trust"', '"police"').replace("the Acute Trust", "the Police")
    at = "https://sign-in.example"
    text = another.format(at=at, client="c", secret=linked.folder / "secret")
    linked.file = written(linked.folder, linked.server.issuer, text)
    linked.opened()
    linked.link()
    client = linked.browser()
    text = said(client.get("/sign-in"))
    assert "Sign in with the Acute Trust" in text
    assert "Sign in with the Police" in text
    gone = client.get(AWAY)
    brought = linked.server.signs_in(gone.headers["location"])
    crossed = client.get("/sign-in/with/police/callback", params=brought)
    assert crossed.status_code == 400, "what was begun with one is not ended with another"
    assert client.get("/sign-in/with/nobody").status_code == 404


def test_the_secret_is_sent_as_the_organisation_takes_it(linked: Linked) -> None:
    linked.server.methods = ("client_secret_post",)
    linked.link()
    client = linked.browser()
    linked.comes_back(client)
    assert is_in(client)


@pytest.mark.parametrize(
    ("claims", "subject"),
    [({"tid": "tenant-1", "oid": "object-2"}, "tenant-1:object-2"), ({"tid": "tenant-1"}, None)],
)
def test_the_claims_that_name_an_account_are_those_of_the_file(
    linked: Linked, claims: dict[str, str], subject: str | None
) -> None:
    linked.file = written(linked.folder, linked.server.issuer, 'subject = ["tid", "oid"]')
    linked.opened()
    linked.link(subject="tenant-1:object-2")
    linked.server.changes = claims
    client = linked.browser()
    assert linked.comes_back(client).status_code == (303 if subject else 502)
    assert is_in(client) is (subject is not None)


# --- Who does not ----------------------------------------------------------------------------------


def test_somebody_unknown_is_told_what_to_pass_on(linked: Linked) -> None:
    client = linked.browser()
    answer = linked.comes_back(client)
    assert answer.status_code == 403
    text = said(answer)
    assert linked.server.issuer in text
    assert SUBJECT in text
    assert "somebody@agency.example" not in answer.text, "an e-mail address proves nothing"
    assert client.get(str(answer.url)).status_code == 400, "it is shown once"
    assert not is_in(client)
    (line,) = linked.made.door.book.log.lines(limit=1)
    assert (line.what, line.by) == ("sign-in failed", "unknown")
    page = "/people/person/trust/account/link"
    admin = TestClient(linked.app, base_url=URL)
    admin.cookies.set(linked.site.cookie, linked.made.token("admin"), "127.0.0.1")
    fields = {"issuer": linked.server.issuer, "subject": SUBJECT}
    assert send(admin, page, **fields).status_code == 303
    linked.comes_back(client)
    assert is_in(client)


@pytest.mark.parametrize("how", ["close_account", "unlink", "change_end"])
def test_a_link_to_an_account_without_access_lets_nobody_in(linked: Linked, how: str) -> None:
    linked.link()
    account, door = linked.made.account("trust").id, linked.made.door
    client = linked.browser()
    linked.comes_back(client)
    if how == "close_account":
        door.close_account(account, by=KEEPER)
    elif how == "unlink":
        door.unlink(account, linked.identity(), by=KEEPER)
    else:
        linked.made.clock.later(days=300)
    assert not is_in(client), "the session that there was ends, too"
    assert linked.comes_back(client).status_code == 403
    assert not is_in(client)


PAST = int((utc("2026-12-01T10:00") - timedelta(minutes=3)).timestamp())
UNTRUSTED = {
    "another nonce": {"changes": {"nonce": "another"}},
    "no nonce": {"changes": {"nonce": None}},
    "another issuer": {"changes": {"iss": "https://elsewhere.example"}},
    "no issuer": {"changes": {"iss": None}},
    "for another site": {"changes": {"aud": "another"}},
    "for another site by way of this": {"changes": {"aud": "another", "azp": CLIENT}},
    "for two, by way of another": {"changes": {"aud": [CLIENT, "another"], "azp": "another"}},
    "expired": {"changes": {"exp": PAST}},
    "without an end": {"changes": {"exp": None}},
    "not valid yet": {"changes": {"nbf": PAST + 3600}},
    "about nobody": {"changes": {"sub": None}},
    "about an empty subject": {"changes": {"sub": ""}},
    "about a number": {"changes": {"sub": 42}},
    "unsigned": {"signed": "none"},
    "signed with a key that others know": {"signed": "HS256"},
    "signed by somebody else": {"by_another": True},
    "no token at all": {"token_status": 400},
}


@pytest.mark.parametrize("how", UNTRUSTED)
def test_an_answer_that_cannot_be_trusted_lets_nobody_in(linked: Linked, how: str) -> None:
    linked.link()
    client = linked.browser()
    for name, value in UNTRUSTED[how].items():
        setattr(linked.server, name, value)
    answer = linked.comes_back(client)
    assert answer.status_code == 502
    assert "gave an answer that cannot be trusted" in unescape(answer.text)
    assert not is_in(client)
    linked.server.changes, linked.server.signed = {}, "RS256"
    linked.server.by_another, linked.server.token_status = False, 200
    linked.comes_back(client)
    assert is_in(client), "nothing else kept them out"


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "another"},
        {"state": ""},
        {"state": "é"},
        {"code": "", "state": ""},
        {"iss": "https://elsewhere.example"},
    ],
)
def test_who_did_not_set_out_here_does_not_come_back(
    linked: Linked, changed: dict[str, str]
) -> None:
    linked.link()
    client = linked.browser()
    answer = linked.comes_back(client, **changed)
    assert answer.status_code == 400
    assert "was not begun here, or it took too long" in said(answer)
    assert not is_in(client)


def test_what_one_browser_began_another_does_not_end(linked: Linked) -> None:
    linked.link()
    mine, theirs = linked.browser(), linked.browser()
    brought = linked.server.signs_in(mine.get(AWAY).headers["location"])
    theirs.get(AWAY)
    assert theirs.get(BACK, params=brought).status_code == 400
    assert linked.browser().get(BACK, params=brought).status_code == 400
    assert not is_in(theirs)
    assert mine.get(BACK, params=brought).status_code == 303
    assert mine.get(BACK, params=brought).status_code == 400, "each journey once"


def test_a_code_of_somebody_else_is_of_no_use(linked: Linked) -> None:
    linked.link()
    mine, theirs = linked.browser(), linked.browser()
    stolen = linked.server.signs_in(mine.get(AWAY).headers["location"])["code"]
    own = linked.server.signs_in(theirs.get(AWAY).headers["location"])["state"]
    assert theirs.get(BACK, params={"code": stolen, "state": own}).status_code == 502
    assert not is_in(theirs)


def test_who_takes_too_long_begins_again(linked: Linked) -> None:
    linked.link()
    client = linked.browser()
    brought = linked.server.signs_in(client.get(AWAY).headers["location"])
    linked.made.clock.later(minutes=10)
    assert client.get(BACK, params=brought).status_code == 400


def test_who_breaks_off_is_told_so(linked: Linked) -> None:
    client = linked.browser()
    brought = linked.server.signs_in(client.get(AWAY).headers["location"])
    answer = client.get(BACK, params={"state": brought["state"], "error": "access_denied"})
    assert answer.status_code == 400
    assert "Signing in with the Acute Trust was not completed." in said(answer)


def test_a_server_that_is_down_is_named(linked: Linked) -> None:
    linked.file = written(linked.folder, "http://127.0.0.1:9")
    linked.opened()
    answer = linked.browser().get(AWAY)
    assert answer.status_code == 502
    assert "The sign-in server of the Acute Trust cannot be reached." in said(answer)
    assert linked.browser().get("/sign-in").status_code == 200, "the others can still sign in"


def test_a_server_that_breaks_down_on_the_way_is_named(linked: Linked) -> None:
    linked.link()
    linked.server.token_status = 503
    client = linked.browser()
    answer = linked.comes_back(client)
    assert answer.status_code == 502
    assert "cannot be reached" in said(answer)
    assert not is_in(client)


def test_a_server_that_says_that_it_is_another_is_not_asked(linked: Linked) -> None:
    linked.server.says_issuer = "https://elsewhere.example"
    assert linked.browser().get(AWAY).status_code == 502
    linked.server.says_issuer = ""
    assert linked.browser().get(AWAY).status_code == 303, "once it is mended"


# --- What stands in the browser, and in the file -------------------------------------------------------


def _signed_with(key: bytes) -> Callable[[bytes], str]:
    return lambda content: hmac.digest(key, content, "sha256").hex()


def test_a_journey_that_was_altered_is_none() -> None:
    now = utc("2026-12-01T10:00")
    until = (now + timedelta(minutes=1)).isoformat()
    journeys = Journeys(_signed_with(b"ours"))
    journey = Journey("trust", "s", "n", "v", "/", until)
    sealed = journeys.sealed(journey)
    assert journeys.opened(sealed, now) == journey
    assert journeys.opened(sealed, now + timedelta(minutes=1)) is None
    assert Journeys(_signed_with(b"ours")).opened(sealed, now) == journey, "in another process"
    assert Journeys(_signed_with(b"theirs")).opened(sealed, now) is None
    content, _, signature = sealed.partition(".")
    for wrong in ("", ".", content, f"{content}.", f"x{content}.{signature}", f"{sealed}é"):
        assert journeys.opened(wrong, now) is None


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("client_id =", "client ="), "provider[0].client: unknown field"),
        (('"trust"', '"The Trust"'), "provider[0].id: write up to 40 small letters"),
        (('"trust"', '"local"'), "local is the store's own accounts"),
        (('issuer = "https:', 'issuer = "http:'), "provider[0].issuer: write an address"),
        (('discovery = "https:', 'discovery = "ftp:'), "provider[0].discovery: write an address"),
        (("secret_file", "secret_variable"), "is not set in the environment"),
        (("secret_file", "subject = []\nsecret_file"), "name at least one claim"),
        (("secret_file", 'secret_variable = "A"\nsecret_file'), "either secret_file or"),
        (("/secret", "/nothing"), "cannot be read"),
        (("/secret", "/empty"), "is empty"),
        (("[[provider]]", "[[provider"), "this is not a TOML file"),
        (("secret_file", 'secret = "in clear"\nsecret_file'), "secret: unknown field"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(
    tmp_path: Path, change: tuple[str, str], wrong: str
) -> None:
    (tmp_path / "empty").write_text("\n")
    file = written(tmp_path, "https://sign-in.example")
    assert [one.secret for one in read_providers(file, {})] == [SECRET]
    text = file.read_text()
    assert change[0] in text
    file.write_text(text.replace(*change))
    with pytest.raises(Trouble) as trouble:
        read_providers(file, {})
    assert str(file) in str(trouble.value)
    assert wrong in str(trouble.value)


def test_the_secret_can_stand_in_the_environment_and_an_id_once(tmp_path: Path) -> None:
    file = written(tmp_path, "https://sign-in.example")
    text = file.read_text().replace(f'secret_file = "{tmp_path}/secret"', 'secret_variable = "S"')
    file.write_text(text)
    (found,) = read_providers(file, {"S": "s3cret"})
    assert found.secret == "s3cret"
    assert "s3cret" not in repr(found)
    file.write_text(text + text)
    with pytest.raises(Trouble, match=r"provider\[1\].id: trust stands twice"):
        read_providers(file, {"S": "s3cret"})


def test_a_site_does_not_start_with_a_file_that_is_wrong(linked: Linked) -> None:
    linked.file = linked.folder / "missing.toml"
    with pytest.raises(Trouble, match="CSPR_PROVIDERS"):
        linked.opened()


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("https://sign-in.example/a", True),
        ("http://127.0.0.1:8000/a", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("http://sign-in.example", False),
        ("http://127.0.0.1.example", False),
        ("https://", False),
        ("None", False),
    ],
)
def test_nothing_is_asked_where_others_can_listen(address: str, is_so: bool) -> None:
    assert is_confidential(address) is is_so
