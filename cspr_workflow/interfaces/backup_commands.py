"""The commands that back up a store and restore one."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces.commands import CANNOT, AsJson, Failed, a_folder
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk, store_place
from cspr_workflow.interfaces.partnerships import (
    Missed,
    PartnershipsOption,
    done_at,
    end_with_the_worst,
    named_in,
    say,
    say_missed,
    say_plain,
)
from cspr_workflow.interfaces.progress import shown_progress
from cspr_workflow.interfaces.sentences import counted, listed
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.store import backup
from cspr_workflow.store.backup import Reached
from cspr_workflow.store.partnerships import Partnership
from cspr_workflow.store.stores import Store

_SHOWN = 5


def backup_command(
    to: Annotated[
        Path, typer.Argument(metavar="TO", help="A new folder for the backup.", callback=a_folder)
    ],
    keys: Annotated[
        Path | None,
        typer.Option(
            metavar="TO2",
            help="A new folder for the backup of the keys; keep it apart.",
            callback=a_folder,
        ),
    ] = None,
    store: StoreOption = None,
    partnerships: PartnershipsOption = None,
    as_json: AsJson = False,
) -> None:
    """Back up the store while others go on working with it.

    The record and the office go into one new folder, the keys of its texts into another one: nobody can
    read a text who does not hold both, and without the keys nobody ever can. The views are not backed
    up; they are built anew from the record. Of several partnerships each has a folder of its own below
    the two, by its name.
    """
    if partnerships is not None:
        named = named_in(partnerships, store)
        _check_places(named, to, keys)
        end_with_the_worst(_each_backed_up(named, to, keys, as_json=as_json))
        return
    with opened_desk(store) as desk:
        position = _backed_up(desk, to, keys)
        if as_json:
            typer.echo(json.dumps(_plain_backup(to, keys, position)))
        else:
            for one in _told_backup(to, keys, position):
                console().print(safe(one), soft_wrap=True)


def _backed_up(desk: Desk, to: Path, keys: Path | None) -> int:
    """Back up one store, and note that it was: the position that the backup reaches."""
    now = desk.now()
    with shown_progress("Copying") as progress:
        position = backup.back_up(desk.store, to, keys, progress)
    desk.office.note_backup(now)
    return position


def _check_places(named: Sequence[Partnership], to: Path, keys: Path | None) -> None:
    """Refuse folders for all backups of which one is within the other, or within a store."""
    try:
        backup.check_apart(to, keys)
        for one in named:
            if isinstance(one.store, Path):
                backup.check_outside(one.store, [to, *([keys] if keys else [])])
    except Trouble as trouble:
        raise Failed(str(trouble), status=CANNOT) from trouble


def _each_backed_up(
    named: Sequence[Partnership], to: Path, keys: Path | None, *, as_json: bool
) -> Iterator[int]:
    """Back up one partnership after the other, and give the exit status of each."""
    for one in named:
        half, other = to / one.name, keys / one.name if keys else None
        position = done_at(one, partial(_backed_up, to=half, keys=other))
        if isinstance(position, Missed):
            yield say_missed(one, position, as_json=as_json)
            continue
        if as_json:
            say_plain(one, _plain_backup(half, other, position))
        else:
            for sentence in _told_backup(half, other, position):
                say(one, sentence)
        yield 0


def _plain_backup(to: Path, keys: Path | None, position: int) -> dict[str, object]:
    return {"to": str(to), "keys": str(keys) if keys else None, "position": position}


def _told_backup(to: Path, keys: Path | None, position: int) -> Iterator[str]:
    yield f"{entries(position)} backed up to {to}."
    if keys is None:
        yield (
            "The keys are not part of it, and without them nobody can read its texts. Back them up, too: "
            "cspr backup TO --keys TO2"
        )
    else:
        yield f"The keys are in {keys}. Keep the two apart, and both off this machine."
    yield f"To restore: cspr restore {to} --keys {keys or 'FOLDER'} --store NEW-FOLDER"


def restore_command(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The folder of the backup.")],
    keys: Annotated[
        Path | None, typer.Option(metavar="FROM2", help="The folder of the backup of the keys.")
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Restore a store from its backup, into a new folder; the views are built anew.

    The files are checked first, and where anything is wrong there is no new folder. What was recorded
    after the backup is not in it. Where only the keys of a store are lost, copy keys.sqlite from the
    newest backup of the keys into its folder instead.
    """
    if keys is None:
        raise Failed(
            "--keys: name the folder with the backup of the keys. A store does not open without its "
            "keys, since nobody could read its texts or record anything about its incidents."
        )
    at = store_place(store)
    try:
        reached = backup.restore(source, keys, at, build_views)
    except Trouble as trouble:
        raise Failed(str(trouble), status=CANNOT) from trouble
    with opened_desk(at) as desk:
        if as_json:
            typer.echo(json.dumps(_plain(desk, reached)))
        else:
            _tell_restored(desk, reached)


def build_views(made: Store) -> None:
    """Have a store's views follow all that it holds."""
    desk = Desk(made)
    try:
        with shown_progress("Building the views") as progress:
            desk.views.catch_up(progress=progress)
    finally:
        desk.views.close()


def _plain(desk: Desk, reached: Reached) -> dict[str, object]:
    return {
        "store": desk.place,
        "position": reached.position,
        "last_recorded": reached.latest.isoformat() if reached.latest else None,
        "without_key": list(reached.without_key),
    }


def _tell_restored(desk: Desk, reached: Reached) -> None:
    out = console()
    last = f", the last of {desk.teller.moment(reached.latest)}" if reached.latest else ""
    said = [
        f"{desk.place} is restored: {entries(reached.position)}{last}.",
        "What was recorded after that is not there: see what people noted themselves, and record it "
        "again with --occurred. Put the old folder away, so that nobody goes on recording in it.",
    ]
    if reached.without_key:
        said.append(without_key(reached.without_key))
    for one in said:
        out.print(safe(one), soft_wrap=True)


def without_key(incidents: tuple[str, ...]) -> str:
    """Incidents whose key is gone, in a sentence that says what it means."""
    shown = listed(incidents[:_SHOWN])
    more = f" and {len(incidents) - _SHOWN} more" if len(incidents) > _SHOWN else ""
    keys = "key is" if len(incidents) == 1 else "keys are"
    return (
        f"The {keys} gone of {counted(len(incidents), 'incident')} ({shown}{more}): what people wrote about "
        "them can no longer be read. That is as it should be where the keys were destroyed on purpose; "
        "otherwise look for a newer backup of the keys."
    )


def entries(number: int) -> str:
    """So many entries, in words."""
    return "1 entry" if number == 1 else f"{number} entries"
