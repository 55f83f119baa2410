"""Signing in with an organisation's own accounts: OpenID Connect, the code flow with PKCE.

Each organisation has a registration of its own, and answers at an address of its own. Who somebody is
follows from the issuer and the subject of a signed token, never from an e-mail address.
"""

import base64
import binascii
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OpenIDMixin
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken

from cspr_workflow.application.accounts import Identity
from cspr_workflow.interfaces.web.provider_files import Declared, Registered, is_confidential

_LOG = logging.getLogger(__name__)
_PATIENCE = 10
"""Seconds that an organisation's server has for an answer."""
_LEEWAY = 120
"""Seconds by which the clocks may differ."""
LASTS = timedelta(minutes=10)
"""Somebody who leaves to sign in elsewhere has so long to come back."""
_SIGNED = frozenset(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512))
"""The ways of signing of which the organisation alone holds the key."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderFailed(Exception):
    """Nobody could be signed in with an organisation's account: a sentence for them."""

    def __init__(self, sentence: str, *, elsewhere: bool) -> None:
        self.sentence, self.elsewhere = sentence, elsewhere
        """``elsewhere``: the organisation's server is to blame, or the way there."""
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Journey:
    """Somebody on the way to sign in elsewhere: what has to come back with them."""

    provider: str
    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next: str
    until: str


class Journeys:
    """Keeps a journey in the browser that is on it, signed.

    ``sign`` gives what only the holders of the store's keys can work out: somebody can come back to
    another process of the same store than that which sent them.
    """

    def __init__(self, sign: Callable[[bytes], str]) -> None:
        self._sign = sign

    def sealed(self, journey: Journey) -> str:
        """A journey as a cookie holds it."""
        content = base64.urlsafe_b64encode(json.dumps(asdict(journey)).encode()).decode()
        return f"{content}.{self._signature(content)}"

    def opened(self, sealed: str, now: datetime) -> Journey | None:
        """The journey of a cookie, unless it was altered or has taken too long."""
        content, _, signature = sealed.partition(".")
        if not hmac.compare_digest(self._signature(content).encode(), signature.encode()):
            return None
        try:
            journey = Journey(**json.loads(base64.urlsafe_b64decode(content)))
        except (ValueError, TypeError, binascii.Error):
            return None
        return journey if now < datetime.fromisoformat(journey.until) else None

    def _signature(self, content: str) -> str:
        return self._sign(b"journey " + content.encode(errors="replace"))


class _Registration(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]
    """A registration at an organisation, of whose own description only what is safe is taken over."""

    client_cls = OAuth2Client

    def __init__(self, registered: Registered) -> None:
        declared = registered.declared
        self.declared = declared
        super().__init__(
            None,
            declared.id,
            client_id=declared.client_id,
            client_secret=registered.secret,
            server_metadata_url=declared.discovery,
            client_kwargs={
                "scope": "openid",
                "code_challenge_method": "S256",
                "timeout": _PATIENCE,
            },
        )

    def load_server_metadata(self) -> dict[str, Any]:
        known: dict[str, Any] = super().load_server_metadata()
        try:
            self._check(known)
        except ValueError:
            self.server_metadata.clear()  # so that it is asked for anew once it is mended
            raise
        return known

    def _check(self, known: dict[str, Any]) -> None:
        if known.get("issuer") != self.declared.issuer:
            raise ValueError(f"it says that its issuer is {known.get('issuer')!r}")
        for name in _ENDPOINTS:
            if not is_confidential(str(known.get(name))):
                raise ValueError(f"its {name} is {known.get(name)!r}")
        offered = known.get("id_token_signing_alg_values_supported") or ["RS256"]
        known["id_token_signing_alg_values_supported"] = [one for one in offered if one in _SIGNED]
        methods = known.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" not in methods and "client_secret_post" in methods:
            self.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105


