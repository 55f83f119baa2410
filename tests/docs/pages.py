"""Pages of the documentation, read and run: what a reader types, and what the program answers.

A page is read from top to bottom, in a folder of its own that holds the repository's files by their
relative paths. Comments in the page, which a reader does not see, say what a block is:

- ``<!-- file: NAME -->``: the block is the file NAME, and is saved;
- ``<!-- add to: NAME -->``: the block's lines go before the last ``]`` of the file NAME;
- ``<!-- take out of: NAME -->``: the file NAME is again as it was before the last addition;
- ``<!-- change: NAME -->``: the block is a diff; each run of ``-`` lines becomes its ``+`` lines;
- ``<!-- faulty: WHY -->``: the file is no good in form, on purpose;
- ``<!-- diagram: POLICY -->``: the block is what ``cspr policy diagram POLICY`` prints;
- ``<!-- now: MOMENT -->``: what the real clock says (UTC) from this block on; :data:`NOW` before it;
- ``<!-- show: A .. B | C -->``: what of the real output the page shows (``refresh`` uses it): from
  the first line that holds A up to the line that holds B, then from C up to the next empty line.
  ``||`` stands between what is shown of one command and of the next; the last goes for all that
  follow; ``all`` is everything.

A console block shows commands (lines with ``$ ``, which go on where a line ends in ``\\``) and their
output; a line ``...`` stands for any lines left out. Commands other than the program's own are ``cp``, ``rm``, ``echo $?`` and ``export``
of the variables that the program reads. The output of the program's commands can go to a file with
``> NAME``. So the blocks of a page go on from each other: a store that the first one makes is there
for the next, and stands where its clock was set.
"""

import contextlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from typer.testing import CliRunner, Result

from cspr_workflow.interfaces.cli import app
from cspr_workflow.interfaces.desk import Desk

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
CASE_FILES = ROOT / "docs" / "how-to" / "rehearse-a-case.md"
PROGRAM = "./scripts/cspr "
STATUS = "$ echo $?"
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
"""What the real clock says where a page does not say it."""
VARIABLES = ("CSPR_STORE", "CSPR_AS")
"""The variables that the program reads; a page sets them with ``export``."""
LEFT_OUT = "..."
GOES_ON = "\\"
CASE_FILE = ".json"
_FENCE = re.compile(r"^( *)```(\w*)\s*$")
_COMMENT = re.compile(
    r"^ *<!-- (file|add to|take out of|change|show|faulty|diagram|now): (.*?) -->\s*$"
)


def all_pages() -> list[Path]:
    """README.md and every page under docs."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass
class Block:
    """A fenced block: its language, its first line's number and its lines; what comments say of it."""

    language: str
    line: int
    lines: list[str]
    says: dict[str, str]
    indent: str = ""

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def runs(self) -> bool:
        """Whether it shows commands that can be run here, and what the program answers."""
        starts = (f"$ {PROGRAM}", "$ cp ", "$ rm ", "$ export ")
        return self.language == "console" and "\n".join(self.lines).startswith(starts)


def _is_command(line: str) -> bool:
    return line.startswith("$ ")


def blocks_of(text: str) -> Iterator[Block]:
    """The fenced blocks of a page. A comment that takes something out is a block without lines."""
    says: dict[str, str] = {}
    block: Block | None = None
    for number, line in enumerate(text.splitlines(), 1):
        fence, comment = _FENCE.match(line), _COMMENT.match(line)
        if block is not None:
            if fence and not fence[2]:
                yield block
                block = None
            else:
                block.lines.append(line.removeprefix(block.indent))
        elif fence:
            block = Block(fence[2], number + 1, [], says, fence[1])
            says = {}
        elif comment and comment[1] == "take out of":
            yield Block("", number, [], {comment[1]: comment[2]})
        elif comment:
            says[comment[1]] = comment[2]


# --- Running ---------------------------------------------------------------------------------


