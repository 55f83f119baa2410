"""Bringing old cases into a lasting record, honestly.

Every entry is recorded now, and keeps beside it when it is said to have been written down elsewhere, who
brought it in, and the hash of the file. The rules count from the claimed moments; the moves of the clock
that follow from them are marked as derived: no clock ran then. All of it comes in, or nothing.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cspr_workflow.application.casefile import CaseFile
from cspr_workflow.application.casefile_acts import Planned
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Addition, Record, Recorded
from cspr_workflow.application.register import FromRow
from cspr_workflow.application.transaction import (
    PARTNERSHIP,
    escalation_stream,
    incident_stream,
)
from cspr_workflow.domain import acts, free_text
from cspr_workflow.domain.entries import Entry, Imported
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.escalation_facts import Raised
from cspr_workflow.domain.partnership import (
    CalendarAdopted,
    PersonJoined,
    PolicyAdopted,
    is_calendar_change,
)
from cspr_workflow.domain.people import Person
from cspr_workflow.domain.policy import Policy
from cspr_workflow.forms import Fault, shown


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an import comes from: its name, the SHA-256 of its file, and who brings it in."""

    name: str
    file: str
    by: str


def people_faults(case_file: CaseFile, known: Mapping[str, Person]) -> Iterator[Fault]:
    """Each person of a case file who does not take part in this partnership in that role."""
    for id, person in case_file.people.items():
        here = known.get(id)
        if here is None:
            yield Fault(f"people.{id}", "nobody by this id takes part; add the person first")
        elif here != person:
            is_here = f"is {here.role} of {here.agency} here"
            yield Fault(f"people.{id}", f"{is_here}, not {person.role} of {person.agency}")


def policy_fault(text: bytes, adopted: Policy) -> Fault | None:
    """What is wrong with the policy that a case file names: the partnership has adopted another one."""
    try:
        data = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None  # reading the file says what is wrong with it
    named = data.get("policy") if isinstance(data, dict) else None
    if not isinstance(named, str) or named in (adopted.id, adopted.label):
        return None
    told = (
        f"the file names {shown(named)}, and this partnership has adopted {adopted.label}, by which "
        f"old cases are judged here; name {shown(adopted.id)} in the file if that is right for them"
    )
    return Fault("policy", told)


def warnings_in(planned: Sequence[tuple[str, Planned]]) -> Iterator[Fault]:
    """A warning for each text of old acts that looks as if it says who the child is, with its place."""
    for place, one in planned:
        cells = one.cells if isinstance(one, FromRow) else {}
        for warning in free_text.warnings_in(one.command.act) if one.command else ():
            field, _, told = warning.partition(": ")
            yield Fault(cells.get(field, f"{place}.{field}"), told)


def adopted_before(record: Record, moment: datetime) -> list[Entry]:
    """What the partnership has adopted, as if it had been so from ``moment`` on: old cases are judged by it."""
    kept = (PolicyAdopted, CalendarAdopted, PersonJoined)
    return [
        replace(one.entry, occurred=moment, recorded=moment)
        for one in record.read(PARTNERSHIP)
        if isinstance(one.entry.fact, kept) or is_calendar_change(one.entry.fact)
    ]


def play_in(
    planned: Sequence[tuple[str, Planned]],
    scratch: Workflow,
    record: Record,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Fault]:
    """Play old acts, each with its place, through the domain into a record of their own: what is wrong.

    ``scratch`` has adopted what the partnership has; time passes up to ``now`` at the end.
    """
    faults: list[Fault] = []
    left_out: set[str] = set()
    for number, (place, one) in enumerate(planned, start=1):
        if one.at > now:
            faults.append(Fault(place, "is said to have been recorded later than now"))
        elif one.command is None:
            scratch.tick(one.at)
        elif left_out.isdisjoint(_cases(one.command.act)):
            here = _recorded_here(one.command.act, scratch, record)
            fault = _cannot_come_in(one.command.act, here) or _refused(scratch, one)
            if fault is not None:
                faults.append(Fault(place, fault))
                left_out |= _opens(one.command.act) | set(here)
        else:
            # Why this case stays out has been said; the rest of it would only repeat that.
            left_out |= _opens(one.command.act)
        progress(number, len(planned))
    if not faults:
        scratch.tick(now)
    return faults


def _refused(scratch: Workflow, one: Planned) -> str | None:
    assert one.command is not None
    try:
        scratch.do(one.command, one.at)
    except Refusal as refusal:
        return f"{refusal.message} ({refusal.code})"
    return None


def _cases(act: acts.Act) -> set[str]:
    """The streams that an act is about."""
    found = set()
    if (incident := getattr(act, "incident", None)) is not None:
        found.add(incident_stream(incident))
    if (escalation := getattr(act, "escalation", None)) is not None:
        found.add(escalation_stream(escalation))
    return found


def _opens(act: acts.Act) -> set[str]:
    """The stream that an act opens, if it opens one."""
    if isinstance(act, acts.ReportIncident):
        return {incident_stream(act.incident)}
    if isinstance(act, acts.RaiseEscalation):
        return {escalation_stream(act.escalation)}
    return set()


def _recorded_here(act: acts.Act, scratch: Workflow, record: Record) -> list[str]:
    """The streams that an act is about and that are in the record already, not in the file's own."""
    streams = sorted(_cases(act))
    return [one for one in streams if scratch.held(one).case is None and record.read(one)]


def _cannot_come_in(act: acts.Act, here: Sequence[str]) -> str | None:
    if isinstance(act, acts.ClosureAct):
        return "closure days are not imported; declare them in the partnership itself"
    if here:
        return (
            f"{here[0].partition(':')[2]} is in the record already, and an import cannot continue a "
            "case; take it out of the file, and record here what is missing"
        )
    return None


def additions(played: Sequence[Recorded], origin: Origin, now: datetime) -> list[Addition]:
    """What has been played, as entries that are recorded now and say where they come from."""
    found: list[Addition] = []
    incidents: dict[str, str] = {}
    for one in played:
        if one.stream == PARTNERSHIP:
            continue
        fact = one.entry.fact
        if isinstance(fact, Raised):
            incidents[one.stream] = fact.incident
        incident = incidents.get(one.stream, one.stream.partition(":")[2])
        mark = Imported(
            origin.name, origin.file, origin.by, one.entry.recorded, one.entry.by is None
        )
        entry = replace(one.entry, recorded=now, imported=mark)
        found.append(Addition(one.stream, one.version - 1, (entry,), incident))
    return found
