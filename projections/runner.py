"""The views of a lasting record: they follow it, can be thrown away at any time, and are built anew.

A batch of the record and the position that it leads to are one transaction. Views that are built anew
are built in a file beside; their rows take the place of the old ones in one transaction, while others go
on reading. One :class:`Views` serves all threads of a program.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cspr_workflow.application.ports import Followed, Record, Recorded, Trouble
from cspr_workflow.domain.partnership import is_calendar_change
from cspr_workflow.domain.policy import Policy
from projections import due_items, files, form
from projections.database import Database, World, is_busy, is_damaged, reporting
from projections.folding import Folder
from projections.form import FORM, VIEWS, tables

__all__ = ["BATCH", "FORM", "PATIENCE", "VIEWS", "Progress", "Views", "tables"]

BATCH = 500
PATIENCE = 0.01
"""Seconds that a question waits for who is writing, before it is answered from what is there."""
PATIENCE_OF_AN_ACT = 1.0
"""Seconds that an act waits to have the views follow it, before that is left to the next question."""
_ATTEMPTS = 10
Progress = Callable[[int, int], None]


class Views:
    """The views of one record, in a file of their own; and the index of what is due in it.

    ``trouble`` is why the views could not follow the last time that something was recorded, or ``None``
    where they could, or have caught up since. The act itself is safe in the record.
    """

    def __init__(
        self, path: Path, record: Record, policies: Mapping[str, Policy], store: str = ""
    ) -> None:
        self.path = path
        self.trouble: Exception | None = None
        self._store = store
        self._wanted = f"{FORM} {store}"
        self._looked_back = False
        self._record = record
        self._policies = policies
        self._connections = files.Connections(path)
        self._following = threading.Lock()
        self._building = threading.Lock()
        self._built = 0
        self._folder = Folder(record)

    # --- Following ---------------------------------------------------------------------------

    def follow(self, followed: Followed) -> None:
        """Take over what was just recorded.

        The act is safe in the record whatever happens here: views that cannot be written to now catch
        up later, and :attr:`trouble` says why.
        """
        if not followed.recorded:
            return
        try:
            with reporting(self.path):
                self._catch_up(followed, patience=PATIENCE_OF_AN_ACT)
        except Exception as trouble:
            self.trouble = trouble

    def catch_up(self, progress: Progress | None = None) -> int:
        """Take over all that the record holds beyond the views: the position reached.

        Raises :class:`Trouble` where the views cannot be written to.
        """
        with reporting(self.path):
            return self._catch_up(progress=progress)

    def _catch_up(
        self,
        followed: Followed | None = None,
        progress: Progress | None = None,
        patience: float | None = None,
    ) -> int:
        built = self._built
        if (database := self._usable()) is not None:
            try:
                return self._follow_on(database, followed, progress, patience)
            except Trouble as trouble:
                if not is_damaged(trouble):
                    raise
        if followed is not None and self._building.locked():
            # While another thread makes the first views there are, nobody's act waits for them.
            return 0
        with self._building:
            if self._built != built:  # by another thread, meanwhile
                return self._follow_on(self._connections.mine(), progress=progress)
            return self._build(progress)

    def _follow_on(
        self,
        database: Database,
        followed: Followed | None = None,
        progress: Progress | None = None,
        patience: float | None = None,
    ) -> int:
        if followed is None and database.position == self._record.last()[0]:
            self.trouble = None
            return database.position
        while True:
            position, more = self._follow_a_batch(database, followed, patience)
            followed = None
            if not more:
                self.trouble = None
                return position
            if progress is not None:
                progress(position, self._record.last()[0])

    def _follow_a_batch(
        self, database: Database, followed: Followed | None, patience: float | None
    ) -> tuple[int, bool]:
        """Take over what comes next: the position reached, and whether there may be more."""
        if not self._following.acquire(timeout=-1 if patience is None else patience):
            raise _Busy(f"{self.path}: another thread is writing to the views.")
        folding = False
        try:
            with database.writing(patience):
                position = database.position
                taken = self._next(position, followed)
                if taken:
                    folding = True
                    position = self._take(database, taken, followed)
        except BaseException:
            if folding:
                # What was folded for a batch that was not taken over is not to be built upon.
                self._folder = Folder(self._record)
            raise
        finally:
            self._following.release()
        return position, len(taken) >= BATCH or _ends_with_change(taken)

    def _next(self, position: int, followed: Followed | None) -> Sequence[Recorded]:
        if followed is not None and followed.recorded[0].position == position + 1:
            return _until_change(followed.recorded)
        return _until_change(self._record.read_all(position, BATCH))

    def _take(
        self, database: Database, taken: Sequence[Recorded], followed: Followed | None
    ) -> int:
        if followed is not None:
            self._folder.know(followed.before)
        steps = self._folder.steps(taken, followed.held if followed is not None else {})
        world = World(self._record, self._policies, self._folder.partnership, self._folder.case)
        for view in VIEWS:
            view.apply(database, steps, world)
        last = taken[-1]
        database.execute("UPDATE progress SET position=?, command=?", (last.position, last.command))
        return last.position

    # --- Building anew -----------------------------------------------------------------------

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build every view anew from the record: the position reached."""
        with reporting(self.path), self._building:
            return self._build(progress)

    def _build(self, progress: Progress | None) -> int:
        """Build beside the views, then take their place in one step."""
        beside = files.beside(self.path)
        built = Views(beside, self._record, self._policies, self._store)
        try:
            form.begin(beside, self._wanted)
            built.catch_up(progress)
            position = self._put_in_place(built)
        finally:
            built.close()
            files.remove(beside)
        self._built += 1
        self.trouble = None
        return position

    def _put_in_place(self, built: "Views") -> int:
        """Have others read what was built: by its rows, or its file where there is none that can be used."""
        for _ in range(_ATTEMPTS):
            there = files.judged(self.path)
            if there is not None:
                try:
                    return self._take_over(built)
                except Trouble as trouble:
                    if not isinstance(trouble, _Another) and not is_damaged(trouble):
                        raise
            self._connections.drop()
            position = built.position
            built.close()
            if files.put_in_place(built.path, self.path, there):
                return position
            if there is None and (database := self._usable()) is not None:
                return self._follow_on(database)
        raise Trouble(f"{self.path}: others are replacing the views all the time; try again.")

    def _take_over(self, built: "Views") -> int:
        with files.connected(self.path) as database:
            if database.one("PRAGMA journal_mode") != ("wal",):
                raise _Another(f"{self.path}: this file holds no views.")
            database.execute("ATTACH ? AS built", (str(built.path),))
            while True:
                position = built.catch_up()
                last = self._record.last()[0]
                with database.writing():
                    there = form.of(database)
                    if there == self._wanted and position < database.position <= last:
                        continue
                    if not there.startswith(FORM):
                        form.make_tables_anew(database)
                    for table in tables(database):
                        database.execute(f"DELETE FROM main.{table}")  # noqa: S608 - our own tables
                        database.execute(
                            f"INSERT INTO main.{table} SELECT * FROM built.{table}"  # noqa: S608
                        )
                # Else it would be the next question that has so much written to the file itself.
                database.wait_for(PATIENCE_OF_AN_ACT)
                database.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
                return position

    # --- Questions ---------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        """The views, caught up with the record unless somebody else is writing to them just now.

        Nobody who asks waits for a writer: :attr:`Database.position` says up to where they have come.
        """
        with reporting(self.path):
            database = self._there()
            if database is not None and database.connection.in_transaction:
                return database
            try:
                self._catch_up(patience=PATIENCE)
            except Trouble as trouble:
                if not _can_wait(trouble) or self._of_this_form() is None:
                    raise
            return self._connections.mine()

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Several questions about one state of the views; see :meth:`Database.standing_still`."""
        with self.database.standing_still() as database:
            yield database

    @property
    def position(self) -> int:
        """The position up to which the views have followed the record."""
        with reporting(self.path):
            database = self._of_this_form()
            return 0 if database is None else database.position

    def due(self, now: datetime) -> Sequence[str]:
        """The streams with something due up to ``now``, the earliest first."""
        return due_items.due(self._caught_up(), now)

    def streams(self) -> Iterable[str]:
        """Every incident's and escalation's stream, in the order in which they were opened."""
        return [row[0] for row in self._caught_up().all("SELECT stream FROM cases ORDER BY opened")]

    def open_streams(self) -> Iterable[str]:
        """The streams in which a change of the calendar could still move something."""
        rows = self._caught_up().all("SELECT stream FROM open_cases ORDER BY stream")
        return [row[0] for row in rows]

    def dump(self) -> Iterator[str]:
        """Every row of every view, in one canonical order."""
        told: list[str] = []
        with self._caught_up().standing_still() as database:
            for table in tables(database):
                if table != "progress":
                    rows = database.all(f"SELECT * FROM {table}")  # noqa: S608 - our own tables
                    told += sorted(f"{table} {row!r}" for row in rows)
        return iter(told)

    def _caught_up(self) -> Database:
        """The views once they are caught up with the record: for who must not overlook anything."""
        self.catch_up()
        with reporting(self.path):
            return self._connections.mine()

    def close(self) -> None:
        """Close every connection. Whoever asks again opens a new one."""
        self._connections.close()

    # --- What is there -----------------------------------------------------------------------

    def _there(self) -> Database | None:
        try:
            return self._connections.mine()
        except FileNotFoundError:
            return None

    def _of_this_form(self) -> Database | None:
        """The views that are there, if they are of the form that this program makes."""
        database = self._there()
        return database if database is not None and form.of(database) == self._wanted else None

    def _usable(self) -> Database | None:
        database = self._of_this_form()
        return None if database is None or self._is_of_another_past(database) else database

    def _is_of_another_past(self, database: Database) -> bool:
        """Whether the views followed what the record does not hold: it was restored from a backup."""
        if self._looked_back:
            return False
        row = database.one("SELECT position, command FROM progress")
        if row is not None and row[0]:
            last = next(iter(self._record.read_all(row[0] - 1, 1)), None)
            if last is None or last.command != row[1]:
                return True
        self._looked_back = True
        return False


class _Busy(Trouble):
    """Another thread of this program is writing to the views."""


class _Another(Trouble):
    """What stands where the views should be is something else, such as a file that was emptied."""


def _can_wait(trouble: Trouble) -> bool:
    return isinstance(trouble, _Busy) or is_busy(trouble)


def _until_change(recorded: Iterable[Recorded]) -> Sequence[Recorded]:
    """Up to the first change of the calendar: what comes after it is another batch."""
    taken: list[Recorded] = []
    for one in recorded:
        taken.append(one)
        if _ends_with_change(taken):
            break
    return taken


def _ends_with_change(taken: Sequence[Recorded]) -> bool:
    return bool(taken) and is_calendar_change(taken[-1].entry.fact)
