"""The story of an incident: notified, reviewed, published; each step planned when it is reported.

The escalations on it are part of its plan, so that it is known beforehand how many there will be:
each is raised while its timescale is still at risk. The steps of an incident are always in order;
how late they come is chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from cspr_workflow.application.simulation import texts
from cspr_workflow.application.simulation.escalations import EscalationStory
from cspr_workflow.application.simulation.office import (
    OPENS,
    Days,
    Office,
    Story,
    Teller,
    random_of,
)
from cspr_workflow.application.simulation.people import AGENCIES
from cspr_workflow.application.simulation.texts import written
from cspr_workflow.domain.acts import (
    Body,
    CompleteReview,
    ConveneRapidReview,
    DecideReview,
    DeferPublication,
    IncidentAct,
    Notify,
    PublishReview,
    RaiseEscalation,
    ReportIncident,
    SendOutcome,
    WithdrawIncident,
    WithholdPublication,
)
from cspr_workflow.domain.calendar import ONE_DAY

RAISED_ON = {"notification": 12, "rapid_review": 50, "review": 30, "publication": 8}
"""How often each timescale is the one at risk."""

_WORDS, _WEIGHTS = tuple(AGENCIES), (5, 3, 4, 2, 2, 3)
_HOW_MANY = (12, 50, 25, 13)
"""How often an incident has none, one, two or three escalations."""
_AT_THE_END = timedelta(days=21)
_MISTAKE = 0.004


@dataclass(frozen=True, slots=True)
class Step:
    """A step that somebody records at a moment; without an act, an escalation on ``timescale``."""

    moment: datetime
    act: IncidentAct | None = None
    timescale: str = ""


class Timetable:
    """The steps of one incident from its report on, drawn by chance."""

    def __init__(self, days: Days, rng: Random, reference: str, reported: datetime) -> None:
        self.days = days
        self.rng = rng
        self.reference = reference
        self.reported = reported
        self.steps: list[Step] = []

    def draw(self, escalations: int) -> list[Step]:
        """Every step after the report, in the order of time."""
        chosen = self.rng.choices(tuple(RAISED_ON), tuple(RAISED_ON.values()), k=escalations)
        counts = {timescale: chosen.count(timescale) for timescale in RAISED_ON}
        sent = self._rapid_review(self._notification(counts["notification"]), counts)
        if counts["review"] or counts["publication"] or not self._chance(0.05):
            self._decision(sent, counts)
        self.steps.sort(key=lambda step: step.moment)
        return self._withdrawn() if self._chance(0.07) else self.steps

    def _chance(self, likely: float) -> bool:
        return self.rng.random() < likely

    def _later(self, moment: datetime, fewest: int, most: int) -> datetime:
        return self.days.later(moment, self.rng.randint(fewest, most), self.rng)

    def _step(self, moment: datetime, act: IncidentAct) -> datetime:
        self.steps.append(Step(moment, act))
        return moment

    def _raise(self, timescale: str, moments: Sequence[datetime]) -> datetime:
        """Raise escalations; the last of the moments, or the report's, where there is none."""
        self.steps += [Step(moment, timescale=timescale) for moment in moments]
        return max(moments, default=self.reported)

    def _notification(self, escalations: int) -> datetime:
        """The three notifications; when the National Panel was notified."""
        raised = self._raise(
            "notification", [self._later(self.reported, 0, 3) for _ in range(escalations)]
        )
        moments = {body: self._later(self.reported, 0, 3) for body in Body}
        if escalations or self._chance(0.1):
            last = self.rng.choice(tuple(Body))
            moments[last] = self._later(raised, 2, 12)
        for body, moment in moments.items():
            self._step(moment, Notify(self.reference, body))
        return moments[Body.NATIONAL_PANEL]

    def _rapid_review(self, notified: datetime, counts: dict[str, int]) -> datetime:
        """Convened, and its outcome sent; when that was."""
        convened = self._later(notified, 2, 6)
        self._step(convened, ConveneRapidReview(self.reference))
        escalations = counts["rapid_review"]
        raised = self._raise(
            "rapid_review", [self._later(notified, 3, 13) for _ in range(escalations)]
        )
        if not escalations:
            sent = self._later(convened, 4, 22 if self._chance(0.15) else 8)
        else:
            sent = self._later(max(convened, raised), 4, 45 if self._chance(0.25) else 24)
        return self._step(sent, SendOutcome(self.reference))

    def _decision(self, sent: datetime, counts: dict[str, int]) -> None:
        commissioned = bool(counts["review"] or counts["publication"]) or self._chance(0.3)
        decided = self._later(sent, 1, 12)
        stock = texts.COMMISSIONING if commissioned else texts.NO_REVIEW
        by = self.rng.choice(("SLPR subgroup", "SCSP Chair", "SCSP executive group"))
        act = DecideReview(self.reference, commissioned, by, written(self.rng, stock))
        self._step(decided, act)
        if not commissioned:
            return
        escalations = counts["review"]
        moments = [
            self._later(sent, 0, 10) if self._chance(0.08) else self._later(decided, 50, 120)
            for _ in range(escalations)
        ]
        answered = self._later(self._raise("review", moments), 5, 45)
        completed = max(answered, self._later(decided, 85, 145))
        self._step(completed, CompleteReview(self.reference))
        self._publication(decided, completed, counts["publication"])

    def _publication(self, decided: datetime, completed: datetime, escalations: int) -> None:
        deferred = decided
        if self._chance(0.35):
            deferred = self._defer(self._later(decided, 30, 110))
        if self._chance(0.15):
            deferred = self._defer(self._later(max(deferred, completed), 1, 20))
        after = max(deferred, completed)
        raised = self._raise("publication", [self._later(after, 1, 15) for _ in range(escalations)])
        moment = self._later(max(after, raised), 3, 60)
        if self._chance(0.12):
            why = written(self.rng, texts.WITHHOLDING)
            self._step(moment, WithholdPublication(self.reference, why))
        else:
            self._step(moment, PublishReview(self.reference))

    def _defer(self, moment: datetime) -> datetime:
        until = None
        if self._chance(0.6):
            until = self.days.civil.day(moment) + timedelta(days=self.rng.randrange(30, 200))
        act = DeferPublication(
            self.reference,
            written(self.rng, texts.DEFERRING),
            self.rng.choice(texts.PROCEDURES),
            until,
        )
        return self._step(moment, act)

    def _withdrawn(self) -> list[Step]:
        """The steps up to a withdrawal, which comes after the last escalation."""
        raised = [step.moment for step in self.steps if step.act is None]
        earliest = max(raised, default=self.reported)
        moment = self._later(earliest, 0, 15)
        if moment >= self.steps[-1].moment:
            return self.steps
        kept = [step for step in self.steps if step.moment < moment]
        why = written(self.rng, texts.CRITERIA_NOT_MET)
        return [*kept, Step(moment, WithdrawIncident(self.reference, why))]


