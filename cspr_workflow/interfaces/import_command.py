"""The command that brings old cases into a lasting store: all of a file, or nothing."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
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
    policy_fault,
    warnings_in,
)
from cspr_workflow.application.policy_files import PolicyFile
from cspr_workflow.application.ports import Addition, Conflict, Followed, Recorded, Trouble
from cspr_workflow.domain import free_text
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.people import Person, Role
from cspr_workflow.forms import Fault, Unusable
from cspr_workflow.interfaces.commands import WARNED, AsJson, Failed, Refused, faults_of
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk
from cspr_workflow.interfaces.progress import shown_progress
from cspr_workflow.interfaces.sentences import counted, dates_in_words, words
from cspr_workflow.interfaces.terminal import console, heading, safe
from cspr_workflow.store.batched import BatchedRecord
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex

MAY_IMPORT = (Role.CSPR_OFFICER, Role.BUSINESS_MANAGER)
_NOTHING = "Nothing came in. Mend this in the file, then import it again."
_WARNED = "Nothing came in. Reword the texts, or repeat the command with --accept-warnings."


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
    accept_warnings: Annotated[
        bool,
        typer.Option(
            "--accept-warnings",
            help="Bring it in although texts look as if they say who the child is.",
        ),
    ] = False,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Bring old cases into the store: all of the file, or nothing.

    Each entry is recorded now; when it is said to have been written down, who brought it in and the
    file's SHA-256 stand beside it. Moves of the clock before the import are marked as derived.
    Exit status: 0 it came in, 2 the file is unusable or something in it cannot come in (every fault
    named, nothing stored), 3 this person may not import, 4 a text looks as if it says who the child is
    (each one named, nothing stored).
    """
    with opened_desk(store) as desk:
        file = _read(path, desk, _person(desk, by))
        for warning in file.told(file.warnings):
            console(stderr=True).print(safe(warning), soft_wrap=True)
        stops = bool(file.warnings) and not accept_warnings
        stored = not (preview or stops)
        scratch, record = _bring_in(file, desk, stored=stored)
        summary = _summary(scratch, record, file, stored=stored)
        if as_json:
            typer.echo(json.dumps(summary))
        elif preview or stored:
            _tell(summary, path)
        if stops:
            raise Failed(_WARNED, status=WARNED)


@dataclass(frozen=True, slots=True)
class _File:
    """A file of old cases that is good in form: its acts, each with its place, and its warnings."""

    path: Path
    origin: Origin
    planned: Sequence[tuple[str, Planned]]
    warnings: Sequence[Fault]

    def told(self, found: Sequence[Fault]) -> list[str]:
        """What was found in it, in sentences."""
        return [f"{self.path}: {dates_in_words(str(one))}" for one in found]


def _person(desk: Desk, by: str) -> Person:
    person = desk.person(by)
    if person.role not in MAY_IMPORT:
        who = " or ".join(role.called for role in MAY_IMPORT)
        raise Refused(
            Code.NOT_PERMITTED, f"{by} ({person.role.called}) may not import: only {who} can."
        )
    return person


# --- The file --------------------------------------------------------------------------------


def _read(path: Path, desk: Desk, person: Person) -> _File:
    try:
        text = _bytes(path)
        planned = _planned(text, path, desk, person)
    except Unusable as unusable:
        raise Failed(*faults_of(unusable), _NOTHING) from unusable
    origin = Origin(path.name, hashlib.sha256(text).hexdigest(), person.id)
    # One text can stand behind several acts, as a reference does: it is told once.
    warnings = dict.fromkeys([*_warnings_of_name(path), *warnings_in(planned)])
    return _File(path, origin, planned, list(warnings))


def _warnings_of_name(path: Path) -> Iterator[Fault]:
    for what in free_text.looks_like(path.name):
        told = f"this looks like {what}, and would stand in the record for good. Do not name the child."
        yield Fault("the file's name", told)


