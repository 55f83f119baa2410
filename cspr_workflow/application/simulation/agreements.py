"""The stories of agreed actions: recorded, answered, varied, done or not, confirmed or disputed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from cspr_workflow.application.simulation import texts
from cspr_workflow.application.simulation.office import OPENS, Office, Story, Teller
from cspr_workflow.application.simulation.texts import written
from cspr_workflow.domain.actions import Action
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    ConfirmAction,
    DisputeCompletion,
    EscalationAct,
    RecordAction,
    ReleaseAction,
    VaryAction,
)
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.people import Means, Side

_MEANS, _HOW_OFTEN = tuple(Means), (45, 8, 40, 7)


class StoryEnds(Exception):
    """Nothing more happens in this case, whatever state it is in."""


class RiskEnds(Exception):
    """The timescale is no longer at risk; what people had in mind is put aside."""


class AgreementStory(Teller):
    """What people do with the agreed actions of one escalation."""

    def __init__(self, office: Office, rng: Random, reference: str, word: str) -> None:
        super().__init__(office, rng)
        self.reference = reference
        self.rep, self.director, self.lead = f"{word}_rep", f"{word}_director", f"{word}_lead"
        self.at_risk = True

    @property
    def case(self) -> Escalation:
        """The escalation as it is recorded."""
        case = self.office.workflow.escalation(self.reference)
        assert case is not None
        return case

    @property
    def today(self) -> date:
        """The civil day of the present moment."""
        return self.office.days.civil.day(self.office.now)

    def until(self, moment: datetime) -> Story:
        """Wait; raises :class:`RiskEnds` where the case is no longer at risk when it goes on."""
        yield moment
        if self.at_risk and self.case.no_longer_at_risk:
            self.at_risk = False
            raise RiskEnds

    def action(self, reference: str) -> Action:
        """An action as it is recorded."""
        return self.case.actions[reference]

    def means(self) -> Means:
        """How people spoke with each other."""
        return self.rng.choices(_MEANS, _HOW_OFTEN)[0]

    def as_agency(self, act: EscalationAct) -> bool:
        """The agency acts itself, or answers by telephone or e-mail and the officer records it."""
        if self.chance(0.3):
            by = self.officer if self.chance(0.85) else self.manager
            return self.do(by, act, means=self.means())
        return self.do(self.rep if self.chance(0.8) else self.lead, act)

    def on_side(self, side: Side, act: EscalationAct) -> bool:
        """Somebody of this side acts."""
        return self.as_agency(act) if side is Side.AGENCY else self.do(self.officer, act)

    # --- Agreeing ----------------------------------------------------------------------------

    def agree(self, due: date, owner: Side = Side.AGENCY) -> Story:
        """One side records an action; the other answers, or does not."""
        reference = f"A{len(self.case.actions) + 1}"
        first = Side.AGENCY if self.chance(0.2) else Side.SCSP
        what = written(self.rng, texts.TO_DO[owner])
        by = self.rep if first is Side.AGENCY else self.officer
        if not self.do(by, RecordAction(self.reference, reference, what, owner, due)):
            return
        answer = self.rng.random()
        if answer < 0.12:
            return
        yield from self.until(self.later(0, 1 if self.chance(0.3) else 0))
        if answer < 0.75:
            self.acknowledge(first.other, reference)
            yield from self._by_itself(reference)
        else:
            yield from self._differ(first, reference)

    def acknowledge(self, side: Side, reference: str) -> None:
        """A side takes over the other's record; one whose day is gone is varied instead."""
        theirs = self.action(reference).record_of(side.other)
        if theirs is not None and theirs.due < self.today:
            self.vary(side, reference)
        else:
            self.on_side(side, AcknowledgeAction(self.reference, reference))

    def vary(self, side: Side, reference: str) -> None:
        """A side records another day, and now and then another wording."""
        action = self.action(reference)
        due = self.worked_after(max(action.shown.due, self.today), self.rng.randint(1, 4))
        what = written(self.rng, texts.TO_DO[action.owner]) if self.chance(0.2) else None
        self.on_side(side, VaryAction(self.reference, reference, what, due))

    def worked_after(self, day: date, working_days: int) -> date:
        """The day on which people work so many working days after a day."""
        return self.office.days.on_or_after(day, working_days)

    def _differ(self, first: Side, reference: str) -> Story:
        """The other side records terms of its own; one side gives way, or the records stay apart."""
        self.vary(first.other, reference)
        if self.chance(0.2):
            return
        yield from self.until(self.later(0, 1))
        if self.chance(0.85):
            self.acknowledge(first, reference)
        else:
            self.acknowledge(first.other, reference)
        yield from self._by_itself(reference)

    def _by_itself(self, reference: str) -> Story:
        """The agency acknowledges itself what was reported for it."""
        if self.action(reference).reported and self.chance(0.45):
            yield from self.until(self.later(0, 2))
            self.do(self.rep, AcknowledgeAction(self.reference, reference))

    # --- Doing -------------------------------------------------------------------------------

    def outstanding(self) -> list[Action]:
        """The actions that are neither done nor released, the earliest first."""
        found = (action for action in self.case.actions.values() if action.outstanding)
        return sorted(found, key=lambda action: (action.shown.due, action.reference))

    def carry_out(self, diligence: float) -> Story:
        """Each outstanding action is done in time, late or not at all."""
        for action in self.outstanding():
            if self.chance(diligence):
                yield from self._complete(action)
            else:
                yield from self._neglect(action)

    def _complete(self, action: Action) -> Story:
        due = action.shown.due
        late = self.chance(0.2)
        day = self.worked_after(due, self.rng.randint(1, 4)) if late else due
        left = max((day - self.today).days, 0)
        if not late:
            day = self.today + timedelta(days=self.rng.randint(left // 2, left))
        moment = self.office.days.later(
            self.office.days.at(self.office.days.on_or_after(day), OPENS), 0, self.rng
        )
        yield from self.until(max(moment, self.later(0, 0)))
        if self.action(action.reference).outstanding:
            self.done(action)
            yield from self._answer(action)

    def done(self, action: Action) -> None:
        """The side that owns an action says that it is done."""
        evidence = written(self.rng, texts.EVIDENCE)
        self.on_side(action.owner, CompleteAction(self.reference, action.reference, evidence))

    def _answer(self, action: Action) -> Story:
        """The other side confirms that it was done, disputes it, or says nothing."""
        answer = self.rng.random()
        if answer < 0.1:
            return
        yield from self.until(self.later(0, 1))
        if answer < 0.22:
            why = written(self.rng, texts.DISPUTES)
            self.on_side(
                action.owner.other, DisputeCompletion(self.reference, action.reference, why)
            )
            if self.chance(0.25):
                return
            yield from self.until(self.later(1, 3))
            self.done(action)
            yield from self.until(self.later(0, 1))
        self.confirm(action)

    def confirm(self, action: Action) -> None:
        """The other side confirms that it was done."""
        self.on_side(action.owner.other, ConfirmAction(self.reference, action.reference))

    def _neglect(self, action: Action) -> Story:
        """Nobody does it; sometimes one side or both say that it is no longer needed."""
        if self.chance(0.35):
            yield from self.until(self.later(0, 2))
            yield from self.release(action)

    def release(self, action: Action) -> Story:
        """One side says that an action is no longer needed, and mostly the other agrees."""
        why = written(self.rng, texts.RELEASES)
        act = ReleaseAction(self.reference, action.reference, why)
        first = self.rng.choice(tuple(Side))
        self.on_side(first, act)
        if self.chance(0.85):
            yield from self.until(self.later(0, 1))
            self.on_side(first.other, act)

    def unconfirmed(self) -> Sequence[Action]:
        """The actions that were done and that the other side has not confirmed."""
        return [action for action in self.case.actions.values() if action.stage == "done"]
