"""Every act as an address of its own: read strictly, decided by the domain, recorded once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cspr_workflow.application.handle import PARTNERSHIP, escalation_stream, incident_stream
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain import free_text
from cspr_workflow.domain.acts import (
    ACTS,
    KEEPING,
    Act,
    AddPerson,
    Command,
    Correct,
    EscalationAct,
    IncidentAct,
    RaiseEscalation,
    ReportIncident,
)
from cspr_workflow.domain.authority import not_permitted
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.keeping import check_keeper
from cspr_workflow.domain.people import Actor
from cspr_workflow.domain.reading import may_read_incidents
from cspr_workflow.forms import Fault
from cspr_workflow.interfaces import act_answers
from cspr_workflow.interfaces.act_commands import DANGER
from cspr_workflow.interfaces.act_options import MEANINGS
from cspr_workflow.interfaces.api import schema
from cspr_workflow.interfaces.api.answers import (
    WARNINGS,
    Caller,
    Faulty,
    Json,
    Key,
    answered,
    described,
    refused,
)
from cspr_workflow.interfaces.api.questions import note_reading
from cspr_workflow.interfaces.api.sent_acts import (
    COMMON_MEANINGS,
    Common,
    Sent,
    common_fields,
    read_sent,
)
from cspr_workflow.interfaces.keeping_meanings import KEEPING_MEANINGS

router = APIRouter(tags=["acts"])
EVERY_ACT: Mapping[str, type[Act]] = {**ACTS, **KEEPING}


class RecordedEntry(BaseModel):
    """An entry of the record."""

    position: int = Field(description="Its place in the whole record.")
    id: UUID
    stream: str = Field(description="The incident, the escalation, or the partnership.")
    version: int = Field(description="Its place in the stream; an act's `seen` is about it.")
    type: str
    occurred: str = Field(description="When it happened (UTC).")
    recorded: str = Field(description="When it was recorded (UTC).")
    by: str = Field(description="The person's id, or `clock`.")
    clause: str = Field(description="The clause of the policy on which it rests.")
    sentence: str


class ActAnswer(BaseModel):
    """What was recorded, and where the case stands now."""

    rehearsal: bool
    recorded: list[RecordedEntry] = Field(description="Empty where it was only previewed.")
    standing: dict[str, Any] | None = Field(
        description="Where the act's own case stands; it is not about a case where there is none."
    )
    warnings: list[str] = Field(description="Texts that look as if they said who the child is.")
    notices: list[str] = Field(description="What whoever raises an escalation has to know.")
    would_record: list[dict[str, Any]] | None = Field(default=None, description="In a preview.")
    would_move: list[dict[str, Any]] | None = Field(
        default=None,
        description="In the preview of a change of the calendar: limits of open cases.",
    )


async def sent_body(request: Request) -> bytes:
    """What was sent, as it is."""
    return await request.body()


SentBody = Annotated[bytes, Depends(sent_body)]


# --- Doing an act --------------------------------------------------------------------------------


def done(kind: type[Act], caller: Caller, body: bytes) -> Response:
    """Record or preview an act that was sent. Raises :class:`Faulty`."""
    sent = read_sent(kind, body, caller.asking.civil)
    try:
        _check_reach(sent.act, caller)
        act, stream = _about(sent.act, caller)
        command = Command(
            act,
            Actor(caller.person, sent.common.means),
            sent.occurred or caller.asking.now,
        )
        warnings = list(free_text.warnings_in(act))
        if sent.common.preview:
            return Json(_previewed(command, warnings, caller))
        if warnings and not sent.common.accept_warnings:
            raise _warned(warnings)
        return _recorded(command, sent, stream, warnings, caller)
    except Refusal as refusal:
        return refused(refusal, _known_fields(kind))


def _recorded(
    command: Command, sent: Sent, stream: str, warnings: Sequence[str], caller: Caller
) -> Response:
    workflow, now = caller.site.desk.workflow, caller.asking.now
    was_recorded = caller.asking.record.submitted(sent.command) is not None
    looked_at = None if sent.common.seen is None else {stream: sent.common.seen}
    recorded = workflow.do(command, now, sent.command, looked_at)
    _name(command.act, sent.common.name, caller, anew=not was_recorded)
    plain = act_answers.plain(recorded, caller.site.desk)
    answer = _answer(command.act, [one.entry for one in recorded], warnings, caller)
    status = HTTPStatus.OK if was_recorded else HTTPStatus.CREATED
    return Json({**answer, "recorded": plain}, status)


def _previewed(command: Command, warnings: Sequence[str], caller: Caller) -> dict[str, Any]:
    desk, act = caller.site.desk, command.act
    found = desk.workflow.preview(command, caller.asking.now)
    own = found
    if isinstance(act, act_answers.CHANGES_CALENDAR):
        # What follows in the cases is recorded by the clock, not by this act.
        own = {PARTNERSHIP: found[PARTNERSHIP]}
    entries = [entry for many in own.values() for entry in many]
    would = act_answers.plain_preview(act, found, desk)
    return {**_answer(act, entries, warnings, caller), "recorded": [], **would}


def _answer(
    act: Act, entries: Iterable[Entry], warnings: Sequence[str], caller: Caller
) -> dict[str, Any]:
    desk = caller.site.desk
    if isinstance(act, EscalationAct):
        note_reading(caller, act.escalation)
    return {
        "rehearsal": caller.asking.rehearsal,
        "standing": act_answers.outcome_of(act, desk),
        "warnings": list(warnings),
        "notices": act_answers.notices_of(act, desk, list(entries)),
    }


def _name(act: Act, name: str | None, caller: Caller, *, anew: bool) -> None:
    """Write a new person's name into the directory; sent again, it does not undo a later correction."""
    office = caller.site.desk.office
    if isinstance(act, AddPerson) and name is not None and (anew or act.person not in office.names):
        office.name({act.person: name.strip()})


