"""Refusals: why an act cannot be recorded. Nothing of a refused act is kept."""

from enum import StrEnum


class Code(StrEnum):
    """The reason for a refusal, as case files, screens and interfaces name it."""

    INVALID = "invalid"
    """A value that cannot be right, such as a due day before the day of the act."""
    NOT_FOUND = "not_found"
    """No such incident, escalation, action, person or closure day."""
    DUPLICATE_REFERENCE = "duplicate_reference"
    """The reference is in use already."""
    NOT_PERMITTED = "not_permitted"
    """This person's role, agency or side may not do this, or the person does not take part."""
    UNKNOWN_AGENCY = "unknown_agency"
    """Nobody of that agency takes part, or it is the partnership itself."""
    IN_THE_FUTURE = "in_the_future"
    """It is said to have happened later than now."""
    BEFORE_RAISED = "before_raised"
    """It is said to have happened before the raising, or before the day of the incident."""
    ALREADY_ENDED = "already_ended"
    """The escalation is resolved, or the incident has ended."""
    WRONG_STATE = "wrong_state"
    """Not in this state, or not in this order."""
    OUTSTANDING_ACTIONS = "outstanding_actions"
    """An action in force is neither done nor released."""
    NEEDS_AGREED_ACTION = "needs_agreed_action"
    """This outcome needs at least one action in force that is not released."""
    OVERDUE_ACTIONS = "overdue_actions"
    """An action of the agency's is not maintained: vary or release it first."""
    NEEDS_DECISION = "needs_decision"
    """The SCSP Chair has to decide first."""
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    """The person is employed by the agency in question."""
    CHANGED = "changed"
    """Somebody else has recorded something since this person looked: look again first."""


class Refusal(Exception):
    """An act was refused: ``code`` says why, ``message`` says so in a sentence and what to do.

    ``why`` is the reason for somebody who knows already who wanted to do what: a sentence that
    leaves that out.
    """

    def __init__(self, code: Code, message: str, why: str | None = None) -> None:
        self.code = code
        self.message = message
        self.why = why or message
        super().__init__(message)
