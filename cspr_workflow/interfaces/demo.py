"""The invented year that comes with the program: its board of open cases and its agreed actions."""

from collections import Counter

from rich.console import Console

from cspr_workflow.application.play import Played
from cspr_workflow.domain.policy import RESOLVED
from cspr_workflow.interfaces.record_words import full_stop
from cspr_workflow.interfaces.sentences import Teller, counted, words
from cspr_workflow.interfaces.story import print_actions, standing, teller_of, told_due
from cspr_workflow.interfaces.terminal import columns, heading, row, safe
from projections.agreed_actions import agreed_actions
from projections.board import board

YEAR = "a-year.json"
_REFERENCE = 22

NEXT = (
    (
        "cspr why ESC-2026-001 cspr_workflow/examples/a-year.json",
        "why each date and move of one case",
    ),
    (
        "cspr play cspr_workflow/examples/first-escalation.json",
        "one case told from beginning to end",
    ),
    ("cspr calendar deadline --from 2026-12-21 --working-days 10", "count working days"),
    ("cspr policy show", "the written process: clauses, limits, roles"),
    ("cspr --help", "everything else"),
)


def tell(played: Played, out: Console) -> None:
    """What the year came to: the board, the record of agreed actions, and what to type next."""
    teller = teller_of(played)
    out.print(safe(played.case_file.title, "bold"))
    out.print(safe("Everything here is invented: the cases, the people and the agencies.", "dim"))
    out.print(safe(_summary(played)))
    heading(out, f"The board: open escalations on {teller.moment(played.until)}")
    _board(played, teller, out)
    heading(out, "The record of agreed actions")
    print_actions(agreed_actions(played.record.read_all()), out)
    heading(out, "What to type next")
    for command, what in NEXT:
        out.print(safe(f"  ./scripts/{command}"), soft_wrap=True)
        out.print(safe(f"      {what}", "dim"))


def _summary(played: Played) -> str:
    incidents = list(played.workflow.incidents())
    escalations = list(played.workflow.escalations())
    states = Counter(case.state for case in escalations)
    ladder = [*(stage.id for stage in played.case_file.policy.policy.stages), RESOLVED]
    each = ", ".join(f"{states[state]} {words(state)}" for state in ladder if states[state])
    acts = sum(planned.command is not None for planned in played.case_file.acts)
    return (
        f"{counted(acts, 'act')} ({len(played.refused)} refused) on {counted(len(incidents), 'incident')} "
        f"and {counted(len(escalations), 'escalation')}: {each}."
    )


def _board(played: Played, teller: Teller, out: Console) -> None:
    table = columns(_REFERENCE, None)
    for line in board(played.workflow.escalations(), played.workflow.policy):
        case = line.escalation
        row(
            table,
            case.reference,
            safe(f"{case.agency}: {teller.timescale(case.timescale)} at risk", "bold"),
        )
        row(table, "", full_stop(standing(case, teller)))
        next_due = (
            f"{teller.moment(line.due.moment)}: {told_due(line.due, teller, played.workflow)}"
            if line.due
            else "nothing falls due."
        )
        row(table, "", safe(f"Next, if nobody acts: {next_due}", "dim"))
        row(table, "", "")
    out.print(table)
