"""Histories for the projections: case files and random cases, played in memory, where that is fast."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cspr_workflow.application import casefile
from cspr_workflow.application.casefile import CaseFile
from cspr_workflow.application.handle import PARTNERSHIP, Workflow
from cspr_workflow.application.outcome import escalation_outcome, incident_outcome
from cspr_workflow.application.play import adoption
from cspr_workflow.application.ports import Index, Record, Recorded
from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import Act, ChangedHoliday, Command, DeclareClosure
from cspr_workflow.domain.calendar import Calendar
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.people import Actor
from cspr_workflow.domain.policy import Policy
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex
from tests.second_implementation.random_cases import random_case
from tests.support import bank_holidays_of_these_years

Plain = dict[str, Any]

ROOT = Path(__file__).parents[2]
CORPUS = sorted(
    path
    for path in (ROOT / "tests" / "cases").glob("*.json")
    if not path.name.endswith(".expected.json")
)
A_YEAR = ROOT / "cspr_workflow" / "examples" / "a-year.json"
HOLIDAYS = bank_holidays_of_these_years()


class History:
    """A case played up to ``until``, in memory unless a record and its index are given."""

    def __init__(
        self, case_file: CaseFile, record: Record | None = None, index: Index | None = None
    ) -> None:
        self.case_file = case_file
        self.policies: Mapping[str, Policy] = case_file.policy.book
        self.record = record or MemoryRecord()
        self.index = index or MemoryIndex(self.policies)
        self.workflow = Workflow(self.record, self.index, self.policies)
        people = tuple(case_file.people.values())
        began = case_file.acts[0].at
        self.until = case_file.acts[-1].at
        self.workflow.adopt(adoption(case_file.policy, HOLIDAYS, people, began))

    def play(self, strewn: "Strewn | None" = None) -> "History":
        """Each act at its own moment; ``strewn`` may do something before each but the first."""
        for number, planned in enumerate(self.case_file.acts):
            if strewn is not None and number:
                strewn.before(planned.at)
            if planned.command is None:
                self.workflow.tick(planned.at)
            else:
                self.do(planned.command, planned.at)
        self.workflow.tick(self.until)
        return self

    def do(self, command: Command, now: datetime) -> None:
        """An act; one that is refused leaves nothing of its own."""
        try:
            self.workflow.do(command, now)
        except Refusal:
            return

    @property
    def entries(self) -> list[Recorded]:
        """The whole record, in order."""
        return list(self.record.read_all())

    @property
    def streams(self) -> list[str]:
        """The streams of its cases, in the order of their opening."""
        return list(self.index.streams())

    def outcome(self) -> Plain:
        """Where each case stands, as the outcome of a case file shows it."""
        policy = self.workflow.policy
        return {
            "incidents": {
                case.reference: incident_outcome(case, policy(case.policy))
                for case in self.workflow.incidents()
            },
            "escalations": {
                case.reference: escalation_outcome(case, policy(case.policy))
                for case in self.workflow.escalations()
            },
        }


def from_file(path: Path, record: Record | None = None, index: Index | None = None) -> History:
    """A case file, played."""
    return History(casefile.load(path), record, index).play()


def random_history(
    seed: int,
    length: int | None = None,
    *,
    record: Record | None = None,
    index: Index | None = None,
) -> History:
    """A random case with what case files do not have: see :class:`Strewn`. The same for the same seed."""
    history = History(_parsed(random_case(seed, length)), record, index)
    strewn = Strewn(history, random.Random(f"history {seed}"))
    return strewn.ended(history.play(strewn))


def _parsed(case: Plain) -> CaseFile:
    return casefile.parse(json.dumps(case).encode(), case["title"])


class Strewn:
    """Between the acts: bank holidays change, entries are corrected, the clock is found to have stood still."""

    def __init__(self, history: History, rng: random.Random) -> None:
        self._history = history
        self._rng = rng

    def before(self, now: datetime) -> None:
        """Something, before one act in eight."""
        draw = self._rng.random()
        if draw < 0.03:
            self._gap(now)
        elif draw < 0.05:
            self._keep(self._correction(), now)
        elif draw < 0.07:
            self._keep(DeclareClosure(self._day(now), "Training day"), now)
        elif draw < 0.12:
            self._keep(self._bank_holidays(now), now)

    def ended(self, history: History) -> History:
        """Two times in three, time goes on after the last act."""
        if self._rng.random() < 0.67:
            history.until += timedelta(days=self._rng.choice((0, 1, 5, 12, 40)))
            history.workflow.tick(history.until)
        return history

    def _keep(self, act: Act, now: datetime) -> None:
        manager = Actor(self._history.case_file.people["manager"])
        self._history.do(Command(act, manager, now), now)

    def _gap(self, now: datetime) -> None:
        last = self._history.record.last()[1]
        assert last is not None
        if last < now:
            self._history.workflow.note_gap(last + (now - last) * self._rng.random(), now)

    def _correction(self) -> Act:
        corrected = self._rng.choice(self._history.entries)
        reference = corrected.stream.partition(":")[2] or PARTNERSHIP
        return acts.Correct(reference, str(corrected.id), "It was the day before.")

    def _day(self, now: datetime) -> date:
        return now.date() + timedelta(days=self._rng.randint(-2, 20))

    def _bank_holidays(self, now: datetime) -> Act:
        partnership, day = self._history.workflow.partnership, self._day(now)
        assert partnership.calendar is not None
        changes = partnership.changes
        calendar: Calendar = changes[-1].calendar if changes else partnership.calendar
        last = day + timedelta(days=30)
        near = [one for one in calendar.bank_holidays if day <= one <= last]
        cancelled = [self._rng.choice(near)] if near and self._rng.random() < 0.6 else []
        announced = [day] if not cancelled or self._rng.random() < 0.4 else []
        return acts.UpdateBankHolidays(
            "the official list",
            calendar.known_to + self._rng.choice((0, 0, 1)),
            _changed(announced, "A day of mourning"),
            _changed(cancelled, "Moved away"),
        )


def _changed(days: Sequence[date], name: str) -> tuple[ChangedHoliday, ...]:
    return tuple(ChangedHoliday(day, name) for day in days)
