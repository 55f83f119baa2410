"""What a benchmark gives: a value beside that of a peer, and whether the goal is met."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured value; ``ratio`` is it over the peer's, in the same unit."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    goal: str
    met: bool

    @property
    def ratio(self) -> float:
        """How this compares with the peer."""
        return self.value / self.peer_value

    def line(self) -> str:
        """One line of JSON."""
        data = {**asdict(self), "ratio": round(self.ratio, 3)}
        return json.dumps(data, sort_keys=True)


def table(results: Sequence[Measured]) -> str:
    """A table for a person."""
    rows = [("benchmark", "value", "peer", "peer's value", "ratio", "goal", "met")]
    rows += [
        (
            one.name,
            f"{one.value:,.3g} {one.unit}" if one.value < 1000 else f"{one.value:,.0f} {one.unit}",
            one.peer,
            f"{one.peer_value:,.3g}" if one.peer_value < 1000 else f"{one.peer_value:,.0f}",
            f"{one.ratio:.2f}",
            one.goal,
            "yes" if one.met else "NO",
        )
        for one in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
