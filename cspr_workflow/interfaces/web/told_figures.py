"""The figures of timeliness as the pages show and export them: a line for each thing that is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from cspr_workflow.interfaces.questions.timeliness import Table

Share = tuple[int, str, str]
"""How many, what they are called, and what kind that is."""
_KINDS = {
    "In time": "good",
    "Met": "good",
    "Done": "good",
    "Late": "soon",
    "Met late": "soon",
    "Passed": "late",
    "Not done": "late",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of figures: of which group, of what, and how many stand how."""

    group: str
    what: str
    counts: Sequence[tuple[str, int]]

    @property
    def share(self) -> list[Share]:
        """The figures that are not nought, as parts of a whole."""
        return [
            (count, f"{name[:1].lower()}{name[1:]}", _KINDS.get(name, "quiet"))
            for name, count in self.counts
            if count
        ]


def figures_of(table: Table) -> list[Figure]:
    """The lines of a table of figures; its columns of figures follow the one without a title."""
    first = table.columns.index("") + 1
    names = table.columns[first:]
    return [
        Figure(
            line.group,
            line.what,
            [
                (name, int(cell) if cell.isdecimal() else 0)
                for name, cell in zip(names, row[first:], strict=True)
            ],
        )
        for line, row in zip(table.lines, table.rows, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table of figures as a page draws it."""

    table: Table

    @property
    def groups(self) -> list[tuple[str, list[Figure]]]:
        """Its lines by group; the group has no name where there is only one."""
        found = groupby(figures_of(self.table), key=lambda one: one.group)
        return [(group, list(lines)) for group, lines in found]

    @property
    def titles(self) -> list[str]:
        """The titles of its columns."""
        return titles_of(self.table)

    @property
    def numbers(self) -> list[int]:
        """Which of its columns hold figures."""
        return list(range(self.table.columns.index("") + 1, len(self.table.columns)))


def titles_of(table: Table) -> list[str]:
    """The titles of a table's columns; what its lines are about has one too."""
    return [title or "What" for title in table.columns]
