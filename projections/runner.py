"""The views of a lasting record: they follow it, can be thrown away at any time, and are built anew.

A batch of the record and the position that it leads to are one transaction. A view that is built anew
is built beside the old one, and takes its place in one step, while others go on reading.
"""

import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from cspr_workflow.application.ports import Followed, Held, Record, Recorded, Trouble
from cspr_workflow.application.transaction import PARTNERSHIP, evolved
from cspr_workflow.domain import partnership
from cspr_workflow.domain.clock import Case
from cspr_workflow.domain.partnership import is_calendar_change
from cspr_workflow.domain.policy import Policy
from projections import agreed_actions, chronology, due_items, standings, timeliness
from projections.database import Database, Step, World, reporting

VIEWS: tuple[ModuleType, ...] = (standings, chronology, agreed_actions, timeliness, due_items)
_TABLES = (
    "CREATE TABLE progress (position INTEGER NOT NULL, command TEXT NOT NULL, form TEXT NOT NULL);\n"
    + "".join(view.TABLES for view in VIEWS)
)
FORM = sha256(_TABLES.encode()).hexdigest()[:16]
"""Which form of the views this program makes; views of another form are built anew."""
BATCH = 500
_BESIDE = ".new"
MOST_HELD = 20_000
LOCK_TIMEOUT = 10
Progress = Callable[[int, int], None]


