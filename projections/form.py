"""The form of the views: which tables this program makes, and what their rows mean."""

import re
from hashlib import sha256
from types import ModuleType

from projections import agreed_actions, chronology, due_items, register, standings, timeliness

VIEWS: tuple[ModuleType, ...] = (
    standings,
    chronology,
    agreed_actions,
    timeliness,
    due_items,
    register,
)
"""Each view, after those whose rows it reads."""
MEANING = 3
"""Raise this by one when a row comes to mean something else while its table stays as it is.

That is so whenever the same record would give other rows: another way of judging a stay, another
moment, a word of the outcome. A test that holds the rows of one history fails until it is done.
"""
TABLES = (
    "CREATE TABLE progress (position INTEGER NOT NULL, command TEXT NOT NULL, form TEXT NOT NULL);\n"
    + "".join(view.TABLES for view in VIEWS)
)
FORM = sha256(f"{MEANING}\n{TABLES}".encode()).hexdigest()[:16]
"""Which form of the views this program makes; views of another form are built anew."""

NAMES = tuple(sorted(re.findall(r"CREATE TABLE (\w+)", TABLES)))
"""The names of the tables."""
BEGIN = "INSERT INTO progress VALUES (0, '', ?)"
"""Written once into new tables, with their form and the store."""
