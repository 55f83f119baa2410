"""The stories of the later stages: meetings, the chair's decision, and how a case is closed or left."""

from datetime import datetime

from cspr_workflow.application.simulation import texts
from cspr_workflow.application.simulation.agreements import AgreementStory, StoryEnds
from cspr_workflow.application.simulation.office import Story
from cspr_workflow.application.simulation.texts import written
from cspr_workflow.domain.acts import (
    Consult,
    Decide,
    Escalate,
    EscalationAct,
    HoldMeeting,
    MeetingOutcome,
    NotifyChair,
    Resolve,
    SetAction,
)
from cspr_workflow.domain.people import Role, Side
from cspr_workflow.domain.policy import Kind, Stage

_SETS = ((), (Side.AGENCY,), (Side.AGENCY, Side.SCSP))
_HOW_OFTEN = (45, 42, 13)
"""Who owns what a decision sets, and how often it sets so much."""


class MeetingStory(AgreementStory):
    """What the chairs do in one escalation."""

    @property
    def stage(self) -> Stage:
        """The present stage, as the policy has it."""
        case = self.case
        return self.office.workflow.policy(case.policy).stage(case.stage)

    # --- Waiting and closing -----------------------------------------------------------------

    def wait_out(self, stage: Stage) -> Story:
        """Wait until the case has left a stage; a settled case is closed or left, and so ends."""
        while (case := self.case).stage == stage.id:
            if case.settled:
                yield from self._settle()
            yield from self.until(self._after(case.limit.falls_due))
            if stage.limit_passes and self.case.stage == stage.id:
                self.escalate()

    def _after(self, limit: datetime) -> datetime:
        """A moment in working hours after a limit; the next day, where that is over."""
        if limit <= self.office.now:
            return self.later(1, 1)
        days = self.office.days
        return days.later(days.worked(limit, self.rng), 0, self.rng)

    def escalate(self) -> None:
        """Somebody moves the case on; where that is not possible it is left."""
        by = self.manager if self.chance(0.6) else "subgroup_chair"
        if not self.do(by, Escalate(self.reference, written(self.rng, texts.ESCALATING))):
            raise StoryEnds

    def _settle(self) -> Story:
        """The agency owes nothing: what the partnership owes is done, and the case is closed."""
        if self.chance(0.08):
            raise StoryEnds
        yield from self.until(self.later(0, 3 if self.chance(0.3) else 1))
        for action in self.outstanding():
            if action.owner is Side.SCSP:
                self.done(action)
        self.close(texts.OUTCOMES)
        raise StoryEnds

    def close(self, stock: tuple[str, ...]) -> None:
        """Close the case; where that is refused it stays as it is."""
        roles = self.stage.resolved_by
        if self.case.no_longer_at_risk:
            roles = (Role.BUSINESS_MANAGER,)
        holders = {
            Role.CSPR_OFFICER: self.officer,
            Role.BUSINESS_MANAGER: self.manager,
            Role.SUBGROUP_CHAIR: "subgroup_chair",
            Role.SCSP_CHAIR: self._chair(),
        }
        by = holders[self.rng.choice(roles)]
        self._as_chair(by, Resolve(self.reference, written(self.rng, stock)))

    def _chair(self) -> str:
        """The chair, or the deputy where the chair is away."""
        return "chair" if self.chance(0.85) else "deputy_chair"

    def _as_chair(self, by: str, act: EscalationAct, occurred: datetime | None = None) -> None:
        """Record an act; the chair steps in where the deputy may not do it."""
        if not self.do(by, act, occurred=occurred) and by == "deputy_chair":
            self.do("chair", act, occurred=occurred)

    # --- The meeting -------------------------------------------------------------------------

    def meet(self) -> Story:
        """The meeting stage: a meeting in time, one that is written up late, or none."""
        stage = self.stage
        when = self.rng.random()
        if self.case.meetings_of_stage:
            yield from self._after_meeting(stage)
        elif when < 0.08:
            self.escalate()
        elif when < 0.18:
            yield from self.wait_out(stage)
        elif when < 0.34:
            yield from self._write_up_late(stage)
        else:
            yield from self.until(self.later(0, 3))
            if self.case.stage == stage.id:
                yield from self._gather(stage)

    def _gather(self, stage: Stage) -> Story:
        """The meeting is held; what it agrees on can take so long that it is written up late."""
        held = self.office.now
        yield from self._prepare()
        if self.case.stage == stage.id:
            self._hold("subgroup_chair")
            yield from self._after_meeting(stage)
        else:
            self._hold("subgroup_chair", occurred=held)

    def _write_up_late(self, stage: Stage) -> Story:
        """The meeting is held in its stage, and recorded when the case is in the next."""
        yield from self.until(self.later(0, 1))
        held = self.office.now
        if self.chance(0.8):
            yield from self.agree(self.worked_after(self.today, self.rng.randint(4, 9)))
        yield from self.wait_out(stage)
        yield from self.until(self.later(0, 1))
        self._hold("subgroup_chair", occurred=held)

    def _prepare(self) -> Story:
        """Before a meeting can agree on actions: one in force, and none that was not maintained."""
        for action in self.case.broken_actions:
            if self.chance(0.7):
                self.vary(Side.AGENCY, action.reference)
                self.acknowledge(Side.SCSP, action.reference)
            elif self.chance(0.6):
                yield from self.release(action)
        if not self.case.agency_owes and not self.case.settled and self.chance(0.8):
            yield from self.agree(self.worked_after(self.today, self.rng.randint(2, 8)))

    def _outcome(self) -> MeetingOutcome:
        """What the meeting comes to; now and then somebody records more than the case bears."""
        case = self.case
        agreed = any(action.kept for action in case.actions.values())
        if not agreed or case.broken_actions:
            likely = 0.05
        elif case.undone_in_force or (self.stage.kind is Kind.DECISION and not case.decided):
            likely = 0.85
        elif self.chance(0.5):
            return MeetingOutcome.RESOLVED
        else:
            likely = 1
        return MeetingOutcome.ACTIONS_AGREED if self.chance(likely) else MeetingOutcome.NOT_RESOLVED

    def _hold(self, by: str, *, occurred: datetime | None = None) -> None:
        """Record a meeting with those who came; one that resolved the matter ends the story."""
        came = (who for who in (self.rep, self.officer, self.manager) if self.chance(0.5))
        act = HoldMeeting(self.reference, (by, self.director, *came), self._outcome())
        self._as_chair(by, act, occurred)
        if self.case.ending:
            raise StoryEnds

    def _after_meeting(self, stage: Stage) -> Story:
        """What was agreed is done, or not maintained: then the clock moves the case on."""
        yield from self.carry_out(0.75)
        while (case := self.case).stage == stage.id:
            if case.settled:
                yield from self._settle()
            ahead = [
                action.in_force.due
                for action in self.outstanding()
                if action.in_force and not action.not_maintained and action.owner is Side.AGENCY
            ]
            if not ahead:
                yield from self.until(self.later(1, 4))
                if self.chance(0.25):
                    raise StoryEnds
                self.escalate()
                return
            over = self.worked_after(max(*ahead, self.today), 1)
            yield from self.until(self.office.days.at(over, self.rng.randrange(540, 1000)))

    # --- The decision ------------------------------------------------------------------------

    def decide(self) -> Story:
        """The last stage: the chair is notified, all parties meet, the chair decides and closes."""
        if self.chance(0.05):
            raise StoryEnds
        if self.chance(0.9):
            self.do(self.officer, NotifyChair(self.reference))
        if self.chance(0.3):
            yield from self.until(self.later(0, 1))
            self.do("chair", Consult(self.reference, self.rng.choice(texts.BODIES)))
        if self.chance(0.78):
            yield from self.until(self.later(0, 5 if self.chance(0.25) else 1))
            self._hold(self._chair())
        yield from self.until(self.later(0, 2))
        yield from self._decisions()
        raise StoryEnds

    def _decisions(self) -> Story:
        """The chair decides, once or again, until nothing is outstanding; then closes the case."""
        for _ in range(3):
            self._decision()
            if self.chance(0.06):
                return
            yield from self.carry_out(0.85)
            if not self.case.undone_in_force:
                break
            yield from self.until(self.later(1, 6))
            if self.chance(0.3):
                return
        yield from self.until(self.later(0, 4))
        if self.chance(0.9):
            self.close(texts.OUTCOMES)

    def _decision(self) -> None:
        """One decision: some of what is outstanding is released, and something else set."""
        owners = self.rng.choices(_SETS, _HOW_OFTEN)[0]
        sets = (
            SetAction(
                f"A{number}",
                written(self.rng, texts.TO_DO[owner]),
                owner,
                self.worked_after(self.today, self.rng.randint(2, 10)),
            )
            for number, owner in enumerate(owners, len(self.case.actions) + 1)
        )
        act = Decide(
            self.reference,
            written(self.rng, texts.DECISIONS),
            written(self.rng, texts.DECISION_REASONS),
            tuple(action.reference for action in self.outstanding() if self.chance(0.6)),
            tuple(sets),
        )
        self._as_chair(self._chair(), act)
