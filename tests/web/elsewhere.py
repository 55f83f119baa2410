"""An organisation's sign-in server, as small as it can be; it can be told to answer wrongly."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Form, Header
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.responses import JSONResponse

from tests.web.browser import served

CLIENT, SECRET = "cspr", "a-secret-of-the-site-that-is-long-enough"
SUBJECT = "person-0042"
_KEY, _ANOTHER = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})
_SHARED = OctKey.import_key(SECRET, {"kid": "2"})


@dataclass
class Elsewhere:
    """The server: ``changes`` are claims that its next tokens have otherwise, or lack with ``None``."""

    issuer: str
    now: Callable[[], datetime]
    changes: dict[str, Any] = field(default_factory=dict)
    signed: str = "RS256"
    by_another: bool = False
    methods: tuple[str, ...] = ("client_secret_basic",)
    says_issuer: str = ""
    token_status: int = 200
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        """What it says about itself."""
        at = self.issuer
        return {
            "issuer": self.says_issuer or at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": list(self.methods),
        }

    def signs_in(self, address: str) -> dict[str, str]:
        """Somebody signs in at the address to which they were sent: what they bring back."""
        asked = {name: one for name, (one,) in parse_qs(urlsplit(address).query).items()}
        self.asked.append(asked)
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, code: str, verifier: str) -> dict[str, str] | None:
        """The tokens for a code, where the verifier is the one of whoever asked; each code once."""
        asked = self._codes.pop(code, None)
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"]:
            return None
        return {"access_token": "a", "token_type": "Bearer", "id_token": self._signed(asked)}

    def _signed(self, asked: dict[str, str]) -> str:
        now = int(self.now().timestamp())
        claims = {"iss": self.issuer, "sub": SUBJECT, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], "email": "somebody@agency.example", **self.changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.signed == "none":
            return f"{_part({'alg': 'none', 'kid': '1'})}.{_part(claims)}."
        if self.signed == "HS256":
            header = {"alg": "HS256", "kid": "2"}
            return jwt.encode(header, claims, _SHARED, algorithms=["HS256"])
        key = _ANOTHER if self.by_another else _KEY
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)

    def app(self) -> FastAPI:
        """The server."""
        app = FastAPI(telemetry={"logs": False})

        @app.get("/.well-known/openid-configuration")
        def described() -> JSONResponse:
            return JSONResponse(self.described())

        @app.get("/keys")
        def keys() -> JSONResponse:
            # No server should tell a key with which everybody could sign; this one does.
            return JSONResponse({"keys": [_KEY.as_dict(private=False), _SHARED.as_dict()]})

        @app.post("/token")
        def token(
            code: str = Form(),
            code_verifier: str = Form(),
            client_secret: str = Form(""),
            authorization: str = Header(""),
        ) -> JSONResponse:
            basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            known = {
                "client_secret_basic": authorization == f"Basic {basic}",
                "client_secret_post": client_secret == SECRET,
            }
            given = self.token(code, code_verifier) if known[self.methods[0]] else None
            if given is None or self.token_status != 200:
                return JSONResponse({"error": "invalid_grant"}, max(400, self.token_status))
            return JSONResponse(given)

        return app


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@contextmanager
def elsewhere(now: Callable[[], datetime]) -> Iterator[Elsewhere]:
    """The server, running on this machine."""
    made = Elsewhere("", now)
    with served(made.app()) as address:
        made.issuer = address
        yield made
