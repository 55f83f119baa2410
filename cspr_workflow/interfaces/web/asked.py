"""What a form that only asks sent in the address: a question's parameters, and what is wrong with them.

A day stands there in three fields, NAME-day, NAME-month and NAME-year, a moment has a fourth, NAME-time;
an address can also have it whole, as NAME.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeVar

from starlette.datastructures import QueryParams

from cspr_workflow import forms
from cspr_workflow.application.casefile_acts import EARLIEST_YEAR, LATEST_YEAR
from cspr_workflow.forms import Wrong
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.questions.question import Kind, Question
from cspr_workflow.interfaces.sentences import dates_in_words
from cspr_workflow.interfaces.unanswerable import Unanswerable

Found = TypeVar("Found")
_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", re.ASCII)
_DAY_PARTS = ("day", "month", "year")
_NO_DAY = "Enter a real day, such as 27 3 2026"
_NO_TIME = "Enter a time of day, such as 14:30, or leave it empty for the end of the day"
_NO_NUMBER = "Enter a whole number from 1"
_LAST_MINUTE = "23:59"


class Query:
    """What stands in the address of a page: ``values`` by field, ``faults`` by field once it is read."""

    def __init__(self, sent: QueryParams) -> None:
        self.values = {name: value.strip() for name, value in sent.items()}
        self.faults: dict[str, str] = {}

    def text(self, name: str) -> str | None:
        """A text, or ``None`` where the field is empty or not there."""
        return self.values.get(name) or None

    def number(self, name: str, default: int = 1) -> int:
        """A whole number from 1, such as that of a page."""
        written = self.text(name)
        if written is None:
            return default
        if re.fullmatch(r"[0-9]{1,9}", written, re.ASCII) and int(written) > 0:
            return int(written)
        self.faults[name] = _NO_NUMBER
        return default

    def day(self, name: str) -> str | None:
        """A day as the questions read it; what is none is a fault."""
        written = self.text(name) or self._joined(name)
        if written is None:
            return None
        try:
            found = forms.parse_date(written)
        except Wrong:
            found = None
        if found is None or not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            self.faults[name] = _NO_DAY
            return None
        self._fill(name, found)
        return written

    def moment(self, name: str, asking: Asking) -> str | None:
        """A moment as the questions read it. A day without a time is meant up to its end, today up to now."""
        if whole := self.text(name):
            return self._whole(name, whole, asking)
        day = self.day(name)
        time = self.text(f"{name}-time")
        if day is None:
            if time and name not in self.faults:
                self.faults[name] = _NO_DAY
            return None
        if time is None:
            return asking.local(asking.now) if day == str(asking.today) else f"{day}T{_LAST_MINUTE}"
        match = _TIME.fullmatch(time)
        if match is None:
            self.faults[name] = _NO_TIME
            return None
        return f"{day}T{match[1].zfill(2)}:{match[2]}"

    def _whole(self, name: str, written: str, asking: Asking) -> str | None:
        try:
            local = asking.civil.local(asking.civil.moment(forms.parse_moment(written)))
        except (Wrong, OverflowError):
            self.faults[name] = _NO_DAY
            return None
        self._fill(name, local)
        return written

    def _joined(self, name: str) -> str | None:
        """A day from its three fields."""
        day, month, year = (self.values.get(f"{name}-{part}", "") for part in _DAY_PARTS)
        return f"{year}-{month.zfill(2)}-{day.zfill(2)}" if day or month or year else None

    def _fill(self, name: str, value: date) -> None:
        """Show in the fields what came whole."""
        for part in _DAY_PARTS:
            self.values.setdefault(f"{name}-{part}", str(getattr(value, part)))
        if isinstance(value, datetime):
            self.values.setdefault(f"{name}-time", f"{value:%H:%M}")

    # --- Questions -----------------------------------------------------------------------------

    def given(self, question: Question[Found], asking: Asking) -> Mapping[str, object]:
        """The parameters of a question; what is left out is not among them."""
        found: dict[str, object] = {}
        for one in question.parameters:
            match one.kind:
                case Kind.DAY:
                    value = self.day(one.name)
                case Kind.MOMENT:
                    value = self.moment(one.name, asking)
                case _:
                    value = self.text(one.name)
            if value is not None:
                found[one.name] = value
        return found

    def ask(self, question: Question[Found], asking: Asking, **more: object) -> Found | None:
        """The answer to a question, or ``None`` with what is wrong in ``faults``.

        ``more`` are parameters that stand in the path and not among the fields.
        """
        given = {**self.given(question, asking), **more}
        if self.faults:
            return None
        try:
            return question.ask(asking, None, **given)
        except Unanswerable as wrong:
            if wrong.missing or wrong.field in more:
                raise
            said = dates_in_words(wrong.sentence)
            self.faults[wrong.field] = f"{said[:1].upper()}{said[1:]}"
            return None
