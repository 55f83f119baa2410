"""The command behind ``scripts/run``: a rehearsal partnership with an invented year, kept up to date."""

from datetime import timedelta
from typing import Annotated

import typer

from cspr_workflow.application.policy_files import bundled
from cspr_workflow.application.ports import Trouble
from cspr_workflow.application.simulation.run import Plan
from cspr_workflow.interfaces.actions_command import actions_command
from cspr_workflow.interfaces.board_command import board_command
from cspr_workflow.interfaces.commands import CANNOT, UNUSABLE, Failed
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.serve_command import HOST, PORT
from cspr_workflow.interfaces.simulate_command import POLICY, fill
from cspr_workflow.interfaces.terminal import console, heading, safe
from cspr_workflow.interfaces.tick_command import once
from cspr_workflow.postgres import is_address
from cspr_workflow.store.stores import is_made, shown
from projections.board import places

ESCALATIONS, YEARS, SEED = 24, 1, 3
SHOWN = 8
REHEARSAL = "rehearsal"
_SET_ASIDE = (
    "What was set aside stands below as it stood before; everything else is up to date. That it happens "
    "is a fault of the program: cspr status names the case."
)


def rehearse_command(
    serve: Annotated[
        bool,
        typer.Option(
            "--serve", help="Serve its pages for a browser on this machine, until Ctrl+C."
        ),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, metavar="PORT", help="From which port; a free one, if left out."
        ),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Make a rehearsal partnership with an invented year, let time pass in it, and show it.

    Where there is one already, go on from where it stands. With --serve its pages are shown in a browser
    instead: the address and a way to sign in for each role are printed. Exit status: 0 all went well, 1 a case was
    set aside (everything else is shown all the same), or the store could not be written to, 2 this is a
    real partnership's store, or none that can be opened.
    """
    # Not where a real partnership's store would be.
    at = store or REHEARSAL
    out = console()
    if _is_made(at):
        _check_rehearsal(at)
        out.print(safe(f"The rehearsal partnership in {shown(at)} goes on from where it was."))
    else:
        _make(at)
    if serve:
        _serve(at, port)
        return
    heading(out, "The clock")
    with opened_desk(at) as desk:
        set_aside = once(desk)
    if set_aside:
        out.print(safe(_SET_ASIDE), soft_wrap=True)
    out.print()
    board_command(None, False, SHOWN, at)
    heading(out, "Agreed actions that are outstanding")
    actions_command(outstanding=True, store=at)
    heading(out, "What to type next")
    option = "" if is_address(at) else f" --store {at}"
    for command, what in _next(at):
        out.print(safe(f"  ./scripts/cspr {command}{option}"), soft_wrap=True)
        out.print(safe(f"      {what}", "dim"))
    if set_aside:
        raise typer.Exit(CANNOT)


def _serve(at: str, port: int | None) -> None:
    # The libraries of the pages would delay the start of every other command.
    from cspr_workflow.interfaces.web.served import serve_desk  # noqa: PLC0415
    from cspr_workflow.interfaces.web.serving import free_port  # noqa: PLC0415

    with opened_desk(at) as desk:
        serve_desk(desk, HOST, port or free_port(HOST, PORT), None)


def _is_made(at: str) -> bool:
    try:
        return is_made(at)
    except Trouble as trouble:
        raise Failed(str(trouble), status=UNUSABLE) from trouble


def _make(at: str) -> None:
    out = console()
    plan = Plan(ESCALATIONS, YEARS, SEED, Desk.real_now())
    try:
        simulated = fill(at, bundled(POLICY), plan)
    except Trouble as trouble:
        raise Failed(str(trouble), status=CANNOT) from trouble
    out.print(
        safe(
            f"A rehearsal partnership now stands in {shown(at)}, with an invented year: "
            f"{counted(simulated.acts, 'act')} on {counted(simulated.incidents, 'incident')} and "
            f"{counted(simulated.escalations, 'escalation')}. The people and agencies are invented too."
        )
    )


def _check_rehearsal(at: str) -> None:
    with opened_desk(at) as desk:
        if not desk.rehearsal:
            raise Failed(
                f"{desk.place}: this is a real partnership's store, not a rehearsal. "
                "Name another store with --store."
            )


def _next(at: str) -> list[tuple[str, str]]:
    with opened_desk(at) as desk:
        open_now = [
            one.reference for one in places(desk.views.database) if one.kind == "escalation"
        ]
        shown = open_now[0] if open_now else "ESC-0001"
        later = desk.policy.civil.local(desk.now() + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M")
    return [
        (f"show {shown}", "one case: where it stands, its ladder, its actions, what is next"),
        (f"why {shown}", "each date and move: clause, counting, when it fell due and was recorded"),
        (f"replay {shown}", "step through the case, forward and back"),
        ("actions", "the whole record of agreed actions; --csv for a spreadsheet"),
        ("people", "who takes part; their ids go after --as"),
        (f"record-discussion {shown} --how call --said TEXT --as officer", "record an act"),
        (f"clock set {later}", "set the rehearsal's clock a week on; then: tick"),
        ("status", "whether everything is well"),
    ]
