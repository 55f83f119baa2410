"""Where the forms of the acts stand: what each is about, and the page to go back to."""

from dataclasses import dataclass

from cspr_workflow.application.handle import PARTNERSHIP, escalation_stream, incident_stream
from cspr_workflow.domain.acts import (
    ACTS,
    Act,
    ActionAct,
    ClosureAct,
    IncidentAct,
    RaiseEscalation,
    RecordAction,
    ReportIncident,
)
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.interfaces.asking import Known
from cspr_workflow.interfaces.web import address, wording
from cspr_workflow.interfaces.web.case_pages import reference_of
from cspr_workflow.interfaces.web.visit import NotThere, Visit


@dataclass(frozen=True, slots=True)
class Place:
    """Where an act's form stands: what it is about, and the page to go back to."""

    kind: type[Act]
    stream: str
    back: str
    known: Known | None = None
    action: str | None = None

    @property
    def title(self) -> str:
        """What the form is for."""
        return wording.TITLES[self.kind.name]

    @property
    def back_text(self) -> str:
        """What the page to go back to is called."""
        if self.known is not None:
            return self.known.case.reference
        return "Board" if self.kind is ReportIncident else "Calendar"

    @property
    def caption(self) -> str:
        """What stands above the form's title: the case, and the action."""
        parts = [self.known.case.reference if self.known else "", self.action or ""]
        return ", ".join(filter(None, parts))

    @property
    def path(self) -> str:
        """The address of the form."""
        place = "" if self.known is None else self.back
        return address.act_path(place, self.kind.name, self.action)


def _kind(act: str) -> type[Act]:
    kind = ACTS.get(act.replace("-", "_"))
    if kind is None or "_" in act:
        raise NotThere(act)
    return kind


def general(act: str) -> Place:
    """The form of an act that is about no case yet. Raises :class:`NotThere`."""
    kind = _kind(act)
    if kind is ReportIncident:
        return Place(kind, "", "/board")
    if issubclass(kind, ClosureAct):
        return Place(kind, PARTNERSHIP, "/calendar")
    raise NotThere(act)


def of_incident(visit: Visit, incident: str, act: str) -> Place:
    """The form of an act about an incident, or one raised on it. Raises :class:`NotThere`."""
    kind = _kind(act)
    if kind is ReportIncident or not (kind is RaiseEscalation or issubclass(kind, IncidentAct)):
        raise NotThere(act)
    known = visit.case(incident_stream(reference_of(incident)))
    return Place(kind, known.stream, address.case_path(known.case), known)


def of_escalation(visit: Visit, escalation: str, act: str) -> Place:
    """The form of an act about an escalation. Raises :class:`NotThere`."""
    kind = _kind(act)
    if issubclass(kind, IncidentAct | ClosureAct) or kind is RaiseEscalation:
        raise NotThere(act)
    if issubclass(kind, ActionAct) and kind is not RecordAction:
        raise NotThere(act)
    known = visit.case(escalation_stream(reference_of(escalation)))
    return Place(kind, known.stream, address.case_path(known.case), known)


def of_action(visit: Visit, escalation: str, action: str, act: str) -> Place:
    """The form of an act about an action. Raises :class:`NotThere`."""
    kind = _kind(act)
    if not issubclass(kind, ActionAct) or kind is RecordAction:
        raise NotThere(act)
    known = visit.case(escalation_stream(reference_of(escalation)))
    reference = reference_of(action)
    if not isinstance(known.case, Escalation) or reference not in known.case.actions:
        raise NotThere(reference)
    return Place(kind, known.stream, address.case_path(known.case), known, reference)
