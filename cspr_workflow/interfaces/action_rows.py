"""The record of an agreed action as one row: both sides, by whom, by when, and what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from cspr_workflow.domain.actions import (
    ActionAcknowledged,
    ActionCompleted,
    ActionConfirmed,
    ActionFact,
    ActionVaried,
    CompletionDisputed,
    ReleaseSaid,
    Terms,
)
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.people import Side
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.case_words import side_called, terms_in_words
from cspr_workflow.interfaces.corrected import Correction
from cspr_workflow.interfaces.record_words import brought_in
from cspr_workflow.interfaces.sentences import Teller, day
from projections.agreed_actions import ActionRecord


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One agreed action, with each side's own terms as far as that side has a record of it.

    Moments are those from which the rules count: for what was brought in, when it was written elsewhere.
    ``not_recorded_since`` is when it fell due undone, where the clock has not recorded that yet.
    """

    escalation: str
    incident: str
    agency: str
    action: str
    owner: str
    state: str
    what: str
    due: date
    scsp_what: str | None
    scsp_due: date | None
    agency_what: str | None
    agency_due: date | None
    recorded_by: str
    recorded_at: datetime
    recorded_later: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    acknowledged_later: datetime | None
    acknowledged_on_behalf_of: str | None
    acknowledged_means: str | None
    varied: str | None
    done_on: date | None
    evidence: str | None
    confirmed: str | None
    disputed: str | None
    not_maintained_since: datetime | None
    not_recorded_since: datetime | None
    released: str | None
    by_decision: bool
    reported: bool
    brought_in: str | None
    corrections: tuple[Correction, ...]


def action_row(
    record: ActionRecord,
    incident: str,
    teller: Teller,
    not_recorded: datetime | None = None,
    corrections: Sequence[Correction] = (),
) -> ActionRow:
    """The row of an action whose texts are opened; ``corrections`` are those of its entries."""
    action, agency = record.action, record.agency
    first, agreed = record.entries[0], _agreeing(record)
    scsp, theirs = action.scsp, action.agency
    claimed = [e.fact.evidence for e in record.entries if isinstance(e.fact, ActionCompleted)]
    return ActionRow(
        escalation=record.escalation,
        incident=incident,
        agency=agency,
        action=action.reference,
        owner=side_called(action.owner, agency),
        state=action.state.value,
        what=action.shown.what,
        due=action.shown.due,
        scsp_what=scsp.what if scsp else None,
        scsp_due=scsp.due if scsp else None,
        agency_what=theirs.what if theirs else None,
        agency_due=theirs.due if theirs else None,
        recorded_by=_who(first, teller),
        recorded_at=first.occurred,
        recorded_later=_later(first),
        acknowledged_by=_who(agreed, teller) if agreed else None,
        acknowledged_at=agreed.occurred if agreed else None,
        acknowledged_later=_later(agreed) if agreed else None,
        acknowledged_on_behalf_of=agency if agreed and _means(agreed) else None,
        acknowledged_means=_means(agreed) if agreed else None,
        varied=_all(record, ActionVaried, teller),
        done_on=action.done_on,
        evidence=claimed[-1] if claimed else None,
        confirmed=_all(record, ActionConfirmed, teller),
        disputed=_all(record, CompletionDisputed, teller),
        not_maintained_since=action.not_maintained if action.outstanding else None,
        not_recorded_since=not_recorded,
        released=_released(record, teller),
        by_decision=action.by_decision,
        reported=action.reported,
        brought_in=brought_in(first, teller),
        corrections=tuple(corrections),
    )


def _later(entry: Entry) -> datetime | None:
    """When an entry was written down, where that was not when it happened."""
    return entry.written if entry.written != entry.occurred else None


def _when(happened: datetime, later: datetime | None, teller: Teller) -> str:
    text = teller.moment(happened)
    return f"{text} (recorded {teller.moment(later)})" if later else text


