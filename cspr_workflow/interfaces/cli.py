"""The command line. Every command that answers a question takes ``--json``.

Exit statuses: 0 all went well; 1 something the program could not do; 2 a file or the command itself
is unusable; 3 a case file was played and some of its acts were refused.
"""

import json
from datetime import date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from cspr_workflow import __version__, forms
from cspr_workflow.application import casefile, policy_files
from cspr_workflow.application.outcome import outcome
from cspr_workflow.application.play import Played, play
from cspr_workflow.application.policy_files import PolicyFile
from cspr_workflow.domain.calendar import Calendar, DayOne, Unit
from cspr_workflow.domain.policy import Policy, Region
from cspr_workflow.forms import Unusable, Wrong
from cspr_workflow.interfaces import demo, policy_pages, story, why
from cspr_workflow.interfaces.sentences import day as day_in_words
from cspr_workflow.interfaces.terminal import console, safe
from cspr_workflow.store import bank_holidays
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryDueItems

SOME_REFUSED = 3
UNUSABLE = 2
MOST_DAYS = 10_000

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The escalation process of a safeguarding children partnership, and its record.",
)
policy_app = typer.Typer(
    no_args_is_help=True, help="The written process as data: show, check, draw."
)
calendar_app = typer.Typer(no_args_is_help=True, help="Counting time.")
app.add_typer(policy_app, name="policy")
app.add_typer(calendar_app, name="calendar")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]
PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", help="A policy file to play under instead of the file's own."),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="MOMENT",
        help="Let time pass up to this moment; by default the last act's.",
    ),
]
PolicyArgument = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="A policy's name, or a policy file.")
]


class Failed(typer.Exit):
    """The command ends with a sentence on the error output."""

    def __init__(self, *sentences: str, status: int = UNUSABLE) -> None:
        for sentence in sentences:
            console(stderr=True).print(safe(sentence), soft_wrap=True)
        super().__init__(status)


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
    as_json: AsJson = False,
) -> None:
    """Play case files, each into a store of its own, and tell what comes out.

    Exit status: 0 all acts were taken, 3 some were refused, 2 a file is unusable (nothing is played).
    """
    out = console()
    refused = False
    case_files = _load(paths, policy)
    _check_until(case_files, until)
    for number, case_file in enumerate(case_files):
        played = _play(case_file, until)
        refused = refused or bool(played.refused)
        if as_json:
            typer.echo(json.dumps(outcome(played)))
            continue
        if number:
            out.rule(style="dim")
        story.tell(played, out)
    if refused:
        raise typer.Exit(SOME_REFUSED)


@app.command("why")
def why_command(
    reference: Annotated[
        str, typer.Argument(help="An incident, an escalation, or an action such as ESC-1/A1.")
    ],
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The case file to play.")],
    until: UntilOption = None,
    policy: PolicyOption = None,
    as_json: AsJson = False,
) -> None:
    """Explain each date and each move of one case of a played file: clause, counting, both times."""
    case_files = _load([path], policy)
    _check_until(case_files, until)
    played = _play(case_files[0], until)
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


def _load(paths: list[Path], policy: Path | None) -> list[casefile.CaseFile]:
    """All the files, or a failure that names every fault of every one."""
    faults: list[str] = []
    replacement: PolicyFile | None = None
    loaded: list[casefile.CaseFile] = []
    if policy is not None:
        try:
            replacement = policy_files.load(policy)
        except Unusable as unusable:
            raise Failed(*_faults(unusable)) from unusable
    for path in paths:
        try:
            loaded.append(casefile.load(path, replacement))
        except Unusable as unusable:
            faults += _faults(unusable)
    if faults:
        raise Failed(*faults)
    return loaded


def _faults(unusable: Unusable) -> list[str]:
    return [f"{unusable.source}: {fault}" for fault in unusable.faults]


def _play(case_file: casefile.CaseFile, until: str | None) -> Played:
    policy = case_file.policy.policy
    holidays = bank_holidays.of(policy.bank_holidays)
    return play(case_file, MemoryRecord(), MemoryDueItems(), holidays, _until(case_file, until))


def _until(case_file: casefile.CaseFile, until: str | None) -> datetime | None:
    if until is None:
        return None
    try:
        return casefile.read_moment(until, case_file.policy.policy.civil)
    except Wrong as wrong:
        raise Failed(f"--until: {wrong}") from wrong


def _check_until(case_files: list[casefile.CaseFile], until: str | None) -> None:
    for case_file in case_files:
        moment = _until(case_file, until)
        if moment and case_file.acts and moment < case_file.acts[-1].at:
            last = case_file.policy.policy.civil.local(case_file.acts[-1].at)
            raise Failed(f"--until: {case_file.source} has a later act, at {last:%Y-%m-%dT%H:%M}.")


