"""The occasion of an act, and what every act is checked for, whatever it is: when it happened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from cspr_workflow.domain.acts import Command, KeepingAct
from cspr_workflow.domain.calendar import Calendar
from cspr_workflow.domain.entries import NO_CLAUSE, Entry, Fact
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Occasion:
    """An act at the moment of deciding it: under which policy, on which calendar, and when (UTC).

    ``opened`` opens a text of the record that is sealed, for the few decisions that need one.
    """

    command: Command
    now: datetime
    policy: Policy
    calendar: Calendar
    opened: Callable[[str], str] = str

    @property
    def occurred(self) -> datetime:
        """When the act is said to have happened."""
        return self.command.occurred

    @property
    def day(self) -> date:
        """The civil day on which the act happened."""
        return self.policy.civil.day(self.command.occurred)

    def entry(
        self, fact: Fact, *, occurred: datetime | None = None, clause: str | None = None
    ) -> Entry:
        """An entry for a fact that this act brings about."""
        return Entry(
            fact=fact,
            occurred=occurred or self.command.occurred,
            recorded=self.now,
            by=self.command.by,
            clause=clause or self._clause,
            policy=self.policy.label,
            calendar=self.calendar.version,
        )

    @property
    def _clause(self) -> str:
        if isinstance(self.command.act, KeepingAct):
            return NO_CLAUSE
        return self.policy.acts[self.command.act.name].clause


def check_when(occasion: Occasion, incident_on: date, raised: datetime | None = None) -> None:
    """Refuse what is said to have happened later than now, before the raising or the incident."""
    if occasion.occurred > occasion.now:
        raise Refusal(
            Code.IN_THE_FUTURE,
            f"occurred: {_local(occasion, occasion.occurred)} is later than now, "
            f"{_local(occasion, occasion.now)}; give the moment at which it happened.",
        )
    if raised is not None and occasion.occurred < raised:
        raise Refusal(
            Code.BEFORE_RAISED,
            f"occurred: {_local(occasion, occasion.occurred)} is before the escalation was raised, "
            f"{_local(occasion, raised)}; only a discussion can have happened before.",
        )
    if occasion.day < incident_on:
        raise Refusal(
            Code.BEFORE_RAISED,
            f"occurred: {occasion.day} is before the day of the incident, {incident_on}.",
        )


def check_due(occasion: Occasion, due: date) -> None:
    """Refuse a due day that an act names and that lies before the day on which the act happened."""
    if due < occasion.day:
        raise Refusal(
            Code.INVALID, f"due: {due} is before the day on which this happened, {occasion.day}."
        )


def wrong_state(message: str) -> Refusal:
    """A refusal of something that is not possible in this state, or not in this order."""
    return Refusal(Code.WRONG_STATE, message)


def _local(occasion: Occasion, moment: datetime) -> str:
    return occasion.policy.civil.local(moment).strftime("%Y-%m-%d %H:%M")
