"""The command that corrects an entry: the entry stays as it is, and what is right is said beside it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from cspr_workflow import forms
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain import free_text
from cspr_workflow.domain.acts import Command, Correct
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.people import Actor
from cspr_workflow.forms import Fault
from cspr_workflow.interfaces.act_answers import plain
from cspr_workflow.interfaces.asking import Asking, asking
from cspr_workflow.interfaces.commands import REFUSED, WARNED, AsJson, Failed
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.record_words import did
from cspr_workflow.interfaces.sentences import dates_in_words
from cspr_workflow.interfaces.terminal import safe


def correct_command(
    reference: Annotated[
        str,
        typer.Argument(metavar="REFERENCE", help="The incident, the escalation, or 'partnership'."),
    ],
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT", help="The entry: its position, as cspr history shows it, or its id."
        ),
    ],
    says: Annotated[
        str, typer.Option(metavar="TEXT", help="What is right instead. Do not name the child.")
    ],
    by: Annotated[
        str,
        typer.Option(
            "--as", metavar="PERSON", envvar="CSPR_AS", help="Who does it: a person's id."
        ),
    ],
    accept_warnings: Annotated[
        bool,
        typer.Option(
            "--accept-warnings",
            help="Record it although the text looks as if it says who the child is.",
        ),
    ] = False,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Correct an entry: it stays as it is, and what is right is said beside it.

    A correction changes no state and no date; where the case itself has to change, the acts of the
    process do that.
    """
    act = _read(reference, event, says)
    warnings = [_placed(one) for one in free_text.warnings_in(act)]
    with asking(store) as asked:
        person = asked.desk.person(by)
        corrected = _entry(act, asked)
        if warnings and not accept_warnings:
            if as_json:
                asked.echo({"recorded": [], "warnings": warnings})
            raise Failed(*warnings, _NOTHING, status=WARNED)
        command = Command(replace(act, event=str(corrected.id)), Actor(person), asked.now)
        try:
            recorded = asked.desk.workflow.do(command, asked.now)
        except Refusal as refusal:
            if as_json:
                asked.echo({"error": refusal.code.value, "message": refusal.message})
            raise Failed(dates_in_words(refusal.message), status=REFUSED) from refusal
        if as_json:
            asked.echo({"recorded": plain(recorded, asked.desk), "warnings": warnings})
        else:
            _tell(recorded, corrected, asked)


_NOTHING = "Nothing is recorded. Reword the text, or repeat the command with --accept-warnings."
_OPTIONS = {"reference": "REFERENCE", "event": "EVENT", "says": "--says"}


def _placed(message: str) -> str:
    """A sentence that begins with a field's name, as the command line calls it."""
    place, colon, rest = message.partition(":")
    return f"{_OPTIONS.get(place, place)}{colon}{rest}"


def _read(reference: str, event: str, says: str) -> Correct:
    faults: list[Fault] = []
    given = {"reference": reference, "event": event, "says": says}
    act: Correct | None = forms.read(Correct, given, "", faults)
    if act is None or faults:
        raise Failed(*(_placed(str(fault)) for fault in faults))
    return act


def _entry(act: Correct, asked: Asking) -> Recorded:
    """The entry that is to be corrected, by its position or its id."""
    lines = asked.desk.lines(act.reference)
    if not lines:
        raise asked.unknown(act.reference)
    for one in lines:
        if act.event in (str(one.position), str(one.id)):
            return one
    raise Failed(
        f"EVENT: {act.event} is no entry of {act.reference}; cspr history {act.reference} names the "
        "position of each."
    )


def _tell(recorded: Sequence[Recorded], corrected: Recorded, asked: Asking) -> None:
    out = asked.screen()
    for one in map(asked.desk.opened, recorded):
        teller = asked.teller(one.entry.policy)
        out.print(safe(f"Recorded at position {one.position}: {did(one.entry, teller)}"))
    teller = asked.teller(corrected.entry.policy)
    told = f"{teller.moment(corrected.entry.occurred)}, {did(corrected.entry, teller)}"
    out.print(safe(f"It stands beside position {corrected.position}: {told}"))
