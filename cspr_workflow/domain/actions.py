"""Agreed actions: one record with two sides.

Each side keeps its own wording and date of an action. Where one side takes over the other's as they
stand, the action is agreed and those terms are *in force*. A variation stands beside them until the
other side takes it over: nobody moves a date alone, and silence never counts as agreement.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.states import changed
from cspr_workflow.domain.texts import FreeText


class ActionState(StrEnum):
    """How an action is shown: the first of these that holds, in this order."""

    RELEASED = "released"
    CONFIRMED = "confirmed"
    DONE = "done"
    NOT_MAINTAINED = "not_maintained"
    DIFFERING = "differing"
    DECIDED = "decided"
    AGREED = "agreed"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to be done, and by when. Terms with the same ``number`` are the same terms.

    The number is given when the terms are first recorded, so that whoever reads the record later
    need not compare wordings to know whether two sides agree.
    """

    number: int
    what: str
    due: date


@dataclass(frozen=True, slots=True)
class ActionFact(Fact):
    """Something that happened to one action."""

    action: str


@dataclass(frozen=True, slots=True)
class ActionRecorded(ActionFact):
    """A side recorded an action, and so shared it with the other."""

    type: ClassVar[str] = "action.recorded.v1"
    what: FreeText
    owner: Side
    due: date


@dataclass(frozen=True, slots=True)
class ActionAcknowledged(ActionFact):
    """A side took over the other's wording and date: the terms of that number."""

    type: ClassVar[str] = "action.acknowledged.v1"
    terms: int


@dataclass(frozen=True, slots=True)
class ActionVaried(ActionFact):
    """A side changed its own record; ``terms`` is a number in use where the terms are the same."""

    type: ClassVar[str] = "action.varied.v1"
    terms: int
    what: FreeText
    due: date


@dataclass(frozen=True, slots=True)
class ActionCompleted(ActionFact):
    """The owning side claimed that the action was done ``on`` this day."""

    type: ClassVar[str] = "action.completed.v1"
    evidence: FreeText
    on: date


@dataclass(frozen=True, slots=True)
class ActionConfirmed(ActionFact):
    """The other side confirmed that it was done."""

    type: ClassVar[str] = "action.confirmed.v1"


@dataclass(frozen=True, slots=True)
class CompletionDisputed(ActionFact):
    """The other side disputed that it was done: it is outstanding again."""

    type: ClassVar[str] = "action.completion-disputed.v1"
    reason: FreeText


@dataclass(frozen=True, slots=True)
class ReleaseSaid(ActionFact):
    """A side said that the action is no longer needed."""

    type: ClassVar[str] = "action.release-said.v1"
    reason: FreeText


@dataclass(frozen=True, slots=True)
class ActionNotMaintained(ActionFact):
    """The clock: the action was outstanding at the midnight that ended its due day."""

    type: ClassVar[str] = "action.not-maintained.v1"
    due: date
    in_force_since: datetime


@dataclass(frozen=True)
class Action:
    """An action as it stands.

    ``first`` is the side that recorded it first, ``in_force`` the terms that count, since
    ``in_force_at`` (when they were recorded). ``outstanding_since`` is when it was last recorded to
    be outstanding, ``not_maintained`` when it fell due undone. ``reported``: the agency's record
    stands on a report by the partnership.
    """

    reference: str
    owner: Side
    first: Side
    scsp: Terms | None
    agency: Terms | None
    outstanding_since: datetime
    in_force: Terms | None = None
    in_force_at: datetime | None = None
    by_decision: bool = False
    reported: bool = False
    not_maintained: datetime | None = None
    done_on: date | None = None
    confirmed: bool = False
    release_said_by: tuple[Side, ...] = ()
    released: bool = False
    numbers: int = 1

    def record_of(self, side: Side) -> Terms | None:
        """A side's own record of the action."""
        return self.scsp if side is Side.SCSP else self.agency

    @property
    def outstanding(self) -> bool:
        """From the first record until done or released."""
        return self.done_on is None and not self.released

    @property
    def kept(self) -> bool:
        """In force and not released: something that both sides, or the Chair, stand by."""
        return self.in_force is not None and not self.released

    @property
    def broken(self) -> bool:
        """The agency's own action, not maintained and still outstanding."""
        return self.owner is Side.AGENCY and self.not_maintained is not None and self.outstanding

    @property
    def differing(self) -> bool:
        """Both sides have a record, and the two are not the same."""
        return (
            self.scsp is not None
            and self.agency is not None
            and self.scsp.number != self.agency.number
        )

    @property
    def stage(self) -> str:
        """Its place in the action's lifecycle."""
        if self.released:
            return "released"
        if self.confirmed:
            return "confirmed"
        return "outstanding" if self.done_on is None else "done"

    @property
    def state(self) -> ActionState:
        """The state that is shown."""
        if self.released:
            return ActionState.RELEASED
        if self.confirmed:
            return ActionState.CONFIRMED
        if self.done_on is not None:
            return ActionState.DONE
        if self.not_maintained is not None:
            return ActionState.NOT_MAINTAINED
        if self.differing:
            return ActionState.DIFFERING
        if self.in_force is not None:
            return ActionState.DECIDED if self.by_decision else ActionState.AGREED
        return ActionState.RECORDED

    @property
    def shown(self) -> Terms:
        """The terms in force, or else the present record of the side that recorded it first."""
        terms = self.in_force or self.record_of(self.first)
        assert terms is not None
        return terms

    @property
    def agreed_by(self) -> tuple[Side, ...]:
        """Who stands by the shown terms by agreement; a decision is nobody's agreement."""
        if self.in_force is None:
            return (self.first,)
        return () if self.by_decision else (Side.AGENCY, Side.SCSP)