class Provider:
    """An organisation with whose accounts people may sign in."""

    def __init__(self, registered: Registered) -> None:
        self.declared: Declared = registered.declared
        self._registration = _Registration(registered)

    @property
    def name(self) -> str:
        """The organisation as people know it."""
        return self.declared.name

    def path(self, *, back: bool = False) -> str:
        """Where somebody sets out from this site, or comes ``back`` to it."""
        return f"/sign-in/with/{self.declared.id}{'/callback' if back else ''}"

    def sets_out(self, origin: str, next: str, now: datetime) -> tuple[str, Journey]:
        """The address at which somebody signs in, and their journey. Raises :class:`ProviderFailed`."""
        try:
            begun = self._registration.create_authorization_url(origin + self.path(back=True))
        except Exception as error:
            raise self._failed(error) from error
        until = (now + LASTS).isoformat()
        journey = Journey(
            self.declared.id, begun["state"], begun["nonce"], begun["code_verifier"], next, until
        )
        return str(begun["url"]), journey

    def comes_back(
        self, journey: Journey | None, brought: Mapping[str, str], origin: str, now: datetime
    ) -> Identity:
        """Who somebody is who comes back. Raises :class:`ProviderFailed`."""
        state = brought.get("state", "")
        if (
            journey is None
            or journey.provider != self.declared.id
            or not hmac.compare_digest(journey.state.encode(), state.encode(errors="replace"))
            or brought.get("iss", self.declared.issuer) != self.declared.issuer
        ):
            raise ProviderFailed(
                "This sign-in was not begun here, or it took too long. Begin again.",
                elsewhere=False,
            )
        if "code" not in brought:
            _LOG.warning("%s: sign-in ended with %r", self.declared.id, brought.get("error"))
            raise ProviderFailed(
                f"Signing in with {self.name} was not completed. Begin again, or ask those who keep "
                "your accounts there.",
                elsewhere=False,
            )
        try:
            return self._identity(journey, brought["code"], origin, now)
        except Exception as error:
            raise self._failed(error) from error

    def _identity(self, journey: Journey, code: str, origin: str, now: datetime) -> Identity:
        given = self._registration.fetch_access_token(
            origin + self.path(back=True), code=code, code_verifier=journey.verifier
        )
        claims = self._registration.parse_id_token(
            given,
            journey.nonce,
            {
                "iss": {"essential": True, "value": self.declared.issuer},
                "aud": {"essential": True, "value": self.declared.client_id},
            },
            _checked_at(now),
            _LEEWAY,
        )
        if claims is None:
            raise ValueError("it sent no token that says who somebody is")
        parts = [claims.get(name) for name in self.declared.subject]
        if not all(isinstance(part, str) and part for part in parts):
            raise ValueError(f"its token lacks one of {', '.join(self.declared.subject)}")
        return Identity(self.declared.issuer, ":".join(parts))

    def _failed(self, error: Exception) -> ProviderFailed:
        """What people are told; whoever runs the server finds the cause in its log."""
        _LOG.warning("%s: %s: %s", self.declared.id, type(error).__name__, error)
        if isinstance(error, httpx2.HTTPError | httpx2.InvalidURL):
            return ProviderFailed(
                f"The sign-in server of {self.name} cannot be reached. Try again in a few minutes; "
                "if it stays like this, tell your administrator.",
                elsewhere=True,
            )
        return ProviderFailed(
            f"The sign-in server of {self.name} gave an answer that cannot be trusted, so nobody was "
            "signed in. Tell your administrator, who finds the reason in this server’s log.",
            elsewhere=True,
        )


def _checked_at(now: datetime) -> type[CodeIDToken]:
    """What checks a token's claims at a moment."""

    class AtThatMoment(CodeIDToken):  # type: ignore[misc]
        def validate(self, _: int | None = None, leeway: int = 0) -> None:
            super().validate(int(now.timestamp()), leeway)

    return AtThatMoment
