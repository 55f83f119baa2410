"""The form of an act: what it sends is read into the act as strictly as a case file is.

A form is filled in, checked and recorded. What was written stays in it on the way; nothing is kept
anywhere before it is recorded.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from starlette.datastructures import FormData

from cspr_workflow import forms
from cspr_workflow.application.casefile import read_moment
from cspr_workflow.domain import free_text
from cspr_workflow.domain.acts import Act, Command
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.people import Actor, Means, Person, Side
from cspr_workflow.forms import Fault, Wrong
from cspr_workflow.interfaces.sentences import dates_in_words
from cspr_workflow.interfaces.web import wording
from cspr_workflow.interfaces.web.act_fields import SET_ROWS, About, Field, Kind, fields_of

OCCURRED, OCCURRED_AT, MEANS, ACCEPTED = "when", "when-at", "means", "accepted"
OWN = "own"
"""Said in place of the means where the act is the person's own side's."""
_CAME = {
    Means.CALL: "in a call",
    Means.MEETING: "at a meeting",
    Means.EMAIL: "by e-mail",
    Means.LETTER: "by letter",
}
SET_PARTS = ("action", "what", "owner", "due")
_EARLIER = "earlier"
_DATE_PARTS = ("day", "month", "year")
_PLACE = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")
_COMMON = {"occurred": OCCURRED_AT, "command": "", "by": "", "present": "present"}


@dataclass(frozen=True, slots=True)
class Error:
    """What is wrong with a field, and what to do; ``field`` is empty where it is none of them."""

    field: str
    sentence: str


@dataclass
class ActForm:
    """One act's form as it stands: its fields, what was written into them, what is wrong with it."""

    kind: type[Act]
    about: About
    sent: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: list[Error] = field(default_factory=list)
    command: UUID = field(default_factory=uuid4)
    on_behalf: bool = False
    only_on_behalf: bool = False

    @property
    def title(self) -> str:
        """What the form is for."""
        return wording.TITLES[self.kind.name]

    @property
    def intro(self) -> str:
        """What the act is, in a sentence or two."""
        return wording.INTROS[self.kind.name]

    @property
    def when(self) -> str:
        """The question when it happened."""
        return wording.WHEN.get(self.kind.name, "When did this happen?")

    @property
    def agency(self) -> str:
        """The agency in question."""
        case = self.about.case
        return case.agency if isinstance(case, Escalation) else "the agency"

    @property
    def means(self) -> list[tuple[str, str]]:
        """How an agency's answer can have come; where it can be SCSP's own, that comes first."""
        if self.only_on_behalf:
            return [(one.value, told.capitalize()) for one, told in _CAME.items()]
        reports = [(one.value, f"For {self.agency}, {told}") for one, told in _CAME.items()]
        return [(OWN, "For SCSP"), *reports]

    @property
    def owners(self) -> list[tuple[str, str]]:
        """Who can own an action."""
        return [(Side.SCSP.value, "SCSP"), (Side.AGENCY.value, self.agency)]

    @property
    def faults(self) -> dict[str, str]:
        """The first thing that is wrong with each field; under the empty name with none of them."""
        return {one.field: one.sentence for one in reversed(self.errors)}

    @property
    def typed(self) -> dict[str, str | list[str]]:
        """What was filled in, as the templates take it."""
        return {name: many[0] if len(many) == 1 else list(many) for name, many in self.sent.items()}

    def has_row(self, name: str, number: int) -> bool:
        """Whether anything stands in a row in which a decision sets an action."""
        return any(
            value for key, (value, *_) in self.sent.items() if key.startswith(f"{name}-{number}-")
        )

    @cached_property
    def fields(self) -> list[Field]:
        """Its own fields."""
        return fields_of(self.kind, self.about)

    @property
    def asks(self) -> bool:
        """Whether there is anything to answer besides when it happened; then it is checked first."""
        return bool(self.fields) or self.on_behalf

    def value(self, name: str) -> str:
        """What stands in a field, or what it begins with."""
        if name in self.sent:
            return self.sent[name][0] if self.sent[name] else ""
        return next((one.suggested for one in self.fields if one.name == name), "")

    def values(self, name: str) -> Sequence[str]:
        """Everything that is chosen in a field of which several can be."""
        return self.sent.get(name, ())

    def error(self, name: str) -> str:
        """What is wrong with a field; empty where nothing is."""
        return next((one.sentence for one in self.errors if one.field == name), "")

    @property
    def set_rows(self) -> range:
        """The rows in which a decision sets actions."""
        return range(SET_ROWS)

    @property
    def hidden(self) -> Iterator[tuple[str, str]]:
        """Everything that was filled in, to be sent along from the page on which it is checked."""
        for name, values in self.sent.items():
            if name not in _OF_THE_PAGE:
                yield from ((name, value) for value in values)


_OF_THE_PAGE = frozenset({"csrf", "seen", "command", "step", ACCEPTED})


# --- Reading what was sent -----------------------------------------------------------------------


def filled_in(form: ActForm, sent: FormData) -> ActForm:
    """The form with what was sent."""
    form.sent = {name: [one for one in sent.getlist(name) if isinstance(one, str)] for name in sent}
    try:
        form.command = UUID(form.value("command"))
    except ValueError:
        form.command = uuid4()
    return form


