"""The commands that check a store from end to end, and build its views anew."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces.backup_commands import without_key
from cspr_workflow.interfaces.commands import CANNOT, AsJson
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk
from cspr_workflow.interfaces.progress import shown_progress
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.store.checking import Fault, RecordCheck
from projections import checking
from projections.runner import Views

_seconds = time.perf_counter


def rebuild_command(store: StoreOption = None, as_json: AsJson = False) -> None:
    """Build the views anew from the record. The record is not touched by it."""
    with opened_desk(store) as desk:
        began = _seconds()
        with shown_progress("Building the views") as progress:
            position = desk.views.rebuild(progress)
        seconds = round(_seconds() - began, 1)
        if as_json:
            typer.echo(json.dumps({"position": position, "seconds": seconds}))
        else:
            told = f"The views are built anew from {_entries(position)}, in {seconds} seconds."
            console().print(safe(told))


def check_command(store: StoreOption = None, as_json: AsJson = False) -> None:
    """Check the whole store: that the record is unaltered and complete, and that the views agree with it.

    Every entry is read, every sealed text is opened, the views are built anew beside and compared, and
    what falls due next is worked out again for each case. Others can go on working meanwhile; nothing
    is changed. Exit status: 0 nothing is wrong, 1 something is, 2 the store cannot be opened.
    """
    with opened_desk(store) as desk:
        found = _Found(desk, as_json=as_json)
        found.look_at_record()
        if not found.faults:
            found.look_at_views()
        found.tell()
        if found.faults:
            raise typer.Exit(CANNOT)


class _Found:
    """What one check finds; each fault is told as soon as it is found."""

    def __init__(self, desk: Desk, *, as_json: bool) -> None:
        self.faults = 0
        self._desk = desk
        self._as_json = as_json
        self._plain: list[dict[str, Any]] = []
        self._record = RecordCheck(desk.record)
        self._views: int | None = None

    def look_at_record(self) -> None:
        """Check the record."""
        with shown_progress("The record") as progress, self._trouble():
            for fault in self._record.faults(progress):
                self._note(fault)

    def look_at_views(self) -> None:
        """Check the views beside a rebuild, and the index of what falls due against each case."""
        desk = self._desk
        with self._trouble(), desk.views.place.reporting(), _rebuilt(desk) as rebuilt:
            with shown_progress("The views") as progress:
                rebuilt.catch_up(progress=progress)
            with checking.side_by_side(desk.views, rebuilt) as database:
                self._views = rebuilt.position
                for told in checking.differences(database):
                    self._note(Fault(None, told))
                with shown_progress("What falls due") as progress:
                    due = checking.due_faults(database, desk.record, desk.policies, progress)
                    for told in due:
                        self._note(Fault(None, told))

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except Trouble as trouble:
            self._note(Fault(None, str(trouble)))

    def _note(self, fault: Fault) -> None:
        self.faults += 1
        if self._as_json:
            self._plain.append({"position": fault.position, "what": fault.what})
        else:
            console().print(safe(fault), soft_wrap=True)

    def tell(self) -> None:
        """What was looked at, and whether it is well."""
        record = self._record
        if self._as_json:
            plain = {
                "entries": record.entries,
                "texts": record.texts,
                "views": self._views,
                "faults": self._plain,
                "without_key": dict(sorted(record.without_key.items())),
            }
            typer.echo(json.dumps(plain))
            return
        for told in self._told():
            console().print(safe(told), soft_wrap=True)

    def _told(self) -> Iterator[str]:
        record = self._record
        looked = f"{_entries(record.entries)} and {counted(record.texts, 'sealed text')} looked at"
        if record.without_key:
            yield without_key(tuple(sorted(record.without_key)))
        if self.faults:
            yield f"{looked}: {counted(self.faults, 'fault')}."
            if self._views is None:
                yield "The views were not compared."
        else:
            yield f"{looked}: the record is whole, and the views agree with it."


@contextmanager
def _rebuilt(desk: Desk) -> Iterator[Views]:
    """Views of the same record in a folder beside that is gone afterwards."""
    with TemporaryDirectory(prefix=".check-", dir=desk.folder) as name:
        store = desk.record.about["store"]
        views = Views(Path(name) / "views.sqlite", desk.record, desk.policies, store)
        with closing(views):
            yield views


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"
