"""The commands that take over what is newly known of bank holidays into a partnership's calendar."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer
from rich.console import Console

from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.acts import ChangedHoliday, Command, UpdateBankHolidays
from cspr_workflow.interfaces import act_answers
from cspr_workflow.interfaces.act_answers import Move
from cspr_workflow.interfaces.asking import Asking, asking, read_day
from cspr_workflow.interfaces.calendar_show import show_command
from cspr_workflow.interfaces.commands import AsJson, Failed
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.keeping_acts import ByOption, kept
from cspr_workflow.interfaces.newer_holidays import (
    Compared,
    caused_moves,
    compared,
    left_here,
)
from cspr_workflow.interfaces.questions.house import calendar_of
from cspr_workflow.interfaces.record_words import did
from cspr_workflow.interfaces.sentences import dates_in_words, day
from cspr_workflow.interfaces.terminal import grid, heading, row, safe

_BY_HAND = "noted by hand"
DayArgument = Annotated[str, typer.Argument(metavar="DAY", help="The day, as YYYY-MM-DD.")]
PreviewOption = Annotated[
    bool,
    typer.Option(
        "--preview", help="Say what would be recorded and what would move; store nothing."
    ),
]


def add_calendar_keeping(app: typer.Typer) -> None:
    """Add the commands about a partnership's own calendar."""
    app.command("show")(show_command)
    app.command("update")(update)
    app.command("announce")(announce)
    app.command("cancel")(cancel)


def update(
    by: ByOption,
    preview: PreviewOption = False,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Take over what this version of the program knows of bank holidays from today on.

    Bank holidays that the partnership announced or cancelled itself stay as they are and are named.
    Without anything new, nothing is recorded.
    """
    with asking(store) as asked:
        found = compared(asked)
        if found.act is None:
            _nothing_new(found, asked, as_json=as_json)
        else:
            _change(found.act, by, asked, found.left, preview=preview, as_json=as_json)


def announce(
    written: DayArgument,
    name: Annotated[str, typer.Option("--name", help="What the bank holiday is called.")],
    by: ByOption,
    preview: PreviewOption = False,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Note a bank holiday that was announced: it no longer counts as a working day."""
    holiday = ChangedHoliday(_day(written), _name(name))
    with asking(store) as asked:
        act = UpdateBankHolidays(_BY_HAND, calendar_of(asked).known_to, announced=(holiday,))
        _change(act, by, asked, (), preview=preview, as_json=as_json)


def cancel(
    written: DayArgument,
    by: ByOption,
    preview: PreviewOption = False,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Note that a day is no bank holiday any more: it counts as a working day."""
    cancelled = _day(written)
    with asking(store) as asked:
        calendar = calendar_of(asked)
        holiday = ChangedHoliday(cancelled, calendar.bank_holidays.get(cancelled, "-"))
        act = UpdateBankHolidays(_BY_HAND, calendar.known_to, cancelled=(holiday,))
        _change(act, by, asked, (), preview=preview, as_json=as_json)


def _day(written: str) -> date:
    found = read_day("DAY", written)
    assert found is not None
    return found


def _name(written: str) -> str:
    if not written.strip():
        raise Failed("--name: this text may not be empty")
    return written.strip()


def _nothing_new(found: Compared, asked: Asking, *, as_json: bool) -> None:
    if as_json:
        asked.echo({"recorded": [], "left": [one.isoformat() for one in found.left]})
        return
    out = asked.screen()
    out.print(safe("The partnership's bank holidays are up to date; nothing is recorded."))
    _tell_left(found.left, asked, out)


def _change(
    act: UpdateBankHolidays,
    by: str,
    asked: Asking,
    left: Sequence[date],
    *,
    preview: bool,
    as_json: bool,
) -> None:
    run = _previewed if preview else _done
    places = {} if act.source != _BY_HAND else {"announced": "DAY", "cancelled": "DAY"}
    kept(
        asked.desk,
        act,
        by,
        lambda command: run(command, asked, left, as_json=as_json),
        places=places,
        as_json=as_json,
    )


def _done(command: Command, asked: Asking, left: Sequence[date], *, as_json: bool) -> None:
    recorded: Sequence[Recorded] = asked.desk.workflow.do(command, command.occurred)
    if as_json:
        plain = act_answers.plain(recorded, asked.desk)
        asked.echo({"recorded": plain, "left": [one.isoformat() for one in left]})
        return
    out = asked.screen()
    for one in recorded:
        out.print(safe(did(one.entry, asked.teller())))
    out.print(safe("The clock moves the open limits that this concerns when it next runs."))
    _tell_left(left, asked, out)


def _previewed(command: Command, asked: Asking, left: Sequence[date], *, as_json: bool) -> None:
    found = asked.desk.workflow.preview(command, command.occurred)
    changes, moves = found[PARTNERSHIP], list(caused_moves(found, asked))
    if as_json:
        plain = [
            {
                "reference": move.reference,
                "limit": move.limit,
                "before": move.before.isoformat(),
                "after": move.after.isoformat(),
                "cause": cause,
            }
            for move, cause in moves
        ]
        would = [{"type": one.fact.type, "sentence": did(one, asked.teller())} for one in changes]
        told = [one.isoformat() for one in left]
        asked.echo({"recorded": [], "would_record": would, "would_move": plain, "left": told})
        return
    out = asked.screen()
    out.print(safe("This would be recorded; nothing is stored.", "bold"))
    for one in changes:
        out.print(safe(did(one, asked.teller())))
    _tell_moves(moves, out)
    _tell_left(left, asked, out)


def _tell_moves(moves: Sequence[tuple[Move, str]], out: Console) -> None:
    heading(out, "Limits that it would move")
    if not moves:
        out.print(safe("None."))
        return
    table = grid("Case", "Limit", "Last day now", "Last day then", "Because of")
    for move, cause in moves:
        row(
            table,
            move.reference,
            move.called,
            day(move.before),
            day(move.after),
            dates_in_words(cause),
        )
    out.print(table)


def _tell_left(left: Sequence[date], asked: Asking, out: Console) -> None:
    calendar = calendar_of(asked)
    for one in left:
        other = "cancel" if one in calendar.bank_holidays else "announce"
        out.print(
            safe(f"{left_here(one, asked)}: cspr calendar {other} {one} changes it."),
            soft_wrap=True,
        )
