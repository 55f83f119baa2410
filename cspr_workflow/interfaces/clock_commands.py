"""The commands about the clock: a rehearsal's can be set; in every store, what counts as a gap."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from cspr_workflow.application.casefile import read_moment
from cspr_workflow.forms import Wrong
from cspr_workflow.interfaces.commands import CANNOT, AsJson, Failed
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk
from cspr_workflow.interfaces.keeping_acts import alone
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.store.stores import Place

MOST_MINUTES = 7 * 24 * 60
clock_app = typer.Typer(
    help="A rehearsal's clock: show it, set it, let it run by itself. And after how long there is a gap."
)


@clock_app.callback(invoke_without_command=True)
def clock(context: typer.Context, store: StoreOption = None, as_json: AsJson = False) -> None:
    """Where a rehearsal's clock stands. The clock of a lasting store is the real one."""
    if alone(context):
        with _rehearsal(store) as desk:
            _tell(desk, as_json=as_json)


@clock_app.command("set")
def set_clock(
    moment: Annotated[
        str, typer.Argument(metavar="MOMENT", help="Such as 2026-12-03T14:30, local time.")
    ],
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Set a rehearsal's clock; it stands there until it is set again.

    It cannot be set to before what was recorded last: nothing is undone. What falls due up to then is
    recorded with the next cspr tick, and before the next act.
    """
    with _rehearsal(store) as desk:
        try:
            wanted = read_moment(moment, desk.policy.civil)
        except Wrong as wrong:
            raise Failed(f"MOMENT: {wrong}") from wrong
        _check_not_before_the_last(desk, wanted, "MOMENT")
        desk.office.set_clock(wanted)
        _tell(desk, as_json=as_json)


@clock_app.command("run")
def run(store: StoreOption = None, as_json: AsJson = False) -> None:
    """Let a rehearsal's clock run by itself again: it tells the real time."""
    with _rehearsal(store) as desk:
        _check_not_before_the_last(desk, desk.real_now(), "The real time")
        desk.office.set_clock(None)
        _tell(desk, as_json=as_json)


@clock_app.command("gap")
def set_gap(
    minutes: Annotated[
        int, typer.Argument(min=1, max=MOST_MINUTES, metavar="MINUTES", help="Such as 60.")
    ],
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Set after how many minutes without a tick there is a gap, also in a lasting store.

    A gap is recorded, so that what it made late can be told apart; from then on status says that the
    clock does not run. Choose more than the time between two ticks. It is 60 minutes to begin with,
    and a week at most; gaps that are recorded already stay.
    """
    with opened_desk(store) as desk:
        desk.office.set_gap_minutes(minutes)
        if as_json:
            typer.echo(json.dumps({"gap_minutes": minutes}))
            return
        told = f"From now on there is a gap after {counted(minutes, 'minute')} without a tick."
        console().print(safe(told), soft_wrap=True)


@contextmanager
def _rehearsal(store: Place | None) -> Iterator[Desk]:
    with opened_desk(store) as desk:
        if not desk.rehearsal:
            raise Failed(
                f"{desk.place}: this store is no rehearsal. Only the real clock counts in it, so that "
                "nobody can doubt when something was recorded. cspr init --rehearsal makes a store "
                "whose clock can be set.",
                status=CANNOT,
            )
        yield desk


def _check_not_before_the_last(desk: Desk, wanted: datetime, what: str) -> None:
    last = desk.record.last()[1]
    if last is not None and wanted < last:
        teller = desk.teller
        raise Failed(
            f"{what}: {teller.moment(wanted)} is before {teller.moment(last)}, when something was "
            "recorded last; what is recorded never runs backwards.",
            status=CANNOT,
        )


def _tell(desk: Desk, *, as_json: bool) -> None:
    now, by_itself = desk.now(), desk.office.clock is None
    if as_json:
        typer.echo(json.dumps({"now": now.isoformat(), "runs_by_itself": by_itself}))
        return
    how = "runs by itself; it is" if by_itself else "stands at"
    console().print(safe(f"The rehearsal's clock {how} {desk.teller.moment(now)}."))
