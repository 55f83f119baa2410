"""The file that names the organisations with whose accounts people may sign in.

It is TOML, with a table for each of them::

    [[provider]]
    id = "trust"
    name = "the Acute Trust"
    discovery = "https://sign-in.example/.well-known/openid-configuration"
    issuer = "https://sign-in.example"
    client_id = "..."
    secret_file = "/etc/cspr/trust.secret"    # or secret_variable = "TRUST_SECRET"

``subject`` lists the claims that name an account there; without it that is ``sub``. For Microsoft Entra
write ``subject = ["tid", "oid"]``, with one registration and one table for each tenant.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cspr_workflow import forms
from cspr_workflow.application.accounts import LOCAL
from cspr_workflow.application.ports import Trouble
from cspr_workflow.forms import Fault, Unusable
from cspr_workflow.settings import PROVIDERS

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Declared:
    """A table of the file."""

    id: str
    name: str
    discovery: str
    issuer: str
    client_id: str
    secret_file: str | None = None
    secret_variable: str | None = None
    subject: tuple[str, ...] = ("sub",)


@dataclass(frozen=True, slots=True)
class _File:
    provider: tuple[Declared, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """An organisation as the file names it, with the secret by which it knows this site."""

    declared: Declared
    secret: str = field(repr=False)


def read_providers(path: Path, environ: Mapping[str, str] = os.environ) -> tuple[Registered, ...]:
    """The organisations of a file. Raises :class:`Trouble` with everything that is wrong."""
    try:
        found = forms.parse(_File, tomllib.loads(path.read_text("utf-8-sig")), str(path))
    except OSError as error:
        raise Trouble(
            f"{path}: this file, which {PROVIDERS} names, cannot be read ({error.strerror or error})."
        ) from error
    except Unusable as unusable:
        raise Trouble(str(unusable)) from unusable
    except ValueError as error:
        raise Trouble(f"{path}: this is not a TOML file ({error}).") from error
    faults: list[Fault] = []
    seen: set[str] = set()
    registered = []
    for number, declared in enumerate(found.provider):
        place = f"provider[{number}]"
        faults += [Fault(f"{place}.{name}", said) for name, said in _wrong(declared, seen)]
        seen.add(declared.id)
        secret = _secret(declared, environ)
        if isinstance(secret, Fault):
            faults.append(Fault(f"{place}.{secret.place}", secret.message))
        else:
            registered.append(Registered(declared, secret))
    if faults:
        raise Trouble(str(Unusable(str(path), faults)))
    return tuple(registered)


def is_confidential(address: str) -> bool:
    """Whether what is asked at an address can be overheard by nobody: it is encrypted, or stays here."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    )


def _wrong(declared: Declared, seen: set[str]) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(declared.id) or declared.id == LOCAL:
        yield (
            "id",
            f"write up to 40 small letters, digits and hyphens; {LOCAL} is the store's own accounts",
        )
    if declared.id in seen:
        yield "id", f"{declared.id} stands twice"
    for name in ("discovery", "issuer"):
        if not is_confidential(getattr(declared, name)):
            yield name, "write an address that begins with https://"
    if not declared.subject:
        yield "subject", "name at least one claim"


def _secret(declared: Declared, environ: Mapping[str, str]) -> str | Fault:
    """The secret from where the file says that it is."""
    file, variable = declared.secret_file, declared.secret_variable
    if (file is None) == (variable is None):
        return Fault("secret_file", "give either secret_file or secret_variable")
    if variable is not None:
        secret = environ.get(variable, "").strip()
        return secret or Fault("secret_variable", f"{variable} is not set in the environment")
    try:
        secret = Path(file or "").read_text("utf-8-sig").strip()
    except (OSError, ValueError) as error:
        return Fault("secret_file", f"{file} cannot be read ({error})")
    return secret or Fault("secret_file", f"{file} is empty")
