"""Writes the golden files that are missing: ``python -m tests.golden.make``. None is ever overwritten."""

from pathlib import Path

from cspr_workflow.store.registry import canonical, encode
from tests.golden.examples import EXAMPLES

FOLDER = Path(__file__).parent


def path_of(type: str, folder: Path = FOLDER) -> Path:
    """The golden file of a type."""
    return folder / f"{type}.json"


def make(folder: Path = FOLDER) -> list[Path]:
    """Write the missing files; the paths of those written."""
    missing = [type for type in EXAMPLES if not path_of(type, folder).exists()]
    for type in missing:
        with path_of(type, folder).open("xb") as file:
            file.write(canonical(encode(EXAMPLES[type])))
    return [path_of(type, folder) for type in missing]


if __name__ == "__main__":
    for written in make():
        print(written.name)
