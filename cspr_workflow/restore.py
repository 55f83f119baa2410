"""Reading back plain data that ``forms.plain`` wrote: as strict in its types, and several times faster.

It stops at the first thing that is wrong and does not say where; ``forms.parse`` then does. It is
for what this program stored itself, which is folded by the million, not for what people write.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from operator import call, itemgetter
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Restorer = Callable[[Any], Any]
_NONE = type(None)


class Unrestorable(Exception):
    """The data is not what was stored for this type."""


def restored(kind: type[T], data: object) -> T:
    """``data`` as a ``kind``. Raises :class:`Unrestorable`."""
    form: Any = kind
    try:
        return _restorer(form)(data)  # type: ignore[no-any-return]
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise Unrestorable(str(error)) from error


@cache
def _restorer(hint: Any) -> Restorer:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        (inner,) = (arg for arg in get_args(hint) if arg is not _NONE)
        return _restorer(inner)
    if origin is tuple:
        item = _restorer(get_args(hint)[0])
        return lambda value: tuple([item(one) for one in _a(list, value)])
    if origin is not None and issubclass(origin, Mapping):
        inside = _restorer(get_args(hint)[1])
        return lambda value: {key: inside(one) for key, one in _a(dict, value).items()}
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint)
    if issubclass(hint, Enum):
        return {member.value: member for member in hint}.__getitem__
    return _SIMPLE[hint]


def _a(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} is not {kind.__name__}")
    return value


def moment(value: Any) -> datetime:
    """A stored moment. Raises ``ValueError`` or ``TypeError`` for anything else."""
    found = datetime.fromisoformat(value)
    if found.tzinfo is UTC:
        return found
    if found.tzinfo is None:
        raise ValueError("a moment without an offset")
    return found.astimezone(UTC)


def text(value: Any) -> str:
    """A stored text. Raises ``TypeError`` for anything else."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def number(value: Any) -> int:
    """A stored whole number. Raises ``TypeError`` for anything else."""
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def _truth(value: Any) -> bool:
    if value is not True and value is not False:
        raise TypeError("neither true nor false")
    return value


_SIMPLE: dict[Any, Restorer] = {
    str: text,
    int: number,
    bool: _truth,
    date: date.fromisoformat,
    datetime: moment,
}


def _dataclass(kind: Any) -> Restorer:
    hints = get_type_hints(kind)
    names, restorers, defaults = [], [], []
    for field in dataclasses.fields(kind):
        optional = get_origin(hints[field.name]) in (Union, UnionType)
        default = field.default
        if default is dataclasses.MISSING and optional:
            default = None
        names.append(field.name)
        restorers.append(_restorer(hints[field.name]))
        defaults.append(default)
    all_of = _all_of(names)

    def restore(value: Any) -> Any:
        if len(value) == len(names):  # nothing is left out, so that there is nothing more either
            return kind(*map(call, restorers, all_of(value)))
        values = []
        found = 0
        for name, restorer, default in zip(names, restorers, defaults, strict=True):
            if name in value:
                found += 1
                values.append(restorer(value[name]))
            elif default is dataclasses.MISSING:
                raise KeyError(name)
            else:
                values.append(default)
        if found != len(value):
            raise KeyError("a field that is not known")
        return kind(*values)

    return restore


def _all_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the values of these names from a mapping. Raises :class:`KeyError` where one is missing."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda value: tuple([value[name] for name in names])
