"""A step of a replay as its page shows it: both sides' records of each action side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from cspr_workflow.domain.actions import Action, Terms
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.interfaces.case_words import side_called, terms_in_words
from cspr_workflow.interfaces.replay import Step
from cspr_workflow.interfaces.sentences import day
from cspr_workflow.interfaces.story import agreed_by, became

SidesRow = tuple[str, str | None, str | None]
"""What a row of both sides' records is about, SCSP's own, and the agency's."""


@dataclass(frozen=True, slots=True)
class BothSides:
    """An action as both sides have it in their own records."""

    action: Action
    agency: str

    @property
    def rows(self) -> Sequence[SidesRow]:
        """Both sides' own terms, row by row; ``None`` where a side has no record."""
        scsp, theirs = self.action.scsp, self.action.agency
        return (
            ("What is to be done", _what(scsp), _what(theirs)),
            ("By when", _due(scsp), _due(theirs)),
        )

    @property
    def became(self) -> str:
        """How it stands, and who is to do it."""
        return f"{became(self.action)}; {side_called(self.action.owner, self.agency)} is to do it"

    @property
    def in_force(self) -> str:
        """The terms that count, and who stands by them."""
        terms = self.action.in_force
        told = f"In force: {terms_in_words(terms)}. " if terms else "Not in force. "
        report = " The agency’s record stands on a report." if self.action.reported else ""
        return f"{told}{agreed_by(self.action, self.agency)}{report}"


def both_sides(step: Step) -> list[BothSides]:
    """The agreed actions as they stood after a step."""
    if not isinstance(step.case, Escalation):
        return []
    return [BothSides(one, step.case.agency) for one in step.case.actions.values()]


def _what(terms: Terms | None) -> str | None:
    return terms.what if terms else None


def _due(terms: Terms | None) -> str | None:
    return day(terms.due) if terms else None
