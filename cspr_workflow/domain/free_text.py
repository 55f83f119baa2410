"""Warnings about free text that looks like it names a child. No child is named anywhere.

A warning never refuses: a text can be right in spite of it, and the person who writes it decides.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

_NHS = re.compile(r"(?<!\d)(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?!\d)")
_DATE = r"(\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|\d{1,2}(st|nd|rd|th)?\s+[A-Za-z]{3,9}\s+\d{4})"
_BIRTH = re.compile(rf"\b(d\.?o\.?b\.?|date of birth|born)\b.{{0,20}}?{_DATE}", re.IGNORECASE)
_PUPIL = re.compile(r"\b[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]\b")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*(\d[ABD-HJLNP-UW-Z]{2})\b", re.IGNORECASE)
_ORDINALS = {"1st", "2nd", "3rd", *(f"{digit}th" for digit in range(10))}


def warnings_in(act: Any) -> Iterator[str]:
    """A warning for each field of an act whose text looks like it says who the child is."""
    for part in fields(act):
        value = getattr(act, part.name)
        values = value if isinstance(value, tuple) else (value,)
        for one in values:
            if is_dataclass(one):
                yield from warnings_in(one)
            elif isinstance(one, str) and not isinstance(one, Enum):
                yield from (
                    f"{part.name}: this looks like {what}. Do not name the child."
                    for what in looks_like(one)
                )


def looks_like(text: str) -> Iterator[str]:
    """What a text looks like it contains: an NHS number, a date of birth, a pupil number, a postcode."""
    if any(_is_nhs_number("".join(match.groups())) for match in _NHS.finditer(text)):
        yield "an NHS number"
    if _BIRTH.search(text):
        yield "a date of birth"
    if _PUPIL.search(text):
        yield "a pupil number"
    if any(match.group(1).lower() not in _ORDINALS for match in _POSTCODE.finditer(text)):
        yield "a full postcode"


def _is_nhs_number(digits: str) -> bool:
    """Whether the tenth digit is the check digit of the nine before (modulus 11)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)
    )
    check = (11 - total % 11) % 11
    return check == int(digits[9])
