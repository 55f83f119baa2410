"""The file that names the partnerships of a deployment, each with the place of its store.

It is TOML, with a table for each of them::

    [partnership.north]
    store = "/var/lib/cspr/north"

    [partnership.south]
    store = "postgresql://cspr_app@db.example/cspr?schemas=south"

A folder that is not written from the root on is looked for beside the file.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from psycopg.conninfo import conninfo_to_dict

from cspr_workflow import forms
from cspr_workflow.application.ports import Trouble
from cspr_workflow.forms import Fault, Unusable
from cspr_workflow.postgres import Server
from cspr_workflow.store import stores
from cspr_workflow.store.stores import Place

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SCHEMAS = "schemas"
_USUAL_PORT = "5432"


@dataclass(frozen=True, slots=True)
class Partnership:
    """One partnership of the deployment: its short name, and where its store is."""

    name: str
    store: Place


@dataclass(frozen=True, slots=True)
class _Declared:
    store: str


@dataclass(frozen=True, slots=True)
class _File:
    partnership: Mapping[str, _Declared]


def read_partnerships(path: Path) -> tuple[Partnership, ...]:
    """The partnerships that a file names, in its order. Raises :class:`Unusable` with every fault."""
    found = forms.parse(_File, _read(path), str(path))
    faults: list[Fault] = []
    if not found.partnership:
        faults.append(Fault("partnership", "name at least one, as [partnership.north]"))
    named = []
    held: dict[object, str] = {}
    for name, declared in found.partnership.items():
        place = f"partnership.{name}"
        if _NAME.fullmatch(name) is None:
            faults.append(
                Fault(place, "the name is to be up to 40 small letters, digits and hyphens")
            )
        wrong = list(_wrong(declared.store))
        faults += [Fault(f"{place}.store", message) for message in wrong]
        if wrong:
            continue
        named.append(Partnership(name, _place(path, declared.store)))
        first = held.setdefault(_which(named[-1].store), name)
        if first != name:
            faults.append(Fault(f"{place}.store", f"this is the store of {first} already"))
    if faults:
        raise Unusable(str(path), faults)
    return tuple(named)


def _read(path: Path) -> object:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
    except (ValueError, RecursionError) as error:
        why = f"is not a TOML file: {error}"
    raise Unusable(str(path), [Fault("", why)])


def _wrong(store: str) -> Iterator[str]:
    """What is wrong with a place. It is not shown, since an address may hold a password."""
    try:
        if isinstance(stores.place(store), str):
            Server(store)
    except (Trouble, ValueError) as wrong:
        yield str(wrong)


def _place(file: Path, store: str) -> Place:
    place = stores.place(store)
    return file.parent / place if isinstance(place, Path) else place


def _which(place: Place) -> object:
    """What tells one store from another, as far as it can be seen from where they are."""
    if isinstance(place, Path):
        return place.resolve()
    before, _, after = place.partition("?")
    options = dict(parse_qsl(after))
    schemas = options.pop(_SCHEMAS, "")
    known = conninfo_to_dict(f"{before}?{urlencode(options)}")
    return (
        known.get("service", ""),
        known.get("host", "") or known.get("hostaddr", ""),
        known.get("port", _USUAL_PORT),
        known.get("dbname", "") or known.get("user", ""),
        schemas,
    )
