"""Stores in which any number of cases are open, so many of them due on days that are known.

An incident's rapid review is done and nothing more falls due in it. On each incident there are four
escalations. Those of a ``turn`` are in stage 2, and their meeting agreed an action: where nobody does it,
the case moves to stage 3 when the action's last day ends. That is ``DUE`` cases at one moment, on a day of
their own. In all others the agency owes nothing, so that the clock leaves them alone for years.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import bulk
import grounds
import stores
from grounds import Ground
from pattern import Pattern

from cspr_workflow.application.handle import Workflow
from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import Act, Command
from cspr_workflow.domain.people import Actor, Side
from cspr_workflow.store.batched import batched
from cspr_workflow.store.stores import Store
from projections.runner import Views

DUE, TURNS = 100, 8
"""So many cases fall due at each of so many moments."""
OF_AN_INCIDENT = 4
CASES = 1 + OF_AN_INCIDENT
FEWEST = TURNS * DUE // OF_AN_INCIDENT * CASES
"""Fewer cases cannot be open: those of all turns."""
BEGINS = datetime(2026, 1, 5, 9, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_BETWEEN, _AT_REST = timedelta(days=21), timedelta(days=18)
"""From one turn to the next; after how long nothing more falls due in the cases of a turn."""
_MUCH_LATER = date(2036, 1, 2)
_CONCERN = "The chronology was asked for on two occasions and has not been returned."
_REASON = "Nobody has answered, and the review cannot wait for it."
_PRESENT = ("subgroup_chair", "police_director")
_OURS = "Ask once more for the chronology when the review begins, and say by when it is needed."
_WHAT = "Send the chronology with all contacts of the last two years to the business unit."


def due_at(turn: int) -> datetime:
    """When the cases of a turn fall due: the midnight that ends the action's last day."""
    [civil] = {policy.civil for policy in stores.policies().values()}
    return civil.midnight_ending(_due_on(turn))


def at_rest(turn: int) -> datetime:
    """When everything that comes of a turn's actions has fallen due, and nothing of the next."""
    return due_at(turn) + _AT_REST


def _due_on(turn: int) -> date:
    return BEGINS.date() + turn * _BETWEEN


@contextmanager
def pattern() -> Iterator[Pattern]:
    """The pattern: an incident with its escalations for each turn, and one of which nothing falls due."""
    with stores.scratch() as folder:
        policy = stores.made(folder / "pattern")
        with stores.opened(folder / "pattern") as store:
            with batched(store.record) as record:
                workflow = stores.adopting(record, policy, BEGINS - timedelta(hours=1))
                _tell(workflow)
            views = stores.views_of(store)
            views.catch_up()
            yield Pattern(store, views)
            views.close()


def _tell(workflow: Workflow) -> None:
    people = workflow.partnership.people
    now = BEGINS
    for turn in range(1, TURNS + 2):
        for by, act in _acts(turn):
            now += _SECOND
            workflow.do(Command(act, Actor(people[by]), now), now, uuid4())


def _acts(turn: int) -> Iterator[tuple[str, Act]]:
    incident, on = f"INC-2026-{turn:04d}", BEGINS.date()
    yield "officer", acts.ReportIncident(incident, on, on)
    for body in acts.Body:
        yield "officer", acts.Notify(incident, body)
    yield "officer", acts.ConveneRapidReview(incident)
    yield "officer", acts.SendOutcome(incident)
    for number in range(OF_AN_INCIDENT):
        of = f"ESC-2026-{OF_AN_INCIDENT * turn + number:04d}"
        yield "officer", acts.RaiseEscalation(of, incident, "review", "Ambleford Police", _CONCERN)
        if turn > TURNS:
            yield "officer", acts.RecordAction(of, "A1", _OURS, Side.SCSP, _MUCH_LATER)
            yield "police_rep", acts.AcknowledgeAction(of, "A1")
            continue
        yield "manager", acts.Escalate(of, _REASON)
        yield "manager", acts.Escalate(of, _REASON)
        yield "officer", acts.RecordAction(of, "A1", _WHAT, Side.AGENCY, _due_on(turn))
        yield "police_rep", acts.AcknowledgeAction(of, "A1")
        yield "subgroup_chair", acts.HoldMeeting(of, _PRESENT, acts.MeetingOutcome.ACTIONS_AGREED)


def copies(of: Pattern, cases: int) -> bulk.Copies:
    """So many copies that so many cases are open."""
    *turns, others = of.clusters[1:]
    assert cases >= FEWEST
    assert not cases % CASES
    return dict.fromkeys(turns, DUE // OF_AN_INCIDENT) | {others: (cases - FEWEST) // CASES}


@dataclass(frozen=True, slots=True)
class Opened:
    """An open store in which so many cases are open."""

    store: Store
    views: Views
    cases: int


def make(where: Ground, name: str, of: Pattern, copies: bulk.Copies) -> None:
    """Make a new store with copies of the pattern, whose clock has just run."""
    where.make(name)
    with grounds.opened(where.place(name)) as store, grounds.views_of(store) as views:
        views.catch_up()
        grounds.give_room(store, views)
        bulk.load(store.record, views.database, of, copies)
        store.office.beat(BEGINS + timedelta(minutes=30), gap=True)


@contextmanager
def opened(where: Ground, of: Pattern, cases: int) -> Iterator[Opened]:
    """A new store in which so many cases are open."""
    name = f"open {cases}"
    make(where, name, of, copies(of, cases))
    with grounds.opened(where.place(name)) as store, grounds.views_of(store) as views:
        yield Opened(store, views, cases)
