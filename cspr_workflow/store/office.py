"""The office: what changes in the course of the day and is no part of the record.

The directory of people's names, the heartbeat of the tick, cases set aside by it, and the clock of a
rehearsal. Nothing here decides anything; losing it loses no proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cspr_workflow.application.ports import Trouble
from cspr_workflow.store.tables import ABOUT, Place, made, opened

MARK, FORM = 0x6353504F, 1
WHAT = "the office file (people's names, the heartbeat of the clock)"
TABLES = """
CREATE TABLE directory (person TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE heartbeat (
    one INTEGER PRIMARY KEY CHECK (one = 1), since TEXT NOT NULL, last TEXT NOT NULL
);
CREATE TABLE set_aside (stream TEXT PRIMARY KEY, since TEXT NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
"""
_CLOCK, _GAP, _BACKUP, _ACCOUNTS = "clock", "gap_minutes", "last_backup", "accounts"
GAP_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The clock has run without a gap ``since`` a moment, and ran ``last`` at another."""

    since: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class SetAside:
    """A case that the tick could not handle: since when, and what went wrong."""

    stream: str
    since: datetime
    why: str


class Office:
    """The office of one store."""

    def __init__(self, place: Place, store: str) -> None:
        self._tables = opened(place, MARK, FORM, WHAT)
        if self._about("store") != store:
            self.close()
            raise Trouble(
                f"{self._tables}: this office file belongs to another store. Restore its own."
            )

    @staticmethod
    def make(place: Place, store: str) -> None:
        """Make a new office for a store. Raises :class:`Trouble` where there is one already."""
        with made(place, ABOUT + TABLES, MARK, FORM) as new:
            if not new.change(
                "INSERT INTO about VALUES ('store', ?) ON CONFLICT DO NOTHING", store
            ):
                raise Trouble(f"{new}: there is an office here already, of this or another store.")

    def close(self) -> None:
        """Close what the office is kept in."""
        self._tables.close()

    # --- People's names ----------------------------------------------------------------------

    @property
    def names(self) -> dict[str, str]:
        """The name of each person, by id."""
        return dict(self._tables.read("SELECT person, name FROM directory"))

    def name(self, names: Mapping[str, str]) -> None:
        """Write down or correct people's names."""
        with self._tables.writing() as connection:
            connection.executemany(
                "INSERT INTO directory VALUES (?, ?) "
                "ON CONFLICT (person) DO UPDATE SET name=excluded.name",
                list(names.items()),
            )

    # --- The tick ----------------------------------------------------------------------------

    @property
    def heartbeat(self) -> Heartbeat | None:
        """When the clock last ran, or ``None`` where it never did."""
        for since, last in self._tables.read("SELECT since, last FROM heartbeat"):
            return Heartbeat(datetime.fromisoformat(since), datetime.fromisoformat(last))
        return None

    def beat(self, now: datetime, *, gap: bool) -> None:
        """The clock ran at ``now``; after a gap, a new stretch without gaps begins."""
        since = now if gap else (self.heartbeat or Heartbeat(now, now)).since
        self._tables.change(
            "INSERT INTO heartbeat VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE "
            "SET since=excluded.since, last=CASE WHEN heartbeat.last>excluded.last "
            "THEN heartbeat.last ELSE excluded.last END",
            since.isoformat(),
            now.isoformat(),
        )

    @property
    def set_aside(self) -> list[SetAside]:
        """The cases that the tick could not handle, the longest first."""
        rows = self._tables.read("SELECT stream, since, why FROM set_aside ORDER BY since, stream")
        return [SetAside(stream, datetime.fromisoformat(since), why) for stream, since, why in rows]

    @property
    def aside(self) -> list[str]:
        """The streams of the cases set aside."""
        return [one.stream for one in self.set_aside]

    def put_aside(self, stream: str, now: datetime, why: str) -> None:
        """Note that the tick could not handle a case."""
        self._tables.change(
            "INSERT INTO set_aside VALUES (?, ?, ?) ON CONFLICT (stream) DO UPDATE SET why=excluded.why",
            stream,
            now.isoformat(),
            why,
        )

    def take_back(self, stream: str) -> None:
        """The tick could handle the case again."""
        self._tables.change("DELETE FROM set_aside WHERE stream=?", stream)

    # --- Settings ----------------------------------------------------------------------------

    @property
    def clock(self) -> datetime | None:
        """The moment to which a rehearsal's clock was set, or ``None`` where it runs by itself."""
        written = self._about(_CLOCK)
        return datetime.fromisoformat(written) if written else None

    def set_clock(self, moment: datetime | None) -> None:
        """Set a rehearsal's clock, or let it run by itself again."""
        self._set(_CLOCK, moment.isoformat() if moment else "")

    @property
    def gap_minutes(self) -> int:
        """After so many minutes without a tick, the clock has not run: that is a gap."""
        return int(self._about(_GAP) or GAP_MINUTES)

    def set_gap_minutes(self, minutes: int) -> None:
        """Say after how many minutes without a tick there is a gap."""
        self._set(_GAP, str(minutes))

    @property
    def last_backup(self) -> datetime | None:
        """When the store was last backed up, or ``None`` where it never was."""
        written = self._about(_BACKUP)
        return datetime.fromisoformat(written) if written else None

    def note_backup(self, now: datetime) -> None:
        """The store was backed up at ``now``."""
        self._set(_BACKUP, now.isoformat())

    @property
    def has_accounts(self) -> bool:
        """Whether the store has a file of accounts, which then may not be missing."""
        return bool(self._about(_ACCOUNTS))

    def note_accounts(self) -> None:
        """The store has a file of accounts from now on."""
        self._set(_ACCOUNTS, "yes")

    def _about(self, name: str) -> str:
        for (value,) in self._tables.read("SELECT value FROM about WHERE name=?", name):
            return str(value)
        return ""

    def _set(self, name: str, value: str) -> None:
        self._tables.change(
            "INSERT INTO about VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value=excluded.value",
            name,
            value,
        )
