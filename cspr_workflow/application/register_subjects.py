"""What the rows of a register are about: its incidents, escalations and agreed actions.

An incident can be named in several rows, which have to say the same; an escalation has a row of its
own, and a further row for each further action.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cspr_workflow.application.register_columns import OF_GROUP, SUBJECTS, Group, columns
from cspr_workflow.application.register_rows import Row
from cspr_workflow.forms import Fault

_GROUP_OF = {column.name: column.group for column in columns()}


@dataclass(eq=False, slots=True)
class Subject:
    """An incident, an escalation or an action, with its cells and the rows in which they stand.

    ``row`` is where it is named first; ``above`` is an action's escalation, an escalation's incident.
    ``values`` has ``None`` for a faulty cell.
    """

    group: Group
    reference: str
    row: Row
    above: "Subject | None" = None
    rows: dict[str, Row] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def take(self, row: Row, names: list[str]) -> None:
        """Take over the cells of a row in these columns; what an earlier row says stays."""
        for name in names:
            if name not in self.rows:
                self.rows[name], self.values[name] = row, row.values[name]

    @property
    def lineage(self) -> "tuple[Subject, ...]":
        """The subject and those above it, its incident last."""
        return (self, *(self.above.lineage if self.above else ()))


def gather(rows: list[Row], faults: list[Fault]) -> list[Subject]:
    """The subjects of all rows: incidents, then escalations, then actions; faults are added."""
    gathered = _Gathered(faults)
    for row in rows:
        incident = gathered.incident(row)
        escalation = gathered.escalation(row, incident)
        gathered.action(row, escalation)
    subjects = [
        *gathered.incidents.values(),
        *gathered.escalations.values(),
        *gathered.actions.values(),
    ]
    for subject in subjects:
        faults += _missing(subject)
    return subjects


class _Gathered:
    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.incidents: dict[str, Subject] = {}
        self.escalations: dict[str, Subject] = {}
        self.actions: dict[tuple[str, str], Subject] = {}

    def incident(self, row: Row) -> Subject | None:
        """The incident that a row names, with what earlier rows said of it."""
        reference, cells = row.texts.get("incident"), _cells(row, Group.INCIDENT)
        if reference is None:
            if why := self._needs_incident(row, cells):
                self.faults.append(row.fault("incident", f"is missing; {why}"))
            return None
        subject = self.incidents.setdefault(reference, Subject(Group.INCIDENT, reference, row))
        subject.take(row, cells)
        for name in cells:
            first, said, says = subject.rows[name], subject.values[name], row.values[name]
            if said != says and None not in (said, says):
                message = (
                    f"{row.texts[name]} differs from row {first.number}, which says "
                    f"{first.texts[name]} for {reference}; write the same in both, or leave one empty"
                )
                self.faults.append(row.fault(name, message))
        return subject

    def _needs_incident(self, row: Row, cells: list[str]) -> str | None:
        if cells:
            return f"{cells[0]} is filled"
        escalation = row.texts.get("escalation")
        if escalation is None:
            return "every row names an incident, or the escalation of a further action"
        if escalation not in self.escalations:
            return f"no row above names {escalation}, so this one has to name its incident"
        return None

    def escalation(self, row: Row, incident: Subject | None) -> Subject | None:
        """The escalation that a row names: a new one, or that of a further action."""
        reference, cells = row.texts.get("escalation"), _cells(row, Group.ESCALATION)
        if reference is None:
            if filled := [*cells, *_cells(row, Group.ACTION)]:
                self.faults.append(row.fault("escalation", f"is missing; {filled[0]} is filled"))
            return None
        known = self.escalations.get(reference)
        if known is None:
            known = Subject(Group.ESCALATION, reference, row, incident)
            known.take(row, cells)
            self.escalations[reference] = known
        else:
            self.faults += _further_row(row, known, cells, incident)
        return known

    def action(self, row: Row, escalation: Subject | None) -> None:
        """The action that a row names."""
        reference, cells = row.texts.get("action"), _cells(row, Group.ACTION)
        if reference is None:
            if cells:
                self.faults.append(row.fault("action", f"is missing; {cells[0]} is filled"))
        elif escalation is not None:
            key = (escalation.reference, reference)
            if before := self.actions.get(key):
                message = f"{reference} stands in row {before.row.number} already for {escalation.reference}; give this action another reference"
                self.faults.append(row.fault("action", message))
            else:
                self.actions[key] = Subject(Group.ACTION, reference, row, escalation)
                self.actions[key].take(row, cells)


def _cells(row: Row, group: Group) -> list[str]:
    """The filled columns of a group, without that of the reference."""
    return [name for name in row.texts if _GROUP_OF[name] is group and name not in SUBJECTS]


def _further_row(
    row: Row, known: Subject, cells: list[str], incident: Subject | None
) -> Iterator[Fault]:
    stands = f"{known.reference} stands in row {known.row.number} already"
    for name in cells:
        yield row.fault(
            name, f"{stands}; a further row for it holds only escalation and one more action"
        )
    if incident is not None and known.above is not None and incident is not known.above:
        message = f"{stands}, for {known.above.reference}; leave this empty, or write the same"
        yield row.fault("incident", message)
    if "action" not in row.texts and not _cells(row, Group.ACTION):
        yield row.fault("action", f"is missing; {stands}, and this row says nothing more")


def _missing(subject: Subject) -> Iterator[Fault]:
    """What has to be filled besides what is: a date without its columns, or they without it."""
    for dated in OF_GROUP[subject.group]:
        filled = [name for name in dated.names if name in subject.rows]
        opens = dated is OF_GROUP[subject.group][0]
        if not filled and not opens:
            continue
        row = subject.rows[filled[0]] if filled else subject.row
        why = f"{filled[0]} is filled" if filled else f"{subject.reference} needs it"
        for name in dated.needed:
            if name not in subject.rows:
                yield row.fault(name, f"is missing; {why}")
