"""Views that follow bulk work in a process of their own, while the work goes on in this one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.synchronize import Event

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store.stores import Place, open_store

_EVERY = 0.5
"""Seconds between two looks at what is new."""


@contextmanager
def followed_beside(at: Place) -> Iterator[None]:
    """Let the views of a store follow its record in another process, up to all that is there at the end.

    What goes wrong there is nobody's loss: whoever asks the views next catches them up.
    """
    fresh = get_context("spawn")
    done = fresh.Event()
    process = fresh.Process(target=_follow, args=(at, done), daemon=True)
    process.start()
    try:
        yield
    finally:
        done.set()
        process.join()


def _follow(at: Place, done: Event) -> None:
    with suppress(Trouble, KeyboardInterrupt), closing(Desk(open_store(at))) as desk:
        while not done.wait(_EVERY):
            desk.views.catch_up()
        desk.views.catch_up()
