"""The views of a lasting record: they follow it, can be thrown away at any time, and are built anew.

A batch of the record and the position that it leads to are one transaction. Views that are built anew
are built in a place beside, and take the place of the old ones in one step, while others go on reading.
One :class:`Views` serves all threads of a program.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from weakref import WeakSet

from cspr_workflow.application.ports import Followed, Record, Recorded
from cspr_workflow.domain.partnership import is_calendar_change
from cspr_workflow.domain.policy import Policy
from projections import due_items
from projections.database import Busy, Database, Reached, Row, Unusable, World
from projections.folding import Folder
from projections.form import FORM, NAMES, VIEWS
from projections.place import Beside, Place
from projections.sqlite_place import SqlitePlace

__all__ = ["BATCH", "FORM", "NAMES", "PATIENCE", "VIEWS", "Progress", "Views"]

BATCH = 500
PATIENCE = 0.01
"""Seconds that a question waits for who is writing, before it is answered from what is there."""
PATIENCE_OF_AN_ACT = 1.0
"""Seconds that an act waits to have the views follow it, before that is left to the next question."""
Progress = Callable[[int, int], None]


class Views:
    """The views of one record, in a place of their own; and the index of what is due in it.

    They are in a file, or in a place of another kind. ``trouble`` is why the views could not follow the
    last time that something was recorded, or ``None`` where they could, or have caught up since. The act
    itself is safe in the record.
    """

    def __init__(
        self, at: Path | Place, record: Record, policies: Mapping[str, Policy], store: str = ""
    ) -> None:
        self.place = SqlitePlace(at) if isinstance(at, Path) else at
        self.wanted = f"{FORM} {store}"
        self.trouble: Exception | None = None
        self._store = store
        self._record = record
        self._policies = policies
        self._looked_back: WeakSet[Database] = WeakSet()
        self._following = threading.Lock()
        self._building = threading.Lock()
        self._built = 0
        self._folder = Folder(record)
        self._folded_for: WeakSet[Database] = WeakSet()

    # --- Following ---------------------------------------------------------------------------

    def follow(self, followed: Followed) -> None:
        """Take over what was just recorded.

        The act is safe in the record whatever happens here: views that cannot be written to now catch
        up later, and :attr:`trouble` says why.
        """
        if not followed.recorded:
            return
        try:
            with self.place.reporting():
                self._catch_up(followed, patience=PATIENCE_OF_AN_ACT)
        except Exception as trouble:
            self.trouble = trouble

    def catch_up(self, progress: Progress | None = None) -> int:
        """Take over all that the record holds beyond the views: the position reached.

        Raises :class:`Trouble` where the views cannot be written to.
        """
        with self.place.reporting():
            return self._catch_up(progress=progress)

    def _catch_up(
        self,
        followed: Followed | None = None,
        progress: Progress | None = None,
        patience: float | None = None,
    ) -> int:
        built = self._built
        try:
            if (database := self._following_with(followed)) is not None:
                return self._follow_on(database, followed, progress, patience)
        except Unusable:
            pass
        if followed is not None and self._building.locked():
            # While another thread makes the first views there are, nobody's act waits for them.
            return 0
        with self._building:
            if self._built != built and (database := self.usable()) is not None:
                return self._follow_on(database, progress=progress)  # another thread built them
            if followed is None:
                return self._build(progress)
            try:
                return self._build(patience=PATIENCE_OF_AN_ACT)
            except Busy:
                return 0  # another program makes them

    def _following_with(self, followed: Followed | None) -> Database | None:
        """The views that can follow; where what follows is known, the rest is seen as they do."""
        if followed is None:
            return self.usable()
        database = self.place.mine()
        return database if database in self._looked_back else self.usable()

    def _follow_on(
        self,
        database: Database,
        followed: Followed | None = None,
        progress: Progress | None = None,
        patience: float | None = None,
    ) -> int:
        if followed is None and (position := database.position) == self.last():
            self.trouble = None
            return position
        while True:
            position, more = self._follow_a_batch(database, followed, patience)
            followed = None
            if not more:
                self.trouble = None
                return position
            if progress is not None:
                progress(position, self.last())

    def _follow_a_batch(
        self, database: Database, followed: Followed | None, patience: float | None
    ) -> tuple[int, bool]:
        """Take over what comes next: the position reached, and whether there may be more."""
        if not self._following.acquire(timeout=-1 if patience is None else patience):
            raise Busy(f"{self.place.name}: another thread is writing to the views.")
        folding = False
        try:
            self._fold_for(database)
            with database.writing(patience):
                position = self._position(database)
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

    def _position(self, database: Database) -> int:
        """How far the views have followed; they are not followed on where somebody else has put others there."""
        reached = database.reached
        if reached.form != self.wanted:
            raise Unusable(f"{self.place.name}: these views are of another form.")
        return reached.position

    def _fold_for(self, database: Database) -> None:
        """What was folded is forgotten for a new connection: what it leads to may have lost the end of the record."""
        if database not in self._folded_for:
            self._folder = Folder(self._record)
            self._folded_for.add(database)

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
        with self.place.reporting(), self._building:
            return self._build(progress)

    def _build(self, progress: Progress | None = None, patience: float | None = None) -> int:
        """Build beside the views, then take their place in one step; or join another who does so."""
        position: int | None = None
        while position is None:
            with self.place.beside(self, patience) as beside:
                if beside is not None:
                    position = self._build_beside(beside, progress)
            if position is None and (database := self.usable()) is not None:
                position = self._follow_on(database)
        self._built += 1
        self.trouble = None
        return position

    def _build_beside(self, beside: Beside, progress: Progress | None) -> int | None:
        built = Views(beside, self._record, self._policies, self._store)
        try:
            built.catch_up(progress)
            return beside.put_in_place(self, built)
        finally:
            built.close()

    # --- Questions ---------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        """The views, caught up with the record unless somebody else is writing to them just now.

        Nobody who asks waits for a writer: :attr:`Database.position` says up to where they have come.
        """
        with self.place.reporting():
            database = self.place.mine()
            if database is not None and database.in_transaction:
                return database
            try:
                self._catch_up(patience=PATIENCE)
            except Busy:
                if self._of_this_form() is None:
                    raise
            return self.as_they_are()

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Several questions about one state of the views; see :meth:`Database.standing_still`."""
        with self.database.standing_still() as database:
            yield database

    @property
    def position(self) -> int:
        """The position up to which the views have followed the record."""
        with self.place.reporting():
            seen = self._of_this_form()
            return 0 if seen is None else seen[1].position

    def due(self, now: datetime) -> Sequence[str]:
        """The streams with something due up to ``now``, the earliest first."""
        return due_items.due(self._caught_up(), now)

    def due_in_batches(self, now: datetime, size: int) -> Iterator[Sequence[str]]:
        """The same in batches, each looked up when it is asked for and none named twice."""
        last: Row = ("", "")
        while batch := due_items.due_after(self._caught_up(), now, last, size):
            yield [stream for _, stream in batch]
            last = batch[-1]

    def count_due(self, now: datetime) -> int:
        """How many streams have something due up to ``now``."""
        return due_items.count_due(self._caught_up(), now)

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
            for table in NAMES:
                if table != "progress":
                    rows = database.all(f"SELECT * FROM {table}")  # noqa: S608 - our own tables
                    told += sorted(f"{table} {row!r}" for row in rows)
        return iter(told)

    def _caught_up(self) -> Database:
        """The views once they are caught up with the record: for who must not overlook anything."""
        self.catch_up()
        return self.as_they_are()

    def close(self) -> None:
        """Close every connection. Whoever asks again opens a new one."""
        self.place.close()

    # --- What is there -----------------------------------------------------------------------

    def last(self) -> int:
        """The last position of the record."""
        return self._record.last()[0]

    def usable(self) -> Database | None:
        """The views that are there, of the form that this program makes and of this record's past."""
        seen = self._of_this_form()
        return None if seen is None or self._is_of_another_past(*seen) else seen[0]

    def as_they_are(self) -> Database:
        """The views that are there, without catching up with the record."""
        database = self.place.mine()
        if database is None:
            raise Unusable(f"{self.place.name}: the views have just been removed; try again.")
        return database

    def _of_this_form(self) -> tuple[Database, Reached] | None:
        database = None
        # Where the connection was lost, the answer came through another one.
        while database is not (mine := self.place.mine()):
            if mine is None:
                return None
            database, reached = mine, mine.reached
        return (database, reached) if database and reached.form == self.wanted else None

    def _is_of_another_past(self, database: Database, reached: Reached) -> bool:
        """Whether the views followed what the record does not hold: it was restored from a backup."""
        if database in self._looked_back:
            return False
        if reached.position:
            last = next(iter(self._record.read_all(reached.position - 1, 1)), None)
            if last is None or last.command != reached.command:
                return True
        self._looked_back.add(database)
        return False


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
