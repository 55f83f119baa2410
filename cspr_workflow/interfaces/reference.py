"""The reference pages of the docs, generated from the code; ``scripts/docs`` writes them.

A test compares the pages with what is generated here, so that they can never say something else.
"""

import ast
import inspect
import sys
from collections.abc import Iterable
from dataclasses import MISSING, fields
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

from typer.testing import CliRunner

from cspr_workflow.application import casefile
from cspr_workflow.application.policy_files import bundled, bundled_names
from cspr_workflow.domain import errors, policy
from cspr_workflow.domain.acts import ACTS, Act, SetAction
from cspr_workflow.domain.lifecycles import ACTION, INCIDENT, chart_of
from cspr_workflow.domain.people import called
from cspr_workflow.interfaces.cli import SOME_REFUSED, app
from cspr_workflow.interfaces.commands import UNUSABLE
from cspr_workflow.interfaces.sentences import listed
from cspr_workflow.store.registry import FACTS

_MEANINGS = {
    "incident": "the incident's reference",
    "escalation": "the escalation's reference",
    "action": "the action's reference, the escalation's own",
    "incident_on": "the day of the incident",
    "aware_on": "the day on which the local authority became aware",
    "body": "the body",
    "commission": "whether a review is commissioned",
    "decided_by": "who decided it",
    "reasons": "the reasons",
    "reason": "the reason",
    "procedure": "the parallel procedure",
    "until": "the new target day",
    "timescale": "the timescale that is at risk",
    "agency": "the agency whose inaction is in question",
    "concern": "the concern",
    "variant": "a variant of the policy, such as an urgent one",
    "how": "how they spoke with each other",
    "said": "what was said",
    "role": "who was informed",
    "what": "what is to be done",
    "owner": "the side that owns it",
    "due": "the day by which it is due",
    "evidence": "the evidence",
    "present": "the people present",
    "outcome": "the outcome",
    "decision": "the decision",
    "releases": "actions that the decision releases",
    "sets": "actions that the decision sets, each with action, what, owner and due",
    "day": "the closure day",
}


def pages() -> dict[str, str]:
    """Every reference page by its file name."""
    return {
        "acts.md": _acts(),
        "refusals.md": _refusals(),
        "policy-keys.md": _policy_keys(),
        "policies.md": _policies(),
        "lifecycles.md": _lifecycles(),
        "record.md": _record(),
        "commands.md": _commands(),
    }


def _page(title: str, introduction: str, *parts: str) -> str:
    made = "<!-- Generated from the code by scripts/docs. -->"
    return "\n\n".join([made, f"# {title}", introduction, *parts]) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


# --- Acts ------------------------------------------------------------------------------------


def _acts() -> str:
    sandwell = bundled("sandwell-2018").policy
    parts = []
    for name, act in ACTS.items():
        rule = sandwell.acts[name]
        who = listed([called(one) for one in rule.who])
        note = " Can be recorded on behalf of the agency." if act.reportable else ""
        parts.append(
            f"## `{name}`\n\n{inspect.cleandoc(act.__doc__ or '')}{note}\n\n"
            f"Who, under {sandwell.label}: {who}. Clause {rule.clause}.\n\n{_fields(act)}"
        )
    return _page(
        "Acts",
        "Everything that people can do, as case files name it. Every act has `at` (when it is recorded) "
        "and `by` (who); all but the closure days may have `occurred` (when it happened). An act that can "
        "be recorded on behalf of the agency may have `on_behalf_of` and `means` (`call`, `meeting`, "
        "`e-mail`, `letter`). `by stage` means that the policy's stage says who. "
        f"`{casefile.TICK}` has only `at`: the clock ran.\n\n"
        "If a child is in immediate danger, call 999. Never name a child in any text.",
        *parts,
    )


def _fields(act: type[Act] | type[SetAction]) -> str:
    hints = get_type_hints(act)
    rows = [
        (
            f"`{field.name}`",
            _kind(hints[field.name]),
            "" if field.default is MISSING else "may be left out",
            _MEANINGS[field.name],
        )
        for field in fields(act)
    ]
    return _table(("field", "what it holds", "", "meaning"), rows)


def _kind(hint: Any) -> str:
    inner = [arg for arg in get_args(hint) if arg not in (type(None), ...)]
    if inner:
        return _kind(inner[0]) if type(None) in get_args(hint) else f"a list of {_kind(inner[0])}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(f"`{member.value}`" for member in hint)
    names = {"str": "a text", "date": "a date", "bool": "true or false", "int": "a whole number"}
    return names.get(hint.__name__, f"a table {hint.__name__}")


# --- Refusals --------------------------------------------------------------------------------


def _refusals() -> str:
    meanings = _attribute_docs(errors, "Code")
    rows = [(f"`{code.value}`", meanings[code.name]) for code in errors.Code]
    return _page(
        "Refusals",
        "An act that cannot be recorded is refused with one of these codes and a sentence that says what "
        "to do. Nothing of a refused act is kept; the time that passed before it is. An act with several "
        "faults may be refused with the code of any of them.",
        _table(("code", "meaning"), rows),
    )


def _attribute_docs(module: Any, cls: str) -> dict[str, str]:
    """The docstrings below the attributes of a class, which the interpreter forgets."""
    tree = ast.parse(inspect.getsource(module))
    body = next(
        node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == cls
    )
    docs: dict[str, str] = {}
    name = ""
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            docs[name] = " ".join(str(node.value.value).split())
    return docs


