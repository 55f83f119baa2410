"""Several partnerships in one deployment: what a command does at the desk of each of them.

Whatever goes wrong at one of them stops no other. The command's exit status is the worst of all.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from cspr_workflow.application.ports import Trouble
from cspr_workflow.forms import Unusable
from cspr_workflow.interfaces.commands import CANNOT, UNUSABLE, Failed, faults_of
from cspr_workflow.interfaces.desk import VARIABLE as STORE
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.store import stores
from cspr_workflow.store.partnerships import Partnership, read_partnerships

VARIABLE = "CSPR_PARTNERSHIPS"
AT_ONCE = 32
"""So many are asked at the same time, so that one that does not answer holds up few others."""
PartnershipsOption = Annotated[
    Path | None,
    typer.Option(
        "--partnerships",
        metavar="FILE",
        envvar=VARIABLE,
        help="A file that names several partnerships with their stores: all of them, instead of one store.",
    ),
]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Missed:
    """Why nothing came of it at a partnership, and the exit status that goes with that."""

    why: str
    status: int


def named_in(file: Path, store: str | None) -> tuple[Partnership, ...]:
    """The partnerships that a command is about; where a store is named too, it is about neither."""
    if store is not None:
        raise Failed(
            f"--partnerships (or {VARIABLE}) and --store (or {STORE}) are both given. Leave one of them out."
        )
    try:
        return read_partnerships(file)
    except Unusable as unusable:
        raise Failed(*faults_of(unusable)) from unusable


def done_at(partnership: Partnership, do: Callable[[Desk], T]) -> T | Missed:
    """What comes of it at a partnership's desk."""
    try:
        desk = Desk(stores.open_store(partnership.store))
    except Exception as error:
        return Missed(_sentence(error), UNUSABLE)
    try:
        return do(desk)
    except Exception as error:
        return Missed(_sentence(error), CANNOT)
    finally:
        desk.close()


def asked_of_all(partnerships: Sequence[Partnership], ask: Callable[[Desk], T]) -> list[T | Missed]:
    """What each of them answers; they are asked at the same time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: done_at(one, ask), partnerships))


def end_with_the_worst(statuses: Iterable[int]) -> None:
    """End the command with the worst of some exit statuses, if it is not the good one."""
    if status := max(statuses, default=0):
        raise typer.Exit(status)


def say(partnership: Partnership, sentence: str, *, stderr: bool = False) -> None:
    """Say something about a partnership, on a line of its own."""
    console(stderr=stderr).print(safe(f"{partnership.name}: {sentence}"), soft_wrap=True)


def say_plain(partnership: Partnership, plain: Mapping[str, Any]) -> None:
    """Tell another program about a partnership, on a line of its own."""
    typer.echo(json.dumps({"partnership": partnership.name, **plain}))


def say_missed(partnership: Partnership, missed: Missed, *, as_json: bool) -> int:
    """Say why nothing came of it at a partnership: the exit status."""
    if as_json:
        say_plain(partnership, {"trouble": missed.why})
    say(partnership, missed.why, stderr=True)
    return missed.status


def _sentence(error: Exception) -> str:
    """What a program's fault is called is all that is known of it."""
    return str(error) if isinstance(error, Trouble) else f"{type(error).__name__}: {error}"
