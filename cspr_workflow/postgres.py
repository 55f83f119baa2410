"""A database on a PostgreSQL server: how it is reached, how our statements read there, what fails and how.

An address is ``postgresql://…`` with everything that PostgreSQL's own library takes: several hosts, TLS,
a password file. Of our own it may have ``schemas=NAME``: the schemas are then called ``NAME_record``,
``NAME_views`` and so on, so that several partnerships can share one database.
"""

import hashlib
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode
from weakref import WeakSet

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from cspr_workflow.application.ports import Trouble

SCHEMES = ("postgresql", "postgres")
LOCK_TIMEOUT = 10
"""Seconds to wait for another program that is writing."""
PATIENCE = 15.0
"""Seconds in which a server that cannot be reached is asked again: a standby may be taking over."""
_PAUSE = 0.1
_UNLESS_NAMED: dict[str, str | int] = {
    "application_name": "cspr-workflow",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""What an address leaves open: a server that vanishes without a word is noticed within seconds."""
_NOTICED = "SET tcp_keepalives_idle=10; SET tcp_keepalives_interval=5; SET tcp_keepalives_count=3"
"""Has the server notice as soon that a program's machine is gone, and give up the locks that it held."""
NOT_DURABLE = "SET LOCAL synchronous_commit=off"
"""For a transaction that need not wait for the disk."""
_OURS = "schemas"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]


class Interrupted(Trouble):
    """The connection was lost: whether what was asked for was done is not known."""


def is_address(text: str) -> bool:
    """Whether this names a server, not a folder."""
    return text.partition("://")[0] in SCHEMES


