"""The program that serves: a rehearsal from its first start, the clock beside it, and what it says."""

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.rehearsal_accounts import PASSWORD_FILE, rehearsal_sign_ins
from cspr_workflow.interfaces.web.served import check_encrypted
from cspr_workflow.interfaces.web.serving import free_port, serve, ticking
from cspr_workflow.settings import Settings, from_environment
from tests.web.site import made_site

READY = "The password of each is"


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A server in a process of its own, and what it has said up to where it is ready."""
    program = [sys.executable, "-m", "cspr_workflow", *arguments]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        said: list[str] = []
        assert server.stdout is not None
        for line in server.stdout:
            said.append(line)
            if READY in line:
                break
        try:
            yield server, said
            server.send_signal(signal.SIGINT)
            server.wait(30)
        finally:
            server.kill()


def first_answer(address: str) -> httpx2.Response:
    """The first answer of a server that is about to listen."""
    transport = httpx2.HTTPTransport(retries=10)
    with httpx2.Client(transport=transport, timeout=30) as client:
        return client.get(address)


def test_a_rehearsal_is_made_served_and_gone_on_with(tmp_path: Path):
    store = tmp_path / "rehearsal"
    port = free_port("127.0.0.1", 8600)
    arguments = ("rehearse", "--serve", "--store", str(store), "--port", str(port))
    with running(*arguments) as (_, said):
        address = re.search(r"http://\S+", "".join(said))
        assert address is not None
        first = first_answer(f"{address.group()}/sign-in")
        assert first.status_code == 200
        assert "Rehearsal" in first.text
    assert not (store / PASSWORD_FILE).exists()
    roles = " ".join(said)
    for role in ("CSPR Officer", "Business Manager", "SCSP Chair", "subgroup", "auditor"):
        assert role in roles
    with running(*arguments) as (server, again):
        assert "goes on from where it was" in " ".join("".join(again).split())
        assert again[-1] == said[-1], "the way to sign in stays the same"
        assert first_answer(f"{address.group()}/help").status_code == 200
    assert server.returncode == 0


def test_time_passes_beside_the_pages():
    with made_site() as made:
        desk = made.store.desk
        desk.office.set_clock(desk.now().replace(year=2027))
        before, beaten = desk.office.heartbeat, threading.Event()
        beat = desk.office.beat

        def noted(*given: object, **more: object) -> None:
            beat(*given, **more)  # type: ignore[arg-type]
            beaten.set()

        desk.office.beat = noted  # type: ignore[method-assign]
        with ticking(desk, 3600):
            assert beaten.wait(30)
        assert desk.office.heartbeat != before
        with ticking(desk, None):
            pass


def test_a_port_that_is_taken_is_told():
    with made_site() as made, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Trouble, match="Choose another port"):
            serve(made.site, "127.0.0.1", port)
        assert free_port("127.0.0.1", port) > port


@pytest.mark.parametrize(
    "url", ["escalations.example", "ftp://a.example", "https://", "https://a.example/x"]
)
def test_an_address_that_is_none_is_told(url: str):
    with pytest.raises(Trouble, match="CSPR_URL"):
        from_environment("http://127.0.0.1:8000", {"CSPR_URL": url})


def test_the_environment_says_how_people_reach_the_pages():
    given = {"CSPR_URL": "https://Escalations.example:8443", "CSPR_PROXIES": "10.0.0.1, 10.0.0.2"}
    found = from_environment("http://127.0.0.1:8000", given)
    assert (found.origin, found.host, found.secure) == (
        "https://escalations.example:8443",
        "escalations.example",
        True,
    )
    assert found.proxies == ("10.0.0.1", "10.0.0.2")
    assert from_environment("http://127.0.0.1:8000", {}) == Settings("http://127.0.0.1:8000")


def test_only_a_rehearsal_has_ready_made_accounts(monkeypatch: pytest.MonkeyPatch):
    with made_site() as made:
        monkeypatch.setattr(Desk, "rehearsal", False)
        with pytest.raises(AssertionError):
            rehearsal_sign_ins(made.store.desk, made.door)


def test_a_rehearsal_that_has_its_password_in_a_file_keeps_it():
    with made_site() as made:
        folder = made.store.desk.folder
        assert folder is not None
        (folder / PASSWORD_FILE).write_text("kept-by-an-earlier-one\n")
        assert {one.password for one in rehearsal_sign_ins(made.store.desk, made.door)} == {
            "kept-by-an-earlier-one"
        }


def test_real_cases_are_not_served_without_encryption(monkeypatch: pytest.MonkeyPatch):
    with made_site() as made:
        desk = made.store.desk
        check_encrypted(desk, Settings("http://escalations.example"))
        monkeypatch.setattr(Desk, "rehearsal", False)
        with pytest.raises(Trouble, match="not encrypted"):
            check_encrypted(desk, Settings("http://escalations.example"))
        check_encrypted(desk, Settings("https://escalations.example"))
        check_encrypted(desk, Settings("http://[::1]:8000"))
