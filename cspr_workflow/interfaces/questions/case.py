"""One incident or escalation: where it stands, its ladder, its duties, its actions, and what is next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cspr_workflow.application.handle import escalation_stream
from cspr_workflow.application.outcome import escalation_outcome, incident_outcome
from cspr_workflow.domain.calendar import ONE_DAY, Deadline
from cspr_workflow.domain.entries import CLOCK, Entry
from cspr_workflow.domain.escalation import Escalation, StageEntry
from cspr_workflow.domain.escalation_facts import Raised, StageEntered
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.policy import Kind
from cspr_workflow.interfaces import replay
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.corrected import Correction, plain_corrections
from cspr_workflow.interfaces.questions.actions import ActionLine, action_lines, plain_action
from cspr_workflow.interfaces.questions.board import CaseLine, plain_case
from cspr_workflow.interfaces.questions.question import REFERENCE, Question, Readers
from cspr_workflow.interfaces.record_words import brought_in, did
from cspr_workflow.interfaces.sentences import day, words
from cspr_workflow.interfaces.state_line import Place
from cspr_workflow.interfaces.story import timescale_rows, told_duty
from projections.agreed_actions import Asked
from projections.duties import DutyDone, duties, duty_part, parts

_CORRECTED = " (corrected)"


@dataclass(frozen=True, slots=True)
class LadderRow:
    """A stay in a stage, or a stage that was not entered: its last day, when it was entered and how."""

    stage: str
    last_day: str
    entered: str = ""
    how: str = ""
    is_follow_on: bool = False
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty of a stage that was reached, in words; its corrections are those of what it was done by."""

    duty: DutyDone
    told: str
    corrections: tuple[Correction, ...]


@dataclass(frozen=True)
class CaseShown(CaseLine):
    """All that there is to show of one case."""

    @property
    def began(self) -> str:
        """How it began: the incident reported, the escalation raised."""
        first = self.known.entries[0]
        return f"{self.known.teller.moment(first.occurred)}: {did(first, self.known.teller)}"

    @property
    def brought_in(self) -> str | None:
        """Where it was brought in from, if it was."""
        return brought_in(self.known.entries[0], self.known.teller)

    @property
    def states(self) -> tuple[Place, ...]:
        """Its states in a line: those it went through, the present one, what is ahead."""
        known = self.known
        return replay.steps(known.recorded, known.policy, known.teller)[-1].states

    @property
    def ladder(self) -> list[LadderRow]:
        """An escalation's stages in the order in which they were entered, then those that were not."""
        case = self.known.case
        return list(self._ladder(case)) if isinstance(case, Escalation) else []

    @property
    def duties(self) -> list[DutyRow]:
        """The duties of the stages that an escalation reached."""
        return [
            DutyRow(one, f"{told_duty(one, self.known.teller)}{_mark(beside)}", beside)
            for one in self.duties_done
            for beside in [self._corrections(self._parts(one))]
        ]

    @property
    def duties_done(self) -> list[DutyDone]:
        """The same duties without words."""
        case = self.known.case
        if not isinstance(case, Escalation):
            return []
        return duties(self.known.entries, case.stages[0].stage, self.known.policy)

    @property
    def actions(self) -> list[ActionLine]:
        """The record of an escalation's agreed actions."""
        if isinstance(self.known.case, Incident):
            return []
        return list(action_lines(Asked(escalation=self.reference), self.asked))

    @property
    def timescales(self) -> list[tuple[str, str, str, str]]:
        """An incident's timescales: name, state, last day, the day on which it was met."""
        case = self.known.case
        return list(timescale_rows(case, self.known.teller)) if isinstance(case, Incident) else []

    @property
    def escalations(self) -> list[CaseLine]:
        """The escalations on an incident."""
        case = self.known.case
        noted = case.escalations if isinstance(case, Incident) else ()
        return [
            CaseLine(self.asked.known(escalation_stream(one.escalation)), self.asked)
            for one in noted
        ]

    @property
    def corrections(self) -> list[Correction]:
        """Everything that was corrected in it, in the order in which it was corrected."""
        return self.known.corrections.all

    def _corrections(self, entries: Iterable[Entry]) -> tuple[Correction, ...]:
        return tuple(self.known.corrections.of(entries)) if self.corrections else ()

    def _ladder(self, case: Escalation) -> Iterator[LadderRow]:
        """Stages that were passed over stand where the case passed them over."""
        left = [id for id in case.limits if id not in {entry.stage for entry in case.stages}]
        places = {stage.id: place for place, stage in enumerate(self.known.policy.stages)}
        for entry in case.stages:
            while left and places[left[0]] < places[entry.stage]:
                yield self._not_entered(left.pop(0), case)
            yield self._stay(entry, case)
        if case.follow_on:
            yield LadderRow("follow-on limit", _last_day(case.follow_on), is_follow_on=True)
        yield from (self._not_entered(id, case) for id in left)

    def _not_entered(self, id: str, case: Escalation) -> LadderRow:
        return LadderRow(self.known.teller.stage(id), self._limit(id, case), "not entered")

    def _stay(self, entry: StageEntry, case: Escalation) -> LadderRow:
        who = "the clock" if entry.by == CLOCK else self.asked.name(entry.by)
        why = f": {words(entry.reason)}" if entry.reason else ""
        beside = self._corrections(_entering(entry, self.known.entries))
        return LadderRow(
            self.known.teller.stage(entry.stage),
            self._limit(entry.stage, case),
            self.known.teller.moment(entry.entered),
            f"{who}{why}{_mark(beside)}",
            corrections=beside,
        )

    def _limit(self, id: str, case: Escalation) -> str:
        opens = self.known.policy.stage(id).kind is Kind.DISCUSSION
        return _last_day(case.limits[id], opens=opens) if id in case.limits else ""

    def _parts(self, one: DutyDone) -> Iterator[Entry]:
        """The entries by which a duty was done."""
        keys = parts(one.stage.id, one.duty)
        return (entry for entry in self.known.entries if duty_part(entry) in keys)


