"""A period: civil days by which figures are asked for."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """Civil days, both included; ``None`` leaves an end open."""

    since: date | None = None
    until: date | None = None

    def has(self, day: date) -> bool:
        """Whether a day lies in the period."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


ALWAYS = Period()
