"""The site: what lives as long as the process that serves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment

from cspr_workflow.application.accounts import ReadingLog
from cspr_workflow.application.signing_in import SigningIn
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.web.provider_files import read_providers
from cspr_workflow.interfaces.web.providers import Journeys, Provider
from cspr_workflow.interfaces.web.templating import environment
from cspr_workflow.settings import Settings

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


_templates = cache(environment)


@dataclass
class Site:
    """An open store and everything that its pages need; shared by the threads that answer."""

    desk: Desk
    settings: Settings
    signing_in: SigningIn
    readings: ReadingLog
    providers: Mapping[str, Provider] = field(init=False)
    journeys: Journeys = field(init=False)

    def __post_init__(self) -> None:
        """The organisations with whose accounts people may sign in, by id. Raises :class:`Trouble`."""
        self.journeys = Journeys(self.desk.record.digest)
        file = self.settings.providers
        found = read_providers(file) if file else ()
        self.providers = {one.declared.id: Provider(one) for one in found}

    @property
    def templates(self) -> Environment:
        """The templates of the pages: the same for every site of the process, for they take long to read."""
        return _templates()

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return self.cookie_name("session")

    def cookie_name(self, name: str) -> str:
        """The name of a cookie that proves something: where the site is encrypted, bound to the host."""
        return f"__Host-{name}" if self.settings.secure else name

    @property
    def origins(self) -> Sequence[str]:
        """Where the site's own forms come from; on this machine alone it has several names."""
        parts = urlsplit(self.settings.origin)
        if not self.settings.is_this_machine:
            return (self.settings.origin,)
        port = f":{parts.port}" if parts.port else ""
        return tuple(f"{parts.scheme}://{name}{port}" for name in _LOOPBACK)

    @property
    def hosts(self) -> list[str]:
        """The names of the server that a request may ask for."""
        names = {urlsplit(origin).hostname or "" for origin in self.origins}
        return sorted(f"[{name}]" if ":" in name else name for name in names)