@dataclass
class Reader:
    """Does what a page tells its reader to do, in a folder of its own."""

    folder: Path
    states: dict[str, list[str]] = field(default_factory=dict)
    status: int = 0
    now: datetime = NOW
    variables: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(VARIABLES))

    def __post_init__(self) -> None:
        for path in ROOT.iterdir():
            if not path.name.startswith("."):
                (self.folder / path.name).symlink_to(path)

    def prepare(self, block: Block) -> None:
        """Save, extend or change the file that a block is about, if it is about one."""
        if moment := block.says.get("now"):
            self.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        if name := block.says.get("file"):
            self._save(name, block.text)
        elif name := block.says.get("add to"):
            self._save(name, added(self.states[name][-1], block.lines))
        elif name := block.says.get("take out of"):
            self.states[name].pop()
            (self.folder / name).write_text(self.states[name][-1], "utf-8")
        elif name := block.says.get("change"):
            path = self.folder / name
            self._save(name, changed(path.read_text("utf-8"), block.lines))

    def _save(self, name: str, text: str) -> None:
        self._own(name).write_text(text, "utf-8")
        self.states.setdefault(name, []).append(text)

    def answers(self, block: Block) -> list[tuple[str, list[str]]]:
        """Each command of a console block with the lines that really come out."""
        return [(command, self._run(command)) for command, _ in shown_in(block)]

    def _run(self, command: str) -> list[str]:
        written = command.removeprefix("$ ").replace(f"{GOES_ON}\n", " ")
        if command == STATUS:
            return [str(self.status)]
        if written.startswith(PROGRAM):
            return self._called(written.removeprefix(PROGRAM))
        word, *rest = shlex.split(written)
        if word == "export":
            self._export(*rest)
        elif word == "cp":
            shutil.copyfile(self.folder / rest[0], self._own(rest[1]))
        elif word == "rm":
            *_, name = rest
            path = self._own(name)
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        else:
            raise AssertionError(f"not a command that the pages may show: {command}")
        return []

    def _export(self, written: str) -> None:
        name, _, value = written.partition("=")
        assert name in VARIABLES, f"{name} is not read by the program"
        self.variables[name] = value

    def _own(self, name: str) -> Path:
        """A file or folder that the reader made, and not the project's."""
        path = self.folder / name
        assert path.resolve().parents[0] == self.folder.resolve(), f"{name} is not the reader's own"
        return path

    def _called(self, written: str) -> list[str]:
        words = shlex.split(written)
        into: Path | None = None
        if ">" in words:
            into = self._own(words[-1])
            words = words[: words.index(">")]
        result = self._invoked(words)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.status = result.exit_code
        output = result.output
        if into is not None:
            into.write_text(result.stdout, "utf-8")
            output = result.stderr
        return [line.rstrip() for line in output.rstrip("\n").split("\n")] if output else []

    def _invoked(self, words: list[str]) -> Result:
        real_now = patch.object(Desk, "real_now", staticmethod(lambda: self.now))
        with contextlib.chdir(self.folder), _width(100), real_now:
            return CliRunner().invoke(app, words, prog_name="cspr", env=self.variables)


@contextlib.contextmanager
def _width(columns: int) -> Iterator[None]:
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(columns)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def added(text: str, lines: list[str]) -> str:
    """A case file with lines added before the last ``]``, and the comma before them."""
    before, bracket, after = text.rpartition("\n  ]")
    assert bracket, "the file has no list that ends in a line of its own"
    comma = "" if before.endswith("[") else ","
    return f"{before}{comma}\n" + "\n".join(lines) + bracket + after


def changed(text: str, diff: list[str]) -> str:
    """A text in which each run of ``-`` lines, found exactly once, is its ``+`` lines."""
    old: list[str] = []
    new: list[str] = []
    for line in [*diff, "end"]:
        if line.startswith("-") and not new:
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        elif old or new:
            text = _replaced(text, old, new)
            old, new = ([line[1:]] if line.startswith("-") else []), []
    return text


