"""The replay of a case, step by step: what was recorded, what changed with it, and both sides' records."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console

from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.transaction import evolved
from cspr_workflow.domain.actions import Action, Terms
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.entries import NO_CLAUSE, Entry
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import LimitMoved
from cspr_workflow.domain.incident import TimescaleMet, TimescaleMoved, TimescaleStarted
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.policy import Policy
from cspr_workflow.interfaces import state_line
from cspr_workflow.interfaces.case_words import (
    Change,
    changes,
    duties_in_words,
    in_words,
    record_in_words,
    side_called,
    terms_in_words,
)
from cspr_workflow.interfaces.corrected import Correction, Corrections, plain_corrections
from cspr_workflow.interfaces.record_words import full_stop
from cspr_workflow.interfaces.sentences import Teller
from cspr_workflow.interfaces.state_line import Place
from cspr_workflow.interfaces.story import agreed_by, became
from cspr_workflow.interfaces.terminal import columns, console, heading, row, safe
from projections.duties import duty_part

_LABEL = 22


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a case, and the case as it stood after it; ``number`` counts from 1.

    ``corrects`` is the number of the step that a correction names; ``corrections`` are those of the
    step's own entry, which came later.
    """

    number: int
    recorded: Recorded
    author: str
    sentence: str
    occurred: str
    written: str
    clause: str
    case: Case
    changes: tuple[Change, ...]
    states: tuple[Place, ...]
    corrects: int | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def entry(self) -> Entry:
        """The entry itself."""
        return self.recorded.entry

    @property
    def position(self) -> int:
        """The entry's position in the whole record."""
        return self.recorded.position

    @property
    def told(self) -> str:
        """What happened, with who did it."""
        follows = isinstance(self.entry.fact, TimescaleStarted | TimescaleMet)
        return full_stop(self.sentence if follows else f"{self.author} {self.sentence}")

    @property
    def actions(self) -> Mapping[str, Action]:
        """The agreed actions as they stood; an incident has none."""
        return self.case.actions if isinstance(self.case, Escalation) else {}


def steps(entries: Sequence[Recorded], policy: Policy, teller: Teller) -> list[Step]:
    """A case step by step, from the entries of its stream in order, their texts opened."""
    found: list[Step] = []
    case: Case | None = None
    shown: dict[str, str] = {}
    entered: dict[str, date] = {}
    numbers: dict[str, int] = {}
    done: set[str] = set()
    corrections = Corrections(entries, teller)
    for number, recorded in enumerate(entries, 1):
        entry = recorded.entry
        state = case.state if case else None
        case = evolved(case, recorded.stream, entry)
        if part := duty_part(entry):
            done.add(part)
        before, shown = shown, in_words(case, teller) | duties_in_words(done, policy)
        numbers[str(recorded.id)] = number
        fact = entry.fact
        if case.state != state:
            entered[case.state] = policy.civil.day(entry.occurred)
        found.append(
            Step(
                number,
                recorded,
                teller.author(entry),
                teller.sentence(entry),
                teller.moment(entry.occurred),
                _written(entry, teller),
                teller.clause(entry.clause),
                case,
                tuple(changes(before, shown)),
                state_line.places(case, entered, policy),
                numbers.get(fact.event) if isinstance(fact, Corrected) else None,
                tuple(corrections.beside(entry)),
            )
        )
    return found


def _written(entry: Entry, teller: Teller) -> str:
    text = teller.moment(entry.recorded)
    if entry.imported is None:
        return text
    return f"{text}, brought in; said to have been recorded {teller.moment(entry.imported.written)}"


# --- Showing it ------------------------------------------------------------------------------


def tell(step: Step, of: int, out: Console) -> None:
    """One step as text."""
    out.print(
        safe(f"{step.case.reference}: step {step.number} of {of}", "bold"),
        safe(f"(position {step.position} in the record)", "dim"),
    )
    out.print()
    for line in state_line.lines(step.states, min(out.width, state_line.WIDTH)):
        out.print(safe(line), no_wrap=True, overflow="crop")
    heading(out, step.told)
    table = columns(_LABEL, None)
    fact = step.entry.fact
    fell_due = step.entry.by is None and not isinstance(fact, LimitMoved | TimescaleMoved)
    row(table, "  Fell due" if fell_due else "  Happened", step.occurred)
    row(table, "  Recorded", step.written)
    if step.entry.clause != NO_CLAUSE:
        row(table, "  Clause", step.clause)
    if step.corrects:
        row(table, "  Corrects", f"step {step.corrects}")
    for correction in step.corrections:
        row(table, "  Corrected", correction.told.removeprefix("Corrected "))
    out.print(table)
    heading(out, "What changed")
    if step.changes:
        table = columns(1, None)
        for change in step.changes:
            row(table, "-", change.told)
        out.print(table)
    else:
        out.print(safe("Nothing moved: the entry stands in the record."))
    _tell_actions(step, out)


