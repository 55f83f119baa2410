"""The tick: time passes in every case that has something due.

Cases go in small batches, each recorded at once; a batch that fails is gone through case by case. A case
that fails is set aside, visibly, and stops nobody else; the next tick tries it again. Where the clock
has not run for a while, that gap is recorded, so that what it made late can be told apart. A store in
which it never ran has had no clock since it was made.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Contended, Index, Recorded, Trouble
from cspr_workflow.domain.partnership import ClockStoodStill


class Heart(Protocol):
    """When the clock has run."""

    @property
    def since(self) -> datetime:
        """Since when it has run without a gap."""

    @property
    def last(self) -> datetime:
        """When it last ran."""


class Rounds(Protocol):
    """What the tick keeps outside the record: its heartbeat, and the cases that it set aside."""

    @property
    def heartbeat(self) -> Heart | None:
        """When the clock last ran."""

    @property
    def gap_minutes(self) -> int:
        """After so many minutes without a tick, the clock has not run."""

    @property
    def aside(self) -> Sequence[str]:
        """The streams of the cases set aside."""

    def beat(self, now: datetime, *, gap: bool) -> None:
        """The clock ran."""

    def put_aside(self, stream: str, now: datetime, why: str) -> None:
        """A case could not be handled."""

    def take_back(self, stream: str) -> None:
        """A case can be handled again."""


BATCH = 50
"""So many cases are moved at once: enough to spare most of the writing, few enough to hold nobody up."""
Progress = Callable[[int, int], object]
Told = Callable[[Sequence[Recorded]], object]


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did: how many cases it looked at, how many entries it recorded, which cases it set
    aside and why, which gap it noted.
    """

    looked_at: int
    recorded: int
    set_aside: Sequence[tuple[str, str]]
    gap: ClockStoodStill | None


def tick(
    workflow: Workflow,
    index: Index,
    rounds: Rounds,
    now: datetime,
    progress: Progress | None = None,
    told: Told | None = None,
) -> Ticked:
    """Let time pass up to ``now`` in every case that has something due.

    ``progress`` is told how many cases are done and of how many, ``told`` what was recorded, a batch at a
    time. Raises :class:`Trouble` where the store cannot take it; what was recorded by then stays.
    """
    gap = _note_gap(workflow, rounds, now)
    passing = _Passing(workflow, rounds, now, told)
    total = index.count_due(now) if progress is not None else 0
    for batch in _batches(index, rounds.aside, now):
        passing.move(batch)
        if progress is not None:
            progress(passing.looked_at, max(total, passing.looked_at))
    rounds.beat(now, gap=_had_gap(workflow, rounds))
    return Ticked(passing.looked_at, passing.recorded, passing.set_aside, gap)


def _batches(index: Index, aside: Sequence[str], now: datetime) -> Iterator[Sequence[str]]:
    """What is due, in batches; then each case that was set aside before, by itself."""
    for batch in index.due_in_batches(now, BATCH):
        if others := [stream for stream in batch if stream not in aside]:
            yield others
    yield from ([stream] for stream in aside)


@dataclass(slots=True)
class _Passing:
    """Time that passes in one batch of cases after another."""

    workflow: Workflow
    rounds: Rounds
    now: datetime
    told: Told | None
    looked_at: int = 0
    recorded: int = 0
    set_aside: list[tuple[str, str]] = field(default_factory=list)
    aside_before: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.aside_before = frozenset(self.rounds.aside)

    def move(self, streams: Sequence[str]) -> None:
        """Let time pass in these cases at once; where that fails, in each of them by itself."""
        try:
            recorded = self.workflow.let_time_pass_in(streams, self.now)
        except Exception as error:
            if isinstance(error, Trouble) and not isinstance(error, Contended):
                raise  # the store's fault: no case is to be blamed for it, and the clock did not run
            if len(streams) == 1:
                self._put_aside(streams[0], error)
                return
        else:
            self._moved(streams, recorded)
            return
        for stream in streams:
            self.move([stream])

    def _moved(self, streams: Sequence[str], recorded: Sequence[Recorded]) -> None:
        for stream in self.aside_before.intersection(streams):
            self.rounds.take_back(stream)
        self.looked_at += len(streams)
        self.recorded += len(recorded)
        if self.told is not None and recorded:
            self.told(recorded)

    def _put_aside(self, stream: str, error: Exception) -> None:
        why = f"{type(error).__name__}: {error}"
        self.rounds.put_aside(stream, self.now, why)
        self.looked_at += 1
        self.set_aside.append((stream, why))


def _note_gap(workflow: Workflow, rounds: Rounds, now: datetime) -> ClockStoodStill | None:
    beat = rounds.heartbeat
    # A tick that died after noting a gap left no beat: the clock did run then. Where there is no
    # heartbeat at all, the store is new or its office was lost: the record itself says what is known.
    known = (beat.last if beat else workflow.began, _last_gap(workflow))
    last = max((moment for moment in known if moment), default=now)
    if now - last <= timedelta(minutes=rounds.gap_minutes):
        return None
    return workflow.note_gap(last, now)


def _last_gap(workflow: Workflow) -> datetime | None:
    gaps = workflow.partnership.gaps
    return gaps[-1].until if gaps else None


def _had_gap(workflow: Workflow, rounds: Rounds) -> bool:
    """Whether a gap was noted since the stretch without gaps began, by this tick or one that died."""
    beat, gap = rounds.heartbeat, _last_gap(workflow)
    return beat is not None and gap is not None and gap > beat.since
