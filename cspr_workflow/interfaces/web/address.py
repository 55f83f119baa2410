"""The addresses of the pages. Nothing stands in them but references.

A reference may hold anything; in an address, what is no letter, digit, dot, hyphen or underscore is
written as ``~`` and the two hexadecimal digits of each of its bytes.
"""

import re

from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.escalation import Escalation

_PLAIN = re.compile(r"[A-Za-z0-9_.-]")
_ESCAPED = re.compile(r"(?:~[0-9A-F]{2})+")


def segment(reference: str) -> str:
    """A reference as one part of an address."""
    return "".join(
        letter
        if _PLAIN.fullmatch(letter) and not (letter == "." and place == 0)
        else "".join(f"~{byte:02X}" for byte in letter.encode())
        for place, letter in enumerate(reference)
    )


def reference(part: str) -> str:
    """The reference of a part of an address. Raises :class:`ValueError` where it is none."""

    def letters(match: re.Match[str]) -> str:
        return bytes.fromhex(match.group().replace("~", "")).decode()

    found = _ESCAPED.sub(letters, part)
    if segment(found) != part:
        raise ValueError(part)
    return found


def case_path(case: Case) -> str:
    """The page of a case."""
    if isinstance(case, Escalation):
        return escalation_path(case.reference)
    return incident_path(case.reference)


def incident_path(reference: str) -> str:
    """The page of an incident."""
    return f"/incidents/{segment(reference)}"


def escalation_path(reference: str) -> str:
    """The page of an escalation."""
    return f"/escalations/{segment(reference)}"


def act_path(place: str, act: str, action: str | None = None) -> str:
    """The form of an act, below the page of its case; for an act on an action, below that."""
    about = f"/actions/{segment(action)}" if action is not None else ""
    return f"{place}{about}/do/{act.replace('_', '-')}"
