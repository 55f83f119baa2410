"""What makes the schemas on a server: whose they are, who may use them, what guards them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors

from cspr_workflow.application.ports import Trouble
from cspr_workflow.store import migrations
from tests.postgres_database import emptied, emptied_address
from tests.postgres_server import APP, server

SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|public|information_schema)' ORDER BY 1"
TABLES = (
    "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname ~ '^views' ORDER BY 1"
)


@pytest.fixture
def database() -> Iterator[str]:
    """A database with nothing in it."""
    name = server().new_empty_database()
    yield name
    server().drop(name)


def migrate(database: str, role: str | None = None, schemas: str = "") -> None:
    migrations.migrate(server().address(database) + schemas, role)


@contextmanager
def client(address: str) -> Iterator[psycopg.Connection[Any]]:
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        yield connection


def found(database: str, statement: str) -> list[str]:
    with client(server().address(database)) as owner:
        return [name for (name,) in owner.execute(statement).fetchall()]


class TestSchemasOfSomebodyElse:
    @pytest.mark.parametrize("schema", ["record", "views_beside"])
    def test_they_are_not_taken_over(self, database: str, schema: str) -> None:
        server().administer(
            f"CREATE SCHEMA {schema}", f"CREATE TABLE {schema}.theirs (x INT)", database=database
        )
        with pytest.raises(
            Trouble, match=f"something else called {schema} in this .* use schemas=NAME"
        ):
            migrate(database, APP)
        assert found(database, SCHEMAS) == [schema]
        migrate(database, APP, "&schemas=north")
        assert len(found(database, SCHEMAS)) == 6

    def test_our_own_are_no_reason_to_stop(self, database: str) -> None:
        migrate(database)
        migrate(database, APP)


class TestTheViewsOfAnotherRole:
    @pytest.fixture
    def before(self) -> Iterator[str]:
        """The role under which the program worked before."""
        name = f"cspr_before_{uuid4().hex[:8]}"
        server().administer(f"CREATE ROLE {name}")
        yield name
        server().administer(f"DROP ROLE {name}")

    def test_they_are_dropped(self, database: str, before: str) -> None:
        migrate(database, before)
        for schema, role in (("views", before), ("views_beside", before), ("views", APP)):
            server().administer(
                f"CREATE TABLE {schema}.of_{role} (x INT)",
                f"ALTER TABLE {schema}.of_{role} OWNER TO {role}",
                database=database,
            )
        migrate(database)
        assert len(found(database, TABLES)) == 3
        migrate(database, APP)
        assert found(database, TABLES) == [f"views.of_{APP}"]
        server().administer(f"DROP OWNED BY {before}", database=database)


OPERATORS = """
CREATE FUNCTION views.always(bigint, integer) RETURNS bigint LANGUAGE sql AS 'SELECT 7::bigint';
CREATE OPERATOR views.+ (LEFTARG=bigint, RIGHTARG=integer, FUNCTION=views.always);
"""
NO_MORE_OPERATORS = (
    "DROP OPERATOR views.+ (bigint, integer); DROP FUNCTION views.always(bigint, integer)"
)


class TestGuards:
    @pytest.fixture
    def program(self) -> Iterator[psycopg.Connection[Any]]:
        """The program's role with a + of its own, which it would have PostgreSQL take for its own."""
        emptied()
        with client(emptied_address(APP)) as program:
            program.execute(OPERATORS)
            program.execute("SET search_path = views, pg_catalog")
            assert program.execute("SELECT 1::bigint + 1").fetchone() == (7,)
            yield program
            program.execute(NO_MORE_OPERATORS)

    def test_no_operator_lets_an_entry_stand_elsewhere(self, program: Any) -> None:
        event = "INSERT INTO record.stored_events VALUES ({}, '00', {}, 'a topic', '')"
        with pytest.raises(errors.UniqueViolation, match="the record is only appended to"):
            program.execute(event.format(7, 7))
        program.execute(event.format(1, 1))

    def test_no_operator_lets_a_line_of_a_log_stand_elsewhere(self, program: Any) -> None:
        line = "INSERT INTO office.account_log VALUES ({}, '', '', '', '', '')"
        with pytest.raises(errors.RestrictViolation, match="account_log is only appended to"):
            program.execute(line.format(7))
        program.execute(line.format(1))
