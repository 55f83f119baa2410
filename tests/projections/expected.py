"""What the views have to tell, worked out afresh from the record, without the views."""

from collections.abc import Mapping
from datetime import UTC, datetime

from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.transaction import PARTNERSHIP, escalation_stream, evolved
from cspr_workflow.domain import clock, partnership
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.entries import Rules
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.partnership import Partnership
from cspr_workflow.domain.policy import Policy
from projections.duties import DutyDone
from projections.duties import duties as duties_of
from tests.projections.kept import Kept

NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""By then everything has fallen due."""


def duties(case: Escalation, kept: Kept) -> list[DutyDone]:
    """The duties of an escalation, from its entries."""
    entries = [one.entry for one in kept.record.read(escalation_stream(case.reference))]
    return duties_of(entries, case.stages[0].stage, kept.policies[case.policy])


class Folded:
    """Every case and the partnership, folded entry by entry."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.cases: dict[str, Case] = {}
        self._partnership: Partnership = partnership.EMPTY

    def take(self, one: Recorded) -> None:
        """One more entry."""
        if one.stream == PARTNERSHIP:
            self._partnership = partnership.evolve(self._partnership, one.entry)
        else:
            self.cases[one.stream] = evolved(self.cases.get(one.stream), one.stream, one.entry)

    def due(self) -> dict[str, datetime]:
        """When each case has to be looked at next: by its own clock, or a change that moves something."""
        found = {stream: self._due(case) for stream, case in self.cases.items()}
        return {stream: moment for stream, moment in found.items() if moment}

    def changes_due(self, due: Mapping[str, datetime]) -> int:
        """How many cases are due for a change of the calendar that they have not seen."""
        moments = {change.moment for change in self._partnership.changes}
        return sum(moment in moments for moment in due.values())

    def _due(self, case: Case) -> datetime | None:
        due = clock.next_due(case, self._policy)
        moments = [due.moment] if due else []
        calendar, changes = self._partnership.calendar, self._partnership.changes
        assert calendar is not None
        for number in range(case.calendar, len(changes)):
            rules = Rules(self._policy, calendar, changes[: number + 1])
            moment = changes[number].moment
            if clock.let_time_pass(case, moment, rules)[1]:
                moments.append(moment)
        return min(moments, default=None)
