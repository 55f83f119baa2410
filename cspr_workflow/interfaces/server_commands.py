"""The commands for stores on a PostgreSQL server: prepare its database, move a store there or back."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces.backup_commands import build_views, entries
from cspr_workflow.interfaces.commands import CANNOT, UNUSABLE, AsJson, Failed
from cspr_workflow.interfaces.desk import VARIABLE, opened_desk, store_place
from cspr_workflow.interfaces.progress import shown_progress
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.store import migrations
from cspr_workflow.store.copying import RECORD, Copied
from cspr_workflow.store.moving import move, source_of
from cspr_workflow.store.stores import shown

_EVENTS = "stored_events"


def migrate_command(
    store: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            envvar=VARIABLE,
            help="The database's address (postgresql://...), under the role that owns it.",
        ),
    ],
    role: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE",
            help="The role under which the program works; it is given the rights that it needs.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a PostgreSQL database for a store, or bring it up to date after an upgrade.

    Nothing is done twice, and nothing of the record is changed. The role of the program can then read and
    insert in the record, and nothing else.
    """
    at = store_place(store)
    if isinstance(at, Path):
        raise Failed(
            f"{at}: this is no address of a server (postgresql://...). A folder needs no migration.",
            status=UNUSABLE,
        )
    try:
        done = migrations.migrate(at, role)
    except Trouble as trouble:
        raise Failed(str(trouble), status=CANNOT) from trouble
    if as_json:
        typer.echo(json.dumps({"store": shown(store), "done": list(done), "role": role}))
        return
    said = [f"{shown(store)} is up to date{': made ' + '; '.join(done) if done else ''}."]
    if role is not None:
        said.append(f"{role} has the rights that the program needs.")
    said.append("Next, for a new partnership: cspr init. For one that is in a folder: cspr copy.")
    for one in said:
        console().print(safe(one), soft_wrap=True)


def copy_command(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="The store: its folder, or its address.")
    ],
    to: Annotated[
        str,
        typer.Argument(
            metavar="TO",
            help="Where it is to be: a new folder, or the address of a database after cspr migrate.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Copy a store to another place: from a folder to a server, back, or to another of the same kind.

    The copy has the same entries with the same ids and positions, the same keys, names and accounts; its
    views are built anew, on a server at the next question where they cannot be built at once. What it was
    copied from stays as it is: put it away, so that nobody goes on recording in it. Stop the tick and the
    pages first.
    """
    try:
        with opened_desk(source) as desk, shown_progress("Copying") as progress:
            store = desk.record.about["store"]
            copied = move(source_of(desk.store), store, to, build_views, progress)
    except Trouble as trouble:
        raise Failed(str(trouble), status=CANNOT) from trouble
    if as_json:
        rows = {f"{one.part}.{one.table}": one.rows for one in copied}
        typer.echo(json.dumps({"from": shown(source), "to": shown(to), "rows": rows}))
        return
    for said in _told(source, to, copied):
        console().print(safe(said), soft_wrap=True)


def _told(source: str, to: str, copied: list[Copied]) -> list[str]:
    number = next(one.rows for one in copied if (one.part, one.table) == (RECORD, _EVENTS))
    return [
        f"{entries(number)} and everything that belongs to them are in {shown(to)} now.",
        "See for yourself with cspr check --store TO. Then let CSPR_STORE name it, and put "
        f"{shown(source)} away, so that nobody goes on recording in it.",
    ]
