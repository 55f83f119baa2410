"""A case's states in a line: those it went through with the day of entry, the present one, what is ahead.

    initial discussion ─▶ stage 1    ─▶ [STAGE 2]  ─▶ stage 3 ─▶ resolved
    30 Nov 2026           1 Dec 2026    4 Dec 2026

The states come from the declarations themselves: an escalation's from its policy's stages, an
incident's from the chart of its lifecycle. A stage to which an escalation returned stands there twice:
the line goes with the time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.lifecycles import INCIDENT
from cspr_workflow.domain.policy import RESOLVED, Policy
from cspr_workflow.interfaces.sentences import words

WIDTH = 80
_ARROW = " ─▶ "
_AHEAD = "  ─▶ "
"""What a line begins with that goes on from the one before."""


@dataclass(frozen=True, slots=True)
class Place:
    """A state in the line: when it was last entered, and whether the case is there or beyond it."""

    name: str
    entered: date | None
    present: bool
    behind: bool

    @property
    def label(self) -> str:
        """The state as the line shows it."""
        return f"[{self.name.upper()}]" if self.present else _uncapped(self.name)

    @property
    def note(self) -> str:
        """What stands beneath it."""
        if self.entered is None:
            return "not entered" if self.behind else ""
        return f"{self.entered.day} {self.entered:%b} {self.entered.year}"


def places(case: Case, entered: Mapping[str, date], policy: Policy) -> tuple[Place, ...]:
    """The states of a case in their order; ``entered`` has the day on which each was last entered."""
    if isinstance(case, Escalation):
        return tuple(_ladder(case, entered, policy))
    names = _review(case.state, entered)
    here = list(names).index(case.state)
    return tuple(
        Place(name, entered.get(state), state == case.state, place < here)
        for place, (state, name) in enumerate(names.items())
    )


def _ladder(case: Escalation, entered: Mapping[str, date], policy: Policy) -> Iterator[Place]:
    """Each stay in its order, stages passed over where they were passed over, then what is ahead."""
    ended = case.ending is not None
    next_one, last = 0, len(case.stages) - 1
    for number, stay in enumerate(case.stages):
        place = policy.stages.index(policy.stage(stay.stage))
        for stage in policy.stages[next_one:place]:
            yield Place(stage.name, None, present=False, behind=True)
        next_one = place + 1
        here = number == last and not ended
        day = policy.civil.day(stay.entered)
        yield Place(policy.stages[place].name, day, present=here, behind=not here)
    for stage in policy.stages[next_one:]:
        yield Place(stage.name, None, present=False, behind=ended)
    yield Place(words(RESOLVED), entered.get(RESOLVED), present=ended, behind=False)


def _review(present: str, entered: Iterable[str]) -> dict[str, str]:
    """The states that an incident went through, and the way ahead: each time the first that follows."""
    line = list(entered)
    ahead = _following(present)
    while ahead is not None:
        line.append(ahead)
        ahead = _following(ahead)
    return {state: words(state) for state in line}


def _following(state: str) -> str | None:
    targets = (INCIDENT.target(state, event) for event in INCIDENT.events_in(state))
    return next((target for target in targets if target != state), None)


def _uncapped(name: str) -> str:
    """A name in the middle of a line; one such as SLPR panel stays as it is."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def lines(line: Sequence[Place], width: int = WIDTH) -> list[str]:
    """The states in one or several lines of no more than ``width``, each with its days beneath."""
    drawn: list[str] = []
    above = below = ""
    for place in line:
        label, note = (_cut(text, width - len(_AHEAD)) for text in (place.label, place.note))
        start = above.ljust(len(below)) + _ARROW if above else ""
        if above and len(start) + max(len(label), len(note)) > width:
            drawn += [above, below]
            start, below = _AHEAD, ""
        above, below = start + label, below.ljust(len(start)) + note
    return [text.rstrip() for text in (*drawn, above, below) if text.strip()]


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
