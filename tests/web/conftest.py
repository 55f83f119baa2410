"""What the tests of the pages share: the browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.web.browser import find_browser, launched


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine; the tests that need one are skipped where there is none."""
    executable = find_browser()
    if executable is None:
        pytest.skip(
            "no browser on this machine: install chromium-headless-shell and libatomic1 "
            "(as root on Debian, scripts/test does)"
        )
    with launched(executable) as running:
        yield running
