"""The commands about policies: the written process as data, shown, checked, drawn."""

import json
from typing import Annotated

import typer

from cspr_workflow import forms
from cspr_workflow.application import policy_files
from cspr_workflow.domain.policy import Policy
from cspr_workflow.forms import Unusable
from cspr_workflow.interfaces import policy_pages
from cspr_workflow.interfaces.commands import AsJson, Failed, faults_of
from cspr_workflow.interfaces.terminal import console

policy_app = typer.Typer(
    no_args_is_help=True, help="The written process as data: show, check, draw."
)
PolicyArgument = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="A policy's name, or a policy file.")
]


@policy_app.command("show")
def show(name: PolicyArgument = "sandwell-2018", as_json: AsJson = False) -> None:
    """Show a policy: its clauses, timescales, stages, limits, and who may do what."""
    policy = _policy(name)
    if as_json:
        typer.echo(json.dumps(forms.plain(policy)))
        return
    policy_pages.show(policy, console())


@policy_app.command("lint")
def lint(
    paths: Annotated[list[str], typer.Argument(metavar="NAME|FILE", help="Policies to check.")],
) -> None:
    """Check policy files: each fault is named with its file and key; exit status 2 if there is one."""
    faults: list[str] = []
    for path in paths:
        try:
            policy = policy_files.named(path).policy
            typer.echo(
                f"{path}: {policy.label} is good: {len(policy.stages)} stages, {len(policy.clauses)} clauses"
            )
        except Unusable as unusable:
            faults += faults_of(unusable)
    if faults:
        raise Failed(*faults)


@policy_app.command("diagram")
def diagram(
    name: PolicyArgument = "sandwell-2018",
    of: Annotated[
        policy_pages.Diagram, typer.Option(help="Which lifecycle to draw.")
    ] = policy_pages.Diagram.ESCALATION,
) -> None:
    """Print a lifecycle as a mermaid diagram."""
    typer.echo(policy_pages.diagram(_policy(name), of))


def _policy(name: str) -> Policy:
    try:
        return policy_files.named(name).policy
    except Unusable as unusable:
        raise Failed(*faults_of(unusable)) from unusable
