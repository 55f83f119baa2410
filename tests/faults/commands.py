"""Commands of an interpreter of their own that are killed and given once more: each is done once."""

import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from cspr_workflow.store.stores import Place
from tests.faults import checks
from tests.faults.checks import holds
from tests.faults.plans import FIRST
from tests.faults.stores import AnyStores, at, lines, opened
from tests.faults.workers import PATIENCE, command_killed_after

COMMANDS_IN_A_STORE = 12
_OPERATIONS = 12, 45
"""Between these operations of the store, a command is recording."""
_BY_PEOPLE = ("IncidentReported", "TimescaleStarted", "EscalationNoted", "Raised")
_EVERY_THIRD = 3
Line = tuple[datetime, Sequence[str]]


def killed_commands(
    stores: AnyStores[Any], rng: random.Random, commands: int, *, by_time: bool
) -> int:
    """So many commands: how many of them were killed before they were given again.

    ``by_time``: a third of them after a time, the others at an operation of the store. Raises ``Broken``.
    """
    path = stores.new()
    kills, whole = 0, 1.0
    for number, (now, line) in zip(range(commands), _lines(), strict=False):
        with opened(path) as desk:
            desk.office.set_clock(now)
        arguments = [*line, "--store", str(path), "--json"]
        if line != _TICK:
            arguments += ["--command-id", str(_id(now))]
        plain = [sys.executable, "-m", "cspr_workflow", *arguments]
        if by_time and number % _EVERY_THIRD == 0:
            done, _ = command_killed_after(plain, whole * rng.uniform(0.3, 1))
        else:
            when = [str(rng.randint(*_OPERATIONS)), rng.choice(["before", "after"])]
            armed = [sys.executable, "-m", "tests.faults.armed", *when, *arguments]
            done, _ = command_killed_after(armed, PATIENCE)
        kills += not done
        checks.sound(path)
        began = time.monotonic()
        done, printed = command_killed_after(plain, PATIENCE)
        whole = time.monotonic() - began
        holds(done, "a command did not end")
        holds(line == _TICK or json.loads(printed)["recorded"], printed)
    _came_right(path, commands)
    stores.drop(path)
    return kills


def _came_right(path: Place, commands: int) -> None:
    with opened(path) as desk:
        found = [type(line.entry.fact).__name__ for line in lines(desk) if line.entry.by]
        checks.views_are_right(desk)
    cases, more = divmod(commands, len(_BY_PEOPLE) - 1)
    first = {0: 0, 1: 2, 2: 4}[more]
    holds(found == [*_BY_PEOPLE * cases, *_BY_PEOPLE[:first]], f"recorded: {found}")


_TICK = ("tick",)


def _lines() -> Iterator[Line]:
    """Cases one after another: an incident is reported, an escalation raised, the clock runs."""
    day = FIRST
    while True:
        now, incident, escalation = at(f"{day}T10:00"), f"INC-{day}", f"ESC-{day}"
        known = ("--incident-on", str(day), "--aware-on", str(day), "--as", "officer")
        yield now, ("report-incident", incident, *known)
        about = ("--incident", incident, "--timescale", "rapid_review", "--agency", "Acute Trust")
        concern = ("--concern", "Chronology not returned", "--as", "officer")
        yield now + timedelta(minutes=5), ("raise-escalation", escalation, *about, *concern)
        yield now + timedelta(days=2), _TICK
        day += timedelta(days=7)


def _id(now: datetime) -> UUID:
    return uuid5(NAMESPACE_URL, f"cspr-workflow:commands {now}")
