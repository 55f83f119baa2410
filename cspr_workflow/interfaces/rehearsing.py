"""Playing a case file into a rehearsal's lasting store, and reading its outcome from the views."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from cspr_workflow.application.casefile import CaseFile
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.opened import OpenedRecord
from cspr_workflow.application.outcome import refusals
from cspr_workflow.application.play import Played, play
from cspr_workflow.domain.texts import opened_data
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store import bank_holidays, stores
from projections import standings
from projections.due_items import MemoryIndex
from projections.runner import Views


def stores_for(case_files: Sequence[CaseFile], below: Path) -> list[Path]:
    """Where each case file is played to: a new folder by the file's name, numbered where it is taken.

    The names can be carried to other computers: they differ in more than capitals.
    """
    taken = {path.name.casefold() for path in below.iterdir()} if below.is_dir() else set()
    places = []
    for case_file in case_files:
        stem = _ELSEWHERE_IMPOSSIBLE.sub("-", Path(case_file.source).stem).strip(". ") or "case"
        if _RESERVED_ELSEWHERE.fullmatch(stem):
            stem = f"case-{stem}"
        names = chain([stem], (f"{stem}-{number}" for number in count(2)))
        name = next(name for name in names if name.casefold() not in taken)
        taken.add(name.casefold())
        places.append(below / name)
    return places


_RESERVED_ELSEWHERE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_ELSEWHERE_IMPOSSIBLE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


@contextmanager
def played_into(
    case_file: CaseFile, folder: Path, until: datetime | None
) -> Iterator[tuple[Played, Desk]]:
    """Play a case file into a new rehearsal store, whose clock then stands where the play ended.

    Raises ``Trouble`` where the folder holds something already.
    """
    stores.make(folder, rehearsal=True)
    with closing(Desk(stores.open_store(folder))) as desk:
        yield _play(case_file, desk, until), desk


def _play(case_file: CaseFile, desk: Desk, until: datetime | None) -> Played:
    desk.office.name(case_file.names)
    holidays = bank_holidays.of(case_file.policy.policy.bank_holidays)
    store = desk.record.about["store"]
    views = Views(desk.place_of_views, desk.record, case_file.policy.book, store)
    played = play(case_file, desk.record, views, holidays, until)
    views.close()
    desk.office.set_clock(played.until)
    desk.office.beat(played.until, gap=True)  # time has passed up to here
    record, book = OpenedRecord(desk.record), case_file.policy.book
    workflow = Workflow(record, MemoryIndex.over(record, book), book)
    return replace(played, record=record, workflow=workflow)


def outcome_from_views(played: Played, desk: Desk) -> dict[str, Any]:
    """The outcome as the views tell it; what was refused left no trace in them."""
    told: dict[str, Any] = {"incidents": {}, "escalations": {}}
    for one in standings.present(desk.views.database):
        told[f"{one.kind}s"][one.reference] = opened_data(one.standing, desk.record.opened)
    return {**told, "refused": refusals(played.refused)}
