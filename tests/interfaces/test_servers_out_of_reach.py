"""Servers that do not answer or do not let the program in: a sentence, nothing secret, nothing half done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cspr_workflow.postgres import Server
from tests.interfaces.house import PEOPLE
from tests.interfaces.server_house import ServerHouse
from tests.postgres_server import APP, OWNER, OwnServer, own_server

SECRET = "Kettle%2Dorbit-Tuesday"
WRITTEN = (SECRET, "Kettle-orbit-Tuesday")
COMMANDS = (
    ("board",), ("tick",), ("status",), ("check",), ("people",), ("backup", "to"), ("rehearse",),
    ("init", "--person", PEOPLE[1]), ("simulate", "--escalations", "1"), ("migrate",),
    ("copy", "from", "{store}"), ("copy", "{store}", "to"), ("accounts", "list"), ("serve",),
    ("restore", "from", "--keys", "from"), ("why", "ESC-1"), ("calendar", "show"),
)  # fmt: skip
"""Commands that reach a store, each in its own way."""
NOWHERE = f"postgresql://{APP}:{SECRET}@/somewhere?host=/nowhere/at/all"


def said(house: ServerHouse, address: str, *command: str) -> str:
    """What a command says that cannot use a store, all of it; nothing of it is secret."""
    words = [one.format(store=address) for one in command]
    result = house.run(*words, CSPR_STORE=address)
    assert result.exit_code in (1, 2), result.output
    for secret in WRITTEN:
        assert secret not in result.output
    assert result.stdout == ""
    return result.stderr.strip()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_address_where_nobody_answers(migrated: ServerHouse, command: tuple[str, ...]) -> None:
    if command[0] in ("copy", "restore"):
        migrated.init("--store", "from")
    if command[0] == "restore":
        migrated.told("backup", "from-it", "--keys", "from-keys", "--store", "from")
        command = ("restore", "from-it", "--keys", "from-keys")
    before = sorted(path.name for path in migrated.folder.iterdir())
    told = said(migrated, NOWHERE, *command)
    assert "/nowhere/at/all/somewhere: the server cannot be reached (connection" in told
    assert told.endswith("Try again; see that it runs.")
    assert sorted(path.name for path in migrated.folder.iterdir()) == before


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (
            f"postgresql://u:{SECRET}@h/db?nothing=1",
            "The store's address is not one that PostgreSQL can read",
        ),
        (f"postgresql://u:{SECRET}@h/db?schemas=A-B", "'schemas' is to be one name"),
        (f"postgresql://u:{SECRET}@h/db?schemas=a&schemas=b", "'schemas' is to be one name"),
    ],
)
def test_an_address_that_is_none(migrated: ServerHouse, address: str, why: str) -> None:
    made = ("init", "--person", PEOPLE[1])
    for command in (("board",), ("migrate",), ("copy", "{store}", "to"), made):
        assert why in said(migrated, address, *command)


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://u:{SECRET}%@h/db",
        f"postgresql://u:{SECRET}%00@h/db",
        f"postgresql://u:p?{SECRET}@h/db",
        f"postgresql://u:p@{SECRET}@h/db",
        f"postgresql://u:1/{SECRET}@h/db",
        f"postgresql://u:{SECRET}/p@h/db",
        f"postgresql://u:{SECRET}@[::1/db",
        f"postgresql://u:{SECRET}@[::1]x/db",
        f"postgresql://u:{SECRET}@[]/db",
    ],
)
def test_a_password_that_was_not_written_as_addresses_need_it(
    migrated: ServerHouse, address: str
) -> None:
    """Such a password is cut into parts, and PostgreSQL's library tells of them."""
    for command in (("board",), ("migrate",)):
        told = said(migrated, address, *command)
        assert told.startswith("The store's address is not one that PostgreSQL can read")


@pytest.mark.parametrize("begins", ["POSTGRESQL", "'postgresql", "mysql"])
def test_an_address_of_another_kind(migrated: ServerHouse, begins: str) -> None:
    migrated.init("--store", "from")
    address = f"{begins}://u:{SECRET}@h/db"
    before = sorted(path.name for path in migrated.folder.iterdir())
    for command in (*COMMANDS, ("copy", "from", "{store}")):
        told = said(migrated, address, *command)
        assert told.startswith("The store's address: write a folder, or") or command[0] == "copy"
    assert sorted(path.name for path in migrated.folder.iterdir()) == before


