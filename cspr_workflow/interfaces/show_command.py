"""One incident or escalation at the command line."""

from rich.console import Console

from cspr_workflow.domain.incident import Incident
from cspr_workflow.interfaces import state_line
from cspr_workflow.interfaces.actions_command import print_lines
from cspr_workflow.interfaces.asking import asking
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.question_options import ReferenceArgument
from cspr_workflow.interfaces.questions.case import SHOW, CaseShown
from cspr_workflow.interfaces.record_words import full_stop
from cspr_workflow.interfaces.story import print_timescales
from cspr_workflow.interfaces.terminal import columns, grid, heading, row, safe

_REFERENCE = 16


def show_command(
    reference: ReferenceArgument, store: StoreOption = None, as_json: AsJson = False
) -> None:
    """One incident or escalation: where it stands, its days, duties and actions, and what is next."""
    with asking(store) as asked:
        found = SHOW.ask(asked, None, reference=reference)
        if as_json:
            asked.echo(SHOW.plain(found, asked))
            return
        out = asked.screen()
        for shown in found:
            _tell(shown, out)


def _tell(shown: CaseShown, out: Console) -> None:
    out.print(safe(f"{shown.reference}  {shown.title}", "bold"))
    out.print(safe(shown.began))
    if shown.brought_in:
        out.print(safe(shown.brought_in))
    out.print()
    for text in state_line.lines(shown.states, min(out.width, state_line.WIDTH)):
        out.print(safe(text), no_wrap=True, overflow="crop")
    _tell_corrections(shown, out)
    _tell_standing(shown, out)
    case = shown.known.case
    if isinstance(case, Incident):
        _tell_incident(shown, case, out)
    else:
        _tell_escalation(shown, out)


def _tell_corrections(shown: CaseShown, out: Console) -> None:
    """Each entry that was corrected, with what is right beside it."""
    if not shown.corrections:
        return
    heading(out, "What was corrected")
    for one in shown.corrections:
        out.print(safe(one.what))
        out.print(safe(f"  {one.told}", "italic"))


def _tell_standing(shown: CaseShown, out: Console) -> None:
    heading(out, "Where it stands")
    out.print(safe(full_stop(shown.standing)))
    for sentence in shown.pending:
        out.print(safe(sentence, "bold"))
    if shown.next:
        out.print(safe(f"Next, if nobody acts: {shown.next}"))
    if shown.holders:
        out.print(safe(shown.holders))


def _tell_escalation(shown: CaseShown, out: Console) -> None:
    heading(out, "The ladder")
    table = grid("  Stage", "Last day", "Entered", "How")
    for one in shown.ladder:
        row(table, f"  {one.stage}", one.last_day, one.entered, one.how)
    out.print(table)
    if shown.duties:
        heading(out, "Duties of the stages reached")
        for duty in shown.duties:
            out.print(safe(f"  {duty.told}", "dim"))
    actions = shown.actions
    heading(out, "The record of agreed actions")
    if actions:
        print_lines(actions, out)
    else:
        out.print(safe("No action is recorded."))


def _tell_incident(shown: CaseShown, case: Incident, out: Console) -> None:
    heading(out, "Its national timescales")
    print_timescales(case, shown.known.teller, out)
    heading(out, "Escalations on it")
    table = columns(_REFERENCE, None)
    for one in shown.escalations:
        row(table, one.reference, safe(one.title, "bold"))
        row(table, "", full_stop(one.standing))
        for sentence in one.pending:
            row(table, "", safe(sentence, "bold"))
    out.print(table if case.escalations else safe("None was raised."))
