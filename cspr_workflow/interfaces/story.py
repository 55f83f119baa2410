"""A case told as a short story: what happened, where it stands, what falls due next, what was agreed."""

from collections.abc import Iterable, Iterator, Mapping

from rich.console import Console

from cspr_workflow.application.handle import Workflow, escalation_stream
from cspr_workflow.application.outcome import limit_state
from cspr_workflow.application.play import Played
from cspr_workflow.domain import partnership
from cspr_workflow.domain.actions import Action, ActionState
from cspr_workflow.domain.clock import Case, Due, next_due
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.escalation_facts import LimitPassed, Raised, StageEntered
from cspr_workflow.domain.incident import (
    EscalationNoted,
    Incident,
    TimescaleMet,
    TimescalePassed,
    TimescaleStarted,
    TimescaleState,
)
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.policy import Kind
from cspr_workflow.interfaces.record_words import did, does
from cspr_workflow.interfaces.sentences import Teller, dates_in_words, day, listed, words
from cspr_workflow.interfaces.terminal import columns, grid, heading, row, safe
from cspr_workflow.interfaces.ways import waiting
from projections.agreed_actions import ActionRecord, agreed_actions
from projections.chronology import Line, by_stream, chronology
from projections.duties import DutyDone, duties

_NOT_TOLD = (
    partnership.PolicyAdopted,
    partnership.CalendarAdopted,
    partnership.PersonJoined,
    EscalationNoted,
)
"""What every story begins with, and what the escalation's own record tells already."""
_WHEN = 22


def tell(played: Played, out: Console) -> None:
    """The whole story of a played case file."""
    teller = teller_of(played)
    policy = played.case_file.policy.policy
    out.print(safe(played.case_file.title, "bold"))
    out.print(
        safe(
            f"{played.case_file.source} · policy {policy.label} · played up to {teller.moment(played.until)}",
            "dim",
        )
    )
    record = list(played.record.read_all())
    lines = chronology(record)
    _what_happened(lines, teller, out)
    _where_it_stands(played, lines, teller, out)
    _what_is_next(played, teller, out)
    if records := agreed_actions(record):
        heading(out, "The record of agreed actions")
        print_actions(records, out)
    if played.refused:
        heading(out, "Refused (acts are counted from 0, as programs do)")
        _refused(played, out)
    _notices(played, out)


def teller_of(played: Played) -> Teller:
    """The words and names of a played case file."""
    return Teller(played.case_file.policy.policy, played.case_file.names)


def _what_happened(lines: list[Line], teller: Teller, out: Console) -> None:
    heading(out, "What happened")
    table = columns(_WHEN, None)
    for line in sorted(lines, key=lambda line: (line.entry.occurred, line.position)):
        if isinstance(line.entry.fact, _NOT_TOLD):
            continue
        if isinstance(line.entry.fact, TimescaleStarted | TimescaleMet):
            row(table, "", safe(f"{teller.sentence(line.entry)}.", "italic"))
        else:
            row(
                table, teller.moment(line.entry.occurred), _told(line.reference, line.entry, teller)
            )
        for note in _notes(line.entry, teller):
            row(table, "", safe(note, "dim"))
    out.print(table)


def _told(reference: str, entry: Entry, teller: Teller) -> str:
    about_it = f"[{reference}] " if reference else ""
    return f"{about_it}{did(entry, teller)}"


def _notes(entry: Entry, teller: Teller) -> Iterator[str]:
    fact = entry.fact
    if isinstance(fact, Raised):
        for limit in fact.limits:
            text = teller.limit(limit.stage, limit.deadline)
            yield f"{limit.deadline.derivation.clause} {teller.stage(limit.stage)}: {text}"
    elif isinstance(fact, TimescaleStarted):
        yield teller.derivation(fact.deadline)
    elif isinstance(fact, StageEntered | LimitPassed | TimescalePassed) and entry.by is None:
        yield teller.clause(entry.clause)
        if fact.due:
            yield teller.limit(_left(fact, teller), fact.due)
    if isinstance(fact, StageEntered) and fact.follow_on:
        yield teller.limit(fact.stage, fact.follow_on)
    if entry.recorded != entry.occurred:
        yield f"Recorded {teller.moment(entry.recorded)}."


