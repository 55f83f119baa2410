"""``pages``: whether the pages answer as fast with 100,000 escalations as with 1,000, under load.

Two stores are made by the simulation, one a hundred times the other, in folders or on a server. Each is served as it is for people,
with the tick running beside; 20 requests a second are sent at their times, whether the ones before have
been answered or not, and a request counts from the time at which it was to be sent. Four of five read
(the board, an escalation, the record of agreed actions), one in five records a discussion through its
form. No answer may be an error, and everything that was answered as recorded has to be in the record.

``pages_start`` is how long it takes from the start of the server to the first page.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import grounds
import httpx2
import stores
from measured import Measured

from cspr_workflow.application.policy_files import bundled
from cspr_workflow.application.simulation.run import Plan
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.rehearsal_accounts import rehearsal_sign_ins
from cspr_workflow.interfaces.signing import signing_in
from cspr_workflow.interfaces.simulate_command import POLICY, fill
from cspr_workflow.interfaces.web.address import escalation_path
from cspr_workflow.store.stores import Place, open_accounts, open_store

NAME = "pages"
FEW, MANY, YEARS = 1_000, 100_000, 10
GOAL, SECONDS_TO_FIRST_PAGE = 1.5, 3.0
A_SECOND, SECONDS = 20, 60
_WRITES = 0.2
_READS = ("board", "escalation", "record")
_PERSON = "officer"
_TICK = 5


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in to a store, and the open escalations that there are to look at."""

    token: str
    csrf: str
    escalations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: what it asked for, milliseconds from when it was to be sent, and its answer."""

    page: str
    milliseconds: float
    status: int
    command: UUID | None


def run(*, small: bool, on: str = grounds.SQLITE) -> list[Measured]:
    """Load both stores, one after the other."""
    few, many, seconds = (50, 2_000, 15) if small else (FEW, MANY, SECONDS)
    found: dict[int, Mapping[str, list[float]]] = {}
    starts = []
    with grounds.ground(on) as where:
        for number in (few, many):
            store = where.place(str(number))
            plan = Plan(number, YEARS, number, datetime.now(UTC).replace(microsecond=0))
            began = time.perf_counter()
            fill(store, bundled(POLICY), plan)
            took = time.perf_counter() - began
            print(f"{number:,} escalations invented in {took:,.0f} s", file=sys.stderr, flush=True)
            with grounds.opened(store) as opened:
                where.check_durable(opened.record)
            signed = _sign_in(store)
            with _served(store) as (address, started):
                starts.append(started)
                answers = _load(address, signed, seconds)
            _check(store, answers)
            found[number] = _of_pages(answers)
    peer = f"{few:,} escalations"
    return [
        *(_measured(page, found[many][page], found[few][page], peer) for page in _READS),
        Measured(
            f"{NAME}_start",
            max(starts),
            "s",
            "goal",
            SECONDS_TO_FIRST_PAGE,
            f"<= {SECONDS_TO_FIRST_PAGE} s",
            max(starts) <= SECONDS_TO_FIRST_PAGE,
        ),
    ]


def _measured(page: str, ours: list[float], theirs: list[float], peer: str) -> Measured:
    value, other = stores.quantile(ours, 0.95), stores.quantile(theirs, 0.95)
    met = value / other <= GOAL
    return Measured(f"{NAME}_{page}_p95", value, "ms", peer, other, f"ratio <= {GOAL}", met)


def _of_pages(answers: list[Answer]) -> Mapping[str, list[float]]:
    found = defaultdict(list)
    for one in answers:
        found[one.page].append(one.milliseconds)
    return found


# --- The store and its server --------------------------------------------------------------------


def _sign_in(store: Place) -> Signed:
    desk = Desk(open_store(store))
    with closing(desk), closing(open_accounts(desk.store)) as accounts:
        door = signing_in(desk, accounts, second_factor=False)
        way = next(one for one in rehearsal_sign_ins(desk, door) if one.person.id == _PERSON)
        token = door.password(way.person.id, way.password, "127.0.0.1")
        session = door.session(token)
        assert session is not None
        rows = desk.views.database.all(
            "SELECT reference FROM cases WHERE kind='escalation' AND is_open=1 "
            "ORDER BY opened DESC LIMIT 200"
        )
        return Signed(token, session.csrf, tuple(row[0] for row in rows))


@contextmanager
def _served(store: Place) -> Iterator[tuple[str, float]]:
    """The server of a store, and how many seconds it took to its first page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, "-m", "cspr_workflow", "serve", "--store", str(store)]
    began = time.perf_counter()
    server = subprocess.Popen(
        [*program, "--port", str(port), "--tick", str(_TICK)],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "CSPR_URL": f"http://127.0.0.1:{port}"},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                httpx2.get(f"{address}/help")
                break
            except httpx2.TransportError:
                assert server.poll() is None, "the server has ended"
                time.sleep(0.02)
        yield address, time.perf_counter() - began
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


# --- The load ------------------------------------------------------------------------------------


def _load(address: str, signed: Signed, seconds: int) -> list[Answer]:
    """Send requests at their times; the first few seconds are not counted."""
    rng = random.Random(1)
    limits = httpx2.Limits(max_connections=100, max_keepalive_connections=100)
    with (
        httpx2.Client(
            base_url=address, cookies={"session": signed.token}, timeout=60, limits=limits
        ) as client,
        ThreadPoolExecutor(100) as pool,
    ):
        for page in _READS:
            _ask(client, signed, page, rng.choice(signed.escalations), time.perf_counter())
        begin = time.perf_counter() + 0.5
        waiting = []
        for number in range(seconds * A_SECOND):
            at = begin + number / A_SECOND
            page = "write" if rng.random() < _WRITES else rng.choice(_READS)
            time.sleep(max(0.0, at - time.perf_counter()))
            waiting.append(
                pool.submit(_ask, client, signed, page, rng.choice(signed.escalations), at)
            )
        return [one.result() for one in waiting]


def _ask(client: httpx2.Client, signed: Signed, page: str, escalation: str, at: float) -> Answer:
    place, command = escalation_path(escalation), None
    if page == "write":
        command = uuid4()
        sent = {"csrf": signed.csrf, "command": str(command), "step": "record", "when": "now"}
        sent |= {"how": "call", "said": "The chronology was asked for once more."}
        answer = client.post(f"{place}/do/record-discussion", data=sent)
    else:
        paths = {"board": "/board", "escalation": place, "record": "/actions"}
        answer = client.get(paths[page])
    return Answer(page, 1000 * (time.perf_counter() - at), answer.status_code, command)


def _check(store: Place, answers: list[Answer]) -> None:
    """No answer is an error, and what was answered as recorded is in the record."""
    wrong = {(one.page, one.status) for one in answers if one.status not in (200, 303)}
    assert not wrong, f"answered otherwise than expected: {sorted(wrong)}"
    with grounds.opened(store) as opened:
        for one in answers:
            if one.command is not None:
                assert opened.record.submitted(one.command) is not None, one.command
