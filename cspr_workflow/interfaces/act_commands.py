"""One command for each act, made from its declaration: who does it, when, and what came of it."""

import inspect
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NoReturn
from uuid import UUID

import typer
from typer.core import TyperCommand

from cspr_workflow.application.casefile import read_moment
from cspr_workflow.domain import free_text
from cspr_workflow.domain.acts import (
    ACTS,
    Act,
    Command,
    HoldMeeting,
    RaiseEscalation,
    ReportIncident,
)
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.people import Actor, Means
from cspr_workflow.forms import Wrong, shown
from cspr_workflow.interfaces import act_answers
from cspr_workflow.interfaces.act_answers import Desk
from cspr_workflow.interfaces.act_options import parameters, placed, read_act
from cspr_workflow.interfaces.commands import WARNED, AsJson, Failed, Refused
from cspr_workflow.interfaces.desk import StoreOption, opened_desk
from cspr_workflow.interfaces.sentences import dates_in_words
from cspr_workflow.interfaces.terminal import console, safe

DANGER = "If a child is in immediate danger, call 999."
_AGENCY = "agency"


@dataclass(frozen=True, slots=True)
class Doing:
    """The options that every act takes: who does it, when it happened, and how it is answered."""

    by: Annotated[
        str,
        typer.Option(
            "--as", metavar="PERSON", envvar="CSPR_AS", help="Who does it: a person's id."
        ),
    ]
    occurred: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="When it happened, such as 2026-12-03T14:30, local time; now, if left out.",
        ),
    ] = None
    on_behalf_of: Annotated[
        str | None,
        typer.Option(metavar=_AGENCY, help="Whose answer it is that you record; with --means."),
    ] = None
    means: Annotated[
        Means | None, typer.Option(help="How the agency's answer came; with --on-behalf-of.")
    ] = None
    accept_warnings: Annotated[
        bool,
        typer.Option(
            "--accept-warnings",
            help="Record it although a text looks as if it says who the child is.",
        ),
    ] = False
    preview: Annotated[
        bool, typer.Option("--preview", help="Say what would be recorded, and store nothing.")
    ] = False
    command_id: Annotated[
        UUID | None,
        typer.Option(
            metavar="UUID",
            help="An id of your own: the same id again records nothing and gives the same answer.",
        ),
    ] = None
    store: StoreOption = None
    as_json: AsJson = False


def add_act_commands(app: typer.Typer) -> None:
    """Add a command for each act, such as ``report-incident``."""
    for name, kind in ACTS.items():
        text = inspect.cleandoc(kind.__doc__ or "")
        app.command(name.replace("_", "-"), cls=_ActCommand, help=text)(_made_when_used)


def _made_when_used() -> None:
    raise AssertionError("an act's command is made before it is called")


class _ActCommand(TyperCommand):
    """The command of one act. Its options are made when it is used: all at once would delay every start."""

    def get_params(self, ctx: Any) -> Any:
        if not self.params:
            assert self.name is not None
            alone = typer.Typer(add_completion=False)
            alone.command()(_function(ACTS[self.name.replace("-", "_")]))
            made = typer.main.get_command(alone)
            self.params, self.callback = made.params, made.callback
        return super().get_params(ctx)


def _function(kind: type[Act]) -> Callable[..., None]:
    common = list(inspect.signature(Doing).parameters.values())
    left_out = set() if kind.dated else {"occurred"}
    left_out |= set() if kind.reportable else {"on_behalf_of", "means"}
    taken = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for one in common
        if one.name not in left_out
    ]

    def run(**given: Any) -> None:
        doing = Doing(**{one.name: given.pop(one.name) for one in taken})
        _run(kind, given, doing)

    run.__signature__ = inspect.Signature([*parameters(kind), *taken])  # type: ignore[attr-defined]
    return run


# --- Doing an act ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, read and checked: the act, by whom, and how the answer is wanted."""

    command: Command
    now: datetime
    desk: Desk
    doing: Doing
    warnings: list[str]


