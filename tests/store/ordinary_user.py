"""Being somebody whom the permissions of files bind, also where the tests are run by root."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def ordinary_user(place: Path) -> Iterator[None]:
    """What is in a folder belongs to an ordinary user, who does what is done here."""
    if os.geteuid() != 0:
        yield
        return
    place.chmod(0o755)
    for path in place.rglob("*"):
        os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
