"""The site of :mod:`tests.web.site` in a browser, with people who have signed in."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from playwright.sync_api import Browser, Page

from cspr_workflow.interfaces.web.app import make_app
from cspr_workflow.settings import Settings
from tests.web.browser import looking, served
from tests.web.site import MadeSite, made_site


@dataclass(frozen=True)
class SeenSite:
    """A site that is served, and the browser in which it is looked at."""

    made: MadeSite
    at: str
    browser: Browser

    @contextmanager
    def window(self, person: str | None = None, **how: Any) -> Iterator[Page]:
        """A window, in which a person has signed in; ``how`` is as for :func:`looking`."""
        with looking(self.browser, self.at, **how) as page:
            if person is not None:
                token = self.made.token(person)
                cookie = {"name": self.made.site.cookie, "value": token, "url": self.at}
                page.context.add_cookies([cookie])  # type: ignore[list-item]
            yield page


@contextmanager
def seen_site(browser: Browser) -> Iterator[SeenSite]:
    """A site of its own, served on any free port."""
    with made_site() as made:
        with socket.create_server(("127.0.0.1", 0)) as tried:
            port = tried.getsockname()[1]
        site = replace(made.site, settings=Settings(f"http://127.0.0.1:{port}"))
        with served(make_app(site), port) as at:
            yield SeenSite(made, at, browser)
