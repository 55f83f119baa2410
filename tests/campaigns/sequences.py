"""Arbitrary sequences, each played into a record of its own.

Nothing but a refusal escapes, and ``holds`` says what else has to hold.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache, reduce

from cspr_workflow.application.handle import PARTNERSHIP, Workflow
from cspr_workflow.application.outcome import escalation_outcome, incident_outcome
from cspr_workflow.application.play import adoption
from cspr_workflow.application.policy_files import bundled, bundled_names
from cspr_workflow.domain import partnership
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.partnership import Partnership
from cspr_workflow.store import bank_holidays
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex
from tests.campaigns import holds
from tests.campaigns.arbitrary import FIRST, PEOPLE, Maker, Step
from tests.campaigns.holds import Broken

POLICIES = bundled_names()


class Run:
    """One sequence, played step by step."""

    def __init__(self, policy: str) -> None:
        self.policy = bundled(policy).policy
        self.record = MemoryRecord()
        self.workflow = Workflow(
            self.record,
            MemoryIndex({self.policy.label: self.policy}),
            {self.policy.label: self.policy},
        )
        _as_adopted(self.workflow, self.record, policy)
        self.counted: Counter[str] = Counter()
        self._position = 0

    def play(self, steps: Sequence[Step]) -> None:
        """Play every step; what goes wrong is named with its place in the sequence."""
        for place, step in enumerate(steps):
            try:
                self.step(step)
            except Exception as error:
                raise Broken(f"step {place} of {len(steps)}, {step}: {error!r}") from error

    def step(self, step: Step) -> None:
        """One act, or the clock alone."""
        if step.command is None:
            recorded = self.workflow.tick(step.at)
            self._position += len(recorded)
            self.counted["ticks"] += 1
            holds.only_time_passed(recorded)
            holds.nothing_is_due(self.workflow, step.at)
            return
        try:
            recorded = self.workflow.do(step.command, step.at)
        except Refusal:
            self.counted["refused"] += 1
            recorded = list(self.record.read_all(self._position))
            holds.only_time_passed(recorded)
        else:
            self.counted["taken"] += 1
        self._position += len(recorded)

    def check(self) -> None:
        """What has to hold at the end."""
        holds.everything(self.workflow, self.record)
        for incident in self.workflow.incidents():
            incident_outcome(incident, self.policy)
        for escalation in self.workflow.escalations():
            escalation_outcome(escalation, self.policy)


def policy_of(seed: int) -> str:
    """The bundled policy under which the sequence of this seed is played: each in turn."""
    return POLICIES[seed % len(POLICIES)]


@lru_cache(maxsize=8)
def maker(policy: str) -> Maker:
    """Makes sequences under a bundled policy."""
    return Maker(bundled(policy).policy)


def played(seed: int) -> Run:
    """The sequence of this seed, played and checked. Raises :class:`Broken`."""
    policy = policy_of(seed)
    run = Run(policy)
    run.play(maker(policy).sequence(seed))
    run.check()
    return run


def _as_adopted(workflow: Workflow, record: MemoryRecord, policy: str) -> None:
    """What the partnership adopts is taken as read: storing it would take most of the time."""
    adopted, version = _adopted(policy)
    workflow._partnership = adopted
    workflow._partnership_version = version
    record._versions[PARTNERSHIP] = version


@lru_cache(maxsize=8)
def _adopted(policy: str) -> tuple[Partnership, int]:
    file = bundled(policy)
    holidays = bank_holidays.of(file.policy.bank_holidays)
    entries = adoption(file, holidays, PEOPLE, FIRST)
    return reduce(partnership.evolve, entries, partnership.EMPTY), len(entries)