def first_recorded(entry: Entry, fact: ActionRecorded) -> Action:
    """The action that a first record opens."""
    side = entry.side
    assert side is not None
    terms = Terms(1, fact.what, fact.due)
    return Action(
        reference=fact.action,
        owner=fact.owner,
        first=side,
        scsp=terms if side is Side.SCSP else None,
        agency=terms if side is Side.AGENCY else None,
        outstanding_since=entry.written,
    )


def set_by_decision(
    reference: str, owner: Side, what: str, due: date, recorded: datetime
) -> Action:
    """The action that a decision sets: its terms are both sides' record until one varies them."""
    terms = Terms(1, what, due)
    return Action(
        reference=reference,
        owner=owner,
        first=Side.SCSP,
        scsp=terms,
        agency=terms,
        outstanding_since=recorded,
        in_force=terms,
        in_force_at=recorded,
        by_decision=True,
    )


def evolve_action(action: Action, entry: Entry) -> Action:
    """The action after an entry of the record."""
    match entry.fact:
        case ActionAcknowledged():
            return _acknowledged(action, entry)
        case ActionVaried(terms=number, what=what, due=due):
            return _varied(action, entry, Terms(number, what, due))
        case ActionCompleted(on=on):
            return changed(action, done_on=on, not_maintained=None)
        case ActionConfirmed():
            return changed(action, confirmed=True)
        case CompletionDisputed():
            return changed(action, done_on=None, outstanding_since=entry.written)
        case ReleaseSaid():
            assert entry.side is not None
            said = (*action.release_said_by, entry.side)
            return changed(action, release_said_by=said, released=len(said) == len(Side))
        case _:
            assert isinstance(entry.fact, ActionNotMaintained)
            return changed(action, not_maintained=entry.occurred)


def _acknowledged(action: Action, entry: Entry) -> Action:
    side = entry.side
    assert side is not None
    theirs = action.record_of(side.other)
    assert theirs is not None
    return _with_record(action, entry, side, theirs)


def _varied(action: Action, entry: Entry, terms: Terms) -> Action:
    assert entry.side is not None
    return _with_record(action, entry, entry.side, terms)


def _with_record(action: Action, entry: Entry, side: Side, terms: Terms) -> Action:
    before = action.record_of(side)
    anew = before is None or before.number != terms.number
    reported = action.reported
    if side is Side.AGENCY:
        by_report = entry.by is not None and entry.by.means is not None
        reported = (anew or reported) if by_report else False
    theirs = action.record_of(side.other)
    same = theirs is not None and theirs.number == terms.number
    agreed = same and (action.in_force is None or action.in_force.number != terms.number)
    return changed(
        action,
        scsp=terms if side is Side.SCSP else action.scsp,
        agency=terms if side is Side.AGENCY else action.agency,
        reported=reported,
        numbers=max(action.numbers, terms.number),
        in_force=terms if agreed else action.in_force,
        in_force_at=entry.written if agreed else action.in_force_at,
        by_decision=action.by_decision and not agreed,
        not_maintained=None if agreed else action.not_maintained,
    )
