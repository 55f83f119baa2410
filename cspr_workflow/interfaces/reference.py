"""The reference pages of the docs, generated from the code; ``scripts/docs`` writes them.

A test compares the pages with what is generated here, so that they can never say something else.
"""

import sys
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import get_type_hints

from cspr_workflow.application import casefile
from cspr_workflow.application.policy_files import bundled, bundled_names
from cspr_workflow.domain import errors, keeping, policy
from cspr_workflow.domain.acts import ACTS, KEEPING, Act
from cspr_workflow.domain.lifecycles import ACTION, INCIDENT, chart_of
from cspr_workflow.domain.people import called
from cspr_workflow.interfaces.act_options import MEANINGS
from cspr_workflow.interfaces.keeping_meanings import KEEPING_MEANINGS
from cspr_workflow.interfaces.reference_api import api_page
from cspr_workflow.interfaces.reference_commands import commands_page, exit_statuses_page
from cspr_workflow.interfaces.reference_parts import (
    attribute_docs,
    first,
    kind_of,
    page,
    table,
    whole,
)
from cspr_workflow.interfaces.reference_record import record_page, register_page, views_page
from cspr_workflow.interfaces.sentences import listed

KEEPING_COMMANDS: Mapping[str, str] = {
    "add_person": "cspr people add",
    "remove_person": "cspr people remove",
    "update_bank_holidays": "cspr calendar update",
    "correct": "cspr correct",
}
"""The command of each act of keeping."""


def pages() -> dict[str, str]:
    """Every reference page by its file name."""
    return {
        "acts.md": _acts(),
        "refusals.md": _refusals(),
        "policy-keys.md": _policy_keys(),
        "policies.md": _policies(),
        "lifecycles.md": _lifecycles(),
        "record.md": record_page(),
        "views.md": views_page(),
        "register.md": register_page(),
        "api.md": api_page(),
        "commands.md": commands_page(),
        "exit-statuses.md": exit_statuses_page(),
    }


# --- Acts ------------------------------------------------------------------------------------


def _acts() -> str:
    sandwell = bundled("sandwell-2018").policy
    parts = []
    for name, act in ACTS.items():
        rule = sandwell.acts[name]
        who = listed([called(one) for one in rule.who])
        note = " Can be recorded on behalf of the agency." if act.reportable else ""
        told = f"{whole(act)}{note}\n\nWho, under {sandwell.label}: {who}. Clause {rule.clause}."
        parts.append(_act(name, told, f"cspr {name.replace('_', '-')}", act, MEANINGS))
    for name, kind in KEEPING.items():
        told = f"{whole(kind)}\n\nWho: {listed([role.called for role in keeping.WHO[kind]])}. No clause."
        parts.append(_act(name, told, KEEPING_COMMANDS[name], kind, KEEPING_MEANINGS))
    return page(
        "Acts",
        "Everything that people can do, as case files and the record name it; each has a "
        "[command](commands.md) of its own. In a case file every act has `at` (when it is recorded) and "
        "`by` (who); all but the closure days may have `occurred` (when it happened). An act that can be "
        "recorded on behalf of the agency may have `on_behalf_of` and `means` (`call`, `meeting`, "
        "`e-mail`, `letter`). `by stage` means that the policy's stage says who. "
        f"`{casefile.TICK}` has only `at`: the clock ran.\n\n"
        f"The last {len(KEEPING)} keep the record itself. Case files have none of them.\n\n"
        "If a child is in immediate danger, call 999. Never name a child in any text.",
        *parts,
    )


def _act(name: str, told: str, command: str, kind: type[Act], meanings: Mapping[str, str]) -> str:
    return f"## `{name}`\n\n{told} Command: `{command}`.\n\n{_fields(kind, meanings)}"


def _fields(act: type[Act], meanings: Mapping[str, str]) -> str:
    hints = get_type_hints(act)
    rows = [
        (
            f"`{field.name}`",
            kind_of(hints[field.name]),
            "" if field.default is MISSING else "may be left out",
            meanings[field.name],
        )
        for field in fields(act)
    ]
    return table(("field", "what it holds", "", "meaning"), rows)


# --- Refusals --------------------------------------------------------------------------------


def _refusals() -> str:
    meanings = attribute_docs(errors, "Code")
    rows = [(f"`{code.value}`", meanings[code.name]) for code in errors.Code]
    return page(
        "Refusals",
        "An act that cannot be recorded is refused with one of these codes and a sentence that says what "
        "to do. Nothing of a refused act is kept; the time that passed before it is. An act with several "
        "faults may be refused with the code of any of them.",
        table(("code", "meaning"), rows),
    )


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
        hints, docs = get_type_hints(cls), attribute_docs(policy, name)
        rows = [
            (
                f"`{field.name}`",
                kind_of(hints[field.name]),
                "" if field.default is MISSING else "may be left out",
                docs[field.name],
            )
            for field in fields(cls)
        ]
        parts.append(
            f"## {title}\n\n{first(cls)}\n\n{table(('key', 'what it holds', '', 'meaning'), rows)}"
        )
    for name in _WORDS:
        cls = getattr(policy, name)
        known = ", ".join(f"`{word.value}`" for word in cls)
        parts.append(f"## The words of {name.lower()}\n\n{known}\n\n{whole(cls)}")
    return page(
        "Policy keys",
        "A policy is one TOML file: the written process as data. It is read strictly: an unknown or "
        "missing key, a missing clause, a stage without an actor, limits from one anchor that do not rise "
        "are each named with file and key. Check a file with `cspr policy lint FILE`.",
        *parts,
    )


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
            + table(("clause", "force", "what it asks", "reading"), clauses)
            + "\n\n"
            + table(("clause", "limit", "length", "counted from"), limits)
        )
    return page("The policies that come with the program", "Also: `cspr policy show NAME`.", *parts)


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
            f"## {title}\n\n```mermaid\n{chart.mermaid().strip()}\n```\n\n{table(('state', 'what may happen in it'), rows)}"
        )
    return page(
        "Lifecycles",
        "What may follow what. The same declarations decide what is legal. Once an escalation is resolved, "
        "only `confirm_action` can follow, for an action that was done.",
        *parts,
    )


def main(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
