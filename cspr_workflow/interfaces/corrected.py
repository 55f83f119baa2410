"""Corrections beside what they correct: which entry, by whom, when, and what is right instead."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.entries import Entry
from cspr_workflow.interfaces.record_words import did, full_stop
from cspr_workflow.interfaces.sentences import Teller


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction: the entry that it corrects, and the entry that says what is right."""

    corrected: Recorded
    recorded: Recorded
    teller: Teller

    @property
    def says(self) -> str:
        """What is right instead, in the words of whoever corrected it."""
        fact = self.recorded.entry.fact
        assert isinstance(fact, Corrected)
        return fact.says

    @property
    def moment(self) -> datetime:
        """When it was corrected (UTC)."""
        return self.recorded.entry.recorded

    @property
    def who(self) -> str:
        """Who corrected it, with role and agency."""
        return self.teller.author(self.recorded.entry)

    @property
    def told(self) -> str:
        """That it was corrected, when, by whom, and what is right, in a sentence."""
        when, who = self.teller.moment(self.moment), self.who
        return full_stop(f"Corrected {when} by {who}: {self.says}")

    @property
    def what(self) -> str:
        """What the corrected entry says, with when it happened."""
        entry = self.corrected.entry
        return f"{self.teller.moment(entry.occurred)}: {did(entry, self.teller)}"

    def plain(self) -> dict[str, Any]:
        """The correction as plain data; ``corrects`` is the position of the entry that it corrects."""
        return {
            "corrects": self.corrected.position,
            "what": did(self.corrected.entry, self.teller),
            "position": self.recorded.position,
            "by": self.who,
            "recorded": self.teller.policy.civil.local(self.moment).isoformat(),
            "says": self.says,
        }


@dataclass(frozen=True)
class Corrections:
    """The corrections of one case, by what they correct. ``lines`` are its entries in order, opened."""

    lines: Sequence[Recorded]
    teller: Teller

    @cached_property
    def all(self) -> list[Correction]:
        """Every correction, in the order in which they were recorded."""
        by_id = {str(one.id): one for one in self.lines}
        return [
            Correction(by_id[one.entry.fact.event], one, self.teller)
            for one in self.lines
            if isinstance(one.entry.fact, Corrected) and one.entry.fact.event in by_id
        ]

    def beside(self, entry: Entry) -> list[Correction]:
        """The corrections of an entry, and those of its corrections."""
        return list(self._beside(entry))

    def _beside(self, entry: Entry) -> Iterator[Correction]:
        for one in self.all:
            if one.corrected.entry == entry:
                yield one
                yield from self._beside(one.recorded.entry)

    def of(self, entries: Iterable[Entry]) -> list[Correction]:
        """The corrections of several entries, in the order in which they were recorded."""
        found = {one.recorded.position: one for entry in entries for one in self.beside(entry)}
        return [found[position] for position in sorted(found)]


def plain_corrections(found: Iterable[Correction]) -> list[dict[str, Any]]:
    """Corrections as plain data."""
    return [one.plain() for one in found]
