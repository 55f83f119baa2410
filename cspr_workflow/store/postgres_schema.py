"""The schemas of the office with the accounts, and of the keys: what makes them, and their tables.

They hold the same tables as the files of a store in a folder; of the office and the accounts there is one
schema, so that they have one ``about``.
"""

from cspr_workflow.postgres import Server, Statements, tables_of
from cspr_workflow.store import account_logs, accounts, keys, lasting_record, office, sessions
from cspr_workflow.store.postgres_tables import PostgresTables
from cspr_workflow.store.tables import ABOUT

RECORD, OFFICE, KEYS = "record", "office", "keys"
MIGRATIONS = "migrations"
"""The table of what was done to a database, step by step."""
_OFFICE_TABLES = ABOUT + office.TABLES + accounts.TABLES + sessions.TABLES + account_logs.TABLES


def office_on(server: Server) -> PostgresTables:
    """The tables of the office and of the accounts."""
    return PostgresTables(server, OFFICE, tables_of(_OFFICE_TABLES))


def keys_on(server: Server) -> PostgresTables:
    """The tables of the keys."""
    return PostgresTables(server, KEYS, tables_of(keys.TABLES))


def record_on(server: Server) -> PostgresTables:
    """The tables of the record, where what stands there about itself is asked or written down."""
    return PostgresTables(server, RECORD, [*tables_of(lasting_record.TABLES), MIGRATIONS])


def office_tables(schema: str) -> str:
    """What makes the tables of the office and the accounts, and guards the logs."""
    guards = "".join(_only_appended_to(schema, table) for table in account_logs.LOGS)
    return _made(schema, _OFFICE_TABLES) + _GUARD.replace("{schema}", schema) + guards


def keys_tables(schema: str) -> str:
    """What makes the tables of the keys."""
    return _made(schema, keys.TABLES)


def _made(schema: str, tables: str) -> str:
    return Statements(schema, tables_of(tables)).tables(tables)


_GUARD = """
CREATE FUNCTION {schema}.only_appended_to() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    next_one bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        EXECUTE format('SELECT coalesce(max(number), 0) + 1 FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME)
            INTO next_one;
        IF NEW.number = next_one THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is only appended to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def _only_appended_to(schema: str, table: str) -> str:
    refuse = f"EXECUTE FUNCTION {schema}.only_appended_to();\n"
    return (
        f"CREATE TRIGGER {table}_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.{table} "
        f"FOR EACH STATEMENT {refuse}"
        f"CREATE TRIGGER {table}_is_in_its_place BEFORE INSERT ON {schema}.{table} "
        f"FOR EACH ROW {refuse}"
    )
