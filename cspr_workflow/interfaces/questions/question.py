"""A question that can be put to a store: what it answers, with which parameters, and who may put it.

The command line, the pages and the API put the same questions. ``ask`` gives what a page or a screen
shows, ``answer`` the same as plain data for programs.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from cspr_workflow import forms
from cspr_workflow.application.casefile import read_moment
from cspr_workflow.domain.people import Person
from cspr_workflow.domain.reading import Desk, desk_of
from cspr_workflow.forms import Wrong
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.unanswerable import MayNotAsk, Unanswerable

Found = TypeVar("Found")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Kind(StrEnum):
    """What a parameter is: how it is written, and what it is read into."""

    TEXT = "text"
    DAY = "day"
    """A civil day, ``YYYY-MM-DD``."""
    MOMENT = "moment"
    """A moment that is not later than now, ``YYYY-MM-DDTHH:MM``; local time without an offset."""
    NUMBER = "number"
    """A whole number from 1."""
    FLAG = "flag"
    """``true`` or ``false``."""
    CHOICE = "choice"
    """One of the words of an enumeration."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a question.

    ``keyword`` is its name where the answer is worked out, if that is another one. ``choices`` has the
    words of a choice.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    default: Any = None
    choices: type[StrEnum] | None = None
    keyword: str = ""

    def read(self, given: object, asked: Asking) -> Any:
        """The value of what was given: written as a text, or as what it is read into.

        Raises :class:`Unanswerable`, naming the parameter.
        """
        if given is None:
            if self.required:
                raise Unanswerable(self.name, "this has to be given.")
            return self.default
        try:
            return _READ[self.kind](self, given, asked)
        except Wrong as wrong:
            raise Unanswerable(self.name, str(wrong)) from wrong


def _text(_: Parameter, given: object, __: Asking) -> str:
    faults: list[forms.Fault] = []
    text = forms.read(str, given, "", faults)
    if faults:
        raise Wrong(faults[0].message)
    return str(text)


def _day(_: Parameter, given: object, __: Asking) -> date:
    return forms.parse_date(given)


def _moment(parameter: Parameter, given: object, asked: Asking) -> datetime:
    moment = given if isinstance(given, datetime) else read_moment(given, asked.civil)
    if moment > asked.now:
        told, now = asked.teller().moment(moment), asked.teller().moment(asked.now)
        hint = "cspr forecast says what lies ahead of a case."
        raise Unanswerable(parameter.name, f"{told} is later than now, {now}.", hint=hint)
    return moment


def _number(_: Parameter, given: object, __: Asking) -> int:
    written = given if isinstance(given, str) else repr(given)
    number = int(written) if _NUMBER.fullmatch(written) else 0
    if number < 1:
        raise Wrong(f"{forms.shown(given)} is not a whole number from 1")
    return number


def _flag(_: Parameter, given: object, __: Asking) -> bool:
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.lower() in _FLAGS:
        return _FLAGS[given.lower()]
    raise Wrong(f"{forms.shown(given)} is neither true nor false")


def _choice(parameter: Parameter, given: object, _: Asking) -> StrEnum:
    assert parameter.choices is not None
    words = {choice.value: choice for choice in parameter.choices}
    if isinstance(given, str) and given in words:
        return words[given]
    raise Wrong(f"{forms.shown(given)} is none of {', '.join(words)}")


_READ: Mapping[Kind, Callable[[Parameter, object, Asking], Any]] = {
    Kind.TEXT: _text,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
}


class Readers(StrEnum):
    """Who may put a question; what of the answer they get is another matter."""

    EVERYBODY = "everybody"
    """Whoever takes part, an administrator too: what is said is about no case."""
    CASES = "cases"
    """Whoever may read a case: the unit and auditors every one, an agency its own escalations."""
    EVERYTHING = "everything"
    """Only those who may read everything: the unit and auditors."""
    KEEPERS = "keepers"
    """Those who may read everything, and whoever keeps the register: an administrator too."""

    @property
    def desks(self) -> frozenset[Desk]:
        """The desks at which the question can be put."""
        return _DESKS[self]


_DESKS: Mapping[Readers, frozenset[Desk]] = {
    Readers.EVERYBODY: frozenset(Desk),
    Readers.CASES: frozenset({Desk.UNIT, Desk.AUDITOR, Desk.AGENCY}),
    Readers.EVERYTHING: frozenset({Desk.UNIT, Desk.AUDITOR}),
    Readers.KEEPERS: frozenset({Desk.UNIT, Desk.AUDITOR, Desk.ADMINISTRATOR}),
}


@dataclass(frozen=True, slots=True)
class Question(Generic[Found]):
    """A question: its name, what it answers in a sentence, its parameters, and who may put it.

    ``find`` works out what a screen or a page shows, from what :meth:`ask` has read; ``plain`` is the
    same as plain data.
    """

    name: str
    answers: str
    readers: Readers
    find: Callable[..., Found]
    plain: Callable[[Found, Asking], dict[str, Any]]
    parameters: tuple[Parameter, ...] = ()

    def ask(self, asked: Asking, reader: Person | None, /, **given: object) -> Found:
        """What a page or a screen shows, as ``reader`` may read it; ``None`` has the store's folder.

        Raises :class:`Unanswerable` for a parameter or a reference that is none, and
        :class:`MayNotAsk`.
        """
        asked = asked.read_by(reader)
        return self.find(asked, **self.read(asked, **given))

    def read(self, asked: Asking, /, **given: object) -> dict[str, Any]:
        """The values of the parameters that are given, by the names under which they are worked with.

        Raises what :meth:`ask` raises.
        """
        if asked.reader is not None and desk_of(asked.reader) not in self.readers.desks:
            role = asked.reader.role.called
            raise MayNotAsk(f"This is not for the role {role}: {self.answers}")
        known = {one.name for one in self.parameters}
        for name in given:
            if name not in known:
                there = ", ".join(sorted(known)) or "none"
                raise Unanswerable(name, f"there is no such parameter; known are {there}.")
        return {
            one.keyword or one.name: one.read(given.get(one.name), asked) for one in self.parameters
        }

    def answer(self, asked: Asking, reader: Person | None, /, **given: object) -> dict[str, Any]:
        """The same as plain data, as ``--json`` prints it. Raises what :meth:`ask` raises."""
        asked = asked.read_by(reader)
        found = self.ask(asked, reader, **given)
        return {"rehearsal": asked.rehearsal, **self.plain(found, asked)}


REFERENCE = Parameter(
    "reference", Kind.TEXT, "An incident's or an escalation's reference.", required=True
)
AGENCY = Parameter("agency", Kind.TEXT, "Only what concerns this agency.")