class IncidentStory(Teller):
    """An incident from its report on."""

    def __init__(self, office: Office, number: int) -> None:
        super().__init__(office, random_of(office.seed, "incident", number))
        self.reference = office.reference("INC")

    def plan(self, most: int, until: datetime) -> list[Step]:
        """The steps up to the end of the simulation, with at most so many escalations.

        Shortly before the end an escalation that would come after it is raised at once.
        """
        wished = self.rng.choices(range(4), _HOW_MANY)[0]
        table = Timetable(self.office.days, self.rng, self.reference, self.office.now)
        steps = table.draw(wished)
        planned = [step for step in steps if step.moment < until]
        if wished and until - self.office.now < _AT_THE_END and escalations_in(planned) == 0:
            soon = self.later(0, 0)
            moment = soon if soon < until else self.office.now
            planned.append(Step(moment, timescale="rapid_review"))
            planned.sort(key=lambda step: step.moment)
        surplus = escalations_in(planned) - most
        for step in [step for step in reversed(planned) if step.act is None][: max(surplus, 0)]:
            planned.remove(step)
        return planned

    def tell(self, steps: Sequence[Step]) -> Story:
        """Report the incident, then each step at its moment."""
        today = self.office.days.civil.day(self.office.now)
        aware_on = today - ONE_DAY * self.rng.choice((0, 0, 0, 1, 1, 2))
        before = self.rng.randrange(10, 40) if self.chance(0.04) else self.rng.choice((0, 0, 1, 2))
        self.do(self.officer, ReportIncident(self.reference, aware_on - ONE_DAY * before, aware_on))
        self.office.incidents += 1
        for step in steps:
            yield step.moment
            if step.act is None:
                self._raise(step.timescale)
            else:
                if self.chance(_MISTAKE):
                    self.do("auditor", step.act)
                self.do(self._who(step.act), step.act)

    def _who(self, act: IncidentAct) -> str:
        if isinstance(act, WithdrawIncident):
            return self.manager
        if isinstance(act, DecideReview):
            return self.rng.choice((self.officer, self.manager, "subgroup_chair", "chair"))
        return self.officer if self.chance(0.85) else self.manager

    def _raise(self, timescale: str) -> None:
        occurred = self.happened()
        if self.chance(0.03):
            days = self.office.days
            day = days.civil.day(self.office.now) - ONE_DAY * self.rng.randrange(2, 8)
            occurred = max(days.at(days.on_or_after(day), OPENS), self.recorded)
            occurred = min(occurred, self.office.now)
        word = self.rng.choices(_WORDS, _WEIGHTS)[0]
        reference = self.office.reference("ESC")
        concern = written(self.rng, texts.CONCERNS[timescale])
        act = RaiseEscalation(reference, self.reference, timescale, AGENCIES[word], concern)
        by = self.officer if self.chance(0.8) else self.manager
        if self.do(by, act, occurred=occurred):
            self.office.escalations += 1
            rng = random_of(self.office.seed, reference)
            self.office.start(EscalationStory(self.office, rng, reference, word).tell())


def escalations_in(steps: Sequence[Step]) -> int:
    """How many of the steps raise an escalation."""
    return sum(step.act is None for step in steps)
