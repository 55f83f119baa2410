"""Folding what is recorded, for all views at once: each entry with its case before and after it."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from cspr_workflow.application.ports import Held, Record, Recorded
from cspr_workflow.application.transaction import PARTNERSHIP, evolved
from cspr_workflow.domain import partnership
from cspr_workflow.domain.clock import Case
from projections.database import Step

MOST_HELD = 10_000
"""So many cases are held at most, about 7 KB each; the others are folded again when they are needed."""


class Folder:
    """Folds what is recorded, keeping the cases that were last looked at. Only for one thread at a time."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._held: OrderedDict[str, Held] = OrderedDict()
        self.partnership = partnership.EMPTY
        self._partnership_version = 0
        self._position = 0

    def know(self, held: Mapping[str, Held]) -> None:
        """Take cases that somebody else has folded already."""
        self._held.update(held)

    def steps(self, taken: Sequence[Recorded], after: Mapping[str, Held]) -> list[Step]:
        """Each entry with the case before and after it; ``after`` are cases that are folded already."""
        steps = []
        for one in taken:
            self._position = one.position
            if one.stream == PARTNERSHIP:
                self._see(one)
                steps.append(Step(one, None, None))
                continue
            before = self._at(one.stream, one.version - 1)
            held = after.get(one.stream)
            if held is None or held.version != one.version:
                held = Held(one.version, evolved(before, one.stream, one.entry))
            self._held[one.stream] = held
            self._held.move_to_end(one.stream)
            steps.append(Step(one, before, held.case))
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)
        return steps

    def case(self, stream: str) -> Case:
        """A case as it stands after the last entry that was taken."""
        held = self._held.get(stream, Held())
        case, reached = held.case, held.version
        # Another program may have let the views follow meanwhile.
        for one in self._record.read(stream, held.version):
            if one.position <= self._position:
                case, reached = evolved(case, stream, one.entry), one.version
        assert case is not None
        self._held[stream] = Held(reached, case)
        return case

    def _at(self, stream: str, version: int) -> Case | None:
        held = self._held.get(stream, Held())
        if held.version != version:
            held = self._fold(stream, version)
        return held.case

    def _fold(self, stream: str, version: int) -> Held:
        case = None
        for one in self._record.read(stream):
            if one.version <= version:
                case = evolved(case, stream, one.entry)
        return Held(version, case)

    def _see(self, one: Recorded) -> None:
        if one.version == self._partnership_version + 1:
            missing: Sequence[Recorded] = [one]
        else:
            missing = self._record.read(PARTNERSHIP, self._partnership_version)
        for entry in missing:
            if entry.version <= one.version:
                self.partnership = partnership.evolve(self.partnership, entry.entry)
                self._partnership_version = entry.version