@pytest.mark.parametrize(
    "command",
    [
        ("check", "{store}"),
        ("{store}",),
        ("calendar", "show", "{store}"),
        ("tick", "--{store}"),
        ("restore", "from", "keys", "{store}"),
    ],
    ids=" ".join,
)
def test_an_address_where_a_command_takes_none(
    migrated: ServerHouse, command: tuple[str, ...]
) -> None:
    told = said(migrated, f"postgresql://u:{SECRET}@h/db", *command)
    assert "there is an address where this command takes none" in told


def test_any_other_word_that_is_too_much_is_named(migrated: ServerHouse) -> None:
    assert "(partnership)" in migrated.stops(2, "check", "partnership")


@pytest.fixture(scope="module")
def asks() -> Iterator[OwnServer]:
    """A server that asks everybody but its superuser for a password."""
    with own_server() as own:
        rules = f"local all {own.superuser} trust\nlocal all all scram-sha-256\n"
        (own.data / "pg_hba.conf").write_text(rules)
        own.stop()
        own.start()
        yield own


class TestSigningIn:
    def test_a_wrong_password(self, migrated: ServerHouse, asks: OwnServer) -> None:
        address = f"postgresql://{APP}:{SECRET}@/postgres?host={asks.folder}"
        for command in (("board",), ("migrate",), ("init", "--person", PEOPLE[1])):
            told = said(migrated, address, *command)
            assert f'password authentication failed for user "{APP}"' in told
        assert f"{asks.folder}/postgres: " in told

    def test_no_password(self, migrated: ServerHouse, asks: OwnServer) -> None:
        address = f"postgresql://{APP}@/postgres?host={asks.folder}"
        assert "no password supplied" in said(migrated, address, "board")

    def test_a_password_from_a_file(
        self, migrated: ServerHouse, asks: OwnServer, tmp_path: Path
    ) -> None:
        file = tmp_path / "passwords"
        file.write_text(f"*:*:*:{APP}:not-secret\n*:*:*:{OWNER}:not-secret\n")
        file.chmod(0o600)
        name = asks.new_empty_database()
        named = f"/{name}?host={asks.folder}&passfile={file}"
        migrated.told("migrate", "--role", APP, "--store", f"postgresql://{OWNER}@{named}")
        migrated.told("init", "--person", PEOPLE[1], "--store", f"postgresql://{APP}@{named}")
        answer = migrated.answered("people", "--store", f"postgresql://{APP}@{named}")
        assert [one["id"] for one in answer["people"]] == ["manager"]

    def test_a_database_that_is_not_there(self, migrated: ServerHouse, asks: OwnServer) -> None:
        address = f"postgresql://{APP}:not-secret@/nothing?host={asks.folder}"
        assert 'database "nothing" does not exist' in said(migrated, address, "board")


def test_a_connection_that_is_lost_while_a_partnership_is_made_leaves_nothing(
    migrated: ServerHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Server.writing

    def writing(server: Server, lock: str, *patience: float) -> object:
        if lock == "record" and server.rows("SELECT 1 FROM record.about"):
            with migrated.owner() as owner:
                pid = server.mine().info.backend_pid
                owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        return real(server, lock, *patience)

    with monkeypatch.context() as patch:
        patch.setattr(Server, "writing", writing)
        result = migrated.run("init", "--person", PEOPLE[1])
    assert result.exit_code == 1
    assert "Try again" in result.stderr
    assert not any(rows for name, rows in migrated.tables().items() if "migrations" not in name)
    migrated.init()


def test_the_server_s_name_holds_nothing_secret() -> None:
    for address in (NOWHERE, f"postgresql://h/db?user=u&password={SECRET}&schemas=north"):
        assert not any(secret in f"{Server(address)}" for secret in WRITTEN)
        assert not any(secret in repr(Server(address)) for secret in WRITTEN)