@app.command("demo")
def demo_command(as_json: AsJson = False) -> None:
    """Play the invented year that comes with the program: its open cases and its agreed actions."""
    with as_file(files("cspr_workflow") / "examples" / demo.YEAR) as path:
        played = _play(_load([path], None)[0], None)
    if as_json:
        typer.echo(json.dumps(outcome(played)))
        return
    demo.tell(played, console())


# --- Policies --------------------------------------------------------------------------------


@policy_app.command("show")
def show(name: PolicyArgument = "sandwell-2018", as_json: AsJson = False) -> None:
    """Show a policy: its clauses, timescales, stages, limits, and who may do what."""
    policy = _policy(name)
    if as_json:
        typer.echo(json.dumps(forms.plain(policy)))
        return
    policy_pages.show(policy, console())


@policy_app.command("lint")
def lint(
    paths: Annotated[list[str], typer.Argument(metavar="NAME|FILE", help="Policies to check.")],
) -> None:
    """Check policy files: each fault is named with its file and key; exit status 2 if there is one."""
    faults: list[str] = []
    for path in paths:
        try:
            policy = policy_files.named(path).policy
            typer.echo(
                f"{path}: {policy.label} is good: {len(policy.stages)} stages, {len(policy.clauses)} clauses"
            )
        except Unusable as unusable:
            faults += _faults(unusable)
    if faults:
        raise Failed(*faults)


@policy_app.command("diagram")
def diagram(
    name: PolicyArgument = "sandwell-2018",
    of: Annotated[
        policy_pages.Diagram, typer.Option(help="Which lifecycle to draw.")
    ] = policy_pages.Diagram.ESCALATION,
) -> None:
    """Print a lifecycle as a mermaid diagram."""
    typer.echo(policy_pages.diagram(_policy(name), of))


def _policy(name: str) -> Policy:
    try:
        return policy_files.named(name).policy
    except Unusable as unusable:
        raise Failed(*_faults(unusable)) from unusable


# --- The calendar ----------------------------------------------------------------------------


@calendar_app.command("deadline")
def deadline(
    anchor: Annotated[str, typer.Option("--from", metavar="DATE", help="The day to count from.")],
    working_days: Annotated[
        int | None, typer.Option(min=1, max=MOST_DAYS, help="Count working days.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=MOST_DAYS, help="Count calendar days.")
    ] = None,
    months: Annotated[int | None, typer.Option(min=1, max=MOST_DAYS, help="Count months.")] = None,
    before: Annotated[
        bool, typer.Option("--before", help="Count backwards; the day itself is left out.")
    ] = False,
    closure: Annotated[
        list[str] | None,
        typer.Option(metavar="DAY", help="A closure day, for working days; can be given again."),
    ] = None,
    day_one: Annotated[
        DayOne, typer.Option(help="Which day is working day 1, for working days.")
    ] = DayOne.NEXT_WORKING_DAY,
    region: Annotated[Region, typer.Option(help="Whose bank holidays count.")] = Region.ENGLAND,
    more: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DAY]...", help="More closure days, after --closure."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The last day of a limit, and each day that was not counted."""
    given = {Unit.WORKING_DAYS: working_days, Unit.DAYS: days, Unit.MONTHS: months}
    chosen = [(unit, n) for unit, n in given.items() if n is not None]
    if len(chosen) != 1:
        raise Failed("Give exactly one of --working-days, --days and --months.")
    unit, n = chosen[0]
    if more and not closure:
        raise Failed(f"{more[0]}: unexpected; closure days follow --closure.")
    closures = {
        _date("--closure", written): "closure day" for written in [*(closure or []), *(more or [])]
    }
    calendar = _calendar(region, closures)
    try:
        counted = calendar.count(
            n, unit, _date("--from", anchor), day_one=day_one, closures=True, backward=before
        )
    except (OverflowError, ValueError) as error:
        raise Failed(f"--from: {anchor} is too far away to count from.") from error
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "last_day": counted.day.isoformat(),
                    "skipped": [forms.plain(skipped) for skipped in counted.skipped],
                    "provisional": calendar.provisional(counted),
                }
            )
        )
        return
    out = console()
    out.print(safe(day_in_words(counted.day), "bold"))
    for skipped in counted.skipped:
        out.print(safe(f"  not counted: {day_in_words(skipped.day)} ({skipped.why})"))
    if calendar.provisional(counted):
        out.print(
            safe(f"  provisional: bank holidays are officially known to {calendar.known_to} only")
        )


def _date(option: str, written: str) -> date:
    try:
        return forms.parse_date(written)
    except Wrong as wrong:
        raise Failed(f"{option}: {wrong}") from wrong


def _calendar(region: Region, closures: dict[date, str]) -> Calendar:
    known = bank_holidays.of(region)
    return Calendar(known.days, known.known_to, closures)
