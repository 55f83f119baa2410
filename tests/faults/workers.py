"""Processes that work on a store and are killed: each says what it has done before it goes on.

They are forked from this one, which has everything loaded already, so that hundreds cost little.
"""

import multiprocessing
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from cspr_workflow.store.stores import Place
from tests.faults.injected import Kills, Watch, disturbed
from tests.faults.stores import Step, do, opened

Say = Callable[[int], None]
Work = Callable[[Say], None]
"""What a worker does; it says each number when what belongs to it is done."""
_FORK = multiprocessing.get_context("fork")
ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a worker that says nothing counts as hanging."""


class Worker:
    """A process that works until it is done or killed."""

    def __init__(self, work: Work, watch: Watch | None = None) -> None:
        self._reading, writing = os.pipe()
        self._process = _FORK.Process(target=_run, args=(work, watch, writing), daemon=True)
        self._process.start()
        os.close(writing)
        self._said = b""

    def killed_after(self, seconds: float) -> list[int]:
        """Kill it once so much time has gone since it first said something: all that it said."""
        if self.hears():
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0 and self._hears(left):
                pass
        self.kill()
        return self.ended()

    def hears(self) -> bool:
        """Wait until it says something: whether it did."""
        return self._hears(PATIENCE)

    def is_working(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.is_alive()

    def kill(self) -> None:
        """Kill it now."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)

    def ended(self) -> list[int]:
        """Wait for its end: all that it said. Raises where it ended by a fault of its own."""
        while self._hears(PATIENCE):
            pass
        self._process.join(PATIENCE)
        status = self._process.exitcode
        self._process.close()
        os.close(self._reading)
        lines = self._said.decode().splitlines()
        failed = [line for line in lines if not line.isdigit()]
        if failed or status not in (0, -signal.SIGKILL):
            raise AssertionError("\n".join([f"a worker ended with {status}", *failed]))
        self.was_killed = status != 0
        return [int(line) for line in lines]

    def _hears(self, seconds: float) -> bool:
        """Hear what it says next, for so long at most; not where it is silent or has ended."""
        if not select.select([self._reading], [], [], seconds)[0]:
            return False
        said = os.read(self._reading, 65536)
        self._said += said
        return bool(said)


def _run(work: Work, watch: Watch | None, writing: int) -> None:
    def say(number: int) -> None:
        os.write(writing, b"%d\n" % number)

    sys.settrace(None)  # who is killed tells nobody which lines were run
    try:
        if watch is None:
            work(say)
        else:
            with disturbed(watch):
                work(say)
    except BaseException:
        os.write(writing, traceback.format_exc().encode())
        os._exit(1)
    os._exit(0)


def killed_at(work: Work, number: int, *, after: bool) -> tuple[list[int], bool]:
    """Work that is killed at one of its operations: all that was said, and whether it came so far."""
    worker = Worker(work, Kills(number, after=after))
    said = worker.ended()
    return said, worker.was_killed


def doing(path: Place, steps: Sequence[Step], first: int = 0) -> Work:
    """Work: do the steps from the number ``first`` on in a store, and say each that is done."""

    def work(say: Say) -> None:
        with opened(path) as desk:
            for number, step in enumerate(steps[first:], first):
                do(desk, step)
                say(number)

    return work


def command_killed_after(command: Sequence[str], seconds: float) -> tuple[bool, str]:
    """A command of a new interpreter, killed after a time: whether it had ended, and what it printed."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        printed, told = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        printed, told = process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(f"{command} ended with {process.returncode}: {told}")
    return process.returncode == 0, printed
