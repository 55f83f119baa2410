"""Playing a case file: each act at its own moment, into a store of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from cspr_workflow.application.casefile import CaseFile
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.policy_files import PolicyFile
from cspr_workflow.application.ports import Index, KnownHolidays, Record, Recorded
from cspr_workflow.domain import free_text
from cspr_workflow.domain import notices as notices_of
from cspr_workflow.domain.acts import Command, RaiseEscalation
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.partnership import (
    BankHoliday,
    CalendarAdopted,
    PersonJoined,
    PolicyAdopted,
)
from cspr_workflow.domain.people import Person

_COMMANDS = uuid5(NAMESPACE_URL, "cspr-workflow:case-files")


@dataclass(frozen=True, slots=True)
class Refused:
    """An act of the file that was refused: its index, and why."""

    act: int
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Notice:
    """What the person who did an act of the file was told: its index, and the sentence."""

    act: int
    text: str


@dataclass(frozen=True, slots=True)
class Played:
    """A case file that has been played: the store it was played into, and what was refused."""

    case_file: CaseFile
    workflow: Workflow
    record: Record
    refused: Sequence[Refused]
    notices: Sequence[Notice]
    until: datetime


def play(
    case_file: CaseFile,
    record: Record,
    index: Index,
    holidays: KnownHolidays,
    until: datetime | None = None,
) -> Played:
    """Play a case file into an empty record; time passes once more up to ``until`` at the end.

    ``until`` is by default the moment of the last act; time never goes back behind that.
    """
    policy = case_file.policy.policy
    in_force = policy.civil.midnight_opening(policy.in_force_from)
    last = case_file.acts[-1].at if case_file.acts else in_force
    until = max(until or last, last)
    workflow = Workflow(record, index, case_file.policy.book)
    began = case_file.acts[0].at if case_file.acts else in_force
    workflow.adopt(adoption(case_file.policy, holidays, tuple(case_file.people.values()), began))
    refused: list[Refused] = []
    notices: list[Notice] = []
    for number, planned in enumerate(case_file.acts):
        if planned.command is None:
            workflow.tick(planned.at)
            continue
        try:
            done = workflow.do(planned.command, planned.at, uuid5(_COMMANDS, str(number)))
        except Refusal as refusal:
            refused.append(Refused(number, refusal))
            continue
        notices += [Notice(number, text) for text in _notices(workflow, planned.command, done)]
    workflow.tick(until)
    return Played(case_file, workflow, record, refused, notices, until)


def _notices(workflow: Workflow, command: Command, done: Sequence[Recorded]) -> Iterator[str]:
    act = command.act
    yield from free_text.warnings_in(act)
    if isinstance(act, RaiseEscalation):
        incident = workflow.incident(act.incident)
        raised = workflow.escalation(act.escalation)
        assert incident is not None
        assert raised is not None
        entries = [one.entry for one in done]
        yield from notices_of.of_raising(entries, incident, workflow.policy(raised.policy))


def adoption(
    policy_file: PolicyFile, holidays: KnownHolidays, people: Sequence[Person], moment: datetime
) -> list[Entry]:
    """The first entries of a partnership: its policy, its calendar, its people."""
    policy = policy_file.policy
    days = tuple(BankHoliday(day, name) for day, name in holidays.days.items())
    listed = "\n".join(f"{holiday.day} {holiday.name}" for holiday in days)
    facts = [
        PolicyAdopted(policy.label, policy_file.sha256, policy_file.text),
        CalendarAdopted(
            holidays.region,
            holidays.source,
            holidays.known_to,
            sha256(listed.encode()).hexdigest(),
            days,
        ),
        *(PersonJoined(person.id, person.role, person.agency) for person in people),
    ]
    return [Entry(fact, moment, moment, None, "A1", policy.label, 0) for fact in facts]
