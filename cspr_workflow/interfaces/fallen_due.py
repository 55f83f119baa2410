"""What has fallen due and has no entry yet: in sentences for people, and as plain data."""

from cspr_workflow.domain.entries import Entry
from cspr_workflow.interfaces.asking import Known
from cspr_workflow.interfaces.record_words import does, full_stop
from cspr_workflow.interfaces.sentences import Teller


def told_pending(entry: Entry, teller: Teller, when: str = "not yet recorded") -> str:
    """Something that has fallen due and is not recorded yet, in a sentence."""
    told = full_stop(does(entry, teller))
    return f"Due since {teller.moment(entry.occurred)}, {when}: {told}"


def plain_pending(known: Known) -> list[dict[str, str]]:
    """What has fallen due in a case and is not recorded yet, as plain data."""
    return [plain_fallen_due(entry, known.teller) for entry in known.pending]


def plain_fallen_due(entry: Entry, teller: Teller) -> dict[str, str]:
    """Something that has fallen due and is not recorded yet, as plain data."""
    return {
        "fell_due": teller.policy.civil.local(entry.occurred).isoformat(),
        "what": does(entry, teller),
        "clause": entry.clause,
    }
