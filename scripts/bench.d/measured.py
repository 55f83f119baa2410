"""What a benchmark gives: a value beside that of a peer, and whether the goal is met."""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


class NotMeasured(Exception):
    """A benchmark that could not be trusted, or had nothing to compare with: why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured value; ``ratio`` is it over the peer's, in the same unit.

    ``ratios`` are those of the single repetitions, where the two were measured in turn.
    """

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    goal: str
    met: bool
    ratios: tuple[float, ...] = ()

    @property
    def ratio(self) -> float:
        """How this compares with the peer: the median of the repetitions, where there are several."""
        return statistics.median(self.ratios) if self.ratios else self.value / self.peer_value

    @property
    def spread(self) -> str:
        """The lowest and the highest ratio of the repetitions."""
        return f"{min(self.ratios):.2f}-{max(self.ratios):.2f}" if self.ratios else "-"

    def line(self) -> str:
        """One line of JSON."""
        ratios = [round(ratio, 3) for ratio in self.ratios]
        data = {**asdict(self), "ratio": round(self.ratio, 3), "ratios": ratios}
        return json.dumps(data, sort_keys=True)


def table(results: Sequence[Measured]) -> str:
    """A table for a person."""
    rows = [("benchmark", "value", "peer", "peer's value", "ratio", "spread", "goal", "met")]
    rows += [
        (
            one.name,
            f"{one.value:,.3g} {one.unit}" if one.value < 1000 else f"{one.value:,.0f} {one.unit}",
            one.peer,
            f"{one.peer_value:,.3g}" if one.peer_value < 1000 else f"{one.peer_value:,.0f}",
            f"{one.ratio:.2f}",
            one.spread,
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


def peak_megabytes() -> float:
    """The most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    import resource  # noqa: PLC0415 - the way of other systems

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
