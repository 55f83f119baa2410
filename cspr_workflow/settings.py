"""Settings of the program as a server, from its environment. A store's own settings stand in the store."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cspr_workflow.application.ports import Trouble

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
URL, PROVIDERS, PROXIES = "CSPR_URL", "CSPR_PROVIDERS", "CSPR_PROXIES"
_PORTS = {"http": 80, "https": 443}
"""The port that nobody writes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How people reach the server.

    ``url`` is the address that they type, such as ``https://escalations.example``; ``providers`` the
    file that names the organisations with which they may sign in; ``proxies`` the addresses from which
    a reverse proxy hands requests on, whose word about the caller is taken.
    """

    url: str
    providers: Path | None = None
    proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            raise Trouble(
                f"{URL}: {self.url!r} is not the address of a server; write it as https://escalations.example."
            )

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a browser says where a form comes from."""
        parts = urlsplit(self.url)
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
        return f"{parts.scheme}://{host}{port}"

    @property
    def host(self) -> str:
        """The name of the server without its port."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_this_machine(self) -> bool:
        """Whether only this machine itself can be reached by the address."""
        return self.host in THIS_MACHINE

    @property
    def secure(self) -> bool:
        """Whether people reach it encrypted: cookies are then sent in no other way."""
        return urlsplit(self.url).scheme == "https"


def from_environment(default_url: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment gives. Raises :class:`Trouble`, naming the variable."""
    providers = environ.get(PROVIDERS)
    proxies = tuple(one.strip() for one in environ.get(PROXIES, "").split(",") if one.strip())
    return Settings(
        environ.get(URL) or default_url, Path(providers) if providers else None, proxies
    )


def _is_address(url: str) -> bool:
    """Whether this is scheme, host and at most a port."""
    try:
        parts = urlsplit(url)
        has_more = bool(parts.path.strip("/") or parts.query or parts.fragment)
        named = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
    return parts.scheme in _PORTS and named and not has_more
