"""The command that says how a store is doing, for people and for monitoring."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import typer

from cspr_workflow import __version__
from cspr_workflow.application.ports import Trouble
from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.interfaces.commands import CANNOT, AsJson
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk
from cspr_workflow.interfaces.partnerships import (
    Missed,
    PartnershipsOption,
    asked_of_all,
    end_with_the_worst,
    named_in,
    say,
    say_plain,
)
from cspr_workflow.interfaces.sentences import counted
from cspr_workflow.interfaces.terminal import columns, console, heading, row, safe
from cspr_workflow.postgres import reporting
from cspr_workflow.store.lasting_record import FORM
from cspr_workflow.store.partnerships import Partnership

RECENT = timedelta(days=30)
BACKUP_DAYS = 7
_WIDTH = 16


def status_command(
    backup_days: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="How many days old the last backup may be; not in a rehearsal."
        ),
    ] = BACKUP_DAYS,
    store: StoreOption = None,
    partnerships: PartnershipsOption = None,
    as_json: AsJson = False,
) -> None:
    """How the store is doing: when the clock last ran, the views, cases set aside, versions, backup.

    Exit status, for monitoring: 0 all is well; 1 something needs a person: the clock has not run for
    too long, a case is set aside, there is no backup or it is too old, or the views cannot be read;
    2 the store cannot be opened. Of several partnerships it is told what needs a person in each, and the
    exit status is the worst.
    """
    if partnerships is not None:
        end_with_the_worst(_of_each(named_in(partnerships, store), backup_days, as_json=as_json))
        return
    with opened_desk(store) as desk:
        status = Status(desk, backup_days)
        needs = list(status.needs())
        if as_json:
            typer.echo(json.dumps(answered(status)))
        else:
            _tell(status, needs)
        if needs:
            raise typer.Exit(CANNOT)


def _of_each(named: Sequence[Partnership], backup_days: int, *, as_json: bool) -> Iterator[int]:
    """Tell how each partnership is doing, and give the exit status that goes with that."""
    answers = asked_of_all(named, lambda desk: answered(Status(desk, backup_days)))
    for one, answer in zip(named, answers, strict=True):
        told: dict[str, Any]
        if isinstance(answer, Missed):
            status, told = answer.status, {"well": False, "needs": [answer.why]}
        else:
            status, told = 0 if answer["well"] else CANNOT, answer
        if as_json:
            say_plain(one, told)
        else:
            for need in told["needs"] or ["All is well."]:
                say(one, need)
        yield status


@dataclass
class Status:
    """How one store is doing. Asking changes nothing, and does not bring the views up to date."""

    desk: Desk
    backup_days: int = BACKUP_DAYS

    def __post_init__(self) -> None:
        self.now = self.desk.now()
        self.heartbeat = self.desk.office.heartbeat
        self.set_aside = self.desk.office.set_aside
        self.backup = self.desk.office.last_backup
        self.allowed = timedelta(minutes=self.desk.office.gap_minutes)
        self.position = self.desk.record.last()[0]
        self.server = _server_version(self.desk)

    @cached_property
    def followed(self) -> int | None:
        """The position that the views have reached, or ``None`` where they cannot be read."""
        try:
            return self.desk.views.position
        except Trouble:
            return None

    @cached_property
    def gaps(self) -> list[ClockStoodStill]:
        """The times of the last 30 days in which the clock did not run."""
        gaps = self.desk.workflow.partnership.gaps
        return [gap for gap in gaps if gap.until > self.now - RECENT]

    def needs(self) -> Iterator[str]:
        """What needs a person, in sentences that say what to do."""
        if self.heartbeat is None:
            yield f"The clock has never run: {self._let_it_run}."
        elif self.now - self.heartbeat.last > self.allowed:
            ago = in_words(self.now - self.heartbeat.last)
            yield f"The clock has not run for {ago}: {self._let_it_run}."
        for one in self.set_aside:
            reference = one.stream.partition(":")[2]
            since = self.desk.teller.moment(one.since)
            yield f"{reference} is set aside by the clock since {since}: {one.why}"
        if not self.desk.rehearsal:
            yield from self._backup_needed()
        if self.followed is None:
            what = (
                "the server and the rights that cspr migrate gives"
                if self.server
                else "the disk and the permissions of the store's folder"
            )
            yield f"The views cannot be read: see to {what}, then run cspr rebuild."

    def _backup_needed(self) -> Iterator[str]:
        """That there is no backup, or that the last one is too old; nothing in a rehearsal is real."""
        if self.backup is None:
            yield (
                f"There is no backup yet: if {self._computer} is lost, so is everything recorded. Have one "
                "made every day with cspr backup TO --keys TO2."
            )
        elif self.now - self.backup > timedelta(days=self.backup_days):
            yield (
                f"The last backup is {in_words(self.now - self.backup)} old: if {self._computer} is lost, "
                "so is everything recorded since. Make one with cspr backup TO --keys TO2, and see why "
                "none is made every day."
            )

    @property
    def _computer(self) -> str:
        return "the server" if self.server else "this computer"

    @property
    def _let_it_run(self) -> str:
        if self.desk.rehearsal:
            return "let time pass with cspr tick"
        return "see that the system's scheduler calls cspr tick every few minutes"

    def plain(self) -> dict[str, Any]:
        """Everything as plain data."""
        beat, backup = self.heartbeat, self.backup
        rules = self.desk.workflow.partnership.rules(self.desk.policy)
        return {
            "store": self.desk.place,
            "rehearsal": self.desk.rehearsal,
            "now": self.now.isoformat(),
            "last_tick": beat.last.isoformat() if beat else None,
            "minutes_since": (self.now - beat.last) // timedelta(minutes=1) if beat else None,
            "gap_minutes": self.desk.office.gap_minutes,
            "gaps": [
                {"since": g.since.isoformat(), "until": g.until.isoformat()} for g in self.gaps
            ],
            "entries": self.position,
            "views_behind": None if self.followed is None else self.position - self.followed,
            "set_aside": [
                {"stream": one.stream, "since": one.since.isoformat(), "why": one.why}
                for one in self.set_aside
            ],
            "program": __version__,
            "policy": self.desk.policy.label,
            "calendar": rules.calendar.version,
            "known_to": rules.calendar.known_to,
            "form": FORM,
            "server": self.server,
            "last_backup": backup.isoformat() if backup else None,
            "backup_days": self.backup_days,
        }


def _server_version(desk: Desk) -> str | None:
    """The version of the PostgreSQL server that a store is on; ``None`` where it is in a folder."""
    server = desk.store.views
    if isinstance(server, Path):
        return None
    with reporting(server):
        return server.mine().info.parameter_status("server_version")


def answered(status: Status) -> dict[str, Any]:
    """How a store is doing, as plain data: whether all is well, what needs a person, and the rest."""
    needs = list(status.needs())
    return {"well": not needs, "needs": needs, **status.plain()}


def _tell(status: Status, needs: list[str]) -> None:
    out = console()
    table = columns(_WIDTH, None)
    for what, told in lines(status):
        row(table, what, told)
    out.print(table)
    if not needs:
        out.print(safe("All is well."))
        return
    heading(out, "This needs a person")
    for need in needs:
        out.print(safe(need), soft_wrap=True)


def lines(status: Status) -> Iterator[tuple[str, str]]:
    """How a store is doing: what is told, and how it is."""
    desk, teller = status.desk, status.desk.teller
    plain = status.plain()
    kind = "a rehearsal" if desk.rehearsal else "lasting"
    yield "Store", f"{desk.place}, {kind}, form {FORM}"
    if status.server:
        yield "Server", f"PostgreSQL {status.server}"
    beat = status.heartbeat
    yield (
        "Clock",
        f"last ran {teller.moment(beat.last)}, {_ago(status.now - beat.last)}"
        if beat
        else "has never run",
    )
    yield "A gap", f"is noted after {in_words(status.allowed)} without the clock"
    told = [f"{teller.moment(gap.since)} to {teller.moment(gap.until)}" for gap in status.gaps]
    yield "Gaps, 30 days", "; ".join(told) or "none"
    yield "Record", f"{status.position} entries"
    yield "Views", _views(status)
    yield "Set aside", counted(len(status.set_aside), "case")
    yield "Program", __version__
    yield "Policy", desk.policy.label
    known = f"bank holidays officially known to {plain['known_to']}"
    yield "Calendar", f"version {plain['calendar']}, {known}"
    yield "Last backup", _last_backup(status)


def _last_backup(status: Status) -> str:
    if status.backup is None:
        return "none that was noted"
    return f"{status.desk.teller.moment(status.backup)}, {_ago(status.now - status.backup)}"


def _views(status: Status) -> str:
    if status.followed is None:
        return "cannot be read"
    if not status.followed and status.position:
        return "to be built; the next question does it"
    behind = status.position - status.followed
    return f"{behind} behind the record; the next question catches up" if behind else "up to date"


def _ago(passed: timedelta) -> str:
    if passed < timedelta():
        return f"{in_words(-passed)} from now (the system's clock was set back)"
    return f"{in_words(passed)} ago"


def in_words(passed: timedelta) -> str:
    """A stretch of time in the one unit that suits it, such as ``3 hours``."""
    minutes = passed // timedelta(minutes=1)
    if minutes < 120:
        return counted(minutes, "minute")
    if minutes < 48 * 60:
        return counted(minutes // 60, "hour")
    return counted(minutes // (24 * 60), "day")
