"""The keys, in a file and on a server: what they seal, what they open, and whose they are."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Server
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.postgres_schema import keys_on
from cspr_workflow.store.tables import Place, Tables, Writing
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


class Failing:
    """Tables that cannot be written to once: before anything is, or after all of it."""

    def __init__(self, tables: Tables, *, done: bool) -> None:
        self._tables, self._done, self._fails = tables, done, True
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables, name)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        fails, self._fails = self._fails, False
        if fails and not self._done:
            self.begun.set()
            assert self.go_on.wait(60)
            raise Trouble("the disk is full")
        with self._tables.writing() as connection:
            yield connection
        if fails:
            raise Trouble("the connection was lost")


class Watched:
    """A lock that says when somebody has to wait for it."""

    def __init__(self, waited_for: threading.Event) -> None:
        self._lock, self._waited_for = threading.Lock(), waited_for

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            self._waited_for.set()
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_a_key_that_another_thread_could_not_write_is_written_before_it_seals(keys, program):
    failing = keys._tables = Failing(keys._tables, done=False)
    settled, boxes = threading.Event(), []
    keys._lock = Watched(settled)
    keys.make_key("INC-1")

    def fails() -> None:
        with suppress(Trouble):
            keys.keep()

    def seals() -> None:
        keys.keep()
        boxes.append(sealed(keys))
        settled.set()

    other, mine = threading.Thread(target=fails), threading.Thread(target=seals)
    other.start()
    assert failing.begun.wait(60)
    mine.start()
    assert settled.wait(60)
    assert boxes == []
    failing.go_on.set()
    for thread in (other, mine):
        thread.join(60)
    assert program().open(*PLACE, boxes[0]) is not None


@pytest.mark.parametrize("done", [True, False])
def test_a_key_whose_writing_failed_is_written_with_the_next(keys, program, done):
    failing = keys._tables = Failing(keys._tables, done=done)
    failing.go_on.set()
    keys.make_key("INC-1")
    box = sealed(keys)
    with pytest.raises(Trouble):
        keys.keep()
    assert "INC-1" not in keys._ciphers
    keys.make_key("INC-1")
    assert list(keys.keep()) == []
    assert program().open(*PLACE, box) is not None


def test_two_threads_that_open_a_case_at_once_have_one_key(keys, program, monkeypatch):
    """The other one makes it after this one has seen that there is none."""
    real, boxes = keys._tables.read, []

    def read(statement: str, *values: Any) -> list[Any]:
        found = real(statement, *values)
        monkeypatch.undo()
        keys.make_key("INC-1")
        boxes.append(sealed(keys))
        return found

    monkeypatch.setattr(keys._tables, "read", read)
    keys.make_key("INC-1")
    keys.keep()
    assert program().open(*PLACE, boxes[0]) is not None


def test_what_was_read_takes_the_place_of_no_new_key(keys, program, monkeypatch):
    other = program()
    other.make_key("INC-1")
    other.keep()
    monkeypatch.setattr(keys._tables, "read", lambda *_: [])
    keys.make_key("INC-1")
    new = keys._ciphers.pop("INC-1")
    monkeypatch.undo()
    real = keys._tables.read

    def read(statement: str, *values: Any) -> list[Any]:
        found = real(statement, *values)
        keys._ciphers["INC-1"] = new
        return found

    monkeypatch.setattr(keys._tables, "read", read)
    keys.make_key("INC-1")
    assert keys._ciphers["INC-1"] is new
