"""Where a store is: what somebody may write, and what is refused without being repeated."""

from pathlib import Path

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.store import stores

SECRET = "Kettle-orbit"


@pytest.mark.parametrize("at", ["postgresql://me@h/db", "postgres://h/db?schemas=north"])
def test_an_address_of_a_server(at: str) -> None:
    assert stores.place(at) == at


@pytest.mark.parametrize("at", ["partnership", "/var/lib/cspr", "postgresql:", "'north'", "a:b/c"])
def test_a_folder(at: str) -> None:
    assert stores.place(at) == stores.place(Path(at)) == Path(at)


@pytest.mark.parametrize(
    "at",
    [
        f"POSTGRESQL://me:{SECRET}@h/db",
        f"Postgres://me:{SECRET}@h/db",
        f"'postgresql://me:{SECRET}@h/db'",
        f'"postgresql://me:{SECRET}@h/db"',
        f" postgresql://me:{SECRET}@h/db",
        f"postgresq://me:{SECRET}@h/db",
        f"mysql://me:{SECRET}@h/db",
    ],
)
def test_any_other_address_is_refused_and_not_repeated(at: str) -> None:
    for use in (stores.place, stores.shown, stores.is_made, stores.open_store):
        with pytest.raises(Trouble, match="write a folder, or an address that begins") as refused:
            use(at)
        assert SECRET not in str(refused.value)
