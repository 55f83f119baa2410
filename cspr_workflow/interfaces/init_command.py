"""The command that makes a partnership's store."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cspr_workflow.application import people_files, policy_files
from cspr_workflow.application.casefile import read_moment
from cspr_workflow.application.people_files import EXAMPLE, Listed
from cspr_workflow.application.play import adoption
from cspr_workflow.application.policy_files import PolicyFile
from cspr_workflow.application.ports import Conflict, Trouble
from cspr_workflow.domain.people import Role
from cspr_workflow.forms import Fault, Unusable, Wrong
from cspr_workflow.interfaces.commands import CANNOT, AsJson, Failed, faults_of
from cspr_workflow.interfaces.desk import DEFAULT, Desk, StoreOption, opened_desk, store_place
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.terminal import columns, console, heading, row, safe
from cspr_workflow.store import bank_holidays, stores
from cspr_workflow.store.stores import Store

_WIDTH = 32


def init_command(
    policy: Annotated[
        str,
        typer.Option(metavar="NAME|FILE", help="The policy to adopt: a policy's name, or a file."),
    ] = "sandwell-2018",
    people: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Who takes part: JSON as 'people' in case files, or CSV with the columns id, name, "
            "role, agency.",
        ),
    ] = None,
    person: Annotated[
        list[str] | None,
        typer.Option(
            metavar='"ID; NAME; ROLE; AGENCY"',
            help=f'One who takes part, such as "{EXAMPLE}". Give --person once for each.',
        ),
    ] = None,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="Make a rehearsal, whose clock can be set.")
    ] = False,
    clock: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="Where a rehearsal's clock stands to begin with, such as 2026-12-03T14:30.",
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Make a partnership's store: its policy, its bank holidays, its people.

    At least one person has to be a business manager, since only a business manager can add people.
    The folder has to be new or empty; where anything is wrong, nothing is made.
    """
    policy_file = _policy(policy)
    listed = _people(people, person or [])
    began = _clock(clock, policy_file, rehearsal=rehearsal)
    at = store_place(store)
    try:
        stores.make(
            at,
            rehearsal=rehearsal,
            fill=lambda made: _fill(made, policy_file, listed, began),
        )
    except Trouble as trouble:
        raise Failed(str(trouble), status=CANNOT) from trouble
    except Conflict as lost:
        text = f"{stores.shown(at)}: {lost}. Nothing was made. Try again."
        raise Failed(text, status=CANNOT) from lost
    with opened_desk(at) as desk:
        if as_json:
            typer.echo(json.dumps(_plain(desk)))
        else:
            _tell(desk)


def _fill(
    made: Store, policy_file: PolicyFile, listed: Sequence[Listed], began: datetime | None
) -> None:
    desk = Desk(made)
    made.office.name({one.person.id: one.name for one in listed})
    if began is not None:
        made.office.set_clock(began)
    known = bank_holidays.of(policy_file.policy.bank_holidays)
    persons = tuple(one.person for one in listed)
    try:
        desk.workflow.adopt(adoption(policy_file, known, persons, desk.now()))
    finally:
        desk.views.close()


# --- What is to be adopted -------------------------------------------------------------------


def _policy(name: str) -> PolicyFile:
    try:
        return policy_files.named(name)
    except Unusable as unusable:
        raise Failed(*faults_of(unusable)) from unusable


def _people(file: Path | None, written: Sequence[str]) -> list[Listed]:
    faults: list[Fault] = []
    listed: list[Listed] = []
    unusable: list[str] = []
    try:
        listed = people_files.load(file) if file else []
    except Unusable as error:
        unusable = faults_of(error)
    listed = people_files.read(people_files.lines(written, "--person", faults), faults, listed)
    if (
        not faults
        and not unusable
        and all(one.person.role is not Role.BUSINESS_MANAGER for one in listed)
    ):
        text = (
            "nobody is a business manager. Name at least one, with --people or --person: only a "
            'business manager can add people later. Such as --person "manager; B. Manager; '
            'business_manager; scsp"'
        )
        faults.append(Fault("", text))
    if faults or unusable:
        raise Failed(*unusable, *map(str, faults))
    return listed


def _clock(written: str | None, policy_file: PolicyFile, *, rehearsal: bool) -> datetime | None:
    if written is None:
        return None
    if not rehearsal:
        raise Failed("--clock: only a rehearsal's clock can be set; give --rehearsal, too.")
    try:
        return read_moment(written, policy_file.policy.civil)
    except Wrong as wrong:
        raise Failed(f"--clock: {wrong}") from wrong


# --- What was made ---------------------------------------------------------------------------


def _plain(desk: Desk) -> Mapping[str, object]:
    partnership = desk.workflow.partnership
    return {
        "store": desk.place,
        "rehearsal": desk.rehearsal,
        "policy": desk.policy.label,
        "known_to": partnership.rules(desk.policy).calendar.known_to,
        "people": list(partnership.people),
    }


def _tell(desk: Desk) -> None:
    out, teller, partnership = console(), desk.teller, desk.workflow.partnership
    kind = "a rehearsal" if desk.rehearsal else "the partnership's store"
    known_to = partnership.rules(desk.policy).calendar.known_to
    out.print(safe(f"{desk.place} is {kind} now.", "bold"), soft_wrap=True)
    number = counted(len(partnership.people), "person").replace("persons", "people")
    told = [
        f"Policy {desk.policy.label}; bank holidays officially known to {known_to}; {number}:",
        *(f"  {person.id}: {teller.person(person)}" for person in partnership.people.values()),
    ]
    for one in told:
        out.print(safe(one), soft_wrap=True)
    heading(out, "What to type next")
    table = columns(_WIDTH, None)
    for typed, what in _next(desk):
        row(table, f"cspr {typed}", what)
    out.print(table)
    if desk.folder is not None and desk.folder != Path(DEFAULT):
        out.print(
            safe(
                f"Put{desk.as_option} behind each command, or set CSPR_STORE to it once.",
            ),
            soft_wrap=True,
        )


def _next(desk: Desk) -> list[tuple[str, str]]:
    if desk.rehearsal:
        return [
            ("clock set MOMENT", "set the rehearsal's clock"),
            ("report-incident --help", "report the first incident"),
            ("tick", "let time pass up to the rehearsal's clock"),
        ]
    return [
        ("tick", "let time pass; have the system's scheduler call it every few minutes"),
        ("report-incident --help", "report the first incident"),
        ("backup TO --keys TO2", "back it up, every day; keep the two folders apart"),
        ("status", "see whether all is well"),
    ]
