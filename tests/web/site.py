"""A site over a small rehearsal, for the tests of the pages and the API.

``with made_site() as made``: INC-1 with ESC-1 against the Acute Trust and ESC-2 against the Police, an
agreed action A1 in ESC-1; it is Tuesday 1 December 2026, 10:00. Everybody of ``tests.support.PEOPLE``
takes part and has an account, whose sign-in name is the person's id. Nobody has a second factor.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from cspr_workflow.application.accounts import Account
from cspr_workflow.application.signing_in import SigningIn
from cspr_workflow.interfaces.signing import signing_in
from cspr_workflow.interfaces.web.app import make_app
from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.settings import Settings
from cspr_workflow.store.password_hash import Argon2id
from cspr_workflow.store.stores import Place, open_accounts
from tests.interfaces.asked_store import Store
from tests.store.places import quick_place
from tests.support import PEOPLE, raising, utc

URL = "http://127.0.0.1:8765"
NOW = "2026-12-01T10:00"
"""The moment at which the site's clocks stand, local time and UTC alike."""
PASSWORD = "Kettle-orbit-Tuesday"
LAST_DAY = date(2027, 6, 30)
"""The last day of an auditor's access and of every key."""
KEEPER = "admin"
_HERE, _HOST = "192.0.2.1", "127.0.0.1"
_APPS: dict[Settings, FastAPI] = {}


class Clock:
    """The real clock of sessions, keys and the log of reading; a rehearsal's own is another."""

    def __init__(self) -> None:
        self.now = utc(NOW)

    def __call__(self) -> datetime:
        """The moment at which it stands."""
        return self.now

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


class OfASite:
    """The application of a site. Making one takes longer than most tests, so all sites share theirs."""

    def __init__(self, site: Site) -> None:
        self._site = site
        if site.settings not in _APPS:
            _APPS[site.settings] = make_app(site)
        self._app = _APPS[site.settings]
        self.routes = self._app.routes
        self.openapi = self._app.openapi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for this site."""
        self._app.state.site = self._site
        await self._app(scope, receive, send)


@dataclass
class MadeSite:
    """A site, its store, and what the people who use it know."""

    store: Store
    site: Site
    clock: Clock
    _keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = OfASite(self.site)

    @property
    def door(self) -> SigningIn:
        """The site's accounts."""
        return self.site.signing_in

    def account(self, person: str) -> Account:
        """Somebody's account."""
        found = self.door.book.accounts.by_person(person)
        assert found is not None
        return found

    def key(self, person: str) -> str:
        """The token of a program that acts for a person."""
        if person not in self._keys:
            account = self.account(person).id
            self._keys[person] = self.door.make_key(account, "test", LAST_DAY, by=person)[1]
        return self._keys[person]

    def client(self, person: str | None = None) -> TestClient:
        """A browser, in which a person has signed in."""
        client = TestClient(self.app, base_url=URL)
        if person is not None:
            client.cookies.set(self.site.cookie, self.token(person), _HOST)
        return client

    def token(self, person: str) -> str:
        """The token of a session: somebody signs in, for the first time with a one-time password."""
        account = self.account(person)
        if not account.must_choose:
            return self.door.password(person, PASSWORD, _HERE)
        one_time = self.door.reset(account.id, by=KEEPER)
        token = self.door.password(person, one_time.password, _HERE)
        return self.door.choose_password(token, PASSWORD)

    def api(self, person: str | None = None) -> TestClient:
        """A program with a person's key; without a person, it has none."""
        headers = {"authorization": f"Bearer {self.key(person)}"} if person else {}
        return TestClient(self.app, base_url=f"{URL}/api/v1/", headers=headers)


@contextmanager
def made_site(at: Place | None = None) -> Iterator[MadeSite]:
    """The site; its store is in a folder that is gone afterwards, where no other place is named."""
    with quick_place() as place, closing(Store(at or place / "store")) as store:
        store.raised()
        store.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
        store.agreed("2026-12-01T09:00", "2026-12-03")
        store.tick(NOW)
        clock = Clock()
        store.desk.real_now = clock  # type: ignore[method-assign]
        with closing(open_accounts(store.desk.store)) as accounts:
            hasher = Argon2id(1, 8, 1)
            door = signing_in(store.desk, accounts, second_factor=False, hasher=hasher)
            for person in PEOPLE:
                door.open_account(person, person, LAST_DAY, by=KEEPER)
            yield MadeSite(store, Site(store.desk, Settings(URL), door, accounts.readings), clock)