def _left(fact: StageEntered | LimitPassed | TimescalePassed, teller: Teller) -> str:
    """The stage whose limit bit; empty for a timescale."""
    if isinstance(fact, TimescalePassed):
        return ""
    before = teller.policy.before(fact.stage) if isinstance(fact, StageEntered) else None
    return before.id if before else fact.stage


def _where_it_stands(played: Played, lines: list[Line], teller: Teller, out: Console) -> None:
    heading(out, "Where it stands")
    for case in played.workflow.incidents():
        _incident(case, teller, out)
    streams = by_stream(lines)
    for escalation in played.workflow.escalations():
        entries = [line.entry for line in streams[escalation_stream(escalation.reference)]]
        _escalation(escalation, entries, teller, out)


def _incident(case: Incident, teller: Teller, out: Console) -> None:
    out.print(safe(f"{case.reference}: {words(case.state)}"))
    print_timescales(case, teller, out)


def print_timescales(case: Incident, teller: Teller, out: Console) -> None:
    """An incident's timescales as they stand."""
    table = grid("  Timescale", "State", "Last day", "Met on")
    for name, *cells in timescale_rows(case, teller):
        row(table, f"  {name}", *cells)
    out.print(table)


def timescale_rows(case: Incident, teller: Teller) -> Iterator[tuple[str, str, str, str]]:
    """Each timescale of an incident: its clause and name, its state, its last day, when it was met."""
    for timescale in teller.policy.timescales:
        running = case.timescale(timescale.id)
        yield (
            f"{timescale.clause} {timescale.name}",
            words(running.state),
            day(running.deadline.last_day) if running.deadline else "",
            day(running.met_on) if running.met_on else "",
        )


def _escalation(case: Escalation, entries: list[Entry], teller: Teller, out: Console) -> None:
    out.print(safe(f"{case.reference}: {standing(case, teller)}"))
    days = [
        f"{teller.stage(stage)} {day(limit.last_day)}"
        for stage, limit in case.limits.items()
        if teller.policy.stage(stage).kind is not Kind.DISCUSSION
    ]
    out.print(safe(f"  Last days: {', '.join(days)}", "dim"))
    print_duties(duties(entries, case.stages[0].stage, teller.policy), teller, out)


def print_duties(found: Iterable[DutyDone], teller: Teller, out: Console) -> None:
    """The duties of the stages that were reached, each done or not done."""
    for duty in found:
        out.print(safe(f"  {told_duty(duty, teller)}", "dim"))


def told_duty(duty: DutyDone, teller: Teller) -> str:
    """A duty with its clause, and when it was done or that it was not."""
    done = f"done {teller.moment(duty.done)}" if duty.done else "not done"
    return f"{duty.duty.clause} {duty.duty.name}: {done}"


def standing(case: Case, teller: Teller) -> str:
    """Where an escalation or an incident stands, in a sentence without its full stop."""
    if isinstance(case, Incident):
        return "; ".join(_review(case, teller))
    if case.ending:
        return f"resolved on {teller.moment(case.ending.occurred)}: {case.ending.outcome}"
    stage, waits = teller.policy.stage(case.stage), waiting(case, teller.policy)
    text = f"{stage.name} since {teller.moment(case.entered)}"
    if stage.kind is not Kind.DISCUSSION:
        kind = "follow-on limit" if case.follow_on else "limit"
        text += f"; {kind} {day(case.limit.last_day)}"
        state = limit_state(case, stage)
        if not (state == "running" and waits):
            text += f" ({words(state)})"
    return f"{text}; {waits}" if waits else text


def _review(case: Incident, teller: Teller) -> Iterator[str]:
    """Where the review of an incident stands, and each timescale that has begun."""
    yield words(case.state)
    for timescale in teller.policy.timescales:
        running = case.timescale(timescale.id)
        if running.state is TimescaleState.NOT_STARTED:
            continue
        last = f", last day {day(running.deadline.last_day)}" if running.deadline else ""
        yield f"{teller.timescale(timescale.id)} {words(running.state)}{last}"


def _what_is_next(played: Played, teller: Teller, out: Console) -> None:
    heading(out, "What falls due next, if nobody acts")
    table = columns(_WHEN, None)
    cases: list[Case] = [*played.workflow.incidents(), *played.workflow.escalations()]
    dues = [(due, case.reference) for case in cases if (due := _due(case, played))]
    if not dues:
        out.print(safe("Nothing."))
        return
    for due, reference in sorted(dues, key=lambda one: one[0].moment):
        row(
            table,
            teller.moment(due.moment),
            f"[{reference}] {told_due(due, teller, played.workflow)}",
        )
    out.print(table)


