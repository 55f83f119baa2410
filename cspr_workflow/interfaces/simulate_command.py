"""The command that invents a partnership's past: for a rehearsal, for training, for load tests."""

import json
from contextlib import closing, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cspr_workflow.application.casefile import read_moment
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.play import adoption
from cspr_workflow.application.policy_files import PolicyFile, bundled
from cspr_workflow.application.ports import Followed, Trouble
from cspr_workflow.application.simulation.people import people
from cspr_workflow.application.simulation.run import Plan, Simulated, simulate
from cspr_workflow.forms import Wrong
from cspr_workflow.interfaces.commands import CANNOT, AsJson, Failed
from cspr_workflow.interfaces.desk import VARIABLE, Desk, opened_desk
from cspr_workflow.interfaces.followed_beside import followed_beside
from cspr_workflow.interfaces.progress import shown_progress
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.postgres import is_address
from cspr_workflow.store import bank_holidays, stores
from cspr_workflow.store.batched import batched
from cspr_workflow.store.stores import Place
from projections.due_items import MemoryIndex

POLICY = "sandwell-2018"
MANY = 1_000
"""From so many escalations on, a process of its own for the views is worth its start."""


def simulate_command(
    store: Annotated[
        str,
        typer.Option(
            metavar="STORE",
            envvar=VARIABLE,
            help="Where the rehearsal is made: a new folder, or an empty database (postgresql://...).",
        ),
    ],
    escalations: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="How many escalations to invent.")
    ] = 100,
    years: Annotated[
        int, typer.Option(min=1, max=20, help="Over how many years they are spread.")
    ] = 1,
    seed: Annotated[
        int, typer.Option(help="The same number gives the same cases; another one gives others.")
    ] = 1,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="When the invented past ends; now, if left out. If given, the rehearsal's clock "
            "stands there.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a rehearsal store and fill it with invented cases, every act through the written process.

    Everything in it is invented: the cases, the people, the agencies.
    """
    policy = bundled(POLICY)
    ends = _moment(until, policy)
    try:
        simulated = fill(store, policy, Plan(escalations, years, seed, ends))
    except Trouble as trouble:
        raise Failed(str(trouble), status=CANNOT) from trouble
    with opened_desk(store) as desk:
        if until is not None:
            desk.office.set_clock(ends)
        _tell(simulated, desk, as_json=as_json)


def fill(at: Place, policy: PolicyFile, plan: Plan) -> Simulated:
    """Make a rehearsal store with an invented past. Raises ``Trouble``.

    In a folder it is the whole of it or nothing; a database in which it was broken off is to be made anew.
    """
    if is_address(str(at)):
        stores.make(at, rehearsal=True)
        with closing(stores.open_store(at)) as store:
            return _invent(Desk(store), at, policy, plan)
    done: list[Simulated] = []
    stores.make(
        at,
        rehearsal=True,
        fill=lambda store: done.append(_invent(Desk(store), Path(str(store)), policy, plan)),
    )
    return done[0]


def _invent(desk: Desk, at: Place, policy: PolicyFile, plan: Plan) -> Simulated:
    invented = people()
    desk.office.name({id: name for id, (_, name) in invented.items()})
    views = desk.views
    views.catch_up()
    beside = plan.escalations >= MANY
    written = None if beside else lambda taken: views.follow(Followed(taken))
    with (
        followed_beside(at) if beside else nullcontext(),
        batched(desk.record, written) as record,
        shown_progress("Inventing cases") as progress,
    ):
        workflow = Workflow(record, MemoryIndex(policy.book), policy.book)
        known = bank_holidays.of(policy.policy.bank_holidays)
        persons = tuple(person for person, _ in invented.values())
        workflow.adopt(adoption(policy, known, persons, plan.begins(policy.policy.civil)))
        simulated = simulate(workflow, plan, progress)
    views.catch_up()
    views.close()
    desk.office.beat(plan.until, gap=True)
    return simulated


def _moment(until: str | None, policy: PolicyFile) -> datetime:
    if until is None:
        return Desk.real_now()
    try:
        return read_moment(until, policy.policy.civil)
    except Wrong as wrong:
        raise Failed(f"--until: {wrong}") from wrong


def _tell(simulated: Simulated, desk: Desk, *, as_json: bool) -> None:
    entries = desk.record.last()[0]
    if as_json:
        plain: dict[str, Any] = {
            "store": desk.place,
            "incidents": simulated.incidents,
            "escalations": simulated.escalations,
            "acts": simulated.acts,
            "refused": simulated.refused,
            "entries": entries,
        }
        typer.echo(json.dumps(plain))
        return
    out = console()
    out.print(
        safe(
            f"{counted(simulated.acts, 'act')} ({simulated.refused} refused) on "
            f"{counted(simulated.incidents, 'incident')} and "
            f"{counted(simulated.escalations, 'escalation')}: {entries} entries."
        )
    )
    out.print(safe(f"See them with: cspr board{desk.as_option}"), soft_wrap=True)
