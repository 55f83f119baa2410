"""A policy for people: its clauses, timescales and ladder, who may do what, and its diagrams."""

from enum import StrEnum

from rich.console import Console

from cspr_workflow.domain.lifecycles import ACTION, INCIDENT, chart_of
from cspr_workflow.domain.people import called
from cspr_workflow.domain.policy import Kind, Policy, Stage, Timescale
from cspr_workflow.interfaces.sentences import listed, words
from cspr_workflow.interfaces.terminal import grid, heading, row, safe


class Diagram(StrEnum):
    """Whose lifecycle to draw."""

    ESCALATION = "escalation"
    INCIDENT = "incident"
    ACTION = "action"


def diagram(policy: Policy, of: Diagram) -> str:
    """A lifecycle as a mermaid diagram."""
    charts = {
        Diagram.ESCALATION: chart_of(policy),
        Diagram.INCIDENT: INCIDENT,
        Diagram.ACTION: ACTION,
    }
    return charts[of].mermaid()


def show(policy: Policy, out: Console) -> None:
    """The whole policy, a section after the other."""
    out.print(safe(f"{policy.title} ({policy.label})", "bold"))
    out.print(safe(f"{policy.partnership}; in force from {policy.in_force_from}"))
    out.print(
        safe(
            f"Days in {policy.zone}, bank holidays of {policy.bank_holidays}; "
            f"working day 1 is the {words(policy.day_one)}."
        )
    )
    _clauses(policy, out)
    _timescales(policy, out)
    _ladder(policy, out)
    _acts(policy, out)


def _clauses(policy: Policy, out: Console) -> None:
    heading(out, "Clauses")
    table = grid("Clause", "Force", "What it asks, and the reading taken")
    for id, clause in policy.clauses.items():
        row(
            table,
            id,
            clause.force,
            clause.text + (f" Reading: {clause.reading}" if clause.reading else ""),
        )
    out.print(table)


def _timescales(policy: Policy, out: Console) -> None:
    heading(out, "Timescales of an incident")
    table = grid("Clause", "Timescale", "Limit", "Counted from", "Met when")
    for timescale in policy.timescales:
        row(
            table,
            timescale.clause,
            f"{timescale.name} ({timescale.id})",
            length(timescale, timescale.length),
            words(timescale.starts),
            listed([words(milestone) for milestone in timescale.met_by]),
        )
    out.print(table)


def length(limit: Timescale | Stage, n: int) -> str:
    """A length with its unit."""
    return f"{n} {words(limit.unit)}"


def _ladder(policy: Policy, out: Console) -> None:
    heading(out, "The ladder")
    table = grid(
        "Clause", "Stage", "Limit", "Counted from", "Follow-on", "Meeting held by", "Closed by"
    )
    for stage in policy.stages:
        limit = length(stage, stage.length)
        row(
            table,
            stage.clause,
            f"{stage.name} ({stage.id})",
            f"until the {words(stage.unit)[:-1]} {stage.length} opens"
            if stage.kind is Kind.DISCUSSION
            else limit,
            words(stage.starts),
            length(stage, stage.window) if stage.window else "",
            " or ".join(called(one) for one in stage.meeting_by),
            " or ".join(called(one) for one in stage.resolved_by),
        )
    out.print(table)
    for stage in policy.stages:
        for duty in stage.duties:
            out.print(safe(f"Duty of {stage.name}, {duty.clause}: {duty.name}."))
    for id, variant in (policy.variants or {}).items():
        out.print(
            safe(
                f"Variant {id} ({variant.name}): raised straight into {policy.stage(variant.starts_in).name}."
            )
        )


def _acts(policy: Policy, out: Console) -> None:
    heading(out, "Who may do what")
    table = grid("Act", "Who", "Clause")
    for name, rule in policy.acts.items():
        row(table, words(name), " or ".join(called(who) for who in rule.who), rule.clause)
    out.print(table)
    on_behalf = " or ".join(called(one) for one in policy.on_behalf)
    conflict = ", ".join(words(act) for act in policy.conflict_of_interest)
    out.print(safe(f"Not by somebody employed by the agency in question: {conflict}."))
    out.print(safe(f"On behalf of the agency, naming the means: {on_behalf}."))
