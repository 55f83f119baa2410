"""A server's schemas as what a store is copied from or to."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from psycopg import sql

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Connection, Server, reporting
from cspr_workflow.store.copying import ACCOUNTS, OFFICE, TABLES, Row

_STEP = 1000


def _schema(server: Server, part: str) -> str:
    """The schema of a part: the accounts stand in that of the office."""
    return server.schema(OFFICE if part == ACCOUNTS else part)


class FromServer:
    """A store on a server to copy from."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @contextmanager
    def standing(self, part: str) -> Iterator[Callable[[str], Iterator[Row]]]:
        """Gives the rows of each table of a part as they stand at one moment, by their first column."""
        schema = _schema(self._server, part)
        with reporting(self._server), self._server.standing_still() as connection:

            def rows(table: str) -> Iterator[Row]:
                with connection.cursor(f"of_{table}") as cursor:
                    cursor.itersize = _STEP
                    cursor.execute(_of(schema, table, "SELECT * FROM {} ORDER BY 1"))
                    yield from cursor

            yield rows


class ToServer:
    """A server to copy a store to, after ``cspr migrate``; to be used within one transaction."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @contextmanager
    def filling(self, part: str) -> Iterator[Callable[[str, Iterable[Row]], None]]:
        """Takes the rows of each table of a part. Raises :class:`Trouble` where it has some already."""
        schema = _schema(self._server, part)
        lock = OFFICE if part == ACCOUNTS else part
        with reporting(self._server), self._server.writing(lock) as connection:
            for table in TABLES[part]:
                if connection.execute(_of(schema, table, "SELECT 1 FROM {} LIMIT 1")).fetchone():
                    raise Trouble(
                        f"{self._server}: there is something here already; name a database in which only "
                        "cspr migrate was run."
                    )
            yield lambda table, rows: _fill(connection, schema, table, rows)


def _fill(connection: Connection, schema: str, table: str, rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(_of(schema, table, "COPY {} FROM STDIN")) as copied:
            for row in rows:
                copied.write_row(row)
        counted = cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema=%s AND table_name=%s "
            "AND is_identity='YES'",
            (schema, table),
        ).fetchall()
        for (column,) in counted:
            # The next number is to follow those that were copied.
            cursor.execute(
                sql.SQL(
                    "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {}"
                ).format(
                    sql.Literal(f"{schema}.{table}"),
                    sql.Literal(column),
                    sql.Identifier(column),
                    sql.Identifier(schema, table),
                )
            )


def _of(schema: str, table: str, statement: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(schema, table))