# --- Policies --------------------------------------------------------------------------------

_TABLES = {
    "Policy": "The file itself",
    "Clause": "`[clauses.ID]`",
    "Timescale": "`[[timescales]]`",
    "Stage": "`[[stages]]`",
    "Duty": "`[[stages.duties]]`",
    "Variant": "`[variants.NAME]`",
    "ActRule": "`[acts.NAME]`",
}
_WORDS = ("Force", "Region", "Milestone", "Start", "Kind", "Binding")


def _policy_keys() -> str:
    parts = []
    for name, title in _TABLES.items():
        cls = getattr(policy, name)
        hints, docs = get_type_hints(cls), _attribute_docs(policy, name)
        rows = [
            (
                f"`{field.name}`",
                _kind(hints[field.name]),
                "" if field.default is MISSING else "may be left out",
                docs[field.name],
            )
            for field in fields(cls)
        ]
        parts.append(
            f"## {title}\n\n{_first(cls)}\n\n{_table(('key', 'what it holds', '', 'meaning'), rows)}"
        )
    for name in _WORDS:
        cls = getattr(policy, name)
        known = ", ".join(f"`{word.value}`" for word in cls)
        parts.append(f"## The words of {name.lower()}\n\n{known}\n\n{_whole(cls)}")
    return _page(
        "Policy keys",
        "A policy is one TOML file: the written process as data. It is read strictly: an unknown or "
        "missing key, a missing clause, a stage without an actor, limits from one anchor that do not rise "
        "are each named with file and key. Check a file with `cspr policy lint FILE`.",
        *parts,
    )


def _first(thing: Any) -> str:
    return _whole(thing).split("\n\n")[0]


def _whole(thing: Any) -> str:
    return inspect.cleandoc(thing.__doc__ or "").replace("``", "`")


def _policies() -> str:
    parts = []
    for name in bundled_names():
        one = bundled(name).policy
        clauses = [
            (id, clause.force.value, clause.text, clause.reading or "")
            for id, clause in one.clauses.items()
        ]
        limits = [
            (t.clause, t.name, f"{t.length} {t.unit}", t.starts.value) for t in one.timescales
        ]
        limits += [(s.clause, s.name, f"{s.length} {s.unit}", s.starts.value) for s in one.stages]
        parts.append(
            f"## {one.title} (`{one.label}`)\n\n{one.partnership}. Working day 1: `{one.day_one}`.\n\n"
            + _table(("clause", "force", "what it asks", "reading"), clauses)
            + "\n\n"
            + _table(("clause", "limit", "length", "counted from"), limits)
        )
    return _page(
        "The policies that come with the program", "Also: `cspr policy show NAME`.", *parts
    )


def _lifecycles() -> str:
    charts = {
        "The incident": INCIDENT,
        "The agreed action": ACTION,
        **{f"The escalation, {name}": chart_of(bundled(name).policy) for name in bundled_names()},
    }
    parts = []
    for title, chart in charts.items():
        rows = [
            (
                f"`{state}`",
                ", ".join(f"`{event}`" for event in chart.events_in(state)) or "nothing: an end",
            )
            for state in chart.states
        ]
        parts.append(
            f"## {title}\n\n```mermaid\n{chart.mermaid().strip()}\n```\n\n{_table(('state', 'what may happen in it'), rows)}"
        )
    return _page(
        "Lifecycles",
        "What may follow what. The same declarations decide what is legal. Once an escalation is resolved, "
        "only `confirm_action` can follow, for an action that was done.",
        *parts,
    )


def _record() -> str:
    rows = []
    for name, fact in sorted(FACTS.items()):
        parts = ", ".join(f"`{field.name}`" for field in fields(fact))
        rows.append((f"`{name}`", " ".join((fact.__doc__ or "").split()).replace("``", "`"), parts))
    return _page(
        "The record",
        "Every type of entry, by its stable name and version. Beside its own parts each entry has when it "
        "`occurred` and was `recorded`, by whom (or the clock), on whose behalf and by what means, the "
        "`clause`, the `policy` and the version of the `calendar`.",
        _table(("type", "what it says", "parts"), rows),
    )


_COMMANDS = (
    (),
    ("play",),
    ("why",),
    ("demo",),
    ("calendar", "deadline"),
    ("policy", "show"),
    ("policy", "lint"),
    ("policy", "diagram"),
)


def _commands() -> str:
    runner = CliRunner()
    parts = []
    for command in _COMMANDS:
        shown = runner.invoke(app, [*command, "--help"], prog_name="cspr", env={"COLUMNS": "100"})
        text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        parts.append(f"## `{' '.join(('cspr', *command))}`\n\n```text\n{text}\n```")
    return _page(
        "Commands",
        "Type `./scripts/cspr` and a command. `--install-completion` makes the tab key complete commands "
        "and options in your shell.",
        _exit_statuses(),
        *parts,
    )


def _exit_statuses() -> str:
    rows = [
        ("0", "all went well; every act of a played file was taken"),
        ("1", "something that the program could not do"),
        (str(UNUSABLE), "a file, an option or the command itself is unusable; nothing was played"),
        (str(SOME_REFUSED), "a case file was played and some of its acts were refused"),
    ]
    return f"## Exit statuses\n\n{_table(('status', 'meaning'), rows)}"


def main(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
