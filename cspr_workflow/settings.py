"""Settings of the program as a server, from its environment. A store's own settings stand in the store."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cspr_workflow.application.ports import Trouble

URL, PROVIDERS, PROXIES = "CSPR_URL", "CSPR_PROVIDERS", "CSPR_PROXIES"


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
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise Trouble(
                f"{URL}: {self.url!r} is not the address of a server; write it as https://escalations.example."
            )

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a browser says where a form comes from."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @property
    def host(self) -> str:
        """The name of the server without its port."""
        return urlsplit(self.url).hostname or ""

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
