"""The story of an escalation: what people do in each kind of stage, and what they leave undone.

People look at how their case stands, do the next thing, and wait; meanwhile the clock moves it.
"""

from datetime import datetime

from cspr_workflow.application.simulation import texts
from cspr_workflow.application.simulation.agreements import RiskEnds, StoryEnds
from cspr_workflow.application.simulation.meetings import MeetingStory
from cspr_workflow.application.simulation.office import Story
from cspr_workflow.application.simulation.texts import written
from cspr_workflow.domain.acts import (
    CompleteAction,
    EscalationAct,
    GiveReason,
    HoldMeeting,
    Inform,
    Informed,
    MeetingOutcome,
    RecordDiscussion,
    Resolve,
    WithdrawEscalation,
)
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.policy import Kind

_OWNERS = (
    (Side.AGENCY,),
    (Side.AGENCY, Side.AGENCY),
    (Side.AGENCY, Side.SCSP),
    (Side.SCSP,),
)
_HOW_OFTEN = (62, 14, 18, 6)
"""Who owns the actions of an answer, and how often it has so many."""


class EscalationStory(MeetingStory):
    """One escalation from its raising on."""

    informed = False

    def tell(self) -> Story:
        """Everything that people do in the case, until it is closed or left."""
        try:
            yield from self._climb()
        except RiskEnds:
            yield from self._stand_down()
        except StoryEnds:
            pass
        if not self.case.ending:
            yield from self._clear_up()
        yield from self._confirm_afterwards()

    def _climb(self) -> Story:
        """Stage after stage; a return to an earlier one is gone through like a first time."""
        while True:
            yield from self.until(self.later(0, 0 if self.chance(0.6) else 1))
            if self.chance(0.012):
                why = written(self.rng, texts.WITHDRAWING)
                self.do(self.manager, WithdrawEscalation(self.reference, why))
                raise StoryEnds
            self._slip(0.05)
            kind = self.stage.kind
            if kind is Kind.DISCUSSION:
                yield from self._discuss()
            elif kind is Kind.LIAISON:
                yield from self._liaise()
            elif kind is Kind.MEETING:
                if self.chance(0.45):
                    self._talk()
                yield from self.meet()
            else:
                yield from self.decide()

    def _stand_down(self) -> Story:
        """The timescale is no longer at risk: most cases are closed some days later."""
        yield self.later(0, 6)
        if self.outstanding() and self.chance(0.2):
            self.done(self.outstanding()[0])
            yield self.later(0, 1)
        if not self.chance(0.1):
            self.close(texts.NO_LONGER_NEEDED)

    def _clear_up(self) -> Story:
        """A case that was left open is closed long after, or never."""
        if self.chance(0.25):
            return
        yield self.later(15, 120)
        case = self.case
        if case.settled or case.no_longer_at_risk:
            self.close(texts.CLEARED_UP)

    def _confirm_afterwards(self) -> Story:
        """What was done can still be confirmed once the case is closed."""
        for action in self.unconfirmed():
            if self.case.ending and self.chance(0.5):
                yield self.later(0, 4)
                self.confirm(action)

    # --- Discussion and liaison --------------------------------------------------------------

    def _discuss(self) -> Story:
        """A first talk; now and then the matter is settled by it."""
        stage = self.stage
        if self.chance(0.8):
            self._talk(before=self.chance(0.2))
        if self.chance(0.3):
            self._inform()
        if self.chance(0.14):
            yield from self.agree(self.worked_after(self.today, self.rng.randint(0, 1)))
            if self.chance(0.6):
                for action in self.outstanding():
                    yield from self.until(self.later(0, 0))
                    self.done(action)
        yield from self.wait_out(stage)

    def _talk(self, *, before: bool = False) -> None:
        """Somebody records a discussion, which may have happened before the raising."""
        act = RecordDiscussion(self.reference, self.means(), written(self.rng, texts.SAID))
        if before:
            self.do(self.officer, act, occurred=self._before_raising())
        elif self.chance(0.6):
            self.do(self.officer, act)
        else:
            self.as_agency(act)

    def _before_raising(self) -> datetime:
        days, case = self.office.days, self.case
        day = days.before(days.civil.day(case.raised))
        return (
            days.at(day, self.rng.randrange(600, 960)) if day >= case.incident_on else case.raised
        )

    def _inform(self) -> None:
        """The Business Manager and the representative are told, as a rule."""
        for role in Informed:
            if not self.informed and self.chance(0.92):
                self.do(self.officer, Inform(self.reference, role))
        self.informed = True

    def _liaise(self) -> Story:
        """The representative is asked; the agency answers, or is silent."""
        stage = self.stage
        self._inform()
        if self.chance(0.05):
            self.escalate()
        elif self.chance(0.75):
            yield from self._respond()
        yield from self.wait_out(stage)

    def _respond(self) -> Story:
        """The agency gives its reason, and mostly something is agreed and done."""
        yield from self.until(self.later(0, 1))
        self.as_agency(GiveReason(self.reference, written(self.rng, texts.REASONS_FOR_DELAY)))
        if self.chance(0.2):
            return
        for owner in self.rng.choices(_OWNERS, _HOW_OFTEN)[0]:
            yield from self.agree(self.worked_after(self.today, self.rng.randint(0, 4)), owner)
        if self.stage.kind is Kind.LIAISON:
            yield from self.carry_out(0.75)

    # --- Mistakes ----------------------------------------------------------------------------

    def _slip(self, likely: float) -> None:
        """Somebody tries what is not theirs to do, or what is not there; it is refused."""
        if not self.chance(likely):
            return
        outcome = MeetingOutcome.NOT_RESOLVED
        mistakes: tuple[tuple[str, EscalationAct], ...] = (
            (self.officer, HoldMeeting(self.reference, (self.officer, self.rep), outcome)),
            (self.rep, Inform(self.reference, Informed.BUSINESS_MANAGER)),
            (self.officer, GiveReason(self.reference, texts.REASONS_FOR_DELAY[0])),
            (self.rep, CompleteAction(self.reference, "A9", texts.EVIDENCE[0])),
            (self.lead, Resolve(self.reference, texts.OUTCOMES[0])),
            (self.officer, WithdrawEscalation(self.reference, texts.WITHDRAWING[0])),
        )
        by, act = self.rng.choice(mistakes)
        self.do(by, act)
