"""The command that lets time pass: once, or again and again where nothing else calls it."""

import json
import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cspr_workflow.application.ports import Recorded, Trouble
from cspr_workflow.application.tick import Ticked, tick
from cspr_workflow.interfaces.act_answers import plain
from cspr_workflow.interfaces.commands import CANNOT, AsJson, Failed
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk
from cspr_workflow.interfaces.progress import shown_progress
from cspr_workflow.interfaces.record_words import did
from cspr_workflow.interfaces.terminal import columns, console, row, safe

_WHEN = 22
_sleep = time.sleep


def tick_command(
    watch: Annotated[
        int | None,
        typer.Option(
            "--watch",
            min=1,
            metavar="SECONDS",
            help="Go on, once every so many seconds, until you stop it (Ctrl+C).",
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Let time pass: record everything that has fallen due, in every case.

    To be run every few minutes by the system's scheduler, or with --watch where there is none. A case
    that cannot be handled is set aside and stops nobody else. Exit status: 0 all went well, 1 a case
    was set aside or the store could not be written to, 2 there is no store that can be opened.
    """
    failed = False
    with opened_desk(store) as desk:
        while True:
            failed = once(desk, as_json=as_json, watching=watch is not None)
            if watch is None:
                break
            try:
                _sleep(watch)
            except KeyboardInterrupt:
                break
    if failed:
        raise typer.Exit(CANNOT)


def once(desk: Desk, *, as_json: bool = False, watching: bool = False) -> bool:
    """Let time pass and tell it: whether anything went wrong, such as a case that was set aside.

    Trouble with the store is raised, or told where somebody is ``watching``: the next round tries again.
    """
    try:
        now = desk.now()
        recorded: list[Recorded] = []
        with shown_progress("Letting time pass") as progress:
            ticked = tick(desk.workflow, desk.views, desk.office, now, progress, recorded.extend)
        if as_json:
            typer.echo(json.dumps(_plain(ticked, recorded, desk, now.isoformat())))
        else:
            _tell(ticked, recorded, desk, quiet=watching)
    except Trouble as trouble:
        if not watching:
            raise
        Failed(str(trouble))
        return True
    return bool(ticked.set_aside)


def _plain(ticked: Ticked, recorded: Sequence[Recorded], desk: Desk, now: str) -> dict[str, Any]:
    gap = ticked.gap
    return {
        "now": now,
        "looked_at": ticked.looked_at,
        "recorded": plain(recorded, desk),
        "set_aside": [{"stream": stream, "why": why} for stream, why in ticked.set_aside],
        "gap": {"since": gap.since.isoformat(), "until": gap.until.isoformat()} if gap else None,
    }


def _tell(ticked: Ticked, recorded: Sequence[Recorded], desk: Desk, *, quiet: bool) -> None:
    out, teller = console(), desk.teller
    if ticked.gap is not None:
        out.print(safe(f"The clock {teller.sentence(_gap_entry(ticked, desk))}."))
    table = columns(_WHEN, None)
    for one in recorded:
        row(table, teller.moment(one.entry.occurred), _told(desk.opened(one), desk))
    if recorded:
        out.print(table)
    if recorded or not (quiet or ticked.set_aside):
        out.print(safe(_how_many(len(recorded))))
    for stream, why in ticked.set_aside:
        console(stderr=True).print(
            safe(f"{stream.partition(':')[2]} is set aside: {why}. The next tick tries it again."),
            soft_wrap=True,
        )


def _how_many(entries: int) -> str:
    if not entries:
        return "Nothing has fallen due."
    return "One entry recorded." if entries == 1 else f"{entries} entries recorded."


def _told(one: Recorded, desk: Desk) -> str:
    teller = desk.teller_for(one.entry.policy)
    reference = one.stream.partition(":")[2]
    return f"[{reference}] {did(one.entry, teller)}"


def _gap_entry(ticked: Ticked, desk: Desk) -> Any:
    lines = desk.lines("partnership")
    return next(one.entry for one in reversed(lines) if one.entry.fact == ticked.gap)
