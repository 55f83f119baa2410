"""The same site twice: its store in a folder, and on a PostgreSQL server."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.postgres_server import APP, server
from tests.web.site import MadeSite, made_site

_ITS_OWN = (
    (re.compile(r'(name="(?:csrf|command)" value=)"[^"]*"'), r"\1"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "an id"),
)
"""What differs from one answer to the next: what forms hand on by themselves, and ids of commands."""


@dataclass(frozen=True)
class Both:
    """The two sites; the same has happened on each."""

    folder: MadeSite
    on_server: MadeSite

    def __iter__(self) -> Iterator[MadeSite]:
        return iter((self.folder, self.on_server))


@contextmanager
def both_sites() -> Iterator[Both]:
    """Both, gone afterwards."""
    with server_site() as on_server, made_site() as folder:
        yield Both(folder, on_server)


@contextmanager
def server_site() -> Iterator[MadeSite]:
    """The site of :mod:`tests.web.site` with its store on a server."""
    with server().database() as name, made_site(server().address(name, APP)) as made:
        yield made


def common(made: MadeSite, text: str) -> str:
    """What an answer says, without what is its own alone."""
    for sign, instead in _ITS_OWN:
        text = sign.sub(instead, text)
    return text.replace(made.store.desk.place, "the store")


def plain(made: MadeSite, answer: Any) -> tuple[int, str]:
    """The status and the text of an answer, without what is its own alone."""
    return answer.status_code, common(made, answer.text)