def _tell_actions(step: Step, out: Console) -> None:
    if not isinstance(step.case, Escalation) or not step.case.actions:
        return
    agency = step.case.agency
    heading(out, "Both sides' records of each action")
    table = columns(_LABEL, None)
    for action in step.case.actions.values():
        owner = side_called(action.owner, agency)
        row(table, safe(f"  {action.reference}", "bold"), f"{became(action)}; owner {owner}")
        for side in Side:
            terms = action.record_of(side)
            told = record_in_words(action, side, terms) if terms else "no record yet"
            row(table, f"    {side_called(side, agency)}", told)
        in_force = f"{terms_in_words(action.in_force)}. " if action.in_force else "no. "
        row(table, "    In force", in_force + agreed_by(action, agency))
    out.print(table)


def plain(found: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps as plain data."""
    return [
        {
            "number": step.number,
            "position": step.position,
            "type": step.entry.fact.type,
            "what": step.told,
            "by": step.entry.author,
            "occurred": step.entry.occurred.isoformat(),
            "recorded": step.entry.recorded.isoformat(),
            **({"written": step.entry.written.isoformat()} if step.entry.imported else {}),
            "clause": step.entry.clause,
            "text": step.clause.removeprefix(f"{step.entry.clause}: "),
            "policy": step.entry.policy,
            "calendar": step.entry.calendar,
            **({"corrects": step.corrects} if step.corrects else {}),
            "corrections": plain_corrections(step.corrections),
            "state": step.case.state,
            "line": state_line.lines(step.states),
            "changes": [
                {"what": one.what, "before": one.before, "after": one.after} for one in step.changes
            ],
            "actions": {name: _plain_action(action) for name, action in step.actions.items()},
        }
        for step in found
    ]


def _plain_action(action: Action) -> dict[str, Any]:
    return {
        "state": action.state,
        "owner": action.owner,
        **{side.value: _plain_terms(action.record_of(side)) for side in Side},
        "reported": action.reported,
        "in_force": _plain_terms(action.in_force),
        "by_decision": action.by_decision,
        "done_on": action.done_on.isoformat() if action.done_on else None,
    }


def _plain_terms(terms: Terms | None) -> dict[str, str] | None:
    return {"what": terms.what, "due": terms.due.isoformat()} if terms else None


# --- Going through it ------------------------------------------------------------------------

HELP = (
    "Enter or n: the next step. b: the step before. A number: that step. a: the first step. "
    "z: the last. q: leave. ?: this help. Each followed by Enter."
)


def run(found: Sequence[Step], readline: Callable[[], str], out: Console, mark: str = "") -> None:
    """Go through the steps as somebody asks for them, until they leave or the input ends.

    ``mark`` stands above every step, such as that this is a rehearsal.
    """
    if not found:
        return
    here, said = 0, ""
    while True:
        if out.is_terminal:
            out.clear()
        if mark:
            out.print(safe(mark, "bold"))
        tell(found[here], len(found), out)
        out.print()
        if said:
            out.print(safe(said))
        out.print(
            safe(f"Step {here + 1} of {len(found)}. Enter: next, b: back, q: leave, ?: help > "),
            end="",
        )
        try:
            line = readline()
        except (EOFError, KeyboardInterrupt):
            line = ""
        except UnicodeDecodeError:
            line = "\N{REPLACEMENT CHARACTER}"
        key = line.strip().lower()
        if not line or key == "q":
            out.print()
            return
        here, said = went(key, here, len(found) - 1)


def went(key: str, here: int, last: int) -> tuple[int, str]:
    """Where a key leads from ``here`` (counted from 0), and what there is to say about it."""
    match key:
        case "" | "n":
            return min(here + 1, last), "" if here < last else "This is the last step; q leaves."
        case "b":
            return max(here - 1, 0), "" if here else "This is the first step."
        case "a":
            return 0, ""
        case "z":
            return last, ""
        case "?":
            return here, HELP
    try:
        wanted = int(key)
    except ValueError:
        return here, f"There is no key {key[:20]!r} here; ? shows those that there are."
    if 1 <= wanted <= last + 1:
        return wanted - 1, ""
    return here, f"There is no step {key[:20]}; the steps are 1 to {last + 1}."


def show(found: Sequence[Step], *, out: Console | None = None, mark: str = "") -> None:
    """Replay a case: at a terminal step by step, elsewhere all the steps one after the other.

    ``mark`` stands above each screen, such as that this is a rehearsal.
    """
    out = out or console()
    if sys.stdin.isatty() and out.is_terminal:
        run(found, sys.stdin.readline, out, mark)
        return
    if mark:
        out.print(safe(mark, "bold"))
    for step in found:
        if step.number > 1:
            out.print()
            out.rule(style="dim")
        tell(step, len(found), out)