class _OfAThread:
    """A connection that nobody but its thread holds: when the thread ends, it is closed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def close(self) -> None:
        self.connection.close()

    __del__ = close


class Server:
    """One partnership's database: a connection for each thread that asks for one."""

    def __init__(self, address: str, patience: float = PATIENCE) -> None:
        self._conninfo, self._prefix = _read(address)
        self.patience = patience
        self._local = threading.local()
        self._made: WeakSet[_OfAThread] = WeakSet()
        self._lock = threading.Lock()
        self.losses = 0
        """How often a connection was lost: what was read before may stand there no longer."""

    def __str__(self) -> str:
        """Which database this is, without anything secret."""
        known = psycopg.conninfo.conninfo_to_dict(self._conninfo)
        if service := known.get("service"):
            where = f"service {service}"
        else:
            port = f":{known['port']}" if known.get("port") else ""
            name = known.get("dbname") or known.get("user") or ""
            where = f"{known.get('host') or 'this machine'}{port}/{name}"
        return f"{where} ({self._prefix.rstrip('_')})" if self._prefix else where

    def schema(self, name: str) -> str:
        """What one of the schemas is called here."""
        return self._prefix + name

    def mine(self) -> Connection:
        """This thread's connection; a new one where there is none or it was lost."""
        held: _OfAThread | None = getattr(self._local, "held", None)
        if held is not None and held.connection.closed:
            if getattr(self._local, "whole", False):
                raise psycopg.OperationalError("the connection was lost in the middle of something")
            self.losses += 1
        if held is None or held.connection.closed:
            held = self._local.held = _OfAThread(self.connected())
            with self._lock:
                self._made.add(held)
        return held.connection

    def connected(self) -> Connection:
        """A connection of its own. Raises psycopg's error where nobody answers for some time."""
        until = time.monotonic() + self.patience
        while True:
            try:
                connection = psycopg.connect(self._conninfo, autocommit=True)
            except psycopg.OperationalError as error:
                if not _may_pass(error) or time.monotonic() >= until:
                    raise
                time.sleep(_PAUSE)
                continue
            connection.adapters.register_dumper(bool, _Number)
            connection.execute(_NOTICED)
            return connection

    def close(self) -> None:
        """Close every connection."""
        self._local = threading.local()
        with self._lock:
            for held in list(self._made):
                held.close()
            self._made.clear()

    # --- Reading and writing -----------------------------------------------------------------

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of one question; asked once more where the connection turns out to be gone."""
        connection = self.mine()
        alone = connection.info.transaction_status == TransactionStatus.IDLE
        try:
            return connection.execute(statement, values).fetchall()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if not (alone and connection.closed):
                raise
        return self.mine().execute(statement, values).fetchall()

    @contextmanager
    def writing(
        self, lock: str, patience: float = LOCK_TIMEOUT, *, durable: bool = True
    ) -> Iterator[Connection]:
        """One transaction, alone with a lock by this name: all of it, or nothing.

        Within another transaction of this thread it is a part of that one. One that is not ``durable`` does
        not wait for the disk at its end: what can be made again may be lost with the server.
        """
        connection = self._begun(lock, patience, durable=durable)
        if connection is None:
            with (connection := self.mine()).transaction():
                connection.execute(_locked(self.schema(lock), patience))
                yield connection
            return
        try:
            yield connection
            _commit(connection)
        except BaseException:
            _roll_back(connection)
            raise

    def _begun(self, lock: str, patience: float, *, durable: bool) -> Connection | None:
        """A connection on which a transaction has begun; ``None`` where there is one under way."""
        kept = "" if durable else f"{NOT_DURABLE}; "
        statement = (
            f"BEGIN ISOLATION LEVEL READ COMMITTED; {kept}{_locked(self.schema(lock), patience)}"
        )
        for last in (False, True):
            connection = self.mine()
            if connection.info.transaction_status != TransactionStatus.IDLE:
                return None
            try:
                connection.execute(statement)
                break
            except (psycopg.OperationalError, psycopg.InterfaceError):
                _roll_back(connection)
                # A connection that was lost while nobody used it shows only now.
                if last or not connection.closed:
                    raise
        return connection

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction of this thread is under way."""
        held: _OfAThread | None = getattr(self._local, "held", None)
        if held is None or held.connection.closed:
            return False
        return held.connection.info.transaction_status != TransactionStatus.IDLE

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Everything that this thread does meanwhile is one transaction."""
        with self.mine().transaction():
            self._local.whole = True
            try:
                yield
            finally:
                self._local.whole = False

    @contextmanager
    def standing_still(self) -> Iterator[Connection]:
        """A connection of its own that sees everything as it stands at one moment."""
        with closing(self.connected()) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection


class _Number(psycopg.adapt.Dumper):
    """Yes and no as the numbers that they are in our tables."""

    oid = psycopg.adapters.types["int8"].oid

    def dump(self, obj: Any) -> bytes:
        return b"1" if obj else b"0"


def _commit(connection: Connection) -> None:
    # A transaction in which something went wrong is rolled back at its end, without a word.
    if connection.execute("COMMIT").statusmessage != "COMMIT":
        raise errors.InFailedSqlTransaction("the transaction had failed before its end")


def _roll_back(connection: Connection) -> None:
    if not connection.closed and connection.info.transaction_status != TransactionStatus.IDLE:
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()


def _locked(lock: str, patience: float) -> str:
    """Statements that wait for a lock, no longer than so many seconds, and hold it to the end."""
    return (
        f"SET LOCAL lock_timeout={max(1, int(1000 * patience))}; "
        f"SELECT pg_advisory_xact_lock({lock_number(lock)})"
    )


@cache
def lock_number(lock: str) -> int:
    """The number under which PostgreSQL knows a lock of ours."""
    return int.from_bytes(hashlib.sha256(f"cspr {lock}".encode()).digest()[:8], signed=True)


def _read(address: str) -> tuple[str, str]:
    """What PostgreSQL's library is to be told, and what our schemas' names begin with."""
    where, _, asked = address.partition("?")
    options = parse_qsl(asked, keep_blank_values=True)
    named = [value for name, value in options if name == _OURS]
    if len(named) > 1 or any(_NAME.fullmatch(name) is None for name in named):
        raise Trouble(
            f"The store's address: '{_OURS}' is to be one name of at most 40 small letters, digits and _."
        )
    others = [(name, value) for name, value in options if name != _OURS]
    conninfo = f"{where}?{urlencode(others, quote_via=quote)}"
    try:
        known = psycopg.conninfo.conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        # What the library says would repeat a part of the address, which may be the password.
        raise Trouble(_UNREADABLE) from None
    if _is_cut_wrongly(known):
        raise Trouble(_UNREADABLE)
    left_open = {name: value for name, value in _UNLESS_NAMED.items() if name not in known}
    conninfo = psycopg.conninfo.make_conninfo(conninfo, **left_open)
    return conninfo, f"{named[0]}_" if named else ""


_UNREADABLE = (
    "The store's address is not one that PostgreSQL can read; write it as "
    "postgresql://ROLE@HOST/DATABASE, with %40 for an @ and %2F for a / within a name or a password."
)


def _is_cut_wrongly(known: Mapping[str, Any]) -> bool:
    """Whether a password was cut at a sign of its own, so that its rest would be told as a name."""
    named = [str(known[name]) for name in ("host", "port", "dbname") if name in known]
    ports = str(known.get("port", "")).split(",")
    return any("@" in name for name in named) or any(one and not one.isdecimal() for one in ports)


# --- Statements ----------------------------------------------------------------------------------

_PLACES = re.compile(r"\b(FROM|INTO|UPDATE|JOIN|TABLE|ON) (%s)\b(?!\.)")
_FORMS = (
    (re.compile(r"\bCROSS JOIN (\S+ \w+) ON\b"), r"JOIN \1 ON"),
    (re.compile(r" INDEXED BY \w+"), ""),
    (re.compile(r"(?<=[\s(])\+(?=[a-z_]+\.)"), ""),
    (re.compile(r"\bjson_each\(%s\) (\w+)"), r"json_array_elements_text(%s::json) \1(value)"),
)
"""Hints for SQLite's planner, which PostgreSQL neither needs nor reads; and a list in JSON as rows.

