"""Writing to a terminal: wrapped to its width, and nothing in a text can control it."""

import os
import re
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPED_WIDTH = 100
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def console(*, stderr: bool = False) -> Console:
    """A console that takes every text as it stands: no markup, no highlighting."""
    out = Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = PIPED_WIDTH
    return out


def safe(text: object, style: str = "") -> Text:
    """A text that somebody wrote, with everything that could control a terminal taken out."""
    return Text(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text)), style=style)


def heading(out: Console, text: str) -> None:
    """A heading with an empty line before it."""
    out.print()
    out.print(safe(text, "bold"))


def columns(*widths: int | None) -> Table:
    """A grid of columns for wrapped text; a width of ``None`` takes what is left."""
    table = Table.grid(padding=(0, 2), pad_edge=False)
    for width in widths:
        table.add_column(width=width, overflow="fold", ratio=1 if width is None else None)
    table.expand = True
    return table


def grid(*titles: str) -> Table:
    """A plain table with titles."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def row(table: Table, *cells: Any) -> None:
    """A row of texts."""
    table.add_row(
        *(cell if isinstance(cell, Text) else safe("" if cell is None else cell) for cell in cells)
    )
