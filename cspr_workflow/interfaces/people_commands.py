"""The commands about who takes part."""

import json
from typing import Annotated

import typer

from cspr_workflow import forms
from cspr_workflow.domain.acts import AddPerson, KeepingAct, RemovePerson
from cspr_workflow.domain.people import Role
from cspr_workflow.forms import Fault
from cspr_workflow.interfaces import act_answers
from cspr_workflow.interfaces.asking import Asking, asking
from cspr_workflow.interfaces.commands import AsJson, Failed
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk
from cspr_workflow.interfaces.keeping_acts import ByOption, alone, kept
from cspr_workflow.interfaces.questions.house import PEOPLE, Taking
from cspr_workflow.interfaces.record_words import did
from cspr_workflow.interfaces.terminal import console, grid, row, safe

people_app = typer.Typer(help="Who takes part: list, add, remove, rename.")
PersonArgument = Annotated[str, typer.Argument(metavar="ID", help="The person's id.")]
NameOption = Annotated[str, typer.Option("--name", help="The person's name, as screens show it.")]
_PLACES = {"person": "ID", "agency": "--agency"}


@people_app.callback(invoke_without_command=True)
def people(context: typer.Context, store: StoreOption = None, as_json: AsJson = False) -> None:
    """Who takes part: id, name, role, agency."""
    if not alone(context):
        return
    with asking(store) as asked:
        found = PEOPLE.ask(asked, None)
        if as_json:
            asked.echo(PEOPLE.plain(found, asked))
        else:
            _tell(found, asked)


@people_app.command("add")
def add(
    id: PersonArgument,
    name: NameOption,
    role: Annotated[Role, typer.Option(help="The role.")],
    agency: Annotated[
        str, typer.Option(help="The agency; 'scsp' is the partnership's own business unit.")
    ],
    by: ByOption,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Add somebody who takes on a role: a joiner, or another role under another id.

    The record holds the id, the role and the agency; the name stands in the directory beside it.
    """
    named = _name(name)
    act = AddPerson(_text("ID", id), role, _text("--agency", agency))
    with opened_desk(store) as desk:
        _do(desk, act, by, as_json=as_json, name=named)


@people_app.command("remove")
def remove(
    id: PersonArgument, by: ByOption, store: StoreOption = None, as_json: AsJson = False
) -> None:
    """Note that somebody no longer holds the role; what they recorded stays theirs."""
    with opened_desk(store) as desk:
        _do(desk, RemovePerson(id), by, as_json=as_json)


@people_app.command("rename")
def rename(
    id: PersonArgument, name: NameOption, store: StoreOption = None, as_json: AsJson = False
) -> None:
    """Correct a person's name in the directory; screens show it with everything the person recorded.

    For another person, add another id.
    """
    named = _name(name)
    with opened_desk(store) as desk:
        partnership = desk.workflow.partnership
        known = [*partnership.people, *partnership.left]
        if id not in known:
            raise Failed(f"ID: there is nobody by the id {id}; known are {', '.join(known)}.")
        before = desk.names.get(id, id)
        desk.office.name({id: named})
        if as_json:
            typer.echo(json.dumps({"id": id, "before": before, "name": named}))
        else:
            console().print(safe(f"{before} is called {named} now ({id})."))


def _do(desk: Desk, act: KeepingAct, by: str, *, as_json: bool, name: str | None = None) -> None:
    recorded = kept(
        desk,
        act,
        by,
        lambda command: desk.workflow.do(command, command.occurred),
        places=_PLACES,
        as_json=as_json,
    )
    if name is not None and isinstance(act, AddPerson):
        desk.office.name({act.person: name})
    if as_json:
        typer.echo(json.dumps({"recorded": act_answers.plain(recorded, desk)}))
        return
    for one in recorded:
        console().print(safe(did(one.entry, desk.teller)))


def _name(written: str) -> str:
    return _text("--name", written.strip())


def _text(option: str, written: str) -> str:
    faults: list[Fault] = []
    text = forms.read(str, written, option, faults)
    if faults:
        raise Failed(*map(str, faults))
    return str(text)


def _tell(found: list[Taking], asked: Asking) -> None:
    out = asked.screen()
    table = grid("Id", "Name", "Role", "Agency")
    for one in found:
        row(table, one.person.id, one.name, one.role, one.person.agency)
    out.print(table)
