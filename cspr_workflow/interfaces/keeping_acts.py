"""What the commands that keep the register and the calendar share: who does it, and how it is refused."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, TypeVar

import typer

from cspr_workflow.domain.acts import Command, KeepingAct
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.people import Actor
from cspr_workflow.interfaces.commands import Failed, Refused
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.sentences import dates_in_words

T = TypeVar("T")
ByOption = Annotated[
    str,
    typer.Option("--as", metavar="PERSON", envvar="CSPR_AS", help="Who does it: a person's id."),
]


def kept(
    desk: Desk,
    act: KeepingAct,
    by: str,
    run: Callable[[Command], T],
    *,
    places: Mapping[str, str],
    as_json: bool,
) -> T:
    """Do or preview an act of keeping; a refusal ends the command."""
    with refusals_told(places, as_json=as_json):
        return run(Command(act, Actor(desk.person(by)), desk.now()))


@contextmanager
def refusals_told(places: Mapping[str, str], *, as_json: bool) -> Iterator[None]:
    """End the command where something is refused.

    ``places`` says how the command line has the fields with which a refusal's sentence can begin.
    """
    try:
        yield
    except Refusal as refusal:
        if as_json:
            typer.echo(json.dumps({"error": refusal.code.value, "message": refusal.message}))
        field, colon, rest = refusal.message.partition(": ")
        said = f"{places[field]}: {rest}" if colon and field in places else refusal.message
        raise Refused(refusal.code, dates_in_words(said)) from refusal


def alone(context: typer.Context) -> bool:
    """Whether a group of commands was called without one of them.

    An option that stands before one of them would not reach it, and ends the command.
    """
    if context.invoked_subcommand is None:
        return True
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            called = f"{context.command_path} {context.invoked_subcommand}"
            option = "--json" if name == "as_json" else f"--{name}"
            raise Failed(f"{option}: write it after {called}.")
    return False
