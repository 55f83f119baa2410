"""The command line. Every command that answers a question takes ``--json``.

Exit statuses: 0 all went well; 1 something the program could not do; 2 a file or the command itself
is unusable; 3 a case file was played and some of its acts were refused.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cspr_workflow import __version__
from cspr_workflow.application import casefile, policy_files
from cspr_workflow.application.outcome import outcome
from cspr_workflow.application.play import Played, play
from cspr_workflow.application.policy_files import PolicyFile
from cspr_workflow.application.ports import Trouble
from cspr_workflow.forms import Unusable, Wrong
from cspr_workflow.interfaces import rehearsing, story, why
from cspr_workflow.interfaces.accounts_commands import accounts_app
from cspr_workflow.interfaces.act_commands import add_act_commands
from cspr_workflow.interfaces.calendar_commands import calendar_app
from cspr_workflow.interfaces.case_commands import add_case_commands, why_in_store
from cspr_workflow.interfaces.commands import CANNOT, AsJson, Failed, a_folder, faults_of
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.house_commands import add_house_commands
from cspr_workflow.interfaces.import_command import import_command
from cspr_workflow.interfaces.policy_commands import policy_app
from cspr_workflow.interfaces.rehearse_command import rehearse_command
from cspr_workflow.interfaces.serve_command import serve_command
from cspr_workflow.interfaces.simulate_command import simulate_command
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.interfaces.tick_command import tick_command
from cspr_workflow.store import bank_holidays
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex

SOME_REFUSED = 3


class _Commands(TyperGroup):
    """The commands. What somebody typed in a wrong place is not repeated where a password may be in it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except TyperException as error:
            if "://" in error.message:
                error.message = (
                    "there is an address where this command takes none; a store is named with --store, or "
                    "in CSPR_STORE."
                )
            raise


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The escalation process of a safeguarding children partnership, and its record.",
)
add_case_commands(app)
add_act_commands(app)
add_house_commands(app)
app.add_typer(calendar_app, name="calendar")
app.add_typer(policy_app, name="policy")
app.add_typer(accounts_app, name="accounts")
app.command("tick")(tick_command)
app.command("import")(import_command)
app.command("simulate")(simulate_command)
app.command("rehearse")(rehearse_command)
app.command("serve")(serve_command)

PolicyOption = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="FILE|NAME",
        help="A policy file, or a policy's name, to play under instead of the file's own.",
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="MOMENT",
        help="Let time pass up to this moment, if it is later than the last act.",
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cspr-workflow {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that belong to no command."""


# --- Case files ------------------------------------------------------------------------------


@app.command("play")
def play_command(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE", help="Case files to play.")],
    until: UntilOption = None,
    policy: PolicyOption = None,
    rehearsal: Annotated[
        Path | None,
        typer.Option(
            "--rehearsal",
            metavar="FOLDER",
            help="Keep what is played: each file in a new rehearsal store below this folder.",
            callback=a_folder,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play case files, each into a store of its own, and tell what comes out.

    The stores are in memory and gone afterwards; with --rehearsal they are kept on disk, and the
    outcome is read from their views.

    Exit status: 0 all acts were taken, 3 some were refused, 2 a file is unusable (nothing is played).
    """
    out = console()
    refused = False
    case_files = _load(paths, policy)
    moments = [_until(case_file, until) for case_file in case_files]
    places: list[Path | None] = [None] * len(case_files)
    if rehearsal is not None:
        places = [*rehearsing.stores_for(case_files, rehearsal)]
    planned = zip(case_files, moments, places, strict=True)
    for number, (case_file, moment, place) in enumerate(planned):
        with _played(case_file, moment, place) as (played, told):
            refused = refused or bool(played.refused)
            if as_json:
                typer.echo(json.dumps(told))
                continue
            if number:
                out.rule(style="dim")
            story.tell(played, out)
        if place is not None:
            out.print(safe(f"Kept in {place}: cspr board --store {place}"), soft_wrap=True)
    if refused:
        raise typer.Exit(SOME_REFUSED)


@app.command("why")
def why_command(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="REFERENCE", help="An incident, an escalation, or an action such as ESC-1/A1."
        ),
    ],
    path: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="A case file to play; the store, if left out."),
    ] = None,
    until: UntilOption = None,
    policy: PolicyOption = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Explain each date and each move of one case: clause, counting, both times, who could stop it."""
    if path is None:
        if until is not None or policy is not None:
            raise Failed("--until and --policy go with a case file: name it after the reference.")
        why_in_store(reference, store, as_json=as_json)
        return
    case_files = _load([path], policy)
    played = _play(case_files[0], _until(case_files[0], until))
    teller = story.teller_of(played)
    found = why.reasons(played, teller, reference)
    action = why.actions_of(played, reference) if found is None else None
    if found is None and action is None:
        known = ", ".join(why.known_references(played)) or "none"
        raise Failed(f"{path}: there is no {reference}; known are {known}.")
    if found is not None:
        if as_json:
            typer.echo(json.dumps(why.plain(found, teller)))
        else:
            why.tell(found, teller, reference, console())
    elif action is not None:
        if as_json:
            typer.echo(json.dumps(why.plain_action(action, teller)))
        else:
            why.tell_action(action, teller, console())


def _load(paths: list[Path], policy: str | None) -> list[casefile.CaseFile]:
    """All the files, or a failure that names every fault of every one."""
    faults: list[str] = []
    replacement: PolicyFile | None = None
    loaded: list[casefile.CaseFile] = []
    if policy is not None:
        try:
            replacement = policy_files.named(policy)
        except Unusable as unusable:
            raise Failed(*faults_of(unusable)) from unusable
    for path in paths:
        try:
            loaded.append(casefile.load(path, replacement))
        except Unusable as unusable:
            faults += faults_of(unusable)
    if faults:
        raise Failed(*faults)
    return loaded


@contextmanager
def _played(
    case_file: casefile.CaseFile, until: datetime | None, place: Path | None
) -> Iterator[tuple[Played, dict[str, Any]]]:
    """The played file and its outcome: in memory, or kept in a store and read from its views."""
    if place is None:
        played = _play(case_file, until)
        yield played, outcome(played)
        return
    try:
        with rehearsing.played_into(case_file, place, until) as (played, desk):
            _note_early(case_file, until, played)
            yield played, rehearsing.outcome_from_views(played, desk)
    except Trouble as trouble:
        raise Failed(str(trouble), status=CANNOT) from trouble


def _play(case_file: casefile.CaseFile, until: datetime | None) -> Played:
    holidays = bank_holidays.of(case_file.policy.policy.bank_holidays)
    played = play(case_file, MemoryRecord(), MemoryIndex(case_file.policy.book), holidays, until)
    _note_early(case_file, until, played)
    return played


def _note_early(case_file: casefile.CaseFile, until: datetime | None, played: Played) -> None:
    policy = case_file.policy.policy
    if until is not None and until < played.until:
        last = policy.civil.local(played.until)
        text = f"--until: {case_file.source} has a later act, at {last:%Y-%m-%dT%H:%M}; played up to that."
        console(stderr=True).print(safe(text), soft_wrap=True)


def _until(case_file: casefile.CaseFile, until: str | None) -> datetime | None:
    if until is None:
        return None
    try:
        return casefile.read_moment(until, case_file.policy.policy.civil)
    except Wrong as wrong:
        raise Failed(f"--until: {wrong}") from wrong
