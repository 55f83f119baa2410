"""What holds for every store, whatever happened to it."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from cspr_workflow.domain.texts import SealedText, free_texts
from cspr_workflow.store import events, folder
from cspr_workflow.store.keys import UNREADABLE
from cspr_workflow.store.stores import Place
from tests.faults import on_a_server
from tests.faults.stores import Course, Line, Program, lines, opened

FILES = (folder.RECORD, folder.KEYS, folder.OFFICE, folder.VIEWS)


class Broken(AssertionError):
    """Something that has to hold does not."""


def holds(condition: object, message: object) -> None:
    """Raise :class:`Broken` where a condition does not hold."""
    if not condition:
        raise Broken(str(message))


# --- The record as it lies on the disk ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """One event as it is stored."""

    position: int
    stream: str
    version: int
    type: str
    state: bytes
    data: dict[str, Any]


_EVENTS = (
    "SELECT position, originator_id, originator_version, topic, state FROM stored_events "
    "ORDER BY position"
)
_COMMANDS = "SELECT first, last, command FROM command_log ORDER BY first"
_BOXES = "SELECT event, field, incident FROM sealed_texts"
_KEYS = "SELECT incident FROM keys"


def sound(path: Place) -> None:
    """A store's files are whole, and its record is without gaps and without doubles."""
    if isinstance(path, Path):
        for name in FILES:
            if (path / name).exists():
                _is_whole(path / name)
        with closing(sqlite3.connect(path / folder.RECORD)) as record:
            found = [record.execute(one).fetchall() for one in (_EVENTS, _COMMANDS, _BOXES)]
        with closing(sqlite3.connect(path / folder.KEYS)) as keys:
            known = keys.execute(_KEYS).fetchall()
    else:
        asked = [one.replace("FROM ", "FROM record.") for one in (_EVENTS, _COMMANDS, _BOXES)]
        found = [on_a_server.rows(path, one) for one in asked]
        known = on_a_server.rows(path, _KEYS.replace("FROM ", "FROM keys."))
    events_found, commands, boxes = found
    stored = _stored(events_found)
    _covered(stored, commands)
    _in_order(stored)
    nothing_doubled(stored)
    _texts_are_sealed(stored, boxes, {row[0] for row in known})


def stored_in(record: sqlite3.Connection) -> list[Stored]:
    """Every event, in order."""
    return _stored(record.execute(_EVENTS).fetchall())


def _stored(rows: Sequence[Sequence[Any]]) -> list[Stored]:
    return [
        Stored(position, id, version, topic, state, json.loads(state))
        for position, id, version, topic, state in rows
    ]


def _is_whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        said = database.execute("PRAGMA integrity_check").fetchall()
    holds(said == [("ok",)], f"{path.name}: {said}")


def _in_order(stored: Sequence[Stored]) -> None:
    positions = [one.position for one in stored]
    holds(positions == list(range(1, len(stored) + 1)), f"positions: {positions}")
    versions: Counter[str] = Counter()
    for one in stored:
        versions[one.stream] += 1
        holds(one.version == versions[one.stream], f"version of {one}")
        stands = one.data["position"], one.data["version"], one.data["id"]
        id = events.event_id(one.data["stream"], one.version)
        holds(stands == (one.position, one.version, str(id)), f"the place of {one}")
        holds(UUID(one.stream) == events.stream_id(one.data["stream"]), f"the stream of {one}")
    for earlier, later in pairwise(one.data["recorded"] for one in stored):
        holds(earlier <= later, f"recorded {earlier}, then {later}")


def _covered(stored: Sequence[Stored], commands: Sequence[Sequence[Any]]) -> None:
    """Every event belongs to the one command that its own bytes name, and every command has some."""
    reached = 0
    for first, last, command in commands:
        holds(first == reached + 1 and last >= first, f"{command} has {first} to {last}")
        own = {one.data["command"] for one in stored[first - 1 : last]}
        holds(own == {command}, f"{first} to {last} are of {own}")
        reached = last
    holds(reached == len(stored), f"the commands end at {reached} of {len(stored)}")


def nothing_doubled(stored: Sequence[Stored]) -> None:
    """The clock makes each move once."""
    moves = Counter(
        (one.stream, one.type, one.data["occurred"], json.dumps(one.data["fact"], sort_keys=True))
        for one in stored
        if one.data.get("by") is None
    )
    doubled = [move for move, count in moves.items() if count > 1]
    holds(not doubled, f"twice: {doubled}")


def _texts_are_sealed(
    stored: Sequence[Stored], boxes: Sequence[Sequence[Any]], known: set[str]
) -> None:
    sealed = {(one.data["id"], field) for one in stored for field in events.commitments(one.state)}
    holds(sealed == {(event, field) for event, field, _ in boxes}, "sealed texts without a box")
    holds({incident for *_, incident in boxes} <= known, "sealed texts without a key")


# --- What was going to happen --------------------------------------------------------------------


def begins(desk: Program, expected: Course, after: int = 0) -> int:
    """The record is the beginning of what was going to happen: how far it got.

    What stands up to position ``after`` is taken as looked at already.
    """
    found = lines(desk, after)
    _same(found, expected.lines[after : after + len(found)])
    return after + len(found)


def ended(desk: Program, expected: Course, *, in_order: bool = True) -> None:
    """Everything happened that was going to happen, and the views say so.

    Not ``in_order``: a case that was set aside in between was let pass time after the others.
    """
    if in_order:
        _same(lines(desk), expected.lines)
        views_say(desk, expected.views)
    else:
        _same(_of_each_case(lines(desk)), _of_each_case(expected.lines))
        views_are_right(desk)


def _of_each_case(found: Sequence[Line]) -> list[Line]:
    return [
        replace(line, position=0)
        for line in sorted(found, key=lambda line: (line.stream, line.version))
    ]


def _same(found: Sequence[Line], expected: Sequence[Line]) -> None:
    for one, other in zip(found, expected, strict=False):
        holds(one == other, f"recorded:\n{one}\nto be recorded:\n{other}")
    holds(len(found) <= len(expected), f"too many: {found[len(expected) :]}")
    holds(len(found) >= len(expected), f"missing: {expected[len(found) :]}")


# --- The views -----------------------------------------------------------------------------------


def views_say(desk: Program, expected: Sequence[str]) -> None:
    """The views follow the record to its end and hold exactly these rows."""
    holds(desk.views.catch_up() == desk.record.last()[0], "the views are behind the record")
    found = list(desk.views.dump())
    if found != list(expected):
        missing, more = set(expected) - set(found), set(found) - set(expected)
        raise Broken(f"the views miss {sorted(missing)[:3]} and have {sorted(more)[:3]}")


def views_are_right(desk: Program) -> None:
    """The views hold what they hold when they are built anew."""
    desk.views.catch_up()
    found = list(desk.views.dump())
    desk.views.rebuild()
    views_say(desk, found)


def sound_and_right(path: Place) -> None:
    """A store is sound, and its views recover by themselves and are right."""
    sound(path)
    with opened(path) as desk:
        views_are_right(desk)
        unreadable = [
            line
            for line in lines(desk)
            for _, text in free_texts(line.entry.fact)
            if _is_shut(text)
        ]
        holds(not unreadable, f"not to be read: {unreadable}")


def _is_shut(text: str) -> bool:
    return isinstance(text, SealedText) or text == UNREADABLE
