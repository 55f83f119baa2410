"""A store: one folder with the record, its keys, the office, and the views that follow the record."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cspr_workflow.application.ports import Trouble
from cspr_workflow.store import sqlite_record
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.office import Office
from cspr_workflow.store.sqlite_files import reporting
from cspr_workflow.store.sqlite_record import SqliteRecord

RECORD, KEYS, OFFICE, VIEWS = "record.sqlite", "keys.sqlite", "office.sqlite", "views.sqlite"


@dataclass(frozen=True, slots=True)
class StoreFolder:
    """An open store."""

    path: Path
    record: SqliteRecord
    office: Office

    @property
    def rehearsal(self) -> bool:
        """Whether this is a rehearsal, whose clock can be set."""
        return self.record.about["kind"] == "rehearsal"

    @property
    def views(self) -> Path:
        """Where the views are kept."""
        return self.path / VIEWS

    def close(self) -> None:
        """Close every file."""
        self.record.close()
        self.office.close()


def make(folder: Path, *, rehearsal: bool) -> None:
    """Make a new, empty store: the whole folder or nothing. Raises :class:`Trouble`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Trouble(
            f"{folder}: there is something here already; name a folder that is new or empty."
        )
    store = str(uuid4())
    beside = folder.with_name(f".{folder.name}.{store[:8]}")
    with reporting(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir(mode=0o700)
        try:
            sqlite_record.make(beside / RECORD, store, rehearsal=rehearsal)
            Keys.make(beside / KEYS, store)
            Office.make(beside / OFFICE, store)
            put_in_place(beside, folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def put_in_place(beside: Path, folder: Path) -> None:
    """Move a finished folder to its place, in one step."""
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)
    handle = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_store(folder: Path) -> StoreFolder:
    """Open a store. Raises :class:`Trouble` with what is wrong and what to do."""
    if not (folder / RECORD).exists():
        raise Trouble(
            f"{folder}: there is no store here. Make one with cspr init, or name its folder with --store."
        )
    store = sqlite_record.about(folder / RECORD)["store"]
    keys = Keys(folder / KEYS, store)
    return StoreFolder(folder, SqliteRecord(folder / RECORD, keys), Office(folder / OFFICE, store))
