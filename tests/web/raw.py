"""Requests as no browser sends them: every byte of the address, the headers and the body as it is given."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

HOST = b"127.0.0.1:8765"
FORM = (b"content-type", b"application/x-www-form-urlencoded")
Header = tuple[bytes, bytes]
_ASKING = ThreadPoolExecutor(1)


@dataclass(frozen=True)
class Answer:
    """What came back; a header that came several times is there with all its values."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as a text."""
        return self.body.decode()


def ask(
    app: Any,
    method: str,
    target: bytes,
    *headers: Header,
    body: bytes | Sequence[bytes] = b"",
    host: bytes = HOST,
    caller: str = "192.0.2.9",
) -> Answer:
    """Send a request; a ``body`` in several parts comes without saying how long it is."""
    path, _, query = target.partition(b"?")
    sent = [(b"host", host), *headers]
    if isinstance(body, bytes):
        if body and b"content-length" not in dict(headers):
            sent.append((b"content-length", str(len(body)).encode()))
        body = [body]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": sent,
        "client": (caller, 50_000),
        "server": ("127.0.0.1", 8765),
        "state": {},
    }
    # In a thread of its own: a browser that is open beside has a loop in this one.
    return _ASKING.submit(asyncio.run, _asked(app, scope, body)).result()


async def _asked(app: Any, scope: dict[str, Any], body: Sequence[bytes]) -> Answer:
    parts = [
        {"type": "http.request", "body": part, "more_body": number < len(body)}
        for number, part in enumerate(body, 1)
    ]
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    await app(scope, receive, send)
    headers: dict[str, str] = {}
    for name, value in told[0]["headers"]:
        written = value.decode("latin-1")
        known = headers.get(name.decode())
        headers[name.decode()] = written if known is None else f"{known}\n{written}"
    return Answer(told[0]["status"], headers, b"".join(one.get("body", b"") for one in told[1:]))


def cookie(**values: str) -> Header:
    """The header with which a browser brings cookies."""
    return b"cookie", "; ".join(f"{name}={value}" for name, value in values.items()).encode()


def form(fields: Mapping[str, str] | Iterable[tuple[str, str]]) -> bytes:
    """The body of a form."""
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return urlencode(list(pairs)).encode()


def part(name: str, value: bytes, more: str = "") -> bytes:
    """One part of a body in several, whose boundary is ``x``."""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"
