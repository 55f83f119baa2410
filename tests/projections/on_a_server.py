"""A history whose views are on a PostgreSQL server; the record is in a folder, as in the other tests."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from cspr_workflow.application.ports import Followed, Recorded
from cspr_workflow.postgres import Server
from projections.database import Database
from projections.postgres_place import PostgresPlace
from projections.runner import Views
from tests.postgres_server import APP, OWNER, server
from tests.projections.histories import A_YEAR, History, from_file
from tests.projections.kept import Kept, Policies, Stores, batches

_TABLES = (
    "SELECT schemaname||'.'||tablename FROM pg_tables WHERE schemaname IN ('views', 'views_beside')"
)


class KeptOnServer(Kept):
    """A store, and views of its record in a server's database; every other program has connections of its own."""

    def __init__(self, path: Path, policies: Policies, database: str | None = None) -> None:
        self.name = database or _shared()
        self.servers: list[Server] = []
        if database is None:
            self.lose_views()
        super().__init__(path, policies)

    def other_views(self) -> Views:
        found = Server(server().address(self.name, APP))
        self.servers.append(found)
        return Views(PostgresPlace(found), self.record, self.policies, self.record.about["store"])

    @property
    def server(self) -> Server:
        """The connections of the first program."""
        return self.servers[0]

    def tables(self) -> list[str]:
        """Every table of the views, those left beside too."""
        found = Server(server().address(self.name, OWNER))
        try:
            return sorted(name for (name,) in found.rows(_TABLES))
        finally:
            found.close()

    def change(self, *statements: str) -> None:
        """What somebody does to the database by hand."""
        server().administer(*statements, database=self.name)

    def lose_views(self) -> None:
        """Every table of the views goes."""
        if tables := self.tables():
            self.change(f"DROP TABLE {', '.join(tables)}")

    def cut_off(self) -> None:
        """Every connection of the programs is lost."""
        self.change(
            f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename='{APP}'"
            f" AND datname='{self.name}'"
        )

    def close(self) -> None:
        """Close every file and connection."""
        super().close()
        for one in self.servers:
            one.close()


@cache
def _shared() -> str:
    return server().new_database()


@cache
def a_year() -> History:
    """A history with everything that the views tell."""
    return from_file(A_YEAR)


@contextmanager
def half_a_year(stores: Stores) -> Iterator[KeptOnServer]:
    """Half of a year is recorded, and the views have followed it."""
    history = a_year()
    half = history.entries[: len(history.entries) // 2]
    with on_a_server(stores, half, history.policies) as kept:
        kept.views.catch_up()
        yield kept


def goes_on(kept: Kept) -> Followed:
    """The next command of the year is recorded; the views have not been told."""
    coming = a_year().entries[kept.record.last()[0] :]
    return Followed(kept.append(next(batches(coming, random.Random(1), 1))))


def in_a_file(kept: Kept) -> list[str]:
    """Every row of the views as they are in a file of SQLite's."""
    with closing(Views(kept.store.views, kept.record, kept.policies, "")) as views:
        return list(views.dump())


@contextmanager
def on_a_server(
    stores: Stores, entries: Sequence[Recorded], policies: Policies
) -> Iterator[KeptOnServer]:
    """A store with these entries; its views, which are on the server, have not looked at them yet."""
    kept = KeptOnServer(stores.copy(), policies)
    try:
        kept.append(entries)
        yield kept
    finally:
        kept.close()


def meanwhile(does: Callable[[], object]) -> Callable[[int, int], None]:
    """What is told how far a rebuild is, and does something the first time."""
    done: list[object] = []

    def told(_: int, __: int) -> None:
        if not done:
            done.append(None)
            does()

    return told


def is_in_step(database: Database) -> bool:
    """Whether the chronology ends where the views say that they have come, seen in one question."""
    [(told, reached)] = database.all(
        "SELECT (SELECT max(position) FROM chronology), (SELECT position FROM progress)"
    )
    return bool(told == reached)
