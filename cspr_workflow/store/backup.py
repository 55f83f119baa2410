"""Backing up a store while others go on working with it, and restoring one into a new folder.

A backup has two halves in folders of their own: the record with the office and the accounts, and the keys.
Whoever holds both can read every text; whoever holds the first half alone can read none.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cspr_workflow.application.ports import Trouble
from cspr_workflow.store import copying, stores
from cspr_workflow.store.accounts import StoredAccountBook
from cspr_workflow.store.copying_folders import FromFolders, ToFolders
from cspr_workflow.store.folder import (
    ACCOUNTS,
    KEYS,
    OFFICE,
    RECORD,
    StoreFolder,
    check_accounts,
    open_store,
    put_in_place,
    synced,
)
from cspr_workflow.store.lasting_record import LastingRecord
from cspr_workflow.store.moving import move, source_of
from cspr_workflow.store.sqlite_files import connected, reporting
from cspr_workflow.store.stores import Place, Store

SUMS = "SHA256SUMS"
_PAGES = 1000
_NOTHING = "Nothing was recorded"
_SESSIONS = ("sessions",)
"""What is left out of a restored store: who was signed in when the backup was made."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a backup or a restored store goes: its last position, and when that was recorded.

    ``without_key`` are the incidents whose texts cannot be read, as their key is not there.
    """

    position: int
    latest: datetime | None
    without_key: tuple[str, ...]


# --- Backing up ------------------------------------------------------------------------------


def back_up(store: Store, to: Path, keys_to: Path | None, progress: Progress | None = None) -> int:
    """Back up a store into new folders: the position that the copy of the record reaches.

    The backup of a store on a server is of the same kind as that of a folder.
    Raises :class:`Trouble`; then nothing is left in either folder.
    """
    places = [to, *([keys_to] if keys_to else [])]
    if isinstance(store, StoreFolder):
        check_outside(store.path, places)
    check_apart(to, keys_to)
    with _saying({_NOTHING: "No backup was made"}), put_in_place(*places) as made:
        if isinstance(store, StoreFolder):
            _copy_files(store, places, made, progress)
        else:
            _copy_tables(store, made, progress)
        for folder in made:
            _write_sums(folder)
        return _last_position(made[0] / RECORD)


def _copy_tables(store: Store, made: Sequence[Path], progress: Progress | None) -> None:
    parts = [part for part in copying.TABLES if part != copying.KEYS or len(made) > 1]
    target = ToFolders(store.record.about["store"], made[0], made[-1])
    copying.copy(source_of(store), target, parts, progress)


def _copy_files(
    store: StoreFolder,
    places: Sequence[Path],
    made: Sequence[Path],
    progress: Progress | None,
) -> None:
    # The order is what makes the three copies fit. The keys come after the record: keys are only
    # added, each before the first text that it seals, so that every text of the record's copy has its
    # key. The office comes before the record: its heartbeat is then no later than what the copy holds,
    # and the gap that the clock notes after a restore begins before anything that is missing. So do the
    # accounts, which belong to people of the record and whose secrets have their key with the keys; they
    # come after the office, which says whether there are any.
    accounts = [(ACCOUNTS, 0)] if check_accounts(store) else []
    keys = [(KEYS, 1)] if len(made) > 1 else []
    for name, half in [(OFFICE, 0), *accounts, (RECORD, 0), *keys]:
        with reporting(places[half]):
            _copy(store.path / name, made[half] / name, progress)


def check_outside(store: Path, places: Sequence[Path]) -> None:
    """Refuse a place for a backup inside a store's own folder. Raises :class:`Trouble`."""
    for place in places:
        if place.resolve().is_relative_to(store.resolve()):
            raise Trouble(
                f"{place}: this is inside the store's own folder and would be lost with it; "
                "name a folder elsewhere."
            )


def check_apart(to: Path, keys_to: Path | None) -> None:
    """Refuse places for the two halves of a backup of which one holds the other. Raises :class:`Trouble`."""
    if keys_to is None:
        return
    one, other = to.resolve(), keys_to.resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise Trouble(
            f"{keys_to}: keep the keys apart from {to}, since whoever holds both can read every text; "
            "name a folder elsewhere, on another disk if you can."
        )


def _copy(source: Path, target: Path, progress: Progress | None) -> None:
    """Copy a file that others may be writing to, as it stands at one moment."""
    _make_private(target)
    with closing(connected(source)) as original, closing(connected(target)) as copy:
        # What this connection sees stands still from its first look on, so that copying in steps
        # neither holds up those who write nor has to begin again because of them.
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()
        original.backup(copy, pages=_PAGES, progress=_steps(progress))
        original.execute("ROLLBACK")
        if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise Trouble(
                f"{source}: the file is damaged. Restore it from its backup (cspr restore)."
            )
    synced(target)