class Views:
    """The views of one record, in a file of their own; and the index of what is due in it."""

    def __init__(
        self, path: Path, record: Record, policies: Mapping[str, Policy], store: str = ""
    ) -> None:
        self.path = path
        self._store = store
        self._wanted = f"{FORM} {store}"
        self._looked_back = False
        self._record = record
        self._policies = policies
        self._local = threading.local()
        self._lock = threading.Lock()
        self._folder = _Folder(record)

    # --- Following ---------------------------------------------------------------------------

    def follow(self, followed: Followed) -> None:
        """Take over what was just recorded.

        The act is safe in the record whatever happens here: a view that cannot be written to now
        catches up later.
        """
        if not followed.recorded:
            return
        with suppress(Exception):
            self.catch_up(followed)

    def catch_up(self, followed: Followed | None = None, progress: Progress | None = None) -> int:
        """Take over all that the record holds beyond the views: the position reached.

        Raises :class:`Trouble` where the views cannot be written to.
        """
        with self._lock, reporting(self.path):
            if self._form() != self._wanted or self._is_of_another_past():
                return self._build(progress)
            try:
                return self._follow_on(followed, progress)
            except Trouble as trouble:
                if not _is_damaged(trouble):
                    raise
                return self._build(progress)

    def _follow_on(self, followed: Followed | None, progress: Progress | None) -> int:
        database = self._database()
        if followed is None and _position(database) == self._record.last()[0]:
            return _position(database)
        while True:
            try:
                with _writing(database):
                    position = _position(database)
                    taken = self._next(position, followed)
                    if taken:
                        position = self._take(database, taken, followed)
            except BaseException:
                # What was folded for a batch that was not taken over is not to be built upon.
                self._folder = _Folder(self._record)
                raise
            followed = None
            if len(taken) < BATCH and not _ends_with_change(taken):
                return position
            if progress is not None:
                progress(position, self._record.last()[0])

    def _next(self, position: int, followed: Followed | None) -> Sequence[Recorded]:
        if followed is not None and followed.recorded[0].position == position + 1:
            return _until_change(followed.recorded)
        return _until_change(self._record.read_all(position, BATCH))

    def _take(
        self, database: Database, taken: Sequence[Recorded], followed: Followed | None
    ) -> int:
        self._folder.know(followed.before if followed else {})
        steps = self._folder.steps(taken)
        world = World(self._record, self._policies, self._folder.partnership, self._folder.case)
        for view in VIEWS:
            view.apply(database, steps, world)
        last = taken[-1]
        database.execute(
            "UPDATE progress SET position=?, command=?", (last.position, str(last.command))
        )
        return last.position

    # --- Building anew -----------------------------------------------------------------------

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build every view anew from the record: the position reached."""
        with self._lock, reporting(self.path):
            return self._build(progress)

    def _build(self, progress: Progress | None) -> int:
        """Build beside the views, then take their place in one step."""
        _remove_left_behind(self.path)
        place = f"{os.getpid()}.{threading.get_native_id()}"
        beside = self.path.with_name(f"{self.path.name}.{place}{_BESIDE}")
        _remove(beside)
        unusable = _identity(self.path)
        built = Views(beside, self._record, self._policies, self._store)
        try:
            _begin(beside, self._wanted)
            built.catch_up(progress=progress)
            if self._form().startswith(FORM):
                try:
                    return self._take_over(built)
                except Trouble as trouble:
                    if not _is_damaged(trouble):
                        raise
            self.close()
            if unusable is not None and _identity(self.path) == unusable:
                _remove(self.path)
            return self._put_in_place(built)
        finally:
            built.close()
            _remove(beside)

    def _put_in_place(self, built: "Views") -> int:
        """Give views that were built beside their name, where nobody else was faster."""
        position = built.position
        built.close()
        try:
            os.link(built.path, self.path)
        except FileExistsError:
            return self._follow_on(None, None)
        return position

    def _take_over(self, built: "Views") -> int:
        database = self._database()
        database.execute("ATTACH ? AS built", (str(built.path),))
        try:
            while True:
                position = built.catch_up()
                last = self._record.last()[0]
                with _writing(database):
                    if self._form() == self._wanted and position < _position(database) <= last:
                        continue
                    for table in tables(database):
                        database.execute(f"DELETE FROM main.{table}")  # noqa: S608 - our own tables
                        database.execute(
                            f"INSERT INTO main.{table} SELECT * FROM built.{table}"  # noqa: S608
                        )
                return position
        finally:
            # Detaches what was attached; a connection of its own costs less than one in doubt.
            self.close()

    # --- Questions ---------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        """The views, caught up with the record as far as they can be."""
        self.catch_up()
        return self._database()

    @property
    def position(self) -> int:
        """The position up to which the views have followed the record."""
        with reporting(self.path):
            return _position(self._database()) if self._form() == self._wanted else 0

    def due(self, now: datetime) -> Sequence[str]:
        """The streams with something due up to ``now``, the earliest first."""
        return due_items.due(self.database, now)

    def streams(self) -> Iterable[str]:
        """Every incident's and escalation's stream, in the order in which they were opened."""
        return [row[0] for row in self.database.all("SELECT stream FROM cases ORDER BY opened")]

    def open_streams(self) -> Iterable[str]:
        """The streams in which a change of the calendar could still move something."""
        return [
            row[0] for row in self.database.all("SELECT stream FROM open_cases ORDER BY stream")
        ]

    def dump(self) -> Iterator[str]:
        """Every row of every view, in one canonical order."""
        database = self.database
        for table in tables(database):
            if table != "progress":
                rows = database.all(f"SELECT * FROM {table}")  # noqa: S608 - our own tables
                yield from sorted(f"{table} {row!r}" for row in rows)

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    # --- The file ----------------------------------------------------------------------------

    def _database(self) -> Database:
        connection = getattr(self._local, "connection", None)
        if connection is not None and self._local.file != _identity(self.path):
            # Somebody has put another file in its place: this thread still reads the one that is gone.
            self.close()
            connection = None
        if connection is None:
            connection = sqlite3.connect(self.path, isolation_level=None, timeout=LOCK_TIMEOUT)
            connection.execute("PRAGMA synchronous=NORMAL")
            self._local.connection = connection
            self._local.file = _identity(self.path)
        return Database(connection, self.path)

    def _form(self) -> str:
        """The form of the views that are there; empty where there are none that can be read."""
        if _identity(self.path) is None:
            self.close()
            return ""
        try:
            row = self._database().connection.execute("SELECT form FROM progress").fetchone()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "no such" not in str(error):
                raise
            return ""
        return row[0] if row else ""

    def _is_of_another_past(self) -> bool:
        """Whether the views followed what the record does not hold: it was restored from a backup."""
        if self._looked_back:
            return False
        self._looked_back = True
        row = self._database().one("SELECT position, command FROM progress")
        if row is None or not row[0]:
            return False
        last = next(iter(self._record.read_all(row[0] - 1, 1)), None)
        return last is None or str(last.command) != row[1]


class _Folder:
    """Folds what is recorded, keeping the cases that were last looked at."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._held: OrderedDict[str, Held] = OrderedDict()
        self.partnership = partnership.EMPTY
        self._partnership_version = 0
        self._position = 0

    def know(self, held: Mapping[str, Held]) -> None:
        """Take cases that somebody else has folded already."""
        self._held.update(held)

    def steps(self, taken: Sequence[Recorded]) -> list[Step]:
        """Each entry with the case before and after it."""
        steps = []
        for one in taken:
            self._position = one.position
            if one.stream == PARTNERSHIP:
                self._see(one)
                steps.append(Step(one, None, None))
                continue
            before = self._at(one.stream, one.version - 1)
            after = evolved(before, one.stream, one.entry)
            self._held[one.stream] = Held(one.version, after)
            self._held.move_to_end(one.stream)
            steps.append(Step(one, before, after))
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)
        return steps

    def case(self, stream: str) -> Case:
        """A case as it stands after the last entry that was taken."""
        held = self._held.get(stream, Held())
        case, reached = held.case, held.version
        # Another program may have let the views follow meanwhile.
        for one in self._record.read(stream, held.version):
            if one.position <= self._position:
                case, reached = evolved(case, stream, one.entry), one.version
        assert case is not None
        self._held[stream] = Held(reached, case)
        return case

    def _at(self, stream: str, version: int) -> Case | None:
        held = self._held.get(stream, Held())
        if held.version != version:
            held = self._fold(stream, version)
        return held.case

    def _fold(self, stream: str, version: int) -> Held:
        case = None
        for one in self._record.read(stream):
            if one.version <= version:
                case = evolved(case, stream, one.entry)
        return Held(version, case)

    def _see(self, one: Recorded) -> None:
        if one.version == self._partnership_version + 1:
            missing: Sequence[Recorded] = [one]
        else:
            missing = self._record.read(PARTNERSHIP, self._partnership_version)
        for entry in missing:
            if entry.version <= one.version:
                self.partnership = partnership.evolve(self.partnership, entry.entry)
                self._partnership_version = entry.version


