"""The unit files of the documentation: systemd takes them, and what they call is there."""

import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser, SectionProxy
from pathlib import Path

import pytest

from cspr_workflow.interfaces.reference_commands import commands
from cspr_workflow.interfaces.web.provider_files import read_providers
from cspr_workflow.interfaces.web.providers import Provider
from cspr_workflow.settings import PROVIDERS, from_environment
from cspr_workflow.store.office import GAP_MINUTES
from tests.docs.pages import ROOT, blocks_of

UNITS = ROOT / "docs" / "how-to" / "units"
PAGE = (ROOT / "docs" / "how-to" / "run-it.md").read_text("utf-8")
SERVE_PAGE = (ROOT / "docs" / "how-to" / "serve-the-pages.md").read_text("utf-8")
PROGRAM = "/opt/cspr-workflow"


def unit(name: str) -> ConfigParser:
    """A unit file; a key that stands several times has its values on lines of their own."""
    parsed = ConfigParser(interpolation=None, strict=True)
    parsed.optionxform = str
    text = (UNITS / name).read_text("utf-8")
    values = re.findall(r"^Environment=(.*)$", text, re.MULTILINE)
    text = re.sub(r"^Environment=.*\n", "", text, flags=re.MULTILINE)
    parsed.read_string(text)
    if values:
        parsed["Service"]["Environment"] = "\n".join(values)
    return parsed


def environment(service: SectionProxy) -> dict[str, str]:
    """The variables that a service sets."""
    return dict(line.split("=", 1) for line in service["Environment"].splitlines())


SERVICE = unit("cspr-tick.service")["Service"]
SERVE = unit("cspr-serve.service")["Service"]
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


@pytest.mark.parametrize(
    ("service", "called"), [(SERVICE, ["tick"]), (SERVE, ["serve", "--port", "8000"])]
)
def test_a_service_calls_a_command_that_is_there(service, called):
    program, *words = shlex.split(service["ExecStart"])
    script = Path(program.replace(PROGRAM, str(ROOT)))
    assert script.is_file()
    assert script.stat().st_mode & 0o100
    assert words == called
    assert (called[0],) in commands()


@pytest.mark.parametrize("service", [SERVICE, SERVE])
def test_a_service_has_an_account_of_its_own_and_one_place_to_write_to(service):
    assert service["User"] == service["Group"] == "cspr"
    assert service["UMask"] == "0077"
    assert service["StateDirectoryMode"] == "0700"
    store = environment(service)["CSPR_STORE"]
    assert Path(store).parent == Path("/var/lib") / service["StateDirectory"]
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    for protected in ("NoNewPrivileges", "PrivateDevices", "PrivateTmp", "ProtectHome"):
        assert service[protected] == "yes", protected


def test_only_the_pages_have_a_network_and_that_is_this_machine():
    assert SERVICE["PrivateNetwork"] == "yes"
    assert (SERVICE["Type"], SERVE["Type"]) == ("oneshot", "exec")
    assert (SERVE["IPAddressDeny"], SERVE["IPAddressAllow"]) == ("any", "localhost")


def test_the_pages_are_served_to_the_proxy_that_the_page_shows():
    variables = environment(SERVE)
    settings = from_environment("http://unused", variables)
    assert settings.secure
    assert settings.proxies == ("127.0.0.1",)
    port = shlex.split(SERVE["ExecStart"])[-1]
    assert f"proxy_pass http://{settings.proxies[0]}:{port};" in SERVE_PAGE
    assert f"server_name {settings.host};" in SERVE_PAGE
    assert settings.url in SERVE_PAGE
    for name in (*variables, PROVIDERS):
        assert f"| `{name}` |" in SERVE_PAGE
    assert unit("cspr-serve.service")["Install"]["WantedBy"] == "multi-user.target"


def test_the_page_says_how_somebody_comes_back_from_another_organisation(tmp_path):
    (block,) = [one for one in blocks_of(SERVE_PAGE) if one.language == "toml"]
    text = block.text.replace("/etc/cspr/trust.secret", str(tmp_path / "secret"))
    (tmp_path / "secret").write_text("invented", "utf-8")
    (tmp_path / "providers.toml").write_text(text, "utf-8")
    (registered,) = read_providers(tmp_path / "providers.toml")
    url = environment(SERVE)["CSPR_URL"]
    assert f"`{url}{Provider(registered).path(back=True)}`" in SERVE_PAGE


def test_the_timer_comes_often_enough_that_no_gap_is_noted():
    every = re.fullmatch(r"\*:0/(\d+)", TIMER["OnCalendar"])
    assert every is not None
    assert 0 < int(every[1]) * 2 < GAP_MINUTES
    assert TIMER["Persistent"] == "yes"
    assert unit("cspr-tick.timer")["Install"]["WantedBy"] == "timers.target"


def test_the_page_names_the_same_places_as_the_units():
    store = environment(SERVICE)["CSPR_STORE"]
    lines = [line for line in PAGE.splitlines() if f"{PROGRAM}/scripts/cspr tick" in line]
    assert lines, "the page has a line for cron"
    for line in lines:
        assert f"CSPR_STORE={store} {SERVICE['ExecStart']}" in line
    account = SERVICE["User"]
    assert f"--shell /usr/sbin/nologin {account}\n" in PAGE
    assert f"install -d -m 700 -o {account} -g {account} {Path(store).parent}" in PAGE
