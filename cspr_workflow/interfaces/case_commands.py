"""The commands that answer questions about the cases of a lasting store. Asking writes nothing."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from cspr_workflow.interfaces import forecast, replay, why
from cspr_workflow.interfaces.actions_command import actions_command
from cspr_workflow.interfaces.as_at_command import as_at_command
from cspr_workflow.interfaces.asking import (
    Asking,
    Known,
    ReferenceArgument,
    asking,
    plain_pending,
    told_pending,
)
from cspr_workflow.interfaces.board_command import board_command
from cspr_workflow.interfaces.commands import AsJson, Failed
from cspr_workflow.interfaces.correct_command import correct_command
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.history_command import history_command
from cspr_workflow.interfaces.show_command import show_command
from cspr_workflow.interfaces.terminal import console, heading, safe
from cspr_workflow.interfaces.timeliness_command import timeliness_command


def add_case_commands(app: typer.Typer) -> None:
    """Add the commands that answer questions about cases, and the one that corrects an entry."""
    app.command("board")(board_command)
    app.command("show")(show_command)
    app.command("actions")(actions_command)
    app.command("history")(history_command)
    app.command("as-at")(as_at_command)
    app.command("replay")(replay_command)
    app.command("forecast")(forecast_command)
    app.command("timeliness")(timeliness_command)
    app.command("correct")(correct_command)


def replay_command(
    reference: ReferenceArgument, store: StoreOption = None, as_json: AsJson = False
) -> None:
    """One case step by step: what was recorded, what changed with it, both sides' records.

    At a terminal you go through the steps; elsewhere they come one after the other.
    """
    with asking(store) as asked:
        found = asked.cases(reference)
        if as_json:
            asked.echo({"cases": [_plain_replay(known) for known in found]})
            return
        for known in found:
            replay.show(known.recorded, known.policy, known.teller, False, mark=asked.mark)
        _tell_pending(found, console())


def _plain_replay(known: Known) -> dict[str, Any]:
    return {
        "reference": known.case.reference,
        "steps": replay.plain(replay.steps(known.recorded, known.policy, known.teller)),
        "not_yet_recorded": plain_pending(known),
    }


def forecast_command(
    reference: ReferenceArgument, store: StoreOption = None, as_json: AsJson = False
) -> None:
    """What the clock will do in a case if nobody acts: when, under which clause, who could stop it."""
    with asking(store) as asked:
        found = asked.cases(reference)
        if as_json:
            asked.echo({"cases": [_plain_forecast(known) for known in found]})
            return
        out = asked.screen()
        for known in found:
            forecast.show(known.case, known.rules, known.teller, False, now=asked.now, out=out)


def _plain_forecast(known: Known) -> dict[str, Any]:
    ahead = forecast.ahead(known.case, known.rules)
    return {
        **forecast.plain(known.case, ahead, known.teller),
        "not_yet_recorded": plain_pending(known),
    }


# --- Why -------------------------------------------------------------------------------------


def why_in_store(reference: str, store: Path | None, *, as_json: bool) -> None:
    """Explain each date and each move of one case of a store, or tell the history of one action."""
    with asking(store) as asked:
        found = asked.find(reference)
        if found:
            _why_case(reference, found, asked, as_json=as_json)
            return
        action = why.actions_of(asked, reference)
        if action is None:
            raise Failed(
                f"{reference}: there is no incident, escalation or action of this reference. "
                "cspr board --all lists the cases, cspr actions the actions."
            )
        teller = asked.teller(action.entries[0].policy)
        if as_json:
            history = why.plain_action(action, teller)
            asked.echo({"reference": reference, "state": action.action.state, "history": history})
        else:
            why.tell_action(action, teller, asked.screen())


def _why_case(reference: str, found: list[Known], asked: Asking, *, as_json: bool) -> None:
    teller = found[0].teller
    reasons = why.reasons(asked, teller, reference) or []
    if as_json:
        pending = [one for known in found for one in plain_pending(known)]
        told = why.plain(reasons, teller)
        asked.echo({"reference": reference, "reasons": told, "not_yet_recorded": pending})
        return
    out = asked.screen()
    why.tell(reasons, teller, reference, out)
    _tell_pending(found, out)


def _tell_pending(found: list[Known], out: Console) -> None:
    """What has fallen due and has no entry yet."""
    told = [told_pending(entry, known.teller) for known in found for entry in known.pending]
    if told:
        heading(out, "Fallen due and not yet recorded")
    for sentence in told:
        out.print(safe(sentence))