def tables(database: Database) -> list[str]:
    """The tables of the views."""
    rows = database.all("SELECT name FROM main.sqlite_master WHERE type='table' ORDER BY name")
    return [name for (name,) in rows]


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


def _position(database: Database) -> int:
    row = database.one("SELECT position FROM progress")
    return row[0] if row else 0


def _begin(path: Path, form: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(_TABLES)
        connection.execute("INSERT INTO progress VALUES (0, '', ?)", (form,))
    finally:
        connection.close()


def _is_damaged(trouble: Trouble) -> bool:
    """Whether the file itself is at fault, not the disk, a lock or its permissions."""
    cause = trouble.__cause__
    return isinstance(cause, sqlite3.DatabaseError) and not isinstance(
        cause, sqlite3.OperationalError
    )


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path, or ``None`` where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _remove_left_behind(path: Path) -> None:
    """Remove what programs that died left beside the views."""
    for left in path.parent.glob(f"{path.name}.*{_BESIDE}"):
        program = left.name.removeprefix(f"{path.name}.").partition(".")[0]
        try:
            os.kill(int(program), 0)
        except (ProcessLookupError, ValueError):
            _remove(left)
        except OSError:
            pass  # somebody else's program, which is there


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


@contextmanager
def _writing(database: Database) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.connection.in_transaction:
            database.execute("ROLLBACK")
        raise
    finally:
        if database.connection.in_transaction:
            database.execute("ROLLBACK")
