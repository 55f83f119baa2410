"""The schemas of a store on PostgreSQL: made and brought up to date in one explicit step.

It is done by the owner of the database; the program itself works under a role that can do no more than
it needs: in the record, read and insert.
"""

from collections.abc import Callable, Sequence

from psycopg import sql

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Connection, Server, Statements, reporting, tables_of
from cspr_workflow.store import lasting_record
from cspr_workflow.store.lasting_record import APPENDED_TO
from cspr_workflow.store.postgres_schema import (
    KEYS,
    MIGRATIONS,
    OFFICE,
    RECORD,
    keys_tables,
    office_tables,
    record_on,
)

VIEWS, BESIDE = "views", "views_beside"
SCHEMAS = (RECORD, KEYS, OFFICE, VIEWS, BESIDE)


def migrate(address: str, role: str | None = None) -> Sequence[str]:
    """Bring a database up to date and give ``role``, the program's, its rights: what was done.

    All of it or nothing. Raises :class:`Trouble`, also where the database is ahead of this program.
    """
    server = Server(address)
    try:
        with reporting(server), server.writing("migrate") as connection:
            done = _done(server)
            _check(done, server)
            todo = STEPS[done:]
            for number, (name, step) in enumerate(todo, done + 1):
                step(connection, server)
                record_on(server).change(
                    "INSERT INTO migrations VALUES (?, ?, now())", number, name
                )
            if role is not None:
                _grant(connection, server, role)
    finally:
        server.close()
    return [name for name, _ in todo]


def check(server: Server) -> None:
    """Refuse a database of another version than this program's. Raises :class:`Trouble`."""
    with reporting(server):
        done = _done(server)
    _check(done, server)
    if done < len(STEPS):
        what = "holds no store yet" if not done else f"is of version {done}"
        raise Trouble(
            f"{server}: this database {what}; this program needs version {len(STEPS)}. Have its owner "
            "run: cspr migrate."
        )


def _check(done: int, server: Server) -> None:
    if done > len(STEPS):
        raise Trouble(
            f"{server}: this database is of version {done}, this program knows {len(STEPS)}. Use the "
            "version of cspr-workflow that migrated it, or a newer one."
        )


def _done(server: Server) -> int:
    """How many steps a database has behind it."""
    # Asked so that it can be answered of a schema, too, that is somebody else's.
    there = server.rows(
        "SELECT 1 FROM pg_tables WHERE schemaname=%s AND tablename=%s",
        (server.schema(RECORD), MIGRATIONS),
    )
    if not there:
        return 0
    [(done,)] = record_on(server).read("SELECT max(number) FROM migrations")
    return done or 0


# --- The steps: never changed, only added to -----------------------------------------------------


def _first(connection: Connection, server: Server) -> None:
    schemas = [server.schema(name) for name in SCHEMAS]
    _check_nobody_has(connection, server, schemas)
    for schema in schemas:
        _run(connection, f"CREATE SCHEMA {schema}")
    record = server.schema(RECORD)
    _run(
        connection,
        f"CREATE TABLE {record}.{MIGRATIONS} (number BIGINT PRIMARY KEY, name TEXT NOT NULL, "
        "done TIMESTAMPTZ NOT NULL)",
    )
    tables = Statements(record, tables_of(lasting_record.TABLES)).tables(lasting_record.TABLES)
    _run(connection, tables + _GUARDS.format(record=record))
    for table in APPENDED_TO:
        _run(
            connection,
            f"CREATE TRIGGER is_only_appended_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {record}.{table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {record}.refused()",
        )
    _run(connection, office_tables(server.schema(OFFICE)))
    _run(connection, keys_tables(server.schema(KEYS)))


def _check_nobody_has(connection: Connection, server: Server, schemas: Sequence[str]) -> None:
    """Refuse schemas that are there already: they, and what stands in them, are somebody else's."""
    there = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname=ANY(%s) ORDER BY 1", (list(schemas),)
    ).fetchall()
    if there:
        names = ", ".join(name for (name,) in there)
        raise Trouble(
            f"{server}: there is something else called {names} in this database already. Nothing was "
            "changed; use schemas=NAME in the address, with another name, or another database."
        )


_GUARDS = """
CREATE FUNCTION {record}.refused() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the record is only appended to';
END $$;
CREATE FUNCTION {record}.in_its_place() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.position IS DISTINCT FROM
        (SELECT coalesce(max(position), 0) + 1 FROM {record}.stored_events) THEN
        RAISE EXCEPTION 'the record is only appended to' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stands_in_its_place BEFORE INSERT ON {record}.stored_events
    FOR EACH ROW EXECUTE FUNCTION {record}.in_its_place();
"""
"""Whoever calls them may make operators of his own; these look for theirs in no schema but PostgreSQL's."""
Step = Callable[[Connection, Server], None]
STEPS: tuple[tuple[str, Step], ...] = (("the record, the keys, the office and the views", _first),)


def _run(connection: Connection, statements: str) -> None:
    connection.execute(statements, prepare=False)


# --- Rights --------------------------------------------------------------------------------------


def _grant(connection: Connection, server: Server, role: str) -> None:
    to = sql.Identifier(role).as_string(connection)
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname=%s", (role,)).fetchone() is None:
        raise Trouble(f"{server}: there is no role {role}. Make it first: CREATE ROLE {to} LOGIN.")
    for name in SCHEMAS:
        right = "USAGE, CREATE" if name in (VIEWS, BESIDE) else "USAGE"
        _run(connection, f"GRANT {right} ON SCHEMA {server.schema(name)} TO {to}")
    _drop_others(connection, server, role)
    # A store that is copied here brings its numbers, which the next ones are to follow.
    _run(
        connection,
        f"GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA {server.schema(OFFICE)} TO {to}",
    )
    for name in (RECORD, KEYS, OFFICE):
        for table, rights in _rights(connection, server, name):
            _run(connection, f"GRANT {rights} ON {server.schema(name)}.{table} TO {to}")


def _drop_others(connection: Connection, server: Server, role: str) -> None:
    """Drop views that another role made: this one could not replace them. They are built at the next question."""
    for name in (VIEWS, BESIDE):
        schema = server.schema(name)
        others = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname=%s AND tableowner<>%s",
            (schema, role),
        ).fetchall()
        if others:
            _run(connection, f"DROP TABLE {', '.join(f'{schema}.{table}' for (table,) in others)}")


def _rights(connection: Connection, server: Server, name: str) -> list[tuple[str, str]]:
    rows = connection.execute(
        "SELECT c.relname, EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid=c.oid AND NOT t.tgisinternal) "
        "FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace "
        "WHERE n.nspname=%s AND c.relkind='r' ORDER BY c.relname",
        (server.schema(name),),
    ).fetchall()
    return [(table, _right(name, table, guarded=guarded)) for table, guarded in rows]


def _right(name: str, table: str, *, guarded: bool) -> str:
    if table == MIGRATIONS:
        return "SELECT"
    if name in (RECORD, KEYS) or guarded:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE"
