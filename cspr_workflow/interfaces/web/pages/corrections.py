"""Putting an entry of the record right: it stays as it is, and what is right stands beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow import forms
from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain import possible
from cspr_workflow.domain.acts import Command, Correct
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.people import Actor
from cspr_workflow.domain.reading import Desk
from cspr_workflow.forms import Fault
from cspr_workflow.interfaces.questions.history import EntryLine
from cspr_workflow.interfaces.sentences import dates_in_words
from cspr_workflow.interfaces.web import act_forms
from cspr_workflow.interfaces.web.case_pages import entry_path
from cspr_workflow.interfaces.web.telling import told_lines
from cspr_workflow.interfaces.web.visit import AVisit, NotThere, Visit, desks

router = APIRouter()
SAYS = "says"
_NOTHING = "Enter what is right instead"
_NOT_LOOKED = "Confirm that the text does not say who the child is, or change it"


@dataclass(frozen=True, slots=True)
class Corrigible:
    """An entry that can be corrected, and the page on which it stands."""

    line: EntryLine
    version: int

    @property
    def stream(self) -> str:
        """The stream in which it stands."""
        return self.line.recorded.stream

    @property
    def reference(self) -> str:
        """What it is about, as the act names it."""
        return self.line.reference or PARTNERSHIP

    @property
    def position(self) -> int:
        """Where it stands in the record, which is also its address."""
        return self.line.recorded.position

    @property
    def back(self) -> str:
        """The page on which it and its corrections stand."""
        return entry_path(self.line.recorded) or "/record/corrections"

    @property
    def path(self) -> str:
        """The address of its form."""
        return f"/correct/{self.position}"


@router.get("/correct/{entry}")
@desks(Desk.UNIT)
def correct_form(entry: str, visit: AVisit) -> Response:
    """The form with which an entry is corrected."""
    found = _found(visit, entry)
    return _page(visit, found, Visit.new_command())


@router.post("/correct/{entry}")
@desks(Desk.UNIT)
def correct_sent(entry: str, visit: AVisit) -> Response:
    """The same form, filled in."""
    found = _found(visit, entry)
    command_id = visit.sent_command
    says = visit.sent(SAYS).replace("\r\n", "\n")
    faults: list[Fault] = []
    given = {"reference": found.reference, "event": str(found.line.recorded.id), SAYS: says}
    act: Correct | None = forms.read(Correct, given, "", faults)
    if act is None or faults:
        wrong = faults[0].message if says else _NOTHING
        return _page(visit, found, command_id, faults={SAYS: wrong})
    command = Command(act, Actor(visit.person), visit.asking.now)
    warnings = act_forms.warnings(command)
    if warnings and not visit.sent(act_forms.ACCEPTED):
        return _page(visit, found, command_id, warnings=warnings)
    try:
        visit.site.desk.workflow.do(command, visit.asking.now, command_id, _looked_at(visit, found))
    except Refusal as refusal:
        return _refused(visit, found, command_id, refusal)
    return visit.redirect(found.back, told=command_id)


def _found(visit: Visit, written: str) -> Corrigible:
    """The entry of a position. Raises :class:`NotThere`, and :class:`Refusal` for who may correct none."""
    policy = visit.asking.teller().policy
    if (why_not := possible.why_not(Correct, visit.person, None, policy)) is not None:
        raise Refusal(Code.NOT_PERMITTED, why_not)
    if not (written.isascii() and written.isdecimal() and 0 < len(written) < _LONGEST):
        raise NotThere(written)
    one = next(visit.asking.entries_at([int(written)]), None) if int(written) else None
    if one is None:
        raise NotThere(written)
    return Corrigible(EntryLine(one, visit.asking), _version(visit, one))


_LONGEST = 16


def _version(visit: Visit, one: Recorded) -> int:
    """The version of the stream in which an entry stands."""
    return visit.asking.record.read(one.stream, one.version - 1)[-1].version


def _looked_at(visit: Visit, found: Corrigible) -> Mapping[str, int] | None:
    return None if visit.seen is None else {found.stream: visit.seen}


def _refused(visit: Visit, found: Corrigible, command_id: UUID, refusal: Refusal) -> Response:
    if refusal.code is not Code.CHANGED:
        return _page(visit, found, command_id, faults={"": dates_in_words(refusal.message)})
    new: list[Entry] = [
        one.entry for one in visit.asking.record.read(found.stream, visit.seen or 0)
    ]
    return _page(visit, found, command_id, news=told_lines(new, visit.asking))


def _page(
    visit: Visit,
    found: Corrigible,
    command_id: UUID,
    *,
    faults: Mapping[str, str] | None = None,
    warnings: list[str] | None = None,
    news: list[str] | None = None,
) -> Response:
    wrong = dict(faults or {})
    if warnings and visit.sent("looked"):
        wrong[act_forms.ACCEPTED] = _NOT_LOOKED
    typed = visit.sent(SAYS) if visit.request.method == "POST" else ""
    return visit.page(
        "correct.html",
        400 if wrong else 200,
        found=found,
        command=command_id,
        seen=found.version,
        warnings=warnings or [],
        news=news,
        faults=wrong,
        values={SAYS: typed} if typed else {},
    )
