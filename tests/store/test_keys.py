"""The keys, in a file and on a server: what they seal, what they open, and whose they are."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Server
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.postgres_schema import keys_on
from cspr_workflow.store.tables import Place
from tests.postgres_database import emptied
from tests.store.store_world import KEYS

PLACE = ("INC-1", "an event", "concern")


@pytest.fixture(params=["on SQLite", "on PostgreSQL"])
def kept(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Where the keys of a store are kept that has no case yet."""
    with ExitStack() as opened:
        if request.param == "on SQLite":
            folder: Path = request.getfixturevalue("place")
            where: Place = folder / KEYS
        else:
            where = keys_on(opened.enter_context(closing(Server(emptied()))))
        Keys.make(where, "a store")
        yield where


@pytest.fixture
def program(kept: Place) -> Iterator[Callable[[], Keys]]:
    """Opens the keys as one more program."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(Keys(kept, "a store")))


@pytest.fixture
def keys(program: Callable[[], Keys]) -> Keys:
    return program()


def sealed(keys: Keys, text: str = "a text") -> bytes:
    return keys.seal(*PLACE, text)[1]


def test_what_was_sealed_opens_for_another_program(keys, program):
    keys.make_key("INC-1")
    assert keys.keep() == []
    commitment, box = keys.seal(*PLACE, "a text \x00 with everything")
    assert program().open(*PLACE, box) == ("a text \x00 with everything", commitment)
    assert program().incidents == {"INC-1"}


def test_a_key_that_was_not_kept_is_nobody_elses(keys, program):
    keys.make_key("INC-1")
    box = sealed(keys)
    assert program().open(*PLACE, box) is None
    assert program().incidents == set()


def test_nothing_is_sealed_without_a_key(keys):
    with pytest.raises(Trouble, match="the key of INC-1 is missing; nothing was recorded"):
        sealed(keys)


def test_the_key_of_the_program_that_was_faster_holds(keys, program):
    other = program()
    for one in (keys, other):
        one.make_key("INC-1")
        one.make_key(f"INC-of-{id(one)}")
    lost = sealed(other)
    assert keys.keep() == []
    assert other.keep() == ["INC-1"]
    assert keys.open(*PLACE, sealed(other)) is not None
    with pytest.raises(Trouble, match="was altered, or its key is another one"):
        other.open(*PLACE, lost)


def test_a_box_opens_nowhere_else(keys):
    keys.make_key("INC-1")
    box = sealed(keys)
    with pytest.raises(Trouble, match="was altered"):
        keys.open("INC-1", "another event", "concern", box)


def test_secrets_of_accounts_are_sealed_under_one_key(keys, program):
    boxes = [one.seal_secret("a1", "SECRET") for one in (keys, program())]
    assert {program().open_secret("a1", box) for box in boxes} == {"SECRET"}
    with pytest.raises(Trouble, match="sealed secret a2 was altered"):
        keys.open_secret("a2", boxes[0])


def test_a_digest_is_the_same_for_every_program(keys, program):
    assert keys.digest(b"content") == program().digest(b"content")
    assert keys.digest(b"content") != keys.digest(b"another")


def test_the_keys_of_another_store_are_refused(kept):
    with pytest.raises(Trouble, match="these keys belong to another store"):
        Keys(kept, "another store")


@pytest.mark.parametrize("store", ["a store", "another store"])
def test_keys_are_never_made_over_others(kept, keys, program, store):
    before = keys.digest(b"content")
    with pytest.raises(Trouble):
        Keys.make(kept, store)
    assert program().digest(b"content") == before