def _due(case: Case, played: Played) -> Due | None:
    return next_due(case, played.workflow.policy(case.policy))


def told_due(due: Due, teller: Teller, workflow: Workflow) -> str:
    """What falls due, in a sentence."""
    policy = teller.policy
    fact = due.fact(workflow.partnership.rules(policy).calendar)
    entry = Entry(fact, due.moment, due.moment, None, due.clause, policy.label, 0)
    return f"{does(entry, teller)} ({due.clause})."


def print_actions(
    records: Iterable[ActionRecord],
    out: Console,
    more: Mapping[tuple[str, str], Iterable[str]] | None = None,
) -> None:
    """The record of agreed actions: both sides, by when, and what became of it.

    ``more`` has further sentences about an action, by escalation and action.
    """
    table = columns(_WHEN, None)
    for record in records:
        action = record.action
        owner = record.agency if action.owner is Side.AGENCY else "SCSP"
        state = became(action)
        row(
            table,
            f"{record.escalation}/{action.reference}",
            f"{state}: {action.shown.what} (owner {owner}, due {day(action.shown.due)})",
        )
        row(
            table,
            "",
            safe(" ".join(about_action(record)), "dim"),
        )
        for sentence in (more or {}).get((record.escalation, action.reference), ()):
            row(table, "", safe(sentence, "dim"))
    out.print(table)


def about_action(record: ActionRecord) -> Iterator[str]:
    """Who stands by an action, and how the two sides' records stand to each other, in sentences."""
    action = record.action
    yield agreed_by(action, record.agency)
    if record.released_by_decision:
        yield "Released by the SCSP Chair's decision."
    elif not action.released:
        yield both_sides(action, record.agency)
    if record.open_at_the_end:
        yield "Still open when the escalation ended."


def became(action: Action) -> str:
    """What became of an action, with the day on which it was done."""
    if action.done_on is None:
        return words(action.state).capitalize()
    done = f"done on {day(action.done_on)}"
    return (
        f"D{done[1:]}"
        if action.state is ActionState.DONE
        else f"{words(action.state).capitalize()}, {done}"
    )


def agreed_by(action: Action, agency: str) -> str:
    """Who stands by the terms that are shown."""
    if not action.agreed_by:
        return "In force by decision."
    names = [agency if side is Side.AGENCY else "SCSP" for side in action.agreed_by]
    return (
        f"Agreed by {listed(names)}." if action.in_force else f"Recorded by {names[0]}, not agreed."
    )


def both_sides(action: Action, agency: str) -> str:
    """The two sides' own records, where they differ or one is missing or stands on a report."""
    report = " The agency's record stands on a report." if action.reported else ""
    if action.differing:
        records = [
            f"{name} has: {terms.what}, due {day(terms.due)}."
            for name, terms in (("SCSP", action.scsp), (agency, action.agency))
            if terms
        ]
        return f"The two records differ. {' '.join(records)}{report}"
    if action.scsp is None or action.agency is None:
        return f"{'SCSP' if action.scsp is None else agency} has no record of it yet.{report}"
    return f"Both records are the same.{report}"


def _refused(played: Played, out: Console) -> None:
    table = columns(_WHEN, None)
    for one in played.refused:
        sentence = safe(dates_in_words(one.refusal.message))
        row(table, f"act {one.act}", safe(f"{_act(played, one.act)}: {one.refusal.code}", "bold"))
        row(table, "", sentence)
    out.print(table)


def _notices(played: Played, out: Console) -> None:
    if not played.notices:
        return
    heading(out, "What the people who did this were told")
    table = columns(_WHEN, None)
    for notice in played.notices:
        row(
            table, f"act {notice.act}", f"{_act(played, notice.act)}: {dates_in_words(notice.text)}"
        )
    out.print(table)


def _act(played: Played, index: int) -> str:
    """An act of the file by its name and what it is about."""
    command = played.case_file.acts[index].command
    assert command is not None
    act = command.act
    about = [
        str(getattr(act, name))
        for name in ("escalation", "incident", "action", "day")
        if hasattr(act, name)
    ]
    return " ".join([act.name, *about])
