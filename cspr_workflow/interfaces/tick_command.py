"""The command that lets time pass: once, or again and again where nothing else calls it.

Where a deployment has several partnerships, any number of ticks share the work: each takes one partnership
at a time, the one that has waited longest first, and leaves alone those at which another one is.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cspr_workflow.application.ports import Recorded, Trouble
from cspr_workflow.application.tick import Ticked, tick
from cspr_workflow.interfaces.act_answers import plain
from cspr_workflow.interfaces.commands import CANNOT, AsJson, Failed
from cspr_workflow.interfaces.desk import Desk, StoreOption, opened_desk
from cspr_workflow.interfaces.partnerships import (
    Missed,
    PartnershipsOption,
    asked_of_all,
    done_at,
    end_with_the_worst,
    named_in,
    say,
    say_missed,
    say_plain,
)
from cspr_workflow.interfaces.progress import shown_progress
from cspr_workflow.interfaces.record_words import did
from cspr_workflow.interfaces.terminal import columns, console, row, safe
from cspr_workflow.store.office import Heartbeat
from cspr_workflow.store.partnerships import Partnership
from cspr_workflow.store.turns import turn

_WHEN = 22
_NEVER = datetime.min.replace(tzinfo=UTC)
_sleep = time.sleep


def tick_command(
    watch: Annotated[
        int | None,
        typer.Option(
            "--watch",
            min=1,
            metavar="SECONDS",
            help="Go on, once every so many seconds, until you stop it (Ctrl+C).",
        ),
    ] = None,
    store: StoreOption = None,
    partnerships: PartnershipsOption = None,
    as_json: AsJson = False,
) -> None:
    """Let time pass: record everything that has fallen due, in every case.

    To be run every few minutes by the system's scheduler, or with --watch where there is none. A case
    that cannot be handled is set aside and stops nobody else. Of several partnerships none stops another,
    and one at which another tick is just now is left to that. Exit status: 0 all went well, 1 a case
    was set aside or the store could not be written to, 2 there is no store that can be opened; of several
    partnerships, the worst.
    """
    watching = watch is not None
    if partnerships is not None:
        named = named_in(partnerships, store)
        status = _again(watch, lambda: _all_once(named, as_json=as_json, quiet=watching))
    else:
        with opened_desk(store) as desk:
            one_round = _watched if watching else once
            status = _again(watch, lambda: CANNOT if one_round(desk, as_json=as_json) else 0)
    end_with_the_worst([status])


def _again(watch: int | None, one_round: Callable[[], int]) -> int:
    """Once, or again and again until somebody stops it: the exit status of the last round."""
    status = one_round()
    while watch is not None:
        try:
            _sleep(watch)
        except KeyboardInterrupt:
            break
        status = one_round()
    return status


def _watched(desk: Desk, *, as_json: bool) -> bool:
    """A round of several: trouble with the store is told, and the next one tries again."""
    try:
        return once(desk, as_json=as_json, quiet=True)
    except Trouble as trouble:
        Failed(str(trouble))
        return True


def once(
    desk: Desk, of: Partnership | None = None, *, as_json: bool = False, quiet: bool = False
) -> bool:
    """Let time pass and tell it: whether a case was set aside.

    ``of`` is which of several partnerships it is; ``quiet`` tells nothing where nothing has happened.
    Raises :class:`Trouble` where the store cannot be used.
    """
    now = desk.now()
    recorded: list[Recorded] = []
    with shown_progress("Letting time pass") as progress:
        ticked = tick(desk.workflow, desk.views, desk.office, now, progress, recorded.extend)
    if not as_json:
        _tell(ticked, recorded, desk, f"{of.name}: " if of else "", quiet=quiet)
    elif of is not None:
        say_plain(of, _plain(ticked, recorded, desk, now.isoformat()))
    else:
        typer.echo(json.dumps(_plain(ticked, recorded, desk, now.isoformat())))
    return bool(ticked.set_aside)


# --- Several partnerships ------------------------------------------------------------------------


def _all_once(named: Sequence[Partnership], *, as_json: bool, quiet: bool) -> int:
    """Let time pass in every partnership: the worst exit status."""
    statuses = []
    for one, seen in _longest_waiting_first(named):
        in_turn = _in_turn(one, seen, as_json=as_json, quiet=quiet)
        found = done_at(one, in_turn)
        if isinstance(found, Missed):
            found = say_missed(one, found, as_json=as_json)
        statuses.append(found)
    return max(statuses)


def _longest_waiting_first(
    named: Sequence[Partnership],
) -> list[tuple[Partnership, Heartbeat | Missed | None]]:
    """The partnerships, each with when the clock last ran there; those that do not answer come last."""
    beats = asked_of_all(named, lambda desk: desk.office.heartbeat)

    def waits(beat: Heartbeat | Missed | None) -> tuple[bool, datetime]:
        last = beat.last if isinstance(beat, Heartbeat) else _NEVER
        return isinstance(beat, Missed), last

    return sorted(zip(named, beats, strict=True), key=lambda pair: waits(pair[1]))


def _in_turn(
    one: Partnership, seen: Heartbeat | Missed | None, *, as_json: bool, quiet: bool
) -> Callable[[Desk], int]:
    """Lets time pass at a desk, unless another tick is there or has been since the clock was ``seen``."""

    def let_pass(desk: Desk) -> int:
        with turn(desk.store) as mine:
            if not mine:
                return _leave(one, "another tick is there just now", as_json=as_json)
            if not isinstance(seen, Missed) and desk.office.heartbeat != seen:
                return _leave(one, "another tick has just been there", as_json=as_json)
            return CANNOT if once(desk, one, as_json=as_json, quiet=quiet) else 0

    return let_pass


def _leave(one: Partnership, why: str, *, as_json: bool) -> int:
    if as_json:
        say_plain(one, {"left_to_another": why})
    else:
        say(one, f"left alone, {why}.")
    return 0


# --- Telling -------------------------------------------------------------------------------------


def _plain(ticked: Ticked, recorded: Sequence[Recorded], desk: Desk, now: str) -> dict[str, Any]:
    gap = ticked.gap
    return {
        "now": now,
        "looked_at": ticked.looked_at,
        "recorded": plain(recorded, desk),
        "set_aside": [{"stream": stream, "why": why} for stream, why in ticked.set_aside],
        "gap": {"since": gap.since.isoformat(), "until": gap.until.isoformat()} if gap else None,
    }


def _tell(
    ticked: Ticked, recorded: Sequence[Recorded], desk: Desk, where: str, *, quiet: bool
) -> None:
    """``where`` says of which partnership each line is, where there are several."""
    out, teller = console(), desk.teller
    if ticked.gap is not None:
        out.print(safe(f"{where}The clock {teller.sentence(_gap_entry(ticked, desk))}."))
    table = columns(_WHEN, None)
    for one in recorded:
        row(table, teller.moment(one.entry.occurred), where + _told(desk.opened(one), desk))
    if recorded:
        out.print(table)
    if recorded or not (quiet or ticked.set_aside):
        out.print(safe(where + _how_many(len(recorded))))
    for stream, why in ticked.set_aside:
        console(stderr=True).print(
            safe(
                f"{where}{stream.partition(':')[2]} is set aside: {why}. The next tick tries it again."
            ),
            soft_wrap=True,
        )


def _how_many(entries: int) -> str:
    if not entries:
        return "Nothing has fallen due."
    return "One entry recorded." if entries == 1 else f"{entries} entries recorded."


def _told(one: Recorded, desk: Desk) -> str:
    teller = desk.teller_for(one.entry.policy)
    reference = one.stream.partition(":")[2]
    return f"[{reference}] {did(one.entry, teller)}"


def _gap_entry(ticked: Ticked, desk: Desk) -> Any:
    lines = desk.lines("partnership")
    return next(one.entry for one in reversed(lines) if one.entry.fact == ticked.gap)
