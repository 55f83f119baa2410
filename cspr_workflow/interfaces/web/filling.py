"""What stands in the fields of a form, and what is wrong with it, as the templates ask for it.

A page passes ``form``, which is such a :class:`Filled`, or just ``faults`` (by field, a sentence for
each) and ``values`` (what was typed, by field). A page that passes neither shows its form as new.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from jinja2 import pass_context
from jinja2.runtime import Context

Options = dict[str, Any]
"""The options of one of the Design System's macros."""


class Wrong(Protocol):
    """What is wrong with a field; ``field`` is empty where it is none of them."""

    @property
    def field(self) -> str: ...
    @property
    def sentence(self) -> str: ...


class Filled(Protocol):
    """A form as somebody filled it in."""

    @property
    def errors(self) -> Sequence[Wrong]: ...
    def error(self, name: str, /) -> str:
        """What is wrong with a field; empty where nothing is."""
        ...

    def value(self, name: str, /) -> str:
        """What was typed into a field."""
        ...

    def values(self, name: str, /) -> Sequence[str]:
        """Everything that was chosen in a field of which several can be."""
        ...


def _form(context: Context) -> Filled | None:
    # What the page passed: inside macros.html the macro for forms has the same name.
    form: Filled | None = context.parent.get("form")
    return form


def _faults(context: Context) -> Sequence[tuple[str, str]]:
    form = _form(context)
    if form is not None:
        return [(one.field, one.sentence) for one in form.errors]
    return list(context.parent.get("faults", {}).items())


def _typed(context: Context, name: str) -> Sequence[str]:
    form = _form(context)
    if form is not None:
        return form.values(name) or ([form.value(name)] if form.value(name) else [])
    value: str | Sequence[str] = context.parent.get("values", {}).get(name, ())
    return [value] if isinstance(value, str) else value


@pass_context
def is_wrong(context: Context) -> bool:
    """Whether anything is wrong with the form of the page."""
    return bool(_faults(context))


@pass_context
def wrong(context: Context) -> list[Options]:
    """Everything that is wrong, each with the way to its field."""
    return [
        {"text": sentence, "href": f"#{field}"} if field else {"text": sentence}
        for field, sentence in _faults(context)
    ]


@pass_context
def fault(context: Context, name: str) -> Options | None:
    """What is wrong with one field."""
    said = [sentence for field, sentence in _faults(context) if field == name]
    return {"text": " ".join(said)} if said else None


@pass_context
def typed(context: Context, name: str, value: object = "") -> str:
    """What was typed into a field, or the value that it begins with."""
    return next(iter(_typed(context, name)), str(value))


@pass_context
def all_typed(context: Context, name: str, chosen: Sequence[str] = ()) -> Sequence[str]:
    """What was chosen of several, or what is chosen at the beginning."""
    return _typed(context, name) or chosen


@pass_context
def day_fields(
    context: Context, name: str, value: date | None = None, *, time: bool = False
) -> list[Options]:
    """The fields of a day, and of a time of day. The first has the name's own id, for the way to it."""
    wide = {"day": "2", "month": "2", "year": "4", "time": "5"}
    labels = {"day": "Day", "month": "Month", "year": "Year", "time": "Time, such as 14:30"}
    begins = {part: str(getattr(value, part)) for part in ("day", "month", "year") if value}
    if isinstance(value, datetime):
        begins["time"] = f"{value:%H:%M}"
    error = " govuk-input--error" if fault(context, name) else ""
    return [
        {
            "id": name if part == "day" else f"{name}-{part}",
            "name": f"{name}-{part}",
            "label": labels[part],
            "value": typed(context, f"{name}-{part}", begins.get(part, "")),
            "classes": f"govuk-input--width-{wide[part]}{error}",
            "inputmode": "text" if part == "time" else "numeric",
        }
        for part in (("day", "month", "year", "time") if time else ("day", "month", "year"))
    ]


def label_of(text: str, heading: bool = False, kind: str = "label") -> Options:
    """A label or a legend; where it is the page's heading, as large as one."""
    size = "l" if heading else "s"
    return {"text": text, "isPageHeading": heading, "classes": f"govuk-{kind}--{size}"}


def choices(options: Iterable[Any], chosen: str | None = None) -> list[Options]:
    """Options as (value, text) or (value, text, hint), or as things with ``value``, ``label``, ``hint``.

    The one that is ``chosen`` is marked, which can be the one whose value is empty.
    """
    parts = (
        tuple(one) if isinstance(one, tuple | list) else (one.value, one.label, one.hint)
        for one in options
    )
    return [
        {
            "value": value,
            "text": text,
            "hint": {"text": hint[0]} if hint and hint[0] else None,
            **({} if chosen is None else {"checked": value == chosen}),
        }
        for value, text, *hint in parts
    ]


GLOBALS: Mapping[str, Callable[..., Any]] = {
    "is_wrong": is_wrong,
    "wrong": wrong,
    "fault": fault,
    "typed": typed,
    "all_typed": all_typed,
    "day_fields": day_fields,
    "label_of": label_of,
}
"""What the templates call, by name."""
