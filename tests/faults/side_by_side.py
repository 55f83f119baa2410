"""Several processes that act and tick in one store at the same time, and what has to come of it."""

import multiprocessing
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from cspr_workflow.application.handle import PARTNERSHIP, Workflow
from cspr_workflow.application.policy_files import bundled
from cspr_workflow.application.ports import Recorded, Trouble
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Act,
    Body,
    CompleteAction,
    ConfirmAction,
    DisputeCompletion,
    Escalate,
    GiveReason,
    HoldMeeting,
    Inform,
    Informed,
    MeetingOutcome,
    Notify,
    RecordAction,
    RecordDiscussion,
    ReleaseAction,
    ReportIncident,
    Resolve,
    VaryAction,
)
from cspr_workflow.domain.people import Means, Side
from cspr_workflow.store.memory import MemoryRecord
from cspr_workflow.store.stores import Place
from projections.due_items import MemoryIndex
from tests.faults.checks import holds
from tests.faults.injected import Watch
from tests.faults.plans import FIRST
from tests.faults.stores import (
    POLICY,
    Program,
    Step,
    act,
    at,
    do,
    lines,
    lose_views,
    of_another_form,
    opened,
    told,
)
from tests.faults.workers import Say, Worker
from tests.support import raising

_FORK = multiprocessing.get_context("fork")
A_LITTLE = timedelta(milliseconds=1)
"""What the clock that all processes share goes on each time that one of them looks at it."""
ACTS_A_DAY = 6
AGAIN = 50
"""So often an act is repeated where the others were faster again and again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What each of several processes does on one day, all of them at the same time."""

    day: datetime
    steps: Sequence[Sequence[Step]]


class Harm(Protocol):
    """What is done to a store while processes work on it."""

    @property
    def watch(self) -> Watch:
        """Where the first of the processes stands."""

    def do(self, workers: Sequence[Worker]) -> None:
        """It is done, by who looks after them."""


def together(path: Place, turns: Sequence[Turn], harm: Harm | None = None) -> int:
    """Each turn by as many processes as it has parts: how often an act had to be repeated.

    Where the store comes to ``harm`` meanwhile, any trouble is a reason to do an act once more.
    """
    harmed = harm is not None
    repeated = 0
    for turn in turns:
        clock, start = _FORK.Value("q", 0), _FORK.Barrier(len(turn.steps))
        works = [_at_once(path, turn, part, clock, start, harmed=harmed) for part in turn.steps]
        watches = [harm.watch if harm else None, *([None] * (len(works) - 1))]
        workers = [Worker(work, watch) for work, watch in zip(works, watches, strict=True)]
        if harm is not None:
            harm.do(workers)
        for worker in workers:
            repeated += sum(worker.ended())
    return repeated


def _at_once(
    path: Place, turn: Turn, steps: Sequence[Step], clock: Any, start: Any, *, harmed: bool
) -> Callable[[Say], None]:
    def now() -> datetime:
        with clock.get_lock():
            clock.value += 1
            looks: int = clock.value
        return turn.day + looks * A_LITTLE

    def work(say: Say) -> None:
        with opened(path) as desk:
            start.wait()
            for step in steps:
                say(_insisting(desk, step, now, harmed=harmed))

    return work


def _insisting(desk: Program, step: Step, now: Callable[[], datetime], *, harmed: bool) -> int:
    """Do a step; where others were faster each time, once more under the same id: how often."""
    for again in range(AGAIN):
        try:
            answer = do(desk, replace(step, at=now()))
        except Trouble as trouble:
            holds(harmed or "Others were recording" in str(trouble), trouble)
        else:
            if not answer.ending.startswith("set aside"):
                return again
            holds("Others were recording" in answer.ending, answer.ending)
    raise AssertionError(f"{step} was never done")


def one_after_another(path: Place, turns: Sequence[Turn]) -> None:
    """The same, one process after the other."""
    with opened(path) as desk:
        for turn in turns:
            now = turn.day
            for part in turn.steps:
                for step in part:
                    now += A_LITTLE
                    do(desk, replace(step, at=now))


def all_views_at_once(path: Place, processes: int) -> None:
    """All processes look at views that are not there yet, or were made by another version."""
    for spoil in (lose_views, of_another_form):
        spoil(path)
        start = _FORK.Barrier(processes)

        def work(say: Say, start: Any = start) -> None:
            with opened(path) as desk:
                desk.workflow.policy()
                start.wait()
                say(len(list(desk.views.dump())))

        workers = [Worker(work) for _ in range(processes)]
        found = {rows for worker in workers for rows in worker.ended()}
        with opened(path) as desk:
            holds(found == {len(list(desk.views.dump()))}, f"the views had {found} rows")


# --- What they do ------------------------------------------------------------------------------


def on_cases_of_their_own(processes: int, days: int) -> list[Turn]:
    """Each process has a case of its own; all let time pass in all of them."""
    return [
        Turn(_morning(n), [_own(process, n) for process in range(processes)]) for n in range(days)
    ]


def _morning(n: int) -> datetime:
    return at(f"{FIRST + timedelta(days=n)}T09:00")


