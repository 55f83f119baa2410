"""A case file played act by act, so that its record can be looked at in between."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from cspr_workflow.application import casefile
from cspr_workflow.application.casefile import Planned
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.play import adoption
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.store import bank_holidays
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex

Plain = dict[str, Any]
Told = dict[str, list[tuple[object, ...]]]

LONDON = CivilTime("Europe/London")


class Playing:
    """A case in the middle of being played."""

    def __init__(self, case: Plain) -> None:
        self.file = casefile.parse(json.dumps(case).encode(), case["title"])
        policy = self.file.policy.policy
        self.record = MemoryRecord()
        self.workflow = Workflow(
            self.record, MemoryIndex({policy.label: policy}), {policy.label: policy}
        )
        holidays = bank_holidays.of(policy.bank_holidays)
        people = tuple(self.file.people.values())
        adopted = adoption(self.file.policy, holidays, people, self.file.acts[0].at)
        self.workflow.adopt(adopted)
        self.refused: list[tuple[str, str]] = []
        self._position = len(adopted)

    def acts(self) -> Iterator[tuple[Planned, list[Recorded], Refusal | None]]:
        """Each act once it is played, with what was recorded and why it was refused."""
        for planned in self.file.acts:
            refusal = None
            try:
                if planned.command is None:
                    self.workflow.tick(planned.at)
                else:
                    self.workflow.do(planned.command, planned.at)
            except Refusal as refused:
                refusal = refused
                self.refused.append((refused.code.value, refused.message))
            recorded = list(self.record.read_all(self._position))
            self._position += len(recorded)
            yield planned, recorded, refusal

    def to_the_end(self) -> "Playing":
        """Played."""
        for _ in self.acts():
            pass
        return self


def told(everything: Iterable[Recorded]) -> Told:
    """The history of each case: all of it but when it was recorded, and by which command."""
    histories: Told = defaultdict(list)
    for one in everything:
        e = one.entry
        histories[one.stream].append((e.fact, e.occurred, e.by, e.clause, e.policy, e.calendar))
    return dict(histories)


def at(act: Plain) -> datetime:
    """When an act of a case file was recorded."""
    return LONDON.moment(datetime.fromisoformat(act["at"]))


def without_ticks(case: Plain) -> Plain:
    """The case with the clock running once, at the moment of its last act."""
    acts = [act for act in case["acts"] if act["act"] != "tick"]
    return {**case, "acts": [*acts, _tick(at(case["acts"][-1]))]}


def with_ticks(case: Plain, moments: Iterable[datetime], *, first: bool = True) -> Plain:
    """The case with more ticks, before or after the acts of the same moment."""
    last = at(case["acts"][-1])
    ticks = [_tick(moment) for moment in moments if moment <= last]
    acts = [*ticks, *case["acts"]] if first else [*case["acts"], *ticks]
    return {**case, "acts": sorted(acts, key=at)}


def _tick(moment: datetime) -> Plain:
    return {"at": moment.isoformat(), "act": "tick"}


def midnights(case: Plain) -> list[datetime]:
    """Every midnight while the case lasts."""
    first, last = (LONDON.day(at(act)).toordinal() for act in (case["acts"][0], case["acts"][-1]))
    return [LONDON.midnight_opening(date.fromordinal(d)) for d in range(first + 1, last + 1)]
