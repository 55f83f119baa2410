"""Doing an act: its form, the page on which it is checked, and recording it."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow.application.handle import (
    PARTNERSHIP,
)
from cspr_workflow.domain import possible
from cspr_workflow.domain.acts import (
    ClosureAct,
    Command,
    RaiseEscalation,
    ReportIncident,
)
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation_facts import Raised
from cspr_workflow.domain.people import Means
from cspr_workflow.domain.policy import Policy
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces import act_answers
from cspr_workflow.interfaces.questions.actions import ActionLine
from cspr_workflow.interfaces.questions.case import CaseShown
from cspr_workflow.interfaces.sentences import dates_in_words, day
from cspr_workflow.interfaces.web import act_forms, act_places, address
from cspr_workflow.interfaces.web.act_fields import About, Kind, fields_of
from cspr_workflow.interfaces.web.act_forms import ActForm, Error
from cspr_workflow.interfaces.web.act_places import Place
from cspr_workflow.interfaces.web.telling import told_lines
from cspr_workflow.interfaces.web.visit import AVisit, Visit, desks

router = APIRouter()
_ENDANGERED = (ReportIncident, RaiseEscalation)


@dataclass(slots=True)
class Preview:
    """What an act would record: its sentences, what is to be minded, and the limits that it would move."""

    lines: Sequence[str] = ()
    notices: Sequence[str] = ()
    moves: Sequence[act_answers.Move] | None = None
    ladder: Sequence[tuple[str, str]] = ()

    @property
    def moved(self) -> list[tuple[str, str, str, str]]:
        """The limits that it would move, as the rows of a table."""
        return [
            (move.reference, move.called, day(move.before), day(move.after))
            for move in self.moves or ()
        ]


class _CannotNow(Exception):
    """The person cannot do this now; the text says why."""


# --- Where the forms stand -----------------------------------------------------------------------


@router.get("/do/{act}")
@desks(Desk.UNIT)
def general_form(act: str, visit: AVisit) -> Response:
    """The form of an act that is about no case yet."""
    return _asked(visit, act_places.general(act))


@router.post("/do/{act}")
@desks(Desk.UNIT)
def general_sent(act: str, visit: AVisit) -> Response:
    """The same form, filled in."""
    return _sent(visit, act_places.general(act))


@router.get("/incidents/{incident}/do/{act}")
@desks(Desk.UNIT)
def incident_form(incident: str, act: str, visit: AVisit) -> Response:
    """The form of an act about an incident, raising an escalation on it included."""
    return _asked(visit, act_places.of_incident(visit, incident, act))


@router.post("/incidents/{incident}/do/{act}")
@desks(Desk.UNIT)
def incident_sent(incident: str, act: str, visit: AVisit) -> Response:
    """The same form, filled in."""
    return _sent(visit, act_places.of_incident(visit, incident, act))


@router.get("/escalations/{escalation}/do/{act}")
@desks(Desk.UNIT, Desk.AGENCY)
def escalation_form(escalation: str, act: str, visit: AVisit) -> Response:
    """The form of an act about an escalation."""
    return _asked(visit, act_places.of_escalation(visit, escalation, act))


@router.post("/escalations/{escalation}/do/{act}")
@desks(Desk.UNIT, Desk.AGENCY)
def escalation_sent(escalation: str, act: str, visit: AVisit) -> Response:
    """The same form, filled in."""
    return _sent(visit, act_places.of_escalation(visit, escalation, act))


@router.get("/escalations/{escalation}/actions/{action}/do/{act}")
@desks(Desk.UNIT, Desk.AGENCY)
def action_form(escalation: str, action: str, act: str, visit: AVisit) -> Response:
    """The form of an act about an action."""
    return _asked(visit, act_places.of_action(visit, escalation, action, act))


@router.post("/escalations/{escalation}/actions/{action}/do/{act}")
@desks(Desk.UNIT, Desk.AGENCY)
def action_sent(escalation: str, action: str, act: str, visit: AVisit) -> Response:
    """The same form, filled in."""
    return _sent(visit, act_places.of_action(visit, escalation, action, act))


# --- Filling in, checking, recording ---------------------------------------------------------------


def _policy(visit: Visit, place: Place) -> Policy:
    in_force = place.known is None or place.kind is RaiseEscalation
    return visit.asking.teller().policy if in_force else place.known.policy  # type: ignore[union-attr]


def _form(visit: Visit, place: Place) -> ActForm:
    """An empty form. Raises :class:`_CannotNow`."""
    case = place.known.after if place.known else None
    policy = _policy(visit, place)

    def why_not(means: Means | None = None) -> str | None:
        return possible.why_not(
            place.kind, visit.person, case, policy, on_behalf=means, action=place.action
        )

    own = why_not()
    behalf = place.kind.reportable and why_not(Means.CALL) is None
    if own is not None and not behalf:
        raise _CannotNow(own)
    about = About(visit.asking, case, place.action)
    return ActForm(place.kind, about, on_behalf=behalf, only_on_behalf=own is not None)


def _asked(visit: Visit, place: Place) -> Response:
    try:
        return _form_page(visit, place, _form(visit, place))
    except _CannotNow as cannot:
        return _cannot_page(visit, place, cannot)


def _sent(visit: Visit, place: Place) -> Response:
    if (earlier := _recorded_before(visit)) is not None:
        return visit.redirect(place.back, told=earlier)
    try:
        form = act_forms.filled_in(_form(visit, place), visit.form)
    except _CannotNow as cannot:
        return _cannot_page(visit, place, cannot)
    command = act_forms.read(form, visit.person, visit.asking.now)
    if command is None or visit.sent("step") == "change":
        return _form_page(visit, place, form)
    try:
        if visit.sent("step") != "record" and form.asks:
            return _check_page(visit, place, form, command)
        if act_forms.warnings(command) and not visit.sent(act_forms.ACCEPTED):
            return _check_page(visit, place, form, command)
        return _record(visit, place, form, command)
    except Refusal as refusal:
        act_forms.refused(form, refusal)
        return _form_page(visit, place, form)


def _recorded_before(visit: Visit) -> UUID | None:
    """The command of a form that was sent once before, and recorded: by now it may be impossible."""
    try:
        command = UUID(visit.sent("command"))
    except ValueError:
        return None
    return command if visit.site.desk.record.submitted(command) else None


def _record(visit: Visit, place: Place, form: ActForm, command: Command) -> Response:
    seen = visit.seen
    looked_at = {place.stream: seen} if place.stream and seen is not None else None
    try:
        visit.site.desk.workflow.do(command, visit.asking.now, form.command, looked_at)
    except Refusal as refusal:
        if refusal.code is not Code.CHANGED:
            raise
        return _check_page(visit, place, form, command, since=seen)
    return visit.redirect(_next(place, command), told=form.command)


def _next(place: Place, command: Command) -> str:
    """The page on which the person sees what came of it."""
    act = command.act
    if isinstance(act, ReportIncident):
        return address.incident_path(act.incident)
    if isinstance(act, RaiseEscalation):
        return address.escalation_path(act.escalation)
    return place.back


def _cannot_page(visit: Visit, place: Place, cannot: _CannotNow) -> Response:
    sent = visit.request.method == "POST"
    return visit.page(
        "cannot.html",
        HTTPStatus.CONFLICT,
        place=place,
        why_not=str(cannot),
        sent=sent,
        words=_words(visit, place) if sent else [],
    )


def _words(visit: Visit, place: Place) -> list[tuple[str, str]]:
    """What somebody wrote into a form in their own words, so that it is not lost."""
    texts = [one for one in fields_of(place.kind, About(visit.asking)) if one.kind is Kind.TEXT]
    return [(one.label, visit.sent(one.name)) for one in texts if visit.sent(one.name)]


# --- The pages -----------------------------------------------------------------------------------


def _seen(visit: Visit, place: Place) -> int:
    """The version of the stream that the form is about."""
    if place.known is not None:
        return place.known.recorded[-1].version
    if place.stream == PARTNERSHIP:
        return visit.asking.workflow.partnership_at()[1]
    return 0


def _form_page(visit: Visit, place: Place, form: ActForm) -> Response:
    preview = None if form.asks or form.errors else _previewed(visit, form)
    return visit.page(
        "act.html",
        400 if form.errors else 200,
        form=form,
        place=place,
        seen=visit.sent("seen") if form.sent else _seen(visit, place),
        danger_notice=place.kind in _ENDANGERED,
        action=_action(visit, place),
        preview=preview,
        faults=form.faults,
        values=form.typed,
    )


def _action(visit: Visit, place: Place) -> ActionLine | None:
    """The action that the form is about."""
    if place.known is None or place.action is None:
        return None
    lines = CaseShown(place.known, visit.asking).actions
    return next(one for one in lines if one.record.action.reference == place.action)


def _previewed(visit: Visit, form: ActForm) -> Preview | None:
    """What an act with nothing to fill in would record now; why not stands among the errors."""
    command = act_forms.read(form, visit.person, visit.asking.now)
    if command is None:
        return None
    try:
        return _preview(visit, command)
    except Refusal as refusal:
        act_forms.refused(form, refusal)
        return None


def _check_page(
    visit: Visit, place: Place, form: ActForm, command: Command, since: int | None = None
) -> Response:
    preview = _preview(visit, command)
    found = act_forms.warnings(command)
    if found and visit.sent("step") == "record" and since is None:
        form.errors.append(
            Error(
                act_forms.ACCEPTED, "Confirm that no text says who the child is, or change the text"
            )
        )
    return visit.page(
        "check.html",
        400 if form.errors else 200,
        form=form,
        place=place,
        preview=preview,
        warnings=found,
        seen=_seen(visit, place),
        news=_news(visit, place, since),
        danger_notice=place.kind in _ENDANGERED,
        faults=form.faults,
        values={},
    )


def _news(visit: Visit, place: Place, since: int | None) -> list[str] | None:
    """What others recorded since the person looked; ``None`` where nobody did."""
    if since is None and visit.seen is not None and visit.seen < _seen(visit, place):
        since = visit.seen
    if since is None or place.known is None:
        return None
    entries: list[Entry] = [one.entry for one in place.known.recorded if one.version > since]
    return told_lines(entries, visit.asking)


def _preview(visit: Visit, command: Command) -> Preview:
    """What an act would record. Raises :class:`Refusal` as the act itself would."""
    desk = visit.site.desk
    found = desk.workflow.preview(command, visit.asking.now)
    own = {
        stream: entries
        for stream, entries in found.items()
        if stream == PARTNERSHIP or not isinstance(command.act, ClosureAct)
    }
    entries = [entry for many in own.values() for entry in many]
    return Preview(
        told_lines(entries, visit.asking),
        [dates_in_words(one) for one in act_answers.notices_of(command.act, desk, entries)],
        act_answers.moves(found, desk) if isinstance(command.act, ClosureAct) else None,
        [
            row
            for entry in entries
            if isinstance(entry.fact, Raised)
            for row in act_answers.ladder_of(entry.fact.limits, visit.asking.teller(entry.policy))
        ],
    )
