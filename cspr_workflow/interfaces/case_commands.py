"""The commands that answer questions about the cases of a lasting store. Asking writes nothing."""

from collections.abc import Iterable

import typer
from rich.console import Console

from cspr_workflow.interfaces import forecast, replay, why
from cspr_workflow.interfaces.actions_command import actions_command
from cspr_workflow.interfaces.as_at_command import as_at_command
from cspr_workflow.interfaces.asking import Known, asking
from cspr_workflow.interfaces.board_command import board_command
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.correct_command import correct_command
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.fallen_due import told_pending
from cspr_workflow.interfaces.history_command import history_command
from cspr_workflow.interfaces.question_options import ReferenceArgument
from cspr_workflow.interfaces.questions.steps import FORECAST, REPLAY, WHY, ActionExplained
from cspr_workflow.interfaces.show_command import show_command
from cspr_workflow.interfaces.terminal import console, heading, safe
from cspr_workflow.interfaces.timeliness_command import timeliness_command
from cspr_workflow.store.stores import Place


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
        found = REPLAY.ask(asked, None, reference=reference)
        if as_json:
            asked.echo(REPLAY.plain(found, asked))
            return
        for one in found:
            replay.show(one.steps, mark=asked.mark)
        _tell_pending((one.known for one in found), console())


def forecast_command(
    reference: ReferenceArgument, store: StoreOption = None, as_json: AsJson = False
) -> None:
    """What the clock will do in a case if nobody acts: when, under which clause, who could stop it."""
    with asking(store) as asked:
        found = FORECAST.ask(asked, None, reference=reference)
        if as_json:
            asked.echo(FORECAST.plain(found, asked))
            return
        out = asked.screen()
        for one in found:
            forecast.tell(one.known.case, one.ahead, one.known.teller, out, asked.now)


def why_in_store(reference: str, store: Place | None, *, as_json: bool) -> None:
    """Explain each date and each move of one case of a store, or tell the history of one action."""
    with asking(store) as asked:
        found = WHY.ask(asked, None, reference=reference)
        if as_json:
            asked.echo(WHY.plain(found, asked))
            return
        out = asked.screen()
        if isinstance(found, ActionExplained):
            why.tell_action(found.record, found.teller, out, found.corrections)
            return
        why.tell(found.reasons, found.teller, reference, out)
        _tell_pending(found.cases, out)


def _tell_pending(found: Iterable[Known], out: Console) -> None:
    """What has fallen due and has no entry yet."""
    told = [told_pending(entry, known.teller) for known in found for entry in known.pending]
    if told:
        heading(out, "Fallen due and not yet recorded")
    for sentence in told:
        out.print(safe(sentence))
