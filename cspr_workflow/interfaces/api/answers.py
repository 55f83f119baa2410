"""Who asks and how they are answered: a key, an answer as JSON, or a problem with a status."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from cspr_workflow.application.ports import Contended, Trouble
from cspr_workflow.domain import reading
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.people import Person
from cspr_workflow.domain.reading import Desk
from cspr_workflow.forms import Fault
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.unanswerable import MayNotAsk, Unanswerable
from cspr_workflow.interfaces.web.site import Site

UNAUTHORIZED, INVALID, WARNINGS = "unauthorized", "invalid", "warnings"
CONTENDED, UNAVAILABLE = "contended", "unavailable"
STATUSES: Mapping[Code, HTTPStatus] = {
    Code.NOT_PERMITTED: HTTPStatus.FORBIDDEN,
    Code.CONFLICT_OF_INTEREST: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.DUPLICATE_REFERENCE: HTTPStatus.CONFLICT,
    Code.CHANGED: HTTPStatus.CONFLICT,
    Code.ALREADY_ENDED: HTTPStatus.CONFLICT,
    Code.WRONG_STATE: HTTPStatus.CONFLICT,
    Code.OUTSTANDING_ACTIONS: HTTPStatus.CONFLICT,
    Code.NEEDS_AGREED_ACTION: HTTPStatus.CONFLICT,
    Code.OVERDUE_ACTIONS: HTTPStatus.CONFLICT,
    Code.NEEDS_DECISION: HTTPStatus.CONFLICT,
    Code.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.UNKNOWN_AGENCY: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.IN_THE_FUTURE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.BEFORE_RAISED: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""The status with which each refusal is answered."""
OTHER_ERRORS: Mapping[str, tuple[HTTPStatus, str]] = {
    UNAUTHORIZED: (HTTPStatus.UNAUTHORIZED, "no key, or one that is not valid"),
    WARNINGS: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "a text looks as if it says who the child is; nothing was recorded",
    ),
    CONTENDED: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "others were recording at the same time; send it again",
    ),
    UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "the store cannot be used at the moment"),
}
"""What stands in the way besides refusals: its status and its meaning."""
_PLACE = re.compile(r"[a-z_]+")
_CHALLENGE = {"www-authenticate": "Bearer"}
_AGAIN = {"retry-after": "1"}

Key = Annotated[
    HTTPAuthorizationCredentials | None,
    Depends(
        HTTPBearer(
            scheme_name="key",
            description="The key of a program. A person makes one for their own account.",
            auto_error=False,
        )
    ),
]


class FieldFault(BaseModel):
    """What is wrong with one field of what was sent."""

    field: str = Field(
        description="The field, such as `due` or `sets[0].due`; empty where it is none of them."
    )
    message: str = Field(description="What is wrong with it, and what to do.")


class Problem(BaseModel):
    """Why a question is not answered, or an act is not recorded."""

    error: str = Field(description="A word for programs, such as `not_found`.")
    message: str = Field(description="A sentence for people.")
    faults: list[FieldFault] = Field(
        default=[], description="The fields that are at fault, where there are any."
    )


class Faulty(Exception):
    """What was sent cannot be taken as it is; ``faults`` names everything that is wrong with it."""

    def __init__(self, faults: Sequence[Fault], error: str = INVALID, message: str = "") -> None:
        self.faults, self.error = faults, error
        self.message = message or "; ".join(map(str, faults))
        super().__init__(self.message)


@dataclass(frozen=True)
class Caller:
    """A program, and the person for whom it asks."""

    site: Site
    person: Person

    @cached_property
    def asking(self) -> Asking:
        """The store as it stands at this moment, as the person may read it."""
        return Asking(self.site.desk, self.person)

    @property
    def desk(self) -> Desk:
        """The desk at which the person works."""
        return reading.desk_of(self.person)

    def note(self, what: str, about: str) -> None:
        """Note in the log of reading what was read or exported."""
        self.site.readings.note(self.site.desk.real_now(), self.person.id, what, about, "api")


class Json(JSONResponse):
    """An answer in which every character can be sent, whatever somebody has written."""

    def render(self, content: Any) -> bytes:
        """The answer as bytes."""
        return json.dumps(content, allow_nan=False).encode()


def answered(
    request: Request, key: HTTPAuthorizationCredentials | None, work: Callable[[Caller], Response]
) -> Response:
    """Answer whoever has the key; everything that stands in the way becomes a problem."""
    caller = _caller(request, key)
    if caller is None:
        told = "Give a key that is valid: Authorization: Bearer KEY"
        return problem(HTTPStatus.UNAUTHORIZED, UNAUTHORIZED, told, headers=_CHALLENGE)
    try:
        return work(caller)
    except Faulty as wrong:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, wrong.error, wrong.message, wrong.faults)
    except Unanswerable as wrong:
        code = Code.NOT_FOUND if wrong.missing else Code.INVALID
        faults = [Fault(wrong.field, wrong.sentence)] if wrong.field else []
        return problem(STATUSES[code], code, str(wrong), faults)
    except MayNotAsk as not_allowed:
        return problem(HTTPStatus.FORBIDDEN, Code.NOT_PERMITTED, str(not_allowed))
    except Contended as busy:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, CONTENDED, str(busy), headers=_AGAIN)
    except Trouble:
        told = "The store cannot be used at the moment, and nothing was recorded: try again later."
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE, told)


def refused(refusal: Refusal, fields: Collection[str]) -> Response:
    """The answer to an act that is refused; ``fields`` are those that its sentence can begin with."""
    place, colon, rest = refusal.message.partition(": ")
    name = _PLACE.match(place)
    at_fault = colon and name is not None and name.group() in fields
    faults = [Fault(place, rest)] if at_fault else []
    return problem(STATUSES[refusal.code], refusal.code, refusal.message, faults)


def problem(
    status: HTTPStatus,
    error: str,
    message: str,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as it is sent."""
    told = [{"field": fault.place, "message": fault.message} for fault in faults]
    return Json({"error": error, "message": message, "faults": told}, status, headers)


def described(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The problems with which something can be answered, as they are documented."""
    always = (HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY)
    wanted = {*statuses, *always, HTTPStatus.SERVICE_UNAVAILABLE}
    return {
        int(status): {"model": Problem, "description": _DESCRIPTIONS[status]}
        for status in sorted(wanted)
    }


def _caller(request: Request, key: HTTPAuthorizationCredentials | None) -> Caller | None:
    site: Site = request.app.state.site
    account = site.signing_in.account_by_key(key.credentials) if key else None
    if account is None:
        return None
    person = site.desk.workflow.partnership.people.get(account.person)
    return Caller(site, person) if person else None


_DESCRIPTIONS = {
    HTTPStatus.UNAUTHORIZED: "No key, or one that is not valid.",
    HTTPStatus.FORBIDDEN: "The person's role or agency does not allow this.",
    HTTPStatus.NOT_FOUND: "There is no such thing, or nothing that this person may know of.",
    HTTPStatus.CONFLICT: "It cannot be recorded as things stand: look again first.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "What was sent cannot be taken; `faults` says why, field by field.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The store cannot be used at the moment; try again.",
}
