"""What no file of the project may hold: an address of a package registry, a path of one machine."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
KINDS = {".py", ".toml", ".md", ".json", ".txt", ".in", ".sh", ""}
TOP = (
    "cspr_workflow", "projections", "tests", "scripts", "docs", "requirements", ".ci",
)  # fmt: skip

# Put together here, so that this file does not hold what it looks for.
_HOSTS = ["pypi" + ".org", "python" + "hosted", "registry." + "npmjs", "deb." + "debian"]
_FOLDERS = ["/" + folder + "/" for folder in ("work", "farm", "root")]
FORBIDDEN = re.compile("|".join(map(re.escape, _HOSTS + _FOLDERS)))


def files() -> Iterator[Path]:
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".coverage" and not path.name.startswith(".coverage."):
            yield path
    for folder in TOP:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file())


def test_no_file_holds_a_registrys_address_or_a_path_of_one_machine() -> None:
    looked_at = [path for path in files() if path.suffix in KINDS]
    assert len(looked_at) > 100
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path in looked_at
        if (match := FORBIDDEN.search(path.read_text("utf-8")))
    }
    assert found == {}


def test_the_locks_hold_hashes_and_no_address() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_no_lock_that_names_hosts_stands_beside_them() -> None:
    assert not (ROOT / "uv.lock").exists()
