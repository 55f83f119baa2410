"""Where the tests keep their stores: in memory where the system has such a place, for they write a lot."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

IN_MEMORY = Path("/dev/shm")


@contextmanager
def quick_place() -> Iterator[Path]:
    """An empty folder that is gone afterwards."""
    where = IN_MEMORY if IN_MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="store-tests-", dir=where) as name:
        yield Path(name)
