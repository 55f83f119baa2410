"""The reference pages of what is kept: the record's entries, the views, a register of old cases."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from cspr_workflow.application.register import Column, columns, order_of_a_day
from cspr_workflow.application.register_columns import Group
from cspr_workflow.domain.texts import free_fields
from cspr_workflow.interfaces.reference_parts import page, table, whole
from cspr_workflow.store.registry import FACTS
from projections.runner import VIEWS

QUESTIONS: Mapping[str, str] = {
    "cases": "Where does each case stand now, and which are open? (`board`, `show`)",
    "standings": "Where did a case stand on a day, and what was known of it when? (`as-at`)",
    "chronology": "What was recorded about a case, a person, an agency or a month, in order? (`history`)",
    "agreed_actions": "Who agreed what with whom, by when, what became of it, and by which entries? (`actions`)",
    "timescales": "Which national times were met, met late, have passed? (`timeliness`)",
    "stays": "Which stages were left in time, late, or by the clock? (`timeliness`)",
    "duty_parts": "Which duties of a stage were done, and when? (`timeliness`)",
    "clock_moves": "Which moves of the clock were recorded late? (`timeliness`)",
    "clock_gaps": "When did the clock not run, so that it is nobody's lateness? (`timeliness`, `status`)",
    "due_items": "What falls due next in each case, and when? (`tick`, `board`)",
    "open_cases": "Which cases does a change of the calendar concern? (`declare-closure`, `calendar`)",
    "register": "Which cases are there, whose, of what state, raised and due when? (the board, the register)",
    "register_counts": "How many cases stand where on the board? (the board)",
    "register_words": "Which cases have a reference that begins so, or a part of it? (the register)",
}
"""The question that each table of the views answers, and the commands that ask it."""
_ABOUT = {
    Group.INCIDENT: "The incident",
    Group.ESCALATION: "The escalation",
    Group.ACTION: "The agreed action",
    Group.PEOPLE: "People",
}


def record_page() -> str:
    """Every type of entry."""
    rows = []
    for name, fact in sorted(FACTS.items()):
        kind: Any = fact
        sealed = {name for names in free_fields(kind) for name in names}
        parts = ", ".join(
            f"`{field.name}`{' (sealed)' if field.name in sealed else ''}" for field in fields(fact)
        )
        rows.append((f"`{name}`", " ".join(whole(fact).split()), parts))
    return page(
        "The record",
        "Every type of entry, by its stable name and version. Beside its own parts each entry has when it "
        "`occurred` and was `recorded`, by whom (or the clock), on whose behalf and by what means, the "
        "`clause`, the `policy` and the version of the `calendar`. An entry that was brought in from "
        "elsewhere also has who brought it in, the file's name and SHA-256, and when it was written down "
        "there.\n\n"
        "*Sealed*: a text in somebody's own words. In the store it is encrypted under the key of its "
        "incident; the entry holds its commitment. An entry of the partnership's own belongs to no incident, "
        "and nothing in it is sealed. [What the record guarantees](../explanation/record.md) tells more.",
        table(("type", "what it says", "parts"), rows),
    )


def tables() -> Iterator[tuple[str, str, list[str]]]:
    """Each table of the views, with what its module is about and its columns."""
    for view in VIEWS:
        with sqlite3.connect(":memory:") as database:
            database.executescript(view.TABLES)
            names = database.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
            for (name,) in names:
                about = whole(view).split("\n\n")[0]
                known = [str(row[1]) for row in database.execute(f"PRAGMA table_info({name})")]
                yield str(name), about, known


def views_page() -> str:
    """The tables of the views, by the question that each answers."""
    rows = [
        (QUESTIONS[name], f"`{name}`", ", ".join(f"`{column}`" for column in known))
        for name, _, known in tables()
    ]
    return page(
        "The views",
        "Questions are answered from tables that follow the record, in `views.sqlite`. They hold no text in "
        "clear, only references to sealed ones, and can be thrown away at any time: `cspr rebuild` makes "
        "them anew, `cspr check` compares them with the record row for row. Their form may change with any "
        "version; the record's does not.",
        table(("question", "table", "columns"), rows),
        "Moments are in UTC. A `stream` is a case: `incident:` or `escalation:` and its reference. A "
        "`position` is an entry's place in the record.",
    )


def register_page() -> str:
    """Every column of a register of old cases, and the order of one day."""
    parts = []
    for group, title in _ABOUT.items():
        rows = [_column(one) for one in columns() if one.group is group]
        parts.append(f"## {title}\n\n{table(('column', 'needed', 'meaning'), rows)}")
    order = "\n".join(f"{number}. `{name}`" for number, name in enumerate(order_of_a_day(), 1))
    return page(
        "The columns of a register",
        "A register of old cases is a CSV file. A row is an escalation with its incident, an incident alone, "
        "or one more agreed action of an escalation that a row above names. Columns can come in any order, "
        "and those that no row needs can be left out. Dates are written `2026-12-03`, `03/12/2026` or, with "
        "a time, `2026-12-03 14:30`; a date without a time is 12:00 of that day.\n\n"
        "[Bring in old cases](../how-to/bring-in-old-cases.md) says how to use it.",
        *parts,
        "## The order of one day\n\nWhere several columns of one incident name the same day without a time, "
        f"this is the order in which things happened: 12:00, 12:01 and so on.\n\n{order}",
    )


def _column(one: Column) -> tuple[str, str, str]:
    return f"`{one.name}`", one.needed, one.meaning
