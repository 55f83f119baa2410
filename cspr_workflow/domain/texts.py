"""Free text in the record: which parts of a fact it is, and what stands for one that is not opened.

What people write about a case is sealed in a lasting record, so that it can be made unreadable
without touching the record. Folding never needs a text: it only hands it on, opened or not.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

_MARK = "free text"
FreeText = Annotated[str, _MARK]
"""A text that somebody wrote in their own words; every other text of a fact is a name or a reference."""

Declared = TypeVar("Declared")
_TOLD = frozenset(("what", "outcome"))
"""Where an outcome as plain data has texts."""
_PREFIX = "sealed:"
_SEALED = re.compile(rf"{_PREFIX}[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}/[a-z_]")


class SealedText(str):
    """A text that has not been opened: ``sealed:EVENT/FIELD`` says where it stands."""

    __slots__ = ()

    @classmethod
    def of(cls, event: str, field: str) -> "SealedText":
        """The text in one field of one event."""
        return cls(f"{_PREFIX}{event}/{field}")

    @property
    def place(self) -> tuple[str, str]:
        """The event's id and the field."""
        event, _, field = self[len(_PREFIX) :].partition("/")
        return event, field


def as_sealed(text: str) -> str:
    """A text read back from a view: sealed again where it was sealed."""
    return SealedText(text) if _SEALED.match(text) else text


def opened_data(data: Any, open_text: Callable[[str], str]) -> Any:
    """The outcome of a case as plain data, as views keep it, with its sealed texts opened.

    Only what can be a text is opened: a reference that looks like a sealed text is none.
    """
    if isinstance(data, dict):
        return {
            key: open_text(as_sealed(one))
            if key in _TOLD and isinstance(one, str)
            else opened_data(one, open_text)
            for key, one in data.items()
        }
    return [opened_data(one, open_text) for one in data] if isinstance(data, list) else data


def free_texts(fact: Any, inside: str = "") -> Iterator[tuple[str, str]]:
    """Each free text of a fact, with the path of its field, such as ``sets.0.what``."""
    kind: Any = type(fact)
    direct, nested = free_fields(kind)
    for name in direct:
        text = getattr(fact, name)
        if text is not None:
            yield inside + name, text
    for name in nested:
        for place, one in enumerate(getattr(fact, name)):
            yield from free_texts(one, f"{inside}{name}.{place}.")


def opened(fact: Declared, open_text: Callable[[str], str]) -> Declared:
    """The fact with every sealed text opened."""
    return _changed(fact, lambda _, text: open_text(text), "")


def sealed(fact: Declared, event: str) -> Declared:
    """The fact with a stand-in for every free text, as it is read back from the event of this id."""
    return _changed(fact, lambda field, _: SealedText.of(event, field), "")


def _changed(fact: Declared, change: Callable[[str, str], str], inside: str) -> Declared:
    kind: Any = type(fact)
    direct, nested = free_fields(kind)
    changes: dict[str, Any] = {
        name: change(inside + name, text)
        for name in direct
        if (text := getattr(fact, name)) is not None
    }
    for name in nested:
        changes[name] = tuple(
            _changed(one, change, f"{inside}{name}.{place}.")
            for place, one in enumerate(getattr(fact, name))
        )
    return replace(fact, **changes) if changes else fact  # type: ignore[type-var]


@cache
def free_fields(kind: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a dataclass that are free text, and those that list dataclasses with some."""
    hints = get_type_hints(kind, include_extras=True)
    direct, nested = [], []
    for field in fields(kind):
        hint = hints[field.name]
        if _is_free(hint):
            direct.append(field.name)
        elif get_origin(hint) is tuple and is_dataclass(inner := get_args(hint)[0]):
            listed: Any = inner
            if any(free_fields(listed)):
                nested.append(field.name)
    return tuple(direct), tuple(nested)


def _is_free(hint: Any) -> bool:
    if getattr(hint, "__metadata__", None) == (_MARK,):
        return True
    return any(_is_free(part) for part in get_args(hint) if part is not type(None))
