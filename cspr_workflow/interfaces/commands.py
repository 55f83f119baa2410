"""What the modules of the command line share: options, statuses, and ending with a sentence."""

from pathlib import Path
from typing import Annotated

import typer

from cspr_workflow.domain.errors import Code
from cspr_workflow.forms import Unusable
from cspr_workflow.interfaces.terminal import console, safe

CANNOT, UNUSABLE, REFUSED, WARNED = 1, 2, 3, 4
"""Exit statuses: it could not be done; a file or the command is unusable; an act was refused; a text
looks as if it says who the child is, and nothing was recorded."""
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]


class Failed(typer.Exit):
    """The command ends with a sentence on the error output."""

    def __init__(self, *sentences: str, status: int = UNUSABLE) -> None:
        for sentence in sentences:
            console(stderr=True).print(safe(sentence), soft_wrap=True)
        super().__init__(status)


class Refused(Failed):
    """The command ends because an act is refused: a sentence that says why, and the refusal's code."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(f"{sentence} ({code})", status=REFUSED)


def faults_of(unusable: Unusable) -> list[str]:
    """Every fault of a file, with the file's name."""
    return [f"{unusable.source}: {fault}" for fault in unusable.faults]


def a_folder(option: typer.CallbackParam, path: Path | None) -> Path | None:
    """What an option names is a folder: an address would become a folder's name, its password with it."""
    if path is not None and path.parts and path.parts[0].endswith(":"):
        raise Failed(
            f"{option.opts[0]}: name a folder, not the address of a server (postgresql://...)."
        )
    return path