def _replaced(text: str, old: list[str], new: list[str]) -> str:
    before = "".join(f"{line}\n" for line in old)
    assert old, "a change has to say which lines it replaces"
    places = [found.start() for found in re.finditer(f"(?m)^(?={re.escape(before)})", text)]
    assert len(places) == 1, f"these lines are not there exactly once:\n{before}"
    after = text[places[0] + len(before) :]
    return text[: places[0]] + "".join(f"{line}\n" for line in new) + after


# --- Comparing -------------------------------------------------------------------------------


def shown_in(block: Block) -> list[tuple[str, list[str]]]:
    """Each command of a console block, with its line ends, and the lines shown under it."""
    shown: list[tuple[str, list[str]]] = []
    for line in block.lines:
        if _is_command(line):
            shown.append((line, []))
        elif shown and not shown[-1][1] and shown[-1][0].endswith(GOES_ON):
            shown[-1] = (f"{shown[-1][0]}\n{line}", [])
        else:
            shown[-1][1].append(line.rstrip())
    return shown


def matches(shown: list[str], real: list[str]) -> bool:
    """Whether the page shows what came out; ``...`` stands for any lines left out, also none."""
    parts: list[list[str]] = [[]]
    for line in shown:
        if line == LEFT_OUT:
            parts.append([])
        else:
            parts[-1].append(line)
    if len(parts) == 1:
        return shown == real
    first, *middle, last = parts
    if real[: len(first)] != first:
        return False
    place = len(first)
    for part in middle:
        found = _find(part, real, place)
        if found is None:
            return False
        place = found + len(part)
    return not last or (place <= len(real) - len(last) and real[-len(last) :] == last)


def _find(part: list[str], real: list[str], start: int) -> int | None:
    places = range(start, len(real) - len(part) + 1)
    return next((place for place in places if real[place : place + len(part)] == part), None)


def show_of(block: Block, number: int) -> str | None:
    """What the page shows of the block's command by this number."""
    each = block.says["show"].split(" || ") if "show" in block.says else ["all"]
    wanted = each[min(number, len(each) - 1)]
    return None if wanted == "all" else wanted


def chosen(real: list[str], show: str | None) -> list[str]:
    """The lines of the real output that ``show`` names, with ``...`` for what is left out."""
    if show is None:
        return real
    if show == LEFT_OUT:
        return [LEFT_OUT]
    lines: list[str] = []
    place = 0
    for part in show.split(" | "):
        start_at, _, end_at = part.partition(" .. ")
        start = next((i for i in range(place, len(real)) if _holds(real[i], start_at)), None)
        assert start is not None, f"no line holds {start_at!r} in:\n" + "\n".join(real)
        end = _end(real, start, end_at)
        between = real[place:start]
        lines = left_out(lines) if any(between) else [*lines, *between]
        lines += real[start:end]
        place = end
    return left_out(lines) if any(real[place:]) else lines


def _holds(line: str, words: str) -> bool:
    """Whether the line holds the words, however wide the gaps between its columns are."""
    return " ".join(words.split()) in " ".join(line.split())


def left_out(lines: list[str]) -> list[str]:
    """The lines with ``...`` after them, and no empty line before it."""
    while lines and lines[-1] == "":
        lines = lines[:-1]
    return [*lines, LEFT_OUT]


def _end(real: list[str], start: int, end_at: str) -> int:
    def ends(line: str) -> bool:
        return _holds(line, end_at) if end_at else line == ""

    return next((i for i in range(start + 1, len(real)) if ends(real[i])), len(real))


def diagram(policy: str) -> str:
    """The diagram of the escalation under a policy, as the program draws it."""
    return CliRunner().invoke(app, ["policy", "diagram", policy]).output.strip("\n") + "\n"


def is_case_file(block: Block) -> bool:
    """Whether a block is a whole case file, and not one that is faulty on purpose."""
    if "faulty" in block.says or not block.says.get("file", "").endswith(CASE_FILE):
        return False
    return "acts" in json.loads(block.text)
