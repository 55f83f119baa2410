"""Rewrite the console blocks of the documentation from real output.

    python -m tests.docs.refresh            every page
    python -m tests.docs.refresh PAGE...    these pages

It also rewrites the diagram of the escalation. Look at the difference before committing it: a page
tells a story around its blocks.
"""

import sys
import tempfile
from pathlib import Path

from tests.docs.pages import (
    ROOT,
    STATUS,
    Block,
    Reader,
    all_pages,
    blocks_of,
    chosen,
    diagram,
    show_of,
)


def refreshed(page: Path) -> str:
    """The page's text with every block that shows something real as it is now."""
    text = page.read_text("utf-8")
    lines = text.splitlines()
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(Path(folder))
        replaced = []
        for block in blocks_of(text):
            reader.prepare(block)
            if (new := _new_lines(block, reader)) is not None:
                replaced.append((block, new))
    for block, new in reversed(replaced):
        start = block.line - 1
        lines[start : start + len(block.lines)] = [(block.indent + line).rstrip() for line in new]
    return "\n".join(lines) + "\n"


def _new_lines(block: Block, reader: Reader) -> list[str] | None:
    if policy := block.says.get("diagram"):
        return diagram(policy).splitlines()
    if not block.runs:
        return None
    new: list[str] = []
    for number, (command, real) in enumerate(reader.answers(block)):
        status = command == STATUS
        new += [*command.split("\n"), *(real if status else chosen(real, show_of(block, number)))]
    return new


def main(names: list[str]) -> None:
    """Refresh the named pages, or all of them."""
    for page in [Path(name).resolve() for name in names] or all_pages():
        if not page.exists():
            continue
        before, after = page.read_text("utf-8"), refreshed(page)
        if after != before:
            page.write_text(after, "utf-8")
            print(f"refreshed {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
