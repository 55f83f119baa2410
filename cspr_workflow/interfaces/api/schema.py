"""What may be sent, as the API's description says it: from the declarations that are read with."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from cspr_workflow.interfaces.questions.question import Kind, Parameter

TEXT = {"type": "string", "minLength": 1, "pattern": r"\S"}
DAY = {"type": "string", "format": "date"}
MOMENT = {
    "type": "string",
    "format": "date-time",
    "description": "Without an offset from UTC it is local time.",
    "examples": ["2026-12-03T14:30:00+00:00"],
}
FLAG = {"type": "boolean"}
LARGEST_NUMBER = 999_999_999
_SIMPLE: Mapping[Any, dict[str, Any]] = {
    str: TEXT,
    int: {"type": "integer"},
    bool: FLAG,
    date: DAY,
}
_OF_KIND: Mapping[Kind, dict[str, Any]] = {
    Kind.TEXT: TEXT,
    Kind.DAY: DAY,
    Kind.MOMENT: MOMENT,
    Kind.NUMBER: {"type": "integer", "minimum": 1, "maximum": LARGEST_NUMBER},
    Kind.FLAG: FLAG,
}


def of_parameter(parameter: Parameter) -> dict[str, Any]:
    """A parameter of a question."""
    schema = of_type(parameter.choices) if parameter.choices else dict(_OF_KIND[parameter.kind])
    if parameter.default not in (None, ""):
        schema["default"] = parameter.default
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.meaning,
        "schema": schema,
    }


def of_dataclass(kind: type, meanings: Mapping[str, str]) -> dict[str, Any]:
    """An object with the fields of a dataclass and no others."""
    hints = get_type_hints(kind)
    declared: Any = kind
    properties = {}
    for field in fields(declared):
        described = {"description": sentence(meanings[field.name])} if meanings else {}
        properties[field.name] = {**of_type(hints[field.name]), **described}
    needed = [field.name for field in fields(declared) if field.default is MISSING]
    return {
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


def of_type(hint: Any) -> dict[str, Any]:
    """What a field of this type may hold."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (one for one in get_args(hint) if one is not type(None))
        return of_type(inner)
    if origin is tuple:
        return {"type": "array", "items": of_type(get_args(hint)[0])}
    if is_dataclass(hint):
        declared: Any = hint
        return of_dataclass(declared, {})
    if issubclass(hint, Enum):
        return {"type": "string", "enum": [member.value for member in hint]}
    return dict(_SIMPLE[hint])


def sentence(meaning: str) -> str:
    """A field's meaning as a sentence."""
    return f"{meaning[0].upper()}{meaning[1:]}."
