"""An office in memory: what the tick keeps outside the record."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Beat:
    since: datetime
    last: datetime


@dataclass
class Rounds:
    """An office in memory: the heartbeat, and what was set aside since when and why."""

    gap_minutes: int = 60
    heartbeat: Beat | None = None
    cases: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    @property
    def aside(self) -> list[str]:
        return list(self.cases)

    def beat(self, now: datetime, *, gap: bool) -> None:
        since = now if gap or self.heartbeat is None else self.heartbeat.since
        self.heartbeat = Beat(since, now)

    def put_aside(self, stream: str, now: datetime, why: str) -> None:
        self.cases[stream] = self.cases.get(stream, (now, ""))[0], why

    def take_back(self, stream: str) -> None:
        del self.cases[stream]
