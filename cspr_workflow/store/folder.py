"""A store: one folder with the record, its keys, the office, and the views that follow the record."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cspr_workflow.application.ports import Trouble
from cspr_workflow.store import accounts, sqlite_record
from cspr_workflow.store.accounts import StoredAccountBook
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.office import Office
from cspr_workflow.store.sqlite_files import check, reporting
from cspr_workflow.store.sqlite_record import SqliteRecord

RECORD, KEYS, OFFICE, VIEWS = "record.sqlite", "keys.sqlite", "office.sqlite", "views.sqlite"
ACCOUNTS = "accounts.sqlite"


@dataclass(frozen=True, slots=True)
class StoreFolder:
    """An open store."""

    path: Path
    record: SqliteRecord
    office: Office

    def __str__(self) -> str:
        """Where it is."""
        return str(self.path)

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


def make(
    folder: Path, *, rehearsal: bool, fill: Callable[[StoreFolder], None] | None = None
) -> None:
    """Make a new store: the whole folder or nothing; ``fill`` is what it is to begin with.

    Raises :class:`Trouble`.
    """
    with put_in_place(folder) as (beside,):
        store = str(uuid4())
        sqlite_record.make(beside / RECORD, store, rehearsal=rehearsal)
        Keys.make(beside / KEYS, store)
        Office.make(beside / OFFICE, store)
        if fill is not None:
            with closing(open_store(beside)) as made:
                fill(made)


@contextmanager
def put_in_place(*folders: Path) -> Iterator[tuple[Path, ...]]:
    """New folders beside, in which to make what is wanted; at the end each is moved to its place.

    Where anything fails, nothing is left. Raises :class:`Trouble`, also where there is something in
    one of the places already.
    """
    for folder in folders:
        check_free(folder)
    made: list[Path] = []
    try:
        for folder in folders:
            made.append(_made_beside(folder))
        yield tuple(made)
        for number, folder in enumerate(folders):
            with reporting(folder):
                _move(made[number], folder)
                made[number] = folder
                synced(folder.parent)
    except BaseException:
        for beside in made:
            shutil.rmtree(beside, ignore_errors=True)
        raise


def check_free(folder: Path) -> None:
    """Raise :class:`Trouble` where nothing new can be made under a name."""
    with reporting(folder):
        if not folder.name or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
            raise Trouble(
                f"{folder}: there is something here already; name a folder that is new or empty."
            )


def _made_beside(folder: Path) -> Path:
    beside = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}")
    with reporting(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir(mode=0o700)
    return beside


def _move(beside: Path, folder: Path) -> None:
    synced(beside)
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)


def synced(path: Path) -> None:
    """Have what stands in a file or a folder written to the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_store(folder: Path, keys_folder: Path | None = None) -> StoreFolder:
    """Open a store; of a backup, the keys are in a folder of their own. Raises :class:`Trouble` with what is wrong and what to do."""
    with reporting(folder):
        if not any((folder / name).exists() for name in (RECORD, KEYS, OFFICE)):
            raise Trouble(
                f"{folder}: there is no store here. Make one with cspr init, or name its folder with --store."
            )
    store = sqlite_record.about(folder / RECORD).get("store", "")
    with ExitStack() as opened:
        keys = Keys((keys_folder or folder) / KEYS, store)
        opened.callback(keys.close)
        record = SqliteRecord(folder / RECORD, keys)
        opened.callback(record.close)
        office = Office(folder / OFFICE, store)
        opened.pop_all()
    return StoreFolder(folder, record, office)


def open_accounts(store: StoreFolder) -> StoredAccountBook:
    """The accounts of a store; where it never had any, an empty file is made. Raises :class:`Trouble`."""
    path, id = store.path / ACCOUNTS, store.record.about["store"]
    if not store.office.has_accounts:
        with reporting(path):
            if not path.exists():
                _make_accounts(path, id)
        store.office.note_accounts()
    return StoredAccountBook(path, id, store.record.keys)


def _make_accounts(path: Path, store: str) -> None:
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        StoredAccountBook.make(beside, store)
        synced(beside)
        # Where another program was faster, its file stays.
        with suppress(FileExistsError):
            os.link(beside, path)
        synced(path.parent)
    finally:
        for left in path.parent.glob(f"{beside.name}*"):
            left.unlink()


def check_accounts(store: StoreFolder) -> bool:
    """Whether a store has accounts. Raises :class:`Trouble` where their file is missing or damaged."""
    if store.office.has_accounts:
        check(store.path / ACCOUNTS, accounts.MARK, accounts.FORM, accounts.WHAT)
    return store.office.has_accounts