def _own(process: int, n: int) -> list[Step]:
    incident, escalation = f"INC-{process}", f"ESC-{process}"
    morning = _morning(n)
    due = FIRST + timedelta(days=n + 3)
    last = Step(morning)
    if n == 0:
        acts: list[tuple[str, Act, Means | None]] = [
            ("officer", ReportIncident(incident, FIRST, FIRST), None),
            ("officer", Notify(incident, Body.NATIONAL_PANEL), None),
            ("officer", raising(escalation, incident=incident), None),
            ("officer", Inform(escalation, Informed.BUSINESS_MANAGER), None),
        ]
    else:
        action = f"A{n}"
        acts = [
            ("trust", GiveReason(escalation, f"Nobody was there on day {n}"), None),
            ("officer", RecordAction(escalation, action, f"Send part {n}", Side.AGENCY, due), None),
            ("officer", AcknowledgeAction(escalation, action), Means.CALL),
            ("officer", Resolve(escalation, "It came"), None),
            ("trust", CompleteAction(escalation, f"A{n - 1}", "It was sent"), None),
            ("officer", ConfirmAction(escalation, f"A{n - 1}"), None),
        ]
    steps = [
        _said(by, morning, number, what, means) for number, (by, what, means) in enumerate(acts)
    ]
    # Some let time pass before they act, some after it.
    return [last, *steps] if process % 2 else [*steps, last]


def _said(by: str, morning: datetime, number: int, what: Act, means: Means | None) -> Step:
    occurred = morning - timedelta(minutes=59 - number)
    return act(by, morning, what, occurred=occurred, means=means)


def the_same(processes: int, days: int) -> list[Turn]:
    """All processes do the same acts, each under the same id."""
    return [Turn(turn.day, list(turn.steps) * processes) for turn in on_cases_of_their_own(1, days)]


def on_one_case(processes: int, days: int, rng: random.Random) -> list[Turn]:
    """All processes act on one and the same case, whatever the others do."""
    turns = [Turn(_morning(0), [_opening()])]
    for n in range(1, days):
        parts = [
            [_any_act(rng, process, n, number) for number in range(ACTS_A_DAY)]
            for process in range(processes)
        ]
        for part in parts:
            part.insert(rng.randint(0, len(part)), Step(_morning(n)))
        turns.append(Turn(_morning(n), parts))
    return turns


def _opening() -> list[Step]:
    morning = _morning(0)
    first = [ReportIncident("INC-1", FIRST, FIRST), raising()]
    return [_said("officer", morning, number, what, None) for number, what in enumerate(first)]


def _any_act(rng: random.Random, process: int, n: int, number: int) -> Step:
    action = f"A{rng.randint(1, 4)}"
    due = FIRST + timedelta(days=n + rng.randint(0, 4))
    says = f"said by {process} on day {n} as number {number}"
    by, what, means = rng.choice(
        [
            ("officer", RecordAction("ESC-1", action, says, rng.choice(list(Side)), due), None),
            ("trust", RecordAction("ESC-1", action, says, Side.AGENCY, due), None),
            ("officer", AcknowledgeAction("ESC-1", action), rng.choice([None, Means.CALL])),
            ("trust", AcknowledgeAction("ESC-1", action), None),
            ("trust", VaryAction("ESC-1", action, says), None),
            ("officer", VaryAction("ESC-1", action, due=due), rng.choice([None, Means.EMAIL])),
            ("trust", CompleteAction("ESC-1", action, says), None),
            ("officer", ConfirmAction("ESC-1", action), None),
            ("officer", DisputeCompletion("ESC-1", action, says), None),
            ("trust", ReleaseAction("ESC-1", action, says), None),
            ("officer", ReleaseAction("ESC-1", action, says), None),
            ("officer", RecordDiscussion("ESC-1", Means.CALL, says), None),
            ("ward", GiveReason("ESC-1", says), None),
            ("manager", Escalate("ESC-1", says), None),
            ("sub", HoldMeeting("ESC-1", ("sub",), MeetingOutcome.ACTIONS_AGREED), None),
        ]
    )
    return _said(by, _morning(n), ACTS_A_DAY * process + number, what, means)


# --- What has to come of it ----------------------------------------------------------------------


def histories(path: Place) -> dict[str, list[Any]]:
    """The history of each case without moments of recording; no case may be set aside."""
    with opened(path) as desk:
        found = told(lines(desk))
        holds(list(desk.office.aside) == [], f"set aside: {list(desk.office.aside)}")
    found.pop(PARTNERSHIP)
    return found


def is_legal_in_order(desk: Program, steps: Sequence[Step]) -> int:
    """Each command, done in the order in which it was recorded, brings about the same entries.

    How many acts were taken. Raises :class:`checks.Broken`.
    """
    acts: Mapping[str, Step] = {str(step.id): step for step in steps if step.command}
    policies = bundled(POLICY).book
    again = Workflow(MemoryRecord(), MemoryIndex(policies), policies)
    taken = 0
    for recorded in _by_command(desk):
        entries = [one.entry for one in recorded]
        step, now = acts.get(recorded[0].command), entries[0].recorded
        if step is not None and step.command is not None:
            found = again.do(step.command, now, step.id)
            taken += 1
        elif recorded[0].stream == PARTNERSHIP:
            again.adopt(entries)
            continue
        else:
            streams = dict.fromkeys(one.stream for one in recorded)
            found = again.let_time_pass_in(list(streams), now)
        told = [(one.stream, one.version, one.entry) for one in found]
        expected = [(one.stream, one.version, one.entry) for one in recorded]
        holds(told == expected, f"recorded:\n{expected}\nlegal in this order:\n{told}")
    return taken


def _by_command(desk: Program) -> list[list[Recorded]]:
    commands: list[list[Recorded]] = []
    for one in map(desk.opened, desk.record.read_all()):
        if commands and commands[-1][0].command == one.command:
            commands[-1].append(one)
        else:
            commands.append([one])
    return commands