def _bytes(path: Path) -> bytes:
    """The file, read once: what is hashed is what comes in."""
    try:
        if path.stat().st_size > casefile.MOST_BYTES:
            return b" " * (casefile.MOST_BYTES + 1)  # whoever reads it says that it is too large
        return path.read_bytes()
    except OSError as error:
        fault = Fault("", f"cannot be read: {error.strerror or error}")
        raise Unusable(str(path), [fault]) from error


def _planned(text: bytes, path: Path, desk: Desk, person: Person) -> list[tuple[str, Planned]]:
    """The acts of the file, each with its place in it."""
    partnership = desk.workflow.partnership
    people = {**partnership.left, **partnership.people}
    policy = PolicyFile(desk.policy, "")
    if path.suffix.lower() != ".json":
        rows = register.parse(text, str(path), people, policy.policy, person)
        return [(one.place, one) for one in rows]
    if fault := policy_fault(text, desk.policy):
        raise Unusable(str(path), [fault])
    case_file = casefile.parse(text, str(path), policy)
    if faults := list(people_faults(case_file, people)):
        raise Unusable(str(path), faults)
    return [(f"acts[{number}]", one) for number, one in enumerate(case_file.acts)]


# --- Bringing it in --------------------------------------------------------------------------


def _bring_in(file: _File, desk: Desk, *, stored: bool) -> tuple[Workflow, MemoryRecord]:
    """Play the old cases and record them; where others record meanwhile, look at it all again."""
    for _ in range(ATTEMPTS):
        latest = desk.record.last()[1]
        now = max(desk.now(), latest) if latest else desk.now()
        version = desk.workflow.partnership_at()[1]
        scratch, record = _scratch(desk, file.planned, now)
        with shown_progress("Working out the old cases") as progress:
            faults = play_in(file.planned, scratch, desk.record, now, progress)
        if faults:
            raise Failed(*file.told(faults), _NOTHING)
        if not stored:
            return scratch, record
        with suppress(Conflict):
            found = additions(list(record.read_all()), file.origin, now)
            # What was adopted when this was worked out is to hold still.
            found.append(Addition(PARTNERSHIP, version, ()))
            recorded = _append(found, desk)
            with shown_progress("Bringing the views up to date"):
                desk.views.follow(Followed(recorded))
            return scratch, record
    raise Trouble("Others were recording at the same time, again and again; try once more.")


def _append(found: Sequence[Addition], desk: Desk) -> Sequence[Recorded]:
    """Append all of it at once. Texts are sealed before the record is locked for others."""
    record = BatchedRecord(desk.record)
    tail = record.last()
    try:
        recorded = record.append(found, uuid4())
        record.flush()
    except Trouble as trouble:
        if desk.record.last() == tail:
            raise
        raise Conflict("others recorded something while texts were sealed") from trouble
    return recorded


def _scratch(
    desk: Desk, planned: Sequence[tuple[str, Planned]], now: datetime
) -> tuple[Workflow, MemoryRecord]:
    """A workflow in memory that has adopted what the partnership has, from before the first act."""
    began = min((one.at for _, one in planned), default=now)
    record = MemoryRecord()
    scratch = Workflow(record, MemoryIndex(desk.policies), desk.policies)
    scratch.adopt(adopted_before(desk.record, min(began, now)))
    return scratch, record


# --- What it says ----------------------------------------------------------------------------


def _summary(
    scratch: Workflow, played: MemoryRecord, file: _File, *, stored: bool
) -> dict[str, Any]:
    entries = [one.entry for one in played.read_all() if one.stream != "partnership"]
    return {
        "file": file.origin.name,
        "sha256": file.origin.file,
        "stored": stored,
        "incidents": dict(Counter(str(case.state) for case in scratch.incidents())),
        "escalations": dict(Counter(case.state for case in scratch.escalations())),
        "entries": len(entries),
        "derived": sum(entry.by is None for entry in entries),
        "warnings": [str(one) for one in file.warnings],
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
