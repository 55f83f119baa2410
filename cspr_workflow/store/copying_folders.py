"""A folder's files as what a store is copied from or to."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cspr_workflow.store import accounts, folder, keys, lasting_record, office, sqlite_record
from cspr_workflow.store.copying import ACCOUNTS, KEYS, OFFICE, RECORD, TABLES, Row
from cspr_workflow.store.sqlite_files import begin, closing, connected, reporting, writing
from cspr_workflow.store.tables import ABOUT

_FILES = {
    RECORD: (folder.RECORD, sqlite_record.MADE, sqlite_record.MARK, lasting_record.FORM),
    KEYS: (folder.KEYS, keys.TABLES, keys.MARK, keys.FORM),
    OFFICE: (folder.OFFICE, ABOUT + office.TABLES, office.MARK, office.FORM),
    ACCOUNTS: (folder.ACCOUNTS, accounts.MADE, accounts.MARK, accounts.FORM),
}
"""The file of each part, what makes its tables, whose it is and of which form."""


class FromFolders:
    """A store's folder, or the two of its backup, to copy from."""

    def __init__(self, path: Path, keys_path: Path | None = None) -> None:
        self._path, self._keys_path = path, keys_path or path

    @contextmanager
    def standing(self, part: str) -> Iterator[Callable[[str], Iterator[Row]]]:
        """Gives the rows of each table of a part as they stand at one moment, by their first column."""
        path = (self._keys_path if part == KEYS else self._path) / _FILES[part][0]
        if part == ACCOUNTS and not path.exists():
            yield lambda _: iter(())
            return
        with reporting(path), closing(connected(path)) as connection:
            connection.execute("BEGIN")
            yield lambda table: iter(
                connection.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - our own tables
            )


class ToFolders:
    """New folders to copy a store to: one for its keys, one for all else; they can be the same."""

    def __init__(self, store: str, path: Path, keys_path: Path) -> None:
        self._store, self._path, self._keys_path = store, path, keys_path

    @contextmanager
    def filling(self, part: str) -> Iterator[Callable[[str, Iterable[Row]], None]]:
        """Takes the rows of each table of a part."""
        name, tables, mark, form = _FILES[part]
        path = (self._keys_path if part == KEYS else self._path) / name
        with reporting(path):
            begin(path, tables, mark, form)
            with closing(connected(path)) as connection, writing(connection):
                if part == ACCOUNTS:
                    connection.execute("INSERT INTO about VALUES ('store', ?)", (self._store,))

                def fill(table: str, rows: Iterable[Row]) -> None:
                    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                    places = ", ".join("?" * len(columns))
                    connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - our own tables

                yield fill
        folder.synced(path)


assert set(_FILES) == set(TABLES)
