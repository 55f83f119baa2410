"""A browser that looks at the pages as people do: wide and narrow, with and without JavaScript."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
WIDE, NARROW = 1200, 390
"""Widths of a window on a desk and of a telephone, in pixels."""
PICTURES = "CSPR_PICTURES"
"""The variable that names a folder where pictures of the pages are to be kept."""
_SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
_OVERFLOWING = """() => {
    const wide = document.documentElement.clientWidth;
    return [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > wide + 1)
        .filter((one) => !one.closest(".cspr-scroll, .govuk-skip-link, .govuk-visually-hidden"))
        .map((one) => `${one.tagName.toLowerCase()}.${one.className}`)
        .slice(0, 5);
}"""


def find_browser() -> str | None:
    """The browser of this machine, or ``None`` where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """The browser, running."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_SWITCHES))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def looking(
    browser: Browser, at: str, *, width: int = WIDE, javascript: bool = True
) -> Iterator[Page]:
    """A window on the site at an address. It may show nothing that went wrong in the page itself."""
    context = browser.new_context(
        base_url=at,
        viewport={"width": width, "height": 900},
        java_script_enabled=javascript,
        locale="en-GB",
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.extend(_complaint(said, page.url)))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda answer: wrong.extend(_missing(answer)))
    try:
        yield page
    finally:
        context.close()
    assert wrong == [], "\n".join(wrong)


def _complaint(said: ConsoleMessage, at: str) -> list[str]:
    # What is refused or missing is said once more by the answer itself.
    is_new = said.type == "error" and "Failed to load resource" not in said.text
    return [f"{at}: {said.text}"] if is_new else []


def _missing(answer: Response) -> list[str]:
    """A style, a script or a picture that a page asks for and does not get."""
    is_page = answer.request.resource_type == "document"
    return [] if is_page or answer.status < 400 else [f"{answer.status} {answer.url}"]


def axe(page: Page) -> None:
    """Hold a page against the rules of WCAG 2.2, levels A and AA; the page has to run JavaScript."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("(rules) => axe.run(rules)", _RULES)
    assert found["passes"]
    told = [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    assert told == [], "\n".join(told)


def nothing_sticks_out(page: Page) -> None:
    """Hold that a page fits into the width of its window."""
    out = page.evaluate(_OVERFLOWING)
    assert out == [], ", ".join(out)


def picture(page: Page, name: str, folder: Path) -> Path:
    """Keep a picture of the whole page, and tell where."""
    kept = Path(os.environ.get(PICTURES) or folder)
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


# --- Serving ---------------------------------------------------------------------------------------


@contextmanager
def served(app: Any, port: int = 0) -> Iterator[str]:
    """An application on this machine, on any free port or on a given one; gives its address."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        port = listening.getsockname()[1]
        server = _Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            if not server.is_up.wait(_PATIENCE):
                raise TimeoutError("the server did not come up")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)


_PATIENCE = 30
"""Seconds."""


class _Server(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()
