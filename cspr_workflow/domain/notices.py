"""What a person is told about an act, from what it brings about. A notice never refuses.

Made from a preview, a notice comes before anything is stored.
"""

from collections.abc import Iterator, Sequence

from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation_facts import Raised, StageEntered
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.policy import Policy


def of_raising(entries: Sequence[Entry], incident: Incident, policy: Policy) -> Iterator[str]:
    """What raising an escalation has to say, from the entries that it brings about.

    A late write-up can move a case through stages at once, and the ladder can end after the last
    day of the timescale that it is to protect.
    """
    raised = next((entry.fact for entry in entries if isinstance(entry.fact, Raised)), None)
    if raised is None:
        return
    through = [policy.stage(e.fact.stage).name for e in entries if isinstance(e.fact, StageEntered)]
    if through:
        yield f"{raised.escalation} moves at once to {', then '.join(through)}: it was raised that long ago."
    protected = incident.timescale(raised.timescale).deadline
    ends = raised.limits[-1].deadline.last_day
    if protected is not None and ends > protected.last_day:
        timescale = policy.timescale(raised.timescale)
        yield (
            f"The ladder of {raised.escalation} ends on {ends}, after the last day of "
            f"{timescale.clause} {timescale.name}, {protected.last_day}: waiting for it is too late."
        )