def _run(kind: type[Act], given: dict[str, Any], doing: Doing) -> None:
    if kind in (ReportIncident, RaiseEscalation):
        _say([DANGER])
    act = read_act(kind, given)
    _check_on_behalf(doing)
    warnings = [placed(kind, warning) for warning in free_text.warnings_in(act)]
    with opened_desk(doing.store) as desk:
        now = desk.now()
        asked = _Asked(_command(act, doing, desk, now), now, desk, doing, warnings)
        if warnings and not doing.accept_warnings:
            _stop_at_warnings(asked)
        try:
            if doing.preview:
                _preview(asked)
            else:
                _do(asked)
        except Refusal as refusal:
            if doing.as_json:
                typer.echo(json.dumps({"error": refusal.code.value, "message": refusal.message}))
            sentence = placed(kind, dates_in_words(refusal.message))
            raise Refused(refusal.code, sentence) from refusal


def _check_on_behalf(doing: Doing) -> None:
    if doing.on_behalf_of not in (None, _AGENCY):
        raise Failed(f"--on-behalf-of: {shown(doing.on_behalf_of)} is not one of {_AGENCY}")
    if (doing.on_behalf_of is None) != (doing.means is None):
        raise Failed(
            f"Give --on-behalf-of {_AGENCY} and --means together: whose answer it is, and how it came."
        )


def _command(act: Act, doing: Doing, desk: Desk, now: datetime) -> Command:
    """The act with who did it and when. Raises :class:`Failed` for people and moments that are none."""
    actor = Actor(desk.person(doing.by), doing.means)
    for present in act.present if isinstance(act, HoldMeeting) else ():
        desk.person(present)
    if doing.occurred is None:
        return Command(act, actor, now)
    try:
        return Command(act, actor, read_moment(doing.occurred, desk.policy.civil))
    except Wrong as wrong:
        raise Failed(f"--occurred: {wrong}") from wrong


def _stop_at_warnings(asked: _Asked) -> NoReturn:
    if asked.doing.as_json:
        _echo(asked, recorded=[])
    raise Failed(
        *asked.warnings,
        "Nothing is recorded. Reword the text, or repeat the command with --accept-warnings.",
        status=WARNED,
    )


def _preview(asked: _Asked) -> None:
    act, desk = asked.command.act, asked.desk
    found = desk.workflow.preview(asked.command, asked.now)
    told = act_answers.notices_of(
        act, desk, [entry for entries in found.values() for entry in entries]
    )
    _say(told)
    if asked.doing.as_json:
        _echo(asked, told, recorded=[], **act_answers.plain_preview(act, found, desk))
    else:
        act_answers.tell_preview(act, found, desk, console())


def _do(asked: _Asked) -> None:
    act, desk = asked.command.act, asked.desk
    if isinstance(act, RaiseEscalation):
        with suppress(Refusal):  # doing it says why
            found = desk.workflow.preview(asked.command, asked.now)
            _say(
                act_answers.notices_of(
                    act, desk, [entry for entries in found.values() for entry in entries]
                )
            )
    recorded = desk.workflow.do(asked.command, asked.now, asked.doing.command_id)
    if asked.doing.as_json:
        told = act_answers.notices_of(act, desk, [one.entry for one in recorded])
        _echo(asked, told, recorded=act_answers.plain(recorded, desk))
    else:
        act_answers.tell(act, recorded, desk, console())


def _say(sentences: Sequence[str]) -> None:
    """Say something beside the answer, on the error output."""
    for sentence in sentences:
        console(stderr=True).print(safe(dates_in_words(sentence)), soft_wrap=True)


def _echo(asked: _Asked, told: Sequence[str] = (), **data: Any) -> None:
    """The answer as JSON."""
    standing = act_answers.outcome_of(asked.command.act, asked.desk)
    rest = {"standing": standing, "warnings": asked.warnings, "notices": list(told)}
    typer.echo(json.dumps({**data, **rest}))
