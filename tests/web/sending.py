"""Forms of the pages, sent as a browser sends them."""

import re
from html import unescape
from typing import Any

from starlette.testclient import TestClient


def hidden(text: str, action: str) -> dict[str, str]:
    """What the form of a page hands on by itself; the one that goes to ``action``."""
    start = text.index(f'<form method="post" action="{action}"')
    form = text[start : text.index("</form>", start)]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in found}


def send(client: TestClient, page: str, action: str | None = None, **fields: Any) -> Any:
    """Open a page, fill in its form and send it; ``action`` is where it goes, if not to the page itself."""
    shown = client.get(page)
    assert shown.status_code == 200, (page, shown.status_code, shown.text[-800:])
    to = action or page.partition("?")[0]
    data = {**hidden(shown.text, to), **fields}
    return client.post(to, data=data, follow_redirects=False)


def said(answer: Any) -> str:
    """The text of a page without its marks, blanks run together."""
    body = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def on(name: str, day: str) -> dict[str, str]:
    """The three fields of a day that is written ``YYYY-MM-DD``."""
    year, month, number = day.split("-")
    return {f"{name}-day": number, f"{name}-month": month, f"{name}-year": year}
