"""The tick: time passes in every case that has something due.

A case that fails is set aside, visibly, and stops nobody else; the next tick tries it again. Where the
clock has not run for a while, that gap is recorded, so that what it made late can be told apart. A store
in which it never ran has had no clock since it was made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did: how many cases it looked at, what it recorded, what it set aside, which gap it noted."""

    looked_at: int
    recorded: Sequence[Recorded]
    set_aside: Sequence[tuple[str, str]]
    gap: ClockStoodStill | None


def tick(
    workflow: Workflow,
    index: Index,
    rounds: Rounds,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> Ticked:
    """Let time pass up to ``now`` in every case that has something due."""
    gap = _note_gap(workflow, rounds, now)
    streams = list(dict.fromkeys([*index.due(now), *rounds.aside]))
    aside_before = set(rounds.aside)
    recorded: list[Recorded] = []
    aside: list[tuple[str, str]] = []
    for number, stream in enumerate(streams):
        try:
            recorded += workflow.let_time_pass(stream, now)
        except Exception as error:
            if isinstance(error, Trouble) and not isinstance(error, Contended):
                raise  # the store's fault: no case is to be blamed for it, and the clock did not run
            why = f"{type(error).__name__}: {error}"
            rounds.put_aside(stream, now, why)
            aside.append((stream, why))
        else:
            if stream in aside_before:
                rounds.take_back(stream)
        if progress is not None:
            progress(number + 1, len(streams))
    rounds.beat(now, gap=_had_gap(workflow, rounds))
    return Ticked(len(streams), recorded, aside, gap)


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
