"""A second, independent reading of the written process, used to check the first.

Plain mutable objects, one for each incident, escalation and action. The clock is a
walk: it stands at every midnight, one after the other, and at the moment of every act,
and asks each time whether something is due now. Nothing here reads the real clock.

`outcome(case)` plays a case file (parsed, valid in form) and gives its outcome. The
only difference from the outcome of a case file: "error" of a refusal is the sorted list
of every code that would be right for it.
"""

from .disagreements import differences
from .play import Play, outcome
from .settings import LADDER, SANDWELL, Settings

__all__ = ["LADDER", "SANDWELL", "Play", "Settings", "differences", "outcome"]
