"""The programming interface of a store, ``/api/v1``: the same questions and acts as everywhere."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cspr_workflow import __version__
from cspr_workflow.domain.people import Role
from cspr_workflow.domain.reading import Desk
from cspr_workflow.interfaces.act_commands import DANGER
from cspr_workflow.interfaces.api import acts, questions
from cspr_workflow.interfaces.api.answers import Caller, Json, Key, answered, described

DESCRIPTION = f"""\
The escalation process of a safeguarding children partnership: its questions and its acts, for programs.

{DANGER} Never name a child in any text.

Every request carries a key, `Authorization: Bearer KEY`, which a person has made for a program of
theirs. The program reads and records what this person may, and nothing else.
"""
router = APIRouter()
router.include_router(questions.router)
router.include_router(acts.router)


class Me(BaseModel):
    """Who asks."""

    rehearsal: bool
    person: str = Field(description="The person's id.")
    name: str
    role: Role
    agency: str
    desk: Desk = Field(
        description="What is there to be read: everything (`unit`, `auditor`), the agency's own "
        "escalations (`agency`), or no case (`administrator`)."
    )


class About(BaseModel):
    """Which store this is."""

    rehearsal: bool = Field(description="Whether nothing in it is real.")
    now: str = Field(description="The moment of the answer; a rehearsal's clock can be set.")
    partnership: str
    policy: str = Field(description="The policy in force.")
    program: str = Field(description="The version of the program.")


@router.get("/me", tags=["about"], response_model=None, operation_id="me",
            responses={200: {"model": Me}, **described()})  # fmt: skip
def me(request: Request, key: Key) -> Response:
    """Who asks: the person of the key, and what there is to be read."""
    return answered(request, key, lambda caller: Json(_me(caller)))


@router.get("/status", tags=["about"], response_model=None, operation_id="status",
            responses={200: {"model": About}, **described()})  # fmt: skip
def status(request: Request, key: Key) -> Response:
    """Which store this is, and that it answers; how it is doing is a question of its own."""
    return answered(request, key, lambda caller: Json(_about(caller)))


def _me(caller: Caller) -> dict[str, Any]:
    person, asking = caller.person, caller.asking
    return {
        "rehearsal": asking.rehearsal,
        "person": person.id,
        "name": asking.name(person.id),
        "role": person.role,
        "agency": person.agency,
        "desk": caller.desk,
    }


def _about(caller: Caller) -> dict[str, Any]:
    asking = caller.asking
    policy = asking.teller().policy
    return {
        "rehearsal": asking.rehearsal,
        "now": asking.local(asking.now),
        "partnership": policy.partnership,
        "policy": policy.label,
        "program": __version__,
    }
