"""The command that brings old cases into a lasting store: all of a file, or nothing."""

import hashlib
import json
from collections import Counter
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from cspr_workflow.application import casefile, register
from cspr_workflow.application.casefile_acts import Planned
from cspr_workflow.application.handle import ATTEMPTS, PARTNERSHIP, Workflow
from cspr_workflow.application.importing import (
    Origin,
    additions,
    adopted_before,
    people_faults,
    play_in,
)
from cspr_workflow.application.policy_files import PolicyFile
from cspr_workflow.application.ports import Addition, Conflict, Followed, Trouble
from cspr_workflow.domain.people import Person, Role
from cspr_workflow.forms import Fault, Unusable
from cspr_workflow.interfaces.commands import REFUSED, AsJson, Failed, faults_of
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk
from cspr_workflow.interfaces.sentences import counted, dates_in_words, words
from cspr_workflow.interfaces.terminal import console, heading, safe
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex

MAY_IMPORT = (Role.CSPR_OFFICER, Role.BUSINESS_MANAGER)


def import_command(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A register (.csv) or a case file (.json) of old cases."
        ),
    ],
    by: Annotated[
        str,
        typer.Option(
            "--as", metavar="PERSON", envvar="CSPR_AS", help="Who brings it in: a person's id."
        ),
    ],
    preview: Annotated[
        bool, typer.Option("--preview", help="Say what would come in, and store nothing.")
    ] = False,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Bring old cases into the store: all of the file, or nothing.

    Each entry is recorded now; when it is said to have been written down, who brought it in and the
    file's SHA-256 stand beside it. Moves of the clock before the import are marked as derived.
    Exit status: 0 it came in, 2 the file is unusable or something in it cannot come in (every fault
    named, nothing stored), 3 this person may not import.
    """
    with opened_desk(store) as desk:
        person = desk.person(by)
        if person.role not in MAY_IMPORT:
            who = " or ".join(role.called for role in MAY_IMPORT)
            raise Failed(
                f"{by} ({person.role.called}) may not import: only {who} can.", status=REFUSED
            )
        try:
            text = _bytes(path)
            planned = _read(text, path, desk, person)
        except Unusable as unusable:
            raise Failed(*faults_of(unusable), *_NOTHING) from unusable
        origin = Origin(path.name, hashlib.sha256(text).hexdigest(), person.id)
        scratch, record = _bring_in(planned, origin, desk, path, preview=preview)
        summary = _summary(scratch, record, origin, preview=preview)
        if as_json:
            typer.echo(json.dumps(summary))
        else:
            _tell(summary, path)


_NOTHING = ("Nothing came in. Mend this in the file, then import it again.",)


def _bytes(path: Path) -> bytes:
    """The file, read once: what is hashed is what comes in."""
    try:
        if path.stat().st_size > casefile.MOST_BYTES:
            return b" " * (casefile.MOST_BYTES + 1)  # whoever reads it says that it is too large
        return path.read_bytes()
    except OSError as error:
        fault = Fault("", f"cannot be read: {error.strerror or error}")
        raise Unusable(str(path), [fault]) from error


def _bring_in(
    planned: list[tuple[str, Planned]], origin: Origin, desk: Desk, path: Path, *, preview: bool
) -> tuple[Workflow, MemoryRecord]:
    """Play the old cases and record them; where others record meanwhile, look at it all again."""
    for _ in range(ATTEMPTS):
        latest = desk.record.last()[1]
        now = max(desk.now(), latest) if latest else desk.now()
        version = desk.workflow.partnership_at()[1]
        scratch, record = _scratch(desk, planned, now)
        faults = play_in(planned, scratch, desk.record, now)
        if faults:
            told = [f"{path}: {dates_in_words(str(fault))}" for fault in faults]
            raise Failed(*told, *_NOTHING)
        if preview:
            return scratch, record
        with suppress(Conflict):
            found = additions(list(record.read_all()), origin, now)
            # What was adopted when this was worked out is to hold still.
            found.append(Addition(PARTNERSHIP, version, ()))
            desk.views.follow(Followed(desk.record.append(found, uuid4())))
            return scratch, record
    raise Trouble("Others were recording at the same time, again and again; try once more.")


def _read(text: bytes, path: Path, desk: Desk, person: Person) -> list[tuple[str, Planned]]:
    """The acts of the file, each with its place in it."""
    partnership = desk.workflow.partnership
    people = {**partnership.left, **partnership.people}
    policy = PolicyFile(desk.policy, "")
    if path.suffix.lower() != ".json":
        rows = register.parse(text, str(path), people, policy.policy, person)
        return [(one.place, one) for one in rows]
    case_file = casefile.parse(text, str(path), policy)
    if faults := list(people_faults(case_file, people)):
        raise Unusable(str(path), faults)
    return [(f"acts[{number}]", one) for number, one in enumerate(case_file.acts)]


def _scratch(
    desk: Desk, planned: list[tuple[str, Planned]], now: datetime
) -> tuple[Workflow, MemoryRecord]:
    """A workflow in memory that has adopted what the partnership has, from before the first act."""
    began = min((one.at for _, one in planned), default=now)
    record = MemoryRecord()
    scratch = Workflow(record, MemoryIndex(desk.policies), desk.policies)
    scratch.adopt(adopted_before(desk.record, min(began, now)))
    return scratch, record


def _summary(
    scratch: Workflow, played: MemoryRecord, origin: Origin, *, preview: bool
) -> dict[str, Any]:
    entries = [one.entry for one in played.read_all() if one.stream != "partnership"]
    return {
        "file": origin.name,
        "sha256": origin.file,
        "stored": not preview,
        "incidents": dict(Counter(str(case.state) for case in scratch.incidents())),
        "escalations": dict(Counter(case.state for case in scratch.escalations())),
        "entries": len(entries),
        "derived": sum(entry.by is None for entry in entries),
    }


def _tell(summary: dict[str, Any], path: Path) -> None:
    out = console()
    stored = "came in" if summary["stored"] else "would come in; nothing is stored"
    heading(out, f"{path.name}: {summary['entries']} entries {stored}")
    for what in ("incidents", "escalations"):
        states = ", ".join(f"{n} {words(state)}" for state, n in summary[what].items()) or "none"
        number = counted(sum(summary[what].values()), what.removesuffix("s"))
        out.print(safe(f"  {number}: {states}"))
    out.print(
        safe(
            f"  {summary['derived']} of the entries are moves of the clock that follow from the others; "
            "they are marked as derived."
        )
    )
    out.print(safe(f"  The file's SHA-256: {summary['sha256']}", "dim"))
