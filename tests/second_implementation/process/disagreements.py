"""Where two outcomes of the same case disagree."""

from __future__ import annotations

from typing import Any


def differences(theirs: Any, mine: Any, place: str = "outcome") -> list[str]:
    """Where another outcome and one of this module disagree, in words; empty if
    nowhere."""
    if isinstance(theirs, dict) and isinstance(mine, dict):
        found: list[str] = []
        if place.startswith("outcome.refused") and theirs.get("act") == mine.get("act"):
            if theirs.get("error") not in mine["error"]:
                found.append(f"{place}: {theirs.get('error')!r} is not among {mine['error']}")
            return found
        for key in sorted(set(theirs) | set(mine)):
            if key not in theirs or key not in mine:
                side = "only in mine" if key in mine else "only in theirs"
                found.append(f"{place}.{key}: {side}")
            else:
                found += differences(theirs[key], mine[key], f"{place}.{key}")
        return found
    if isinstance(theirs, list) and isinstance(mine, list) and len(theirs) == len(mine):
        return [
            line
            for number, (one, other) in enumerate(zip(theirs, mine, strict=True))
            for line in differences(one, other, f"{place}.{number}")
        ]
    return [] if theirs == mine else [f"{place}: theirs {theirs!r}, mine {mine!r}"]