def read(form: ActForm, person: Person, now: datetime) -> Command | None:
    """The command that a form asks for, or ``None`` with everything that is wrong in ``form.errors``."""
    faults: list[Fault] = []
    act: Act | None = forms.read(form.kind, dict(_plain(form)), "", faults)
    form.errors += [_error(form, fault.place, fault.message) for fault in faults]
    means = _means(form)
    occurred = _occurred(form, now)
    if act is None or form.errors or occurred is None:
        return None
    return Command(act, Actor(person, means), occurred)


def warnings(command: Command) -> list[str]:
    """What looks in the texts as if it said who the child is."""
    return [_labelled(command.act.name, warning) for warning in free_text.warnings_in(command.act)]


def refused(form: ActForm, refusal: Refusal) -> None:
    """Add a refusal to the errors of a form, at the field that it is about."""
    place, colon, rest = refusal.message.partition(": ")
    if colon and _PLACE.fullmatch(place):
        form.errors.append(_error(form, place, rest))
    else:
        form.errors.append(Error("", dates_in_words(refusal.message)))


def _plain(form: ActForm) -> Iterator[tuple[str, Any]]:
    """What was filled in, as a case file would have it; what was left empty is left out."""
    yield from form.about.given.items()
    for one in form.fields:
        value = _written(form, one)
        if value not in ("", []):
            yield one.name, value


def _written(form: ActForm, one: Field) -> Any:
    match one.kind:
        case Kind.DATE:
            return _date(form, one.name)
        case Kind.SOME_OF:
            return [value for value in form.values(one.name) if value]
        case Kind.ACTIONS:
            return [row for row in (_set_row(form, one.name, n) for n in form.set_rows) if row]
        case Kind.ONE_OF if [choice.value for choice in one.choices] == ["yes", "no"]:
            return {"yes": True, "no": False}.get(form.value(one.name), "")
        case _:
            return form.value(one.name).replace("\r\n", "\n").strip()


def _date(form: ActForm, name: str) -> str:
    """A day from its three parts as it is written elsewhere; whatever it is, the reader judges it."""
    day, month, year = (form.value(f"{name}-{part}").strip() for part in _DATE_PARTS)
    if not (day or month or year):
        return ""
    return f"{year}-{month.zfill(2)}-{day.zfill(2)}"


def _set_row(form: ActForm, name: str, number: int) -> dict[str, str]:
    place = f"{name}-{number}"
    row = {
        "action": form.value(f"{place}-action").strip(),
        "what": form.value(f"{place}-what").strip(),
        "owner": form.value(f"{place}-owner"),
        "due": _date(form, f"{place}-due"),
    }
    return {part: value for part, value in row.items() if value}


def _means(form: ActForm) -> Means | None:
    """How the agency's answer came; ``None`` where the act is the person's own."""
    written = form.value(MEANS) or OWN
    if not (form.on_behalf or form.only_on_behalf) or (written == OWN and not form.only_on_behalf):
        return None
    if written in set(Means):
        return Means(written)
    form.errors.append(Error(MEANS, "Select how the agency’s answer came"))
    return None


def _occurred(form: ActForm, now: datetime) -> datetime | None:
    """When it happened: now, unless an earlier day and time are given."""
    if not form.kind.dated:
        return now
    if form.value(OCCURRED) != _EARLIER:
        if any(form.value(f"{OCCURRED_AT}-{part}").strip() for part in (*_DATE_PARTS, "time")):
            form.errors.append(Error(OCCURRED, "Select Earlier, or empty the day and time below"))
        return now
    written = f"{_date(form, OCCURRED_AT)}T{form.value(f'{OCCURRED_AT}-time').strip().zfill(5)}"
    try:
        return read_moment(written, form.about.asking.civil)
    except Wrong:
        form.errors.append(
            Error(OCCURRED_AT, "Enter the day and the time at which it happened, such as 14:30")
        )
        return None


# --- What is wrong, at its field -----------------------------------------------------------------


def _error(form: ActForm, place: str, message: str) -> Error:
    match = _PLACE.fullmatch(place)
    name, number, inner = match.groups() if match else (place, None, None)
    own = {one.name: one for one in form.fields}
    if name not in own and name in SET_PARTS and "sets" in own:
        name, inner = "sets", name
    if name not in own:
        return Error(_COMMON.get(name, ""), f"{dates_in_words(message)}")
    which = f", row {int(number) + 1}" if number else ""
    part = f", {inner}" if inner else ""
    return Error(name, _sentence(own[name], message, f"{which}{part}"))


_SENTENCES = {
    "is missing": {
        Kind.ONE_OF: "Select an answer",
        Kind.SOME_OF: "Select at least one",
        Kind.DATE: "Enter a day",
    },
    "is not a date": {Kind.DATE: "Enter a real day, such as 27 3 2026"},
}


def _sentence(one: Field, message: str, where: str) -> str:
    told = dates_in_words(message)
    for sign, of_kind in _SENTENCES.items():
        if sign in message:
            told = of_kind.get(one.kind, "Enter an answer" if sign == "is missing" else message)
    if one.label.endswith("?") and not where:
        return f"{one.label} {told[:1].upper()}{told[1:]}"
    return f"{one.label}{where}: {told[:1].lower()}{told[1:]}"


def _labelled(act: str, sentence: str) -> str:
    """A sentence that begins with a field's name, with its label in place of that."""
    name, _, rest = sentence.partition(": ")
    said = wording.FIELDS.get(f"{act}.{name}") or wording.FIELDS.get(name)
    return f"{said.label}: {rest}" if said else sentence