def _warned(warnings: Sequence[str]) -> Faulty:
    faults = [
        Fault(field, rest) for field, _, rest in (warning.partition(": ") for warning in warnings)
    ]
    told = "Nothing is recorded: reword the text, or send the act again with accept_warnings."
    return Faulty(faults, WARNINGS, told)


def _known_fields(kind: type[Act]) -> list[str]:
    return [*schema.of_dataclass(kind, {})["properties"], *common_fields(kind)]


# --- What an act is about ------------------------------------------------------------------------


def _check_reach(act: Act, caller: Caller) -> None:
    """Refuse an act about what the person may not read, as if it were not there.

    Raises :class:`Refusal`: about an escalation as the domain does where there is none, about an
    incident alike for every reference.
    """
    if isinstance(act, Correct):
        check_keeper(Correct, caller.person)
    elif isinstance(act, IncidentAct | RaiseEscalation):
        if not may_read_incidents(caller.person):
            raise not_permitted(caller.person, type(act), "incidents are not for this role to read")
    elif isinstance(act, EscalationAct):
        known = caller.asking.find(act.escalation)
        if not any(one.stream == escalation_stream(act.escalation) for one in known):
            told = f"escalation: there is no escalation {act.escalation}."
            raise Refusal(Code.NOT_FOUND, told)


def _about(act: Act, caller: Caller) -> tuple[Act, str]:
    """The act, and the stream that whoever sent it has looked at; a corrected entry by its id."""
    if isinstance(act, Correct):
        corrected = _corrected(act, caller)
        return replace(act, event=str(corrected.id)), corrected.stream
    if isinstance(act, IncidentAct | RaiseEscalation):
        return act, incident_stream(act.incident)
    return act, escalation_stream(act.escalation) if isinstance(act, EscalationAct) else PARTNERSHIP


def _corrected(act: Correct, caller: Caller) -> Recorded:
    """The entry that is to be corrected, by its position or its id."""
    for one in caller.site.desk.lines(act.reference):
        if act.event in (str(one.position), str(one.id)):
            return one
    told = f"event: there is no entry {act.event} in the history of {act.reference}."
    raise Refusal(Code.NOT_FOUND, told)


# --- Addresses -----------------------------------------------------------------------------------


def _endpoint(kind: type[Act]) -> Callable[..., Response]:
    def endpoint(request: Request, key: Key, body: SentBody) -> Response:
        return answered(request, key, lambda caller: done(kind, caller, body))

    return endpoint


def body_schema(kind: type[Act]) -> dict[str, Any]:
    """What is sent to have an act recorded."""
    own = schema.of_dataclass(kind, MEANINGS if kind.name in ACTS else KEEPING_MEANINGS)
    common = schema.of_dataclass(Common, COMMON_MEANINGS)
    beside = {name: dict(common["properties"][name]) for name in common_fields(kind)}
    beside["command"] |= {"format": "uuid"}
    beside["seen"] |= {"minimum": 0}
    if "occurred" in beside:
        beside["occurred"] = {**schema.MOMENT, "description": beside["occurred"]["description"]}
    needed = [*own["required"], *common["required"], *(["name"] if kind is AddPerson else [])]
    return {**own, "properties": {**own["properties"], **beside}, "required": needed}


def _described(kind: type[Act]) -> str:
    told = " ".join((kind.__doc__ or "").split())
    return f"{told} {DANGER}" if kind is ReportIncident else told


for _name_of, _kind in EVERY_ACT.items():
    router.add_api_route(
        f"/acts/{_name_of}",
        _endpoint(_kind),
        methods=["POST"],
        status_code=HTTPStatus.CREATED,
        summary=(_kind.__doc__ or "").partition("\n")[0],
        description=_described(_kind),
        operation_id=f"do_{_name_of}",
        response_model=None,
        responses={
            201: {"model": ActAnswer, "description": "It is recorded."},
            200: {
                "model": ActAnswer,
                "description": "It was recorded before, under the same `command`; or a preview.",
            },
            413: {"description": "More was sent than can be taken."},
            **described(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": body_schema(_kind)}},
            }
        },
    )
