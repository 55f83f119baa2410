"""The history of a case as its pages show it: each entry in both its times, with what is to be minded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.entries import NO_CLAUSE
from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.interfaces.asking import Asking, Known
from cspr_workflow.interfaces.corrected import Correction
from cspr_workflow.interfaces.questions.history import EntryLine
from cspr_workflow.interfaces.sentences import Teller, counted
from cspr_workflow.interfaces.why import Reason, reasons_in, sentences_of


class Order(StrEnum):
    """In which of its two times a history is told."""

    HAPPENED = "happened"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a history; ``beside`` are the corrections of it, ``corrects`` what it corrects itself.

    ``gap`` is the time in which the clock did not run, where that made the entry late.
    """

    line: EntryLine
    order: Order
    beside: Sequence[Correction] = ()
    corrects: int | None = None
    gap: ClockStoodStill | None = None

    @property
    def position(self) -> int:
        """Where it stands in the whole record; its place on the page is named after it."""
        return self.line.recorded.position

    @property
    def told(self) -> str:
        """Who did what, in a sentence."""
        return self.line.told

    @property
    def kind(self) -> str:
        """How it is drawn: what the clock recorded by itself, a correction, or anything else."""
        if self.corrects is not None:
            return "correction"
        return "clock" if self.line.recorded.entry.by is None else ""

    @property
    def happened(self) -> str:
        """When it happened, for a move of the clock when it fell due."""
        return self.line.happened

    @property
    def recorded(self) -> str:
        """When it was written down here."""
        return self.line.teller.moment(self.line.recorded.entry.recorded)

    @property
    def when(self) -> str:
        """The time after which the history is ordered."""
        return self.recorded if self.order is Order.RECORDED else self.happened

    @property
    def days_later(self) -> int:
        """How many days after it happened it was first written down, here or elsewhere."""
        entry, civil = self.line.recorded.entry, self.line.asked.civil
        return (civil.day(entry.written) - civil.day(entry.occurred)).days

    @property
    def tags(self) -> Iterator[tuple[str, str]]:
        """What is to be minded, in a word or two, each with its kind."""
        by = self.line.recorded.entry.by
        if self.days_later > 0:
            yield "Recorded later", "soon"
        if by is not None and by.means is not None:
            yield f"Reported, by {by.means}", "soon"
        if self.line.recorded.entry.imported is not None:
            yield "Brought in", "quiet"
        if self.beside:
            yield "Corrected", "late"

    @property
    def notes(self) -> Iterator[str]:
        """Its other time, why it is late, where it came from, under which clause it stands."""
        teller = self.line.teller
        if self.happened != self.recorded:
            if self.order is Order.RECORDED:
                yield f"Happened {self.happened}{self._after()}"
            else:
                yield f"Recorded {self.recorded}{self._after()}"
        if self.gap is not None:
            since, until = teller.moment(self.gap.since), teller.moment(self.gap.until)
            yield f"The clock did not run between {since} and {until}."
        if self.line.brought_in:
            yield self.line.brought_in
        yield self.place

    def _after(self) -> str:
        if self.days_later <= 0:
            return ""
        later = counted(self.days_later, "day")
        return f": written down {later} later"

    @property
    def place(self) -> str:
        """Its position in the record, and its clause."""
        clause = self.line.recorded.entry.clause
        return f"Entry {self.position}" + (f", clause {clause}" if clause != NO_CLAUSE else "")


def items(known: Known, asking: Asking, order: Order = Order.HAPPENED) -> list[Item]:
    """The history of a case, in one of the two orders."""
    corrections, gaps = known.corrections, _gaps(known, asking)
    positions = {str(one.id): one.position for one in known.recorded}
    found = [
        Item(
            EntryLine(one, asking),
            order,
            corrections.beside(one.entry),
            _corrected(one, positions),
            gaps.get(id(one.entry)),
        )
        for one in known.recorded
    ]
    if order is Order.HAPPENED:
        found.sort(key=lambda item: (_occurred(item), item.position))
    return found


def _occurred(item: Item) -> datetime:
    return item.line.recorded.entry.occurred


def _corrected(one: Recorded, positions: Mapping[str, int]) -> int | None:
    """The position of the entry that a correction is about."""
    fact = one.entry.fact
    return positions.get(fact.event) if isinstance(fact, Corrected) else None


def _gaps(known: Known, asking: Asking) -> Mapping[int, ClockStoodStill]:
    """The entries that are late because the clock did not run, by their identity."""
    return {id(one.entry): one.gap for one in reasons(known, asking) if one.gap is not None}


# --- Why ---------------------------------------------------------------------------------------


def reasons(known: Known, asking: Asking) -> list[Reason]:
    """Each date and move of a case, with what it rests on."""
    return reasons_in(known.recorded, known.teller, asking.partnership.gaps)


_LABELS = (
    "Clause ",
    "Reading: ",
    "Counted: ",
    "Fell due ",
    "Happened ",
    "Recorded late: ",
    "Brought in ",
)


def labelled(reason: Reason, teller: Teller) -> Iterator[tuple[str, str]]:
    """What a date or a move rests on: each sentence with its label, which can be empty."""
    for sentence in sentences_of(reason, teller):
        label = next((one for one in _LABELS if sentence.startswith(one)), "")
        if reason.stoppers is not None and sentence == reason.stoppers:
            label = f"{sentence.partition(':')[0]}: "
        rest = sentence.removeprefix(label)
        yield label.rstrip(": "), f"{rest[:1].upper()}{rest[1:]}"