There the ``value`` of each row is a text; a number is asked for as ``CAST(k.value AS BIGINT)``.
"""
_TABLES = (
    (re.compile(r"\) WITHOUT ROWID"), ")"),
    (re.compile(r"\bTEXT\b"), 'TEXT COLLATE "C"'),
    (re.compile(r"\bBLOB\b"), "BYTEA"),
    (re.compile(r"\bINTEGER PRIMARY KEY,"), "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"),
    (re.compile(r"\bINTEGER\b"), "BIGINT"),
)


class Statements:
    """Our statements, written for SQLite, as they read on PostgreSQL for the tables of one schema."""

    def __init__(self, schema: str, tables: Iterable[str]) -> None:
        self._schema = schema
        self._places = re.compile(_PLACES.pattern % "|".join(sorted(tables)))
        self._known: dict[str, str] = {}

    def __call__(self, statement: str) -> str:
        """A question or a change."""
        known = self._known.get(statement)
        if known is None:
            known = statement.replace("%", "%%").replace("?", "%s")
            for form, instead in _FORMS:
                known = form.sub(instead, known)
            known = self._known[statement] = self._placed(known)
        return known

    def tables(self, statements: str) -> str:
        """What makes tables."""
        for form, instead in _TABLES:
            statements = form.sub(instead, statements)
        return self._placed(statements)

    def _placed(self, statement: str) -> str:
        return self._places.sub(rf"\1 {self._schema}.\2", statement)


def tables_of(statements: str) -> list[str]:
    """The names of the tables that statements make."""
    return re.findall(r"CREATE TABLE (\w+)", statements)


# --- What fails ----------------------------------------------------------------------------------


class reporting:  # noqa: N801 - reads as a statement: with reporting(server)
    """Turns what the server says into a :class:`Trouble` that says what to do."""

    __slots__ = ("server",)

    def __init__(self, server: object) -> None:
        self.server = server

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, psycopg.Error):
            kind = Interrupted if is_lost(error) else Trouble
            raise kind(f"{self.server}: {sentence(error)}") from error


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone, so that nobody knows how far the server came."""
    if isinstance(error, errors.LockNotAvailable | errors.QueryCanceled):
        return False
    lost = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    return lost or (error_class(error) in ("57", "08") and isinstance(error, psycopg.Error))


def is_busy(error: BaseException | None) -> bool:
    """Whether somebody else was writing for too long."""
    return isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected)


def error_class(error: BaseException) -> str:
    """The first two signs of PostgreSQL's own number of an error; empty where it has none."""
    return (getattr(error, "sqlstate", None) or "")[:2]


def sentence(error: psycopg.Error) -> str:
    """What went wrong, and what to do."""
    for kind, what in _SENTENCES.items():
        if isinstance(error, kind):
            return what
    if is_lost(error):
        return f"the server cannot be reached ({_first_line(error)}). Try again; see that it runs."
    return f"{_first_line(error)}. Nothing was recorded."


_SENTENCES: dict[type[psycopg.Error], str] = {
    errors.LockNotAvailable: "another program has been writing for too long. Nothing was recorded; try again.",
    errors.DiskFull: "the server's disk is full. Nothing was recorded; make room and try again.",
    errors.InsufficientPrivilege: "the role of this program may not do that. Nothing was recorded; see "
    "the rights that cspr migrate gives.",
    errors.UndefinedTable: "there is no store here, or it is of another version. Run cspr migrate.",
    errors.InvalidSchemaName: "there is no store here, or it is of another version. Run cspr migrate.",
    errors.ReadOnlySqlTransaction: "the server only reads just now. Nothing was recorded; try again, and "
    "name target_session_attrs=read-write in the address where there is a standby.",
    errors.InvalidPassword: "the server does not take this role and password.",
    errors.InvalidCatalogName: "there is no such database. Make it, or correct the address.",
}


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


def _may_pass(error: psycopg.OperationalError) -> bool:
    """Whether a server that did not let us in may do so in a moment."""
    text = str(error)
    return not any(
        sign in text
        for sign in (
            "password",
            "does not exist",
            "no pg_hba.conf",
            "could not translate",
            "certificate",
        )
    )
