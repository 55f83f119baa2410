"""Serving the site, with the clock running beside it where nothing else lets time pass."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn

from cspr_workflow.application.ports import Trouble
from cspr_workflow.application.tick import tick
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.web.app import make_app
from cspr_workflow.interfaces.web.site import Site

_LOG = logging.getLogger(__name__)
_AT_ONCE = 200
"""So many requests are taken at once; more are told to come again, so that none waits without end."""


def serve(site: Site, host: str, port: int, tick_every: int | None = None) -> None:
    """Serve a site until it is stopped. Raises :class:`Trouble` where the port cannot be had."""
    _check_free(host, port)
    with ticking(site.desk, tick_every):
        uvicorn.Server(configured(site, host, port)).run()


def configured(site: Site, host: str, port: int) -> uvicorn.Config:
    """How the site is served. Who hands requests on is believed only where the settings name them."""
    return uvicorn.Config(
        make_app(site),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(site.settings.proxies),
        forwarded_allow_ips=list(site.settings.proxies),
        limit_concurrency=_AT_ONCE,
    )


@contextmanager
def ticking(desk: Desk, every: int | None) -> Iterator[None]:
    """Let time pass at once and then every so many seconds; ``None`` leaves it to somebody else."""
    if every is None:
        yield
        return
    stop = Event()

    def rounds() -> None:
        while True:
            try:
                ticked = tick(desk.workflow, desk.views, desk.office, desk.now())
                for stream, why in ticked.set_aside:
                    _LOG.warning("%s is set aside: %s", stream, why)
            except Trouble as trouble:
                _LOG.warning("The clock could not run: %s", trouble)
            if stop.wait(every):
                return

    thread = Thread(target=rounds, name="tick", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def free_port(host: str, first: int, tried: int = 20) -> int:
    """The first of some ports that can be served from. Raises :class:`Trouble` where none can."""
    for port in range(first, first + tried - 1):
        try:
            _check_free(host, port)
        except Trouble:
            continue
        return port
    _check_free(host, first + tried - 1)
    return first + tried - 1


def _check_free(host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except OSError as error:
        raise Trouble(
            f"{host}:{port}: this cannot be served from ({error.strerror or error}). "
            "Choose another port with --port."
        ) from error
