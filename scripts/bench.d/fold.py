"""``fold``: how fast a case is folded from its entries, which every act and every question does.

The peer folds the same entries with nothing but one ``dataclasses.replace`` of the same state for each:
what an immutable state costs before any rule of the process.
"""

import dataclasses
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import reduce

import believable
from measured import Measured

from cspr_workflow.application import casefile
from cspr_workflow.application.play import play
from cspr_workflow.domain import escalation, incident
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation_facts import DiscussionRecorded, PartyInformed, ReasonGiven
from cspr_workflow.store import bank_holidays
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex

NAME = "fold"
GOAL = 0.6
_ROUNDS = 7
_TALK = (DiscussionRecorded, ReasonGiven, PartyInformed)
_SECONDS = 0.4

Fold = Callable[[], object]


def run(*, small: bool) -> list[Measured]:
    """All entries of believable cases, and those without the talk, which changes no state."""
    streams = _streams(cases=30 if small else 300)
    eventful = [[e for e in stream if not isinstance(e.fact, _TALK)] for stream in streams]
    rounds = 3 if small else _ROUNDS
    return [_measured(NAME, streams, rounds), _measured(f"{NAME}_without_talk", eventful, rounds)]


def _measured(name: str, streams: Sequence[Sequence[Entry]], rounds: int) -> Measured:
    """Both folds over the same streams in turn, the median of several rounds."""
    events = sum(len(stream) for stream in streams)
    folds: tuple[Fold, Fold] = (lambda: _ours(streams), lambda: _bare(streams))
    times = max(1, round(_SECONDS / min(_seconds(fold, 1) for fold in folds)))
    taken = [[_seconds(fold, times) for fold in folds] for _ in range(rounds)]
    ours, bare = (events * times / statistics.median(column) for column in zip(*taken, strict=True))
    met = ours / bare >= GOAL
    return Measured(name, ours, "events/s", "bare replace", bare, f"ratio >= {GOAL}", met)


def _seconds(fold: Fold, times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        fold()
    return time.process_time() - began


def _streams(cases: int) -> list[Sequence[Entry]]:
    """The entries of believable incidents and escalations, as the record holds them."""
    case = believable.case_file(cases * 100 // 3, cases)
    parsed = casefile.parse(json.dumps(case).encode(), case["title"])
    holidays = bank_holidays.of(parsed.policy.policy.bank_holidays)
    record = play(parsed, MemoryRecord(), MemoryIndex(parsed.policy.book), holidays).record
    streams: dict[str, list[Entry]] = defaultdict(list)
    for one in record.read_all():
        streams[one.stream].append(one.entry)
    return [entries for name, entries in streams.items() if name != "partnership"]


def _evolve_of(entries: Sequence[Entry]) -> Callable[[Case | None, Entry], Case]:
    evolve: Callable[..., Case] = incident.evolve
    if not isinstance(entries[0].fact, incident.IncidentReported):
        evolve = escalation.evolve
    return evolve


def _ours(streams: Sequence[Sequence[Entry]]) -> list[Case | None]:
    return [reduce(_evolve_of(entries), entries, None) for entries in streams]


def _bare(streams: Sequence[Sequence[Entry]]) -> list[Case]:
    return [reduce(_replaced, entries[1:], _opened(entries)) for entries in streams]


def _opened(entries: Sequence[Entry]) -> Case:
    return _evolve_of(entries)(None, entries[0])


def _replaced(case: Case, entry: Entry) -> Case:
    return dataclasses.replace(case, calendar=entry.calendar)
