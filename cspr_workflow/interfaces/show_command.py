"""One incident or escalation: where it stands, its ladder, its duties, its actions, and what is next."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console

from cspr_workflow.application.handle import escalation_stream
from cspr_workflow.application.outcome import escalation_outcome, incident_outcome
from cspr_workflow.domain.calendar import ONE_DAY, Deadline
from cspr_workflow.domain.entries import CLOCK
from cspr_workflow.domain.escalation import Escalation, StageEntry
from cspr_workflow.domain.escalation_facts import Raised
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.policy import Kind
from cspr_workflow.interfaces import replay, state_line
from cspr_workflow.interfaces.actions_command import plain_row, print_rows, rows
from cspr_workflow.interfaces.asking import Asking, Known, ReferenceArgument, asking, told_pending
from cspr_workflow.interfaces.board_command import plain_case, title, told_holders
from cspr_workflow.interfaces.commands import AsJson
from cspr_workflow.interfaces.desk import StoreOption
from cspr_workflow.interfaces.record_words import brought_in, did, full_stop
from cspr_workflow.interfaces.sentences import day, words
from cspr_workflow.interfaces.story import print_duties, print_timescales, standing
from cspr_workflow.interfaces.terminal import columns, grid, heading, row, safe
from projections.agreed_actions import Asked
from projections.duties import DutyDone, duties

_REFERENCE = 16


def show_command(
    reference: ReferenceArgument, store: StoreOption = None, as_json: AsJson = False
) -> None:
    """One incident or escalation: where it stands, its days, duties and actions, and what is next."""
    with asking(store) as asked:
        found = asked.cases(reference)
        if as_json:
            asked.echo({"cases": [_plain(known, asked) for known in found]})
            return
        out = asked.screen()
        for known in found:
            _tell(known, asked, out)


# --- For people ------------------------------------------------------------------------------


def _tell(known: Known, asked: Asking, out: Console) -> None:
    case, first = known.case, known.entries[0]
    out.print(safe(f"{case.reference}  {title(known)}", "bold"))
    out.print(safe(f"{known.teller.moment(first.occurred)}: {did(first, known.teller)}"))
    if origin := brought_in(first, known.teller):
        out.print(safe(origin))
    out.print()
    line = replay.steps(known.recorded, known.policy, known.teller)[-1].states
    for text in state_line.lines(line, min(out.width, state_line.WIDTH)):
        out.print(safe(text), no_wrap=True, overflow="crop")
    _tell_standing(known, asked, out)
    if isinstance(case, Escalation):
        _tell_escalation(known, case, asked, out)
    else:
        _tell_incident(known, case, asked, out)


def _tell_standing(known: Known, asked: Asking, out: Console) -> None:
    heading(out, "Where it stands")
    out.print(safe(full_stop(standing(known.case, known.teller))))
    for entry in known.pending:
        out.print(safe(told_pending(entry, known.teller), "bold"))
    if known.due or not known.has_ended:
        out.print(safe(f"Next, if nobody acts: {asked.told_next(known)}"))
    if holders := told_holders(known):
        out.print(safe(holders))


def _tell_escalation(known: Known, case: Escalation, asked: Asking, out: Console) -> None:
    heading(out, "The ladder")
    table = grid("  Stage", "Last day", "Entered", "How")
    for cells in _ladder(known, case, asked):
        row(table, *cells)
    out.print(table)
    if found := _duties(known, case):
        heading(out, "Duties of the stages reached")
        print_duties(found, known.teller, out)
    actions = list(rows(Asked(escalation=case.reference), asked))
    heading(out, "The record of agreed actions")
    if actions:
        print_rows(actions, asked, out)
    else:
        out.print(safe("No action is recorded."))


def _ladder(known: Known, case: Escalation, asked: Asking) -> Iterator[tuple[str, str, str, str]]:
    """Each stage with its last day, when it was entered and how, once for every time."""
    for id, limit in case.limits.items():
        stage = known.policy.stage(id)
        last_day = _last_day(limit, opens=stage.kind is Kind.DISCUSSION)
        entered = [_entered(entry, asked) for entry in case.stages if entry.stage == id]
        for when, how in entered or [("not entered", "")]:
            yield f"  {stage.name}", last_day, when, how
        if case.follow_on and id == case.stage:
            yield "  follow-on limit", _last_day(case.follow_on), "", ""


def _last_day(limit: Deadline, *, opens: bool = False) -> str:
    """A limit's last day; a discussion lasts until the day after it opens."""
    told = f"until {day(limit.last_day + ONE_DAY)} opens" if opens else day(limit.last_day)
    return f"{told} (provisional)" if limit.derivation.provisional else told


def _entered(entry: StageEntry, asked: Asking) -> tuple[str, str]:
    """When a stage was entered, and by whom and why."""
    who = "the clock" if entry.by == CLOCK else asked.name(entry.by)
    why = f": {words(entry.reason)}" if entry.reason else ""
    return asked.teller().moment(entry.entered), f"{who}{why}"


def _duties(known: Known, case: Escalation) -> list[DutyDone]:
    return duties(known.entries, case.stages[0].stage, known.policy)


def _tell_incident(known: Known, case: Incident, asked: Asking, out: Console) -> None:
    heading(out, "Its national timescales")
    print_timescales(case, known.teller, out)
    heading(out, "Escalations on it")
    table = columns(_REFERENCE, None)
    for one in _escalations(case, asked):
        row(table, one.case.reference, safe(title(one), "bold"))
        row(table, "", full_stop(standing(one.case, one.teller)))
        for entry in one.pending:
            row(table, "", safe(told_pending(entry, one.teller), "bold"))
    out.print(table if case.escalations else safe("None was raised."))


def _escalations(case: Incident, asked: Asking) -> Iterator[Known]:
    for noted in case.escalations:
        yield asked.known(escalation_stream(noted.escalation))


# --- For other programs ----------------------------------------------------------------------


def _plain(known: Known, asked: Asking) -> dict[str, Any]:
    case = known.case
    plain = plain_case(known, asked)
    if not isinstance(case, Escalation):
        references = [noted.escalation for noted in case.escalations]
        outcome = incident_outcome(case, known.policy)
        return {**plain, "outcome": outcome, "escalations": references}
    raised = known.entries[0].fact
    assert isinstance(raised, Raised)
    return {
        **plain,
        "raised": asked.local(case.raised),
        "concern": raised.concern,
        "outcome": escalation_outcome(case, known.policy),
        "duties": [
            {
                "stage": one.stage.id,
                "clause": one.duty.clause,
                "name": one.duty.name,
                "done": asked.local(one.done) if one.done else None,
            }
            for one in _duties(known, case)
        ],
        "actions": [
            plain_row(row, asked) for _, row in rows(Asked(escalation=case.reference), asked)
        ],
    }