def _steps(progress: Progress | None) -> Callable[[int, int, int], None]:
    return lambda _, left, pages: progress(pages - left, pages) if progress else None


def _make_private(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _write_sums(folder: Path) -> None:
    """The hash of each file, as ``sha256sum --check`` reads it."""
    with reporting(folder):
        names = sorted(path.name for path in folder.iterdir())
        lines = [f"{_sha256(folder / name)}  {name}\n" for name in names]
        _make_private(folder / SUMS)
        (folder / SUMS).write_text("".join(lines), "utf-8")
        synced(folder / SUMS)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _last_position(record: Path) -> int:
    with reporting(record), closing(connected(record)) as connection:
        row = connection.execute("SELECT max(position) FROM stored_events").fetchone()
        return int(row[0] or 0)


# --- Restoring -------------------------------------------------------------------------------


def restore(source: Path, keys: Path, to: Place, build: Callable[[Store], None]) -> Reached:
    """Restore a backup and the keys that belong to it into a new place; ``build`` makes its views.

    Accounts stand as they stood when the backup was made; nobody is signed in. Views that cannot be built
    on a server are no error: they are built at the next question.
    Raises :class:`Trouble`; then there is nothing in the new place.
    """
    to = stores.place(to)
    halves = {RECORD: source, OFFICE: source, KEYS: keys}
    if (source / ACCOUNTS).exists():
        halves[ACCOUNTS] = source
    for name, half in halves.items():
        _check_sum(half, name)
    if isinstance(to, str):
        return _restore_to_server(source, keys, to, build)
    return _restore_files(halves, to, build)


def _restore_to_server(
    source: Path, keys: Path, to: str, build: Callable[[Store], None]
) -> Reached:
    with _saying({_NOTHING: "Nothing was restored"}):
        with closing(open_store(source, keys)) as backup:
            _check_accounts(backup)
            reached = Reached(*backup.record.last(), _without_key(backup.record))
            store = backup.record.about["store"]
        move(FromFolders(source, keys), store, to, build, without=_SESSIONS)
    return reached


def _restore_files(
    halves: Mapping[str, Path], folder: Path, build: Callable[[Store], None]
) -> Reached:
    with put_in_place(folder) as (beside,):
        named = {str(beside / name): str(half / name) for name, half in halves.items()}
        with _saying({**named, str(beside): str(folder), _NOTHING: "Nothing was restored"}):
            for name, half in halves.items():
                with reporting(folder):
                    _take(half / name, beside / name)
            with closing(open_store(beside)) as store:
                _sign_everybody_out(store)
                build(store)
                return Reached(*store.record.last(), _without_key(store.record))


def _check_sum(folder: Path, name: str) -> None:
    path = folder / name
    with reporting(folder):
        listed = (folder / SUMS).read_text("utf-8") if (folder / SUMS).is_file() else ""
        sums = {
            named: sha256
            for sha256, _, named in (line.partition("  ") for line in listed.splitlines())
        }
        if name not in sums or not path.is_file():
            what = "the keys" if name == KEYS else "a store"
            raise Trouble(
                f"{folder}: this is no backup of {what}; name a folder that cspr backup made."
            )
        if _sha256(path) != sums[name]:
            raise Trouble(
                f"{path}: the file is not as it was when the backup was made: it is damaged or was "
                "changed. Nothing was restored; take another backup."
            )


def _take(source: Path, target: Path) -> None:
    _make_private(target)
    with source.open("rb") as original, target.open("wb") as copy:
        while part := original.read(1 << 20):
            copy.write(part)
    synced(target)


def _sign_everybody_out(store: StoreFolder) -> None:
    if check_accounts(store) or (store.path / ACCOUNTS).exists():
        with closing(stores.open_accounts(store)) as accounts:
            accounts.sessions.end_all()


def _check_accounts(backup: StoreFolder) -> None:
    """Raise :class:`Trouble` where the accounts of a backup are not there or not of its store."""
    path = backup.path / ACCOUNTS
    if check_accounts(backup) or path.exists():
        StoredAccountBook(path, backup.record.about["store"], backup.record.keys).close()


def _without_key(record: LastingRecord) -> tuple[str, ...]:
    with record.reporting():
        sealed = {row[0] for row in record.rows("SELECT DISTINCT incident FROM sealed_texts")}
    return tuple(sorted(sealed - record.keys.incidents))


@contextmanager
def _saying(instead: dict[str, str]) -> Iterator[None]:
    """Say what went wrong in words that fit what is being done."""
    try:
        yield
    except Trouble as trouble:
        text = str(trouble)
        for words, others in instead.items():
            text = text.replace(words, others)
        raise Trouble(text) from trouble
