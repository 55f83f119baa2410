"""Stores on a PostgreSQL server, each in a database of its own."""

import copy
import time
from collections.abc import Callable

import psycopg

from tests.faults.stores import AnyStores, make_first
from tests.postgres_server import APP, OWNER, OwnServer, Server

_PATIENCE = 20.0


class ServerStores(AnyStores[str]):
    """Stores on one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._made = [server.new_database()]
        self._copies = 0
        make_first(self._address(self._made[0]))

    def new(self, of: str | None = None) -> str:
        """A copy of a store, or of the first one."""
        self._copies += 1
        name = f"{self._made[0]}_{self._copies}"
        source = self._made[0] if of is None else _database(of)
        self._copied(name, source)
        self._made.append(name)
        return self._address(name)

    def drop(self, path: str) -> None:
        """A store is not needed any more."""
        name = _database(path)
        self._made.remove(name)
        self.server.drop(name)

    def backed_up(self, path: str) -> Callable[[], str]:
        """Back a store up: what restores it into a new place."""
        server = self.server
        assert isinstance(server, OwnServer), "only a server of our own is backed up"
        dump = str(server.folder / f"{_database(path)}-{time.monotonic_ns()}.dump")
        known = ("-h", str(server.folder), "-U", server.superuser)
        server.run("pg_dump", *known, "-Fc", "-f", dump, _database(path))

        def restored() -> str:
            name = server.new_empty_database()
            self._made.append(name)
            server.run("pg_restore", *known, "--exit-on-error", "-d", name, dump)
            return self._address(name)

        return restored

    def on(self, server: OwnServer) -> "ServerStores":
        """The same stores on a server that has taken the place of the first one."""
        other = copy.copy(self)
        other.server = server
        return other

    def drop_all(self) -> None:
        """None of them is needed any more."""
        self.server.administer(*(f"DROP DATABASE {name} WITH (FORCE)" for name in self._made))

    def _address(self, name: str) -> str:
        return self.server.address(name, APP)

    def _copied(self, name: str, source: str) -> None:
        # The server lets go of those whose process was killed a moment later.
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self.server.administer(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {source}")
                return
            except psycopg.errors.ObjectInUse:
                if time.monotonic() > until:
                    raise


def _database(address: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(address)["dbname"])