def _mark(corrections: tuple[Correction, ...]) -> str:
    return _CORRECTED if corrections else ""


def _last_day(limit: Deadline, *, opens: bool = False) -> str:
    """A limit's last day; a discussion lasts until the day after it opens."""
    told = f"until {day(limit.last_day + ONE_DAY)} opens" if opens else day(limit.last_day)
    return f"{told} (provisional)" if limit.derivation.provisional else told


def _entering(stay: StageEntry, entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entry with which a stage was entered."""
    for entry in entries:
        fact = entry.fact
        entered = isinstance(fact, Raised) or (
            isinstance(fact, StageEntered) and fact.stage == stay.stage
        )
        if entered and entry.occurred == stay.entered and entry.author == stay.by:
            yield entry


def _show(asked: Asking, *, reference: str) -> list[CaseShown]:
    return [CaseShown(known, asked) for known in asked.cases(reference)]


# --- As plain data ---------------------------------------------------------------------------


def _plain(found: list[CaseShown], _: Asking) -> dict[str, Any]:
    return {"cases": [_plain_case(one) for one in found]}


def _plain_case(shown: CaseShown) -> dict[str, Any]:
    known, asked, case = shown.known, shown.asked, shown.known.case
    plain = plain_case(shown)
    corrections = plain_corrections(shown.corrections)
    if not isinstance(case, Escalation):
        references = [noted.escalation for noted in case.escalations]
        outcome = incident_outcome(case, known.policy)
        return {**plain, "outcome": outcome, "escalations": references, "corrections": corrections}
    raised = known.entries[0].fact
    assert isinstance(raised, Raised)
    return {
        **plain,
        "raised": asked.local(case.raised),
        "concern": raised.concern,
        "outcome": escalation_outcome(case, known.policy),
        "duties": [
            {
                "stage": one.stage.id,
                "clause": one.duty.clause,
                "name": one.duty.name,
                "done": asked.local(one.done) if one.done else None,
            }
            for one in shown.duties_done
        ],
        "actions": [plain_action(line) for line in shown.actions],
        "corrections": corrections,
    }


SHOW = Question(
    "show",
    "Where does one incident or escalation stand, with its days, duties and actions, and what is next?",
    Readers.CASES,
    _show,
    _plain,
    (REFERENCE,),
)
