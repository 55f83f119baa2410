"""Strict reading of plain data (JSON, TOML) into dataclasses, and the way back.

One declaration, the dataclass with its type hints, says what a file may hold. Reading never guesses:
an unknown key, a missing one, a wrong type, an unknown word or an empty text is a :class:`Fault` that
names its place. All faults of a document are collected, not only the first.

Known types: ``str`` (never blank), ``int``, ``bool``, ``date``, ``datetime``, enums, dataclasses,
``X | None`` (may be left out), ``tuple[X, ...]`` and ``Mapping[str, X]``.
"""

import dataclasses
import re
import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

CANNOT_BE_STORED = "this text holds characters that cannot be stored"
_SURROGATE = re.compile("[\ud800-\udfff]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
    r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?",
    re.ASCII,
)


class Fault(NamedTuple):
    """One thing wrong in a document: ``place`` is a path such as ``acts[3].due``."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class Unusable(Exception):
    """A document that cannot be used; ``faults`` names everything that is wrong with it."""

    def __init__(self, source: str, faults: list[Fault]) -> None:
        self.source = source
        self.faults = faults
        super().__init__("; ".join(f"{source}: {fault}" for fault in faults))


class Wrong(Exception):
    """Raised inside a reader for one value; becomes a fault at the value's place."""


Reader = Callable[[Any, str, list[Fault]], Any]
T = TypeVar("T")
_FAILED: Any = object()


def parse_date(value: object) -> date:
    """A civil day written ``YYYY-MM-DD``. Raises :class:`Wrong` for anything else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Wrong(f"{shown(value)} is not a date; write it as YYYY-MM-DD")


def parse_moment(value: object) -> datetime:
    """A moment written ``YYYY-MM-DDTHH:MM``, with seconds and an offset if wanted.

    Without an offset the result has none: whoever reads it knows which zone is meant.
    """
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise Wrong(f"{shown(value)} is not a moment; write it as YYYY-MM-DDTHH:MM")


def read(kind: Any, data: object, place: str, faults: list[Fault]) -> Any:
    """``data`` as a ``kind``; what is wrong is added to ``faults`` and ``None`` comes back."""
    reader: Reader = _reader(kind)
    result = reader(data, place, faults)
    return None if result is _FAILED else result


def parse(kind: type[T], data: object, source: str) -> T:
    """``data`` as a ``kind``, or :class:`Unusable` with every fault named."""
    faults: list[Fault] = []
    form: Any = kind
    result = read(form, data, "", faults)
    if faults:
        raise Unusable(source, faults)
    return result  # type: ignore[no-any-return]


def plain(value: Any) -> Any:
    """The way back: a dataclass as dictionaries, lists and words that JSON can hold.

    Fields that hold ``None`` are left out; moments are written in UTC.
    """
    kind: Any = type(value)
    return _writer(kind)(value)


def shown(value: object) -> str:
    """A value as a fault shows it: short, whatever it is."""
    try:
        text = repr(value)
    except RecursionError:
        text = "a value nested this deep"
    return text if len(text) <= 60 else text[:57] + "..."


def _checked(check: Callable[[Any], Any]) -> Reader:
    def reader(value: Any, place: str, faults: list[Fault]) -> Any:
        try:
            return check(value)
        except Wrong as wrong:
            faults.append(Fault(place, str(wrong)))
            return _FAILED

    return reader


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f"{shown(value)} is not a text")
    if not value.strip():
        raise Wrong("this text may not be empty")
    if not value.isascii() and _SURROGATE.search(value):
        raise Wrong(CANNOT_BE_STORED)
    return value


def _whole_number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong(f"{shown(value)} is not a whole number")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"{shown(value)} is neither true nor false")
    return value


def _aware(value: Any) -> datetime:
    moment = parse_moment(value)
    if moment.tzinfo is None:
        raise Wrong(f"{shown(value)} has no offset from UTC")
    return moment.astimezone(UTC)


def _word(kind: type[Enum]) -> Callable[[Any], Enum]:
    words = {member.value: member for member in kind}

    def check(value: Any) -> Enum:
        if not isinstance(value, str) or value not in words:
            raise Wrong(f"{shown(value)} is not one of {', '.join(words)}")
        return words[value]

    return check


def _list_of(item: Reader) -> Reader:
    def reader(value: Any, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, list | tuple):
            faults.append(Fault(place, f"{shown(value)} is not a list"))
            return _FAILED
        items = [item(entry, f"{place}[{i}]", faults) for i, entry in enumerate(value)]
        return _FAILED if any(entry is _FAILED for entry in items) else tuple(items)

    return reader


def _table_of(item: Reader) -> Reader:
    def reader(value: Any, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, Mapping):
            faults.append(Fault(place, f"{shown(value)} is not a table"))
            return _FAILED
        items = {key: item(entry, _inside(place, key), faults) for key, entry in value.items()}
        return _FAILED if any(entry is _FAILED for entry in items.values()) else items

    return reader


def _inside(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _dataclass(kind: type) -> Reader:
    hints = get_type_hints(kind)
    fields = {f.name: _reader(hints[f.name]) for f in dataclasses.fields(kind) if f.init}
    needed = [
        f.name
        for f in dataclasses.fields(kind)
        if f.init
        and f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
        and not _may_be_absent(hints[f.name])
    ]
    absent = {
        f.name: None
        for f in dataclasses.fields(kind)
        if f.init and f.default is dataclasses.MISSING and _may_be_absent(hints[f.name])
    }

    def reader(value: Any, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, Mapping):
            faults.append(Fault(place, f"{shown(value)} is not a table of fields"))
            return _FAILED
        before = len(faults)
        faults.extend(
            Fault(_inside(place, str(key)), f"unknown field; known are {', '.join(fields)}")
            for key in value
            if key not in fields
        )
        faults.extend(
            Fault(_inside(place, name), "this field is missing")
            for name in needed
            if name not in value
        )
        found = {
            name: read_field(value[name], _inside(place, name), faults)
            for name, read_field in fields.items()
            if name in value
        }
        return _FAILED if len(faults) > before else kind(**{**absent, **found})

    return reader


def _may_be_absent(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)


@cache
def _reader(hint: Any) -> Reader:
    origin = get_origin(hint)
    if _may_be_absent(hint):
        (inner,) = (arg for arg in get_args(hint) if arg is not type(None))
        return _reader(inner)
    if origin is tuple:
        return _list_of(_reader(get_args(hint)[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _table_of(_reader(get_args(hint)[1]))
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint)  # type: ignore[arg-type]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _checked(_word(hint))
    simple: dict[Any, Callable[[Any], Any]] = {
        str: _text,
        int: _whole_number,
        bool: _truth,
        date: parse_date,
        datetime: _aware,
    }
    return _checked(simple[hint])


_AS_IT_IS = frozenset((str, int, bool))


@cache
def _writer(kind: type) -> Callable[[Any], Any]:
    if dataclasses.is_dataclass(kind):
        names = [f.name for f in dataclasses.fields(kind)]
        return lambda value: {
            name: part if part.__class__ in _AS_IT_IS else plain(part)
            for name in names
            if (part := getattr(value, name)) is not None
        }
    if issubclass(kind, Enum):
        return lambda value: value.value
    if issubclass(kind, datetime):
        return lambda value: value.astimezone(UTC).isoformat()
    if issubclass(kind, date):
        return lambda value: value.isoformat()
    if issubclass(kind, Mapping):
        return lambda value: {key: plain(part) for key, part in value.items()}
    if issubclass(kind, tuple):
        return lambda value: [plain(part) for part in value]
    return lambda value: value