def _agreeing(record: ActionRecord) -> Entry | None:
    """The entry that brought the terms in force by agreement.

    Where that was a report on the agency's behalf, the agency's own acknowledgement takes its place
    once there is one.
    """
    action = record.action
    if action.in_force is None or action.by_decision:
        return None
    agreeing = [entry for entry in record.entries if _takes(entry, action.in_force)]
    made = [entry for entry in agreeing if entry.written == action.in_force_at][-1]
    own = (
        entry
        for entry in agreeing[agreeing.index(made) :]
        if entry.side is Side.AGENCY and not _means(entry)
    )
    return next(own, made) if _means(made) else made


def _takes(entry: Entry, terms: Terms) -> bool:
    """Whether an entry takes over these terms, or varies to them."""
    fact = entry.fact
    return isinstance(fact, ActionAcknowledged | ActionVaried) and fact.terms == terms.number


def _means(entry: Entry) -> str | None:
    return entry.by.means.value if entry.by and entry.by.means else None


def _who(entry: Entry, teller: Teller) -> str:
    return teller.person(entry.by.person) if entry.by else "The clock"


def _all(record: ActionRecord, kind: type[ActionFact], teller: Teller) -> str | None:
    """Every entry of a kind: when, by whom, and what it says."""
    told = [
        _told(entry, record, teller) for entry in record.entries if isinstance(entry.fact, kind)
    ]
    return "; ".join(told) or None


def _told(entry: Entry, record: ActionRecord, teller: Teller) -> str:
    when = _when(entry.occurred, _later(entry), teller)
    fact, text = entry.fact, f"{when} by {_who(entry, teller)}"
    if means := _means(entry):
        text += f" on behalf of {record.agency} ({means})"
    if isinstance(fact, ActionVaried):
        return f"{text}: {terms_in_words(Terms(fact.terms, fact.what, fact.due))}"
    if isinstance(fact, CompletionDisputed | ReleaseSaid):
        return f"{text}: {fact.reason}"
    return text


def _released(record: ActionRecord, teller: Teller) -> str | None:
    if record.released_by_decision:
        last = record.entries[-1]
        return f"{_when(last.occurred, _later(last), teller)} by decision"
    said = _all(record, ReleaseSaid, teller)
    if said is None or record.action.released:
        return said
    return f"not yet; said by one side only: {said}"


def sentences_of(row: ActionRow, teller: Teller) -> Iterator[str]:
    """What the row says beside its terms, for people."""
    made = "Set by the decision of" if row.by_decision else "Recorded by"
    text = f"{made} {row.recorded_by}, {_when(row.recorded_at, row.recorded_later, teller)}"
    if row.acknowledged_by and row.acknowledged_at:
        text += f"; acknowledged by {row.acknowledged_by}"
        if row.acknowledged_on_behalf_of:
            text += f", on behalf of {row.acknowledged_on_behalf_of} (by {row.acknowledged_means})"
        text += f", {_when(row.acknowledged_at, row.acknowledged_later, teller)}"
    yield f"{text}."
    told = {
        "Varied": row.varied,
        "Evidence": row.evidence,
        "Confirmed": row.confirmed,
        "Disputed": row.disputed,
        "Released": row.released,
    }
    yield from (f"{name}: {said}" for name, said in told.items() if said)
    if row.not_maintained_since:
        yield f"Not maintained since {teller.moment(row.not_maintained_since)}."
    if row.not_recorded_since:
        yield (
            f"Due since {teller.moment(row.not_recorded_since)}, not yet recorded: "
            f"not maintained, it was due on {day(row.due)}."
        )
    if row.brought_in:
        yield row.brought_in
    yield from corrected_in(row)


def corrected_in(row: ActionRow) -> Iterator[str]:
    """What was corrected of what the row rests on: the entry, who corrected it, and what is right."""
    for one in row.corrections:
        yield f"{one.what} {one.told}"


def opened(record: ActionRecord, asked: Asking) -> ActionRecord:
    """An action's record, as the views keep it, with its terms opened."""
    action = record.action

    def terms(sealed: Terms | None) -> Terms | None:
        return replace(sealed, what=asked.record.opened(sealed.what)) if sealed else None

    record.action = replace(
        action,
        scsp=terms(action.scsp),
        agency=terms(action.agency),
        in_force=terms(action.in_force),
    )
    return record
