"""The unit files of the documentation: systemd takes them, and what they call is there."""

import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from cspr_workflow.interfaces.reference_commands import commands
from cspr_workflow.store.office import GAP_MINUTES
from tests.docs.pages import ROOT

UNITS = ROOT / "docs" / "how-to" / "units"
PAGE = (ROOT / "docs" / "how-to" / "run-it.md").read_text("utf-8")
PROGRAM = "/opt/cspr-workflow"


def unit(name: str) -> ConfigParser:
    parsed = ConfigParser(interpolation=None, strict=True)
    parsed.optionxform = str
    parsed.read(UNITS / name, "utf-8")
    return parsed


SERVICE = unit("cspr-tick.service")["Service"]
TIMER = unit("cspr-tick.timer")["Timer"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_has_nothing_to_say_against_them(tmp_path):
    for path in UNITS.iterdir():
        text = path.read_text("utf-8").replace(PROGRAM, str(ROOT))
        (tmp_path / path.name).write_text(text, "utf-8")
    said = verified(tmp_path)
    assert said == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_would_notice_a_key_that_is_none(tmp_path):
    for path in UNITS.iterdir():
        text = path.read_text("utf-8").replace(PROGRAM, str(ROOT))
        (tmp_path / path.name).write_text(text.replace("NoNew", "NotNew"), "utf-8")
    assert "NotNewPrivileges" in verified(tmp_path)


def verified(folder: Path) -> str:
    paths = [str(path) for path in sorted(folder.iterdir())]
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{found.stdout}{found.stderr}".strip()


def test_the_service_calls_a_command_that_is_there():
    program, *words = shlex.split(SERVICE["ExecStart"])
    script = Path(program.replace(PROGRAM, str(ROOT)))
    assert script.is_file()
    assert script.stat().st_mode & 0o100
    assert tuple(words) == ("tick",)
    assert tuple(words) in commands()


def test_the_service_has_an_account_of_its_own_and_one_place_to_write_to():
    assert SERVICE["User"] == SERVICE["Group"] == "cspr"
    assert SERVICE["Type"] == "oneshot"
    assert SERVICE["UMask"] == "0077"
    assert SERVICE["StateDirectoryMode"] == "0700"
    name, _, store = SERVICE["Environment"].partition("=")
    assert name == "CSPR_STORE"
    assert Path(store).parent == Path("/var/lib") / SERVICE["StateDirectory"]
    assert SERVICE["ProtectSystem"] == "strict"
    assert SERVICE["CapabilityBoundingSet"] == ""
    for protected in (
        "NoNewPrivileges", "PrivateDevices", "PrivateNetwork", "PrivateTmp", "ProtectHome",
    ):  # fmt: skip
        assert SERVICE[protected] == "yes", protected


def test_the_timer_comes_often_enough_that_no_gap_is_noted():
    every = re.fullmatch(r"\*:0/(\d+)", TIMER["OnCalendar"])
    assert every is not None
    assert 0 < int(every[1]) * 2 < GAP_MINUTES
    assert TIMER["Persistent"] == "yes"
    assert unit("cspr-tick.timer")["Install"]["WantedBy"] == "timers.target"


def test_the_page_names_the_same_places_as_the_units():
    store = SERVICE["Environment"].partition("=")[2]
    lines = [line for line in PAGE.splitlines() if f"{PROGRAM}/scripts/cspr tick" in line]
    assert lines, "the page has a line for cron"
    for line in lines:
        assert f"CSPR_STORE={store} {SERVICE['ExecStart']}" in line
    account = SERVICE["User"]
    assert f"--shell /usr/sbin/nologin {account}\n" in PAGE
    assert f"install -d -m 700 -o {account} -g {account} {Path(store).parent}" in PAGE
